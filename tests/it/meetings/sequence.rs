//! What calendars hold on to: the UID never changes, and SEQUENCE rises for start, end, place and status only.

use serde_json::{Value, json};

use super::{Followed, fields};
use crate::support::{TestApp, both};

both!(sequence_rises_for_what_calendars_take_anew_and_never_falls);

async fn sequence_rises_for_what_calendars_take_anew_and_never_falls(app: TestApp) {
    app.leaves_work();
    let one = Followed::begin(&app, json!({})).await;
    let uid = one.now().await["uid"].clone();
    one.invite(json!({ "name": "Dominique Roy", "email": "dominique.roy@pont.example" })).await;
    one.put(json!({ "place": "Mairie de Loudun" })).await.expect(200);
    let mut sequence = 0;
    let mut follow = async |what: &str, record: Value, rise: i64| {
        sequence += rise;
        assert_eq!(fields(&record, &["uid", "sequence"]), json!([uid, sequence]), "{what}");
    };
    follow("nobody knew of its place", one.now().await, 0).await;
    let called = one.verb("call", json!({})).await.expect(200).json();
    follow("called", called, 0).await;
    for (what, change, rise) in [
        ("title", json!({ "title": "Comité de printemps" }), 0),
        ("summary", json!({ "summary": "Le bilan de l’hiver." }), 0),
        ("agenda", json!({ "agenda": [{ "title": "Projets" }] }), 0),
        ("link", json!({ "link": "https://visio.example/loudun" }), 0),
        ("capacity", json!({ "capacity": 12 }), 0),
        ("themes", json!({ "themes": [] }), 0),
        ("reminders", json!({ "reminder_days": [3] }), 0),
        ("visibility", json!({ "visibility": "public" }), 0),
        ("place", json!({ "place": "MDS de Loudun" }), 1),
        ("the same place", json!({ "place": "MDS de Loudun" }), 0),
        ("end", json!({ "ends_at": "2026-03-17T16:00:00Z" }), 1),
        ("start", json!({ "starts_at": "2026-03-17T12:00:00Z" }), 1),
        ("start and end", json!({ "starts_at": "2026-03-17T13:00:00Z", "ends_at": "2026-03-17T15:00:00Z" }), 1),
    ] {
        let changed = one.put(change).await.expect(200).json();
        follow(what, changed, rise).await;
    }
    let person = one.people().await[0]["id"].as_str().unwrap().to_owned();
    one.answer(&person, json!({ "answer": "present" })).await.expect(200);
    one.invite(json!({ "name": "Ariane Petit", "email": "ariane@pont.example" })).await;
    follow("answers and invitations", one.now().await, 0).await;
    let moved = json!({ "reason": "Neige.", "starts_at": "2026-03-24T13:00:00Z", "ends_at": "2026-03-24T15:00:00Z" });
    for (what, verb, more) in [
        ("moved", "postpone", moved.clone()),
        ("put off", "postpone", json!({ "reason": "Neige encore." })),
        ("called again", "call", json!({})),
        ("cancelled", "cancel", json!({ "reason": "Neige toujours." })),
    ] {
        let record = one.verb(verb, more).await.expect(200).json();
        follow(what, record, 1).await;
    }
    one.verb("postpone", moved).await.expect(409);
    follow("refused", one.now().await, 0).await;
}
