//! How long it takes to queue the mails of one event, and how much memory: ours, and bare inserts of the same rows, each in a process of its own.

use std::process::Command;
use std::time::Instant;

use diesel::prelude::*;
use serde_json::{Value, json};
use traitdunion::db::schema::mails;
use traitdunion::db::{Conn, Db};
use traitdunion::error::Error;
use traitdunion::events::Record;
use traitdunion::kernel::ids::{ActionId, MailId};
use traitdunion::kernel::{Chance, Clock};
use traitdunion::mail::outgoing::{self, Outgoing};

use crate::people::DOMAINS;
use crate::place::{Engine, Place};
use crate::program::memory_of;

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum How {
    Ours,
    Bare,
}

/// What one process found.
pub struct Queued {
    pub seconds: f64,
    /// Beyond what it had before, in MiB: when done, and at most.
    pub after: f64,
    pub most: f64,
}

/// Queues in a process of its own, into a database that is migrated.
pub fn queue(how: How, place: &Place, count: usize) -> Queued {
    let name = match how {
        How::Ours => "ours",
        How::Bare => "bare",
    };
    let program = std::env::current_exe().expect("the path of this program");
    let done = Command::new(program).args(["queue", name, &place.variable(), &count.to_string()]).output().expect("this program starts again");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let found: Value = serde_json::from_slice(&done.stdout).expect("JSON");
    let figure = |name: &str| found[name].as_f64().expect("a number");
    Queued { seconds: figure("seconds"), after: figure("after"), most: figure("most") }
}

/// Queues, and prints what it took.
pub fn measure(how: How, database: &Engine, count: usize) {
    let Engine::At(url) = database else { panic!("a URL is expected") };
    let db = Db::open(&traitdunion::db::DatabaseUrl::parse(url).expect("a URL")).expect("a database");
    let (chance, now) = (Chance::seeded(1), Clock::system().now());
    let (event, action) = (traitdunion::kernel::ids::new(now, &chance), ActionId::new(now, &chance).to_string());
    // The connection is open, and its statements are not yet prepared.
    db.write_now(|conn| mails::table.count().get_result::<i64>(conn).map_err(Error::from)).expect("a readable table");
    let before = memory_of("self");
    let from = Instant::now();
    let queued = match how {
        How::Ours => db.write_now(|conn| outgoing::enqueue(conn, now, &chance, (0..count).map(|number| mail(number, &event, &action)))),
        How::Bare => db.write_now(|conn| {
            for number in 0..count {
                insert(conn, MailId::new(now, &chance), mail(number, &event, &action), now)?;
            }
            Ok::<_, Error>(count)
        }),
    };
    let seconds = from.elapsed().as_secs_f64();
    assert_eq!(queued.expect("a write"), count);
    let after = memory_of("self");
    println!("{}", json!({ "seconds": seconds, "after": after.0 - before.0, "most": after.1 - before.1 }));
}

/// A published action was changed; this is one of those who are told.
fn mail(number: usize, event: &str, action: &str) -> Outgoing {
    Outgoing {
        recipient: format!("personne{number}@{}", DOMAINS[number % DOMAINS.len()]),
        template: "action_changed",
        params: json!({
            "name": format!("Camille Personne {number}"), "actor": "Claire Besson", "title": "Gérer l’argent du mois : « on s’y met »",
            "link": format!("/actions/{action}/gerer-l-argent-du-mois"), "changed": ["Titre", "Horaires et rythme", "Lieu"],
        }),
        record: Some(Record { kind: "action", id: action.to_owned() }),
        key: format!("{event}:{number}"),
    }
}

/// The same row by a plain insert, prepared once.
pub fn insert(conn: &mut Conn, id: MailId, mail: Outgoing, now: traitdunion::kernel::Moment) -> Result<(), Error> {
    let row = (
        mails::id.eq(&id),
        mails::key.eq(&mail.key),
        mails::recipient.eq(&mail.recipient),
        mails::domain.eq(mail.recipient.rsplit('@').next().unwrap_or_default()),
        mails::template.eq(mail.template),
        mails::params.eq(mail.params.to_string()),
        mails::list.eq(Some(mail.template)),
        mails::record_type.eq(mail.record.as_ref().map(|record| record.kind)),
        mails::record_id.eq(mail.record.as_ref().map(|record| record.id.as_str())),
        (
            mails::urgency.eq(1),
            mails::stage.eq("queued"),
            mails::attempts.eq(0),
            mails::deferrals.eq(0),
            mails::due_at.eq(now),
            mails::touched_at.eq(now),
        ),
        mails::created_at.eq(now),
    );
    match conn {
        Conn::Sqlite(conn) => diesel::insert_into(mails::table).values(row).execute(conn)?,
        Conn::Postgres(conn) => diesel::insert_into(mails::table).values(row).execute(conn)?,
    };
    Ok(())
}
