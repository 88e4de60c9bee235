//! Where messages go: an SMTP server, files when there is none, memory in tests.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{SmtpTransport, Transport as _};

use crate::config::{Config, Security, Smtp};

/// Each command of the SMTP dialogue answers within this.
const TIMEOUT: Duration = Duration::from_secs(20);

pub enum Transport {
    Smtp(Box<SmtpTransport>),
    /// `.eml` files, for an installation without SMTP.
    Files(PathBuf),
    /// What would have been sent, for tests to read.
    Memory(Arc<Mutex<Vec<Sent>>>),
}

#[derive(Clone, Debug)]
pub struct Sent {
    pub recipient: String,
    pub message_id: String,
    pub bytes: Vec<u8>,
}

/// Why a message did not leave.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("{0}")]
    Passing(String),
    #[error("{0}")]
    Final(String),
}

impl Transport {
    pub fn of(config: &Config) -> Result<Self, String> {
        match &config.smtp {
            Some(smtp) => connection(smtp).map(|transport| Self::Smtp(Box::new(transport))),
            None => Ok(Self::Files(config.mail_dir())),
        }
    }

    /// Hands one message over. Blocks.
    pub fn send(&self, from: &str, sent: Sent) -> Result<(), Failure> {
        match self {
            Self::Memory(box_) => {
                box_.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(sent);
                Ok(())
            }
            Self::Files(folder) => write_file(folder, &sent).map_err(|error| Failure::Passing(format!("{}: {error}", folder.display()))),
            Self::Smtp(transport) => {
                let address = |text: &str| text.parse::<lettre::Address>().map_err(|error| Failure::Final(error.to_string()));
                let envelope = lettre::address::Envelope::new(Some(address(from)?), vec![address(&sent.recipient)?])
                    .map_err(|error| Failure::Final(error.to_string()))?;
                transport.send_raw(&envelope, &sent.bytes).map(drop).map_err(|error| match error.is_permanent() {
                    true => Failure::Final(error.to_string()),
                    false => Failure::Passing(error.to_string()),
                })
            }
        }
    }

    /// Can the server be reached? What it answered otherwise.
    pub fn test(&self) -> Result<String, String> {
        match self {
            Self::Memory(_) => Ok("in memory".into()),
            Self::Files(folder) => Ok(format!("no SMTP server: mails are written to {}", folder.display())),
            Self::Smtp(transport) => match transport.test_connection() {
                Ok(true) => Ok("the SMTP server answers".into()),
                Ok(false) => Err("the SMTP server does not answer NOOP".into()),
                Err(error) => Err(error.to_string()),
            },
        }
    }
}

fn connection(smtp: &Smtp) -> Result<SmtpTransport, String> {
    let tls = || TlsParameters::new(smtp.host.clone()).map_err(|error| error.to_string());
    let tls = match smtp.security {
        Security::None => Tls::None,
        Security::StartTls => Tls::Required(tls()?),
        Security::Tls => Tls::Wrapper(tls()?),
    };
    let mut builder = SmtpTransport::builder_dangerous(&smtp.host).port(smtp.port).tls(tls).timeout(Some(TIMEOUT));
    if let Some((name, password)) = &smtp.credentials {
        builder = builder.credentials(Credentials::new(name.clone(), password.clone()));
    }
    Ok(builder.build())
}

/// Written aside, then renamed: whoever watches the folder never reads half a message.
fn write_file(folder: &std::path::Path, sent: &Sent) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let name = sent.message_id.trim_matches(['<', '>']).replace(['@', '/', '\\'], "_");
    let aside = folder.join(format!(".{name}.part"));
    std::fs::write(&aside, &sent.bytes)?;
    std::fs::File::open(&aside)?.sync_all()?;
    std::fs::rename(&aside, folder.join(format!("{name}.eml")))
}
