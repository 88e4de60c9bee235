//! The sessions of an action: made in one gesture, then attended.

use chrono::{Datelike, NaiveTime};
use serde::Serialize;

use super::model::Stage;
use super::policy::{self, Subject};
use super::{service, store};
use crate::accounts::model::{By, Viewer};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::{self, Event};
use crate::kernel::calendar::{SchoolZone, is_public_holiday, school_holiday};
use crate::kernel::ids::{ActionId, SessionId};
use crate::kernel::{Day, FieldErrors, Moment, Zone};

/// A series has at most so many sessions: twice a week for two years.
pub const MOST_SESSIONS: usize = 210;
const MOST_PEOPLE: i32 = 10_000;

/// One dated occurrence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Session {
    pub id: SessionId,
    pub starts_at: Moment,
    pub ends_at: Moment,
    /// Empty: where the action takes place.
    pub place: String,
    pub capacity: Option<i32>,
    /// How many people came.
    pub attended: Option<i32>,
    /// How many of them came for the first time.
    pub newcomers: Option<i32>,
    pub version: i32,
}

/// « Every Tuesday at 14:00 from 6 January to 31 March, not in school holidays. »
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    pub first: Day,
    pub last: Day,
    /// Monday is 0.
    pub weekdays: Vec<u32>,
    /// 1 for every week, 2 for every other week, counted from the week of `first`.
    pub every_weeks: i64,
    pub time: NaiveTime,
    pub minutes: i64,
    /// The zone whose school holidays are left out.
    pub outside_holidays_of: Option<SchoolZone>,
    pub outside_public_holidays: bool,
    pub place: String,
    pub capacity: Option<i32>,
}

impl Series {
    /// What is wrong with it, field by field.
    pub fn check(&self) -> Result<(), FieldErrors> {
        let mut errors = FieldErrors::default();
        if self.last < self.first {
            errors.add("last", "Le dernier jour est avant le premier.");
        } else if self.last.days_since(self.first) > 2 * 366 {
            errors.add("last", "Une série dure deux ans au plus.");
        }
        if self.weekdays.is_empty() {
            errors.add("weekdays", "Choisissez au moins un jour de la semaine.");
        }
        if !(5..=24 * 60).contains(&self.minutes) {
            errors.add("minutes", "Une séance dure entre 5 minutes et 24 heures.");
        }
        if !(1..=8).contains(&self.every_weeks) {
            errors.add("every_weeks", "Choisissez un rythme de 1 à 8 semaines.");
        }
        if self.capacity.is_some_and(|capacity| !(1..=MOST_PEOPLE).contains(&capacity)) {
            errors.add("capacity", format!("Le nombre de places va de 1 à {MOST_PEOPLE}."));
        }
        errors.extend(check_place(&self.place));
        errors.into_result()
    }

    /// The days kept, and those left out with the reason.
    pub fn days(&self) -> (Vec<Day>, Vec<(Day, &'static str)>) {
        let monday = self.first.plus(-i64::from(self.first.0.weekday().num_days_from_monday()));
        let (mut kept, mut left_out) = (Vec::new(), Vec::new());
        let mut day = self.first;
        while day <= self.last {
            let in_week = day.days_since(monday) / 7 % self.every_weeks.max(1) == 0;
            if in_week && self.weekdays.contains(&day.0.weekday().num_days_from_monday()) {
                let holiday = self.outside_holidays_of.and_then(|zone| school_holiday(zone, day.0));
                let public = self.outside_public_holidays && is_public_holiday(day.0);
                match (holiday, public) {
                    (Some(name), _) => left_out.push((day, name)),
                    (None, true) => left_out.push((day, "jour férié")),
                    (None, false) => kept.push(day),
                }
            }
            day = day.plus(1);
        }
        (kept, left_out)
    }
}

/// Adds the sessions of a series to an action; those at an instant that has one already are left as they are. Answers how many were added.
pub fn add(conn: &mut Conn, by: By<'_>, id: &ActionId, series: &Series, zone: &Zone) -> Result<usize> {
    writable(conn, by, id)?;
    series.check()?;
    let (days, _) = series.days();
    if days.is_empty() {
        return Err(Error::field("first", "Aucun jour ne correspond : vérifiez les dates, les jours et les vacances."));
    }
    if days.len() + store::sessions(conn, id)?.len() > MOST_SESSIONS {
        return Err(Error::field("last", format!("Une action a {MOST_SESSIONS} séances au plus : raccourcissez la période.")));
    }
    let sessions: Vec<Session> = days
        .into_iter()
        .map(|day| {
            let starts_at = zone.at(day, series.time);
            Session {
                id: SessionId::new(by.now, by.chance),
                starts_at,
                ends_at: starts_at.plus_seconds(series.minutes * 60),
                place: series.place.clone(),
                capacity: series.capacity,
                attended: None,
                newcomers: None,
                version: 1,
            }
        })
        .collect();
    let added = store::add_sessions(conn, id, &sessions)?;
    events::happened(conn, by, Event::SessionsChanged { id, added, removed: 0 })?;
    Ok(added)
}

/// A place is a short text, and names nobody.
fn check_place(place: &str) -> FieldErrors {
    let mut errors = FieldErrors::default();
    if place.chars().count() > 500 {
        errors.add("place", "Ce texte dépasse 500 caractères.");
    }
    if crate::kernel::nir::find(place).is_some() {
        errors.add("place", "Ce texte contient un numéro de sécurité sociale : retirez-le.");
    }
    errors
}

/// One session, apart from any series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Single {
    pub starts_at: Moment,
    pub ends_at: Moment,
    pub place: String,
    pub capacity: Option<i32>,
}

impl Single {
    pub fn check(&self) -> Result<(), FieldErrors> {
        let mut errors = check_place(&self.place);
        if !(5 * 60..=24 * 3600).contains(&self.ends_at.seconds_since(self.starts_at)) {
            errors.add("ends_at", "Une séance dure entre 5 minutes et 24 heures.");
        }
        if self.capacity.is_some_and(|capacity| !(1..=MOST_PEOPLE).contains(&capacity)) {
            errors.add("capacity", format!("Le nombre de places va de 1 à {MOST_PEOPLE}."));
        }
        errors.into_result()
    }
}

/// Adds one session to an action.
pub fn add_one(conn: &mut Conn, by: By<'_>, id: &ActionId, single: &Single) -> Result<Session> {
    writable(conn, by, id)?;
    single.check()?;
    if store::sessions(conn, id)?.len() >= MOST_SESSIONS {
        return Err(Error::field("starts_at", format!("Une action a {MOST_SESSIONS} séances au plus.")));
    }
    let Single { starts_at, ends_at, place, capacity } = single.clone();
    let session = Session { id: SessionId::new(by.now, by.chance), starts_at, ends_at, place, capacity, attended: None, newcomers: None, version: 1 };
    if store::add_sessions(conn, id, std::slice::from_ref(&session))? == 0 {
        return Err(Error::field("starts_at", "Une séance de cette action commence déjà à ce moment."));
    }
    events::happened(conn, by, Event::SessionsChanged { id, added: 1, removed: 0 })?;
    Ok(session)
}

/// Removes a session that nobody has attended.
pub fn remove(conn: &mut Conn, by: By<'_>, id: &ActionId, session: &SessionId) -> Result<()> {
    writable(conn, by, id)?;
    let found = store::sessions(conn, id)?.into_iter().find(|found| found.id == *session).ok_or(Error::NotFound)?;
    if found.attended.is_some() {
        return Err(Error::Refused("Cette séance a une fréquentation : effacez-la d’abord.".into()));
    }
    store::remove_session(conn, session)?;
    events::happened(conn, by, Event::SessionsChanged { id, added: 0, removed: 1 })
}

/// What is written of one session's attendance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attendance {
    pub session: SessionId,
    pub attended: Option<i32>,
    pub newcomers: Option<i32>,
}

/// Writes attendance, all of it or nothing. Figures only: nobody is ever named.
pub fn attend(conn: &mut Conn, by: By<'_>, id: &ActionId, attendances: &[Attendance]) -> Result<()> {
    writable(conn, by, id)?;
    let sessions = store::sessions(conn, id)?;
    let mut errors = FieldErrors::default();
    for given in attendances {
        let Some(session) = sessions.iter().find(|session| session.id == given.session) else { return Err(Error::NotFound) };
        let (attended, newcomers) = (format!("attended.{}", session.id), format!("newcomers.{}", session.id));
        if [given.attended, given.newcomers].into_iter().flatten().any(|count| !(0..=MOST_PEOPLE).contains(&count)) {
            errors.add(&attended, format!("Un nombre de 0 à {MOST_PEOPLE} est attendu."));
        } else if given.newcomers.unwrap_or(0) > given.attended.unwrap_or(0) {
            errors.add(&newcomers, "Il ne peut pas y avoir plus de nouvelles personnes que de présents.");
        } else if session.starts_at > by.now && given.attended.is_some() {
            errors.add(&attended, "Cette séance n’a pas encore eu lieu.");
        }
    }
    errors.into_result()?;
    for given in attendances {
        store::attend(conn, &given.session, given.attended, given.newcomers)?;
    }
    events::happened(conn, by, Event::AttendanceRecorded { id })
}

/// The sessions of an action that the viewer may read, in order.
pub fn of(conn: &mut Conn, viewer: &Viewer, id: &ActionId) -> Result<Vec<Session>> {
    service::find(conn, viewer, id)?;
    store::sessions(conn, id)
}

fn writable(conn: &mut Conn, by: By<'_>, id: &ActionId) -> Result<()> {
    let action = service::find(conn, &Viewer(Some(by.actor.clone())), id)?;
    let subject = Subject::of(&action.fields, action.life.stage, action.author_id.as_ref());
    if !policy::may_write(by.actor, &subject) {
        return Err(service::not_yours());
    }
    if action.life.stage == Stage::Archived {
        return Err(Error::Refused("Une action archivée ne se modifie plus : ses séances restent comme elles sont.".into()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series() -> Series {
        Series {
            first: Day::new(2026, 1, 6).unwrap(),
            last: Day::new(2026, 3, 31).unwrap(),
            weekdays: vec![1],
            every_weeks: 1,
            time: NaiveTime::from_hms_opt(14, 0, 0).unwrap(),
            minutes: 120,
            outside_holidays_of: Some(SchoolZone::A),
            outside_public_holidays: true,
            place: String::new(),
            capacity: None,
        }
    }

    #[test]
    fn every_tuesday_outside_school_holidays() {
        let (kept, left_out) = series().days();
        assert_eq!(kept.len(), 11);
        assert_eq!(left_out.iter().map(|(day, _)| day.iso()).collect::<Vec<_>>(), ["2026-02-10", "2026-02-17"]);
    }

    #[test]
    fn every_other_week_counts_from_the_first() {
        let series = Series { every_weeks: 2, outside_holidays_of: None, ..series() };
        let (kept, _) = series.days();
        assert_eq!(kept[..3].iter().map(|day| day.iso()).collect::<Vec<_>>(), ["2026-01-06", "2026-01-20", "2026-02-03"]);
    }

    proptest::proptest! {
        #[test]
        fn every_day_kept_is_asked_for(start in 0i64..2000, length in 0i64..400, weekday in 0u32..7, every in 1i64..5) {
            let first = Day::new(2022, 1, 1).unwrap().plus(start);
            let series = Series { first, last: first.plus(length), weekdays: vec![weekday], every_weeks: every, ..series() };
            for day in series.days().0 {
                proptest::prop_assert!(day >= series.first && day <= series.last);
                proptest::prop_assert_eq!(day.0.weekday().num_days_from_monday(), weekday);
                proptest::prop_assert!(school_holiday(SchoolZone::A, day.0).is_none());
            }
        }
    }
}
