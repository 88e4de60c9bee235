//! The mail server: where it is, how it is spoken to, how much at once.

use std::time::Duration;

use super::Parsed;

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

impl Smtp {
    pub(super) fn parse(text: &str) -> Option<Self> {
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

impl Parsed<'_> {
    /// An SMTP server with the limits that the settings give it.
    pub(super) fn pace(&mut self, smtp: Option<Smtp>) -> Option<Smtp> {
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

#[cfg(test)]
mod tests {
    use super::Security;
    use crate::config::{Config, Sources};

    #[test]
    fn smtp_needs_a_sender() {
        assert!(Config::read(&Sources::of(&[("TRAITDUNION_SMTP_URL", "smtp://localhost")])).is_err());
        let config = Config::read(&Sources::of(&[
            ("TRAITDUNION_SMTP_URL", "smtp+starttls://u%40x:p%3A@mail.example"),
            ("TRAITDUNION_MAIL_FROM", "a@vienne.example"),
        ]))
        .unwrap();
        let smtp = config.smtp.unwrap();
        assert_eq!((smtp.host.as_str(), smtp.port, smtp.security), ("mail.example", 587, Security::StartTls));
        assert_eq!(smtp.credentials, Some(("u@x".into(), "p:".into())));
        assert!(!format!("{smtp:?}").contains("p:"), "{smtp:?}");
    }
}
