//! The SQL of plans.

use diesel::prelude::*;

use super::model::{Orientation, Plan, Sheet, SheetContent, SheetStage, SheetVersion, WholePlan};
use super::service::SheetLine;
use crate::accounts::model::By;
use crate::db::Conn;
use crate::db::schema::{action_sheets, orientations, plan_sheet_versions, plan_sheets, plans};
use crate::error::{Error, Result};
use crate::kernel::ids::{AccountId, PlanId};
use crate::kernel::{Day, Moment};

pub fn sheet_numbers(conn: &mut Conn) -> Result<Vec<(PlanId, i32)>> {
    Ok(plan_sheets::table.select((plan_sheets::plan_id, plan_sheets::number)).load(conn)?)
}

pub fn sheets(conn: &mut Conn) -> Result<Vec<SheetLine>> {
    let rows: Vec<(PlanId, String, i32, String, i32, String)> = plan_sheets::table
        .inner_join(plans::table.on(plans::id.eq(plan_sheets::plan_id)))
        .inner_join(orientations::table.on(orientations::plan_id.eq(plan_sheets::plan_id).and(orientations::number.eq(plan_sheets::orientation))))
        .select((plan_sheets::plan_id, plans::title, plan_sheets::orientation, orientations::title, plan_sheets::number, plan_sheets::title))
        .order((plans::starts_on.desc(), plan_sheets::plan_id, plan_sheets::number))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(plan_id, plan_title, orientation, orientation_title, number, title)| SheetLine {
            plan_id,
            plan_title,
            orientation,
            orientation_title,
            number,
            title,
        })
        .collect())
}

type Row = (PlanId, Option<String>, String, Day, Day, i32, Moment, Moment);
type SheetRow = (i32, i32, String, SheetStage, String, i32, Moment);

macro_rules! columns {
    () => {
        (plans::id, plans::external_id, plans::title, plans::starts_on, plans::ends_on, plans::version, plans::created_at, plans::updated_at)
    };
}

impl From<Row> for Plan {
    fn from((id, external_id, title, starts_on, ends_on, version, created_at, updated_at): Row) -> Self {
        Self { id, external_id, title, starts_on, ends_on, version, created_at, updated_at }
    }
}

fn sheet((number, orientation, title, stage, content, version, updated_at): SheetRow) -> Result<Sheet> {
    let content = serde_json::from_str(&content).map_err(|error| Error::Internal(format!("sheet {number} is not readable: {error}")))?;
    Ok(Sheet { number, orientation, title, stage, content, version, updated_at })
}

fn json(content: &SheetContent) -> Result<String> {
    serde_json::to_string(content).map_err(|error| Error::Internal(error.to_string()))
}

/// Every plan, the latest first. An instance has few.
pub fn all(conn: &mut Conn) -> Result<Vec<Plan>> {
    let rows: Vec<Row> = plans::table.select(columns!()).order((plans::starts_on.desc(), plans::id.desc())).load(conn)?;
    Ok(rows.into_iter().map(Plan::from).collect())
}

pub fn find(conn: &mut Conn, id: &PlanId) -> Result<Plan> {
    let row: Row = plans::table.find(id).select(columns!()).first(conn)?;
    Ok(row.into())
}

/// A plan with its orientations and their sheets, all by number.
pub fn whole(conn: &mut Conn, plan: Plan) -> Result<WholePlan> {
    let titles: Vec<(i32, String)> = orientations::table
        .filter(orientations::plan_id.eq(&plan.id))
        .select((orientations::number, orientations::title))
        .order(orientations::number)
        .load(conn)?;
    let mut orientations: Vec<Orientation> = titles.into_iter().map(|(number, title)| Orientation { number, title, sheets: Vec::new() }).collect();
    let rows: Vec<SheetRow> = plan_sheets::table
        .filter(plan_sheets::plan_id.eq(&plan.id))
        .select((
            plan_sheets::number,
            plan_sheets::orientation,
            plan_sheets::title,
            plan_sheets::stage,
            plan_sheets::content,
            plan_sheets::version,
            plan_sheets::updated_at,
        ))
        .order(plan_sheets::number)
        .load(conn)?;
    for row in rows {
        let sheet = sheet(row)?;
        if let Some(orientation) = orientations.iter_mut().find(|orientation| orientation.number == sheet.orientation) {
            orientation.sheets.push(sheet);
        }
    }
    Ok(WholePlan { plan, orientations })
}

pub fn insert(conn: &mut Conn, plan: &Plan) -> Result<()> {
    let row = (
        plans::id.eq(&plan.id),
        plans::external_id.eq(&plan.external_id),
        plans::title.eq(&plan.title),
        plans::starts_on.eq(plan.starts_on),
        plans::ends_on.eq(plan.ends_on),
        plans::version.eq(plan.version),
        plans::created_at.eq(plan.created_at),
        plans::updated_at.eq(plan.updated_at),
    );
    diesel::insert_into(plans::table).values(row).execute(conn)?;
    Ok(())
}

/// Writes over version `plan.version`, which becomes the next; false when it is no longer the current one.
pub fn update(conn: &mut Conn, plan: &Plan, now: Moment) -> Result<bool> {
    let current = plans::table.filter(plans::id.eq(&plan.id)).filter(plans::version.eq(plan.version));
    let set = (
        plans::external_id.eq(&plan.external_id),
        plans::title.eq(&plan.title),
        plans::starts_on.eq(plan.starts_on),
        plans::ends_on.eq(plan.ends_on),
        plans::version.eq(plan.version + 1),
        plans::updated_at.eq(now),
    );
    Ok(diesel::update(current).set(set).execute(conn)? == 1)
}

pub fn insert_orientation(conn: &mut Conn, plan: &PlanId, number: i32, title: &str) -> Result<()> {
    let row = (orientations::plan_id.eq(plan), orientations::number.eq(number), orientations::title.eq(title));
    diesel::insert_into(orientations::table).values(row).execute(conn)?;
    Ok(())
}

pub fn rename_orientation(conn: &mut Conn, plan: &PlanId, number: i32, title: &str) -> Result<()> {
    diesel::update(orientations::table.find((plan, number))).set(orientations::title.eq(title)).execute(conn)?;
    Ok(())
}

/// Removes an orientation, with the sheets that it still has: callers see to it that it has none.
pub fn delete_orientation(conn: &mut Conn, plan: &PlanId, number: i32) -> Result<()> {
    diesel::delete(orientations::table.find((plan, number))).execute(conn)?;
    Ok(())
}

/// Why a version of a sheet was written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Because<'a> {
    pub decided_on: Option<Day>,
    pub reason: &'a str,
}

pub fn insert_sheet(conn: &mut Conn, by: By<'_>, plan: &PlanId, sheet: &Sheet, because: Because<'_>) -> Result<()> {
    let row = (
        plan_sheets::plan_id.eq(plan),
        plan_sheets::number.eq(sheet.number),
        plan_sheets::orientation.eq(sheet.orientation),
        plan_sheets::title.eq(&sheet.title),
        plan_sheets::stage.eq(sheet.stage),
        plan_sheets::content.eq(json(&sheet.content)?),
        plan_sheets::version.eq(sheet.version),
        plan_sheets::updated_at.eq(by.now),
    );
    diesel::insert_into(plan_sheets::table).values(row).execute(conn)?;
    keep_version(conn, by, plan, sheet, because)
}

/// Writes over version `sheet.version`, which becomes the next and is kept; false when it is no longer the current one.
pub fn update_sheet(conn: &mut Conn, by: By<'_>, plan: &PlanId, sheet: &Sheet, because: Because<'_>) -> Result<bool> {
    let current = plan_sheets::table
        .filter(plan_sheets::plan_id.eq(plan))
        .filter(plan_sheets::number.eq(sheet.number))
        .filter(plan_sheets::version.eq(sheet.version));
    let set = (
        plan_sheets::orientation.eq(sheet.orientation),
        plan_sheets::title.eq(&sheet.title),
        plan_sheets::stage.eq(sheet.stage),
        plan_sheets::content.eq(json(&sheet.content)?),
        plan_sheets::version.eq(sheet.version + 1),
        plan_sheets::updated_at.eq(by.now),
    );
    if diesel::update(current).set(set).execute(conn)? == 0 {
        return Ok(false);
    }
    keep_version(conn, by, plan, &Sheet { version: sheet.version + 1, ..sheet.clone() }, because)?;
    Ok(true)
}

fn keep_version(conn: &mut Conn, by: By<'_>, plan: &PlanId, sheet: &Sheet, because: Because<'_>) -> Result<()> {
    let row = (
        plan_sheet_versions::plan_id.eq(plan),
        plan_sheet_versions::number.eq(sheet.number),
        plan_sheet_versions::version.eq(sheet.version),
        plan_sheet_versions::title.eq(&sheet.title),
        plan_sheet_versions::stage.eq(sheet.stage),
        plan_sheet_versions::content.eq(json(&sheet.content)?),
        plan_sheet_versions::decided_on.eq(because.decided_on),
        plan_sheet_versions::reason.eq(because.reason),
        plan_sheet_versions::author_id.eq(by.actor.id.as_ref()),
        plan_sheet_versions::author_name.eq(&by.actor.name),
        plan_sheet_versions::at.eq(by.now),
    );
    diesel::insert_into(plan_sheet_versions::table).values(row).execute(conn)?;
    Ok(())
}

/// The versions of a sheet, the latest first.
pub fn versions(conn: &mut Conn, plan: &PlanId, number: i32) -> Result<Vec<SheetVersion>> {
    type VersionRow = (i32, String, SheetStage, Option<Day>, String, Option<AccountId>, String, Moment);
    let rows: Vec<VersionRow> = plan_sheet_versions::table
        .filter(plan_sheet_versions::plan_id.eq(plan))
        .filter(plan_sheet_versions::number.eq(number))
        .select((
            plan_sheet_versions::version,
            plan_sheet_versions::title,
            plan_sheet_versions::stage,
            plan_sheet_versions::decided_on,
            plan_sheet_versions::reason,
            plan_sheet_versions::author_id,
            plan_sheet_versions::author_name,
            plan_sheet_versions::at,
        ))
        .order(plan_sheet_versions::version.desc())
        .load(conn)?;
    let version = |(version, title, stage, decided_on, reason, author_id, author_name, at)| SheetVersion {
        version,
        title,
        stage,
        decided_on,
        reason,
        author_id,
        author_name,
        at,
    };
    Ok(rows.into_iter().map(version).collect())
}

/// The title and content of a sheet as they were at a version.
pub fn text_at(conn: &mut Conn, plan: &PlanId, number: i32, version: i32) -> Result<Option<(String, SheetContent)>> {
    let found: Option<(String, String)> = plan_sheet_versions::table
        .find((plan, number, version))
        .select((plan_sheet_versions::title, plan_sheet_versions::content))
        .first(conn)
        .optional()?;
    let Some((title, content)) = found else { return Ok(None) };
    let content = serde_json::from_str(&content).map_err(|error| Error::Internal(format!("sheet {number} is not readable: {error}")))?;
    Ok(Some((title, content)))
}

/// Does something lean on a sheet that would be lost with it: actions attached, or decisions of the steering committee?
pub fn is_leaned_on(conn: &mut Conn, plan: &PlanId, number: i32) -> Result<bool> {
    let actions: i64 =
        action_sheets::table.filter(action_sheets::plan_id.eq(plan)).filter(action_sheets::number.eq(number)).count().get_result(conn)?;
    let decisions: i64 = plan_sheet_versions::table
        .filter(plan_sheet_versions::plan_id.eq(plan))
        .filter(plan_sheet_versions::number.eq(number))
        .filter(plan_sheet_versions::decided_on.is_not_null())
        .count()
        .get_result(conn)?;
    Ok(actions + decisions > 0)
}

pub fn delete_sheet(conn: &mut Conn, plan: &PlanId, number: i32) -> Result<()> {
    diesel::delete(plan_sheets::table.find((plan, number))).execute(conn)?;
    Ok(())
}
