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
use crate::notifications::inbox;
use crate::notifications::subscriptions::Owner;

/// Lines of the page, and of « Mon espace ».
const MOST: i64 = 100;
const FEW: i64 = 6;

pub async fn page(visit: Visit) -> Result<HttpResponse> {
    let (actor, today) = (visit.actor()?.clone(), visit.today());
    let items = visit.app.db.read(move |conn| lines(conn, &actor, today, false, MOST)).await?;
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
pub fn unread(conn: &mut Conn, actor: &Actor, today: Day) -> Result<Vec<Value>> {
    lines(conn, actor, today, true, FEW)
}

/// What is no longer theirs to read is left out.
fn lines(conn: &mut Conn, actor: &Actor, today: Day, only_unread: bool, most: i64) -> Result<Vec<Value>> {
    let Some(id) = actor.id.clone() else { return Ok(Vec::new()) };
    let viewer = Viewer(Some(actor.clone()));
    let mut lines = Vec::new();
    for notice in inbox::latest(conn, &Owner::Account(id), only_unread, most)? {
        if let Some(summary) = inbox::line(conn, &viewer, today, &notice)? {
            lines.push(json!({
                "id": notice.id, "what": notice.what, "title": summary.title, "href": summary.href, "at": notice.at, "is_unread": notice.read_at.is_none(),
            }));
        }
    }
    Ok(lines)
}
