//! Writes what became of mails: notes that arrive together share one transaction, so that the pace is the mail server's and not the disk's.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::bounces;
use super::model::Stage;
use super::store::{self, Setback};
use crate::app::App;
use crate::db::Conn;
use crate::error::Result;
use crate::kernel::ids::MailId;
use crate::kernel::{Chance, Moment};

/// The most notes in one transaction.
const TOGETHER: usize = 256;

enum Note {
    /// Answered: may the body be handed over?
    BodyStarted(MailId, oneshot::Sender<bool>),
    Sent(MailId),
    SetBack(Setback),
    /// Answered once everything before it is written.
    Flush(oneshot::Sender<()>),
}

#[derive(Clone)]
pub struct Recorder(mpsc::UnboundedSender<Note>);

impl Recorder {
    /// Begins to write notes of mails leased under `token`.
    pub fn start(app: Arc<App>, token: String) -> Self {
        let (sender, notes) = mpsc::unbounded_channel();
        tokio::spawn(record(app, token, notes));
        Self(sender)
    }

    /// Notes that a body is about to be handed over. False: it must not be, since another worker has the mail, or nothing can be written.
    pub async fn body_started(&self, id: &MailId) -> bool {
        let (answer, answered) = oneshot::channel();
        self.0.send(Note::BodyStarted(id.clone(), answer)).is_ok() && answered.await.unwrap_or(false)
    }

    /// The server took it. It is written by and by; if the process dies before, the mail is uncertain.
    pub fn sent(&self, id: MailId) {
        drop(self.0.send(Note::Sent(id)));
    }

    pub fn set_back(&self, setback: Setback) {
        drop(self.0.send(Note::SetBack(setback)));
    }

    /// Waits until everything noted so far is written.
    pub async fn flush(&self) {
        let (answer, answered) = oneshot::channel();
        if self.0.send(Note::Flush(answer)).is_ok() {
            drop(answered.await);
        }
    }
}

async fn record(app: Arc<App>, token: String, mut notes: mpsc::UnboundedReceiver<Note>) {
    let mut together = Vec::with_capacity(TOGETHER);
    while notes.recv_many(&mut together, TOGETHER).await > 0 {
        write(&app, &token, std::mem::take(&mut together)).await;
    }
}

/// What became of mails is written until it is, even if the database is away for a while; what asks whether it may begin is answered no.
async fn write(app: &Arc<App>, token: &str, notes: Vec<Note>) {
    let (mut starting, mut sent, mut set_back, mut flushed) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for note in notes {
        match note {
            Note::BodyStarted(id, answer) => starting.push((id, answer)),
            Note::Sent(id) => sent.push(id),
            Note::SetBack(setback) => set_back.push(setback),
            Note::Flush(answer) => flushed.push(answer),
        }
    }
    loop {
        let ids: Vec<MailId> = starting.iter().map(|(id, _)| id.clone()).collect();
        let (token, now, chance, sent, set_back) = (token.to_owned(), app.clock.now(), app.chance.clone(), sent.clone(), set_back.clone());
        match app.db.write(move |conn| in_one(conn, &ids, &sent, &set_back, &token, now, &chance)).await {
            Ok(started) => {
                for (id, answer) in starting {
                    // Whoever asked may be gone: then nothing is handed over.
                    answer.send(started.contains(&id)).ok();
                }
                break;
            }
            Err(error) => {
                tracing::error!(%error, "what became of mails cannot be written yet");
                // Dropping the questions answers no.
                starting = Vec::new();
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
    for answer in flushed {
        answer.send(()).ok();
    }
}

fn in_one(
    conn: &mut Conn,
    starting: &[MailId],
    sent: &[MailId],
    set_back: &[Setback],
    token: &str,
    now: Moment,
    chance: &Chance,
) -> Result<Vec<MailId>> {
    if !sent.is_empty() {
        store::sent(conn, sent, token, now)?;
    }
    for setback in set_back {
        if store::set_back(conn, setback, token, now)? && setback.stage == Stage::Failed {
            bounces::failed(conn, &setback.id, &setback.fault, now, chance)?;
        }
    }
    if starting.is_empty() { Ok(Vec::new()) } else { store::body_started(conn, starting, token, now) }
}
