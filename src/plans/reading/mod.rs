//! Reads a schéma as it was published: text or Markdown extracted from a PDF, or typed by hand.
//!
//! `lines` drops the noise, `headings` tells what each line announces, `structure` gathers the lines of each sheet, `sections` makes them
//! items. Nothing is guessed: a line of a sheet that none of them understands is reported, with its number.

mod calendar;
mod headings;
mod lines;
mod names;
mod orientations;
mod outline;
mod sections;
#[cfg(test)]
mod seed;
mod structure;
#[cfg(test)]
mod tests;
mod vocabulary;

pub use calendar::{in_words as period_in_words, line as calendar_line, typed as typed_calendar_line};
pub use outline::outline;

use super::model::{OrientationDraft, PlanDraft, SheetDraft};
use crate::kernel::Day;
use lines::Line;

/// What a document says, and what of it was not understood.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    pub plan: PlanDraft,
    pub unplaced: Vec<UnplacedLine>,
    /// How many lines stand outside the sheets: presentation, table of contents, annexes.
    pub skipped: usize,
}

/// A line of a sheet that has no place in it.
#[derive(Clone, Debug, PartialEq)]
pub struct UnplacedLine {
    pub number: usize,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAPlan {
    #[error(
        "Ce document ne contient aucune fiche action. Chaque fiche commence par une ligne « Fiche action n° 1 : son titre », suivie de ses rubriques : \
         Constats, Objectifs, Méthode de travail, Pilotes et partenaires, Calendrier, Moyens, Indicateurs."
    )]
    NoSheet,
    #[error("Ce document n’a pas de titre. Sa première ligne doit le donner, par exemple « Schéma départemental de l’action sociale 2026 - 2030 ».")]
    NoTitle,
    #[error(
        "Les années du schéma sont introuvables. Son titre doit les donner, par exemple « Schéma départemental de l’action sociale 2026 - 2030 »."
    )]
    NoYears,
}

pub fn read(document: &str) -> Result<Reading, NotAPlan> {
    let text = lines::normalise(document);
    let lines = lines::cut(&text);
    let structure::Structure { blocks, mut orientations, head, skipped } = structure::structure(&lines);
    let (sheets, unplaced, passed) = structure::choose(blocks);
    if sheets.iter().all(|sheet| sheet.sections.is_empty()) {
        return Err(NotAPlan::NoSheet);
    }
    // The title is at the top: a whole library before the first sheet is not searched for it.
    let head = &lines[..head.min(200)];
    let title = title(head).ok_or(NotAPlan::NoTitle)?;
    let mut unplaced: Vec<UnplacedLine> = unplaced.iter().map(UnplacedLine::from).collect();
    for sheet in sheets {
        unplaced.extend(sheet.stray.iter().map(UnplacedLine::from));
        let Some(number) = sheet.number else { continue };
        let content = sections::content(&sheet.sections);
        orientations.place(SheetDraft { number, title: sheet.title, content }, sheet.orientation);
    }
    unplaced.sort_by_key(|line| line.number);
    let orientations = orientations.into_drafts();
    let (starts_on, ends_on) = years(&title, head, &orientations).ok_or(NotAPlan::NoYears)?;
    let plan = PlanDraft { title, starts_on, ends_on, orientations };
    Ok(Reading { plan, unplaced, skipped: (skipped + passed).saturating_sub(1) })
}

impl From<&Line<'_>> for UnplacedLine {
    fn from(line: &Line<'_>) -> Self {
        Self { number: line.number, text: line.source.to_owned() }
    }
}

/// The first line that names a plan and its years; else the highest heading, the first that names a plan, the first of all.
fn title(head: &[Line<'_>]) -> Option<String> {
    let short = || head.iter().filter(|line| !line.row && line.bullet.is_none() && line.text.chars().nth(250).is_none());
    let names_a_plan = |line: &&Line<'_>| {
        let folded = crate::kernel::text::fold(line.text);
        ["schema", "plan", "programme", "projet", "pacte"].iter().any(|word| folded.split(|c: char| !c.is_alphanumeric()).any(|said| said == *word))
    };
    let found = short().find(|line| names_a_plan(line) && calendar::years(line.text).is_some());
    let found = found.or_else(|| short().find(|line| line.level == Some(1))).or_else(|| short().find(names_a_plan));
    found.or_else(|| short().next()).map(Line::words)
}

/// The years of the title, else of the first range of years near it, else of everything that the sheets plan.
fn years(title: &str, head: &[Line<'_>], orientations: &[OrientationDraft]) -> Option<(Day, Day)> {
    let range = |line: &Line<'_>| calendar::years(line.text).filter(|(from, to)| from.year() < to.year());
    calendar::years(title).or_else(|| head.iter().find_map(range)).or_else(|| {
        let sheets = || orientations.iter().flat_map(|orientation| &orientation.sheets);
        let days = || sheets().flat_map(|sheet| &sheet.content.calendar).flat_map(|line| [line.from, line.to]).flatten();
        let (first, last) = (days().min()?, days().max()?);
        Day::new(first.year(), 1, 1).zip(Day::new(last.year(), 12, 31))
    })
}
