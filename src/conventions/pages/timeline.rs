//! The timeline of what ends, as an image that the server draws: places are percentages of its width, so that it is read on any screen.

use serde_json::{Value, json};

use super::deadlines::{Deadline, Fate};
use crate::kernel::Day;

/// Rows of the image; the table has the others.
const MOST: usize = 40;
/// Pixels above the first row, and of each.
const TOP: usize = 34;
const ROW: usize = 46;
/// Characters of a name that fit a narrow screen.
const LONGEST: usize = 38;

const QUARTERS: [&str; 4] = ["janv.", "avril", "juil.", "oct."];

/// The image of these deadlines, from one day to another.
pub fn image(deadlines: &[Deadline], from: Day, until: Day) -> Option<Value> {
    use chrono::Datelike;
    let shown = &deadlines[..deadlines.len().min(MOST)];
    if shown.is_empty() {
        return None;
    }
    let height = TOP + shown.len() * ROW;
    // The first of January, April, July and October.
    let months = (0..).map(|month| Day::new(from.year(), from.0.month(), 1).map_or(Day::LAST, |first| first.plus_months(month)));
    let ticks = months.take_while(|day| *day <= until).filter(|day| *day >= from && day.0.month0().is_multiple_of(3)).map(|day| {
        let place = place_of(day, from, until);
        let label = format!("{} {}", QUARTERS[day.0.month0() as usize / 3], day.year() % 100);
        json!({ "x": percent(place), "label": label, "is_last": place > 88.0 })
    });
    let rows = shown.iter().enumerate().map(|(number, deadline)| {
        let top = TOP + number * ROW;
        let end = place_of(deadline.on, from, until);
        let notice = deadline.notice_by.filter(|by| *by >= from).map(|by| place_of(by, from, until));
        json!({
            "label": cut(&deadline.title),
            "text_y": top + 16,
            "line_y": top + 30,
            "end": percent(end),
            "class": match deadline.fate { Fate::Ends => "end", Fate::Renews => "renewal", Fate::Review => "review" },
            "notice": notice.map(percent),
            // After the last day of notice there is nothing left to decide.
            "settled": notice.map(|notice| percent(end - notice)),
        })
    });
    Some(
        json!({ "height": height, "bottom": height - 8, "ticks": ticks.collect::<Vec<_>>(), "rows": rows.collect::<Vec<_>>(), "left_out": deadlines.len() - shown.len() }),
    )
}

/// Held inside, so that a mark on either edge is seen whole.
fn place_of(day: Day, from: Day, until: Day) -> f64 {
    let (days, all) = (day.days_since(from), until.days_since(from).max(1));
    #[allow(clippy::cast_precision_loss, reason = "a few hundred days")]
    let share = days as f64 / all as f64;
    2.0 + share.clamp(0.0, 1.0) * 96.0
}

fn percent(place: f64) -> String {
    format!("{place:.2}%")
}

fn cut(title: &str) -> String {
    if title.chars().count() <= LONGEST {
        return title.to_owned();
    }
    let start: String = title.chars().take(LONGEST - 1).collect();
    let whole = start.rsplit_once(' ').map_or(start.as_str(), |(words, _)| words);
    format!("{}…", whole.trim_end_matches([' ', '\u{a0}', ':', ',', ';', '–', '-']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn marks_are_where_their_days_are() {
        let one = |on: &str, notice: Option<&str>, fate| Deadline {
            title: "Accueil et orientation des personnes isolées du Loudunais".into(),
            on: day(on),
            notice_by: notice.map(day),
            fate,
            ..Deadline::default()
        };
        let all = [one("2026-03-03", None, Fate::Review), one("2027-09-03", Some("2027-03-03"), Fate::Ends)];
        let image = image(&all, day("2026-03-03"), day("2027-09-03")).unwrap();
        assert_eq!(image["height"], 126);
        assert_eq!(image["rows"][0]["end"], "2.00%");
        assert_eq!(image["rows"][1]["end"], "98.00%");
        assert_eq!(image["rows"][1]["notice"], "65.83%");
        assert_eq!(image["rows"][1]["settled"], "32.17%");
        assert_eq!(image["rows"][0]["label"], "Accueil et orientation des personnes…");
        let ticks: Vec<&str> = image["ticks"].as_array().unwrap().iter().filter_map(|tick| tick["label"].as_str()).collect();
        assert_eq!(ticks, ["avril 26", "juil. 26", "oct. 26", "janv. 27", "avril 27", "juil. 27"]);
    }

    proptest::proptest! {
        #[test]
        fn every_mark_is_inside(days in -2_000i64..2_000, title in ".{0,80}") {
            let from = day("2026-03-03");
            let place = place_of(from.plus(days), from, from.plus(500));
            proptest::prop_assert!((2.0..=98.0).contains(&place));
            proptest::prop_assert!(cut(&title).chars().count() <= LONGEST);
        }
    }
}
