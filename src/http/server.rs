//! The server: the same application for `serve`, `demo` and the tests.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Compress, Next, from_fn};
use actix_web::{App as Actix, HttpServer, web};

use super::{cache, error, headers, routes, views};
use crate::app::{App, StartError};
use crate::error::{Error, Result};
use crate::outbox::worker::{self, Share};

/// The largest body: 10 MiB.
const BODY_LIMIT: usize = 10 * 1024 * 1024;
/// How long a stop waits for requests under way.
const GRACE_SECONDS: u64 = 10;

pub fn application(
    app: Arc<App>,
) -> Actix<impl ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse<impl MessageBody>, Error = actix_web::Error, InitError = ()>> {
    Actix::new()
        .app_data(web::Data::from(app))
        .app_data(web::PayloadConfig::new(BODY_LIMIT))
        .wrap(from_fn(headers::short_address))
        .wrap(from_fn(error::dress))
        .wrap(from_fn(headers::always))
        .wrap(Compress::default())
        .wrap(from_fn(cache::anonymous))
        .wrap(from_fn(views::counted))
        .wrap(from_fn(timed))
        .wrap(tracing_actix_web::TracingLogger::<super::trace::Quiet>::new())
        .configure(routes::configure)
        .default_service(web::to(nothing_here))
}

async fn nothing_here() -> Result<&'static str> {
    Err(Error::NotFound)
}

async fn timed(request: ServiceRequest, next: Next<impl MessageBody>) -> std::result::Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let app = request.app_data::<web::Data<App>>().cloned();
    let from = std::time::Instant::now();
    let response = next.call(request).await?;
    if let Some(app) = app {
        app.metrics.requests.with_label_values(&[response.status().as_str()]).observe(from.elapsed().as_secs_f64());
    }
    Ok(response)
}

/// Takes the address, or says who may have it.
pub fn listen(address: std::net::SocketAddr) -> std::result::Result<TcpListener, StartError> {
    TcpListener::bind(address).map_err(|error| {
        let hint = if error.kind() == std::io::ErrorKind::AddrInUse {
            " : un autre programme l’utilise déjà, choisissez-en une autre avec --listen"
        } else {
            ""
        };
        StartError(format!("TRAITDUNION_LISTEN: '{address}': {error}{hint}"))
    })
}

/// Serves until told to stop, then lets requests and jobs under way finish.
pub async fn run(app: Arc<App>, listener: TcpListener, share: Share) -> std::io::Result<()> {
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let worker = tokio::spawn(worker::run(app.clone(), share, stopped));
    let metrics = match app.config.metrics_listen {
        Some(address) => {
            let app = app.clone();
            let server =
                HttpServer::new(move || Actix::new().app_data(web::Data::from(app.clone())).route("/metrics", web::get().to(super::health::metrics)));
            Some(tokio::spawn(server.workers(1).disable_signals().bind(address)?.run()))
        }
        None => None,
    };
    let served = {
        let app = app.clone();
        HttpServer::new(move || application(app.clone()))
            .shutdown_timeout(GRACE_SECONDS)
            .client_request_timeout(Duration::from_secs(15))
            .listen(listener)?
            .run()
            .await
    };
    stop.send_replace(true);
    app.bell.ring();
    drop(tokio::time::timeout(Duration::from_secs(GRACE_SECONDS), worker).await);
    if let Some(metrics) = metrics {
        metrics.abort();
    }
    served
}
