//! Two records of one organisation become one: what both say is kept, and nothing of the other is lost.

use serde_json::{Map, Value};

use super::model::{OrganisationFields, Partner};
use super::policy::{self, Subject};
use super::service::{self, World};
use super::{corrections, labels, store};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::{self, Event};
use crate::kernel::Visibility;
use crate::kernel::actor::{Actor, By, Viewer};
use crate::kernel::given::TEXT_MAX;
use crate::kernel::ids::OrganisationId;
use crate::territories::geography::geography;
use crate::versions::Cause;

/// What one record says once another is merged into it, and what of the other it does not take as it was.
#[derive(Clone, Debug, PartialEq)]
pub struct Joined {
    pub fields: OrganisationFields,
    /// Field by field, what the other said, told at the end of the description.
    pub told: Vec<(&'static str, String)>,
}

/// Joins two records: what the kept one leaves empty is filled, lists are put together, and what differs is told in the description. Who
/// might read neither reads none: the narrower of both levels holds.
pub fn join(kept: &OrganisationFields, other: &OrganisationFields) -> Joined {
    let (mut fields, mut told) = (kept.clone(), Vec::new());
    let mut text = |mine: &mut String, theirs: &String, name: &'static str| {
        if mine.is_empty() {
            mine.clone_from(theirs);
        } else if !theirs.is_empty() && crate::kernel::text::fold(mine) != crate::kernel::text::fold(theirs) {
            told.push((name, theirs.clone()));
        }
    };
    text(&mut fields.name, &other.name, "name");
    text(&mut fields.address, &other.address, "address");
    text(&mut fields.email, &other.email, "email");
    text(&mut fields.phone, &other.phone, "phone");
    text(&mut fields.website, &other.website, "website");
    text(&mut fields.opening_hours, &other.opening_hours, "opening_hours");
    text(&mut fields.description, &other.description, "description");
    let mut differs = |name: &'static str, mine: Option<&str>, theirs: Option<&str>| {
        if let (Some(mine), Some(theirs)) = (mine, theirs)
            && mine != theirs
        {
            told.push((name, theirs.to_owned()));
        }
    };
    differs("external_id", kept.external_id.as_deref(), other.external_id.as_deref());
    differs("siret", kept.siret.as_ref().map(|siret| siret.as_str()), other.siret.as_ref().map(|siret| siret.as_str()));
    differs("rna", kept.rna.as_ref().map(|rna| rna.as_str()), other.rna.as_ref().map(|rna| rna.as_str()));
    let commune = |code: &Option<String>| code.as_deref().and_then(|code| geography().place(code)).map(|place| place.name);
    differs("commune", commune(&kept.commune), commune(&other.commune));
    differs("kind", Some(kept.kind.label()), Some(other.kind.label()));
    fields.external_id = kept.external_id.clone().or_else(|| other.external_id.clone());
    fields.siret = kept.siret.clone().or_else(|| other.siret.clone());
    fields.rna = kept.rna.clone().or_else(|| other.rna.clone());
    fields.commune = kept.commune.clone().or_else(|| other.commune.clone());
    for (mine, theirs) in [(&mut fields.area, &other.area), (&mut fields.themes, &other.themes), (&mut fields.networks, &other.networks)] {
        both(mine, theirs);
    }
    both(&mut fields.audiences, &other.audiences);
    // « Tous publics » stands alone, and says the others.
    if fields.audiences.iter().any(|code| code == "tous-publics") {
        fields.audiences = vec!["tous-publics".to_owned()];
    }
    both(&mut fields.contacts, &other.contacts);
    let level = |of: Visibility| Visibility::ALL.iter().position(|level| *level == of);
    fields.visibility = if level(other.visibility) > level(kept.visibility) { other.visibility } else { kept.visibility };
    if !told.is_empty() {
        let lines = told.iter().map(|(name, said)| format!("{}\u{a0}: {said}", labels::field(name)));
        let added = std::iter::once(format!("Sur l’autre fiche, « {} » :", other.name)).chain(lines).collect::<Vec<_>>().join("\n");
        let before = if fields.description.is_empty() { String::new() } else { format!("{}\n\n", fields.description) };
        fields.description = format!("{before}{added}");
    }
    Joined { fields, told }
}

fn both<T: Clone + PartialEq>(mine: &mut Vec<T>, theirs: &[T]) {
    for one in theirs {
        if !mine.contains(one) {
            mine.push(one.clone());
        }
    }
}

/// Two records that the actor may merge: the one to keep first.
pub fn mergeable(conn: &mut Conn, actor: &Actor, kept: &OrganisationId, other: &OrganisationId) -> Result<(Partner, Partner)> {
    let world = World::load(conn)?;
    let mut decided = |id: &OrganisationId| {
        let partner = service::living(conn, &Viewer(Some(actor.clone())), id)?;
        match policy::may_decide(actor, &Subject::of(&partner, &world)) {
            true => Ok(partner),
            false => Err(Error::Forbidden("Réunir deux fiches revient à un responsable des territoires que les deux partenaires desservent.".into())),
        }
    };
    let kept = decided(kept)?;
    if kept.id == *other {
        return Err(Error::field("avec", "C’est la même fiche : choisissez-en une autre à réunir à celle-ci."));
    }
    Ok((kept, decided(other)?))
}

/// Merges `other` into `kept`, over the versions that were read: what is the organisation's own. Accounts and actions follow by their own
/// slices.
pub fn absorb(conn: &mut Conn, by: By<'_>, kept: (&OrganisationId, i32), other: (&OrganisationId, i32)) -> Result<Partner> {
    let (mine, theirs) = mergeable(conn, by.actor, kept.0, other.0)?;
    for (partner, version) in [(&mine, kept.1), (&theirs, other.1)] {
        if partner.version != version {
            return Err(Error::Conflict { current: partner.version });
        }
    }
    let joined = join(&mine.fields, &theirs.fields);
    if joined.fields.description.chars().count() > TEXT_MAX {
        return Err(Error::Refused("Les deux présentations sont trop longues pour une seule fiche : raccourcissez-en une d’abord.".into()));
    }
    let Ok(Value::Object(said)) = serde_json::to_value(&theirs.fields) else { return Err(Error::Internal("fields are no object".into())) };
    write(conn, by, mine, theirs, joined, &said)
}

fn write(conn: &mut Conn, by: By<'_>, mine: Partner, theirs: Partner, joined: Joined, said: &Map<String, Value>) -> Result<Partner> {
    let overtaken = || Error::Conflict { current: mine.version };
    // Its number elsewhere is free before the other bears it.
    let released = mine.fields.external_id.is_none() && theirs.fields.external_id.is_some();
    let gone = Event::PartnerMergedInto { id: &theirs.id, into: &mine.id };
    if !store::merged(conn, by, &theirs, &mine.id, released, &Cause::of(&gone))? {
        return Err(overtaken());
    }
    let event = Event::PartnerMerged { id: &mine.id, other: &theirs.id, said };
    let next = Partner { fields: joined.fields, ..mine.clone() };
    if !store::update(conn, by, &next, &Cause::new("partner_merged", "", serde_json::json!({ "other": theirs.id, "name": theirs.fields.name })))? {
        return Err(overtaken());
    }
    corrections::hand_over(conn, &theirs.id, &mine.id)?;
    events::happened(conn, by, gone)?;
    events::happened(conn, by, event)?;
    store::whole(conn, &mine.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::registers::Siret;
    use crate::partners::model::PartnerContact;
    use proptest::prelude::*;

    fn contact(name: &str) -> PartnerContact {
        PartnerContact { name: name.into(), ..PartnerContact::default() }
    }

    #[test]
    fn empty_fields_are_filled_lists_put_together_and_the_rest_told() {
        let kept = OrganisationFields {
            name: "Comptes clairs".into(),
            phone: "05 49 00 00 01".into(),
            themes: vec!["a".into()],
            contacts: vec![contact("Zoé")],
            ..OrganisationFields::default()
        };
        let other = OrganisationFields {
            name: "Association Comptes clairs".into(),
            phone: "05 49 00 00 02".into(),
            email: "contact@comptes-clairs.example".into(),
            siret: Siret::parse("13003013300016").ok(),
            themes: vec!["a".into(), "b".into()],
            contacts: vec![contact("Zoé"), contact("Léa")],
            visibility: Visibility::Partners,
            ..OrganisationFields::default()
        };
        let Joined { fields, told } = join(&kept, &other);
        assert_eq!(
            (fields.name.as_str(), fields.phone.as_str(), fields.email.as_str()),
            ("Comptes clairs", "05 49 00 00 01", "contact@comptes-clairs.example")
        );
        assert_eq!((fields.themes.len(), fields.contacts.len(), fields.siret.is_some(), fields.visibility), (2, 2, true, Visibility::Partners));
        assert_eq!(told.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["name", "phone"]);
        assert!(fields.description.contains("Association Comptes clairs") && fields.description.contains("05 49 00 00 02"));
        assert_eq!(join(&kept, &kept), Joined { fields: kept.clone(), told: Vec::new() });
    }

    fn words() -> impl Strategy<Value = String> {
        prop_oneof![Just(String::new()), "[a-z]{1,6}"]
    }

    prop_compose! {
        fn any_fields()(texts in prop::collection::vec(words(), 7), lists in prop::collection::vec(prop::collection::vec("[a-d]", 0..3), 3),
            names in prop::collection::vec("[a-c]", 0..3)) -> OrganisationFields {
            OrganisationFields {
                name: format!("n{}", texts[0]), address: texts[1].clone(), email: texts[2].clone(), phone: texts[3].clone(),
                website: texts[4].clone(), description: texts[5].clone(), opening_hours: texts[6].clone(), area: lists[0].clone(),
                themes: lists[1].clone(), networks: lists[2].clone(), contacts: names.iter().map(|name| contact(name)).collect(),
                ..OrganisationFields::default()
            }
        }
    }

    proptest! {
        #[test]
        fn nothing_of_either_is_lost(kept in any_fields(), other in any_fields()) {
            let joined = serde_json::to_string(&join(&kept, &other).fields).unwrap();
            for fields in [&kept, &other] {
                for text in [&fields.name, &fields.address, &fields.email, &fields.phone, &fields.website, &fields.description, &fields.opening_hours] {
                    prop_assert!(joined.contains(text.as_str()), "{} is not in {}", text, joined);
                }
                let lists = [&fields.area, &fields.themes, &fields.networks].into_iter().flatten();
                for code in lists.chain(fields.contacts.iter().map(|contact| &contact.name)) {
                    prop_assert!(joined.contains(&format!("\"{code}\"")), "{} is not in {}", code, joined);
                }
            }
        }
    }
}
