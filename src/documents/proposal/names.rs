//! What an agreement calls itself, and whom it names as its parties.

use crate::kernel::text::fold;

/// What the title of an agreement begins with.
const KINDS: [&str; 7] = ["convention", "avenant", "charte", "protocole", "contrat", "accord", "pacte"];
/// Titles that many agreements have: what they are about is said further.
const PLAIN: [&str; 9] = [
    "convention",
    "convention de partenariat",
    "convention pluriannuelle",
    "convention d'objectifs",
    "convention pluriannuelle d'objectifs",
    "convention d'objectifs et de moyens",
    "convention pluriannuelle d'objectifs et de moyens",
    "convention de financement",
    "charte",
];
/// Words that stay in capitals.
const INITIALS: [&str; 40] = [
    "ADIL", "ADMR", "ARS", "ASE", "BTP", "CAF", "CAMSP", "CARSAT", "CCAS", "CHRS", "CIAS", "CIDFF", "CMS", "CPAM", "CPOM", "DDETS", "EHPAD", "EPCI",
    "ESAT", "FSL", "HLM", "IAE", "MDPH", "MDS", "MJC", "MSA", "MSAP", "PACT", "PIMMS", "PMI", "RSA", "SAAD", "SDIS", "SIAO", "SPIP", "UDAF",
    "UDCCAS", "URSSAF", "VIF", "PLIE",
];
const LONGEST_TITLE: usize = 250;
const LONGEST_NAME: usize = 120;
const MOST_PARTIES: usize = 6;

/// The title: the first lines that look like one, with the object when they say little.
pub fn title(text: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().map(str::trim).take(60).collect();
    let first = lines.iter().position(|line| KINDS.iter().any(|kind| starts_with_word(&fold(line), kind)))?;
    let mut title = String::new();
    for line in &lines[first..] {
        let folded = fold(line);
        let is_over = line.is_empty() && !is_plain(&title)
            || ["entre", "article", "vu ", "preambule", "la presente", "le present", "n°", "numero", "annee", "considerant", "les parties"]
                .iter()
                .any(|word| folded.starts_with(word));
        if is_over || title.chars().count() + line.chars().count() > LONGEST_TITLE {
            break;
        }
        if !line.is_empty() {
            title.push_str(if title.is_empty() { "" } else { " " });
            title.push_str(line);
        }
    }
    let title = calm(title.trim_end_matches([':', ',', '-', '–', ' ']));
    if !is_plain(&title) {
        return Some(title);
    }
    match object(text) {
        Some(object) => Some(cut(&format!("{title} : {object}"), LONGEST_TITLE)),
        None => Some(title).filter(|title| !title.is_empty()),
    }
}

fn is_plain(title: &str) -> bool {
    PLAIN.contains(&fold(title).trim())
}

fn starts_with_word(text: &str, word: &str) -> bool {
    text.strip_prefix(word).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
}

/// « La présente convention a pour objet de… »: what follows, to the end of the sentence.
fn object(text: &str) -> Option<String> {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mark = "a pour objet";
    let place = flat.find(mark)?;
    let rest = flat[place + mark.len()..].trim_start_matches([':', ' ']);
    let end = rest
        .match_indices(['.', ';'])
        .find(|(end, _)| rest[end + 1..].is_empty() || rest[end + 1..].starts_with(' '))
        .map_or(rest.len(), |(end, _)| end);
    let object = rest[..end].trim();
    (object.chars().count() >= 8).then(|| cut(object, LONGEST_TITLE - 80))
}

/// A text that is cut between two words.
fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => {
            let start = &text[..end];
            format!("{}…", start.rsplit_once(' ').map_or(start, |(start, _)| start).trim_end_matches([',', ' ']))
        }
    }
}

/// What is shouted is said: in small letters but for initials.
fn calm(title: &str) -> String {
    if title.chars().any(char::is_lowercase) {
        return title.to_owned();
    }
    let mut calm = String::new();
    for part in title.split_inclusive(|c: char| !c.is_alphanumeric()) {
        let word = part.trim_end_matches(|c: char| !c.is_alphanumeric());
        let is_kept = INITIALS.contains(&word) || word.chars().any(|c| c.is_ascii_digit());
        calm.push_str(&if is_kept { part.to_owned() } else { part.to_lowercase() });
    }
    let mut letters = calm.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The parties: what stands between « entre » and the first clause, one after another.
pub fn parties(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let Some(first) = lines.iter().position(|line| starts_with_word(&fold(line), "entre")) else { return Vec::new() };
    let mut blocks: Vec<String> = vec![String::new()];
    for (place, line) in lines[first..].iter().take(60).enumerate() {
        let folded = fold(line);
        let is_over = [
            "il a ete",
            "il est",
            "elle ",
            "preambule",
            "article",
            "vu ",
            "considerant",
            "expose",
            "ceci expose",
            "titre ",
            "la presente",
            "les parties",
        ];
        if is_over.iter().any(|word| folded.starts_with(word)) {
            break;
        }
        let line = if place == 0 { after_between(line) } else { line };
        let (is_other, line) = match folded.strip_prefix("et").filter(|rest| !rest.starts_with(|c: char| c.is_alphanumeric())) {
            Some(rest) if place > 0 && (rest.trim_matches([' ', ':']).is_empty() || is_whole(blocks.last())) => {
                (true, line.get(2..).unwrap_or_default().trim_start_matches([' ', ':']))
            }
            _ => (false, line),
        };
        if is_other {
            blocks.push(String::new());
        }
        if let Some(block) = blocks.last_mut() {
            block.push(' ');
            block.push_str(line);
        }
    }
    let mut names: Vec<String> = Vec::new();
    for name in blocks.iter().flat_map(|block| within(block)).filter_map(|block| name(&block)) {
        if !names.contains(&name) && names.len() < MOST_PARTIES {
            names.push(name);
        }
    }
    names
}

fn after_between(line: &str) -> &str {
    let rest = line.get(5..).unwrap_or_default().trim_start_matches([' ', ':']);
    let folded = fold(rest);
    if folded.starts_with("les soussign") || folded.starts_with("les parties") { "" } else { rest }
}

/// A line that begins with « et » goes on with a sentence, unless a party was named whole.
fn is_whole(block: Option<&String>) -> bool {
    block.is_some_and(|block| !block.trim().is_empty() && !block.trim_end().ends_with(','))
        || block.is_some_and(|block| fold(block).contains("d'une part"))
}

/// Parties that stand in one paragraph: « le Département, représenté par…, et la CAF, représentée par… ».
fn within(block: &str) -> Vec<String> {
    let (mut parts, mut from) = (Vec::new(), 0);
    for (place, _) in block.match_indices(" et ") {
        let next = fold(&block[place + 4..].chars().take(3).collect::<String>());
        let is_party = ["le ", "la ", "l'a", "l'u", "l'e", "l'o", "l'h", "l'i", "les"].iter().any(|article| next.starts_with(article));
        let before = fold(&block[from..place]);
        let is_told = ["represent", "ci-apres", "d'une part", "sis "].iter().any(|word| before.contains(word));
        let is_bare = !before.contains(',') && parts.is_empty() && before.split_whitespace().count() <= 12;
        if is_party && (is_told || is_bare) {
            parts.push(block[from..place].to_owned());
            from = place + 4;
        }
    }
    parts.push(block[from..].to_owned());
    parts
}

/// The name that begins a party's paragraph.
fn name(block: &str) -> Option<String> {
    let flat = block.split_whitespace().collect::<Vec<_>>().join(" ");
    let flat = flat.trim_start_matches(['-', '–', '•', ':', ',', ';', ' ']);
    let marks = [
        " représent",
        " Représent",
        " ci-après",
        " Ci-après",
        " situé",
        " sis ",
        " sise ",
        " dont le siège",
        " ayant son siège",
        " domicilié",
        " immatricul",
        " d’une part",
        " d'une part",
        " d’autre part",
        " d'autre part",
        " dénommé",
        " agissant",
        " demeurant",
        " identifié",
        " régie par",
    ];
    let ends = marks.iter().filter_map(|mark| flat.find(mark)).chain(flat.find([',', ';', '(', ':', '.']));
    let name = &flat[..ends.min().unwrap_or(flat.len())];
    let folded = fold(name);
    let article = ["le ", "la ", "les ", "l'", "d'une part ", "1) ", "2) "].iter().find(|article| folded.starts_with(*article));
    // Folding keeps the length of these beginnings, in characters.
    let name: String = name.chars().skip(article.map_or(0, |article| article.len())).collect();
    let name = name.trim().trim_matches(['"', '«', '»', ' ', '-']);
    let mut letters = name.chars();
    let name: String = letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default();
    let length = name.chars().count();
    let is_name = (3..=LONGEST_NAME).contains(&length) && !["part", "autre part", "d'autre part", "soussignes"].contains(&fold(&name).as_str());
    is_name.then_some(name)
}
