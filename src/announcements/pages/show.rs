//! `/annonces/{id}`: what it says and to whom; once it is sent, what became of its mails and whom it informed.

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::{counted, documents_json, id_of, tag, trail};
use crate::accounts::model::Actor;
use crate::announcements::informed::{self, Informed};
use crate::announcements::model::{How, Stage, Verb};
use crate::announcements::service::{self, Announcement, Outcome};
use crate::announcements::{audience::Found, files, letter, policy};
use crate::db::Conn;
use crate::documents;
use crate::documents::model::Document;
use crate::error::{Error, Result};
use crate::http::admin::{Cell, command};
use crate::http::paths;
use crate::http::visit::Visit;
use crate::instance::model::Instance;
use crate::kernel::ids::{AnnouncementId, BodyId, MeetingId, PlanId};
use crate::kernel::text::unbroken;
use crate::kernel::{FieldErrors, Moment, Zone};
use crate::meetings::bodies;
use crate::partners::model::Organisation;
use crate::plans::service::SheetLine;
use crate::territories::model::Atlas;
use crate::{instance, meetings, partners, plans, territories};

struct Page {
    announcement: Announcement,
    /// As it is today, of what is not confirmed.
    found: Option<Found>,
    outcome: Outcome,
    informed: Informed,
    without: usize,
    documents: Vec<Document>,
    sections: Vec<Value>,
    organisations: Vec<Organisation>,
    bodies: Vec<String>,
    meeting: Option<(String, String)>,
    sheets: Vec<SheetLine>,
    atlas: Atlas,
    instance: Instance,
}

pub async fn page(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    visit.actor()?;
    show(&visit, id_of(&id)?, &FieldErrors::default()).await
}

/// The page; with errors, what one of its buttons was refused for.
pub(super) async fn show(visit: &Visit, id: AnnouncementId, errors: &FieldErrors) -> Result<HttpResponse> {
    let (viewer, now, zone) = (visit.viewer.clone(), visit.now, visit.app.config.zone.clone());
    let page = visit.app.db.read(move |conn| {
        let announcement = service::find(conn, &viewer, &id)?;
        let meeting = match announcement.fields.meeting.as_deref().and_then(MeetingId::parse) {
            Some(id) => match meetings::service::find(conn, &viewer, &id) {
                Ok(meeting) => Some((meeting.fields.title.clone(), paths::meeting(&meeting.id, &meeting.fields.title))),
                Err(Error::NotFound) => None,
                Err(error) => return Err(error),
            },
            None => None,
        };
        load(conn, viewer.actor().ok_or(Error::SignIn)?, announcement, meeting, now, &zone)
    });
    let page = page.await?;
    let announcement = &page.announcement;
    let data = json!({
        "breadcrumb": trail(announcement, None),
        "kind": announcement.kind.label(),
        "title": announcement.fields.title,
        "state": tag(announcement),
        "lead": lead(announcement, &visit.app.config.zone),
        "refused": errors.of("test").map(unbroken),
        "commands": commands(visit, &page),
        "version": announcement.version,
        "public_url": announcement.is_open().then(|| paths::letter(&announcement.id)),
        "preview": page.found.as_ref().map(|found| preview(announcement, found)),
        "mails": announcement.is_confirmed().then(|| figures(&page.outcome, &page.informed, announcement)),
        "informed": announcement.has_left().then(|| table(&page)),
        "without": (page.without > 0).then(|| json!({
            "label": counted(page.without, "organisme sans adresse e-mail", "organismes sans adresse e-mail"),
            "url": paths::about_announcement(&announcement.id, "etiquettes"),
        })),
        "message": { "greeting": announcement.fields.greeting, "text": announcement.fields.text, "sections": page.sections },
        "audience": page.audience(),
        "meeting": page.meeting.as_ref().map(|(label, href)| json!({ "label": label, "href": href })),
        "sheets": page.sheets(),
        "documents": documents_json(&page.documents, documents::pages::path),
    });
    let show = if errors.is_empty() { Visit::page } else { Visit::page_again };
    show(visit, "announcements/show", &announcement.fields.title, data)
}

fn load(conn: &mut Conn, actor: &Actor, announcement: Announcement, meeting: Option<(String, String)>, now: Moment, zone: &Zone) -> Result<Page> {
    // Its author may have left the territories that it was for.
    let is_counted = announcement.life.stage == Stage::Draft && policy::may_send(actor, &announcement.subject());
    let found = if is_counted { Some(service::audience(conn, actor, &announcement, now)?) } else { None };
    let without = match &found {
        Some(found) => found.without.len(),
        None if announcement.is_confirmed() => service::without_mailbox(conn, actor, &announcement, now)?.len(),
        None => 0,
    };
    let mut names = Vec::new();
    for id in announcement.fields.audience.bodies.iter().filter_map(|id| BodyId::parse(id)) {
        names.push(bodies::find(conn, &id)?.fields.name);
    }
    Ok(Page {
        outcome: service::outcome(conn, &announcement)?,
        informed: informed::of(conn, &announcement, zone)?,
        documents: files::list(conn, &announcement.id)?,
        sections: letter::sections(&letter::shown(conn, &announcement.fields)?),
        organisations: partners::service::all(conn)?,
        sheets: plans::service::sheets(conn)?,
        atlas: territories::service::atlas(conn)?,
        instance: instance::service::get(conn)?.0,
        bodies: names,
        found,
        without,
        meeting,
        announcement,
    })
}

fn lead(announcement: &Announcement, zone: &Zone) -> String {
    let at = |moment: Option<Moment>| moment.map(|at| zone.in_words(at)).unwrap_or_default();
    match announcement.life.stage {
        Stage::Draft => format!("Écrite par {}. Rien n’est encore parti.", announcement.author_name),
        Stage::Scheduled => format!("Elle partira {}.", at(announcement.life.send_at)),
        Stage::Sending => format!("L’envoi a commencé {}.", at(announcement.life.send_at)),
        Stage::Sent => format!("Envoyée {}.", at(announcement.life.send_at)),
        Stage::Cancelled if announcement.life.sent_at.is_some() => format!("L’envoi a été arrêté {}.", at(announcement.life.sent_at)),
        Stage::Cancelled => "Rien n’en est parti.".to_owned(),
    }
}

fn commands(visit: &Visit, page: &Page) -> Vec<Value> {
    let Some(actor) = visit.viewer.actor() else { return Vec::new() };
    let announcement = &page.announcement;
    let at = |what: &str| paths::about_announcement(&announcement.id, what);
    let verbs = policy::verbs(actor, &announcement.subject());
    let mut commands = Vec::new();
    if announcement.life.stage == Stage::Draft {
        commands.push(command("Envoyer…", &at("envoyer"), "get", "primary"));
        commands.push(command("Modifier", &at("modifier"), "get", "secondary"));
        commands.push(command("Documents", &at("documents"), "get", "secondary"));
    }
    if matches!(announcement.life.stage, Stage::Draft | Stage::Scheduled) {
        commands.push(command("M’envoyer un essai", &at("essai"), "post", "secondary"));
    }
    if verbs.contains(&Verb::Reopen) {
        commands.push(command("Reprendre en brouillon", &at("reprendre"), "post", "secondary"));
    }
    if announcement.version > 1 {
        commands.push(command("Historique", &at("historique"), "get", "quiet"));
    }
    if verbs.contains(&Verb::Cancel) {
        let label = if announcement.life.stage == Stage::Sending { "Arrêter l’envoi" } else { "Annuler" };
        commands.push(command(label, &at("annuler"), "post", "quiet"));
    }
    commands
}

fn preview(announcement: &Announcement, found: &Found) -> Value {
    json!({
        "number": found.number(),
        "label": counted(found.number(), "adresse", "adresses"),
        "organisations": (found.organisations > 0).then(|| counted(found.organisations, "organisme", "organismes")),
        "stopped": (found.stopped() > 0).then(|| counted(found.stopped(), "personne ne veut plus recevoir ces messages", "personnes ne veulent plus recevoir ces messages")),
        "dead": super::dead(found),
        "url": paths::about_announcement(&announcement.id, "destinataires"),
    })
}

fn figures(outcome: &Outcome, informed: &Informed, announcement: &Announcement) -> Value {
    let figure = |label: &str, value: i64| json!({ "label": label, "value": value });
    json!({
        "figures": [
            figure("Destinataires", outcome.recipients), figure("Partis", outcome.sent), figure("En attente", outcome.queued),
            figure("Refusés", outcome.refused), figure("Ne le reçoivent pas", outcome.stopped),
            figure("Partenaires informés", i64::try_from(informed.len()).unwrap_or(i64::MAX)),
        ],
        "url": announcement.settled.is_none().then(|| paths::about_announcement(&announcement.id, "destinataires")),
    })
}

/// Who was informed, and how.
fn table(page: &Page) -> Value {
    let mut rows: Vec<(String, Value)> = Vec::new();
    for (id, ways) in &page.informed {
        let known = page.organisations.iter().find(|one| one.id == *id);
        let name = known.map_or_else(|| "Un ancien partenaire".to_owned(), |one| one.name.clone());
        let first = Cell { text: name.clone(), href: known.map(|one| paths::partner(&one.id, &one.name)), ..Cell::default() };
        let way = |how: How| Cell { text: ways.get(&how).map(|on| on.in_short()).unwrap_or_default(), ..Cell::default() };
        rows.push((crate::kernel::text::fold(&name), json!({ "cells": [first, way(How::Mail), way(How::Presence), way(How::Letter)] })));
    }
    rows.sort_by(|(a, _), (b, _)| a.cmp(b));
    let column = |label: &str| json!({ "label": label, "numeric": false });
    json!({
        "caption": "Qui a été informé, et comment", "caption_hidden": true,
        "columns": [column("Partenaire"), column(How::Mail.label()), column(How::Presence.label()), column(How::Letter.label())],
        "rows": rows.into_iter().map(|(_, row)| row).collect::<Vec<_>>(),
    })
}

impl Page {
    /// Those to whom it is written, in words.
    fn audience(&self) -> Vec<Value> {
        let audience = &self.announcement.fields.audience;
        let line = |label: &str, values: Vec<String>| (!values.is_empty()).then(|| json!({ "label": label, "values": values }));
        let to = audience.to.iter().map(|side| side.label().to_owned()).collect();
        let territories: Vec<String> = audience.territories.iter().map(|code| self.atlas.name(code)).collect();
        let everywhere = territories.is_empty() && audience.bodies.is_empty();
        let network = if audience.in_convention { vec!["Les partenaires d’une convention en vigueur".to_owned()] } else { Vec::new() };
        [
            line("Destinataires", to),
            line("Territoires", if everywhere { vec!["Tout le département".to_owned()] } else { territories }),
            line("Nature de l’organisme", audience.kinds.iter().map(|kind| kind.label().to_owned()).collect()),
            line("Thèmes", audience.themes.iter().map(|code| self.instance.theme_label(code)).collect()),
            line("Membres de", self.bodies.clone()),
            line("Réseau", network),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn sheets(&self) -> Vec<Value> {
        let sheet = |wanted: &crate::actions::model::SheetRef| {
            let known = self.sheets.iter().find(|line| line.plan_id.as_str() == wanted.plan_id && line.number == wanted.number)?;
            Some(
                json!({ "label": format!("Fiche {}. {}", known.number, known.title), "href": paths::sheet(&PlanId::parse(&wanted.plan_id)?, known.number) }),
            )
        };
        self.announcement.fields.plan_sheets.iter().filter_map(sheet).collect()
    }
}
