//! One correction: what it changes, and the decision.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::{id_of, own_path, trail, words};
use crate::error::{Error, Result};
use crate::http::forms::{Field, Submitted, summary};
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::kernel::FieldErrors;
use crate::partners::corrections::{self, Correction, Stage};
use crate::partners::labels;
use crate::partners::model::Partner;
use crate::partners::service::World;
use crate::versions::diff::Said;

struct Read {
    partner: Partner,
    correction: Correction,
    may_decide: bool,
    world: World,
}

async fn read(visit: &Visit, id: &str, correction: &str) -> Result<Read> {
    let (doer, id, correction) = (visit.doer()?, id_of(id)?, correction.to_owned());
    visit
        .app
        .db
        .read(move |conn| {
            let (partner, correction, may_decide) = corrections::find(conn, &doer.actor, &id, &correction)?;
            Ok(Read { partner, correction, may_decide, world: World::load(conn)? })
        })
        .await
}

pub async fn page(visit: Visit, path: web::Path<(String, String)>) -> Result<HttpResponse> {
    let (id, correction) = path.into_inner();
    let read = read(&visit, &id, &correction).await?;
    show(&visit, &read, "", &FieldErrors::default(), false)
}

fn show(visit: &Visit, read: &Read, comment: &str, errors: &FieldErrors, overtaken: bool) -> Result<HttpResponse> {
    let Read { partner, correction, may_decide, world } = read;
    let now = serde_json::to_value(&partner.fields).unwrap_or_default();
    let said = |name: &str, value: &Value| match words::said(name, value, world) {
        Said::Value(text) | Said::Text(text) => json!({ "text": text, "items": null }),
        Said::Items(items) => json!({ "text": null, "items": items }),
    };
    let fields: Vec<Value> = labels::FIELDS
        .iter()
        .filter_map(|(name, label, _)| Some((name, label, correction.changes.get(*name)?)))
        .map(|(name, label, value)| json!({ "label": label, "before": said(name, &now[*name]), "after": said(name, value) }))
        .collect();
    let open = correction.stage == Stage::Suggested;
    let field = Field {
        name: "comment",
        label: "Un mot à la personne qui l’a proposée",
        hint: "Elle le reçoit par e-mail. Si vous refusez, dites pourquoi.",
        value: comment,
        max: Some(2000),
        rows: 3,
        ..Field::default()
    };
    let decided =
        correction.decided_at.map(|at| json!({ "by": correction.decided_by, "at": at, "comment": words::none_if_empty(&correction.comment) }));
    let data = json!({
        "breadcrumb": trail(partner, Some("Correction proposée")),
        "heading": partner.fields.name,
        "partner_url": own_path(partner),
        "correction": {
            "author": correction.author_name, "at": correction.created_at, "reason": words::none_if_empty(&correction.reason),
            "stage": correction.stage, "stage_label": correction.stage.label(), "fields": fields, "decided": decided,
        },
        "overtaken": overtaken,
        "errors": summary(errors),
        "decide": (open && *may_decide).then(|| json!({
            "action": paths::correction(&partner.id, &correction.id), "version": partner.version, "comment": field.show(errors),
        })),
    });
    let title = format!("Correction – {}", partner.fields.name);
    match (errors.is_empty(), overtaken) {
        (false, _) => visit.page_again("partners/correction", &title, data),
        (true, true) => visit.framed("partners/correction", &title, Frame::default(), StatusCode::CONFLICT, data),
        (true, false) => visit.page("partners/correction", &title, data),
    }
}

pub async fn decide(sent: Submitted, path: web::Path<(String, String)>) -> Result<HttpResponse> {
    let ((id, correction), visit) = (path.into_inner(), &sent.visit);
    let (doer, own, version) = (visit.doer()?, id_of(&id)?, sent.form.version()?);
    let accepted = match sent.form.get("do") {
        "accept" => true,
        "refuse" => false,
        _ => return Err(Error::field("do", "Choisissez d’accepter ou de refuser.")),
    };
    let comment = sent.form.get("comment").to_owned();
    let done = {
        let (correction, comment) = (correction.clone(), comment.clone());
        visit.app.db.write(move |conn| corrections::decide(conn, doer.by(), &own, &correction, version, accepted, &comment)).await
    };
    match done {
        Ok(partner) => {
            visit.app.bell.ring();
            let notice = if accepted { Notice::CorrectionAccepted } else { Notice::CorrectionRefused };
            Ok(visit.redirect(&own_path(&partner), Some(notice)))
        }
        Err(Error::Invalid(errors)) => show(visit, &read(visit, &id, &correction).await?, &comment, &errors, false),
        Err(Error::Conflict { .. }) => show(visit, &read(visit, &id, &correction).await?, &comment, &FieldErrors::default(), true),
        Err(error) => Err(error),
    }
}
