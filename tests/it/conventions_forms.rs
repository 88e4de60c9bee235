//! Conventions as they are written: their forms, the buttons of their life, their acts, and what each refuses.

use serde_json::Value;
use traitdunion::conventions::model::Stage;
use traitdunion::conventions::service::Convention;
use traitdunion::kernel::Visibility;
use traitdunion::kernel::ids::ConventionId;

use crate::support::mails;
use crate::support::world::{self, ELSEWHERE, HERE};
use crate::support::{Answer, Browser, TestApp, Who, both, pdf};

both!(
    a_convention_goes_from_its_draft_to_its_signature,
    the_form_refuses_field_by_field_and_keeps_what_was_typed,
    buttons_within_the_form_keep_what_was_typed,
    what_is_signed_already_is_entered_in_one_form,
    what_is_signed_is_completed_or_corrected_for_a_reason,
    two_editors_of_a_convention_lose_nothing,
    an_early_signature_is_warned_of,
    an_avenant_is_prepared_then_signed,
    an_avenant_refuses_field_by_field,
    a_denunciation_says_when_it_takes_effect,
    a_convention_is_renewed_or_rescinded,
    each_form_is_for_those_who_may_write,
);

/// A form, as pairs.
type Fields<'a> = Vec<(&'a str, &'a str)>;

/// A whole form of the first territory with the world's partner; `more` replaces fields of the same names.
fn whole<'a>(app: &'a TestApp, more: &[(&'a str, &'a str)]) -> Fields<'a> {
    let mut fields: Fields<'a> = vec![
        ("object", "Accueillir les familles sans domicile"),
        ("kind", "partnership"),
        ("level", "mds"),
        ("legal_basis", ""),
        ("parties.0.departement", "oui"),
        ("parties.0.signatory", "Claude Martin"),
        ("parties.0.capacity", "président"),
        ("parties.1.partner", app.world.organisation.as_str()),
        ("parties.1.signatory", "Dominique Roy"),
        ("parties.1.capacity", "présidente"),
        ("parties.1.organ", ""),
        ("parties.1.dated", ""),
        ("parties.1.enforceable_on", ""),
        ("parties.2.partner", ""),
        ("parties.2.signatory", ""),
        ("effect", "fixed_day"),
        ("starts_on", "1/1/2026"),
        ("ends_on", "31/12/2026"),
        ("review_on", ""),
        ("renewal.kind", "tacit"),
        ("renewal.period_months", "12"),
        ("renewal.max", "3"),
        ("notice_months", "3"),
        ("amount_eur_per_year", "12 000,50"),
        ("direction", "paid"),
        ("territories", HERE),
        ("themes", "equipement-et-alimentation--alimentation"),
        ("replaces", ""),
        ("responsible", ""),
        ("visibility", "internal"),
    ];
    fields.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    fields.extend_from_slice(more);
    fields
}

fn id_in(answer: &Answer) -> ConventionId {
    ConventionId::parse(answer.location().rsplit('/').next().unwrap()).expect("the page of a convention")
}

async fn now(app: &TestApp, id: &ConventionId) -> Value {
    app.api(Who::Administrator).get(&format!("/api/v1/conventions/{id}")).await.expect(200).json()
}

async fn acts(app: &TestApp, id: &ConventionId) -> Value {
    app.api(Who::Administrator).get(&format!("/api/v1/conventions/{id}/acts")).await.expect(200).json()["items"].clone()
}

async fn count(app: &TestApp) -> u64 {
    app.api(Who::Administrator).get("/api/v1/conventions").await.expect(200).json()["total"].as_u64().unwrap()
}

fn brought(app: &TestApp, stage: Stage) -> Convention {
    app.leaves_work();
    app.write(|conn| world::convention(conn, &app.world, &app.app.chance, stage, Visibility::Internal))
}

/// Entered as it was signed, through its form.
pub async fn entered(app: &TestApp, browser: &Browser, more: &[(&str, &str)]) -> ConventionId {
    let mut fields = whole(app, &[("signed_on", "15/12/2025"), ("number", "")]);
    fields.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    fields.extend_from_slice(more);
    id_in(&browser.submit("/conventions/deja-signee", "/conventions/deja-signee", &fields).await.expect(303))
}

async fn a_convention_goes_from_its_draft_to_its_signature(app: TestApp) {
    let manager = app.sign_in(Who::Manager);
    let new = manager.get("/conventions/nouvelle").await.expect(200).has("Préparer une convention").has("Département de la Vienne");
    new.has("De quoi s’agit-il ?").has("Choisir un partenaire").has("Association Le Pont").has("MDS de Loudun");
    let alone = [("object", "Accueillir"), ("level", "mds"), ("territories", HERE), ("parties.0.departement", "oui"), ("parties.0.signatory", "")];
    let begun = manager.submit("/conventions/nouvelle", "/conventions/nouvelle", &alone);
    let id = id_in(&begun.await.expect(303));
    let page = format!("/conventions/{id}");
    let to = |what: &str| format!("{page}/{what}");
    // What is missing is said beside its field, on the form.
    let missing = manager.submit(&page, &to("soumettre"), &[]).await.expect(422);
    missing.has("Nommez au moins un partenaire.").has("Donnez un terme ; si elle n’en a pas, un jour où la revoir.");
    assert_eq!(now(&app, &id).await["stage"], "draft");
    manager.submit(&to("modifier"), &to("modifier"), &whole(&app, &[("plan_sheets", "")])).await.expect(303);
    let shown = manager.get(&page).await.expect(200).has("C’est enregistré.").has("30\u{a0}septembre\u{a0}2026 au plus tard");
    shown.has("Soumettre à relecture").has("Abandonner").lacks("Valider et numéroter");
    let written = now(&app, &id).await;
    assert_eq!(
        (&written["amount_eur_per_year"], &written["renewal"]["max"], written["parties"].as_array().unwrap().len()),
        (&12_000.5.into(), &3.into(), 2)
    );
    app.sign_in(Who::Administrator).submit(&page, &to("soumettre"), &[]).await.expect(303);
    app.work().await;
    let told = mails::the_only(&app, "convention_submitted");
    assert_eq!(
        (told.recipient, told.subject.as_deref()),
        (Who::Manager.email(), Some("Convention à relire\u{a0}: «\u{a0}Accueillir les familles sans domicile\u{a0}»"))
    );
    manager.get(&to("renvoyer")).await.expect(200).has("Renvoyer à corriger");
    manager.submit(&to("renvoyer"), &to("renvoyer"), &[("comment", " ")]).await.expect(422).has("Dites ce qu’il faut corriger.");
    app.sign_in(Who::Administrator).submit(&to("renvoyer"), &to("renvoyer"), &[("comment", "Précisez le montant.")]).await.expect(303);
    app.work().await;
    assert_eq!(mails::the_only(&app, "convention_returned").recipient, Who::Manager.email());
    manager.get(&page).await.expect(200).has("Précisez le montant.").has("À corriger");
    manager.submit(&page, &to("soumettre"), &[]).await.expect(303);
    manager.get(&page).await.expect(200).has("est soumise à relecture").has("Renvoyer à corriger");
    app.sign_in(Who::Administrator).submit(&page, &to("valider"), &[]).await.expect(303);
    app.work().await;
    assert_eq!(mails::the_only(&app, "convention_validated").recipient, Who::Manager.email());
    manager.get(&page).await.expect(200).has("Convention 2026-001").has("Envoyer à la signature");
    manager.submit(&page, &to("envoyer"), &[]).await.expect(303);
    // What is being signed keeps its text.
    let form = manager.get(&to("modifier")).await.expect(200).lacks("name=\"object\"").lacks("name=\"ends_on\"").has("name=\"responsible\"");
    form.has("il ne change plus");
    let form = manager.get(&to("signer")).await.expect(200).has("Toutes les parties qui n’ont pas encore signé").has("value=\"03/03/2026\"");
    form.has("Association Le Pont").lacks("notice--warning");
    manager
        .submit(&to("signer"), &to("signer"), &[("partner", "departement"), ("signed_on", "")])
        .await
        .expect(422)
        .has("Donnez le jour de la signature.");
    manager
        .submit(&to("signer"), &to("signer"), &[("partner", "departement"), ("signed_on", "4/3/2026")])
        .await
        .expect(422)
        .has("n’est pas encore venu");
    manager.submit(&to("signer"), &to("signer"), &[("partner", "departement"), ("signed_on", "2/3/2026")]).await.expect(303);
    assert_eq!(now(&app, &id).await["stage"], "signing");
    manager.submit(&to("signer"), &to("signer"), &[("partner", "departement"), ("signed_on", "2/3/2026")]).await.expect(422).has("a déjà signé");
    let file = [("signe.pdf", pdf::pdf(&["Convention signée"]))];
    let version = now(&app, &id).await["version"].to_string();
    manager.drop_files(&to("signer"), &[("partner", ""), ("signed_on", "3/3/2026"), ("version", &version)], &file).await.expect(303);
    let signed = now(&app, &id).await;
    assert_eq!((&signed["stage"], &signed["situation"]), (&"signed".into(), &"in_force".into()));
    assert!(signed["signed_file"].is_string());
    let page = manager.get(&page).await.expect(200).has("Ajouter un avenant").has("Dénoncer").has("Résilier");
    page.lacks("Reconduire").lacks(">Abandonner<");
    app.work().await;
}

async fn the_form_refuses_field_by_field_and_keeps_what_was_typed(app: TestApp) {
    let manager = app.sign_in(Who::Manager);
    let id = id_in(&manager.submit("/conventions/nouvelle", "/conventions/nouvelle", &whole(&app, &[])).await.expect(303));
    let (before, edit) = (now(&app, &id).await, format!("/conventions/{id}/modifier"));
    let partner = app.world.organisation.as_str();
    let cases: [(&[(&str, &str)], &str, &str); 18] = [
        (&[("object", "")], "object", "Dites l’objet"),
        (&[("object", "Suivie sous le numéro 2 55 08 14 168 025 38.")], "object", "numéro de sécurité sociale"),
        (&[("ends_on", "31/12/2025")], "ends_on", "est avant le premier jour"),
        (&[("ends_on", "31/02/2027")], "ends_on", "« 31/02/2027 » n’est pas une date"),
        (&[("ends_on", ""), ("review_on", "31/12/2025")], "review_on", "est avant le premier"),
        (&[("notice_months", "13")], "notice_months", "plus long que la période"),
        (&[("notice_months", "trois")], "notice_months", "n’est pas un nombre entier"),
        (&[("renewal.period_months", "")], "renewal.period_months", "Dites pour combien de mois"),
        (&[("renewal.max", "0")], "renewal.max", "n’est pas un nombre entier"),
        (&[("kind", "charter")], "ends_on", "Une charte n’a ni terme"),
        (&[("level", "departement")], "level", "relève des responsables du Département"),
        (&[("territories", ELSEWHERE)], "territories", "Gardez au moins un de vos territoires"),
        (&[("amount_eur_per_year", "-5")], "amount_eur_per_year", "n’est pas un montant"),
        (&[("parties.2.partner", partner)], "parties.2.partner", "déjà nommée plus haut"),
        (&[("parties.2.signatory", "Alex Petit")], "parties.2.partner", "Choisissez le partenaire"),
        (
            &[("parties.1.dated", "2/2/2026"), ("parties.1.enforceable_on", "1/2/2026")],
            "parties.1.authorisation.enforceable_on",
            "pas exécutoire avant d’être prise",
        ),
        (&[("replaces", id.as_str())], "replaces", "ne se remplace pas elle-même"),
        (&[("responsible", "personne")], "responsible", "« personne » n’est pas"),
    ];
    for (change, field, said) in cases {
        let answer = manager.submit(&edit, &edit, &whole(&app, change)).await.expect(422).has(said);
        assert!(answer.text.contains(&format!("href=\"#{field}\"")), "{field} is not named for {change:?}");
        assert!(answer.text.contains(&format!("id=\"{field}-error\"")), "{field} has no message beside it for {change:?}");
        answer.has("Dominique Roy");
        if change.iter().all(|(name, _)| !matches!(*name, "level" | "territories" | "replaces" | "responsible")) {
            manager.submit("/conventions/nouvelle", "/conventions/nouvelle", &whole(&app, change)).await.expect(422).has(said);
        }
    }
    assert_eq!(now(&app, &id).await, before);
    assert_eq!(count(&app).await, 1);
}

async fn buttons_within_the_form_keep_what_was_typed(app: TestApp) {
    let action =
        app.write(|conn| world::action(conn, &app.world, &app.app.chance, traitdunion::actions::model::Stage::Published, Visibility::Public));
    app.leaves_work();
    let manager = app.sign_in(Who::Manager);
    let press = async |field: &'static str, query: &'static str, button: &'static str| {
        let fields = whole(&app, &[(field, query), ("do", button)]);
        manager.submit("/conventions/nouvelle", "/conventions/nouvelle", &fields).await.expect(200).has("Dominique Roy").has("12 000,50")
    };
    press("territories_q", "montmorillon", "find-territories").await.has("Montmorillon");
    press("actions_q", "BUDGET gérer", "find-actions").await.has("Gérer son budget").has(action.id.as_str());
    press("actions_q", "inconnue", "find-actions").await.has("Aucune action de ce titre.");
    // What it replaces is found by its words or its number, and there is one of them.
    let signed = app.write(|conn| world::convention(conn, &app.world, &app.app.chance, Stage::Signed, Visibility::Internal));
    press("replaces_q", "FAMILLES domicile", "find-replaces").await.has(signed.id.as_str()).has("2026-001. Accueillir les familles");
    press("replaces_q", " 2026-001 ", "find-replaces").await.has(signed.id.as_str());
    press("replaces_q", "inconnue", "find-replaces").await.has("Aucune convention signée de ce numéro").lacks(signed.id.as_str());
    let two = whole(&app, &[("replaces", signed.id.as_str()), ("replaces", "autre")]);
    manager.submit("/conventions/nouvelle", "/conventions/nouvelle", &two).await.expect(422).has("n’en gardez qu’une");
    press("object", "Accueillir", "more").await.has("name=\"parties.4.partner\"");
    assert_eq!(count(&app).await, 1);
    let fields = whole(&app, &[("actions", action.id.as_str())]);
    let id = id_in(&manager.submit("/conventions/nouvelle", "/conventions/nouvelle", &fields).await.expect(303));
    assert_eq!(now(&app, &id).await["actions"], serde_json::json!([action.id]));
    let edit = format!("/conventions/{id}/modifier");
    manager.get(&edit).await.expect(200).has("Gérer son budget");
    manager.submit(&edit, &edit, &whole(&app, &[("parties.1.gone", "oui")])).await.expect(303);
    assert_eq!(now(&app, &id).await["parties"].as_array().unwrap().len(), 1);
    app.work().await;
}

async fn what_is_signed_already_is_entered_in_one_form(app: TestApp) {
    app.leaves_work();
    let manager = app.sign_in(Who::Manager);
    let form = "/conventions/deja-signee";
    manager.get(form).await.expect(200).has("déjà signée").has("Son numéro").has("name=\"parties.0.signed_on\"").has("type=\"file\"");
    for (change, said) in [
        (("signed_on", "4/3/2026"), "n’est pas encore venu"),
        (("signed_on", "hier"), "« hier » n’est pas une date"),
        (("ends_on", "31/12/2025"), "est avant le premier jour"),
    ] {
        let mut fields = whole(&app, &[("number", "95-12")]);
        fields.retain(|(name, _)| *name != change.0);
        fields.push(change);
        manager.submit(form, form, &fields).await.expect(422).has(said).has("95-12");
    }
    assert_eq!(count(&app).await, 0);
    let id = entered(&app, &manager, &[("number", "95-12")]).await;
    let page = manager.get(&format!("/conventions/{id}")).await.expect(200).has("Convention 95-12").has("Son terme est suivi");
    page.has("Joignez le fichier signé.");
    manager
        .submit(form, form, &whole(&app, &[("number", "95-12"), ("signed_on", "1/12/2025")]))
        .await
        .expect(422)
        .has("déjà celui d’une autre convention");
    // One day a party, and the file with it.
    let fields = whole(&app, &[("number", "96-1"), ("signed_on", ""), ("parties.0.signed_on", "1/12/2025"), ("parties.1.signed_on", "5/12/2025")]);
    let bad = [("faux.pdf", b"MZ\x90\x00".to_vec())];
    manager.drop_files(form, &fields, &bad).await.expect(422).has("id=\"file-error\"").has("96-1");
    assert_eq!(count(&app).await, 1);
    let id = id_in(&manager.drop_files(form, &fields, &[("signe.pdf", pdf::pdf(&["Convention signée"]))]).await.expect(303));
    let made = now(&app, &id).await;
    assert_eq!((&made["signed_on"], &made["parties"][0]["signed_on"]), (&"2025-12-05".into(), &"2025-12-01".into()));
    assert!(made["signed_file"].is_string());
}

async fn what_is_signed_is_completed_or_corrected_for_a_reason(app: TestApp) {
    app.leaves_work();
    let manager = app.sign_in(Who::Manager);
    let id = entered(&app, &manager, &[]).await;
    let edit = format!("/conventions/{id}/modifier");
    manager.get(&edit).await.expect(200).has("change par un avenant").has("name=\"reason\"").has("value=\"15/12/2025\"");
    let before = now(&app, &id).await;
    let typed = |more: &[(&'static str, &'static str)]| {
        let mut fields = whole(&app, more);
        fields.extend([("parties.0.signed_on", "15/12/2025"), ("parties.1.signed_on", "15/12/2025"), ("number", "")]);
        fields.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect::<Vec<_>>()
    };
    let send = async |fields: Vec<(String, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        manager.submit(&edit, &edit, &fields).await
    };
    send(typed(&[])).await.expect(303);
    assert_eq!(now(&app, &id).await, before, "what is typed again changes nothing");
    send(typed(&[("notice_months", "2")])).await.expect(422).has("dites-en le motif").has("id=\"notice_months-error\"");
    assert_eq!(now(&app, &id).await, before);
    send(typed(&[("notice_months", "2"), ("reason", "Faute de frappe")])).await.expect(303);
    assert_eq!(now(&app, &id).await["notice_months"], 2);
}

async fn two_editors_of_a_convention_lose_nothing(app: TestApp) {
    let manager = app.sign_in(Who::Manager);
    let administrator = app.sign_in(Who::Administrator);
    let id = id_in(&manager.submit("/conventions/nouvelle", "/conventions/nouvelle", &whole(&app, &[])).await.expect(303));
    let edit = format!("/conventions/{id}/modifier");
    let version = now(&app, &id).await["version"].to_string();
    administrator.submit(&edit, &edit, &whole(&app, &[("notice_months", "2")])).await.expect(303);
    // What only one changed is kept from both.
    manager.submit(&edit, &edit, &whole(&app, &[("legal_basis", "Code de l’action sociale"), ("version", &version)])).await.expect(303);
    let both = now(&app, &id).await;
    assert_eq!((&both["notice_months"], &both["legal_basis"]), (&2.into(), &"Code de l’action sociale".into()));
    let clash = manager.submit(&edit, &edit, &whole(&app, &[("notice_months", "1"), ("version", &version)])).await.expect(409);
    let clash = clash
        .has("a enregistré cette convention pendant que vous écriviez")
        .has("2\u{a0}mois")
        .has("name=\"notice_months\" type=\"text\" inputmode=\"numeric\" value=\"1\"");
    assert_eq!(now(&app, &id).await, both);
    let current = clash.field("version").unwrap().to_owned();
    let fields = whole(&app, &[("notice_months", "1"), ("legal_basis", "Code de l’action sociale"), ("version", &current)]);
    manager.submit(&edit, &edit, &fields).await.expect(303);
    assert_eq!(now(&app, &id).await["notice_months"], 1);
    app.work().await;
}

async fn an_early_signature_is_warned_of(app: TestApp) {
    app.leaves_work();
    let manager = app.sign_in(Who::Manager);
    let early = [("parties.1.organ", "conseil d’administration"), ("parties.1.dated", "2/3/2026"), ("parties.1.enforceable_on", "9/3/2026")];
    let id = id_in(&manager.submit("/conventions/nouvelle", "/conventions/nouvelle", &whole(&app, &early)).await.expect(303));
    let (page, sign) = (format!("/conventions/{id}"), format!("/conventions/{id}/signer"));
    for verb in ["soumettre", "valider", "envoyer"] {
        manager.submit(&page, &format!("{page}/{verb}"), &[]).await.expect(303);
    }
    let form = manager.get(&sign).await.expect(200).has("n’est exécutoire que le 9\u{a0}mars\u{a0}2026").has("Enregistrer quand même");
    let seen = form.field("seen").unwrap().to_owned();
    let version = form.field("version").unwrap().to_owned();
    // The Département may sign without a word; the others are warned before anything is recorded.
    manager.submit(&sign, &sign, &[("partner", "departement"), ("signed_on", "3/3/2026")]).await.expect(303);
    let partner = app.world.organisation.as_str();
    manager.submit(&sign, &sign, &[("partner", partner), ("signed_on", "3/3/2026")]).await.expect(200).has("n’est exécutoire que");
    assert_eq!(now(&app, &id).await["stage"], "signing");
    manager.submit(&sign, &sign, &[("partner", partner), ("signed_on", "3/3/2026"), ("seen", &seen), ("version", &version)]).await.expect(409);
    manager.submit(&sign, &sign, &[("partner", partner), ("signed_on", "3/3/2026"), ("seen", &seen)]).await.expect(303);
    let signed = now(&app, &id).await;
    assert_eq!((&signed["stage"], signed["warnings"].as_array().unwrap().len()), (&"signed".into(), 1));
    manager.get(&sign).await.expect(409);
}

/// An avenant's form as a browser sends it: every field that it may change, as it stands, then what is typed.
pub fn amending<'a>(app: &'a TestApp, more: &[(&'a str, &'a str)]) -> Vec<(String, String)> {
    let own = ["object", "signed_on", "effective_on", "do"];
    let amendable = [
        "object",
        "legal_basis",
        "parties",
        "territories",
        "themes",
        "starts_on",
        "ends_on",
        "review_on",
        "renewal",
        "notice_months",
        "amount_eur_per_year",
        "direction",
        "is_subsidy",
    ];
    let changes = whole(app, &[]).into_iter().filter(|(name, _)| amendable.contains(&name.split('.').next().unwrap()));
    let mut fields: Vec<(String, String)> = changes.map(|(name, value)| (format!("changes.{name}"), value.to_owned())).collect();
    fields.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    fields.extend(own.iter().filter(|name| more.iter().all(|(other, _)| other != *name)).map(|name| ((*name).to_owned(), String::new())));
    fields.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    fields
}

async fn send(browser: &Browser, url: &str, fields: &[(String, String)]) -> Answer {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.submit(url, url, &fields).await
}

async fn an_avenant_is_prepared_then_signed(app: TestApp) {
    app.leaves_work();
    let manager = app.sign_in(Who::Manager);
    let id = entered(&app, &manager, &[]).await;
    let page = format!("/conventions/{id}");
    let new = format!("{page}/actes/avenant");
    manager
        .get(&new)
        .await
        .expect(200)
        .has("31\u{a0}décembre\u{a0}2026")
        .has("name=\"changes.ends_on\"")
        .has("name=\"changes.parties.1.partner\"")
        .lacks("group amended\" open");
    let prolonged = [("object", "Prolonger d’un an"), ("changes.ends_on", "31/12/2027"), ("do", "draft")];
    send(&manager, &new, &amending(&app, &prolonged)).await.expect(303);
    let draft = acts(&app, &id).await.as_array().unwrap().last().unwrap().clone();
    assert_eq!((&draft["stage"], &draft["changes"][0]["field"], draft["changes"].as_array().unwrap().len()), (&"draft".into(), &"ends_on".into(), 1));
    assert_eq!(now(&app, &id).await["ends_on"], "2026-12-31");
    let edit = format!("{page}/actes/{}/modifier", draft["id"].as_str().unwrap());
    manager.get(&page).await.expect(200).has("Avenant en préparation").has(&edit);
    manager.get(&edit).await.expect(200).has("value=\"31/12/2027\"").has("Prolonger d’un an").has("group amended\" open");
    let signed = [("object", "Prolonger d’un an"), ("changes.ends_on", "31/12/2027"), ("signed_on", "2/3/2026"), ("do", "sign")];
    send(&manager, &edit, &amending(&app, &signed)).await.expect(303);
    let standing = now(&app, &id).await;
    assert_eq!((&standing["ends_on"], &standing["current_term"]), (&"2027-12-31".into(), &"2027-12-31".into()));
    manager.get(&edit).await.expect(409);
    // Another one, given up.
    let mut other = amending(&app, &[("object", "Changer le montant"), ("changes.amount_eur_per_year", "15000"), ("do", "draft")]);
    other.iter_mut().filter(|(name, _)| name == "changes.ends_on").for_each(|(_, value)| "31/12/2027".clone_into(value));
    send(&manager, &new, &other).await.expect(303);
    let draft = acts(&app, &id).await.as_array().unwrap().last().unwrap()["id"].as_str().unwrap().to_owned();
    manager.submit(&page, &format!("{page}/actes/{draft}/abandonner"), &[]).await.expect(303);
    assert_eq!(acts(&app, &id).await.as_array().unwrap().last().unwrap()["stage"], "abandoned");
    manager.get(&page).await.expect(200).has("L’avenant est abandonné.").lacks("Modifier ou signer");
}

async fn an_avenant_refuses_field_by_field(app: TestApp) {
    app.leaves_work();
    let manager = app.sign_in(Who::Manager);
    let id = entered(&app, &manager, &[]).await;
    let new = format!("/conventions/{id}/actes/avenant");
    let before = (now(&app, &id).await, acts(&app, &id).await);
    let cases: [(&[(&str, &str)], &str, &str); 6] = [
        (&[("do", "draft")], "object", "Dites ce que l’avenant change."),
        (&[("object", "Prolonger"), ("do", "sign")], "signed_on", "Dites quand il a été signé."),
        (&[("object", "Prolonger"), ("signed_on", "4/3/2026"), ("do", "sign")], "signed_on", "n’est pas encore venu"),
        (&[("object", "Prolonger"), ("signed_on", "1/12/2025"), ("do", "sign")], "signed_on", "avant la signature de la convention"),
        (&[("object", "Raccourcir"), ("changes.ends_on", "31/12/2025"), ("do", "draft")], "changes.ends_on", "est avant le premier jour"),
        (&[("object", "Ajouter"), ("changes.parties.2.signatory", "Alex"), ("do", "draft")], "changes.parties.2.partner", "Choisissez le partenaire"),
    ];
    for (typed, field, said) in cases {
        let answer = send(&manager, &new, &amending(&app, typed)).await.expect(422).has(said);
        assert!(answer.text.contains(&format!("id=\"{field}-error\"")), "{field} has no message beside it for {typed:?}");
    }
    send(&manager, &new, &amending(&app, &[("object", "Ajouter"), ("do", "more")])).await.expect(200).has("name=\"changes.parties.4.partner\"");
    assert_eq!((now(&app, &id).await, acts(&app, &id).await), before);
    // What was never signed has no avenant.
    for stage in [Stage::Draft, Stage::Abandoned] {
        let other = brought(&app, stage);
        manager.get(&format!("/conventions/{}/actes/avenant", other.id)).await.expect(409);
    }
}

async fn a_denunciation_says_when_it_takes_effect(app: TestApp) {
    app.leaves_work();
    let manager = app.sign_in(Who::Manager);
    let id = entered(&app, &manager, &[("ends_on", "31/3/2026")]).await;
    let (page, form) = (format!("/conventions/{id}"), format!("/conventions/{id}/actes/denonciation"));
    let late = "Notifiée après le dernier jour de préavis (31/12/2025), la dénonciation prend effet au terme suivant, le 31/03/2027.";
    let shown = manager.get(&form).await.expect(200).has(late);
    let before = (now(&app, &id).await, acts(&app, &id).await);
    // Another day, another effect: it is read before it is recorded.
    let in_time = "Notifiée le 20\u{a0}décembre\u{a0}2025, à temps";
    let seen = shown.field("seen").unwrap().to_owned();
    let earlier = [("partner", "departement"), ("notified_on", "20/12/2025"), ("seen", seen.as_str())];
    let again = manager.submit(&form, &form, &earlier).await.expect(200).has(in_time).has("31\u{a0}mars\u{a0}2026");
    manager.submit(&form, &form, &[("partner", "departement"), ("notified_on", "3/3/2026"), ("do", "check")]).await.expect(200).has(late);
    for (notified, said) in
        [("", "Donnez ce jour."), ("4/3/2026", "n’est pas encore venu"), ("1/12/2025", "avant la signature"), ("x", "n’est pas une date")]
    {
        manager.submit(&form, &form, &[("notified_on", notified)]).await.expect(422).has(said).has("id=\"notified_on-error\"");
    }
    assert_eq!((now(&app, &id).await, acts(&app, &id).await), before);
    let seen = again.field("seen").unwrap().to_owned();
    let given = [("partner", app.world.organisation.as_str()), ("notified_on", "20/12/2025"), ("note", "Lettre reçue"), ("seen", &seen)];
    manager.submit(&form, &form, &given).await.expect(303);
    let denounced = now(&app, &id).await;
    assert_eq!((&denounced["situation"], &denounced["current_term"]), (&"termination_pending".into(), &"2026-03-31".into()));
    manager.get(&page).await.expect(200).has("Lettre reçue").lacks("Dénoncer");
    manager.submit(&form, &form, &given).await.expect(422).has("déjà dénoncée");
    // Without a next term, a late one is refused with the reason.
    let last = entered(&app, &manager, &[("ends_on", "31/3/2026"), ("renewal.kind", "none")]).await;
    let form = format!("/conventions/{last}/actes/denonciation");
    manager.get(&form).await.expect(200).has("aucun terme ne suit");
    manager.submit(&form, &form, &[("notified_on", "3/3/2026")]).await.expect(422).has("aucun terme ne suit");
    assert_eq!(now(&app, &last).await["situation"], "to_renew");
}

async fn a_convention_is_renewed_or_rescinded(app: TestApp) {
    app.leaves_work();
    let manager = app.sign_in(Who::Manager);
    let id = entered(&app, &manager, &[("renewal.kind", "express")]).await;
    let page = format!("/conventions/{id}");
    let form = format!("{page}/actes/reconduction");
    manager.get(&page).await.expect(200).has("Reconduire");
    manager.get(&form).await.expect(200).has("value=\"31/12/2027\"").has("Son terme est le 31\u{a0}décembre\u{a0}2026");
    for (decided, ends, field, said) in [
        ("4/3/2026", "31/12/2027", "decided_on", "n’est pas encore venu"),
        ("3/3/2026", "31/12/2025", "ends_on", "doit être après l’ancien"),
        ("1/12/2025", "31/12/2027", "decided_on", "avant la signature"),
    ] {
        let answer = manager.submit(&form, &form, &[("decided_on", decided), ("ends_on", ends)]).await.expect(422).has(said);
        assert!(answer.text.contains(&format!("id=\"{field}-error\"")), "{field}");
    }
    manager.submit(&form, &form, &[("decided_on", "3/3/2026"), ("ends_on", "31/12/2027")]).await.expect(303);
    assert_eq!(now(&app, &id).await["current_term"], "2027-12-31");
    let form = format!("{page}/actes/resiliation");
    for (ground, notified, effective, field, said) in [
        ("", "3/3/2026", "1/4/2026", "ground", "Dites pourquoi"),
        ("Accord", "3/3/2026", "1/3/2026", "effective_on", "ne peut pas prendre effet"),
        ("Accord", "1/12/2025", "1/4/2026", "notified_on", "avant la signature"),
        ("Accord", "3/3/2026", "", "effective_on", "Donnez ce jour."),
    ] {
        let fields = [("ground", ground), ("notified_on", notified), ("effective_on", effective)];
        let answer = manager.submit(&form, &form, &fields).await.expect(422).has(said);
        assert!(answer.text.contains(&format!("id=\"{field}-error\"")), "{field}");
    }
    manager.submit(&form, &form, &[("ground", "Accord des parties"), ("notified_on", "3/3/2026"), ("effective_on", "1/4/2026")]).await.expect(303);
    manager.get(&page).await.expect(200).has("Accord des parties").has("L’acte est enregistré.");
    // What provides for no express renewal says so.
    let tacit = entered(&app, &manager, &[]).await;
    let form = format!("/conventions/{tacit}/actes/reconduction");
    manager
        .submit(&form, &form, &[("decided_on", "3/3/2026"), ("ends_on", "31/12/2027")])
        .await
        .expect(422)
        .has("ne prévoit pas de reconduction expresse");
}

async fn each_form_is_for_those_who_may_write(app: TestApp) {
    let (draft, signing, signed) = (brought(&app, Stage::Draft), brought(&app, Stage::Signing), brought(&app, Stage::Signed));
    let act = |what: &str| format!("/conventions/{}/actes/{what}", signed.id);
    let forms = [
        format!("/conventions/{}/modifier", draft.id),
        format!("/conventions/{}/signer", signing.id),
        act("avenant"),
        act("reconduction"),
        act("denonciation"),
        act("resiliation"),
    ];
    for (place, form) in forms.iter().enumerate() {
        for who in [Who::Worker, Who::WorkerElsewhere, Who::ManagerElsewhere] {
            // A draft is not there for those who do not write it.
            app.sign_in(who).get(form).await.expect(if place == 0 { 404 } else { 403 });
        }
        for who in [Who::Manager, Who::Administrator] {
            app.sign_in(who).get(form).await.expect(200);
        }
        let answer = app.visitor().get(form).await.expect(303);
        assert!(answer.location().starts_with("/connexion"));
    }
    for who in [Who::Partner, Who::Worker] {
        app.sign_in(who).get("/conventions/nouvelle").await.expect(403);
        let page = app.sign_in(who).get(&format!("/conventions/{}", signed.id)).await.expect(200);
        page.lacks("Ajouter un avenant").lacks("Compléter ou corriger").lacks("Dénoncer");
    }
    app.sign_in(Who::Manager).get("/conventions").await.expect(200).has("Nouvelle convention");
    app.sign_in(Who::Worker).get("/conventions").await.expect(200).lacks("Nouvelle convention");
    // What a button does at the wrong stage is refused, and changes nothing.
    let before = now(&app, &signed.id).await;
    let page = format!("/conventions/{}", signed.id);
    let manager = app.sign_in(Who::Manager);
    for verb in ["soumettre", "valider", "envoyer", "abandonner", "reprendre"] {
        manager.submit(&format!("{page}/actes/resiliation"), &format!("{page}/{verb}"), &[]).await.expect(409);
    }
    assert_eq!(now(&app, &signed.id).await, before);
    let draft_page = format!("/conventions/{}", draft.id);
    manager.submit(&draft_page, &format!("{draft_page}/abandonner"), &[]).await.expect(303);
    manager.get(&format!("{draft_page}/modifier")).await.expect(409);
    manager.get(&draft_page).await.expect(200).has("Reprendre en brouillon").lacks(">Modifier<");
    manager.submit(&draft_page, &format!("{draft_page}/reprendre"), &[]).await.expect(303);
    assert_eq!(now(&app, &draft.id).await["stage"], "draft");
}
