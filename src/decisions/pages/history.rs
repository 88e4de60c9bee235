//! The history of a decision, for those who may write it. It is read, never restored.

use serde_json::Value;

use super::id_of;
use super::names::Names;
use super::register::PATH;
use crate::db::Conn;
use crate::decisions::model::DecisionFields;
use crate::decisions::service::{self, Decision};
use crate::error::Result;
use crate::events::Record;
use crate::http::paths;
use crate::kernel::Day;
use crate::versions::Version;
use crate::versions::diff::{Field, Said};
use crate::versions::pages::{About, Address, Reader, Told};

pub struct Desk {
    decision: Decision,
    names: Names,
}

impl Told for Desk {
    fn load(conn: &mut Conn, reader: &Reader, address: &Address) -> Result<(Self, Record)> {
        let decision = service::find_to_write(conn, &reader.viewer, &id_of(&address.id)?)?;
        let record = Record::decision(&decision.id);
        Ok((Desk { decision, names: Names::load(conn, &reader.viewer)? }, record))
    }

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
}
