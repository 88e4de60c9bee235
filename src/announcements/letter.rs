//! The letter of the month: composed from what everybody may read, then written over by hand.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::model::{AnnouncementFields, Item, ItemKind};
use crate::accounts::model::Viewer;
use crate::actions;
use crate::actions::model::Stage as ActionStage;
use crate::conventions;
use crate::conventions::model::Stage as ConventionStage;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::Record;
use crate::http::paths;
use crate::kernel::ids::{ActionId, ConventionId, MeetingId};
use crate::kernel::{Day, Moment, Page, Zone};
use crate::meetings;
use crate::meetings::model::Stage as MeetingStage;
use crate::meetings::service::Meeting;
use crate::versions;

/// The most lines of one kind: a letter is read in five minutes.
const MOST_OF_A_KIND: usize = 15;
/// How many pages of the lists are looked through.
const MOST_PAGES: u32 = 10;
/// Meetings so many days ahead are told.
const AHEAD_DAYS: i64 = 45;
/// Minutes are published so many months after their meeting, at most.
const MINUTES_MONTHS: i32 = 12;
const SUMMARY_MAX: usize = 300;

/// The first day of a day's month.
pub fn first_of(day: Day) -> Day {
    use chrono::Datelike;
    Day::new(day.year(), day.0.month(), 1).unwrap_or(day)
}

/// « mars 2026 ».
pub fn month_in_words(month: Day) -> String {
    month.in_short().split_once('\u{a0}').map_or_else(String::new, |(_, rest)| rest.to_owned())
}

/// A letter before anything is written in it.
pub fn begun(month: Day, base: AnnouncementFields) -> AnnouncementFields {
    let month = month_in_words(month);
    let of = if month.starts_with(['a', 'o']) { "d’" } else { "de " };
    AnnouncementFields {
        title: format!("La lettre {of}{month}"),
        greeting: "Bonjour,".to_owned(),
        text: "Voici ce qui s’est fait ces dernières semaines sur nos territoires, et ce qui s’y prépare.".to_owned(),
        ..base
    }
}

/// What was published in a month, and the meetings to come: public records only.
pub fn compose(conn: &mut Conn, month: Day, now: Moment, zone: &Zone) -> Result<Vec<Item>> {
    let period = Period { from: month, until: month.plus_months(1) };
    let mut items = actions_of(conn, &period, now, zone)?;
    items.extend(meetings_to_come(conn, now, zone)?);
    items.extend(minutes_of(conn, &period, zone)?);
    items.extend(conventions_of(conn, &period)?);
    Ok(items)
}

struct Period {
    from: Day,
    until: Day,
}

impl Period {
    fn holds(&self, day: Day) -> bool {
        self.from <= day && day < self.until
    }
}

fn item(kind: ItemKind, record: &str, title: &str, text: String) -> Item {
    Item { kind, record: Some(record.to_owned()), title: title.to_owned(), text, kept: true }
}

fn shortened(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= SUMMARY_MAX {
        return text;
    }
    let start: String = text.chars().take(SUMMARY_MAX).collect();
    format!("{}…", start.rsplit_once(' ').map_or(start.as_str(), |(whole, _)| whole))
}

fn actions_of(conn: &mut Conn, period: &Period, now: Moment, zone: &Zone) -> Result<Vec<Item>> {
    let filter = actions::service::Filter { stages: vec![ActionStage::Published], ..Default::default() };
    let mut found = Vec::new();
    for number in 1..=MOST_PAGES {
        // The last written first: what was published in the month was written since.
        let listing = actions::service::list(conn, &Viewer::visitor(), &filter, Page { number, size: Page::LARGEST }, zone.day(now))?;
        let is_last = number >= listing.pages() || listing.items.iter().any(|action| zone.day(action.updated_at) < period.from);
        found.extend(listing.items.into_iter().filter_map(|action| Some((action.life.published_at?, action))));
        if is_last {
            break;
        }
    }
    found.retain(|(at, _)| period.holds(zone.day(*at)));
    found.sort_by_key(|(at, action)| (*at, action.id.clone()));
    let item = |(_, action): (Moment, actions::service::Action)| {
        item(ItemKind::Action, action.id.as_str(), &action.fields.title, shortened(&action.fields.summary))
    };
    Ok(found.into_iter().take(MOST_OF_A_KIND).map(item).collect())
}

fn meetings_to_come(conn: &mut Conn, now: Moment, zone: &Zone) -> Result<Vec<Item>> {
    let filter = meetings::service::Filter {
        stages: vec![MeetingStage::Called],
        from: Some(now),
        until: Some(now.plus_days(AHEAD_DAYS)),
        soonest_first: true,
        ..Default::default()
    };
    let listing = meetings::service::list(conn, &Viewer::visitor(), &filter, Page { number: 1, size: Page::LARGEST })?;
    let item = |meeting: Meeting| {
        let fields = &meeting.fields;
        let when = fields.starts_at.map(|start| zone.span_in_words(start, fields.ends_at)).unwrap_or_default();
        let text = [when, fields.place.clone()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
        item(ItemKind::Meeting, meeting.id.as_str(), &fields.title, text)
    };
    Ok(listing.items.into_iter().take(MOST_OF_A_KIND).map(item).collect())
}

fn minutes_of(conn: &mut Conn, period: &Period, zone: &Zone) -> Result<Vec<Item>> {
    let midnight = chrono::NaiveTime::MIN;
    let filter = meetings::service::Filter {
        stages: vec![MeetingStage::MinutesPublished],
        from: Some(zone.at(period.from.plus_months(-MINUTES_MONTHS), midnight)),
        until: Some(zone.at(period.until, midnight)),
        ..Default::default()
    };
    let mut items = Vec::new();
    for number in 1..=MOST_PAGES {
        let listing = meetings::service::list(conn, &Viewer::visitor(), &filter, Page { number, size: Page::LARGEST })?;
        let pages = listing.pages();
        for meeting in listing.items {
            let published = versions::made_by(conn, &Record::meeting(&meeting.id), "published")?;
            if published.iter().any(|version| period.holds(zone.day(version.at))) {
                let held = meeting.fields.starts_at.map(|start| format!("Rencontre du {}.", zone.day(start).in_short())).unwrap_or_default();
                items.push(item(ItemKind::Minutes, meeting.id.as_str(), &meeting.fields.title, held));
            }
        }
        if number >= pages || items.len() >= MOST_OF_A_KIND {
            break;
        }
    }
    items.truncate(MOST_OF_A_KIND);
    Ok(items)
}

fn conventions_of(conn: &mut Conn, period: &Period) -> Result<Vec<Item>> {
    let filter = conventions::service::Filter { stages: vec![ConventionStage::Signed], ..Default::default() };
    let mut found = Vec::new();
    for number in 1..=MOST_PAGES {
        let listing = conventions::service::list(conn, &Viewer::visitor(), &filter, Page { number, size: Page::LARGEST })?;
        let pages = listing.pages();
        found.extend(listing.items.into_iter().filter_map(|one| Some((one.stored.signed_on?, one))));
        if number >= pages {
            break;
        }
    }
    found.retain(|(on, _)| period.holds(*on));
    found.sort_by_key(|(on, one)| (*on, one.id.clone()));
    let item = |(on, one): (Day, conventions::service::Convention)| {
        item(ItemKind::Convention, one.id.as_str(), &one.fields.object, format!("Signée le {}.", on.in_short()))
    };
    Ok(found.into_iter().take(MOST_OF_A_KIND).map(item).collect())
}

/// Where the record of a line is read.
fn address(item: &Item) -> Option<String> {
    let record = item.record.as_deref()?;
    match item.kind {
        ItemKind::Action => Some(paths::action(&ActionId::parse(record)?, &item.title)),
        ItemKind::Meeting => Some(paths::meeting(&MeetingId::parse(record)?, &item.title)),
        ItemKind::Minutes => Some(paths::minutes(&MeetingId::parse(record)?)),
        ItemKind::Convention => Some(paths::convention(&ConventionId::parse(record)?)),
        ItemKind::Text => None,
    }
}

/// The records of these lines that everybody may read today, and the meetings that still take place: the others leave the letters that
/// named them.
fn open_records(conn: &mut Conn, items: &[Item]) -> Result<BTreeSet<(ItemKind, String)>> {
    let visitor = Viewer::visitor();
    let of = |kind: ItemKind| items.iter().filter(move |item| item.kind == kind).filter_map(|item| item.record.as_deref());
    let mut open = BTreeSet::new();
    let ids: Vec<ActionId> = of(ItemKind::Action).filter_map(ActionId::parse).collect();
    open.extend(actions::exporting::readable(conn, &visitor, &ids)?.into_iter().map(|action| (ItemKind::Action, action.id.to_string())));
    let ids: Vec<ConventionId> = of(ItemKind::Convention).filter_map(ConventionId::parse).collect();
    open.extend(conventions::service::readable(conn, &visitor, &ids)?.into_iter().map(|id| (ItemKind::Convention, id.to_string())));
    for kind in [ItemKind::Meeting, ItemKind::Minutes] {
        for id in of(kind).filter_map(MeetingId::parse) {
            match meetings::service::find(conn, &visitor, &id) {
                Ok(meeting) if matches!(meeting.life.stage, MeetingStage::Cancelled | MeetingStage::Postponed) => {}
                Ok(_) => drop(open.insert((kind, id.to_string()))),
                Err(Error::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(open)
}

/// The lines of a letter that are kept and that everybody may read.
pub fn shown<'a>(conn: &mut Conn, fields: &'a AnnouncementFields) -> Result<Vec<&'a Item>> {
    let open = open_records(conn, &fields.items)?;
    let is_shown = |item: &&Item| item.kept && item.record.as_ref().is_none_or(|record| open.contains(&(item.kind, record.clone())));
    Ok(fields.items.iter().filter(is_shown).collect())
}

/// Lines as a letter is read: those of one kind that follow each other under one heading.
pub fn sections(shown: &[&Item]) -> Vec<Value> {
    let mut sections: Vec<(ItemKind, Vec<Value>)> = Vec::new();
    for item in shown {
        let shown = json!({ "title": item.title, "text": item.text, "link": address(item) });
        match sections.last_mut().filter(|(kind, _)| *kind == item.kind && item.kind != ItemKind::Text) {
            Some((_, items)) => items.push(shown),
            None => sections.push((item.kind, vec![shown])),
        }
    }
    let heading = |kind: ItemKind| Some(kind.label()).filter(|_| kind != ItemKind::Text);
    sections.into_iter().map(|(kind, items)| json!({ "heading": heading(kind), "items": items })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_of_its_month() {
        let day = |text: &str| Day::parse(text).unwrap();
        assert_eq!(first_of(day("2026-03-31")), day("2026-03-01"));
        assert_eq!(month_in_words(day("2026-03-01")), "mars\u{a0}2026");
        let title = |text: &str| begun(day(text), AnnouncementFields::default()).title;
        assert_eq!((title("2026-03-01").as_str(), title("2026-08-01").as_str()), ("La lettre de mars\u{a0}2026", "La lettre d’août\u{a0}2026"));
        let march = Period { from: day("2026-03-01"), until: day("2026-03-01").plus_months(1) };
        let held: Vec<bool> = ["2026-02-28", "2026-03-01", "2026-03-31", "2026-04-01"].map(|text| march.holds(day(text))).to_vec();
        assert_eq!(held, [false, true, true, false]);
    }

    proptest::proptest! {
        #[test]
        fn every_day_is_of_one_month(days in 0i64..200_000) {
            let day = Day::parse("1900-01-01").unwrap().plus(days);
            let month = |first: Day| Period { from: first, until: first.plus_months(1) };
            let first = first_of(day);
            proptest::prop_assert!(month(first).holds(day));
            proptest::prop_assert!(!month(first.plus_months(1)).holds(day) && !month(first.plus_months(-1)).holds(day));
            proptest::prop_assert_eq!(first_of(first), first);
        }
    }

    #[test]
    fn a_long_summary_is_cut_between_words() {
        let long = "un mot ".repeat(100);
        let short = shortened(&long);
        assert!(short.chars().count() <= SUMMARY_MAX + 1 && short.ends_with("mot…") || short.ends_with("un…"), "{short}");
        assert_eq!(shortened(" a\n b "), "a b");
    }
}
