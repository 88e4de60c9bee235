//! What stands around every page.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde_json::{Value, json};

use super::visit::Visit;
use crate::error::{Error, Result};

pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The main menu: where each entry leads, and the paths that are under it.
const NAV: [(&str, &str); 7] = [
    ("Rechercher", "/recherche"),
    ("Actions collectives", "/actions"),
    ("Partenaires", "/partenaires"),
    ("Conventions", "/conventions"),
    ("Rencontres", "/rencontres"),
    ("Schéma", "/schema"),
    ("Territoires", "/territoires"),
];

/// How a page differs from the usual.
#[derive(Clone, Copy, Default)]
pub struct Frame {
    pub home: bool,
    pub print: bool,
    pub noindex: bool,
}

impl Visit {
    /// A page with its shell; `data` is what its template reads beside `shell`.
    pub fn page(&self, template: &str, title: &str, data: Value) -> Result<HttpResponse> {
        self.framed(template, title, Frame::default(), StatusCode::OK, data)
    }

    /// A form shown again with what is wrong.
    pub fn page_again(&self, template: &str, title: &str, data: Value) -> Result<HttpResponse> {
        self.framed(template, &format!("Erreur : {title}"), Frame::default(), StatusCode::UNPROCESSABLE_ENTITY, data)
    }

    pub fn framed(&self, template: &str, title: &str, frame: Frame, status: StatusCode, mut data: Value) -> Result<HttpResponse> {
        data["shell"] = self.shell(title, frame);
        let html = self.app.view.html(template, &data).map_err(|error| Error::Internal(error.to_string()))?;
        self.forget_notice();
        let response =
            HttpResponse::build(status).content_type("text/html; charset=utf-8").insert_header(("Cache-Control", "no-cache, private")).body(html);
        Ok(self.with_cookies(response))
    }

    fn shell(&self, title: &str, frame: Frame) -> Value {
        let identity = self.app.identity();
        let path = self.here.split('?').next().unwrap_or("/");
        let is_shown = |(_, href): &&(&str, &str)| *href != "/conventions" || self.has_conventions;
        let nav: Vec<Value> = NAV
            .iter()
            .filter(is_shown)
            .map(|(label, href)| json!({ "label": label, "href": href, "current": path == *href || path.starts_with(&format!("{href}/")) }))
            .collect();
        let account = self.viewer.actor().map(|actor| {
            json!({ "name": actor.name, "email": actor.email, "role_label": actor.role.label(), "awaiting": self.awaiting, "unread": self.unread, "is_admin": actor.is_administrator() })
        });
        let departement =
            crate::territories::geography::geography().place(&identity.departement).map_or(identity.departement.as_str(), |place| place.name);
        json!({
            "title": title,
            "lang": "fr",
            "version": VERSION,
            "path": path,
            "instance": {
                "name": identity.name, "departement": departement, "tagline": identity.tagline, "logo": null, "demo": identity.demo,
                "accent": !identity.accent.is_empty(),
            },
            "account": account,
            "csrf": if self.viewer.actor().is_some() { self.csrf() } else { String::new() },
            "notice": self.notice.map(|notice| json!({ "kind": "success", "text": notice.label() })),
            "nav": nav,
            "q": "",
            "home": frame.home,
            "print": frame.print,
            "noindex": frame.noindex || self.viewer.actor().is_some(),
        })
    }
}
