//! What the MDS do, as others read of it: actions published, begun, finished with their results; meetings called.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::model::{self, What, Window};
use crate::accounts::model::{Actor, Viewer};
use crate::actions::model::Carrier;
use crate::actions::policy as action_policy;
use crate::actions::service::{self as actions, Action};
use crate::db::Conn;
use crate::error::Result;
use crate::events::Record;
use crate::http::paths;
use crate::instance::model::Instance;
use crate::kernel::{Day, Moment, Page, Zone};
use crate::meetings::model::Stage as MeetingStage;
use crate::meetings::policy as meeting_policy;
use crate::meetings::service::{self as meetings, Filter, Meeting};
use crate::territories::model::Atlas;

/// Nobody reads more of a month.
const MOST: u32 = 1_000;

#[derive(Clone, Copy)]
pub enum About<'m> {
    Action(&'m Action),
    Meeting(&'m Meeting),
}

/// One piece of news.
#[derive(Clone, Copy)]
pub struct Item<'m> {
    pub what: What,
    pub on: Day,
    pub about: About<'m>,
}

/// An action with the days on which something of it became news.
struct Told {
    action: Action,
    published: Option<Day>,
    results: Option<Day>,
}

/// What may be news in a window, before it is known who reads: what everybody or somebody may find.
pub struct Material {
    actions: Vec<Told>,
    meetings: Vec<(Meeting, Day)>,
}

/// All that this viewer may find of what happened between two days, whatever the MDS.
pub fn material(conn: &mut Conn, viewer: &Viewer, window: Window, zone: &Zone) -> Result<Material> {
    let (from, until) = window.moments(zone);
    let found = actions::lately(conn, viewer, (window.from, window.until), (from, until), i64::from(MOST))?;
    let told = |(action, reported_at): (Action, Option<Moment>)| {
        let last = action.fields.ends_on.or(action.fields.starts_on);
        let results = model::results_on(reported_at.map(|at| zone.day(at)), last);
        Told { published: action.life.published_at.map(|at| zone.day(at)), results, action }
    };
    let stages = MeetingStage::ALL.iter().copied();
    let stages = stages.filter(|stage| !matches!(stage, MeetingStage::Draft | MeetingStage::Postponed | MeetingStage::Cancelled)).collect();
    let filter = Filter { stages, called: Some((from, until)), ..Filter::default() };
    let called = meetings::list(conn, viewer, &filter, Page { number: 1, size: MOST })?.items.into_iter();
    let called = called.filter_map(|meeting| Some((zone.day(meeting.life.called_at?), meeting))).map(|(on, meeting)| (meeting, on));
    Ok(Material { actions: found.into_iter().map(told).collect(), meetings: called.collect() })
}

impl Material {
    /// What it holds of a window, the last first.
    pub fn news(&self, window: Window) -> Vec<Item<'_>> {
        let of_actions = self.actions.iter().filter_map(|told| {
            let (what, on) = model::of_action(told.published, told.action.fields.starts_on, told.results, window)?;
            Some(Item { what, on, about: About::Action(&told.action) })
        });
        let of_meetings = self.meetings.iter().filter(|(_, on)| window.holds(*on));
        let of_meetings = of_meetings.map(|(meeting, on)| Item { what: What::Called, on: *on, about: About::Meeting(meeting) });
        let mut items: Vec<Item<'_>> = of_actions.chain(of_meetings).collect();
        items.sort_by_cached_key(|item| (std::cmp::Reverse(item.on), item.what, item.record().id));
        items
    }
}

impl Item<'_> {
    pub fn record(&self) -> Record {
        match &self.about {
            About::Action(action) => Record::action(&action.id),
            About::Meeting(meeting) => Record::meeting(&meeting.id),
        }
    }

    pub fn title(&self) -> &str {
        match &self.about {
            About::Action(action) => &action.fields.title,
            About::Meeting(meeting) => &meeting.fields.title,
        }
    }

    pub fn themes(&self) -> &[String] {
        match &self.about {
            About::Action(action) => &action.fields.themes,
            About::Meeting(meeting) => &meeting.fields.themes,
        }
    }

    /// Where it takes place, and who carries it.
    pub fn places(&self) -> Vec<&str> {
        let (named, of) = match &self.about {
            About::Action(action) => (
                &action.fields.territories,
                match &action.fields.carrier {
                    Some(Carrier::Territory(code)) => Some(code),
                    _ => None,
                },
            ),
            About::Meeting(meeting) => (&meeting.fields.territories, meeting.body_territory.as_ref()),
        };
        let mut places: Vec<&str> = of.into_iter().chain(named).map(String::as_str).collect();
        let mut known = BTreeSet::new();
        places.retain(|code| known.insert(*code));
        places
    }

    pub fn href(&self) -> String {
        match &self.about {
            About::Action(action) => paths::action(&action.id, &action.fields.title),
            About::Meeting(meeting) => paths::meeting(&meeting.id, &meeting.fields.title),
        }
    }

    /// Can one still come to this meeting? What is not a meeting always stands.
    pub fn stands(&self, now: Moment) -> bool {
        match &self.about {
            About::Action(_) => true,
            About::Meeting(meeting) => meeting.life.stage == MeetingStage::Called && !meeting.has_begun(now),
        }
    }

    /// May this reader be told, by their role and territories alone?
    pub fn may_be_read(&self, viewer: &Viewer) -> bool {
        match &self.about {
            About::Action(action) => action_policy::may_read(viewer, &action.subject()),
            About::Meeting(meeting) => meeting_policy::may_read(viewer, &meeting.subject()),
        }
    }

    /// When: of a meeting its date, of an action what its dates say.
    fn when(&self, zone: &Zone) -> Option<String> {
        match &self.about {
            About::Meeting(meeting) => meeting.fields.starts_at.map(|start| zone.in_words(start)),
            About::Action(action) => {
                let (first, last) = (action.fields.starts_on, action.fields.ends_on);
                match (self.what, first, last) {
                    (What::Reported, _, Some(last)) => Some(format!("terminée le {}", last.in_short())),
                    (_, Some(first), _) => Some(format!("à partir du {}", first.in_short())),
                    _ => Some(action.fields.rhythm.clone()).filter(|rhythm| !rhythm.is_empty()),
                }
            }
        }
    }

    /// As the page and the letter show it.
    pub fn json(&self, atlas: &Atlas, instance: &Instance, own: &BTreeSet<String>, zone: &Zone) -> Value {
        let record = self.record();
        let themes = || self.themes().iter();
        json!({
            "what": self.what.as_str(),
            "what_label": self.what.label(),
            "kind": record.kind,
            "id": record.id,
            "title": self.title(),
            "href": self.href(),
            "on": self.on,
            "when": self.when(zone),
            "places": self.places().into_iter().map(|code| atlas.name(code)).collect::<Vec<_>>(),
            "themes": themes().map(|code| instance.theme_label(code)).collect::<Vec<_>>(),
            "own_theme": themes().find(|code| own.contains(*code)).map(|code| instance.theme_label(code)),
        })
    }
}

/// The places of an agent, around which the others lie: their own, what is inside and what holds them. Whoever has the whole
/// département, or no place, has none of their own: every MDS is another.
pub fn own_places(actor: &Actor, atlas: &Atlas, departement: &str) -> BTreeSet<String> {
    if actor.territories.contains(departement) {
        return BTreeSet::new();
    }
    actor.territories.iter().flat_map(|code| atlas.matching(code)).collect()
}

/// Is this of another MDS? What names no place is of none.
pub fn is_elsewhere(item: &Item<'_>, own: &BTreeSet<String>) -> bool {
    let places = item.places();
    !places.is_empty() && places.iter().all(|code| !own.contains(*code))
}
