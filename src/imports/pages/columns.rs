//! What each column of a file is: those whose title is known are chosen already.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::{find, head, path, settle};
use crate::error::{Error, Result};
use crate::http::admin::Shown;
use crate::http::forms::{Submitted, summary};
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::imports::columns::{Columns, Named};
use crate::imports::model::{Import, Stage};
use crate::imports::service;
use crate::kernel::FieldErrors;

/// The form again, for whoever comes back from the check.
pub async fn page(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    let import = find(&visit, &id).await?;
    match import.stage {
        Stage::Uploaded | Stage::Checked if import.has_columns() => show(&visit, &import, &FieldErrors::default()).await,
        _ => Ok(visit.redirect(&path(&import.id, ""), None)),
    }
}

pub async fn show(visit: &Visit, import: &Import, errors: &FieldErrors) -> Result<HttpResponse> {
    let (actor, today, zone, asked) = (visit.actor()?.clone(), visit.today(), visit.app.config.zone.clone(), import.clone());
    let read = visit.app.db.read(move |conn| {
        let desk = asked.kind.open(conn, &actor, today, &zone)?;
        let errors_of = |place: usize| format!("column-{place}");
        let columns = desk.columns();
        let rows: Vec<Value> = asked
            .report
            .headings
            .iter()
            .enumerate()
            .map(|(place, heading)| {
                let named = columns.named(&heading.title);
                let chosen = asked.plan.fields.get(place).and_then(Option::as_deref);
                json!({
                    "name": errors_of(place),
                    "title": if heading.title.is_empty() { format!("Colonne {}", letters(heading.place)) } else { heading.title.clone() },
                    "samples": heading.samples,
                    "note": note(named, chosen, columns),
                    "options": options(columns, chosen),
                })
            })
            .collect();
        Ok::<_, Error>(rows)
    });
    let mut rows = read.await?;
    for row in &mut rows {
        let error = row["name"].as_str().and_then(|name| errors.of(name)).map(str::to_owned);
        row["error"] = json!(error);
    }
    let known = import.plan.fields.iter().filter(|field| field.is_some()).count();
    let heading = if known == rows.len() { "Toutes les colonnes sont reconnues" } else { "Que contient chaque colonne ?" };
    let mut data = head(import, heading, &format!("{}, étape 1 sur 2", import.kind.label()));
    data["errors"] = summary(errors);
    data["notes"] = json!(import.report.notes);
    data["rows"] = rows.into();
    data["unknown"] = json!(import.plan.fields.len() - known.min(import.plan.fields.len()));
    let (title, status) =
        if errors.is_empty() { (heading.to_owned(), StatusCode::OK) } else { (format!("Erreur : {heading}"), StatusCode::UNPROCESSABLE_ENTITY) };
    visit.framed("imports/columns", &title, Frame::default(), status, data)
}

/// What is told beside a title that is not the very name of what it is taken for.
fn note(named: Named, chosen: Option<&str>, columns: &Columns) -> Option<String> {
    match named {
        Named::Guess(place) if chosen == Some(columns.columns[place].field) => Some("Reconnue à peu de chose près : vérifiez.".to_owned()),
        Named::Rest(place) => Some(format!("La suite de « {} » : lue avec elle.", columns.columns[place].label)),
        Named::Ignored => Some("Calculée par Trait d’union : elle n’est pas lue.".to_owned()),
        _ => None,
    }
}

fn options(columns: &Columns, chosen: Option<&str>) -> Vec<Value> {
    let leave = json!({ "value": "", "label": "Ne pas importer", "checked": chosen.is_none() });
    let option =
        |column: &crate::imports::columns::Column| json!({ "value": column.field, "label": column.label, "checked": chosen == Some(column.field) });
    std::iter::once(leave).chain(columns.filled().map(option)).collect()
}

/// A column as a spreadsheet calls it: A, B… Z, AA.
fn letters(place: usize) -> String {
    let letter = |n: usize| char::from(b'A' + u8::try_from(n % 26).unwrap_or(0));
    match place {
        0..26 => letter(place).to_string(),
        _ => format!("{}{}", letter(place / 26 - 1), letter(place)),
    }
}

pub async fn choose(Submitted { visit, form }: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    let import = find(&visit, &id).await?;
    let chosen = |place: usize| Some(form.get(&format!("column-{place}")).to_owned()).filter(|field| !field.is_empty());
    let fields: Vec<Option<String>> = (0..import.report.headings.len()).map(chosen).collect();
    let (actor, today, asked, given) = (visit.actor()?.clone(), visit.today(), import.clone(), fields.clone());
    let zone = visit.app.config.zone.clone();
    let mapped = visit.app.db.write(move |conn| {
        let desk = asked.kind.open(conn, &actor, today, &zone)?;
        service::map(conn, &actor, &asked.id, given, desk.as_ref())
    });
    match mapped.await {
        Ok(()) => {
            settle(&visit, &import.id).await?;
            Ok(visit.redirect(&path(&import.id, ""), None))
        }
        Err(error) => match Shown::again(error)? {
            Shown { errors, warning: None, .. } => {
                let mut again = import;
                again.plan.fields = fields;
                show(&visit, &again, &errors).await
            }
            // Somebody was quicker: the page says where it now is.
            Shown { .. } => Ok(visit.redirect(&path(&import.id, ""), None)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::letters;

    #[test]
    fn columns_are_called_as_in_a_spreadsheet() {
        assert_eq!([0, 25, 26, 51, 52, 255].map(letters), ["A", "Z", "AA", "AZ", "BA", "IV"]);
    }
}
