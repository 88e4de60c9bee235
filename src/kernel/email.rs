//! An e-mail address that a mail can be sent to.

use std::borrow::Cow;

use email_address::Options;

use unicode_normalization::UnicodeNormalization;

/// A checked address: at most 254 characters, one `@`, a domain; kept as typed. Every one can be sent to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct EmailAddress(String);

/// The longest address that a mail server takes, in octets.
const LONGEST: usize = 254;

impl EmailAddress {
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let options = Options::default().without_display_text().without_domain_literal();
        let sound = text.len() <= LONGEST
            && !text.contains(['"', '<', '>', '(', ')', ',', ';', '\\'])
            && email_address::EmailAddress::parse_with_options(text, options).is_ok();
        let address = Self(text.to_owned());
        (sound && address.wire().is_some_and(|wire| wire.len() <= LONGEST)).then_some(address)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Accounts are found by it: see [`mailbox`].
    pub fn mailbox(&self) -> String {
        mailbox(&self.0)
    }

    /// As it is given to mail servers: the domain in ASCII, as the DNS has it. What stands before the `@` has no other form than its own.
    pub fn on_the_wire(&self) -> String {
        self.wire().unwrap_or_else(|| self.0.clone())
    }

    fn wire(&self) -> Option<String> {
        let (local, domain) = self.0.rsplit_once('@')?;
        Some(format!("{local}@{}", ascii_domain(domain)?))
    }
}

/// What two spellings of one mailbox share: lower case, the domain in ASCII. Accents stay: `rené@` and `rene@` are two people, `vïenne.fr`
/// and `vienne.fr` two owners.
pub fn mailbox(address: &str) -> String {
    let lower = |text: &str| text.nfc().flat_map(char::to_lowercase).collect::<String>();
    let Some((local, domain)) = address.trim().rsplit_once('@') else { return lower(address.trim()) };
    let local = lower(local);
    let domain = ascii_domain(domain).map_or_else(|| domain.to_lowercase(), |ascii| ascii.to_ascii_lowercase());
    format!("{local}@{domain}")
}

/// A domain as the DNS has it: one with accents becomes `xn--…` (IDNA). None when it has no such form.
pub fn ascii_domain(domain: &str) -> Option<Cow<'_, str>> {
    if domain.is_ascii() { Some(Cow::Borrowed(domain)) } else { idna::domain_to_ascii_strict(domain).ok().map(Cow::Owned) }
}

impl std::fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{EmailAddress, mailbox};

    #[test]
    fn sound_addresses_pass_and_others_do_not() {
        assert_eq!(EmailAddress::parse(" Agent@Vienne.example ").unwrap().mailbox(), "agent@vienne.example");
        let long = |local: usize, domain: usize| format!("{}@{}.example", "a".repeat(local), vec!["b".repeat(61); domain].join("."));
        for (text, is_sound) in [
            ("prenom.nom+tri@sous.domaine.vienne.example", true),
            ("o’brien@vienne.example", false),
            ("o'brien@vienne.example", true),
            ("rené@vienne.example", true),
            ("agent@été.example", true),
            ("用户@例子.example", true),
            ("a!#$%&'*+/=?^_`{|}~-b@vienne.example", true),
            ("traitdunion@localhost", true),
            ("", false),
            ("agent", false),
            ("@vienne.example", false),
            ("agent@", false),
            ("a@b@c", false),
            ("a b@c.example", false),
            (".a@c.example", false),
            ("a.@c.example", false),
            ("a..b@c.example", false),
            ("a@.c.example", false),
            ("a@c..example", false),
            ("a@-c.example", false),
            ("a@c_d.example\0", false),
            ("\"a\"@c.example", false),
            ("\"a b\"@c.example", false),
            ("Agent <a@c.example>", false),
            ("a@[127.0.0.1]", false),
            ("a@c.example\nBcc: x@y.example", false),
            ("a@c.example\r\n", true),
            ("a\u{85}b@c.example", false),
            ("a\u{200b}b@c.example", false),
            ("a\u{202e}b@c.example", false),
            ("agent@x\u{2028}y.example", false),
            // What the DNS has no name for.
            ("agent@\u{300}é.example", false),
            (&long(64, 2), true),
            (&long(65, 1), false),
            (&long(64, 4), false),
            (&format!("a@{}.example", "é".repeat(40)), false),
            (&"a".repeat(320), false),
            (&format!("{}@vienne.example", "a".repeat(306)), false),
        ] {
            assert_eq!(EmailAddress::parse(text).is_some(), is_sound, "{text:?}");
        }
    }

    #[test]
    fn spellings_of_one_mailbox_share_a_key_and_others_do_not() {
        let same = |one, other| assert_eq!(mailbox(one), mailbox(other), "{one} {other}");
        same("Agent@Vienne.example", " agent@vienne.EXAMPLE ");
        same("René@Été.example", "rene\u{301}@xn--t-9fab.example");
        for (one, other) in [
            ("agént@vienne.example", "agent@vienne.example"),
            ("agent@vïenne.example", "agent@vienne.example"),
            ("agent@ﬁn.example", "agent@fïn.example"),
            ("œuf@vienne.example", "oeuf@vienne.example"),
        ] {
            assert_ne!(mailbox(one), mailbox(other), "{one} {other}");
        }
    }

    #[test]
    fn a_domain_with_accents_has_its_ascii_form() {
        let wire = |text| EmailAddress::parse(text).unwrap().on_the_wire();
        assert_eq!(wire("Agent@Vienne.example"), "Agent@Vienne.example");
        assert_eq!(wire("agent@Été.example"), "agent@xn--t-9fab.example");
        assert_eq!(wire("rené@été.example"), "rené@xn--t-9fab.example");
    }
}
