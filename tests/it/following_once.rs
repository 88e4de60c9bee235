//! A search with three filters and an organisation, whatever happens to the worker and to search: each version that matches is told once,
//! and none that does not. Whoever follows the organisation is told while search is away.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::json;
use traitdunion::accounts::model::{By, Viewer};
use traitdunion::actions::model::Verb;
use traitdunion::actions::service::{self as actions, Action};
use traitdunion::error::Error;
use traitdunion::events::Record;
use traitdunion::kernel::Visibility;
use traitdunion::mail::courier;
use traitdunion::notifications::subscriptions::service::{self, Asked};
use traitdunion::notifications::subscriptions::{Rhythm, Target, matching};
use traitdunion::notifications::{digest, news};
use traitdunion::outbox::{Lane, worker};
use traitdunion::search::model::{self, Answer, Change, Documents, Query, RecordType, SearchEngine, Suggestion};

use crate::support::app::search_engine;
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
    /// Search answers no more, or again.
    SearchLost,
    SearchBack,
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
        1 => Just(SearchLost),
        1 => Just(SearchBack),
    ]
}

/// Follows the search; and follows the organisation, which is a partner of every action.
const SEARCHER: Who = Who::WorkerElsewhere;
const PARTNER: Who = Who::Partner;

/// What was written, and what the search should find of it.
struct Story {
    name: String,
    search: Arc<Fragile>,
    actions: BTreeMap<usize, Action>,
    /// By title, which names the action and its version: does it match?
    versions: BTreeMap<String, bool>,
    told: BTreeMap<Who, Vec<String>>,
    written: usize,
}

impl Story {
    /// The versions that are current are told to whoever follows them, once all is settled.
    fn check(&self) {
        let told = |who: Who, title: &str| self.told.get(&who).is_some_and(|told| told.iter().any(|told| told == title));
        for title in self.actions.values().map(|action| action.fields.title.as_str()) {
            assert!(told(PARTNER, title), "« {title} » was never told of its organisation\ntold: {:?}\n{}", self.told, self.name);
            let is_owed = self.versions[title] && !self.search.is_away();
            assert!(!is_owed || told(SEARCHER, title), "« {title} » was never told of the search\ntold: {:?}\n{}", self.told, self.name);
        }
    }
}

/// A search engine that can be lost.
struct Fragile {
    engine: Arc<dyn SearchEngine>,
    is_away: AtomicBool,
}

impl Fragile {
    fn is_away(&self) -> bool {
        self.is_away.load(Ordering::Relaxed)
    }

    fn asked(&self) -> Result<&dyn SearchEngine, model::Error> {
        if self.is_away() { Err(model::Error::Unavailable("lost".into())) } else { Ok(&*self.engine) }
    }
}

impl SearchEngine for Fragile {
    fn name(&self) -> &'static str {
        self.engine.name()
    }

    fn search(&self, query: &Query) -> Result<Answer, model::Error> {
        self.asked()?.search(query)
    }

    fn among(&self, query: &Query, records: &[(RecordType, String)]) -> Result<Vec<(RecordType, String)>, model::Error> {
        self.asked()?.among(query, records)
    }

    fn suggest(&self, text: &str, visible: &[Visibility], limit: usize) -> Result<Vec<Suggestion>, model::Error> {
        self.asked()?.suggest(text, visible, limit)
    }

    fn apply(&self, changes: Vec<Change>) -> Result<(), model::Error> {
        self.asked()?.apply(changes)
    }

    fn rebuild(&self, documents: Documents<'_>) -> Result<u64, model::Error> {
        self.asked()?.rebuild(documents)
    }

    fn count(&self) -> Result<u64, model::Error> {
        self.asked()?.count()
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
    let search = Arc::new(Fragile { engine: search_engine(), is_away: AtomicBool::new(false) });
    let app = TestApp::on(engine).search(search.clone()).start().await;
    let followed = [
        (SEARCHER, Target::Search(format!("type=action&theme={FOLLOWED}&audience=familles&territory={}", world::HERE))),
        (PARTNER, Target::Record(Record::partner(&app.world.organisation))),
    ];
    let (now, today, zone) = (app.now(), app.app.today(), app.app.config.zone.clone());
    for (who, target) in followed {
        app.write(|conn| {
            let reader = app.world.actor(conn, who)?;
            let asked = Asked { now, today, chance: &app.app.chance };
            service::follow(conn, &Viewer(Some(reader)), target.clone(), rhythm, &zone, asked)
        });
    }
    let (actions, versions, told) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let mut story = Story { name: name.to_owned(), search, actions, versions, told, written: 0 };
    for happening in happenings {
        happen(&app, &mut story, *happening).await;
    }
    for last in [Happening::SearchBack, Happening::Later { hours: 1 }, Happening::Settled] {
        happen(&app, &mut story, last).await;
    }
    for (who, told) in &story.told {
        for title in told {
            let known = story.versions.get(title);
            assert!(known == Some(&true) || (known.is_some() && *who == PARTNER), "« {title} » was told to {who:?} and does not match\n{name}");
            assert_eq!(told.iter().filter(|other| *other == title).count(), 1, "« {title} » was told twice to {who:?}\n{name}");
        }
    }
    assert!(app.read(|conn| news::after(conn, 0, 1000)).len() == story.versions.len(), "every version is news\n{name}");
}

async fn happen(app: &TestApp, story: &mut Story, happening: Happening) {
    match happening {
        Happening::Written { action, theme, here, audience } => write(app, story, action, theme, here, audience),
        Happening::Archived { action } => archive(app, story, action),
        Happening::Indexed => index(app).await,
        Happening::Numbered => drop(app.write(news::number)),
        Happening::Matched => matched(app, story).await,
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
            assert!(one.is_ok() || other.is_ok() || story.search.is_away());
        }
        Happening::MailedTwice => {
            let (one, other) = tokio::join!(digest::step(&app.app), digest::step(&app.app));
            assert!(one.is_ok() || other.is_ok());
        }
        Happening::Later { hours } => app.pass(hours * 3600),
        Happening::ClockSetBack => app.pass(-3600),
        Happening::Settled => {
            work(app, story).await;
            app.pass(8 * 24 * 3600);
            work(app, story).await;
            collect(app, story);
            story.check();
        }
        Happening::SearchLost => story.search.is_away.store(true, Ordering::Relaxed),
        Happening::SearchBack => story.search.is_away.store(false, Ordering::Relaxed),
    }
    collect(app, story);
}

/// All that can be done, search being there or not.
async fn work(app: &TestApp, story: &Story) {
    index(app).await;
    while app.write(news::number) > 0 {}
    matched(app, story).await;
    while digest::step(&app.app).await.expect("a step") > 0 {}
    while courier::step(&app.app).await.expect("a step") > 0 {}
}

/// While search is away those who follow searches wait, and nobody else.
async fn matched(app: &TestApp, story: &Story) {
    loop {
        match matching::step(&app.app).await {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) if story.search.is_away() => return drop(error),
            Err(error) => panic!("{error}\n{}", story.name),
        }
    }
}

async fn index(app: &TestApp) {
    while worker::step(&app.app, Lane::Index, 500).await.expect("a step of the worker") > 0 {}
}

/// The versions that mails to the readers name. Whoever follows an organisation is told that an action is archived, by its last title.
fn collect(app: &TestApp, story: &mut Story) {
    for letter in Letter::all(app.mails()) {
        let Some(who) = [SEARCHER, PARTNER].into_iter().find(|who| letter.to == who.email()) else { continue };
        let lines: Vec<&str> = letter.text.lines().map(str::trim).collect();
        let named = lines.windows(2).filter(|pair| pair[0] != "Action archivée");
        let named = named.filter_map(|pair| pair[1].strip_prefix("«\u{a0}")?.strip_suffix("\u{a0}»").map(str::to_owned));
        story.told.entry(who).or_default().extend(named);
    }
}

fn write(app: &TestApp, story: &mut Story, place: usize, theme: bool, here: bool, audience: bool) {
    story.written += 1;
    let title = format!("Atelier {place}, version {}", story.written);
    let fields = json!({
        "title": title, "themes": [if theme { FOLLOWED } else { OTHER }], "territories": [if here { world::HERE } else { world::ELSEWHERE }],
        "audiences": [if audience { "familles" } else { "jeunes" }], "partners": [{ "partner_id": app.world.organisation, "role": "accueil" }],
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
