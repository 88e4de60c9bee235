//! One conversation with an SMTP server, stage by stage: when it breaks, we know whether the message may have arrived.
//!
//! lettre speaks the protocol and we drive it, because its own `send` hides the stage that failed. Every stage ends within our own
//! timeout: a server that drips one byte a second keeps nobody.

use std::future::Future;
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Noop, Quit, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};

use super::model::{Fault, Step};
use crate::config::{Security, Smtp};

/// Where and how to connect.
pub struct Server {
    host: String,
    port: u16,
    security: Security,
    tls: Option<TlsParameters>,
    credentials: Option<Credentials>,
    hello: ClientId,
    /// Within which every stage ends.
    timeout: Duration,
}

/// An open conversation, which may hand over several messages.
pub struct Session {
    connection: AsyncSmtpConnection,
    timeout: Duration,
    /// Has it handed over a message already? If so, that it breaks before the next one says nothing of the server.
    is_used: bool,
}

impl Server {
    /// `hello` is the name by which we greet: our own host's.
    pub fn new(smtp: &Smtp, hello: &str) -> Result<Self, String> {
        let tls = || TlsParameters::new(smtp.host.clone()).map_err(|error| error.to_string());
        Ok(Self {
            host: smtp.host.clone(),
            port: smtp.port,
            security: smtp.security,
            tls: if smtp.security == Security::None { None } else { Some(tls()?) },
            credentials: smtp.credentials.as_ref().map(|(name, password)| Credentials::new(name.clone(), password.clone())),
            hello: ClientId::Domain(hello.to_owned()),
            timeout: smtp.timeout,
        })
    }

    pub async fn connect(&self) -> Result<Session, Fault> {
        let wrapper = if self.security == Security::Tls { self.tls.clone() } else { None };
        let step = if wrapper.is_some() { Step::Tls } else { Step::Connect };
        let connecting = AsyncSmtpConnection::connect_tokio1((self.host.as_str(), self.port), Some(self.timeout), &self.hello, wrapper, None);
        let mut connection = within(self.timeout, step, connecting).await.map_err(|fault| fault.before_tls())?;
        if let (Security::StartTls, Some(tls)) = (self.security, &self.tls) {
            within(self.timeout, Step::Tls, connection.starttls(tls.clone(), &self.hello)).await?;
        }
        if let Some(credentials) = &self.credentials {
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            within(self.timeout, Step::Authenticate, connection.auth(&mechanisms, credentials)).await?;
        }
        Ok(Session { connection, timeout: self.timeout, is_used: false })
    }
}

/// How far [`Session::begin`] came.
pub enum Begun {
    /// The server awaits the body.
    Ready,
    /// The conversation had broken since its last message: another one is to be opened.
    Stale,
}

impl Session {
    /// Announces sender and recipient, up to the point where the body may be handed over.
    pub async fn begin(&mut self, from: &str, to: &str, bytes: &[u8]) -> Result<Begun, Fault> {
        let sender = address(from, Step::Sender)?;
        let to = super::headers::wire(to);
        let recipient = address(&to, Step::Recipient)?;
        let mut parameters = Vec::new();
        if !to.is_ascii() {
            if !self.connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                return Err(Fault::new(Step::Recipient, Some(553), "SMTPUTF8 is not supported by the server"));
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        if !bytes.is_ascii() {
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        match self.command(Step::Sender, Mail::new(Some(sender), parameters)).await {
            Err(fault) if self.is_used && fault.code.is_none_or(|code| code == 421) => return Ok(Begun::Stale),
            other => other?,
        }
        self.command(Step::Recipient, Rcpt::new(recipient, Vec::new())).await?;
        self.command(Step::Data, Data).await?;
        Ok(Begun::Ready)
    }

    /// Hands the body over. Without an answer, nobody knows whether it arrived.
    pub async fn finish(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.is_used = true;
        match std::str::from_utf8(bytes) {
            Ok(text) => self.command(Step::Body, Body(text)).await,
            Err(_) => within(self.timeout, Step::Body, self.connection.message(bytes)).await.map(drop),
        }
    }

    /// Forgets a message that was refused, so that another may follow. False when the conversation has ended.
    pub async fn reset(&mut self) -> bool {
        self.is_used = true;
        self.command(Step::Sender, Rset).await.is_ok()
    }

    pub async fn is_alive(&mut self) -> bool {
        self.command(Step::Sender, Noop).await.is_ok()
    }

    /// Leaves politely; what the server thinks of it does not matter any more.
    pub async fn quit(mut self) {
        drop(self.command(Step::Sender, Quit).await);
    }

    async fn command(&mut self, step: Step, command: impl std::fmt::Display) -> Result<(), Fault> {
        within(self.timeout, step, self.connection.command(command)).await.map(drop)
    }
}

/// A body as it stands on the wire, with the dot that ends it. lettre's own way writes that dot apart; TCP then holds it back until the
/// server's machine acknowledges the body, which most do only after 40 ms.
struct Body<'a>(&'a str);

impl std::fmt::Display for Body<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut begins_line = true;
        for line in self.0.split_inclusive('\n') {
            // A line that begins with a dot is given another (RFC 5321, 4.5.2).
            f.write_str(if begins_line && line.starts_with('.') { "." } else { "" })?;
            f.write_str(line)?;
            begins_line = line.ends_with("\r\n");
        }
        f.write_str(if begins_line { ".\r\n" } else { "\r\n.\r\n" })
    }
}

impl Fault {
    /// A refusal or a silence before encryption began is one of the connection.
    fn before_tls(self) -> Self {
        if self.step == Step::Tls && (self.code.is_some() || !self.said.to_lowercase().contains("tls") && !self.said.contains("certificate")) {
            Self { step: Step::Connect, ..self }
        } else {
            self
        }
    }
}

fn address(text: &str, step: Step) -> Result<Address, Fault> {
    text.parse().map_err(|error| Fault::new(step, Some(553), format!("{text:?}: {error}")))
}

async fn within<T>(timeout: Duration, step: Step, work: impl Future<Output = Result<T, Error>>) -> Result<T, Fault> {
    match tokio::time::timeout(timeout, work).await {
        Ok(done) => done.map_err(|error| Fault::new(step, error.status().map(|code| code_of(&code)), told(&error))),
        Err(_) => Err(Fault::new(step, None, format!("no answer within {} s", timeout.as_secs_f32()))),
    }
}

fn code_of(code: &lettre::transport::smtp::response::Code) -> u16 {
    code.to_string().parse().unwrap_or(0)
}

/// An error with its causes.
fn told(error: &Error) -> String {
    let mut told = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let cause_told = cause.to_string();
        if !told.contains(&cause_told) {
            told = format!("{told}: {cause_told}");
        }
        source = cause.source();
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_ends_with_its_dot_and_with_no_other() {
        for (body, wire) in [
            ("a\r\n", "a\r\n.\r\n"),
            ("a", "a\r\n.\r\n"),
            ("", ".\r\n"),
            (".a\r\n..\r\n.", "..a\r\n...\r\n..\r\n.\r\n"),
            ("é\n.\r\n", "é\n.\r\n.\r\n"),
        ] {
            assert_eq!(Body(body).to_string(), wire);
        }
    }
}
