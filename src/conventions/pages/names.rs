//! What names the codes of a convention: its parties, its places, whoever follows it.

use std::collections::{BTreeMap, BTreeSet};

use crate::accounts::model::{Account, Role, Viewer};
use crate::conventions::model::ConventionFields;
use crate::conventions::service::{self, Convention};
use crate::db::Conn;
use crate::error::Result;
use crate::http::paths;
use crate::instance::model::Instance;
use crate::kernel::Day;
use crate::kernel::ids::{ActionId, ConventionId};
use crate::partners::model::Organisation;
use crate::plans::service::SheetLine;
use crate::territories::geography::geography;
use crate::territories::model::{Atlas, in_words};
use crate::{accounts, actions, instance, partners, plans, territories};

pub struct Names {
    pub instance: Instance,
    pub atlas: Atlas,
    pub sheets: Vec<SheetLine>,
    partners: BTreeMap<String, Organisation>,
    /// Those of them that became another.
    former: BTreeSet<String>,
    agents: BTreeMap<String, Account>,
    departement: String,
    /// Of the actions and conventions that the reader may read, once they were asked for.
    titles: BTreeMap<String, String>,
}

impl Names {
    /// As far as the viewer may know of them.
    pub fn load(conn: &mut Conn, viewer: &Viewer) -> Result<Self> {
        let (instance, _) = instance::service::get(conn)?;
        let mut partners: BTreeMap<String, Organisation> =
            partners::service::readable(conn, viewer)?.into_iter().map(|one| (one.id.as_str().to_owned(), one)).collect();
        let mut former = BTreeSet::new();
        // What older versions name may have become another since.
        for (gone, into) in partners::service::former(conn)? {
            if partners.contains_key(into.as_str()) {
                former.insert(gone.id.as_str().to_owned());
                partners.insert(gone.id.as_str().to_owned(), gone);
            }
        }
        let agents = accounts::service::active_with_role(conn, &[Role::Worker, Role::Manager, Role::Administrator])?;
        let agents = agents.into_iter().map(|one| (one.id.as_str().to_owned(), one)).collect();
        let departement = geography().place(&instance.departement).map_or_else(|| "Département".to_owned(), |place| departement_of(place.name));
        Ok(Self {
            atlas: territories::service::atlas(conn)?,
            sheets: plans::service::sheets(conn)?,
            instance,
            partners,
            former,
            agents,
            departement,
            titles: BTreeMap::new(),
        })
    }

    /// Every organisation of today.
    pub fn organisations(&self) -> impl Iterator<Item = &Organisation> {
        self.partners.values().filter(|one| !self.former.contains(one.id.as_str()))
    }

    pub fn agents(&self) -> impl Iterator<Item = &Account> {
        self.agents.values()
    }

    pub fn organisation(&self, id: &str) -> Option<&Organisation> {
        self.partners.get(id)
    }

    /// Is this party an organisation that the reader may not know of? Who signs for it is then not told either.
    pub fn is_hidden(&self, partner: Option<&str>) -> bool {
        partner.is_some_and(|id| self.organisation(id).is_none())
    }

    /// A party; none: the Département itself.
    pub fn party(&self, partner: Option<&str>) -> String {
        match partner {
            None => self.departement.clone(),
            Some(id) => self.organisation(id).map_or_else(|| "Un partenaire".to_owned(), |one| one.name.clone()),
        }
    }

    /// The page of a party.
    pub fn party_url(&self, partner: Option<&str>) -> Option<String> {
        self.organisation(partner?).map(|one| paths::partner(&one.id, &one.name))
    }

    /// The parties of a convention that are not the Département, in a line; the Département when there is nobody else.
    pub fn partners(&self, convention: &Convention, today: Day) -> String {
        let standing = convention.standing(today);
        let names: Vec<String> = standing.fields.partners().map(|id| self.party(Some(id))).collect();
        if names.is_empty() { self.departement.clone() } else { names.join(", ") }
    }

    /// Who follows a convention; a closed account follows nothing.
    pub fn responsible(&self, convention: &Convention) -> Option<&Account> {
        convention.fields.responsible.as_ref().and_then(|id| self.agents.get(id))
    }

    pub fn agent(&self, id: &str) -> String {
        self.agents.get(id).map_or_else(|| "Un compte fermé".to_owned(), |account| account.name.clone())
    }

    /// Learns what the actions and conventions that these fields name are called, as far as the viewer may read them.
    pub fn learn(&mut self, conn: &mut Conn, viewer: &Viewer, all: &[&ConventionFields]) -> Result<()> {
        let ids: Vec<ActionId> = all.iter().flat_map(|fields| &fields.actions).filter_map(|id| ActionId::parse(id)).collect();
        for action in actions::exporting::readable(conn, viewer, &ids)? {
            self.titles.insert(action.id.to_string(), action.fields.title);
        }
        let ids: Vec<ConventionId> = all.iter().filter_map(|fields| ConventionId::parse(fields.replaces.as_ref()?)).collect();
        for convention in service::readable_ones(conn, viewer, &ids)? {
            self.titles.insert(convention.id.to_string(), convention.fields.object);
        }
        Ok(())
    }

    pub fn title(&self, id: &str) -> String {
        self.titles.get(id).map_or_else(|| "Une fiche que vous ne pouvez pas lire".to_owned(), Clone::clone)
    }

    pub fn responsible_name(&self, convention: &Convention) -> String {
        match (&convention.fields.responsible, self.responsible(convention)) {
            (_, Some(account)) => account.name.clone(),
            (Some(id), None) => self.agent(id),
            (None, None) => "Personne".to_owned(),
        }
    }
}

/// « Département de la Vienne », « du Var », « des Landes ».
fn departement_of(name: &str) -> String {
    format!("Département {}", contracted(&in_words(name)))
}

/// « de » before words that begin with their article.
fn contracted(words: &str) -> String {
    match words.split_once(' ') {
        Some(("le", rest)) => format!("du {rest}"),
        Some(("les", rest)) => format!("des {rest}"),
        _ => format!("de {words}"),
    }
}

/// « de la CAF de la Vienne », « du CCAS de Loudun », « de l’association Le Pont »: the article that the first word of a name calls for. Between
/// quotation marks where we do not know it.
pub fn of(name: &str) -> String {
    let first = name.split([' ', '\'', '’', '-']).next().unwrap_or_default();
    let first = crate::kernel::text::fold(first);
    let is = |words: &str| words.split(' ').any(|word| word == first);
    let name = match first.as_str() {
        "association" | "agence" | "academie" | "union" | "hopital" | "office" => lower_first(name),
        _ => name.to_owned(),
    };
    if is(
        "caf msa cpam carsat mdph caisse mutualite mission maison mairie commune communaute ville region fondation federation prefecture direction \
           banque croix ligue protection societe",
    ) {
        format!("de la {name}")
    } else if is(
        "ccas cias centre departement conseil secours service foyer college lycee rectorat tribunal parquet syndicat reseau groupement comite",
    ) {
        format!("du {name}")
    } else if is("association agence ars academie etat union udaf adil hopital office epci ehpad") {
        format!("de l’{name}")
    } else if is("restos restaurants services") {
        format!("des {}", name.strip_prefix("Les ").unwrap_or(&name))
    } else if first == "un" {
        format!("d’{}", lower_first(&name))
    } else {
        format!("de «\u{a0}{name}\u{a0}»")
    }
}

fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// Several, one after another: « de la CAF et du CCAS ».
pub fn of_all(names: &[String]) -> String {
    let said: Vec<String> = names.iter().map(|name| of(name)).collect();
    match said.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} et {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_take_their_article() {
        for (name, said) in [
            ("CAF de la Vienne", "de la CAF de la Vienne"),
            ("CCAS de Loudun", "du CCAS de Loudun"),
            ("Association Le Pont", "de l’association Le Pont"),
            ("ARS Nouvelle-Aquitaine", "de l’ARS Nouvelle-Aquitaine"),
            ("Croix-Rouge", "de la Croix-Rouge"),
            ("Département de la Vienne", "du Département de la Vienne"),
            ("Ekidom", "de «\u{a0}Ekidom\u{a0}»"),
            ("État", "de l’État"),
            ("Un partenaire", "d’un partenaire"),
        ] {
            assert_eq!(of(name), said);
        }
        assert_eq!(of_all(&["CAF".into(), "MSA".into(), "CCAS".into()]), "de la CAF, de la MSA et du CCAS");
        assert_eq!(departement_of("Landes"), "Département des Landes");
        assert_eq!(departement_of("Var"), "Département du Var");
    }
}
