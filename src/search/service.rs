//! Asking the engine, off the threads that serve.

use std::sync::Arc;
use std::time::Duration;

use super::model::{Answer, Query, RecordType, Sort, Suggestion};
use crate::accounts::model::Viewer;
use crate::actions::model::Situation;
use crate::actions::service::InUse;
use crate::app::App;
use crate::error::{Error, Result};
use crate::kernel::{Page, Visibility};

/// How long a page that does not search waits for the engine to count something for it.
const COUNT: Duration = Duration::from_millis(300);

pub async fn search(app: &Arc<App>, query: Query) -> Result<Answer> {
    let engine = app.search.clone();
    let answer = tokio::task::spawn_blocking(move || engine.search(&query)).await.map_err(|error| Error::Internal(error.to_string()))?;
    Ok(answer?)
}

pub async fn suggest(app: &Arc<App>, text: String, visible: Vec<Visibility>, limit: usize) -> Result<Vec<Suggestion>> {
    let engine = app.search.clone();
    let found = tokio::task::spawn_blocking(move || engine.suggest(&text, &visible, limit)).await;
    Ok(found.map_err(|error| Error::Internal(error.to_string()))??)
}

/// What is open now, counted by the engine, or by the database when the engine is down or slow.
pub async fn in_use(app: &Arc<App>, viewer: &Viewer) -> Result<InUse> {
    let today = app.today();
    let open = Query {
        text: String::new(),
        types: vec![RecordType::Action],
        themes: Vec::new(),
        audiences: Vec::new(),
        territories: Default::default(),
        situations: vec![Situation::Upcoming, Situation::Running],
        after: None,
        before: None,
        sort: Sort::Date,
        page: Page { number: 1, size: 1 },
        visible: viewer.clearance(),
        today,
    };
    match tokio::time::timeout(COUNT, search(app, open)).await {
        Ok(Ok(answer)) => Ok(InUse { open: answer.total, themes: answer.facets.themes, territories: answer.facets.territories }),
        Err(_) | Ok(Err(Error::Search(_))) => {
            let viewer = viewer.clone();
            app.db.read(move |conn| crate::actions::service::in_use(conn, &viewer, today)).await
        }
        Ok(Err(error)) => Err(error),
    }
}
