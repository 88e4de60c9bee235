//! What a proof came to: a table to read at once, and a section of `docs/reliability.md`.

use std::collections::BTreeMap;
use std::path::Path;

use traitdunion::kernel::{Clock, Zone};

use crate::followers::Told;
use crate::proof::{FAULTY, SELDOM_FAULTY, Wanted};
use crate::reckoning::Reckoned;
use crate::smtp::Fault;

#[derive(Default)]
pub struct Kills {
    pub all: u32,
    /// Those that found a mail leased, or its body begun.
    pub with_leased: u32,
    pub with_body: u32,
}

pub struct Outcome<'a> {
    pub wanted: &'a Wanted,
    pub kills: Kills,
    pub injected: BTreeMap<Fault, usize>,
    pub connections: u64,
    pub acknowledged: usize,
    pub unanswered: u64,
    /// How long it took, once the server was well, until nothing waited; none when it did not end.
    pub drained: Option<std::time::Duration>,
    pub seconds: u64,
    pub reckoned: Reckoned,
    pub told: Told,
}

impl Outcome<'_> {
    /// Every promise that was not kept, or not put to the test.
    pub fn broken(&self) -> Vec<String> {
        let mut broken = self.reckoned.broken.clone();
        if self.drained.is_none() {
            broken.push("mails still wait".into());
        }
        broken.extend(self.told.broken.iter().cloned());
        if self.told.owed == 0 || self.told.digests == 0 {
            broken.push("nobody followed anything".into());
        }
        if self.reckoned.expected == 0 || self.injected.is_empty() {
            broken.push("nothing was tried".into());
        }
        broken
    }

    fn rows(&self) -> Vec<(String, String)> {
        let found = &self.reckoned;
        let attempts = |outcome: &str| count(found.attempts.get(outcome).copied().unwrap_or(0));
        let row = |name: &str, value: String| (name.to_owned(), value);
        let mut rows = vec![
            row("kills", count(self.kills.all)),
            row("… while a mail was leased; while a body was being handed over", format!("{}; {}", self.kills.with_leased, self.kills.with_body)),
            row("requests acknowledged; without an answer", format!("{}; {}", count(self.acknowledged), count(self.unanswered))),
            row("events in the journal; that somebody is told of", format!("{}; {}", count(found.events), count(found.telling))),
            row("mails to write; written", format!("{}; {}", count(found.expected), count(found.mails))),
            row("connections to the mail server", count(self.connections)),
            row("faults", count(self.injected.values().sum::<usize>())),
        ];
        rows.extend(self.injected.iter().map(|(fault, times)| (format!("… {}", fault.words()), count(*times))));
        rows.extend([
            row("tries: sent", attempts("sent")),
            row("tries: deferred", attempts("deferred")),
            row("tries: uncertain", attempts("uncertain")),
            row("tries: refused for good", attempts("failed")),
            row("most tries of one mail", count(found.most_attempts)),
            row("mails not sent, to the address that was refused before since nobody is there", count(found.dead)),
            row("mails sent; refused for good by the server", format!("{}; {}", count(found.sent), count(found.refused))),
            row("mails delivered more than once; copies beside the first", format!("{}; {}", count(found.doubled), count(found.copies))),
            row("**copies without an uncertain try before them**", count(found.without_cause)),
            row("**copies that are not identical to the byte**", count(found.altered)),
            row("**mails lost**", count(found.lost)),
            row("**events whose people were not told**", count(found.untold)),
            row("**mails that no event explains**", count(found.unwanted)),
            row("**acknowledged events missing from the journal**", count(found.forgotten)),
            row("those who follow; actions that they are owed, each to each", format!("{}; {}", count(self.told.followers), count(self.told.owed))),
            row("digests that the server took", count(self.told.digests)),
            row("… that it refused for good, with what they told", count(self.told.refused)),
            row("**actions that a follower was never told of**", count(self.told.untold)),
            row("**actions told to one follower under two Message-IDs**", count(self.told.twice)),
            row("**actions told to somebody who does not follow them**", count(self.told.unwanted)),
            row("from a well server to nothing waiting", self.drained.map_or("did not end".into(), |time| format!("{:.0} s", time.as_secs_f64()))),
            row("whole run", format!("{} s", count(self.seconds))),
        ]);
        rows
    }
}

/// For a terminal.
pub fn table(outcome: &Outcome<'_>) -> String {
    let mut text = String::new();
    for (name, value) in outcome.rows() {
        let name = name.replace("**", "");
        let dots = ".".repeat(70usize.saturating_sub(name.chars().count()));
        text += &format!("{name} {dots} {value}\n");
    }
    text
}

/// Writes the section of this engine, and the document's beginning when it is new.
pub fn write(document: &Path, outcome: &Outcome<'_>) -> std::io::Result<()> {
    let existing = match std::fs::read_to_string(document) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error),
    };
    let sections = ["SQLite", "PostgreSQL"].map(|name| match name == outcome.wanted.engine.name() {
        true => section(outcome),
        false => kept(&existing, name).unwrap_or_default(),
    });
    let whole = [beginning()].into_iter().chain(sections).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n");
    std::fs::write(document, whole)
}

/// The section of an engine, as it was.
fn kept(document: &str, name: &str) -> Option<String> {
    let from = document.find(&format!("## {name}\n"))?;
    let rest = &document[from..];
    let end = rest[3..].find("\n## ").map_or(rest.len(), |end| end + 4);
    Some(rest[..end].to_owned())
}

fn section(outcome: &Outcome<'_>) -> String {
    let (wanted, now) = (outcome.wanted, Clock::system().now());
    let day = Zone::named("Europe/Paris").map_or_else(String::new, |zone| zone.day(now).iso());
    let broken = outcome.broken();
    let verdict = if broken.is_empty() { "Every promise was kept." } else { "**A promise was broken.**" };
    let mut text = format!(
        "## {}\n\n{day}, {}. {verdict}\n\n```text\ncargo run{} --example mail -- proof --kills {} --seed {} --database {} --report docs/reliability.md\n```\n\n| | |\n| --- | ---: |\n",
        wanted.engine.name(),
        machine(),
        if cfg!(debug_assertions) { "" } else { " --release" },
        wanted.kills,
        wanted.seed,
        wanted.engine.argument().split(':').next().unwrap_or_default(),
    );
    for (name, value) in outcome.rows() {
        text += &format!("| {name} | {value} |\n");
    }
    for line in broken {
        text += &format!("\n- BROKEN: {line}\n");
    }
    text
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':').map(|(_, name)| name.trim().to_owned()));
    format!("{cores} cores{}, {}", model.map_or_else(String::new, |model| format!(" ({model})")), std::env::consts::OS)
}

fn beginning() -> String {
    let faults: String = Fault::ALL.iter().map(|fault| format!("- {}\n", fault.words())).collect();
    format!(
        r#"# What mail delivery withstands

This document is written by `examples/mail/`, which proves what it says. What is promised:

1. **Who must be told is told.** An event and its mails are one transaction: there is no event without its mails, and no mail without
   its event. An acknowledged request is in the journal.
2. **No mail is lost.** Each is handed over until the server takes it, or refuses it for good (5xx); nothing else ends it but three
   days of trying, or somebody who cancels it; to whom it refused because nobody is there (5.1.1), nothing more is written.
3. **A mail is sent twice only when nobody can know whether it was sent**, and then with the same Message-ID and the same bytes.

## What a duplicate is

A server takes a message when it has read the last dot of its body, and says so by 250. If the connection, the server or our own
process ends between the two, the client cannot know whether the message was taken: SMTP has no way to ask (RFC 1047 describes this
moment, and only advises to keep it short). To send again may deliver twice; not to send again may deliver never. We send again: that
try is noted as *uncertain* in the mail's history, the next carries the very same bytes, and mail programs and servers which know a
Message-ID show or keep one of them.

## How it is proved

The program runs as it is installed, against a mail server of ours which keeps its own record of what it took, over STARTTLS and with
credentials. Four clients make events through the API. The server fails at {rate:.0} % of messages, and at {rate:.0} % of connections ({seldom:.0} % in every
other life of the program, so that mails get through to be interrupted), in one of these ways:

{faults}
One address is refused for ever, since nobody is there (5.1.1): nothing more is written to it. The program is killed (SIGKILL) 20 to 900 ms after it is ready, most often just after the body of a
mail has begun, and started again; each tenth time it lives 6 s longer, so that a silent server is waited for to the end. Then the
server is well again, and when nothing waits any more, this is reckoned:

- from the journal alone, who had to be told of what; each has one row, written at the moment of the event, and there is no other row;
- each row is sent, and the server took it and said 250; or failed, and the server said 5xx of that person; or was not sent, to the one
  address of which it had said 5.1.1;
- each copy beside the first follows an uncertain try, and is the same, to the byte, as what the row keeps;
- each acknowledged request is in the journal;
- each action that was published, and is still, was told once to each address that follows its place, in a digest of its own or with
  others: none is missing, none is under two Message-IDs.

The command ends with 1 when one of these does not hold. Kills of a process are no power cuts: that a commit survives those is the
database's promise (`synchronous=FULL` on SQLite).
"#,
        rate = FAULTY * 100.0,
        seldom = SELDOM_FAULTY * 100.0,
    )
}

/// 1,234
pub fn count(number: impl TryInto<u64>) -> String {
    let digits = number.try_into().unwrap_or(u64::MAX).to_string();
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}
