//! `/notifications`: what one was told, behind the bell. What is read stays for two months.

use actix_web::HttpResponse;
use serde_json::{Value, json};

use crate::accounts::model::{Actor, Viewer};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::forms::Submitted;
use crate::http::visit::Visit;
use crate::kernel::Day;
use crate::kernel::ids::NoticeId;
use crate::mail::pages::words::Setting;
use crate::notifications::inbox;
use crate::notifications::subscriptions::Owner;

/// Lines of the page, and of « Mon espace ».
const MOST: i64 = 100;
const FEW: i64 = 6;

pub async fn page(mut visit: Visit) -> Result<HttpResponse> {
    let (actor, today, setting) = (visit.actor()?.clone(), visit.today(), Setting::of(&visit.app, visit.now));
    let (items, hidden) = visit.app.db.read(move |conn| lines(conn, &actor, today, &setting, false, MOST)).await?;
    if let Some(id) = visit.actor()?.id.clone().filter(|_| !hidden.is_empty()) {
        // The bell does not count what can be read nowhere.
        visit.unread -= i64::try_from(hidden.len()).unwrap_or(0);
        let now = visit.now;
        visit.app.db.write(move |conn| hidden.iter().try_for_each(|one| inbox::dismiss(conn, &id, Some(one), now))).await?;
    }
    let data = json!({
        "items": items,
        "unread": visit.unread,
        "empty": {
            "title": "Rien de nouveau",
            "text": "Ce qui arrive aux pages que vous suivez, et ce qui vous concerne, s’affichera ici.",
            "links": [{ "label": "Mes abonnements", "href": crate::http::paths::SUBSCRIPTIONS }],
        },
    });
    visit.page("notifications/notices", "Notifications", data)
}

/// One of them is known, or all.
pub async fn read(Submitted { visit, form }: Submitted) -> Result<HttpResponse> {
    let (id, now) = (visit.actor()?.id.clone().ok_or(Error::NotFound)?, visit.now);
    let one = match form.get("id") {
        "" => None,
        text => Some(NoticeId::parse(text).ok_or(Error::NotFound)?),
    };
    visit.app.db.write(move |conn| inbox::dismiss(conn, &id, one.as_ref(), now)).await?;
    let back = if form.get("from") == "space" { "/mon-espace" } else { crate::http::paths::NOTICES };
    Ok(visit.redirect(back, None))
}

/// What somebody has not read, for « Mon espace ».
pub fn unread(conn: &mut Conn, actor: &Actor, today: Day, setting: &Setting) -> Result<Vec<Value>> {
    Ok(lines(conn, actor, today, setting, true, FEW)?.0)
}

/// The lines that may still be read, and those to read that may not be any more.
fn lines(conn: &mut Conn, actor: &Actor, today: Day, setting: &Setting, only_unread: bool, most: i64) -> Result<(Vec<Value>, Vec<NoticeId>)> {
    let Some(id) = actor.id.clone() else { return Ok((Vec::new(), Vec::new())) };
    let viewer = Viewer(Some(actor.clone()));
    let (mut lines, mut hidden) = (Vec::new(), Vec::new());
    for notice in inbox::latest(conn, &Owner::Account(id), only_unread, most)? {
        if let Some(summary) = inbox::line(conn, &viewer, today, &notice)? {
            lines.push(json!({
                "id": notice.id, "what": notice.what, "title": summary.title, "href": summary.href, "when": setting.when(notice.at), "is_unread": notice.read_at.is_none(),
            }));
        } else if notice.read_at.is_none() {
            hidden.push(notice.id);
        }
    }
    Ok((lines, hidden))
}
