//! `/rencontres/instances`: who meets; and one body with the thread of its meetings.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::names::Names;
use super::{body_of, told, words};
use crate::error::{Error, Result};
use crate::events::Record;
use crate::http::paths;
use crate::http::query::{self, pagination, pairs};
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::kernel::{FieldErrors, Page};
use crate::meetings::bodies::{self, Body};
use crate::meetings::model::{Approval, Member, MemberRole};
use crate::meetings::policy;
use crate::meetings::service::{self, Filter};
use crate::notifications::pages::with_button;

pub async fn list(visit: Visit) -> Result<HttpResponse> {
    let (viewer, now) = (visit.viewer.clone(), visit.now);
    let read = visit.app.db.read(move |conn| {
        let names = Names::load(conn, &viewer)?;
        let mut nexts = Vec::with_capacity(names.bodies.len());
        for body in &names.bodies {
            let filter = Filter { bodies: vec![body.id.clone()], from: Some(now), soonest_first: true, ..Filter::default() };
            nexts.push(service::list(conn, &viewer, &filter, Page { number: 1, size: 1 })?.items.pop());
        }
        Ok::<_, Error>((names, nexts))
    });
    let (names, nexts) = read.await?;
    let zone = &visit.app.config.zone;
    let card = |(body, next): (&Body, &Option<service::Meeting>)| {
        json!({
            "name": body.fields.name,
            "url": paths::body(&body.id),
            "kind": body.fields.kind.label(),
            "territory": names.atlas.name(&body.fields.territory),
            "rhythm": words::some(&body.fields.rhythm),
            "is_closed": body.fields.is_closed,
            "next": next.as_ref().map(|next| json!({ "when": words::when(&next.fields, zone), "url": paths::meeting(&next.id, &next.fields.title) })),
        })
    };
    let may_create = visit.viewer.actor().is_some_and(policy::may_create);
    let data = json!({
        "tabs": super::tabs(&visit),
        "commands": if may_create { json!([{ "label": "Créer une instance", "href": "/rencontres/instances/nouvelle", "method": "get", "kind": "primary" }]) } else { json!([]) },
        "bodies": names.bodies.iter().zip(&nexts).map(card).collect::<Vec<_>>(),
        "empty": {
            "title": "Aucune instance",
            "text": if may_create { "Un comité, un groupe de travail\u{a0}: créez-le une fois, et chacune de ses rencontres reprend ses membres et ses réglages." } else { "Les comités et les groupes de travail s’afficheront ici." },
            "links": [],
        },
    });
    visit.page("meetings/bodies", "Instances", data)
}

pub async fn page(visit: Visit, request: HttpRequest, id: web::Path<String>) -> Result<HttpResponse> {
    let form = pairs(request.query_string())?;
    let (viewer, id, now) = (visit.viewer.clone(), body_of(&id)?, visit.now);
    let asked = form.clone();
    let read = visit.app.db.read(move |conn| {
        let body = bodies::find(conn, &id)?;
        let mut errors = FieldErrors::default();
        let page = query::page(&asked, &mut errors);
        errors.into_result().map_err(Error::BadQuery)?;
        let filter = Filter { bodies: vec![id], ..Filter::default() };
        let coming = Filter { from: Some(now), soonest_first: true, ..filter.clone() };
        let undated = Filter { is_undated: true, ..filter.clone() };
        let past = Filter { until: Some(now), ..filter };
        let first = Page { number: 1, size: Page::LARGEST };
        let mut to_come = service::list(conn, &viewer, &undated, first)?.items;
        to_come.extend(service::list(conn, &viewer, &coming, first)?.items);
        let past = service::list(conn, &viewer, &past, page)?;
        Ok::<_, Error>((Names::load(conn, &viewer)?, body, to_come, past, page))
    });
    let (names, body, to_come, past, page) = read.await?;
    let (zone, fields) = (&visit.app.config.zone, &body.fields);
    let actor = visit.viewer.actor();
    let may_write = actor.is_some_and(|actor| policy::may_write_body(actor, &fields.territory));
    let command = |label: &str, href: String, kind: &str| json!({ "label": label, "href": href, "method": "get", "kind": kind });
    let mut commands = Vec::new();
    if may_write && !fields.is_closed {
        commands.push(command("Préparer une rencontre", format!("/rencontres/nouvelle?instance={}", body.id), "primary"));
        commands.push(command("Préparer une série", format!("/rencontres/serie?instance={}", body.id), "secondary"));
    }
    if may_write {
        commands.push(command("Modifier", paths::about_body(&body.id, "modifier"), "secondary"));
    }
    if actor.is_some() {
        let decisions = format!("/decisions?{}", query::encode(&[("body", body.id.as_str())]));
        commands.push(command("Décisions", decisions, "quiet"));
    }
    if visit.viewer.is_agent() {
        commands.push(command("Dossier de comité", paths::about_body(&body.id, "dossier"), "quiet"));
    }
    let commands = with_button(&visit, Record::body(&body.id), commands).await?;
    let line = |meeting| words::line(meeting, &names, zone, now);
    let url = paths::body(&body.id);
    let data = json!({
        "breadcrumb": [{ "label": "Instances", "href": "/rencontres/instances" }, { "label": fields.name, "href": null }],
        "commands": commands,
        "body": {
            "name": fields.name,
            "kind": fields.kind.label(),
            "territory": { "label": names.atlas.name(&fields.territory), "url": paths::territory(&fields.territory) },
            "purpose": words::some(&fields.purpose),
            "rhythm": words::some(&fields.rhythm),
            "is_closed": fields.is_closed,
            "notice": fields.notice_days,
            "reminders": told::reminders(&fields.reminder_days),
            "approval": approval(fields.approval, fields.silence_days),
            // People are named to those who have an account.
            "members": actor.map(|_| fields.members.iter().map(|one| member(one, &names)).collect::<Vec<_>>()),
            "member_count": fields.members.len(),
        },
        "coming": to_come.iter().map(line).collect::<Vec<_>>(),
        "past": past.items.iter().map(line).collect::<Vec<_>>(),
        "past_count": past.total,
        "pagination": pagination(&url, &form, page.number, past.pages()),
    });
    visit.framed("meetings/body", &fields.name, Frame { noindex: !form.0.is_empty(), ..Frame::default() }, StatusCode::OK, data)
}

fn approval(approval: Approval, silence_days: i32) -> String {
    match approval {
        Approval::Silence => format!("Sans objection sous {silence_days}\u{a0}jours"),
        approval => approval.label().to_owned(),
    }
}

fn member(member: &Member, names: &Names) -> Value {
    let organisation = member.partner.as_deref().and_then(|id| names.organisation(id)).map(|one| one.name.clone());
    let agent = member.account.as_deref().map(|id| names.agent(id));
    let name = if let Some(agent) = agent {
        agent
    } else if member.name.is_empty() {
        organisation.clone().unwrap_or_else(|| "Un partenaire".to_owned())
    } else {
        member.name.clone()
    };
    let more = [
        words::some(&member.function).map(ToOwned::to_owned),
        organisation.filter(|organisation| *organisation != name),
        Some(member.quality.label().to_owned()),
    ];
    json!({
        "name": name,
        "more": more.into_iter().flatten().collect::<Vec<_>>().join(", "),
        "role": (member.role != MemberRole::Member).then(|| member.role.label()),
    })
}
