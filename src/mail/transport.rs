//! Where messages go: an SMTP server, files when there is none, memory in tests.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::model::{Fault, Step};
use super::smtp::Server;
use crate::config::Config;

pub enum Transport {
    Smtp(Server),
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

impl Transport {
    pub fn of(config: &Config) -> Result<Self, String> {
        let host = config.base_url.split("://").nth(1).and_then(|rest| rest.split([':', '/']).next()).unwrap_or("localhost");
        match &config.smtp {
            Some(smtp) => Server::new(smtp, host).map(Self::Smtp),
            None => Ok(Self::Files(config.mail_dir())),
        }
    }

    /// Hands a message over where no conversation is needed. Blocks.
    pub fn write(&self, sent: Sent) -> Result<(), Fault> {
        match self {
            Self::Memory(letter_box) => {
                letter_box.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(sent);
                Ok(())
            }
            Self::Files(folder) => write_file(folder, &sent).map_err(|error| Fault::new(Step::Write, None, format!("{}: {error}", folder.display()))),
            Self::Smtp(_) => Err(Fault::new(Step::Connect, None, "an SMTP server needs a conversation")),
        }
    }

    /// Can mail leave? What stands against it otherwise.
    pub async fn test(&self) -> Result<String, Fault> {
        match self {
            Self::Memory(_) => Ok("in memory".into()),
            Self::Files(folder) => Ok(format!("no SMTP server: mails are written to {}", folder.display())),
            Self::Smtp(server) => {
                let mut session = server.connect().await?;
                let alive = session.is_alive().await;
                session.quit().await;
                if alive {
                    Ok("the SMTP server answers".into())
                } else {
                    Err(Fault::new(Step::Connect, None, "the SMTP server does not answer NOOP"))
                }
            }
        }
    }
}

/// Written aside, then renamed: whoever watches the folder never reads half a message.
fn write_file(folder: &Path, sent: &Sent) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let name = sent.message_id.trim_matches(['<', '>']).replace(['@', '/', '\\'], "_");
    let aside = folder.join(format!(".{name}.part"));
    std::fs::write(&aside, &sent.bytes)?;
    std::fs::File::open(&aside)?.sync_all()?;
    std::fs::rename(&aside, folder.join(format!("{name}.eml")))
}
