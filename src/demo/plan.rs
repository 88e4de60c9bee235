//! The plan: 23 sheets whose calendar is counted from its first year.

use super::content::{self, Period};
use super::people::Actors;
use super::{Present, broken};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::kernel::Day;
use crate::kernel::ids::PlanId;
use crate::plans::model::{CalendarLine, MethodStep, OrientationDraft, PlanDraft, SheetContent, SheetDraft, SheetStage};
use crate::plans::service;

/// Writes the plan, adopted before its first day, then what the steering committee decided of each sheet.
pub fn save(conn: &mut Conn, present: &Present<'_>, actors: &Actors) -> Result<Option<PlanId>> {
    let (draft, stages) = draft(present.today)?;
    let administrator = actors.administrator()?;
    let at = |day: Day| present.days_ago(present.today.days_since(day));
    let id = service::create(conn, present.by(administrator, at(draft.starts_on.plus(-21))), &draft, None)?;
    // It met once the plan had begun, and again this autumn or this spring.
    let (launched, met) = (draft.starts_on.plus(23), present.today.plus(-47));
    for (number, stage) in stages {
        let first = (SheetStage::InProgress, launched, LAUNCHED[number.unsigned_abs() as usize % LAUNCHED.len()]);
        let decisions = match stage {
            SheetStage::ToStart => vec![],
            SheetStage::InProgress => vec![first],
            SheetStage::Done => vec![
                first,
                (stage, met, "Le comité constate que les objectifs sont atteints. Les outils restent à la disposition de toutes les MDS."),
            ],
            SheetStage::Deferred => {
                vec![(stage, met, "Les moyens prévus ne sont pas réunis cette année : le comité reporte la fiche à l’an prochain.")]
            }
            SheetStage::Dropped => vec![first, (stage, met, "Un autre dispositif répond désormais à ce besoin : le comité abandonne la fiche.")],
        };
        for (version, (stage, day, reason)) in (1..).zip(decisions) {
            service::set_stage(conn, present.by(administrator, at(day)), &id, number, version, stage, day, reason)?;
        }
    }
    Ok(Some(id))
}

/// What the committee said of a sheet that it set going.
const LAUNCHED: [&str; 3] = [
    "Le comité valide les pilotes et le calendrier : la fiche est lancée.",
    "Le comité lance la fiche, et demande un premier point d’étape dans six mois.",
    "La fiche est lancée. Le comité souhaite que deux MDS au moins y prennent part dès le début.",
];

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
