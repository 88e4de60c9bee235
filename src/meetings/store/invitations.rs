//! The SQL of invitations.

use diesel::prelude::*;

use crate::db::schema::invitations;
use crate::db::{Conn, on_either};
use crate::error::Result;
use crate::kernel::email::mailbox;
use crate::kernel::ids::{AccountId, InvitationId, MeetingId, OrganisationId};
use crate::kernel::{EmailAddress, Moment};
use crate::meetings::model::{Invitation, InvitationState, Presence, Quality};

type Row = (Who, Said);
type Who = (InvitationId, MeetingId, String, String, String, Quality, Option<AccountId>, Option<OrganisationId>, bool);
type Said = (InvitationState, String, String, Option<Moment>, Option<i32>, Option<Presence>, Option<i32>, String, Option<Moment>, Moment);

macro_rules! columns {
    () => {
        (
            (
                invitations::id,
                invitations::meeting_id,
                invitations::name,
                invitations::email,
                invitations::function,
                invitations::quality,
                invitations::account_id,
                invitations::organisation_id,
                invitations::is_chair,
            ),
            (
                invitations::state,
                invitations::represented_by,
                invitations::note,
                invitations::answered_at,
                invitations::rank,
                invitations::presence,
                invitations::told_sequence,
                invitations::secret,
                invitations::removed_at,
                invitations::created_at,
            ),
        )
    };
}

fn invitation((who, said): Row) -> Invitation {
    let (id, meeting_id, name, email, function, quality, account_id, organisation_id, is_chair) = who;
    let (state, represented_by, note, answered_at, rank, presence, told_sequence, secret, removed_at, created_at) = said;
    Invitation {
        id,
        meeting_id,
        name,
        email,
        function,
        quality,
        account_id,
        organisation_id,
        is_chair,
        state,
        represented_by,
        note,
        answered_at,
        rank,
        presence,
        told_sequence,
        secret,
        removed_at,
        created_at,
    }
}

macro_rules! row {
    ($one:expr) => {
        (
            invitations::name.eq(&$one.name),
            invitations::email.eq(&$one.email),
            invitations::email_folded.eq(mailbox(&$one.email)),
            invitations::function.eq(&$one.function),
            invitations::quality.eq($one.quality),
            invitations::account_id.eq(&$one.account_id),
            invitations::organisation_id.eq(&$one.organisation_id),
            invitations::is_chair.eq($one.is_chair),
            invitations::state.eq($one.state),
            invitations::represented_by.eq(&$one.represented_by),
            invitations::note.eq(&$one.note),
            invitations::answered_at.eq($one.answered_at),
            invitations::rank.eq($one.rank),
            invitations::presence.eq($one.presence),
            invitations::told_sequence.eq($one.told_sequence),
            invitations::removed_at.eq($one.removed_at),
        )
    };
}

pub fn insert(conn: &mut Conn, some: &[Invitation]) -> Result<()> {
    for some in some.chunks(50) {
        let rows: Vec<_> = some
            .iter()
            .map(|one| {
                let born = (
                    invitations::id.eq(&one.id),
                    invitations::meeting_id.eq(&one.meeting_id),
                    invitations::secret.eq(&one.secret),
                    invitations::created_at.eq(one.created_at),
                );
                (born, row!(one))
            })
            .collect();
        on_either!(conn, |conn| {
            diesel::insert_into(invitations::table).values(&rows).execute(conn)?;
        });
    }
    Ok(())
}

pub fn update(conn: &mut Conn, one: &Invitation) -> Result<()> {
    diesel::update(invitations::table.find(&one.id)).set(row!(one)).execute(conn)?;
    Ok(())
}

pub fn find(conn: &mut Conn, id: &InvitationId) -> Result<Invitation> {
    Ok(invitation(invitations::table.find(id).select(columns!()).first(conn)?))
}

pub fn by_secret(conn: &mut Conn, secret: &str) -> Result<Option<Invitation>> {
    let row: Option<Row> = invitations::table.filter(invitations::secret.eq(secret)).select(columns!()).first(conn).optional()?;
    Ok(row.map(invitation))
}

/// Everybody invited to a meeting, in the order of their invitation; those who no longer are, too.
pub fn of(conn: &mut Conn, meeting: &MeetingId) -> Result<Vec<Invitation>> {
    let rows: Vec<Row> = invitations::table
        .filter(invitations::meeting_id.eq(meeting))
        .order((invitations::created_at, invitations::id))
        .select(columns!())
        .load(conn)?;
    Ok(rows.into_iter().map(invitation).collect())
}

/// The one who is invited to this meeting at this address.
pub fn at(conn: &mut Conn, meeting: &MeetingId, email: &EmailAddress) -> Result<Option<Invitation>> {
    let row: Option<Row> = invitations::table
        .filter(invitations::meeting_id.eq(meeting))
        .filter(invitations::removed_at.is_null())
        .filter(invitations::email_folded.eq(mailbox(email.as_str())))
        .select(columns!())
        .first(conn)
        .optional()?;
    Ok(row.map(invitation))
}

/// The invitations of an account or of its organisation to one meeting.
pub fn own(conn: &mut Conn, meeting: &MeetingId, account: Option<&AccountId>, organisation: Option<&OrganisationId>) -> Result<Vec<Invitation>> {
    let found = of(conn, meeting)?;
    let is_own = |one: &Invitation| {
        let by_account = account.is_some() && one.account_id.as_ref() == account;
        let by_organisation = organisation.is_some() && one.organisation_id.as_ref() == organisation;
        one.removed_at.is_none() && (by_account || by_organisation)
    };
    Ok(found.into_iter().filter(is_own).collect())
}

/// How many seats are taken.
pub fn seated(conn: &mut Conn, meeting: &MeetingId) -> Result<i64> {
    Ok(invitations::table
        .filter(invitations::meeting_id.eq(meeting))
        .filter(invitations::removed_at.is_null())
        .filter(invitations::state.eq(InvitationState::Accepted))
        .count()
        .get_result(conn)?)
}

/// How many of those invited to these meetings stand where.
pub fn counts(conn: &mut Conn, meetings: &[MeetingId]) -> Result<Vec<(MeetingId, InvitationState, Option<Presence>, i64)>> {
    let mut counts = Vec::new();
    for some in meetings.chunks(500) {
        let standing = (invitations::meeting_id, invitations::state, invitations::presence);
        counts.extend(
            invitations::table
                .filter(invitations::meeting_id.eq_any(some.to_vec()))
                .filter(invitations::removed_at.is_null())
                .group_by(standing)
                .select((invitations::meeting_id, invitations::state, invitations::presence, diesel::dsl::count_star()))
                .load::<(MeetingId, InvitationState, Option<Presence>, i64)>(conn)?,
        );
    }
    Ok(counts)
}

/// The first `most` of the waiting list.
pub fn waiting(conn: &mut Conn, meeting: &MeetingId, most: i64) -> Result<Vec<Invitation>> {
    let rows: Vec<Row> = invitations::table
        .filter(invitations::meeting_id.eq(meeting))
        .filter(invitations::removed_at.is_null())
        .filter(invitations::state.eq(InvitationState::Waiting))
        .order((invitations::rank, invitations::id))
        .limit(most)
        .select(columns!())
        .load(conn)?;
    Ok(rows.into_iter().map(invitation).collect())
}

/// Gives the invitations of one organisation to another.
pub fn relink(conn: &mut Conn, from: &OrganisationId, to: &OrganisationId) -> Result<()> {
    diesel::update(invitations::table.filter(invitations::organisation_id.eq(from))).set(invitations::organisation_id.eq(to)).execute(conn)?;
    Ok(())
}
