//! Long work: a bar on a terminal, a line at each stage otherwise.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

pub struct Progress {
    bar: ProgressBar,
    is_shown: bool,
}

impl Progress {
    /// Written to standard error: standard output is the command's own.
    pub fn new() -> Self {
        let is_shown = std::io::stderr().is_terminal();
        let bar = if is_shown { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {pos}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Self { bar, is_shown }
    }

    /// Another stage begins.
    pub fn stage(&self, what: &str) {
        if !self.is_shown {
            eprintln!("{what}");
        }
        self.bar.set_position(0);
        self.bar.set_message(what.to_owned());
    }

    /// How much is done of this stage.
    pub fn at(&self, done: u64) {
        self.bar.set_position(done);
    }

    pub fn done(&self) {
        self.bar.finish_and_clear();
    }
}

/// Rows between two plain lines.
const EVERY: u64 = 10_000;

/// Rows of a known number: a bar on a terminal, a line now and then elsewhere.
pub struct Bar {
    bar: Option<ProgressBar>,
    title: &'static str,
    total: u64,
}

impl Bar {
    pub fn new(title: &'static str, total: u64) -> Self {
        let style = ProgressStyle::with_template("{prefix} {wide_bar} {pos}/{len}").unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = std::io::stderr().is_terminal().then(|| ProgressBar::new(total).with_style(style).with_prefix(title));
        Self { bar, title, total }
    }

    pub fn step(&self, done: u64) {
        match &self.bar {
            Some(bar) if done.is_multiple_of(100) || done == self.total => bar.set_position(done),
            None if done.is_multiple_of(EVERY) => eprintln!("{}\u{a0}: {done} lignes sur {}", self.title, self.total),
            _ => {}
        }
    }

    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
