//! The outbox: what a transaction wrote is carried out, once it is known to be, however often workers fail or come late.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use traitdunion::error::Error;
use traitdunion::kernel::{Moment, Visibility};
use traitdunion::outbox::worker::step;
use traitdunion::outbox::{self, Job, Lane};
use traitdunion::search::model::{Answer, Change, Documents, Error as SearchError, Query, RecordType, SearchEngine, Suggestion};

use crate::support::{Engine, TestApp, both};

both!(
    work_that_fails_is_tried_again_later_and_later_then_given_up,
    a_late_worker_completes_nothing,
    what_a_dead_worker_held_is_taken_again,
    what_did_not_commit_is_never_worked,
);

/// An engine that fails, or waits, when told to.
#[derive(Default)]
struct Moody {
    fails: AtomicBool,
    calls: AtomicU32,
    /// Closed: `apply` waits behind it.
    gate: Mutex<bool>,
    opened: Condvar,
}

impl Moody {
    fn close(&self) {
        *self.gate.lock().unwrap() = true;
    }

    fn open(&self) {
        *self.gate.lock().unwrap() = false;
        self.opened.notify_all();
    }

    fn calls(&self) -> u32 {
        self.calls.load(Ordering::SeqCst)
    }
}

impl SearchEngine for Moody {
    fn name(&self) -> &'static str {
        "moody"
    }

    fn search(&self, _: &Query) -> Result<Answer, SearchError> {
        Err(SearchError::Unavailable("moody".into()))
    }

    fn among(&self, _: &Query, _: &[(RecordType, String)]) -> Result<Vec<(RecordType, String)>, SearchError> {
        Err(SearchError::Unavailable("moody".into()))
    }

    fn suggest(&self, _: &str, _: &[Visibility], _: usize) -> Result<Vec<Suggestion>, SearchError> {
        Ok(Vec::new())
    }

    fn apply(&self, _: Vec<Change>) -> Result<(), SearchError> {
        let first = self.calls.fetch_add(1, Ordering::SeqCst) == 0;
        if first {
            let closed = self.gate.lock().unwrap();
            drop(self.opened.wait_while(closed, |closed| *closed).unwrap());
        }
        if self.fails.load(Ordering::SeqCst) { Err(SearchError::Unavailable("the disk is on strike".into())) } else { Ok(()) }
    }

    fn rebuild(&self, documents: Documents<'_>) -> Result<u64, SearchError> {
        Ok(documents.count() as u64)
    }

    fn count(&self) -> Result<u64, SearchError> {
        Ok(0)
    }
}

async fn moody(engine: Engine) -> (TestApp, Arc<Moody>) {
    let search = Arc::new(Moody::default());
    (TestApp::on(engine).search(search.clone()).start().await, search)
}

fn job() -> Job {
    Job::Index { kind: RecordType::Action, id: "01JZZZZZZZZZZZZZZZZZZZZZZZ".into() }
}

fn enqueue(app: &TestApp) -> String {
    let now = app.now();
    app.write(|conn| outbox::enqueue(conn, now, &app.app.chance, &job()))
}

async fn work_that_fails_is_tried_again_later_and_later_then_given_up(engine: Engine) {
    let (app, search) = moody(engine).await;
    search.fails.store(true, Ordering::SeqCst);
    let id = enqueue(&app);
    let mut waits = Vec::new();
    loop {
        assert_eq!(step(&app.app, Lane::Index, 10).await.unwrap(), 1, "due after {waits:?}");
        let Some(due_at) = due_at(&app, &id) else { break };
        assert_eq!(step(&app.app, Lane::Index, 10).await.unwrap(), 0, "not before it is due");
        waits.push(due_at.seconds_since(app.now()));
        app.app.clock.set(due_at);
    }
    assert_eq!(search.calls(), 10, "{waits:?}");
    assert!(waits[0] < 5 && waits.windows(2).all(|pair| pair[0] < pair[1]) && waits[8] <= 3601, "{waits:?}");
    assert_eq!(app.waiting(Lane::Index).dead, 1);
    let dead = app.read(|conn| outbox::dead(conn, 10)).remove(0);
    assert!(dead.id == id && dead.attempts == 10 && dead.reason.as_deref().is_some_and(|reason| reason.contains("on strike")), "{dead:?}");
    // An administrator gives it another life.
    search.fails.store(false, Ordering::SeqCst);
    let now = app.now();
    app.write(|conn| outbox::queue_again(conn, &id, now));
    app.work().await;
    assert_eq!(app.waiting(Lane::Index).dead, 0);
    let gone = app.db().write_now(|conn| outbox::queue_again(conn, &id, now));
    assert!(matches!(gone, Err(Error::NotFound)));
}

/// When a row is to be tried again, if it is.
fn due_at(app: &TestApp, id: &str) -> Option<Moment> {
    use diesel::prelude::*;
    use traitdunion::db::schema::outbox;
    let row = outbox::table.find(id).filter(outbox::stage.eq("queued")).select(outbox::due_at);
    app.read(|conn| Ok(row.first(conn).optional()?))
}

async fn a_late_worker_completes_nothing(engine: Engine) {
    let (app, search) = moody(engine).await;
    let id = enqueue(&app);
    search.close();
    let late = actix_web::rt::spawn({
        let app = app.app.clone();
        async move { step(&app, Lane::Index, 10).await }
    });
    while search.calls() == 0 {
        actix_web::rt::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!(step(&app.app, Lane::Index, 10).await.unwrap(), 0, "what is leased is nobody else's");
    // Its lease ends; another worker takes the row, and fails.
    app.pass(31);
    search.fails.store(true, Ordering::SeqCst);
    assert_eq!(step(&app.app, Lane::Index, 10).await.unwrap(), 1);
    search.fails.store(false, Ordering::SeqCst);
    // The first one finishes at last: it no longer holds the row, which stays to be tried again.
    search.open();
    assert_eq!(late.await.unwrap().unwrap(), 1);
    assert!(!app.read(|conn| outbox::is_finished(conn, &id)));
    assert_eq!(app.waiting(Lane::Index).waiting, 1);
    app.pass(60);
    app.work().await;
    assert_eq!(search.calls(), 3);
}

async fn what_a_dead_worker_held_is_taken_again(engine: Engine) {
    let (app, search) = moody(engine).await;
    enqueue(&app);
    search.close();
    let killed = actix_web::rt::spawn({
        let app = app.app.clone();
        async move { step(&app, Lane::Index, 10).await }
    });
    while search.calls() == 0 {
        actix_web::rt::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    killed.abort();
    search.open();
    assert!(killed.await.is_err());
    assert_eq!(step(&app.app, Lane::Index, 10).await.unwrap(), 0);
    app.pass(31);
    app.work().await;
    assert_eq!(app.waiting(Lane::Index).waiting, 0);
}

async fn what_did_not_commit_is_never_worked(app: TestApp) {
    let now = app.now();
    let refused = app.db().write_now(|conn| {
        outbox::enqueue(conn, now, &app.app.chance, &job())?;
        Err::<(), _>(Error::Refused("after all".into()))
    });
    assert!(refused.is_err());
    assert_eq!(step(&app.app, Lane::Index, 10).await.unwrap(), 0);
}
