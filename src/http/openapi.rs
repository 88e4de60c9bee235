//! The description of the API, made from the handlers and the types that they answer. A test holds it to the table of routes.

use actix_web::HttpResponse;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi, ToSchema};

use super::shell::VERSION;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Trait d’union",
        description = "Collective actions, partners, conventions, meetings, plans, places and search. Public records are open to everyone; the rest needs a token or the browser's session, and follows the account's rights. Errors are RFC 9457 problem documents with a `fields` map. Lists answer `items`, `total`, `page` and `per_page` (100 at most). A change takes the `version` that was read, and answers 409 with the current one when somebody wrote in between. Fields that a PUT does not give keep their value.",
    ),
    paths(
        crate::search::api::search,
        crate::search::api::suggest,
        crate::actions::api::list,
        crate::actions::api::create,
        crate::actions::api::show,
        crate::actions::api::change,
        crate::actions::api::submit,
        crate::actions::api::publish,
        crate::actions::api::send_back,
        crate::actions::api::archive,
        crate::actions::api::versions::list,
        crate::actions::api::versions::show,
        crate::actions::api::sessions,
        crate::actions::api::add_sessions,
        crate::actions::api::attend,
        crate::conventions::files::api::list,
        crate::conventions::files::api::attach,
        crate::conventions::files::api::remove,
        crate::conventions::files::api::enter,
        crate::partners::api::list,
        crate::partners::api::create,
        crate::partners::api::show,
        crate::partners::api::change,
        crate::partners::api::confirm,
        crate::mail::bounces::api::take,
        crate::mail::bounces::api::dead,
        crate::plans::api::list,
        crate::plans::api::get,
        crate::conventions::api::list,
        crate::conventions::api::create,
        crate::conventions::api::show,
        crate::conventions::api::change,
        crate::conventions::api::submit,
        crate::conventions::api::send_back,
        crate::conventions::api::validate,
        crate::conventions::api::send,
        crate::conventions::api::sign,
        crate::conventions::api::abandon,
        crate::conventions::api::reactivate,
        crate::conventions::api::acts,
        crate::conventions::api::add_act,
        crate::conventions::api::amend,
        crate::conventions::api::abandon_act,
        crate::conventions::api::terms,
        crate::notifications::api::list,
        crate::notifications::api::create,
        crate::notifications::api::remove,
        crate::meetings::api::bodies::list,
        crate::meetings::api::bodies::create,
        crate::meetings::api::bodies::show,
        crate::meetings::api::bodies::change,
        crate::meetings::api::list,
        crate::meetings::api::create,
        crate::meetings::api::show,
        crate::meetings::api::change,
        crate::meetings::api::call,
        crate::meetings::api::postpone,
        crate::meetings::api::cancel,
        crate::meetings::api::hold,
        crate::meetings::api::invitations::list,
        crate::meetings::api::invitations::invite,
        crate::meetings::api::invitations::remove,
        crate::meetings::api::invitations::answer,
        crate::meetings::api::invitations::register,
        crate::meetings::api::invitations::presence,
        crate::meetings::minutes::api::show,
        crate::meetings::minutes::api::save,
        crate::meetings::minutes::api::submit,
        crate::meetings::minutes::api::send_back,
        crate::meetings::minutes::api::approve,
        crate::meetings::minutes::api::publish,
        crate::meetings::minutes::api::rectify,
        crate::announcements::api::list,
        crate::announcements::api::create,
        crate::announcements::api::show,
        crate::announcements::api::change,
        crate::announcements::api::audience,
        crate::announcements::api::send,
        crate::announcements::api::reopen,
        crate::announcements::api::cancel,
        crate::announcements::api::test,
        crate::announcements::api::letters,
        crate::decisions::api::list,
        crate::decisions::api::create,
        crate::decisions::api::show,
        crate::decisions::api::change,
        crate::decisions::api::start,
        crate::decisions::api::done,
        crate::decisions::api::give_up,
        crate::decisions::api::defer,
        crate::decisions::api::reopen,
        crate::territories::api::list,
        crate::instance::api::themes,
        crate::instance::api::audiences,
        document,
    ),
    modifiers(&Security),
    security((), ("token" = []), ("session" = []))
)]
struct Api;

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        document.info.version = VERSION.to_owned();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("traitdunion_session"))));
    }
}

/// This description.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "description", responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json")))]
pub async fn document() -> HttpResponse {
    HttpResponse::Ok().insert_header(("Cache-Control", "public, max-age=3600")).json(Api::openapi())
}

/// An error (RFC 9457).
#[derive(ToSchema)]
#[expect(dead_code, reason = "only describes what `problem` writes")]
pub struct Problem {
    r#type: String,
    title: String,
    status: u16,
    detail: String,
    /// What is wrong, field by field.
    fields: Option<std::collections::BTreeMap<String, String>>,
    /// The current version, in a 409.
    version: Option<i32>,
}

/// One result of a search.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes `search::model::Hit`")]
pub struct SearchHit {
    /// `action`, `plan_sheet`, `partner`, `convention`, `meeting`, `decision` or `document`.
    r#type: String,
    id: String,
    external_id: Option<String>,
    title: String,
    /// HTML-escaped text in which only `<mark>` is markup.
    snippet: String,
    url: String,
    themes: Vec<String>,
    territories: Vec<String>,
    date: Option<String>,
}

/// How many records each value of a filter would give, the other filters kept.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes `search::model::Facets`")]
pub struct SearchFacets {
    r#type: std::collections::BTreeMap<String, u64>,
    theme: std::collections::BTreeMap<String, u64>,
    territory: std::collections::BTreeMap<String, u64>,
    audience: std::collections::BTreeMap<String, u64>,
    situation: Option<std::collections::BTreeMap<String, u64>>,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "describes `search::suggestions::Suggestion`")]
pub struct SearchSuggestion {
    text: String,
    /// A kind of record, `acronym`, `territory` or `theme`.
    r#type: String,
    url: String,
}

/// What a verb of a record's life takes.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that is read by hand")]
pub struct VerbBody {
    version: i32,
    /// What is to be taken up again: needed to return.
    comment: Option<String>,
}

/// What a verb takes that only needs to know which version was read.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that is read by hand")]
pub struct VersionBody {
    version: i32,
}

/// One session, or a series.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that is read by hand")]
pub struct NewSessions {
    #[schema(format = DateTime)]
    starts_at: Option<String>,
    #[schema(format = DateTime)]
    ends_at: Option<String>,
    place: Option<String>,
    capacity: Option<i32>,
    series: Option<NewSeries>,
}

/// « Every Tuesday at 14:00 from 6 January to 31 March, not in school holidays. »
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that is read by hand")]
pub struct NewSeries {
    #[schema(format = Date)]
    first: String,
    #[schema(format = Date)]
    last: String,
    /// `monday` … `sunday`; without them, the one of `first`.
    weekdays: Option<Vec<String>>,
    /// On the wall of the instance's time zone.
    #[schema(example = "14:00")]
    time: String,
    /// 120 unless said.
    minutes: Option<i32>,
    /// 1 for every week (unless said), 2 for every other, counted from the week of `first`.
    every_weeks: Option<i32>,
    /// Those of the instance's zone. False unless said.
    skip_school_holidays: Option<bool>,
    /// True unless said.
    skip_public_holidays: Option<bool>,
    place: Option<String>,
    capacity: Option<i32>,
}

/// Figures only: nobody is ever named. What is not given stays; null clears.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that is read by hand")]
pub struct AttendanceBody {
    version: Option<i32>,
    attended: Option<i32>,
    newcomers: Option<i32>,
}

/// A convention as it is begun, entered or written again.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that is read by hand")]
pub struct NewConvention {
    #[schema(inline)]
    #[serde(flatten)]
    fields: crate::conventions::model::ConventionFields,
    /// To write again: the version that was read.
    version: Option<i32>,
    /// To correct what was signed: why.
    reason: Option<String>,
    /// To enter: `signed`.
    stage: Option<String>,
    /// To enter: when every party that gives no day of its own signed.
    #[schema(format = Date)]
    signed_on: Option<String>,
    /// To enter: its number.
    number: Option<String>,
    /// Read only: given back as it was answered. A signed file is joined by `POST …/documents`.
    signed_file: Option<String>,
}

/// Signatures.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that is read by hand")]
pub struct SignBody {
    version: i32,
    /// Identifier or external identifier; null: the Département; absent: every party that has not signed.
    partner: Option<String>,
    /// Today unless said.
    #[schema(format = Date)]
    signed_on: Option<String>,
    /// The SHA-256 of the signed file, joined before as a document whose `purpose` is `signed`.
    signed_file: Option<String>,
}

/// An act: which of these it takes depends on its kind.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that is read by hand")]
pub struct ActBody {
    /// `signature`, `avenant`, `reconduction`, `denonciation` or `resiliation`.
    kind: String,
    /// Of the convention, checked when it is given.
    version: Option<i32>,
    /// Of an avenant: `draft`, or `signed` with its day.
    stage: Option<String>,
    partner: Option<String>,
    object: Option<String>,
    /// Of an avenant: the new value of each field, or a list of `{"field", "after"}`.
    changes: Option<serde_json::Value>,
    ground: Option<String>,
    note: Option<String>,
    #[schema(format = Date)]
    signed_on: Option<String>,
    #[schema(format = Date)]
    decided_on: Option<String>,
    #[schema(format = Date)]
    notified_on: Option<String>,
    #[schema(format = Date)]
    effective_on: Option<String>,
    #[schema(format = Date)]
    ends_on: Option<String>,
    /// Of an avenant: the SHA-256 of its signed file, joined before as a document whose `purpose` is `signed`.
    signed_file: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_route_is_described_and_every_description_is_a_route() {
        let document = serde_json::to_value(Api::openapi()).unwrap();
        let described: BTreeSet<String> = document["paths"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(path, methods)| methods.as_object().unwrap().keys().map(move |method| format!("{} {path}", method.to_uppercase())))
            .collect();
        let routes: BTreeSet<String> = crate::http::routes::table()
            .iter()
            .filter(|entry| entry.path.starts_with("/api/"))
            .map(|entry| format!("{} {}", entry.method, entry.path))
            .collect();
        assert_eq!(described, routes);
    }

    #[test]
    fn records_are_described_with_all_their_fields() {
        let document = serde_json::to_value(Api::openapi()).unwrap();
        let text = document["components"]["schemas"].to_string();
        for field in [
            "external_id",
            "mobilised_by",
            "place_withheld",
            "attended_under_5",
            "did_you_mean",
            "skip_school_holidays",
            "opening_hours",
            "confirmed_at",
            "acts_applied",
            "notice_by",
            "enforceable_on",
            "seats_left",
            "represented_by",
            "overflow",
        ] {
            assert!(text.contains(&format!("\"{field}\"")), "{field}");
        }
    }
}
