//! The history of a decision, for those who may write it. It is read, never restored.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use super::id_of;
use super::names::Names;
use super::register::PATH;
use crate::db::Conn;
use crate::decisions::model::DecisionFields;
use crate::decisions::service::{self, Decision};
use crate::error::{Error, Result};
use crate::events::Record;
use crate::http::paths;
use crate::http::visit::Visit;
use crate::kernel::Day;
use crate::versions::Version;
use crate::versions::diff::{Field, Said};
use crate::versions::pages::show::Answer;
use crate::versions::pages::{About, Told, compare as comparison, list as listing, show as one};

struct Desk {
    decision: Decision,
    names: Names,
}

impl Told for Desk {
    fn about(&self) -> About {
        let decision = &self.decision;
        About {
            trail: vec![("Décisions".to_owned(), PATH.to_owned()), (format!("Décision {}", decision.reference()), paths::decision(&decision.id))],
            title: format!("Décision {}", decision.full_reference()),
            history: paths::about_decision(&decision.id, "historique"),
            version: decision.version,
            closed: Some("Une version d’une décision ne se rétablit pas d’un bouton : modifiez la décision."),
            untouched: "",
        }
    }

    fn did(&self, version: &Version) -> String {
        match version.event.as_str() {
            "decided" => "a enregistré la décision",
            "changed" => "a modifié la décision",
            "started" => "l’a mise en cours",
            "done" => "l’a indiquée réalisée",
            "dropped" => "l’a abandonnée",
            "deferred" => "l’a ajournée",
            "reopened" => "l’a rouverte",
            other => other,
        }
        .to_owned()
    }

    fn fields(&self, content: &Value) -> Vec<Field> {
        let fields: DecisionFields = serde_json::from_value(content.clone()).unwrap_or_default();
        let names = &self.names;
        let responsible = fields.responsible.as_deref().map_or(fields.responsible_name, |id| names.person(id));
        let field = |name, label, said| Field { name, label, said };
        vec![
            field("text", "Décision", Said::Text(fields.text)),
            field("responsible", "Suivie par", Said::Value(responsible)),
            field("due_on", "Échéance", Said::Value(fields.due_on.map(Day::in_short).unwrap_or_default())),
            field("territories", "Territoires", Said::Items(fields.territories.iter().map(|code| names.atlas.name(code)).collect())),
            field("themes", "Thèmes", Said::Items(fields.themes.iter().map(|code| names.instance.theme_label(code)).collect())),
        ]
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
        let decision = service::find_to_write(conn, &viewer, &id)?;
        let more = more(conn, &Record::decision(&id))?;
        Ok::<_, Error>((Desk { decision, names: Names::load(conn, &viewer)? }, more))
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
