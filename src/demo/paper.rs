//! The signed files of the demonstration: of each convention and avenant, a page of PDF made of what it says.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::Present;
use crate::conventions::model::{ConventionFields, Effect, Kind, RenewalKind};
use crate::conventions::service::Convention;
use crate::documents::service::{Checked, written};
use crate::error::Result;
use crate::kernel::Day;

/// A page: its title, then its paragraphs.
struct Paper {
    title: String,
    paragraphs: Vec<String>,
}

/// The signed file of a convention; partners by their identifiers.
pub fn of_convention(present: &Present<'_>, convention: &Convention, signed_on: Day, names: &BTreeMap<String, String>) -> Result<Checked> {
    let fields = &convention.fields;
    let number = convention.number.as_deref().unwrap_or_default();
    let what = if fields.kind == Kind::Charter { "Charte" } else { "Convention" };
    let mut paragraphs = vec!["Entre\u{a0}:".to_owned()];
    for party in &fields.parties {
        let name = party.partner.as_ref().map_or("le Département de la Vienne", |id| names.get(id).map_or("un partenaire", String::as_str));
        paragraphs.push(format!("– {name}, que représente {}, {}\u{a0};", party.signatory, party.capacity));
    }
    if !fields.legal_basis.is_empty() {
        paragraphs.push(format!("Vu\u{a0}: {}.", fields.legal_basis));
    }
    paragraphs.push(format!("Article 1. Objet\u{a0}: {}.", fields.object));
    paragraphs.push(format!("Article 2. {}", duration(fields)));
    if fields.kind != Kind::Charter {
        paragraphs.push(format!("Article 3. {}", ending(fields)));
    }
    paragraphs.extend(signatures(fields, signed_on));
    Paper { title: format!("{what} n°\u{a0}{number} – {}", fields.object), paragraphs }.kept(present, &format!("{what} {number} signée.pdf"))
}

/// The signed file of an avenant, which is the nth of its convention.
pub fn of_avenant(present: &Present<'_>, convention: &Convention, rank: usize, object: &str, signed_on: Day) -> Result<Checked> {
    let number = convention.number.as_deref().unwrap_or_default();
    let mut paragraphs = vec![format!("Article 1. {object}."), "Article 2. Ce que l’avenant ne change pas reste tel quel.".to_owned()];
    paragraphs.extend(signatures(&convention.fields, signed_on));
    let title = format!("Avenant n°\u{a0}{rank} à la convention n°\u{a0}{number} – {}", convention.fields.object);
    Paper { title, paragraphs }.kept(present, &format!("Avenant {rank} à la convention {number}, signé.pdf"))
}

fn duration(fields: &ConventionFields) -> String {
    let from = match (fields.effect, fields.starts_on) {
        (Effect::FixedDay | Effect::Notification, Some(day)) => format!("Elle prend effet le {}", day.in_short()),
        _ => "Elle prend effet le jour de la dernière signature".to_owned(),
    };
    match (fields.ends_on, fields.review_on) {
        (Some(day), _) => format!("{from} et prend fin le {}.", day.in_short()),
        (None, Some(day)) => format!("{from}, pour une durée indéterminée. Elle est revue avant le {}.", day.in_short()),
        (None, None) => format!("{from}, pour une durée indéterminée."),
    }
}

fn ending(fields: &ConventionFields) -> String {
    let months = fields.renewal.period_months.unwrap_or(12);
    let renewal = match fields.renewal.kind {
        RenewalKind::None => "Elle n’est pas reconduite.".to_owned(),
        RenewalKind::Tacit => format!("Elle est renouvelée par tacite reconduction, par périodes de {months}\u{a0}mois."),
        RenewalKind::Express => format!("Elle peut être reconduite pour {months}\u{a0}mois, par une décision expresse."),
    };
    match fields.notice_months {
        Some(notice) if notice > 0 => format!("{renewal} Chaque partie peut la dénoncer, avec un préavis de {notice}\u{a0}mois."),
        _ => renewal,
    }
}

fn signatures(fields: &ConventionFields, on: Day) -> Vec<String> {
    let mut lines = vec![format!("Fait le {}, en {}\u{a0}exemplaires originaux.", on.in_short(), fields.parties.len())];
    lines.extend(fields.parties.iter().map(|party| format!("Signé\u{a0}: {}, {}", party.signatory, party.capacity)));
    lines.push("Document fictif, établi pour la démonstration de Trait d’union.".to_owned());
    lines
}

impl Paper {
    fn kept(&self, present: &Present<'_>, name: &str) -> Result<Checked> {
        written(present.documents, name, &self.bytes(), self.text())
    }

    fn text(&self) -> String {
        let lines = std::iter::once(&self.title).chain(&self.paragraphs);
        lines.map(|line| line.replace('\u{a0}', " ")).collect::<Vec<_>>().join("\n")
    }

    /// One page, in two fonts that every reader has.
    fn bytes(&self) -> Vec<u8> {
        let body: String = self.paragraphs.iter().map(|paragraph| drawn(paragraph, 86)).collect();
        let page = format!("BT /F2 15 Tf 20 TL 60 780 Td\n{}/F1 11 Tf 15 TL\n{body}ET", drawn(&self.title, 54));
        let fonts = ["Helvetica", "Helvetica-Bold"].map(|name| format!("<</Type/Font/Subtype/Type1/BaseFont/{name}/Encoding/WinAnsiEncoding>>"));
        let [plain, bold] = fonts;
        assembled(&[
            "<</Type/Catalog/Pages 2 0 R/Lang(fr)>>".to_owned(),
            "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 4 0 R/F2 5 0 R>>>>/Contents 6 0 R>>".to_owned(),
            plain,
            bold,
            format!("<</Length {}>>stream\n{page}\nendstream", page.chars().count()),
        ])
    }
}

/// Objects, where each one is, and where to begin.
fn assembled(objects: &[String]) -> Vec<u8> {
    let mut file = "%PDF-1.7\n".to_owned();
    let mut places = String::new();
    for (number, object) in (1..).zip(objects) {
        // Every character is a byte.
        writeln!(places, "{:010} 00000 n ", file.chars().count()).ok();
        writeln!(file, "{number} 0 obj\n{object}\nendobj").ok();
    }
    let (from, size) = (file.chars().count(), objects.len() + 1);
    writeln!(file, "xref\n0 {size}\n0000000000 65535 f \n{places}trailer<</Size {size}/Root 1 0 R>>\nstartxref\n{from}\n%%EOF").ok();
    file.chars().map(in_windows_1252).collect()
}

/// What French needs of the encoding that readers of PDF know.
fn in_windows_1252(c: char) -> u8 {
    match c {
        '’' => 0x92,
        '–' => 0x96,
        'œ' => 0x9c,
        '€' => 0x80,
        _ => u8::try_from(u32::from(c)).unwrap_or(b'?'),
    }
}

/// A paragraph, in lines of so many characters at most, and an empty line after it.
fn drawn(text: &str, width: usize) -> String {
    let lines = wrapped(text, width).into_iter();
    let shown = lines.map(|line| format!("({}) Tj T*\n", line.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)")));
    shown.collect::<String>() + "T*\n"
}

/// Lines of so many characters at most, unless a word is longer.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().filter(|line| line.is_empty() || line.chars().count() + word.chars().count() < width);
        match line {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::pdf::{Outcome, read};

    #[test]
    fn what_is_drawn_is_what_is_read() {
        let long = "L’œuvre (« à deux ») coûte 10 € – ou \\ davantage\u{a0}; ".repeat(9);
        let paper = Paper { title: long.clone(), paragraphs: vec!["Fait à Poitiers.".to_owned(), long] };
        let Outcome::Text { text, .. } = read(&paper.bytes()) else { panic!("it is not read") };
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&text), words(&paper.text()));
    }
}
