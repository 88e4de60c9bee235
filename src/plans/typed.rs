//! A sheet as people type it: one item a line, and read back from there.

use super::model::{Heading, Means, MethodStep, SheetContent, SheetIndicator};
use super::reading;
use crate::kernel::text::{clean, lines};

/// The lines of a text area, each without its bullet and with single spaces. No-break spaces stay: who changes one line changes no other.
fn items(text: &str) -> Vec<String> {
    let single = |line: &String| line.split([' ', '\t']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    lines(&clean(text)).iter().map(single).collect()
}

/// What a section of a form says: the name of the section, and its text.
pub fn section(content: &mut SheetContent, name: &str, text: &str) {
    match name {
        "needs" => content.needs = items(text),
        "objectives" => content.objectives = items(text),
        "method" => content.method = method(text),
        "pilots" => content.pilots = items(text),
        "partners" => content.partners = items(text),
        "calendar" => content.calendar = items(text).iter().map(|line| reading::calendar_line(line)).collect(),
        "means" => content.means = items(text).into_iter().map(|text| Means { text }).collect(),
        "indicators" => content.indicators = items(text).into_iter().map(|label| SheetIndicator { label }).collect(),
        "related_plans" => content.related_plans = items(text),
        _ => {}
    }
}

/// A section as its text area shows it.
pub fn text_of(content: &SheetContent, name: &str) -> String {
    match name {
        "method" => content.method.iter().flat_map(step_lines).collect::<Vec<_>>().join("\n"),
        "calendar" => content.calendar.iter().map(reading::typed_calendar_line).collect::<Vec<_>>().join("\n"),
        _ => content.sections().into_iter().find(|(section, _)| *section == name).map(|(_, texts)| texts.join("\n")).unwrap_or_default(),
    }
}

/// A step and what stands under it, one a line.
pub fn step_lines(step: &MethodStep) -> Vec<String> {
    std::iter::once(step.text.clone()).chain(step.items.iter().map(|item| format!("  - {item}"))).collect()
}

/// Steps, and under each the lines that are set back, or that begin with a dash where the steps do not.
fn method(text: &str) -> Vec<MethodStep> {
    let text = clean(text);
    let is_dashed = |line: &str| line.trim_start().starts_with(['-', '•', '*', '–']);
    let all_dashed = is_dashed(&text);
    let mut steps: Vec<MethodStep> = Vec::new();
    for line in text.lines() {
        let Some(said) = items(line).pop() else { continue };
        let is_under = line.starts_with(char::is_whitespace) || (is_dashed(line) && !all_dashed);
        match steps.last_mut().filter(|_| is_under) {
            Some(step) => step.items.push(said),
            None => steps.push(MethodStep { text: said, items: Vec::new() }),
        }
    }
    steps
}

/// Orientations, one a line: « 2. Son titre »; without a number, the one after the line before.
pub fn orientations(text: &str) -> Vec<(i32, String)> {
    let mut found: Vec<(i32, String)> = Vec::new();
    for line in clean(text).lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|line| !line.is_empty()) {
        let next = found.last().map_or(1, |(number, _)| number.saturating_add(1));
        let digits = line.bytes().take_while(u8::is_ascii_digit).count();
        let rest = line[digits..].trim_start();
        let numbered = rest.strip_prefix(['.', ')', ':', '-', '–', '°']).map(str::trim);
        match (line[..digits].parse(), numbered) {
            (Ok(number), Some(title)) => found.push((number, title.to_owned())),
            // Digits alone, or too many: a number without its title.
            (Ok(number), None) if rest.is_empty() => found.push((number, String::new())),
            _ => found.push((next, line)),
        }
    }
    found
}

pub fn orientations_text(heading: &Heading) -> String {
    heading.orientations.iter().map(|(number, title)| format!("{number}. {title}")).collect::<Vec<_>>().join("\n")
}

/// The sections that a form has as text areas, as their text.
pub fn texts(content: &SheetContent) -> Vec<(&'static str, String)> {
    content.sections().iter().map(|(name, _)| (*name, text_of(content, name))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(method_text: &str) -> Vec<(String, Vec<String>)> {
        method(method_text).into_iter().map(|step| (step.text, step.items)).collect()
    }

    fn step(text: &str, items: &[&str]) -> (String, Vec<String>) {
        (text.to_owned(), items.iter().map(|item| (*item).to_owned()).collect())
    }

    #[test]
    fn steps_have_the_lines_under_them() {
        assert_eq!(
            read("Réunir un groupe :\r\n  - écrire un guide\r\n\ttenir un registre\r\n\r\n- relire\r\nEssayer"),
            [step("Réunir un groupe :", &["écrire un guide", "tenir un registre", "relire"]), step("Essayer", &[])]
        );
        assert_eq!(read("- Réunir\n- Écrire\n  - un guide"), [step("Réunir", &[]), step("Écrire", &["un guide"])]);
        assert_eq!(read("  seul et en retrait"), [step("seul et en retrait", &[])]);
        assert_eq!(read("\n - \n"), []);
    }

    #[test]
    fn no_break_spaces_stay() {
        assert_eq!(items("- 12\u{202f}000\u{a0}euros  par \t an\u{a0}!"), ["12\u{202f}000\u{a0}euros par an\u{a0}!"]);
        let mut content = SheetContent::default();
        section(&mut content, "calendar", "1er\u{a0}semestre\u{a0}2026\u{a0}: guide");
        assert_eq!((content.calendar[0].to.map(|day| day.iso()), content.calendar[0].text.as_str()), (Some("2026-06-30".into()), "guide"));
    }

    #[test]
    fn orientations_have_their_numbers() {
        let read = |text: &str| orientations(text).into_iter().map(|(number, title)| format!("{number}={title}")).collect::<Vec<_>>();
        assert_eq!(read("1. Accueillir\n\n 2) Relier \n5 : Suivre\nÉvaluer"), ["1=Accueillir", "2=Relier", "5=Suivre", "6=Évaluer"]);
        assert_eq!(read("Accueillir\n2026 en vue"), ["1=Accueillir", "2=2026 en vue"]);
        assert_eq!(read("3.\n99999999999. Trop"), ["3=", "4=99999999999. Trop"]);
    }

    #[test]
    fn what_a_form_shows_it_reads_back() {
        let mut content = SheetContent::default();
        for (name, text) in [
            ("needs", "• Un constat\n- un autre   constat"),
            ("method", "Réunir :\n- un\n- deux\nÉcrire"),
            ("calendar", "2026 T1 : guide\nJusqu’au 30 juin 2027 : essai\nÀ définir"),
            ("means", "Une salle"),
            ("indicators", "Nombre de séances"),
        ] {
            section(&mut content, name, text);
        }
        assert_eq!(content.needs, ["Un constat", "un autre constat"]);
        assert_eq!(content.calendar[1].to.map(|day| day.iso()), Some("2027-06-30".into()));
        assert_eq!(content.calendar[0].to.map(|day| day.iso()), Some("2026-03-31".into()));
        let mut again = SheetContent::default();
        for (name, text) in texts(&content) {
            section(&mut again, name, &text);
        }
        assert_eq!(again, content);
    }
}
