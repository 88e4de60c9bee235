//! An e-mail address that a mail can be sent to.

use super::text::fold;

/// A checked address: at most 254 characters, one `@`, a domain; kept as typed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct EmailAddress(String);

impl EmailAddress {
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let sound = text.len() <= 254 && !text.contains(['"', '<', '>', '(', ')', ',', ';', '\\']) && email_address::EmailAddress::is_valid(text);
        sound.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What two spellings of one mailbox share: accounts are found by it.
    pub fn folded(&self) -> String {
        fold(&self.0)
    }
}

impl std::fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::EmailAddress;

    #[test]
    fn sound_addresses_pass_and_others_do_not() {
        assert_eq!(EmailAddress::parse(" Agent@Vienne.example ").unwrap().folded(), "agent@vienne.example");
        let long = format!("{}@vienne.example", "a".repeat(320));
        for text in ["", "agent", "a@b@c", "a b@c.example", "\"a\"@c.example", "a@c.example\nBcc: x@y.example", &long] {
            assert_eq!(EmailAddress::parse(text), None, "{text:?}");
        }
    }
}
