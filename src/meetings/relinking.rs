//! Bodies and invitations that name an organisation which became another.

use super::model::{BodyFields, Member};
use super::store;
use crate::accounts::model::By;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::{self, Event};
use crate::kernel::ids::OrganisationId;
use crate::versions::Cause;

/// The same, naming `to` where it named `from`. Where it named both alike, once.
fn relinked(fields: &BodyFields, from: &str, to: &str) -> BodyFields {
    let mut members: Vec<Member> = Vec::with_capacity(fields.members.len());
    for member in &fields.members {
        let mut member = member.clone();
        if member.partner.as_deref() == Some(from) {
            member.partner = Some(to.to_owned());
        }
        let is_same = |known: &Member| (&known.name, &known.email, &known.partner) == (&member.name, &member.email, &member.partner);
        if member.partner.as_deref() != Some(to) || !members.iter().any(is_same) {
            members.push(member);
        }
    }
    BodyFields { members, ..fields.clone() }
}

/// Gives every seat of one organisation, in bodies and meetings, to the one that it became.
pub fn relink(conn: &mut Conn, by: By<'_>, from: &OrganisationId, to: &OrganisationId) -> Result<()> {
    for body in store::bodies::naming(conn, from)? {
        let event = Event::BodyChanged { id: &body.id, changed: &["members".to_owned()] };
        let next = store::bodies::Body { fields: relinked(&body.fields, from.as_str(), to.as_str()), ..body.clone() };
        if !store::bodies::update(conn, by, &next, &Cause::of(&event))? {
            return Err(Error::Conflict { current: next.version });
        }
        events::happened(conn, by, event)?;
    }
    store::invitations::relink(conn, from, to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_organisation_named_twice_alike_is_named_once() {
        let member = |name: &str, partner: &str| Member { name: name.into(), partner: Some(partner.into()), ..Member::default() };
        let members = vec![member("", "a"), member("Mme Blanc", "a"), member("", "b"), member("M. Noir", "c"), member("M. Noir", "c")];
        let fields = BodyFields { members, ..BodyFields::default() };
        let after = relinked(&fields, "a", "b");
        assert_eq!(after.members, [member("", "b"), member("Mme Blanc", "b"), member("M. Noir", "c"), member("M. Noir", "c")]);
        assert_eq!(relinked(&fields, "x", "y"), fields);
    }
}
