//! `/admin`: the parts of the administration, and what needs an eye.

use actix_web::HttpResponse;
use serde_json::{Value, json};

use crate::accounts;
use crate::accounts::model::AccountStage;
use crate::error::{Error, Result};
use crate::http::admin;
use crate::http::visit::Visit;
use crate::instance::model::Instance;
use crate::kernel::Page;
use crate::mail;
use crate::outbox::{self, Counts, Lane};
use crate::{partners, territories};

/// What the first page counts.
struct Counted {
    accounts: i64,
    invited: i64,
    territories: i64,
    partners: i64,
    index: Counts,
    mail: mail::log::Standing,
    dead: i64,
}

pub async fn show(visit: Visit) -> Result<HttpResponse> {
    visit.administrator()?;
    let now = visit.now;
    let counted = visit
        .app
        .db
        .read(move |conn| {
            Ok::<_, Error>(Counted {
                accounts: accounts::service::list(conn, "", Page { number: 1, size: 1 })?.1,
                invited: accounts::service::count(conn, AccountStage::Invited)?,
                territories: count(territories::service::atlas(conn)?.own().count()),
                partners: count(partners::service::all(conn)?.len()),
                index: outbox::counts(conn, Lane::Index)?,
                mail: mail::log::standing(conn, now)?,
                dead: mail::bounces::count(conn)?,
            })
        })
        .await?;
    let data = json!({
        "tabs": admin::tabs(&visit).await?,
        "attention": attention(&counted, &visit.app.identity(), visit.app.view.refused().len()),
        "parts": [
            part("Comptes", "/admin/comptes", Some(counted.accounts), "Inviter, changer un rôle, fermer."),
            part("Territoires", "/admin/territoires", Some(counted.territories), "Les MDS et les TIS, et leurs communes."),
            part("Partenaires", "/partenaires", Some(counted.partners), "Les organismes : leurs fiches, et les doublons à réunir."),
            part("Identité", "/admin/instance", None, "Le nom du site, les mentions légales, les thèmes du département."),
            part("Groupe d’appui", "/admin/groupe-appui", None, "Les agents à qui l’on demande un appui sur un brouillon."),
            part("E-mails", "/admin/courrier", None, "Ce qui est parti, ce qui attend, et pourquoi."),
            part("Adresses invalides", "/admin/adresses", Some(counted.dead), "Les adresses d’où nos e-mails reviennent, et ce qui en dépend."),
            part("Modèles", "/admin/modeles", None, "Le texte de chaque e-mail, et ce que vous en changez."),
            part("Qui est prévenu", "/admin/qui-est-prevenu", None, "Ce qui arrive, qui le sait, par quel e-mail."),
            part("Tâches", "/admin/taches", None, "Les mises à jour de la recherche."),
        ],
    });
    visit.page("admin/index", "Administration", data)
}

fn count(of: usize) -> i64 {
    i64::try_from(of).unwrap_or(i64::MAX)
}

fn part(label: &str, href: &str, count: Option<i64>, hint: &str) -> Value {
    json!({ "label": label, "href": href, "count": count, "hint": hint })
}

/// What somebody should look at, the gravest first.
fn attention(counted: &Counted, instance: &Instance, refused_templates: usize) -> Vec<Value> {
    let mut tasks = Vec::new();
    let mut task = |label: String, href: &str, hint: &str, state: &str, state_label: &str| {
        tasks.push(json!({ "label": label, "href": href, "hint": hint, "state": state, "state_label": state_label }));
    };
    if let Some(fault) = counted.mail.fault.as_ref().and_then(|attempt| attempt.fault.as_ref()) {
        task("Les e-mails ne partent plus".into(), "/admin/courrier", mail::log::diagnosis::in_words(fault), "error", "En panne");
    }
    if counted.mail.failed > 0 {
        let (label, hint) = match counted.mail.failed {
            1 => ("1 e-mail n’est pas parti".into(), "Lisez la raison, puis renvoyez-le."),
            failed => (format!("{failed} e-mails ne sont pas partis"), "Lisez les raisons, puis renvoyez-les."),
        };
        task(label, "/admin/courrier?etat=failed", hint, "error", "Échoués");
    }
    if counted.dead > 0 {
        let label = if counted.dead == 1 { "1 adresse invalide".into() } else { format!("{} adresses invalides", counted.dead) };
        task(label, "/admin/adresses", "Nos e-mails en reviennent : voyez ce qui en dépend.", "report_due", "À regarder");
    }
    if counted.index.dead > 0 {
        task("La recherche n’est pas à jour".into(), "/admin/taches", "Des mises à jour de l’index ont échoué : relancez-les.", "error", "En échec");
    }
    if refused_templates > 0 {
        let label = match refused_templates {
            1 => "1 fichier de modèle d’e-mail est refusé".into(),
            count => format!("{count} fichiers de modèles d’e-mails sont refusés"),
        };
        task(label, "/admin/modeles", "Le texte d’origine sert à la place. Lisez la raison, puis corrigez.", "error", "Refusé");
    }
    if counted.territories == 0 {
        task("Aucun territoire".into(), "/admin/territoires/nouveau", "Ajoutez les MDS : les agents leur appartiennent.", "report_due", "À faire");
    }
    let missing: Vec<&str> = [
        (&instance.publisher, "l’éditeur"),
        (&instance.director, "la direction de la publication"),
        (&instance.host, "l’hébergeur"),
        (&instance.legal_email, "l’e-mail de contact"),
        (&instance.dpo_email, "le délégué à la protection des données"),
    ]
    .into_iter()
    .filter(|(value, _)| value.is_empty())
    .map(|(_, name)| name)
    .collect();
    if !missing.is_empty() {
        let hint = format!("Les pages légales en ont besoin. Il manque : {}.", missing.join(", "));
        task("L’identité est incomplète".into(), "/admin/instance", &hint, "report_due", "À compléter");
    }
    if counted.invited > 0 {
        let label = if counted.invited == 1 { "1 invitation sans réponse".into() } else { format!("{} invitations sans réponse", counted.invited) };
        task(label, "/admin/comptes", "Le lien d’une invitation fonctionne 24 heures. Vous pouvez en renvoyer un.", "invited", "En attente");
    }
    tasks
}
