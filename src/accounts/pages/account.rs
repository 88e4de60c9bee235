//! `/compte`: who one is here, one's password, mails, open sessions and API tokens.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::browser;
use crate::accounts::model::WebSession;
use crate::accounts::service;
use crate::error::{Error, Result};
use crate::http::forms::{Field, Submitted, summary};
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::kernel::FieldErrors;
use crate::kernel::ids::AccountId;
use crate::mail::choices;
use crate::{meetings, partners, territories};

const TITLE: &str = "Mon compte";

/// What the page says beside what it always says.
#[derive(Default)]
struct Shown<'a> {
    errors: FieldErrors,
    label: &'a str,
    /// The secret of a token just made, shown this once.
    secret: Option<String>,
}

pub async fn show(visit: Visit) -> Result<HttpResponse> {
    page(&visit, Shown::default()).await
}

/// Whose account it is; a token of the command line has none.
fn own(visit: &Visit) -> Result<AccountId> {
    visit.actor()?.id.clone().ok_or(Error::NotFound)
}

pub async fn change_password(Submitted { visit, form }: Submitted) -> Result<HttpResponse> {
    let id = own(&visit)?;
    let app = &visit.app;
    let session = visit.session().unwrap_or_default().to_owned();
    let (present, password) = (form.get("present").to_owned(), form.get("password").to_owned());
    match service::change_password(&app.db, id, present, password, session, &visit.origin.network(), visit.now, &app.chance).await {
        Ok(()) => Ok(visit.redirect("/compte", Some(Notice::PasswordChanged))),
        Err(Error::Invalid(errors)) => page(&visit, Shown { errors, ..Shown::default() }).await,
        Err(error) => Err(error),
    }
}

/// Ends the session that the button names, or all but this one.
pub async fn end_sessions(Submitted { visit, form }: Submitted) -> Result<HttpResponse> {
    let id = own(&visit)?;
    let now = visit.now;
    let (only, keep) = match form.get("id") {
        "" => (None, visit.session().map(ToOwned::to_owned)),
        id => (Some(id.to_owned()), None),
    };
    if only.is_none() && keep.is_none() {
        return Err(Error::NotFound);
    }
    let ended = visit.app.db.write(move |conn| service::end_sessions(conn, &id, only.as_deref(), keep.as_deref(), now)).await?;
    let notice = if ended > 1 { Notice::AllSessionsEnded } else { Notice::SessionsEnded };
    Ok(visit.redirect("/compte", Some(notice)))
}

pub async fn add_token(Submitted { visit, form }: Submitted) -> Result<HttpResponse> {
    let id = own(&visit)?;
    let (doer, label) = (visit.doer()?, form.get("label").to_owned());
    let made = visit.app.db.write(move |conn| service::make_token(conn, doer.by(), &id, &label)).await;
    match made {
        Ok(secret) => page(&visit, Shown { secret: Some(secret), ..Shown::default() }).await,
        Err(Error::Invalid(errors)) => page(&visit, Shown { errors, label: form.get("label"), ..Shown::default() }).await,
        Err(error) => Err(error),
    }
}

pub async fn revoke_token(Submitted { visit, .. }: Submitted, token: web::Path<String>) -> Result<HttpResponse> {
    let id = own(&visit)?;
    let doer = visit.doer()?;
    visit.app.db.write(move |conn| service::end_token(conn, doer.by(), &token, Some(&id))).await?;
    Ok(visit.redirect("/compte", Some(Notice::TokenRevoked)))
}

/// Stops, or receives again, one kind of mail.
pub async fn choose_mails(Submitted { visit, form }: Submitted) -> Result<HttpResponse> {
    let id = own(&visit)?;
    let (now, chance) = (visit.now, visit.app.chance.clone());
    let (kind, wanted) = (form.get("kind").to_owned(), form.get("wanted") == "1");
    let choose = move |conn: &mut _| {
        let account = service::find(conn, &id)?;
        choices::choose(conn, &account.email, &kind, wanted, now, &chance)
    };
    visit.app.db.write(choose).await?;
    let back = if form.get("from") == "news" { paths::OTHER_TERRITORIES } else { paths::SUBSCRIPTIONS };
    Ok(visit.redirect(back, Some(if wanted { Notice::MailsResumed } else { Notice::MailsStopped })))
}

async fn page(visit: &Visit, shown: Shown<'_>) -> Result<HttpResponse> {
    let id = own(visit)?;
    let session = visit.session().unwrap_or_default().to_owned();
    let (account, organisation, atlas, sessions, tokens, calendar) = visit
        .app
        .db
        .read(move |conn| {
            let account = service::find(conn, &id)?;
            let organisation = account.organisation_id.as_ref().map(|id| partners::service::find(conn, id)).transpose()?;
            let atlas = territories::service::atlas(conn)?;
            let sessions = service::sessions(conn, &id, &session)?;
            let calendar = meetings::calendars::tokens::token_of(conn, &id)?;
            Ok::<_, Error>((account, organisation, atlas, sessions, service::tokens(conn, Some(&id))?, calendar))
        })
        .await?;
    let row = |label: &str, value: &str| json!({ "label": label, "value": value, "href": null });
    let mut rows = vec![row("Nom", &account.name), row("Adresse e-mail", &account.email), row("Rôle", account.role.label())];
    if !account.job.is_empty() {
        rows.push(row("Fonction", &account.job));
    }
    if let Some(organisation) = &organisation {
        rows.push(row("Partenaire", &organisation.name));
    }
    if !account.territories.is_empty() {
        let names: Vec<String> = account.territories.iter().map(|code| atlas.name(code)).collect();
        rows.push(row(if names.len() == 1 { "Territoire" } else { "Territoires" }, &names.join(", ")));
    }
    let password = |name, label, hint, autocomplete| {
        Field { name, label, hint, kind: "password", autocomplete, required: true, ..Field::default() }.show(&shown.errors)
    };
    let data = json!({
        "rows": rows,
        "errors": summary(&shown.errors),
        "present": password("present", "Votre mot de passe actuel", "", "current-password"),
        "password": password("password", "Votre nouveau mot de passe", "12 caractères au moins. Une phrase convient très bien.", "new-password"),
        "email": account.email,
        "calendar": calendar.map(|(token, since)| json!({ "url": format!("{}{}", visit.app.config.base_url, paths::own_calendar(&token)), "since": since })),
        "others": sessions.iter().any(|session| !session.current),
        "sessions": sessions.iter().map(session_shown).collect::<Vec<_>>(),
        "tokens": tokens,
        "secret": shown.secret,
        "label": Field {
            name: "label", label: "À quoi servira ce jeton ?", hint: "Par exemple : export hebdomadaire vers l’intranet.",
            value: &shown.label.chars().take(500).collect::<String>(), max: Some(100), required: true, autocomplete: "off", ..Field::default()
        }.show(&shown.errors),
    });
    let (title, status) = match shown.errors.is_empty() {
        true => (TITLE.to_owned(), StatusCode::OK),
        false => (format!("Erreur : {TITLE}"), StatusCode::UNPROCESSABLE_ENTITY),
    };
    visit.framed("accounts/account", &title, Frame::default(), status, data)
}

fn session_shown(session: &WebSession) -> Value {
    json!({
        "id": session.id, "browser": browser::in_words(&session.agent), "address": session.address,
        "created_at": session.created_at, "seen_at": session.seen_at, "current": session.current,
    })
}
