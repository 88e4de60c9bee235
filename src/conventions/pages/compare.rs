//! `/conventions/{id}/comparer`: what a convention says on two days, field by field, with the acts between.

use std::time::Instant;

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::names::Names;
use super::{acts, told, words};
use crate::conventions::model::Standing;
use crate::conventions::service::{self, Convention};
use crate::error::{Error, Result};
use crate::http::paths;
use crate::http::query::{encode, pairs};
use crate::http::visit::Visit;
use crate::kernel::{Day, FieldErrors};
use crate::versions::diff::{self, Field};
use crate::versions::pages::{TIME, changed};

/// What is the Département's own business.
const FOR_AGENTS: [&str; 3] = ["external_id", "responsible", "visibility"];

pub async fn page(visit: Visit, request: HttpRequest, id: web::Path<String>) -> Result<HttpResponse> {
    let (viewer, id, today) = (visit.viewer.clone(), id.into_inner(), visit.today());
    let (form, mut errors) = (pairs(request.query_string())?, FieldErrors::default());
    let mut day = |name: &str| {
        let day = super::show::day_of(&form, name, &mut errors);
        if day.is_none() && errors.of(name).is_none() {
            errors.add(name, "Choisissez deux jours à comparer.");
        }
        day.unwrap_or(today)
    };
    let (one, other) = (day("de"), day("a"));
    let (from, to) = (one.min(other), one.max(other));
    let read = visit.app.db.read(move |conn| {
        let convention = service::find(conn, &viewer, &super::id_of(&id)?, today)?;
        // Who may not read it learns nothing, not even what is wrong with the address.
        errors.into_result().map_err(Error::BadQuery)?;
        let mut names = Names::load(conn, &viewer)?;
        names.learn(conn, &viewer, &[&convention.standing(from).fields, &convention.standing(to).fields])?;
        Ok::<_, Error>((convention, names))
    });
    let (convention, names) = read.await?;
    let is_agent = visit.viewer.is_agent();
    let (old, new) = (convention.standing(from), convention.standing(to));
    let fields = |standing: &Standing| -> Vec<Field> {
        told::on_a_day(standing, &names).into_iter().filter(|field| is_agent || !FOR_AGENTS.contains(&field.name)).collect()
    };
    let compared = diff::fields(&fields(&old), fields(&new), Instant::now() + TIME);
    let day = |standing: &Standing| {
        json!({
            "on": standing.on,
            "url": format!("{}?{}", paths::convention(&convention.id), encode(&[("le", standing.on.iso())])),
            "stands": words::stands(convention.life.stage, standing, standing.on),
        })
    };
    let data = json!({
        "breadcrumb": super::trail(&convention, Some("Comparer deux jours")),
        "title": convention.standing(today).fields.object,
        "url": paths::convention(&convention.id),
        "action": paths::about_convention(&convention.id, "comparer"),
        "de": from.iso(),
        "a": to.iso(),
        "old": day(&old),
        "new": day(&new),
        "changed": changed(&compared),
        "same": compared.same,
        "acts": between(&convention, &names, is_agent, (from, to)),
    });
    visit.page("conventions/compare", &format!("Du {} au {}", from.in_short(), to.in_short()), data)
}

/// The acts that began to count, or were signed or notified, after one day and until the other.
fn between(convention: &Convention, names: &Names, is_agent: bool, (from, to): (Day, Day)) -> Vec<Value> {
    let is_between = |day: Option<Day>| day.is_some_and(|day| from < day && day <= to);
    let kept: Vec<String> = convention
        .acts
        .iter()
        .filter(|act| is_between(act.content.dated_on()) || is_between(act.content.applies_from()))
        .map(|act| act.id.to_string())
        .collect();
    acts::thread(convention, names, is_agent, None).into_iter().filter(|act| kept.iter().any(|id| act["id"] == **id)).collect()
}
