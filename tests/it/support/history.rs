//! What every use-case owes the history: the version that it made, saying what its record says.

use diesel::prelude::*;
use diesel::sql_types::Text;
use traitdunion::db::Conn;
use traitdunion::error::Result;
use traitdunion::plans::{history, service as plans};

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Text)]
    id: String,
}

/// Actions whose present version is not kept, or says something else.
const ACTIONS: &str = "SELECT a.id AS id FROM actions a WHERE NOT EXISTS (SELECT 1 FROM versions v \
    WHERE v.record_type = 'action' AND v.record_id = a.id AND v.number = a.version) \
    OR a.fields <> (SELECT v.content FROM versions v WHERE v.record_type = 'action' AND v.record_id = a.id AND v.content IS NOT NULL \
    ORDER BY v.number DESC LIMIT 1)";
const SHEETS: &str = "SELECT s.plan_id || '/' || s.number AS id FROM plan_sheets s WHERE NOT EXISTS (SELECT 1 FROM versions v \
    WHERE v.record_type = 'plan_sheet' AND v.record_id = s.plan_id || '/' || s.number AND v.number = s.version)";
const CONVENTIONS: &str = "SELECT c.id AS id FROM conventions c WHERE NOT EXISTS (SELECT 1 FROM versions v \
    WHERE v.record_type = 'convention' AND v.record_id = c.id AND v.number = c.version) \
    OR c.fields <> (SELECT v.content FROM versions v WHERE v.record_type = 'convention' AND v.record_id = c.id AND v.content IS NOT NULL \
    ORDER BY v.number DESC LIMIT 1)";
const PARTNERS: &str = "SELECT o.id AS id FROM organisations o WHERE NOT EXISTS (SELECT 1 FROM versions v \
    WHERE v.record_type = 'partner' AND v.record_id = o.id AND v.number = o.version) \
    OR o.fields <> (SELECT v.content FROM versions v WHERE v.record_type = 'partner' AND v.record_id = o.id AND v.content IS NOT NULL \
    ORDER BY v.number DESC LIMIT 1)";
const BODIES: &str = "SELECT b.id AS id FROM bodies b WHERE NOT EXISTS (SELECT 1 FROM versions v \
    WHERE v.record_type = 'body' AND v.record_id = b.id AND v.number = b.version) \
    OR b.fields <> (SELECT v.content FROM versions v WHERE v.record_type = 'body' AND v.record_id = b.id AND v.content IS NOT NULL \
    ORDER BY v.number DESC LIMIT 1)";
const MEETINGS: &str = "SELECT m.id AS id FROM meetings m WHERE NOT EXISTS (SELECT 1 FROM versions v \
    WHERE v.record_type = 'meeting' AND v.record_id = m.id AND v.number = m.version) \
    OR m.fields <> (SELECT v.content FROM versions v WHERE v.record_type = 'meeting' AND v.record_id = m.id AND v.content IS NOT NULL \
    ORDER BY v.number DESC LIMIT 1)";
const MINUTES: &str = "SELECT m.meeting_id AS id FROM minutes m WHERE NOT EXISTS (SELECT 1 FROM versions v \
    WHERE v.record_type = 'minutes' AND v.record_id = m.meeting_id AND v.number = m.version) \
    OR m.fields <> (SELECT v.content FROM versions v WHERE v.record_type = 'minutes' AND v.record_id = m.meeting_id AND v.content IS NOT NULL \
    ORDER BY v.number DESC LIMIT 1)";
const DECISIONS: &str = "SELECT d.id AS id FROM decisions d WHERE NOT EXISTS (SELECT 1 FROM versions v \
    WHERE v.record_type = 'decision' AND v.record_id = d.id AND v.number = d.version) \
    OR d.fields <> (SELECT v.content FROM versions v WHERE v.record_type = 'decision' AND v.record_id = d.id AND v.content IS NOT NULL \
    ORDER BY v.number DESC LIMIT 1)";
const ANNOUNCEMENTS: &str = "SELECT a.id AS id FROM announcements a WHERE NOT EXISTS (SELECT 1 FROM versions v \
    WHERE v.record_type = 'announcement' AND v.record_id = a.id AND v.number = a.version) \
    OR a.fields <> (SELECT v.content FROM versions v WHERE v.record_type = 'announcement' AND v.record_id = a.id AND v.content IS NOT NULL \
    ORDER BY v.number DESC LIMIT 1)";
/// Versions of what is no more.
const ORPHANS: &str = "SELECT v.record_type || ' ' || v.record_id AS id FROM versions v WHERE \
    (v.record_type = 'action' AND v.record_id NOT IN (SELECT a.id FROM actions a)) OR \
    (v.record_type = 'convention' AND v.record_id NOT IN (SELECT c.id FROM conventions c)) OR \
    (v.record_type = 'body' AND v.record_id NOT IN (SELECT b.id FROM bodies b)) OR \
    (v.record_type = 'meeting' AND v.record_id NOT IN (SELECT m.id FROM meetings m)) OR \
    (v.record_type = 'decision' AND v.record_id NOT IN (SELECT d.id FROM decisions d)) OR \
    (v.record_type = 'announcement' AND v.record_id NOT IN (SELECT a.id FROM announcements a)) OR \
    (v.record_type = 'partner' AND v.record_id NOT IN (SELECT o.id FROM organisations o)) OR \
    (v.record_type = 'plan_sheet' AND v.record_id NOT IN (SELECT s.plan_id || '/' || s.number FROM plan_sheets s))";

/// Every offence, in words.
pub fn forgotten(conn: &mut Conn) -> Result<Vec<String>> {
    let mut offences = Vec::new();
    for (what, query) in [
        ("action without its version", ACTIONS),
        ("partner without its version", PARTNERS),
        ("sheet without its version", SHEETS),
        ("convention without its version", CONVENTIONS),
        ("body without its version", BODIES),
        ("meeting without its version", MEETINGS),
        ("minutes without their version", MINUTES),
        ("decision without its version", DECISIONS),
        ("announcement without its version", ANNOUNCEMENTS),
        ("version without its record", ORPHANS),
    ] {
        let found: Vec<Found> = match conn {
            Conn::Sqlite(conn) => diesel::sql_query(query).load(conn)?,
            Conn::Postgres(conn) => diesel::sql_query(query).load(conn)?,
        };
        offences.extend(found.into_iter().map(|found| format!("{what}: {}", found.id)));
    }
    for plan in plans::all(conn)? {
        for sheet in plans::find(conn, &plan.id)?.sheets() {
            if history::text_at(conn, &plan.id, sheet.number, sheet.version)? != Some(sheet.given()) {
                offences.push(format!("sheet that its version does not say: {}/{}", plan.id, sheet.number));
            }
        }
    }
    Ok(offences)
}
