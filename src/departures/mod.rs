//! Somebody left, or nobody reads an address any more: what depends on them, and handing it over to somebody else.
//!
//! It reads every slice and writes through their own use-cases, in one transaction, as an administrator.

pub mod pages;

use std::collections::HashMap;

use serde_json::json;

use crate::accounts::model::{Account, By, Role, Viewer};
use crate::actions;
use crate::conventions::model::{Situation, Stage as ConventionStage};
use crate::conventions::service as conventions;
use crate::db::Conn;
use crate::decisions::model::OPEN;
use crate::decisions::service as decisions;
use crate::error::{Error, Result};
use crate::http::paths;
use crate::kernel::email::mailbox;
use crate::kernel::ids::{AccountId, ConventionId, DecisionId, InvitationId, OrganisationId};
use crate::kernel::text::excerpt;
use crate::kernel::{Day, EmailAddress, Moment, Page, Zone};
use crate::meetings::bodies::{self, Body};
use crate::meetings::inviting::{self, Invitee};
use crate::meetings::telling;
use crate::partners;
use crate::partners::model::Partner;

/// Whoever is no longer there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gone {
    /// Folded.
    pub address: String,
    pub account: Option<AccountId>,
}

impl Gone {
    pub fn of_account(account: &Account) -> Self {
        Self { address: mailbox(&account.email), account: Some(account.id.clone()) }
    }

    /// Whoever had this folded address.
    pub fn of_address(conn: &mut Conn, address: &str) -> Result<Self> {
        let account = crate::accounts::service::of_addresses(conn, &[address.to_owned()])?.pop().map(|account| account.id);
        Ok(Self { address: address.to_owned(), account })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Invitation,
    Decision,
    Convention,
    Body,
    Partner,
    Action,
    Account,
}

impl Kind {
    pub fn label(self) -> &'static str {
        match self {
            Self::Invitation => "Invitations à venir",
            Self::Decision => "Décisions à suivre",
            Self::Convention => "Conventions à suivre",
            Self::Body => "Instances dont la personne est membre",
            Self::Partner => "Fiches de partenaires qui donnent cette adresse",
            Self::Action => "Actions qui donnent cette adresse au public",
            Self::Account => "Compte à cette adresse",
        }
    }

    fn counted(self, count: usize) -> String {
        let (one, many) = match self {
            Self::Invitation => ("invitation", "invitations"),
            Self::Decision => ("décision", "décisions"),
            Self::Convention => ("convention", "conventions"),
            Self::Body => ("instance", "instances"),
            Self::Partner => ("fiche de partenaire", "fiches de partenaires"),
            Self::Action => ("action", "actions"),
            Self::Account => ("compte", "comptes"),
        };
        format!("{count} {}", if count > 1 { many } else { one })
    }
}

/// Something that depends on whoever is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub kind: Kind,
    pub id: String,
    pub label: String,
    pub href: String,
    pub at: Option<Moment>,
    pub hint: String,
}

impl Item {
    /// How a form names it; None for what is changed on its own page.
    pub fn value(&self) -> Option<String> {
        let kind = match self.kind {
            Kind::Invitation => "invitation",
            Kind::Decision => "decision",
            Kind::Convention => "convention",
            _ => return None,
        };
        Some(format!("{kind}:{}", self.id))
    }
}

/// What is read once, for as many as are asked about.
pub struct Registry {
    bodies: Vec<Body>,
    /// By folded address.
    partners: HashMap<String, Vec<(OrganisationId, String)>>,
    actions: HashMap<String, Vec<Item>>,
}

impl Registry {
    pub fn load(conn: &mut Conn) -> Result<Self> {
        let mut partners: HashMap<String, Vec<(OrganisationId, String)>> = HashMap::new();
        for Partner { id, fields, .. } in partners::service::all_whole(conn)? {
            let mut addresses: Vec<String> =
                fields.contacts.iter().map(|one| &one.email).chain([&fields.email]).map(|email| mailbox(email)).collect();
            addresses.sort();
            addresses.dedup();
            for address in addresses.into_iter().filter(|address| !address.is_empty()) {
                partners.entry(address).or_default().push((id.clone(), fields.name.clone()));
            }
        }
        let mut actions: HashMap<String, Vec<Item>> = HashMap::new();
        for (id, title, email) in actions::service::mailboxes(conn)? {
            let href = paths::action(&id, &title);
            let item = Item { kind: Kind::Action, id: id.to_string(), label: title, href, at: None, hint: String::new() };
            actions.entry(mailbox(&email)).or_default().push(item);
        }
        Ok(Self { bodies: bodies::all(conn)?, partners, actions })
    }

    /// What depends on somebody, as administrators see it.
    pub fn of(&self, conn: &mut Conn, gone: &Gone, viewer: &Viewer, now: Moment, today: Day) -> Result<Vec<Item>> {
        let plain = |kind, id: String, label: String, href: String| Item { kind, id, label, href, at: None, hint: String::new() };
        let mut items = Vec::new();
        for (one, meeting) in telling::awaited(conn, &gone.address, gone.account.as_ref(), now)? {
            let href = paths::meeting(&meeting.id, &meeting.fields.title);
            items.push(Item {
                at: meeting.fields.starts_at,
                hint: one.name,
                ..plain(Kind::Invitation, one.id.to_string(), meeting.fields.title, href)
            });
        }
        if let Some(account) = &gone.account {
            let whole = Page { number: 1, size: 1000 };
            let filter = decisions::Filter { stages: OPEN.to_vec(), responsibles: vec![account.clone()], by_due: true, ..Default::default() };
            for decision in decisions::list(conn, viewer, &filter, whole)?.items {
                let item = plain(Kind::Decision, decision.id.to_string(), excerpt(&decision.fields.text), paths::decision(&decision.id));
                items.push(Item { hint: decision.full_reference(), ..item });
            }
            let filter = conventions::Filter { responsible: Some(account.clone()), by_term: true, ..Default::default() };
            for convention in conventions::list(conn, viewer, &filter, whole)?.items {
                let is_over = match convention.life.stage {
                    ConventionStage::Abandoned => true,
                    ConventionStage::Signed => convention.standing(today).situation.is_some_and(is_ended),
                    _ => false,
                };
                if !is_over {
                    let item =
                        plain(Kind::Convention, convention.id.to_string(), convention.fields.object.clone(), paths::convention(&convention.id));
                    items.push(Item { hint: convention.number.clone().unwrap_or_default(), ..item });
                }
            }
        }
        let is_member = |body: &&Body| {
            let is_theirs = |id: &String| gone.account.as_ref().is_some_and(|account| account.as_str() == id);
            !body.fields.is_closed
                && body.fields.members.iter().any(|one| one.account.as_ref().is_some_and(is_theirs) || mailbox(&one.email) == gone.address)
        };
        items.extend(
            self.bodies.iter().filter(is_member).map(|body| plain(Kind::Body, body.id.to_string(), body.fields.name.clone(), paths::body(&body.id))),
        );
        let partners = self.partners.get(&gone.address).into_iter().flatten();
        items.extend(partners.map(|(id, name)| plain(Kind::Partner, id.to_string(), name.clone(), paths::partner(id, name))));
        items.extend(self.actions.get(&gone.address).into_iter().flatten().cloned());
        Ok(items)
    }
}

fn is_ended(situation: Situation) -> bool {
    !situation.is_in_force() && situation != Situation::Upcoming
}

/// « 2 invitations, 1 décision », or nothing.
pub fn in_words(items: &[Item]) -> String {
    let counted = items.chunk_by(|a, b| a.kind == b.kind).map(|some| some[0].kind.counted(some.len()));
    counted.collect::<Vec<_>>().join(", ")
}

/// To whom things are handed over.
#[derive(Clone, Debug, Default)]
pub struct To {
    pub account: Option<Account>,
    /// For invitations: the same person, elsewhere.
    pub address: Option<EmailAddress>,
}

/// Hands over what is ticked, if it still depends on whoever is gone; answers how many things were.
pub fn hand_over(conn: &mut Conn, by: By<'_>, zone: &Zone, gone: &Gone, ticked: &[String], to: &To) -> Result<usize> {
    let today = zone.day(by.now);
    let items = Registry::load(conn)?.of(conn, gone, &Viewer(Some(by.actor.clone())), by.now, today)?;
    let ticked: Vec<Item> = items.into_iter().filter(|item| item.value().is_some_and(|value| ticked.contains(&value))).collect();
    if ticked.is_empty() {
        return Err(Error::field("item", "Cochez au moins une ligne."));
    }
    let needs_account = ticked.iter().any(|item| item.kind != Kind::Invitation);
    let same = |account: &Account| Some(&account.id) == gone.account.as_ref();
    match &to.account {
        None if needs_account => return Err(Error::field("to", "Choisissez qui suivra désormais ces décisions et ces conventions.")),
        None if to.address.is_none() => return Err(Error::field("to", "Choisissez une personne, ou donnez une nouvelle adresse.")),
        Some(account) if same(account) => return Err(Error::field("to", "Choisissez quelqu’un d’autre.")),
        Some(account) if account.role == Role::Partner && ticked.iter().any(|item| item.kind == Kind::Convention) => {
            return Err(Error::field("to", "Une convention est suivie par un agent."));
        }
        _ => {}
    }
    if to.address.as_ref().is_some_and(|address| address.mailbox() == gone.address) {
        return Err(Error::field("address", "C’est l’adresse qui ne reçoit plus rien : donnez-en une autre."));
    }
    let id = to.account.as_ref().map(|account| account.id.to_string()).unwrap_or_default();
    let given = json!({ "responsible": id });
    let given = given.as_object().cloned().unwrap_or_default();
    for item in &ticked {
        match item.kind {
            Kind::Decision => {
                let id = DecisionId::parse(&item.id).ok_or(Error::NotFound)?;
                let version = decisions::find(conn, &Viewer(Some(by.actor.clone())), &id)?.version;
                decisions::change(conn, by, zone, &id, version, &given)?;
            }
            Kind::Convention => {
                let id = ConventionId::parse(&item.id).ok_or(Error::NotFound)?;
                let version = conventions::find(conn, &Viewer(Some(by.actor.clone())), &id, today)?.version;
                conventions::change(conn, by, today, &id, version, &given)?;
            }
            _ => replace(conn, by, &InvitationId::parse(&item.id).ok_or(Error::NotFound)?, to)?,
        }
    }
    Ok(ticked.len())
}

/// Invites somebody in the place of another: the same person at another address, or somebody else.
fn replace(conn: &mut Conn, by: By<'_>, id: &InvitationId, to: &To) -> Result<()> {
    let one = telling::invitation(conn, id)?;
    let meeting = one.meeting_id.clone();
    let invitee = match (&to.address, &to.account) {
        (Some(address), _) => Invitee { email: address.as_str().to_owned(), account_id: None, ..Invitee::of(one) },
        (None, Some(account)) => Invitee { function: String::new(), ..Invitee::read(conn, &json!({ "account": account.id.to_string() }))? },
        (None, None) => return Err(Error::field("to", "Choisissez une personne, ou donnez une nouvelle adresse.")),
    };
    inviting::invite(conn, by, &meeting, vec![invitee])?;
    inviting::remove(conn, by, id).map(drop)
}
