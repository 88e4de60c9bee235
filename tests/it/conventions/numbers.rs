//! The numbers: one sequence a year, that simultaneous acts do not share.

use traitdunion::accounts::model::By;
use traitdunion::conventions::model::{Stage, Verb};
use traitdunion::conventions::service as conventions;
use traitdunion::error::Error;
use traitdunion::kernel::Visibility;

use crate::support::{TestApp, Who, both, world};

both!(two_hundred_at_once_have_consecutive_numbers);

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
