//! An orientation: what its sheets set out to do.

use actix_web::{HttpResponse, web};
use serde_json::json;

use super::{here, sheet_lines, trail};
use crate::actions;
use crate::error::{Error, Result};
use crate::http::paths;
use crate::http::visit::Visit;
use crate::plans::model::Orientation;
use crate::plans::service;

pub async fn page(visit: Visit, path: web::Path<(String, i32)>) -> Result<HttpResponse> {
    let (id, number) = path.into_inner();
    let (id, viewer) = (super::id_of(&id)?, visit.viewer.clone());
    let read = visit.app.db.read(move |conn| Ok::<_, Error>((service::find(conn, &id)?, actions::service::sheet_counts(conn, &viewer, &id)?)));
    let (whole, actions) = read.await?;
    let plan = &whole.plan;
    let place = whole.orientations.iter().position(|orientation| orientation.number == number).ok_or(Error::NotFound)?;
    let orientation = &whole.orientations[place];
    let sibling = |orientation: &Orientation| json!({ "number": orientation.number, "title": orientation.title, "url": paths::orientation(&plan.id, orientation.number) });
    let data = json!({
        "breadcrumb": trail(plan, &[here(format!("Orientation {number}"))]),
        "plan": { "title": plan.title, "years": plan.years(), "url": paths::plan(&plan.id) },
        "orientation": {
            "number": number,
            "title": orientation.title,
            "sheets": sheet_lines(plan, orientation, &actions),
            "previous": place.checked_sub(1).map(|before| sibling(&whole.orientations[before])),
            "next": whole.orientations.get(place + 1).map(sibling),
        },
    });
    visit.page("plans/orientation", &format!("Orientation {number}. {}", orientation.title), data)
}
