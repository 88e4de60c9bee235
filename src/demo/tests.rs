//! The demonstration loads on any day, and what it tells is in order.

use super::*;
use crate::accounts::model::Viewer;
use crate::actions::model::{Situation, Stage};
use crate::actions::service::{self, Filter};
use crate::actions::sessions;
use crate::conventions::{model as convention, service as conventions};
use crate::db::{DatabaseUrl, migrate};
use crate::documents::service as documents;
use crate::journal;
use crate::kernel::Page;

fn filled(today: &str) -> (tempfile::TempDir, Db, Day, Moment) {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&DatabaseUrl::Sqlite(folder.path().join("demo.db"))).unwrap();
    migrate::run(&db).unwrap();
    let (zone, today) = (Zone::named("Europe/Paris").unwrap(), Day::parse(today).unwrap());
    let now = zone.at(today, chrono::NaiveTime::from_hms_opt(12, 0, 0).unwrap());
    let documents = folder.path().join("documents");
    let loaded = fill(&db, &Present { now, today, zone: &zone, chance: &Chance::seeded(86), documents: &documents }).unwrap();
    assert_eq!((loaded.accounts, loaded.actions, loaded.conventions, loaded.meetings, loaded.announcements), (33, 100, 45, 71, 3));
    (folder, db, today, now)
}

fn all(db: &Db, today: Day, filter: &Filter) -> Vec<service::Action> {
    let viewer = Viewer(Some(Actor::command_line()));
    let page = Page { number: 1, size: 100 };
    db.read_now(|conn| service::list(conn, &viewer, filter, page, today)).unwrap().items
}

/// Whatever the day: a working day, a Sunday, New Year's Day, the middle of summer, a leap day.
#[test]
fn it_loads_on_any_day() {
    for today in ["2026-11-21", "2026-03-03", "2027-01-01", "2026-08-15", "2028-02-29", "2027-05-09"] {
        let (_folder, db, today, now) = filled(today);
        let actions = all(&db, today, &Filter::default());
        assert_eq!(actions.len(), 100, "{today}");
        for action in &actions {
            assert!(action.created_at < action.updated_at || action.version == 1, "{today}: {}", action.fields.title);
            assert!(action.updated_at < now, "{today}: {}", action.fields.title);
        }
        let open = all(&db, today, &Filter { stages: vec![Stage::Published], ..Filter::default() });
        assert!(open.iter().filter(|action| action.fields.visibility == crate::kernel::Visibility::Public).count() >= 60);
        for situation in Situation::ALL {
            let some = all(&db, today, &Filter { stages: vec![Stage::Published], situations: vec![*situation], ..Filter::default() });
            assert!(!some.is_empty(), "{today}: no action is {situation}");
        }
    }
}

#[test]
fn conventions_are_in_every_stage_and_state_on_any_day() {
    for today in ["2026-11-21", "2026-03-03", "2027-01-01", "2026-08-15", "2028-02-29", "2027-05-31"] {
        let (_folder, db, today, now) = filled(today);
        let viewer = Viewer(Some(Actor::command_line()));
        let page = Page { number: 1, size: 100 };
        let all = db.read_now(|conn| conventions::list(conn, &viewer, &conventions::Filter::default(), page)).unwrap().items;
        assert!(all.iter().all(|one| one.created_at < now && one.updated_at < now));
        let count = |is: &dyn Fn(&conventions::Convention) -> bool| all.iter().filter(|one| is(one)).count();
        for stage in convention::Stage::ALL {
            assert!(count(&|one| one.life.stage == *stage) > 0, "{today}: no convention is {stage}");
        }
        for situation in convention::Situation::ALL {
            assert!(count(&|one| one.standing(today).situation == Some(*situation)) > 0, "{today}: no convention is {situation}");
        }
        let amended = count(&|one| one.acts.iter().filter(|act| act.content.kind() == convention::ActKind::Avenant).count() > 0);
        assert!(amended >= 5, "{amended}");
        let renewed = |one: &conventions::Convention| {
            let terms = convention::terms::Terms::of(&one.fields);
            terms.is_some_and(|terms| terms.current(today).number == 5) && one.standing(today).in_force
        };
        assert!(count(&renewed) > 0, "{today}: none was renewed five times");
        assert!(count(&|one| one.fields.starts_on == Day::parse("1995-07-01") && one.standing(today).term.is_none()) == 1);
    }
}

/// Each file says, read as any other, what search was given of it.
#[test]
fn what_was_signed_has_its_file_but_a_few() {
    let (folder, db, _, _) = filled("2026-11-21");
    let (viewer, page) = (Viewer(Some(Actor::command_line())), Page { number: 1, size: 100 });
    let filter = conventions::Filter { stages: vec![convention::Stage::Signed], ..Default::default() };
    let (mut without, mut read) = (0, 0);
    for one in db.read_now(|conn| conventions::list(conn, &viewer, &filter, page)).unwrap().items {
        let record = crate::events::Record::convention(&one.id);
        let (documents, texts) = db.read_now(|conn| Ok::<_, Error>((documents::list(conn, &record)?, documents::texts(conn, &record)?))).unwrap();
        without += usize::from(one.signed_file.is_none());
        assert!(one.signed_file.iter().all(|file| documents[0].sha256 == *file), "{}", one.fields.object);
        for (document, text) in documents.iter().zip(&texts) {
            let bytes = std::fs::read(folder.path().join("documents").join(&document.sha256[..2]).join(&document.sha256)).unwrap();
            let crate::documents::pdf::Outcome::Text { text: found, .. } = crate::documents::pdf::read(&bytes) else {
                panic!("« {} » is not read", document.name)
            };
            assert!(found.split_whitespace().eq(text.split_whitespace()), "{found}");
            assert_eq!(usize::try_from(document.size), Ok(bytes.len()));
            read += 1;
        }
    }
    assert_eq!((without, read), (4, 35));
}

#[test]
fn meetings_are_past_and_to_come_in_order_on_any_day() {
    use crate::meetings::model::{InvitationState, Stage};
    use crate::meetings::{inviting, service as meetings};
    for today in ["2026-11-21", "2026-03-03", "2027-01-01", "2026-08-15", "2028-02-29", "2027-05-31"] {
        let (_folder, db, _, now) = filled(today);
        let viewer = Viewer(Some(Actor::command_line()));
        let all = db.read_now(|conn| meetings::list(conn, &viewer, &meetings::Filter::default(), Page { number: 1, size: 100 })).unwrap().items;
        for stage in [Stage::Draft, Stage::Called, Stage::Postponed, Stage::Cancelled, Stage::Held] {
            assert!(all.iter().any(|one| one.life.stage == stage), "{today}: no meeting is {stage}");
        }
        let mut trainings_with_a_list = 0;
        for one in &all {
            assert!(one.created_at <= one.updated_at && one.updated_at < now, "{today}: {}", one.fields.title);
            assert_eq!(one.has_ended(now), one.life.stage.is_over() || one.life.stage == Stage::Cancelled, "{today}: {}", one.fields.title);
            let people = db.read_now(|conn| inviting::of(conn, &one.id)).unwrap();
            assert!(people.iter().all(|person| person.presence.is_some() == one.life.stage.is_over()), "{today}: {}", one.fields.title);
            let seated = people.iter().filter(|person| person.is_seated()).count();
            assert!(one.fields.capacity.is_none_or(|capacity| seated <= usize::try_from(capacity).unwrap()));
            trainings_with_a_list += usize::from(people.iter().any(|person| person.state == InvitationState::Waiting));
        }
        assert_eq!(trainings_with_a_list, 2, "{today}");
    }
}

#[test]
fn what_happened_is_told_in_order_and_mails_nobody() {
    let (_folder, db, today, now) = filled("2026-11-21");
    let mut seen = std::collections::BTreeSet::new();
    for action in all(&db, today, &Filter::default()) {
        let lines = db.read_now(|conn| journal::of(conn, "action", action.id.as_str(), 500)).unwrap();
        assert!(lines.windows(2).all(|pair| pair[0].at >= pair[1].at));
        assert!(lines.iter().all(|line| line.at < now && line.actor != "ligne de commande"), "{}", action.fields.title);
        assert_eq!(lines.last().unwrap().event, "created");
        seen.extend(lines.into_iter().map(|line| line.event));
    }
    let expected = [
        "archived",
        "attendance_recorded",
        "changed",
        "confirmed",
        "created",
        "published",
        "returned",
        "sessions_changed",
        "submitted",
        "support_answered",
        "support_asked",
    ];
    assert_eq!(seen.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    for lane in crate::outbox::Lane::ALL {
        assert_eq!(db.read_now(|conn| crate::outbox::counts(conn, *lane)).unwrap().waiting, 0);
    }
}

#[test]
fn the_mails_of_the_last_days_left_within_seconds_of_what_they_tell() {
    let (folder, db, _, now) = filled("2026-11-21");
    let sources = crate::config::Sources::of(&[("TRAITDUNION_DATA_DIR", folder.path().to_str().unwrap())]);
    let config = crate::config::Config::read(&sources).unwrap();
    let transport = crate::mail::transport::Transport::of(&config).unwrap();
    let search = Arc::new(crate::search::engines::embedded::Embedded::in_memory().unwrap());
    let app = App::build(config, db, search, transport, crate::kernel::Clock::still(now), Chance::seeded(1)).unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(deliver(&app)).unwrap();
    app.db
        .read_now(|conn| {
            use crate::mail::log;
            let (mails, total) = log::list(conn, &log::Filter::default(), Page { number: 1, size: 100 })?;
            assert!(
                total > 20 && mails.iter().all(|mail| mail.subject.is_some() && mail.created_at > now.plus_days(-MAIL_DAYS)),
                "{total}: {mails:?}"
            );
            let share = log::within_five_seconds(conn, now.plus_days(-30))?;
            assert_eq!((share.sent, share.within), (total, total));
            let entry = log::find(conn, &mails[0].id)?;
            assert_eq!(entry.attempts.iter().map(|attempt| Some(attempt.at)).collect::<Vec<_>>(), [mails[0].sent_at]);
            Ok::<_, Error>(())
        })
        .unwrap();
}

#[test]
fn sessions_that_were_held_have_their_attendance_and_others_have_none() {
    let (_folder, db, today, now) = filled("2026-11-21");
    let (mut held, mut to_come) = (0, 0);
    for action in all(&db, today, &Filter::default()) {
        for session in db.read_now(|conn| sessions::of(conn, &Viewer(Some(Actor::command_line())), &action.id)).unwrap() {
            match session.attended {
                Some(_) => held += 1,
                None => to_come += 1,
            }
            assert!(session.attended.is_none() || session.ends_at < now);
        }
    }
    assert!(held > 100 && to_come > 50, "{held} held, {to_come} to come");
}

#[test]
fn the_plan_is_dated_from_its_first_year() {
    let (draft, stages) = plan::draft(Day::new(2026, 11, 21).unwrap()).unwrap();
    assert_eq!((draft.starts_on.iso().as_str(), draft.ends_on.iso().as_str()), ("2025-01-01", "2027-12-31"));
    assert_eq!((draft.orientations.len(), draft.sheets().count(), stages.len()), (6, 23, 23));
    let first = &draft.sheets().next().unwrap().content.calendar;
    assert_eq!(first[0].to, Day::new(2025, 6, 30));
    assert_eq!((first[2].from, first[2].to), (Day::new(2026, 1, 1), Day::new(2026, 12, 31)));
}
