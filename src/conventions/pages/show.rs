//! The page of a convention, as it stands today or on another day.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::line::{Line, Reader, Seen};
use super::names::Names;
use super::{acts, commands, words};
use crate::accounts::model::{Actor, Viewer};
use crate::actions::service::Action;
use crate::consultations;
use crate::conventions::files;
use crate::conventions::model::preparation::{self, StepKind};
use crate::conventions::model::{AvenantStage, Effect, Party, Situation, Stage, Standing, checks};
use crate::conventions::service::{self, Convention};
use crate::db::Conn;
use crate::documents::model::Document;
use crate::documents::pages as documents;
use crate::error::{Error, Result};
use crate::events::Record;
use crate::http::paths;
use crate::http::query::pairs;
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::kernel::ids::{ActionId, ConventionId};
use crate::kernel::text::unbroken;
use crate::kernel::{Day, FieldErrors, Moment, Zone};
use crate::mail::pages::of_record::Mails;
use crate::mail::pages::words::Setting;
use crate::notifications::pages::with_button;
use crate::{actions, meetings};

/// Everything that the page shows, read in one go.
pub struct Page {
    pub convention: Convention,
    pub names: Names,
    pub may_write: bool,
    viewer: Viewer,
    today: Day,
    /// As it stands on the day that is read.
    standing: Standing,
    actions: Vec<Action>,
    replaced: Option<Convention>,
    successors: Vec<Convention>,
    mails: Option<Mails>,
    consulted: Value,
    documents: Vec<Document>,
    meetings: Vec<Value>,
}

impl Page {
    pub fn load(conn: &mut Conn, viewer: &Viewer, id: &str, on: Day, now: Moment, zone: &Zone) -> Result<Self> {
        let today = zone.day(now);
        let convention = service::find(conn, viewer, &super::id_of(id)?, today)?;
        let standing = convention.standing(on);
        let fields = &standing.fields;
        let ids: Vec<ActionId> = fields.actions.iter().filter_map(|id| ActionId::parse(id)).collect();
        let actions = actions::exporting::readable(conn, viewer, &ids)?;
        let replaced: Vec<ConventionId> = fields.replaces.iter().filter_map(|id| ConventionId::parse(id)).collect();
        let replaced = service::readable_ones(conn, viewer, &replaced)?.pop();
        let successors = service::replacing(conn, viewer, &convention.id)?;
        let may_write = match viewer.actor() {
            Some(actor) => service::may_write(conn, actor, &convention, today)?,
            None => false,
        };
        let mails = if may_write { Some(Mails::of(conn, "convention", convention.id.as_str())?) } else { None };
        let consulted = consultations::recent(conn, may_write, consultations::Kind::Convention, convention.id.as_str(), today)?;
        let about = meetings::service::Filter { convention: Some(convention.id.clone()), ..Default::default() };
        let meetings = meetings::pages::next(conn, viewer, about, now, zone)?;
        let (names, documents) = (Names::load(conn, viewer)?, files::list(conn, &convention.id)?);
        Ok(Self {
            names,
            may_write,
            viewer: viewer.clone(),
            today,
            standing,
            actions,
            replaced,
            successors,
            mails,
            consulted,
            documents,
            meetings,
            convention,
        })
    }

    fn is_agent(&self) -> bool {
        self.viewer.is_agent()
    }

    fn reader(&self) -> Reader {
        let own = self.viewer.actor().and_then(|actor| actor.organisation_id.as_ref()).map(|id| id.as_str());
        let party = self.standing.fields.parties.iter().find(|party| own.is_some() && party.partner.as_deref() == own);
        match (self.may_write, party) {
            (true, _) => Reader::Manager,
            (false, _) if self.is_agent() => Reader::Agent,
            (false, Some(party)) => Reader::Party { has_signed: party.signed_on.is_some() },
            (false, None) => Reader::Anybody,
        }
    }

    fn line(&self) -> Line {
        let fields = &self.standing.fields;
        let unsigned = fields.parties.iter().filter(|party| party.signed_on.is_none());
        let awaited: Vec<String> = unsigned.map(|party| self.names.party(party.partner.as_deref())).collect();
        let seen = Seen {
            reader: self.reader(),
            stage: self.convention.life.stage,
            number: self.convention.number.as_deref(),
            standing: &self.standing,
            today: self.standing.on,
            awaited: &awaited,
            missing: checks::missing(fields).iter().count(),
            actions: self.actions.len(),
        };
        seen.line()
    }

    pub fn json(&self, zone: &Zone) -> Value {
        let (convention, standing) = (&self.convention, &self.standing);
        let fields = &standing.fields;
        let (code, label) = words::state(convention.life.stage, standing);
        let line = self.line();
        let on_another_day = standing.on != self.today;
        let other = |other: &Convention| json!({ "title": other.standing(self.today).fields.object, "number": other.number, "url": paths::convention(&other.id) });
        let sheets = self
            .names
            .sheets
            .iter()
            .filter(|sheet| fields.plan_sheets.iter().any(|wanted| wanted.plan_id == sheet.plan_id.as_str() && wanted.number == sheet.number));
        let mut shown = json!({
            "id": convention.id,
            "version": convention.version,
            "url": paths::convention(&convention.id),
            "object": fields.object,
            "reference": super::reference(convention),
            "kind_label": fields.kind.label(),
            "level_label": fields.level.label(),
            "tag": words::tag(code),
            "state_label": label,
            "visibility_label": self.is_agent().then(|| format!("Visibilité\u{a0}: {}", fields.visibility.label().to_lowercase())),
            "stands": line.stands,
            "next": line.next.filter(|_| !on_another_day),
            "on": on_another_day.then(|| json!({ "day": standing.on, "is_past": standing.on < self.today })),
            "today": self.today.iso(),
            "returned": convention.life.return_comment.as_ref().filter(|_| self.is_agent()),
            "missing": if self.may_write && !on_another_day { self.missing() } else { Vec::new() },
            "terms": self.terms(),
            "parties": fields.parties.iter().map(|party| self.party(party)).collect::<Vec<_>>(),
            "plan": if self.is_agent() && !on_another_day { self.plan() } else { Vec::new() },
            "acts": self.acts(),
            "actions": self.actions.iter().map(|action| self.action(action)).collect::<Vec<_>>(),
            "plan_sheets": sheets.map(|sheet| json!({ "number": sheet.number, "title": sheet.title, "url": paths::sheet(&sheet.plan_id, sheet.number) })).collect::<Vec<_>>(),
            "themes": fields.themes.iter().map(|code| json!({ "label": self.names.instance.theme_label(code), "url": paths::search("theme", code) })).collect::<Vec<_>>(),
            "territories": fields.territories.iter().map(|code| json!({ "label": self.names.atlas.name(code), "url": paths::territory(code) })).collect::<Vec<_>>(),
            "replaced": self.replaced.as_ref().map(other),
            "successors": self.successors.iter().map(other).collect::<Vec<_>>(),
            "responsible": self.responsible(),
            "signed_file": convention.signed_file,
            "file_url": convention.signed_file.as_ref().and_then(|file| self.file_url(file)),
            "updated_on": zone.day(convention.updated_at),
        });
        shown["meetings"] = json!(self.meetings);
        shown
    }

    /// Where the signed file of that fingerprint is.
    fn file_url(&self, sha256: &str) -> Option<String> {
        self.documents.iter().find(|document| document.sha256 == sha256).map(documents::path)
    }

    /// Those who follow it are named to those who have an account.
    fn responsible(&self) -> Option<Value> {
        self.viewer.actor()?;
        let account = self.names.responsible(&self.convention);
        Some(json!({ "name": self.names.responsible_name(&self.convention), "email": account.map(|account| account.email.as_str().to_owned()) }))
    }

    fn missing(&self) -> Vec<Value> {
        service::to_complete(&self.convention, self.today)
            .iter()
            .map(|(field, text)| json!({ "text": unbroken(text), "href": self.completed_at(field) }))
            .collect()
    }

    /// Where what is missing is given.
    fn completed_at(&self, field: &str) -> String {
        let id = &self.convention.id;
        if field == "signed_file" { paths::about_convention(id, "documents") } else { paths::about_convention(id, &format!("modifier#{field}")) }
    }

    /// What it says, term by term.
    fn terms(&self) -> Vec<Value> {
        let (standing, fields) = (&self.standing, &self.standing.fields);
        let short = |day: Option<Day>| day.map(Day::in_short);
        let begins = match (standing.begins_on, fields.effect) {
            (Some(day), _) if day == Day::FIRST => None,
            (Some(day), Effect::FixedDay) => Some(day.in_short()),
            (Some(day), Effect::LastSignature) => Some(format!("{}, à la dernière signature", day.in_short())),
            (Some(day), Effect::Notification) => Some(format!("{}, à sa notification", day.in_short())),
            (None, effect) => Some(short(fields.starts_on).unwrap_or_else(|| effect.label().to_owned())),
        };
        let term = match (standing.term, standing.has_next) {
            (None, _) => "Sans terme".to_owned(),
            (Some(term), true) => format!("{}, puis un autre", term.in_short()),
            (Some(term), false) => term.in_short(),
        };
        let renewed = words::renewed(standing).map(|times| format!("\n{times}.")).unwrap_or_default();
        let notice = match (fields.notice_months, standing.notice_by) {
            (None, _) => None,
            (Some(months), Some(by)) => Some(format!("{months}\u{a0}mois\u{a0}: le {} au plus tard", by.in_short())),
            (Some(months), None) => Some(format!("{months}\u{a0}mois")),
        };
        let row = |label: &str, value: Option<String>| value.filter(|value| !value.is_empty()).map(|value| json!({ "label": label, "value": value }));
        [
            row("Fondement juridique", Some(fields.legal_basis.clone())),
            row("Prise d’effet", begins),
            row("Terme", Some(term)),
            row("À revoir le", short(fields.review_on)),
            row("Reconduction", Some(format!("{}{renewed}", words::renewal(fields)))),
            row("Préavis", notice),
            row("Montant", words::amount(fields)),
            row("Identifiant externe", fields.external_id.clone().filter(|_| self.is_agent())),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn party(&self, party: &Party) -> Value {
        let authorised = party.authorisation.as_ref().map(|one| {
            let organ = if one.organ.is_empty() { String::new() } else { format!("\u{a0}: {}", one.organ) };
            let number = if one.number.is_empty() { String::new() } else { format!(", n°\u{a0}{}", one.number) };
            let dated = one.dated.map(|day| format!(", le {}", day.in_short())).unwrap_or_default();
            let enforceable = one.enforceable_on.map(|day| format!(", exécutoire le {}", day.in_short())).unwrap_or_default();
            format!("Délibération{organ}{number}{dated}{enforceable}")
        });
        let early = checks::signed_early(&self.standing.fields).find(|(one, _)| *one == party);
        let warning = match (early, party.signed_on, party.authorisation.as_ref().and_then(|one| one.enforceable_on)) {
            (Some((_, Some(day))), ..) => Some(format!("Signée avant que la délibération ne soit exécutoire, le {}.", day.in_short())),
            (Some((_, None)), ..) => Some("Signée sans que l’on sache si la délibération était exécutoire.".to_owned()),
            (None, None, Some(day)) if day > self.today => {
                Some(format!("À ne pas signer avant le {}\u{a0}: la délibération n’est pas encore exécutoire.", day.in_short()))
            }
            _ => None,
        };
        let is_hidden = self.names.is_hidden(party.partner.as_deref());
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let signatory: Vec<String> = [some(&party.signatory), some(&party.capacity)].into_iter().flatten().collect();
        json!({
            "name": self.names.party(party.partner.as_deref()),
            "url": self.names.party_url(party.partner.as_deref()),
            "signatory": if is_hidden { String::new() } else { signatory.join(", ") },
            "authorisation": authorised.filter(|_| !is_hidden),
            "signed_on": party.signed_on,
            "warning": warning.filter(|_| self.is_agent()),
        })
    }

    /// The steps to its term, unless what follows is decided, or it has ended.
    fn plan(&self) -> Vec<Value> {
        let is_open = matches!(self.standing.situation, Some(Situation::Upcoming | Situation::InForce | Situation::ToRenew));
        if !is_open || !self.convention.successors.is_empty() {
            return Vec::new();
        }
        let steps = preparation::steps(&self.standing);
        let next = steps.iter().position(|step| step.by >= self.today);
        let is_review = self.standing.term.is_none();
        let step = |(place, step): (usize, &preparation::Step)| {
            let label = if step.kind == StepKind::End && is_review { "À revoir" } else { step.kind.label() };
            json!({ "on": step.by, "label": label, "is_past": step.by < self.today, "current": next == Some(place) })
        };
        steps.iter().enumerate().map(step).collect()
    }

    fn action(&self, action: &Action) -> Value {
        let situation = action.situation(self.today);
        json!({
            "title": action.fields.title,
            "url": paths::action(&action.id, &action.fields.title),
            "situation": situation.map_or(action.life.stage.as_str(), |situation| situation.as_str()),
            "situation_label": situation.map_or(action.life.stage.label(), |situation| situation.label()),
            "territories": action.fields.territories.iter().map(|code| self.names.atlas.name(code)).collect::<Vec<_>>().join(", "),
        })
    }

    /// Its acts until the day that is read; an avenant in preparation with what leads to it.
    fn acts(&self) -> Vec<Value> {
        let until = (self.standing.on < self.today).then_some(self.standing.on);
        let mut thread = acts::thread(&self.convention, &self.names, self.is_agent(), until);
        for shown in &mut thread {
            shown["file_url"] = json!(shown["file"].as_str().and_then(|file| self.file_url(file)));
        }
        for shown in thread.iter_mut().filter(|_| self.may_write) {
            let act = self.convention.acts.iter().find(|act| shown["id"] == act.id.as_str());
            if let Some(act) = act.filter(|act| act.content.stage() == AvenantStage::Draft) {
                let about = |what: &str| paths::about_convention(&self.convention.id, &format!("actes/{}/{what}", act.id));
                shown["open"] = json!({ "edit": about("modifier"), "abandon": about("abandonner") });
            }
        }
        thread
    }

    /// What the reader may do from here: the verbs of its life come first. What may be done is done today, whatever day is read.
    fn commands(&self) -> Vec<Value> {
        let command = |label: &str, what: &str| json!({ "label": label, "href": paths::about_convention(&self.convention.id, what), "method": "get", "kind": "quiet" });
        let actor = self.viewer.actor().filter(|_| self.may_write);
        let mut commands = actor.map_or_else(Vec::new, |actor| commands::of(&self.convention, &self.convention.standing(self.today), actor));
        commands.push(command("Documents", "documents"));
        if self.may_write {
            commands.push(command("Historique", "historique"));
        }
        commands.push(command("Imprimer", "imprimer"));
        commands.extend(actor.and_then(|actor| commands::last(&self.convention, actor)));
        commands
    }

    fn mails(&self, visit: &Visit) -> Option<Value> {
        let administrator = visit.viewer.actor().is_some_and(Actor::is_administrator);
        self.mails.as_ref()?.json(&Setting::of(&visit.app, visit.now), administrator)
    }
}

/// A day that an address names.
pub fn day_of(form: &crate::http::forms::Form, name: &str, errors: &mut FieldErrors) -> Option<Day> {
    match form.get(name).trim() {
        "" => None,
        text => Day::parse(text).or_else(|| {
            errors.add(name, "Une date est attendue, comme 31/12/2027.");
            None
        }),
    }
}

/// `/conventions/{id}`, as it reads on `?le=`.
pub async fn page(visit: Visit, request: HttpRequest, id: web::Path<String>) -> Result<HttpResponse> {
    let page = load(&visit, &request, id.into_inner()).await?;
    let commands = with_button(&visit, Record::convention(&page.convention.id), page.commands()).await?;
    let data = json!({
        "breadcrumb": super::trail(&page.convention, None),
        "convention": page.json(&visit.app.config.zone),
        "commands": commands,
        "mails": page.mails(&visit),
    });
    shown(&visit, &page, data, false)
}

pub async fn load(visit: &Visit, request: &HttpRequest, id: String) -> Result<Page> {
    let (viewer, today) = (visit.viewer.clone(), visit.today());
    let (now, zone) = (visit.now, visit.app.config.zone.clone());
    let mut errors = FieldErrors::default();
    let on = day_of(&pairs(request.query_string())?, "le", &mut errors).unwrap_or(today);
    visit
        .app
        .db
        .read(move |conn| {
            let page = Page::load(conn, &viewer, &id, on, now, &zone)?;
            // Who may not read it learns nothing, not even what is wrong with the address.
            errors.into_result().map_err(Error::BadQuery)?;
            Ok::<_, Error>(page)
        })
        .await
}

pub fn shown(visit: &Visit, page: &Page, mut data: Value, print: bool) -> Result<HttpResponse> {
    data["consulted"] = if print { Value::Null } else { page.consulted.clone() };
    let is_open = page.convention.life.stage == Stage::Signed && page.standing.on == page.today;
    let frame = Frame { print, noindex: print || !is_open, home: false };
    visit.framed("conventions/show", &page.standing.fields.object, frame, StatusCode::OK, data)
}
