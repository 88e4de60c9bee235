//! The files of a convention: joined, signed, found by what they say; a folder of signed PDFs that becomes conventions to complete.

use serde_json::{Value, json};
use traitdunion::conventions::model::Stage;
use traitdunion::documents::service as documents;
use traitdunion::kernel::Visibility;
use traitdunion::partners::model::OrganisationKind;

use super::{Followed, fields};
use crate::support::browser::Browser;
use crate::support::{Engine, TestApp, Who, both, pdf, world};

both!(
    a_folder_of_signed_files_becomes_conventions_to_complete,
    a_file_that_is_dropped_again_makes_nothing,
    what_is_dropped_as_signed_is_in_force_at_once,
    too_many_files_are_told_apart,
    files_that_are_long_to_read_do_not_hold_the_page,
    documents_are_joined_and_taken_off,
    signing_takes_the_file_that_was_signed,
    a_bad_file_stands_beside_its_field_and_changes_nothing,
    what_a_signed_file_says_is_found,
);

const CAF: &str = "CONVENTION DE PARTENARIAT\nRELATIVE À L’ACCUEIL DES ALLOCATAIRES PAR LA CAF\nEntre le Département de la Vienne, représenté par son Président,\n\
    et l’Association Le Pont, représentée par sa présidente,\nArticle 2. Elle prend effet le 1er janvier 2025 pour une durée de trois ans.\n\
    Elle est renouvelable par tacite reconduction par périodes d’un an, avec un préavis de trois mois avant l’échéance.\n\
    Fait à Poitiers, le 18 décembre 2024.";
const ENDLESS: &str = "Convention d’échange de renseignements\nentre le Département et l’Amicale des retraités\nElle prend effet à compter de sa signature, pour \
    une durée indéterminée. Fait à Loudun le 2 juin 2020.";

async fn all(app: &TestApp, query: &str) -> Vec<Value> {
    let found = app.api(Who::Manager).get(&format!("/api/v1/conventions?per_page=100{query}")).await.expect(200).json();
    found["items"].as_array().unwrap().clone()
}

/// The path of the convention that a page leads to.
fn link(text: &str) -> String {
    let from = text.find("/conventions/01").expect("a link to a convention");
    text[from..from + "/conventions/".len() + 26].to_owned()
}

async fn a_folder_of_signed_files_becomes_conventions_to_complete(app: TestApp) {
    app.leaves_work();
    let manager = app.sign_in(Who::Manager);
    manager.get("/conventions/deposer").await.expect(200).has("type=\"file\" multiple").has("60 au plus, 20\u{a0}Mo chacun, 200\u{a0}Mo en tout");
    let files = [
        ("caf.pdf", pdf::pdf(&[CAF])),
        ("Programme.exe", b"MZ\x90\x00".to_vec()),
        ("amicale.pdf", pdf::pdf(&[ENDLESS])),
        ("secret.pdf", pdf::encrypted("sésame")),
        ("scan_0042.pdf", pdf::pdf(&[""])),
        ("déguisé.pdf", b"MZ\x90\x00".to_vec()),
    ];
    let page = manager.drop_files("/conventions/deposer", &[("stage", "draft")], &files).await.expect(200);
    let page = page.has("3\u{a0}conventions sont créées").has("3\u{a0}fichiers n’ont pas été repris").has("« Programme.exe » n’est pas un PDF");
    let page = page.has("est protégé par un mot de passe").has("n’est pas ce que dit son nom").has("Aucun texte ne s’y lit");
    let page = page
        .has("1er\u{a0}janvier\u{a0}2025")
        .has("31\u{a0}décembre\u{a0}2027")
        .has("« Amicale des retraités » n’est pas parmi les partenaires connus");
    let mut made = all(&app, "&stage=draft").await;
    made.sort_by_key(|one| one["object"].as_str().unwrap().to_owned());
    let names = ["object", "kind", "effect", "starts_on", "ends_on", "renewal", "notice_months", "level", "territories", "stage"];
    let tacit = json!({ "kind": "tacit", "period_months": 12, "max": null });
    let none = json!({ "kind": "none", "period_months": null, "max": null });
    assert_eq!(
        made.iter().map(|one| fields(one, &names)).collect::<Vec<_>>(),
        [
            json!(["Convention d'échange de renseignements", "partnership", "last_signature", null, null, none, null, "mds", [world::HERE], "draft"]),
            json!([
                "Convention de partenariat relative à l'accueil des allocataires par la CAF",
                "partnership",
                "fixed_day",
                "2025-01-01",
                "2027-12-31",
                tacit,
                3,
                "mds",
                [world::HERE],
                "draft"
            ]),
            json!(["Scan 0042", "partnership", "last_signature", null, null, none, null, "mds", [world::HERE], "draft"]),
        ]
    );
    assert_eq!(made[1]["parties"][1]["partner"], json!(app.world.organisation));
    let caf = format!("/conventions/{}", made[1]["id"].as_str().unwrap());
    assert!(page.text.contains(&format!("href=\"{caf}\"")));

    // Looked over, it is entered as it was signed: its own number, the day that the file says.
    let documents = manager.get(&format!("{caf}/documents")).await.expect(200).has("Elle est déjà signée").has("caf.pdf");
    let documents = documents.has(made[1]["signed_file"].as_str().unwrap());
    assert_eq!(documents.field("signed_on"), Some("18/12/2024"));
    let enter = |number: &'static str, day: &'static str| {
        let (manager, caf) = (manager.clone(), caf.clone());
        async move {
            let path = format!("{caf}/documents");
            manager.submit(&path, &format!("{path}/enregistrer"), &[("signed_on", day), ("number", number)]).await
        }
    };
    enter("2024-17", "").await.expect(422).has("id=\"signed_on-error\"");
    enter("2024-17", "31/02/2024").await.expect(422).has("id=\"signed_on-error\"");
    enter("2024-17", "18/12/2062").await.expect(422).has("n’est pas encore venu");
    assert_eq!(enter("2024-17", "18/12/2024").await.expect(303).location(), caf);
    let entered = app.api(Who::Manager).get(&format!("/api/v1{caf}")).await.expect(200).json();
    assert_eq!(
        fields(&entered, &["stage", "number", "signed_on", "in_force", "current_term", "missing"]),
        json!(["signed", "2024-17", "2024-12-18", true, "2027-12-31", {}])
    );
}

async fn a_file_that_is_dropped_again_makes_nothing(app: TestApp) {
    app.leaves_work();
    let manager = app.sign_in(Who::Manager);
    let twice = [("a.pdf", pdf::pdf(&[CAF])), ("b.pdf", pdf::pdf(&[CAF]))];
    manager.drop_files("/conventions/deposer", &[], &twice).await.expect(200).has("Une convention est créée").has("Déjà là");
    let again = manager.drop_files("/conventions/deposer", &[], &twice[..1]).await.expect(200).has("Ces fichiers étaient déjà là");
    assert_eq!((all(&app, "").await.len(), link(&again.text).len()), (1, 39));
    // Whoever may not read it is told nothing of it.
    let elsewhere = app.sign_in(Who::ManagerElsewhere);
    elsewhere.drop_files("/conventions/deposer", &[], &twice[..1]).await.expect(200).has("Une convention est créée");
    // Who prepares no convention drops none.
    app.sign_in(Who::Worker).drop_files("/conventions/deposer", &[], &twice).await.expect(403);
    assert!(app.visitor().drop_files("/conventions/deposer", &[], &twice).await.expect(303).location().starts_with("/connexion"));
    manager.post("/conventions/deposer", &[]).await.expect(422).has("Choisissez au moins un PDF");
    manager.drop_files("/conventions/deposer", &[], &[("a.txt", b"a".to_vec())]).await.expect(422).has("Aucun fichier n’a pu être repris");
}

async fn what_is_dropped_as_signed_is_in_force_at_once(app: TestApp) {
    app.leaves_work();
    app.write(|conn| traitdunion::partners::service::add(conn, "Amicale des retraités", OrganisationKind::Association, app.now(), &app.app.chance));
    let manager = app.sign_in(Who::Manager);
    let files = [("caf.pdf", pdf::pdf(&[CAF])), ("amicale.pdf", pdf::pdf(&[ENDLESS])), ("scan.pdf", pdf::pdf(&[""]))];
    manager.drop_files("/conventions/deposer", &[("stage", "signed")], &files).await.expect(200).has("3\u{a0}conventions sont créées");
    let mut made = all(&app, "&stage=signed").await;
    made.sort_by_key(|one| one["object"].as_str().unwrap().to_owned());
    let told: Vec<Value> = made.iter().map(|one| fields(one, &["situation", "begins_on", "signed_on", "current_term"])).collect();
    assert_eq!(
        told,
        [
            json!(["in_force", "2020-06-02", "2020-06-02", null]),
            json!(["in_force", "2025-01-01", "2024-12-18", "2027-12-31"]),
            json!(["in_force", null, null, null]),
        ]
    );
    assert!(made.iter().all(|one| one["signed_file"].as_str().is_some_and(|hash| hash.len() == 64)));
    assert_eq!(made[2]["missing"].as_object().unwrap().keys().collect::<Vec<_>>(), ["ends_on", "parties"]);
}

async fn too_many_files_are_told_apart(app: TestApp) {
    app.leaves_work();
    let manager = app.sign_in(Who::Manager);
    let mut files: Vec<(String, Vec<u8>)> = (0..62).map(|n| (format!("{n}.txt"), b"a".to_vec())).collect();
    files.push(("grand.pdf".into(), vec![b'%'; 21 << 20]));
    files[3] = ("caf.pdf".into(), pdf::pdf(&[CAF]));
    let files: Vec<(&str, Vec<u8>)> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    let page = manager.drop_files("/conventions/deposer", &[], &files).await.expect(200).has("Une convention est créée");
    page.has("« 60.txt » n’a pas été reçu")
        .has("« 61.txt » n’a pas été reçu")
        .has("« grand.pdf » pèse plus de 20\u{a0}Mo")
        .lacks("« 59.txt » n’a pas été reçu");
    assert_eq!(all(&app, "").await.len(), 1);
}

async fn files_that_are_long_to_read_do_not_hold_the_page(engine: Engine) {
    let app = TestApp::on(engine).impatient().start().await;
    app.leaves_work();
    let files = [("caf.pdf", pdf::pdf(&[CAF])), ("amicale.pdf", pdf::pdf(&[ENDLESS]))];
    let page = app.sign_in(Who::Manager).drop_files("/conventions/deposer", &[], &files).await.expect(200).has("Une convention est créée");
    page.has("amicale.pdf").has("les fichiers d’avant étaient trop longs à lire. Déposez-le de nouveau");
    assert_eq!(all(&app, "").await.len(), 1);
}

async fn documents_are_joined_and_taken_off(app: TestApp) {
    app.leaves_work();
    let one = Followed::begin(&app, json!({})).await;
    let (manager, path) = (app.sign_in(Who::Manager), format!("/conventions/{}/documents", one.id()));
    manager.get(&path).await.expect(200).has("Aucun document n’est joint");
    manager.upload(&path, &[], "annexe.pdf", &pdf::pdf(&["Annexe"])).await.expect(303);
    manager.upload(&path, &[], "annexe.pdf", &pdf::pdf(&["Annexe"])).await.expect(422).has("« annexe.pdf » est déjà joint");
    manager.upload(&path, &[], "plan.png", b"\x89PNG\r\n\x1a\n").await.expect(303);
    manager.get(&path).await.expect(200).has("annexe.pdf").has("Son texte n’est pas lu").has("Le document est joint").lacks("SHA-256");
    let api_path = format!("{}/documents", one.path);
    let listed = one.api.get(&api_path).await.expect(200).json();
    // Of two that came in one instant, either is the first.
    let of = |kind: &str| listed["items"].as_array().unwrap().iter().find(|one| one["media_type"] == kind).expect("a document").clone();
    let (annex, plan) = (of("application/pdf"), of("image/png"));
    assert_eq!((&listed["total"], &plan["purpose"], &annex["reading"]), (&json!(2), &json!("attachment"), &json!("read")));
    manager.get(annex["url"].as_str().unwrap()).await.expect(200);
    // Whoever may read a draft only: its managers.
    app.api(Who::Worker).get(&api_path).await.expect(404);
    app.sign_in(Who::Worker).get(annex["url"].as_str().unwrap()).await.expect(404);
    app.sign_in(Who::Worker).upload(&path, &[], "a.pdf", &pdf::pdf(&["A"])).await.expect(404);

    let made = one.api.upload(&api_path, &[("purpose", "attachment")], "note.pdf", &pdf::pdf(&["Note"])).await.expect(201).json();
    one.api.upload(&api_path, &[("purpose", "autre")], "note.pdf", &pdf::pdf(&["Note"])).await.expect(422);
    let bad = one.api.upload(&api_path, &[("purpose", "signed")], "note.docx", b"PK").await.expect(422).json();
    assert!(bad["fields"]["file"].as_str().unwrap().contains("n’est pas un PDF"));
    app.api(Who::Visitor).upload(&api_path, &[], "note.pdf", &pdf::pdf(&["Note"])).await.expect(401);
    let left = one.api.post(&format!("{api_path}/{}/remove", made["id"].as_str().unwrap()), &json!({})).await.expect(200).json();
    assert_eq!(left["total"], 2);
    manager.post(&format!("{path}/{}/retirer", plan["id"].as_str().unwrap()), &[]).await.expect(303);
    assert_eq!(one.api.get(&api_path).await.json()["total"], 1);
    // The convention's own text never changed.
    assert_eq!(one.now().await["version"], 1);
    one.verb("abandon", json!({})).await.expect(200);
    manager.get(&path).await.expect(200).lacks("Joindre un document");
    manager.upload(&path, &[], "b.pdf", &pdf::pdf(&["B"])).await.expect(409);
}

/// Brought to signature by its manager.
async fn to_sign(app: &TestApp) -> (Followed, Browser, String) {
    let one = Followed::begin(app, json!({})).await;
    one.verb("submit", json!({})).await.expect(200);
    one.verb("validate", json!({})).await.expect(200);
    let path = format!("/conventions/{}/documents", one.id());
    (one, app.sign_in(Who::Manager), path)
}

async fn signing_takes_the_file_that_was_signed(app: TestApp) {
    app.leaves_work();
    let (one, manager, path) = to_sign(&app).await;
    let signing = path.replace("/documents", "/signer");
    let page = manager.get(&signing).await.expect(200).has("Association Le Pont").has("Le fichier signé");
    let version = page.field("version").unwrap().to_owned();
    let sign = async |fields: &[(&str, &str)], bytes: &[u8]| {
        let fields: Vec<(&str, &str)> = [("version", version.as_str())].into_iter().chain(fields.iter().copied()).collect();
        manager.upload(&signing, &fields, "signée.pdf", bytes).await
    };
    let bytes = pdf::pdf(&["Signée par tous"]);
    sign(&[("partner", "")], &bytes).await.expect(422).has("Donnez le jour de la signature");
    sign(&[("signed_on", "01/01/2062")], &bytes).await.expect(422).has("n’est pas encore venu");
    assert_eq!(one.api.get(&format!("{}/documents", one.path)).await.json()["total"], 0);
    sign(&[("signed_on", "02/03/2026"), ("partner", "departement")], &bytes).await.expect(303);
    let now = one.now().await;
    assert_eq!(now["stage"], "signing");
    let file = now["signed_file"].as_str().unwrap().to_owned();
    // The other party signs the same file: named by its fingerprint.
    let unknown = json!({ "signed_on": "2026-03-03", "signed_file": "0".repeat(64) });
    one.verb("sign", unknown).await.expect(422).has("Aucun fichier signé de cette empreinte");
    one.verb("sign", json!({ "signed_on": "2026-03-03", "signed_file": file })).await.expect(200);
    let page = manager.get(&path).await.expect(200).has(&file).has("Un autre fichier signé");
    assert!(!page.text.contains("/retirer"), "what was signed stays");
    let document = one.api.get(&format!("{}/documents", one.path)).await.json()["items"][0].clone();
    manager.post(&format!("{path}/{}/retirer", document["id"].as_str().unwrap()), &[]).await.expect(409).has("il fait foi");
    one.api.post(&format!("{}/documents/{}/remove", one.path, document["id"].as_str().unwrap()), &json!({})).await.expect(409);
    // The file of an avenant does not take the place of the first.
    manager.upload(&path, &[("purpose", "signed")], "avenant.pdf", &pdf::pdf(&["Avenant"])).await.expect(303);
    assert_eq!(one.now().await["signed_file"], json!(file));
    app.read(|conn| documents::same(conn, &file)).first().expect("the file");
}

async fn a_bad_file_stands_beside_its_field_and_changes_nothing(app: TestApp) {
    app.leaves_work();
    let (one, manager, path) = to_sign(&app).await;
    let before = one.now().await;
    let version = before["version"].to_string();
    let sound = pdf::pdf(&["Signée"]);
    let cases: [(&str, Vec<u8>, &str); 6] = [
        ("60-mo.pdf", [sound.as_slice(), &vec![b' '; 60_000_000]].concat(), "pèse plus de 20\u{a0}Mo"),
        ("programme.pdf", b"MZ\x90\x00".to_vec(), "n’est pas ce que dit son nom"),
        ("programme.exe", b"MZ\x90\x00".to_vec(), "n’est pas un PDF"),
        ("secret.pdf", pdf::encrypted("sésame"), "protégé par un mot de passe"),
        ("coupé.pdf", sound[..sound.len() / 2].to_vec(), "incomplet"),
        ("bombe.pdf", pdf::bomb(), "trop de mémoire ou de temps"),
    ];
    for (name, bytes, reason) in cases {
        let fields = [("version", version.as_str()), ("signed_on", "02/03/2026"), ("partner", "departement")];
        let answer = manager.upload(&path.replace("/documents", "/signer"), &fields, name, &bytes).await.expect(422).has("id=\"file-error\"");
        let error = &answer.text[answer.text.find("id=\"file-error\"").unwrap()..];
        assert!(error[..400.min(error.len())].contains(name) && answer.text.contains(reason), "{name}: {}", answer.text);
        let answer = answer.has("Choisissez-le de nouveau").has("value=\"02/03/2026\"");
        assert!(answer.has("<option value=\"departement\" selected>").field("version") == Some(version.as_str()), "{name}");
        manager.upload(&path, &[("purpose", "signed")], name, &bytes).await.expect(422).has("id=\"file-error\"");
        one.api.upload(&format!("{}/documents", one.path), &[("purpose", "signed")], name, &bytes).await.expect(422).has(name);
        assert_eq!(one.now().await, before, "{name}");
    }
    assert_eq!(one.api.get(&format!("{}/documents", one.path)).await.json()["total"], 0);
}

async fn what_a_signed_file_says_is_found(app: TestApp) {
    let convention = app.write(|conn| world::convention(conn, &app.world, &app.app.chance, Stage::Signed, Visibility::Internal));
    let path = format!("/api/v1/conventions/{}/documents", convention.id);
    let manager = app.api(Who::Manager);
    manager.upload(&path, &[("purpose", "signed")], "a.pdf", &pdf::pdf(&["Un hippocampe veille sur la permanence"])).await.expect(201);
    app.work().await;
    let found = |who: Who, words: &'static str| {
        let api = app.api(who);
        async move { api.get(&format!("/api/v1/search?q={words}")).await.expect(200).json()["total"].as_u64().unwrap() }
    };
    assert_eq!((found(Who::Worker, "hippocampe").await, found(Who::Visitor, "hippocampe").await), (1, 0));
    let second = manager.upload(&path, &[], "b.pdf", &pdf::pdf(&["Une girafe"])).await.expect(201).json();
    app.work().await;
    assert_eq!(found(Who::Worker, "girafe").await, 1);
    manager.post(&format!("{path}/{}/remove", second["id"].as_str().unwrap()), &json!({})).await.expect(200);
    app.work().await;
    assert_eq!((found(Who::Worker, "girafe").await, found(Who::Worker, "hippocampe").await), (0, 1));
}
