//! The parties of a convention in its form: a row each, the Département first.

use serde_json::{Value, json};

use super::names::Names;
use crate::conventions::labels;
use crate::http::forms::{Choice, Form};
use crate::kernel::text::{fold, unbroken};
use crate::kernel::{Day, FieldErrors};
use crate::partners::model::OrganisationKind;

const MOST_ROWS: usize = 100;
const AUTHORISATION: [&str; 4] = ["organ", "number", "dated", "enforceable_on"];

/// Rows as they were sent: `parties.0.signatory`, `parties.1.partner`… Empty ones, and those to be taken away, are none.
pub fn sent(form: &Form, errors: &mut FieldErrors) -> Value {
    let mut parties = Vec::new();
    for row in (0..MOST_ROWS).take_while(|row| form.has(&format!("parties.{row}.signatory"))) {
        let of = |column: &str| form.get(&format!("parties.{row}.{column}"));
        let is_departement = of("departement") == "oui";
        let is_blank = ["partner", "signatory", "capacity", "signed_on"].iter().chain(&AUTHORISATION).all(|column| of(column).trim().is_empty());
        if of("gone") == "oui" || (is_blank && !is_departement) {
            continue;
        }
        if !is_departement && of("partner").is_empty() {
            errors.add(&format!("parties.{}.partner", parties.len()), "Choisissez le partenaire, ou videz la ligne.");
        }
        let authorisation: serde_json::Map<String, Value> = AUTHORISATION.iter().map(|column| ((*column).to_owned(), json!(of(column)))).collect();
        let mut party = json!({
            "partner": (!is_departement).then(|| of("partner")), "signatory": of("signatory"), "capacity": of("capacity"), "authorisation": authorisation,
        });
        if form.has(&format!("parties.{row}.signed_on")) {
            party["signed_on"] = json!(of("signed_on"));
        }
        parties.push(party);
    }
    Value::Array(parties)
}

/// The rows filled, with as many empty ones as asked.
pub fn control(given: &[Value], names: &Names, spare: usize, with_signatures: bool, errors: &FieldErrors) -> Value {
    let mut organisations: Vec<(&str, &str)> = names
        .organisations()
        .filter(|one| one.kind != OrganisationKind::Departement || given.iter().any(|party| party["partner"] == one.id.as_str()))
        .map(|one| (one.id.as_str(), one.name.as_str()))
        .collect();
    organisations.sort_by_cached_key(|(_, name)| fold(name));
    let blank = json!({ "partner": "" });
    let rows = given.iter().chain(std::iter::repeat_n(&blank, spare)).enumerate();
    let rows: Vec<Value> = rows.map(|(place, party)| row(place, party, names, &organisations, with_signatures, errors)).collect();
    let hint = "Le Département d’abord\u{a0}: une MDS n’a pas de personnalité morale. Puis un ou plusieurs partenaires.";
    json!({ "control": "parties", "name": "parties", "legend": labels::field("parties"), "hint": hint, "error": errors.of("parties"), "rows": rows })
}

fn row(place: usize, party: &Value, names: &Names, organisations: &[(&str, &str)], with_signatures: bool, errors: &FieldErrors) -> Value {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let day = |value: &Value| value.as_str().map(|said| Day::parse(said).map_or_else(|| said.to_owned(), Day::in_figures)).unwrap_or_default();
    let error = |path: &str| errors.of(&format!("parties.{place}.{path}")).map(unbroken);
    // `column` names what is sent; `path` is where the API and its errors find it.
    let line = |column: &str, path: &str, label: &str, value: &Value| json!({ "column": column, "path": path, "label": label, "value": text(value), "is_day": false, "error": error(path) });
    let date = |column: &str, path: &str, label: &str, value: &Value| json!({ "column": column, "path": path, "label": label, "value": day(value), "is_day": true, "error": error(path) });
    let authorisation = &party["authorisation"];
    let mut lines =
        vec![line("signatory", "signatory", "Signataire", &party["signatory"]), line("capacity", "capacity", "En qualité de", &party["capacity"])];
    if with_signatures {
        lines.push(date("signed_on", "signed_on", "A signé le (JJ/MM/AAAA)", &party["signed_on"]));
    }
    let authorised = [
        line("organ", "authorisation.organ", "Organe (commission permanente, conseil d’administration…)", &authorisation["organ"]),
        line("number", "authorisation.number", "Numéro", &authorisation["number"]),
        date("dated", "authorisation.dated", "Prise le (JJ/MM/AAAA)", &authorisation["dated"]),
        date("enforceable_on", "authorisation.enforceable_on", "Exécutoire le (JJ/MM/AAAA)", &authorisation["enforceable_on"]),
    ];
    let is_departement = party["partner"].is_null();
    let partner = text(&party["partner"]);
    let mut options = vec![Choice::new("", "Choisir un partenaire", partner.is_empty())];
    options.extend(organisations.iter().map(|(id, name)| Choice::new(id, name, *id == partner)));
    if options.iter().all(|option| !option.checked) {
        options.push(Choice::new(&partner, &names.party(Some(&partner)), true));
    }
    json!({
        "place": place,
        "number": place + 1,
        "departement": is_departement.then(|| names.party(None)),
        "options": if is_departement { Vec::new() } else { options },
        "error": error("partner"),
        "is_kept": !is_departement && !partner.is_empty(),
        "lines": lines,
        "is_authorised": authorised.iter().any(|line| line["value"] != "" || !line["error"].is_null()),
        "authorised": authorised,
    })
}
