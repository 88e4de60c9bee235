//! Numbers, days and durations, in figures or in words, as French agreements write them.

use crate::kernel::Day;
use crate::kernel::time::MONTHS;

/// A folded text ([`crate::kernel::text::fold`]), word by word.
pub struct Words<'t> {
    pub text: &'t str,
    words: Vec<(usize, usize)>,
}

/// Something that a text says, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said<T> {
    pub start: usize,
    pub end: usize,
    pub what: T,
}

const UNITS: [&str; 17] =
    ["zero", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze", "treize", "quatorze", "quinze", "seize"];
const TENS: [(&str, u32); 8] =
    [("vingt", 20), ("trente", 30), ("quarante", 40), ("cinquante", 50), ("soixante", 60), ("septante", 70), ("octante", 80), ("nonante", 90)];

/// Years that an agreement names.
const YEARS: std::ops::RangeInclusive<u32> = 1900..=2100;

impl<'t> Words<'t> {
    pub fn of(text: &'t str) -> Self {
        let mut words = Vec::new();
        let mut start = None;
        for (place, c) in text.char_indices() {
            match (c.is_alphanumeric(), start) {
                (true, None) => start = Some(place),
                (false, Some(from)) => {
                    words.push((from, place));
                    start = None;
                }
                _ => {}
            }
        }
        words.extend(start.map(|from| (from, text.len())));
        Self { text, words }
    }

    fn word(&self, at: usize) -> Option<&'t str> {
        self.words.get(at).map(|(start, end)| &self.text[*start..*end])
    }

    /// What stands between a word and the one before it.
    fn gap(&self, at: usize) -> &'t str {
        match (at.checked_sub(1).and_then(|before| self.words.get(before)), self.words.get(at)) {
            (Some((_, end)), Some((start, _))) => self.text[*end..*start].trim(),
            _ => "",
        }
    }

    /// A number that begins at a word, and the word after it.
    fn number(&self, at: usize) -> Option<(u32, usize)> {
        let word = self.word(at)?;
        let figures = word.strip_suffix("er").unwrap_or(word);
        if figures.len() <= 4 && figures.bytes().all(|byte| byte.is_ascii_digit()) {
            // Raised letters come apart: « 1 er ».
            let end = if word == "1" && self.word(at + 1) == Some("er") { at + 2 } else { at + 1 };
            return figures.parse().ok().map(|number| (number, end));
        }
        if matches!(word, "premier" | "premiere") {
            return Some((1, at + 1));
        }
        self.spelt(at)
    }

    fn spelt(&self, at: usize) -> Option<(u32, usize)> {
        let (mut thousands, mut rest, mut next) = (0, 0, at);
        while let Some(word) = self.word(next).filter(|_| next == at || matches!(self.gap(next), "" | "-")) {
            let bare = word.strip_suffix('s').filter(|bare| matches!(*bare, "vingt" | "cent")).unwrap_or(word);
            let unit = UNITS.iter().position(|unit| *unit == bare || (bare == "une" && *unit == "un")).and_then(|unit| u32::try_from(unit).ok());
            let ten = TENS.iter().find(|(name, _)| *name == bare).map(|(_, ten)| *ten);
            match (bare, unit, ten) {
                ("et", ..) if next > at && self.word(next + 1).is_some_and(|word| matches!(word, "un" | "une" | "onze")) => {}
                ("vingt", ..) if rest % 100 == 4 => rest += 76,
                ("cent", ..) if rest < 10 => rest = rest.max(1) * 100,
                ("mille" | "mil", ..) if thousands == 0 => (thousands, rest) = (rest.max(1) * 1000, 0),
                (_, Some(unit), _) if rest % 10 == 0 => rest += unit,
                (_, _, Some(ten)) if rest % 100 == 0 => rest += ten,
                _ => break,
            }
            next += 1;
        }
        (next > at).then_some((thousands + rest, next))
    }

    fn month(&self, at: usize) -> Option<u32> {
        let word = self.word(at).filter(|word| word.len() >= 3)?;
        let is = |month: &str| {
            let month = crate::kernel::text::fold(month);
            month == word || (word.len() >= 4 && word.len() < month.len() && month.starts_with(word))
        };
        (1u32..).zip(MONTHS).find(|(_, month)| is(month)).map(|(number, _)| number)
    }

    /// A day that begins at a word, and the word after it.
    fn day(&self, at: usize) -> Option<(Day, usize)> {
        self.day_in_figures(at).or_else(|| self.day_in_words(at))
    }

    fn day_in_figures(&self, at: usize) -> Option<(Day, usize)> {
        let part = |place: usize| self.word(place).filter(|word| word.bytes().all(|byte| byte.is_ascii_digit()));
        let (first, second, third) = (part(at)?, part(at + 1)?, part(at + 2)?);
        let gaps = (self.gap(at + 1), self.gap(at + 2));
        if gaps.0 != gaps.1 || !matches!(gaps.0, "/" | "." | "-") {
            return None;
        }
        let (year, month, day) = if first.len() == 4 { (first, second, third) } else { (third, second, first) };
        let year: u32 = match (year.len(), year.parse::<u32>().ok()?) {
            (4, year) => year,
            // As people shorten this century and the last.
            (2, year) if year < 70 => 2000 + year,
            (2, year) => 1900 + year,
            _ => return None,
        };
        Some((day_of(year, month.parse().ok()?, day.parse().ok()?)?, at + 3))
    }

    fn day_in_words(&self, at: usize) -> Option<(Day, usize)> {
        let (day, next) = self.number(at).filter(|(day, _)| (1..=31).contains(day))?;
        let month = self.month(next)?;
        if let Some((year, end)) = self.number(next + 1).filter(|(year, _)| YEARS.contains(year)) {
            return Some((day_of(year, month, day)?, end));
        }
        // « du 1er janvier au 31 décembre 2024 »: the year is said once.
        let (last, _) = (self.word(next + 1)? == "au").then(|| self.day(next + 2)).flatten()?;
        Some((day_of(u32::try_from(last.year()).ok()?, month, day)?, next + 1))
    }

    /// Every day that the text names.
    pub fn days(&self) -> Vec<Said<Day>> {
        self.every(|at| self.day(at))
    }

    /// Every duration that the text names, in months: « trois (3) ans », « 18 mois ».
    pub fn durations(&self) -> Vec<Said<i32>> {
        self.every(|at| {
            let (number, mut next) = self.number(at)?;
            // Said again in figures.
            if self.gap(next).ends_with('(') {
                next = self.number(next).filter(|(again, _)| *again == number)?.1;
            }
            let months = match self.word(next)? {
                "an" | "ans" | "annee" | "annees" => 12,
                "semestre" | "semestres" => 6,
                "trimestre" | "trimestres" => 3,
                "mois" => 1,
                _ => return None,
            };
            let months = i32::try_from(number).ok()?.checked_mul(months).filter(|months| (1..=1200).contains(months))?;
            Some((months, next + 1))
        })
    }

    /// How many times: « deux fois », « trois reconductions ».
    pub fn times(&self) -> Vec<Said<i32>> {
        self.every(|at| {
            let (number, mut next) = self.number(at)?;
            if self.gap(next).ends_with('(') {
                next = self.number(next).filter(|(again, _)| *again == number)?.1;
            }
            let is_counted = matches!(self.word(next)?, "fois" | "reconduction" | "reconductions" | "renouvellement" | "renouvellements");
            (is_counted && (1..=20).contains(&number)).then(|| Some((i32::try_from(number).ok()?, next + 1)))?
        })
    }

    fn every<T>(&self, read: impl Fn(usize) -> Option<(T, usize)>) -> Vec<Said<T>> {
        let (mut found, mut at) = (Vec::new(), 0);
        while at < self.words.len() {
            at = match read(at) {
                Some((what, next)) => {
                    found.push(Said { start: self.words[at].0, end: self.words[next - 1].1, what });
                    next
                }
                None => at + 1,
            };
        }
        found
    }
}

fn day_of(year: u32, month: u32, day: u32) -> Option<Day> {
    i32::try_from(year).ok().filter(|_| YEARS.contains(&year)).and_then(|year| Day::new(year, month, day))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::text::fold;

    fn days(text: &str) -> Vec<String> {
        Words::of(&fold(text)).days().iter().map(|said| said.what.iso()).collect()
    }

    #[test]
    fn days_are_read_however_they_are_written() {
        for (text, expected) in [
            ("le 1er janvier 2024", "2024-01-01"),
            ("le 1 er février 2024", "2024-02-01"),
            ("le 12/03/2023.", "2023-03-12"),
            ("le 12 / 03 / 2023", "2023-03-12"),
            ("le 3.4.23", "2023-04-03"),
            ("en 95 : 31-12-95", "1995-12-31"),
            ("le 2025-02-28", "2025-02-28"),
            ("le vingt et un août deux mille vingt-cinq", "2025-08-21"),
            ("le trente et un décembre mil neuf cent quatre-vingt-quinze", "1995-12-31"),
            ("le PREMIER JUIN DEUX MILLE VINGT-ET-UN", "2021-06-01"),
            ("du 1er janvier au 31 décembre 2024", "2024-01-01 2024-12-31"),
            ("le 15 sept. 2022", "2022-09-15"),
            ("le 31 février 2024, le 12/13/2024, n° 12.04.2", ""),
            ("article 3 mai 12", ""),
            ("05 49 12 34 56 et 86000", ""),
        ] {
            assert_eq!(days(text).join(" "), expected, "{text}");
        }
    }

    #[test]
    fn durations_are_read_however_they_are_written() {
        for (text, expected) in [
            ("trois ans", vec![36]),
            ("trois (3) ans", vec![36]),
            ("trois (4) ans", vec![48]),
            ("d’un an renouvelable, puis 18 mois", vec![12, 18]),
            ("une année", vec![12]),
            ("soixante-douze mois", vec![72]),
            ("deux semestres et un trimestre", vec![12, 3]),
            ("trois anciens, 2024 années", vec![]),
        ] {
            assert_eq!(Words::of(&fold(text)).durations().iter().map(|said| said.what).collect::<Vec<_>>(), expected, "{text}");
        }
    }

    fn in_words(number: u32) -> String {
        let ten = |tens: u32, rest: u32| {
            let name = TENS.iter().find(|(_, ten)| *ten == tens).map_or("", |(name, _)| name);
            match rest {
                0 => name.to_owned(),
                1 | 11 => format!("{name} et {}", UNITS[rest as usize]),
                _ => format!("{name}-{}", in_words(rest)),
            }
        };
        match number {
            0..=16 => UNITS[number as usize].to_owned(),
            17..=19 => format!("dix-{}", UNITS[number as usize - 10]),
            20..=59 => ten(number / 10 * 10, number % 10),
            60..=79 => ten(60, number - 60),
            80 => "quatre-vingts".to_owned(),
            81..=99 => format!("quatre-vingt-{}", in_words(number - 80)),
            100..=999 => {
                let hundreds = if number < 200 { "cent".to_owned() } else { format!("{} cent", in_words(number / 100)) };
                if number.is_multiple_of(100) { hundreds } else { format!("{hundreds} {}", in_words(number % 100)) }
            }
            _ => {
                let thousands = if number < 2000 { "mille".to_owned() } else { format!("{} mille", in_words(number / 1000)) };
                if number.is_multiple_of(1000) { thousands } else { format!("{thousands} {}", in_words(number % 1000)) }
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_spelt_is_read_back(number in 1u32..10_000) {
            let text = in_words(number);
            let words = Words::of(&text);
            proptest::prop_assert_eq!(words.number(0), Some((number, words.words.len())), "{}", text);
        }

        #[test]
        fn every_day_is_read_in_every_way(days in 0i64..73_000) {
            let day = Day::new(1900, 1, 1).unwrap().plus(days);
            use chrono::Datelike;
            let spelt = format!("{} {} {}", in_words(day.0.day()), MONTHS[day.0.month0() as usize], in_words(day.0.year().unsigned_abs()));
            for text in [day.iso(), day.in_figures(), day.in_short(), day.in_words(), spelt] {
                let folded = fold(&format!("Fait à Poitiers, le {text}, en deux exemplaires."));
                let found: Vec<Day> = Words::of(&folded).days().iter().map(|said| said.what).collect();
                proptest::prop_assert_eq!(found, vec![day], "{}", folded);
            }
        }

        #[test]
        fn any_text_is_read_without_harm(text in "(\\PC|[0-9]{1,9}|un|mille|cent|/|janvier| |\\(){0,60}") {
            let folded = fold(&text);
            let words = Words::of(&folded);
            for said in words.days() {
                proptest::prop_assert!(said.start < said.end && said.end <= folded.len());
            }
            words.durations();
            words.times();
        }
    }
}
