//! `/admin/instance`: who runs the instance, how it looks, its own themes.

use actix_web::HttpResponse;
use serde_json::{Value, json};

use super::themes;
use crate::error::Result;
use crate::http::admin::{self, FormPage, Shown};
use crate::http::forms::{Choice, Field, Form, Submitted};
use crate::http::notice::Notice;
use crate::http::visit::Visit;
use crate::instance::model::Instance;
use crate::instance::service;
use crate::kernel::calendar::SchoolZone;
use crate::kernel::text::clean;
use crate::kernel::{FieldErrors, referential};

const PATH: &str = "/admin/instance";

/// The identity as it is typed: the themes are text until they are understood.
struct Typed {
    instance: Instance,
    themes: String,
    version: i32,
}

pub async fn show(visit: Visit) -> Result<HttpResponse> {
    visit.administrator()?;
    let (instance, version) = visit.app.db.read(service::get).await?;
    let typed = Typed { themes: themes::write(&instance.themes), instance, version };
    page(&visit, &typed, Shown::default()).await
}

pub async fn save(Submitted { visit, form }: Submitted) -> Result<HttpResponse> {
    visit.administrator()?;
    let (current, _) = visit.app.db.read(service::get).await?;
    let mut typed = Typed { instance: given(&form, current), themes: form.get("themes").to_owned(), version: form.version()? };
    let mut errors = FieldErrors::default();
    match themes::parse(&typed.themes) {
        Ok(themes) => typed.instance.themes = themes,
        Err(wrong) => errors.extend(wrong),
    }
    if let Err(wrong) = typed.instance.check() {
        errors.extend(wrong);
    }
    if !errors.is_empty() {
        return page(&visit, &typed, Shown::wrong(errors)).await;
    }
    let (doer, instance, version) = (visit.doer()?, typed.instance.clone(), typed.version);
    match visit.app.db.write(move |conn| service::change(conn, doer.by(), &instance, version)).await {
        Ok(()) => {
            visit.app.refresh_identity().await;
            visit.app.bell.ring();
            Ok(visit.redirect(PATH, Some(Notice::Saved)))
        }
        Err(error) => page(&visit, &typed, Shown::again(error)?).await,
    }
}

/// The form over the present identity, which keeps what the form does not hold.
fn given(form: &Form, current: Instance) -> Instance {
    let text = |name: &str| clean(form.get(name));
    Instance {
        name: text("name"),
        departement: text("departement"),
        tagline: text("tagline"),
        publisher: text("publisher"),
        address: text("address"),
        legal_email: text("legal_email"),
        legal_phone: text("legal_phone"),
        director: text("director"),
        host: text("host"),
        dpo_name: text("dpo_name"),
        dpo_email: text("dpo_email"),
        accent: text("accent").to_lowercase(),
        school_zone: text("school_zone"),
        direct_publication: form.get("direct_publication") == "yes",
        demo: current.demo,
        themes: Vec::new(),
    }
}

async fn page(visit: &Visit, typed: &Typed, shown: Shown) -> Result<HttpResponse> {
    let categories: Vec<Value> = referential::theme_categories()
        .iter()
        .map(|category| {
            let themes: Vec<Value> =
                referential::themes_in(&category.code).map(|theme| json!({ "code": theme.code, "label": theme.label })).collect();
            json!({ "label": category.label, "themes": themes })
        })
        .collect();
    let form = FormPage {
        template: "admin/instance",
        heading: "Identité",
        lead: "Ces renseignements paraissent en tête et en pied de chaque page, dans les e-mails et dans les pages légales.",
        action: PATH,
        version: typed.version,
        fields: fields(typed, &shown.errors),
        more: json!({ "categories": categories }),
        ..FormPage::default()
    };
    form.show(visit, &shown).await
}

fn fields(typed: &Typed, errors: &FieldErrors) -> Vec<Value> {
    let instance = &typed.instance;
    let text = |name, label, hint, kind, value, required| {
        admin::text(&Field { name, label, hint, kind, value, required, autocomplete: "off", ..Field::default() }, errors)
    };
    let area = |name, label, hint, value| admin::textarea(&Field { name, label, hint, value, rows: 3, ..Field::default() }, errors);
    let zones = SchoolZone::ALL.iter().map(|zone| Choice::new(zone.as_str(), zone.label(), zone.as_str() == instance.school_zone)).collect();
    let direct = Choice::new("yes", "Les agents peuvent publier sans validation d’un responsable", instance.direct_publication);
    vec![
        text("name", "Nom du site", "", "text", &instance.name, true),
        text("departement", "Département", "Son code : 86, 2A, 974…", "text", &instance.departement, true),
        text("tagline", "Phrase d’accueil", "Une phrase qui dit ce que l’on trouve ici.", "text", &instance.tagline, false),
        text("accent", "Couleur", "Écrite comme #7a1f5c. Laissez vide pour garder la couleur d’origine.", "text", &instance.accent, false),
        admin::select("school_zone", "Vacances scolaires", "Pour ne pas poser de séance pendant les vacances.", zones, errors),
        admin::checkboxes("direct_publication", "Publication", "", vec![direct], errors),
        admin::heading("Mentions légales"),
        text("publisher", "Éditeur", "La collectivité qui publie ce site.", "text", &instance.publisher, false),
        area("address", "Adresse de l’éditeur", "", &instance.address),
        text("director", "Directeur ou directrice de la publication", "", "text", &instance.director, false),
        text("legal_email", "E-mail de contact", "", "email", &instance.legal_email, false),
        text("legal_phone", "Téléphone de contact", "", "tel", &instance.legal_phone, false),
        area("host", "Hébergeur", "Son nom, son adresse, son téléphone.", &instance.host),
        admin::heading("Données personnelles"),
        text("dpo_name", "Délégué à la protection des données", "", "text", &instance.dpo_name, false),
        text("dpo_email", "Son adresse e-mail", "", "email", &instance.dpo_email, false),
        admin::heading("Thèmes du département"),
        admin::textarea(
            &Field {
                name: "themes",
                label: "Thèmes ajoutés à la liste nationale",
                hint: "Un par ligne : code ; libellé ; thème national le plus proche. Le troisième est facultatif. \
                       Par exemple : protection-enfance ; Protection de l’enfance",
                value: &typed.themes,
                rows: 6,
                ..Field::default()
            },
            errors,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_form_does_not_hold_is_kept() {
        let current = Instance { demo: true, ..Instance::default() };
        let form = Form(vec![("name".into(), " Trait d’union ".into()), ("accent".into(), "#7A1F5C".into())]);
        let given = given(&form, current);
        assert!(given.demo);
        assert_eq!((given.name.as_str(), given.accent.as_str()), ("Trait d’union", "#7a1f5c"));
    }
}
