//! `/decisions/{id}`: what was decided, who follows it, what it asks for, what became of it.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::names::Names;
use super::{card, id_of, trail};
use crate::accounts::model::Viewer;
use crate::consultations;
use crate::db::Conn;
use crate::decisions::policy;
use crate::decisions::service::{self, Decision};
use crate::error::{Error, Result};
use crate::events::Record;
use crate::http::admin::command;
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::http::{paths, query};
use crate::kernel::Day;
use crate::kernel::ids::{ActionId, BodyId, ConventionId, DecisionId, MeetingId, PlanId};
use crate::meetings::model::Stage as MeetingStage;
use crate::meetings::service::Filter as MeetingFilter;
use crate::notifications::pages::with_button;
use crate::{actions, conventions, meetings, plans};

struct Page {
    decision: Decision,
    names: Names,
    /// Its meeting, if the reader may read that: a label and an address.
    meeting: Option<(String, String)>,
    asked: Option<(String, String)>,
    need: Option<Decision>,
    answers: Vec<Decision>,
    /// The meetings in which the reader may answer this need.
    answerable: Vec<(String, String)>,
    consulted: Value,
}

pub async fn page(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    let (viewer, id, today) = (visit.viewer.clone(), id_of(&id)?, visit.today());
    let page = visit.app.db.read(move |conn| load(conn, &viewer, &id, today)).await?;
    let decision = &page.decision;
    let buttons = with_button(&visit, Record::decision(&decision.id), commands(&visit, &page)).await?;
    let data = json!({
        "breadcrumb": trail(decision, None),
        "decision": page.json(&visit, today),
        "commands": buttons,
        "version": decision.version,
        "consulted": page.consulted,
    });
    let is_open = decision.meeting_stage == MeetingStage::MinutesPublished;
    let title = format!("Décision {}", decision.full_reference());
    visit.framed("decisions/show", &title, Frame { noindex: !is_open, ..Frame::default() }, StatusCode::OK, data)
}

fn load(conn: &mut Conn, viewer: &Viewer, id: &DecisionId, today: Day) -> Result<Page> {
    let decision = service::find(conn, viewer, id)?;
    let meeting = meeting(conn, viewer, &decision.meeting_id)?;
    let asked = asked(conn, viewer, &decision, today)?;
    let need = match decision.fields.answers.as_deref().and_then(DecisionId::parse) {
        Some(need) => known(service::find(conn, viewer, &need))?,
        None => None,
    };
    let answers = service::answers_to(conn, viewer, id)?;
    let answerable = answerable(conn, viewer, &decision)?;
    let may_write = viewer.actor().is_some_and(|actor| policy::may_write(actor, &decision.subject()));
    let consulted = consultations::recent(conn, may_write, consultations::Kind::Decision, id.as_str(), today)?;
    Ok(Page { names: Names::load(conn, viewer)?, meeting, asked, need, answers, answerable, consulted, decision })
}

fn known<T>(found: Result<T>) -> Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

fn meeting(conn: &mut Conn, viewer: &Viewer, id: &MeetingId) -> Result<Option<(String, String)>> {
    let found = known(meetings::service::find(conn, viewer, id))?;
    Ok(found.map(|meeting| (meeting.fields.title.clone(), paths::meeting(&meeting.id, &meeting.fields.title))))
}

/// What it asks for, as far as the reader may read that.
pub(super) fn asked(conn: &mut Conn, viewer: &Viewer, decision: &Decision, today: Day) -> Result<Option<(String, String)>> {
    let fields = &decision.fields;
    if let Some(id) = fields.action.as_deref().and_then(ActionId::parse) {
        let found = actions::exporting::readable(conn, viewer, &[id])?.pop();
        return Ok(found.map(|action| (format!("Action «\u{a0}{}\u{a0}»", action.fields.title), paths::action(&action.id, &action.fields.title))));
    }
    if let Some(id) = fields.convention.as_deref().and_then(ConventionId::parse) {
        let found = conventions::service::readable_ones(conn, viewer, &[id])?.pop();
        return Ok(found.map(|one| (format!("Convention «\u{a0}{}\u{a0}»", one.standing(today).fields.object), paths::convention(&one.id))));
    }
    if let Some((plan, number)) = fields.plan_sheet.as_ref().and_then(|sheet| Some((PlanId::parse(&sheet.plan_id)?, sheet.number))) {
        let plan = plans::service::find(conn, &plan)?;
        let title = plan.sheet(number).map(|sheet| sheet.title.clone()).unwrap_or_default();
        return Ok(Some((format!("Fiche {number}. {title}"), paths::sheet(&plan.plan.id, number))));
    }
    match fields.meeting.as_deref().and_then(MeetingId::parse) {
        Some(id) => Ok(meeting(conn, viewer, &id)?.map(|(title, href)| (format!("Rencontre «\u{a0}{title}\u{a0}»"), href))),
        None => Ok(None),
    }
}

/// The meetings of the body that is asked, in which this reader may write what it answers.
fn answerable(conn: &mut Conn, viewer: &Viewer, need: &Decision) -> Result<Vec<(String, String)>> {
    let (Some(actor), Some(body)) = (viewer.actor(), need.fields.handed_to.as_deref().and_then(BodyId::parse)) else { return Ok(Vec::new()) };
    if !need.life.stage.is_open() {
        return Ok(Vec::new());
    }
    let filter = MeetingFilter { bodies: vec![body], stages: vec![MeetingStage::Held, MeetingStage::Called], ..MeetingFilter::default() };
    let listing = meetings::service::list(conn, viewer, &filter, crate::kernel::Page { number: 1, size: 20 })?;
    let may = |meeting: &&meetings::service::Meeting| crate::meetings::policy::may_write(actor, &meeting.subject());
    Ok(listing.items.iter().filter(may).map(|meeting| (meeting.fields.title.clone(), meeting.id.to_string())).collect())
}

impl Page {
    fn json(&self, visit: &Visit, today: Day) -> Value {
        let Self { decision, names, .. } = self;
        let mut shown = card(decision, names, today);
        let line = |other: &Decision| card(other, names, today);
        let link = |(label, href): &(String, String)| json!({ "label": label, "href": href });
        let handed = decision.fields.handed_to.as_deref().and_then(|id| names.body(id)).map(|body| body.fields.name.clone());
        let minutes =
            (decision.meeting_stage == MeetingStage::MinutesPublished && self.meeting.is_some()).then(|| paths::minutes(&decision.meeting_id));
        shown["meeting"] = self.meeting.as_ref().map(link).unwrap_or_default();
        shown["meeting_title"] = json!(decision.meeting_title);
        shown["minutes"] = json!(minutes);
        shown["outcome"] = json!(decision.life.outcome);
        shown["moved_on"] = json!(decision.life.moved_at.map(|at| visit.app.config.zone.day(at)));
        shown["responsible"] = json!(names.responsible(decision));
        shown["due_on"] = json!(decision.fields.due_on);
        shown["asked"] = self.asked.as_ref().map(link).unwrap_or_default();
        shown["handed_to"] = json!(handed);
        shown["need"] = self.need.as_ref().map(line).unwrap_or_default();
        shown["answers"] = self.answers.iter().map(line).collect();
        shown["themes"] = decision.fields.themes.iter().map(|code| json!(names.instance.theme_label(code))).collect();
        shown
    }
}

/// What the reader may do from here.
fn commands(visit: &Visit, page: &Page) -> Vec<Value> {
    let Some(actor) = visit.viewer.actor() else { return Vec::new() };
    let decision = &page.decision;
    let subject = decision.subject();
    let mut commands = Vec::new();
    if !policy::verbs(actor, &subject).is_empty() {
        commands.push(command("Dire où elle en est", &paths::about_decision(&decision.id, "etape"), "get", "primary"));
    }
    for (title, meeting) in &page.answerable {
        let new = format!("/decisions/nouvelle?{}", query::encode(&[("rencontre", meeting.as_str()), ("repond", decision.id.as_str())]));
        commands.push(command(&format!("Y répondre\u{a0}: {title}"), &new, "get", "secondary"));
    }
    if policy::may_write(actor, &subject) {
        commands.push(command("Modifier", &paths::about_decision(&decision.id, "modifier"), "get", "secondary"));
        commands.push(command("Historique", &paths::about_decision(&decision.id, "historique"), "get", "quiet"));
    }
    commands
}
