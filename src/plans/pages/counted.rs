//! What the registry counts by itself of each sheet: every reader that counts something adds it here.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::announcements::informed;
use crate::db::Conn;
use crate::error::Result;
use crate::kernel::Zone;
use crate::kernel::ids::PlanId;

/// One figure of a sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Counted {
    pub label: String,
    pub value: i64,
}

/// What is counted of the sheets of a plan, by their numbers.
pub fn of_plan(conn: &mut Conn, plan: &PlanId, zone: &Zone) -> Result<BTreeMap<i32, Vec<Counted>>> {
    let mut counted: BTreeMap<i32, Vec<Counted>> = BTreeMap::new();
    for (number, informed) in informed::of_plan(conn, plan, zone)? {
        let value = i64::try_from(informed).unwrap_or(i64::MAX);
        counted.entry(number).or_default().push(Counted { label: informed::LABEL.to_owned(), value });
    }
    Ok(counted)
}
