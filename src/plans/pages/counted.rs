//! What the registry counts by itself of each sheet: every reader that counts something adds it here.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::announcements::informed;
use crate::consultations;
use crate::db::Conn;
use crate::error::Result;
use crate::kernel::Zone;
use crate::kernel::ids::PlanId;
use crate::plans::model::Sheet;
use crate::plans::service;

/// One figure of a sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Counted {
    pub label: String,
    pub value: i64,
}

/// What is counted of the sheets of a plan, by their numbers; of one of them, or of all.
pub fn of_plan(conn: &mut Conn, plan: &PlanId, one: Option<i32>, zone: &Zone) -> Result<BTreeMap<i32, Vec<Counted>>> {
    let mut counted: BTreeMap<i32, Vec<Counted>> = BTreeMap::new();
    for (number, informed) in informed::of_plan(conn, plan, one, zone)? {
        let value = i64::try_from(informed).unwrap_or(i64::MAX);
        counted.entry(number).or_default().push(Counted { label: informed::LABEL.to_owned(), value });
    }
    // How often the plan is read is counted of the sheets that ask for it.
    let whole = service::find(conn, plan)?;
    let asks = |sheet: &&Sheet| sheet.content.indicators.iter().any(|indicator| consultations::is_indicator(&indicator.label));
    let is_asked = |sheet: &&Sheet| one.is_none_or(|number| number == sheet.number);
    let asking: Vec<i32> = whole.sheets().filter(asks).filter(is_asked).map(|sheet| sheet.number).collect();
    if !asking.is_empty() {
        let value = consultations::of_plan(conn, plan)?;
        for number in asking {
            counted.entry(number).or_default().push(Counted { label: consultations::PLAN_LABEL.to_owned(), value });
        }
    }
    Ok(counted)
}
