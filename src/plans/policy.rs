//! Who may do what with a plan: everybody reads it, the managers of the département and the administrators write it.

use crate::accounts::model::{Actor, Role};
use crate::error::{Error, Result};

/// Writing a plan or a sheet, and deciding its stage. `departement` is the instance's.
pub fn may_write(actor: &Actor, departement: &str) -> bool {
    match actor.role {
        Role::Administrator => true,
        // A manager of an MDS carries the plan out: those who answer for the whole département write it.
        Role::Manager => actor.territories.contains(departement),
        Role::Worker | Role::Partner => false,
    }
}

pub fn writable(actor: &Actor, departement: &str) -> Result<()> {
    if may_write(actor, departement) { Ok(()) } else { Err(not_yours()) }
}

pub fn not_yours() -> Error {
    Error::Forbidden("Le schéma est écrit par les responsables du Département et par les administrateurs.".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_table_of_roles_and_territories() {
        let mut table = String::new();
        for role in Role::ALL {
            for territory in ["86", "79", "MDS-CIVRAY", ""] {
                let territories: BTreeSet<String> = [territory.to_owned()].into_iter().filter(|code| !code.is_empty()).collect();
                // What lies in a territory is in reach, and the département never lies in an MDS.
                let actor = Actor { role: *role, reach: territories.clone(), territories, ..Actor::command_line() };
                if may_write(&actor, "86") {
                    table.push_str(&format!("{role} {territory}\n"));
                }
            }
        }
        assert_eq!(table, "manager 86\nadministrator 86\nadministrator 79\nadministrator MDS-CIVRAY\nadministrator \n");
        assert!(may_write(&Actor::command_line(), "86"));
    }
}
