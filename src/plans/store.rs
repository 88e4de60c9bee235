//! The SQL of plans.

use diesel::prelude::*;

use crate::db::Conn;
use crate::db::schema::{orientations, plan_sheets, plans};
use crate::error::Result;
use crate::kernel::ids::PlanId;
use crate::plans::service::SheetLine;

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
