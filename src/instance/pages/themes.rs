//! The instance's own themes as people type them: « code ; libellé ; thème national », one a line.

use crate::instance::model::LocalTheme;
use crate::kernel::text::{clean, excerpt, fold, lines};
use crate::kernel::{FieldErrors, referential};

const LONGEST: usize = 120;

pub fn parse(typed: &str) -> Result<Vec<LocalTheme>, FieldErrors> {
    let mut errors = FieldErrors::default();
    let mut themes: Vec<LocalTheme> = Vec::new();
    for line in lines(&clean(typed)) {
        let parts: Vec<&str> = line.split(';').map(str::trim).collect();
        let (code, label, national) = match parts[..] {
            [code, label] => (code, label, ""),
            [code, label, national] => (code, label, national),
            _ => {
                errors.add(
                    "themes",
                    format!("« {} » : écrivez le code, un point-virgule, le libellé, puis si vous voulez le thème national.", excerpt(&line)),
                );
                continue;
            }
        };
        let national = (!national.is_empty()).then(|| national_code(national));
        if national == Some(None) {
            errors.add("themes", format!("« {} » : ce thème national n’existe pas. La liste est sous ce champ.", excerpt(&line)));
        }
        if code.len() > LONGEST || label.chars().count() > LONGEST {
            errors.add("themes", format!("« {} » : le code et le libellé ont {LONGEST} caractères au plus.", excerpt(&line)));
        }
        if themes.iter().any(|theme| theme.code == code) {
            errors.add("themes", format!("« {} » est deux fois dans la liste.", excerpt(code)));
            continue;
        }
        themes.push(LocalTheme { code: code.to_owned(), label: label.to_owned(), maps_to: national.flatten() });
    }
    errors.into_result().map(|()| themes)
}

/// A national theme by its code, or by its label.
fn national_code(text: &str) -> Option<String> {
    let folded = fold(text);
    let by_label = || referential::themes().iter().find(|theme| fold(&theme.label) == folded);
    referential::theme(text).or_else(by_label).map(|theme| theme.code.clone())
}

pub fn write(themes: &[LocalTheme]) -> String {
    let line = |theme: &LocalTheme| match &theme.maps_to {
        Some(national) => format!("{} ; {} ; {national}", theme.code, theme.label),
        None => format!("{} ; {}", theme.code, theme.label),
    };
    themes.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn themes_are_read_back_as_written() {
        let national = &referential::themes()[0];
        let typed =
            format!("pmi ; Protection maternelle et infantile\r\naccueil;Accueil ; {}\n\nautonomie ; Autonomie ; {}", national.code, national.label);
        let themes = parse(&typed).unwrap();
        assert_eq!(themes.len(), 3);
        assert_eq!(themes[0].maps_to, None);
        assert_eq!(themes[1].maps_to.as_ref(), Some(&national.code));
        assert_eq!(themes[2].maps_to.as_ref(), Some(&national.code), "a label is understood");
        assert_eq!(parse(&write(&themes)).unwrap(), themes);
    }

    #[test]
    fn every_wrong_line_is_quoted() {
        let errors = parse("pmi\na ; b ; c ; d\nasile ; Droit d’asile ; inventé\npmi ; PMI\npmi ; Encore").unwrap_err();
        let told: Vec<&str> = errors.iter().map(|(_, text)| text).collect();
        assert_eq!(told.len(), 4, "{told:?}");
        assert!(told[0].contains("« pmi »") && told[2].contains("inventé") && told[3].contains("deux fois"), "{told:?}");
    }
}
