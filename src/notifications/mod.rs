//! Who is told of what: by mail, behind their bell, by digests of what they follow. It hears events; nobody calls into it.

pub mod addresses;
pub mod api;
mod concerns;
mod conventions;
mod decisions;
pub mod digest;
pub mod inbox;
pub mod leaving;
mod meetings;
mod minutes;
pub mod news;
mod other_territories;
pub mod pages;
pub mod subscriptions;
mod support;
pub mod table;
mod words;
pub mod worker;

pub use meetings::announce;
pub use other_territories::{LETTER, last_letter, write_letters};

use serde_json::{Value, json};

use crate::accounts::model::{Account, Actor, By, Role, Viewer};
use crate::accounts::{self, sign_in};
use crate::actions::model::{Stage, Verb};
use crate::actions::policy;
use crate::actions::store::{self as actions, Action};
use crate::db::Conn;
use crate::error::Result;
use crate::events::{Event, Record};
use crate::kernel::ids::{ActionId, OrganisationId};
use crate::kernel::{Chance, Day, EmailAddress, Moment, Zone, ids};
use crate::mail::outgoing::Outgoing;
use crate::meetings::model::Verb as MeetingVerb;
use crate::partners::model::Partner;
use crate::{partners, territories, versions};

/// Queues the mails of an event and keeps what it tells those who follow, in its transaction.
pub fn hear(conn: &mut Conn, by: By<'_>, event: &Event<'_>) -> Result<()> {
    news::hear(conn, by, event)?;
    let mails = mails(conn, by, event)?;
    inbox::deliver(conn, by.now, by.chance, table::key(event), mails).map(drop)
}

/// The mails of an event, which the table tells. Nobody is told of what they did themselves.
fn mails(conn: &mut Conn, by: By<'_>, event: &Event<'_>) -> Result<Vec<Outgoing>> {
    match event {
        Event::ActionMoved { id, verb, comment } => {
            let action = actions::find(conn, id)?;
            let (template, people) = match verb {
                Verb::Submit => ("action_submitted", managers_of(conn, &action)?),
                Verb::Return => ("action_returned", writers_of(conn, id)?),
                Verb::Publish => ("action_published", writers_of(conn, id)?),
                Verb::Archive => return Ok(Vec::new()),
            };
            Ok(tell(by, template, &action, people, &json!({ "comment": comment })))
        }
        Event::ActionChanged { id, changed, is_live: true, .. } | Event::ActionRestored { id, changed, is_live: true, .. } => {
            let action = actions::find(conn, id)?;
            let mut people = managers_of(conn, &action)?;
            people.extend(writers_of(conn, id)?);
            let labels: Vec<&str> = changed.iter().map(|field| crate::actions::labels::field(field)).collect();
            Ok(tell(by, "action_changed", &action, people, &json!({ "changed": labels })))
        }
        Event::ConventionMoved { id, verb, comment } => conventions::moved(conn, by, id, *verb, comment),
        Event::MeetingMoved {
            id,
            verb: verb @ (MeetingVerb::Submit | MeetingVerb::Return | MeetingVerb::Publish | MeetingVerb::Rectify),
            reason,
        } => minutes::moved(conn, by, id, *verb, reason),
        Event::ActionSupport { id, request, what } => support::hear(conn, by, id, request, *what),
        Event::Decision { id, what } => decisions::hear(conn, by, id, what),
        Event::MeetingMoved { id, verb, reason } => meetings::moved(conn, by, id, *verb, reason),
        Event::MeetingInvited { id, people, is_called: true } => meetings::invited(conn, by, id, people),
        Event::MeetingUninvited { id, person } => meetings::uninvited(conn, by, id, person),
        Event::MeetingAnswered { id, person, state } => meetings::answered(conn, by, id, person, *state),
        Event::MeetingPromoted { id, person } => meetings::promoted(conn, by, id, person),
        Event::CorrectionSuggested { id, correction, changed, reason } => {
            let partner = partners::service::read(conn, &Viewer(Some(by.actor.clone())), id)?;
            let fields = partners::labels::in_a_sentence(&changed.iter().map(String::as_str).collect::<Vec<_>>());
            let link = crate::http::paths::correction(correction);
            let people = deciders_of(conn, &partner)?.into_iter().filter(|account| !by.actor.is(Some(&account.id)));
            let told = json!({ "actor": by.actor.name, "title": partner.fields.name, "changed": fields, "comment": reason, "link": link });
            Ok(about_partner(by, "partner_correction", id, people, &told))
        }
        Event::CorrectionDecided { id, correction, accepted, comment } => {
            let (partner, found, _) = partners::corrections::find(conn, by.actor, correction)?;
            let people = accounts::service::active_among(conn, &found.author_id.into_iter().collect::<Vec<_>>())?.into_iter();
            let link = crate::http::paths::correction(correction);
            let told = json!({ "actor": by.actor.name, "title": partner.fields.name, "accepted": accepted, "comment": comment, "link": link });
            Ok(about_partner(by, "partner_correction_decided", id, people, &told))
        }
        _ => Ok(Vec::new()),
    }
}

/// The managers of the territories that an organisation serves, or else the administrators.
fn deciders_of(conn: &mut Conn, partner: &Partner) -> Result<Vec<Account>> {
    let world = partners::service::World::load(conn)?;
    let subject = partners::policy::Subject::of(partner, &world);
    let all = accounts::service::active_with_role(conn, &[Role::Manager])?;
    let may: Vec<Account> =
        all.into_iter().filter(|account| partners::policy::may_decide(&sign_in::actor_in(account.clone(), &world.atlas), &subject)).collect();
    if may.is_empty() { accounts::service::active_with_role(conn, &[Role::Administrator]) } else { Ok(may) }
}

fn about_partner(by: By<'_>, template: &'static str, id: &OrganisationId, people: impl Iterator<Item = Account>, told: &Value) -> Vec<Outgoing> {
    let event = ids::new(by.now, by.chance);
    let mail = |account: Account| {
        let mut params = told.clone();
        params["name"] = json!(account.name);
        let key = format!("{event}:{}", account.id);
        Outgoing { recipient: account.email, template, params, record: Some(Record::partner(id)), key }
    };
    people.map(mail).collect()
}

/// The managers who validate an action: those whose reach holds it, or else the administrators.
fn managers_of(conn: &mut Conn, action: &Action) -> Result<Vec<Account>> {
    let atlas = territories::service::atlas(conn)?;
    let managers = accounts::service::active_with_role(conn, &[Role::Manager])?;
    let people: Vec<Account> =
        managers.into_iter().filter(|account| policy::may_write(&sign_in::actor_in(account.clone(), &atlas), &action.subject())).collect();
    if people.is_empty() { accounts::service::active_with_role(conn, &[Role::Administrator]) } else { Ok(people) }
}

/// Those who wrote it, as far as they still have an account.
fn writers_of(conn: &mut Conn, id: &ActionId) -> Result<Vec<Account>> {
    let writers = versions::writers(conn, &Record::action(id))?;
    accounts::service::active_among(conn, &writers)
}

fn tell(by: By<'_>, template: &'static str, action: &Action, people: Vec<Account>, more: &Value) -> Vec<Outgoing> {
    let others = people.into_iter().filter(|account| !by.actor.is(Some(&account.id)));
    about_action(by, template, action, others, more)
}

fn about_action(by: By<'_>, template: &'static str, action: &Action, people: impl Iterator<Item = Account>, more: &Value) -> Vec<Outgoing> {
    // One event, one key: replaying it mails nobody twice, and the next event is another.
    let event = ids::new(by.now, by.chance);
    let mail = |account: Account| {
        let mut params = more.clone();
        params["name"] = json!(account.name);
        params["actor"] = json!(by.actor.name);
        params["title"] = json!(action.fields.title);
        params["link"] = json!(crate::http::paths::action(&action.id, &action.fields.title));
        let key = format!("{event}:{}", account.id);
        Outgoing { recipient: account.email, template, params, record: Some(Record::action(&action.id)), key }
    };
    people.map(mail).collect()
}

/// Days that a submission may wait before its managers are reminded, once.
const VALIDATION_DAYS: i64 = 5;

/// The daily reminders: what waits for validation, what is to be confirmed. Due by « at least so long ago », never by a date's equality.
pub fn remind(conn: &mut Conn, now: Moment, today: Day, chance: &Chance, zone: &Zone) -> Result<usize> {
    let by = By { actor: &Actor::command_line(), now, chance };
    let mut reminded = 0;
    for action in actions::due_for_validation(conn, now.plus_days(-VALIDATION_DAYS))? {
        let people = managers_of(conn, &action)?;
        let since = action.life.submitted_at.unwrap_or(now);
        let mails = about_action(by, "validation_reminder", &action, people.into_iter(), &json!({ "since": since }));
        inbox::deliver(conn, now, chance, ("action", "waits"), mails)?;
        actions::mark_reminded(conn, &action.id, now)?;
        reminded += 1;
    }
    for action in actions::due_for_confirmation(conn, now.plus_days(-crate::actions::service::CONFIRM_AFTER_DAYS))? {
        debug_assert_eq!(action.life.stage, Stage::Published);
        let people = writers_of(conn, &action.id)?;
        let mails = about_action(by, "confirmation_reminder", &action, people.into_iter(), &json!({}));
        inbox::deliver(conn, now, chance, ("action", "grows_old"), mails)?;
        actions::mark_reminded(conn, &action.id, now)?;
        reminded += 1;
    }
    for partner in partners::service::due_for_confirmation(conn, now)? {
        let asked = ask_to_confirm(conn, &partner, now, chance)?;
        partners::service::asked(conn, &partner.id, now)?;
        reminded += usize::from(asked);
    }
    reminded += meetings::remind(conn, now, today, chance, zone)?;
    Ok(reminded + conventions::remind(conn, now, today, chance)? + decisions::remind(conn, now, today, chance)?)
}

/// Asks an organisation, at its own mailbox or else those who have an account for it, whether its page still holds. The link needs no
/// account: whoever reads the mailbox may confirm, once.
fn ask_to_confirm(conn: &mut Conn, partner: &Partner, now: Moment, chance: &Chance) -> Result<bool> {
    let people: Vec<(String, String)> = match EmailAddress::parse(&partner.fields.email) {
        Some(mailbox) => vec![(mailbox.to_string(), partner.fields.name.clone())],
        None => {
            let accounts = accounts::service::active_of_organisation(conn, &partner.id)?;
            accounts.into_iter().map(|account| (account.email, account.name)).collect()
        }
    };
    let mut mails = Vec::new();
    for (recipient, name) in people {
        let secret = partners::links::make(conn, &partner.id, &recipient, now, chance)?;
        let params =
            json!({ "name": name, "title": partner.fields.name, "link": crate::http::paths::confirmation(&secret), "days": partners::links::DAYS });
        let key = format!("partner_confirmation:{}:{}:{recipient}", partner.id, now.micros());
        mails.push(Outgoing { recipient, template: "partner_confirmation", params, record: Some(Record::partner(&partner.id)), key });
    }
    Ok(inbox::deliver(conn, now, chance, ("partner", "grows_old"), mails)? > 0)
}
