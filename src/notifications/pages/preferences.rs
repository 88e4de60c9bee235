//! `/abonnements`, and `/lien/abonnements/…` for whoever has no account: what one follows, how often, and how to stop.

use std::collections::{HashMap, HashSet};

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::{Described, Words, described};
use crate::error::{Error, Result};
use crate::http::forms::{Form, Submitted};
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::kernel::Moment;
use crate::kernel::ids::SubscriptionId;
use crate::mail::catalogue::{self, Duty, Kind};
use crate::mail::choices;
use crate::notifications::subscriptions::service::{self, DIGEST, Reader};
use crate::notifications::subscriptions::{Owner, Rhythm, Subscription, Target};
use crate::territories;

/// What a partner never receives.
const FOR_AGENTS: [&str; 5] = ["action_published", "action_changed", "convention_validated", "other_territories", "support_answered"];

/// What one address may have been asked to confirm within a week, and some more.
const MOST_CONFIRMED: usize = 100;

pub async fn own(visit: Visit) -> Result<HttpResponse> {
    let owner = owner(&visit)?;
    page(&visit, owner).await
}

pub async fn change_own(Submitted { visit, form }: Submitted) -> Result<HttpResponse> {
    let owner = owner(&visit)?;
    let notice = act(&visit, &form, owner).await?;
    Ok(visit.redirect(paths::SUBSCRIPTIONS, Some(notice)))
}

fn owner(visit: &Visit) -> Result<Owner> {
    visit.actor()?.id.clone().map(Owner::Account).ok_or(Error::NotFound)
}

/// By the link of an address. Opening it changes nothing.
pub async fn by_link(visit: Visit, secret: web::Path<String>) -> Result<HttpResponse> {
    let secret = secret.into_inner();
    match visit.app.db.read(move |conn| service::bearer(conn, &secret)).await {
        Ok(subscriber) => page(&visit, Owner::Address(subscriber.owner)).await,
        Err(Error::NotFound) => spent(&visit),
        Err(error) => Err(error),
    }
}

pub async fn change_by_link(Submitted { visit, form }: Submitted, secret: web::Path<String>) -> Result<HttpResponse> {
    let known = secret.clone();
    let subscriber = match visit.app.db.read(move |conn| service::bearer(conn, &known)).await {
        Err(Error::NotFound) => return spent(&visit),
        found => found?,
    };
    let back = paths::subscriber(&secret);
    if form.get("do") == "confirm" {
        let ids: Vec<SubscriptionId> = form.all("id").iter().filter_map(|id| SubscriptionId::parse(id)).take(MOST_CONFIRMED).collect();
        let (now, chance) = (visit.now, visit.app.chance.clone());
        if visit.app.db.write(move |conn| service::confirm(conn, &subscriber, &ids, now, &chance)).await? == 0 {
            return Ok(visit.redirect(&back, None));
        }
        return Ok(visit.redirect(&back, Some(Notice::FollowConfirmed)));
    }
    let notice = act(&visit, &form, Owner::Address(subscriber.owner)).await?;
    Ok(visit.redirect(&back, Some(notice)))
}

/// Another rhythm, one thing less, or all that may be stopped.
async fn act(visit: &Visit, form: &Form, owner: Owner) -> Result<Notice> {
    let id = SubscriptionId::parse(form.get("id"));
    let (now, zone, chance) = (visit.now, visit.app.config.zone.clone(), visit.app.chance.clone());
    match (form.get("do"), id, Rhythm::parse(form.get("rhythm"))) {
        ("rhythm", Some(id), Some(rhythm)) => {
            visit.app.db.write(move |conn| service::set_rhythm(conn, &owner, &id, rhythm, &zone, now)).await?;
            Ok(Notice::RhythmChanged)
        }
        ("stop", Some(id), _) => {
            visit.app.db.write(move |conn| service::stop(conn, &owner, &id, now)).await?;
            Ok(Notice::Unfollowed)
        }
        ("resume", ..) => {
            let work = move |conn: &mut _| {
                let reader = service::reader(conn, &owner)?.ok_or(Error::NotFound)?;
                choices::choose(conn, &reader.email, DIGEST, true, now, &chance)
            };
            visit.app.db.write(work).await?;
            Ok(Notice::MailsResumed)
        }
        ("stop_all", ..) => {
            let work = move |conn: &mut _| {
                let reader = service::reader(conn, &owner)?.ok_or(Error::NotFound)?;
                service::stop_all(conn, &owner, now)?;
                for kind in catalogue::KINDS.iter().filter(|kind| kind.duty == Duty::Chosen) {
                    choices::choose(conn, &reader.email, kind.name, false, now, &chance)?;
                }
                Ok::<_, Error>(())
            };
            visit.app.db.write(work).await?;
            Ok(Notice::AllStopped)
        }
        _ => Err(Error::NotFound),
    }
}

/// A page for whoever follows a link that leads nowhere any more.
fn spent(visit: &Visit) -> Result<HttpResponse> {
    visit.framed("notifications/spent", "Ce lien ne fonctionne plus", Frame { noindex: true, ..Frame::default() }, StatusCode::NOT_FOUND, json!({}))
}

async fn page(visit: &Visit, owner: Owner) -> Result<HttpResponse> {
    let today = visit.today();
    let read = visit.app.db.read(move |conn| {
        let reader = service::reader(conn, &owner)?.ok_or(Error::NotFound)?;
        let subscriptions = service::of(conn, &owner)?;
        let mut records: HashMap<String, Option<Described>> = HashMap::new();
        for one in &subscriptions {
            if let Target::Record(record) = &one.target {
                records.insert(one.id.to_string(), described(conn, &reader.viewer, today, record)?);
            }
        }
        let stopped = choices::stopped(conn, &reader.email)?;
        Ok::<_, Error>((reader, subscriptions, records, stopped, territories::service::atlas(conn)?))
    });
    let (reader, subscriptions, mut records, stopped, atlas) = read.await?;
    let identity = visit.app.identity();
    let words = Words { app: &visit.app, instance: &identity, atlas: &atlas, today };
    let mut line = |one: &Subscription| {
        let found = match &one.target {
            Target::Search(text) => Some(words.search(text)),
            Target::Record(_) => records.remove(one.id.as_str()).flatten(),
        };
        shown(one, found)
    };
    let (followed, pending): (Vec<&Subscription>, Vec<&Subscription>) = subscriptions.iter().partition(|one| one.confirmed_at.is_some());
    let pending: Vec<&Subscription> = pending.into_iter().filter(|one| is_to_confirm(one, visit.now)).collect();
    let Reader { viewer, email, manage, .. } = &reader;
    let has_account = viewer.actor().is_some();
    let data = json!({
        "csrf": visit.csrf(),
        "action": manage,
        "email": email,
        "has_account": has_account,
        "is_one": pending.len() == 1,
        "pending": pending.into_iter().map(&mut line).collect::<Vec<_>>(),
        "items": followed.into_iter().map(&mut line).collect::<Vec<_>>(),
        "is_silent": stopped.contains(DIGEST),
        "mails": viewer.actor().map_or_else(|| json!([]), |actor| mails(&stopped, actor.is_agent())),
        "empty": {
            "title": "Vous ne suivez rien pour l’instant",
            "text": "Le bouton «\u{a0}Suivre\u{a0}» est sur chaque page du registre, et au-dessus des résultats de chaque recherche.",
            "links": [{ "label": "Chercher ce qui vous intéresse", "href": "/recherche" }],
        },
    });
    visit.framed("notifications/preferences", "Mes abonnements", Frame { noindex: true, ..Frame::default() }, StatusCode::OK, data)
}

fn is_to_confirm(one: &Subscription, now: Moment) -> bool {
    one.created_at.plus_days(service::CONFIRM_DAYS) > now
}

fn shown(one: &Subscription, found: Option<Described>) -> Value {
    let (kind, label, href) = match found {
        Some(found) => (found.kind, found.label, Some(found.href)),
        None => ("Page", "Cette page n’existe plus, ou n’est plus à votre portée".to_owned(), None),
    };
    let options: Vec<Value> =
        Rhythm::ALL.iter().map(|rhythm| json!({ "value": rhythm.as_str(), "label": rhythm.label(), "selected": *rhythm == one.rhythm })).collect();
    json!({
        "id": one.id, "kind": kind, "label": label, "href": href, "rhythm_label": one.rhythm.label(), "rhythms": options, "problem": one.problem,
    })
}

/// Every kind of mail that one may stop, and whether one has.
fn mails(stopped: &HashSet<String>, is_agent: bool) -> Value {
    let theirs = |kind: &&Kind| kind.duty == Duty::Chosen && (is_agent || !FOR_AGENTS.contains(&kind.name));
    let chosen = catalogue::KINDS.iter().filter(theirs);
    chosen.map(|kind| json!({ "kind": kind.name, "label": kind.label, "when": kind.when, "stopped": stopped.contains(kind.name) })).collect()
}
