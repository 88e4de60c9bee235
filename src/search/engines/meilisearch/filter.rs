//! The filters of a query in the language of Meilisearch. What the reader may see is a part of every one of them.

use super::record::days;
use crate::actions::model::{REPORT_DUE_AFTER_DAYS, Situation};
use crate::kernel::{Day, Visibility};
use crate::search::model::{Query, RecordType};

/// What everyone may come to is found whichever public is asked for.
const EVERYONE: &str = "tous-publics";

/// The filters whose values are counted, each with the others kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Facet {
    Type,
    Theme,
    Audience,
    Territory,
    Situation,
}

impl Facet {
    pub const ALL: [Self; 5] = [Self::Type, Self::Theme, Self::Audience, Self::Territory, Self::Situation];

    /// The attribute whose values are counted; situations depend on the day, and are counted one by one.
    pub fn attribute(self) -> Option<&'static str> {
        match self {
            Self::Type => Some("type"),
            Self::Theme => Some("themes"),
            Self::Audience => Some("audiences"),
            Self::Territory => Some("territories"),
            Self::Situation => None,
        }
    }
}

pub struct Filter {
    visible: String,
    dates: Vec<String>,
    facets: Vec<(Facet, String)>,
    today: i64,
    /// Can what is asked be a finished action?
    pub may_be_closed: bool,
}

impl Filter {
    pub fn new(query: &Query) -> Self {
        let mut dates = Vec::new();
        // A record without dates passes; one with a single day begins and ends on it.
        dates.extend(query.after.map(|day| format!("last_day >= {}", days(day))));
        dates.extend(query.before.map(|day| format!("first_day <= {}", days(day))));
        let mut facets = Vec::new();
        let mut asked = |facet: Facet, is_asked: bool, clause: String| {
            if is_asked {
                facets.push((facet, clause));
            }
        };
        asked(Facet::Type, !query.types.is_empty(), one_of("type", query.types.iter().map(RecordType::as_str)));
        asked(Facet::Theme, !query.themes.is_empty(), one_of("themes", query.themes.iter().map(String::as_str)));
        let audiences = query.audiences.iter().map(String::as_str).chain([EVERYONE]);
        asked(Facet::Audience, !query.audiences.is_empty(), one_of("audiences", audiences));
        let territories = query.territories.values().flatten().map(String::as_str);
        asked(Facet::Territory, !query.territories.is_empty(), one_of("territories", territories));
        let situations = query.situations.iter().map(|situation| format!("({})", in_situation(*situation, query.today)));
        asked(Facet::Situation, !query.situations.is_empty(), format!("({})", situations.collect::<Vec<_>>().join(" OR ")));
        let may_be_closed = query.types.is_empty() || query.types.contains(&RecordType::Action);
        Self { visible: seen_by(&query.visible), dates, facets, today: days(query.today), may_be_closed }
    }

    /// Every filter.
    pub fn all(&self) -> String {
        self.without(None, None)
    }

    /// Every filter but one, which counts its own values.
    pub fn all_but(&self, facet: Facet) -> String {
        self.without(Some(facet), None)
    }

    /// Every filter but those on situations, and this situation.
    pub fn in_situation(&self, situation: Situation, today: Day) -> String {
        self.without(Some(Facet::Situation), Some(in_situation(situation, today)))
    }

    /// Every filter, among what can still be joined: all but finished actions.
    pub fn open(&self) -> String {
        self.without(None, Some(format!("NOT ({})", closed(self.today))))
    }

    pub fn closed(&self) -> String {
        self.without(None, Some(closed(self.today)))
    }

    /// Records named by key, among those that the reader may see.
    pub fn keys<'a>(&self, keys: impl Iterator<Item = &'a str>) -> String {
        format!("{} AND {}", self.visible, one_of("key", keys))
    }

    /// Every filter, among records named by key.
    pub fn of<'a>(&self, keys: impl Iterator<Item = &'a str>) -> String {
        self.without(None, Some(one_of("key", keys)))
    }

    pub fn visible(&self) -> String {
        self.visible.clone()
    }

    pub fn asks(&self, facet: Facet) -> bool {
        self.facets.iter().any(|(asked, _)| *asked == facet)
    }

    fn without(&self, facet: Option<Facet>, also: Option<String>) -> String {
        let mut clauses = vec![self.visible.as_str()];
        clauses.extend(self.dates.iter().map(String::as_str));
        clauses.extend(self.facets.iter().filter(|(other, _)| Some(*other) != facet).map(|(_, clause)| clause.as_str()));
        clauses.extend(also.as_deref());
        clauses.join(" AND ")
    }
}

/// What readers of these levels may see; nothing without levels.
pub fn seen_by(levels: &[Visibility]) -> String {
    one_of("visibility", levels.iter().map(Visibility::as_str))
}

/// As `Situation::of` judges.
fn in_situation(situation: Situation, today: Day) -> String {
    let day = days(today);
    let due = day - REPORT_DUE_AFTER_DAYS;
    match situation {
        Situation::Upcoming => format!("type = action AND starts_on > {day}"),
        Situation::Running => format!("type = action AND starts_on <= {day} AND last_day >= {day}"),
        Situation::Reported => format!("{} AND is_reported = true", closed(day)),
        Situation::ReportDue => format!("{} AND is_reported = false AND last_day <= {due}", closed(day)),
        Situation::Finished => format!("{} AND is_reported = false AND last_day > {due}", closed(day)),
    }
}

fn closed(day: i64) -> String {
    format!("type = action AND starts_on <= {day} AND last_day < {day}")
}

fn one_of<'a>(attribute: &str, values: impl Iterator<Item = &'a str>) -> String {
    format!("{attribute} IN [{}]", values.map(quoted).collect::<Vec<_>>().join(", "))
}

/// A value is never read as a part of the language.
fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::engines::conformance::{query, today};

    #[test]
    fn what_the_reader_may_see_is_in_every_filter() {
        let asked = Query { themes: vec!["budget".to_owned()], situations: vec![Situation::Running], after: Some(today()), ..query("") };
        let filter = Filter::new(&asked);
        for text in [
            filter.all(),
            filter.all_but(Facet::Theme),
            filter.in_situation(Situation::Finished, today()),
            filter.open(),
            filter.closed(),
            filter.keys(["action-1"].into_iter()),
            filter.of(["action-1"].into_iter()),
            filter.visible(),
        ] {
            assert!(text.starts_with("visibility IN [\"public\"]") && !text.contains(" OR visibility"), "{text}");
        }
        assert_eq!(Filter::new(&Query { visible: Vec::new(), ..query("") }).all(), "visibility IN []");
    }

    #[test]
    fn values_stay_values() {
        let asked = Query { themes: vec!["x\" OR visibility = \"internal".to_owned(), "a\\".to_owned()], ..query("") };
        assert_eq!(Filter::new(&asked).all(), r#"visibility IN ["public"] AND themes IN ["x\" OR visibility = \"internal", "a\\"]"#);
    }

    #[test]
    fn a_facet_leaves_its_own_filter_out() {
        let asked = Query { themes: vec!["budget".to_owned()], audiences: vec!["jeunes".to_owned()], ..query("") };
        let filter = Filter::new(&asked);
        assert_eq!(filter.all_but(Facet::Theme), r#"visibility IN ["public"] AND audiences IN ["jeunes", "tous-publics"]"#);
        assert_eq!(filter.all_but(Facet::Audience), r#"visibility IN ["public"] AND themes IN ["budget"]"#);
        assert!(filter.asks(Facet::Theme) && !filter.asks(Facet::Type));
    }
}
