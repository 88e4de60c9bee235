//! `/abonnements/nouveau`: what is to be followed, how often, and for whoever has no account, where to write.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::{Described, target};
use crate::error::{Error, Result};
use crate::http::forms::{Choice, Field, Form, Submitted, choices, summary};
use crate::http::notice::Notice;
use crate::http::query::{encode, pairs};
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::kernel::{EmailAddress, FieldErrors};
use crate::notifications::subscriptions::service::{self, Asked};
use crate::notifications::subscriptions::{Rhythm, Target};

pub async fn form(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    let given = pairs(request.query_string())?;
    let (wanted, found) = target(&visit, given.get("record"), given.get("search")).await?;
    page(&visit, &given, &wanted, &found, &FieldErrors::default())
}

/// Follows with an account, from the form or from the button of a record; without, mails a link to the address.
pub async fn follow(Submitted { visit, mut form }: Submitted, request: HttpRequest) -> Result<HttpResponse> {
    form.0.extend(pairs(request.query_string())?.0);
    let (wanted, found) = target(&visit, form.get("record"), form.get("search")).await?;
    let usual = usual(&wanted);
    let rhythm = if form.has("rhythm") { Rhythm::parse(form.get("rhythm")) } else { Some(usual) };
    let mut errors = FieldErrors::default();
    if rhythm.is_none() {
        errors.add("rhythm", "Choisissez à quelle fréquence vous voulez être prévenu.");
    }
    let rhythm = rhythm.unwrap_or(usual);
    let (now, today, chance, zone) = (visit.now, visit.today(), visit.app.chance.clone(), visit.app.config.zone.clone());
    if visit.viewer.actor().is_some() {
        if !errors.is_empty() {
            return page(&visit, &form, &wanted, &found, &errors);
        }
        let (viewer, back) = (visit.viewer.clone(), found.href.clone());
        let work = move |conn: &mut _| service::follow(conn, &viewer, wanted, rhythm, &zone, Asked { now, today, chance: &chance });
        visit.app.db.write(work).await?;
        return Ok(visit.redirect(&back, Some(Notice::Followed)));
    }
    let email = EmailAddress::parse(form.get("email"));
    if email.is_none() {
        errors.add("email", "Donnez une adresse e-mail complète, comme prenom.nom@exemple.fr.");
    }
    let Some(email) = email.filter(|_| errors.is_empty()) else { return page(&visit, &form, &wanted, &found, &errors) };
    let (counted, from) = (email.clone(), visit.origin.network());
    let asked = match visit.app.db.write(move |conn| service::count_request(conn, &counted, &from, now)).await {
        Ok(()) => {
            let (asked_for, label) = (wanted.clone(), in_our_words(&visit, &wanted, &found).await?);
            visit.app.db.write(move |conn| service::ask(conn, &email, asked_for, rhythm, &label, Asked { now, today, chance: &chance })).await
        }
        refused => refused,
    };
    match asked {
        Ok(()) => {
            visit.app.bell.ring();
            sent(&visit, &form, &found)
        }
        Err(Error::Throttled { .. }) => {
            errors.add("email", "Trop de demandes ont été faites pour cette adresse, ou depuis votre réseau. Regardez si un e-mail de confirmation est arrivé, ou recommencez demain.");
            page(&visit, &form, &wanted, &found, &errors)
        }
        Err(error) => Err(error),
    }
}

/// What is followed, without the words that a visitor typed.
async fn in_our_words(visit: &Visit, wanted: &Target, found: &Described) -> Result<String> {
    let Target::Search(text) = wanted else { return Ok(found.label.clone()) };
    let mut filters = pairs(text)?;
    if filters.get("q").is_empty() {
        return Ok(found.label.clone());
    }
    filters.0.retain(|(name, _)| name != "q");
    if filters.0.is_empty() {
        return Ok("Une recherche par mots".to_owned());
    }
    let (_, rest) = target(visit, "", &encode(&filters.0)).await?;
    Ok(format!("Une recherche par mots, {}", rest.label))
}

/// What most people want of it.
fn usual(wanted: &Target) -> Rhythm {
    match wanted {
        Target::Record(_) => Rhythm::Immediate,
        Target::Search(_) => Rhythm::Weekly,
    }
}

fn page(visit: &Visit, given: &Form, wanted: &Target, found: &Described, errors: &FieldErrors) -> Result<HttpResponse> {
    let chosen = Rhythm::parse(given.get("rhythm")).unwrap_or_else(|| usual(wanted));
    let option = |rhythm: &Rhythm| {
        let hint = match rhythm {
            Rhythm::Immediate => "Les modifications d’une même page sont réunies pendant dix minutes.",
            Rhythm::Daily => "À 8 heures, s’il y a du nouveau.",
            Rhythm::Weekly => "À 8 heures, s’il y a eu du nouveau dans la semaine.",
        };
        Choice { hint: Some(hint.to_owned()), ..Choice::new(rhythm.as_str(), rhythm.label(), *rhythm == chosen) }
    };
    let (record, search) = match wanted {
        Target::Record(record) => (format!("{}/{}", record.kind, record.id), String::new()),
        Target::Search(text) => (String::new(), text.clone()),
    };
    let email = Field {
        name: "email",
        label: "Votre adresse e-mail",
        hint: "Vous y recevrez d’abord un lien pour confirmer. Elle ne sert qu’à cet abonnement.",
        kind: "email",
        value: &given.get("email").chars().take(320).collect::<String>(),
        autocomplete: "email",
        required: true,
        ..Field::default()
    };
    let data = json!({
        "csrf": visit.csrf(), "errors": summary(errors), "record": record, "search": search, "is_search": matches!(wanted, Target::Search(_)),
        "followed": { "kind": found.kind, "label": found.label, "href": found.href },
        "rhythm": choices("rhythm", "Quand vous prévenir\u{a0}?", "", Rhythm::ALL.iter().map(option).collect(), errors),
        "email": visit.viewer.actor().is_none().then(|| email.show(errors)),
    });
    let (title, status) = match errors.is_empty() {
        true => ("Suivre".to_owned(), StatusCode::OK),
        false => ("Erreur\u{a0}: Suivre".to_owned(), StatusCode::UNPROCESSABLE_ENTITY),
    };
    visit.framed("notifications/follow", &title, Frame { noindex: true, ..Frame::default() }, status, data)
}

/// The same whether the address follows already or not.
fn sent(visit: &Visit, given: &Form, found: &Described) -> Result<HttpResponse> {
    let data = json!({
        "email": given.get("email").trim(), "days": service::CONFIRM_DAYS, "followed": { "label": found.label, "href": found.href },
        "mails": visit.app.identity().demo,
    });
    visit.framed("notifications/asked", "Confirmez votre adresse", Frame { noindex: true, ..Frame::default() }, StatusCode::OK, data)
}
