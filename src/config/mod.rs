//! What the installation says: options over environment variables over `traitdunion.toml`. Parsed once; what is wrong names the variable.

mod search;
mod sources;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use crate::db::DatabaseUrl;
use crate::kernel::{EmailAddress, Zone};

pub use search::{MeilisearchAt, SearchAt};
pub use sources::{Sources, Wrong};

#[derive(Clone, Debug)]
pub struct Config {
    pub data_dir: PathBuf,
    pub database: DatabaseUrl,
    pub documents_dir: PathBuf,
    pub search: SearchAt,
    pub listen: SocketAddr,
    pub metrics_listen: Option<SocketAddr>,
    pub trusted_proxies: Vec<IpAddr>,
    /// Without a final slash.
    pub base_url: String,
    pub smtp: Option<Smtp>,
    pub mail_from: EmailAddress,
    pub zone: Zone,
    pub log: String,
}

/// An SMTP server; its password is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Smtp {
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub credentials: Option<(String, String)>,
    /// How many conversations at once, in one worker.
    pub connections: usize,
    /// How many mails a minute, in one worker.
    pub per_minute: Option<u32>,
    /// Within which every stage of a conversation ends.
    pub timeout: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    None,
    StartTls,
    Tls,
}

impl std::fmt::Debug for Smtp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {}:{}", self.security, self.host, self.port)
    }
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
        let mail_from = parsed.optional("MAIL_FROM", "an e-mail address", EmailAddress::parse);
        if smtp.is_some() && sources.get("MAIL_FROM").is_none() {
            parsed.wrong.push(Wrong::new("MAIL_FROM", "", "an e-mail address, since TRAITDUNION_SMTP_URL is given"));
        }
        let config = Self {
            database: parsed
                .value("DATABASE_URL", &default_database, "sqlite://<path> or postgres://…", DatabaseUrl::parse)
                .unwrap_or(DatabaseUrl::Sqlite(data_dir.join("traitdunion.db"))),
            documents_dir: parsed.text("DOCUMENTS_DIR").map_or_else(|| data_dir.join("documents"), PathBuf::from),
            search: parsed.search(),
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
    /// An SMTP server with the limits that the settings give it.
    fn pace(&mut self, smtp: Option<Smtp>) -> Option<Smtp> {
        let within = |least, most| move |text: &str| text.parse::<u32>().ok().filter(|number| (least..=most).contains(number));
        let connections = self.value("SMTP_CONNECTIONS", "4", "a number of connections, from 1 to 50", within(1, 50));
        let per_minute = self.optional("SMTP_PER_MINUTE", "a number of mails a minute, from 1 to 100000", within(1, 100_000));
        let timeout = self.value("SMTP_TIMEOUT", "60", "a number of seconds, from 1 to 600", within(1, 600));
        let smtp = smtp?;
        Some(Smtp {
            connections: connections.map_or(4, |number| number as usize),
            per_minute,
            timeout: timeout.map_or(smtp.timeout, |seconds| Duration::from_secs(u64::from(seconds))),
            ..smtp
        })
    }
}

fn base_url(text: &str) -> Option<String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let host = rest.trim_end_matches('/');
    let sound = !host.is_empty() && !host.contains(['/', '?', '#', ' ', '@', '"', '<']);
    sound.then(|| text.trim_end_matches('/').to_owned())
}

impl Smtp {
    fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let (security, default_port) = match scheme {
            "smtp" => (Security::None, 25),
            "smtp+starttls" => (Security::StartTls, 587),
            "smtps" => (Security::Tls, 465),
            _ => return None,
        };
        let rest = rest.trim_end_matches('/');
        let (credentials, address) = match rest.rsplit_once('@') {
            Some((user, address)) => {
                let (name, password) = user.split_once(':')?;
                (Some((percent_decoded(name)?, percent_decoded(password)?)), address)
            }
            None => (None, rest),
        };
        let (host, port) = match address.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().ok()?),
            None => (address, default_port),
        };
        let sound = !host.is_empty() && !host.contains(['/', ' ', '?']);
        sound.then(|| Self { host: host.to_owned(), port, security, credentials, connections: 4, per_minute: None, timeout: Duration::from_secs(60) })
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let hex = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&hex).ok()?, 16).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
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
    fn smtp_needs_a_sender() {
        assert!(read(&[("TRAITDUNION_SMTP_URL", "smtp://localhost")]).is_err());
        let config =
            read(&[("TRAITDUNION_SMTP_URL", "smtp+starttls://u%40x:p%3A@mail.example"), ("TRAITDUNION_MAIL_FROM", "a@vienne.example")]).unwrap();
        let smtp = config.smtp.unwrap();
        assert_eq!((smtp.host.as_str(), smtp.port, smtp.security), ("mail.example", 587, Security::StartTls));
        assert_eq!(smtp.credentials, Some(("u@x".into(), "p:".into())));
        assert!(!format!("{smtp:?}").contains("p:"), "{smtp:?}");
    }
}
