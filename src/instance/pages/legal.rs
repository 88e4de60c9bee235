//! What the law asks every public service to say, filled from the instance's identity.

use actix_web::HttpResponse;
use serde_json::{Value, json};

use crate::error::Result;
use crate::http::visit::Visit;

async fn legal(visit: Visit, template: &str, title: &str) -> Result<HttpResponse> {
    let identity = visit.app.identity();
    let told = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let data = json!({
        "publisher": told(&identity.publisher),
        "address": told(&identity.address),
        "legal_email": told(&identity.legal_email),
        "legal_phone": told(&identity.legal_phone),
        "director": told(&identity.director),
        "host": told(&identity.host),
        "dpo_name": told(&identity.dpo_name),
        "dpo_email": told(&identity.dpo_email),
        "base_url": visit.app.config.base_url,
    });
    visit.page(template, title, data)
}

pub async fn notices(visit: Visit) -> Result<HttpResponse> {
    legal(visit, "legal/notices", "Mentions légales").await
}

pub async fn personal_data(visit: Visit) -> Result<HttpResponse> {
    legal(visit, "legal/personal_data", "Données personnelles").await
}

pub async fn accessibility(visit: Visit) -> Result<HttpResponse> {
    legal(visit, "legal/accessibility", "Accessibilité").await
}

/// Every page that has an address of its own, by what people look for.
pub async fn site_map(visit: Visit) -> Result<HttpResponse> {
    let link = |label: &str, href: &str| json!({ "label": label, "href": href });
    let mut groups: Vec<Value> = vec![
        json!({ "title": "Chercher", "links": [
            link("Accueil", "/"), link("Rechercher", "/recherche"), link("Actions collectives", "/actions"),
            link("Partenaires", "/partenaires"), link("Rencontres", "/rencontres"), link("Décisions", "/decisions"), link("Lettres du mois", crate::http::paths::LETTERS), link("Schéma départemental", "/schema"), link("Territoires", "/territoires"),
            link("Rencontres publiques, pour votre calendrier", crate::http::paths::CALENDAR),
        ]}),
        json!({ "title": "À propos", "links": [
            link("Accessibilité", "/accessibilite"), link("Mentions légales", "/mentions-legales"), link("Données personnelles", "/donnees-personnelles"),
            link("Description de l’API", "/api/v1/openapi.json"),
        ]}),
    ];
    let own = match visit.viewer.actor() {
        None => vec![link("Se connecter", "/connexion"), link("Mot de passe oublié", "/mot-de-passe")],
        Some(actor) => {
            let mut own = vec![link("Mon espace", "/mon-espace"), link("Mon compte", "/compte")];
            if actor.is_agent() {
                own.push(link("Présenter une action", "/actions/nouvelle"));
                own.push(link("Dans les autres MDS", crate::http::paths::OTHER_TERRITORIES));
                own.push(link("Qui sait faire\u{a0}?", crate::http::paths::WHO_KNOWS));
            }
            if visit.has_conventions {
                own.push(link("Conventions", "/conventions"));
            }
            if crate::announcements::policy::may_create(actor) {
                own.push(link("Annonces", crate::http::paths::ANNOUNCEMENTS));
            }
            if crate::search::gaps::may_read(actor) {
                own.push(link("Recherches sans résultat", "/lacunes"));
            }
            if crate::consultations::pages::may_read(actor) {
                own.push(link("Consultations", "/consultations"));
            }
            if actor.is_administrator() {
                own.push(link("Administration", "/admin"));
            }
            own
        }
    };
    groups.insert(1, json!({ "title": "Votre compte", "links": own }));
    visit.page("legal/site_map", "Plan du site", json!({ "groups": groups }))
}
