//! The periods that the lines of a calendar name: years, quarters, semesters, months, and ranges of them.

use crate::kernel::Day;
use crate::kernel::text::fold;
use crate::kernel::time::MONTHS as MONTHS_IN_WORDS;
use crate::plans::model::CalendarLine;

/// First and last day; one of them is open in « à partir de 2012 » and « jusqu'en 2013 ».
pub type Period = (Option<Day>, Option<Day>);

/// A line of a calendar: its text is what follows its period, or all of it when that would lose words.
pub fn line(text: &str) -> CalendarLine {
    let tokens = tokens(text);
    if let Some((period, next)) = period_at(&tokens, 0) {
        let rest = match tokens.get(next) {
            Some((Token::Colon | Token::Link, end)) => text[*end..].trim(),
            _ => "",
        };
        let says = rest.chars().any(char::is_alphanumeric) && period != (None, None);
        return CalendarLine { from: period.0, to: period.1, text: if says { rest } else { text }.to_owned() };
    }
    let head = tokens.iter().position(|(token, _)| *token == Token::Colon).unwrap_or(tokens.len());
    let named = periods(&tokens[..head]).or_else(|| periods(&tokens)).unwrap_or_default();
    CalendarLine { from: named.0, to: named.1, text: text.to_owned() }
}

/// A line as people type it: read back, it is the same.
pub fn typed(given: &CalendarLine) -> String {
    if line(&given.text) == *given {
        return given.text.clone();
    }
    match in_words(given.from, given.to).replace('\u{a0}', " ") {
        period if period.is_empty() => given.text.clone(),
        period => format!("{period} : {}", given.text),
    }
}

/// A period as people say it: « 2011 », « 2011 à 2013 », « 1er trimestre 2011 », « mars à mai 2011 », or from one day to another.
pub fn in_words(from: Option<Day>, to: Option<Day>) -> String {
    let begins_year = |day: Day| Some(day) == first_day(day.year(), 1);
    let ends_year = |day: Day| Some(day) == last_day(day.year(), 12);
    let (from, to) = match (from, to) {
        (None, None) => return String::new(),
        (Some(from), None) if begins_year(from) => return format!("à partir de {}", from.year()),
        (Some(from), None) => return format!("à partir du {}", from.in_short()),
        (None, Some(to)) if ends_year(to) => return format!("jusqu’en {}", to.year()),
        (None, Some(to)) => return format!("jusqu’au {}", to.in_short()),
        (Some(from), Some(to)) => (from, to),
    };
    let (first, last) = (from.year(), to.year());
    if begins_year(from) && ends_year(to) {
        return if first == last { first.to_string() } else { format!("{first} à {last}") };
    }
    for (length, name) in [(3, "trimestre"), (6, "semestre")] {
        for nth in 1..=12 / length {
            let Some((begin, end)) = months_of(length, nth, nth) else { continue };
            if Some(from) == first_day(first, begin) && Some(to) == last_day(first, end) {
                return format!("{nth}{} {name} {first}", if nth == 1 { "er" } else { "e" });
            }
        }
    }
    let month = |day: Day| (1u32..=12).find(|month| first_day(day.year(), *month) <= Some(day) && Some(day) <= last_day(day.year(), *month));
    let name = |month: u32| MONTHS_IN_WORDS[month as usize - 1];
    if let (Some(begin), Some(end)) = (month(from), month(to))
        && Some(from) == first_day(first, begin)
        && Some(to) == last_day(last, end)
    {
        return match (first == last, begin == end) {
            (true, true) => format!("{} {first}", name(begin)),
            (true, false) => format!("{} à {} {first}", name(begin), name(end)),
            _ => format!("{} {first} à {} {last}", name(begin), name(end)),
        };
    }
    if from == to { from.in_short() } else { format!("du {} au {}", from.in_short(), to.in_short()) }
}

pub fn begins_with_period(text: &str) -> bool {
    period_at(&tokens(text), 0).is_some()
}

/// The first whole years that a title names.
pub fn years(text: &str) -> Option<(Day, Day)> {
    let tokens = tokens(text);
    (0..tokens.len()).filter(|at| matches!(tokens[*at].0, Token::Year(_))).find_map(|at| match period_at(&tokens, at)?.0 {
        (Some(from), Some(to)) if from == first_day(from.year(), 1)? && to == last_day(to.year(), 12)? => Some((from, to)),
        _ => None,
    })
}

/// Folded, as the words that they are compared with.
const MONTHS: [&str; 12] = ["janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre", "octobre", "novembre", "decembre"];

#[derive(Clone, Copy, Debug, PartialEq)]
enum Token {
    Year(i32),
    Number(u32),
    Month(u32),
    /// Three months, or six.
    Unit(u32),
    /// « T1 », « S2 »: the months of a unit, and which one.
    Nth(u32, u32),
    Link,
    Filler,
    Since,
    Until,
    Colon,
    Other,
}

/// Each token with where it ends. A calendar line is short: what is past its first 200 tokens is prose.
fn tokens(text: &str) -> Vec<(Token, usize)> {
    let mut tokens = Vec::new();
    let mut start = 0;
    while let Some(first) = text[start..].chars().next().filter(|_| tokens.len() < 200) {
        let end = if first.is_alphanumeric() {
            text[start..].find(|c: char| !c.is_alphanumeric()).map_or(text.len(), |length| start + length)
        } else {
            start + first.len_utf8()
        };
        if !first.is_whitespace() && !matches!(first, '\'' | '’') {
            tokens.push((token(&text[start..end], tokens.is_empty()), end));
        }
        start = end;
    }
    tokens
}

fn token(word: &str, first: bool) -> Token {
    if word.len() > 20 {
        return Token::Other;
    }
    let word = fold(word);
    if let Some((month, _)) = (1u32..).zip(MONTHS).find(|(_, month)| *month == word) {
        return Token::Month(month);
    }
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    if let Ok(number) = word[..digits].parse::<u32>() {
        return match &word[digits..] {
            "" if digits == 4 && (1900..=2200).contains(&number) => Token::Year(number as i32),
            "" | "er" | "ere" | "re" | "e" | "eme" | "nd" | "nde" | "d" if digits <= 2 => Token::Number(number),
            _ => Token::Other,
        };
    }
    match word.as_str() {
        ":" => Token::Colon,
        "-" | "/" | "," | "et" | "a" | "au" => Token::Link,
        "des" if first => Token::Since,
        "partir" | "depuis" => Token::Since,
        "jusqu" | "ici" => Token::Until,
        "en" | "de" | "du" | "d" | "l" | "le" | "des" | "annee" | "annees" => Token::Filler,
        "premier" | "premiere" => Token::Number(1),
        "second" | "deuxieme" => Token::Number(2),
        "troisieme" => Token::Number(3),
        "quatrieme" => Token::Number(4),
        "trimestre" | "trimestres" => Token::Unit(3),
        "semestre" | "semestres" => Token::Unit(6),
        "t1" | "t2" | "t3" | "t4" => Token::Nth(3, u32::from(word.as_bytes()[1] - b'0')),
        "s1" | "s2" => Token::Nth(6, u32::from(word.as_bytes()[1] - b'0')),
        _ => Token::Other,
    }
}

/// Months from and to, a day of the first and last when they are named, and the year when it is said.
struct Point {
    months: (u32, u32),
    day: Option<u32>,
    year: Option<i32>,
}

/// The period that begins at a token, and the token after it.
fn period_at(tokens: &[(Token, usize)], at: usize) -> Option<(Period, usize)> {
    let is = |at: usize, kind: Token| tokens.get(at).is_some_and(|(token, _)| *token == kind);
    let mut next = at;
    while is(next, Token::Filler) || (is(next, Token::Link) && is(next + 1, Token::Since)) {
        next += 1;
    }
    let (since, until) = (is(next, Token::Since), is(next, Token::Until));
    next += usize::from(since || until);
    // « jusqu’au 30 juin », « d’ici à 2013 ».
    next += usize::from((since || until) && is(next, Token::Link));
    let mut points = Vec::new();
    while let Some((point, after)) = point_at(tokens, next) {
        points.push(point);
        // Links that lead to no other point belong to what follows.
        if points.len() == 8 || !is(after, Token::Link) || point_at(tokens, after + 1).is_none() {
            next = after;
            break;
        }
        next = after + 1;
    }
    // « de janvier à mars 2011 »: the year that is said once holds for both.
    let mut year = points.last()?.year;
    for point in points.iter_mut().rev() {
        year = point.year.or(year);
        point.year = year;
    }
    let (first, last) = (points.first()?, points.last()?);
    let from = first.day.map_or_else(|| first_day(first.year?, first.months.0), |day| Day::new(first.year?, first.months.0, day))?;
    let to = last.day.map_or_else(|| last_day(last.year?, last.months.1), |day| Day::new(last.year?, last.months.1, day))?;
    // A range written backwards is not guessed at.
    let period = if from <= to { (Some(from).filter(|_| !until), Some(to).filter(|_| !since)) } else { (None, None) };
    Some((period, next))
}

fn point_at(tokens: &[(Token, usize)], mut at: usize) -> Option<(Point, usize)> {
    let get = |at: usize| tokens.get(at).map(|(token, _)| *token);
    let skip = |at: usize| (at..at + 3).find(|at| get(*at) != Some(Token::Filler)).unwrap_or(at);
    at = skip(at);
    // « 2026 T1 », « 2026 1er trimestre » as people type it: the year first.
    if let (Token::Year(year), Some(part)) = (get(at)?, part_at(tokens, at + 1 + usize::from(get(at + 1) == Some(Token::Filler))))
        && !matches!(get(skip(part.1)), Some(Token::Year(_)))
    {
        return Some((Point { months: part.0, day: None, year: Some(year) }, part.1));
    }
    let (months, day, next) = match (get(at)?, get(at + 1), get(at + 2), get(at + 3)) {
        (Token::Year(year), ..) => return Some((Point { months: (1, 12), day: None, year: Some(year) }, at + 1)),
        (Token::Month(month), ..) => ((month, month), None, at + 1),
        (Token::Number(day), Some(Token::Month(month)), ..) => ((month, month), Some(day), at + 2),
        (Token::Nth(length, nth), ..) => (months_of(length, nth, nth)?, None, at + 1),
        (Token::Number(nth), Some(Token::Unit(length)), ..) => (months_of(length, nth, nth)?, None, at + 2),
        (Token::Number(first), Some(Token::Link), Some(Token::Number(last)), Some(Token::Unit(length))) => {
            (months_of(length, first, last)?, None, at + 4)
        }
        _ => return None,
    };
    match get(skip(next)) {
        Some(Token::Year(year)) => Some((Point { months, day, year: Some(year) }, skip(next) + 1)),
        _ => Some((Point { months, day, year: None }, next)),
    }
}

/// A quarter or a semester alone, and the token after it.
fn part_at(tokens: &[(Token, usize)], at: usize) -> Option<((u32, u32), usize)> {
    match (tokens.get(at)?.0, tokens.get(at + 1).map(|(token, _)| *token)) {
        (Token::Nth(length, nth), _) => Some((months_of(length, nth, nth)?, at + 1)),
        (Token::Number(nth), Some(Token::Unit(length))) => Some((months_of(length, nth, nth)?, at + 2)),
        _ => None,
    }
}

fn months_of(length: u32, first: u32, last: u32) -> Option<(u32, u32)> {
    let units = 1..=12 / length;
    (units.contains(&first) && units.contains(&last) && first <= last).then(|| ((first - 1) * length + 1, last * length))
}

fn first_day(year: i32, month: u32) -> Option<Day> {
    Day::new(year, month, 1)
}

fn last_day(year: i32, month: u32) -> Option<Day> {
    let next = if month == 12 { first_day(year + 1, 1) } else { first_day(year, month + 1) };
    next.map(|day| day.plus(-1))
}

/// From the first to the last of the periods that tokens name.
fn periods(tokens: &[(Token, usize)]) -> Option<Period> {
    let mut named: Option<Period> = None;
    let mut at = 0;
    while at < tokens.len() {
        if let Some((period, next)) = period_at(tokens, at) {
            named = Some(named.map_or(period, |named| (named.0.min(period.0), named.1.and_then(|to| period.1.map(|other| to.max(other))))));
            at = next.max(at + 1);
        } else {
            at += 1;
        }
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        let line = line(text);
        let day = |day: Option<Day>| day.map_or("…".to_owned(), Day::iso);
        format!("{} {} {}", day(line.from), day(line.to), line.text)
    }

    #[test]
    fn periods_are_days_and_the_text_follows_them() {
        for (text, expected) in [
            ("2011", "2011-01-01 2011-12-31 2011"),
            ("2011 - 2012", "2011-01-01 2012-12-31 2011 - 2012"),
            ("2011–2013 : suivi : bilan", "2011-01-01 2013-12-31 suivi : bilan"),
            ("1er trimestre 2011 : étude", "2011-01-01 2011-03-31 étude"),
            ("2ème semestre 2012 – essai", "2012-07-01 2012-12-31 essai"),
            ("De janvier à mars 2011 : étude", "2011-01-01 2011-03-31 étude"),
            ("1er et 2e trimestres 2011 : étude", "2011-01-01 2011-06-30 étude"),
            ("4e trimestre 2011 au 1er trimestre 2012", "2011-10-01 2012-03-31 4e trimestre 2011 au 1er trimestre 2012"),
            ("T3 2027 : essai", "2027-07-01 2027-09-30 essai"),
            ("2026 T1 : essai", "2026-01-01 2026-03-31 essai"),
            ("2026 2e semestre : essai", "2026-07-01 2026-12-31 essai"),
            ("Du 5 mars 2011 au 30 juin 2011 : essai", "2011-03-05 2011-06-30 essai"),
            ("Février 2012", "2012-02-01 2012-02-29 Février 2012"),
            ("À partir de 2012 : essai", "2012-01-01 … essai"),
            ("Jusqu’en 2013", "… 2013-12-31 Jusqu’en 2013"),
            ("Jusqu’au 30 juin 2013 : essai", "… 2013-06-30 essai"),
            ("Fin 2012 : bilan", "2012-01-01 2012-12-31 Fin 2012 : bilan"),
            ("2011 lancement", "2011-01-01 2011-12-31 2011 lancement"),
            ("Étude en 2011, bilan en 2013", "2011-01-01 2013-12-31 Étude en 2011, bilan en 2013"),
            ("2013 - 2011 : essai", "… … 2013 - 2011 : essai"),
            ("À définir", "… … À définir"),
            ("5e trimestre", "… … 5e trimestre"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
        assert_eq!(
            years("Schéma 2011 - 2013 (mars 2010)").map(|(from, to)| (from.iso(), to.iso())),
            Some(("2011-01-01".into(), "2013-12-31".into()))
        );
    }

    #[test]
    fn a_line_says_its_period_as_people_do() {
        for (text, expected) in [
            ("2011", "2011"),
            ("2011-2013 : suivi", "2011 à 2013"),
            ("T1 2011 : étude", "1er trimestre 2011"),
            ("S2 2012 : essai", "2e semestre 2012"),
            ("1er et 2e trimestres 2011 : étude", "1er semestre 2011"),
            ("Février 2012", "février 2012"),
            ("Mars à mai 2011 : étude", "mars à mai 2011"),
            ("4e trimestre 2011 au 1er trimestre 2012", "octobre 2011 à mars 2012"),
            ("À partir de 2012 : essai", "à partir de 2012"),
            ("Jusqu’en 2013", "jusqu’en 2013"),
            ("Le 5 mars 2011 : réunion", "5\u{a0}mars\u{a0}2011"),
            ("À définir", ""),
        ] {
            let line = line(text);
            assert_eq!(in_words(line.from, line.to), expected, "{text}");
            assert_eq!(super::line(&typed(&line)), line, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_typed_is_read_back(from in 0i64..90_000, length in proptest::option::of(0i64..2_000), open in 0..3, text in "[a-z]{3,8} [a-z]{3,8}") {
            let from = Day::new(1900, 1, 1).unwrap().plus(from);
            let to = length.map_or_else(|| last_day(from.year(), 12).unwrap(), |length| from.plus(length));
            let line = CalendarLine { from: Some(from).filter(|_| open != 1), to: Some(to).filter(|_| open != 2), text };
            proptest::prop_assert_eq!(super::line(&typed(&line)), line);
        }
    }
}
