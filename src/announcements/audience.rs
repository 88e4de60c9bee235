//! Those to whom an announcement is written, as they are today: each address once, with the organisations that it reaches.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use sha2::{Digest, Sha256};

use super::model::{Audience, Kind, Side};
use crate::accounts;
use crate::accounts::model::{Account, Actor, Role, Viewer};
use crate::conventions;
use crate::db::Conn;
use crate::error::Result;
use crate::kernel::ids::{AccountId, OrganisationId};
use crate::kernel::{EmailAddress, Moment, Page};
use crate::mail::{bounces, choices};
use crate::meetings::bodies::{self, Body};
use crate::meetings::model::{Member, Quality};
use crate::partners;
use crate::partners::model::Partner;
use crate::territories;

/// The most addresses that one announcement is written to.
pub const MOST: usize = 20_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// What two spellings of one mailbox share.
    pub folded: String,
    pub email: String,
    pub name: String,
    /// Those that are informed when a mail arrives there.
    pub organisations: Vec<OrganisationId>,
    /// They stopped such mails: they are not written to.
    pub is_stopped: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// By address.
    pub recipients: Vec<Recipient>,
    /// The organisations that have no mailbox.
    pub without: Vec<OrganisationId>,
    /// How many organisations there are, with those.
    pub organisations: usize,
    /// How many addresses are left out: nobody is there any more.
    pub dead: usize,
}

impl Found {
    /// How many addresses are written to.
    pub fn number(&self) -> usize {
        self.recipients.iter().filter(|one| !one.is_stopped).count()
    }

    pub fn stopped(&self) -> usize {
        self.recipients.len() - self.number()
    }

    /// What tells this audience from another of the same number.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for one in self.recipients.iter().filter(|one| !one.is_stopped) {
            hash.update(one.folded.as_bytes());
            hash.update(b"\n");
        }
        for id in &self.without {
            hash.update(id.as_str().as_bytes());
        }
        hash.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[derive(Default)]
struct Gathered {
    by_address: BTreeMap<String, Recipient>,
    organisations: BTreeSet<OrganisationId>,
    /// The addresses, as `mailbox` has them, at which nobody is any more, and those of them that were met.
    dead: HashSet<String>,
    met: BTreeSet<String>,
}

impl Gathered {
    /// Adds an address, once; false when nobody can be written to there.
    fn add(&mut self, email: &str, name: &str, organisation: Option<&OrganisationId>) -> bool {
        let Some(address) = EmailAddress::parse(email) else { return false };
        let folded = address.mailbox();
        if self.dead.contains(&folded) {
            self.met.insert(folded);
            return false;
        }
        let one = self.by_address.entry(folded.clone()).or_insert_with(|| Recipient {
            folded,
            email: address.to_string(),
            name: name.to_owned(),
            organisations: Vec::new(),
            is_stopped: false,
        });
        if let Some(id) = organisation.filter(|id| !one.organisations.contains(id)) {
            one.organisations.push(id.clone());
        }
        true
    }
}

/// What an audience is chosen among.
struct Among<'a> {
    audience: &'a Audience,
    /// The codes that the places chosen match, what serves them included; empty: all.
    matching: BTreeSet<String>,
    /// The places chosen, and what is inside them; empty: all.
    inside: BTreeSet<String>,
    bodies: Vec<Body>,
    accounts: BTreeMap<AccountId, Account>,
}

impl<'a> Among<'a> {
    fn load(conn: &mut Conn, audience: &'a Audience) -> Result<Self> {
        let atlas = territories::service::atlas(conn)?;
        let matching = audience.territories.iter().flat_map(|code| atlas.matching(code)).collect();
        let inside: BTreeSet<String> = audience.territories.iter().flat_map(|code| atlas.inside(code)).collect();
        let is_chosen = |body: &Body| match audience.bodies.is_empty() {
            true => !body.fields.is_closed && (inside.is_empty() || inside.contains(&body.fields.territory)),
            false => audience.bodies.iter().any(|id| id == body.id.as_str()),
        };
        let bodies = bodies::all(conn)?.into_iter().filter(is_chosen).collect();
        let all = accounts::service::active_with_role(conn, Role::ALL)?;
        let accounts = all.into_iter().map(|account| (account.id.clone(), account)).collect();
        Ok(Self { audience, matching, inside, bodies, accounts })
    }

    fn members(&self) -> impl Iterator<Item = &Member> {
        self.bodies.iter().flat_map(|body| &body.fields.members)
    }

    /// The account of a member, if it is open.
    fn account(&self, member: &Member) -> Option<&Account> {
        self.accounts.get(&AccountId::parse(member.account.as_deref()?)?)
    }

    fn quality(&self, member: &Member) -> Quality {
        match self.account(member).map(|account| account.role) {
            _ if member.quality == Quality::Elected => Quality::Elected,
            Some(Role::Partner) => Quality::Partner,
            Some(_) => Quality::Agent,
            None => member.quality,
        }
    }

    /// A member's own address; that of a closed account is nobody's.
    fn add_member(&self, gathered: &mut Gathered, member: &Member, organisation: Option<&OrganisationId>) {
        match (self.account(member), &member.account) {
            (Some(account), _) => gathered.add(&account.email, &account.name, organisation),
            (None, Some(_)) => false,
            (None, None) => gathered.add(&member.email, &member.name, organisation),
        };
    }

    fn organisation(&self, member: &Member) -> Option<OrganisationId> {
        let own = member.partner.as_deref().and_then(OrganisationId::parse);
        own.or_else(|| self.account(member)?.organisation_id.clone())
    }
}

/// Those to whom an announcement would be written now.
pub fn find(conn: &mut Conn, kind: Kind, audience: &Audience, now: Moment) -> Result<Found> {
    let among = Among::load(conn, audience)?;
    let dead = bounces::all(conn)?.into_iter().map(|dead| dead.address).collect();
    let (mut gathered, mut without) = (Gathered { dead, ..Gathered::default() }, Vec::new());
    if audience.to.contains(&Side::Partners) {
        without = partners_of(conn, &among, &mut gathered, now)?;
    }
    if audience.to.contains(&Side::Agents) {
        agents_of(&among, &mut gathered);
    }
    if audience.to.contains(&Side::Elected) {
        for member in among.members().filter(|member| among.quality(member) == Quality::Elected) {
            among.add_member(&mut gathered, member, None);
        }
    }
    let stopped = choices::who_stopped(conn, kind.as_str())?;
    let mut recipients: Vec<Recipient> = gathered.by_address.into_values().collect();
    for one in &mut recipients {
        one.is_stopped = stopped.contains(&one.folded);
    }
    Ok(Found { recipients, without, organisations: gathered.organisations.len(), dead: gathered.met.len() })
}

/// Organisations, by their mailbox, their contacts and the accounts of their people; answers those that have none of these.
fn partners_of(conn: &mut Conn, among: &Among<'_>, gathered: &mut Gathered, now: Moment) -> Result<Vec<OrganisationId>> {
    let audience = among.audience;
    // It is written in the name of the registry, which knows every organisation.
    let viewer = Viewer(Some(Actor::command_line()));
    let is_network = !audience.bodies.is_empty() || audience.in_convention;
    let mut ids: BTreeSet<OrganisationId> = BTreeSet::new();
    if !audience.bodies.is_empty() {
        for member in among.members().filter(|member| among.quality(member) == Quality::Partner) {
            let organisation = among.organisation(member);
            if organisation.is_none() && audience.kinds.is_empty() && audience.themes.is_empty() {
                among.add_member(gathered, member, None);
            }
            ids.extend(organisation);
        }
    }
    if audience.in_convention {
        ids.extend(parties(conn, &viewer, among)?);
    }
    let filter = partners::service::Filter {
        kinds: audience.kinds.clone(),
        themes: audience.themes.clone(),
        // A network is chosen by the places of its bodies and conventions.
        territories: if is_network { Vec::new() } else { among.matching.iter().cloned().collect() },
        ids: is_network.then(|| ids.into_iter().collect()),
        ..Default::default()
    };
    let mut people: BTreeMap<&OrganisationId, Vec<&Account>> = BTreeMap::new();
    for account in among.accounts.values().filter(|account| account.role == Role::Partner) {
        if let Some(id) = &account.organisation_id {
            people.entry(id).or_default().push(account);
        }
    }
    let mut without = Vec::new();
    for Partner { id, fields, .. } in partners::service::matching(conn, &viewer, &filter, now)? {
        let mut is_reached = gathered.add(&fields.email, &fields.name, Some(&id));
        for contact in &fields.contacts {
            is_reached |= gathered.add(&contact.email, &contact.name, Some(&id));
        }
        for account in people.get(&id).into_iter().flatten() {
            is_reached |= gathered.add(&account.email, &account.name, Some(&id));
        }
        if !is_reached {
            without.push(id.clone());
        }
        gathered.organisations.insert(id);
    }
    Ok(without)
}

/// The parties to the conventions in force in the places chosen.
fn parties(conn: &mut Conn, viewer: &Viewer, among: &Among<'_>) -> Result<BTreeSet<OrganisationId>> {
    let filter = conventions::service::Filter { in_force: Some(true), territories: among.matching.iter().cloned().collect(), ..Default::default() };
    let mut ids = BTreeSet::new();
    for number in 1.. {
        let listing = conventions::service::list(conn, viewer, &filter, Page { number, size: Page::LARGEST })?;
        let parties = listing.items.iter().flat_map(|convention| &convention.fields.parties);
        ids.extend(parties.filter_map(|party| OrganisationId::parse(party.partner.as_deref()?)));
        if number >= listing.pages() {
            break;
        }
    }
    Ok(ids)
}

fn agents_of(among: &Among<'_>, gathered: &mut Gathered) {
    if !among.audience.bodies.is_empty() {
        for member in among.members().filter(|member| among.quality(member) == Quality::Agent) {
            among.add_member(gathered, member, None);
        }
        return;
    }
    let is_here = |account: &&Account| among.inside.is_empty() || account.territories.iter().any(|code| among.inside.contains(code));
    for account in among.accounts.values().filter(|account| account.role != Role::Partner).filter(is_here) {
        gathered.add(&account.email, &account.name, None);
    }
}
