//! Works the imports that wait: checks them, writes them, undoes them, one at a time, each under a lease.

use std::sync::Arc;
use std::time::Duration;

use super::checking::{Looking, pass};
use super::model::{Import, Report, Stage};
use super::service;
use super::shelf::Shelf;
use super::store::{self, Found};
use super::undoing::{self, Undone};
use crate::accounts::model::{Actor, By};
use crate::accounts::{self, sign_in};
use crate::app::App;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::kernel::{Day, Moment, Zone};

/// A lease outlives the work on a large file; a crashed worker's import is taken again after it.
const LEASE_SECONDS: i64 = 180;
/// After so many failures an import is given up, with the reason.
const MOST_ATTEMPTS: i32 = 5;
/// Rows between two notes of progress.
const EVERY: u64 = 200;

/// Works until `stop` is told.
pub async fn run(app: Arc<App>, stop: tokio::sync::watch::Receiver<bool>) {
    while !*stop.borrow() {
        match step(&app).await {
            Ok(0) => app.bell.wait().await,
            Ok(_) => {}
            Err(error) => {
                tracing::error!(%error, "the imports cannot be worked");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// Works the import that has waited longest; answers how many were worked. Tests drive it by hand.
pub async fn step(app: &Arc<App>) -> Result<usize> {
    let now = app.clock.now();
    if !app.db.read(move |conn| store::has_due(conn, now)).await? {
        return Ok(0);
    }
    let token = app.chance.secret();
    let leased = {
        let token = token.clone();
        app.db.write(move |conn| store::lease(conn, &token, now, now.plus_seconds(LEASE_SECONDS))).await?
    };
    let Some((import, attempts)) = leased else { return Ok(0) };
    let work = Work { app: app.clone(), shelf: Shelf::of(&app.config.documents_dir), token, now, today: app.today() };
    let (id, stage) = (import.id.clone(), import.stage);
    let done = tokio::task::spawn_blocking(move || work.carry_out(import, attempts)).await;
    if let Err(error) = done.unwrap_or_else(|_| Err(crate::db::Error::Interrupted.into())) {
        tracing::error!(%error, import = id, stage = stage.as_str(), "an import failed");
    }
    app.bell.ring();
    Ok(1)
}

/// Removes the files of imports that no longer need them, or that never had a row.
pub async fn sweep(app: &Arc<App>) -> Result<usize> {
    let (shelf, now) = (Shelf::of(&app.config.documents_dir), app.clock.now());
    let ids = shelf.ids();
    // A file is on disk before the row that names it: a young one may be waiting for its own.
    let old: Vec<String> = ids.into_iter().filter(|id| crate::kernel::ids::made_at(id).is_some_and(|at| at.plus_seconds(3600) < now)).collect();
    if old.is_empty() {
        return Ok(0);
    }
    let wanted = app.db.read({
        let old = old.clone();
        move |conn| store::with_files(conn, &old)
    });
    let wanted = wanted.await?;
    let unwanted: Vec<String> = old.into_iter().filter(|id| !wanted.contains(id)).collect();
    unwanted.iter().for_each(|id| shelf.clear(id));
    Ok(unwanted.len())
}

struct Work {
    app: Arc<App>,
    shelf: Shelf,
    token: String,
    now: Moment,
    today: Day,
}

impl Work {
    fn carry_out(&self, import: Import, attempts: i32) -> Result<()> {
        let outcome = match import.stage {
            Stage::Mapped => self.check(&import),
            Stage::Running => self.write(&import),
            Stage::Undoing => self.undo(&import),
            _ => Ok(()),
        };
        let Err(error) = outcome else { return Ok(()) };
        match error {
            fault if fault.is_fault() && attempts < MOST_ATTEMPTS => {
                let until = self.now.plus_seconds(5);
                self.app.db.write_now(|conn| store::postpone(conn, &import, &self.token, until))?;
                Err(fault)
            }
            // The check has to be made again: something has changed here since.
            Error::Refused(reason) if import.stage == Stage::Running => self.complete(&import, Stage::Mapped, &import.report, Some(&reason)),
            Error::Refused(reason) if import.stage == Stage::Undoing => self.complete(&import, Stage::Done, &import.report, Some(&reason)),
            error => {
                let to = if import.stage == Stage::Undoing { Stage::Done } else { Stage::Failed };
                let reason = if error.is_fault() {
                    "Le serveur n’y arrive pas. L’administrateur en trouvera la raison dans le journal.".to_owned()
                } else {
                    error.to_string()
                };
                self.complete(&import, to, &import.report, Some(&reason))?;
                if error.is_fault() { Err(error) } else { Ok(()) }
            }
        }
    }

    fn complete(&self, import: &Import, to: Stage, report: &Report, reason: Option<&str>) -> Result<()> {
        let found = Found { to, report, reason, at: self.now, by: None };
        self.app.db.write_now(|conn| store::complete(conn, import, &self.token, &found)).map(drop)
    }

    /// Whoever imports, with the rights that they now have.
    fn actor(&self, conn: &mut Conn, import: &Import) -> Result<Actor> {
        let Some(id) = &import.account_id else { return Ok(Actor::command_line()) };
        let account = accounts::service::find(conn, id)?;
        if account.stage != accounts::model::AccountStage::Active {
            return Err(Error::Forbidden("Le compte qui a donné ce fichier est fermé.".into()));
        }
        let actor = sign_in::actor(conn, account)?;
        service::may_import(&actor)?;
        Ok(actor)
    }

    /// Tells how far the work is, now and then.
    fn telling(&self, import: &Import, total: u64) -> impl FnMut(u64) -> Result<()> + '_ {
        let id = import.id.clone();
        self.shelf.tell_progress(&id, 0, total);
        move |done| {
            if done.is_multiple_of(EVERY) || done == total {
                self.shelf.tell_progress(&id, done, total);
            }
            Ok(())
        }
    }

    fn zone(&self) -> &Zone {
        &self.app.config.zone
    }

    fn check(&self, import: &Import) -> Result<()> {
        let mut refused = self.shelf.refused(&import.id)?;
        let (report, wrongs) = self.app.db.read_now(|conn| {
            let actor = self.actor(conn, import)?;
            let mut desk = import.kind.open(conn, &actor, self.today, self.zone())?;
            let source = match service::source(import, &self.shelf, desk.as_ref()) {
                Ok(source) => source,
                Err(wrongs) => return Ok((import.report.clone(), wrongs)),
            };
            let mut each_bad = |row: &super::model::ShownRow| refused.push(row);
            let mut each_step = self.telling(import, source.len());
            let mut looking = Looking::new(&source, &mut each_bad, &mut each_step);
            pass(conn, desk.as_mut(), &source, &mut looking)?;
            let kept = &import.report;
            let report = Report { notes: kept.notes.clone(), headings: kept.headings.clone(), proposed: kept.proposed.clone(), ..looking.report };
            let report = Report { same_file: service::same_file(conn, import.kind, &import.hash, &import.id)?, ..report };
            Ok::<_, Error>((report, Vec::new()))
        })?;
        refused.finish()?;
        match wrongs.first() {
            Some(wrong) => self.complete(import, Stage::Failed, &report, Some(&wrong.sentence())),
            None => self.complete(import, Stage::Checked, &report, import.reason.as_deref()),
        }
    }

    /// One transaction: the rows, what is kept to undo them, and the stage of the import itself, which no other worker can then move.
    fn write(&self, import: &Import) -> Result<()> {
        let (actor, source) = self.app.db.read_now(|conn| {
            let actor = self.actor(conn, import)?;
            let desk = import.kind.open(conn, &actor, self.today, self.zone())?;
            Ok::<_, Error>((actor, service::source(import, &self.shelf, desk.as_ref())))
        })?;
        let source = source.map_err(|wrongs| Error::Forbidden(wrongs.first().map(super::Wrong::sentence).unwrap_or_default()))?;
        let mut each_step = self.telling(import, source.len());
        let written = self.app.db.write_now(|conn| {
            let found = Found { to: Stage::Done, report: &import.report, reason: None, at: self.now, by: None };
            if !store::complete(conn, import, &self.token, &found)? {
                return Ok(false);
            }
            let by = By { actor: &actor, now: self.now, chance: &self.app.chance };
            service::carry_out(conn, by, import, &source, self.today, self.zone(), &mut each_step)?;
            Ok::<_, Error>(true)
        })?;
        if written {
            self.shelf.clear(&import.id);
        }
        Ok(())
    }

    fn undo(&self, import: &Import) -> Result<()> {
        let undone = self.app.db.write_now(|conn| {
            let actor = self.actor(conn, import)?;
            let by = By { actor: &actor, now: self.now, chance: &self.app.chance };
            let stuck = undoing::stuck(conn, by, import, self.today, self.zone())?;
            if !stuck.is_empty() && !import.plan.leaves_changed {
                return Ok(Undone::Stuck(stuck));
            }
            let report = Report { stuck: stuck.clone(), ..import.report.clone() };
            let found = Found { to: Stage::Undone, report: &report, reason: None, at: self.now, by: Some(&actor.name) };
            if !store::complete(conn, import, &self.token, &found)? {
                return Ok(Undone::Whole);
            }
            undoing::undo(conn, by, import, &stuck, self.today, self.zone(), &mut self.telling(import, import.report.counts.rows))?;
            service::told(conn, by, &import.id, "import_undone")?;
            Ok::<_, Error>(Undone::Whole)
        })?;
        match undone {
            Undone::Whole => {
                self.shelf.clear(&import.id);
                Ok(())
            }
            Undone::Stuck(stuck) => self.complete(import, Stage::Done, &Report { stuck, ..import.report.clone() }, None),
        }
    }
}
