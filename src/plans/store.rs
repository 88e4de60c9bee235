//! The SQL of plans.

use diesel::prelude::*;

use super::model::{Orientation, Plan, Sheet, SheetContent, SheetStage, WholePlan};
use super::service::SheetLine;
use crate::accounts::model::By;
use crate::db::Conn;
use crate::db::schema::{action_sheets, convention_sheets, orientations, plan_sheets, plans};
use crate::error::{Error, Result};
use crate::events::Record;
use crate::kernel::ids::PlanId;
use crate::kernel::{Day, Moment};
use crate::versions::{self, Cause};

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

pub fn insert_sheet(conn: &mut Conn, by: By<'_>, plan: &PlanId, sheet: &Sheet, cause: &Cause) -> Result<()> {
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
    versions::keep(conn, by, &Record::sheet(plan, sheet.number), sheet.version, cause, &sheet.given())
}

/// Writes over version `sheet.version`, which becomes the next and is kept; false when it is no longer the current one.
pub fn update_sheet(conn: &mut Conn, by: By<'_>, plan: &PlanId, sheet: &Sheet, cause: &Cause) -> Result<bool> {
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
    versions::keep(conn, by, &Record::sheet(plan, sheet.number), sheet.version + 1, cause, &sheet.given())?;
    Ok(true)
}

/// Is an action or a convention attached to a sheet?
pub fn is_carried_out(conn: &mut Conn, plan: &PlanId, number: i32) -> Result<bool> {
    let actions: i64 =
        action_sheets::table.filter(action_sheets::plan_id.eq(plan)).filter(action_sheets::number.eq(number)).count().get_result(conn)?;
    let conventions: i64 =
        convention_sheets::table.filter(convention_sheets::plan_id.eq(plan)).filter(convention_sheets::number.eq(number)).count().get_result(conn)?;
    Ok(actions + conventions > 0)
}

/// Deletes a sheet, with its history.
pub fn delete_sheet(conn: &mut Conn, plan: &PlanId, number: i32) -> Result<()> {
    diesel::delete(plan_sheets::table.find((plan, number))).execute(conn)?;
    versions::forget(conn, &Record::sheet(plan, number))
}
