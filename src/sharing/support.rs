//! Help on a draft: those whom the instance names, and colleagues who know, are asked; they read it as it is, and answer. What they say stays
//! with the action.

use std::collections::BTreeSet;

use super::asking::text;
use super::colleagues::{self, Sought};
use super::model::{Happened, Reason};
use super::policy::{self, Standing};
use super::store::support as store;
use crate::accounts;
use crate::accounts::model::{Account, AccountStage, Actor, By, Role, Viewer};
use crate::accounts::service::Limit;
use crate::actions::policy as action_policy;
use crate::actions::service::{self as actions, Action};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::{self, Event};
use crate::kernel::ids::{self, AccountId, ActionId, SupportId};
use crate::kernel::text::excerpt;
use crate::kernel::{Day, EmailAddress, FieldErrors, Moment};

pub use store::{Answer, Request};

/// Colleagues who know are asked, so many at most.
const MOST_COLLEAGUES: usize = 8;
const MOST_IN_GROUP: usize = 50;

/// A request as whoever may read it sees it.
pub struct Seen {
    pub request: Request,
    pub answers: Vec<Answer>,
    pub asked: Vec<(AccountId, Reason)>,
    pub action: Action,
    pub standing: Standing,
}

fn is_agent(account: &Account) -> bool {
    account.role != Role::Partner && account.stage == AccountStage::Active
}

/// Those of these accounts who are agents at work.
fn agents(conn: &mut Conn, ids: &[AccountId]) -> Result<Vec<Account>> {
    let known = accounts::service::active_with_role(conn, &[Role::Worker, Role::Manager, Role::Administrator])?;
    Ok(known.into_iter().filter(|account| ids.contains(&account.id)).collect())
}

/// The agents at work whom the instance names.
pub fn group(conn: &mut Conn) -> Result<Vec<Account>> {
    let ids = store::group(conn)?;
    agents(conn, &ids)
}

/// Names them anew, by their addresses, one a line.
pub fn set_group(conn: &mut Conn, by: By<'_>, typed: &str) -> Result<()> {
    if !by.actor.is_administrator() {
        return Err(Error::NotFound);
    }
    let (mut errors, mut chosen) = (FieldErrors::default(), BTreeSet::new());
    let lines: Vec<&str> = typed.split(['\n', ',', ';']).map(str::trim).filter(|line| !line.is_empty()).collect();
    if lines.len() > MOST_IN_GROUP {
        return Err(Error::field("people", format!("{MOST_IN_GROUP} personnes au plus.")));
    }
    for line in lines {
        let account = match EmailAddress::parse(line).map(|email| accounts::service::by_email(conn, &email)) {
            None | Some(Err(Error::NotFound)) => None,
            Some(found) => Some(found?),
        };
        match account.filter(is_agent) {
            Some(account) => drop(chosen.insert(account.id)),
            None => errors.add("people", format!("« {} » n’est pas l’adresse d’un agent qui a un compte actif.", excerpt(line))),
        }
    }
    errors.into_result()?;
    store::set_group(conn, &chosen.into_iter().collect::<Vec<_>>())?;
    events::happened(conn, by, Event::Administered { kind: "instance", id: "support_group", what: "support_group_changed" })
}

/// Those whom a request about this action would reach: the group, then the nearest of those who know.
pub fn reached(conn: &mut Conn, actor: &Actor, action: &Action, today: Day) -> Result<Vec<(Account, Reason)>> {
    let group: Vec<Account> = group(conn)?.into_iter().filter(|account| !actor.is(Some(&account.id))).collect();
    let knowing = colleagues::who_know(conn, &Viewer(Some(actor.clone())), &Sought::like(action), today)?;
    let known: BTreeSet<AccountId> = group.iter().map(|account| account.id.clone()).collect();
    let knowing = knowing.into_iter().map(|colleague| colleague.account).filter(|account| !known.contains(&account.id)).take(MOST_COLLEAGUES);
    let knowing: Vec<(Account, Reason)> = knowing.map(|account| (account, Reason::Knows)).collect();
    Ok(group.into_iter().map(|account| (account, Reason::Group)).chain(knowing).collect())
}

/// Each mails up to some sixty colleagues.
const ASKED_A_DAY: Limit = Limit { most: 5, seconds: 86_400 };

/// Asks them all.
pub fn ask(conn: &mut Conn, by: By<'_>, id: &ActionId, question: &str, today: Day) -> Result<Request> {
    let action = actions::find_to_write(conn, &Viewer(Some(by.actor.clone())), id)?;
    let Some(asker) = by.actor.id.clone().filter(|_| policy::may_ask(by.actor, &action.subject())) else {
        return Err(Error::Refused("On demande un appui sur un brouillon. Cette action n’en est plus un.".into()));
    };
    let question = text("question", question, "Dites ce qui vous aiderait.")?;
    let asked: Vec<(AccountId, Reason)> =
        reached(conn, by.actor, &action, today)?.into_iter().map(|(account, reason)| (account.id, reason)).collect();
    if asked.is_empty() {
        let alone = "Nous n’avons trouvé personne à qui demander\u{a0}: choisissez un thème pour cette action, ou demandez à un administrateur de composer le groupe d’appui.";
        return Err(Error::field("question", alone));
    }
    accounts::service::throttle(conn, "support", asker.as_str(), ASKED_A_DAY, by.now).map_err(|error| match error {
        Error::Throttled { .. } => Error::field("question", "Vous avez déjà demandé plusieurs appuis aujourd’hui. Gardez cette demande pour demain."),
        error => error,
    })?;
    let request = Request {
        id: SupportId::new(by.now, by.chance),
        action_id: action.id,
        question,
        asker_id: asker,
        asker_name: by.actor.name.clone(),
        created_at: by.now,
        closed_at: None,
    };
    if !store::insert(conn, &request, &asked)? {
        return Err(Error::Refused("Une demande d’appui est déjà ouverte sur ce brouillon. Pour en faire une autre, clôturez-la d’abord.".into()));
    }
    events::happened(conn, by, Event::ActionSupport { id, request: &request.id, what: Happened::Asked })?;
    Ok(request)
}

fn standing(conn: &mut Conn, actor: &Actor, request: &Request, action: &Action) -> Result<(Vec<(AccountId, Reason)>, Standing)> {
    let asked = store::asked(conn, &request.id)?;
    let is_asked = asked.iter().any(|(account, _)| actor.is(Some(account)));
    let is_writer = action_policy::may_write(actor, &action.subject());
    Ok((asked, Standing { is_asked, is_writer, is_open: request.closed_at.is_none() }))
}

/// The request, if the viewer was asked or writes the action; otherwise there is none.
pub fn find(conn: &mut Conn, viewer: &Viewer, id: &SupportId) -> Result<Seen> {
    let actor = viewer.actor().ok_or(Error::SignIn)?;
    let request = store::find(conn, id)?;
    // Those asked may belong elsewhere: the draft is read for them, and shown as far as they may see it.
    let action = actions::find(conn, &Viewer(Some(Actor::command_line())), &request.action_id)?;
    let (asked, standing) = standing(conn, actor, &request, &action)?;
    if !policy::may_read(actor, standing) {
        return Err(Error::NotFound);
    }
    let answers = store::answers(conn, std::slice::from_ref(&request.id))?;
    Ok(Seen { request, answers, asked, action, standing })
}

/// The people whom a request reached, as far as they still have an account.
pub fn people(conn: &mut Conn, asked: &[(AccountId, Reason)]) -> Result<Vec<(Account, Reason)>> {
    let ids: Vec<AccountId> = asked.iter().map(|(id, _)| id.clone()).collect();
    let reason = |account: &Account| asked.iter().find(|(id, _)| *id == account.id).map(|(_, reason)| *reason);
    Ok(agents(conn, &ids)?.into_iter().filter_map(|account| Some((reason(&account)?, account))).map(|(reason, account)| (account, reason)).collect())
}

pub fn answer(conn: &mut Conn, by: By<'_>, id: &SupportId, said: &str) -> Result<()> {
    let seen = find(conn, &Viewer(Some(by.actor.clone())), id)?;
    let Some(author) = by.actor.id.clone().filter(|_| policy::may_answer(by.actor, seen.standing)) else {
        return Err(match seen.standing.is_asked {
            true => Error::Refused("Cette demande est close : on n’y répond plus.".into()),
            false => Error::Forbidden("Répondent ceux à qui l’appui est demandé.".into()),
        });
    };
    let said = text("text", said, "Écrivez votre réponse.")?;
    let (author_name, id) = (by.actor.name.clone(), ids::new(by.now, by.chance));
    let request = seen.request;
    // Pressed twice, it is one answer.
    if seen.answers.last().is_some_and(|last| last.author_id == author && last.text == said) {
        return Ok(());
    }
    store::add_answer(conn, &Answer { id, request_id: request.id.clone(), author_id: author, author_name, text: said, created_at: by.now })?;
    events::happened(conn, by, Event::ActionSupport { id: &request.action_id, request: &request.id, what: Happened::Answered })
}

/// Ends it: those asked read the draft no more.
pub fn close(conn: &mut Conn, by: By<'_>, id: &SupportId) -> Result<ActionId> {
    let seen = find(conn, &Viewer(Some(by.actor.clone())), id)?;
    if !seen.standing.is_writer {
        return Err(Error::Forbidden("Seuls ceux qui écrivent l’action closent la demande.".into()));
    }
    // Closed twice is closed.
    if policy::may_close(by.actor, seen.standing) && store::close(conn, id, by.now)? {
        events::happened(conn, by, Event::ActionSupport { id: &seen.action.id, request: id, what: Happened::Closed })?;
    }
    Ok(seen.action.id)
}

/// What was asked about an action and answered, the last request first; for those who write it.
pub fn of_action(conn: &mut Conn, action: &ActionId) -> Result<Vec<(Request, Vec<Answer>)>> {
    let requests = store::of_action(conn, action)?;
    let ids: Vec<SupportId> = requests.iter().map(|request| request.id.clone()).collect();
    let answers = store::answers(conn, &ids)?;
    let of = |request: &Request| answers.iter().filter(|answer| answer.request_id == request.id).cloned().collect();
    Ok(requests.into_iter().map(|request| (of(&request), request)).map(|(answers, request)| (request, answers)).collect())
}

/// What this person was asked and has not answered, with the title of each draft.
pub fn awaiting(conn: &mut Conn, actor: &Actor) -> Result<Vec<(Request, String)>> {
    let Some(id) = actor.id.as_ref().filter(|_| actor.is_agent()) else { return Ok(Vec::new()) };
    let robot = Viewer(Some(Actor::command_line()));
    let requests = store::awaiting(conn, id)?;
    requests
        .into_iter()
        .map(|request| Ok((actions::find(conn, &robot, &request.action_id)?.fields.title, request)))
        .map(|found| found.map(|(title, request)| (request, title)))
        .collect()
}

/// Forgets what was asked more than three years ago, and the answers.
pub fn purge(conn: &mut Conn, now: Moment) -> Result<usize> {
    store::purge(conn, now.plus_days(-3 * 365))
}
