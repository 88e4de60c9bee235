//! The stages of a meeting: who leads it from which to which, and what a refusal leaves.

use serde_json::{Value, json};
use traitdunion::db::copy::{self, Table};
use traitdunion::kernel::Visibility;
use traitdunion::meetings::model::{Stage, Verb};
use traitdunion::meetings::service::Meeting;

use super::{Followed, fields};
use crate::support::{TestApp, Who, both, world};

both!(
    every_role_every_stage_every_transition,
    a_committee_calls_its_members_and_is_held,
    a_meeting_held_before_is_recorded,
    a_postponed_meeting_is_called_again,
    nobody_finds_what_is_not_theirs_to_read,
    lists_are_filtered,
);

/// The tables that a refusal must leave as they were.
fn watched(app: &TestApp) -> Vec<Table> {
    let is_watched = |table: &Table| {
        ["meeting", "bod", "invitations", "minutes"].iter().any(|name| table.name.starts_with(name))
            || ["versions", "journal", "outbox", "mails"].contains(&table.name.as_str())
    };
    app.read(copy::tables).into_iter().filter(is_watched).collect()
}

fn everything(app: &TestApp, tables: &[Table]) -> Vec<String> {
    app.read(|conn| {
        let mut rows = Vec::new();
        for table in tables {
            copy::dump(conn, table, |row| {
                rows.push(format!("{} {}", table.name, Value::Object(row)));
                Ok(())
            })?;
        }
        Ok(rows)
    })
}

/// The verbs of minutes are enumerated with them.
const VERBS: [Verb; 5] = [Verb::Call, Verb::Postpone, Verb::Reschedule, Verb::Cancel, Verb::Hold];

fn request(verb: Verb, meeting: &Meeting) -> (String, Value) {
    let (id, version) = (&meeting.id, meeting.version);
    let body = match verb {
        Verb::Postpone | Verb::Cancel => json!({ "version": version, "reason": "La salle n’est pas libre." }),
        Verb::Reschedule => {
            let reason = "La salle n’est pas libre.";
            json!({ "version": version, "reason": reason, "starts_at": "2026-04-07T13:00:00Z", "ends_at": "2026-04-07T15:00:00Z" })
        }
        _ => json!({ "version": version }),
    };
    let name = if verb == Verb::Reschedule { "postpone" } else { verb.as_str() };
    (format!("/api/v1/meetings/{id}/{name}"), body)
}

/// What the table of rules and the rights of a meeting of the first territory, told to partners, promise.
fn promised(who: Who, stage: Stage, verb: Verb) -> u16 {
    match who {
        Who::Visitor => 401,
        Who::Worker | Who::Manager | Who::Administrator => {
            if verb.leads(stage).is_some() {
                200
            } else {
                409
            }
        }
        _ if stage == Stage::Draft => 404,
        _ => 403,
    }
}

async fn every_role_every_stage_every_transition(app: TestApp) {
    app.leaves_work();
    let make = |stage| app.write(|conn| world::meeting(conn, &app.world, &app.app.chance, stage, Visibility::Partners));
    let apis: Vec<_> = Who::ALL.iter().map(|who| (*who, app.api(*who))).collect();
    let tables = watched(&app);
    for stage in Stage::ALL {
        let meeting = make(*stage);
        assert_eq!(meeting.life.stage, *stage);
        let before = everything(&app, &tables);
        for (who, api) in &apis {
            for verb in VERBS.iter().filter(|verb| promised(*who, *stage, **verb) >= 400) {
                let (path, body) = request(*verb, &meeting);
                let answer = api.post(&path, &body).await;
                assert_eq!(answer.status, promised(*who, *stage, *verb), "{who:?} {stage} {verb}: {}", answer.text);
                assert_eq!(everything(&app, &tables), before, "{who:?} {stage} {verb} left something");
            }
        }
        for (who, api) in &apis {
            for verb in VERBS.iter().filter(|verb| promised(*who, *stage, **verb) < 400) {
                let meeting = make(*stage);
                let (path, mut body) = request(*verb, &meeting);
                let version = std::mem::replace(&mut body["version"], json!(meeting.version - 1));
                api.post(&path, &body).await.expect(409);
                body["version"] = version;
                let record = api.post(&path, &body).await.expect(200).json();
                assert_eq!(record["stage"], verb.leads(*stage).unwrap().as_str(), "{who:?} {stage} {verb}");
                assert_eq!(record["version"], meeting.version + 1);
            }
        }
    }
}

async fn a_committee_calls_its_members_and_is_held(app: TestApp) {
    app.leaves_work();
    let api = app.api(Who::Worker);
    let members = json!([
        { "name": "Ariane Petit", "email": "ariane.petit@loudun.example", "function": "adjointe au maire", "quality": "elected", "role": "chair" },
        { "email": Who::Manager.email() },
        { "partner": app.world.organisation },
    ]);
    let body = json!({ "external_id": "cls-nord", "name": "Comité local de Loudun", "kind": "local_follow_up_committee", "territory": world::HERE, "members": members });
    let body = api.post("/api/v1/bodies", &body).await.expect(201).json();
    assert_eq!(fields(&body, &["approval", "notice_days", "reminder_days", "version"]), json!(["silence", 15, [7, 1], 1]));
    api.put(&format!("/api/v1/bodies/{}", body["id"].as_str().unwrap()), &json!({ "version": 1, "rhythm": "une fois par trimestre" }))
        .await
        .expect(200);
    let made = api.post("/api/v1/meetings", &json!({ "body_id": "cls-nord" })).await.expect(201).json();
    let path = format!("/api/v1/meetings/{}", made["id"].as_str().unwrap());
    let one = Followed { api, path };
    assert_eq!(
        fields(&made, &["title", "body_id", "kind", "stage"]),
        json!(["Comité local de Loudun", body["id"], "local_follow_up_committee", "draft"])
    );
    assert_eq!(fields(&made, &["territories", "organiser", "visibility"]), json!([[world::HERE], Who::Worker.email(), "partners"]));
    assert_eq!(made["missing"].as_object().unwrap().keys().collect::<Vec<_>>(), ["place", "starts_at"]);
    let refused = one.verb("call", json!({})).await.expect(422).json();
    assert_eq!(refused["fields"].as_object().unwrap().keys().collect::<Vec<_>>(), ["place", "starts_at"]);
    one.put(json!({ "starts_at": "2026-03-17T14:00", "ends_at": "2026-03-17T16:00", "place": "MDS de Loudun" })).await.expect(200);
    let called = one.verb("call", json!({})).await.expect(200).json();
    assert_eq!(fields(&called, &["stage", "starts_at", "called_at"]), json!(["called", "2026-03-17T13:00:00Z", "2026-03-03T09:00:00Z"]));
    let people = one.people().await;
    let names: Vec<&str> = people.iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Ariane Petit", "Camille responsable", "Association Le Pont"]);
    assert_eq!(
        people.iter().map(|one| fields(one, &["quality", "is_chair", "state"])).collect::<Vec<_>>(),
        [json!(["elected", true, "invited"]), json!(["agent", false, "invited"]), json!(["partner", false, "invited"]),]
    );
    let person = |place: usize| people[place]["id"].as_str().unwrap().to_owned();
    one.answer(&person(0), json!({ "answer": "represented", "represented_by": "M. Blanc" })).await.expect(200);
    let manager = app.api(Who::Manager);
    manager.post(&format!("{}/invitations/{}/answer", one.path, person(1)), &json!({ "answer": "absent", "note": "En congé." })).await.expect(200);
    one.verb("hold", json!({})).await.expect(409).has("pas encore commencé");
    app.app.clock.set(traitdunion::kernel::Moment::parse_rfc3339("2026-03-17T13:30:00Z").unwrap());
    let held = one.verb("hold", json!({})).await.expect(200).json();
    assert_eq!(held["answers"], json!({ "invited": 3, "accepted": 1, "declined": 1, "tentative": 0, "waiting": 0, "present": 1 }));
    let presence = json!({ "presences": [{ "id": person(2), "presence": "present" }], "headcount": 4 });
    let recorded = one.api.put(&format!("{}/presence", one.path), &presence).await.expect(200).json();
    assert_eq!(recorded["headcount"], 4);
    let presences: Vec<&Value> = recorded["items"].as_array().unwrap().iter().map(|one| &one["presence"]).collect();
    assert_eq!(presences, ["represented", "excused", "present"]);
}

async fn a_meeting_held_before_is_recorded(app: TestApp) {
    app.leaves_work();
    let api = app.api(Who::Worker);
    let mut given = world::whole_meeting();
    given.insert("stage".into(), json!("held"));
    api.post("/api/v1/meetings", &Value::Object(given.clone())).await.expect(409);
    given.extend(super::object(json!({ "starts_at": "2025-11-04T13:00:00Z", "ends_at": "2025-11-04T15:00:00Z" })));
    let made = api.post("/api/v1/meetings", &Value::Object(given.clone())).await.expect(201).json();
    assert_eq!(fields(&made, &["stage", "sequence", "called_at"]), json!(["held", 0, null]));
    given.insert("stage".into(), json!("called"));
    api.post("/api/v1/meetings", &Value::Object(given)).await.expect(422).has("stage");
}

async fn a_postponed_meeting_is_called_again(app: TestApp) {
    app.leaves_work();
    let one = Followed::called(&app, json!({})).await;
    one.verb("postpone", json!({})).await.expect(422).has("reason");
    let postponed = one.verb("postpone", json!({ "reason": "Neige." })).await.expect(200).json();
    assert_eq!(fields(&postponed, &["stage", "reason"]), json!(["postponed", "Neige."]));
    one.invite(json!({ "name": "Ariane Petit", "email": "ariane@pont.example" })).await;
    let there = json!({ "reason": "Nouvelle date.", "starts_at": "2026-04-07T14:00", "ends_at": "2026-04-07T16:00", "place": "Mairie" });
    let called = one.verb("postpone", there).await.expect(200).json();
    assert_eq!(fields(&called, &["stage", "starts_at", "place"]), json!(["called", "2026-04-07T12:00:00Z", "Mairie"]), "in summer time");
    let states: Vec<Value> = one.people().await.iter().map(|one| one["state"].clone()).collect();
    assert_eq!(states, ["invited", "invited"], "whoever was added in between is called too");
    let cancelled = one.verb("cancel", json!({ "reason": "Faute de participants." })).await.expect(200).json();
    assert_eq!(cancelled["stage"], "cancelled");
    one.put(json!({ "title": "Autre" })).await.expect(409);
}

async fn nobody_finds_what_is_not_theirs_to_read(app: TestApp) {
    app.leaves_work();
    for stage in Stage::ALL {
        for visibility in Visibility::ALL {
            app.write(|conn| world::meeting(conn, &app.world, &app.app.chance, *stage, *visibility));
        }
    }
    let mut totals = Vec::new();
    for who in Who::ALL {
        let api = app.api(who);
        let listed = api.get("/api/v1/meetings?per_page=100").await.expect(200).json();
        let items = listed["items"].as_array().unwrap().clone();
        assert_eq!(items.len(), usize::try_from(listed["total"].as_u64().unwrap()).unwrap());
        for item in &items {
            api.get(&format!("/api/v1/meetings/{}", item["id"].as_str().unwrap())).await.expect(200);
        }
        totals.push((who, items.len()));
    }
    let expected = [
        (Who::Visitor, 7),
        (Who::Partner, 14),
        (Who::Worker, 24),
        (Who::WorkerElsewhere, 21),
        (Who::Manager, 24),
        (Who::ManagerElsewhere, 21),
        (Who::Administrator, 24),
    ];
    assert_eq!(totals, expected);
    let public = app.visitor().get("/api/v1/meetings").await.expect(200).json();
    let public = &public["items"][0];
    assert_eq!(fields(public, &["visibility", "organiser"]), json!(["public", null]));
    for hidden in ["author", "answers", "headcount", "missing", "seats_left"] {
        assert!(public.get(hidden).is_none(), "{hidden}");
    }
}

async fn lists_are_filtered(app: TestApp) {
    app.leaves_work();
    for stage in Stage::ALL {
        app.write(|conn| world::meeting(conn, &app.world, &app.app.chance, *stage, Visibility::Internal));
    }
    let one = Followed::begin(&app, json!({ "external_id": "r-1", "kind": "working_group", "territories": ["MDS-NORD", "86"] })).await;
    one.invite(json!({ "account": Who::Manager.email() })).await;
    let api = app.api(Who::Manager);
    for (query, total) in [
        ("stage=held", 1),
        ("stage=draft&stage=called", 3),
        ("kind=working_group", 1),
        ("territory=MDS-NORD", 9),
        ("territory=MDS-SUD", 1),
        ("after=2026-03-17", 4),
        ("after=2026-03-18", 0),
        ("before=2026-03-03", 5),
        ("before=2026-03-02", 0),
        ("external_id=r-1", 1),
        ("external_id=inconnu", 0),
        ("invited=true", 1),
        ("sort=soonest", 9),
    ] {
        assert_eq!(api.get(&format!("/api/v1/meetings?{query}")).await.expect(200).json()["total"], total, "{query}");
    }
    api.get("/api/v1/meetings?stage=gone&before=jamais&body=x").await.expect(400).has("stage").has("before").has("body");
}
