//! Pilots, partners and related plans: several names in one sentence, told apart.

use crate::kernel::text::fold;

/// What a département's partners are called: after « et », these begin another name.
const BODIES: [&str; 24] = [
    "agence",
    "association",
    "associations",
    "caisse",
    "ccas",
    "centre",
    "centres",
    "communes",
    "conseil",
    "departement",
    "direction",
    "education",
    "etat",
    "hopital",
    "mairie",
    "mairies",
    "maison",
    "mission",
    "mutualite",
    "parquet",
    "pole",
    "prefecture",
    "region",
    "service",
];
const PLANS: [&str; 12] =
    ["agenda", "charte", "contrat", "convention", "pacte", "plan", "plans", "programme", "programmes", "projet", "schema", "schemas"];

/// No sheet has more: past it, labels are no longer told again.
const MANY: usize = 200;

/// « Direction A, Direction B (X, Y) et Direction C, en externe : D, E » names five.
pub fn actors(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut group = String::new();
    for part in split(text, actor_begins) {
        let (label, name) = part.split_once(':').unwrap_or(("", part));
        let label = label.trim();
        if is_group(label) {
            group = label.to_owned();
            names.push(part.to_owned());
        } else if group.is_empty() || name.len() < part.len() || names.len() > MANY {
            names.push(part.to_owned());
        } else {
            // Each name of a group is read alone later: it keeps what « en externe » says of it.
            names.push(format!("{group} : {part}"));
        }
    }
    names.iter().map(|name| without_stop(name).to_owned()).collect()
}

/// « Schéma A, schéma B et plan C » are three; « Plan pour la famille, l'enfance et la jeunesse » is one.
pub fn plans(text: &str) -> Vec<String> {
    let begins = |_: &str, _: Separator, right: &str| PLANS.contains(&first_word(right).as_str());
    split(text, begins).into_iter().map(|name| without_stop(name).to_owned()).collect()
}

#[derive(Clone, Copy, PartialEq)]
enum Separator {
    Comma,
    Semicolon,
    And,
}

fn actor_begins(left: &str, separator: Separator, right: &str) -> bool {
    let next = first_word(right);
    match separator {
        Separator::Semicolon => true,
        // « Direction de l'enfance, de la famille et du sport » is one name.
        Separator::Comma => !matches!(next.as_str(), "de" | "du" | "des" | "d" | "et" | "ou"),
        Separator::And => {
            let capital = right.starts_with(char::is_uppercase);
            capital
                && (next == first_word(left)
                    || BODIES.contains(&next.as_str())
                    || (is_acronym(left) && is_acronym(right.split([',', ' ']).next().unwrap_or(""))))
        }
    }
}

/// Cuts outside parentheses, wherever `begins` says that another name begins.
fn split(text: &str, begins: impl Fn(&str, Separator, &str) -> bool) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut depth) = (0, 0usize);
    for (at, c) in text.char_indices() {
        let (separator, length) = match c {
            '(' => {
                depth += 1;
                continue;
            }
            ')' => {
                depth = depth.saturating_sub(1);
                continue;
            }
            ',' => (Separator::Comma, 1),
            ';' => (Separator::Semicolon, 1),
            ' ' if text[at..].starts_with(" et ") => (Separator::And, 4),
            _ => continue,
        };
        let left = &text[start.min(at)..at];
        let right = text[at + length..].trim_start();
        if depth == 0 && begins(left.trim(), separator, right) {
            parts.push(left);
            start = at + length;
        }
    }
    parts.push(&text[start.min(text.len())..]);
    parts.into_iter().map(str::trim).filter(|part| part.chars().any(char::is_alphanumeric)).collect()
}

/// « en interne », « au niveau local », « externes »: a label that holds for every name until the next.
fn is_group(label: &str) -> bool {
    let word = first_word(label);
    matches!(word.as_str(), "en" | "au" | "a" | "interne" | "internes" | "externe" | "externes") && label.len() <= 60
}

fn is_acronym(name: &str) -> bool {
    (2..=12).contains(&name.len()) && name.chars().all(|c| c.is_uppercase() || c.is_ascii_digit())
}

fn first_word(text: &str) -> String {
    fold(&text.chars().take_while(|c| c.is_alphanumeric()).take(40).collect::<String>())
}

fn without_stop(name: &str) -> &str {
    if name.ends_with("..") { name } else { name.trim_end_matches(['.', ' ']) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actors_are_told_apart_and_nothing_is_lost() {
        for (text, expected) in [
            ("Direction du lien et Direction des ponts.", vec!["Direction du lien", "Direction des ponts"]),
            (
                "Direction enfance et famille (X/Y) et Direction du lien (Z, T)",
                vec!["Direction enfance et famille (X/Y)", "Direction du lien (Z, T)"],
            ),
            ("Direction des routes et des ponts", vec!["Direction des routes et des ponts"]),
            ("Direction de l'enfance, de la famille et du sport, CAF", vec!["Direction de l'enfance, de la famille et du sport", "CAF"]),
            ("CAF, MSA et CCAS", vec!["CAF", "MSA", "CCAS"]),
            ("Etat : Direction des ponts, CAF", vec!["Etat : Direction des ponts", "CAF"]),
            ("en interne : A (b, c), en externe : D, e ou f", vec!["en interne : A (b, c)", "en externe : D", "en externe : e ou f"]),
            ("juges, notaires...", vec!["juges", "notaires..."]),
            ("une (parenthèse, ouverte, CAF", vec!["une (parenthèse, ouverte, CAF"]),
            (" , ;", vec![]),
        ] {
            assert_eq!(actors(text), expected, "{text}");
        }
    }

    #[test]
    fn plans_are_cut_only_where_another_begins() {
        assert_eq!(plans("Schéma A, schéma B et Plan C"), ["Schéma A", "schéma B", "Plan C"]);
        assert_eq!(plans("Plan pour la famille, l'enfance et la jeunesse"), ["Plan pour la famille, l'enfance et la jeunesse"]);
    }
}
