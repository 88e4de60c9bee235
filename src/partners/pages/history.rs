//! The history of a partner's page, for those who may write it.

use serde_json::Value;

use super::{own_path, words};
use crate::db::Conn;
use crate::error::Result;
use crate::events::Record;
use crate::http::paths;
use crate::kernel::Visibility;
use crate::partners::model::Partner;
use crate::partners::service::World;
use crate::partners::{history, service};
use crate::versions::Version;
use crate::versions::diff::Field;
use crate::versions::pages::{About, Address, Reader, Restored, Restoring, Told};

pub struct Desk {
    partner: Partner,
    world: World,
}

impl Told for Desk {
    fn load(conn: &mut Conn, reader: &Reader, address: &Address) -> Result<(Self, Record)> {
        let partner = service::find_to_write(conn, &reader.viewer, &super::id_of(&address.id)?)?;
        let record = Record::partner(&partner.id);
        Ok((Desk { partner, world: World::load(conn)? }, record))
    }

    fn about(&self) -> About {
        let partner = &self.partner;
        About {
            trail: vec![("Partenaires".to_owned(), "/partenaires".to_owned()), (partner.fields.name.clone(), own_path(partner))],
            title: partner.fields.name.clone(),
            history: paths::about_partner(&partner.id, "historique"),
            version: partner.version,
            closed: None,
            untouched: "Les comptes, les actions et les conventions qui s’y rattachent restent comme ils sont.",
        }
    }

    fn did(&self, version: &Version) -> String {
        words::did(version)
    }

    fn fields(&self, content: &Value) -> Vec<Field> {
        words::fields(content, &self.world)
    }

    fn restores(&self, field: &str) -> bool {
        field != "external_id"
    }

    fn warnings(&self, now: &Value, then: &Value) -> Vec<&'static str> {
        let level = |content: &Value| Visibility::ALL.iter().position(|level| content["visibility"] == level.as_str());
        let shown = |content: &Value| content["contacts"].as_array().into_iter().flatten().filter(|contact| contact["shown"] == true).count();
        let mut warnings = Vec::new();
        if level(then) < level(now) {
            warnings.push("Cette version ouvre la fiche à plus de lecteurs qu’aujourd’hui.");
        }
        if shown(then) > shown(now) {
            warnings.push("Cette version affiche plus d’interlocuteurs qu’aujourd’hui.");
        }
        warnings
    }
}

impl Restored for Desk {
    fn restore(conn: &mut Conn, asked: &Restoring) -> Result<String> {
        let id = super::id_of(&asked.address.id)?;
        let partner = history::restore(conn, asked.doer.by(), &id, asked.version, asked.address.version, &asked.reason)?;
        Ok(own_path(&partner))
    }
}
