//! The words that records are filed under, as JSON: themes and audiences.

use actix_web::HttpResponse;
use serde::Serialize;

use super::model::Instance;
use crate::error::Result;
use crate::http::api;
use crate::http::visit::Visit;
use crate::kernel::{Listing, referential};

/// A theme of the national list, or one that the instance adds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ThemeRecord {
    pub code: String,
    pub label: String,
    /// Of a national theme.
    pub category: Option<String>,
    pub category_label: Option<String>,
    /// The national theme that a local one comes nearest to.
    pub maps_to: Option<String>,
    pub is_local: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AudienceRecord {
    pub code: String,
    pub label: String,
    pub description: Option<String>,
}

/// The national themes and the instance's own, whole.
#[utoipa::path(get, path = "/api/v1/themes", tag = "vocabulary", responses((status = 200, body = Listing<ThemeRecord>)))]
pub async fn themes(visit: Visit) -> Result<HttpResponse> {
    Ok(api::answer(&whole(all_themes(&visit.app.identity()))))
}

/// The audiences, whole.
#[utoipa::path(get, path = "/api/v1/audiences", tag = "vocabulary", responses((status = 200, body = Listing<AudienceRecord>)))]
pub async fn audiences() -> Result<HttpResponse> {
    let audiences = referential::audiences().iter();
    let records = audiences.map(|term| AudienceRecord { code: term.code.clone(), label: term.label.clone(), description: term.description.clone() });
    Ok(api::answer(&whole(records.collect())))
}

fn all_themes(instance: &Instance) -> Vec<ThemeRecord> {
    let national = referential::themes().iter().map(|theme| ThemeRecord {
        code: theme.code.clone(),
        label: theme.label.clone(),
        category: theme.category.clone(),
        category_label: theme.category.as_deref().and_then(referential::theme_category).map(|category| category.label.clone()),
        maps_to: None,
        is_local: false,
    });
    let local = instance.themes.iter().map(|theme| ThemeRecord {
        code: theme.code.clone(),
        label: theme.label.clone(),
        category: None,
        category_label: None,
        maps_to: theme.maps_to.clone(),
        is_local: true,
    });
    national.chain(local).collect()
}

/// A vocabulary is given whole, in one page.
fn whole<T>(items: Vec<T>) -> Listing<T> {
    let total = items.len();
    Listing { items, total: total as u64, page: 1, per_page: u32::try_from(total).unwrap_or(u32::MAX) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::model::LocalTheme;

    #[test]
    fn local_themes_stand_beside_the_national_ones() {
        let pmi = LocalTheme { code: "pmi".into(), label: "PMI".into(), maps_to: Some("sante--suivre-une-grossesse".into()) };
        let themes = all_themes(&Instance { themes: vec![pmi], ..Instance::default() });
        assert_eq!((themes.len(), themes[69].code.as_str(), themes[69].is_local), (70, "pmi", true));
        assert!(themes[..69].iter().all(|theme| theme.category_label.is_some()));
    }
}
