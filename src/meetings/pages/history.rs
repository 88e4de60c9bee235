//! The history of a meeting, for those who may write it: what was written, by whom, when. It is read, never restored: whoever was called
//! knows what it said.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use super::names::Names;
use super::told;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::Record;
use crate::http::paths;
use crate::http::visit::Visit;
use crate::kernel::Zone;
use crate::kernel::text::some_of;
use crate::meetings::labels;
use crate::meetings::model::MeetingFields;
use crate::meetings::service::{self, Meeting};
use crate::versions::diff::Field;
use crate::versions::pages::show::Answer;
use crate::versions::pages::{About, Told, compare as comparison, list as listing, show as one};
use crate::versions::{self, Version};

struct Desk {
    meeting: Meeting,
    names: Names,
    zone: Zone,
}

impl Told for Desk {
    fn about(&self) -> About {
        let meeting = &self.meeting;
        let own = paths::meeting(&meeting.id, &meeting.fields.title);
        About {
            trail: vec![("Rencontres".to_owned(), "/rencontres".to_owned()), (meeting.fields.title.clone(), own)],
            title: meeting.fields.title.clone(),
            history: paths::about_meeting(&meeting.id, "historique"),
            version: meeting.version,
            closed: Some("Une version d’une rencontre ne se rétablit pas\u{a0}: les personnes invitées savent ce qu’elle dit aujourd’hui."),
            untouched: "",
        }
    }

    fn did(&self, version: &Version) -> String {
        did(version)
    }

    fn fields(&self, content: &Value) -> Vec<Field> {
        told::version(content, &self.names, &self.zone)
    }

    fn restores(&self, _: &str) -> bool {
        true
    }

    fn warnings(&self, _: &Value, _: &Value) -> Vec<&'static str> {
        Vec::new()
    }
}

/// What the author of a version did.
fn did(version: &Version) -> String {
    let said = match version.event.as_str() {
        "created" => "a préparé la rencontre",
        "recorded" => "l’a enregistrée comme déjà tenue",
        "changed" => {
            let fields: Vec<String> = version.changed().into_iter().map(|name| format!("«\u{a0}{}\u{a0}»", labels::field(name))).collect();
            let fields = some_of(fields.iter().map(String::as_str));
            return format!("a modifié {}", if fields.is_empty() { "la rencontre" } else { &fields });
        }
        "called" => "a envoyé la convocation",
        "postponed" => "l’a reportée sans nouvelle date",
        "rescheduled" => "l’a reportée à une autre date",
        "cancelled" => "l’a annulée",
        "held" => "a indiqué qu’elle s’est tenue",
        "submitted" => "a soumis le compte rendu à relecture",
        "returned" => "a repris la rédaction du compte rendu",
        "approved" => "a approuvé le compte rendu",
        "published" => "a publié le compte rendu",
        "rectified" => "a rectifié le compte rendu",
        other => other,
    };
    said.to_owned()
}

/// What the pages say of a meeting, read together with what one of them shows of these versions.
async fn read<T, F>(visit: &Visit, id: &str, numbers: Vec<i32>, more: F) -> Result<(Desk, T)>
where
    T: Send + 'static,
    F: FnOnce(&mut Conn, &Record) -> Result<T> + Send + 'static,
{
    visit.actor()?;
    let (viewer, id, zone) = (visit.viewer.clone(), id.to_owned(), visit.app.config.zone.clone());
    let read = visit.app.db.read(move |conn| {
        let meeting = service::find_to_write(conn, &viewer, &super::id_of(&id)?)?;
        let record = Record::meeting(&meeting.id);
        let more = more(conn, &record)?;
        let mut names = Names::load(conn, &viewer)?;
        let mut told = vec![meeting.fields.clone()];
        for number in numbers {
            let (_, content) = versions::whole(conn, &record, number)?;
            told.extend(serde_json::from_value::<MeetingFields>(content));
        }
        names.learn(conn, &viewer, &told.iter().collect::<Vec<_>>())?;
        Ok::<_, Error>((Desk { meeting, names, zone }, more))
    });
    read.await
}

pub async fn list(visit: Visit, request: HttpRequest, id: web::Path<String>) -> Result<HttpResponse> {
    let page = listing::asked(request.query_string())?;
    let (desk, versions) = read(&visit, &id, Vec::new(), move |conn, record| listing::Read::load(conn, record, page)).await?;
    versions.show(&visit, &desk)
}

pub async fn compare(visit: Visit, request: HttpRequest, id: web::Path<String>) -> Result<HttpResponse> {
    let asked = comparison::asked(request.query_string());
    // Who may not write it learns nothing, not even what is wrong with the address.
    let numbers = asked.as_ref().map(|(old, new)| vec![*old, *new]).unwrap_or_default();
    let (desk, two) = read(&visit, &id, numbers, move |conn, record| comparison::Read::load(conn, record, asked?)).await?;
    two.show(&visit, &desk)
}

pub async fn show(visit: Visit, path: web::Path<(String, i32)>) -> Result<HttpResponse> {
    let (id, number) = path.into_inner();
    let (desk, version) = read(&visit, &id, vec![number], move |conn, record| one::Read::load(conn, record, number)).await?;
    version.show(&visit, &desk, "", &Answer::None)
}
