//! Parts of communes as people type them: « 86194 : Les Couronneries », one a line.

use std::collections::BTreeSet;

use crate::kernel::text::{clean, excerpt, lines};
use crate::kernel::{FieldErrors, text};
use crate::territories::geography::{PlaceKind, geography};

const LONGEST: usize = 120;

pub fn parse(typed: &str) -> Result<BTreeSet<(String, String)>, FieldErrors> {
    let mut errors = FieldErrors::default();
    let mut parts: BTreeSet<(String, String)> = BTreeSet::new();
    for line in lines(&clean(typed)) {
        let Some((code, name)) = line.split_once(':').map(|(code, name)| (code.trim(), name.trim())) else {
            errors.add(
                "parts",
                format!(
                    "« {} » : écrivez le code de la commune, deux points, puis le nom de la partie, comme 86194 : Les Couronneries.",
                    excerpt(&line)
                ),
            );
            continue;
        };
        let known = geography().place(code).is_some_and(|place| matches!(place.kind, PlaceKind::Commune | PlaceKind::Arrondissement));
        if !known {
            errors.add("parts", format!("« {} » n’est pas le code d’une commune d’aujourd’hui.", excerpt(code)));
        } else if name.is_empty() || name.chars().count() > LONGEST {
            errors.add("parts", format!("« {} » : donnez à cette partie un nom de {LONGEST} caractères au plus.", excerpt(&line)));
        } else if !parts.iter().any(|(other, named)| other == code && text::fold(named) == text::fold(name)) {
            parts.insert((code.to_owned(), name.to_owned()));
        }
    }
    errors.into_result().map(|()| parts)
}

pub fn write(parts: &BTreeSet<(String, String)>) -> String {
    parts.iter().map(|(code, name)| format!("{code} : {name}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_read_back_as_written() {
        let parts = parse("86194 : Les Couronneries\r\n- 86194:Beaulieu\n\n86194 : les couronneries").unwrap();
        assert_eq!(write(&parts), "86194 : Beaulieu\n86194 : Les Couronneries");
        assert_eq!(parse(&write(&parts)).unwrap(), parts);
    }

    #[test]
    fn every_wrong_line_is_quoted() {
        let errors = parse("Les Couronneries\n99999 : Nulle part\n86194 :").unwrap_err();
        let told: Vec<&str> = errors.iter().map(|(_, text)| text).collect();
        assert_eq!(told.len(), 3, "{told:?}");
        for (text, quoted) in told.iter().zip(["« Les Couronneries »", "« 99999 »", "« 86194 : »"]) {
            assert!(text.contains(quoted), "{text}");
        }
    }
}
