//! What was understood, for the person who is about to import it.

use super::{Reading, calendar};
use crate::plans::model::{CalendarLine, SheetContent, SheetDraft};

/// The plan, its orientations and sheets with what each holds, then the lines that found no place, and the totals.
pub fn outline(reading: &Reading) -> String {
    let plan = &reading.plan;
    let mut out = vec![plan.title.clone(), format!("Période : {}", calendar::in_words(Some(plan.starts_on), Some(plan.ends_on)))];
    let width = plan.sheets().map(|sheet| sheet.number.to_string().len()).max().unwrap_or(1);
    for orientation in &plan.orientations {
        out.push(String::new());
        out.push(format!("Orientation {} : {}", orientation.number, orientation.title));
        for sheet in &orientation.sheets {
            out.extend(lines_of(sheet, width));
        }
    }
    out.push(String::new());
    match reading.unplaced.len() {
        0 => out.push("Toutes les lignes des fiches ont trouvé leur place.".to_owned()),
        count => {
            out.push(format!("{}, à vérifier dans le document :", counted(count, "ligne sans place", "lignes sans place")));
            let width = reading.unplaced.last().map_or(1, |line| line.number.to_string().len());
            out.extend(reading.unplaced.iter().map(|line| format!("  ligne {:>width$} : {}", line.number, shortened(&line.text))));
        }
    }
    if reading.skipped > 0 {
        let count = counted(reading.skipped, "ligne hors des fiches, non reprise", "lignes hors des fiches, non reprises");
        out.push(format!("{count} (présentation, sommaire, annexes)."));
    }
    out.push(String::new());
    out.push(totals(reading));
    out.join("\n") + "\n"
}

fn lines_of(sheet: &SheetDraft, width: usize) -> Vec<String> {
    let margin = " ".repeat("  Fiche ".len() + width + 2);
    let (held, missing): (Vec<_>, Vec<_>) = counts(&sheet.content).into_iter().partition(|(count, ..)| *count > 0);
    let held: Vec<String> = held.into_iter().map(|(count, one, many)| counted(count, one, many)).collect();
    // Steps need not be detailed.
    let missing: Vec<&str> = missing.into_iter().map(|(_, one, _)| one).filter(|one| *one != POINT).collect();
    let mut lines = vec![format!("  Fiche {:>width$}  {}", sheet.number, sheet.title)];
    if !held.is_empty() {
        lines.push(format!("{margin}{}", held.join(", ")));
    }
    if !missing.is_empty() {
        lines.push(format!("{margin}sans : {}", missing.join(", ")));
    }
    let periods: Vec<String> = sheet.content.calendar.iter().map(period).collect();
    if !periods.is_empty() {
        lines.push(format!("{margin}calendrier : {}", periods.join(" ; ")));
    }
    lines
}

fn period(line: &CalendarLine) -> String {
    Some(calendar::in_words(line.from, line.to)).filter(|words| !words.is_empty()).unwrap_or_else(|| "sans date".to_owned())
}

type Count = (usize, &'static str, &'static str);

const POINT: &str = "point détaillé";

fn counts(content: &SheetContent) -> [Count; 10] {
    let points = content.method.iter().map(|step| step.items.len()).sum();
    [
        (content.needs.len(), "constat", "constats"),
        (content.objectives.len(), "objectif", "objectifs"),
        (content.method.len(), "étape", "étapes"),
        (points, POINT, "points détaillés"),
        (content.pilots.len(), "pilote", "pilotes"),
        (content.partners.len(), "partenaire", "partenaires"),
        (content.calendar.len(), "échéance", "échéances"),
        (content.means.len(), "moyen", "moyens"),
        (content.indicators.len(), "indicateur", "indicateurs"),
        (content.related_plans.len(), "schéma lié", "schémas liés"),
    ]
}

fn totals(reading: &Reading) -> String {
    let mut sums = counts(&SheetContent::default());
    for sheet in reading.plan.sheets() {
        sums.iter_mut().zip(counts(&sheet.content)).for_each(|(sum, (count, ..))| sum.0 += count);
    }
    let orientations = counted(reading.plan.orientations.len(), "orientation", "orientations");
    let sheets = counted(reading.plan.sheets().count(), "fiche", "fiches");
    let sums: Vec<String> = sums.into_iter().filter(|(count, ..)| *count > 0).map(|(count, one, many)| counted(count, one, many)).collect();
    format!("Au total : {orientations}, {sheets}, {}.", sums.join(", "))
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count < 2 { one } else { many })
}

/// A line that cannot be understood is often a whole page.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(160) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}
