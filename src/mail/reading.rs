//! A mail read back from the bytes that left, for people to see: its headers, its text, its HTML, and where its links lead.

use mail_parser::{Address, MessageParser, MimeHeaders};

use crate::kernel::Moment;

/// A mail as its recipient sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Letter {
    pub from: String,
    pub to: String,
    pub subject: String,
    pub date: Option<Moment>,
    pub text: String,
    pub html: Option<String>,
    /// The names of the files that are attached.
    pub files: Vec<String>,
}

/// None when the bytes are no message.
pub fn read(bytes: &[u8]) -> Option<Letter> {
    let message = MessageParser::default().parse(bytes)?;
    let html = message.html_body.first().and_then(|part| message.parts.get(*part as usize)).filter(|part| part.is_text_html());
    Some(Letter {
        from: message.from().map(people).unwrap_or_default(),
        to: message.to().map(people).unwrap_or_default(),
        subject: message.subject().unwrap_or_default().to_owned(),
        date: message.date().map(|date| Moment::from_micros(date.to_timestamp().saturating_mul(1_000_000))),
        text: message.body_text(0).unwrap_or_default().replace("\r\n", "\n").trim_end().to_owned(),
        html: html.and_then(|part| part.text_contents()).map(ToOwned::to_owned),
        files: message.attachments().filter_map(|part| part.attachment_name()).map(ToOwned::to_owned).collect(),
    })
}

/// `Trait d’union <traitdunion@vienne.example>, …`
fn people(address: &Address<'_>) -> String {
    let one = |person: &mail_parser::Addr<'_>| {
        let address = person.address.as_deref().unwrap_or_default();
        person.name.as_deref().map_or_else(|| address.to_owned(), |name| format!("{name} <{address}>"))
    };
    address.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// What stands in the place of a link that opens an account.
pub const HIDDEN: &str = "lien personnel masqué";
/// Where such links lead; what follows is their secret.
const PERSONAL: &str = "/lien/";

impl Letter {
    /// The same without the links that open an account: whoever had one could take the account over.
    pub fn without_secrets(self) -> Self {
        Self { subject: hide(&self.subject), text: hide(&self.text), html: self.html.map(|html| hide(&html)), ..self }
    }
}

/// Text or HTML without personal links: where one is an attribute's value, it leads nowhere.
fn hide(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(PERSONAL) {
        let begins = rest[..at].rfind(|c: char| c.is_whitespace() || "\"'<>()[]«»".contains(c)).map_or(0, |place| place + char_at(rest, place));
        let secret = &rest[at + PERSONAL.len()..];
        let length = secret.find(|c: char| !c.is_ascii_alphanumeric() && !"-_/?=".contains(c)).unwrap_or(secret.len());
        shown.push_str(&rest[..begins]);
        let is_attribute = shown.ends_with(['"', '\'']) && secret[length..].starts_with(['"', '\'']);
        shown.push_str(if is_attribute { "#" } else { HIDDEN });
        rest = &secret[length..];
    }
    shown + rest
}

fn char_at(text: &str, place: usize) -> usize {
    text[place..].chars().next().map_or(0, char::len_utf8)
}

/// A stretch of text, with where it leads if it is an address of ours.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Stretch {
    pub text: String,
    pub href: Option<String>,
}

/// Text in which the addresses of this site, and no others, can be followed.
pub fn linked(text: &str, base_url: &str) -> Vec<Stretch> {
    let plain = |text: &str| Stretch { text: text.to_owned(), href: None };
    let mut stretches = Vec::new();
    let (mut seen, mut from) = (0, 0);
    while let Some(at) = text[from..].find(base_url).map(|at| at + from) {
        let after = at + base_url.len();
        let end = text[after..].find(|c: char| c.is_whitespace() || "\"'<>«»".contains(c)).map_or(text.len(), |end| end + after);
        let address = text[at..end].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '…']);
        // Another host may begin with the name of ours.
        if address.len() >= base_url.len() && address[base_url.len()..].chars().next().is_none_or(|c| "/?#".contains(c)) {
            if seen < at {
                stretches.push(plain(&text[seen..at]));
            }
            stretches.push(Stretch { text: address.to_owned(), href: Some(address.to_owned()) });
            seen = at + address.len();
        }
        from = end.max(after);
    }
    if seen < text.len() {
        stretches.push(plain(&text[seen..]));
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "https://registre.vienne.example";

    #[test]
    fn a_message_is_read_back() {
        let bytes = "From: =?utf-8?b?VHJhaXQgZOKAmXVuaW9u?= <traitdunion@vienne.example>\r\nTo: agent@vienne.example\r\n\
            Subject: =?utf-8?q?Votre_action_est_publi=C3=A9e?=\r\nDate: Tue, 3 Mar 2026 09:00:00 +0000\r\nMIME-Version: 1.0\r\n\
            Content-Type: multipart/alternative; boundary=\"b\"\r\n\r\n\
            --b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nBonjour =C3=A9l=\r\nan,\r\n\r\nfin\r\n\
            --b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nPHA+w6k8L3A+\r\n--b--\r\n";
        let letter = read(bytes.as_bytes()).unwrap();
        assert_eq!(letter.from, "Trait d’union <traitdunion@vienne.example>");
        assert_eq!((letter.to.as_str(), letter.subject.as_str()), ("agent@vienne.example", "Votre action est publiée"));
        assert_eq!(letter.date, Moment::parse_rfc3339("2026-03-03T09:00:00Z"));
        assert_eq!((letter.text.as_str(), letter.html.as_deref()), ("Bonjour élan,\n\nfin", Some("<p>é</p>")));
        assert_eq!(read(b""), None);
    }

    #[test]
    fn a_message_without_html_has_none() {
        let letter = read(b"Subject: a\r\n\r\nb\r\n").unwrap();
        assert_eq!((letter.text.as_str(), letter.html), ("b", None));
    }

    #[test]
    fn personal_links_are_hidden_wherever_they_stand() {
        for (shown, hidden) in [
            ("Choisir :\nhttps://registre.vienne.example/lien/aB3-_x\n\n-- ", "Choisir :\nlien personnel masqué\n\n-- "),
            ("« https://a.example/lien/x » (/lien/y), /lien/z.", "« lien personnel masqué » (lien personnel masqué), lien personnel masqué."),
            ("<a href=\"https://a.example/lien/x\">Choisir</a>", "<a href=\"#\">Choisir</a>"),
            ("<span>https://a.example/lien/x</span>", "<span>lien personnel masqué</span>"),
            ("<a title=\"Ou https://a.example/lien/x ici\">", "<a title=\"Ou lien personnel masqué ici\">"),
            ("https://a.example/lien/rencontres/x?reponse=present\nfin", "lien personnel masqué\nfin"),
            ("<a href=\"https://a.example/lien/partenaire/x\">Relire</a>", "<a href=\"#\">Relire</a>"),
            ("/actions/01/lien", "/actions/01/lien"),
            ("é/lien/x", "lien personnel masqué"),
        ] {
            assert_eq!(hide(shown), hidden);
        }
    }

    #[test]
    fn only_our_own_addresses_can_be_followed() {
        let links = |text: &str| linked(text, BASE).into_iter().filter_map(|stretch| stretch.href).collect::<Vec<_>>();
        assert_eq!(links("Voir https://registre.vienne.example/actions/1/a."), ["https://registre.vienne.example/actions/1/a"]);
        assert_eq!(links("(https://registre.vienne.example)"), [BASE]);
        for text in ["https://registre.vienne.example.ailleurs.example/", "https://registre.vienne.example@ailleurs", "https://ailleurs.example", ""]
        {
            assert_eq!(links(text), [""; 0], "{text}");
        }
        let text = "a https://registre.vienne.example/x?y=1, b https://registre.vienne.example2/ c";
        assert_eq!(linked(text, BASE).iter().map(|stretch| stretch.text.as_str()).collect::<String>(), text);
    }

    proptest::proptest! {
        /// No secret is shown, whatever stands around it, and no letter of a text is lost when its links are found.
        #[test]
        fn nothing_of_a_secret_remains(before in ".{0,40}", after in "(| |\"|<|\n|\\.).{0,40}") {
            let text = format!("{before}/lien/SECRET0123{after}");
            proptest::prop_assert!(!hide(&text).contains("SECRET"));
            let shown: String = linked(&format!("{before}{BASE}/a{after}"), BASE).into_iter().map(|stretch| stretch.text).collect();
            proptest::prop_assert_eq!(shown, format!("{before}{BASE}/a{after}"));
        }
    }
}
