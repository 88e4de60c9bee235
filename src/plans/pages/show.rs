//! A plan: its orientations, its sheets, and where they stand.

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::{command, counted, may_write, sheet_lines};
use crate::actions;
use crate::consultations;
use crate::error::{Error, Result};
use crate::http::paths;
use crate::http::visit::Visit;
use crate::kernel::ids::PlanId;
use crate::plans::model::{Plan, SheetStage, WholePlan};
use crate::plans::service;

/// The order in which a plan's progress is told.
const PROGRESS: [SheetStage; 5] = [SheetStage::InProgress, SheetStage::Done, SheetStage::ToStart, SheetStage::Deferred, SheetStage::Dropped];

/// `/schema`: the current plan, or the way to the first one.
pub async fn current(visit: Visit) -> Result<HttpResponse> {
    let today = visit.today();
    match visit.app.db.read(move |conn| service::current(conn, today)).await? {
        Some(plan) => show(&visit, plan.id).await,
        None => none(&visit),
    }
}

pub async fn page(visit: Visit, path: web::Path<String>) -> Result<HttpResponse> {
    show(&visit, super::id_of(&path)?).await
}

async fn show(visit: &Visit, id: PlanId) -> Result<HttpResponse> {
    let (viewer, today, may_write_it) = (visit.viewer.clone(), visit.today(), may_write(visit));
    let read = visit.app.db.read(move |conn| {
        let whole = service::find(conn, &id)?;
        let others: Vec<Plan> = service::all(conn)?.into_iter().filter(|plan| plan.id != id).collect();
        let actions = actions::service::sheet_counts(conn, &viewer, &id)?;
        let consulted = consultations::recent(conn, may_write_it, consultations::Kind::Plan, id.as_str(), today)?;
        Ok::<_, Error>((whole, others, actions, consulted))
    });
    let (whole, others, actions, consulted) = read.await?;
    let WholePlan { plan, orientations } = &whole;
    let orientations: Vec<Value> = orientations
        .iter()
        .map(|orientation| {
            json!({
                "number": orientation.number,
                "title": orientation.title,
                "url": paths::orientation(&plan.id, orientation.number),
                "sheets": sheet_lines(plan, orientation, &actions),
            })
        })
        .collect();
    let progress = PROGRESS.map(|stage| (stage, whole.sheets().filter(|sheet| sheet.stage == stage).count()));
    let data = json!({
        "breadcrumb": [{ "label": "Accueil", "href": "/" }, { "label": format!("Schéma {}", plan.years()), "href": null }],
        "commands": if may_write(visit) { commands(&whole) } else { Vec::new() },
        "plan": {
            "id": plan.id,
            "version": plan.version,
            "title": plan.title,
            "years": plan.years(),
            "summary": null,
            "sheets_count": whole.sheets().count(),
            "orientations_count": orientations.len(),
            "progress": progress.into_iter().filter(|(_, count)| *count > 0)
                .map(|(stage, count)| json!({ "stage": stage, "stage_label": counted(stage, count), "count": count })).collect::<Vec<_>>(),
            "orientations": orientations,
        },
        "consulted": consulted,
        "other_plans": others.iter().map(|other| json!({ "title": other.title, "years": other.years(), "url": paths::plan(&other.id) })).collect::<Vec<_>>(),
    });
    visit.page("plans/show", &plan.title, data)
}

fn commands(whole: &WholePlan) -> Vec<Value> {
    let about = |what: &str| paths::about_plan(&whole.plan.id, what);
    let mut commands = Vec::new();
    if !whole.orientations.is_empty() {
        commands.push(command("Ajouter une fiche", &about("fiches/nouvelle"), "secondary"));
    }
    commands.push(command("Modifier le titre et les orientations", &about("modifier"), "secondary"));
    commands.push(command("Saisir un autre schéma", "/schema/nouveau", "quiet"));
    commands
}

fn none(visit: &Visit) -> Result<HttpResponse> {
    let (text, commands) = if may_write(visit) {
        (
            "Saisissez-le ici, orientation par orientation, puis fiche par fiche. S’il est déjà publié, un administrateur peut aussi l’importer d’un coup depuis son document.",
            vec![command("Saisir un schéma", "/schema/nouveau", "primary")],
        )
    } else {
        ("Quand le Département aura saisi le sien, vous lirez ici ses orientations, ses fiches et les actions qui les mettent en œuvre.", Vec::new())
    };
    let data = json!({
        "commands": commands,
        "empty": {
            "title": "Aucun schéma n’est encore saisi",
            "text": text,
            "links": [{ "label": "Rechercher une action collective", "href": "/recherche" }],
        },
    });
    visit.page("plans/none", "Schéma", data)
}
