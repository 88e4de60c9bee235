//! Who may do what with a request for help on a draft: pure functions.

use crate::accounts::model::Actor;
use crate::actions::model::Stage;
use crate::actions::policy::{Subject, may_write};

/// What the rights over a request depend on.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// The reader was asked.
    pub is_asked: bool,
    /// The reader may write the action.
    pub is_writer: bool,
    pub is_open: bool,
}

/// Asking for help: whoever writes a draft, from an account of theirs.
pub fn may_ask(actor: &Actor, subject: &Subject<'_>) -> bool {
    actor.id.is_some() && may_write(actor, subject) && subject.stage == Stage::Draft
}

/// Reading what was asked and answered. For anybody else there is nothing.
pub fn may_read(actor: &Actor, standing: Standing) -> bool {
    actor.is_agent() && (standing.is_asked || standing.is_writer)
}

/// Reading the draft itself, as it is now: those asked, as long as they are.
pub fn may_read_draft(actor: &Actor, standing: Standing) -> bool {
    may_read(actor, standing) && (standing.is_writer || standing.is_open)
}

pub fn may_answer(actor: &Actor, standing: Standing) -> bool {
    actor.is_agent() && standing.is_asked && standing.is_open
}

pub fn may_close(actor: &Actor, standing: Standing) -> bool {
    actor.is_agent() && standing.is_writer && standing.is_open
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::model::Role;
    use crate::kernel::Visibility;

    #[test]
    fn the_table_of_rights() {
        let mut table = String::new();
        for role in [Role::Worker, Role::Manager, Role::Administrator, Role::Partner] {
            let actor = Actor { role, ..Actor::command_line() };
            for (is_asked, is_writer) in [(false, false), (true, false), (false, true), (true, true)] {
                for is_open in [true, false] {
                    let standing = Standing { is_asked, is_writer, is_open };
                    let rights = [
                        ("read", may_read(&actor, standing)),
                        ("draft", may_read_draft(&actor, standing)),
                        ("answer", may_answer(&actor, standing)),
                        ("close", may_close(&actor, standing)),
                    ];
                    let may: Vec<&str> = rights.into_iter().filter(|(_, may)| *may).map(|(right, _)| right).collect();
                    if role == Role::Worker {
                        table.push_str(&format!("{is_asked} {is_writer} {is_open}: {}\n", may.join(" ")));
                    }
                    assert!(role != Role::Partner || may.is_empty());
                }
            }
        }
        assert_eq!(
            table,
            "false false true: \nfalse false false: \n\
             true false true: read draft answer\ntrue false false: read\n\
             false true true: read draft close\nfalse true false: read draft\n\
             true true true: read draft answer close\ntrue true false: read draft\n"
        );
    }

    #[test]
    fn only_a_draft_is_helped() {
        let territories = ["MDS-A".to_owned()];
        for stage in Stage::ALL {
            let subject = Subject { stage: *stage, visibility: Visibility::Public, author: None, territories: &territories, carrier: None };
            // The command line has no mailbox to be answered at.
            assert!(!may_ask(&Actor::command_line(), &subject));
            let chance = crate::kernel::Chance::seeded(1);
            let id = crate::kernel::ids::AccountId::new(crate::kernel::Moment::from_micros(0), &chance);
            let admin = Actor { id: Some(id), ..Actor::command_line() };
            assert_eq!(may_ask(&admin, &subject), *stage == Stage::Draft);
        }
    }
}
