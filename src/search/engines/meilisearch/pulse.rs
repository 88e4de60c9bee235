//! Whether the server answers. While it does not, nobody waits for it: one task asks it again, and everything else is told at once.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;

use super::server::Server;
use crate::search::trouble::{Kind, Trouble};

/// How often a server that is down is asked how it is, and how long it has to answer.
const EVERY: Duration = Duration::from_millis(500);
const LIMIT: Duration = Duration::from_secs(1);

#[derive(Default)]
pub struct Pulse {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    is_watched: bool,
    trouble: Option<Trouble>,
}

impl Pulse {
    /// What is known to be wrong.
    pub fn trouble(&self) -> Option<Trouble> {
        self.lock().trouble.clone()
    }

    /// A request was lost. A refused connection says that the server is down; a late answer may only be a heavy question, unless the
    /// server does not even say how it is.
    pub fn lost(self: &Arc<Self>, trouble: &Trouble, server: &Arc<Server>, runtime: &Handle) {
        if !matches!(trouble.kind, Kind::Unreachable | Kind::Slow) {
            return;
        }
        let mut state = self.lock();
        if trouble.kind == Kind::Unreachable {
            state.trouble = Some(trouble.clone());
        }
        if !std::mem::replace(&mut state.is_watched, true) {
            runtime.spawn(self.clone().watch(server.clone(), trouble.clone()));
        }
    }

    async fn watch(self: Arc<Self>, server: Arc<Server>, trouble: Trouble) {
        loop {
            if tokio::time::timeout(LIMIT, server.is_well()).await.unwrap_or(false) {
                break;
            }
            self.lock().trouble.get_or_insert_with(|| trouble.clone());
            tokio::time::sleep(EVERY).await;
        }
        *self.lock() = State::default();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
