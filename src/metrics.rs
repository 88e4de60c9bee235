//! Figures for whoever watches the service, in the text format of Prometheus.

use std::sync::Arc;

use prometheus::{Encoder, HistogramOpts, HistogramVec, IntGaugeVec, Opts, Registry, TextEncoder};

use crate::app::App;
use crate::error::{Error, Result};
use crate::outbox::{self, Lane};

pub struct Metrics {
    registry: Registry,
    pub requests: HistogramVec,
    outbox: IntGaugeVec,
}

impl Default for Metrics {
    fn default() -> Self {
        let registry = Registry::new();
        let buckets = vec![0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0, 5.0];
        let requests = HistogramOpts::new("traitdunion_requests_seconds", "Server time of requests, by status").buckets(buckets);
        let requests = HistogramVec::new(requests, &["status"]).expect("the name and labels are sound");
        let outbox = Opts::new("traitdunion_outbox_rows", "Rows of the outbox, by lane and stage");
        let outbox = IntGaugeVec::new(outbox, &["lane", "stage"]).expect("the name and labels are sound");
        registry.register(Box::new(requests.clone())).expect("registered once");
        registry.register(Box::new(outbox.clone())).expect("registered once");
        Self { registry, requests, outbox }
    }
}

/// The figures of now.
pub async fn text(app: &Arc<App>) -> Result<String> {
    for lane in Lane::ALL {
        let counts = app.db.read(move |conn| outbox::counts(conn, *lane)).await?;
        app.metrics.outbox.with_label_values(&[lane.as_str(), "waiting"]).set(counts.waiting);
        app.metrics.outbox.with_label_values(&[lane.as_str(), "dead"]).set(counts.dead);
    }
    let now = app.clock.now();
    let mail = app.db.read(move |conn| crate::mail::log::standing(conn, now)).await?;
    for (stage, count) in [("waiting", mail.waiting), ("uncertain", mail.uncertain), ("failed", mail.failed)] {
        app.metrics.outbox.with_label_values(&["mail", stage]).set(count);
    }
    let mut text = Vec::new();
    TextEncoder::new().encode(&app.metrics.registry.gather(), &mut text).map_err(|error| Error::Internal(error.to_string()))?;
    String::from_utf8(text).map_err(|error| Error::Internal(error.to_string()))
}
