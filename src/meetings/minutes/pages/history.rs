//! The history of minutes, for those who may write the meeting: what was written, by whom, when. It is read, never restored.

use serde_json::Value;

use super::id_of;
use crate::db::Conn;
use crate::error::Result;
use crate::events::Record;
use crate::http::paths;
use crate::meetings::minutes;
use crate::meetings::model::MinutesFields;
use crate::meetings::service::{self, Meeting};
use crate::versions::diff::{Field, Said};
use crate::versions::pages::{About, Address, Reader, Told};
use crate::versions::{self, Version};

pub struct Desk {
    meeting: Meeting,
    last: i32,
}

impl Told for Desk {
    fn load(conn: &mut Conn, reader: &Reader, address: &Address) -> Result<(Self, Record)> {
        let id = id_of(&address.id)?;
        let meeting = service::find_to_write(conn, &reader.viewer, &id)?;
        minutes::read(conn, &reader.viewer, &id)?;
        let record = Record::minutes(&id);
        let last = versions::last(conn, &record)?.map_or(0, |version| version.number);
        Ok((Desk { meeting, last }, record))
    }

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
}
