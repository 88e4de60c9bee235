//! Minutes read over: submitted, objected to, approved by the chair, by all or by silence; then frozen, published, rectified.

use serde_json::{Map, Value};

use super::{Edition, Manner, Minutes, Said, current, goes_on, placed, rows, write};
use crate::accounts::model::{Actor, By, Role, Viewer};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::{self, Event};
use crate::kernel::ids::{InvitationId, MeetingId};
use crate::kernel::{Moment, Zone};
use crate::meetings::model::minutes::{MinutesPart, Opinion};
use crate::meetings::model::{Approval, Invitation, Presence, Stage, Verb};
use crate::meetings::service::{self, Meeting, Told};
use crate::meetings::world::World;
use crate::meetings::{inviting, policy, reading, store};
use crate::versions::Cause;

/// Carries out `submit`, `return`, `approve` or `publish` over the version of the meeting that was read.
pub fn carry_out(conn: &mut Conn, by: By<'_>, world: &World, id: &MeetingId, version: i32, verb: Verb, reason: &str) -> Result<Meeting> {
    let viewer = Viewer(Some(by.actor.clone()));
    let meeting = service::find(conn, &viewer, id)?;
    let subject = service::subject(conn, &viewer, &meeting)?;
    if !policy::may_read_minutes(&viewer, &subject) {
        return Err(Error::NotFound);
    }
    if !policy::may(by.actor, verb, &subject) {
        return Err(match verb {
            Verb::Approve => {
                Error::Forbidden("Le compte rendu est approuvé par la présidence de l’instance ou par un responsable du territoire.".into())
            }
            _ => service::not_yours(),
        });
    }
    if meeting.version != version {
        return Err(Error::Conflict { current: meeting.version });
    }
    let name = by.actor.name.clone();
    moved(conn, by, world, meeting, verb, reason, &name)
}

/// The same, once it is known that whoever asks may; `name` says who approves.
fn moved(conn: &mut Conn, by: By<'_>, world: &World, meeting: Meeting, verb: Verb, reason: &str, name: &str) -> Result<Meeting> {
    let manner = Manner::of(conn, &meeting)?;
    let minutes = current(conn, &meeting, &manner)?;
    if verb == Verb::Submit {
        if verb.leads(meeting.life.stage).is_some() && minutes.fields.is_empty() {
            return Err(Error::field("parts", "Écrivez le compte rendu avant de le soumettre : il est encore vide."));
        }
        // What is read over is laid out for good: those who read it read what is kept.
        settle(conn, by, &meeting, &minutes)?;
    }
    let told = Told { reason: reason.to_owned(), fields: Map::new() };
    let next = service::move_on(conn, by, world, meeting, verb, &told)?;
    if verb == Verb::Approve {
        let edition = Edition { number: 0, fields: minutes.fields, reason: String::new(), author_name: name.to_owned(), at: by.now };
        rows::add_edition(conn, by, &next.id, &edition)?;
    }
    Ok(next)
}

/// Writes the minutes on the agenda as it is now, when it changed since they were saved.
fn settle(conn: &mut Conn, by: By<'_>, meeting: &Meeting, minutes: &Minutes) -> Result<()> {
    let is_written = rows::find(conn, &meeting.id)?.is_some_and(|stored| stored.fields == minutes.fields);
    if is_written || minutes.revision == 0 {
        return Ok(());
    }
    let goes_on = goes_on(conn, by, meeting)?;
    let next = Minutes { revision: minutes.revision + 1, version: minutes.version + i32::from(!goes_on), ..minutes.clone() };
    let event = Event::MinutesSaved { id: &meeting.id };
    write(conn, by, &meeting.id, &next, (!goes_on).then(|| Cause::of(&event)))
}

/// Corrects minutes that are approved: a numbered edition beside the old ones, with its reason.
pub fn rectify(conn: &mut Conn, by: By<'_>, world: &World, id: &MeetingId, version: i32, given: Vec<MinutesPart>, reason: &str) -> Result<Meeting> {
    let viewer = Viewer(Some(by.actor.clone()));
    let meeting = service::find(conn, &viewer, id)?;
    let subject = service::subject(conn, &viewer, &meeting)?;
    if !policy::may_read_minutes(&viewer, &subject) {
        return Err(Error::NotFound);
    }
    if !policy::may(by.actor, Verb::Rectify, &subject) {
        return Err(Error::Forbidden("Un compte rendu approuvé est rectifié par la présidence ou par un responsable du territoire.".into()));
    }
    if meeting.version != version {
        return Err(Error::Conflict { current: meeting.version });
    }
    let reason = reading::reason(&Value::String(reason.to_owned()))?;
    let next = service::move_on(conn, by, world, meeting, Verb::Rectify, &Told { reason: reason.clone(), fields: Map::new() })?;
    let before = rows::find(conn, id)?.ok_or(Error::NotFound)?;
    let fields = placed(before.fields.clone(), given)?;
    if fields == before.fields {
        return Err(Error::field("parts", "Rien n’a changé : corrigez le texte, puis enregistrez la rectification."));
    }
    let minutes = Minutes { fields, revision: before.revision + 1, version: before.version + 1, ..before };
    let event = Event::MeetingMoved { id, verb: Verb::Rectify, reason: &reason };
    write(conn, by, id, &minutes, Some(Cause::of(&event)))?;
    let number = rows::editions(conn, id)?.last().map_or(0, |edition| edition.number) + 1;
    let edition = Edition { number, fields: minutes.fields, reason, author_name: by.actor.name.clone(), at: by.now };
    rows::add_edition(conn, by, id, &edition)?;
    Ok(next)
}

/// Somebody who was called, and their meeting: whoever holds the link that they were sent.
pub fn bearer(conn: &mut Conn, secret: &str) -> Result<(Invitation, super::Read)> {
    let one = store::invitations::by_secret(conn, secret)?.filter(|one| one.removed_at.is_none()).ok_or(Error::NotFound)?;
    let meeting = store::find(conn, &one.meeting_id)?;
    let read = super::whole(conn, meeting)?;
    Ok((one, read))
}

/// Whoever acts by the link of an invitation: they may do nothing else.
pub fn actor_of(one: &Invitation) -> Actor {
    Actor { id: one.account_id.clone(), email: one.email.clone(), name: one.name.clone(), role: Role::Partner, ..Actor::command_line() }
}

/// What the invitations of an account say for it.
pub fn own(conn: &mut Conn, actor: &Actor, id: &MeetingId) -> Result<Option<Invitation>> {
    let own = inviting::own(conn, id, actor.id.as_ref(), actor.organisation_id.as_ref())?;
    let in_person = own.iter().find(|one| actor.is(one.account_id.as_ref())).cloned();
    Ok(in_person.or_else(|| own.into_iter().next()))
}

/// Somebody called approves the revision that they read, or asks for a correction: which ends the review.
pub fn opine(conn: &mut Conn, by: By<'_>, world: &World, person: &InvitationId, revision: i32, opinion: Opinion, comment: &str) -> Result<Meeting> {
    let one = inviting::find(conn, person)?;
    if one.removed_at.is_some() {
        return Err(Error::NotFound);
    }
    let meeting = store::find(conn, &one.meeting_id)?;
    // Two last approvals wait for one another, so that one of them sees both.
    store::next_rank(conn, &meeting.id)?;
    let meeting = store::find(conn, &meeting.id)?;
    match meeting.life.stage {
        Stage::MinutesInReview => {}
        stage if stage.is_frozen() => return Err(Error::Refused("Ce compte rendu est déjà approuvé.".into())),
        _ => return Err(Error::Refused("Ce compte rendu n’est pas en relecture : ses rédacteurs y travaillent.".into())),
    }
    let manner = Manner::of(conn, &meeting)?;
    let minutes = current(conn, &meeting, &manner)?;
    if minutes.revision != revision {
        return Err(Error::Conflict { current: minutes.revision });
    }
    let comment = reading::reason(&Value::String(comment.to_owned()))?;
    if opinion == Opinion::Objects && comment.is_empty() {
        return Err(Error::field("reason", "Dites ce qu’il faut corriger : les rédacteurs le liront."));
    }
    let said = Said { invitation_id: person.clone(), opinion, comment: comment.clone(), at: by.now };
    rows::opine(conn, &meeting.id, revision, &said)?;
    events::happened(conn, by, Event::MinutesOpinion { id: &meeting.id, person, opinion })?;
    if opinion == Opinion::Objects {
        return moved(conn, by, world, meeting, Verb::Return, &comment, "");
    }
    if one.is_chair {
        return moved(conn, by, world, meeting, Verb::Approve, "", &one.name);
    }
    if manner.approval == Approval::All && all_approve(conn, &meeting, revision)? {
        return moved(conn, by, world, meeting, Verb::Approve, "", "toutes les personnes présentes");
    }
    Ok(meeting)
}

fn all_approve(conn: &mut Conn, meeting: &Meeting, revision: i32) -> Result<bool> {
    let said = rows::opinions(conn, &meeting.id, revision)?;
    let approves = |one: &Invitation| said.iter().any(|said| said.invitation_id == one.id && said.opinion == Opinion::Approves);
    Ok(inviting::of(conn, &meeting.id)?.iter().filter(|one| was_there(one)).all(approves))
}

/// Did they take part, themselves or by somebody?
pub fn was_there(one: &Invitation) -> bool {
    one.removed_at.is_none() && matches!(one.presence, Some(Presence::Present | Presence::Represented))
}

/// Approves the minutes to which nobody objected in time; answers how many.
pub fn by_silence(conn: &mut Conn, by: By<'_>, zone: &Zone) -> Result<usize> {
    let mut approved = 0;
    let mut world = None;
    for id in rows::in_review_since(conn, by.now)? {
        let meeting = store::find(conn, &id)?;
        let ends = Manner::of(conn, &meeting)?.silence_ends(&meeting);
        if !ends.is_some_and(|end| is_past(end, by.now, zone)) {
            continue;
        }
        if world.is_none() {
            world = Some(World::load(conn, zone)?);
        }
        if let Some(world) = &world {
            moved(conn, by, world, meeting, Verb::Approve, "", "l’absence d’objection dans le délai")?;
            approved += 1;
        }
    }
    Ok(approved)
}

/// Whole days are given: the last one ends at midnight.
fn is_past(end: Moment, now: Moment, zone: &Zone) -> bool {
    zone.day(now) > zone.day(end)
}
