//! `/admin/adresses`: the addresses at which nobody is any more, what depends on each, and who takes it over; the same for a closed account.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::{Gone, Item, Registry, To, hand_over, in_words};
use crate::accounts;
use crate::accounts::model::{Account, AccountStage, Role, Viewer};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::admin::{self, Cell, List, Shown, command};
use crate::http::forms::{Choice, Field, Form, Submitted, summary};
use crate::http::notice::Notice;
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::http::{paths, query};
use crate::kernel::ids::AccountId;
use crate::kernel::{Day, EmailAddress, FieldErrors, Moment};
use crate::mail::bounces::{self, Dead};

pub const PATH: &str = "/admin/adresses";
const HEADING: &str = "Adresses invalides";
const SHOWN: usize = 50;

pub async fn list(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    visit.administrator()?;
    let (viewer, now, today) = (visit.viewer.clone(), visit.now, visit.app.today());
    let mut errors = FieldErrors::default();
    let page = query::page(&query::pairs(request.query_string())?, &mut errors).number as usize;
    if !errors.is_empty() {
        return Err(Error::BadQuery(errors));
    }
    let (dead, total) = visit
        .app
        .db
        .read(move |conn| {
            let all = bounces::all(conn)?;
            let (total, mut rows) = (all.len(), Vec::new());
            let registry = Registry::load(conn)?;
            for dead in all.into_iter().skip((page - 1).saturating_mul(SHOWN)).take(SHOWN) {
                let gone = Gone::of_address(conn, &dead.address)?;
                let depends = in_words(&registry.of(conn, &gone, &viewer, now, today)?);
                rows.push((dead, depends));
            }
            Ok::<_, Error>((rows, total))
        })
        .await?;
    let zone = &visit.app.config.zone;
    let rows = dead.iter().map(|(dead, depends)| {
        let depends = if depends.is_empty() { "Rien" } else { depends };
        vec![
            Cell::link(&dead.address, address(&dead.id)).hint(reason(&dead.status)),
            Cell::text(zone.day(dead.since).in_short()),
            Cell::text(depends),
        ]
    });
    let pages = u32::try_from(total.div_ceil(SHOWN)).unwrap_or(u32::MAX);
    List {
        heading: HEADING,
        commands: Vec::new(),
        search: None,
        columns: &[("Adresse", false), ("Depuis le", false), ("Ce qui en dépend", false)],
        rows: rows.collect(),
        pagination: query::pagination(PATH, &Form::default(), u32::try_from(page).unwrap_or(1), pages.max(1)),
        empty: ("Aucune adresse invalide", "Quand nos e-mails ne peuvent plus arriver à une adresse, elle s’affiche ici, avec ce qui en dépend."),
    }
    .show(&visit)
    .await
}

fn address(id: &str) -> String {
    format!("{PATH}/{id}")
}

/// What a status says, in a few words.
fn reason(status: &str) -> &'static str {
    match status {
        "5.1.2" | "5.1.10" => "Ce domaine ne reçoit pas d’e-mails.",
        "5.1.3" => "Ce n’est pas une adresse.",
        "5.1.6" => "La personne a changé d’adresse.",
        "5.2.1" => "Cette boîte est désactivée.",
        _ => "Cette adresse n’existe pas, ou plus.",
    }
}

/// What stands on the page: read again for each way to show it.
struct Read {
    dead: Dead,
    account: Option<Account>,
    depends: Depends,
}

fn read(conn: &mut Conn, viewer: &Viewer, id: &str, now: Moment, today: Day) -> Result<Read> {
    let dead = bounces::find(conn, id)?;
    let account = accounts::service::of_addresses(conn, std::slice::from_ref(&dead.address))?.pop();
    let gone = Gone { address: dead.address.clone(), account: account.as_ref().map(|account| account.id.clone()) };
    Ok(Read { depends: Depends::of(conn, &gone, viewer, now, today)?, dead, account })
}

pub async fn show(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    shown(&visit, &id, &Form::default(), &Shown::default()).await
}

async fn shown(visit: &Visit, id: &str, form: &Form, again: &Shown) -> Result<HttpResponse> {
    visit.administrator()?;
    let (viewer, now, today, id) = (visit.viewer.clone(), visit.now, visit.app.today(), plausible(id)?);
    let Read { dead, account, depends } = visit.app.db.read(move |conn| read(conn, &viewer, &id, now, today)).await?;
    let here = address(&dead.id);
    let data = json!({
        "heading": dead.address,
        "breadcrumb": admin::breadcrumb(&[(HEADING, PATH)], &dead.address),
        "tabs": admin::tabs(visit).await?,
        "commands": [command("Écrire de nouveau à cette adresse", &format!("{here}/lever"), "post", "secondary")],
        "warning": again.warning,
        "errors": summary(&again.errors),
        "reason": reason(&dead.status),
        "since": dead.since,
        "said": Some(format!("{} {}", dead.status, dead.said)),
        "mail": dead.mail.as_ref().map(paths::mail),
        "account": account.map(|account| json!({ "name": account.name, "href": paths::account(&account.id), "state": account.stage.label() })),
        "depends": depends.json(&format!("{here}/reattribuer"), form, &again.errors),
    });
    let title = if again.errors.is_empty() { dead.address.clone() } else { format!("Erreur : {}", dead.address) };
    visit.framed("departures/show", &title, Frame::default(), again.status(), data)
}

/// What has not the shape of an identifier is nobody's: PostgreSQL refuses a text with a NUL.
fn plausible(id: &str) -> Result<String> {
    crate::kernel::ids::plausible(id).then(|| id.to_owned()).ok_or(Error::NotFound)
}

pub async fn lift(Submitted { visit, .. }: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    visit.administrator()?;
    let (doer, id) = (visit.doer()?, plausible(&id)?);
    visit.app.db.write(move |conn| bounces::lift(conn, doer.by(), &id)).await?;
    Ok(visit.redirect(PATH, Some(Notice::AddressLifted)))
}

pub async fn hand_over_of_address(Submitted { visit, form }: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    visit.administrator()?;
    let found = plausible(&id)?;
    let gone = visit.app.db.read(move |conn| {
        let dead = bounces::find(conn, &found)?;
        Gone::of_address(conn, &dead.address)
    });
    match handed_over(&visit, gone.await?, &form).await {
        Ok(()) => Ok(visit.redirect(&address(&id), Some(Notice::HandedOver))),
        Err(error) => shown(&visit, &id, &form, &Shown::again(error)?).await,
    }
}

pub async fn hand_over_of_account(Submitted { visit, form }: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    visit.administrator()?;
    let id = AccountId::parse(&id).ok_or(Error::NotFound)?;
    let found = id.clone();
    let account = visit.app.db.read(move |conn| accounts::service::find(conn, &found)).await?;
    if account.stage != AccountStage::Closed {
        return Err(Error::Refused("Ce compte est ouvert : fermez-le d’abord, ou réattribuez chaque chose depuis sa page.".into()));
    }
    match handed_over(&visit, Gone::of_account(&account), &form).await {
        Ok(()) => Ok(visit.redirect(&paths::account(&id), Some(Notice::HandedOver))),
        Err(error) => accounts::pages::people::again(&visit, &id, &form, Shown::again(error)?).await,
    }
}

async fn handed_over(visit: &Visit, gone: Gone, form: &Form) -> Result<()> {
    let (doer, zone) = (visit.doer()?, visit.app.config.zone.clone());
    let (ticked, account, typed) = (form.all("item"), form.get("to").to_owned(), form.get("address").trim().to_owned());
    let address = EmailAddress::parse(&typed);
    if !typed.is_empty() && address.is_none() {
        return Err(Error::field("address", "Donnez une adresse e-mail complète, comme prenom.nom@organisme.example."));
    }
    let done = visit.app.db.write(move |conn| {
        let account = match AccountId::parse(&account).map(|id| accounts::service::find(conn, &id)) {
            Some(Ok(account)) if account.stage == AccountStage::Active => Some(account),
            _ if account.is_empty() => None,
            _ => return Err(Error::field("to", "Ce compte n’est pas ouvert.")),
        };
        hand_over(conn, doer.by(), &zone, &gone, &ticked, &To { account, address })
    });
    done.await?;
    visit.app.bell.ring();
    Ok(())
}

/// What depends on somebody, and to whom it may be handed over.
pub struct Depends {
    items: Vec<Item>,
    people: Vec<Account>,
}

impl Depends {
    pub fn of(conn: &mut Conn, gone: &Gone, viewer: &Viewer, now: Moment, today: Day) -> Result<Self> {
        let items = Registry::load(conn)?.of(conn, gone, viewer, now, today)?;
        let mut people = accounts::service::active_with_role(conn, &[Role::Worker, Role::Manager, Role::Administrator, Role::Partner])?;
        people.retain(|account| Some(&account.id) != gone.account.as_ref());
        people.sort_by_key(|account| account.role == Role::Partner);
        Ok(Self { items, people })
    }

    /// As the partial `departures` shows it.
    pub fn json(&self, action: &str, form: &Form, errors: &FieldErrors) -> Value {
        let ticked = form.all("item");
        let item = |item: &Item| {
            let value = item.value();
            let checked = value.as_ref().is_some_and(|value| ticked.is_empty() || ticked.contains(value));
            json!({ "value": value, "checked": checked, "label": item.label, "href": item.href, "at": item.at, "hint": Some(&item.hint).filter(|hint| !hint.is_empty()) })
        };
        let groups = self
            .items
            .chunk_by(|a, b| a.kind == b.kind)
            .map(|some| json!({ "title": some[0].kind.label(), "items": some.iter().map(item).collect::<Vec<_>>() }));
        let chosen = form.get("to");
        let person = |account: &Account| {
            let label = format!("{} ({})", account.name, account.role.label().to_lowercase());
            Choice::new(account.id.as_str(), &label, account.id.as_str() == chosen)
        };
        let people = [Choice::new("", "Choisir une personne", chosen.is_empty())].into_iter().chain(self.people.iter().map(person)).collect();
        let address = Field {
            name: "address",
            label: "Ou sa nouvelle adresse, pour ses invitations",
            hint: "La personne reste invitée, et reçoit l’invitation à cette adresse.",
            kind: "email",
            value: form.get("address"),
            autocomplete: "off",
            ..Field::default()
        };
        let has_invitations = self.items.iter().any(|item| item.kind == super::Kind::Invitation);
        let may_move = self.items.iter().any(|item| item.value().is_some());
        let mut fields = vec![admin::select("to", "Réattribuer à", "Cette personne est prévenue par e-mail de ce qu’on lui confie.", people, errors)];
        if has_invitations {
            fields.push(admin::text(&address, errors));
        }
        json!({
            "groups": groups.collect::<Vec<_>>(),
            "form": may_move.then(|| json!({ "action": action, "fields": fields, "error": errors.of("item") })),
        })
    }
}
