//! The page of a meeting.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::line::{Reader, Seen};
use super::names::Names;
use super::words;
use crate::accounts::model::{Actor, Viewer};
use crate::consultations;
use crate::db::Conn;
use crate::decisions;
use crate::error::Result;
use crate::events::Record;
use crate::http::forms::Form;
use crate::http::paths;
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::kernel::ids::{BodyId, PlanId};
use crate::kernel::{FieldErrors, Moment, Visibility, Zone};
use crate::mail::pages::of_record::Mails;
use crate::mail::pages::words::Setting;
use crate::meetings::model::{Invitation, InvitationState, MeetingFields, Presence, Registration, Stage, Verb, checks};
use crate::meetings::service::{self, Meeting};
use crate::meetings::{inviting, policy};
use crate::notifications::pages::with_button;

/// Everything that the page shows, read in one go.
pub struct Page {
    pub meeting: Meeting,
    pub names: Names,
    pub may_write: bool,
    pub people: Vec<Invitation>,
    verbs: Vec<Verb>,
    may_register: bool,
    may_read_minutes: bool,
    /// The reader's own invitation, or their organisation's.
    own: Option<Invitation>,
    viewer: Viewer,
    mails: Option<Mails>,
    consulted: Value,
    /// What earlier meetings of its body left open: it opens the agenda.
    pub open_decisions: Vec<Value>,
    /// What was decided in it, for those who may read its minutes.
    decided: Vec<Value>,
}

impl Page {
    pub fn load(conn: &mut Conn, viewer: &Viewer, id: &str, zone: &Zone, now: Moment) -> Result<Self> {
        let meeting = service::find(conn, viewer, &super::id_of(id)?)?;
        let subject = service::subject(conn, viewer, &meeting)?;
        let (verbs, may_write, may_register) = match viewer.actor() {
            Some(actor) => (
                policy::verbs(actor, &subject),
                policy::may_write(actor, &subject),
                policy::may_register(actor, &subject, meeting.fields.registration),
            ),
            None => (Vec::new(), false, false),
        };
        let may_read_minutes = meeting.life.stage.is_over() && policy::may_read_minutes(viewer, &subject);
        let own = match viewer.actor() {
            Some(actor) => inviting::own(conn, &meeting.id, actor.id.as_ref(), actor.organisation_id.as_ref())?,
            None => Vec::new(),
        };
        // One's own comes before one's organisation's.
        let is_mine = |one: &Invitation| viewer.actor().is_some_and(|actor| actor.is(one.account_id.as_ref()));
        let own = own.iter().find(|one| is_mine(one)).or(own.first()).cloned();
        let people = inviting::of(conn, &meeting.id)?.into_iter().filter(|one| one.removed_at.is_none()).collect();
        let mut names = Names::load(conn, viewer)?;
        names.learn(conn, viewer, &[&meeting.fields])?;
        let today = zone.day(now);
        let body = meeting.fields.body_id.as_deref().and_then(BodyId::parse).filter(|_| !meeting.life.stage.is_over());
        let open_decisions = match body {
            Some(body) if viewer.actor().is_some() => {
                decisions::pages::open_before(conn, viewer, &body, meeting.fields.starts_at, zone, today, Some(&meeting.id))?
            }
            _ => Vec::new(),
        };
        let decided = if may_read_minutes { decisions::pages::of_meeting(conn, viewer, &meeting.id, today)? } else { Vec::new() };
        let mails = if may_write { Some(Mails::of(conn, "meeting", meeting.id.as_str())?) } else { None };
        let consulted = consultations::recent(conn, may_write, consultations::Kind::Meeting, meeting.id.as_str(), today)?;
        Ok(Self {
            names,
            may_write,
            people,
            verbs,
            may_register,
            may_read_minutes,
            own,
            viewer: viewer.clone(),
            mails,
            consulted,
            open_decisions,
            decided,
            meeting,
        })
    }

    fn has(&self, state: InvitationState) -> usize {
        self.people.iter().filter(|one| one.state == state).count()
    }

    fn seats_left(&self) -> Option<i64> {
        let seated = i64::try_from(self.has(InvitationState::Accepted)).unwrap_or(i64::MAX);
        self.meeting.fields.capacity.map(|capacity| i64::from(capacity) - seated)
    }

    fn reader(&self) -> Reader {
        match &self.own {
            _ if self.may_write => Reader::Writer,
            Some(own) => Reader::Invited {
                state: own.state,
                represented_by: own.represented_by.clone(),
                place_in_line: self.people.iter().filter(|one| one.state == InvitationState::Waiting && one.rank <= own.rank).count().into(),
                is_chair: own.is_chair,
            },
            None if self.may_register => Reader::Open,
            None => Reader::Anybody,
        }
    }

    /// Names are for agents and for those who are invited too.
    fn may_read_names(&self) -> bool {
        self.viewer.is_agent() || self.own.is_some()
    }

    /// Where one joins in from afar is for those who are expected.
    fn may_join(&self) -> bool {
        self.may_write || self.own.as_ref().is_some_and(|own| own.state != InvitationState::Waiting)
    }

    pub fn json(&self, zone: &Zone, now: Moment, typed: Option<(&Form, &FieldErrors)>) -> Value {
        let (meeting, fields) = (&self.meeting, &self.meeting.fields);
        let stage = meeting.life.stage;
        let reader = self.reader();
        let missing = checks::missing(fields, now);
        let seen = Seen {
            reader: &reader,
            stage,
            missing: missing.iter().count(),
            to_invite: self.has(InvitationState::ToInvite),
            invited: self.people.len(),
            coming: self.has(InvitationState::Accepted),
            waiting: self.has(InvitationState::Waiting),
            seats_left: self.seats_left(),
            is_open: fields.registration != Registration::Closed,
            has_begun: meeting.has_begun(now),
            has_ended: meeting.has_ended(now),
            told_at: meeting.announce_at.map(|at| words::hour(at, zone)),
            has_contact: !(fields.contact.email.is_empty() && fields.contact.phone.is_empty()),
        };
        let line = seen.line();
        let (tag, state) = words::state(meeting, now);
        let body = self.names.body(fields.body_id.as_deref());
        let organiser = fields.organiser.as_deref().filter(|_| self.viewer.actor().is_some()).map(|id| self.names.agent(id));
        let reason = meeting.life.reason.as_ref().filter(|_| matches!(stage, Stage::Called | Stage::Postponed | Stage::Cancelled));
        json!({
            "id": meeting.id,
            "version": meeting.version,
            "url": paths::meeting(&meeting.id, &fields.title),
            "title": fields.title,
            "kind": fields.kind.label(),
            "body": body.map(|body| json!({ "name": body.fields.name, "url": paths::body(&body.id) })),
            "tag": tag,
            "state": state,
            "visibility": self.viewer.is_agent().then(|| format!("Visibilité\u{a0}: {}", fields.visibility.label().to_lowercase())),
            "stands": line.stands,
            "next": line.next,
            "reason": reason,
            "missing": if self.may_write && stage == Stage::Draft { missing.iter().map(|(_, text)| text).collect() } else { Vec::new() },
            "when": words::when(fields, zone),
            "starts_at": fields.starts_at,
            "ends_at": fields.ends_at,
            "place": words::some(&fields.place),
            "link": words::some(&fields.link).filter(|_| self.may_join()),
            "has_hidden_link": !fields.link.is_empty() && !self.may_join(),
            "summary": words::some(&fields.summary),
            "agenda": agenda(fields, &self.names, zone),
            "event_status": event_status(stage),
            "is_public": fields.visibility == Visibility::Public && stage.is_announced(),
            "ics": (stage.is_announced() && fields.starts_at.is_some()).then(|| paths::about_meeting(&meeting.id, "rencontre.ics")),
            "territories": fields.territories.iter().map(|code| json!({ "label": self.names.atlas.name(code), "url": paths::territory(code) })).collect::<Vec<_>>(),
            "themes": fields.themes.iter().map(|code| json!({ "label": self.names.instance.theme_label(code), "url": paths::search("theme", code) })).collect::<Vec<_>>(),
            "sheets": self.sheets(),
            "contact": seen.has_contact.then(|| json!({ "email": words::some(&fields.contact.email), "phone": words::some(&fields.contact.phone) })),
            "organiser": organiser,
            "registration": fields.registration.label(),
            "capacity": fields.capacity,
            "who": self.who(stage),
            "answer": self.answer(&seen, typed),
            "register": (reader == Reader::Open || self.may_register && self.own.is_none()).then(|| paths::about_meeting(&meeting.id, "inscription")),
            "is_full": self.seats_left().is_some_and(|left| left <= 0),
            "updated_on": zone.day(meeting.updated_at),
        })
    }

    fn sheets(&self) -> Vec<Value> {
        let sheet = |wanted: &crate::actions::model::SheetRef| {
            let known = self.names.sheets.iter().find(|line| line.plan_id.as_str() == wanted.plan_id && line.number == wanted.number)?;
            Some(json!({ "number": known.number, "title": known.title, "url": paths::sheet(&PlanId::parse(&wanted.plan_id)?, wanted.number) }))
        };
        self.meeting.fields.plan_sheets.iter().filter_map(sheet).collect()
    }

    /// Who comes, or came: how many for everybody, their names for those who may read them.
    fn who(&self, stage: Stage) -> Value {
        let group = |label: &str, is_in: &dyn Fn(&Invitation) -> bool| {
            let found: Vec<&Invitation> = self.people.iter().filter(|one| is_in(one)).collect();
            let person = |one: &&Invitation| {
                let by = (!one.represented_by.is_empty()).then(|| format!("à sa place\u{a0}: {}", one.represented_by));
                let more: Vec<String> = words::some(&one.function).map(ToOwned::to_owned).into_iter().chain(by).collect();
                json!({ "name": one.name, "more": more.join(", ") })
            };
            let people: Vec<Value> = if self.may_read_names() { found.iter().map(person).collect() } else { Vec::new() };
            json!({ "label": label, "count": found.len(), "people": people })
        };
        let groups: Vec<Value> = if stage.is_over() {
            let came = |presence: Presence| move |one: &Invitation| one.presence == Some(presence);
            [("Présents", Presence::Present), ("Représentés", Presence::Represented), ("Excusés", Presence::Excused), ("Absents", Presence::Absent)]
                .map(|(label, presence)| group(label, &came(presence)))
                .into()
        } else {
            let said = |state: InvitationState| move |one: &Invitation| one.state == state;
            [
                InvitationState::Accepted,
                InvitationState::Tentative,
                InvitationState::Waiting,
                InvitationState::Declined,
                InvitationState::Invited,
                InvitationState::ToInvite,
            ]
            .map(|state| group(words::those(state), &said(state)))
            .into()
        };
        let groups: Vec<Value> = groups.into_iter().filter(|group| group["count"] != 0).collect();
        let beside = self.meeting.headcount.filter(|_| stage.is_over()).map(|count| words::headcount(count, self.viewer.is_agent()));
        let title = if stage.is_over() { "Qui est venu\u{a0}?" } else { "Qui vient\u{a0}?" };
        json!({ "title": title, "groups": groups, "headcount": beside })
    }

    /// The form by which the reader answers, as long as there is time.
    fn answer(&self, seen: &Seen<'_>, typed: Option<(&Form, &FieldErrors)>) -> Option<Value> {
        let own = self.own.as_ref().filter(|_| seen.stage == Stage::Called && !seen.has_ended)?;
        let is_represented = !own.represented_by.is_empty();
        let said = match own.state {
            InvitationState::Accepted if is_represented => "represented",
            InvitationState::Accepted => "present",
            InvitationState::Tentative => "perhaps",
            InvitationState::Declined => "absent",
            _ => "",
        };
        let or = |name: &str, known: &str| typed.map_or_else(|| known.to_owned(), |(form, _)| form.get(name).to_owned());
        let chosen = or("answer", said);
        let nothing = FieldErrors::default();
        let errors = typed.map_or(&nothing, |(_, errors)| errors);
        let options =
            [("present", "Je viens"), ("represented", "Quelqu’un vient à ma place"), ("perhaps", "Peut-être"), ("absent", "Je ne viens pas")];
        Some(json!({
            "action": paths::about_meeting(&self.meeting.id, "reponse"),
            "options": options.map(|(value, label)| json!({ "value": value, "label": label, "checked": value == chosen })),
            "represented_by": or("represented_by", &own.represented_by),
            "note": or("note", &own.note),
            "errors": { "answer": errors.of("answer"), "represented_by": errors.of("represented_by") },
            "has_answered": own.answered_at.is_some(),
        }))
    }

    /// What the reader may do from here: the next step first.
    pub fn commands(&self, now: Moment) -> Vec<Value> {
        let (meeting, stage) = (&self.meeting, self.meeting.life.stage);
        let command = |label: &str, what: &str, method: &str, kind: &str| json!({ "label": label, "href": paths::about_meeting(&meeting.id, what), "method": method, "kind": kind });
        let may = |verb: Verb| self.verbs.contains(&verb);
        let has_begun = meeting.has_begun(now);
        let mut commands = Vec::new();
        if may(Verb::Call) && !has_begun {
            commands.push(command("Convoquer", "convoquer", "get", "primary"));
        }
        if may(Verb::Record) && has_begun {
            commands.push(command("Enregistrer comme tenue", "enregistrer", "post", "primary"));
        }
        if may(Verb::Hold) && has_begun {
            commands.push(command("Elle s’est tenue", "tenue", "post", "primary"));
        }
        if self.may_read_minutes {
            let (label, what, kind) = match stage {
                Stage::Held => ("Rédiger le compte rendu", "compte-rendu/ecrire", "primary"),
                _ => ("Compte rendu", "compte-rendu", "primary"),
            };
            commands.push(command(label, what, "get", kind));
        }
        if self.may_write {
            if stage.is_over() || stage == Stage::Called && has_begun {
                commands.push(command("Noter les présents", "presence", "get", "secondary"));
            }
            if stage != Stage::Cancelled {
                commands.push(command("Modifier", "modifier", "get", "secondary"));
                commands.push(command("Invités", "invites", "get", "secondary"));
            }
        }
        if may(Verb::Reschedule) && !meeting.has_ended(now) {
            commands.push(command(if stage == Stage::Postponed { "Fixer la nouvelle date" } else { "Reporter" }, "reporter", "get", "secondary"));
        }
        if self.viewer.actor().is_some_and(policy::may_create) {
            commands.push(command("Dupliquer", "dupliquer", "post", "quiet"));
        }
        commands.push(command("Documents", "documents", "get", "quiet"));
        if self.may_write {
            commands.push(command("Historique", "historique", "get", "quiet"));
        }
        if self.viewer.is_agent() && meeting.fields.body_id.is_some() {
            commands.push(command("Dossier de comité", "dossier", "get", "quiet"));
        }
        commands.push(command("Imprimer", "imprimer", "get", "quiet"));
        if may(Verb::Cancel) {
            commands.push(command("Annuler la rencontre", "annuler", "get", "warning"));
        }
        commands
    }

    fn mails(&self, visit: &Visit) -> Option<Value> {
        let administrator = visit.viewer.actor().is_some_and(Actor::is_administrator);
        self.mails.as_ref()?.json(&Setting::of(&visit.app, visit.now), administrator)
    }
}

/// Its items with the time at which each begins, as long as the ones before say how long they take.
pub fn agenda(fields: &MeetingFields, names: &Names, zone: &Zone) -> Vec<Value> {
    let mut at = fields.starts_at;
    let mut items = Vec::with_capacity(fields.agenda.len());
    for (number, item) in (1..).zip(&fields.agenda) {
        let about = names.about(item);
        items.push(json!({
            "number": number,
            "at": at.map(|at| words::hour(at, zone)),
            "title": item.title,
            "speaker": words::some(&item.speaker),
            "aim": item.aim.label(),
            "minutes": item.minutes,
            "about": about.map(|(title, url)| json!({ "title": title, "url": url })),
        }));
        at = at.zip(item.minutes).map(|(at, minutes)| at.plus_seconds(i64::from(minutes) * 60));
    }
    items
}

/// As schema.org says it.
fn event_status(stage: Stage) -> &'static str {
    match stage {
        Stage::Cancelled => "https://schema.org/EventCancelled",
        Stage::Postponed => "https://schema.org/EventPostponed",
        _ => "https://schema.org/EventScheduled",
    }
}

pub async fn load(visit: &Visit, id: String) -> Result<Page> {
    let (viewer, zone, now) = (visit.viewer.clone(), visit.app.config.zone.clone(), visit.now);
    visit.app.db.read(move |conn| Page::load(conn, &viewer, &id, &zone, now)).await
}

fn moved(meeting: &Meeting) -> HttpResponse {
    HttpResponse::MovedPermanently().insert_header((header::LOCATION, paths::meeting(&meeting.id, &meeting.fields.title))).finish()
}

/// `/rencontres/{id}`: to its full address.
pub async fn short(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    let viewer = visit.viewer.clone();
    let meeting = visit.app.db.read(move |conn| service::find(conn, &viewer, &super::id_of(&id)?)).await?;
    Ok(moved(&meeting))
}

/// `/rencontres/{id}/{slug}`.
pub async fn page(visit: Visit, path: web::Path<(String, String)>) -> Result<HttpResponse> {
    let (id, slug) = path.into_inner();
    let page = load(&visit, id).await?;
    if slug != paths::meeting_slug(&page.meeting.fields.title) {
        return Ok(moved(&page.meeting));
    }
    shown(&visit, &page, None).await
}

/// The page; with the form of an answer that was refused as it was typed.
pub async fn shown(visit: &Visit, page: &Page, typed: Option<(&Form, &FieldErrors)>) -> Result<HttpResponse> {
    let zone = &visit.app.config.zone;
    let commands = with_button(visit, Record::meeting(&page.meeting.id), page.commands(visit.now)).await?;
    let data = json!({
        "breadcrumb": super::trail(&page.meeting, None),
        "meeting": page.json(zone, visit.now, typed),
        "commands": commands,
        "open_decisions": page.open_decisions,
        "decisions": page.decided,
        "mails": page.mails(visit),
        "consulted": page.consulted,
    });
    let frame = Frame { noindex: page.meeting.fields.visibility != Visibility::Public, ..Frame::default() };
    let status = if typed.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    visit.framed("meetings/show", &page.meeting.fields.title, frame, status, data)
}
