//! Who is invited to a meeting, what they answer, and who has a seat.
//!
//! Seats are given under a lock on the meeting's row (`store::next_rank`): two who answer at once wait for one another.

use serde_json::Value;

use super::model::{Answer, BodyFields, Invitation, InvitationState, MemberRole, Presence, Quality, Stage, invitation};
use super::service::{self, Meeting};
use super::{policy, store, world};
use crate::accounts::model::{By, Role, Viewer};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::{self, Event};
use crate::kernel::given::Given;
use crate::kernel::ids::{AccountId, InvitationId, MeetingId, OrganisationId};
use crate::kernel::{EmailAddress, FieldErrors, Moment};
use crate::{accounts, partners};

pub use store::invitations::{at, find, of, own};

/// A meeting has at most so many people called by name.
pub const MOST_INVITED: usize = 2_000;

/// Somebody to invite.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Invitee {
    pub name: String,
    pub email: String,
    pub function: String,
    pub quality: Quality,
    pub account_id: Option<AccountId>,
    pub organisation_id: Option<OrganisationId>,
    pub is_chair: bool,
}

impl Invitee {
    pub fn of(one: Invitation) -> Self {
        let Invitation { name, email, function, quality, account_id, organisation_id, is_chair, .. } = one;
        Self { name, email, function, quality, account_id, organisation_id, is_chair }
    }

    /// What is given: a name and an address, or the identifier of an account or of an organisation, whose mailbox is written to.
    pub fn read(conn: &mut Conn, given: &Value) -> Result<Self> {
        let mut reader = Given::default();
        let part = |name: &str| given.get(name).unwrap_or(&Value::Null);
        let mut one = Self {
            name: reader.line("name", part("name")),
            email: reader.email("email", part("email")),
            function: reader.line("function", part("function")),
            quality: reader.code("quality", part("quality"), Quality::parse).unwrap_or_default(),
            ..Self::default()
        };
        let account = reader.line("account", part("account"));
        let partner = reader.line("partner", part("partner"));
        reader.errors.into_result()?;
        let said = if account.is_empty() { &one.email } else { &account };
        if let Some(account) = world::account(conn, said)? {
            one.name = if one.name.is_empty() { account.name } else { one.name };
            one.email = account.email;
            one.quality = if account.role == Role::Partner { Quality::Partner } else { Quality::Agent };
            one.organisation_id = account.organisation_id;
            one.account_id = Some(account.id);
        } else if !account.is_empty() {
            return Err(Error::field("account", "Ce compte n’existe pas, ou il est fermé."));
        }
        if !partner.is_empty() {
            let id = OrganisationId::parse(&partner).ok_or_else(|| Error::field("partner", "Ce partenaire n’existe pas."))?;
            let found = partners::service::read(conn, &Viewer(Some(crate::accounts::model::Actor::command_line())), &id)
                .map_err(|_| Error::field("partner", "Ce partenaire n’existe pas."))?;
            one.name = if one.name.is_empty() { found.fields.name } else { one.name };
            one.email = if one.email.is_empty() { found.fields.email } else { one.email };
            one.quality = Quality::Partner;
            one.organisation_id = Some(id);
        }
        let mut errors = FieldErrors::default();
        if one.name.is_empty() {
            errors.add("name", "Donnez un nom.");
        }
        if one.email.is_empty() {
            errors.add("email", "Donnez une adresse e-mail : l’invitation y est envoyée.");
        }
        errors.into_result()?;
        Ok(one)
    }
}

/// Invites the members of a body to a meeting that is being prepared. Whoever has no address is there to be ticked when they come.
pub(super) fn add_members(conn: &mut Conn, by: By<'_>, meeting: &Meeting, body: &BodyFields) -> Result<()> {
    let mut invitees = Vec::with_capacity(body.members.len());
    for member in &body.members {
        let mut one = Invitee {
            name: member.name.clone(),
            email: member.email.clone(),
            function: member.function.clone(),
            quality: member.quality,
            account_id: member.account.as_deref().and_then(AccountId::parse),
            organisation_id: member.partner.as_deref().and_then(OrganisationId::parse),
            is_chair: member.role == MemberRole::Chair,
        };
        if let Some(id) = &one.account_id {
            let account = accounts::service::find(conn, id)?;
            one.name = account.name;
            one.email = account.email;
            one.quality = if account.role == Role::Partner { Quality::Partner } else { Quality::Agent };
            if account.stage == accounts::model::AccountStage::Closed {
                // They have left: the list still says so, nobody writes to them.
                one.account_id = None;
                one.email = String::new();
            }
        } else if let Some(id) = &one.organisation_id
            && let Ok(found) = partners::service::read(conn, &Viewer(Some(crate::accounts::model::Actor::command_line())), id)
        {
            one.name = if one.name.is_empty() { found.fields.name } else { one.name };
            one.email = if one.email.is_empty() { found.fields.email } else { one.email };
        }
        invitees.push(one);
    }
    add(conn, by, meeting, invitees, InvitationState::ToInvite).map(drop)
}

/// Adds people, but for those whose address is there already.
pub(super) fn add(conn: &mut Conn, by: By<'_>, meeting: &Meeting, invitees: Vec<Invitee>, state: InvitationState) -> Result<Vec<Invitation>> {
    let known = store::invitations::of(conn, &meeting.id)?;
    let mut added: Vec<Invitation> = Vec::with_capacity(invitees.len());
    // Each a microsecond after the one before: they stay in this order.
    let mut at = (by.now.micros()..).skip(known.len()).map(Moment::from_micros);
    for one in invitees {
        let is_same = |other: &&Invitation| !one.email.is_empty() && other.email.eq_ignore_ascii_case(&one.email);
        if known.iter().filter(|other| other.removed_at.is_none()).chain(&added).any(|other| is_same(&other)) {
            continue;
        }
        added.push(Invitation {
            id: InvitationId::new(by.now, by.chance),
            meeting_id: meeting.id.clone(),
            name: one.name,
            email: one.email,
            function: one.function,
            quality: one.quality,
            account_id: one.account_id,
            organisation_id: one.organisation_id,
            is_chair: one.is_chair,
            state,
            represented_by: String::new(),
            note: String::new(),
            answered_at: None,
            rank: None,
            presence: None,
            told_sequence: None,
            secret: by.chance.secret(),
            removed_at: None,
            created_at: at.next().unwrap_or(by.now),
        });
    }
    if known.len() + added.len() > MOST_INVITED {
        return Err(Error::field("invitations", format!("Une rencontre compte {MOST_INVITED} invités au plus.")));
    }
    store::invitations::insert(conn, &added)?;
    Ok(added)
}

/// Invites people to a meeting: at once if it is called already, otherwise when it is.
pub fn invite(conn: &mut Conn, by: By<'_>, id: &MeetingId, invitees: Vec<Invitee>) -> Result<Vec<Invitation>> {
    let meeting = service::find_to_write(conn, &Viewer(Some(by.actor.clone())), id)?;
    let state = match meeting.life.stage {
        Stage::Draft | Stage::Postponed => InvitationState::ToInvite,
        Stage::Called if !meeting.has_ended(by.now) => InvitationState::Invited,
        Stage::Cancelled => return Err(Error::Refused("Cette rencontre est annulée.".into())),
        // Somebody who came without being invited is added to be counted.
        _ => InvitationState::ToInvite,
    };
    // Two who invite the same person wait for one another.
    store::next_rank(conn, id)?;
    let added = add(conn, by, &meeting, invitees, state)?;
    let people: Vec<InvitationId> = added.iter().map(|one| one.id.clone()).collect();
    if !people.is_empty() {
        events::happened(conn, by, Event::MeetingInvited { id, people: &people, is_called: state == InvitationState::Invited })?;
    }
    Ok(added)
}

/// All who are to be invited now are.
pub(super) fn call_all(conn: &mut Conn, meeting: &Meeting) -> Result<()> {
    let people = store::invitations::of(conn, &meeting.id)?;
    let is_open = meeting.fields.registration != super::model::Registration::Closed;
    if !is_open && people.iter().all(|one| one.removed_at.is_some()) {
        return Err(Error::field("invitations", "Invitez au moins une personne, ou ouvrez l’inscription."));
    }
    for one in people.into_iter().filter(|one| one.state == InvitationState::ToInvite && one.removed_at.is_none()) {
        store::invitations::update(conn, &Invitation { state: InvitationState::Invited, ..one })?;
    }
    Ok(())
}

/// Takes somebody off the list; their seat goes to the first who waits.
pub fn remove(conn: &mut Conn, by: By<'_>, id: &InvitationId) -> Result<Invitation> {
    let one = find(conn, id)?;
    let meeting = service::find_to_write(conn, &Viewer(Some(by.actor.clone())), &one.meeting_id)?;
    store::next_rank(conn, &meeting.id)?;
    let one = find(conn, id)?;
    if one.removed_at.is_some() {
        return Ok(one);
    }
    let removed = Invitation { removed_at: Some(by.now), ..one };
    store::invitations::update(conn, &removed)?;
    events::happened(conn, by, Event::MeetingUninvited { id: &meeting.id, person: id })?;
    promote(conn, by, &meeting)?;
    Ok(removed)
}

/// Records an answer, given by the one invited or for them.
pub fn answer(conn: &mut Conn, by: By<'_>, id: &InvitationId, answer: &Answer, note: &str) -> Result<Invitation> {
    let meeting_id = find(conn, id)?.meeting_id;
    // Nobody else gives or takes a seat from here on.
    let rank = store::next_rank(conn, &meeting_id)?;
    let meeting = store::find(conn, &meeting_id)?;
    let one = find(conn, id)?;
    answerable(&meeting, &one, by.now)?;
    let seats = seats_left(conn, &meeting)?;
    let state = invitation::answered(one.state, answer, seats);
    let represented_by = match answer {
        Answer::Represented(name) if name.trim().is_empty() => return Err(Error::field("represented_by", "Dites qui vient à votre place.")),
        Answer::Represented(name) => line("represented_by", name)?,
        _ => String::new(),
    };
    let had_seat = one.is_seated();
    let asked = matches!(state, InvitationState::Accepted | InvitationState::Waiting);
    let next = Invitation {
        state,
        represented_by,
        note: line("note", note)?,
        answered_at: Some(by.now),
        rank: if asked { one.rank.or(Some(rank)) } else { None },
        ..one
    };
    store::invitations::update(conn, &next)?;
    events::happened(conn, by, Event::MeetingAnswered { id: &meeting.id, person: id, state })?;
    if had_seat && !next.is_seated() {
        promote(conn, by, &meeting)?;
    }
    Ok(next)
}

fn line(field: &str, text: &str) -> Result<String> {
    let mut reader = Given::default();
    let text = reader.line(field, &Value::String(text.to_owned()));
    reader.errors.into_result().map(|()| text).map_err(Error::from)
}

/// Why nobody answers now.
fn answerable(meeting: &Meeting, one: &Invitation, now: Moment) -> Result<()> {
    let refusal = match meeting.life.stage {
        _ if one.removed_at.is_some() => "Vous n’êtes plus sur la liste des invités de cette rencontre.",
        Stage::Called if meeting.has_ended(now) => "Cette rencontre est terminée : il n’est plus temps de répondre.",
        Stage::Called => return Ok(()),
        Stage::Draft => "Cette rencontre n’est pas encore convoquée.",
        Stage::Postponed => "Cette rencontre est reportée : vous recevrez sa nouvelle date.",
        Stage::Cancelled => "Cette rencontre est annulée.",
        _ => "Cette rencontre s’est tenue : il n’est plus temps de répondre.",
    };
    Err(Error::Refused(refusal.into()))
}

fn seats_left(conn: &mut Conn, meeting: &Meeting) -> Result<Option<i64>> {
    let Some(capacity) = store::find(conn, &meeting.id)?.fields.capacity else { return Ok(None) };
    Ok(Some(i64::from(capacity) - store::invitations::seated(conn, &meeting.id)?))
}

/// Gives the seats that are free to those who wait, in the order in which they asked.
fn promote(conn: &mut Conn, by: By<'_>, meeting: &Meeting) -> Result<()> {
    if meeting.life.stage != Stage::Called || meeting.has_ended(by.now) {
        return Ok(());
    }
    let free = seats_left(conn, meeting)?.unwrap_or(i64::MAX).clamp(0, 10_000);
    for one in store::invitations::waiting(conn, &meeting.id, free)? {
        let person = one.id.clone();
        store::invitations::update(conn, &Invitation { state: InvitationState::Accepted, ..one })?;
        events::happened(conn, by, Event::MeetingPromoted { id: &meeting.id, person: &person })?;
    }
    Ok(())
}

/// The capacity has changed: those who wait come in, or the last who asked wait if it was said that they may.
pub(super) fn resize(conn: &mut Conn, by: By<'_>, meeting: &Meeting, to_waiting: bool) -> Result<()> {
    store::next_rank(conn, &meeting.id)?;
    let over = seats_left(conn, meeting)?.map_or(0, |left| -left);
    if over <= 0 {
        return promote(conn, by, meeting);
    }
    let mut seated: Vec<Invitation> = store::invitations::of(conn, &meeting.id)?.into_iter().filter(Invitation::is_seated).collect();
    seated.sort_by_key(|one| one.rank);
    let last = seated.split_off(seated.len() - usize::try_from(over).unwrap_or(0).min(seated.len()));
    if !to_waiting {
        let names: Vec<&str> = last.iter().map(|one| one.name.as_str()).collect();
        let names = if names.len() > 10 { format!("{} et {} autres", names[..10].join(", "), names.len() - 10) } else { names.join(", ") };
        let message = format!("Inscrits en trop\u{a0}: {over} ({names}). Mettez-les en liste d’attente, ou augmentez le nombre de places.");
        return Err(Error::field("capacity", message));
    }
    for one in last {
        let person = one.id.clone();
        let state = InvitationState::Waiting;
        store::invitations::update(conn, &Invitation { state, ..one })?;
        events::happened(conn, by, Event::MeetingAnswered { id: &meeting.id, person: &person, state })?;
    }
    Ok(())
}

/// Adds the actor themselves to a meeting that is open to them, with a seat or on the waiting list.
pub fn register(conn: &mut Conn, by: By<'_>, id: &MeetingId) -> Result<Invitation> {
    let viewer = Viewer(Some(by.actor.clone()));
    let meeting = service::find(conn, &viewer, id)?;
    let subject = service::subject(conn, &viewer, &meeting)?;
    let account = by.actor.id.clone().ok_or(Error::SignIn)?;
    store::next_rank(conn, id)?;
    let email = EmailAddress::parse(&by.actor.email).ok_or(Error::SignIn)?;
    let mine = own(conn, id, Some(&account), None)?.into_iter().next();
    let one = match mine.or(store::invitations::at(conn, id, &email)?) {
        Some(one) => one,
        None if policy::may_register(by.actor, &subject, meeting.fields.registration) => {
            let me = Invitee {
                name: by.actor.name.clone(),
                email: by.actor.email.clone(),
                quality: if by.actor.is_agent() { Quality::Agent } else { Quality::Partner },
                account_id: Some(account),
                organisation_id: by.actor.organisation_id.clone(),
                ..Invitee::default()
            };
            let added = add(conn, by, &meeting, vec![me], InvitationState::Invited)?;
            added.into_iter().next().ok_or(Error::NotFound)?
        }
        None => {
            return Err(Error::Forbidden("L’inscription à cette rencontre n’est pas ouverte. Adressez-vous à la personne qui l’organise.".into()));
        }
    };
    answer(conn, by, &one.id, &Answer::Present, "")
}

/// When a meeting is held, presence is what answers foretold, to be corrected.
pub(super) fn foretell(conn: &mut Conn, meeting: &Meeting) -> Result<()> {
    for one in store::invitations::of(conn, &meeting.id)?.into_iter().filter(|one| one.removed_at.is_none() && one.presence.is_none()) {
        let presence = Some(one.foretold());
        store::invitations::update(conn, &Invitation { presence, ..one })?;
    }
    Ok(())
}

/// Records who came, and how many came beside. All or nothing; what is not named stays.
pub fn record_presence(
    conn: &mut Conn,
    by: By<'_>,
    id: &MeetingId,
    presences: &[(InvitationId, Presence)],
    headcount: Option<Option<i32>>,
) -> Result<()> {
    let meeting = service::find_to_write(conn, &Viewer(Some(by.actor.clone())), id)?;
    if !(meeting.life.stage.is_over() || meeting.life.stage == Stage::Called && meeting.has_begun(by.now)) {
        return Err(Error::Refused("La présence se note une fois la rencontre commencée.".into()));
    }
    let people = of(conn, id)?;
    for (person, presence) in presences {
        let one = people.iter().find(|one| one.id == *person && one.removed_at.is_none()).ok_or(Error::NotFound)?;
        if one.presence != Some(*presence) {
            store::invitations::update(conn, &Invitation { presence: Some(*presence), ..one.clone() })?;
        }
    }
    if let Some(headcount) = headcount {
        store::set_headcount(conn, id, headcount)?;
    }
    events::happened(conn, by, Event::PresenceRecorded { id })
}
