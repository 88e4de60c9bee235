//! The history of a convention, for those who may write it: what was written, by whom, when, and an old version that comes back.

use serde::Deserialize;
use serde_json::Value;

use super::names::Names;
use super::told;
use crate::conventions::model::{ConventionFields, Stage};
use crate::conventions::service::{self, Convention};
use crate::conventions::{history, labels};
use crate::db::Conn;
use crate::error::Result;
use crate::events::Record;
use crate::http::paths;
use crate::kernel::Visibility;
use crate::kernel::text::some_of;
use crate::versions::Version;
use crate::versions::diff::Field;
use crate::versions::pages::{About, Address, Reader, Restored, Restoring, Told};

pub struct Desk {
    convention: Convention,
    names: Names,
    /// The fields that restoring leaves as they are.
    kept: Vec<String>,
}

impl Told for Desk {
    fn load(conn: &mut Conn, reader: &Reader, address: &Address) -> Result<(Self, Record)> {
        let convention = service::find_to_write(conn, &reader.viewer, &super::id_of(&address.id)?, reader.today)?;
        let mut names = Names::load(conn, &reader.viewer)?;
        names.learn(conn, &reader.viewer, &[&convention.fields])?;
        let (record, kept) = (Record::convention(&convention.id), history::kept(&convention, reader.today));
        Ok((Desk { convention, names, kept }, record))
    }

    fn learn(&mut self, conn: &mut Conn, reader: &Reader, contents: &[&Value]) -> Result<()> {
        let told: Vec<ConventionFields> = contents.iter().filter_map(|content| ConventionFields::deserialize(*content).ok()).collect();
        self.names.learn(conn, &reader.viewer, &told.iter().collect::<Vec<_>>())
    }

    fn about(&self) -> About {
        let convention = &self.convention;
        About {
            trail: vec![("Conventions".to_owned(), "/conventions".to_owned()), (super::reference(convention), paths::convention(&convention.id))],
            title: convention.fields.object.clone(),
            history: paths::about_convention(&convention.id, "historique"),
            version: convention.version,
            closed: history::closed(convention.life.stage),
            untouched: "L’étape, le numéro, les signatures, les actes et les documents restent comme ils sont.",
        }
    }

    fn did(&self, version: &Version) -> String {
        did(version)
    }

    fn fields(&self, content: &Value) -> Vec<Field> {
        told::version(content, &self.names)
    }

    fn restores(&self, field: &str) -> bool {
        self.kept.iter().all(|kept| kept != field)
    }

    fn warnings(&self, now: &Value, then: &Value) -> Vec<&'static str> {
        let level = |content: &Value| Visibility::ALL.iter().position(|level| content["visibility"] == level.as_str());
        let mut warnings = Vec::new();
        if self.convention.life.stage == Stage::Signed {
            warnings.push(
                "La convention est signée\u{a0}: rétablir une version corrige une erreur de saisie, et son motif est demandé. Ce que les parties changent d’un commun accord demande un avenant.",
            );
            if level(then) < level(now) {
                warnings.push("Cette version ouvre la convention à plus de lecteurs qu’aujourd’hui.");
            }
        }
        warnings
    }
}

impl Restored for Desk {
    fn restore(conn: &mut Conn, asked: &Restoring) -> Result<String> {
        let id = super::id_of(&asked.address.id)?;
        let convention = history::restore(conn, asked.doer.by(), asked.today, &id, asked.version, asked.address.version, &asked.reason)?;
        Ok(paths::convention(&convention.id))
    }
}

/// What the author of a version did.
fn did(version: &Version) -> String {
    let said = match version.event.as_str() {
        "created" => "a commencé la convention",
        "entered" => "a enregistré la convention, déjà signée",
        "changed" => {
            let fields: Vec<String> = version.changed().into_iter().map(|name| format!("«\u{a0}{}\u{a0}»", labels::field(name))).collect();
            let fields = some_of(fields.iter().map(String::as_str));
            return format!("a modifié {}", if fields.is_empty() { "la convention" } else { &fields });
        }
        "restored" => return format!("a rétabli la version {}", version.detail["version"]),
        "imported" => "a importé la convention d’un fichier",
        "import_undone" => "a remis la convention comme avant l’import d’un fichier",
        "relinked" => "a réuni deux partenaires, dont un de cette convention",
        "submitted" => "l’a soumise à relecture",
        "returned" => "l’a renvoyée à corriger",
        "validated" => "l’a validée et numérotée",
        "sent" => "l’a envoyée à la signature",
        "signed" | "signature" => "a enregistré une signature",
        "abandoned" => "l’a abandonnée",
        "reactivated" => "l’a reprise en brouillon",
        "avenant_drafted" => "a préparé un avenant",
        "avenant_signed" => "a enregistré un avenant signé",
        "avenant_abandoned" => "a abandonné un avenant",
        "reconduction" => "a enregistré une reconduction",
        "denonciation" => "a enregistré une dénonciation",
        "resiliation" => "a enregistré une résiliation",
        "filed" => "a joint le fichier signé",
        other => other,
    };
    said.to_owned()
}
