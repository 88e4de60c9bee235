//! Where the titles of a table are, and what each column of it is.

use serde::{Deserialize, Serialize};

use super::columns::{Columns, Named};
use super::files::table::{Content, Line, Table};
use super::{Wrong, limits};
use crate::kernel::text::excerpt;

/// Titles may stand under a few lines of heading.
const LOOKED_AT: usize = 20;
/// Values shown beside the title of a column.
const SAMPLES: usize = 3;

/// A column of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heading {
    pub title: String,
    /// Its place in the table.
    pub place: usize,
    /// The first things that it says.
    pub samples: Vec<String>,
}

/// What a column of the file goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The column of this place in the description.
    Column(usize),
    /// The end of a long text.
    Rest(usize),
    Skip,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    pub headings: Vec<Heading>,
    /// The line of the titles, in the file.
    pub title_line: u64,
    /// The first line of data, by its place in the table.
    pub first: usize,
    /// Cells that each line must have, where lines are counted.
    pub width: usize,
    pub notes: Vec<String>,
}

/// Titles that one or two lines give, column by column.
struct Titles {
    titles: Vec<String>,
    /// Lines that they take.
    lines: usize,
    known: usize,
}

impl Layout {
    pub fn of(table: &Table, columns: &Columns) -> Result<Self, Wrong> {
        let looked_at = &table.lines[..table.lines.len().min(LOOKED_AT)];
        let mut best: Option<(usize, Titles)> = None;
        for place in 0..looked_at.len() {
            for titles in [single(&looked_at[place], columns), double(&looked_at[place..], columns)].into_iter().flatten() {
                // The first of equals: a line of data may happen to say a title.
                if best.as_ref().is_none_or(|(_, best)| titles.known > best.known) {
                    best = Some((place, titles));
                }
            }
        }
        let (place, titles) = best.ok_or_else(|| Wrong::file("le fichier est vide."))?;
        let title_line = table.lines[place].number;
        let first = place + titles.lines;
        let mut layout = Self { title_line, first, width: titles.titles.len(), ..Self::default() };
        layout.tell(table, place, titles.lines);
        for (place, title) in titles.titles.into_iter().enumerate() {
            let filled = table.lines[first..].iter().filter_map(|line| line.cells.get(place)).filter(|cell| !cell.is_empty());
            let samples: Vec<String> = filled.take(SAMPLES).map(|cell| excerpt(&cell.shown())).collect();
            if !title.is_empty() || !samples.is_empty() {
                layout.headings.push(Heading { title, place, samples });
            }
        }
        if first >= table.lines.len() {
            return Err(Wrong::file("le fichier ne contient aucune ligne de données."));
        }
        Ok(layout)
    }

    /// Says what is not where people would look for it.
    fn tell(&mut self, table: &Table, place: usize, lines: usize) {
        let number = self.title_line;
        if lines > 1 {
            let second = table.lines[place + 1].number;
            self.notes.push(format!("Les titres des colonnes tiennent sur deux lignes, {number} et {second}\u{a0}: elles sont lues ensemble."));
        }
        match &table.lines[..place] {
            [] => {}
            [only] => {
                self.notes.push(format!("Les titres des colonnes sont à la ligne {number}\u{a0}: la ligne {} est laissée de côté.", only.number))
            }
            [first, .., last] => self.notes.push(format!(
                "Les titres des colonnes sont à la ligne {number}\u{a0}: les lignes {} à {} sont laissées de côté.",
                first.number, last.number
            )),
        }
    }

    /// What the titles themselves say that each column is.
    pub fn named(&self, columns: &Columns) -> Vec<Named> {
        self.headings.iter().map(|heading| columns.named(&heading.title)).collect()
    }

    /// The targets of the columns when their titles are all known, as a command wants them; or every title that is wrong.
    pub fn targets(&self, table: &Table, columns: &Columns) -> Result<Vec<Target>, Vec<Wrong>> {
        let (mut wrongs, mut targets): (Vec<Wrong>, Vec<Target>) = (Vec::new(), Vec::new());
        for (heading, named) in self.headings.iter().zip(self.named(columns)) {
            let target = match named {
                Named::Column(place) | Named::Guess(place) => Target::Column(place),
                Named::Rest(place) => Target::Rest(place),
                Named::Ignored | Named::Unknown => Target::Skip,
            };
            if target != Target::Skip && targets.contains(&target) {
                wrongs.push(Wrong::cell(self.title_line, &heading.title, None, "cette colonne est deux fois dans le fichier."));
            }
            if named == Named::Unknown {
                wrongs.push(self.unknown(heading, table));
            }
            targets.push(target);
        }
        if wrongs.is_empty() { Ok(targets) } else { Err(wrongs) }
    }

    fn unknown(&self, heading: &Heading, table: &Table) -> Wrong {
        if !heading.title.is_empty() {
            let message = "ce titre de colonne n’est pas connu : utilisez le nom d’un champ, ou son nom français dans les formulaires.";
            return Wrong::cell(self.title_line, &heading.title, None, message);
        }
        let filled = table.lines[self.first..].iter().find(|line| line.cells.get(heading.place).is_some_and(|cell| !cell.is_empty()));
        let line = filled.map_or(self.title_line, |line| line.number);
        Wrong { value: heading.samples.first().cloned(), ..Wrong::row(line, "cette cellule est dans une colonne sans titre.") }
    }

    /// Titles that are nearly the name of a column: what they are taken for is to be told.
    pub fn guesses(&self, columns: &Columns) -> Vec<String> {
        let guess = |(heading, named): (&Heading, Named)| match named {
            Named::Guess(place) => {
                Some(format!("La colonne «\u{a0}{}\u{a0}» est lue comme «\u{a0}{}\u{a0}».", heading.title, columns.columns[place].label))
            }
            _ => None,
        };
        self.headings.iter().zip(self.named(columns)).filter_map(guess).collect()
    }
}

fn title(cell: &Content) -> String {
    cell.shown().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn known<'a>(titles: impl Iterator<Item = &'a String>, columns: &Columns) -> usize {
    let mut places: Vec<Named> = titles.map(|title| columns.named(title)).filter(|named| *named != Named::Unknown).collect();
    places.sort_unstable();
    places.dedup();
    places.len()
}

fn single(line: &Line, columns: &Columns) -> Option<Titles> {
    let titles: Vec<String> = line.cells.iter().map(title).take(limits::COLUMNS).collect();
    Some(Titles { known: known(titles.iter(), columns), titles, lines: 1 })
}

/// Two lines of titles: the first names groups (« Contact »), the second what is in them (« E-mail », « Téléphone »).
fn double(lines: &[Line], columns: &Columns) -> Option<Titles> {
    let (above, below) = (lines.first()?, lines.get(1)?);
    let (mut group, mut titles) = (String::new(), Vec::new());
    // Of what the second line says, how much names a column, by itself or with its group.
    let (mut said, mut named_below) = (0, 0);
    for place in 0..above.cells.len().max(below.cells.len()) {
        let of = |line: &Line| line.cells.get(place).map(title).unwrap_or_default();
        let (over, under) = (of(above), of(below));
        if !over.is_empty() {
            group.clone_from(&over);
        }
        if under.is_empty() {
            titles.push(over);
            continue;
        }
        said += 1;
        let tries = [under.clone(), format!("{under} de {group}"), format!("{group} {under}"), format!("{under} {group}")];
        match tries.into_iter().find(|title| columns.named(title).column().is_some()) {
            Some(named) => {
                named_below += 1;
                titles.push(named);
            }
            None => titles.push(under),
        }
    }
    let known = known(titles.iter(), columns);
    let alone = |line: &Line| self::known(line.cells.iter().map(title).collect::<Vec<_>>().iter(), columns);
    // A line of data below the titles may happen to say one: a line of titles says little else.
    let is_titles = named_below * 2 >= said && named_below > 0 && alone(above) > 0;
    (is_titles && known > alone(above).max(alone(below))).then_some(Titles { titles, lines: 2, known })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imports::columns::tests::columns;

    fn table(lines: &[&str]) -> Table {
        let line = |(number, text): (u64, &&str)| Line { number, cells: text.split(';').map(Content::text).collect() };
        Table { lines: (1..).zip(lines).map(line).collect(), ..Table::default() }
    }

    fn titles(lines: &[&str]) -> (Vec<String>, u64, usize, Vec<String>) {
        let layout = Layout::of(&table(lines), &columns()).unwrap();
        (layout.headings.into_iter().map(|heading| heading.title).collect(), layout.title_line, layout.first, layout.notes)
    }

    #[test]
    fn titles_are_found_under_a_heading() {
        let (found, line, first, notes) = titles(&["Actions 2026", "Service social", "Titre;Publics", "a;familles"]);
        assert_eq!((found, line, first), (vec!["Titre".to_owned(), "Publics".to_owned()], 3, 3));
        assert_eq!(notes, ["Les titres des colonnes sont à la ligne 3\u{a0}: les lignes 1 à 2 sont laissées de côté."]);
    }

    #[test]
    fn two_lines_of_titles_are_read_together() {
        let (found, _, first, notes) = titles(&["Titre;Contact;;Objectifs", ";E-mail;Téléphone;", "a;b@c.example;05;x"]);
        assert_eq!((found, first), (["Titre", "E-mail de Contact", "Téléphone", "Objectifs"].map(str::to_owned).to_vec(), 2));
        assert_eq!(notes, ["Les titres des colonnes tiennent sur deux lignes, 1 et 2\u{a0}: elles sont lues ensemble."]);
    }

    #[test]
    fn a_line_of_data_is_no_line_of_titles() {
        let (found, _, first, notes) = titles(&["Titre;Publics;Note", "a;familles;Objectifs", "Titre;b;c"]);
        assert_eq!((found.len(), first, notes.len()), (3, 1, 0));
    }

    #[test]
    fn every_wrong_title_is_told() {
        let table = table(&["Titre;Couleur;titre;", "a;b;c;d"]);
        let columns = columns();
        let wrongs = Layout::of(&table, &columns).unwrap().targets(&table, &columns).unwrap_err();
        let told: Vec<String> = wrongs.iter().map(|wrong| wrong.told("a.csv").replace('\u{a0}', " ")).collect();
        assert!(told[0].starts_with("a.csv, ligne 1, colonne « Couleur » : ce titre de colonne"), "{told:?}");
        assert!(told[1].starts_with("a.csv, ligne 1, colonne « titre » : cette colonne est deux fois"));
        assert!(told[2].starts_with("a.csv, ligne 2 : cette cellule est dans une colonne sans titre. (« d »)"));
    }

    #[test]
    fn a_table_without_data_is_refused() {
        let alone = table(&["Titre;Publics"]);
        assert!(Layout::of(&alone, &columns()).unwrap_err().message.contains("aucune ligne"));
    }
}
