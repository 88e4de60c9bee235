//! What names the codes of a meeting or a body: its places, its people, and what its agenda is about.

use std::collections::BTreeMap;
use std::ops::Deref;

use crate::accounts::model::Viewer;
use crate::conventions::pages::names::Names as Common;
use crate::db::Conn;
use crate::error::Result;
use crate::http::paths;
use crate::kernel::ids::{ActionId, ConventionId, PlanId};
use crate::kernel::text::fold;
use crate::meetings::bodies::{self, Body};
use crate::meetings::model::{AgendaItem, MeetingFields};
use crate::{actions, conventions};

pub struct Names {
    common: Common,
    pub bodies: Vec<Body>,
    /// Of the actions and conventions that agendas name, as far as the reader may read them: what they are called, and where they are.
    links: BTreeMap<String, (String, String)>,
}

impl Deref for Names {
    type Target = Common;

    fn deref(&self) -> &Common {
        &self.common
    }
}

impl Names {
    pub fn load(conn: &mut Conn, viewer: &Viewer) -> Result<Self> {
        Ok(Self { common: Common::load(conn, viewer)?, bodies: bodies::all(conn)?, links: BTreeMap::new() })
    }

    pub fn body(&self, id: Option<&str>) -> Option<&Body> {
        self.bodies.iter().find(|body| id == Some(body.id.as_str()))
    }

    /// Learns what these agendas name.
    pub fn learn(&mut self, conn: &mut Conn, viewer: &Viewer, all: &[&MeetingFields]) -> Result<()> {
        let items: Vec<&AgendaItem> = all.iter().flat_map(|fields| &fields.agenda).collect();
        let ids: Vec<ActionId> = items.iter().filter_map(|item| ActionId::parse(item.action.as_deref()?)).collect();
        for action in actions::exporting::readable(conn, viewer, &ids)? {
            let url = paths::action(&action.id, &action.fields.title);
            self.links.insert(action.id.to_string(), (action.fields.title, url));
        }
        let ids: Vec<ConventionId> = items.iter().filter_map(|item| ConventionId::parse(item.convention.as_deref()?)).collect();
        for convention in conventions::service::readable_ones(conn, viewer, &ids)? {
            let url = paths::convention(&convention.id);
            self.links.insert(convention.id.to_string(), (convention.fields.object, url));
        }
        Ok(())
    }

    /// What an item of an agenda is about: its words and its page.
    pub fn about(&self, item: &AgendaItem) -> Option<(String, String)> {
        let named = item.action.as_ref().or(item.convention.as_ref());
        if let Some(id) = named {
            return self.links.get(id).cloned();
        }
        let sheet = item.plan_sheet.as_ref()?;
        Some((self.sheet(&sheet.plan_id, sheet.number), paths::sheet(&PlanId::parse(&sheet.plan_id)?, sheet.number)))
    }

    /// « Fiche 3. Prévenir le surendettement ».
    pub fn sheet(&self, plan: &str, number: i32) -> String {
        let known = self.sheets.iter().find(|line| line.plan_id.as_str() == plan && line.number == number);
        known.map_or_else(|| format!("Fiche {number} d’un ancien schéma"), |line| format!("Fiche {number}. {}", line.title))
    }

    /// The organisation of this name, if there is one.
    pub fn organisation_named(&self, name: &str) -> Option<String> {
        let wanted = fold(name.trim());
        self.organisations().find(|one| fold(&one.name) == wanted).map(|one| one.id.to_string())
    }

    /// The names of all organisations, in order.
    pub fn organisation_names(&self) -> Vec<(String, String)> {
        let mut names: Vec<(String, String)> = self.organisations().map(|one| (one.id.to_string(), one.name.clone())).collect();
        names.sort_by_cached_key(|(_, name)| fold(name));
        names
    }

    pub fn agent_names(&self) -> Vec<(String, String)> {
        let mut names: Vec<(String, String)> = self.agents().map(|one| (one.id.to_string(), one.name.clone())).collect();
        names.sort_by_cached_key(|(_, name)| fold(name));
        names
    }
}
