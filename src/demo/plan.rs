//! The plan: 23 sheets whose calendar is counted from its first year.

use super::content::{self, Period};
use super::people::Actors;
use super::{Present, broken};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::kernel::Day;
use crate::kernel::ids::PlanId;
use crate::plans;
use crate::plans::model::{CalendarLine, MethodStep, OrientationDraft, PlanDraft, SheetContent, SheetDraft, SheetStage};

/// Writes the plan, adopted before its first day, then what the steering committee decided of each sheet since.
pub fn save(conn: &mut Conn, present: &Present<'_>, actors: &Actors) -> Result<PlanId> {
    let (draft, stages) = draft(present.today)?;
    let administrator = actors.administrator()?;
    let since = present.today.days_since(draft.starts_on);
    let id = plans::service::create(conn, present.by(administrator, present.days_ago(since + 21)), &draft, None)?;
    for (number, stage) in stages {
        // The committee met in the spring after the plan began; what began earlier ended later.
        let committee = (since - 100 - i64::from(number)).max(1);
        let mut decide = |stage: SheetStage, days_ago: i64, reason: &str| {
            let version = plans::service::find(conn, &id)?.sheet(number).map_or(1, |sheet| sheet.version);
            let at = present.days_ago(days_ago);
            plans::service::set_stage(conn, present.by(administrator, at), &id, number, version, stage, present.zone.day(at), reason)
        };
        if !matches!(stage, SheetStage::ToStart | SheetStage::Deferred) {
            decide(SheetStage::InProgress, committee, "Le groupe de travail est constitué et s’est réuni.")?;
        }
        match stage {
            SheetStage::Done => decide(stage, committee / 2, "Les outils sont validés et utilisés dans toutes les MDS.")?,
            SheetStage::Deferred => decide(stage, committee / 2, "Reportée d’un an : les moyens vont d’abord à l’accueil.")?,
            SheetStage::Dropped => decide(stage, committee / 2, "Abandonnée : un autre schéma s’en charge désormais.")?,
            SheetStage::ToStart | SheetStage::InProgress => {}
        }
    }
    Ok(id)
}

/// The plan as the plans slice reads it, and the stage of each sheet.
pub fn draft(today: Day) -> Result<(PlanDraft, Vec<(i32, SheetStage)>)> {
    let plan = content::plan()?;
    let first_year = today.year() + plan.first_year_offset;
    let day = |year, month, day| Day::new(year, month, day).ok_or_else(|| broken("plan", year));
    let mut stages = Vec::new();
    let mut orientations = Vec::new();
    for orientation in plan.orientations {
        let mut sheets = Vec::new();
        for sheet in orientation.sheets {
            stages.push((sheet.number, sheet.stage));
            let content = SheetContent {
                needs: sheet.needs,
                objectives: sheet.objectives,
                method: sheet
                    .method
                    .into_iter()
                    .map(|step| MethodStep { text: step.text, items: step.items.into_iter().map(|item| item.text).collect() })
                    .collect(),
                pilots: sheet.pilots,
                partners: sheet.partners,
                calendar: sheet.calendar.into_iter().map(|line| calendar_line(line, first_year)).collect::<Result<_>>()?,
                means: sheet.means,
                indicators: sheet.indicators,
                related_plans: sheet.related_plans,
            };
            sheets.push(SheetDraft { number: sheet.number, title: sheet.title, content });
        }
        orientations.push(OrientationDraft { number: orientation.number, title: orientation.title, sheets });
    }
    let last_year = first_year + plan.years - 1;
    let title = format!("{} {first_year}-{last_year}", plan.title);
    Ok((PlanDraft { title, starts_on: day(first_year, 1, 1)?, ends_on: day(last_year, 12, 31)?, orientations }, stages))
}

fn calendar_line(line: Period, first_year: i32) -> Result<CalendarLine> {
    let (year, last_year) = (first_year + line.year - 1, first_year + line.to_year.unwrap_or(line.year) - 1);
    let (from, to) = match line.part.as_deref() {
        None => (1, 12),
        Some("S1") => (1, 6),
        Some("S2") => (7, 12),
        Some("T1") => (1, 3),
        Some("T2") => (4, 6),
        Some("T3") => (7, 9),
        Some("T4") => (10, 12),
        Some(part) => return Err(broken("calendar", part)),
    };
    let days = Day::new(year, from, 1).zip(Day::new(last_year, to, 1).and_then(last_of_month));
    let (from, to) = days.ok_or_else(|| Error::Internal(format!("no year {year} in a calendar")))?;
    Ok(CalendarLine { from: Some(from), to: Some(to), text: line.text })
}

fn last_of_month(first: Day) -> Option<Day> {
    first.0.checked_add_months(chrono::Months::new(1)).map(|next| Day(next).plus(-1))
}
