//! A sheet: what it sets out to do, who and when, the actions that carry it out, what was decided of it.

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::{command, here, may_write, trail};
use crate::actions::model::Carrier;
use crate::actions::service::Action;
use crate::error::{Error, Result};
use crate::http::paths;
use crate::http::visit::Visit;
use crate::kernel::Day;
use crate::kernel::ids::PlanId;
use crate::kernel::text::fold;
use crate::partners::model::Organisation;
use crate::plans::model::{CalendarLine, Orientation, Plan, Sheet, SheetVersion};
use crate::plans::{reading, service};
use crate::territories::model::Atlas;
use crate::{actions, partners, territories};

pub async fn page(visit: Visit, path: web::Path<(String, i32)>) -> Result<HttpResponse> {
    let (id, number) = path.into_inner();
    let (id, viewer) = (super::id_of(&id)?, visit.viewer.clone());
    let read = visit.app.db.read(move |conn| {
        let whole = service::find(conn, &id)?;
        let actions = actions::service::of_sheet(conn, &viewer, &id, number)?;
        let carriers = Carriers { atlas: territories::service::atlas(conn)?, partners: partners::service::all(conn)? };
        let versions = service::versions(conn, &id, number)?;
        Ok::<_, Error>((whole, actions, carriers, versions))
    });
    let (whole, actions, carriers, versions) = read.await?;
    let sheet = whole.sheet(number).ok_or(Error::NotFound)?;
    let orientation = whole.orientation(sheet.orientation).ok_or(Error::NotFound)?;
    let (plan, today) = (&whole.plan, visit.today());
    let mut shown = sheet_json(plan, orientation, sheet, today);
    shown["actions"] = actions.iter().map(|action| action_json(action, &carriers, today)).collect();
    shown["history"] = versions.iter().filter_map(decision_json).collect();
    shown["journal"] = if visit.viewer.is_agent() { versions.iter().map(version_json).collect() } else { json!([]) };
    let before = whole.sheets().filter(|sheet| sheet.number < number).max_by_key(|sheet| sheet.number);
    let after = whole.sheets().filter(|sheet| sheet.number > number).min_by_key(|sheet| sheet.number);
    let sibling = |sheet: &Sheet| json!({ "number": sheet.number, "title": sheet.title, "url": paths::sheet(&plan.id, sheet.number) });
    shown["previous"] = json!(before.map(sibling));
    shown["next"] = json!(after.map(sibling));
    let above = (format!("Orientation {}", orientation.number), Some(paths::orientation(&plan.id, orientation.number)));
    let data = json!({
        "breadcrumb": trail(plan, &[above, here(format!("Fiche {number}"))]),
        "commands": if may_write(&visit) { commands(&plan.id, number) } else { Vec::new() },
        "sheet": shown,
    });
    visit.page("plans/sheet", &format!("Fiche {number}. {}", sheet.title), data)
}

fn commands(id: &PlanId, number: i32) -> Vec<Value> {
    vec![
        command("Noter une décision", &paths::about_sheet(id, number, "etat"), "secondary"),
        command("Modifier la fiche", &paths::about_sheet(id, number, "modifier"), "secondary"),
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

fn decision_json(version: &SheetVersion) -> Option<Value> {
    let decided_on = version.decided_on?;
    Some(json!({ "on": decided_on, "stage": version.stage, "stage_label": version.stage.label(), "reason": version.reason }))
}

fn version_json(version: &SheetVersion) -> Value {
    let text = match (version.decided_on, version.version) {
        (Some(_), _) => format!("Nouvel état : {}", version.stage.label().to_lowercase()),
        (None, 1) => "Fiche créée".to_owned(),
        (None, _) => "Texte modifié".to_owned(),
    };
    let reason = Some(&version.reason).filter(|reason| !reason.is_empty());
    json!({ "at": version.at, "text": text, "author": version.author_name, "comment": reason })
}
