//! Actions taken away in files: many, in batches, each only if the viewer may read it.

use super::policy;
use super::service::Action;
use super::store;
use crate::accounts::model::Viewer;
use crate::db::Conn;
use crate::error::Result;
use crate::kernel::ids::ActionId;

/// A batch of a walk through all actions.
pub struct Batch {
    pub readable: Vec<Action>,
    /// Where the walk goes on; None at its end.
    pub last: Option<ActionId>,
}

/// The next `most` actions after an identifier (empty: from the first).
pub fn after(conn: &mut Conn, viewer: &Viewer, after: &str, most: usize) -> Result<Batch> {
    let actions = store::after(conn, after, i64::try_from(most).unwrap_or(i64::MAX))?;
    let last = actions.last().map(|action| action.id.clone());
    Ok(Batch { readable: actions.into_iter().filter(|action| policy::may_read(viewer, &action.subject())).collect(), last })
}

/// Those of these actions that the viewer may read, in their order.
pub fn readable(conn: &mut Conn, viewer: &Viewer, ids: &[ActionId]) -> Result<Vec<Action>> {
    let mut found = store::readable_of(conn, viewer, ids)?;
    found.sort_by_key(|action| ids.iter().position(|id| *id == action.id));
    Ok(found)
}

/// The actions whose title holds these words, to be chosen among.
pub fn titled(conn: &mut Conn, viewer: &Viewer, words: &str, most: i64) -> Result<Vec<(ActionId, String)>> {
    store::titled(conn, viewer, &crate::kernel::text::fold(words), most)
}
