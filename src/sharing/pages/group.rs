//! `/admin/groupe-appui`: those whom the instance names to help write actions.

use actix_web::HttpResponse;
use serde_json::json;

use crate::error::Result;
use crate::http::admin::{self, FormPage, Shown};
use crate::http::forms::{Field, Submitted};
use crate::http::notice::Notice;
use crate::http::visit::Visit;
use crate::sharing::support;

const PATH: &str = "/admin/groupe-appui";

pub async fn show(visit: Visit) -> Result<HttpResponse> {
    visit.administrator()?;
    let group = visit.app.db.read(support::group).await?;
    let typed = group.into_iter().map(|account| account.email).collect::<Vec<_>>().join("\n");
    page(&visit, &typed, Shown::default()).await
}

pub async fn save(Submitted { visit, form }: Submitted) -> Result<HttpResponse> {
    visit.administrator()?;
    let (doer, typed) = (visit.doer()?, form.get("people").to_owned());
    let saved = {
        let typed = typed.clone();
        visit.app.db.write(move |conn| support::set_group(conn, doer.by(), &typed)).await
    };
    match saved {
        Ok(()) => Ok(visit.redirect(PATH, Some(Notice::Saved))),
        Err(error) => page(&visit, &typed, Shown::again(error)?).await,
    }
}

async fn page(visit: &Visit, typed: &str, shown: Shown) -> Result<HttpResponse> {
    let field = Field {
        name: "people",
        label: "Adresses e-mail des agents",
        hint: "Une par ligne. Chacun a un compte actif.",
        value: typed,
        required: false,
        rows: 10,
        ..Field::default()
    };
    let form = FormPage {
        heading: "Groupe d’appui",
        above: &[("Identité", "/admin/instance")],
        lead: "Ces agents reçoivent chaque demande d’appui sur un brouillon d’action, avec les collègues qui ont mené une action proche.",
        action: PATH,
        fields: vec![admin::textarea(&field, &shown.errors)],
        more: json!({}),
        ..FormPage::default()
    };
    form.show(visit, &shown).await
}
