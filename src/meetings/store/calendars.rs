//! The SQL of calendars that are followed: what they hold, and the tokens of personal ones.

use diesel::prelude::*;

use super::{Meeting, lists};
use crate::accounts::model::Viewer;
use crate::db::schema::{calendar_tokens, invitations, meeting_territories, meetings};
use crate::db::{Conn, on_either};
use crate::error::Result;
use crate::kernel::Moment;
use crate::kernel::ids::{AccountId, MeetingId, OrganisationId};
use crate::meetings::model::{InvitationState, Stage};

/// Which meetings a calendar holds.
#[derive(Clone, Debug)]
pub enum Scope {
    All,
    /// Of one of these territories.
    Territories(Vec<String>),
    /// To which this account, or its organisation, is invited, and has not said that it does not come.
    Invited(AccountId, Option<OrganisationId>),
}

/// The meetings of a scope that a viewer may read, from an instant on, the soonest first; those that were announced once.
pub fn held(conn: &mut Conn, viewer: &Viewer, scope: &Scope, from: Moment, most: i64) -> Result<Vec<Meeting>> {
    let mut query = lists::readable(viewer)
        .filter(meetings::stage.ne(Stage::Draft))
        .filter(meetings::called_at.is_not_null().or(meetings::stage.ne_all([Stage::Cancelled, Stage::Postponed])))
        .filter(meetings::starts_at.ge(from));
    match scope {
        Scope::All => {}
        Scope::Territories(codes) => {
            let placed = meeting_territories::table.filter(meeting_territories::territory_code.eq_any(codes.clone()));
            query = query.filter(meetings::id.eq_any(placed.select(meeting_territories::meeting_id)));
        }
        Scope::Invited(account, organisation) => {
            let theirs = invitations::table
                .filter(invitations::removed_at.is_null())
                .filter(invitations::state.ne_all([InvitationState::ToInvite, InvitationState::Declined]))
                .filter(
                    invitations::account_id
                        .is_not_null()
                        .and(invitations::account_id.eq(account.clone()))
                        .or(invitations::organisation_id.is_not_null().and(invitations::organisation_id.eq(organisation.clone()))),
                );
            query = query.filter(meetings::id.eq_any(theirs.select(invitations::meeting_id)));
        }
    }
    let ids: Vec<MeetingId> = query.order((meetings::starts_at, meetings::id)).limit(most).select(meetings::id).load(conn)?;
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(500) {
        found.extend(lists::by_ids(conn, some)?);
    }
    found.sort_by(|a, b| (a.fields.starts_at, &a.id).cmp(&(b.fields.starts_at, &b.id)));
    Ok(found)
}

/// The token of an account's calendar, and since when.
pub fn token_of(conn: &mut Conn, account: &AccountId) -> Result<Option<(String, Moment)>> {
    let found = calendar_tokens::table.find(account).select((calendar_tokens::token, calendar_tokens::created_at));
    Ok(found.first(conn).optional()?)
}

pub fn account_of(conn: &mut Conn, token: &str) -> Result<Option<AccountId>> {
    Ok(calendar_tokens::table.filter(calendar_tokens::token.eq(token)).select(calendar_tokens::account_id).first(conn).optional()?)
}

/// Keeps a token, unless the account has one.
pub fn insert_token(conn: &mut Conn, account: &AccountId, token: &str, now: Moment) -> Result<()> {
    let row = (calendar_tokens::account_id.eq(account), calendar_tokens::token.eq(token), calendar_tokens::created_at.eq(now));
    on_either!(conn, |conn| diesel::insert_into(calendar_tokens::table).values(row).on_conflict_do_nothing().execute(conn))?;
    Ok(())
}

pub fn remove_token(conn: &mut Conn, account: &AccountId) -> Result<bool> {
    Ok(diesel::delete(calendar_tokens::table.find(account)).execute(conn)? > 0)
}
