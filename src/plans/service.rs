//! What is done with plans.

use super::store;
use crate::db::Conn;
use crate::error::Result;
use crate::kernel::ids::PlanId;

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
