//! A search with three filters, whatever happens to the worker: each version that matches is told once, and none that does not.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::json;
use traitdunion::accounts::model::{By, Viewer};
use traitdunion::actions::model::Verb;
use traitdunion::actions::service::{self as actions, Action};
use traitdunion::error::Error;
use traitdunion::notifications::subscriptions::service::{self, Asked};
use traitdunion::notifications::subscriptions::{Rhythm, Target, matching};
use traitdunion::notifications::{digest, news};
use traitdunion::outbox::{Lane, worker};

use crate::support::letters::Letter;
use crate::support::{Engine, TestApp, Who, both, world};

both!(each_matching_version_is_told_once_whatever_happens);

const FOLLOWED: &str = "equipement-et-alimentation--alimentation";
const OTHER: &str = "numerique--acceder-a-une-connexion-internet";

/// What may happen, in any order.
#[derive(Clone, Copy, Debug)]
enum Happening {
    /// One of the actions is written again: with the followed theme or not, here or elsewhere, for this audience or another.
    Written {
        action: usize,
        theme: bool,
        here: bool,
        audience: bool,
    },
    Archived {
        action: usize,
    },
    /// The worker does its part, or only the beginning of it.
    Indexed,
    Numbered,
    Matched,
    Mailed,
    /// The worker dies before it can commit.
    CutWhileNumbering,
    /// Two workers at once.
    MatchedTwice,
    MailedTwice,
    Later {
        hours: i64,
    },
    ClockSetBack,
    /// Everything is done, and a week passes: what is current then has been told.
    Settled,
}

fn happening() -> impl Strategy<Value = Happening> {
    use Happening::*;
    prop_oneof![
        6 => (0usize..3, any::<bool>(), any::<bool>(), any::<bool>())
            .prop_map(|(action, theme, here, audience)| Written { action, theme: theme || here, here: here || audience, audience: audience || theme }),
        1 => (0usize..3).prop_map(|action| Archived { action }),
        3 => Just(Indexed),
        2 => Just(Numbered),
        2 => Just(Matched),
        2 => Just(Mailed),
        1 => Just(CutWhileNumbering),
        1 => Just(MatchedTwice),
        1 => Just(MailedTwice),
        2 => (1i64..200).prop_map(|hours| Later { hours }),
        1 => Just(ClockSetBack),
        2 => Just(Settled),
    ]
}

/// What was written, and what the search should find of it.
struct Story {
    actions: BTreeMap<usize, Action>,
    /// By title, which names the action and its version: does it match?
    versions: BTreeMap<String, bool>,
    /// The titles of versions that were current when all was settled, and match.
    owed: Vec<String>,
    told: Vec<String>,
    written: usize,
}

impl Story {
    fn current(&self) -> Vec<String> {
        self.actions.values().map(|action| action.fields.title.clone()).filter(|title| self.versions[title]).collect()
    }
}

async fn each_matching_version_is_told_once_whatever_happens(engine: Engine) {
    let cases = 16;
    for (seed, rhythm) in (0u8..cases).zip([Rhythm::Immediate, Rhythm::Daily, Rhythm::Weekly].into_iter().cycle()) {
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        let happenings = vec(happening(), 20..50).new_tree(&mut runner).expect("a story").current();
        one(engine, rhythm, &happenings, &format!("story {seed}, {rhythm}: {happenings:?}")).await;
    }
}

async fn one(engine: Engine, rhythm: Rhythm, happenings: &[Happening], name: &str) {
    let app = TestApp::on(engine).start().await;
    let search = format!("type=action&theme={FOLLOWED}&audience=familles&territory={}", world::HERE);
    let (now, today, zone) = (app.now(), app.app.today(), app.app.config.zone.clone());
    app.write(|conn| {
        let reader = app.world.actor(conn, Who::WorkerElsewhere)?;
        let asked = Asked { now, today, chance: &app.app.chance };
        service::follow(conn, &Viewer(Some(reader)), Target::Search(search.clone()), rhythm, &zone, asked)
    });
    let mut story = Story { actions: BTreeMap::new(), versions: BTreeMap::new(), owed: Vec::new(), told: Vec::new(), written: 0 };
    for happening in happenings {
        happen(&app, &mut story, *happening).await;
    }
    happen(&app, &mut story, Happening::Settled).await;
    for title in &story.told {
        assert!(story.versions.get(title) == Some(&true), "« {title} » was told and does not match\n{name}");
        assert_eq!(story.told.iter().filter(|other| *other == title).count(), 1, "« {title} » was told twice\n{name}");
    }
    for title in &story.owed {
        assert!(story.told.contains(title), "« {title} » was never told\ntold: {:?}\n{name}", story.told);
    }
    assert!(app.read(|conn| news::after(conn, 0, 1000)).len() == story.versions.len(), "every version is news\n{name}");
}

async fn happen(app: &TestApp, story: &mut Story, happening: Happening) {
    match happening {
        Happening::Written { action, theme, here, audience } => write(app, story, action, theme, here, audience),
        Happening::Archived { action } => archive(app, story, action),
        Happening::Indexed => index(app).await,
        Happening::Numbered => drop(app.write(news::number)),
        Happening::Matched => drop(matching::step(&app.app).await.expect("a step")),
        Happening::Mailed => drop(digest::step(&app.app).await.expect("a step")),
        Happening::CutWhileNumbering => {
            let cut = app.db().write_now(|conn| {
                news::number(conn)?;
                Err::<(), Error>(Error::Internal("the machine stops".into()))
            });
            assert!(cut.is_err());
        }
        // One of the two may be refused what the other did: it comes again.
        Happening::MatchedTwice => {
            let (one, other) = tokio::join!(matching::step(&app.app), matching::step(&app.app));
            assert!(one.is_ok() || other.is_ok());
        }
        Happening::MailedTwice => {
            let (one, other) = tokio::join!(digest::step(&app.app), digest::step(&app.app));
            assert!(one.is_ok() || other.is_ok());
        }
        Happening::Later { hours } => app.pass(hours * 3600),
        Happening::ClockSetBack => app.pass(-3600),
        Happening::Settled => {
            app.work().await;
            app.pass(8 * 24 * 3600);
            app.work().await;
            let current = story.current();
            story.owed.extend(current);
        }
    }
    collect(app, story);
}

async fn index(app: &TestApp) {
    while worker::step(&app.app, Lane::Index, 500).await.expect("a step of the worker") > 0 {}
}

/// The versions that mails to the reader name.
fn collect(app: &TestApp, story: &mut Story) {
    for letter in Letter::all(app.mails()).into_iter().filter(|letter| letter.to == Who::WorkerElsewhere.email()) {
        let named = letter.text.lines().filter_map(|line| line.trim().strip_prefix("«\u{a0}")?.strip_suffix("\u{a0}»").map(str::to_owned));
        story.told.extend(named);
    }
}

fn write(app: &TestApp, story: &mut Story, place: usize, theme: bool, here: bool, audience: bool) {
    story.written += 1;
    let title = format!("Atelier {place}, version {}", story.written);
    let fields = json!({
        "title": title, "themes": [if theme { FOLLOWED } else { OTHER }], "territories": [if here { world::HERE } else { world::ELSEWHERE }],
        "audiences": [if audience { "familles" } else { "jeunes" }],
    });
    let known = story.actions.get(&place).cloned();
    let written = app.write(|conn| {
        let administrator = app.world.actor(conn, Who::Administrator)?;
        let by = By { actor: &administrator, now: app.now(), chance: &app.app.chance };
        let mut given = fields.as_object().cloned().unwrap_or_default();
        match &known {
            Some(action) => actions::change(conn, by, &action.id, action.version, &given),
            None => {
                let mut whole = world::whole_action();
                whole.append(&mut given);
                let action = actions::create(conn, by, &whole)?;
                actions::carry_out(conn, by, &action.id, action.version, Verb::Publish, "")
            }
        }
    });
    story.versions.insert(title, theme && here && audience);
    story.actions.insert(place, written);
}

/// An archived action is no longer found: its last version is owed to nobody, and a new one takes its place.
fn archive(app: &TestApp, story: &mut Story, place: usize) {
    let Some(action) = story.actions.remove(&place) else { return };
    app.write(|conn| {
        let administrator = app.world.actor(conn, Who::Administrator)?;
        let by = By { actor: &administrator, now: app.now(), chance: &app.app.chance };
        actions::carry_out(conn, by, &action.id, action.version, Verb::Archive, "")
    });
    story.written += 1;
    story.versions.insert(format!("archived {}", story.written), false);
}
