//! What the installation says: options over environment variables over `traitdunion.toml`. Parsed once; what is wrong names the variable.

mod search;
mod smtp;
mod sources;

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::db::DatabaseUrl;
use crate::kernel::email::ascii_domain;
use crate::kernel::{EmailAddress, Zone};
use crate::mail::dkim::{self, Signer};

pub use search::{MeilisearchAt, SearchAt};
pub use smtp::{Security, Smtp};
pub use sources::{Sources, Wrong};

#[derive(Clone, Debug)]
pub struct Config {
    pub data_dir: PathBuf,
    pub database: DatabaseUrl,
    pub documents_dir: PathBuf,
    /// This very program, which reads in a process of its own what strangers send. Not a setting: only tests, which run in another, say it.
    pub program: PathBuf,
    /// How long the files of one form may take to be read together. Not a setting either.
    pub reading_patience: Duration,
    /// Mail templates of the instance's own.
    pub templates_dir: PathBuf,
    /// The maildir in which delivery reports come.
    pub bounces_dir: Option<PathBuf>,
    pub search: SearchAt,
    pub listen: SocketAddr,
    pub metrics_listen: Option<SocketAddr>,
    pub trusted_proxies: Vec<IpAddr>,
    /// Without a final slash.
    pub base_url: String,
    pub smtp: Option<Smtp>,
    /// In ASCII: every mail server takes it.
    pub mail_from: EmailAddress,
    pub dkim: Option<Arc<Signer>>,
    pub zone: Zone,
    pub log: String,
}

impl Config {
    /// Reads the whole configuration, or says every variable that is wrong and what is expected of it.
    pub fn read(sources: &Sources) -> Result<Self, Vec<Wrong>> {
        let mut wrong = sources.unknown();
        let mut parsed = Parsed { sources, wrong: &mut wrong };
        let data_dir = PathBuf::from(parsed.text("DATA_DIR").unwrap_or("./data"));
        let default_database = format!("sqlite://{}", data_dir.join("traitdunion.db").display());
        let listen = parsed
            .value("LISTEN", "127.0.0.1:8080", "an address and port such as 127.0.0.1:8080", |text| text.parse::<SocketAddr>().ok())
            .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080)));
        let smtp = parsed.optional("SMTP_URL", "smtp://, smtps:// or smtp+starttls:// then [user:password@]host[:port]", Smtp::parse);
        let smtp = parsed.pace(smtp);
        let mail_from = parsed.optional("MAIL_FROM", "an e-mail address without accents before the @", mail_from);
        let dkim = parsed.dkim(mail_from.as_ref()).map(Arc::new);
        for (asks, why) in [(smtp.is_some(), "SMTP_URL"), (sources.get("DKIM_KEY_FILE").is_some(), "DKIM_KEY_FILE")] {
            if asks && sources.get("MAIL_FROM").is_none() {
                parsed.wrong.push(Wrong::new("MAIL_FROM", "", &format!("an e-mail address, since TRAITDUNION_{why} is given")));
            }
        }
        let config = Self {
            database: parsed
                .value("DATABASE_URL", &default_database, "sqlite://<path> or postgres://…", DatabaseUrl::parse)
                .unwrap_or(DatabaseUrl::Sqlite(data_dir.join("traitdunion.db"))),
            documents_dir: parsed.text("DOCUMENTS_DIR").map_or_else(|| data_dir.join("documents"), PathBuf::from),
            // As the kernel knows it: the file may have been replaced by a newer version since.
            program: PathBuf::from("/proc/self/exe"),
            // With the last file's own time, less than the minute after which proxies give up.
            reading_patience: Duration::from_secs(40),
            search: parsed.search(),
            templates_dir: parsed.text("TEMPLATES_DIR").map_or_else(|| data_dir.join("templates"), PathBuf::from),
            bounces_dir: parsed.text("BOUNCES_DIR").map(PathBuf::from),
            listen,
            metrics_listen: parsed.optional("METRICS_LISTEN", "an address and port such as 127.0.0.1:9090", |text| text.parse().ok()),
            trusted_proxies: parsed
                .value("TRUSTED_PROXIES", "", "IP addresses separated by commas", |text| {
                    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(|part| part.parse().ok()).collect::<Option<Vec<_>>>()
                })
                .unwrap_or_default(),
            base_url: parsed.value("BASE_URL", &format!("http://{listen}"), "http://… or https://…, without path", base_url).unwrap_or_default(),
            smtp,
            mail_from: mail_from.or_else(|| EmailAddress::parse("traitdunion@localhost")).expect("the default address is sound"),
            dkim,
            zone: parsed
                .value("TIME_ZONE", "Europe/Paris", "an IANA time zone such as Europe/Paris", Zone::named)
                .or_else(|| Zone::named("UTC"))
                .expect("UTC is a zone"),
            log: parsed
                .value("LOG", "info", "a level (error, warn, info, debug, trace) or directives such as traitdunion=debug", |text| {
                    text.parse::<tracing_subscriber::EnvFilter>().ok().map(|_| text.to_owned())
                })
                .unwrap_or_default(),
            data_dir,
        };
        if wrong.is_empty() { Ok(config) } else { Err(wrong) }
    }

    /// Are pages reached over HTTPS? Cookies are `Secure` then.
    pub fn is_secure(&self) -> bool {
        self.base_url.starts_with("https://")
    }

    pub fn index_dir(&self) -> PathBuf {
        self.data_dir.join("index")
    }

    pub fn mail_dir(&self) -> PathBuf {
        self.data_dir.join("mail")
    }
}

struct Parsed<'a> {
    sources: &'a Sources,
    wrong: &'a mut Vec<Wrong>,
}

impl<'a> Parsed<'a> {
    fn text(&self, key: &str) -> Option<&'a str> {
        self.sources.get(key)
    }

    fn value<T>(&mut self, key: &str, default: &str, expected: &str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let text = self.sources.get(key).unwrap_or(default);
        let value = parse(text);
        if value.is_none() {
            self.wrong.push(Wrong::new(key, text, expected));
        }
        value
    }

    fn optional<T>(&mut self, key: &str, expected: &str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        self.sources.get(key)?;
        self.value(key, "", expected, parse)
    }
}

impl Parsed<'_> {
    /// What signs mails: a key and its selector, both or neither.
    fn dkim(&mut self, from: Option<&EmailAddress>) -> Option<Signer> {
        let (file, selector) = (self.text("DKIM_KEY_FILE"), self.text("DKIM_SELECTOR"));
        if file.is_some() != selector.is_some() {
            let (lacks, given) = if file.is_some() { ("DKIM_SELECTOR", "DKIM_KEY_FILE") } else { ("DKIM_KEY_FILE", "DKIM_SELECTOR") };
            self.wrong.push(Wrong::new(lacks, "", &format!("a value too, since TRAITDUNION_{given} is given")));
        }
        let is_selector = |text: &str| dkim::is_selector(text).then(|| text.to_owned());
        let selector = self.optional("DKIM_SELECTOR", "a name of the DNS, such as mars2026", is_selector);
        let (file, selector, from) = (file?, selector?, from?);
        let domain = from.as_str().rsplit('@').next().unwrap_or_default();
        match Signer::load(Path::new(file), &selector, domain) {
            Ok(signer) => Some(signer),
            Err(reason) => {
                self.wrong.push(Wrong::new("DKIM_KEY_FILE", file, &format!("{} ({reason})", dkim::EXPECTED)));
                None
            }
        }
    }
}

/// Who writes: in ASCII, since a server that knows no other letters would refuse every mail.
fn mail_from(text: &str) -> Option<EmailAddress> {
    EmailAddress::parse(&EmailAddress::parse(text)?.on_the_wire()).filter(|address| address.as_str().is_ascii())
}

fn base_url(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://").filter(|(scheme, _)| matches!(*scheme, "https" | "http"))?;
    let rest = rest.trim_end_matches('/');
    let (host, port) = rest.rfind(':').filter(|_| !rest.ends_with(']')).map_or((rest, ""), |place| rest.split_at(place));
    // Links in mails and the browser's `Origin` have the host in ASCII.
    let host = ascii_domain(host)?;
    let is_sound = |c: char| c.is_ascii_graphic() && !matches!(c, '/' | '?' | '#' | '@' | '"' | '<' | '>' | '\\');
    let sound = !host.is_empty() && host.len() <= 253 && host.chars().chain(port.chars()).all(is_sound);
    sound.then(|| format!("{scheme}://{host}{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Config, Vec<Wrong>> {
        Config::read(&Sources::of(pairs))
    }

    #[test]
    fn defaults_need_nothing() {
        let config = read(&[]).unwrap();
        assert_eq!(config.base_url, "http://127.0.0.1:8080");
        assert_eq!(config.mail_from.as_str(), "traitdunion@localhost");
        assert_eq!(config.database, DatabaseUrl::Sqlite("./data/traitdunion.db".into()));
        assert_eq!(config.templates_dir, PathBuf::from("./data/templates"));
    }

    #[test]
    fn every_wrong_value_is_named() {
        let wrong =
            read(&[("TRAITDUNION_LISTEN", "80"), ("TRAITDUNION_TIME_ZONE", "Mars/Olympus"), ("TRAITDUNION_LISTN", "x"), ("TRAITDUNION_TEST_X", "y")])
                .unwrap_err();
        let told = wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        for part in ["TRAITDUNION_LISTEN: '80'", "TRAITDUNION_TIME_ZONE: 'Mars/Olympus'", "TRAITDUNION_LISTN"] {
            assert!(told.contains(part), "{told}");
        }
        assert!(!told.contains("TEST_X"), "{told}");
    }

    #[test]
    fn addresses_of_our_own_are_in_ascii() {
        for (given, base_url) in [
            ("https://registre.vienne.example/", Some("https://registre.vienne.example")),
            ("http://[::1]:8080", Some("http://[::1]:8080")),
            ("http://[::1]", Some("http://[::1]")),
            ("http://trait_dunion:8080", Some("http://trait_dunion:8080")),
            ("https://été.example:8443", Some("https://xn--t-9fab.example:8443")),
            ("ftp://vienne.example", None),
            ("https://vienne.example/registre", None),
            ("https://vienne.example\r\nX: y", None),
            ("https://", None),
        ] {
            assert_eq!(super::base_url(given).as_deref(), base_url, "{given:?}");
        }
        let from = |text| read(&[("TRAITDUNION_MAIL_FROM", text)]).ok().map(|config| config.mail_from.to_string());
        assert_eq!(from("registre@été.example").as_deref(), Some("registre@xn--t-9fab.example"));
        assert_eq!(from("rené@vienne.example"), None);
    }

    #[test]
    fn a_signature_needs_a_key_a_selector_and_a_sender() {
        let folder = tempfile::tempdir().unwrap();
        let (key, bad) = (folder.path().join("key.pem").display().to_string(), folder.path().join("bad.pem").display().to_string());
        let pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";
        std::fs::write(&key, pem).unwrap();
        std::fs::write(&bad, "no key").unwrap();
        let (file, selector, from) = ("TRAITDUNION_DKIM_KEY_FILE", "TRAITDUNION_DKIM_SELECTOR", ("TRAITDUNION_MAIL_FROM", "a@vienne.example"));
        let config = read(&[(file, &key), (selector, "mars2026"), from]).unwrap();
        assert_eq!(format!("{:?}", config.dkim.unwrap()), "Signer(mars2026._domainkey.vienne.example)");
        for (settings, told) in [
            (vec![(file, key.as_str()), from], "TRAITDUNION_DKIM_SELECTOR: ''"),
            (vec![(selector, "mars2026"), from], "TRAITDUNION_DKIM_KEY_FILE: ''"),
            (vec![(file, &key), (selector, "mars2026")], "TRAITDUNION_MAIL_FROM: ''"),
            (vec![(file, &key), (selector, "mars 2026"), from], "TRAITDUNION_DKIM_SELECTOR: 'mars 2026'"),
            (vec![(file, &bad), (selector, "mars2026"), from], "(no private key can be read in it)"),
            (
                vec![(file, "/nowhere.pem"), (selector, "mars2026"), from],
                "TRAITDUNION_DKIM_KEY_FILE: '/nowhere.pem' is not understood; expected: a readable PEM",
            ),
            (vec![(file, pem), (selector, "mars2026"), from], "TRAITDUNION_DKIM_KEY_FILE: '…'"),
        ] {
            let wrong = read(&settings).unwrap_err();
            assert!(wrong.len() == 1 && wrong[0].to_string().contains(told), "{wrong:?}");
        }
    }
}
