//! Two records of one organisation: the same SIRET, or the same name in the same commune, until somebody says that they are not the same.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{OrganisationFields, OrganisationKind};
use super::policy::{self, Subject};
use super::service::World;
use super::{merging, store};
use crate::db::Conn;
use crate::error::Result;
use crate::events::{self, Event};
use crate::kernel::Visibility;
use crate::kernel::actor::{Actor, By};
use crate::kernel::ids::OrganisationId;
use crate::kernel::registers::Siret;
use crate::kernel::text::fold;

/// What of an organisation tells it from others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    pub id: OrganisationId,
    pub name: String,
    pub kind: OrganisationKind,
    pub siret: Option<String>,
    pub commune: Option<String>,
    pub visibility: Visibility,
}

/// Why two records may be of one organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Alike {
    Siret,
    Name,
}

impl Alike {
    pub fn label(self) -> &'static str {
        match self {
            Self::Siret => "Même SIRET",
            Self::Name => "Même nom, même commune",
        }
    }
}

/// What two spellings of one name share.
fn plain(name: &str) -> String {
    fold(name).split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

impl Trace {
    /// A commune that one of the two does not tell tells them apart no more than the same one.
    fn alike(&self, name: &str, siret: Option<&str>, commune: Option<&str>) -> Option<Alike> {
        if siret.is_some() && self.siret.as_deref() == siret {
            return Some(Alike::Siret);
        }
        let same_place = commune.is_none() || self.commune.is_none() || self.commune.as_deref() == commune;
        (same_place && plain(&self.name) == plain(name)).then_some(Alike::Name)
    }
}

/// Those that may be the same organisation as one, which may not be written yet.
pub fn of(conn: &mut Conn, fields: &OrganisationFields, own: Option<&OrganisationId>) -> Result<Vec<(Trace, Alike)>> {
    let siret = fields.siret.as_ref().map(Siret::as_str);
    let alike = |trace: Trace| {
        let alike = trace.alike(&fields.name, siret, fields.commune.as_deref())?;
        (Some(&trace.id) != own).then_some((trace, alike))
    };
    let mut found: Vec<(Trace, Alike)> = store::traces(conn)?.into_iter().filter_map(alike).collect();
    if let Some(own) = own.filter(|_| !found.is_empty()) {
        let apart = store::apart::all(conn)?;
        found.retain(|(trace, _)| !apart.contains(&in_order(own, &trace.id)));
    }
    found.sort_by_key(|(trace, alike)| (*alike, trace.id.clone()));
    Ok(found)
}

/// A pair as it is kept: the smaller identifier first.
fn in_order(one: &OrganisationId, other: &OrganisationId) -> (OrganisationId, OrganisationId) {
    if one < other { (one.clone(), other.clone()) } else { (other.clone(), one.clone()) }
}

/// Says that two records which look alike are not of one organisation. Whoever may merge them may say so.
pub fn tell_apart(conn: &mut Conn, by: By<'_>, one: &OrganisationId, other: &OrganisationId) -> Result<()> {
    let (one, other) = merging::mergeable(conn, by.actor, one, other)?;
    let (first, second) = in_order(&one.id, &other.id);
    if store::apart::insert(conn, &first, &second, by.now)? {
        events::happened(conn, by, Event::PartnerToldApart { id: &one.id, other: &other.id, name: &other.fields.name })?;
        events::happened(conn, by, Event::PartnerToldApart { id: &other.id, other: &one.id, name: &one.fields.name })?;
    }
    Ok(())
}

/// Those of these organisations of which the actor decides.
pub fn decided_by(conn: &mut Conn, actor: &Actor, ids: &[OrganisationId], world: &World) -> Result<BTreeSet<OrganisationId>> {
    let partners = store::by_ids(conn, ids)?;
    Ok(partners.into_iter().filter(|partner| policy::may_decide(actor, &Subject::of(partner, world))).map(|partner| partner.id).collect())
}

/// Every pair of records that may be of one organisation, the older first.
pub fn pairs(conn: &mut Conn) -> Result<Vec<(Trace, Trace, Alike)>> {
    let (traces, apart) = (store::traces(conn)?, store::apart::all(conn)?);
    let (mut sirets, mut names): (BTreeMap<&str, Vec<usize>>, BTreeMap<String, Vec<usize>>) = Default::default();
    for (place, trace) in traces.iter().enumerate() {
        if let Some(siret) = &trace.siret {
            sirets.entry(siret).or_default().push(place);
        }
        names.entry(plain(&trace.name)).or_default().push(place);
    }
    let mut pairs: BTreeMap<(usize, usize), Alike> = BTreeMap::new();
    for group in sirets.values().chain(names.values()) {
        // The first with each of the others: a merge of all comes to the same.
        for (rank, one) in group.iter().enumerate() {
            for other in &group[rank + 1..] {
                let (first, second) = (&traces[*one], &traces[*other]);
                let is_open = || !apart.contains(&in_order(&first.id, &second.id));
                if let Some(alike) = first.alike(&second.name, second.siret.as_deref(), second.commune.as_deref()).filter(|_| is_open()) {
                    pairs.entry((*one, *other)).or_insert(alike);
                }
                if pairs.len() >= MOST_PAIRS {
                    break;
                }
            }
        }
    }
    Ok(pairs.into_iter().map(|((one, other), alike)| (traces[one].clone(), traces[other].clone(), alike)).collect())
}

/// More pairs than this are not looked through on one page.
const MOST_PAIRS: usize = 500;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Chance, Moment};

    #[test]
    fn what_makes_two_records_alike() {
        let trace = Trace {
            id: OrganisationId::new(Moment::from_micros(0), &Chance::seeded(1)),
            name: "Épicerie solidaire « L’Étape »".into(),
            kind: OrganisationKind::Association,
            siret: Some("13003013300016".into()),
            commune: Some("86194".into()),
            visibility: Visibility::Public,
        };
        assert_eq!(trace.alike("Autre", Some("13003013300016"), Some("86078")), Some(Alike::Siret));
        assert_eq!(trace.alike("epicerie solidaire l'etape", None, Some("86194")), Some(Alike::Name));
        assert_eq!(trace.alike("EPICERIE SOLIDAIRE – L ETAPE", Some("73282932000074"), None), Some(Alike::Name));
        assert_eq!(trace.alike("epicerie solidaire l'etape", None, Some("86078")), None);
        assert_eq!(trace.alike("Épicerie sociale", None, Some("86194")), None);
    }
}
