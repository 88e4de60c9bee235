//! Every URL, on one page, in the order in which they are tried.

use actix_web::http::Method;
use actix_web::{Resource, Route, web};

use super::{assets, health};
use crate::accounts::pages::{account, forgotten, link, people, sign_in};
use crate::actions::pages as actions;
use crate::instance::pages as instance;
use crate::outbox::pages as outbox;
use crate::partners::pages as partners;
use crate::plans::api as plans_api;
use crate::plans::pages as plans;
use crate::territories::pages as territories;

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

    GET "/accessibilite" => instance::legal::accessibility;
    GET "/mentions-legales" => instance::legal::notices;
    GET "/donnees-personnelles" => instance::legal::personal_data;
    GET "/plan-du-site" => instance::legal::site_map;

    GET "/mon-espace" => actions::space::page;
    GET "/actions/nouvelle" => actions::new::form;
    POST "/actions/nouvelle" => actions::new::begin;
    GET "/actions/{id}" => actions::show::short;
    GET "/actions/{id}/modifier/{step}" => actions::edit::form;
    POST "/actions/{id}/modifier/{step}" => actions::edit::save;
    GET "/actions/{id}/imprimer" => actions::print::page;
    GET "/actions/{id}/renvoyer" => actions::verbs::return_form;
    POST "/actions/{id}/renvoyer" => actions::verbs::send_back;
    POST "/actions/{id}/soumettre" => actions::verbs::submit;
    POST "/actions/{id}/publier" => actions::verbs::publish;
    POST "/actions/{id}/archiver" => actions::verbs::archive;
    POST "/actions/{id}/confirmer" => actions::verbs::confirm;
    POST "/actions/{id}/inspirer" => actions::verbs::inspire;
    GET "/actions/{id}/seances" => actions::sessions::page;
    POST "/actions/{id}/seances" => actions::sessions::add;
    POST "/actions/{id}/seances/presences" => actions::sessions::attend;
    POST "/actions/{id}/seances/{session}/supprimer" => actions::sessions::remove;
    GET "/actions/{id}/{slug}" => actions::show::page;

    GET "/schema" => plans::show::current;
    GET "/schema/nouveau" => plans::edit_plan::new_form;
    POST "/schema/nouveau" => plans::edit_plan::begin;
    GET "/schema/{id}" => plans::show::page;
    GET "/schema/{id}/modifier" => plans::edit_plan::form;
    POST "/schema/{id}/modifier" => plans::edit_plan::save;
    GET "/schema/{id}/orientations/{number}" => plans::orientation::page;
    GET "/schema/{id}/fiches/nouvelle" => plans::edit_sheet::new_form;
    POST "/schema/{id}/fiches/nouvelle" => plans::edit_sheet::add;
    GET "/schema/{id}/fiches/{number}" => plans::sheet::page;
    GET "/schema/{id}/fiches/{number}/modifier" => plans::edit_sheet::form;
    POST "/schema/{id}/fiches/{number}/modifier" => plans::edit_sheet::save;
    GET "/schema/{id}/fiches/{number}/etat" => plans::stage::form;
    POST "/schema/{id}/fiches/{number}/etat" => plans::stage::decide;

    GET "/api/v1/plans" => plans_api::list;
    GET "/api/v1/plans/{id}" => plans_api::get;

    GET "/connexion" => sign_in::show;
    POST "/connexion" => sign_in::enter;
    POST "/deconnexion" => sign_in::leave;
    GET "/mot-de-passe" => forgotten::show;
    POST "/mot-de-passe" => forgotten::ask;
    GET "/lien/{secret}" => link::show;
    POST "/lien/{secret}" => link::choose;
    GET "/compte" => account::show;
    POST "/compte/mot-de-passe" => account::change_password;
    POST "/compte/connexions" => account::end_sessions;
    POST "/compte/jetons" => account::add_token;
    POST "/compte/jetons/{id}/revoquer" => account::revoke_token;
    GET "/admin" => instance::index::show;
    GET "/admin/comptes" => people::list;
    GET "/admin/comptes/nouveau" => people::new;
    POST "/admin/comptes/nouveau" => people::invite;
    GET "/admin/comptes/{id}" => people::show;
    POST "/admin/comptes/{id}" => people::change;
    POST "/admin/comptes/{id}/lien" => people::send_link;
    POST "/admin/comptes/{id}/fermer" => people::close;
    POST "/admin/comptes/{id}/rouvrir" => people::reopen;
    POST "/admin/comptes/{id}/jetons/{token}/revoquer" => people::revoke_token;
    GET "/admin/territoires" => territories::admin::list;
    GET "/admin/territoires/nouveau" => territories::admin::new;
    POST "/admin/territoires/nouveau" => territories::admin::add;
    GET "/admin/territoires/{code}" => territories::admin::show;
    POST "/admin/territoires/{code}" => territories::admin::change;
    POST "/admin/territoires/{code}/supprimer" => territories::admin::remove;
    GET "/admin/partenaires" => partners::list;
    GET "/admin/partenaires/nouveau" => partners::new;
    POST "/admin/partenaires/nouveau" => partners::add;
    GET "/admin/partenaires/{id}" => partners::show;
    POST "/admin/partenaires/{id}" => partners::change;
    POST "/admin/partenaires/{id}/supprimer" => partners::remove;
    GET "/admin/instance" => instance::identity::show;
    POST "/admin/instance" => instance::identity::save;
    GET "/admin/envois" => outbox::show;
    POST "/admin/envois/relancer" => outbox::queue_all_again;
    POST "/admin/envois/{id}/relancer" => outbox::queue_again;
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
