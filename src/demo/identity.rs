//! The instance of the demonstration: a Vienne that does not exist.

use super::{Present, SET_UP, content};
use crate::db::Conn;
use crate::error::Result;
use crate::instance;
use crate::instance::model::Instance;

pub fn save(conn: &mut Conn, present: &Present<'_>) -> Result<()> {
    let identity = Instance {
        name: "Trait d’union".into(),
        departement: "86".into(),
        tagline: "Les actions collectives et les partenaires de l’action sociale dans la Vienne.".into(),
        publisher: "Département de la Vienne (service de démonstration, entièrement fictif)".into(),
        address: "Direction de l’action sociale, 3 place du Pont-Imaginaire, 86000 Poitiers".into(),
        legal_email: "action-sociale@vienne.example".into(),
        legal_phone: "05 36 49 10 00".into(),
        director: "Odile Ferrandeau, chargée de mission à la direction de l’action sociale (personne fictive)".into(),
        host: "Cette démonstration est hébergée sur la machine de la personne qui l’a lancée.".into(),
        dpo_name: "Hélène Vauzelleau (personne fictive)".into(),
        dpo_email: "donnees-personnelles@vienne.example".into(),
        demo: true,
        themes: content::themes()?,
        ..Instance::default()
    };
    instance::service::save(conn, &identity, 0, present.days_ago(SET_UP))
}
