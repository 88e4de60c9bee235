//! `/conventions/echeances`: what ends, renews itself or is to be looked at again in the next eighteen months, and who follows it.

use actix_web::HttpResponse;
use serde_json::{Value, json};

use super::names::Names;
use super::timeline;
use crate::conventions::model::Situation;
use crate::conventions::service::{self, Convention, Filter};
use crate::error::{Error, Result};
use crate::http::paths;
use crate::http::visit::Visit;
use crate::kernel::time::MONTHS;
use crate::kernel::{Day, Page};

const MONTHS_AHEAD: i32 = 18;
/// The most rows on the page.
const SHOWN: Page = Page { number: 1, size: 500 };

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fate {
    #[default]
    Ends,
    Renews,
    Review,
}

/// One convention on the way to its term.
#[derive(Clone, Debug)]
pub struct Deadline {
    pub title: String,
    pub on: Day,
    /// Still to come, or past.
    pub notice_by: Option<Day>,
    pub fate: Fate,
    pub is_announced: bool,
    pub url: String,
    pub partners: String,
    pub follower: String,
}

impl Default for Deadline {
    fn default() -> Self {
        Self {
            title: String::new(),
            on: Day::FIRST,
            notice_by: None,
            fate: Fate::Ends,
            is_announced: false,
            url: String::new(),
            partners: String::new(),
            follower: String::new(),
        }
    }
}

pub async fn page(visit: Visit) -> Result<HttpResponse> {
    visit.agent()?;
    let (viewer, today) = (visit.viewer.clone(), visit.today());
    let until = today.plus_months(MONTHS_AHEAD);
    let read = visit.app.db.read(move |conn| {
        let filter = Filter { in_force: Some(true), term_until: Some(until), by_term: true, ..Filter::default() };
        Ok::<_, Error>((service::list(conn, &viewer, &filter, SHOWN)?, Names::load(conn, &viewer)?))
    });
    let (listing, names) = read.await?;
    let mut deadlines: Vec<Deadline> = listing.items.iter().filter_map(|convention| deadline(convention, &names, today)).collect();
    deadlines.sort_by(|a, b| a.on.cmp(&b.on).then_with(|| a.title.cmp(&b.title)));
    let data = json!({
        "tabs": super::tabs(&visit),
        "until": until,
        "count": listing.total,
        "left_out": listing.total.saturating_sub(u64::from(SHOWN.size)),
        "image": timeline::image(&deadlines, today, until),
        "months": months(&deadlines, today),
        "empty": {
            "title": "Rien ne prend fin d’ici là",
            "text": "Aucune convention en vigueur n’a de terme, ni de jour où la revoir, dans les dix-huit mois.",
            "links": [{ "label": "Voir le registre", "href": "/conventions" }],
        },
    });
    visit.page("conventions/deadlines", "Échéances des conventions", data)
}

fn deadline(convention: &Convention, names: &Names, today: Day) -> Option<Deadline> {
    let standing = convention.standing(today);
    let (on, fate) = match (standing.term, standing.fields.review_on) {
        (Some(term), _) if standing.has_next => (term, Fate::Renews),
        (Some(term), _) => (term, Fate::Ends),
        (None, review) => (review?, Fate::Review),
    };
    Some(Deadline {
        on,
        notice_by: standing.notice_by,
        fate,
        is_announced: standing.situation == Some(Situation::TerminationPending),
        url: paths::convention(&convention.id),
        partners: names.partners(convention, today),
        follower: names.responsible_name(convention),
        title: standing.fields.object,
    })
}

/// Month by month; what should have been looked at already comes first.
fn months(deadlines: &[Deadline], today: Day) -> Vec<Value> {
    use chrono::Datelike;
    let month = |deadline: &Deadline| (deadline.on >= today).then(|| (deadline.on.year(), deadline.on.0.month0()));
    let told = |deadlines: &[Deadline]| {
        let label = deadlines
            .first()
            .and_then(month)
            .map_or_else(|| "Déjà passé".to_owned(), |(year, month)| format!("{}\u{a0}{year}", MONTHS[month as usize]));
        json!({ "label": label, "rows": deadlines.iter().map(|deadline| row(deadline, today)).collect::<Vec<_>>() })
    };
    deadlines.chunk_by(|a, b| month(a) == month(b)).map(told).collect()
}

fn row(deadline: &Deadline, today: Day) -> Value {
    let fate = match (deadline.fate, deadline.is_announced) {
        (_, true) => "Prend fin, c’est annoncé",
        (Fate::Ends, _) => "Prend fin",
        (Fate::Renews, _) => "Se reconduit",
        (Fate::Review, _) if deadline.on < today => "Devait être revue",
        (Fate::Review, _) => "À revoir",
    };
    json!({
        "on": deadline.on,
        "title": deadline.title,
        "url": deadline.url,
        "partners": deadline.partners,
        "fate": fate,
        "notice_by": deadline.notice_by,
        "notice_is_past": deadline.notice_by.is_some_and(|by| by < today),
        "follower": deadline.follower,
    })
}
