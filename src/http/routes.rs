//! Every URL, on one page, in the order in which they are tried.

use actix_web::http::Method;
use actix_web::{Resource, Route, web};

use super::{assets, health, home, openapi};
use crate::{actions, instance, search, territories};

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
    GET "/" => home::show;
    GET "/recherche" => search::pages::everything;
    GET "/actions" => search::pages::actions;
    GET "/territoires" => territories::pages::index::page;
    GET "/territoires/{code}" => territories::pages::show::page;
    GET "/api/v1/openapi.json" => openapi::document;
    GET "/api/v1/search" => search::api::search;
    GET "/api/v1/suggest" => search::api::suggest;
    GET "/api/v1/actions" => actions::api::list;
    POST "/api/v1/actions" => actions::api::create;
    GET "/api/v1/actions/{id}" => actions::api::show;
    PUT "/api/v1/actions/{id}" => actions::api::change;
    POST "/api/v1/actions/{id}/submit" => actions::api::submit;
    POST "/api/v1/actions/{id}/publish" => actions::api::publish;
    POST "/api/v1/actions/{id}/return" => actions::api::send_back;
    POST "/api/v1/actions/{id}/archive" => actions::api::archive;
    GET "/api/v1/actions/{id}/sessions" => actions::api::sessions;
    POST "/api/v1/actions/{id}/sessions" => actions::api::add_sessions;
    PUT "/api/v1/actions/{id}/sessions/{session_id}" => actions::api::attend;
    GET "/api/v1/territories" => territories::api::list;
    GET "/api/v1/themes" => instance::api::themes;
    GET "/api/v1/audiences" => instance::api::audiences;
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
