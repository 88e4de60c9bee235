//! The history of an announcement, for those who may write it. It is read, never restored.

use std::collections::HashMap;

use serde_json::Value;

use super::id_of;
use crate::announcements::model::{AnnouncementFields, Item};
use crate::announcements::service::{self, Announcement};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::Record;
use crate::http::paths;
use crate::instance::model::Instance;
use crate::kernel::ids::{BodyId, MeetingId};
use crate::meetings::bodies;
use crate::territories::model::Atlas;
use crate::versions::Version;
use crate::versions::diff::{Field, Said};
use crate::versions::pages::{About, Address, Reader, Told};
use crate::{instance, meetings, territories};

pub struct Desk {
    announcement: Announcement,
    atlas: Atlas,
    instance: Instance,
    /// The bodies and the meetings that a version names, as its reader may read them.
    names: HashMap<String, String>,
}

impl Told for Desk {
    fn load(conn: &mut Conn, reader: &Reader, address: &Address) -> Result<(Self, Record)> {
        let announcement = service::find(conn, &reader.viewer, &id_of(&address.id)?)?;
        let record = Record::announcement(&announcement.id);
        let (atlas, instance) = (territories::service::atlas(conn)?, instance::service::get(conn)?.0);
        Ok((Desk { announcement, atlas, instance, names: HashMap::new() }, record))
    }

    fn learn(&mut self, conn: &mut Conn, reader: &Reader, contents: &[&Value]) -> Result<()> {
        for content in contents {
            let fields = read(content);
            for id in fields.audience.bodies.iter().filter_map(|id| BodyId::parse(id)) {
                self.names.insert(id.to_string(), bodies::find(conn, &id)?.fields.name);
            }
            let Some(id) = fields.meeting.as_deref().and_then(MeetingId::parse) else { continue };
            match meetings::service::find(conn, &reader.viewer, &id) {
                Ok(meeting) => drop(self.names.insert(id.to_string(), meeting.fields.title)),
                Err(Error::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn about(&self) -> About {
        let announcement = &self.announcement;
        let title = announcement.fields.title.clone();
        About {
            trail: vec![("Annonces".to_owned(), paths::ANNOUNCEMENTS.to_owned()), (title.clone(), paths::announcement(&announcement.id))],
            title,
            history: paths::about_announcement(&announcement.id, "historique"),
            version: announcement.version,
            closed: Some("Une version d’une annonce ne se rétablit pas d’un bouton : modifiez le brouillon."),
            untouched: "",
        }
    }

    fn did(&self, version: &Version) -> String {
        match version.event.as_str() {
            "created" => "a commencé l’annonce",
            "changed" => "a modifié l’annonce",
            "scheduled" => "a programmé l’envoi",
            "sent" if version.actor.is_empty() => "L’envoi a commencé à l’heure prévue",
            "sent" => "a lancé l’envoi",
            "finished" => "L’envoi est terminé",
            "reopened" => "l’a reprise en brouillon",
            "cancelled" => "l’a annulée",
            other => other,
        }
        .to_owned()
    }

    fn fields(&self, content: &Value) -> Vec<Field> {
        let fields = read(content);
        let audience = &fields.audience;
        let field = |name, label, said| Field { name, label, said };
        let labels = |some: Vec<&'static str>| Said::Items(some.into_iter().map(ToOwned::to_owned).collect());
        let network = if audience.in_convention { "Les partenaires d’une convention en vigueur" } else { "" };
        let sheets = fields.plan_sheets.iter().map(|sheet| format!("Fiche {}", sheet.number)).collect();
        vec![
            field("title", "Titre", Said::Text(fields.title)),
            field("greeting", "Formule d’appel", Said::Text(fields.greeting)),
            field("text", "Texte", Said::Text(fields.text)),
            field("items", "Lignes de la lettre", Said::Items(fields.items.iter().filter(|item| item.kept).map(line).collect())),
            field("audience.to", "Destinataires", labels(audience.to.iter().map(|side| side.label()).collect())),
            field("audience.territories", "Territoires", Said::Items(audience.territories.iter().map(|code| self.atlas.name(code)).collect())),
            field("audience.kinds", "Nature de l’organisme", labels(audience.kinds.iter().map(|kind| kind.label()).collect())),
            field("audience.themes", "Thèmes", Said::Items(audience.themes.iter().map(|code| self.instance.theme_label(code)).collect())),
            field("audience.bodies", "Membres de", Said::Items(audience.bodies.iter().map(|id| self.name(id)).collect())),
            field("audience.in_convention", "Réseau", Said::Value(network.to_owned())),
            field("plan_sheets", "Fiches du schéma", Said::Items(sheets)),
            field("meeting", "Réunion de présentation", Said::Value(fields.meeting.map(|id| self.name(&id)).unwrap_or_default())),
        ]
    }
}

impl Desk {
    fn name(&self, id: &str) -> String {
        self.names.get(id).cloned().unwrap_or_else(|| "Une rencontre que vous ne lisez pas".to_owned())
    }
}

fn read(content: &Value) -> AnnouncementFields {
    serde_json::from_value(content.clone()).unwrap_or_default()
}

/// A line of the letter: its title, its text, or both.
fn line(item: &Item) -> String {
    [item.title.as_str(), item.text.as_str()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\u{a0}: ")
}
