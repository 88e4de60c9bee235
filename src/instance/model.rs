//! Who runs the instance, how it looks, and the themes that it adds to the national list.

use serde::{Deserialize, Serialize};

use crate::kernel::calendar::SchoolZone;
use crate::kernel::text::excerpt;
use crate::kernel::{EmailAddress, FieldErrors, referential};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Instance {
    pub name: String,
    /// Official code of the département.
    pub departement: String,
    pub tagline: String,
    /// The legal person that publishes, its address, and how to reach it.
    pub publisher: String,
    pub address: String,
    pub legal_email: String,
    pub legal_phone: String,
    pub director: String,
    /// Who hosts the machine.
    pub host: String,
    pub dpo_name: String,
    pub dpo_email: String,
    /// `#rrggbb`, on which white text must be readable; empty for the house colour.
    pub accent: String,
    pub school_zone: String,
    /// May workers publish without a manager's validation?
    pub direct_publication: bool,
    pub demo: bool,
    pub themes: Vec<LocalTheme>,
}

impl Default for Instance {
    fn default() -> Self {
        Self {
            name: "Trait d’union".into(),
            departement: "86".into(),
            tagline: "Les actions collectives et les partenaires de l’action sociale, près de chez vous.".into(),
            publisher: String::new(),
            address: String::new(),
            legal_email: String::new(),
            legal_phone: String::new(),
            director: String::new(),
            host: String::new(),
            dpo_name: String::new(),
            dpo_email: String::new(),
            accent: String::new(),
            school_zone: SchoolZone::A.as_str().to_owned(),
            direct_publication: false,
            demo: false,
            themes: Vec::new(),
        }
    }
}

/// A theme of the instance, beside the national ones, and the national one that it comes nearest to, if any.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LocalTheme {
    pub code: String,
    pub label: String,
    #[serde(default)]
    pub maps_to: Option<String>,
}

impl Instance {
    pub fn check(&self) -> Result<(), FieldErrors> {
        let mut errors = FieldErrors::default();
        if self.name.is_empty() || self.name.chars().count() > 80 {
            errors.add("name", "Donnez un nom de 80 caractères au plus.");
        }
        for (field, value, most) in [
            ("tagline", &self.tagline, 250),
            ("publisher", &self.publisher, 250),
            ("address", &self.address, 1000),
            ("legal_phone", &self.legal_phone, 40),
            ("director", &self.director, 250),
            ("host", &self.host, 1000),
            ("dpo_name", &self.dpo_name, 250),
        ] {
            if value.chars().count() > most {
                errors.add(field, format!("Raccourcissez ce texte à {most} caractères au plus."));
            }
        }
        let departement = crate::territories::geography::geography().place(&self.departement);
        if departement.is_none_or(|place| place.kind != crate::territories::geography::PlaceKind::Departement) {
            errors.add("departement", format!("« {} » n’est pas le code d’un département, comme 86 ou 2A.", excerpt(&self.departement)));
        }
        for (field, value) in [("legal_email", &self.legal_email), ("dpo_email", &self.dpo_email)] {
            if !value.is_empty() && EmailAddress::parse(value).is_none() {
                errors.add(field, "Écrivez une adresse e-mail complète, comme contact@departement.example.");
            }
        }
        if !self.accent.is_empty() && contrast_with_white(&self.accent).is_none_or(|ratio| ratio < 4.5) {
            errors.add("accent", "Le texte blanc ne se lirait pas sur cette couleur : choisissez-en une plus foncée (contraste de 4,5 au moins), écrite comme #7a1f5c.");
        }
        if self.school_zone().is_none() {
            errors.add("school_zone", "Choisissez une zone de vacances scolaires.");
        }
        for theme in &self.themes {
            let sound = !theme.code.is_empty() && theme.code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
            if !sound || referential::theme(&theme.code).is_some() {
                errors.add(
                    "themes",
                    format!("« {} » : un code de thème n’a que des minuscules et des tirets, et n’est pas déjà national.", theme.code),
                );
            }
            if theme.label.is_empty() {
                errors.add("themes", format!("Donnez un nom au thème « {} ».", theme.code));
            }
            if theme.maps_to.as_ref().is_some_and(|code| referential::theme(code).is_none()) {
                errors.add("themes", format!("« {} » n’est pas un thème national.", theme.maps_to.as_deref().unwrap_or_default()));
            }
        }
        errors.into_result()
    }

    pub fn school_zone(&self) -> Option<SchoolZone> {
        self.school_zone.parse().ok()
    }

    pub fn knows_theme(&self, code: &str) -> bool {
        referential::theme(code).is_some() || self.themes.iter().any(|theme| theme.code == code)
    }

    /// What a theme is called; its code when nobody knows it any more.
    pub fn theme_label(&self, code: &str) -> String {
        self.themes
            .iter()
            .find(|theme| theme.code == code)
            .map(|theme| theme.label.clone())
            .or_else(|| referential::theme(code).map(|theme| theme.label.clone()))
            .unwrap_or_else(|| code.to_owned())
    }
}

/// The contrast of white text on a colour written `#rrggbb` (WCAG 2.2, relative luminance).
pub fn contrast_with_white(colour: &str) -> Option<f64> {
    let hex = colour.strip_prefix('#').filter(|hex| hex.len() == 6 && hex.is_ascii())?;
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(hex.get(at..at + 2)?, 16).ok()?) / 255.0;
        Some(if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) })
    };
    let luminance = 0.2126 * channel(0)? + 0.7152 * channel(2)? + 0.0722 * channel(4)?;
    Some(1.05 / (luminance + 0.05))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_that_of_wcag() {
        assert!((contrast_with_white("#000000").unwrap() - 21.0).abs() < 0.01);
        assert!((contrast_with_white("#767676").unwrap() - 4.54).abs() < 0.01);
        assert_eq!(contrast_with_white("red"), None);
    }

    #[test]
    fn the_default_is_sound_and_mistakes_are_named() {
        Instance::default().check().unwrap();
        let wrong = Instance { departement: "999".into(), accent: "#ffee00".into(), dpo_email: "dpo".into(), ..Instance::default() };
        let errors = wrong.check().unwrap_err();
        assert_eq!(errors.iter().map(|(field, _)| field).collect::<Vec<_>>(), ["departement", "dpo_email", "accent"]);
    }
}
