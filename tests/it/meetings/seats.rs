//! Seats: never more than there are, given in the order in which they were asked for, whoever asks at once.

use serde_json::{Value, json};
use traitdunion::accounts::model::{Actor, By};
use traitdunion::accounts::service as accounts;

use super::{Followed, fields};
use crate::support::browser::Api;
use crate::support::{TestApp, Who, both, world};

both!(
    a_hundred_who_register_and_withdraw_at_once_never_exceed_the_seats,
    a_seat_that_comes_free_goes_to_the_first_who_waits,
    a_smaller_capacity_names_those_whom_it_leaves_without_a_seat,
    registration_is_for_those_to_whom_it_is_open,
);

const SEATS: i64 = 20;

/// As many agents, each with a token.
fn agents(app: &TestApp, count: usize) -> Vec<Api> {
    let tokens: Vec<String> = app.write(|conn| {
        let robot = Actor::command_line();
        let by = By { actor: &robot, now: app.now(), chance: &app.app.chance };
        let mut tokens = Vec::with_capacity(count);
        for number in 0..count {
            let given = accounts::Given {
                email: format!("agent{number}@vienne.example"),
                name: format!("Agent {number}"),
                role: "worker".into(),
                territories: vec![world::ELSEWHERE.into()],
                ..accounts::Given::default()
            };
            let account = accounts::add(conn, by, &given, Some("no password has this hash"))?;
            tokens.push(accounts::make_token(conn, by, &account.id, "tests")?);
        }
        Ok(tokens)
    });
    tokens.into_iter().map(|token| Api::new(&app.url, Some(token))).collect()
}

async fn a_hundred_who_register_and_withdraw_at_once_never_exceed_the_seats(app: TestApp) {
    app.leaves_work();
    let training = json!({ "kind": "information_morning", "registration": "members", "capacity": SEATS });
    let one = Followed::called(&app, training).await;
    let agents = agents(&app, 100);
    let each = |place: usize, api: Api, path: String| async move {
        let mine = api.post(&format!("{path}/register"), &json!({})).await.expect(201).json();
        let id = mine["id"].as_str().unwrap().to_owned();
        if place.is_multiple_of(2) {
            api.post(&format!("{path}/invitations/{id}/answer"), &json!({ "answer": "absent" })).await.expect(200);
        }
        if place.is_multiple_of(4) {
            api.post(&format!("{path}/register"), &json!({})).await.expect(201);
        }
        let now = api.get(&path).await.expect(200).json();
        assert!(now["answers"]["accepted"].as_i64().unwrap() <= SEATS, "{now}");
    };
    let tasks = agents.into_iter().enumerate().map(|(place, api)| actix_web::rt::spawn(each(place, api, one.path.clone())));
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("a task");
    }
    let now = one.now().await;
    assert_eq!(fields(&now["answers"], &["accepted", "declined", "waiting", "invited"]), json!([SEATS, 25, 75 - SEATS, 101]), "{now}");
    assert_eq!(now["seats_left"], 0);
    let path = format!("{}/invitations?per_page=100", one.path);
    let mut people = Vec::new();
    for page in 1..=2 {
        people.extend(one.api.get(&format!("{path}&page={page}")).await.expect(200).json()["items"].as_array().unwrap().clone());
    }
    let ranks = |state: &str| people.iter().filter(|one| one["state"] == state).map(|one| one["rank"].as_i64().unwrap()).collect::<Vec<_>>();
    let (seated, waiting) = (ranks("accepted"), ranks("waiting"));
    assert!(seated.iter().max() < waiting.iter().min(), "whoever asked first is seated first: {seated:?} {waiting:?}");
    let mut all: Vec<i64> = seated.into_iter().chain(waiting).collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 75, "each has a place of their own");
}

async fn a_seat_that_comes_free_goes_to_the_first_who_waits(app: TestApp) {
    app.leaves_work();
    let one = Followed::called(&app, json!({ "capacity": 2 })).await;
    one.api.delete(&format!("{}/invitations/{}", one.path, one.people().await[0]["id"].as_str().unwrap())).await.expect(200);
    let mut people = Vec::new();
    for name in ["a", "b", "c", "d", "e"] {
        people.push(one.invite(json!({ "name": name, "email": format!("{name}@pont.example") })).await);
    }
    let states = async || one.people().await.iter().map(|one| one["state"].as_str().unwrap().chars().next().unwrap()).collect::<String>();
    for person in [2, 0, 1, 4, 3] {
        one.answer(&people[person], json!({ "answer": "present" })).await.expect(200);
    }
    assert_eq!(states().await, "awaww");
    one.answer(&people[2], json!({ "answer": "present" })).await.expect(200);
    assert_eq!(states().await, "awaww", "an answer given again changes nothing");
    one.answer(&people[0], json!({ "answer": "absent" })).await.expect(200);
    assert_eq!(states().await, "daaww", "b asked before e and d");
    one.api.delete(&format!("{}/invitations/{}", one.path, people[1])).await.expect(200);
    assert_eq!(states().await, "dawa", "e asked before d");
    one.answer(&people[0], json!({ "answer": "present" })).await.expect(200);
    one.answer(&people[2], json!({ "answer": "perhaps" })).await.expect(200);
    assert_eq!(states().await, "wtaa", "d asked before a came back");
    one.put(json!({ "capacity": 3 })).await.expect(200);
    assert_eq!(states().await, "ataa");
    one.put(json!({ "capacity": null })).await.expect(200);
    one.answer(&people[2], json!({ "answer": "present" })).await.expect(200);
    assert_eq!(states().await, "aaaa");
}

async fn a_smaller_capacity_names_those_whom_it_leaves_without_a_seat(app: TestApp) {
    app.leaves_work();
    let one = Followed::called(&app, json!({ "capacity": 3 })).await;
    let first = one.people().await[0]["id"].as_str().unwrap().to_owned();
    let mut people = vec![first];
    for name in ["Ariane", "Basile"] {
        people.push(one.invite(json!({ "name": name, "email": format!("{name}@pont.example") })).await);
    }
    for person in people.iter().rev() {
        one.answer(person, json!({ "answer": "present" })).await.expect(200);
    }
    let before = one.now().await;
    let refused = one.put(json!({ "capacity": 1 })).await.expect(422).json();
    let said = refused["fields"]["capacity"].as_str().unwrap();
    assert!(said.contains("Ariane, Dominique Roy") && !said.contains("Basile"), "{said}");
    assert_eq!(one.now().await, before);
    let changed = one.put(json!({ "capacity": 1, "overflow": "waiting" })).await.expect(200).json();
    assert_eq!(fields(&changed, &["capacity", "seats_left"]), json!([1, 0]));
    let states: Vec<Value> = one.people().await.iter().map(|one| one["state"].clone()).collect();
    assert_eq!(states, ["waiting", "waiting", "accepted"]);
    one.put(json!({ "capacity": 2 })).await.expect(200);
    let states: Vec<Value> = one.people().await.iter().map(|one| one["state"].clone()).collect();
    assert_eq!(states, ["waiting", "accepted", "accepted"], "Ariane asked before Dominique");
}

async fn registration_is_for_those_to_whom_it_is_open(app: TestApp) {
    app.leaves_work();
    let statuses = async |registration: &str, visibility: &str| {
        let one = Followed::called(&app, json!({ "registration": registration, "visibility": visibility })).await;
        let mut statuses = Vec::new();
        for who in [Who::Visitor, Who::Partner, Who::WorkerElsewhere] {
            statuses.push(app.api(who).post(&format!("{}/register", one.path), &json!({})).await.status);
        }
        statuses
    };
    assert_eq!(statuses("closed", "public").await, [401, 403, 403]);
    assert_eq!(statuses("members", "public").await, [401, 403, 201]);
    assert_eq!(statuses("partners", "partners").await, [401, 201, 201]);
    assert_eq!(statuses("partners", "internal").await, [401, 404, 201]);
    let one = Followed::called(&app, json!({ "registration": "members" })).await;
    let elsewhere = app.api(Who::WorkerElsewhere);
    let mine = elsewhere.post(&format!("{}/register", one.path), &json!({})).await.expect(201).json();
    assert_eq!(fields(&mine, &["name", "state", "quality"]), json!(["Camille agent.ailleurs", "accepted", "agent"]));
    let again = elsewhere.post(&format!("{}/register", one.path), &json!({})).await.expect(201).json();
    assert_eq!(again["id"], mine["id"]);
    one.verb("postpone", json!({ "reason": "Neige." })).await.expect(200);
    app.api(Who::Manager).post(&format!("{}/register", one.path), &json!({})).await.expect(403);
}
