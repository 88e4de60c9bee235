//! The file that was signed: given with the signature, or later; put right; the one of an avenant.

use serde_json::{Value, json};

use super::{Followed, fields};
use crate::conventions_forms::{amending, entered};
use crate::support::browser::Browser;
use crate::support::{TestApp, Who, both, pdf};

both!(
    signed_without_its_file_it_is_completed_later,
    the_same_file_signed_by_one_after_the_other_is_there_once,
    a_wrong_file_is_put_right_and_kept,
    an_avenant_is_signed_with_its_file,
    an_avenant_takes_its_file_later,
    what_is_named_by_its_fingerprint_is_joined,
);

async fn documents(one: &Followed) -> Vec<Value> {
    one.api.get(&format!("{}/documents", one.path)).await.expect(200).json()["items"].as_array().unwrap().clone()
}

/// Brought to signature by its manager: the convention, who signs, the page where they do.
async fn to_sign(app: &TestApp) -> (Followed, Browser, String) {
    let one = Followed::begin(app, json!({})).await;
    one.verb("submit", json!({})).await.expect(200);
    one.verb("validate", json!({})).await.expect(200);
    let signing = format!("/conventions/{}/signer", one.id());
    (one, app.sign_in(Who::Manager), signing)
}

async fn sign(one: &Followed, manager: &Browser, page: &str, partner: &str, file: &[u8]) -> String {
    let version = one.now().await["version"].to_string();
    let fields = [("version", version.as_str()), ("partner", partner), ("signed_on", "02/03/2026")];
    manager.upload(page, &fields, "signée.pdf", file).await.expect(303);
    one.now().await["signed_file"].as_str().unwrap().to_owned()
}

async fn signed_without_its_file_it_is_completed_later(app: TestApp) {
    app.leaves_work();
    let (one, manager, signing) = to_sign(&app).await;
    let page = format!("/conventions/{}", one.id());
    manager.get(&signing).await.expect(200).has("enctype=\"multipart/form-data\"").has("Le fichier signé");
    manager.submit(&signing, &signing, &[("signed_on", "02/03/2026")]).await.expect(303);
    let now = one.now().await;
    assert_eq!(fields(&now, &["stage", "signed_file", "missing"]), json!(["signed", null, { "signed_file": "Joignez le fichier signé." }]));
    manager.get(&page).await.expect(200).has("Joignez le fichier signé.").has("Pas de fichier joint");
    let documents_page = format!("{page}/documents");
    manager.get(&documents_page).await.expect(200).has("Le fichier signé de la convention (PDF)").lacks("à la place de celui");
    manager.upload(&documents_page, &[("purpose", "signed")], "signée.pdf", &pdf::pdf(&["Signée"])).await.expect(303);
    let now = one.now().await;
    assert_eq!(now["missing"], json!({}));
    let shown = manager.get(&page).await.expect(200).has(now["signed_file"].as_str().unwrap()).lacks("Joignez le fichier signé.");
    let file = documents(&one).await[0]["url"].as_str().unwrap().to_owned();
    shown.has(&format!("href=\"{file}\""));
    manager.get(&file).await.expect(200);
    // The only page where a signature is recorded.
    manager.post(&format!("{documents_page}/signer"), &[("signed_on", "02/03/2026")]).await.expect(404);
}

async fn the_same_file_signed_by_one_after_the_other_is_there_once(app: TestApp) {
    app.leaves_work();
    let (one, manager, signing) = to_sign(&app).await;
    let file = pdf::pdf(&["Signée par tous"]);
    let first = sign(&one, &manager, &signing, "departement", &file).await;
    assert_eq!(sign(&one, &manager, &signing, "", &file).await, first);
    assert_eq!((one.now().await["stage"].clone(), documents(&one).await.len()), (json!("signed"), 1));
}

async fn a_wrong_file_is_put_right_and_kept(app: TestApp) {
    app.leaves_work();
    let (one, manager, signing) = to_sign(&app).await;
    let (wrong, right) = (pdf::pdf(&["Une autre convention"]), pdf::pdf(&["La bonne"]));
    let before = sign(&one, &manager, &signing, "", &wrong).await;
    let page = signing.replace("/signer", "/documents");
    manager.get(&page).await.expect(200).has("à la place de celui d’aujourd’hui");
    manager.upload(&page, &[("purpose", "convention")], "encore.pdf", &wrong).await.expect(422).has("« encore.pdf » est déjà son fichier signé");
    manager.upload(&page, &[("purpose", "convention")], "bonne.pdf", &right).await.expect(303);
    let now = one.now().await;
    assert_ne!(now["signed_file"], json!(before));
    manager.get(&page).await.expect(200).has("Autre fichier signé");
    let kept = documents(&one).await;
    assert_eq!(kept.iter().map(|one| &one["purpose"]).collect::<Vec<_>>(), ["signed", "signed"]);
    // Back, by the API: the bytes are there already.
    let path = format!("{}/documents", one.path);
    one.api.upload(&path, &[("purpose", "signed"), ("of", "convention")], "a.pdf", &wrong).await.expect(201);
    assert_eq!((one.now().await["signed_file"].clone(), documents(&one).await.len()), (json!(before), 2));
    for of in ["x", "01JZ3V5Q6W7X8Y9Z0A1B2C3D4E"] {
        let refused = one.api.upload(&path, &[("purpose", "signed"), ("of", of)], "c.pdf", &pdf::pdf(&["C"])).await.expect(422).json();
        assert!(refused["fields"]["of"].is_string(), "{refused}");
    }
    one.api.upload(&path, &[("of", "convention")], "c.pdf", &pdf::pdf(&["C"])).await.expect(422).has("fichier signé");
    assert_eq!(documents(&one).await.len(), 2);
}

async fn an_avenant_is_signed_with_its_file(app: TestApp) {
    let manager = app.sign_in(Who::Manager);
    let one = Followed { api: app.api(Who::Manager), path: format!("/api/v1/conventions/{}", entered(&app, &manager, &[]).await) };
    let (page, new) = (format!("/conventions/{}", one.id()), format!("/conventions/{}/actes/avenant", one.id()));
    manager.get(&new).await.expect(200).has("enctype=\"multipart/form-data\"").has("Le fichier signé");
    let (before, version) = (one.now().await, one.now().await["version"].to_string());
    let send = async |action: &'static str, name: &str, bytes: &[u8]| {
        let typed = [("version", version.as_str()), ("object", "Une girafe de plus"), ("signed_on", "02/03/2026"), ("do", action)];
        let typed = amending(&app, &typed);
        let fields: Vec<(&str, &str)> = typed.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        manager.upload(&new, &fields, name, bytes).await
    };
    for (name, bytes, said) in [
        ("avenant.exe", b"MZ\x90\x00".to_vec(), "n’est pas un PDF"),
        ("secret.pdf", pdf::encrypted("sésame"), "protégé par un mot de passe"),
        ("lourd.pdf", vec![b'%'; 21 << 20], "pèse plus de 20\u{a0}Mo"),
    ] {
        let answer = send("sign", name, &bytes).await.expect(422).has("id=\"file-error\"").has(said);
        answer.has("Une girafe de plus").has("value=\"02/03/2026\"").has("Choisissez-le de nouveau");
    }
    let sound = pdf::pdf(&["Avenant à la girafe"]);
    send("draft", "avenant.pdf", &sound).await.expect(422).has("id=\"file-error\"").has("enregistrez-le signé");
    assert_eq!((one.now().await, documents(&one).await.len()), (before, 0));
    send("sign", "avenant.pdf", &sound).await.expect(303);
    let file = documents(&one).await[0].clone();
    let acts = one.api.get(&format!("{}/acts", one.path)).await.expect(200).json();
    let avenant = acts["items"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&avenant["signed_file"], &file["purpose"]), (&file["sha256"], &json!("signed")));
    // It does not stand for the convention's own.
    assert_eq!(one.now().await["signed_file"], Value::Null);
    let shown = manager.get(&page).await.expect(200).has(file["sha256"].as_str().unwrap()).has("Joignez le fichier signé.");
    shown.has(&format!("href=\"{}\"", file["url"].as_str().unwrap()));
    app.work().await;
    assert_eq!(one.api.get("/api/v1/search?q=girafe").await.expect(200).json()["total"], 1);
}

async fn an_avenant_takes_its_file_later(app: TestApp) {
    app.leaves_work();
    let one = Followed::signed(&app, "2026-01-10", json!({})).await;
    let manager = app.sign_in(Who::Manager);
    let avenant = json!({ "kind": "avenant", "object": "Un an de plus", "signed_on": "2026-02-10" });
    let act = one.act(avenant).await.expect(201).json()["id"].as_str().unwrap().to_owned();
    let draft = one.act(json!({ "kind": "avenant", "object": "À venir" })).await.expect(201).json()["id"].as_str().unwrap().to_owned();
    let page = format!("/conventions/{}/documents", one.id());
    let shown = manager.get(&page).await.expect(200).has("Le fichier signé de l’avenant n°\u{a0}1 (PDF)").has(&format!("value=\"{act}\""));
    shown.lacks(&draft);
    let file = pdf::pdf(&["Avenant"]);
    manager.upload(&page, &[("purpose", &draft)], "avenant.pdf", &file).await.expect(422).has("Choisissez un avenant signé");
    assert_eq!(documents(&one).await.len(), 0);
    manager.upload(&page, &[("purpose", &act)], "avenant.pdf", &file).await.expect(303);
    let acts = one.api.get(&format!("{}/acts", one.path)).await.expect(200).json();
    let of = |id: &str| acts["items"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap()["signed_file"].clone();
    assert_eq!((of(&act), of(&draft)), (documents(&one).await[0]["sha256"].clone(), Value::Null));
    manager.upload(&page, &[("purpose", &act)], "autre.pdf", &pdf::pdf(&["Autre"])).await.expect(422);
    manager.get(&page).await.expect(200).lacks(&act).has("Fichier signé de l’avenant n°\u{a0}1").has("Le fichier signé de la convention (PDF)");
    app.read(|conn| traitdunion::journal::of(conn, "convention", one.id(), 50)).iter().find(|line| line.event == "filed").expect("a line");
}

async fn what_is_named_by_its_fingerprint_is_joined(app: TestApp) {
    app.leaves_work();
    let one = Followed::signed(&app, "2026-01-10", json!({})).await;
    let path = format!("{}/documents", one.path);
    let annex = one.api.upload(&path, &[], "annexe.pdf", &pdf::pdf(&["Annexe"])).await.expect(201).json();
    let avenant = |file: &Value| json!({ "kind": "avenant", "object": "Un an de plus", "signed_on": "2026-02-10", "signed_file": file });
    // Neither what is nowhere, nor what was joined as something else.
    for file in [&json!("0".repeat(64)), &annex["sha256"]] {
        let refused = one.act(avenant(file)).await.expect(422).json();
        assert!(refused["fields"]["signed_file"].is_string(), "{refused}");
    }
    let file = one.api.upload(&path, &[("purpose", "signed")], "avenant.pdf", &pdf::pdf(&["Avenant"])).await.expect(201).json();
    one.act(avenant(&file["sha256"])).await.expect(201);
}
