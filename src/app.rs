//! Everything that serving needs, built the same way by `main` and by the tests.

use std::sync::{Arc, RwLock};

use crate::config::Config;
use crate::db::{Db, migrate};
use crate::instance::model::Instance;
use crate::kernel::{Chance, Clock};
use crate::mail::transport::Transport;
use crate::metrics::Metrics;
use crate::outbox::Bell;
use crate::search::model::SearchEngine;
use crate::view::{Refused, View};

pub struct App {
    pub config: Config,
    pub db: Db,
    pub view: View,
    pub search: Arc<dyn SearchEngine>,
    pub mail: Transport,
    pub clock: Clock,
    pub chance: Chance,
    pub bell: Bell,
    pub metrics: Metrics,
    /// Pages as anybody sees them, for a moment.
    pub pages: crate::http::cache::Cache,
    /// Views of records that are not written yet.
    pub consultations: crate::consultations::Counter,
    identity: RwLock<Arc<Instance>>,
}

/// Why the program does not start, in words for whoever installs it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StartError(pub String);

impl App {
    /// Opens everything. The database must be migrated already.
    pub fn build(
        config: Config,
        db: Db,
        search: Arc<dyn SearchEngine>,
        mail: Transport,
        clock: Clock,
        chance: Chance,
    ) -> Result<Arc<Self>, StartError> {
        let view = View::with_overrides(config.zone.clone(), &config.templates_dir).map_err(|error| StartError(error.to_string()))?;
        for refused in view.refused() {
            let Refused { path, line, reason } = refused;
            tracing::warn!(path = %path.display(), line, reason, "an override of a mail template is refused: the built-in one is used");
        }
        let (instance, _) = db.read_now(crate::instance::service::get).map_err(|error| StartError(error.to_string()))?;
        Ok(Arc::new(Self {
            config,
            db,
            view,
            search,
            mail,
            clock,
            chance,
            bell: Bell::default(),
            metrics: Metrics::default(),
            pages: Default::default(),
            consultations: Default::default(),
            identity: RwLock::new(Arc::new(instance)),
        }))
    }

    /// The instance's identity as it was last read.
    pub fn identity(&self) -> Arc<Instance> {
        self.identity.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Reads the identity again: after it was saved here, and now and then, since another process may have saved it.
    pub async fn refresh_identity(&self) {
        match self.db.read(crate::instance::service::get).await {
            Ok((instance, _)) => *self.identity.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::new(instance),
            Err(error) => tracing::warn!(%error, "the instance's identity cannot be read"),
        }
    }

    pub fn today(&self) -> crate::kernel::Day {
        self.config.zone.day(self.clock.now())
    }
}

/// Makes the data directory, opens the database and brings it to this version.
pub fn open_database(config: &Config) -> Result<Db, StartError> {
    let told = |error: &dyn std::fmt::Display| StartError(format!("{:?}: {error}", config.database));
    std::fs::create_dir_all(&config.data_dir)
        .map_err(|error| StartError(format!("TRAITDUNION_DATA_DIR: '{}': {error}", config.data_dir.display())))?;
    let db = Db::open(&config.database).map_err(|error| told(&error))?;
    migrate::run(&db).map_err(|error| told(&error))?;
    Ok(db)
}
