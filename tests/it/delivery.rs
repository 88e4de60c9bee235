//! Mail against a real server that errs: each mail ends where its server's answers lead, none is lost, none waits for another.

use std::time::{Duration, Instant};

use diesel::prelude::*;
use traitdunion::db::schema::mails;
use traitdunion::error::Error;
use traitdunion::kernel::Moment;
use traitdunion::kernel::ids::MailId;
use traitdunion::mail::log::{self, Entry};
use traitdunion::mail::model::{Stage, Step};
use traitdunion::mail::outgoing::{self, Outgoing};
use traitdunion::mail::{courier, queue_again};

use crate::smtp::{Fault, Options, Rule, Smtp};
use crate::support::{Engine, TestApp, both};

both!(
    an_answer_decides_what_follows,
    what_may_have_arrived_is_sent_again_by_the_same_bytes,
    a_server_at_fault_keeps_every_mail_and_says_why,
    later_is_tried_again_for_three_days,
    a_slow_or_refusing_domain_delays_no_other,
    what_somebody_waits_for_leaves_first,
    a_lost_lease_hands_nothing_over,
    a_dead_workers_mail_is_uncertain_then_sent,
    a_clock_set_back_delays_nothing,
    limits_are_kept,
    an_event_mails_a_person_once,
    an_ended_mail_is_sent_again_on_demand,
    hostile_addresses_stop_nobody,
    a_full_disk_is_waited_out,
);

fn mail(recipient: &str) -> Outgoing {
    let params = serde_json::json!({ "name": "Denis", "actor": "Claire", "title": "Atelier", "link": "/actions/x", "comment": "" });
    Outgoing { recipient: recipient.into(), template: "action_submitted", params, record: None, key: recipient.into() }
}

fn reset(recipient: &str) -> Outgoing {
    let params = serde_json::json!({ "name": "Denis", "link": "/lien/x", "hours": 24 });
    Outgoing { template: "reset", params, ..mail(recipient) }
}

fn queue(app: &TestApp, mails: impl IntoIterator<Item = Outgoing>) -> usize {
    let now = app.now();
    app.write(|conn| outgoing::enqueue(conn, now, &app.app.chance, mails))
}

async fn step(app: &TestApp) -> usize {
    courier::step(&app.app).await.unwrap()
}

fn entry(app: &TestApp, recipient: &str) -> Entry {
    app.read(|conn| {
        let id: MailId = mails::table.filter(mails::recipient.eq(recipient)).select(mails::id).first(conn)?;
        log::find(conn, &id)
    })
}

fn stage(app: &TestApp, recipient: &str) -> Stage {
    entry(app, recipient).line.stage
}

fn outcomes(app: &TestApp, recipient: &str) -> Vec<Stage> {
    entry(app, recipient).attempts.iter().map(|attempt| attempt.outcome).collect()
}

/// Changes a mail's row behind the back of whoever works it.
macro_rules! set {
    ($app:expr, $recipient:literal, $change:expr) => {
        $app.write(|conn| {
            diesel::update(mails::table.filter(mails::recipient.eq($recipient))).set($change).execute(conn).map(drop).map_err(Error::from)
        })
    };
}

async fn an_answer_decides_what_follows(engine: Engine) {
    let server = Smtp::start(Options {
        faults: vec![
            Rule::always(Fault::RecipientBusy).recipient("occupe@a.example").times(1),
            Rule::always(Fault::RecipientRefused).recipient("inconnu@b.example"),
            Rule::always(Fault::BodyRefused).recipient("refus@c.example"),
        ],
        ..Options::default()
    });
    let app = TestApp::on(engine).smtp(&server).start().await;
    queue(&app, ["bon@z.example", "occupe@a.example", "inconnu@b.example", "refus@c.example"].map(mail));
    assert_eq!(step(&app).await, 4);
    assert_eq!(stage(&app, "bon@z.example"), Stage::Sent);
    assert_eq!(stage(&app, "occupe@a.example"), Stage::Deferred);
    assert_eq!(stage(&app, "inconnu@b.example"), Stage::Failed);
    assert_eq!(stage(&app, "refus@c.example"), Stage::Failed);
    let refused = &entry(&app, "inconnu@b.example").attempts[0];
    let fault = refused.fault.clone().unwrap();
    assert_eq!((fault.step, fault.code), (Step::Recipient, Some(550)), "{fault:?}");
    assert_eq!(step(&app).await, 0, "nothing is due yet");
    app.pass(5);
    assert_eq!(step(&app).await, 1, "the first retry comes within five seconds");
    assert_eq!(outcomes(&app, "occupe@a.example"), [Stage::Deferred, Stage::Sent]);
    app.pass(72 * 3600);
    assert_eq!(step(&app).await, 0, "what is refused for good is not tried again");
    assert_eq!(server.count(), 2);
    app.leaves_work();
}

async fn what_may_have_arrived_is_sent_again_by_the_same_bytes(engine: Engine) {
    for fault in [Fault::BodyLost, Fault::TakenUnsaid, Fault::TakenHalfSaid] {
        let server = Smtp::start(Options { faults: vec![Rule::always(fault).times(1)], ..Options::default() });
        let app = TestApp::on(engine).smtp(&server).start().await;
        queue(&app, [mail("a@b.example")]);
        step(&app).await;
        assert_eq!(stage(&app, "a@b.example"), Stage::Uncertain, "{fault:?}");
        app.pass(5);
        step(&app).await;
        assert_eq!(outcomes(&app, "a@b.example"), [Stage::Uncertain, Stage::Sent], "{fault:?}");
        let kept = entry(&app, "a@b.example").bytes.unwrap();
        let received = server.received();
        assert_eq!(received.len(), if fault == Fault::BodyLost { 1 } else { 2 }, "{fault:?}");
        for message in received {
            // The conversation ends a message with an empty line of its own.
            assert_eq!(message.bytes.trim_ascii_end(), kept.trim_ascii_end(), "{fault:?}");
        }
    }
}

async fn a_server_at_fault_keeps_every_mail_and_says_why(engine: Engine) {
    for (fault, step_, words) in [
        (Fault::Mute, Step::Connect, "n’a pas répondu"),
        (Fault::Drip, Step::Connect, "n’a pas répondu"),
        (Fault::GreetingBusy, Step::Connect, "pour l’instant"),
        (Fault::SenderBusy, Step::Sender, "expéditeur"),
    ] {
        let server = Smtp::start(Options { faults: vec![Rule::always(fault)], ..Options::default() });
        let app = TestApp::on(engine).smtp(&server).start().await;
        queue(&app, ["a@b.example", "c@d.example"].map(mail));
        let from = Instant::now();
        step(&app).await;
        assert!(from.elapsed() < Duration::from_secs(5), "{fault:?}: our own timeout ends every stage, {:?}", from.elapsed());
        let now = app.now();
        let standing = app.read(|conn| log::standing(conn, now));
        let told = standing.fault.and_then(|attempt| attempt.fault).unwrap();
        assert_eq!((standing.waiting, told.step), (2, step_), "{fault:?}");
        assert!(log::diagnosis::in_words(&told).contains(words), "{told:?}");
        // For days: nothing was said of these mails, and none is given up.
        for _ in 0..5 {
            app.pass(24 * 3600);
            step(&app).await;
        }
        server.set_faults([]);
        step(&app).await;
        assert_eq!((server.count(), stage(&app, "a@b.example")), (2, Stage::Sent), "{fault:?}");
    }
}

async fn later_is_tried_again_for_three_days(engine: Engine) {
    let server = Smtp::start(Options { faults: vec![Rule::always(Fault::RecipientBusy)], ..Options::default() });
    let app = TestApp::on(engine).smtp(&server).start().await;
    queue(&app, [mail("a@b.example")]);
    let begun = app.now();
    while stage(&app, "a@b.example") != Stage::Failed {
        let due = entry(&app, "a@b.example").line.due_at;
        app.app.clock.set(due.max(app.now()));
        step(&app).await;
        assert!(app.now().seconds_since(begun) < 100 * 3600, "it ends");
    }
    let hours = app.now().seconds_since(begun) / 3600;
    let tries = outcomes(&app, "a@b.example").len();
    assert!((72..=80).contains(&hours) && (20..30).contains(&tries), "{tries} tries in {hours} hours");
    app.leaves_work();
}

async fn a_slow_or_refusing_domain_delays_no_other(engine: Engine) {
    let server = Smtp::start(Options {
        delays: vec![("lent.example".into(), Duration::from_millis(700))],
        faults: vec![Rule::always(Fault::RecipientBusy).recipient("@occupe.example")],
        ..Options::default()
    });
    let app = TestApp::on(engine).smtp(&server).set("SMTP_TIMEOUT", "5").start().await;
    let slow = (0..8).map(|n| mail(&format!("{n}@lent.example")));
    let busy = (0..8).map(|n| mail(&format!("{n}@occupe.example")));
    let quick = (0..20).map(|n| mail(&format!("{n}@vif.example")));
    queue(&app, slow.chain(busy).chain(quick));
    step(&app).await;
    let received = server.received();
    let is_slow: Vec<bool> = received.iter().map(|message| message.to[0].ends_with("@lent.example")).collect();
    assert_eq!(is_slow.iter().filter(|slow| **slow).count(), 8);
    let before = is_slow[..20].iter().filter(|slow| **slow).count();
    assert!(before == 0, "{before} slow ones came first: {is_slow:?}");
    app.leaves_work();
}

async fn what_somebody_waits_for_leaves_first(engine: Engine) {
    let server = Smtp::start(Options::default());
    let app = TestApp::on(engine).smtp(&server).set("SMTP_CONNECTIONS", "1").start().await;
    queue(&app, (0..100).map(|n| mail(&format!("{n}@a.example"))).chain([reset("presse@a.example")]));
    step(&app).await;
    assert_eq!(server.received()[0].to, ["presse@a.example"]);
}

async fn a_lost_lease_hands_nothing_over(engine: Engine) {
    let delays = vec![("lent.example".into(), Duration::from_millis(600))];
    let server = Smtp::start(Options { delays, ..Options::default() });
    let app = TestApp::on(engine).smtp(&server).set("SMTP_TIMEOUT", "5").start().await;
    queue(&app, [mail("a@lent.example")]);
    let working = app.app.clone();
    let worker = actix_web::rt::spawn(async move { courier::step(&working).await });
    while stage(&app, "a@lent.example") != Stage::Leased {
        actix_web::rt::time::sleep(Duration::from_millis(5)).await;
    }
    // Another worker has it now, after this one was thought dead.
    set!(app, "a@lent.example", mails::lease_token.eq("another"));
    worker.await.unwrap().unwrap();
    assert_eq!((server.count(), stage(&app, "a@lent.example")), (0, Stage::Leased));
    app.pass(31);
    step(&app).await;
    assert_eq!(server.count(), 1);
}

async fn a_dead_workers_mail_is_uncertain_then_sent(engine: Engine) {
    let server = Smtp::start(Options::default());
    let app = TestApp::on(engine).smtp(&server).start().await;
    queue(&app, [mail("a@b.example")]);
    step(&app).await;
    let first = server.received().remove(0);
    // As a worker leaves it that dies between the server's answer and its own note.
    let until = app.now().plus_seconds(30);
    set!(app, "a@b.example", (mails::stage.eq(Stage::BodyStarted), mails::lease_token.eq("dead"), mails::leased_until.eq(until)));
    assert_eq!(step(&app).await, 0, "as long as its lease runs, it is the other's");
    app.pass(31);
    step(&app).await;
    assert_eq!(outcomes(&app, "a@b.example"), [Stage::Sent, Stage::Uncertain, Stage::Sent]);
    assert_eq!(server.received()[1].bytes, first.bytes);
}

async fn a_clock_set_back_delays_nothing(engine: Engine) {
    let server = Smtp::start(Options { faults: vec![Rule::always(Fault::RecipientBusy).times(1)], ..Options::default() });
    let app = TestApp::on(engine).smtp(&server).start().await;
    queue(&app, [mail("a@b.example")]);
    step(&app).await;
    queue(&app, [mail("c@d.example")]);
    set!(app, "c@d.example", (mails::stage.eq(Stage::Leased), mails::lease_token.eq("dead"), mails::leased_until.eq(app.now().plus_seconds(30))));
    app.pass(-3600);
    assert_eq!(step(&app).await, 2, "neither what was put off nor what a dead worker held waits for the hour to come back");
    assert_eq!(server.count(), 2);
}

async fn limits_are_kept(engine: Engine) {
    let server = Smtp::start(Options { delays: vec![("a.example".into(), Duration::from_millis(20))], ..Options::default() });
    let app = TestApp::on(engine).smtp(&server).set("SMTP_CONNECTIONS", "3").start().await;
    queue(&app, (0..20).map(|n| mail(&format!("{n}@{}.example", ["a", "b", "c"][n % 3]))));
    step(&app).await;
    assert!(server.count() == 20 && server.most_open() <= 3, "{} open at once", server.most_open());

    let app = TestApp::on(engine).smtp(&server).set("SMTP_PER_MINUTE", "120").start().await;
    server.forget();
    queue(&app, (0..5).map(|n| mail(&format!("{n}@a.example"))));
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let worker = actix_web::rt::spawn(courier::run(app.app.clone(), stopped));
    let from = Instant::now();
    while server.count() < 5 {
        assert!(from.elapsed() < Duration::from_secs(10), "{} arrived", server.count());
        actix_web::rt::time::sleep(Duration::from_millis(10)).await;
    }
    // The fifth follows four waits of half a second.
    assert!(from.elapsed() > Duration::from_millis(1800), "five mails in {:?}", from.elapsed());
    stop.send_replace(true);
    worker.await.unwrap();
}

async fn an_event_mails_a_person_once(app: TestApp) {
    assert_eq!(queue(&app, ["a@b.example", "c@d.example", "a@b.example"].map(mail)), 2);
    assert_eq!(queue(&app, ["c@d.example", "e@f.example"].map(mail)), 1);
    app.work().await;
    assert_eq!(app.mails().len(), 3);
}

async fn an_ended_mail_is_sent_again_on_demand(app: TestApp) {
    queue(&app, [mail("a@b.example")]);
    let id = entry(&app, "a@b.example").line.id;
    let again = |now: Moment| app.write(|conn| queue_again(conn, std::slice::from_ref(&id), now));
    assert_eq!(again(app.now()), 0, "it waits already");
    app.work().await;
    assert_eq!(again(app.now()), 1);
    app.work().await;
    let sent = app.mails();
    assert_eq!((sent.len(), &sent[0].bytes), (2, &sent[1].bytes));
}

async fn hostile_addresses_stop_nobody(engine: Engine) {
    let server = Smtp::start(Options { smtputf8: false, ..Options::default() });
    let app = TestApp::on(engine).smtp(&server).start().await;
    let long = format!("{}@b.example", "a".repeat(320));
    let hostile = ["a b@c.example", "a@b@c.example", "a@b.example>\r\nRCPT TO:<x@y.example", "élise@b.example", "", "@", long.as_str()];
    queue(&app, hostile.iter().copied().chain(["bon@b.example"]).map(mail));
    step(&app).await;
    assert_eq!(stage(&app, "bon@b.example"), Stage::Sent);
    for recipient in hostile {
        let entry = entry(&app, recipient);
        assert_eq!(entry.line.stage, Stage::Failed, "{recipient:?}: {entry:?}");
        assert!(entry.attempts[0].fault.is_some(), "{recipient:?}");
    }
    assert!(server.received().iter().all(|message| message.to == ["bon@b.example"]));
    app.leaves_work();
}

async fn a_full_disk_is_waited_out(engine: Engine) {
    let app = TestApp::on(engine).files().start().await;
    queue(&app, [mail("a@b.example")]);
    let id = entry(&app, "a@b.example").line.id;
    let folder = app.app.config.mail_dir();
    std::fs::create_dir_all(&folder).unwrap();
    // Whatever is written here finds the disk full.
    let name = format!("{id}_{}", app.app.config.mail_from.as_str().rsplit('@').next().unwrap());
    let part = folder.join(format!(".{name}.part"));
    std::os::unix::fs::symlink("/dev/full", &part).unwrap();
    step(&app).await;
    let fault = entry(&app, "a@b.example").attempts[0].fault.clone().unwrap();
    assert!(log::diagnosis::in_words(&fault).contains("disque est plein"), "{fault:?}");
    std::fs::remove_file(part).unwrap();
    step(&app).await;
    assert!(folder.join(format!("{name}.eml")).exists());
    assert_eq!(outcomes(&app, "a@b.example"), [Stage::Deferred, Stage::Sent]);
}
