//! Actions that name an organisation which became another: their partners and carriers follow.

use super::model::{ActionFields, Carrier, PartnerLink};
use super::store::{self, Action};
use crate::accounts::model::By;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::{self, Event};
use crate::kernel::ids::OrganisationId;
use crate::versions::Cause;

/// The same action, naming `to` where it named `from`. Where it named both, what each did is said of the one.
fn relinked(fields: &ActionFields, from: &str, to: &str) -> ActionFields {
    let mut partners: Vec<PartnerLink> = Vec::with_capacity(fields.partners.len());
    for link in &fields.partners {
        let id = if link.partner_id == from { to } else { &link.partner_id };
        match partners.iter_mut().find(|known| known.partner_id == id) {
            None => partners.push(PartnerLink { partner_id: id.to_owned(), role: link.role.clone() }),
            Some(known) if known.role.is_empty() => known.role.clone_from(&link.role),
            Some(known) if !link.role.is_empty() && known.role != link.role => known.role = format!("{} ; {}", known.role, link.role),
            Some(_) => {}
        }
    }
    let carrier = match &fields.carrier {
        Some(Carrier::PartnerId(id)) if id == from => Some(Carrier::PartnerId(to.to_owned())),
        carrier => carrier.clone(),
    };
    ActionFields { partners, carrier, ..fields.clone() }
}

/// Gives every action of one organisation, whatever its stage, to the one that it became.
pub fn relink(conn: &mut Conn, by: By<'_>, from: &OrganisationId, to: &OrganisationId) -> Result<()> {
    for action in store::naming(conn, from)? {
        let id = action.id.clone();
        let event = Event::ActionRelinked { id: &id };
        let next = Action { fields: relinked(&action.fields, from.as_str(), to.as_str()), ..action };
        if !store::relink(conn, by, &next, &Cause::of(&event))? {
            return Err(Error::Conflict { current: next.version });
        }
        events::happened(conn, by, event)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_carriers_follow_and_roles_are_kept() {
        let link = |id: &str, role: &str| PartnerLink { partner_id: id.into(), role: role.into() };
        let fields = ActionFields {
            partners: vec![link("a", "animation"), link("b", "salle"), link("c", "")],
            carrier: Some(Carrier::PartnerId("a".into())),
            ..ActionFields::default()
        };
        let after = relinked(&fields, "a", "b");
        assert_eq!(after.partners, [link("b", "animation ; salle"), link("c", "")]);
        assert_eq!(after.carrier, Some(Carrier::PartnerId("b".into())));
        assert_eq!(relinked(&fields, "x", "b"), fields);
    }
}
