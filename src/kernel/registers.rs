//! The numbers under which organisations are registered: SIRET (an establishment) and RNA (an association).

use serde::{Deserialize, Serialize};

/// What people may type between digits.
fn digits_of(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '.' | '-' | '/' | '\u{2011}')).collect()
}

/// Whose number it is not, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrongSiret {
    /// It has not 14 digits.
    Shape,
    /// A digit is wrong: the sum that INSEE asks for does not come out.
    Sum,
}

/// A SIRET: the nine digits of an organisation (its SIREN), the four of one of its establishments, and a check digit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Siret(String);

/// The SIREN of La Poste, whose post offices are numbered by a rule of their own.
const LA_POSTE: &str = "356000000";
/// The seat of La Poste, numbered as everybody.
const LA_POSTE_SEAT: &str = "35600000000048";

impl Siret {
    pub const LENGTH: usize = 14;

    /// A number as people copy it: spaces of any kind, dots and dashes may stand in it.
    pub fn parse(text: &str) -> Result<Self, WrongSiret> {
        let digits = digits_of(text);
        if digits.len() != Self::LENGTH || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(WrongSiret::Shape);
        }
        let siren = &digits[..9];
        let is_sound = if siren == LA_POSTE && digits != LA_POSTE_SEAT { sum(&digits).is_multiple_of(5) } else { luhn(&digits) };
        if is_sound && luhn(siren) && siren != "000000000" { Ok(Self(digits)) } else { Err(WrongSiret::Sum) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `130 030 133 00016`.
    pub fn spaced(&self) -> String {
        let (digits, space) = (&self.0, '\u{a0}');
        format!("{}{space}{}{space}{}{space}{}", &digits[..3], &digits[3..6], &digits[6..9], &digits[9..])
    }
}

fn sum(digits: &str) -> u32 {
    digits.bytes().map(|byte| u32::from(byte - b'0')).sum()
}

/// Luhn's formula: every second digit from the right counts double, and the sum ends with 0.
fn luhn(digits: &str) -> bool {
    let counted = digits.bytes().rev().enumerate().map(|(place, byte)| {
        let digit = u32::from(byte - b'0') * if place % 2 == 1 { 2 } else { 1 };
        digit / 10 + digit % 10
    });
    counted.sum::<u32>().is_multiple_of(10)
}

/// A number of the *répertoire national des associations*: W and nine digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rna(String);

impl Rna {
    pub fn parse(text: &str) -> Option<Self> {
        let number = digits_of(text).to_uppercase();
        let is_sound = number.strip_prefix('W').is_some_and(|digits| digits.len() == 9 && digits.bytes().all(|byte| byte.is_ascii_digit()));
        is_sound.then_some(Self(number))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn real_numbers_are_read_however_they_are_spaced() {
        for text in ["13003013300016", "130 030 133 00016", " 130\u{a0}030\u{202f}133 00016 ", "130.030.133-00016"] {
            assert_eq!(Siret::parse(text).map(|siret| siret.spaced()), Ok("130\u{a0}030\u{a0}133\u{a0}00016".into()), "{text}");
        }
        for (text, wrong) in [
            ("", WrongSiret::Shape),
            ("130030133", WrongSiret::Shape),
            ("130030133000160", WrongSiret::Shape),
            ("1300301330001A", WrongSiret::Shape),
            ("٢٢٨٦٠٠٠١٤٠٠٠١٦", WrongSiret::Shape),
            ("13003013300017", WrongSiret::Sum),
            ("00000000000000", WrongSiret::Sum),
        ] {
            assert_eq!(Siret::parse(text), Err(wrong), "{text}");
        }
    }

    #[test]
    fn la_poste_counts_by_fives() {
        for text in ["35600000000048", "35600000049837", "35600000009075"] {
            assert_eq!(Siret::parse(text).is_ok(), text == LA_POSTE_SEAT || sum(text).is_multiple_of(5), "{text}");
        }
        assert!(Siret::parse("35600000049837").is_ok() && Siret::parse("35600000049838").is_err());
    }

    #[test]
    fn associations_have_a_w_and_nine_digits() {
        assert_eq!(Rna::parse(" w 863 000 123 ").as_ref().map(Rna::as_str), Some("W863000123"));
        for text in ["", "W86300012", "W8630001234", "863000123", "X863000123", "W86300012a"] {
            assert_eq!(Rna::parse(text), None, "{text}");
        }
    }

    /// The check digit that makes a beginning sound.
    fn completed(beginning: &str) -> String {
        (0..10).map(|digit| format!("{beginning}{digit}")).find(|number| luhn(number)).expect("one of the ten")
    }

    fn sound() -> impl Strategy<Value = String> {
        ("[1-9][0-9]{7}", "[0-9]{4}").prop_map(|(siren, establishment)| completed(&format!("{}{establishment}", completed(&siren))))
    }

    proptest! {
        #[test]
        fn a_slip_of_one_digit_is_always_seen(number in sound(), place in 0usize..14, by in 1u8..10) {
            prop_assume!(!number.starts_with(LA_POSTE));
            prop_assert!(Siret::parse(&number).is_ok());
            let mut digits = number.into_bytes();
            digits[place] = b'0' + (digits[place] - b'0' + by) % 10;
            prop_assert_eq!(Siret::parse(&String::from_utf8(digits).unwrap()), Err(WrongSiret::Sum));
        }

        #[test]
        fn what_is_spaced_is_read_back(number in sound()) {
            let siret = Siret::parse(&number).unwrap();
            prop_assert_eq!(Siret::parse(&siret.spaced()), Ok(siret));
        }

        #[test]
        fn post_offices_are_those_whose_digits_add_up_to_fives(establishment in "[0-9]{5}") {
            let number = format!("{LA_POSTE}{establishment}");
            prop_assert_eq!(Siret::parse(&number).is_ok(), number == LA_POSTE_SEAT || sum(&number).is_multiple_of(5));
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".*") {
            prop_assert!(Siret::parse(&text).is_ok_and(|siret| siret.as_str().len() == 14) || Siret::parse(&text).is_err());
            prop_assert!(Rna::parse(&text).is_none_or(|rna| rna.as_str().len() == 10));
        }
    }
}
