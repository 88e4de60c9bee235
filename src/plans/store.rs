//! The SQL of plans.

use diesel::prelude::*;

use crate::db::Conn;
use crate::db::schema::plan_sheets;
use crate::error::Result;
use crate::kernel::ids::PlanId;

pub fn sheet_numbers(conn: &mut Conn) -> Result<Vec<(PlanId, i32)>> {
    Ok(plan_sheets::table.select((plan_sheets::plan_id, plan_sheets::number)).load(conn)?)
}
