//! What people follow: a record, or any search, with an account or by an address that confirmed it.
//!
//! ```text
//!   asked by an address ──confirmed by its link──▶ followed ⇄ a problem (what its search names is gone)
//!   asked by an account ──────────────────────────▶    │
//!                                                      └──stopped──▶ (removed)
//! ```
//!
//! Each has a cursor: the number of the last version of a record (see `news`) of which it was told. [`matching`] moves it in the
//! transaction that writes the notices.

pub mod matching;
pub mod search;
pub mod service;
mod store;
mod telling;

use chrono::{Datelike, NaiveTime, Weekday};

use crate::db::types::text_enum;
use crate::events::Record;
use crate::kernel::ids::{AccountId, SubscriptionId};
use crate::kernel::{Moment, Zone};

text_enum! {
    pub enum Rhythm {
        Immediate = "immediate" | "Tout de suite",
        Daily = "daily" | "Chaque jour",
        Weekly = "weekly" | "Chaque lundi",
    }
}

/// Changes of what is followed at once wait so long for those that come after them: a text is saved several times before it is right.
const GROUPED_SECONDS: i64 = 600;

text_enum! {
    /// Whoever follows a search waits until search knows what changed; whoever follows a record does not.
    pub enum Follows {
        Record = "record" | "Une page",
        Search = "search" | "Une recherche",
    }
}

/// When the day's and the week's digests leave, by the clock of the instance.
const AT: NaiveTime = NaiveTime::from_hms_opt(8, 0, 0).unwrap();

impl Rhythm {
    /// When what happened now is told.
    pub fn due(self, is_new: bool, now: Moment, zone: &Zone) -> Moment {
        let today = zone.day(now);
        let next = |is_one: &dyn Fn(Weekday) -> bool| {
            let days = (0..=7).map(|days| today.plus(days)).filter(|day| is_one(day.0.weekday()));
            days.map(|day| zone.at(day, AT)).find(|at| *at > now).unwrap_or(now)
        };
        match self {
            Self::Immediate if is_new => now,
            Self::Immediate => now.plus_seconds(GROUPED_SECONDS),
            Self::Daily => next(&|_| true),
            Self::Weekly => next(&|day| day == Weekday::Mon),
        }
    }
}

/// What is followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    Record(Record),
    /// The parameters of a search, as [`search::canonical`] writes them.
    Search(String),
}

/// Who follows: an account, or an address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    Account(AccountId),
    /// Folded.
    Address(String),
}

impl Owner {
    pub fn as_str(&self) -> &str {
        match self {
            Self::Account(id) => id.as_str(),
            Self::Address(address) => address,
        }
    }

    pub fn parse(text: &str) -> Self {
        AccountId::parse(text).filter(|_| !text.contains('@')).map_or_else(|| Self::Address(text.to_owned()), Self::Account)
    }

    pub fn account(&self) -> Option<&AccountId> {
        match self {
            Self::Account(id) => Some(id),
            Self::Address(_) => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Subscription {
    pub id: SubscriptionId,
    pub owner: Owner,
    pub target: Target,
    pub rhythm: Rhythm,
    pub cursor: i64,
    pub problem: Option<String>,
    pub confirmed_at: Option<Moment>,
    pub created_at: Moment,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_digest_leaves_at_eight_whatever_the_clocks_do(minutes in 0i64..2 * 366 * 24 * 60, place in 0usize..2) {
            let zone = Zone::named(["Europe/Paris", "Indian/Reunion"][place]).unwrap();
            let now = Moment::parse_rfc3339("2026-01-01T00:00:00Z").unwrap().plus_seconds(minutes * 60);
            for (rhythm, most) in [(Rhythm::Daily, 25 * 3600), (Rhythm::Weekly, 7 * 24 * 3600 + 3600)] {
                let due = rhythm.due(true, now, &zone);
                prop_assert!(due > now && due.seconds_since(now) <= most);
                let local = zone.local(due);
                prop_assert_eq!(local.time(), AT);
                prop_assert!(rhythm == Rhythm::Daily || local.weekday() == Weekday::Mon);
                // What comes a minute later leaves with it, or after.
                prop_assert!(rhythm.due(true, now.plus_seconds(60), &zone) >= due);
            }
            prop_assert_eq!(Rhythm::Immediate.due(true, now, &zone), now);
            prop_assert!(Rhythm::Immediate.due(false, now, &zone) > now);
        }
    }

    #[test]
    fn an_owner_is_an_account_or_an_address() {
        for owner in [Owner::Account(AccountId::parse("01KB2J5Q3V8YH4N7T6R9C0M1XW").unwrap()), Owner::Address("a@b.example".into())] {
            assert_eq!(Owner::parse(owner.as_str()), owner);
        }
    }
}
