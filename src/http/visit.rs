//! One request: who reads, where from, when. Every handler starts from it.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::{Method, header};
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, dev, web};

use super::notice::Notice;
use super::views::Opened;
use super::{paths, views};
use crate::accounts::model::{Actor, By, Viewer};
use crate::accounts::sign_in::{self, Origin, hashed};
use crate::accounts::{self};
use crate::app::App;
use crate::error::{Error, Result};
use crate::kernel::{Chance, Day, Moment};
use crate::notifications::inbox;

/// Cookies. Behind HTTPS they carry the `__Host-` prefix, which no other site of the domain can set.
const SESSION: &str = "traitdunion_session";
const VISITOR: &str = "traitdunion_visitor";
const NOTICE: &str = "traitdunion_notice";

pub struct Visit {
    pub app: Arc<App>,
    pub viewer: Viewer,
    pub now: Moment,
    pub origin: Origin,
    pub method: Method,
    /// Path and query, to come back to.
    pub here: String,
    pub notice: Option<Notice>,
    /// How many things await whoever is signed in.
    pub awaiting: i64,
    /// How many things they were told and have not read.
    pub unread: i64,
    /// Do the conventions concern them? All agents; of partners, those who are a party to one.
    pub has_conventions: bool,
    /// Asked for by our own script, which wants a part of the page.
    pub is_fetch: bool,
    session: Option<String>,
    visitor: RefCell<Option<String>>,
    set_cookies: RefCell<Vec<Cookie<'static>>>,
    secure: bool,
}

/// An actor, the time and chance, to take along into a transaction.
#[derive(Clone)]
pub struct Doer {
    pub actor: Actor,
    pub now: Moment,
    pub chance: Chance,
}

impl Doer {
    pub fn by(&self) -> By<'_> {
        By { actor: &self.actor, now: self.now, chance: &self.chance }
    }
}

impl Visit {
    /// The visitor of a request, whom a session cookie or an API token may name.
    pub async fn load(request: &HttpRequest) -> Result<Self> {
        let mut visit = Self::anonymous(request)?;
        let now = visit.now;
        if let Some(token) = bearer(request) {
            let found = visit.app.db.read({
                let token = token.clone();
                move |conn| {
                    let Some((account, due)) = accounts::service::account_of_token(conn, &token, now)? else { return Ok(None) };
                    Ok::<_, Error>(Some((sign_in::actor(conn, account)?, due)))
                }
            });
            let (actor, due) = found.await?.ok_or(Error::SignIn)?;
            visit.viewer = Viewer(Some(actor));
            if due {
                visit.app.db.write(move |conn| accounts::service::token_used(conn, &token, now)).await?;
            }
            return Ok(visit);
        }
        let Some(secret) = visit.session.clone() else { return Ok(visit) };
        let (today, looked_for) = (visit.today(), secret.clone());
        let opened = Some(&visit)
            .filter(|visit| visit.method == Method::GET && !views::is_ahead(request.headers()))
            .and_then(|visit| paths::record_at(&visit.here));
        let told = opened.clone();
        let found = visit.app.db.read(move |conn| {
            let Some((account, due)) = accounts::service::account_of_session(conn, &looked_for, now)? else { return Ok(None) };
            let actor = sign_in::actor(conn, account)?;
            let awaiting = crate::actions::service::awaiting_count(conn, &actor, today)?;
            let (unread, known) = match &actor.id {
                Some(id) => inbox::look(conn, id, opened.as_ref())?,
                None => (0, 0),
            };
            let has_conventions = actor.is_agent() || crate::conventions::service::is_party(conn, &actor)?;
            Ok::<_, Error>(Some((actor, awaiting, unread, known, has_conventions, due)))
        });
        match found.await? {
            None => visit.session = None,
            Some((actor, awaiting, unread, known, has_conventions, due)) => {
                (visit.awaiting, visit.unread) = (awaiting, unread);
                visit.has_conventions = has_conventions;
                visit.viewer = Viewer(Some(actor));
                if due {
                    visit.app.db.write(move |conn| accounts::service::seen(conn, &secret, now)).await?;
                }
                if let Some((record, reader)) = told.zip(visit.viewer.actor().cloned()).filter(|_| known > 0) {
                    visit.unread -= known;
                    request.extensions_mut().insert(Opened { reader, record, now });
                }
            }
        }
        Ok(visit)
    }

    /// The request as anybody's.
    pub fn anonymous(request: &HttpRequest) -> Result<Self> {
        let app = request.app_data::<web::Data<App>>().ok_or_else(|| Error::Internal("no application".into()))?;
        let app = app.clone().into_inner();
        let secure = app.config.is_secure();
        let cookie = |name: &str| request.cookie(&full_name(name, secure)).map(|cookie| cookie.value().to_owned());
        let header = |name: header::HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        Ok(Self {
            viewer: Viewer::visitor(),
            now: app.clock.now(),
            origin: Origin { address: address(request, &app), agent: header(header::USER_AGENT) },
            method: request.method().clone(),
            here: request.uri().path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
            notice: cookie(NOTICE).and_then(|code| Notice::parse(&code)),
            awaiting: 0,
            unread: 0,
            has_conventions: false,
            is_fetch: request.headers().get("X-Requested-With").is_some_and(|value| value == "fetch"),
            session: cookie(SESSION).filter(|value| value.len() == 43),
            visitor: RefCell::new(cookie(VISITOR).filter(|value| value.len() == 43)),
            set_cookies: RefCell::default(),
            secure,
            app,
        })
    }

    pub fn actor(&self) -> Result<&Actor> {
        self.viewer.actor().ok_or(Error::SignIn)
    }

    pub fn agent(&self) -> Result<&Actor> {
        let actor = self.actor()?;
        if actor.is_agent() { Ok(actor) } else { Err(Error::Forbidden("Cette page est réservée aux agents du Département.".into())) }
    }

    pub fn administrator(&self) -> Result<&Actor> {
        let actor = self.actor()?;
        if actor.is_administrator() { Ok(actor) } else { Err(Error::NotFound) }
    }

    pub fn doer(&self) -> Result<Doer> {
        Ok(Doer { actor: self.actor()?.clone(), now: self.now, chance: self.app.chance.clone() })
    }

    pub fn today(&self) -> Day {
        self.app.config.zone.day(self.now)
    }

    /// The secret of the session at hand.
    pub fn session(&self) -> Option<&str> {
        self.session.as_deref()
    }

    /// The token that a form of this page must send back. Without a session it is bound to a cookie that is set with the page.
    pub fn csrf(&self) -> String {
        let secret = self.session.clone().unwrap_or_else(|| {
            let mut visitor = self.visitor.borrow_mut();
            if visitor.is_none() {
                let secret = self.app.chance.secret();
                self.set_cookies.borrow_mut().push(self.cookie(VISITOR, secret.clone()));
                *visitor = Some(secret);
            }
            visitor.clone().unwrap_or_default()
        });
        hashed(&format!("csrf:{secret}"))
    }

    /// Does this token come from a form that we gave to the same browser?
    pub fn accepts_csrf(&self, token: &str) -> bool {
        use subtle::ConstantTimeEq;
        let secret = self.session.clone().or_else(|| self.visitor.borrow().clone());
        secret.is_some_and(|secret| hashed(&format!("csrf:{secret}")).as_bytes().ct_eq(token.as_bytes()).into())
    }

    fn cookie(&self, name: &str, value: String) -> Cookie<'static> {
        Cookie::build(full_name(name, self.secure), value).path("/").http_only(true).secure(self.secure).same_site(SameSite::Lax).finish()
    }

    pub fn open_session(&self, secret: String) {
        let mut cookie = self.cookie(SESSION, secret);
        cookie.set_max_age(actix_web::cookie::time::Duration::days(30));
        self.set_cookies.borrow_mut().push(cookie);
    }

    pub fn close_session(&self) {
        let mut cookie = self.cookie(SESSION, String::new());
        cookie.make_removal();
        self.set_cookies.borrow_mut().push(cookie);
    }

    /// Goes to another page of ours after a form, which may say what was done.
    pub fn redirect(&self, to: &str, notice: Option<Notice>) -> HttpResponse {
        if let Some(notice) = notice {
            self.set_cookies.borrow_mut().push(self.cookie(NOTICE, notice.as_str().to_owned()));
        }
        self.with_cookies(HttpResponse::SeeOther().insert_header((header::LOCATION, to)).finish())
    }

    /// Adds the cookies that this visit sets; a notice that was shown is forgotten.
    pub fn with_cookies(&self, mut response: HttpResponse) -> HttpResponse {
        for cookie in self.set_cookies.borrow_mut().drain(..) {
            // A cookie that cannot be written is one that the browser does not get.
            drop(response.add_cookie(&cookie));
        }
        response
    }

    pub fn forget_notice(&self) {
        if self.notice.is_some() {
            let mut cookie = self.cookie(NOTICE, String::new());
            cookie.make_removal();
            self.set_cookies.borrow_mut().push(cookie);
        }
    }
}

impl FromRequest for Visit {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Self::load(&request).await })
    }
}

fn full_name(name: &str, secure: bool) -> String {
    if secure { format!("__Host-{name}") } else { name.to_owned() }
}

pub fn bearer(request: &HttpRequest) -> Option<String> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

/// The caller's address; a trusted proxy is believed when it forwards another.
fn address(request: &HttpRequest, app: &App) -> String {
    let Some(peer) = request.peer_addr().map(|peer| peer.ip()) else { return "unknown".into() };
    let trusted = |ip: &std::net::IpAddr| app.config.trusted_proxies.contains(ip);
    if !trusted(&peer) {
        return peer.to_string();
    }
    let listed = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let forwarded = listed("Forwarded");
    let from_forwarded = forwarded.split([',', ';']).filter_map(|part| part.trim().to_ascii_lowercase().strip_prefix("for=").map(ToOwned::to_owned));
    let from_x = listed("X-Forwarded-For");
    let hops: Vec<std::net::IpAddr> = from_forwarded
        .chain(from_x.split(',').map(ToOwned::to_owned))
        .filter_map(|hop| hop.trim().trim_matches(['"', '[', ']']).parse().ok())
        .collect();
    // The nearest hop that is not one of our proxies: what stands before it may be invented.
    hops.iter().rev().find(|ip| !trusted(ip)).unwrap_or(&peer).to_string()
}
