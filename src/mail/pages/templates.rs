//! `/admin/modeles`: every mail that the registry sends, as it is written here, and the files that could not replace one.

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::http::admin;
use crate::http::visit::Visit;
use crate::http::{mail_html, paths};
use crate::mail::catalogue::{self, Duty, KINDS, Kind};
use crate::territories::geography::geography;
use crate::view::samples::{self, Around};
use crate::view::{self, Refused, View};

const PATH: &str = "/admin/modeles";
const HEADING: &str = "Modèles d’e-mails";
/// The parts of a mail, and what each is.
const PARTS: [(&str, &str); 3] = [("subject.txt", "L’objet"), ("body.txt", "La version texte"), ("body.html", "La version HTML")];
/// What mails share, and what each is.
const SHARED: [(&str, &str); 13] = [
    ("partials/mail_frame", "Le cadre"),
    ("partials/mail_button", "Le bouton"),
    ("partials/mail_record", "L’intitulé de la fiche"),
    ("partials/mail_quote", "Un commentaire cité"),
    ("partials/mail_blank", "Le blanc après l’aperçu"),
    ("partials/mail_meeting", "Quand et où on se réunit"),
    ("partials/mail_meeting.txt", "Quand et où, en texte"),
    ("partials/mail_agenda", "L’ordre du jour"),
    ("partials/mail_agenda.txt", "L’ordre du jour, en texte"),
    ("partials/mail_answers", "Les réponses à une invitation"),
    ("partials/mail_changes", "Ce qui a changé d’une rencontre"),
    ("partials/mail_changes.txt", "Ce qui a changé, en texte"),
    ("partials/mail_foot.txt", "Le pied de la version texte"),
];

pub async fn list(visit: Visit) -> Result<HttpResponse> {
    visit.administrator()?;
    let view = &visit.app.view;
    let mail = |kind: &Kind| {
        let folder = format!("mail/{}/", kind.name);
        let is_local = view.overridden().iter().any(|name| name.starts_with(&folder));
        json!({
            "label": kind.label, "href": paths::mail_template(kind.name), "when": kind.when, "duty": in_words(kind.duty), "is_local": is_local,
        })
    };
    let data = json!({
        "heading": HEADING,
        "breadcrumb": admin::breadcrumb(&[], HEADING),
        "tabs": admin::tabs(&visit).await?,
        "commands": [admin::command("Qui est prévenu", "/admin/qui-est-prevenu", "get", "secondary")],
        "mails": KINDS.iter().map(mail).collect::<Vec<_>>(),
        "shared": SHARED.iter().map(|(name, label)| file(view, name, label)).collect::<Vec<_>>(),
        "folder": visit.app.config.templates_dir.display().to_string(),
        "refused": view.refused().iter().map(refused).collect::<Vec<_>>(),
    });
    visit.page("admin/mail_templates", HEADING, data)
}

pub async fn show(visit: Visit, name: web::Path<String>) -> Result<HttpResponse> {
    visit.administrator()?;
    let kind = catalogue::kind(&name).ok_or(Error::NotFound)?;
    let (view, data) = (&visit.app.view, sample(&visit, kind)?);
    let text = |part: &str| view.mail_text(&format!("mail/{}/{part}", kind.name), &data).map_err(|error| Error::Internal(error.to_string()));
    let identity = visit.app.identity();
    let line = |label: &str, value: &str| json!({ "label": label, "value": value, "href": null });
    let folder = visit.app.config.templates_dir.join("mail").join(kind.name);
    let data = json!({
        "heading": kind.label,
        "breadcrumb": admin::breadcrumb(&[(HEADING, PATH)], kind.label),
        "tabs": admin::tabs(&visit).await?,
        "commands": [admin::command("Voir la version HTML", &format!("{}/html", paths::mail_template(kind.name)), "get", "secondary")],
        "rows": [
            line("Objet", text("subject.txt")?.trim()),
            line("De", &format!("{} <{}>", identity.name, visit.app.config.mail_from)),
            line("À qui, quand", kind.when),
            line("Envoi", in_words(kind.duty)),
        ],
        "text": text("body.txt")?.trim_end(),
        "parts": PARTS.iter().map(|(part, label)| file(view, &format!("mail/{}/{part}", kind.name), label)).collect::<Vec<_>>(),
        "folder": folder.display().to_string(),
        "refused": view.refused().iter().filter(|refused| refused.path.starts_with(&folder)).map(refused).collect::<Vec<_>>(),
    });
    visit.page("admin/mail_template", kind.label, data)
}

pub async fn html(visit: Visit, name: web::Path<String>) -> Result<HttpResponse> {
    visit.administrator()?;
    let kind = catalogue::kind(&name).ok_or(Error::NotFound)?;
    let html = visit.app.view.mail_html(&format!("mail/{}/body.html", kind.name), &sample(&visit, kind)?);
    Ok(mail_html::page(&html.map_err(|error| Error::Internal(error.to_string()))?, &visit.app.chance))
}

fn in_words(duty: Duty) -> &'static str {
    match duty {
        Duty::Must => "Toujours envoyé",
        Duty::Chosen => "On peut s’en désinscrire",
    }
}

/// What the mail would say, of people and records that do not exist.
fn sample(visit: &Visit, kind: &Kind) -> Result<Value> {
    let mut data = samples::of_mail(kind.name).into_iter().next().ok_or_else(|| Error::Internal(format!("mail {} has no sample", kind.name)))?;
    let (identity, config) = (visit.app.identity(), &visit.app.config);
    let code = identity.departement.as_str();
    let unsubscribe = format!("{}{}", config.base_url, crate::http::paths::unsubscribe("exemple"));
    let around = Around {
        base_url: &config.base_url,
        instance: &identity.name,
        departement: geography().place(code).map_or(code, |place| place.name),
        unsubscribe: (kind.duty == Duty::Chosen).then_some(unsubscribe.as_str()),
    };
    around.put(&mut data);
    Ok(data)
}

/// A file that may be replaced, with its built-in text.
fn file(view: &View, name: &str, label: &str) -> Value {
    json!({ "label": label, "file": format!("{name}.hbs"), "is_local": view.overridden().contains(name), "source": view::source(name) })
}

fn refused(refused: &Refused) -> Value {
    let mut rest = refused.reason.chars();
    // After « Ligne 3 : » it goes on with a sentence; alone, it is one.
    let reason = match (refused.line, rest.next()) {
        (None, Some(first)) => first.to_uppercase().chain(rest).collect(),
        _ => refused.reason.clone(),
    };
    json!({ "path": refused.path.display().to_string(), "line": refused.line, "reason": reason })
}
