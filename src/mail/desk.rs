//! Who goes next: pure decisions over what is leased, so that neither a slow nor a refusing domain keeps the others waiting.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

use super::model::{Verdict, pause_seconds};
use super::store::Leased;
use crate::kernel::ids::MailId;

pub struct Desk {
    waiting: VecDeque<Leased>,
    in_hand: HashMap<String, usize>,
    /// Domains that put off or did not answer their last mail: one at a time.
    troubled: HashMap<String, Instant>,
    connections: usize,
    /// Faults of the server itself, one after the other; after each, nothing leaves for a while.
    faults: u32,
    paused_until: Option<Instant>,
    rate: Option<Rate>,
}

/// Mails a minute: a bucket that fills evenly and holds what a second may use.
struct Rate {
    per_minute: f64,
    tokens: f64,
    at: Instant,
}

/// How long a domain that was slow is served by one connection only.
const TROUBLE: Duration = Duration::from_secs(300);

impl Desk {
    /// How many leased mails that could leave wait at the desk, at most.
    pub const ROOM: usize = 64;

    pub fn new(connections: usize, per_minute: Option<u32>, now: Instant) -> Self {
        let rate = per_minute.map(|per_minute| Rate { per_minute: f64::from(per_minute), tokens: 1.0, at: now });
        Self { waiting: VecDeque::new(), in_hand: HashMap::new(), troubled: HashMap::new(), connections, faults: 0, paused_until: None, rate }
    }

    /// How many more mails it can take in, of domains that are not busy.
    pub fn room(&self, now: Instant) -> usize {
        if self.is_paused(now) || self.waiting.len() >= 4 * Self::ROOM {
            return 0;
        }
        let ready = self.waiting.iter().filter(|mail| self.is_free(&mail.domain, now)).count();
        Self::ROOM.saturating_sub(ready)
    }

    pub fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    pub fn waiting(&self) -> impl Iterator<Item = MailId> {
        self.waiting.iter().map(|mail| mail.id.clone())
    }

    /// Takes back everything that has not left.
    pub fn clear(&mut self) -> Vec<Leased> {
        self.waiting.drain(..).collect()
    }

    /// Domains of which no more mails are to be leased now: what waits of them already cannot leave yet.
    pub fn busy(&self, now: Instant) -> Vec<String> {
        let mut domains: Vec<String> = self.waiting.iter().map(|mail| mail.domain.clone()).filter(|domain| !self.is_free(domain, now)).collect();
        domains.extend(self.in_hand.keys().filter(|domain| !self.is_free(domain, now)).cloned());
        domains.sort();
        domains.dedup();
        domains
    }

    pub fn take_in(&mut self, mails: Vec<Leased>) {
        self.waiting.extend(mails);
    }

    /// The next mail that may leave now, if a connection is free.
    pub fn next(&mut self, now: Instant) -> Option<Leased> {
        if self.is_paused(now) || self.in_hand.values().sum::<usize>() >= if self.faults > 0 { 1 } else { self.connections } {
            return None;
        }
        let place = self.waiting.iter().position(|mail| self.is_free(&mail.domain, now))?;
        if self.rate.as_mut().is_some_and(|rate| !rate.take(now)) {
            return None;
        }
        let mail = self.waiting.remove(place)?;
        *self.in_hand.entry(mail.domain.clone()).or_default() += 1;
        Some(mail)
    }

    /// A mail came back, with what became of it.
    pub fn came_back(&mut self, domain: &str, verdict: Option<Verdict>, now: Instant) {
        if let Some(count) = self.in_hand.get_mut(domain) {
            *count -= 1;
            if *count == 0 {
                self.in_hand.remove(domain);
            }
        }
        match verdict {
            // Mails that left together find the same fault: it counts once.
            Some(Verdict::ServerAtFault) if self.is_paused(now) => {}
            Some(Verdict::ServerAtFault) => {
                self.faults += 1;
                self.paused_until = Some(now + Duration::from_secs(pause_seconds(self.faults)));
            }
            Some(Verdict::Deferred | Verdict::Uncertain) => {
                self.faults = 0;
                self.troubled.insert(domain.to_owned(), now + TROUBLE);
            }
            Some(Verdict::Failed) | None => {
                self.faults = 0;
                self.troubled.remove(domain);
            }
        }
    }

    /// What cannot leave soon, to be given back so that no lease is held for nothing: everything in a pause, and what a busy domain has
    /// too much of.
    pub fn give_back(&mut self, now: Instant) -> Vec<Leased> {
        if self.is_paused(now) {
            return self.waiting.drain(..).collect();
        }
        let (kept, back) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|mail| !self.troubled.contains_key(&mail.domain) || self.is_free(&mail.domain, now));
        self.waiting = kept;
        Vec::from(back)
    }

    pub fn is_paused(&self, now: Instant) -> bool {
        self.paused_until.is_some_and(|until| now < until)
    }

    /// May one more mail of this domain leave? It never takes the last connection, and only one when it is in trouble.
    fn is_free(&self, domain: &str, now: Instant) -> bool {
        let most = if self.troubled.get(domain).is_some_and(|until| now < *until) { 1 } else { (self.connections - 1).max(1) };
        self.in_hand.get(domain).copied().unwrap_or(0) < most
    }
}

impl Rate {
    fn take(&mut self, now: Instant) -> bool {
        let per_second = self.per_minute / 60.0;
        self.tokens = (self.tokens + (now - self.at).as_secs_f64() * per_second).min(per_second.max(1.0));
        self.at = now;
        let is_free = self.tokens >= 1.0;
        if is_free {
            self.tokens -= 1.0;
        }
        is_free
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Chance, Moment};

    fn mails(domains: &[&str]) -> Vec<Leased> {
        let (now, chance) = (Moment::from_micros(0), Chance::seeded(1));
        let mail = |domain: &&str| Leased {
            id: MailId::new(now, &chance),
            key: String::new(),
            recipient: format!("a@{domain}"),
            domain: (*domain).to_owned(),
            template: "reset".into(),
            params: "{}".into(),
            list: None,
            record: None,
            message_id: None,
            bytes: None,
            deferrals: 0,
            give_up_at: None,
            created_at: now,
            was_uncertain: false,
        };
        domains.iter().map(mail).collect()
    }

    fn leaving(desk: &mut Desk, now: Instant) -> Vec<String> {
        std::iter::from_fn(|| desk.next(now)).map(|mail| mail.domain).collect()
    }

    #[test]
    fn no_domain_takes_every_connection() {
        let now = Instant::now();
        let mut desk = Desk::new(4, None, now);
        desk.take_in(mails(&["big", "big", "big", "big", "big", "small", "big"]));
        assert_eq!(leaving(&mut desk, now), ["big", "big", "big", "small"]);
        assert_eq!(desk.busy(now), ["big"]);
        desk.came_back("small", None, now);
        assert_eq!(leaving(&mut desk, now), [""; 0], "the last connection is kept for another domain");
        desk.came_back("big", None, now);
        assert_eq!(leaving(&mut desk, now), ["big"]);
    }

    #[test]
    fn a_troubled_domain_has_one_connection_and_holds_no_lease() {
        let now = Instant::now();
        let mut desk = Desk::new(4, None, now);
        desk.take_in(mails(&["slow", "slow", "slow", "slow", "slow"]));
        assert_eq!(leaving(&mut desk, now).len(), 3);
        desk.came_back("slow", Some(Verdict::Deferred), now);
        assert_eq!(leaving(&mut desk, now), [""; 0]);
        assert_eq!(desk.give_back(now).len(), 2);
        desk.take_in(mails(&["quick", "quick"]));
        assert_eq!(leaving(&mut desk, now), ["quick", "quick"]);
        desk.came_back("slow", None, now);
        desk.came_back("slow", None, now);
        assert!(desk.busy(now).is_empty(), "one that answers again is served again");
    }

    #[test]
    fn a_server_at_fault_is_left_alone_then_tried_with_one_mail() {
        let now = Instant::now();
        let mut desk = Desk::new(4, None, now);
        desk.take_in(mails(&["a", "b", "c"]));
        assert_eq!(leaving(&mut desk, now).len(), 3);
        for domain in ["a", "b", "c"] {
            desk.came_back(domain, Some(Verdict::ServerAtFault), now);
        }
        assert!(desk.is_paused(now) && desk.room(now) == 0 && !desk.has_waiting());
        let later = now + Duration::from_secs(pause_seconds(1));
        desk.take_in(mails(&["a", "b", "c"]));
        assert_eq!(leaving(&mut desk, later), ["a"]);
        desk.came_back("a", None, later);
        assert_eq!(leaving(&mut desk, later).len(), 2, "it answers: the others follow");
    }

    #[test]
    fn a_rate_is_kept_evenly() {
        let now = Instant::now();
        let mut desk = Desk::new(4, Some(120), now);
        let mut left = 0;
        for tick in 0..600 {
            let now = now + Duration::from_millis(tick * 100);
            desk.take_in(mails(&["a"]));
            if let Some(mail) = desk.next(now) {
                desk.came_back(&mail.domain, None, now);
                left += 1;
            }
        }
        assert!((119..=121).contains(&left), "{left} in a minute");
    }
}
