//! In how many records each word is, kept for a minute: it orders results, and hardly changes meanwhile. What no record has is always asked
//! again, so that a word is known as soon as a record brings it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::ask::{self, Ask, Found};
use super::server::Server;
use crate::search::trouble::Trouble;

const KEPT: Duration = Duration::from_secs(60);
/// Beyond, all are forgotten.
const MOST: usize = 20_000;

#[derive(Default)]
pub struct Tallies(Mutex<HashMap<String, (Instant, u64)>>);

impl Tallies {
    /// The exact total of each search, asked of the server only when it is not known.
    pub async fn totals(&self, server: &Server, asks: &[Ask]) -> Result<Vec<u64>, Trouble> {
        let known: Vec<Option<u64>> = asks.iter().map(|ask| self.known(ask)).collect();
        let missing: Vec<Ask> = asks.iter().zip(&known).filter(|(_, known)| known.is_none()).map(|(ask, _)| ask.clone()).collect();
        let found: Vec<u64> = ask::all(server, &missing).await?.iter().map(Found::total).collect();
        self.keep(&missing, &found);
        let mut found = found.into_iter();
        Ok(known.into_iter().map(|known| known.or_else(|| found.next()).unwrap_or(0)).collect())
    }

    fn known(&self, ask: &Ask) -> Option<u64> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&ask.key()).filter(|(at, _)| at.elapsed() < KEPT).map(|(_, total)| *total)
    }

    fn keep(&self, asks: &[Ask], totals: &[u64]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() + asks.len() > MOST {
            kept.clear();
        }
        let known = asks.iter().zip(totals).filter(|(_, total)| **total > 0);
        kept.extend(known.map(|(ask, total)| (ask.key(), (Instant::now(), *total))));
    }
}
