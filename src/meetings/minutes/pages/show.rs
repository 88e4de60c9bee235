//! `/rencontres/{id}/compte-rendu`: what was said and decided, for whoever may read it; the same for paper.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::{approval, editions, heading, id_of, parts, presence, tag, trail};
use crate::accounts::model::Viewer;
use crate::db::Conn;
use crate::decisions;
use crate::error::{Error, Result};
use crate::http::admin::command;
use crate::http::query::pairs;
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::http::{paths, query};
use crate::kernel::{Day, FieldErrors, Zone};
use crate::meetings::minutes::{self, Read, approving};
use crate::meetings::model::{Invitation, Stage, Verb};
use crate::meetings::{inviting, policy, service};

/// Everything that the page shows, read in one go.
struct Page {
    read: Read,
    people: Vec<Invitation>,
    decisions: Vec<Value>,
    /// What the reader may do now.
    verbs: Vec<Verb>,
    may_write: bool,
    may_decide: bool,
    /// They were called, and may say what they think.
    is_called: bool,
}

impl Page {
    fn load(conn: &mut Conn, viewer: &Viewer, id: &str, today: Day) -> Result<Self> {
        let read = minutes::read(conn, viewer, &id_of(id)?)?;
        let people = inviting::of(conn, &read.meeting.id)?;
        let decisions = decisions::pages::of_meeting(conn, viewer, &read.meeting.id, today)?;
        let subject = service::subject(conn, viewer, &read.meeting)?;
        let actor = viewer.actor();
        let (verbs, may_write) = actor.map_or((Vec::new(), false), |actor| (policy::verbs(actor, &subject), policy::may_write(actor, &subject)));
        let own = match actor {
            Some(actor) => approving::own(conn, actor, &read.meeting.id)?,
            None => None,
        };
        let may_decide = may_write && actor.is_some_and(|actor| decisions::policy::may_add(actor, read.meeting.life.stage));
        Ok(Self { people, decisions, verbs, may_write, may_decide, is_called: own.is_some(), read })
    }

    fn commands(&self) -> Vec<Value> {
        let id = &self.read.meeting.id;
        let link = |label: &str, what: &str, kind: &str| command(label, &paths::about_minutes(id, what), "get", kind);
        let may = |verb: Verb| self.verbs.contains(&verb);
        let stage = self.read.meeting.life.stage;
        let is_written = !self.read.minutes.fields.is_empty();
        let mut commands = Vec::new();
        if self.may_write && matches!(stage, Stage::Called | Stage::Held) {
            let label = if is_written { "Continuer la rédaction" } else { "Écrire le compte rendu" };
            commands.push(link(label, "/ecrire", if is_written { "secondary" } else { "primary" }));
        }
        if may(Verb::Submit) && is_written {
            commands.push(link("Soumettre à relecture", "/relire", "primary"));
        }
        if stage == Stage::MinutesInReview && (may(Verb::Approve) || may(Verb::Return) || self.is_called) {
            commands.push(link(
                if may(Verb::Approve) || self.is_called { "Approuver ou demander une correction" } else { "Reprendre la rédaction" },
                "/relire",
                "primary",
            ));
        }
        if may(Verb::Publish) {
            commands.push(link("Publier", "/relire", "primary"));
        }
        if self.may_decide {
            let new = format!("/decisions/nouvelle?{}", query::encode(&[("rencontre", id.as_str())]));
            commands.push(command("Ajouter une décision", &new, "get", "secondary"));
        }
        if may(Verb::Rectify) {
            commands.push(link("Rectifier", "/rectifier", "quiet"));
        }
        if self.may_write {
            commands.push(link("Historique", "/historique", "quiet"));
        }
        commands.push(link("Imprimer", "/imprimer", "quiet"));
        commands
    }

    fn json(&self, viewer: &Viewer, edition: Option<i32>, zone: &Zone) -> Result<Value> {
        let Read { meeting, minutes, editions: all, .. } = &self.read;
        let stage = meeting.life.stage;
        let (fields, is_old) = match edition {
            None => (&minutes.fields, false),
            Some(number) => {
                let found = all.iter().find(|edition| edition.number == number).ok_or(Error::NotFound)?;
                (&found.fields, all.last().map(|last| last.number) != Some(number))
            }
        };
        let (tag, label) = tag(stage);
        Ok(json!({
            "heading": heading(meeting, zone),
            "url": paths::minutes(&meeting.id),
            "tag": tag,
            "state_label": label,
            "returned": meeting.life.reason.as_ref().filter(|_| stage == Stage::Held && self.may_write),
            "approval": approval(&self.read, &self.people, zone),
            "is_old": is_old,
            "parts": parts(fields, stage),
            "decisions": self.decisions,
            "presence": presence(meeting, &self.people, viewer.actor().is_some()),
            "place": meeting.fields.place,
            "editions": editions(meeting, all, edition, zone),
            "author": minutes.author_name,
            "updated_on": minutes.updated_at.map(|at| zone.day(at)),
        }))
    }
}

pub async fn page(visit: Visit, request: HttpRequest, id: web::Path<String>) -> Result<HttpResponse> {
    show(&visit, &request, &id, false).await
}

pub async fn print(visit: Visit, request: HttpRequest, id: web::Path<String>) -> Result<HttpResponse> {
    show(&visit, &request, &id, true).await
}

async fn show(visit: &Visit, request: &HttpRequest, id: &str, print: bool) -> Result<HttpResponse> {
    let (viewer, id, today) = (visit.viewer.clone(), id.to_owned(), visit.today());
    let page = visit.app.db.read(move |conn| Page::load(conn, &viewer, &id, today)).await?;
    let asked = pairs(request.query_string())?;
    let edition = match asked.get("edition") {
        "" => None,
        text => Some(text.parse::<i32>().map_err(|_| Error::BadQuery(FieldErrors::one("edition", "Le numéro d’une édition est attendu.")))?),
    };
    let meeting = &page.read.meeting;
    let data = json!({
        "breadcrumb": trail(meeting, print.then_some("Imprimer")),
        "minutes": page.json(&visit.viewer, edition, &visit.app.config.zone)?,
        "commands": if print { Vec::new() } else { page.commands() },
        "version": meeting.version,
    });
    let is_open = meeting.life.stage == Stage::MinutesPublished && edition.is_none();
    let frame = Frame { print, noindex: print || !is_open, home: false };
    visit.framed("meetings/minutes", &format!("Compte rendu : {}", meeting.fields.title), frame, StatusCode::OK, data)
}
