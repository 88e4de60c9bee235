//! The versions of a record, the latest first, two of which may be chosen to be compared.

use actix_web::HttpResponse;
use serde_json::{Value, json};

use super::{Told, version_json};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::Record;
use crate::http::forms::Form;
use crate::http::query;
use crate::http::visit::Visit;
use crate::kernel::{FieldErrors, Listing, Page};
use crate::versions::{self, Version};

/// Versions on one page.
const SIZE: u32 = 50;

/// Which page of the list an address asks for.
pub fn asked(query: &str) -> Result<Page> {
    let mut errors = FieldErrors::default();
    let page = query::page(&query::pairs(query)?, &mut errors);
    errors.into_result().map_err(Error::BadQuery)?;
    Ok(Page { size: SIZE, ..page })
}

pub struct Read {
    listing: Listing<Version>,
    /// The last version, whichever the page: one compares with it from any.
    last: Option<Version>,
}

impl Read {
    pub fn load(conn: &mut Conn, record: &Record, page: Page) -> Result<Self> {
        Ok(Self { listing: versions::list(conn, record, page)?, last: versions::last(conn, record)? })
    }

    pub fn show(&self, visit: &Visit, told: &impl Told) -> Result<HttpResponse> {
        let (about, listing) = (told.about(), &self.listing);
        let last = self.last.as_ref().map_or(0, |version| version.number);
        let is_first = listing.page == 1;
        // What one most often wants to see: the last change.
        let before = if is_first { listing.items.get(1) } else { listing.items.first() }.map(|version| version.number);
        let versions: Vec<Value> = listing
            .items
            .iter()
            .map(|version| {
                let mut shown = version_json(told, &about, version);
                shown["current"] = json!(version.number == last);
                shown["before"] = json!(Some(version.number) == before);
                shown
            })
            .collect();
        let data = json!({
            "breadcrumb": about.breadcrumb(None),
            "title": about.title,
            "action": format!("{}/comparer", about.history),
            "closed": about.closed.is_some(),
            "total": listing.total,
            "versions": versions,
            // The current version stands in the list of the first page.
            "latest": (!is_first).then_some(last),
            "pagination": query::pagination(&about.history, &Form::default(), listing.page, listing.pages()),
        });
        visit.page("versions/list", &format!("Historique – {}", about.title), data)
    }
}
