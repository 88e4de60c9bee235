//! Our public partners as structures, and our open public actions as services. The reference of the schema takes all of it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::source;
use crate::accounts::model::Viewer;
use crate::actions::model::{ActionFields, Carrier, Kind};
use crate::actions::service::Action;
use crate::db::Conn;
use crate::error::Result;
use crate::http::paths;
use crate::kernel::text::clean;
use crate::kernel::{Day, Moment, Zone, referential};
use crate::partners::importing;
use crate::partners::model::Partner;
use crate::partners::service::World;
use crate::territories::geography::{PlaceKind, geography};
use crate::territories::model::Territory;

/// Records read together.
const BATCH: usize = 200;

/// Where and when an export is made.
pub struct Setting<'a> {
    pub base_url: &'a str,
    pub zone: &'a Zone,
    pub today: Day,
}

struct Writer<'a> {
    setting: &'a Setting<'a>,
    world: World,
    source: String,
}

/// Everything that everybody may read: `{"structures": […], "services": […]}`.
pub fn export(conn: &mut Conn, setting: &Setting<'_>) -> Result<Value> {
    let world = World::load(conn)?;
    let writer = Writer { source: source(&world.instance.departement), world, setting };
    let visitor = Viewer::visitor();
    let (mut structures, mut known, mut after) = (Vec::new(), BTreeSet::new(), String::new());
    loop {
        let batch = importing::after(conn, &visitor, &after, BATCH)?;
        let Some(last) = batch.last else { break };
        known.extend(batch.readable.iter().map(|partner| partner.id.to_string()));
        structures.extend(batch.readable.iter().map(|partner| writer.structure(partner)));
        after = last.to_string();
    }
    // Services of ours need a structure: the territory that carries them, or the département itself.
    let (mut services, mut own) = (Vec::new(), BTreeMap::new());
    let mut after = String::new();
    loop {
        let batch = crate::actions::exporting::after(conn, &visitor, &after, BATCH)?;
        let Some(last) = batch.last else { break };
        for action in batch.readable.iter().filter(|action| action.situation(setting.today).is_some_and(|situation| situation.is_open())) {
            let carrier = match &action.fields.carrier {
                Some(Carrier::PartnerId(id)) if known.contains(id) => id.clone(),
                Some(Carrier::Territory(code)) => code.clone(),
                _ => writer.world.instance.departement.clone(),
            };
            if !known.contains(&carrier) {
                own.entry(carrier.clone()).or_insert_with(|| writer.service_of_ours(&carrier, action.updated_at));
            }
            services.push(writer.service(action, &carrier));
        }
        after = last.to_string();
    }
    structures.extend(own.into_values());
    Ok(json!({ "structures": structures, "services": services }))
}

/// A text of the length that the schema asks for; None when it is shorter.
fn sized(text: &str, least: usize, most: usize) -> Option<String> {
    let text: String = clean(text).chars().take(most).collect();
    (text.chars().count() >= least).then_some(text)
}

/// A name: no full stop at its end, three characters at least.
fn named(name: &str) -> String {
    let name: String = clean(name).trim_end_matches(['.', ' ']).chars().take(150).collect();
    let name = name.trim().to_owned();
    if name.chars().count() >= 3 { name } else { format!("« {name} »") }
}

fn some(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

fn filled(codes: Vec<String>) -> Option<Vec<String>> {
    Some(codes).filter(|codes| !codes.is_empty())
}

impl Writer<'_> {
    fn id(&self, own: &str) -> String {
        format!("{}--{own}", self.source)
    }

    fn link(&self, path: &str) -> String {
        format!("{}{path}", self.setting.base_url)
    }

    /// The day of a change; the schema takes none of the future, nor of the last century.
    fn day(&self, at: Moment) -> Day {
        self.setting.zone.day(at).min(self.setting.today)
    }

    fn place(code: Option<&str>) -> [Option<String>; 3] {
        let Some(place) = code.and_then(|code| geography().place(code)) else { return [None, None, None] };
        let mut postcodes = place.postcodes();
        let postcode = postcodes.next().filter(|_| postcodes.next().is_none());
        [Some(place.name.to_owned()), postcode.map(str::to_owned), Some(place.code.to_owned())]
    }

    fn structure(&self, partner: &Partner) -> Value {
        let fields = &partner.fields;
        let [commune, postcode, code] = Self::place(fields.commune.as_deref());
        json!({
            "source": self.source, "id": self.id(partner.id.as_str()), "nom": named(&fields.name), "date_maj": self.day(partner.updated_at),
            "description": sized(&fields.description, 5, 10_000), "lien_source": self.link(&paths::partner(&partner.id, &fields.name)),
            "siret": fields.siret, "commune": commune, "code_postal": postcode, "code_insee": code,
            "adresse": some(&fields.address.split_whitespace().collect::<Vec<_>>().join(" ")), "telephone": some(&fields.phone),
            "courriel": some(&fields.email), "site_web": some(&fields.website), "reseaux_porteurs": filled(fields.networks.clone()),
        })
    }

    /// A territory of the département's own, or the département.
    fn service_of_ours(&self, code: &str, at: Moment) -> Value {
        let own: Option<&Territory> = self.world.atlas.territory(code);
        let instance = &self.world.instance;
        let name = own.map_or_else(|| format!("Département {}", self.world.atlas.name(code)), |territory| territory.name.clone());
        let email = own.map_or(&instance.legal_email, |territory| &territory.email);
        let phone = own.map_or(&instance.legal_phone, |territory| &territory.phone);
        let address = own.map_or(&instance.address, |territory| &territory.address);
        let network = if own.is_some() { "maisons-des-solidarites" } else { "departements" };
        json!({
            "source": self.source, "id": self.id(code), "nom": named(&name), "date_maj": self.day(at), "lien_source": self.link(&paths::territory(code)),
            "telephone": some(phone), "courriel": some(email), "adresse": some(&address.split_whitespace().collect::<Vec<_>>().join(" ")),
            "reseaux_porteurs": [network],
        })
    }

    fn service(&self, action: &Action, carrier: &str) -> Value {
        let fields = &action.fields;
        let kind = match fields.kind {
            Kind::CollectiveInformation => Some("information"),
            Kind::CollectiveAction => Some("atelier"),
            Kind::LocalDevelopment => None,
        };
        let place = some(&fields.place).filter(|_| !fields.place_withheld).map(|place| place.split_whitespace().collect::<Vec<_>>().join(" "));
        json!({
            "source": self.source, "id": self.id(action.id.as_str()), "structure_id": self.id(carrier), "nom": named(&fields.title),
            "description": self.description(fields), "lien_source": self.link(&paths::action(&action.id, &fields.title)),
            "date_maj": self.day(action.updated_at), "type": kind, "thematiques": filled(self.themes(fields)), "frais": fields.fee,
            "frais_precisions": some(&fields.fee_note), "publics": filled(fields.audiences.clone()),
            "publics_precisions": some(&fields.audience_note), "conditions_acces": some(&fields.access_conditions), "adresse": place,
            "telephone": some(&fields.contact.phone), "courriel": some(&fields.contact.email), "modes_accueil": filled(fields.reception_modes.clone()),
            "zone_eligibilite": filled(self.zone(fields)), "modes_mobilisation": filled(fields.mobilisation_modes.clone()),
            "mobilisable_par": filled(fields.mobilised_by.clone()),
        })
    }

    fn description(&self, fields: &ActionFields) -> String {
        let parts = [fields.summary.as_str(), &fields.rhythm, &fields.steps].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
        sized(&parts.join("\n\n"), 5, 10_000).unwrap_or_else(|| format!("Action collective\u{a0}: {}", fields.title))
    }

    /// The national themes, and those that the instance's own come nearest to.
    fn themes(&self, fields: &ActionFields) -> Vec<String> {
        let national = |code: &String| {
            let own = self.world.instance.themes.iter().find(|theme| theme.code == *code).and_then(|theme| theme.maps_to.clone());
            own.or_else(|| Some(code.clone())).filter(|code| referential::theme(code).is_some())
        };
        fields.themes.iter().filter_map(national).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Official codes only: a territory of the instance's own is its communes.
    fn zone(&self, fields: &ActionFields) -> Vec<String> {
        let official = |code: &String| match geography().place(code).map(|place| place.kind) {
            Some(PlaceKind::Commune | PlaceKind::Arrondissement | PlaceKind::Epci | PlaceKind::Departement) => BTreeSet::from([code.clone()]),
            None => self.world.atlas.communes_of(code),
        };
        fields.territories.iter().flat_map(official).collect::<BTreeSet<_>>().into_iter().collect()
    }
}
