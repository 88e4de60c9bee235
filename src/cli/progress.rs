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
