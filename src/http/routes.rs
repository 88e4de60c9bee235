//! Every URL, on one page, in the order in which they are tried.

use actix_web::http::Method;
use actix_web::{Resource, Route, web};

use super::{assets, health};

/// One method on one path.
pub struct Entry {
    pub method: Method,
    pub path: &'static str,
    route: Route,
}

macro_rules! routes {
    ($($method:ident $path:literal => $handler:path;)+) => {
        /// The table of routes. A test walks it, role by role.
        pub fn table() -> Vec<Entry> {
            vec![$(Entry { method: Method::$method, path: $path, route: Route::new().method(Method::$method).to($handler) }),+]
        }
    };
}

routes! {
    GET "/healthz" => health::alive;
    GET "/readyz" => health::ready;
    GET "/static/{path:.*}" => assets::file;
    GET "/apparence.css" => assets::appearance;
}

/// One resource a path, so that another method on a known path is refused as such.
pub fn configure(config: &mut web::ServiceConfig) {
    let mut resources: Vec<(&'static str, Resource)> = Vec::new();
    for entry in table() {
        match resources.iter().position(|(path, _)| *path == entry.path) {
            Some(place) => {
                let (path, resource) = resources.remove(place);
                resources.insert(place, (path, resource.route(entry.route)));
            }
            None => resources.push((entry.path, web::resource(entry.path).route(entry.route))),
        }
    }
    for (_, resource) in resources {
        config.service(resource);
    }
}
