//! The SQL of requests for help on drafts.

use diesel::prelude::*;

use crate::db::schema::{support_answers, support_asked, support_group, support_requests};
use crate::db::{Conn, on_either};
use crate::error::Result;
use crate::kernel::Moment;
use crate::kernel::ids::{AccountId, ActionId, SupportId};
use crate::sharing::model::Reason;

/// What was asked about a draft.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = support_requests)]
pub struct Request {
    pub id: SupportId,
    pub action_id: ActionId,
    pub question: String,
    pub asker_id: AccountId,
    pub asker_name: String,
    pub created_at: Moment,
    pub closed_at: Option<Moment>,
}

#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = support_answers)]
pub struct Answer {
    pub id: String,
    pub request_id: SupportId,
    pub author_id: AccountId,
    pub author_name: String,
    pub text: String,
    pub created_at: Moment,
}

pub fn group(conn: &mut Conn) -> Result<Vec<AccountId>> {
    Ok(support_group::table.select(support_group::account_id).order(support_group::account_id).load(conn)?)
}

pub fn set_group(conn: &mut Conn, accounts: &[AccountId]) -> Result<()> {
    diesel::delete(support_group::table).execute(conn)?;
    let rows: Vec<_> = accounts.iter().map(|id| support_group::account_id.eq(id)).collect();
    on_either!(conn, |conn| diesel::insert_into(support_group::table).values(&rows).execute(conn))?;
    Ok(())
}

/// False when another is open already.
pub fn insert(conn: &mut Conn, request: &Request, asked: &[(AccountId, Reason)]) -> Result<bool> {
    let row = (
        support_requests::id.eq(&request.id),
        support_requests::action_id.eq(&request.action_id),
        support_requests::question.eq(&request.question),
        support_requests::asker_id.eq(&request.asker_id),
        support_requests::asker_name.eq(&request.asker_name),
        support_requests::created_at.eq(request.created_at),
    );
    if on_either!(conn, |conn| diesel::insert_into(support_requests::table).values(row).on_conflict_do_nothing().execute(conn))? == 0 {
        return Ok(false);
    }
    let rows: Vec<_> = asked
        .iter()
        .map(|(account, reason)| {
            (support_asked::request_id.eq(&request.id), support_asked::account_id.eq(account), support_asked::reason.eq(*reason))
        })
        .collect();
    on_either!(conn, |conn| diesel::insert_into(support_asked::table).values(&rows).execute(conn))?;
    Ok(true)
}

pub fn find(conn: &mut Conn, id: &SupportId) -> Result<Request> {
    Ok(support_requests::table.find(id).select(Request::as_select()).first(conn)?)
}

pub fn asked(conn: &mut Conn, id: &SupportId) -> Result<Vec<(AccountId, Reason)>> {
    let of = support_asked::table.filter(support_asked::request_id.eq(id));
    Ok(of.select((support_asked::account_id, support_asked::reason)).order(support_asked::account_id).load(conn)?)
}

pub fn answers(conn: &mut Conn, ids: &[SupportId]) -> Result<Vec<Answer>> {
    let of = support_answers::table.filter(support_answers::request_id.eq_any(ids.to_vec()));
    Ok(of.select(Answer::as_select()).order((support_answers::created_at, support_answers::id)).load(conn)?)
}

pub fn add_answer(conn: &mut Conn, answer: &Answer) -> Result<()> {
    let row = (
        support_answers::id.eq(&answer.id),
        support_answers::request_id.eq(&answer.request_id),
        support_answers::author_id.eq(&answer.author_id),
        support_answers::author_name.eq(&answer.author_name),
        support_answers::text.eq(&answer.text),
        support_answers::created_at.eq(answer.created_at),
    );
    diesel::insert_into(support_answers::table).values(row).execute(conn)?;
    Ok(())
}

/// False when it was closed already.
pub fn close(conn: &mut Conn, id: &SupportId, now: Moment) -> Result<bool> {
    let open = support_requests::table.filter(support_requests::id.eq(id)).filter(support_requests::closed_at.is_null());
    Ok(diesel::update(open).set(support_requests::closed_at.eq(now)).execute(conn)? == 1)
}

/// All that was asked about an action, the last first.
pub fn of_action(conn: &mut Conn, id: &ActionId) -> Result<Vec<Request>> {
    let of = support_requests::table.filter(support_requests::action_id.eq(id));
    Ok(of.select(Request::as_select()).order((support_requests::created_at.desc(), support_requests::id.desc())).limit(50).load(conn)?)
}

/// The open requests that wait for this person's answer, the first first.
pub fn awaiting(conn: &mut Conn, account: &AccountId) -> Result<Vec<Request>> {
    let asked = support_asked::table.filter(support_asked::account_id.eq(account)).select(support_asked::request_id);
    let answered = support_answers::table.filter(support_answers::author_id.eq(account)).select(support_answers::request_id);
    Ok(support_requests::table
        .filter(support_requests::closed_at.is_null())
        .filter(support_requests::id.eq_any(asked))
        .filter(support_requests::id.ne_all(answered))
        .select(Request::as_select())
        .order((support_requests::created_at, support_requests::id))
        .limit(50)
        .load(conn)?)
}

pub fn purge(conn: &mut Conn, before: Moment) -> Result<usize> {
    Ok(diesel::delete(support_requests::table.filter(support_requests::created_at.lt(before))).execute(conn)?)
}
