//! The numbers: one sequence a year, that simultaneous acts do not share.

use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::{Value, json};
use traitdunion::accounts::model::By;
use traitdunion::conventions::model::{Stage, Verb};
use traitdunion::conventions::service as conventions;
use traitdunion::error::Error;
use traitdunion::kernel::Visibility;

use crate::support::{TestApp, Who, both, world};

both!(two_hundred_at_once_have_consecutive_numbers, a_number_typed_twice_at_once_is_given_once);

async fn two_hundred_at_once_have_consecutive_numbers(app: TestApp) {
    app.leaves_work();
    let chance = &app.app.chance;
    let waiting = app.write(|conn| {
        // One that is typed is stepped over.
        let given = world::whole_convention(&app.world).into_iter().chain([("stage".into(), "signed".into()), ("number".into(), "2026-007".into())]);
        let manager = app.world.actor(conn, Who::Manager)?;
        conventions::create(conn, By { actor: &manager, now: world::now(), chance }, world::today(), &given.collect())?;
        (0..200).map(|_| world::convention(conn, &app.world, chance, Stage::InReview, Visibility::Internal)).collect::<Result<Vec<_>, _>>()
    });
    let manager = app.read(|conn| app.world.actor(conn, Who::Manager));
    let validate = |id, version, verb| {
        let (db, manager, chance) = (app.db().clone(), manager.clone(), chance.clone());
        actix_web::rt::spawn(async move {
            let work = move |conn: &mut _| {
                let by = By { actor: &manager, now: world::now(), chance: &chance };
                Ok::<_, Error>(conventions::carry_out(conn, by, world::today(), &id, version, verb, "")?.number)
            };
            db.write(work).await
        })
    };
    let mut tasks: Vec<_> = waiting.iter().map(|one| validate(one.id.clone(), one.version, Verb::Validate)).collect();
    // What is refused takes none.
    tasks.extend(waiting.iter().take(20).map(|one| validate(one.id.clone(), one.version + 7, Verb::Validate)));
    let mut numbers = Vec::new();
    for task in tasks {
        if let Ok(number) = task.await.expect("a task") {
            numbers.push(number.expect("a number"));
        }
    }
    numbers.sort();
    let expected: Vec<String> = (1..=201).filter(|number| *number != 7).map(|number| format!("2026-{number:03}")).collect();
    assert_eq!(numbers, expected);
}

async fn a_number_typed_twice_at_once_is_given_once(app: TestApp) {
    app.leaves_work();
    let api = app.api(Who::Manager);
    let entered = |number: Value, external_id: Value| {
        let mut given = world::whole_convention(&app.world);
        for (name, value) in [("stage", json!("signed")), ("signed_on", json!("2026-01-05")), ("number", number), ("external_id", external_id)] {
            given.insert(name.into(), value);
        }
        Value::Object(given)
    };
    let other = api.post("/api/v1/conventions", &entered(json!("96-1"), json!("A"))).await.expect(201).json();
    let manager = app.read(|conn| app.world.actor(conn, Who::Manager));
    for (place, field) in ["number", "external_id"].into_iter().enumerate() {
        for is_new in [true, false] {
            let said = format!("97-{place}-{is_new}");
            let given = if field == "number" { entered(json!(said), Value::Null) } else { entered(Value::Null, json!(said)) };
            let (written, is_written) = channel();
            // Another writer has just given it, and is not done.
            let first = {
                let (db, manager, chance) = (app.db().clone(), manager.clone(), app.app.chance.clone());
                let given = given.as_object().unwrap().clone();
                std::thread::spawn(move || {
                    db.write_now(|conn| {
                        let by = By { actor: &manager, now: world::now(), chance: &chance };
                        let made = conventions::create(conn, by, world::today(), &given)?;
                        written.send(()).unwrap();
                        std::thread::sleep(Duration::from_millis(300));
                        Ok::<_, Error>(made)
                    })
                })
            };
            is_written.recv().unwrap();
            let path = format!("/api/v1/conventions/{}", other["id"].as_str().unwrap());
            let answer = match is_new {
                true => api.post("/api/v1/conventions", &given).await,
                false => api.put(&path, &json!({ "version": other["version"], field: said })).await,
            };
            let errors = answer.expect(422).json();
            assert!(errors["fields"][field].as_str().unwrap().contains("déjà"), "{errors}");
            first.join().unwrap().expect("the first has it");
            let found = api.get(&format!("/api/v1/conventions?{field}={said}")).await.expect(200).json();
            assert_eq!(found["total"], 1);
            assert_eq!(api.get(&path).await.expect(200).json(), other);
        }
    }
}
