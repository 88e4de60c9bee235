//! Works the mail queue: leases, renders once, hands over through several conversations at once, and notes what became of each.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::choices;
use super::desk::Desk;
use super::message::{self, Letter, Sender};
use super::model::{self, Fault, Stage, Step, Verdict, Withheld};
use super::outgoing::TOLD;
use super::recorder::Recorder;
use super::smtp::{Begun, Session};
use super::store::{self, Leased, Made, Setback};
use super::transport::{Sent, Transport};
use crate::app::App;
use crate::error::{Error, Result};
use crate::kernel::ids::MailId;
use crate::notifications::leaving::{self, Asked};

/// How often the leases of what is in hand are renewed: well within a lease.
const RENEW: Duration = Duration::from_secs(10);
/// How long a conversation is kept open for the next mail.
const IDLE: Duration = Duration::from_secs(20);
/// While mails wait at the desk, how often the queue is looked at for those of other domains.
const LOOK: Duration = Duration::from_millis(50);
/// How long a stop waits for what is being handed over. What is cut then is uncertain, and sent again.
const LAST: Duration = Duration::from_secs(10);

/// What a mail's way through one conversation came to.
struct Back {
    verdict: Option<Verdict>,
    /// The conversation, if another mail may follow in it.
    session: Option<Session>,
}

struct Courier {
    app: Arc<App>,
    /// Fences what this worker leased.
    token: String,
    desk: Desk,
    recorder: Recorder,
    under_way: JoinSet<Back>,
    /// What the tasks under way have in hand: the mail and its domain.
    in_hand: HashMap<tokio::task::Id, (MailId, String)>,
    idle: Vec<(Session, Instant)>,
    renewed: Instant,
    asked: Option<Instant>,
}

/// Works until `stop` is told, then lets what is being handed over end.
pub async fn run(app: Arc<App>, mut stop: tokio::sync::watch::Receiver<bool>) {
    let mut courier = Courier::new(app.clone());
    while !*stop.borrow() {
        if let Err(error) = courier.round().await {
            tracing::error!(%error, "the mail queue cannot be worked");
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        tokio::select! {
            Some(back) = courier.under_way.join_next_with_id() => courier.take_back(back),
            () = app.bell.wait() => {}
            _ = stop.changed() => {}
        }
    }
    courier.close().await;
}

/// Hands over all that is due; answers how many mails left or were tried. Tests drive it by hand.
pub async fn step(app: &Arc<App>) -> Result<usize> {
    let mut courier = Courier::new(app.clone());
    let mut tried = 0;
    loop {
        courier.round().await?;
        match courier.under_way.join_next_with_id().await {
            Some(back) => courier.take_back(back),
            None => break,
        }
        tried += 1;
    }
    courier.close().await;
    Ok(tried)
}

impl Courier {
    fn new(app: Arc<App>) -> Self {
        let (token, now) = (app.chance.secret(), Instant::now());
        let (connections, per_minute) = app.config.smtp.as_ref().map_or((4, None), |smtp| (smtp.connections, smtp.per_minute));
        Self {
            recorder: Recorder::start(app.clone(), token.clone()),
            desk: Desk::new(connections, per_minute, now),
            app,
            token,
            under_way: JoinSet::new(),
            in_hand: HashMap::new(),
            idle: Vec::new(),
            renewed: now,
            asked: None,
        }
    }

    /// Leases what there is room for, and starts what may leave.
    async fn round(&mut self) -> Result<()> {
        let now = Instant::now();
        self.renew(now).await?;
        self.give_back(now).await?;
        // Many at a time: a lease a mail would cost more than the mail.
        let room = self.desk.room(now);
        if room >= Desk::ROOM / 2 && !(self.desk.has_waiting() && self.asked.is_some_and(|asked| now - asked < LOOK)) {
            self.asked = Some(now);
            let mails = self.lease(i64::try_from(room).unwrap_or(0), self.desk.busy(now)).await?;
            self.desk.take_in(mails);
        }
        while let Some(mail) = self.desk.next(now) {
            let session = self.idle.pop().map(|(session, _)| session);
            let held = (mail.id.clone(), mail.domain.clone());
            let task = self.under_way.spawn(hand_over(self.app.clone(), self.recorder.clone(), mail, session));
            self.in_hand.insert(task.id(), held);
        }
        let (kept, old) = std::mem::take(&mut self.idle).into_iter().partition(|(_, since)| now - *since < IDLE);
        self.idle = kept;
        for (session, _) in old {
            tokio::spawn(session.quit());
        }
        Ok(())
    }

    fn take_back(&mut self, back: std::result::Result<(tokio::task::Id, Back), tokio::task::JoinError>) {
        let now = Instant::now();
        // A task that panicked leaves its mail to the end of its lease.
        let (task, back) = back.unwrap_or_else(|error| (error.id(), Back { verdict: None, session: None }));
        if let Some((_, domain)) = self.in_hand.remove(&task) {
            self.desk.came_back(&domain, back.verdict, now);
        }
        self.idle.extend(back.session.map(|session| (session, now)));
    }

    async fn renew(&mut self, now: Instant) -> Result<()> {
        if now - self.renewed >= RENEW {
            self.renewed = now;
            let held: Vec<MailId> = self.in_hand.values().map(|(id, _)| id.clone()).chain(self.desk.waiting()).collect();
            if !held.is_empty() {
                let (token, now) = (self.token.clone(), self.app.clock.now());
                self.app.db.write(move |conn| store::renew(conn, &held, &token, now)).await?;
            }
        }
        Ok(())
    }

    async fn give_back(&mut self, now: Instant) -> Result<()> {
        let back: Vec<MailId> = self.desk.give_back(now).into_iter().map(|mail| mail.id).collect();
        if back.is_empty() {
            return Ok(());
        }
        let token = self.token.clone();
        self.app.db.write(move |conn| store::release(conn, &back, &token)).await
    }

    async fn lease(&mut self, most: i64, busy: Vec<String>) -> Result<Vec<Leased>> {
        let now = self.app.clock.now();
        let unchanged = busy.clone();
        if !self.app.db.read(move |conn| store::has_due(conn, &unchanged, now)).await? {
            return Ok(Vec::new());
        }
        let (token, chance) = (self.token.clone(), self.app.chance.clone());
        let (today, zone) = (self.app.today(), self.app.config.zone.clone());
        let (mails, links) = self
            .app
            .db
            .write(move |conn| {
                let mut mails = store::lease(conn, most, &busy, &token, now)?;
                let chosen = choices::of(conn, &mails, now, &chance)?;
                let Asked { mut withheld, mut rewritten } = leaving::ask(conn, &mails, now, today, &chance, &zone)?;
                withheld.extend(chosen.refused.into_iter().map(|id| (id, Withheld::Unwanted)));
                // With what is written instead: whatever dies, nothing is told by both.
                for mail in &mails {
                    if let Some(why) = withheld.get(&mail.id) {
                        store::set_back(conn, &ended(mail, Stage::Cancelled, why.fault()), &token, now)?;
                    }
                }
                mails.retain(|mail| !withheld.contains_key(&mail.id));
                for mail in &mut mails {
                    if let Some(params) = rewritten.remove(&mail.id) {
                        store::rewrite(conn, &mail.id, &params)?;
                        (mail.params, mail.bytes) = (params, None);
                    }
                }
                Ok::<_, Error>((mails, chosen.tokens))
            })
            .await?;
        let (mut ready, mut made) = (Vec::with_capacity(mails.len()), Vec::new());
        for mut mail in mails {
            if mail.bytes.is_none() {
                match self.make(&mail, links.get(&mail.id)) {
                    Ok(one) => {
                        mail.message_id = Some(one.message_id.clone());
                        mail.bytes = Some(one.bytes.clone());
                        made.push(one);
                    }
                    Err(fault) => {
                        tracing::error!(template = mail.template, reason = fault.said, "a mail cannot be made");
                        self.recorder.set_back(ended(&mail, Stage::Failed, fault));
                        continue;
                    }
                }
            }
            ready.push(mail);
        }
        if !made.is_empty() {
            let token = self.token.clone();
            self.app.db.write(move |conn| store::made(conn, &made, &token)).await?;
        }
        Ok(ready)
    }

    /// Renders a mail, which is done once.
    fn make(&self, mail: &Leased, choice: Option<&String>) -> std::result::Result<Made, Fault> {
        let told = |error: &dyn std::fmt::Display| Fault::new(Step::Compose, None, error.to_string());
        let app = &self.app;
        let identity = app.identity();
        let sender = Sender { from: &app.config.mail_from, base_url: &app.config.base_url, instance: &identity, dkim: app.config.dkim.as_deref() };
        let params: Value = serde_json::from_str(&mail.params).map_err(|error| told(&error))?;
        let kept = params.get(TOLD).map_or_else(|| json!({}), |told| json!({ TOLD: told })).to_string();
        let letter = Letter {
            id: &mail.id,
            recipient: &mail.recipient,
            template: &mail.template,
            params,
            record: mail.record.as_ref().map(|(kind, id)| (kind.as_str(), id.as_str())),
            choice: choice.map(String::as_str),
            at: mail.created_at,
        };
        let rendered = message::render(&app.view, &sender, letter).map_err(|error| told(&error))?;
        Ok(Made { id: mail.id.clone(), params: kept, subject: rendered.subject, message_id: rendered.message_id, bytes: rendered.bytes })
    }

    /// Lets what is under way end, and gives the rest back.
    async fn close(mut self) {
        let ends = async {
            while let Some(back) = self.under_way.join_next_with_id().await {
                self.take_back(back);
            }
        };
        drop(tokio::time::timeout(LAST, ends).await);
        let waiting: Vec<MailId> = self.desk.clear().into_iter().map(|mail| mail.id).collect();
        let token = self.token.clone();
        if let Err(error) = self.app.db.write(move |conn| store::release(conn, &waiting, &token)).await {
            tracing::warn!(%error, "what was leased is taken again when its lease ends");
        }
        let farewells = async {
            self.recorder.flush().await;
            for (session, _) in self.idle {
                session.quit().await;
            }
        };
        drop(tokio::time::timeout(LAST, farewells).await);
    }
}

/// The end of a mail that no try will ever bring any further.
fn ended(mail: &Leased, stage: Stage, fault: Fault) -> Setback {
    Setback { id: mail.id.clone(), stage, fault, due_at: mail.created_at, deferrals: mail.deferrals, give_up_at: mail.give_up_at }
}

async fn hand_over(app: Arc<App>, recorder: Recorder, mail: Leased, session: Option<Session>) -> Back {
    let mut back = Back { verdict: None, session: None };
    match through(&app, &recorder, &mail, session).await {
        Ok(Handed::Over(session)) => {
            recorder.sent(mail.id);
            back.session = session;
        }
        Ok(Handed::NotOurs) => {
            tracing::warn!(mail = mail.id.as_str(), "another worker has this mail, or the database is away: left to whoever holds it")
        }
        Err((fault, session)) => {
            back.verdict = Some(fault.verdict());
            back.session = session;
            recorder.set_back(judged(&app, &mail, fault));
        }
    }
    back
}

enum Handed {
    Over(Option<Session>),
    NotOurs,
}

/// One mail through one conversation, or into one file.
async fn through(app: &Arc<App>, recorder: &Recorder, mail: &Leased, kept: Option<Session>) -> std::result::Result<Handed, (Fault, Option<Session>)> {
    let bytes = mail.bytes.clone().unwrap_or_default();
    let Transport::Smtp(server) = &app.mail else {
        if !recorder.body_started(&mail.id).await {
            return Ok(Handed::NotOurs);
        }
        let sent = Sent { recipient: mail.recipient.clone(), message_id: mail.message_id.clone().unwrap_or_default(), bytes };
        let writer = app.clone();
        let written = tokio::task::spawn_blocking(move || writer.mail.write(sent)).await;
        return match written {
            Ok(written) => written.map(|()| Handed::Over(None)).map_err(|fault| (fault, None)),
            Err(error) => Err((Fault::new(Step::Write, None, error.to_string()), None)),
        };
    };
    let from = app.config.mail_from.as_str();
    let mut kept = kept;
    loop {
        let mut session = match kept.take() {
            Some(session) => session,
            None => server.connect().await.map_err(|fault| (fault, None))?,
        };
        match session.begin(from, &mail.recipient, &bytes).await {
            Ok(Begun::Stale) => continue,
            Ok(Begun::Ready) => {}
            Err(fault) => {
                // After a refusal the same conversation serves the next mail.
                let goes_on = fault.code.is_some_and(|code| code != 421) && session.reset().await;
                return Err((fault, goes_on.then_some(session)));
            }
        }
        if !recorder.body_started(&mail.id).await {
            return Ok(Handed::NotOurs);
        }
        return match session.finish(&bytes).await {
            Ok(()) => Ok(Handed::Over(Some(session))),
            Err(fault) => {
                let goes_on = fault.code.is_some_and(|code| code != 421);
                Err((fault, goes_on.then_some(session)))
            }
        };
    }
}

/// What follows a fault: when it is tried again, or that it is given up.
fn judged(app: &App, mail: &Leased, fault: Fault) -> Setback {
    let now = app.clock.now();
    let verdict = fault.verdict();
    tracing::warn!(mail = mail.id.as_str(), step = fault.step.as_str(), code = fault.code, ?verdict, "a mail did not leave");
    let setback = |stage, due_at, deferrals, give_up_at| Setback { id: mail.id.clone(), stage, fault: fault.clone(), due_at, deferrals, give_up_at };
    match verdict {
        Verdict::Failed => setback(Stage::Failed, now, mail.deferrals, mail.give_up_at),
        // Nothing was said of this mail: it is first when the server is well again.
        Verdict::ServerAtFault => setback(Stage::Deferred, now, mail.deferrals, mail.give_up_at),
        Verdict::Deferred | Verdict::Uncertain => {
            let deferrals = mail.deferrals.saturating_add(1);
            let give_up_at = mail.give_up_at.unwrap_or_else(|| now.plus_seconds(model::GIVE_UP_HOURS * 3600));
            let stage = match verdict {
                _ if now >= give_up_at => Stage::Failed,
                Verdict::Uncertain => Stage::Uncertain,
                _ => Stage::Deferred,
            };
            setback(stage, model::due_again(now, deferrals, app.chance.below(200)), deferrals, Some(give_up_at))
        }
    }
}
