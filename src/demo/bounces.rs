//! One mail came back: an address at which nobody is any more, and what depends on it.

use crate::accounts;
use crate::db::Conn;
use crate::error::Result;
use crate::kernel::email::mailbox;
use crate::kernel::{Chance, Moment, Page};
use crate::mail::bounces::report::{Fate, Report, Said, Status};
use crate::mail::bounces::take_in;
use crate::mail::log::{self, Filter};
use crate::mail::model::Stage;

/// Of those called to a meeting who have no account, the first by their address has left.
pub fn one(conn: &mut Conn, now: Moment, chance: &Chance) -> Result<()> {
    let filter = Filter { template: "meeting_called".into(), stages: vec![Stage::Sent], ..Filter::default() };
    let (mut lines, _) = log::list(conn, &filter, Page { number: 1, size: 100 })?;
    lines.sort_by(|a, b| (&a.recipient, &a.id).cmp(&(&b.recipient, &b.id)));
    for line in lines {
        if !accounts::service::of_addresses(conn, &[mailbox(&line.recipient)])?.is_empty() {
            continue;
        }
        let Some(message_id) = log::find(conn, &line.id)?.message_id else { continue };
        let report = Report {
            key: "retour@relais.example".into(),
            original: message_id.trim_matches(['<', '>']).to_owned(),
            said: vec![Said {
                addresses: vec![mailbox(&line.recipient)],
                fate: Fate::Failed,
                status: Some(Status(5, 1, 1)),
                diagnostic: "smtp; 550 5.1.1 User unknown".into(),
            }],
        };
        return take_in(conn, &report, now, chance).map(drop);
    }
    Ok(())
}
