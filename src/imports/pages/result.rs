//! What an import came to, and how to undo it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde_json::{Value, json};

use super::{figures, head};
use crate::error::Result;
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::imports::model::{Import, KEPT_DAYS, Stage};

pub async fn show(visit: &Visit, import: &Import, warning: Option<&str>) -> Result<HttpResponse> {
    let (counts, words) = (import.report.counts, import.kind.words());
    let heading = match import.stage {
        Stage::Failed => "Ce fichier n’a pas pu être importé",
        Stage::Undone => "L’import est annulé",
        _ => "L’import est fait",
    };
    let mut data = head(import, heading, import.kind.label());
    data["state"] = json!(import.stage);
    data["warning"] = json!(warning.map(str::to_owned).or_else(|| import.reason.clone().filter(|_| import.stage != Stage::Failed)));
    data["reason"] = json!(import.reason.as_deref().filter(|_| import.stage == Stage::Failed));
    data["figures"] = if import.stage == Stage::Undone {
        let left = import.report.stuck.len() as u64;
        let undone = (counts.created + counts.changed).saturating_sub(left);
        figures(&[(words.agreed("annulé", undone), undone), (words.agreed("conservé", left), left)])
    } else {
        figures(&[
            (words.agreed("créé", counts.created), counts.created),
            (format!("{} à jour", words.agreed("mis", counts.changed)), counts.changed),
            (words.agreed("inchangé", counts.same), counts.same),
        ])
    };
    data["left_out"] = json!(if import.plan.leaves_wrong_rows { counts.refused } else { 0 });
    data["by"] = json!(import.account_name);
    data["done_at"] = json!(import.done_at);
    data["undone_at"] = json!(import.undone_at);
    data["undone_by"] = json!(import.undone_by);
    data["to_complete"] = json!(import.report.to_complete);
    data["to_complete_count"] = json!(counts.to_complete);
    data["undo"] = undo(visit, import);
    let stuck: Vec<Value> = import.report.stuck.values().take(100).map(|(title, why)| json!({ "title": title, "why": why })).collect();
    data["stuck_count"] = json!(import.report.stuck.len());
    data["stuck"] = stuck.into();
    data["list_label"] = json!(format!("Voir les {}", words.many));
    let status = if warning.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    visit.framed("imports/result", heading, Frame::default(), status, data)
}

/// The way to undo: whole, or but for what somebody has changed since.
fn undo(visit: &Visit, import: &Import) -> Value {
    if !import.is_undoable(visit.now) {
        return Value::Null;
    }
    let until = import.done_at.map(|at| visit.app.config.zone.day(at.plus_days(KEPT_DAYS)));
    let written = import.report.counts.created + import.report.counts.changed;
    let rest = written.saturating_sub(import.report.stuck.len() as u64);
    let but = (!import.report.stuck.is_empty() && rest > 0).then(|| format!("Annuler le reste ({})", import.kind.words().counted(rest)));
    json!({ "until": until, "but_label": but })
}
