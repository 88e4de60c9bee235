//! Every link that we write, so that none is spelt twice.

use crate::kernel::ids::{ActionId, PlanId};
use crate::kernel::text::slug;

pub fn action(id: &ActionId, title: &str) -> String {
    format!("/actions/{id}/{}", slug(title))
}

/// A step of an action's form.
pub fn edit_action(id: &ActionId, step: &str) -> String {
    format!("/actions/{id}/modifier/{step}")
}

/// A verb or a page about an action, as `publier` or `seances`.
pub fn about_action(id: &ActionId, what: &str) -> String {
    format!("/actions/{id}/{what}")
}

pub fn plan(id: &PlanId) -> String {
    format!("/schema/{id}")
}

pub fn sheet(id: &PlanId, number: i32) -> String {
    format!("/schema/{id}/fiches/{number}")
}

pub fn territory(code: &str) -> String {
    format!("/territoires/{code}")
}

/// The search page with one filter set.
pub fn search(filter: &str, value: &str) -> String {
    format!("/recherche?{}", super::query::encode(&[(filter, value)]))
}
