//! The proof: events through the API, a mail server that fails, a program that is killed; then the reckoning.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use traitdunion::db::schema::mails;
use traitdunion::kernel::Chance;

use crate::clients::{Caller, Site};
use crate::followers;
use crate::people::{DOMAINS, GONE, People};
use crate::place::{Engine, Place};
use crate::program::Program;
use crate::reckoning;
use crate::report::{self, Kills, Outcome};
use crate::smtp::{Fault, Options, Point, Rule, Security, Smtp};

pub struct Wanted {
    pub engine: Engine,
    pub kills: u32,
    pub seed: u64,
    pub report: Option<PathBuf>,
    pub patience: u64,
    pub keep: bool,
}

/// Of messages, and of connections in every other life of the program: a fault of a connection stops it for 2 s, which most lives do not
/// last, and mails must get through to be interrupted.
pub const FAULTY: f64 = 0.35;
/// Of connections, in the other lives.
pub const SELDOM_FAULTY: f64 = 0.05;
const CLIENTS: u64 = 4;
/// Clients hold back while more mails wait than this.
const ENOUGH: i64 = 400;
/// What the program waits for at each stage of a conversation.
const TIMEOUT: Duration = Duration::from_secs(2);
/// In a life, from ready to killed, in milliseconds.
const LIFE: std::ops::RangeInclusive<u64> = 20..=900;
/// Of ten kills, so many come just after a body begins.
const AIMED: u64 = 8;
/// From when such a kill looks out for a body, in milliseconds.
const LOOKS_OUT: std::ops::RangeInclusive<u64> = 20..=500;
/// One life of so many lasts longer than a stage may: in the others, a server that is silent is never waited for to the end.
const LONG_EVERY: u32 = 10;
const LONG: Duration = Duration::from_secs(6);

const FINAL: [&str; 3] = ["sent", "failed", "cancelled"];

/// Runs the proof on one engine; true when every promise was kept.
pub fn run(wanted: &Wanted) -> bool {
    let from = Instant::now();
    println!("{}: {} kills, seed {}", wanted.engine.name(), wanted.kills, wanted.seed);
    let place = Place::new(&wanted.engine);
    let people = People::settle(&place, 3, 4);
    followers::settle(&place);
    let smtp = server(wanted.seed);
    let site = Site::new(&people);
    let kills = std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let caller = Caller::new(&site, wanted.seed.wrapping_mul(1000) + client);
            scope.spawn(move || caller.work());
        }
        scope.spawn(|| hold_back(&place, &site));
        // Clients end when this does, even in a panic.
        let over = Over(&site);
        let kills = kill_often(wanted, &place, &smtp, &site);
        drop(over);
        kills
    });
    println!("  killed {} times in {:.0} s; the server is well now", kills.all, from.elapsed().as_secs_f64());
    let injected = smtp.faults_done();
    // What is refused for ever stays refused.
    smtp.set_faults([gone()]);
    let program = Program::serve(&place, &smtp, TIMEOUT);
    let drained = drain(&place, Duration::from_secs(wanted.patience));
    program.kill();
    let reckoned = place.db.read_now(|conn| reckoning::reckon(conn, &people, &site.acknowledged(), &smtp));
    let told = place.db.read_now(|conn| followers::reckon(conn, &smtp));
    let outcome = Outcome {
        wanted,
        kills,
        injected,
        connections: smtp.connections(),
        acknowledged: site.acknowledged().len(),
        unanswered: site.unanswered.load(Ordering::Relaxed),
        drained,
        seconds: from.elapsed().as_secs(),
        reckoned: reckoned.expect("a readable database"),
        told: told.expect("a readable database"),
    };
    print!("\n{}", report::table(&outcome));
    for broken in outcome.broken() {
        println!("BROKEN: {broken}");
    }
    if let Some(document) = &wanted.report {
        report::write(document, &outcome).unwrap_or_else(|error| panic!("{}: {error}", document.display()));
    }
    let is_kept = outcome.broken().is_empty();
    println!("{}\n", if is_kept { "every promise was kept" } else { "A PROMISE WAS BROKEN" });
    if wanted.keep || !is_kept {
        place.keep();
    }
    is_kept
}

struct Over<'a, 'b>(&'a Site<'b>);

impl Drop for Over<'_, '_> {
    fn drop(&mut self) {
        self.0.is_over.store(true, Ordering::Relaxed);
    }
}

/// STARTTLS and credentials, some slow domains so that kills find mails in the middle of being handed over, and faults at random.
fn server(seed: u64) -> Smtp {
    let slow = DOMAINS.iter().zip([5, 10, 15, 20, 30, 40, 60, 80]).map(|(domain, millis)| ((*domain).to_owned(), Duration::from_millis(millis)));
    Smtp::start(Options {
        security: Security::StartTls,
        credentials: Some(("registre".into(), "un parapluie vert".into())),
        delays: slow.collect(),
        seed,
        ..Options::default()
    })
}

/// What goes wrong in one life of the program.
fn faults(life: u32) -> Vec<Rule> {
    // Only one address is nobody's: the others would die one after the other.
    let befall = Fault::ALL.iter().filter(|fault| **fault != Fault::RecipientUnknown);
    let (of_connections, of_messages): (Vec<Fault>, Vec<Fault>) = befall.partition(|fault| fault.point() == Point::Connection);
    let rate = if life.is_multiple_of(2) { FAULTY } else { SELDOM_FAULTY };
    vec![gone(), Rule::random(rate, &of_connections), Rule::random(FAULTY, &of_messages)]
}

fn gone() -> Rule {
    Rule::always(Fault::RecipientUnknown).recipient(GONE)
}

/// Starts the program and kills it, again and again.
fn kill_often(wanted: &Wanted, place: &Place, smtp: &Smtp, site: &Site<'_>) -> Kills {
    let chance = Chance::seeded(wanted.seed);
    let (mut kills, mut dead) = (Kills::default(), BTreeSet::new());
    while kills.all < wanted.kills {
        smtp.set_faults(faults(kills.all));
        let program = Program::serve(place, smtp, TIMEOUT);
        site.moved_to(&program.url);
        let between = |range: &std::ops::RangeInclusive<u64>| Duration::from_millis(range.start() + chance.below(range.end() - range.start() + 1));
        let (from, is_long) = (Instant::now(), kills.all % LONG_EVERY == LONG_EVERY - 1);
        if is_long {
            std::thread::sleep(LONG);
        }
        if chance.below(10) < AIMED {
            std::thread::sleep(between(&LOOKS_OUT));
            let left = Duration::from_millis(*LIFE.end()).saturating_sub(from.elapsed());
            smtp.wait_for_body(if is_long { LONG } else { left });
            std::thread::sleep(Duration::from_micros(chance.below(30_000)));
        } else {
            std::thread::sleep(between(&LIFE));
        }
        program.kill();
        kills.all += 1;
        let held = held(place);
        let by_this_one = |stage: &str| held.iter().any(|(token, at)| at == stage && !dead.contains(token));
        kills.with_leased += u32::from(by_this_one("leased"));
        kills.with_body += u32::from(by_this_one("body_started"));
        dead.extend(held.into_iter().map(|(token, _)| token));
        if kills.all.is_multiple_of(20) {
            println!("  {} kills, {} messages taken, {} mails wait", kills.all, smtp.count(), waiting(place));
        }
    }
    kills
}

/// What dead programs hold, each under a token of its own, and at which stage.
fn held(place: &Place) -> Vec<(Option<String>, String)> {
    let rows = mails::table.filter(mails::stage.eq_any(["leased", "body_started"]));
    place.read(|conn| rows.select((mails::lease_token, mails::stage)).distinct().load(conn))
}

fn waiting(place: &Place) -> i64 {
    place.read(|conn| mails::table.filter(mails::stage.ne_all(FINAL)).count().get_result(conn))
}

fn hold_back(place: &Place, site: &Site<'_>) {
    while !site.is_over.load(Ordering::Relaxed) {
        site.is_full.store(waiting(place) > ENOUGH, Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Waits until nothing waits any more; how long it took, or none when it did not end.
fn drain(place: &Place, patience: Duration) -> Option<Duration> {
    let (from, mut told) = (Instant::now(), Instant::now());
    loop {
        let left = waiting(place);
        if left == 0 && !followers::is_behind(place) {
            return Some(from.elapsed());
        }
        if from.elapsed() > patience {
            println!("  {left} mails still wait after {} s: given up", patience.as_secs());
            return None;
        }
        if told.elapsed() > Duration::from_secs(20) {
            told = Instant::now();
            println!("  {left} mails wait");
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}
