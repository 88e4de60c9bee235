//! The history of a sheet, for those who may write it.

use serde_json::Value;

use super::words;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::Record;
use crate::http::paths;
use crate::plans::model::{Sheet, WholePlan};
use crate::plans::{history, service};
use crate::versions::Version;
use crate::versions::diff::Field;
use crate::versions::pages::{About, Address, Reader, Restored, Restoring, Told};

pub struct Desk {
    whole: WholePlan,
    sheet: Sheet,
}

impl Told for Desk {
    fn load(conn: &mut Conn, reader: &Reader, address: &Address) -> Result<(Self, Record)> {
        let whole = service::find_to_write(conn, reader.viewer.actor().ok_or(Error::SignIn)?, &super::id_of(&address.id)?)?;
        let sheet = whole.sheet(address.number).cloned().ok_or(Error::NotFound)?;
        let record = Record::sheet(&whole.plan.id, sheet.number);
        Ok((Desk { whole, sheet }, record))
    }

    fn about(&self) -> About {
        let (plan, sheet) = (&self.whole.plan, &self.sheet);
        About {
            trail: vec![
                (format!("Schéma {}", plan.years()), paths::plan(&plan.id)),
                (format!("Fiche {}", sheet.number), paths::sheet(&plan.id, sheet.number)),
            ],
            title: format!("Fiche {}. {}", sheet.number, sheet.title),
            history: paths::about_sheet(&plan.id, sheet.number, "historique"),
            version: sheet.version,
            closed: None,
            untouched: "L’état de la fiche reste comme il est : c’est le comité de pilotage qui en décide.",
        }
    }

    fn did(&self, version: &Version) -> String {
        words::did(version)
    }

    fn fields(&self, content: &Value) -> Vec<Field> {
        words::fields(content, &self.whole)
    }
}

impl Restored for Desk {
    fn restore(conn: &mut Conn, asked: &Restoring) -> Result<String> {
        let (id, number) = (super::id_of(&asked.address.id)?, asked.address.number);
        history::restore(conn, asked.doer.by(), &id, number, asked.version, asked.address.version, &asked.reason)?;
        Ok(paths::sheet(&id, number))
    }
}
