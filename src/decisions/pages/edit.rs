//! The form by which a decision is written, or written again.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value, json};

use super::names::Names;
use super::show::asked;
use super::{id_of, trail};
use crate::accounts::model::{Role, Viewer};
use crate::decisions::model::DecisionFields;
use crate::decisions::service::{self, Decision};
use crate::error::{Error, Result};
use crate::http::forms::{Choice, Field, Form, Submitted, choices, summary};
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::query::{self, pairs};
use crate::http::visit::Visit;
use crate::kernel::ids::{DecisionId, MeetingId};
use crate::kernel::{Day, FieldErrors};
use crate::meetings;
use crate::meetings::service::Meeting;

/// What the form is for, and what it chooses from.
struct Desk {
    meeting: Meeting,
    names: Names,
    decision: Option<Decision>,
    /// What it asks for now, in words.
    asked: Option<String>,
    /// The need that it answers.
    need: Option<Decision>,
}

/// What the form holds: what was typed, or what is there.
struct Filled {
    text: String,
    item: String,
    responsible: String,
    responsible_name: String,
    due_on: String,
    asks: String,
    territories: Vec<String>,
    handed_to: String,
    reason: String,
}

impl Filled {
    fn typed(form: &Form) -> Self {
        let of = |name: &str| form.get(name).to_owned();
        Self {
            text: of("text"),
            item: of("item"),
            responsible: of("responsible"),
            responsible_name: of("responsible_name"),
            due_on: of("due_on"),
            asks: of("asks"),
            territories: form.all("territories"),
            handed_to: of("handed_to"),
            reason: of("reason"),
        }
    }

    fn of(fields: &DecisionFields, asks: String) -> Self {
        Self {
            text: fields.text.clone(),
            item: fields.item.clone().unwrap_or_default(),
            responsible: fields.responsible.clone().unwrap_or_default(),
            responsible_name: fields.responsible_name.clone(),
            due_on: fields.due_on.map(Day::in_figures).unwrap_or_default(),
            asks,
            territories: fields.territories.clone(),
            handed_to: fields.handed_to.clone().unwrap_or_default(),
            reason: String::new(),
        }
    }

    fn given(&self) -> Map<String, Value> {
        let fields = json!({
            "text": self.text, "item": self.item, "responsible": self.responsible, "responsible_name": self.responsible_name, "due_on": self.due_on,
            "asks": self.asks, "territories": self.territories, "handed_to": self.handed_to,
        });
        fields.as_object().cloned().unwrap_or_default()
    }
}

/// The meeting that the address names, and the need that is answered there.
fn named(query: &str) -> Result<(MeetingId, Option<DecisionId>)> {
    let form = pairs(query)?;
    let meeting = MeetingId::parse(form.get("rencontre")).ok_or(Error::NotFound)?;
    Ok((meeting, DecisionId::parse(form.get("repond"))))
}

async fn new_desk(visit: &Visit, query: &str) -> Result<Desk> {
    visit.agent()?;
    let (id, need) = named(query)?;
    let (viewer, now) = (visit.viewer.clone(), visit.now);
    let read = visit.app.db.read(move |conn| {
        let meeting = service::meeting_to_decide(conn, &viewer, &id, now)?;
        let need = match need {
            Some(need) => Some(service::find(conn, &viewer, &need)?),
            None => None,
        };
        Ok::<_, Error>(Desk { names: Names::load(conn, &viewer)?, meeting, decision: None, asked: None, need })
    });
    read.await
}

pub async fn new_form(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    let desk = new_desk(&visit, request.query_string()).await?;
    let fields = DecisionFields { territories: desk.meeting.fields.territories.clone(), ..DecisionFields::default() };
    show(&visit, &desk, &Filled::of(&fields, String::new()), &FieldErrors::default())
}

pub async fn create(submitted: Submitted, request: HttpRequest) -> Result<HttpResponse> {
    let Submitted { visit, form } = submitted;
    let desk = new_desk(&visit, request.query_string()).await?;
    let filled = Filled::typed(&form);
    let mut given = filled.given();
    given.insert("meeting_id".into(), json!(desk.meeting.id));
    if let Some(need) = &desk.need {
        given.insert("answers".into(), json!(need.id));
    }
    let (doer, zone) = (visit.doer()?, visit.app.config.zone.clone());
    match visit.app.db.write(move |conn| service::create(conn, doer.by(), &zone, &given)).await {
        Ok(decision) => {
            visit.app.bell.ring();
            Ok(visit.redirect(&paths::minutes(&decision.meeting_id), Some(Notice::DecisionTaken)))
        }
        Err(Error::Invalid(errors)) => show(&visit, &desk, &filled, &errors),
        Err(error) => Err(error),
    }
}

async fn desk(visit: &Visit, id: &str) -> Result<Desk> {
    visit.actor()?;
    let (viewer, id, today) = (visit.viewer.clone(), id_of(id)?, visit.today());
    let read = visit.app.db.read(move |conn| {
        let decision = service::find_to_write(conn, &viewer, &id)?;
        // Its agenda, for whoever may write the decision.
        let meeting = meetings::service::find(conn, &Viewer(Some(crate::accounts::model::Actor::command_line())), &decision.meeting_id)?;
        let asked = asked(conn, &viewer, &decision, today)?.map(|(_, href)| href);
        Ok::<_, Error>(Desk { names: Names::load(conn, &viewer)?, meeting, asked, decision: Some(decision), need: None })
    });
    read.await
}

pub async fn form(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    let desk = desk(&visit, &id).await?;
    let fields = desk.decision.as_ref().map(|decision| decision.fields.clone()).unwrap_or_default();
    let asks = desk.asked.clone().unwrap_or_default();
    show(&visit, &desk, &Filled::of(&fields, asks), &FieldErrors::default())
}

pub async fn save(submitted: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    let Submitted { visit, form } = submitted;
    let desk = desk(&visit, &id).await?;
    let (filled, version) = (Filled::typed(&form), form.version()?);
    let mut given = filled.given();
    // What is asked for and was not touched stays, even when the reader may not see it.
    if filled.asks == desk.asked.clone().unwrap_or_default() {
        given.remove("asks");
    }
    given.insert("reason".into(), json!(filled.reason));
    let (doer, zone, own) = (visit.doer()?, visit.app.config.zone.clone(), id_of(&id)?);
    match visit.app.db.write(move |conn| service::change(conn, doer.by(), &zone, &own, version, &given)).await {
        Ok(decision) => {
            visit.app.bell.ring();
            Ok(visit.redirect(&paths::decision(&decision.id), Some(Notice::Saved)))
        }
        Err(Error::Invalid(errors)) => show(&visit, &desk, &filled, &errors),
        Err(error) => Err(error),
    }
}

fn show(visit: &Visit, desk: &Desk, filled: &Filled, errors: &FieldErrors) -> Result<HttpResponse> {
    let meeting = &desk.meeting;
    let (heading, submit) = match &desk.decision {
        None if desk.need.is_some() => ("Répondre à un besoin transmis", "Enregistrer la décision"),
        None => ("Ajouter une décision", "Enregistrer la décision"),
        Some(_) => ("Modifier la décision", "Enregistrer"),
    };
    let breadcrumb = match &desk.decision {
        Some(decision) => trail(decision, Some("Modifier")),
        None => json!([
            { "label": "Rencontres", "href": "/rencontres" },
            { "label": meeting.fields.title, "href": paths::meeting(&meeting.id, &meeting.fields.title) },
            { "label": "Compte rendu", "href": paths::minutes(&meeting.id) },
            { "label": heading, "href": null },
        ]),
    };
    let (action, version, back) = match &desk.decision {
        Some(decision) => (paths::about_decision(&decision.id, "modifier"), decision.version, paths::decision(&decision.id)),
        None => {
            let mut named = vec![("rencontre", meeting.id.to_string())];
            named.extend(desk.need.as_ref().map(|need| ("repond", need.id.to_string())));
            (format!("/decisions/nouvelle?{}", query::encode(&named)), 0, paths::minutes(&meeting.id))
        }
    };
    let lead = desk.need.as_ref().map_or_else(String::new, |need| format!("Besoin\u{a0}: {}", need.fields.text));
    let data = json!({
        "breadcrumb": breadcrumb,
        "object": meeting.fields.title,
        "heading": heading,
        "lead": lead,
        "warnings": [],
        "form": { "has_file": false, "action": action, "version": version, "seen": "", "submit": submit, "check": null, "back": back },
        "errors": summary(errors),
        "fields": controls(desk, filled, errors),
    });
    let show = if errors.is_empty() { Visit::page } else { Visit::page_again };
    show(visit, "conventions/small", heading, data)
}

fn controls(desk: &Desk, filled: &Filled, errors: &FieldErrors) -> Vec<Value> {
    let with = |control: &str, mut field: Value| {
        field["control"] = json!(control);
        field
    };
    let Desk { meeting, names, decision, .. } = desk;
    let one = |options: Vec<(String, String)>, chosen: &str, none: &str| {
        let first = Choice::new("", none, chosen.is_empty());
        let rest = options.into_iter().map(|(value, label)| Choice::new(&value, &label, value == chosen));
        [first].into_iter().chain(rest).collect::<Vec<_>>()
    };
    let agenda = meeting.fields.agenda.iter().map(|item| (item.key.clone(), item.title.clone())).collect();
    let person = |account: &&crate::accounts::model::Account| {
        let label = if account.role == Role::Partner { format!("{} (partenaire)", account.name) } else { account.name.clone() };
        (account.id.to_string(), label)
    };
    let people = names.people().iter().map(person).collect();
    let is_own = |id: &str| meeting.fields.body_id.as_deref() == Some(id);
    let open = names.bodies.iter().filter(|body| !body.fields.is_closed && !is_own(body.id.as_str()));
    let bodies = open.map(|body| (body.id.to_string(), body.fields.name.clone())).collect();
    let places = names.atlas.own().map(|place| Choice::new(&place.code, &place.name, filled.territories.contains(&place.code))).collect();
    let text = |name, label, hint, value| Field { name, label, hint, value, ..Field::default() };
    let mut fields = vec![
        with("textarea", Field { required: true, max: Some(4000), rows: 5, ..text("text", "Ce qui est décidé", "", &filled.text) }.show(errors)),
        with(
            "select",
            choices(
                "responsible",
                "Qui la suit",
                "Cette personne est prévenue, puis rappelée avant l’échéance.",
                one(people, &filled.responsible, "Personne en particulier"),
                errors,
            ),
        ),
        with("text", text("responsible_name", "Ou son nom", "Pour quelqu’un qui n’a pas de compte.", &filled.responsible_name).show(errors)),
        with("date", text("due_on", "Échéance", "", &filled.due_on).show(errors)),
    ];
    if !meeting.fields.agenda.is_empty() {
        fields.insert(1, with("select", choices("item", "Point de l’ordre du jour", "", one(agenda, &filled.item, "Aucun en particulier"), errors)));
    }
    let hint = "L’adresse de la page d’une action, d’une convention, d’une fiche du schéma ou d’une autre rencontre. La décision sera réalisée quand elle sera publiée, signée, réalisée ou tenue.";
    fields.push(with("text", text("asks", "Ce qu’elle demande", hint, &filled.asks).show(errors)));
    fields.push(with(
        "select",
        choices(
            "handed_to",
            "Transmettre à une autre instance",
            "Un besoin transmis s’inscrit à la prochaine rencontre de cette instance. Sa réponse revient ici.",
            one(bodies, &filled.handed_to, "Non"),
            errors,
        ),
    ));
    fields.push(with("checkboxes", choices("territories", "Territoires", "", places, errors)));
    if decision.as_ref().is_some_and(|decision| decision.meeting_stage.is_frozen()) {
        let hint = "Le texte est approuvé avec le compte rendu. Si vous le corrigez, dites pourquoi.";
        fields.push(with("textarea", Field { rows: 2, max: Some(2000), ..text("reason", "Motif", hint, &filled.reason) }.show(errors)));
    }
    fields
}
