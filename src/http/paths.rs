//! Every link that we write, so that none is spelt twice.

use crate::kernel::ids::{AccountId, ActionId, MailId, OrganisationId, PlanId};
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

/// An account, for administrators.
pub fn account(id: &AccountId) -> String {
    format!("/admin/comptes/{id}")
}

/// A mail, for administrators.
pub fn mail(id: &MailId) -> String {
    format!("/admin/courrier/{id}")
}

/// A territory's form, for administrators.
pub fn edit_territory(code: &str) -> String {
    format!("/admin/territoires/{code}")
}

/// An organisation's form, for administrators.
pub fn edit_organisation(id: &OrganisationId) -> String {
    format!("/admin/partenaires/{id}")
}

/// A kind of mail as it is written, for administrators.
pub fn mail_template(name: &str) -> String {
    format!("/admin/modeles/{name}")
}

pub fn plan(id: &PlanId) -> String {
    format!("/schema/{id}")
}

pub fn sheet(id: &PlanId, number: i32) -> String {
    format!("/schema/{id}/fiches/{number}")
}

pub fn orientation(id: &PlanId, number: i32) -> String {
    format!("/schema/{id}/orientations/{number}")
}

/// A form about a plan, as `modifier` or `fiches/nouvelle`.
pub fn about_plan(id: &PlanId, what: &str) -> String {
    format!("/schema/{id}/{what}")
}

/// A form about a sheet, as `modifier` or `etat`.
pub fn about_sheet(id: &PlanId, number: i32, what: &str) -> String {
    format!("/schema/{id}/fiches/{number}/{what}")
}

pub fn territory(code: &str) -> String {
    format!("/territoires/{code}")
}

/// Where one stops receiving a kind of mail. It stands in mails that were sent: it leads there for ever.
pub fn unsubscribe(token: &str) -> String {
    format!("/desinscription/{token}")
}

/// The search page with one filter set.
pub fn search(filter: &str, value: &str) -> String {
    format!("/recherche?{}", super::query::encode(&[(filter, value)]))
}
