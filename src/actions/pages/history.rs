//! The history of an action, for those who may write it.

use serde_json::Value;

use super::edit::Desk;
use super::told;
use crate::actions::model::Stage;
use crate::actions::{history, labels};
use crate::db::Conn;
use crate::error::Result;
use crate::events::Record;
use crate::http::paths;
use crate::versions::Version;
use crate::versions::diff::Field;
use crate::versions::pages::{About, Address, Reader, Restored, Restoring, Told};

impl Told for Desk {
    fn load(conn: &mut Conn, reader: &Reader, address: &Address) -> Result<(Self, Record)> {
        let desk = Desk::load(conn, &reader.viewer, &address.id)?;
        let record = Record::action(&desk.action.id);
        Ok((desk, record))
    }

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

impl Restored for Desk {
    fn restore(conn: &mut Conn, asked: &Restoring) -> Result<String> {
        let id = super::id_of(&asked.address.id)?;
        let action = history::restore(conn, asked.doer.by(), &id, asked.version, asked.address.version, &asked.reason)?;
        Ok(paths::action(&action.id, &action.fields.title))
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
