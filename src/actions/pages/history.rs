//! The history of an action, for those who may write it.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use super::edit::Desk;
use super::told;
use crate::actions::model::Stage;
use crate::actions::{history, labels};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::Record;
use crate::http::forms::Submitted;
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::visit::Visit;
use crate::versions::Version;
use crate::versions::diff::Field;
use crate::versions::pages::show::Answer;
use crate::versions::pages::{About, Told, compare as comparison, list as listing, show as one};

impl Told for Desk {
    fn about(&self) -> About {
        let action = &self.action;
        let archived = "Une action archivée ne se modifie plus. Vous pouvez vous en inspirer pour en présenter une nouvelle.";
        About {
            trail: vec![
                ("Actions collectives".to_owned(), "/actions".to_owned()),
                (action.fields.title.clone(), paths::action(&action.id, &action.fields.title)),
            ],
            title: action.fields.title.clone(),
            history: paths::about_action(&action.id, "historique"),
            version: action.version,
            closed: (action.life.stage == Stage::Archived).then_some(archived),
            untouched: "L’état de l’action, ses séances et ses présences restent comme ils sont.",
        }
    }

    fn did(&self, version: &Version) -> String {
        did(version)
    }

    fn fields(&self, content: &Value) -> Vec<Field> {
        told::fields(content, &self.choices(&[], ""))
    }

    fn restores(&self, field: &str) -> bool {
        field != "external_id"
    }

    fn warnings(&self, now: &Value, then: &Value) -> Vec<&'static str> {
        let level = |content: &Value| ["public", "partners", "internal"].iter().position(|level| content["visibility"] == *level);
        let published = self.action.life.stage == Stage::Published;
        let mut warnings = Vec::new();
        if published && level(then) < level(now) {
            warnings.push("Cette version ouvre l’action à plus de lecteurs qu’aujourd’hui.");
        }
        if now["place_withheld"] == true && then["place_withheld"] != true {
            warnings.push("Cette version affiche le lieu, qui n’est communiqué aujourd’hui qu’à l’inscription.");
        }
        warnings
    }
}

/// What the author of a version did.
pub fn did(version: &Version) -> String {
    match version.event.as_str() {
        "created" if version.detail.get("inspired_by").is_some() => "a commencé l’action à partir d’une autre".into(),
        "created" => "a commencé l’action".into(),
        "changed" => match labels::in_a_sentence(&version.changed()).as_str() {
            "" => "a modifié l’action".into(),
            fields => format!("a modifié {fields}"),
        },
        "restored" => format!("a rétabli la version {}", version.detail["version"]),
        "submitted" => "a proposé l’action à la validation".into(),
        "returned" => "a renvoyé l’action à son auteur".into(),
        "published" => "a publié l’action".into(),
        "archived" => "a archivé l’action".into(),
        "relinked" => "a réuni deux partenaires, dont un de cette action".into(),
        "imported" => "a importé l’action d’un fichier".into(),
        "import_undone" => "a remis l’action comme avant l’import d’un fichier".into(),
        "found" => "avait écrit ce texte quand l’historique a commencé".into(),
        other => other.to_owned(),
    }
}

/// What the pages say of an action, read together with what one of them shows.
async fn read<T, F>(visit: &Visit, id: &str, more: F) -> Result<(Desk, T)>
where
    T: Send + 'static,
    F: FnOnce(&mut Conn, &Record) -> Result<T> + Send + 'static,
{
    visit.actor()?;
    let (viewer, id) = (visit.viewer.clone(), id.to_owned());
    let read = visit.app.db.read(move |conn| {
        let desk = Desk::load(conn, &viewer, &id)?;
        let more = more(conn, &Record::action(&desk.action.id))?;
        Ok::<_, Error>((desk, more))
    });
    read.await
}

pub async fn list(visit: Visit, request: HttpRequest, id: web::Path<String>) -> Result<HttpResponse> {
    let page = listing::asked(request.query_string())?;
    let (desk, versions) = read(&visit, &id, move |conn, record| listing::Read::load(conn, record, page)).await?;
    versions.show(&visit, &desk)
}

pub async fn compare(visit: Visit, request: HttpRequest, id: web::Path<String>) -> Result<HttpResponse> {
    let asked = comparison::asked(request.query_string());
    // Who may not write it learns nothing, not even what is wrong with the address.
    let (desk, two) = read(&visit, &id, move |conn, record| comparison::Read::load(conn, record, asked?)).await?;
    two.show(&visit, &desk)
}

pub async fn show(visit: Visit, path: web::Path<(String, i32)>) -> Result<HttpResponse> {
    let (id, number) = path.into_inner();
    shown(&visit, &id, number, "", &Answer::None).await
}

async fn shown(visit: &Visit, id: &str, number: i32, reason: &str, answer: &Answer) -> Result<HttpResponse> {
    let (desk, version) = read(visit, id, move |conn, record| one::Read::load(conn, record, number)).await?;
    version.show(visit, &desk, reason, answer)
}

pub async fn restore(sent: Submitted, path: web::Path<(String, i32)>) -> Result<HttpResponse> {
    let (id, number) = path.into_inner();
    let (action_id, version, doer) = (super::id_of(&id)?, sent.form.version()?, sent.visit.doer()?);
    let reason = sent.form.get("reason").to_owned();
    let done = {
        let reason = reason.clone();
        sent.visit.app.db.write(move |conn| history::restore(conn, doer.by(), &action_id, version, number, &reason)).await
    };
    match done {
        Ok(action) => {
            sent.visit.app.bell.ring();
            Ok(sent.visit.redirect(&paths::action(&action.id, &action.fields.title), Some(Notice::Restored)))
        }
        Err(Error::Invalid(errors)) => shown(&sent.visit, &id, number, &reason, &Answer::Refused(errors)).await,
        Err(Error::Conflict { .. }) => shown(&sent.visit, &id, number, &reason, &Answer::Late { read: version }).await,
        Err(error) => Err(error),
    }
}
