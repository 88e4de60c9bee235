//! `/admin/comptes`: every account, for administrators.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use crate::accounts::model::{Account, AccountStage, ApiToken, LinkPurpose, Role};
use crate::accounts::service::{self, Given};
use crate::departures::Gone;
use crate::departures::pages::Depends;
use crate::error::{Error, Result};
use crate::http::admin::{self, Cell, FormPage, List, Places, Shown, command};
use crate::http::forms::{Choice, Field, Form, Submitted};
use crate::http::notice::Notice;
use crate::http::visit::Visit;
use crate::http::{paths, query};
use crate::journal::{self, Line};
use crate::kernel::ids::AccountId;
use crate::kernel::{FieldErrors, Listing};
use crate::mail::bounces;
use crate::mail::pages::of_record::Mails;
use crate::mail::pages::words::Setting;
use crate::partners::model::Organisation;
use crate::territories::model::{Atlas, Named};
use crate::{partners, territories};

const LIST: (&str, &str) = ("Comptes", "/admin/comptes");

pub async fn list(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    visit.administrator()?;
    let query = query::pairs(request.query_string())?;
    let mut errors = FieldErrors::default();
    let page = query::page(&query, &mut errors);
    if !errors.is_empty() {
        return Err(Error::BadQuery(errors));
    }
    let text: String = query.get("q").trim().chars().take(200).collect();
    let looked_for = text.clone();
    let (found, places) = visit
        .app
        .db
        .read(move |conn| {
            let (accounts, total) = service::list(conn, &looked_for, page)?;
            let (atlas, organisations) = (territories::service::atlas(conn)?, partners::service::all(conn)?);
            let places = accounts.iter().map(|account| belonging(account, &atlas, &organisations)).collect::<Vec<_>>();
            Ok::<_, Error>((Listing::new(accounts, u64::try_from(total).unwrap_or(0), page), places))
        })
        .await?;
    let day = |account: &Account| account.signed_in_at.map_or_else(|| "Jamais".to_owned(), |at| visit.app.config.zone.day(at).in_short());
    let row = |(account, place): (&Account, String)| {
        vec![
            Cell::link(&account.name, paths::account(&account.id)).hint(&account.email),
            Cell::text(account.role.label()).hint(&account.job),
            Cell::text(place),
            Cell::text(account.stage.label()).tag(tag(account.stage)),
            Cell::text(day(account)),
        ]
    };
    let pages = found.pages();
    List {
        heading: LIST.0,
        commands: vec![command("Inviter une personne", "/admin/comptes/nouveau", "get", "primary")],
        search: Some(("Chercher un nom ou une adresse", &text)),
        columns: &[("Nom", false), ("Rôle", false), ("Appartenance", false), ("État", false), ("Dernière connexion", false)],
        rows: found.items.iter().zip(places).map(row).collect(),
        pagination: query::pagination(LIST.1, &query, page.number, pages),
        empty: ("Aucun compte ne correspond", "Vérifiez l’orthographe, ou cherchez une partie du nom seulement."),
    }
    .show(&visit)
    .await
}

/// The partner or the territories of an account, in words.
fn belonging(account: &Account, atlas: &Atlas, organisations: &[Organisation]) -> String {
    let organisation = account.organisation_id.as_ref().and_then(|id| organisations.iter().find(|one| one.id == *id));
    let names: Vec<String> =
        organisation.map(|one| one.name.clone()).into_iter().chain(account.territories.iter().map(|code| atlas.name(code))).collect();
    if names.is_empty() { "—".to_owned() } else { names.join(", ") }
}

fn tag(stage: AccountStage) -> &'static str {
    match stage {
        AccountStage::Invited => "invited",
        AccountStage::Active => "active",
        AccountStage::Closed => "archived",
    }
}

pub async fn new(visit: Visit) -> Result<HttpResponse> {
    visit.administrator()?;
    new_form(&visit, &Given { role: Role::Worker.as_str().into(), ..Given::default() }, "", Shown::default()).await
}

pub async fn invite(Submitted { visit, form }: Submitted) -> Result<HttpResponse> {
    visit.administrator()?;
    let given = given(&form);
    if looks_for_territories(&form) {
        return new_form(&visit, &given, form.get("territories_q"), Shown::default()).await;
    }
    let (doer, wanted) = (visit.doer()?, given.clone());
    match visit.app.db.write(move |conn| service::add(conn, doer.by(), &wanted, None)).await {
        Ok(account) => {
            visit.app.bell.ring();
            Ok(visit.redirect(&paths::account(&account.id), Some(Notice::Invited)))
        }
        Err(error) => new_form(&visit, &given, "", Shown::again(error)?).await,
    }
}

pub async fn show(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    visit.administrator()?;
    let id = AccountId::parse(&id).ok_or(Error::NotFound)?;
    edit_form(&visit, &id, None, "", Shown::default()).await
}

pub async fn change(Submitted { visit, form }: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    visit.administrator()?;
    let id = AccountId::parse(&id).ok_or(Error::NotFound)?;
    let (given, version) = (given(&form), form.version()?);
    if looks_for_territories(&form) {
        let shown = Shown { version: Some(version), ..Shown::default() };
        return edit_form(&visit, &id, Some(given), form.get("territories_q"), shown).await;
    }
    let (doer, wanted, changed) = (visit.doer()?, given.clone(), id.clone());
    match visit.app.db.write(move |conn| service::change(conn, doer.by(), &changed, version, &wanted)).await {
        Ok(()) => Ok(visit.redirect(&paths::account(&id), Some(Notice::Saved))),
        Err(error) => {
            let shown = Shown::again(error)?;
            let shown = Shown { version: shown.version.or(Some(version)), ..shown };
            edit_form(&visit, &id, Some(given), "", shown).await
        }
    }
}

/// Sends the invitation, or a link for a new password.
pub async fn send_link(Submitted { visit, .. }: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    visit.administrator()?;
    let id = AccountId::parse(&id).ok_or(Error::NotFound)?;
    let (doer, account) = (visit.doer()?, id.clone());
    let sent = visit.app.db.write(move |conn| service::send_link_again(conn, doer.by(), &account)).await;
    let sent = sent.map(|purpose| if purpose == LinkPurpose::Invitation { Notice::Invited } else { Notice::ResetSent });
    done(&visit, &id, sent).await
}

pub async fn close(Submitted { visit, form }: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    visit.administrator()?;
    let id = AccountId::parse(&id).ok_or(Error::NotFound)?;
    let (doer, account, version) = (visit.doer()?, id.clone(), form.version()?);
    let closed = visit.app.db.write(move |conn| service::close(conn, doer.by(), &account, version)).await;
    done(&visit, &id, closed.map(|()| Notice::AccountClosed)).await
}

pub async fn reopen(Submitted { visit, form }: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    visit.administrator()?;
    let id = AccountId::parse(&id).ok_or(Error::NotFound)?;
    let (doer, account, version) = (visit.doer()?, id.clone(), form.version()?);
    let opened = visit.app.db.write(move |conn| service::reopen(conn, doer.by(), &account, version)).await;
    done(&visit, &id, opened.map(|()| Notice::AccountReopened)).await
}

/// Back to the account, with what was done or why it was not.
async fn done(visit: &Visit, id: &AccountId, verb: Result<Notice>) -> Result<HttpResponse> {
    match verb {
        Ok(notice) => {
            visit.app.bell.ring();
            Ok(visit.redirect(&paths::account(id), Some(notice)))
        }
        Err(error) => edit_form(visit, id, None, "", Shown::again(error)?.of_a_verb()).await,
    }
}

pub async fn revoke_token(Submitted { visit, .. }: Submitted, path: web::Path<(String, String)>) -> Result<HttpResponse> {
    visit.administrator()?;
    let (id, token) = path.into_inner();
    let id = AccountId::parse(&id).ok_or(Error::NotFound)?;
    let (doer, account) = (visit.doer()?, id.clone());
    visit.app.db.write(move |conn| service::end_token(conn, doer.by(), &token, Some(&account))).await?;
    Ok(visit.redirect(&paths::account(&id), Some(Notice::TokenRevoked)))
}

/// A place typed and not yet chosen is looked for, whichever button was pressed.
fn looks_for_territories(form: &Form) -> bool {
    form.get("do") == "find-territories" || !form.get("territories_q").trim().is_empty()
}

fn given(form: &Form) -> Given {
    let text = |name: &str| form.get(name).trim().to_owned();
    Given {
        email: text("email"),
        name: text("name"),
        job: text("job"),
        role: text("role"),
        territories: form.all("territories"),
        organisation: text("organisation"),
    }
}

/// What the fields of an account offer to choose from.
struct Offered {
    chosen: Vec<Named>,
    found: Vec<Named>,
    organisations: Vec<Organisation>,
}

async fn offered(visit: &Visit, codes: Vec<String>, looked_for: &str) -> Result<Offered> {
    let (looked_for, departement) = (looked_for.to_owned(), visit.app.identity().departement.clone());
    visit
        .app
        .db
        .read(move |conn| {
            let atlas = territories::service::atlas(conn)?;
            let chosen = codes.into_iter().map(|code| Named { label: atlas.name(&code), code }).collect();
            let found = if looked_for.trim().is_empty() { Vec::new() } else { atlas.search(&looked_for, Some(&departement), 20) };
            Ok(Offered { chosen, found, organisations: partners::service::all(conn)? })
        })
        .await
}

fn fields(given: &Given, looked_for: &str, offered: Offered, errors: &FieldErrors) -> Vec<Value> {
    let hint = |role: Role| match role {
        Role::Worker => "Présente des actions sur ses territoires.",
        Role::Partner => "Consulte l’offre locale pour son organisme.",
        Role::Manager => "Valide et publie les actions de ses territoires.",
        Role::Administrator => "Fait tout, partout : comptes, territoires, réglages.",
    };
    let role = |role: &Role| Choice { hint: Some(hint(*role).into()), ..Choice::new(role.as_str(), role.label(), role.as_str() == given.role) };
    let mut organisations = vec![Choice::new("", "Aucun", given.organisation.is_empty())];
    organisations.extend(offered.organisations.iter().map(|one| Choice::new(one.id.as_str(), &one.name, one.id.as_str() == given.organisation)));
    let places = Places {
        name: "territories",
        legend: "Territoires",
        hint: "Pour un agent ou un responsable : au moins un. Cherchez une MDS, un TIS, une commune.",
        search_label: "Chercher un territoire",
        chosen: offered.chosen,
        looked_for,
        found: offered.found,
    };
    vec![
        admin::text(
            &Field {
                name: "name",
                label: "Prénom et nom",
                value: &given.name,
                max: Some(120),
                required: true,
                autocomplete: "off",
                ..Field::default()
            },
            errors,
        ),
        admin::text(
            &Field {
                name: "email",
                label: "Adresse e-mail",
                kind: "email",
                value: &given.email,
                required: true,
                autocomplete: "off",
                ..Field::default()
            },
            errors,
        ),
        admin::text(
            &Field {
                name: "job",
                label: "Fonction",
                hint: "Par exemple : conseillère en économie sociale et familiale.",
                value: &given.job,
                max: Some(120),
                autocomplete: "off",
                ..Field::default()
            },
            errors,
        ),
        admin::radios("role", "Rôle", "", Role::ALL.iter().map(role).collect(), errors),
        places.show(errors),
        admin::select(
            "organisation",
            "Partenaire",
            "Pour un compte de partenaire : l’organisme auquel la personne appartient.",
            organisations,
            errors,
        ),
    ]
}

async fn new_form(visit: &Visit, given: &Given, looked_for: &str, shown: Shown) -> Result<HttpResponse> {
    let offered = offered(visit, given.territories.clone(), looked_for).await?;
    let page = FormPage {
        heading: "Inviter une personne",
        above: &[LIST],
        lead: "Elle recevra un e-mail avec un lien pour choisir son mot de passe. Le lien fonctionne pendant 24 heures.",
        action: "/admin/comptes/nouveau",
        submit: "Envoyer l’invitation",
        fields: fields(given, looked_for, offered, &shown.errors),
        ..FormPage::default()
    };
    page.show(visit, &shown).await
}

/// The account again, with why what depends on it was not handed over.
pub async fn again(visit: &Visit, id: &AccountId, form: &Form, shown: Shown) -> Result<HttpResponse> {
    whole_form(visit, id, None, "", shown, form).await
}

async fn edit_form(visit: &Visit, id: &AccountId, typed: Option<Given>, looked_for: &str, shown: Shown) -> Result<HttpResponse> {
    whole_form(visit, id, typed, looked_for, shown, &Form::default()).await
}

/// The account, what it did, and what depends on it if it is closed; `handing` is what was sent of the form that hands that over.
async fn whole_form(visit: &Visit, id: &AccountId, typed: Option<Given>, looked_for: &str, shown: Shown, handing: &Form) -> Result<HttpResponse> {
    let (read, viewer, now, today) = (id.clone(), visit.viewer.clone(), visit.now, visit.app.today());
    let (account, tokens, lines, mails, depends, dead) = visit
        .app
        .db
        .read(move |conn| {
            let account = service::find(conn, &read)?;
            let mails = Mails::to(conn, &account)?;
            let depends = match account.stage {
                AccountStage::Closed => Some(Depends::of(conn, &Gone::of_account(&account), &viewer, now, today)?),
                AccountStage::Invited | AccountStage::Active => None,
            };
            let dead = bounces::of_address(conn, &account.email)?;
            let lines = journal::of(conn, "account", read.as_str(), 30)?;
            Ok::<_, Error>((account, service::tokens(conn, Some(&read))?, lines, mails, depends, dead))
        })
        .await?;
    let given = typed.unwrap_or_else(|| Given {
        email: account.email.clone(),
        name: account.name.clone(),
        job: account.job.clone(),
        role: account.role.as_str().into(),
        territories: account.territories.iter().cloned().collect(),
        organisation: account.organisation_id.as_ref().map(ToString::to_string).unwrap_or_default(),
    });
    let offered = offered(visit, given.territories.clone(), looked_for).await?;
    let here = paths::account(id);
    let verb = |label: &str, what: &str, kind: &str| command(label, &format!("{here}/{what}"), "post", kind);
    let commands = match account.stage {
        AccountStage::Invited => vec![verb("Renvoyer l’invitation", "lien", "secondary"), verb("Fermer le compte", "fermer", "warning")],
        AccountStage::Active => {
            vec![verb("Envoyer un lien de mot de passe", "lien", "secondary"), verb("Fermer le compte", "fermer", "warning")]
        }
        AccountStage::Closed => vec![verb("Rouvrir le compte", "rouvrir", "secondary")],
    };
    let page = FormPage {
        template: "admin/account",
        heading: &account.name,
        above: &[LIST],
        action: &here,
        version: account.version,
        fields: fields(&given, looked_for, offered, &shown.errors),
        commands,
        more: json!({
            "status": { "tag": tag(account.stage), "label": account.stage.label() },
            "signed_in_at": account.signed_in_at,
            "tokens": tokens.iter().map(|token| token_shown(&here, token)).collect::<Vec<_>>(),
            "entries": lines.iter().map(entry).collect::<Vec<_>>(),
            "dead": dead.map(|dead| format!("/admin/adresses/{}", dead.id)),
            "depends": depends.map(|depends| depends.json(&format!("{here}/reattribuer"), handing, &shown.errors)),
            "mails": mails.json(&Setting::of(&visit.app, visit.now), true),
        }),
        ..FormPage::default()
    };
    page.show(visit, &shown).await
}

fn token_shown(account: &str, token: &ApiToken) -> Value {
    json!({
        "label": token.label, "created_at": token.created_at, "used_at": token.used_at,
        "revoke": format!("{account}/jetons/{}/revoquer", token.id),
    })
}

/// A line of the journal as the timeline shows it.
fn entry(line: &Line) -> Value {
    let text = match line.event.as_str() {
        "account_added" => "Compte créé",
        "account_changed" => "Compte modifié",
        "account_closed" => "Compte fermé",
        "password_set" => "Mot de passe choisi",
        other => other,
    };
    json!({ "at": line.at, "text": text, "author": line.actor, "comment": null })
}
