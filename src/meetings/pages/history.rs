//! The history of a meeting, for those who may write it: what was written, by whom, when. It is read, never restored: whoever was called
//! knows what it said.

use serde::Deserialize;
use serde_json::Value;

use super::names::Names;
use super::told;
use crate::db::Conn;
use crate::error::Result;
use crate::events::Record;
use crate::http::paths;
use crate::kernel::Zone;
use crate::kernel::text::some_of;
use crate::meetings::labels;
use crate::meetings::model::MeetingFields;
use crate::meetings::service::{self, Meeting};
use crate::versions::Version;
use crate::versions::diff::Field;
use crate::versions::pages::{About, Address, Reader, Told};

pub struct Desk {
    meeting: Meeting,
    names: Names,
    zone: Zone,
}

impl Told for Desk {
    fn load(conn: &mut Conn, reader: &Reader, address: &Address) -> Result<(Self, Record)> {
        let meeting = service::find_to_write(conn, &reader.viewer, &super::id_of(&address.id)?)?;
        let mut names = Names::load(conn, &reader.viewer)?;
        names.learn(conn, &reader.viewer, &[&meeting.fields])?;
        let record = Record::meeting(&meeting.id);
        Ok((Desk { meeting, names, zone: reader.zone.clone() }, record))
    }

    fn learn(&mut self, conn: &mut Conn, reader: &Reader, contents: &[&Value]) -> Result<()> {
        let told: Vec<MeetingFields> = contents.iter().filter_map(|content| MeetingFields::deserialize(*content).ok()).collect();
        self.names.learn(conn, &reader.viewer, &told.iter().collect::<Vec<_>>())
    }

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
