//! A sheet: what it sets out to do, who and when, the actions that carry it out, what was decided of it.

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::{command, counted, here, may_write, trail, words};
use crate::actions::model::Carrier;
use crate::actions::service::Action;
use crate::consultations;
use crate::error::{Error, Result};
use crate::events::Record;
use crate::http::paths;
use crate::http::visit::Visit;
use crate::kernel::ids::PlanId;
use crate::kernel::text::fold;
use crate::kernel::{Day, Page};
use crate::notifications::pages::with_button;
use crate::partners::model::Organisation;
use crate::plans::history::{self, Decision};
use crate::plans::model::{CalendarLine, Orientation, Plan, Sheet};
use crate::plans::{reading, service};
use crate::territories::model::Atlas;
use crate::versions::{self, Version};
use crate::{actions, conventions, meetings, partners, territories};

/// How many lines the journal of a sheet shows.
const JOURNAL: Page = Page { number: 1, size: Page::LARGEST };

pub async fn page(visit: Visit, path: web::Path<(String, i32)>) -> Result<HttpResponse> {
    let (id, number) = path.into_inner();
    let (id, viewer, today) = (super::id_of(&id)?, visit.viewer.clone(), visit.today());
    let (now, zone) = (visit.now, visit.app.config.zone.clone());
    let may_write = may_write(&visit);
    let read = visit.app.db.read(move |conn| {
        let whole = service::find(conn, &id)?;
        let consulted = consultations::recent(conn, may_write, consultations::Kind::Sheet, &format!("{id}/{number}"), today)?;
        let actions = actions::service::of_sheet(conn, &viewer, &id, number)?;
        let carriers = Carriers { atlas: territories::service::atlas(conn)?, partners: partners::service::readable(conn, &viewer)? };
        let decisions = history::decisions(conn, &id, number)?;
        let latest = if viewer.is_agent() { versions::list(conn, &Record::sheet(&id, number), JOURNAL)?.items } else { Vec::new() };
        let carrying = conventions::service::Filter { sheet: Some((id.clone(), number)), ..Default::default() };
        let conventions = conventions::pages::in_force(conn, &viewer, carrying, today)?;
        let counted = counted::of_plan(conn, &id, Some(number), &zone)?.remove(&number).unwrap_or_default();
        let about = meetings::service::Filter { sheet: Some((id, number)), ..Default::default() };
        let meetings = meetings::pages::next(conn, &viewer, about, now, &zone)?;
        Ok::<_, Error>((whole, actions, carriers, decisions, latest, conventions, meetings, counted, consulted))
    });
    let (whole, actions, carriers, decisions, latest, conventions, meetings, counted, consulted) = read.await?;
    let sheet = whole.sheet(number).ok_or(Error::NotFound)?;
    let orientation = whole.orientation(sheet.orientation).ok_or(Error::NotFound)?;
    let plan = &whole.plan;
    let mut shown = sheet_json(plan, orientation, sheet, today);
    shown["actions"] = actions.iter().map(|action| action_json(action, &carriers, today)).collect();
    shown["counted"] = json!(counted);
    shown["conventions"] = conventions.into();
    shown["meetings"] = meetings.into();
    shown["history"] = decisions.iter().map(decision_json).collect();
    shown["journal"] = latest.iter().map(version_json).collect();
    let before = whole.sheets().filter(|sheet| sheet.number < number).max_by_key(|sheet| sheet.number);
    let after = whole.sheets().filter(|sheet| sheet.number > number).min_by_key(|sheet| sheet.number);
    let sibling = |sheet: &Sheet| json!({ "number": sheet.number, "title": sheet.title, "url": paths::sheet(&plan.id, sheet.number) });
    shown["previous"] = json!(before.map(sibling));
    shown["next"] = json!(after.map(sibling));
    let above = (format!("Orientation {}", orientation.number), Some(paths::orientation(&plan.id, orientation.number)));
    let buttons = if may_write { commands(&plan.id, number) } else { Vec::new() };
    let buttons = with_button(&visit, Record::sheet(&plan.id, number), buttons).await?;
    let data = json!({
        "breadcrumb": trail(plan, &[above, here(format!("Fiche {number}"))]),
        "commands": buttons,
        "sheet": shown,
        "consulted": consulted,
    });
    visit.page("plans/sheet", &format!("Fiche {number}. {}", sheet.title), data)
}

fn commands(id: &PlanId, number: i32) -> Vec<Value> {
    vec![
        command("Noter une décision", &paths::about_sheet(id, number, "etat"), "secondary"),
        command("Modifier la fiche", &paths::about_sheet(id, number, "modifier"), "secondary"),
        command("Historique", &paths::about_sheet(id, number, "historique"), "quiet"),
    ]
}

fn sheet_json(plan: &Plan, orientation: &Orientation, sheet: &Sheet, today: Day) -> Value {
    let content = &sheet.content;
    json!({
        "version": sheet.version,
        "number": sheet.number,
        "title": sheet.title,
        "stage": sheet.stage,
        "stage_label": sheet.stage.label(),
        "orientation": { "number": orientation.number, "title": orientation.title, "url": paths::orientation(&plan.id, orientation.number) },
        "needs": content.needs,
        "objectives": content.objectives,
        "method": content.method,
        "pilots": content.pilots,
        "partners": content.partners,
        "calendar": content.calendar.iter().map(|line| calendar_json(line, today)).collect::<Vec<_>>(),
        "means": content.means,
        "indicators": content.indicators.iter().map(|indicator| json!({ "label": indicator.label, "value": null })).collect::<Vec<_>>(),
        "related_plans": content.related_plans,
        "actions_url": null,
    })
}

/// A line with its period in words; a text that says only its period is not said twice.
fn calendar_json(line: &CalendarLine, today: Day) -> Value {
    let period = reading::period_in_words(line.from, line.to);
    let letters = |text: &str| fold(text).chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let says_more = letters(&line.text) != letters(&period) && reading::calendar_line(&period).text != line.text;
    json!({ "period_label": period, "text": if says_more || period.is_empty() { &line.text } else { "" }, "current": line.holds(today) })
}

/// What names those who carry actions.
struct Carriers {
    atlas: Atlas,
    partners: Vec<Organisation>,
}

impl Carriers {
    fn name(&self, carrier: Option<&Carrier>) -> String {
        match carrier {
            Some(Carrier::Territory(code)) => self.atlas.name(code),
            Some(Carrier::PartnerId(id)) => {
                let found = self.partners.iter().find(|partner| partner.id.as_str() == id);
                found.map_or_else(|| "Un ancien partenaire".to_owned(), |partner| partner.name.clone())
            }
            None => "Porteur à préciser".to_owned(),
        }
    }
}

fn action_json(action: &Action, carriers: &Carriers, today: Day) -> Value {
    let situation = action.situation(today);
    json!({
        "carrier": carriers.name(action.fields.carrier.as_ref()),
        "title": action.fields.title,
        "situation": situation,
        "situation_label": situation.map(|situation| situation.label()),
        "url": paths::action(&action.id, &action.fields.title),
    })
}

fn decision_json(decision: &Decision) -> Value {
    json!({ "on": decision.decided_on, "stage": decision.stage, "stage_label": decision.stage.label(), "reason": decision.reason })
}

fn version_json(version: &Version) -> Value {
    let reason = Some(&version.reason).filter(|reason| !reason.is_empty());
    let author = Some(&version.actor).filter(|author| !author.is_empty());
    json!({ "at": version.at, "text": words::happened(version), "author": author, "comment": reason })
}
