//! The form of a body: what it is, who sits in it, and what its meetings begin with.

use actix_web::{HttpResponse, web};
use serde_json::{Map, Value, json};

use super::form::{heading, with_control};
use super::names::Names;
use super::{body_of, words};
use crate::error::{Error, Result};
use crate::http::forms::{Choice, Field, Form, Submitted, choices, summary};
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::visit::Visit;
use crate::kernel::FieldErrors;
use crate::kernel::actor::Actor;
use crate::meetings::bodies::{self, Body};
use crate::meetings::model::{Approval, BodyFields, Kind, MemberRole, Quality};
use crate::meetings::world::World;
use crate::meetings::{policy, service};

const MOST_ROWS: usize = 220;
const NAMES: [&str; 10] = ["name", "kind", "territory", "purpose", "rhythm", "notice_days", "reminder_days", "approval", "silence_days", "sections"];

fn values_of(fields: &BodyFields, names: &Names) -> Map<String, Value> {
    let Ok(Value::Object(mut values)) = serde_json::to_value(fields) else { return Map::new() };
    values.insert("sections".to_owned(), json!(fields.sections.join("\n")));
    let days: Vec<String> = fields.reminder_days.iter().map(ToString::to_string).collect();
    values.insert("reminder_days".to_owned(), json!(days.join(", ")));
    for (member, shown) in fields.members.iter().zip(values.get_mut("members").and_then(Value::as_array_mut).into_iter().flatten()) {
        shown["organisation"] =
            json!(member.partner.as_deref().and_then(|id| names.organisation(id)).map(|one| one.name.clone()).unwrap_or_default());
    }
    values
}

/// What was sent, under the names of the API.
fn sent(form: &Form, names: &Names, errors: &mut FieldErrors) -> Map<String, Value> {
    let mut values: Map<String, Value> = NAMES.iter().map(|name| ((*name).to_owned(), json!(form.get(name)))).collect();
    values.insert("is_closed".to_owned(), json!(form.get("is_closed") == "oui"));
    let mut members = Vec::new();
    for row in (0..MOST_ROWS).take_while(|row| form.has(&format!("members.{row}.name"))) {
        let of = |column: &str| form.get(&format!("members.{row}.{column}")).trim();
        let is_blank = ["name", "email", "function", "organisation"].iter().all(|column| of(column).is_empty());
        if of("gone") == "oui" || is_blank {
            continue;
        }
        let partner = names.organisation_named(of("organisation"));
        if partner.is_none() && !of("organisation").is_empty() {
            errors.add(
                "members",
                format!(
                    "«\u{a0}{}\u{a0}» n’est pas dans l’annuaire des partenaires\u{a0}: choisissez un nom de la liste, ou videz la case.",
                    words::upper_first(of("organisation"))
                ),
            );
        }
        members.push(json!({
            "name": of("name"), "email": of("email"), "function": of("function"), "quality": of("quality"), "role": of("role"), "partner": partner,
            "organisation": of("organisation"), "account": if of("email").is_empty() { of("account") } else { "" },
        }));
    }
    values.insert("members".to_owned(), Value::Array(members));
    values
}

async fn load(visit: &Visit) -> Result<Names> {
    let viewer = visit.viewer.clone();
    visit.app.db.read(move |conn| Names::load(conn, &viewer)).await
}

fn creator(visit: &Visit) -> Result<&Actor> {
    let actor = visit.actor()?;
    if policy::may_create(actor) { Ok(actor) } else { Err(service::not_prepared_here()) }
}

pub async fn new_form(visit: Visit) -> Result<HttpResponse> {
    let territory = creator(&visit)?.territories.iter().next().cloned().unwrap_or_default();
    let names = load(&visit).await?;
    let values = values_of(&BodyFields { territory, ..BodyFields::of_kind(Kind::LocalFollowUpCommittee) }, &names);
    show(&visit, None, &names, values, 0, 3, &FieldErrors::default())
}

pub async fn create(sent_form: Submitted) -> Result<HttpResponse> {
    let (visit, form) = (&sent_form.visit, &sent_form.form);
    creator(visit)?;
    let names = load(visit).await?;
    let mut errors = FieldErrors::default();
    let values = sent(form, &names, &mut errors);
    if form.get("do") == "more" {
        return show(visit, None, &names, values, 0, 5, &FieldErrors::default());
    }
    if !errors.is_empty() {
        return show(visit, None, &names, values, 0, 1, &errors);
    }
    let (doer, zone, given) = (visit.doer()?, visit.app.config.zone.clone(), values.clone());
    match visit
        .app
        .db
        .write(move |conn| {
            let world = World::load(conn, &zone)?;
            bodies::create(conn, doer.by(), &world, &given)
        })
        .await
    {
        Ok(body) => Ok(visit.redirect(&paths::body(&body.id), Some(Notice::BodyMade))),
        Err(Error::Invalid(errors)) => show(visit, None, &names, values, 0, 1, &errors),
        Err(error) => Err(error),
    }
}

async fn writable(visit: &Visit, id: &str) -> Result<Body> {
    let (actor, id) = (visit.actor()?.clone(), body_of(id)?);
    visit.app.db.read(move |conn| bodies::find_to_write(conn, &actor, &id)).await
}

pub async fn form(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    let (body, names) = (writable(&visit, &id).await?, load(&visit).await?);
    show(&visit, Some(&body), &names, values_of(&body.fields, &names), body.version, 1, &FieldErrors::default())
}

pub async fn save(sent_form: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    let (visit, form) = (&sent_form.visit, &sent_form.form);
    let (body, version, names) = (writable(visit, &id).await?, form.version()?, load(visit).await?);
    let mut errors = FieldErrors::default();
    let values = sent(form, &names, &mut errors);
    if form.get("do") == "more" {
        return show(visit, Some(&body), &names, values, version, 5, &FieldErrors::default());
    }
    if !errors.is_empty() {
        return show(visit, Some(&body), &names, values, version, 1, &errors);
    }
    let (doer, zone, given, own) = (visit.doer()?, visit.app.config.zone.clone(), values.clone(), body.id.clone());
    match visit
        .app
        .db
        .write(move |conn| {
            let world = World::load(conn, &zone)?;
            bodies::change(conn, doer.by(), &world, &own, version, &given)
        })
        .await
    {
        Ok(body) => Ok(visit.redirect(&paths::body(&body.id), Some(Notice::Saved))),
        Err(Error::Invalid(errors)) => show(visit, Some(&body), &names, values, version, 1, &errors),
        // Nothing that was typed is lost: it is shown over what somebody else wrote, and saved when it is sent again.
        Err(Error::Conflict { current }) => {
            let message = "Quelqu’un d’autre a modifié cette instance pendant que vous écriviez. Votre texte est toujours là\u{a0}: ouvrez la page de l’instance dans un autre onglet pour lire le sien, puis enregistrez.";
            show(visit, Some(&body), &names, values, current, 1, &FieldErrors::one("name", message))
        }
        Err(error) => Err(error),
    }
}

fn show(
    visit: &Visit,
    body: Option<&Body>,
    names: &Names,
    values: Map<String, Value>,
    version: i32,
    spare: usize,
    errors: &FieldErrors,
) -> Result<HttpResponse> {
    let text = |name: &str| match values.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let field = |control: &str, name: &'static str, label: &'static str, hint: &'static str, rows: u32| {
        let value = text(name);
        with_control(control, Field { name, label, hint, value: &value, rows, required: name == "name", ..Field::default() }.show(errors))
    };
    let chosen = |control: &str, name: &str, label: &str, hint: &str, all: Vec<(String, String)>| {
        let value = text(name);
        with_control(
            control,
            choices(name, label, hint, all.into_iter().map(|(code, label)| Choice::new(&code, &label, code == value)).collect(), errors),
        )
    };
    let coded = |all: &[(&str, &str)]| all.iter().map(|(code, label)| ((*code).to_owned(), (*label).to_owned())).collect::<Vec<_>>();
    let kinds: Vec<(&str, &str)> = Kind::ALL.iter().map(|kind| (kind.as_str(), kind.label())).collect();
    let approvals: Vec<(&str, &str)> = Approval::ALL.iter().map(|one| (one.as_str(), one.label())).collect();
    let closed = Choice::new("oui", "Cette instance ne se réunit plus", values.get("is_closed") == Some(&json!(true)));
    let mut fields = vec![
        heading("Laquelle\u{a0}?"),
        field("text", "name", "Nom", "Par exemple\u{a0}: «\u{a0}Comité local de suivi de Loudun\u{a0}».", 1),
        chosen("select", "kind", "Type", "", coded(&kinds)),
        chosen(
            "select",
            "territory",
            "Territoire",
            "Celui dont elle traite, ou le département entier.",
            territories(visit, names, &text("territory")),
        ),
        field("textarea", "purpose", "À quoi elle sert", "", 2),
        field("text", "rhythm", "Rythme", "Par exemple\u{a0}: «\u{a0}une fois par trimestre\u{a0}».", 1),
        heading("Qui y siège\u{a0}?"),
        members(&values, spare, errors),
        heading("Comment prépare-t-on ses rencontres\u{a0}?"),
        field("number", "notice_days", "Délai de convocation, en jours", "", 1),
        field("text", "reminder_days", "Rappels", "Combien de jours avant\u{a0}: «\u{a0}7, 1\u{a0}» pour une semaine avant, puis la veille.", 1),
        heading("Et ses comptes rendus\u{a0}?"),
        chosen("radios", "approval", "Qui les approuve", "", coded(&approvals)),
        field("number", "silence_days", "Délai d’objection, en jours", "Quand un compte rendu est approuvé sans objection dans le délai.", 1),
        field("textarea", "sections", "Rubriques, en plus de l’ordre du jour", "Une par ligne.", 3),
    ];
    if body.is_some() {
        fields.push(with_control(
            "checkboxes",
            choices("is_closed", "Fin", "Elle reste lisible avec ses rencontres, et n’est plus proposée.", vec![closed], errors),
        ));
    }
    for control in &mut fields {
        control["theirs"] = Value::Null;
    }
    let (heading, action, back) = match body {
        None => ("Créer une instance".to_owned(), "/rencontres/instances/nouvelle".to_owned(), "/rencontres/instances".to_owned()),
        Some(body) => (body.fields.name.clone(), paths::about_body(&body.id, "modifier"), paths::body(&body.id)),
    };
    let data = json!({
        "breadcrumb": match body {
            None => json!([{ "label": "Instances", "href": "/rencontres/instances" }, { "label": heading, "href": null }]),
            Some(body) => json!([{ "label": "Instances", "href": "/rencontres/instances" }, { "label": body.fields.name, "href": paths::body(&body.id) }, { "label": "Modifier", "href": null }]),
        },
        "form": {
            "eyebrow": if body.is_some() { "Modifier une instance" } else { "Instances" }, "heading": heading, "lead": "Chaque rencontre reprend ces réglages et ces personnes, puis se modifie à part.",
            "action": action, "back": back, "submit": "Enregistrer", "version": version,
        },
        "errors": summary(errors),
        "organisations": names.organisation_names().into_iter().map(|(_, name)| name).collect::<Vec<_>>(),
        "fields": fields,
    });
    let render = if errors.is_empty() { Visit::page } else { Visit::page_again };
    render(visit, "meetings/body_form", &heading, data)
}

/// Those that the actor may choose.
fn territories(visit: &Visit, names: &Names, chosen: &str) -> Vec<(String, String)> {
    let departement = (names.instance.departement.clone(), "Tout le département".to_owned());
    let own = names.atlas.own().map(|one| (one.code.clone(), one.name.clone()));
    let may = |code: &str| visit.viewer.actor().is_some_and(|actor| policy::may_write_body(actor, code));
    let mut all: Vec<(String, String)> = [departement].into_iter().chain(own).filter(|(code, _)| may(code)).collect();
    if !chosen.is_empty() && all.iter().all(|(code, _)| code != chosen) {
        all.push((chosen.to_owned(), names.atlas.name(chosen)));
    }
    all.insert(0, (String::new(), "Choisir un territoire".to_owned()));
    all
}

fn members(values: &Map<String, Value>, spare: usize, errors: &FieldErrors) -> Value {
    let given = values.get("members").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let blank = json!({});
    let rows = given.iter().chain(std::iter::repeat_n(&blank, spare)).enumerate().map(|(place, member)| {
        let text = |name: &str| member[name].as_str().unwrap_or_default().to_owned();
        let (quality, role) = (text("quality"), text("role"));
        let quality = Quality::parse(&quality).unwrap_or_default();
        let role = MemberRole::parse(&role).unwrap_or_default();
        json!({
            "number": place + 1, "name": text("name"), "email": text("email"), "function": text("function"), "account": text("account"), "organisation": text("organisation"),
            "qualities": Quality::ALL.iter().map(|one| Choice::new(one.as_str(), one.label(), *one == quality)).collect::<Vec<_>>(),
            "roles": MemberRole::ALL.iter().map(|one| Choice::new(one.as_str(), one.label(), *one == role)).collect::<Vec<_>>(),
            "is_kept": place < given.len(),
        })
    });
    let hint = "Avec ou sans compte. L’adresse d’un agent suffit\u{a0}: son nom suit. Pour un partenaire sans nom, on écrit à sa boîte.";
    json!({ "control": "members", "name": "members", "legend": "Membres", "hint": hint, "error": errors.of("members"), "rows": rows.collect::<Vec<_>>() })
}
