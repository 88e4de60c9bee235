//! No beneficiary is ever named: a text that holds a valid social security number (NIR) is refused.

/// The first valid social security number in a text, if any: 13 characters and the two of its key, however they are spaced.
///
/// Source: INSEE, *numéro d'inscription au répertoire*; the key is 97 less the number modulo 97, where `2A` counts as 19 and `2B` as 18.
pub fn find(text: &str) -> Option<String> {
    let chars: Vec<char> = text.chars().collect();
    (0..chars.len())
        .filter(|start| matches!(chars[*start], '1'..='4' | '7' | '8'))
        .filter(|start| *start == 0 || !chars[start - 1].is_alphanumeric())
        .find_map(|start| number_at(&chars, start))
}

fn number_at(chars: &[char], start: usize) -> Option<String> {
    let mut digits = String::with_capacity(15);
    let mut end = start;
    for c in &chars[start..] {
        if digits.len() == 15 || !(c.is_ascii_alphanumeric() || is_spacing(*c)) {
            break;
        }
        if c.is_ascii_alphanumeric() {
            digits.push(c.to_ascii_uppercase());
        }
        end += 1;
    }
    let alone = chars.get(end).is_none_or(|next| !next.is_alphanumeric());
    (digits.len() == 15 && alone && is_valid(&digits)).then_some(digits)
}

fn is_spacing(c: char) -> bool {
    c.is_whitespace() || matches!(c, '.' | '-' | '/' | '_')
}

fn is_valid(nir: &str) -> bool {
    let (body, key) = nir.split_at(13);
    let month: u32 = body[3..5].parse().unwrap_or(0);
    let plausible_month = matches!(month, 1..=12 | 20..=42 | 50..=99);
    let body = match &body[5..7] {
        "2A" => body.replacen("2A", "19", 1),
        "2B" => body.replacen("2B", "18", 1),
        _ => body.to_owned(),
    };
    match (body.parse::<u64>(), key.parse::<u64>()) {
        (Ok(number), Ok(key)) => plausible_month && 97 - number % 97 == key,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_however_they_are_spaced() {
        assert!(find("suivie : 2 55 08 14 168 025 38.").is_some());
        assert!(find("255081416802538").is_some());
        assert!(find("2-55-08-14-168-025-38").is_some());
        assert!(find("1 85 05 2A 004 017 68").is_none(), "a wrong key");
    }

    #[test]
    fn corsican_numbers_have_letters() {
        let key = 97 - 1_850_519_004_017u64 % 97;
        assert!(find(&format!("1 85 05 2A 004 017 {key:02}")).is_some());
    }

    #[test]
    fn other_numbers_pass() {
        for text in ["01 99 00 12 34", "SIRET 22860001400016", "255081416802539", "1255081416802538", "le 12/03/2026 à 14 h 30"] {
            assert_eq!(find(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_valid_number_is_found_in_any_text(sex in 1u64..=2, year in 0u64..100, month in 1u64..=12, place in 1u64..=95_999, order in 1u64..=999,
            before in "[a-z ]{0,20} ", after in "[ ,;][a-z ]{0,20}") {
            let number = (((sex * 100 + year) * 100 + month) * 100_000 + place) * 1000 + order;
            let text = format!("{before}{number}{:02}{after}", 97 - number % 97);
            proptest::prop_assert!(find(&text).is_some(), "{}", text);
        }
    }
}
