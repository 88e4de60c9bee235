//! `/conventions/deposer`: several signed PDFs at once, and what each became.

use std::time::Instant;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde_json::{Value, json};

use super::received;
use crate::conventions::files::deposit::{self, Deposited, deposit as deposited, may_deposit};
use crate::documents::model::{LARGEST, Purpose};
use crate::error::{Error, Result};
use crate::http::forms::{Choice, choices, summary};
use crate::http::paths;
use crate::http::shell::Frame;
use crate::http::upload::{Arrived, Files, MOST_BYTES, MOST_FILES};
use crate::http::visit::Visit;
use crate::kernel::FieldErrors;

pub async fn form(visit: Visit) -> Result<HttpResponse> {
    may_deposit(visit.actor()?)?;
    show(&visit, false, &FieldErrors::default())
}

fn show(visit: &Visit, is_entered: bool, errors: &FieldErrors) -> Result<HttpResponse> {
    let options = vec![
        Choice {
            hint: Some("Chacune attend d’être relue : vous direz ensuite qu’elle est signée.".to_owned()),
            ..Choice::new("draft", "Brouillons à relire", !is_entered)
        },
        Choice {
            hint: Some("Leur terme est suivi tout de suite ; ce qui manque est marqué « à compléter ».".to_owned()),
            ..Choice::new("signed", "Conventions signées, à compléter", is_entered)
        },
    ];
    let data = json!({
        "breadcrumb": breadcrumb(None),
        "errors": summary(errors),
        "file_error": errors.of("file"),
        "stage": choices("stage", "Que deviennent-elles\u{a0}?", "", options, errors),
        "most": MOST_FILES,
        "largest": LARGEST / 1024 / 1024,
        "together": MOST_BYTES / 1024 / 1024,
    });
    let show = if errors.is_empty() { Visit::page } else { Visit::page_again };
    show(visit, "conventions/deposit", "Déposer des conventions signées", data)
}

fn breadcrumb(here: Option<&str>) -> Value {
    let mut items = vec![json!({ "label": "Conventions", "href": "/conventions" })];
    let own = here.map(|_| "/conventions/deposer");
    items.push(json!({ "label": "Déposer des conventions signées", "href": own }));
    items.extend(here.map(|here| json!({ "label": here, "href": null })));
    items.into()
}

/// Each file for itself: one that is refused does not hold the others back.
pub async fn give(Files { visit, form, files }: Files) -> Result<HttpResponse> {
    may_deposit(visit.actor()?)?;
    let is_entered = form.get("stage") == "signed";
    if files.is_empty() {
        return show(&visit, is_entered, &FieldErrors::one("file", "Choisissez au moins un PDF."));
    }
    let (mut made, mut known, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    let from = Instant::now();
    for (rank, file) in files.into_iter().enumerate() {
        let name = file.name.clone();
        if rank > 0 && from.elapsed() > visit.app.config.reading_patience {
            let told = "les fichiers d’avant étaient trop longs à lire. Déposez-le de nouveau, sans eux.";
            refused.push(json!({ "file": name, "message": told }));
            continue;
        }
        match one(&visit, file, is_entered).await {
            Ok(Deposited::Made { id, object, understood, notes }) => {
                let rows: Vec<Value> = understood.iter().map(|(label, value)| json!({ "label": label, "value": value, "href": null })).collect();
                made.push(json!({ "file": name, "title": object, "url": paths::convention(&id), "edit_url": paths::about_convention(&id, "modifier"), "documents_url": super::documents::path(&id), "rows": rows, "notes": notes }));
            }
            Ok(Deposited::Known { id, object }) => known.push(json!({ "file": name, "title": object, "url": paths::convention(&id) })),
            Err(Error::Invalid(errors)) => {
                let told = errors.iter().map(|(_, message)| message).collect::<Vec<_>>().join(" ");
                // Most messages name it already.
                refused.push(json!({ "file": (!told.contains(&name)).then_some(&name), "message": told }));
            }
            Err(error) if error.is_fault() => {
                tracing::error!(%error, "a file that was dropped made no convention");
                refused.push(json!({ "file": name, "message": "Le serveur n’y arrive pas : déposez ce fichier de nouveau dans quelques instants." }));
            }
            Err(error) => return Err(error),
        }
    }
    visit.app.bell.ring();
    let status = if made.is_empty() && known.is_empty() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let heading = match (made.len(), known.len()) {
        (0, 0) => "Aucun fichier n’a pu être repris".to_owned(),
        (0, _) => "Ces fichiers étaient déjà là".to_owned(),
        (1, _) => "Une convention est créée".to_owned(),
        (many, _) => format!("{many}\u{a0}conventions sont créées"),
    };
    let data = json!({
        "breadcrumb": breadcrumb(Some("Ce que les fichiers sont devenus")),
        "heading": heading, "is_entered": is_entered, "made": made, "known": known, "refused": refused,
    });
    visit.framed("conventions/deposited", &heading, Frame::default(), status, data)
}

async fn one(visit: &Visit, file: Arrived, is_entered: bool) -> Result<deposit::Deposited> {
    let checked = received(visit, Some(file), Purpose::Signed).await?;
    let (doer, today) = (visit.doer()?, visit.today());
    visit.app.db.write(move |conn| deposited(conn, doer.by(), today, &checked, is_entered)).await
}
