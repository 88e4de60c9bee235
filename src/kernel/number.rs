//! Numbers as people write them: `1 234,5` as well as `1234.5`.

/// Beyond it nothing that people count is written, and a double no longer tells neighbours apart.
pub const LARGEST: f64 = 1e12;

/// A number with a decimal comma or point; spaces of any kind may stand between thousands. None when it is no number.
pub fn parse(text: &str) -> Option<f64> {
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix(['-', '−']) {
        Some(rest) => (-1.0, rest.trim_start()),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, decimals) = digits.split_once([',', '.']).map_or((digits, None), |(whole, decimals)| (whole, Some(decimals)));
    let groups: Vec<&str> = whole.split([' ', '\u{a0}', '\u{202f}', '\'', '’']).collect();
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let (first, others) = groups.split_first()?;
    let is_grouped = others.iter().all(|group| group.len() == 3) && (others.is_empty() || first.len() <= 3);
    let is_number = groups.iter().all(|group| is_digits(group)) && is_grouped && decimals.is_none_or(is_digits);
    if !is_number {
        return None;
    }
    let number: f64 = format!("{}.{}", groups.concat(), decimals.unwrap_or("0")).parse().ok()?;
    (number.abs() < LARGEST).then_some(sign * number)
}

/// A number as a file of ours holds it: a decimal comma, nothing between thousands, as few digits as give it back.
pub fn write(number: f64) -> String {
    number.to_string().replace('.', ",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (text, number) in [
            ("12", 12.0),
            ("1 234,5", 1234.5),
            ("1\u{202f}234\u{a0}567", 1_234_567.0),
            ("1234.5", 1234.5),
            ("-3,25", -3.25),
            ("− 3", -3.0),
            ("+7", 7.0),
            ("0012", 12.0),
        ] {
            assert_eq!(parse(text), Some(number), "{text}");
        }
        for text in ["", "-", ",5", "5,", "1.234,5", "12 34", "1 23", "douze", "1e5", "NaN", "inf", "٣", "9999999999999"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_is_read_back(number in -1e11f64..1e11) {
            proptest::prop_assert_eq!(parse(&write(number)), Some(number));
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".*") {
            proptest::prop_assert!(parse(&text).is_none_or(f64::is_finite));
        }
    }
}
