//! Conventions that name an organisation which became another: their parties and acts follow.

use super::model::{Act, ConventionFields};
use super::store::{self, Convention};
use crate::accounts::model::By;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::{self, Event};
use crate::kernel::Day;
use crate::kernel::ids::OrganisationId;
use crate::versions::Cause;

/// The same, naming `to` where it named `from`. An identifier is in nothing but what names it.
fn named_anew<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T, from: &str, to: &str) -> Result<T> {
    let wrong = |error: serde_json::Error| Error::Internal(error.to_string());
    let text = serde_json::to_string(value).map_err(wrong)?;
    serde_json::from_str(&text.replace(from, to)).map_err(wrong)
}

/// A party that was named twice is one, with what either record said of it.
fn relinked(fields: &ConventionFields, from: &str, to: &str) -> Result<ConventionFields> {
    let mut fields = named_anew(fields, from, to)?;
    let mut parties: Vec<super::model::Party> = Vec::with_capacity(fields.parties.len());
    for party in fields.parties {
        match parties.iter_mut().find(|known| known.partner == party.partner) {
            None => parties.push(party),
            Some(known) => {
                known.signed_on = known.signed_on.max(party.signed_on);
                known.authorisation = known.authorisation.take().or(party.authorisation);
                for (mine, other) in [(&mut known.signatory, party.signatory), (&mut known.capacity, party.capacity)] {
                    if mine.is_empty() {
                        *mine = other;
                    }
                }
            }
        }
    }
    fields.parties = parties;
    Ok(fields)
}

/// Gives every convention of one organisation to the one that it became.
pub fn relink(conn: &mut Conn, by: By<'_>, from: &OrganisationId, to: &OrganisationId, today: Day) -> Result<()> {
    for convention in store::naming(conn, from)? {
        let id = convention.id.clone();
        let event = Event::ConventionRelinked { id: &id };
        let mut acts = Vec::with_capacity(convention.acts.len());
        for act in &convention.acts {
            let content = named_anew(&act.content, from.as_str(), to.as_str())?;
            if content != act.content {
                store::update_act(conn, &Act { content: content.clone(), ..act.clone() })?;
            }
            acts.push(Act { content, ..act.clone() });
        }
        let next = Convention { fields: relinked(&convention.fields, from.as_str(), to.as_str())?, acts, ..convention };
        if !store::update(conn, by, &next, today, &Cause::of(&event))? {
            return Err(Error::Conflict { current: next.version });
        }
        events::happened(conn, by, event)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::model::Party;
    use super::*;

    #[test]
    fn a_party_named_twice_becomes_one() {
        let party = |id: &str, signatory: &str, signed_on: Option<&str>| Party {
            partner: Some(id.into()),
            signatory: signatory.into(),
            signed_on: signed_on.and_then(Day::parse),
            ..Party::default()
        };
        let parties = vec![Party::default(), party("01A", "", Some("2026-01-02")), party("01B", "La présidente", None)];
        let fields = ConventionFields { parties, ..ConventionFields::default() };
        let after = relinked(&fields, "01A", "01B").unwrap();
        assert_eq!(after.parties, [Party::default(), party("01B", "La présidente", Some("2026-01-02"))]);
        assert_eq!(relinked(&fields, "01C", "01B").unwrap(), fields);
    }
}
