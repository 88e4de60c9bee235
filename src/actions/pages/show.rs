//! The page that presents an action.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::words::{self, none_if_empty};
use crate::accounts::model::{Actor, Viewer};
use crate::actions::model::{Stage, Verb};
use crate::actions::service::{self, Action, World};
use crate::actions::sessions::Session;
use crate::actions::{policy, store};
use crate::consultations;
use crate::db::Conn;
use crate::error::Result;
use crate::events::Record;
use crate::http::paths;
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::kernel::{Day, Moment, Zone, referential};
use crate::mail::pages::of_record::Mails;
use crate::mail::pages::words::Setting;
use crate::notifications::pages::with_button;
use crate::partners::model::Organisation;
use crate::plans::service::SheetLine;
use crate::{conventions, journal, meetings, partners, plans, sharing};

/// Everything that the page shows, read in one go.
pub struct Page {
    pub action: Action,
    pub world: World,
    partners: Vec<Organisation>,
    sessions: Vec<Session>,
    sheets: Vec<SheetLine>,
    source: Option<Action>,
    inspired: Vec<Action>,
    journal: Option<Vec<journal::Line>>,
    /// For those who may write it.
    mails: Option<Mails>,
    consulted: Value,
    pub may_write: bool,
    verbs: Vec<Verb>,
    /// Those in force on which it rests.
    conventions: Vec<Value>,
    meetings: Vec<Value>,
    /// What was asked of colleagues about it, for those who may write it.
    support: Option<Value>,
}

impl Page {
    pub fn load(conn: &mut Conn, viewer: &Viewer, id: &str, now: Moment, zone: &Zone) -> Result<Self> {
        let today = zone.day(now);
        let action = super::found(conn, viewer, id)?;
        let world = World::load(conn)?;
        // Who is above the reader's level is not named.
        let partners = partners::service::readable(conn, viewer)?;
        let sessions = store::sessions(conn, &action.id)?;
        let wanted = &action.fields.plan_sheets;
        let sheets = plans::service::sheets(conn)?
            .into_iter()
            .filter(|sheet| wanted.iter().any(|wanted| wanted.plan_id == sheet.plan_id.as_str() && wanted.number == sheet.number))
            .collect();
        // What the reader may not see is not named, even as an inspiration.
        let source = action.inspired_by.as_ref().and_then(|source| service::find(conn, viewer, source).ok());
        let inspired = store::inspired(conn, &action.id)?.into_iter().filter(|child| policy::may_read(viewer, &child.subject())).collect();
        let journal = if viewer.is_agent() { Some(journal::of(conn, "action", action.id.as_str(), 100)?) } else { None };
        let may_write = viewer.actor().is_some_and(|actor| policy::may_write(actor, &action.subject()));
        let mails = if may_write { Some(Mails::of(conn, "action", action.id.as_str())?) } else { None };
        let consulted = consultations::recent(conn, may_write, consultations::Kind::Action, action.id.as_str(), today)?;
        let verbs = viewer.actor().map(|actor| policy::verbs(actor, &action.subject(), world.instance.direct_publication)).unwrap_or_default();
        let resting = conventions::service::Filter { action: Some(action.id.clone()), ..Default::default() };
        let conventions = conventions::pages::in_force(conn, viewer, resting, today)?;
        let about = meetings::service::Filter { action: Some(action.id.clone()), ..Default::default() };
        let meetings = meetings::pages::next(conn, viewer, about, now, zone)?;
        let support = if may_write { sharing::pages::of_action::block(conn, &action.id)? } else { None };
        Ok(Self {
            action,
            world,
            partners,
            sessions,
            sheets,
            source,
            inspired,
            journal,
            mails,
            consulted,
            may_write,
            verbs,
            conventions,
            meetings,
            support,
        })
    }

    pub fn json(&self, viewer: &Viewer, now: Moment, today: Day, zone: &Zone) -> Value {
        let (action, fields) = (&self.action, &self.action.fields);
        let (state, state_label) = words::state(action, today);
        let exact = viewer.is_agent();
        let hides_place = words::hides_place(action, self.may_write);
        let other = |action: &Action| {
            json!({
                "title": action.fields.title,
                "url": paths::action(&action.id, &action.fields.title),
                "carrier": words::carrier_label(&action.fields, &self.world, &self.partners),
            })
        };
        let evaluation = &fields.evaluation;
        let written = [&evaluation.results, &evaluation.strengths, &evaluation.difficulties, &evaluation.lessons].iter().any(|text| !text.is_empty());
        let mut shown = json!({
            "id": action.id,
            "version": action.version,
            "title": fields.title,
            "summary": fields.summary,
            "stage": action.life.stage,
            "stage_label": action.life.stage.label(),
            "situation": state,
            "situation_label": state_label,
            "kind_label": fields.kind.label(),
            "visibility_label": viewer.is_agent().then(|| format!("Visibilité : {}", fields.visibility.label().to_lowercase())),
            "carrier": words::carrier(fields, &self.world, &self.partners),
            "audiences": fields.audiences.iter().filter_map(|code| referential::audience(code)).map(|term| term.label.to_string()).collect::<Vec<_>>(),
            "audience_note": none_if_empty(&fields.audience_note),
            "themes": fields.themes.iter().map(|code| json!({ "label": self.world.instance.theme_label(code), "url": paths::search("theme", code) })).collect::<Vec<_>>(),
            "territories": fields.territories.iter().map(|code| json!({ "label": self.world.atlas.name(code), "url": paths::territory(code) })).collect::<Vec<_>>(),
            "period": words::period(fields),
            "rhythm": none_if_empty(&fields.rhythm),
            "next_sessions": self.next_sessions(now, zone),
            "place": if hides_place { None } else { none_if_empty(&fields.place) },
            "place_withheld": hides_place,
            "mobilised_by_label": words::mobilised_by(fields),
            "contact": {
                "email": none_if_empty(&fields.contact.email),
                "phone": none_if_empty(&fields.contact.phone),
                "phone_href": none_if_empty(&fields.contact.phone).map(|phone| phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect::<String>()),
            },
            "mobilisation_label": words::labels(&fields.mobilisation_modes, referential::mobilisation_mode),
            "reception_label": words::labels(&fields.reception_modes, referential::reception_mode),
            "fee_label": words::fee(fields),
            "access_conditions": none_if_empty(&fields.access_conditions),
            "needs": none_if_empty(&fields.needs),
            "objectives": fields.objectives,
            "steps": none_if_empty(&fields.steps),
            "means": none_if_empty(&fields.means),
            "partners": self.partners_json(),
            "figures": self.figures(exact),
            "evaluation": written.then(|| json!({
                "results": none_if_empty(&evaluation.results), "strengths": none_if_empty(&evaluation.strengths),
                "difficulties": none_if_empty(&evaluation.difficulties), "lessons": none_if_empty(&evaluation.lessons),
            })),
            "indicators": fields.indicators.iter().map(|indicator| indicator_json(indicator, exact)).collect::<Vec<_>>(),
            "sessions": self.sessions_json(exact, hides_place, zone),
            "sessions_url": self.may_write.then(|| paths::about_action(&action.id, "seances")),
            "plan_sheets": self.sheets.iter().map(|sheet| json!({ "number": sheet.number, "title": sheet.title, "url": paths::sheet(&sheet.plan_id, sheet.number) })).collect::<Vec<_>>(),
            "conventions": self.conventions,
            "inspired_by": self.source.as_ref().map(other),
            "inspired": self.inspired.iter().map(other).collect::<Vec<_>>(),
            "updated_on": zone.day(action.updated_at),
        });
        shown["meetings"] = json!(self.meetings);
        shown
    }

    fn partners_json(&self) -> Vec<Value> {
        let links = self.action.fields.partners.iter();
        let known = links.filter_map(|link| Some((link, self.partners.iter().find(|partner| partner.id.as_str() == link.partner_id)?)));
        known
            .map(|(link, partner)| json!({ "name": partner.name, "url": paths::partner(&partner.id, &partner.name), "role": none_if_empty(&link.role) }))
            .collect()
    }

    fn next_sessions(&self, now: Moment, zone: &Zone) -> Vec<Value> {
        let coming = self.sessions.iter().filter(|session| session.ends_at >= now).take(3);
        coming.map(|session| json!({ "date": words::day_of(session, zone), "time": words::hours(session, zone), "note": null })).collect()
    }

    /// What the sessions add up to. People who joined are the newcomers of all sessions.
    fn figures(&self, exact: bool) -> Vec<Value> {
        let sum = store::attended(&self.sessions);
        if sum.held == 0 {
            return Vec::new();
        }
        let figure = |label: &str, value: String| json!({ "label": label, "value": value, "note": null });
        vec![
            figure("Séances tenues", sum.held.to_string()),
            figure("Présences", words::headcount(Some(sum.attended), exact)),
            figure("Personnes ayant rejoint l’action", words::headcount(Some(sum.joined), exact)),
        ]
    }

    fn sessions_json(&self, exact: bool, hides_place: bool, zone: &Zone) -> Vec<Value> {
        let of = |session: &Session| {
            json!({
                "date": words::day_of(session, zone),
                "time": words::hours(session, zone),
                "place": if hides_place { None } else { none_if_empty(&session.place) },
                "cancelled": false,
                "attended": words::headcount(session.attended.map(i64::from), exact),
                "newcomers": words::headcount(session.newcomers.map(i64::from), exact),
                "url": null,
            })
        };
        self.sessions.iter().map(of).collect()
    }

    fn commands(&self, viewer: &Viewer, now: Moment) -> Vec<Value> {
        let about = |what: &str| paths::about_action(&self.action.id, what);
        let command = |label: &str, href: String, method: &str, kind: &str| json!({ "label": label, "href": href, "method": method, "kind": kind });
        let mut commands = Vec::new();
        if self.may_write && self.action.is_to_be_confirmed(now) {
            commands.push(command("Toujours d’actualité", about("confirmer"), "post", "primary"));
        }
        for verb in &self.verbs {
            commands.push(match verb {
                Verb::Publish => command("Publier", about("publier"), "post", "primary"),
                Verb::Submit => command("Proposer à la validation", about("soumettre"), "post", "primary"),
                Verb::Return => command("Renvoyer avec un commentaire", about("renvoyer"), "get", "secondary"),
                Verb::Archive => continue,
            });
        }
        if self.may_write && self.action.life.stage != Stage::Archived {
            commands.push(command("Modifier", paths::edit_action(&self.action.id, "presentation"), "get", "secondary"));
            commands.push(command("Séances et présences", about("seances"), "get", "secondary"));
        }
        if self.may_write && self.action.life.stage == Stage::Draft {
            commands.push(command("Demander un appui", about("appuis"), "get", "secondary"));
        }
        if viewer.is_agent() && !self.action.fields.themes.is_empty() {
            commands.push(command("Qui sait faire\u{a0}?", paths::who_knows("action", self.action.id.as_str()), "get", "secondary"));
        }
        if viewer.actor().is_some_and(policy::may_create) && matches!(self.action.life.stage, Stage::Published | Stage::Archived) {
            commands.push(command("M’en inspirer", about("inspirer"), "post", "secondary"));
        }
        if self.may_write {
            commands.push(command("Historique", about("historique"), "get", "quiet"));
        }
        commands.push(command("Imprimer", about("imprimer"), "get", "quiet"));
        if self.verbs.contains(&Verb::Archive) {
            commands.push(command("Archiver", about("archiver"), "post", "warning"));
        }
        commands
    }

    fn returned(&self, zone: &Zone) -> Option<Value> {
        let comment = self.action.life.return_comment.as_ref().filter(|_| self.may_write)?;
        let line = self.journal.iter().flatten().find(|line| line.event == "returned")?;
        Some(json!({ "author": line.actor, "on": zone.day(line.at), "comment": comment }))
    }

    fn mails(&self, visit: &Visit) -> Option<Value> {
        let administrator = visit.viewer.actor().is_some_and(Actor::is_administrator);
        self.mails.as_ref()?.json(&Setting::of(&visit.app, visit.now), administrator)
    }

    fn journal(&self) -> Option<Vec<Value>> {
        let lines = self.journal.as_ref()?;
        let entry = |line: &journal::Line| json!({ "at": line.at, "author": line.actor, "text": words::event(&line.event, &line.detail), "comment": line.detail.get("comment") });
        Some(lines.iter().map(entry).collect())
    }
}

fn indicator_json(indicator: &crate::actions::model::Indicator, exact: bool) -> Value {
    let figure = |figure: Option<f64>, is_people: bool| match figure {
        None => "—".to_owned(),
        Some(count) if is_people && !exact && count < 5.0 => "moins de\u{a0}5".to_owned(),
        Some(count) => count.to_string().replace('.', ","),
    };
    let is_people = crate::kernel::text::fold(&format!("{} {}", indicator.label, indicator.unit)).contains("personne");
    let label = match indicator.unit.as_str() {
        "" => indicator.label.clone(),
        unit => format!("{} ({unit})", indicator.label),
    };
    json!({ "label": label, "target": figure(indicator.target, false), "value": figure(indicator.value, is_people) })
}

/// `/actions/{id}`: to its full address.
pub async fn short(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    let viewer = visit.viewer.clone();
    let action = visit.app.db.read(move |conn| super::found(conn, &viewer, &id)).await?;
    Ok(moved(&action))
}

fn moved(action: &Action) -> HttpResponse {
    HttpResponse::MovedPermanently().insert_header((header::LOCATION, paths::action(&action.id, &action.fields.title))).finish()
}

/// `/actions/{id}/{slug}`.
pub async fn page(visit: Visit, path: web::Path<(String, String)>) -> Result<HttpResponse> {
    let (id, given) = path.into_inner();
    let (viewer, now, own_zone) = (visit.viewer.clone(), visit.now, visit.app.config.zone.clone());
    let page = visit.app.db.read(move |conn| Page::load(conn, &viewer, &id, now, &own_zone)).await?;
    if given != paths::action_slug(&page.action.fields.title) {
        return Ok(moved(&page.action));
    }
    let zone = &visit.app.config.zone;
    let is_open = page.may_write && page.action.life.stage != Stage::Archived;
    let commands = with_button(&visit, Record::action(&page.action.id), page.commands(&visit.viewer, visit.now)).await?;
    let data = json!({
        "breadcrumb": super::trail(&page.action, None),
        "action": page.json(&visit.viewer, visit.now, visit.today(), zone),
        "returned": page.returned(zone),
        "panel": is_open.then(|| super::panel(&page.action)).filter(|panel| panel["ready"] == false || page.action.life.stage != Stage::Published),
        "commands": commands,
        "journal": page.journal(),
        "mails": page.mails(&visit),
        "consulted": page.consulted,
        "support": page.support,
    });
    let frame = Frame { noindex: page.action.life.stage != Stage::Published, ..Frame::default() };
    visit.framed("actions/show", &page.action.fields.title, frame, actix_web::http::StatusCode::OK, data)
}
