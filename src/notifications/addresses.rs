//! Administrators are told of the addresses at which nobody is any more, together.

use serde_json::json;

use crate::accounts;
use crate::accounts::model::{Actor, Role, Viewer};
use crate::db::Conn;
use crate::departures::{Gone, Registry, in_words};
use crate::error::Result;
use crate::kernel::{Chance, Day, Moment};
use crate::mail::bounces;
use crate::mail::outgoing::{self, Outgoing};

/// As many as one mail names; the page has them all.
const NAMED: usize = 20;

/// Queues one mail an administrator; answers how many.
pub fn tell(conn: &mut Conn, now: Moment, today: Day, chance: &Chance) -> Result<usize> {
    let dead = bounces::take_untold(conn, now)?;
    let Some(first) = dead.first() else { return Ok(0) };
    let (registry, viewer) = (Registry::load(conn)?, Viewer(Some(Actor::command_line())));
    let mut items = Vec::new();
    for one in dead.iter().take(NAMED) {
        let gone = Gone::of_address(conn, &one.address)?;
        let depends = in_words(&registry.of(conn, &gone, &viewer, now, today)?);
        items.push(json!({ "address": one.address, "depends": Some(depends).filter(|words| !words.is_empty()) }));
    }
    let key = first.id.clone();
    let mails = accounts::service::active_with_role(conn, &[Role::Administrator])?.into_iter().map(|account| {
        let params = json!({
            "name": account.name, "title": first.address, "more": dead.len() > 1, "count": dead.len(), "others": dead.len().saturating_sub(NAMED),
            "items": items, "link": "/admin/adresses",
        });
        Outgoing { key: format!("address_dead:{key}:{}", account.id), recipient: account.email, template: "address_dead", params, record: None }
    });
    outgoing::tell(conn, now, chance, ("address", "died"), mails)
}
