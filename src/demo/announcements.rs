//! What the manager of an MDS announced to its partners, what she prepares, and the letter of last month.

use serde_json::{Value, json};

use super::people::Actors;
use super::{Present, broken};
use crate::accounts::model::{Actor, By};
use crate::announcements::letter::first_of;
use crate::announcements::sending;
use crate::announcements::service::{self, Announcement, Seen};
use crate::db::Conn;
use crate::error::Result;
use crate::kernel::ids::PlanId;

/// So many days ago the last announcement left, and the last letter: their mails are kept.
const ANNOUNCED: i64 = 9;
const LETTER: i64 = 2;

pub fn save(conn: &mut Conn, present: &Present<'_>, actors: &Actors, plan: &PlanId) -> Result<usize> {
    let manager = actors.named("responsable@vienne.example")?;
    let sheet = json!([{ "plan_id": plan, "number": 19 }]);
    let announced = json!({
        "title": "Une permanence budget ouvre près de chez vous",
        "greeting": "Madame, Monsieur,",
        "text": "Dès le mois prochain, une conseillère en économie sociale et familiale reçoit sans rendez-vous, le mardi matin.\n\nPour qui\u{a0}:\n- les personnes qui ont du mal à payer leurs factures\n- celles qui veulent y voir clair avant un crédit\n\nMerci de le dire autour de vous.",
        "plan_sheets": sheet,
    });
    send(conn, present, manager, ANNOUNCED, &announced)?;
    let draft = json!({ "model": "meeting", "title": "Réunion de présentation des actions de printemps", "plan_sheets": sheet });
    create(conn, present.by(manager, present.days_ago(1)), present, &draft)?;
    let month = first_of(first_of(present.today).plus(-1));
    send(conn, present, manager, LETTER, &json!({ "kind": "letter", "month": month }))?;
    Ok(3)
}

fn create(conn: &mut Conn, by: By<'_>, present: &Present<'_>, given: &Value) -> Result<Announcement> {
    let given = given.as_object().ok_or_else(|| broken("announcement", "not an object"))?;
    service::create(conn, by, present.zone, given)
}

/// Writes one, and confirms the audience that it had that day.
fn send(conn: &mut Conn, present: &Present<'_>, manager: &Actor, days_ago: i64, given: &Value) -> Result<()> {
    let now = present.days_ago(days_ago);
    let by = present.by(manager, now);
    let made = create(conn, by, present, given)?;
    let number = service::audience(conn, manager, &made, now)?.number();
    service::send(conn, by, &made.id, made.version, &Seen { number, digest: None }, None)?;
    while sending::advance(conn, &made.id, now, present.chance)? > 0 {}
    Ok(())
}
