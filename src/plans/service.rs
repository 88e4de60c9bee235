//! What is done with plans. Each use-case runs in the caller's transaction and ends with its event.

use std::collections::BTreeSet;

use serde_json::json;

use super::model::{Heading, NUMBER_MAX, Plan, PlanDraft, Sheet, SheetDraft, SheetGiven, SheetStage, WholePlan, check_sheet, check_text};
use super::{history, policy, store};
use crate::accounts::model::{Actor, By};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::{self, Event};
use crate::instance;
use crate::kernel::ids::PlanId;
use crate::kernel::text::{clean, fold};
use crate::kernel::{Day, FieldErrors};
use crate::versions::{self, Cause};

/// Every sheet there is, by plan and number: what an action may attach to.
pub fn sheet_numbers(conn: &mut Conn) -> Result<Vec<(PlanId, i32)>> {
    store::sheet_numbers(conn)
}

/// A sheet as lists and choices show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetLine {
    pub plan_id: PlanId,
    pub plan_title: String,
    pub orientation: i32,
    pub orientation_title: String,
    pub number: i32,
    pub title: String,
}

/// Every sheet, the latest plan first.
pub fn sheets(conn: &mut Conn) -> Result<Vec<SheetLine>> {
    store::sheets(conn)
}

/// Every plan, the latest first.
pub fn all(conn: &mut Conn) -> Result<Vec<Plan>> {
    store::all(conn)
}

/// A plan with its orientations and their sheets.
pub fn find(conn: &mut Conn, id: &PlanId) -> Result<WholePlan> {
    let plan = store::find(conn, id)?;
    store::whole(conn, plan)
}

/// [`find`], for those who may write it.
pub fn find_to_write(conn: &mut Conn, actor: &Actor, id: &PlanId) -> Result<WholePlan> {
    policy::writable(actor, &instance::service::get(conn)?.0.departement)?;
    find(conn, id)
}

/// The plan whose period holds today; else the one that began last; else the next one.
pub fn current(conn: &mut Conn, today: Day) -> Result<Option<Plan>> {
    let plans = store::all(conn)?;
    let holds = |plan: &&Plan| plan.starts_on <= today && today <= plan.ends_on;
    let begun = |plan: &&Plan| plan.starts_on <= today;
    Ok(plans.iter().find(holds).or_else(|| plans.iter().find(begun)).or_else(|| plans.last()).cloned())
}

/// What reading a document in did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    pub id: PlanId,
    pub is_new: bool,
    pub has_changed: bool,
    pub added: Vec<i32>,
    pub changed: Vec<i32>,
    pub removed: Vec<i32>,
}

/// [`save`], where only the plan itself matters.
pub fn create(conn: &mut Conn, by: By<'_>, draft: &PlanDraft, external_id: Option<&str>) -> Result<PlanId> {
    save(conn, by, draft, external_id).map(|saved| saved.id)
}

/// Brings a plan to what a document says. The same `external_id`, or the same title and years, is the same plan: its sheets are matched by
/// number, what changed becomes a new version, and stages stay as they were decided.
pub fn save(conn: &mut Conn, by: By<'_>, draft: &PlanDraft, external_id: Option<&str>) -> Result<Saved> {
    may_write(conn, by)?;
    draft.check().into_result()?;
    let Some(plan) = known(conn, draft, external_id)? else { return insert(conn, by, draft, external_id) };
    let before = store::whole(conn, plan)?;
    let plan = &before.plan;
    let mut saved = Saved { id: plan.id.clone(), is_new: false, has_changed: false, added: Vec::new(), changed: Vec::new(), removed: Vec::new() };
    let numbers: BTreeSet<i32> = draft.sheets().map(|sheet| sheet.number).collect();
    for gone in before.sheets().map(|sheet| sheet.number).filter(|number| !numbers.contains(number)) {
        if store::is_carried_out(conn, &plan.id, gone)? || !history::decisions(conn, &plan.id, gone)?.is_empty() {
            return Err(Error::Refused(format!(
                "La fiche {gone} n’est plus dans ce document, mais des actions s’y rattachent, ou le comité de pilotage a décidé de son état. \
                 Rien n’est importé : remettez-la dans le document, ou changez-en le titre ou les années pour importer un autre schéma."
            )));
        }
        saved.removed.push(gone);
    }
    let orientations: Vec<(i32, String)> = draft.orientations.iter().map(|orientation| (orientation.number, orientation.title.clone())).collect();
    let heading = Heading { title: draft.title.clone(), starts_on: draft.starts_on, ends_on: draft.ends_on, orientations };
    let renamed = write_orientations(conn, &before, &heading.orientations)?;
    for orientation in &draft.orientations {
        for given in &orientation.sheets {
            match before.sheet(given.number) {
                None => {
                    store::insert_sheet(conn, by, &plan.id, &new_sheet(by, orientation.number, given), &read_in(&[]))?;
                    saved.added.push(given.number);
                }
                Some(sheet) if is_same(sheet, orientation.number, given) => {}
                Some(sheet) => {
                    let next = Sheet { orientation: orientation.number, title: given.title.clone(), content: given.content.clone(), ..sheet.clone() };
                    let changed = versions::differing(&sheet.given(), &next.given());
                    write_sheet(conn, by, &plan.id, &next, &read_in(&changed))?;
                    saved.changed.push(given.number);
                }
            }
        }
    }
    for number in &saved.removed {
        store::delete_sheet(conn, &plan.id, *number)?;
    }
    remove_orientations(conn, &before, &heading.orientations)?;
    let next = Plan {
        external_id: external_id.map(ToOwned::to_owned).or_else(|| plan.external_id.clone()),
        title: heading.title,
        starts_on: heading.starts_on,
        ends_on: heading.ends_on,
        ..plan.clone()
    };
    let touched = renamed || next != *plan || !(saved.added.is_empty() && saved.removed.is_empty());
    if touched {
        write_plan(conn, by, &next)?;
    }
    saved.has_changed = touched || !saved.changed.is_empty();
    if saved.has_changed {
        let numbers: Vec<i32> = numbers.into_iter().chain(saved.removed.iter().copied()).collect();
        events::happened(conn, by, Event::PlanSaved { id: &saved.id, numbers: &numbers, added: &saved.added, changed: &saved.changed })?;
    }
    Ok(saved)
}

/// The plan that a document is about, if it is there already.
fn known(conn: &mut Conn, draft: &PlanDraft, external_id: Option<&str>) -> Result<Option<Plan>> {
    let plans = store::all(conn)?;
    if let Some(plan) = external_id.and_then(|id| plans.iter().find(|plan| plan.external_id.as_deref() == Some(id))) {
        return Ok(Some(plan.clone()));
    }
    let same = |plan: &Plan| (plan.external_id.is_none() || external_id.is_none()) && is_namesake(plan, &draft.title, draft.starts_on, draft.ends_on);
    Ok(plans.into_iter().find(same))
}

fn is_namesake(plan: &Plan, title: &str, starts_on: Day, ends_on: Day) -> bool {
    fold(&plan.title) == fold(title) && plan.starts_on.year() == starts_on.year() && plan.ends_on.year() == ends_on.year()
}

fn insert(conn: &mut Conn, by: By<'_>, draft: &PlanDraft, external_id: Option<&str>) -> Result<Saved> {
    let plan = Plan {
        id: PlanId::new(by.now, by.chance),
        external_id: external_id.map(ToOwned::to_owned),
        title: draft.title.clone(),
        starts_on: draft.starts_on,
        ends_on: draft.ends_on,
        version: 1,
        created_at: by.now,
        updated_at: by.now,
    };
    store::insert(conn, &plan)?;
    for orientation in &draft.orientations {
        store::insert_orientation(conn, &plan.id, orientation.number, &orientation.title)?;
        for given in &orientation.sheets {
            store::insert_sheet(conn, by, &plan.id, &new_sheet(by, orientation.number, given), &read_in(&[]))?;
        }
    }
    let added: Vec<i32> = draft.sheets().map(|sheet| sheet.number).collect();
    events::happened(conn, by, Event::PlanSaved { id: &plan.id, numbers: &added, added: &added, changed: &[] })?;
    Ok(Saved { id: plan.id, is_new: true, has_changed: true, added, changed: Vec::new(), removed: Vec::new() })
}

/// A sheet that came, or came again, with the document of its plan.
fn read_in(changed: &[String]) -> Cause {
    Cause::new("plan_saved", "", json!({ "changed": changed }))
}

fn new_sheet(by: By<'_>, orientation: i32, given: &SheetDraft) -> Sheet {
    Sheet {
        number: given.number,
        orientation,
        title: given.title.clone(),
        stage: SheetStage::ToStart,
        content: given.content.clone(),
        version: 1,
        updated_at: by.now,
    }
}

fn is_same(sheet: &Sheet, orientation: i32, given: &SheetDraft) -> bool {
    sheet.orientation == orientation && sheet.title == given.title && sheet.content == given.content
}

/// Begins a plan by hand: its title, its years, and its orientations if they are known.
pub fn begin(conn: &mut Conn, by: By<'_>, heading: &Heading) -> Result<PlanId> {
    may_write(conn, by)?;
    heading.check().into_result()?;
    free_title(conn, heading, None)?;
    let draft = PlanDraft { title: heading.title.clone(), starts_on: heading.starts_on, ends_on: heading.ends_on, orientations: Vec::new() };
    let id = insert(conn, by, &draft, None)?.id;
    for (number, title) in &heading.orientations {
        store::insert_orientation(conn, &id, *number, title)?;
    }
    Ok(id)
}

fn free_title(conn: &mut Conn, heading: &Heading, own: Option<&PlanId>) -> Result<()> {
    let taken = |plan: &Plan| Some(&plan.id) != own && is_namesake(plan, &heading.title, heading.starts_on, heading.ends_on);
    if store::all(conn)?.iter().any(taken) {
        return Err(Error::field("title", "Un schéma de ce titre et de ces années existe déjà : complétez-le, ou précisez ce titre."));
    }
    Ok(())
}

/// Changes the title, the years and the orientations of a plan over the version that was read. An orientation that has sheets stays.
pub fn change(conn: &mut Conn, by: By<'_>, id: &PlanId, version: i32, heading: &Heading) -> Result<()> {
    may_write(conn, by)?;
    let before = find(conn, id)?;
    if before.plan.version != version {
        return Err(Error::Conflict { current: before.plan.version });
    }
    let mut errors = heading.check();
    for kept in before.orientations.iter().filter(|orientation| !orientation.sheets.is_empty()) {
        if heading.orientations.iter().all(|(number, _)| *number != kept.number) {
            errors.add(
                "orientations",
                format!("L’orientation {} a des fiches : gardez sa ligne, ou placez d’abord ses fiches sous une autre.", kept.number),
            );
        }
    }
    errors.into_result()?;
    free_title(conn, heading, Some(id))?;
    let renamed = write_orientations(conn, &before, &heading.orientations)?;
    remove_orientations(conn, &before, &heading.orientations)?;
    let next = Plan { title: heading.title.clone(), starts_on: heading.starts_on, ends_on: heading.ends_on, ..before.plan.clone() };
    if !renamed && next == before.plan {
        return Ok(());
    }
    write_plan(conn, by, &next)?;
    let numbers: Vec<i32> = before.sheets().map(|sheet| sheet.number).collect();
    events::happened(conn, by, Event::PlanSaved { id, numbers: &numbers, added: &[], changed: &[] })
}

/// Adds and renames orientations; true when something differs, those that are gone included.
fn write_orientations(conn: &mut Conn, before: &WholePlan, orientations: &[(i32, String)]) -> Result<bool> {
    let mut differs = before.orientations.len() != orientations.len();
    for (number, title) in orientations {
        match before.orientation(*number) {
            None => store::insert_orientation(conn, &before.plan.id, *number, title)?,
            Some(known) if known.title != *title => store::rename_orientation(conn, &before.plan.id, *number, title)?,
            Some(_) => continue,
        }
        differs = true;
    }
    Ok(differs)
}

/// Removes the orientations that are gone, which have no sheet any more.
fn remove_orientations(conn: &mut Conn, before: &WholePlan, orientations: &[(i32, String)]) -> Result<()> {
    let gone = before.orientations.iter().filter(|known| orientations.iter().all(|(number, _)| *number != known.number));
    gone.into_iter().try_for_each(|gone| store::delete_orientation(conn, &before.plan.id, gone.number))
}

/// Adds a sheet by hand.
pub fn add_sheet(conn: &mut Conn, by: By<'_>, id: &PlanId, number: i32, given: &SheetGiven) -> Result<()> {
    may_write(conn, by)?;
    let before = find(conn, id)?;
    let mut errors = check_given(&before, given);
    if !(1..=NUMBER_MAX).contains(&number) {
        errors.add("number", format!("Le numéro d’une fiche va de 1 à {NUMBER_MAX}."));
    } else if let Some(other) = before.sheet(number) {
        errors.add("number", format!("La fiche {number} existe déjà : « {} ».", other.title));
    }
    errors.into_result()?;
    let draft = SheetDraft { number, title: given.title.clone(), content: given.content.clone() };
    let event = Event::SheetAdded { id, number };
    store::insert_sheet(conn, by, id, &new_sheet(by, given.orientation, &draft), &Cause::of(&event))?;
    events::happened(conn, by, event)
}

fn check_given(plan: &WholePlan, given: &SheetGiven) -> FieldErrors {
    let mut errors = check_sheet(&given.title, &given.content);
    if plan.orientation(given.orientation).is_none() {
        errors.add("orientation", "Choisissez une orientation du schéma.");
    }
    errors
}

/// Writes a sheet again, over the version that was read.
pub fn change_sheet(conn: &mut Conn, by: By<'_>, id: &PlanId, number: i32, version: i32, given: &SheetGiven, reason: &str) -> Result<()> {
    rewrite_sheet(conn, by, id, number, version, given, reason, None)
}

/// [`change_sheet`], `restored` being the version whose text is given.
#[expect(clippy::too_many_arguments, reason = "everything that a version is")]
pub(super) fn rewrite_sheet(
    conn: &mut Conn,
    by: By<'_>,
    id: &PlanId,
    number: i32,
    version: i32,
    given: &SheetGiven,
    reason: &str,
    restored: Option<i32>,
) -> Result<()> {
    let (plan, sheet) = writable_sheet(conn, by, id, number, version)?;
    let reason = clean(reason);
    let mut errors = check_given(&plan, given);
    check_text(&mut errors, "reason", &reason);
    errors.into_result()?;
    let changed = versions::differing(&sheet.given(), given);
    if changed.is_empty() {
        return Ok(());
    }
    let SheetGiven { orientation, title, content } = given.clone();
    let (changed, reason) = (changed.as_slice(), reason.as_str());
    let event = match restored {
        None => Event::SheetChanged { id, number, changed, reason },
        Some(version) => Event::SheetRestored { id, number, version, changed, reason },
    };
    write_sheet(conn, by, id, &Sheet { orientation, title, content, ..sheet }, &Cause::of(&event))?;
    events::happened(conn, by, event)
}

/// Writes down what the steering committee decided of a sheet, on which day and why.
#[expect(clippy::too_many_arguments, reason = "everything that a decision is")]
pub fn set_stage(
    conn: &mut Conn,
    by: By<'_>,
    id: &PlanId,
    number: i32,
    version: i32,
    stage: SheetStage,
    decided_on: Day,
    reason: &str,
) -> Result<()> {
    let (_, sheet) = writable_sheet(conn, by, id, number, version)?;
    let reason = clean(reason);
    let mut errors = FieldErrors::default();
    if sheet.stage == stage {
        errors.add("stage", format!("Cette fiche est déjà dans l’état « {} ».", stage.label()));
    }
    if reason.is_empty() {
        errors.add("reason", "Dites en une phrase ce qui a été décidé, et pourquoi.");
    }
    check_text(&mut errors, "reason", &reason);
    errors.into_result()?;
    let event = Event::SheetDecided { id, number, stage, decided_on, reason: &reason };
    write_sheet(conn, by, id, &Sheet { stage, ..sheet }, &Cause::of(&event))?;
    events::happened(conn, by, event)
}

fn writable_sheet(conn: &mut Conn, by: By<'_>, id: &PlanId, number: i32, version: i32) -> Result<(WholePlan, Sheet)> {
    may_write(conn, by)?;
    let plan = find(conn, id)?;
    let sheet = plan.sheet(number).cloned().ok_or(Error::NotFound)?;
    if sheet.version == version { Ok((plan, sheet)) } else { Err(Error::Conflict { current: sheet.version }) }
}

pub(super) fn may_write(conn: &mut Conn, by: By<'_>) -> Result<()> {
    policy::writable(by.actor, &instance::service::get(conn)?.0.departement)
}

fn write_plan(conn: &mut Conn, by: By<'_>, plan: &Plan) -> Result<()> {
    if store::update(conn, plan, by.now)? { Ok(()) } else { Err(Error::Conflict { current: store::find(conn, &plan.id)?.version }) }
}

fn write_sheet(conn: &mut Conn, by: By<'_>, id: &PlanId, sheet: &Sheet, cause: &Cause) -> Result<()> {
    if store::update_sheet(conn, by, id, sheet, cause)? {
        return Ok(());
    }
    let current = find(conn, id)?.sheet(sheet.number).map_or(0, |sheet| sheet.version);
    Err(Error::Conflict { current })
}
