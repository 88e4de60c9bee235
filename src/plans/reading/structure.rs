//! The sheets of a document, each with the lines of its sections. A table of contents announces the same sheets: the one with sections is kept.

use std::collections::{BTreeMap, HashMap};

use super::headings::{self, Heading, Kind, Section};
use super::lines::Line;
use super::orientations::Orientations;

/// A place where a sheet begins, and the lines until the next.
#[derive(Debug)]
pub struct Block<'a> {
    pub number: Option<i32>,
    pub title: String,
    pub heading: Line<'a>,
    /// « Orientation du schéma : … », as the sheet says it.
    pub orientation: Option<&'a str>,
    pub sections: BTreeMap<Section, Vec<Line<'a>>>,
    /// Lines of the sheet that no section took.
    pub stray: Vec<Line<'a>>,
    /// Just under another sheet's heading, as in a table of contents.
    listed: bool,
}

impl<'a> Block<'a> {
    /// A section begins; what its heading says besides its name is kept.
    fn open(&mut self, line: &Line<'a>, heading: Heading<'a>) {
        let Heading { section, rest, says_more } = heading;
        let lines = self.sections.entry(section).or_default();
        let names = matches!(section, Section::Actors | Section::Pilots | Section::Partners | Section::RelatedPlans);
        match (says_more, rest.is_empty()) {
            (true, _) if names => self.stray.push(*line),
            // « MOYENS HUMAINS : » introduces its items.
            (true, true) => return lines.push(Line { apart: true, level: Some(7), ..*line }),
            (true, false) => return lines.push(Line { apart: true, level: None, ..*line }),
            (false, _) => {}
        }
        if !rest.is_empty() {
            let line = line.after_heading(rest);
            match headings::section(&line).filter(|_| section == Section::Actors) {
                // « PILOTES ET PARTENAIRES : Pilote : … »
                Some(heading) => self.sections.entry(heading.section).or_default().push(line.after_heading(heading.rest)),
                None if section == Section::Actors => self.stray.push(line),
                None => self.sections.entry(section).or_default().push(line),
            }
        }
    }
}

pub struct Structure<'a> {
    pub blocks: Vec<Block<'a>>,
    pub orientations: Orientations,
    /// The lines before the first heading: the title is among them.
    pub head: usize,
    /// Lines outside any sheet.
    pub skipped: usize,
}

/// Where the next line goes.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Outside,
    Head,
    In(Section, Option<usize>),
    /// Under a heading that we do not know.
    Stray,
}

pub fn structure<'a>(lines: &[Line<'a>]) -> Structure<'a> {
    let kinds: Vec<Kind<'a>> = lines.iter().map(headings::kind).collect();
    let mut read = Structure { blocks: Vec::new(), orientations: Orientations::default(), head: lines.len(), skipped: 0 };
    let (mut place, mut current, mut fresh) = (Place::Outside, None, false);
    let mut at = 0;
    while let Some((line, kind)) = lines.get(at).zip(kinds.get(at)) {
        let line = Line { apart: line.apart || fresh, ..*line };
        fresh = false;
        let before = at.checked_sub(1).and_then(|before| kinds.get(before));
        let mut kind = settle(*kind, &line, before, kinds.get(at + 1), place);
        if let (Some(block), Place::In(..) | Place::Head | Place::Stray) = (read.blocks.last(), place) {
            kind = in_sheet(kind, &line, block.heading.level, place);
        }
        at += 1;
        match (kind, read.blocks.last_mut().filter(|_| place != Place::Outside)) {
            (Kind::Sheet { number, title }, _) => {
                let listed = matches!(before, Some(Kind::Sheet { .. }))
                    || (matches!(before, Some(Kind::Orientation { .. })) && at > 2 && matches!(kinds[at - 3], Kind::Sheet { .. }));
                read.head = read.head.min(at - 1);
                let title = title_of(title, lines, &kinds, &mut at);
                let title = if title.is_empty() { line.words() } else { title };
                read.orientations.announce(number, current);
                let (sections, stray) = (BTreeMap::new(), Vec::new());
                read.blocks.push(Block { number, title, heading: line, orientation: None, sections, stray, listed });
                place = Place::Head;
            }
            (Kind::Orientation { .. }, Some(block)) if is_label(before, kinds.get(at)) => block.orientation = Some(line.text),
            (Kind::Orientation { number, title }, _) => {
                read.head = read.head.min(at - 1);
                let title = title_of(title, lines, &kinds, &mut at);
                read.orientations.declare(number, &title);
                (current, place) = (Some(number), Place::Outside);
            }
            (Kind::SheetOrientation(title), Some(block)) if place == Place::Head => block.orientation = Some(title),
            (Kind::Section(heading), Some(block)) => {
                place = Place::In(heading.section, line.level);
                fresh = heading.rest.is_empty();
                block.open(&line, heading);
            }
            (Kind::Unknown, Some(block)) => {
                block.stray.push(line);
                place = Place::Stray;
            }
            (Kind::Annex, _) => {
                (current, place) = (None, Place::Outside);
                read.skipped += 1;
            }
            (_, Some(block)) => match place {
                Place::In(section, _) if section != Section::Actors => block.sections.entry(section).or_default().push(line),
                _ => block.stray.push(line),
            },
            (_, None) => read.skipped += 1,
        }
    }
    read
}

/// A plain « Axe 1 : … » in the middle of a sheet is a line of it, unless a sheet follows.
fn settle<'a>(kind: Kind<'a>, line: &Line<'a>, before: Option<&Kind<'a>>, next: Option<&Kind<'a>>, place: Place) -> Kind<'a> {
    let marked = line.row || line.level.is_some() || line.text.starts_with("**") || !line.text.contains(char::is_lowercase);
    match kind {
        Kind::Orientation { .. } if place != Place::Outside && !marked && !is_label(before, next) && !matches!(next, Some(Kind::Sheet { .. })) => {
            Kind::Text
        }
        kind => kind,
    }
}

/// Within a sheet, what the level of a Markdown heading and the section around a line change.
fn in_sheet<'a>(kind: Kind<'a>, line: &Line<'a>, sheet: Option<usize>, place: Place) -> Kind<'a> {
    match (kind, line.level, sheet, place) {
        // A heading above the sheet's own ends it, as an annex does; so does an unknown one beside it.
        (Kind::Section(..), Some(level), Some(sheet), _) if level < sheet => Kind::Annex,
        (Kind::Unknown, Some(level), Some(sheet), _) if level <= sheet => Kind::Annex,
        (Kind::Unknown, Some(level), _, Place::In(_, Some(section))) if level > section => Kind::Text,
        (Kind::Text, _, _, Place::In(Section::Actors | Section::Pilots | Section::Partners, _)) if line.bullet.is_some() => {
            match headings::section(line) {
                Some(heading) if matches!(heading.section, Section::Pilots | Section::Partners) && !heading.rest.is_empty() => Kind::Section(heading),
                _ => kind,
            }
        }
        _ => kind,
    }
}

/// « Orientation 2 : … » between a sheet's title and its first section tells where the sheet belongs.
fn is_label(before: Option<&Kind<'_>>, next: Option<&Kind<'_>>) -> bool {
    matches!(before, Some(Kind::Sheet { .. })) && matches!(next, Some(Kind::Section(..)))
}

/// A title on its heading's line, or alone on the next.
fn title_of(title: &str, lines: &[Line<'_>], kinds: &[Kind<'_>], at: &mut usize) -> String {
    if !title.is_empty() {
        return super::lines::tidy(title);
    }
    match (lines.get(*at), kinds.get(*at)) {
        (Some(next), Some(Kind::Text)) if next.bullet.is_none() && next.text.chars().nth(250).is_none() => {
            *at += 1;
            next.words()
        }
        _ => String::new(),
    }
}

/// The sheets to keep, one for each number, and every line that this leaves out.
pub fn choose<'a>(blocks: Vec<Block<'a>>) -> (Vec<Block<'a>>, Vec<Line<'a>>, usize) {
    let rank = |block: &Block<'_>| (!block.sections.is_empty(), !block.listed);
    let mut best: HashMap<i32, (bool, bool)> = HashMap::new();
    for block in &blocks {
        let best = block.number.map(|number| best.entry(number).or_default());
        best.into_iter().for_each(|best| *best = rank(block).max(*best));
    }
    let mut kept: Vec<Block<'a>> = Vec::new();
    let mut places: HashMap<i32, usize> = HashMap::new();
    let (mut unplaced, mut skipped) = (Vec::new(), 0);
    for mut block in blocks {
        let detailed = !block.sections.is_empty();
        let lines = |block: Block<'a>| block.sections.into_values().flatten().chain(block.stray);
        match block.number {
            Some(number) if best.get(&number) == Some(&rank(&block)) => match places.get(&number).map(|at| &mut kept[*at]) {
                None => {
                    places.insert(number, kept.len());
                    kept.push(block);
                }
                // The heading again at the top of the next page.
                Some(first) if detailed && super::orientations::key(&first.title) == super::orientations::key(&block.title) => {
                    for (section, mut lines) in block.sections {
                        first.sections.entry(section).or_default().append(&mut lines);
                    }
                    first.stray.append(&mut block.stray);
                }
                Some(_) if detailed => {
                    unplaced.push(block.heading);
                    unplaced.extend(lines(block));
                }
                Some(_) => skipped += lines(block).count(),
            },
            None if detailed => {
                unplaced.push(block.heading);
                unplaced.extend(lines(block));
            }
            _ => skipped += lines(block).count(),
        }
    }
    (kept, unplaced, skipped)
}
