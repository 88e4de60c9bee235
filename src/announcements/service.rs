//! What is done with announcements. Each use-case runs in the caller's transaction and ends with its event.

use serde_json::{Map, Value};

use super::audience::{self, Found};
use super::model::{self, AnnouncementFields, Audience, Happened, Kind, Life, Refusal, Side, Stage, Verb};
use super::policy::{self, Subject};
use super::reading::{self, World};
use super::{informed, letter, sending, store};
use crate::accounts;
use crate::accounts::model::{Actor, By, Role, Viewer};
use crate::accounts::service::Limit;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::{self, Event, Record};
use crate::kernel::given::Given;
use crate::kernel::ids::{AnnouncementId, OrganisationId};
use crate::kernel::text::thousands;
use crate::kernel::{Day, Listing, Moment, Page, Zone};
use crate::mail::outgoing;
use crate::versions::{self, Cause};

pub use store::{Announcement, Filter, Fixed, Outcome};

impl Announcement {
    pub fn subject(&self) -> Subject<'_> {
        Subject { stage: self.life.stage, author: self.author_id.as_ref(), territories: self.places.iter().map(String::as_str).collect() }
    }

    /// Has its audience been confirmed?
    pub fn is_confirmed(&self) -> bool {
        self.life.stage == Stage::Scheduled || self.has_left()
    }

    /// Did its mails begin to leave, even if it was stopped then?
    pub fn has_left(&self) -> bool {
        matches!(self.life.stage, Stage::Sending | Stage::Sent) || self.life.sent_at.is_some()
    }

    /// May everybody read it?
    pub fn is_open(&self) -> bool {
        self.kind == Kind::Letter && self.has_left()
    }
}

pub fn not_yours() -> Error {
    Error::Forbidden("Les annonces sont écrites par les responsables, pour leurs territoires, et par les administrateurs.".into())
}

/// The announcement, if the viewer may write it; otherwise there is none.
pub fn find(conn: &mut Conn, viewer: &Viewer, id: &AnnouncementId) -> Result<Announcement> {
    let announcement = store::find(conn, id)?;
    let may = viewer.actor().is_some_and(|actor| policy::may_write(actor, &announcement.subject()));
    if may { Ok(announcement) } else { Err(Error::NotFound) }
}

/// Whoever asks, by the link in its mails: once somebody was written to.
pub fn find_by_secret(conn: &mut Conn, secret: &str) -> Result<Announcement> {
    // What has not the shape of a secret is not looked for: PostgreSQL refuses a text with a NUL.
    let is_plausible = secret.len() == 43 && secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if !is_plausible {
        return Err(Error::NotFound);
    }
    let announcement = store::by_secret(conn, secret)?;
    let is_withdrawn = announcement.life.stage == Stage::Cancelled && !announcement.has_left();
    if is_withdrawn { Err(Error::NotFound) } else { Ok(announcement) }
}

/// A letter that was sent, whoever reads.
pub fn find_open(conn: &mut Conn, id: &AnnouncementId) -> Result<Announcement> {
    let announcement = store::find(conn, id)?;
    if announcement.is_open() { Ok(announcement) } else { Err(Error::NotFound) }
}

pub fn list(conn: &mut Conn, viewer: &Viewer, filter: &Filter, page: Page) -> Result<Listing<Announcement>> {
    let (items, total) = store::list(conn, viewer, filter, page)?;
    Ok(Listing::new(items, u64::try_from(total).unwrap_or(0), page))
}

/// The letters that were sent, the latest first, whoever reads.
pub fn open_letters(conn: &mut Conn, page: Page) -> Result<Listing<Announcement>> {
    let (items, total) = store::open_letters(conn, page)?;
    Ok(Listing::new(items, u64::try_from(total).unwrap_or(0), page))
}

/// Begins an announcement: of a `kind`, from a `model`, for a `month` when it is the letter's.
pub fn create(conn: &mut Conn, by: By<'_>, zone: &Zone, given: &Map<String, Value>) -> Result<Announcement> {
    if !policy::may_create(by.actor) {
        return Err(not_yours());
    }
    let mut given = given.clone();
    let mut reader = Given::default();
    let taken = |given: &mut Map<String, Value>, name: &str| given.remove(name).unwrap_or(Value::Null);
    let kind = reader.code("kind", &taken(&mut given, "kind"), Kind::parse).unwrap_or(Kind::Announcement);
    let chosen = reader.code("model", &taken(&mut given, "model"), model::model);
    let month = reader.day("month", &taken(&mut given, "month"));
    reader.errors.into_result()?;
    let mut base = AnnouncementFields { audience: begun(by), ..AnnouncementFields::default() };
    if kind == Kind::Letter {
        let today = zone.day(by.now);
        let month = letter::first_of(month.unwrap_or(today));
        if month > today {
            return Err(Error::field("month", "Choisissez un mois commencé\u{a0}: la lettre dit ce qui a été publié."));
        }
        base = AnnouncementFields { month: Some(month), items: letter::compose(conn, month, by.now, zone)?, ..letter::begun(month, base) };
    } else if let Some(model) = chosen {
        (base.title, base.greeting, base.text) = (model.title.to_owned(), model.greeting.to_owned(), model.text.to_owned());
    }
    let world = World::load(conn, by.actor, kind)?;
    let fields = reading::fields(conn, &given, base, &world)?;
    let announcement = Announcement {
        id: AnnouncementId::new(by.now, by.chance),
        kind,
        places: world.places(&fields.audience),
        fields,
        life: Life::draft(),
        secret: by.chance.secret(),
        settled: None,
        version: 1,
        author_id: by.actor.id.clone(),
        author_name: by.actor.name.clone(),
        created_at: by.now,
        updated_at: by.now,
    };
    let event = Event::Announcement { id: &announcement.id, what: Happened::Created };
    store::insert(conn, by, &announcement, &Cause::of(&event))?;
    events::happened(conn, by, event)?;
    Ok(announcement)
}

/// An audience to begin with: the partners of one's own territories.
fn begun(by: By<'_>) -> Audience {
    let territories = if by.actor.role == Role::Manager { by.actor.territories.iter().cloned().collect() } else { Vec::new() };
    Audience { to: vec![Side::Partners], territories, ..Audience::default() }
}

/// Writes a draft again, over the version that was read.
pub fn change(conn: &mut Conn, by: By<'_>, id: &AnnouncementId, version: i32, given: &Map<String, Value>) -> Result<Announcement> {
    let announcement = find_at(conn, by, id, version)?;
    if announcement.life.stage != Stage::Draft {
        let said = announcement.life.stage.label().to_lowercase();
        return Err(Error::Refused(format!("Cette annonce est «\u{a0}{said}\u{a0}»\u{a0}: son texte ne change plus.")));
    }
    let world = World::load(conn, by.actor, announcement.kind)?;
    let fields = reading::fields(conn, given, announcement.fields.clone(), &world)?;
    let changed = versions::differing(&announcement.fields, &fields);
    if changed.is_empty() {
        return Ok(announcement);
    }
    let next = Announcement { places: world.places(&fields.audience), fields, ..announcement };
    written(conn, by, &next, Happened::Changed { changed: &changed })
}

/// The announcement that the actor may write, at the version that was read.
pub fn find_at(conn: &mut Conn, by: By<'_>, id: &AnnouncementId, version: i32) -> Result<Announcement> {
    let announcement = find(conn, &Viewer(Some(by.actor.clone())), id)?;
    if announcement.version == version { Ok(announcement) } else { Err(Error::Conflict { current: announcement.version }) }
}

/// Writes what a use-case has made, with its event.
pub(super) fn written(conn: &mut Conn, by: By<'_>, next: &Announcement, what: Happened<'_>) -> Result<Announcement> {
    let event = Event::Announcement { id: &next.id, what };
    if !store::update(conn, by, next, &Cause::of(&event))? {
        return Err(Error::Conflict { current: store::find(conn, &next.id)?.version });
    }
    events::happened(conn, by, event)?;
    store::find(conn, &next.id)
}

/// Those to whom it would be written now, for whoever may send it.
pub fn audience(conn: &mut Conn, actor: &Actor, announcement: &Announcement, now: Moment) -> Result<Found> {
    if !policy::may_send(actor, &announcement.subject()) {
        let elsewhere = "Ce message s’adresse à des territoires qui ne sont pas les vôtres. Modifiez ses destinataires, ou demandez à un administrateur de l’envoyer.";
        return Err(Error::Refused(elsewhere.into()));
    }
    audience::find(conn, announcement.kind, &announcement.fields.audience, now)
}

/// Sends one to oneself, a few times at most: it goes to an address of one's own, and is no way to fill it.
pub fn try_out(conn: &mut Conn, by: By<'_>, id: &AnnouncementId) -> Result<()> {
    let announcement = find(conn, &Viewer(Some(by.actor.clone())), id)?;
    let Some(account) = &by.actor.id else {
        return Err(Error::Refused("La ligne de commande n’a pas d’adresse où recevoir un essai.".into()));
    };
    if announcement.life.stage == Stage::Cancelled {
        return Err(Error::Refused("Cette annonce est annulée\u{a0}: rien n’en part plus.".into()));
    }
    accounts::service::throttle(conn, "announcement-test", account.as_str(), Limit::REQUESTS, by.now).map_err(|error| match error {
        Error::Throttled { .. } => Error::field("test", "Vous venez de recevoir plusieurs essais. Attendez cinq minutes, puis recommencez."),
        error => error,
    })?;
    sending::try_out(conn, by, &announcement)
}

/// What whoever confirms had read of the audience.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub number: usize,
    /// None: the number is enough.
    pub digest: Option<String>,
}

/// Sends it, or schedules it, to the audience that was read: it is fixed from then on.
pub fn send(conn: &mut Conn, by: By<'_>, id: &AnnouncementId, version: i32, seen: &Seen, at: Option<Moment>) -> Result<Announcement> {
    let announcement = find_at(conn, by, id, version)?;
    // What is scheduled was confirmed already: it is taken back to be confirmed otherwise.
    let verb = if at.is_some() { Verb::Schedule } else { Verb::Send };
    if announcement.life.stage != Stage::Draft {
        return Err(refused(Refusal::Stage { from: announcement.life.stage, verb }));
    }
    let life = announcement.life.apply(verb, at, by.now).map_err(refused)?;
    whole(&announcement)?;
    let found = audience(conn, by.actor, &announcement, by.now)?;
    if found.number() == 0 && found.without.is_empty() {
        return Err(Error::field("recipients", "Personne ne recevrait ce message\u{a0}: choisissez plus de destinataires."));
    }
    if found.number() > audience::MOST {
        let most = thousands(&audience::MOST.to_string());
        return Err(Error::field("recipients", format!("Une annonce part à {most}\u{a0}adresses au plus\u{a0}: partagez-la en plusieurs.")));
    }
    if seen.number != found.number() || seen.digest.as_ref().is_some_and(|digest| *digest != found.digest()) {
        return Err(Error::field("recipients", changed(seen.number, found.number())));
    }
    store::fix(conn, id, &found, |folded| sending::key(id, folded))?;
    let sent = written(conn, by, &Announcement { life, ..announcement }, Happened::Moved { verb })?;
    if sent.life.stage == Stage::Sending {
        sending::queue_some(conn, &sent, by.now, by.chance)?;
    }
    Ok(sent)
}

/// « La liste des destinataires a changé depuis : 133 adresses, et non 132. »
fn changed(seen: usize, now: usize) -> String {
    let number = |number: usize| thousands(&number.to_string());
    if seen == now {
        return format!(
            "La liste des destinataires a changé depuis, avec le même nombre d’adresses ({}). Relisez-la, puis confirmez de nouveau.",
            number(now)
        );
    }
    let addresses = if now == 1 { "adresse" } else { "adresses" };
    format!(
        "La liste des destinataires a changé depuis\u{a0}: {}\u{a0}{addresses}, et non {}. Relisez-la, puis confirmez ce nouveau nombre.",
        number(now),
        number(seen)
    )
}

/// Refuses what lacks something, and names all of it.
fn whole(announcement: &Announcement) -> Result<()> {
    let mut reader = Given::default();
    let fields = &announcement.fields;
    let has_items = fields.items.iter().any(|item| item.kept);
    if fields.text.is_empty() && !has_items {
        reader.errors.add("text", "Écrivez le texte avant d’envoyer.");
    }
    if fields.audience.to.is_empty() {
        reader.errors.add("to", "Dites à qui vous écrivez.");
    }
    Ok(reader.errors.into_result()?)
}

pub fn refused(refusal: Refusal) -> Error {
    match refusal {
        Refusal::Past => Error::field("send_at", "Choisissez un jour et une heure à venir."),
        Refusal::Stage { from, verb } => Error::Refused(format!(
            "«\u{a0}{}\u{a0}» n’est pas possible\u{a0}: cette annonce est «\u{a0}{}\u{a0}».",
            verb.label(),
            from.label().to_lowercase()
        )),
    }
}

/// Takes it back, or cancels it, over the version that was read. What waits to leave does not any more.
pub fn carry_out(conn: &mut Conn, by: By<'_>, id: &AnnouncementId, version: i32, verb: Verb) -> Result<Announcement> {
    let announcement = find_at(conn, by, id, version)?;
    if !verb.is_for(by.actor.role) {
        return Err(not_yours());
    }
    let life = announcement.life.apply(verb, None, by.now).map_err(refused)?;
    match announcement.life.stage {
        Stage::Sending => outgoing::call_off(conn, &Record::announcement(id), by.now).map(drop)?,
        _ => store::clear(conn, id)?,
    }
    written(conn, by, &Announcement { life, ..announcement }, Happened::Moved { verb })
}

/// Records that letters left on a day, for organisations of its audience that have no mailbox; answers how many are new.
pub fn record_letters(conn: &mut Conn, by: By<'_>, zone: &Zone, id: &AnnouncementId, on: Day, organisations: &[OrganisationId]) -> Result<usize> {
    let announcement = find(conn, &Viewer(Some(by.actor.clone())), id)?;
    if !matches!(announcement.life.stage, Stage::Sending | Stage::Sent) {
        return Err(Error::Refused("Envoyez d’abord l’annonce\u{a0}: les lettres s’enregistrent ensuite.".into()));
    }
    if on > zone.day(by.now) {
        return Err(Error::field("on", "Ce jour n’est pas encore venu\u{a0}: donnez la date d’aujourd’hui ou une date passée."));
    }
    let without = store::without_mailbox(conn, id)?;
    if organisations.is_empty() {
        return Err(Error::field("organisations", "Cochez au moins un organisme."));
    }
    if organisations.iter().any(|one| !without.contains(one)) {
        return Err(Error::field("organisations", "Un de ces organismes a une adresse e-mail\u{a0}: décochez-le."));
    }
    let added = informed::record_letters(conn, id, on, organisations)?;
    events::happened(conn, by, Event::Announcement { id, what: Happened::Lettered { organisations: added, on } })?;
    Ok(added)
}

/// What became of its mails so far.
pub fn outcome(conn: &mut Conn, announcement: &Announcement) -> Result<Outcome> {
    match announcement.settled {
        Some(outcome) => Ok(outcome),
        None => {
            let outcome = store::outcome(conn, &announcement.id)?;
            // Those whose mail was not even queued are not written to any more.
            let is_over = announcement.life.stage == Stage::Cancelled;
            Ok(if is_over { Outcome { queued: 0, stopped: outcome.stopped + outcome.queued, ..outcome } } else { outcome })
        }
    }
}

/// One page of its confirmed audience, with what became of each one's mail.
pub fn recipients(conn: &mut Conn, id: &AnnouncementId, page: Page) -> Result<Listing<(Fixed, bool, Option<crate::mail::model::Stage>)>> {
    let (items, total) = store::of(conn, id, page)?;
    Ok(Listing::new(items, u64::try_from(total).unwrap_or(0), page))
}

/// The organisations of its audience that have no mailbox: as they were when it was confirmed, or as they are now.
pub fn without_mailbox(conn: &mut Conn, actor: &Actor, announcement: &Announcement, now: Moment) -> Result<Vec<OrganisationId>> {
    if announcement.is_confirmed() { store::without_mailbox(conn, &announcement.id) } else { Ok(audience(conn, actor, announcement, now)?.without) }
}
