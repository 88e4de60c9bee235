//! What is done once a day: reminders and purges. Two nodes never do it twice.

use std::sync::Arc;
use std::time::Duration;

use super::store;
use crate::accounts::model::{Actor, By};
use crate::app::App;
use crate::db::Conn;
use crate::error::Result;
use crate::kernel::{Chance, Moment, Zone};
use crate::notifications::subscriptions;
use crate::search::model::RecordType;
use crate::{
    accounts, announcements, consultations, conventions, decisions, documents, imports, mail, meetings, notifications, partners, search, sharing,
};

/// How often the worker looks whether something is due: changes of meetings to announce, a new day whose jobs are not done.
const EVERY: Duration = Duration::from_secs(15);

type Job = fn(&mut Conn, Moment, &Zone, &Chance) -> Result<String>;

/// In this order: reminders lean on where conventions stand today.
const JOBS: [(&str, Job); 5] = [("conventions", stand), ("minutes", minutes), ("decisions", decisions), ("reminders", reminders), ("purge", purge)];

/// Days alone begin, renew and end conventions: what lists and search say of them follows.
fn stand(conn: &mut Conn, now: Moment, zone: &Zone, chance: &Chance) -> Result<String> {
    let changed = conventions::service::refresh_all(conn, zone.day(now))?;
    for id in &changed {
        super::enqueue_once(conn, now, chance, &super::Job::Index { kind: RecordType::Convention, id: id.to_string() })?;
    }
    Ok(format!("{} stand otherwise", changed.len()))
}

/// Silence approves minutes to which nobody objected in time.
fn minutes(conn: &mut Conn, now: Moment, zone: &Zone, chance: &Chance) -> Result<String> {
    let actor = Actor::command_line();
    let approved = meetings::minutes::approving::by_silence(conn, By { actor: &actor, now, chance }, zone)?;
    Ok(format!("{approved} approved by silence"))
}

/// What decisions asked for may be there by a way of which nobody heard: a day alone ends nothing else.
fn decisions(conn: &mut Conn, now: Moment, _: &Zone, chance: &Chance) -> Result<String> {
    let actor = Actor::command_line();
    let looked = decisions::following::settle_all(conn, By { actor: &actor, now, chance })?;
    Ok(format!("{looked} looked at"))
}

fn reminders(conn: &mut Conn, now: Moment, zone: &Zone, chance: &Chance) -> Result<String> {
    Ok(format!("{} reminded", notifications::remind(conn, now, zone.day(now), chance, zone)?))
}

/// What is kept no longer than promised: see the page « Données personnelles ».
fn purge(conn: &mut Conn, now: Moment, zone: &Zone, _: &Chance) -> Result<String> {
    let views = consultations::purge(conn, zone.day(now))?;
    // Before the mails that say whom they informed are forgotten.
    let [settled, audiences] = announcements::informed::settle(conn, now, zone)?;
    let [sign_ins, sessions, throttles] = accounts::service::purge_sessions(conn, now)?;
    let links = accounts::service::purge_links(conn, now)?;
    let confirmations = partners::links::purge(conn, now)?;
    let addresses = mail::bounces::purge(conn, now)?;
    let [bodies, mails] = mail::outgoing::purge(conn, now)?;
    let [unended, undoable] = imports::service::purge(conn, now)?;
    let answers = store::purge_idempotency(conn, now.plus_days(-2))?;
    let gaps = search::gaps::purge(conn, now)?;
    let invited = meetings::telling::forget(conn, now)?;
    let mended = subscriptions::matching::mend(conn, zone.day(now))?;
    let [asked, versions, notices] = subscriptions::service::purge(conn, now)?;
    let supports = sharing::support::purge(conn, now)?;
    Ok(format!(
        "{sign_ins} sign-ins, {sessions} sessions, {throttles} throttles, {links} links, {confirmations} links of partners, {bodies} mail bodies, {mails} mails, {addresses} dead addresses, {unended} imports, \
         {undoable} records to undo, {answers} idempotent answers, {gaps} searches without result, {invited} invitations, {supports} requests for help, {asked} unconfirmed subscriptions, \
         {versions} versions told, {notices} notices; {mended} searches followed again; {settled} announcements settled, {audiences} audiences; {views} days of consultations"
    ))
}

pub async fn run(app: Arc<App>, mut stop: tokio::sync::watch::Receiver<bool>) {
    while !*stop.borrow() {
        if let Err(error) = announce(&app).await {
            tracing::error!(%error, "changes of meetings cannot be announced");
        }
        if let Err(error) = send(&app).await {
            tracing::error!(%error, "announcements cannot be sent");
        }
        if let Err(error) = letters(&app).await {
            tracing::error!(%error, "the letters of Monday cannot be written");
        }
        if let Err(error) = returns(&app).await {
            tracing::error!(%error, "mails that came back cannot be looked at");
        }
        if let Err(error) = step(&app).await {
            tracing::error!(%error, "the daily jobs cannot run");
        }
        write_views(&app).await;
        app.refresh_identity().await;
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = stop.changed() => {}
        }
    }
    write_views(&app).await;
}

/// What pages of this process were opened is written by this process.
async fn write_views(app: &Arc<App>) {
    if let Err(error) = consultations::flush(app).await {
        tracing::error!(%error, "consultations cannot be written yet");
    }
}

/// For a process that runs no daily jobs: another may have changed what this one keeps in memory.
pub async fn refresh(app: Arc<App>, mut stop: tokio::sync::watch::Receiver<bool>) {
    while !*stop.borrow() {
        tokio::select! {
            () = tokio::time::sleep(EVERY) => app.refresh_identity().await,
            _ = stop.changed() => {}
        }
        write_views(&app).await;
    }
}

/// Tells those invited what has changed of their meetings, ten minutes after the first change; answers how many mails leave. Of two nodes one
/// tells it: a meeting's news are taken in the transaction that writes the mails.
pub async fn announce(app: &Arc<App>) -> Result<usize> {
    let now = app.clock.now();
    let mut told = 0;
    for id in app.db.read(move |conn| meetings::telling::to_announce(conn, now)).await? {
        let chance = app.chance.clone();
        told += app.db.write(move |conn| notifications::announce(conn, now, &chance, &id)).await?;
    }
    if told > 0 {
        app.bell.ring();
    }
    Ok(told)
}

/// Goes on with the announcements whose hour has come: their mails are queued some at a time, each transaction short; answers how many were.
pub async fn send(app: &Arc<App>) -> Result<usize> {
    let now = app.clock.now();
    let mut queued = 0;
    for id in app.db.read(move |conn| announcements::sending::due(conn, now)).await? {
        loop {
            let (id, chance) = (id.clone(), app.chance.clone());
            let some = app.db.write(move |conn| announcements::sending::advance(conn, &id, now, &chance)).await?;
            app.bell.ring();
            queued += some;
            if some == 0 {
                break;
            }
        }
    }
    Ok(queued)
}

/// Tells each agent what the other MDS did before this Monday, once it is 8 in the morning; answers how many mails leave. Of two nodes one
/// writes them: the Monday is claimed in the transaction that does.
pub async fn letters(app: &Arc<App>) -> Result<usize> {
    let (now, zone, chance) = (app.clock.now(), app.config.zone.clone(), app.chance.clone());
    let (monday, name) = (notifications::last_letter(now, &zone), notifications::LETTER);
    if app.db.read(move |conn| store::is_claimed(conn, name, monday)).await? {
        return Ok(0);
    }
    let written = app.db.write(move |conn| {
        if !store::claim_day(conn, name, monday)? {
            return Ok(0);
        }
        let written = notifications::write_letters(conn, now, &chance, &zone)?;
        store::report_day(conn, name, monday, &format!("{written} letters"))?;
        Ok::<_, crate::error::Error>(written)
    });
    let written = written.await?;
    if written > 0 {
        app.bell.ring();
    }
    Ok(written)
}

/// Reads the reports of mails that came back, and tells administrators of the addresses that died; answers how many mails tell it.
pub async fn returns(app: &Arc<App>) -> Result<usize> {
    mail::bounces::maildir::step(app).await?;
    let (now, today, chance) = (app.clock.now(), app.today(), app.chance.clone());
    if !app.db.read(move |conn| mail::bounces::are_to_be_told(conn, now)).await? {
        return Ok(0);
    }
    let told = app.db.write(move |conn| notifications::addresses::tell(conn, now, today, &chance)).await?;
    app.bell.ring();
    Ok(told)
}

/// Runs what today has not run yet; answers what each said. Tests drive it by hand.
pub async fn step(app: &Arc<App>) -> Result<Vec<String>> {
    let (now, today) = (app.clock.now(), app.today());
    let mut reports = Vec::new();
    for (name, job) in JOBS {
        let (chance, zone) = (app.chance.clone(), app.config.zone.clone());
        let report = app.db.write(move |conn| {
            if !store::claim_day(conn, name, today)? {
                return Ok(None);
            }
            let report = job(conn, now, &zone, &chance)?;
            store::report_day(conn, name, today, &report)?;
            Ok::<_, crate::error::Error>(Some(report))
        });
        if let Some(report) = report.await? {
            tracing::info!(job = name, %report, "daily job done");
            reports.push(format!("{name}: {report}"));
            app.bell.ring();
        }
    }
    if !reports.is_empty() {
        // Files go after the rows that named them.
        let swept = imports::worker::sweep(app).await?;
        let unnamed = documents::service::sweep(app).await?;
        tracing::info!(swept, unnamed, "files of imports removed, and documents that nothing names");
    }
    Ok(reports)
}
