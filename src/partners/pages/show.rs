//! The page of a partner: what it does, where, with whom to speak, and what it takes part in.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::words::{self, none_if_empty, phone_href};
use super::{moved, own_path, trail};
use crate::accounts::model::{Actor, Viewer};
use crate::actions::model::Stage;
use crate::actions::service::{self as actions, Action};
use crate::consultations;
use crate::conventions::pages::words as convention_words;
use crate::conventions::service::{self as conventions, Convention};
use crate::db::Conn;
use crate::error::Result;
use crate::events::Record;
use crate::http::paths;
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::kernel::{Day, Moment, Visibility, Zone, referential};
use crate::mail::pages::of_record::Mails;
use crate::mail::pages::words::Setting;
use crate::notifications::pages::with_button;
use crate::partners::corrections::Correction;
use crate::partners::duplicates::{self, Trace};
use crate::partners::model::{Partner, PartnerContact};
use crate::partners::policy::{self, Subject};
use crate::partners::service::World;
use crate::partners::{corrections, service};
use crate::{journal, journal::Line, meetings};

/// What the reader may do here.
struct May {
    write: bool,
    decide: bool,
    suggest: bool,
    remove: bool,
    see_contacts: bool,
}

/// Everything that the page shows, read in one go.
struct Page {
    partner: Partner,
    world: World,
    may: May,
    actions: Vec<Action>,
    conventions: Vec<Convention>,
    /// To which it is invited, for agents.
    meetings: Vec<Value>,
    corrections: Vec<Correction>,
    duplicates: Vec<Trace>,
    journal: Option<Vec<Line>>,
    mails: Option<Mails>,
    consulted: Value,
}

impl Page {
    fn load(conn: &mut Conn, viewer: &Viewer, id: &str, now: Moment, zone: &Zone) -> Result<Self> {
        let partner = super::found(conn, viewer, id)?;
        let world = World::load(conn)?;
        let subject = Subject::of(&partner, &world);
        let by = |may: fn(&Actor, &Subject<'_>) -> bool| viewer.actor().is_some_and(|actor| may(actor, &subject));
        let may = May {
            write: by(policy::may_write),
            decide: by(policy::may_decide),
            suggest: by(policy::may_suggest),
            remove: viewer.actor().is_some_and(policy::may_remove) && !service::is_in_use(conn, &partner.id)?,
            see_contacts: policy::may_see_contacts(viewer, &partner.id),
        };
        let actions = actions::of_partner(conn, viewer, &partner.id)?;
        let conventions = conventions::of_partner(conn, viewer, &partner.id)?;
        let corrections = if may.decide { corrections::open_of(conn, &partner.id)? } else { Vec::new() };
        let duplicates = match may.decide {
            true => duplicates::of(conn, &partner.fields, Some(&partner.id))?.into_iter().map(|(trace, _)| trace).collect(),
            false => Vec::new(),
        };
        let journal = if viewer.is_agent() { Some(journal::of(conn, "partner", partner.id.as_str(), 100)?) } else { None };
        let mails = if may.write { Some(Mails::of(conn, "partner", partner.id.as_str())?) } else { None };
        let consulted = consultations::recent(conn, may.write, consultations::Kind::Partner, partner.id.as_str(), zone.day(now))?;
        let invited = meetings::service::Filter { organisation: Some(partner.id.clone()), ..Default::default() };
        let meetings = if viewer.is_agent() { meetings::pages::next(conn, viewer, invited, now, zone)? } else { Vec::new() };
        Ok(Self { partner, world, may, actions, conventions, meetings, corrections, duplicates, journal, mails, consulted })
    }

    fn json(&self, viewer: &Viewer, visit: &Visit) -> Value {
        let (partner, fields) = (&self.partner, &self.partner.fields);
        let zone = &visit.app.config.zone;
        let link = |label: String, url: String| json!({ "label": label, "url": url });
        let contacts = fields.contacts.iter().filter(|contact| contact.shown || self.may.see_contacts).map(contact);
        json!({
            "id": partner.id,
            "version": partner.version,
            "name": fields.name,
            "kind_label": fields.kind.label(),
            "visibility_label": (viewer.is_agent() && fields.visibility != Visibility::Public)
                .then(|| format!("Visibilité\u{a0}: {}", fields.visibility.label().to_lowercase())),
            "description": none_if_empty(&fields.description),
            "address": none_if_empty(&fields.address),
            "commune": fields.commune.as_ref().map(|code| link(self.world.atlas.name(code), paths::territory(code))),
            "opening_hours": none_if_empty(&fields.opening_hours),
            "phone": none_if_empty(&fields.phone),
            "phone_href": phone_href(&fields.phone),
            "email": none_if_empty(&fields.email),
            "website": none_if_empty(&fields.website).map(|url| link(shown_address(url), url.to_owned())),
            "contacts": contacts.collect::<Vec<_>>(),
            "area": fields.area.iter().map(|code| link(self.world.atlas.name(code), paths::territory(code))).collect::<Vec<_>>(),
            "themes": fields.themes.iter().map(|code| link(self.world.instance.theme_label(code), paths::search("theme", code))).collect::<Vec<_>>(),
            "audiences": fields.audiences.iter().filter_map(|code| referential::audience(code)).map(|term| term.label.as_str()).collect::<Vec<_>>(),
            "networks": fields.networks.iter().map(|code| words::network(code)).collect::<Vec<_>>(),
            "siret": fields.siret.as_ref().map(|siret| siret.spaced()),
            "rna": fields.rna.as_ref().map(|rna| rna.as_str()),
            "confirmed_on": zone.day(partner.confirmed_at),
            "to_confirm": self.to_confirm(viewer, visit.now),
        })
    }

    /// Who is told that the page has grown old: those who may say whether it still holds.
    fn to_confirm(&self, viewer: &Viewer, now: Moment) -> bool {
        self.partner.is_to_be_confirmed(now) && (viewer.is_agent() || self.may.write)
    }

    /// What names this partner elsewhere: one section a kind of record, left out when there is none.
    fn sections(&self, today: Day) -> Vec<Value> {
        let action = |action: &Action| {
            let situation = action.situation(today);
            json!({
                "label": action.fields.title,
                "url": paths::action(&action.id, &action.fields.title),
                "tag": situation,
                "tag_label": situation.map(|situation| situation.label()),
                "note": action.fields.partners.iter().find(|link| link.partner_id == self.partner.id.as_str()).map_or("", |link| &link.role),
            })
        };
        let published: Vec<Value> = self.actions.iter().filter(|action| action.life.stage == Stage::Published).map(action).collect();
        let convention = |convention: &Convention| {
            let standing = convention.standing(today);
            let (state, label) = convention_words::state(convention.life.stage, &standing);
            json!({
                "label": standing.fields.object,
                "url": paths::convention(&convention.id),
                "tag": convention_words::tag(state),
                "tag_label": label,
                "note": if standing.in_force { convention_words::stands(convention.life.stage, &standing, today) } else { String::new() },
            })
        };
        let signed: Vec<Value> = self.conventions.iter().map(convention).collect();
        let meeting =
            |line: &Value| json!({ "label": line["title"], "url": line["url"], "tag": line["tag"], "tag_label": line["state"], "note": line["day"] });
        let invited: Vec<Value> = self.meetings.iter().map(meeting).collect();
        let sections = [
            ("conventions", "Conventions", signed),
            ("actions", "Actions menées ensemble", published),
            ("meetings", "Prochaines rencontres", invited),
        ];
        let filled = sections.into_iter().filter(|(_, _, items)| !items.is_empty());
        filled.map(|(id, title, items)| json!({ "id": id, "title": title, "items": items })).collect()
    }

    fn commands(&self, now: Moment) -> Vec<Value> {
        let about = |what: &str| paths::about_partner(&self.partner.id, what);
        let command = |label: &str, href: String, method: &str, kind: &str| json!({ "label": label, "href": href, "method": method, "kind": kind });
        let mut commands = Vec::new();
        let is_due = self.partner.is_to_be_confirmed(now);
        if self.may.write && is_due {
            commands.push(command("Tout est exact", about("confirmer"), "post", "primary"));
        }
        if self.may.write {
            commands.push(command("Modifier", about("modifier"), "get", "secondary"));
        }
        if self.may.suggest {
            commands.push(command("Proposer une correction", about("corriger"), "get", "secondary"));
        }
        if self.may.write && !is_due {
            commands.push(command("Confirmer la fiche", about("confirmer"), "post", "quiet"));
        }
        if self.may.write {
            commands.push(command("Historique", about("historique"), "get", "quiet"));
        }
        if self.may.decide {
            commands.push(command("Réunir avec une autre fiche", about("reunir"), "get", "quiet"));
        }
        if self.may.remove {
            commands.push(command("Supprimer", about("supprimer"), "post", "warning"));
        }
        commands
    }

    fn corrections(&self) -> Vec<Value> {
        let one = |correction: &Correction| {
            let fields: Vec<&str> = correction.changes.keys().map(String::as_str).collect();
            json!({
                "author": correction.author_name, "at": correction.created_at, "what": crate::partners::labels::in_a_sentence(&fields),
                "url": paths::correction(&correction.id),
            })
        };
        self.corrections.iter().map(one).collect()
    }

    fn duplicates(&self) -> Vec<Value> {
        let merge = |trace: &Trace| format!("{}?avec={}", paths::about_partner(&self.partner.id, "reunir"), trace.id);
        self.duplicates
            .iter()
            .map(|trace| json!({ "name": trace.name, "url": paths::partner(&trace.id, &trace.name), "merge": merge(trace) }))
            .collect()
    }

    fn journal(&self) -> Option<Vec<Value>> {
        let entry = |line: &Line| json!({ "at": line.at, "author": line.actor, "text": words::event(&line.event, &line.detail), "comment": line.detail.get("comment") });
        Some(self.journal.as_ref()?.iter().map(entry).collect())
    }
}

fn contact(contact: &PartnerContact) -> Value {
    json!({
        "name": none_if_empty(&contact.name), "function": none_if_empty(&contact.function), "email": none_if_empty(&contact.email),
        "phone": none_if_empty(&contact.phone), "phone_href": phone_href(&contact.phone), "hidden": !contact.shown,
    })
}

/// `www.exemple.fr/contact`: an address as people say it.
fn shown_address(url: &str) -> String {
    url.trim_start_matches("https://").trim_start_matches("http://").trim_end_matches('/').to_owned()
}

/// `/partenaires/{id}`: to its full address.
pub async fn short(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    let viewer = visit.viewer.clone();
    let partner = visit.app.db.read(move |conn| super::found(conn, &viewer, &id)).await?;
    Ok(moved(&own_path(&partner)))
}

/// `/partenaires/{id}/{slug}`. The page of one that became another leads there.
pub async fn page(visit: Visit, path: web::Path<(String, String)>) -> Result<HttpResponse> {
    let (id, given) = path.into_inner();
    let (viewer, asked, now, zone) = (visit.viewer.clone(), id.clone(), visit.now, visit.app.config.zone.clone());
    let page = visit.app.db.read(move |conn| Page::load(conn, &viewer, &asked, now, &zone)).await?;
    if page.partner.id.as_str() != id || given != paths::partner_slug(&page.partner.fields.name) {
        return Ok(moved(&own_path(&page.partner)));
    }
    let administrator = visit.viewer.is_administrator();
    let commands = with_button(&visit, Record::partner(&page.partner.id), page.commands(visit.now)).await?;
    let data = json!({
        "breadcrumb": trail(&page.partner, None),
        "partner": page.json(&visit.viewer, &visit),
        "commands": commands,
        "corrections": page.corrections(),
        "duplicates": page.duplicates(),
        "sections": page.sections(visit.today()),
        "journal": page.journal(),
        "mails": page.mails.as_ref().and_then(|mails| mails.json(&Setting::of(&visit.app, visit.now), administrator)),
        "consulted": page.consulted,
    });
    let frame = Frame { noindex: page.partner.fields.visibility != Visibility::Public, ..Frame::default() };
    visit.framed("partners/show", &page.partner.fields.name, frame, StatusCode::OK, data)
}

/// What somebody who may write an organisation is sent back to, after a verb.
pub fn back(visit: &Visit, partner: &Partner, notice: crate::http::notice::Notice) -> HttpResponse {
    visit.redirect(&own_path(partner), Some(notice))
}

/// The organisation as its reader now finds it.
pub async fn again(visit: &Visit, id: &str) -> Result<Partner> {
    let (viewer, id) = (visit.viewer.clone(), super::id_of(id)?);
    visit.app.db.read(move |conn| service::read(conn, &viewer, &id)).await
}
