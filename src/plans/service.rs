//! What is done with plans.

use super::store;
use crate::db::Conn;
use crate::error::Result;
use crate::kernel::ids::PlanId;

/// Every sheet there is, by plan and number: what an action may attach to.
pub fn sheet_numbers(conn: &mut Conn) -> Result<Vec<(PlanId, i32)>> {
    store::sheet_numbers(conn)
}
