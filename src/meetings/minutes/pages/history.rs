//! The history of minutes, for those who may write the meeting: what was written, by whom, when. It is read, never restored.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use super::id_of;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::Record;
use crate::http::paths;
use crate::http::visit::Visit;
use crate::meetings::minutes;
use crate::meetings::model::MinutesFields;
use crate::meetings::service::{self, Meeting};
use crate::versions::diff::{Field, Said};
use crate::versions::pages::show::Answer;
use crate::versions::pages::{About, Told, compare as comparison, list as listing, show as one};
use crate::versions::{self, Version};

struct Desk {
    meeting: Meeting,
    last: i32,
}

impl Told for Desk {
    fn about(&self) -> About {
        let Meeting { id, fields, .. } = &self.meeting;
        About {
            trail: vec![
                ("Rencontres".to_owned(), "/rencontres".to_owned()),
                (fields.title.clone(), paths::meeting(id, &fields.title)),
                ("Compte rendu".to_owned(), paths::minutes(id)),
            ],
            title: format!("Compte rendu\u{a0}: {}", fields.title),
            history: paths::about_minutes(id, "/historique"),
            version: self.last,
            closed: Some("Une version d’un compte rendu ne se rétablit pas d’un bouton : reprenez-en le texte à la rédaction, ou rectifiez."),
            untouched: "",
        }
    }

    fn did(&self, version: &Version) -> String {
        match version.event.as_str() {
            "minutes_saved" => "a écrit le compte rendu",
            "rectified" => "a rectifié le compte rendu",
            other => other,
        }
        .to_owned()
    }

    fn fields(&self, content: &Value) -> Vec<Field> {
        let fields: MinutesFields = serde_json::from_value(content.clone()).unwrap_or_default();
        let told = fields.parts.iter().filter(|part| !part.text.is_empty()).map(|part| format!("{}\n{}", part.title, part.text));
        let text = told.collect::<Vec<_>>().join("\n\n");
        vec![Field { name: "parts", label: "Texte", said: Said::Text(text) }]
    }

    fn restores(&self, _: &str) -> bool {
        true
    }

    fn warnings(&self, _: &Value, _: &Value) -> Vec<&'static str> {
        Vec::new()
    }
}

async fn read<T, F>(visit: &Visit, id: &str, more: F) -> Result<(Desk, T)>
where
    T: Send + 'static,
    F: FnOnce(&mut Conn, &Record) -> Result<T> + Send + 'static,
{
    visit.actor()?;
    let (viewer, id) = (visit.viewer.clone(), id_of(id)?);
    let read = visit.app.db.read(move |conn| {
        let meeting = service::find_to_write(conn, &viewer, &id)?;
        minutes::read(conn, &viewer, &id)?;
        let record = Record::minutes(&meeting.id);
        let last = versions::last(conn, &record)?.map_or(0, |version| version.number);
        let more = more(conn, &record)?;
        Ok::<_, Error>((Desk { meeting, last }, more))
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
    let (desk, two) = read(&visit, &id, move |conn, record| comparison::Read::load(conn, record, asked?)).await?;
    two.show(&visit, &desk)
}

pub async fn show(visit: Visit, path: web::Path<(String, i32)>) -> Result<HttpResponse> {
    let (id, number) = path.into_inner();
    let (desk, version) = read(&visit, &id, move |conn, record| one::Read::load(conn, record, number)).await?;
    version.show(&visit, &desk, "", &Answer::None)
}
