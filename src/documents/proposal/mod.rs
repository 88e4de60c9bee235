//! What the text of a signed agreement seems to say of itself: for whoever enters it to look over, never to be believed.

mod clauses;
mod figures;
mod names;

use crate::kernel::Day;
use crate::kernel::text::fold;

/// What is proposed; nothing where the text does not say, or not clearly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposal {
    pub title: Option<String>,
    /// Its title says that it changes another agreement.
    pub is_amendment: bool,
    /// The parties as it names them, in its order.
    pub parties: Vec<String>,
    /// The last signature.
    pub signed_on: Option<Day>,
    /// Not a day but an event makes it begin.
    pub begins_with: Option<Beginning>,
    pub starts_on: Option<Day>,
    pub ends_on: Option<Day>,
    /// « durée indéterminée ».
    pub is_endless: bool,
    pub renewal: Option<Renewal>,
    pub notice_months: Option<i32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beginning {
    LastSignature,
    Notification,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// It says that there is none.
    None,
    Tacit {
        period_months: Option<i32>,
        max: Option<i32>,
    },
    Express,
}

/// Reads an agreement.
pub fn propose(text: &str) -> Proposal {
    let folded = fold(text);
    let clauses = clauses::Clauses::of(&folded);
    let title = names::title(text);
    let (starts_on, ends_on) = clauses.period();
    Proposal {
        is_amendment: title.as_deref().is_some_and(|title| fold(title).starts_with("avenant")),
        title,
        parties: names::parties(text),
        signed_on: clauses.signed_on(),
        begins_with: clauses.begins_with(),
        starts_on,
        ends_on,
        is_endless: clauses.is_endless(),
        renewal: clauses.renewal(),
        notice_months: clauses.notice_months(),
    }
}

#[cfg(test)]
mod tests;
