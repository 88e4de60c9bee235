//! Every URL, on one page, in the order in which they are tried.

use actix_web::http::Method;
use actix_web::{Resource, Route, web};

use super::{assets, health, home, openapi};
use crate::accounts::pages::{account, forgotten, link, people, sign_in};
use crate::notifications::pages::{follow, notices, preferences};
use crate::versions::pages::routes as history;
use crate::{
    actions, announcements, consultations, conventions, decisions, departures, documents, imports, instance, mail, meetings, notifications, outbox,
    partners, plans, search, sharing, territories,
};

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
    GET "/territoires/export" => imports::pages::exports::territories;
    GET "/territoires/{code}" => territories::pages::show::page;

    GET "/agenda.ics" => meetings::calendars::pages::everybody;
    GET "/territoires/{code}/agenda.ics" => meetings::calendars::pages::of_territory;
    GET "/rencontres/{id}/rencontre.ics" => meetings::calendars::pages::one;
    GET "/lien/agenda/{token}.ics" => meetings::calendars::pages::own;
    POST "/compte/agenda" => meetings::calendars::pages::open;
    POST "/compte/agenda/revoquer" => meetings::calendars::pages::close;
    GET "/lien/rencontres/{secret}" => meetings::links::pages::show;
    POST "/lien/rencontres/{secret}" => meetings::links::pages::answer;

    GET "/documents/{id}/{name}" => documents::pages::file;

    GET "/accessibilite" => instance::pages::legal::accessibility;
    GET "/mentions-legales" => instance::pages::legal::notices;
    GET "/donnees-personnelles" => instance::pages::legal::personal_data;
    GET "/plan-du-site" => instance::pages::legal::site_map;

    GET "/conventions/deposer" => conventions::files::pages::deposit::form;
    POST "/conventions/deposer" => conventions::files::pages::deposit::give;
    GET "/conventions/{id}/documents" => conventions::files::pages::documents::page;
    POST "/conventions/{id}/documents" => conventions::files::pages::documents::attach;
    POST "/conventions/{id}/documents/enregistrer" => conventions::files::pages::documents::enter;
    POST "/conventions/{id}/documents/{document}/retirer" => conventions::files::pages::documents::remove;

    GET "/consultations" => consultations::pages::page;
    GET "/consultations/export" => consultations::pages::export;

    GET "/dans-les-autres-mds" => sharing::pages::news::page;

    GET "/qui-sait-faire" => sharing::pages::colleagues::page;
    GET "/qui-sait-faire/{id}" => sharing::pages::question::form;
    POST "/qui-sait-faire/{id}" => sharing::pages::question::ask;
    GET "/actions/{id}/appuis" => sharing::pages::of_action::page;
    POST "/actions/{id}/appuis" => sharing::pages::of_action::ask;
    GET "/appuis/{id}" => sharing::pages::request::page;
    POST "/appuis/{id}" => sharing::pages::request::answer;
    POST "/appuis/{id}/clore" => sharing::pages::request::close;
    GET "/admin/groupe-appui" => sharing::pages::group::show;
    POST "/admin/groupe-appui" => sharing::pages::group::save;

    GET "/lacunes" => search::gaps::pages::page;
    GET "/mon-espace" => actions::pages::space::page;
    GET "/actions/nouvelle" => actions::pages::new::form;
    POST "/actions/nouvelle" => actions::pages::new::begin;
    GET "/actions/export" => imports::pages::exports::actions;
    GET "/actions/{id}" => actions::pages::show::short;
    GET "/actions/{id}/modifier/{step}" => actions::pages::edit::form;
    POST "/actions/{id}/modifier/{step}" => actions::pages::edit::save;
    GET "/actions/{id}/imprimer" => actions::pages::print::page;
    GET "/actions/{id}/renvoyer" => actions::pages::verbs::return_form;
    POST "/actions/{id}/renvoyer" => actions::pages::verbs::send_back;
    POST "/actions/{id}/soumettre" => actions::pages::verbs::submit;
    POST "/actions/{id}/publier" => actions::pages::verbs::publish;
    POST "/actions/{id}/archiver" => actions::pages::verbs::archive;
    POST "/actions/{id}/confirmer" => actions::pages::verbs::confirm;
    POST "/actions/{id}/inspirer" => actions::pages::verbs::inspire;
    GET "/actions/{id}/seances" => actions::pages::sessions::page;
    POST "/actions/{id}/seances" => actions::pages::sessions::add;
    POST "/actions/{id}/seances/presences" => actions::pages::sessions::attend;
    POST "/actions/{id}/seances/{session}/supprimer" => actions::pages::sessions::remove;
    GET "/actions/{id}/historique" => history::list::<actions::pages::edit::Desk>;
    GET "/actions/{id}/historique/comparer" => history::compare::<actions::pages::edit::Desk>;
    GET "/actions/{id}/historique/{version}" => history::show::<actions::pages::edit::Desk>;
    POST "/actions/{id}/historique/{version}" => history::restore::<actions::pages::edit::Desk>;
    GET "/actions/{id}/{slug}" => actions::pages::show::page;

    GET "/partenaires" => partners::pages::list::page;
    GET "/partenaires/nouveau" => partners::pages::edit::new_form;
    POST "/partenaires/nouveau" => partners::pages::edit::add;
    GET "/partenaires/export" => imports::pages::exports::partners;
    GET "/conventions/export" => imports::pages::exports::conventions;
    GET "/rencontres/export" => imports::pages::exports::meetings;
    GET "/partenaires/doublons" => partners::pages::duplicates::page;
    POST "/partenaires/doublons" => partners::pages::duplicates::tell_apart;
    GET "/partenaires/corrections/{correction}" => partners::pages::corrections::page;
    POST "/partenaires/corrections/{correction}" => partners::pages::corrections::decide;
    GET "/partenaires/{id}" => partners::pages::show::short;
    GET "/partenaires/{id}/modifier" => partners::pages::edit::form;
    POST "/partenaires/{id}/modifier" => partners::pages::edit::save;
    GET "/partenaires/{id}/corriger" => partners::pages::edit::correction_form;
    POST "/partenaires/{id}/corriger" => partners::pages::edit::correct;
    POST "/partenaires/{id}/confirmer" => partners::pages::verbs::confirm;
    POST "/partenaires/{id}/supprimer" => partners::pages::verbs::remove;
    GET "/partenaires/{id}/reunir" => partners::pages::merge::page;
    POST "/partenaires/{id}/reunir" => partners::pages::merge::merge;
    GET "/partenaires/{id}/historique" => history::list::<partners::pages::history::Desk>;
    GET "/partenaires/{id}/historique/comparer" => history::compare::<partners::pages::history::Desk>;
    GET "/partenaires/{id}/historique/{version}" => history::show::<partners::pages::history::Desk>;
    POST "/partenaires/{id}/historique/{version}" => history::restore::<partners::pages::history::Desk>;
    GET "/partenaires/{id}/{slug}" => partners::pages::show::page;

    GET "/conventions" => conventions::pages::register::page;
    GET "/conventions/echeances" => conventions::pages::deadlines::page;
    GET "/conventions/sans-convention" => conventions::pages::without::page;
    GET "/conventions/chiffres" => conventions::pages::figures::page;
    GET "/conventions/nouvelle" => conventions::pages::edit::new_form;
    POST "/conventions/nouvelle" => conventions::pages::edit::begin;
    GET "/conventions/deja-signee" => conventions::pages::edit::entered_form;
    POST "/conventions/deja-signee" => conventions::pages::edit::enter;
    GET "/conventions/{id}" => conventions::pages::show::page;
    GET "/conventions/{id}/modifier" => conventions::pages::edit::form;
    POST "/conventions/{id}/modifier" => conventions::pages::edit::save;
    POST "/conventions/{id}/soumettre" => conventions::pages::verbs::submit;
    GET "/conventions/{id}/renvoyer" => conventions::pages::verbs::return_form;
    POST "/conventions/{id}/renvoyer" => conventions::pages::verbs::send_back;
    POST "/conventions/{id}/valider" => conventions::pages::verbs::validate;
    POST "/conventions/{id}/envoyer" => conventions::pages::verbs::send;
    GET "/conventions/{id}/signer" => conventions::pages::signing::form;
    POST "/conventions/{id}/signer" => conventions::pages::signing::sign;
    POST "/conventions/{id}/abandonner" => conventions::pages::verbs::abandon;
    POST "/conventions/{id}/reprendre" => conventions::pages::verbs::reactivate;
    GET "/conventions/{id}/actes/avenant" => conventions::pages::avenant::new_form;
    POST "/conventions/{id}/actes/avenant" => conventions::pages::avenant::begin;
    GET "/conventions/{id}/actes/reconduction" => conventions::pages::ending::reconduction_form;
    POST "/conventions/{id}/actes/reconduction" => conventions::pages::ending::reconduct;
    GET "/conventions/{id}/actes/denonciation" => conventions::pages::ending::denonciation_form;
    POST "/conventions/{id}/actes/denonciation" => conventions::pages::ending::denounce;
    GET "/conventions/{id}/actes/resiliation" => conventions::pages::ending::resiliation_form;
    POST "/conventions/{id}/actes/resiliation" => conventions::pages::ending::rescind;
    GET "/conventions/{id}/actes/{act}/modifier" => conventions::pages::avenant::form;
    POST "/conventions/{id}/actes/{act}/modifier" => conventions::pages::avenant::save;
    POST "/conventions/{id}/actes/{act}/abandonner" => conventions::pages::avenant::abandon;
    GET "/conventions/{id}/imprimer" => conventions::pages::print::page;
    GET "/conventions/{id}/comparer" => conventions::pages::compare::page;
    GET "/conventions/{id}/historique" => history::list::<conventions::pages::history::Desk>;
    GET "/conventions/{id}/historique/comparer" => history::compare::<conventions::pages::history::Desk>;
    GET "/conventions/{id}/historique/{version}" => history::show::<conventions::pages::history::Desk>;
    POST "/conventions/{id}/historique/{version}" => history::restore::<conventions::pages::history::Desk>;

    GET "/rencontres" => meetings::pages::calendar::page;
    GET "/rencontres/liste" => meetings::pages::list::page;
    GET "/rencontres/nouvelle" => meetings::pages::edit::new_form;
    POST "/rencontres/nouvelle" => meetings::pages::edit::prepare;
    GET "/rencontres/serie" => meetings::pages::series::form;
    POST "/rencontres/serie" => meetings::pages::series::make;
    GET "/rencontres/chiffres" => meetings::pages::figures::page;
    GET "/rencontres/instances" => meetings::pages::bodies::list;
    GET "/rencontres/instances/nouvelle" => meetings::pages::body_form::new_form;
    POST "/rencontres/instances/nouvelle" => meetings::pages::body_form::create;
    GET "/rencontres/instances/{id}" => meetings::pages::bodies::page;
    GET "/rencontres/instances/{id}/modifier" => meetings::pages::body_form::form;
    POST "/rencontres/instances/{id}/modifier" => meetings::pages::body_form::save;
    GET "/rencontres/{id}" => meetings::pages::show::short;
    GET "/rencontres/{id}/modifier" => meetings::pages::edit::form;
    POST "/rencontres/{id}/modifier" => meetings::pages::edit::save;
    GET "/rencontres/{id}/convoquer" => meetings::pages::verbs::call_form;
    POST "/rencontres/{id}/convoquer" => meetings::pages::verbs::call;
    GET "/rencontres/{id}/reporter" => meetings::pages::verbs::move_form;
    POST "/rencontres/{id}/reporter" => meetings::pages::verbs::postpone;
    GET "/rencontres/{id}/annuler" => meetings::pages::verbs::cancel_form;
    POST "/rencontres/{id}/annuler" => meetings::pages::verbs::cancel;
    POST "/rencontres/{id}/tenue" => meetings::pages::verbs::hold;
    POST "/rencontres/{id}/enregistrer" => meetings::pages::verbs::record;
    POST "/rencontres/{id}/dupliquer" => meetings::pages::verbs::duplicate;
    POST "/rencontres/{id}/inscription" => meetings::pages::verbs::register;
    POST "/rencontres/{id}/reponse" => meetings::pages::verbs::answer;
    GET "/rencontres/{id}/invites" => meetings::pages::invited::page;
    POST "/rencontres/{id}/invites" => meetings::pages::invited::add;
    POST "/rencontres/{id}/invites/{invitation}/retirer" => meetings::pages::invited::remove;
    POST "/rencontres/{id}/invites/{invitation}/reponse" => meetings::pages::invited::answer;
    GET "/rencontres/{id}/presence" => meetings::pages::presence::page;
    POST "/rencontres/{id}/presence" => meetings::pages::presence::save;
    GET "/rencontres/{id}/imprimer" => meetings::pages::print::choose;
    GET "/rencontres/{id}/imprimer/{what}" => meetings::pages::print::page;
    GET "/rencontres/{id}/documents" => meetings::pages::documents::page;
    POST "/rencontres/{id}/documents" => meetings::pages::documents::attach;
    POST "/rencontres/{id}/documents/{document}/retirer" => meetings::pages::documents::remove;
    GET "/rencontres/{id}/historique" => history::list::<meetings::pages::history::Desk>;
    GET "/rencontres/{id}/historique/comparer" => history::compare::<meetings::pages::history::Desk>;
    GET "/rencontres/{id}/historique/{version}" => history::show::<meetings::pages::history::Desk>;
    GET "/rencontres/instances/{id}/dossier" => decisions::pages::file::of_body;
    GET "/rencontres/{id}/dossier" => decisions::pages::file::of_meeting;
    GET "/rencontres/{id}/compte-rendu" => meetings::minutes::pages::show::page;
    GET "/rencontres/{id}/compte-rendu/imprimer" => meetings::minutes::pages::show::print;
    GET "/rencontres/{id}/compte-rendu/ecrire" => meetings::minutes::pages::write::form;
    POST "/rencontres/{id}/compte-rendu/ecrire" => meetings::minutes::pages::write::save;
    GET "/rencontres/{id}/compte-rendu/relire" => meetings::minutes::pages::review::form;
    POST "/rencontres/{id}/compte-rendu/relire" => meetings::minutes::pages::review::act;
    GET "/rencontres/{id}/compte-rendu/rectifier" => meetings::minutes::pages::rectify::form;
    POST "/rencontres/{id}/compte-rendu/rectifier" => meetings::minutes::pages::rectify::save;
    GET "/rencontres/{id}/compte-rendu/historique" => history::list::<meetings::minutes::pages::history::Desk>;
    GET "/rencontres/{id}/compte-rendu/historique/comparer" => history::compare::<meetings::minutes::pages::history::Desk>;
    GET "/rencontres/{id}/compte-rendu/historique/{version}" => history::show::<meetings::minutes::pages::history::Desk>;
    GET "/rencontres/{id}/{slug}" => meetings::pages::show::page;

    GET "/annonces" => announcements::pages::list::page;
    GET "/annonces/nouvelle" => announcements::pages::new::form;
    POST "/annonces/nouvelle" => announcements::pages::new::create;
    GET "/annonces/{id}" => announcements::pages::show::page;
    GET "/annonces/{id}/modifier" => announcements::pages::edit::form;
    POST "/annonces/{id}/modifier" => announcements::pages::edit::save;
    GET "/annonces/{id}/historique" => history::list::<announcements::pages::history::Desk>;
    GET "/annonces/{id}/historique/comparer" => history::compare::<announcements::pages::history::Desk>;
    GET "/annonces/{id}/historique/{version}" => history::show::<announcements::pages::history::Desk>;
    GET "/annonces/{id}/destinataires" => announcements::pages::recipients::page;
    GET "/annonces/{id}/envoyer" => announcements::pages::send::form;
    POST "/annonces/{id}/envoyer" => announcements::pages::send::confirm;
    POST "/annonces/{id}/essai" => announcements::pages::verbs::try_out;
    POST "/annonces/{id}/reprendre" => announcements::pages::verbs::reopen;
    POST "/annonces/{id}/annuler" => announcements::pages::verbs::cancel;
    GET "/annonces/{id}/documents" => announcements::pages::documents::page;
    POST "/annonces/{id}/documents" => announcements::pages::documents::attach;
    POST "/annonces/{id}/documents/{document}/retirer" => announcements::pages::documents::remove;
    GET "/annonces/{id}/etiquettes" => announcements::pages::labels::page;
    POST "/annonces/{id}/lettres" => announcements::pages::labels::save;
    GET "/lien/annonces/{secret}" => announcements::pages::link::page;
    GET "/lien/annonces/{secret}/documents/{id}/{name}" => announcements::pages::link::document;
    GET "/lettres" => announcements::pages::letters::list;
    GET "/lettres/{id}" => announcements::pages::letters::page;

    GET "/decisions" => decisions::pages::register::page;
    GET "/decisions/nouvelle" => decisions::pages::edit::new_form;
    POST "/decisions/nouvelle" => decisions::pages::edit::create;
    GET "/decisions/{id}" => decisions::pages::show::page;
    GET "/decisions/{id}/modifier" => decisions::pages::edit::form;
    POST "/decisions/{id}/modifier" => decisions::pages::edit::save;
    GET "/decisions/{id}/etape" => decisions::pages::stage::form;
    POST "/decisions/{id}/etape" => decisions::pages::stage::save;
    GET "/decisions/{id}/historique" => history::list::<decisions::pages::history::Desk>;
    GET "/decisions/{id}/historique/comparer" => history::compare::<decisions::pages::history::Desk>;
    GET "/decisions/{id}/historique/{version}" => history::show::<decisions::pages::history::Desk>;

    GET "/schema" => plans::pages::show::current;
    GET "/schema/nouveau" => plans::pages::edit_plan::new_form;
    POST "/schema/nouveau" => plans::pages::edit_plan::begin;
    GET "/schema/{id}" => plans::pages::show::page;
    GET "/schema/{id}/modifier" => plans::pages::edit_plan::form;
    POST "/schema/{id}/modifier" => plans::pages::edit_plan::save;
    GET "/schema/{id}/orientations/{number}" => plans::pages::orientation::page;
    GET "/schema/{id}/fiches/nouvelle" => plans::pages::edit_sheet::new_form;
    POST "/schema/{id}/fiches/nouvelle" => plans::pages::edit_sheet::add;
    GET "/schema/{id}/fiches/{number}" => plans::pages::sheet::page;
    GET "/schema/{id}/fiches/{number}/modifier" => plans::pages::edit_sheet::form;
    POST "/schema/{id}/fiches/{number}/modifier" => plans::pages::edit_sheet::save;
    GET "/schema/{id}/fiches/{number}/etat" => plans::pages::stage::form;
    POST "/schema/{id}/fiches/{number}/etat" => plans::pages::stage::decide;
    GET "/schema/{id}/fiches/{number}/historique" => history::list::<plans::pages::history::Desk>;
    GET "/schema/{id}/fiches/{number}/historique/comparer" => history::compare::<plans::pages::history::Desk>;
    GET "/schema/{id}/fiches/{number}/historique/{version}" => history::show::<plans::pages::history::Desk>;
    POST "/schema/{id}/fiches/{number}/historique/{version}" => history::restore::<plans::pages::history::Desk>;

    POST "/api/v1/conventions/{id}/enter" => conventions::files::api::enter;
    GET "/api/v1/conventions/{id}/documents" => conventions::files::api::list;
    POST "/api/v1/conventions/{id}/documents" => conventions::files::api::attach;
    POST "/api/v1/conventions/{id}/documents/{document}/remove" => conventions::files::api::remove;
    POST "/api/v1/bounces" => mail::bounces::api::take;
    GET "/api/v1/dead-addresses" => mail::bounces::api::dead;
    GET "/api/v1/plans" => plans::api::list;
    GET "/api/v1/plans/{id}" => plans::api::get;

    GET "/import" => imports::pages::index::page;
    POST "/import" => imports::pages::index::give;
    GET "/import/modele" => imports::pages::exports::template;
    GET "/import/{id}" => imports::pages::show::page;
    GET "/import/{id}/colonnes" => imports::pages::columns::page;
    POST "/import/{id}/colonnes" => imports::pages::columns::choose;
    POST "/import/{id}/corriger" => imports::pages::check::correct;
    GET "/import/{id}/a-corriger" => imports::pages::check::refused;
    POST "/import/{id}/importer" => imports::pages::verbs::import;
    POST "/import/{id}/annuler" => imports::pages::verbs::undo;
    POST "/import/{id}/abandonner" => imports::pages::verbs::abandon;

    GET "/connexion" => sign_in::show;
    POST "/connexion" => sign_in::enter;
    POST "/deconnexion" => sign_in::leave;
    GET "/mot-de-passe" => forgotten::show;
    POST "/mot-de-passe" => forgotten::ask;
    GET "/lien/partenaire/{secret}" => partners::pages::link::show;
    POST "/lien/partenaire/{secret}" => partners::pages::link::confirm;
    GET "/lien/rencontres/{secret}/compte-rendu" => meetings::minutes::pages::link::show;
    POST "/lien/rencontres/{secret}/compte-rendu" => meetings::minutes::pages::link::act;
    GET "/abonnements" => preferences::own;
    POST "/abonnements" => preferences::change_own;
    GET "/abonnements/nouveau" => follow::form;
    POST "/abonnements/nouveau" => follow::follow;
    GET "/lien/abonnements/{secret}" => preferences::by_link;
    POST "/lien/abonnements/{secret}" => preferences::change_by_link;
    GET "/notifications" => notices::page;
    POST "/notifications" => notices::read;
    GET "/lien/{secret}" => link::show;
    POST "/lien/{secret}" => link::choose;
    GET "/compte" => account::show;
    POST "/compte/mot-de-passe" => account::change_password;
    POST "/compte/connexions" => account::end_sessions;
    POST "/compte/e-mails" => account::choose_mails;
    POST "/compte/jetons" => account::add_token;
    POST "/compte/jetons/{id}/revoquer" => account::revoke_token;
    GET "/desinscription/{token}" => mail::pages::unsubscribe::show;
    POST "/desinscription/{token}" => mail::pages::unsubscribe::stop;
    POST "/desinscription/{token}/reprendre" => mail::pages::unsubscribe::resume;
    GET "/admin" => instance::pages::index::show;
    GET "/admin/comptes" => people::list;
    GET "/admin/comptes/nouveau" => people::new;
    POST "/admin/comptes/nouveau" => people::invite;
    GET "/admin/comptes/{id}" => people::show;
    POST "/admin/comptes/{id}" => people::change;
    POST "/admin/comptes/{id}/lien" => people::send_link;
    POST "/admin/comptes/{id}/fermer" => people::close;
    POST "/admin/comptes/{id}/rouvrir" => people::reopen;
    POST "/admin/comptes/{id}/jetons/{token}/revoquer" => people::revoke_token;
    GET "/admin/territoires" => territories::pages::admin::list;
    GET "/admin/territoires/nouveau" => territories::pages::admin::new;
    POST "/admin/territoires/nouveau" => territories::pages::admin::add;
    GET "/admin/territoires/{code}" => territories::pages::admin::show;
    POST "/admin/territoires/{code}" => territories::pages::admin::change;
    POST "/admin/territoires/{code}/supprimer" => territories::pages::admin::remove;
    GET "/admin/partenaires" => partners::pages::old_list;
    GET "/admin/partenaires/{id}" => partners::pages::old_form;
    GET "/admin/instance" => instance::pages::identity::show;
    POST "/admin/instance" => instance::pages::identity::save;
    GET "/admin/courrier" => mail::pages::list::page;
    GET "/admin/courrier/renvoyer" => mail::pages::again::confirm;
    POST "/admin/courrier/renvoyer" => mail::pages::again::all;
    GET "/admin/courrier/{id}" => mail::pages::show::page;
    GET "/admin/courrier/{id}/html" => mail::pages::show::html;
    GET "/admin/courrier/{id}/message.eml" => mail::pages::show::message;
    POST "/admin/courrier/{id}/renvoyer" => mail::pages::show::send_again;
    GET "/admin/adresses" => departures::pages::list;
    GET "/admin/adresses/{id}" => departures::pages::show;
    POST "/admin/adresses/{id}/lever" => departures::pages::lift;
    POST "/admin/adresses/{id}/reattribuer" => departures::pages::hand_over_of_address;
    POST "/admin/comptes/{id}/reattribuer" => departures::pages::hand_over_of_account;
    GET "/admin/modeles" => mail::pages::templates::list;
    GET "/admin/qui-est-prevenu" => notifications::pages::table::page;
    GET "/admin/modeles/{name}" => mail::pages::templates::show;
    GET "/admin/modeles/{name}/html" => mail::pages::templates::html;
    GET "/admin/taches" => outbox::pages::show;
    POST "/admin/taches/relancer" => outbox::pages::queue_all_again;
    POST "/admin/taches/{id}/relancer" => outbox::pages::queue_again;

    GET "/api/v1/openapi.json" => openapi::document;
    GET "/api/v1/search" => search::api::search;
    GET "/api/v1/suggest" => search::api::suggest;
    GET "/api/v1/subscriptions" => notifications::api::list;
    POST "/api/v1/subscriptions" => notifications::api::create;
    DELETE "/api/v1/subscriptions/{id}" => notifications::api::remove;
    GET "/api/v1/actions" => actions::api::list;
    POST "/api/v1/actions" => actions::api::create;
    GET "/api/v1/actions/{id}" => actions::api::show;
    PUT "/api/v1/actions/{id}" => actions::api::change;
    POST "/api/v1/actions/{id}/submit" => actions::api::submit;
    POST "/api/v1/actions/{id}/publish" => actions::api::publish;
    POST "/api/v1/actions/{id}/return" => actions::api::send_back;
    POST "/api/v1/actions/{id}/archive" => actions::api::archive;
    GET "/api/v1/actions/{id}/versions" => actions::api::versions::list;
    GET "/api/v1/actions/{id}/versions/{version}" => actions::api::versions::show;
    GET "/api/v1/actions/{id}/sessions" => actions::api::sessions;
    POST "/api/v1/actions/{id}/sessions" => actions::api::add_sessions;
    PUT "/api/v1/actions/{id}/sessions/{session_id}" => actions::api::attend;
    GET "/api/v1/partners" => partners::api::list;
    POST "/api/v1/partners" => partners::api::create;
    GET "/api/v1/partners/{id}" => partners::api::show;
    PUT "/api/v1/partners/{id}" => partners::api::change;
    POST "/api/v1/partners/{id}/confirm" => partners::api::confirm;
    GET "/api/v1/conventions" => conventions::api::list;
    POST "/api/v1/conventions" => conventions::api::create;
    GET "/api/v1/conventions/{id}" => conventions::api::show;
    PUT "/api/v1/conventions/{id}" => conventions::api::change;
    POST "/api/v1/conventions/{id}/submit" => conventions::api::submit;
    POST "/api/v1/conventions/{id}/return" => conventions::api::send_back;
    POST "/api/v1/conventions/{id}/validate" => conventions::api::validate;
    POST "/api/v1/conventions/{id}/send" => conventions::api::send;
    POST "/api/v1/conventions/{id}/sign" => conventions::api::sign;
    POST "/api/v1/conventions/{id}/abandon" => conventions::api::abandon;
    POST "/api/v1/conventions/{id}/reactivate" => conventions::api::reactivate;
    GET "/api/v1/conventions/{id}/acts" => conventions::api::acts;
    POST "/api/v1/conventions/{id}/acts" => conventions::api::add_act;
    PUT "/api/v1/conventions/{id}/acts/{act}" => conventions::api::amend;
    POST "/api/v1/conventions/{id}/acts/{act}/abandon" => conventions::api::abandon_act;
    GET "/api/v1/conventions/{id}/terms" => conventions::api::terms;
    GET "/api/v1/bodies" => meetings::api::bodies::list;
    POST "/api/v1/bodies" => meetings::api::bodies::create;
    GET "/api/v1/bodies/{id}" => meetings::api::bodies::show;
    PUT "/api/v1/bodies/{id}" => meetings::api::bodies::change;
    GET "/api/v1/meetings" => meetings::api::list;
    POST "/api/v1/meetings" => meetings::api::create;
    GET "/api/v1/meetings/{id}" => meetings::api::show;
    PUT "/api/v1/meetings/{id}" => meetings::api::change;
    POST "/api/v1/meetings/{id}/call" => meetings::api::call;
    POST "/api/v1/meetings/{id}/postpone" => meetings::api::postpone;
    POST "/api/v1/meetings/{id}/cancel" => meetings::api::cancel;
    POST "/api/v1/meetings/{id}/hold" => meetings::api::hold;
    POST "/api/v1/meetings/{id}/register" => meetings::api::invitations::register;
    PUT "/api/v1/meetings/{id}/presence" => meetings::api::invitations::presence;
    GET "/api/v1/meetings/{id}/invitations" => meetings::api::invitations::list;
    POST "/api/v1/meetings/{id}/invitations" => meetings::api::invitations::invite;
    DELETE "/api/v1/meetings/{id}/invitations/{invitation}" => meetings::api::invitations::remove;
    POST "/api/v1/meetings/{id}/invitations/{invitation}/answer" => meetings::api::invitations::answer;
    GET "/api/v1/meetings/{id}/minutes" => meetings::minutes::api::show;
    PUT "/api/v1/meetings/{id}/minutes" => meetings::minutes::api::save;
    POST "/api/v1/meetings/{id}/minutes/submit" => meetings::minutes::api::submit;
    POST "/api/v1/meetings/{id}/minutes/return" => meetings::minutes::api::send_back;
    POST "/api/v1/meetings/{id}/minutes/approve" => meetings::minutes::api::approve;
    POST "/api/v1/meetings/{id}/minutes/publish" => meetings::minutes::api::publish;
    POST "/api/v1/meetings/{id}/minutes/rectify" => meetings::minutes::api::rectify;
    GET "/api/v1/announcements" => announcements::api::list;
    POST "/api/v1/announcements" => announcements::api::create;
    GET "/api/v1/announcements/{id}" => announcements::api::show;
    PUT "/api/v1/announcements/{id}" => announcements::api::change;
    GET "/api/v1/announcements/{id}/audience" => announcements::api::audience;
    POST "/api/v1/announcements/{id}/send" => announcements::api::send;
    POST "/api/v1/announcements/{id}/reopen" => announcements::api::reopen;
    POST "/api/v1/announcements/{id}/cancel" => announcements::api::cancel;
    POST "/api/v1/announcements/{id}/test" => announcements::api::test;
    POST "/api/v1/announcements/{id}/letters" => announcements::api::letters;
    GET "/api/v1/decisions" => decisions::api::list;
    POST "/api/v1/decisions" => decisions::api::create;
    GET "/api/v1/decisions/{id}" => decisions::api::show;
    PUT "/api/v1/decisions/{id}" => decisions::api::change;
    POST "/api/v1/decisions/{id}/start" => decisions::api::start;
    POST "/api/v1/decisions/{id}/done" => decisions::api::done;
    POST "/api/v1/decisions/{id}/drop" => decisions::api::give_up;
    POST "/api/v1/decisions/{id}/defer" => decisions::api::defer;
    POST "/api/v1/decisions/{id}/reopen" => decisions::api::reopen;
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
