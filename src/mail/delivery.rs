//! The mail lane's work: render once, keep the bytes, send them.

use std::sync::Arc;

use super::message::{self, Sender};
use super::store;
use super::transport::{Failure, Sent};
use crate::app::App;
use crate::error::{Error, Result};
use crate::kernel::ids::MailId;
use crate::outbox::worker::Outcome;

pub async fn work(app: &Arc<App>, id: &MailId) -> Outcome {
    match deliver(app, id).await {
        Ok(outcome) => outcome,
        Err(error) => Outcome::Retry(error.to_string()),
    }
}

async fn deliver(app: &Arc<App>, id: &MailId) -> Result<Outcome> {
    let stored = {
        let id = id.clone();
        app.db.read(move |conn| store::find(conn, &id)).await?
    };
    let Some(stored) = stored else { return Ok(Outcome::GiveUp("this mail is no longer kept".into())) };
    let (message_id, bytes) = match (stored.message_id, stored.bytes) {
        (Some(message_id), Some(bytes)) => (message_id, bytes),
        _ => {
            let identity = app.identity();
            let sender = Sender { from: &app.config.mail_from, base_url: &app.config.base_url, instance: &identity };
            let params = serde_json::from_str(&stored.params).map_err(|error| Error::Internal(error.to_string()))?;
            let rendered = match message::render(&app.view, &sender, &stored.recipient, &stored.template, params, id.as_str(), stored.created_at) {
                Ok(rendered) => rendered,
                Err(error) => return Ok(Outcome::GiveUp(error.to_string())),
            };
            let kept = (rendered.message_id.clone(), rendered.bytes.clone());
            let id = id.clone();
            app.db.write(move |conn| store::rendered(conn, &id, &rendered)).await?;
            kept
        }
    };
    let (app_, sent) = (app.clone(), Sent { recipient: stored.recipient, message_id, bytes });
    let handed = tokio::task::spawn_blocking(move || app_.mail.send(app_.config.mail_from.as_str(), sent)).await;
    match handed.map_err(|error| Error::Internal(error.to_string()))? {
        Ok(()) => {
            let (id, now) = (id.clone(), app.clock.now());
            app.db.write(move |conn| store::sent(conn, &id, now)).await?;
            Ok(Outcome::Done)
        }
        Err(Failure::Passing(reason)) => Ok(Outcome::Retry(reason)),
        Err(Failure::Final(reason)) => Ok(Outcome::GiveUp(reason)),
    }
}
