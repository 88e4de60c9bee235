//! Who is told of minutes: those who approve them, those who write them, then everybody who was called.

use serde_json::{Value, json};

use crate::accounts::model::{Account, Actor, By, Role, Viewer};
use crate::accounts::{self, sign_in};
use crate::db::Conn;
use crate::error::Result;
use crate::events::Record;
use crate::http::paths;
use crate::kernel::ids;
use crate::kernel::ids::{AccountId, MeetingId};
use crate::mail::outgoing::Outgoing;
use crate::meetings::minutes::Manner;
use crate::meetings::minutes::approving::was_there;
use crate::meetings::model::{Approval, Invitation, InvitationState, Stage, Verb};
use crate::meetings::service::Meeting;
use crate::meetings::{inviting, policy, service};
use crate::{territories, versions};

/// Somebody to write to, and where their mail leads.
struct To {
    name: String,
    email: String,
    link: String,
}

/// The mails of a step of minutes. Nobody is told of what they did themselves.
pub fn moved(conn: &mut Conn, by: By<'_>, id: &MeetingId, verb: Verb, reason: &str) -> Result<Vec<Outgoing>> {
    // Whoever acts may by their link alone: the meeting is read by the application.
    let meeting = service::find(conn, &Viewer(Some(Actor::command_line())), id)?;
    let manner = Manner::of(conn, &meeting)?;
    let about = |more: Value| {
        let mut params = json!({ "title": meeting.fields.title, "starts_at": meeting.fields.starts_at, "actor": by.actor.name });
        for (name, value) in more.as_object().into_iter().flatten() {
            params[name] = value.clone();
        }
        params
    };
    let (template, people, params) = match verb {
        Verb::Submit => {
            let params = about(json!({ "is_silence": manner.approval == Approval::Silence, "until": manner.silence_ends(&meeting) }));
            ("minutes_to_approve", approvers(conn, by, &meeting, manner.approval)?, params)
        }
        Verb::Return => ("minutes_objected", writers(conn, by, &meeting)?, about(json!({ "comment": reason }))),
        Verb::Publish => ("minutes_published", called(conn, by, id)?, about(json!({ "rectified": false, "comment": "" }))),
        Verb::Rectify if meeting.life.stage == Stage::MinutesPublished => {
            ("minutes_published", called(conn, by, id)?, about(json!({ "rectified": true, "comment": reason })))
        }
        _ => return Ok(Vec::new()),
    };
    let event = ids::new(by.now, by.chance);
    let mail = |to: To| {
        let mut params = params.clone();
        params["name"] = json!(to.name);
        params["link"] = json!(to.link);
        Outgoing { key: format!("{event}:{}", to.email), recipient: to.email, template, params, record: Some(Record::meeting(id)) }
    };
    Ok(people.into_iter().map(mail).collect())
}

/// Those who were told of the meeting, or came to it, but for whoever acts.
fn invited(conn: &mut Conn, by: By<'_>, id: &MeetingId) -> Result<Vec<Invitation>> {
    let all = inviting::of(conn, id)?;
    let is_told = |one: &Invitation| one.removed_at.is_none() && !one.email.is_empty() && (one.state != InvitationState::ToInvite || was_there(one));
    Ok(all.into_iter().filter(|one| is_told(one) && !by.actor.is(one.account_id.as_ref())).collect())
}

fn to(one: Invitation) -> To {
    To { link: paths::minutes_link(&one.secret), name: one.name, email: one.email }
}

fn called(conn: &mut Conn, by: By<'_>, id: &MeetingId) -> Result<Vec<To>> {
    Ok(invited(conn, by, id)?.into_iter().map(to).collect())
}

/// Those whose word approves the minutes, or stops them.
fn approvers(conn: &mut Conn, by: By<'_>, meeting: &Meeting, approval: Approval) -> Result<Vec<To>> {
    let all = invited(conn, by, &meeting.id)?;
    let people: Vec<To> = match approval {
        Approval::Silence => all.into_iter().map(to).collect(),
        Approval::All => all.into_iter().filter(was_there).map(to).collect(),
        Approval::Chair => inviting::of(conn, &meeting.id)?
            .into_iter()
            .filter(|one| one.is_chair && one.removed_at.is_none() && !one.email.is_empty() && !by.actor.is(one.account_id.as_ref()))
            .map(to)
            .collect(),
    };
    if !people.is_empty() || approval != Approval::Chair {
        return Ok(people);
    }
    // Nobody presides: the managers of the place decide.
    let atlas = territories::service::atlas(conn)?;
    let managers = accounts::service::active_with_role(conn, &[Role::Manager])?;
    let may: Vec<Account> =
        managers.into_iter().filter(|account| policy::may_write(&sign_in::actor_in(account.clone(), &atlas), &meeting.subject())).collect();
    let people = if may.is_empty() { accounts::service::active_with_role(conn, &[Role::Administrator])? } else { may };
    let others = people.into_iter().filter(|account| !by.actor.is(Some(&account.id)));
    Ok(others.map(|account| To { link: paths::about_minutes(&meeting.id, "/relire"), name: account.name, email: account.email }).collect())
}

/// Those who wrote them, and whoever organises the meeting, as far as they still have an account.
fn writers(conn: &mut Conn, by: By<'_>, meeting: &Meeting) -> Result<Vec<To>> {
    let mut ids = versions::writers(conn, &Record::minutes(&meeting.id))?;
    ids.extend(meeting.fields.organiser.as_deref().and_then(AccountId::parse).filter(|id| !ids.contains(id)));
    let others = accounts::service::active_among(conn, &ids)?.into_iter().filter(|account| !by.actor.is(Some(&account.id)));
    Ok(others.map(|account| To { link: paths::about_minutes(&meeting.id, "/ecrire"), name: account.name, email: account.email }).collect())
}
