//! DKIM signatures (RFC 6376; Ed25519: RFC 8463): the recipient's server can tell that a mail comes from our domain, unchanged.
//!
//! Written here, with the OpenSSL that is in the tree anyway: lettre's own signs what it keeps as headers, and a multipart's
//! `Content-Type` is none of them.

use std::path::Path;

use openssl::base64::encode_block;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::{Id, PKey, Private};
use openssl::sha::sha256;

use crate::kernel::Moment;

/// What is signed, whether a mail has it or not: what is absent cannot be added either.
const SIGNED: [&str; 14] = [
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "content-type",
    "auto-submitted",
    "list-id",
    "references",
    "in-reply-to",
    "reply-to",
    "list-unsubscribe",
    "list-unsubscribe-post",
];

/// Shorter RSA keys are refused: recipients do not believe them.
const LEAST_BITS: u32 = 1024;
/// Shorter RSA keys are believed by some only.
const SOUND_BITS: u32 = 2048;

/// What a key file has to be.
pub const EXPECTED: &str =
    "a readable PEM file with a private key without passphrase: RSA (PKCS#1 or PKCS#8) of 1024 bits at least, or Ed25519 (PKCS#8)";

/// Signs for one domain, with the key that its DNS publishes under one selector.
pub struct Signer {
    key: PKey<Private>,
    selector: String,
    domain: String,
}

impl Signer {
    /// Reads a key file; answers what is wrong with it.
    pub fn load(file: &Path, selector: &str, domain: &str) -> Result<Self, String> {
        let pem = std::fs::read(file).map_err(|error| error.to_string())?;
        Self::new(&pem, selector, domain)
    }

    pub fn new(pem: &[u8], selector: &str, domain: &str) -> Result<Self, String> {
        // A passphrase would be asked for on the terminal of whoever starts the service.
        let key = PKey::private_key_from_pem_callback(pem, |_| Ok(0)).map_err(|_| "no private key can be read in it".to_owned())?;
        match key.id() {
            Id::RSA if key.bits() < LEAST_BITS => Err(format!("its RSA key has {} bits only", key.bits())),
            Id::RSA | Id::ED25519 => Ok(Self { key, selector: selector.to_owned(), domain: domain.to_lowercase() }),
            _ => Err("its key is neither RSA nor Ed25519".into()),
        }
    }

    /// Is the key one that some recipients no longer believe?
    pub fn is_weak(&self) -> bool {
        self.key.id() == Id::RSA && self.key.bits() < SOUND_BITS
    }

    pub fn bits(&self) -> u32 {
        self.key.bits()
    }

    /// The name and the text of the TXT record that the domain's DNS must have.
    pub fn record(&self) -> Result<(String, String), ErrorStack> {
        let (kind, public) = match self.key.id() {
            Id::ED25519 => ("ed25519", self.key.raw_public_key()?),
            _ => ("rsa", self.key.public_key_to_der()?),
        };
        Ok((format!("{}._domainkey.{}", self.selector, self.domain), format!("v=DKIM1; k={kind}; p={}", encode_block(&public))))
    }

    /// The message under its signature.
    pub fn sign(&self, message: &[u8], at: Moment) -> Result<Vec<u8>, ErrorStack> {
        let end = find(message, b"\r\n\r\n").map_or(message.len(), |place| place + 2);
        let (headers, rest) = message.split_at(end);
        let headers = relaxed_headers(&String::from_utf8_lossy(headers));
        let algorithm = if self.key.id() == Id::ED25519 { "ed25519" } else { "rsa" };
        // `from` once more than there is: nobody adds a second one.
        let unsigned = format!(
            "DKIM-Signature: v=1; a={algorithm}-sha256; c=relaxed/relaxed; d={}; s={}; t={};\r\n h={}:from;\r\n bh={};\r\n b=",
            self.domain,
            self.selector,
            at.micros() / 1_000_000,
            SIGNED.join(":"),
            encode_block(&sha256(&relaxed_body(rest.strip_prefix(b"\r\n").unwrap_or(rest)))),
        );
        let found = SIGNED.iter().filter_map(|name| headers.iter().find(|(known, _)| known == name));
        let mut covered: String = found.map(|(name, value)| format!("{name}:{value}\r\n")).collect();
        for (name, value) in relaxed_headers(&unsigned) {
            covered.push_str(&format!("{name}:{value}"));
        }
        let signature = encode_block(&self.signed(covered.as_bytes())?);
        let mut signed = unsigned.into_bytes();
        for (place, chunk) in signature.as_bytes().chunks(70).enumerate() {
            if place > 0 {
                signed.extend_from_slice(b"\r\n ");
            }
            signed.extend_from_slice(chunk);
        }
        signed.extend_from_slice(b"\r\n");
        signed.extend_from_slice(message);
        Ok(signed)
    }

    fn signed(&self, covered: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        use openssl::sign::Signer as Signing;
        match self.key.id() {
            Id::ED25519 => Signing::new_without_digest(&self.key)?.sign_oneshot_to_vec(&sha256(covered)),
            _ => Signing::new(MessageDigest::sha256(), &self.key)?.sign_oneshot_to_vec(covered),
        }
    }
}

/// The key is nobody's to read.
impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({}._domainkey.{})", self.selector, self.domain)
    }
}

/// Is it a name that the DNS may have before `._domainkey`?
pub fn is_selector(text: &str) -> bool {
    let is_label = |label: &str| {
        let edges = |end: Option<char>| end.is_some_and(|c| c.is_ascii_alphanumeric());
        label.len() <= 63
            && edges(label.chars().next())
            && edges(label.chars().next_back())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
    };
    text.len() <= 100 && text.split('.').all(is_label)
}

/// Names in lower case, values on one line, runs of blanks as one space.
fn relaxed_headers(headers: &str) -> Vec<(String, String)> {
    let unfolded = headers.replace("\r\n ", " ").replace("\r\n\t", " ");
    let fields = unfolded.split("\r\n").filter_map(|line| line.split_once(':'));
    fields
        .map(|(name, value)| {
            let words: Vec<&str> = value.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
            (name.trim_end().to_lowercase(), words.join(" "))
        })
        .collect()
}

/// Lines without blanks at their end, runs of blanks as one space, no empty line at the end.
fn relaxed_body(body: &[u8]) -> Vec<u8> {
    let (mut relaxed, mut rest, mut kept) = (Vec::with_capacity(body.len()), body, 0);
    while !rest.is_empty() {
        let end = find(rest, b"\r\n").unwrap_or(rest.len());
        let line = &rest[..end];
        let from = relaxed.len();
        for (place, byte) in line.iter().enumerate() {
            match byte {
                b' ' | b'\t' if line[place + 1..].first().is_none_or(|next| matches!(next, b' ' | b'\t')) => {}
                b' ' | b'\t' => relaxed.push(b' '),
                byte => relaxed.push(*byte),
            }
        }
        let is_empty = relaxed.len() == from;
        relaxed.extend_from_slice(b"\r\n");
        if !is_empty {
            kept = relaxed.len();
        }
        rest = rest.get(end + 2..).unwrap_or_default();
    }
    relaxed.truncate(kept);
    relaxed
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

#[cfg(test)]
mod tests {
    use openssl::ec::{EcGroup, EcKey};
    use openssl::nid::Nid;
    use openssl::rsa::Rsa;
    use openssl::symm::Cipher;

    use super::*;

    fn pem(key: &PKey<Private>) -> Vec<u8> {
        key.private_key_to_pem_pkcs8().unwrap()
    }

    fn rsa(bits: u32) -> PKey<Private> {
        PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap()
    }

    #[test]
    fn the_examples_of_the_standard_are_canonical() {
        // RFC 6376, 3.4.5.
        let headers = relaxed_headers("A: X\r\nB : Y\t\r\n\tZ  \r\n");
        assert_eq!(headers, [("a".into(), "X".into()), ("b".into(), "Y Z".into())]);
        assert_eq!(relaxed_body(b" C \r\nD \t E\r\n\r\n\r\n"), b" C\r\nD E\r\n");
        for (body, relaxed) in [("", ""), ("\r\n\r\n", ""), ("a", "a\r\n"), ("a\r\n\r\nb \r\n \r\n", "a\r\n\r\nb\r\n"), ("\t\ta", " a\r\n")] {
            assert_eq!(relaxed_body(body.as_bytes()), relaxed.as_bytes(), "{body:?}");
        }
    }

    #[test]
    fn keys_are_read_or_refused_with_the_reason() {
        let sound = rsa(1024);
        let pkcs1 = sound.rsa().unwrap().private_key_to_pem().unwrap();
        for pem in [pkcs1, pem(&sound), pem(&PKey::generate_ed25519().unwrap())] {
            assert!(Signer::new(&pem, "s", "vienne.example").is_ok());
        }
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
        let curve = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
        let locked = sound.private_key_to_pem_pkcs8_passphrase(Cipher::aes_128_cbc(), b"secret").unwrap();
        for (pem, reason) in [
            (pem(&rsa(512)), "512 bits"),
            (pem(&curve), "neither RSA nor Ed25519"),
            (locked, "no private key"),
            (sound.public_key_to_pem().unwrap(), "no private key"),
            (b"-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n".to_vec(), "no private key"),
            (Vec::new(), "no private key"),
        ] {
            let told = Signer::new(&pem, "s", "vienne.example").unwrap_err();
            assert!(told.contains(reason), "{told}");
        }
        assert!(Signer::load(Path::new("/nowhere/key.pem"), "s", "vienne.example").unwrap_err().contains("No such file"));
    }

    #[test]
    fn the_record_to_publish_has_the_public_key() {
        let key = PKey::generate_ed25519().unwrap();
        let signer = Signer::new(&pem(&key), "mars2026", "Vienne.example").unwrap();
        let (name, text) = signer.record().unwrap();
        assert_eq!(name, "mars2026._domainkey.vienne.example");
        assert_eq!(text, format!("v=DKIM1; k=ed25519; p={}", encode_block(&key.raw_public_key().unwrap())));
        assert!(!signer.is_weak() && Signer::new(&pem(&rsa(1024)), "s", "a.example").unwrap().is_weak());
        assert_eq!(format!("{signer:?}"), "Signer(mars2026._domainkey.vienne.example)");
    }

    #[test]
    fn a_selector_is_a_name_of_the_dns() {
        for (text, is_sound) in [
            ("s1", true),
            ("mars2026.mail", true),
            ("a_b-c", true),
            ("", false),
            ("a b", false),
            ("-a", false),
            ("a..b", false),
            ("é", false),
            ("a;d=x", false),
        ] {
            assert_eq!(is_selector(text), is_sound, "{text:?}");
        }
    }
}
