//! Who may bring files in: agents within their territories and their rights, administrators everywhere, nobody else.

use traitdunion::imports::files::Format;

use super::{all, file, give};
use crate::support::{TestApp, Who, both};

both!(
    those_who_may_not_are_told,
    a_worker_brings_what_they_may_write,
    a_manager_reaches_no_further_than_their_territories,
    an_import_is_its_own_and_the_administrators,
);

async fn those_who_may_not_are_told(app: TestApp) {
    let bytes = file(Format::Csv, &[vec!["Titre"], vec!["Marcher"]]);
    let partner = app.sign_in(Who::Partner);
    assert!(!partner.get("/actions").await.expect(200).text.contains("/import"));
    partner.get("/import").await.expect(403).has("réservé aux agents");
    partner.upload("/import", &[("kind", "actions")], "a.csv", &bytes).await.expect(403);
    let manager = app.sign_in(Who::Manager);
    assert!(!manager.get("/territoires").await.expect(200).text.contains("/import"));
    manager.upload("/import", &[("kind", "territories")], "a.csv", &file(Format::Csv, &[vec!["Code"], vec!["MDS-X"]])).await.expect(403);
    // A form of another browser, or of nobody.
    let form = reqwest::multipart::Form::new().text("csrf", "0").part("file", reqwest::multipart::Part::bytes(bytes.clone()).file_name("a.csv"));
    manager.send(manager.request(reqwest::Method::POST, "/import").multipart(form)).await.expect(403);
    let visitor = app.visitor().upload("/import", &[("kind", "actions")], "a.csv", &bytes).await;
    assert!(visitor.status == 303 && visitor.location().starts_with("/connexion"));
    assert!(all(app.db()).is_empty());
}

async fn a_manager_reaches_no_further_than_their_territories(app: TestApp) {
    app.works_imports();
    let manager = app.sign_in(Who::Manager);
    let bytes = file(
        Format::Csv,
        &[
            vec!["Référence", "Titre", "Territoires", "Territoire porteur"],
            vec!["A1", "Ici", "Loudun", "MDS de Loudun"],
            vec!["A2", "Ailleurs", "Civray", "MDS de Civray"],
        ],
    );
    let path = give(&manager, "actions", "a.csv", &bytes).await;
    manager.get(&path).await.expect(200).has("Une ligne est à corriger").has("relève d’un autre territoire");
    // An administrator brings both; the manager then may not write over the other's.
    let admin = app.sign_in(Who::Administrator);
    let theirs = give(&admin, "actions", "a.csv", &bytes).await;
    admin.post(&format!("{theirs}/importer"), &[]).await.expect(303);
    assert_eq!(all(app.db()).len(), 2);
    let over = file(Format::Csv, &[vec!["Référence", "Titre", "Territoires"], vec!["A2", "À nous", "Loudun"]]);
    let path = give(&manager, "actions", "b.csv", &over).await;
    manager.get(&path).await.expect(200).has("relève d’un autre territoire");
    manager.post(&format!("{path}/importer"), &[("leave", "wrong")]).await.expect(409);
    assert!(all(app.db()).iter().any(|action| action.fields.title == "Ailleurs"));
    app.leaves_work();
}

async fn a_worker_brings_what_they_may_write(app: TestApp) {
    app.works_imports();
    let worker = app.sign_in(Who::Worker);
    worker.get("/actions").await.expect(200).has("/import?quoi&#x3D;actions");
    let titles = vec!["Titre", "Présentation", "Territoires", "Territoire porteur", "Étape"];
    let bytes = file(
        Format::Csv,
        &[
            titles,
            vec!["Marcher", "Le mardi.", "Loudun", "MDS de Loudun", ""],
            vec!["Lire", "Le soir.", "Loudun", "MDS de Loudun", "Publiée"],
            vec!["Chanter", "Le jeudi.", "Civray", "MDS de Civray", ""],
        ],
    );
    let path = give(&worker, "actions", "a.csv", &bytes).await;
    worker.get(&path).await.expect(200).has("2\u{a0}lignes sont à corriger").has("revient à un responsable").has("relève d’un autre territoire");
    worker.post(&format!("{path}/importer"), &[("leave", "wrong")]).await.expect(303);
    let found = all(app.db());
    assert_eq!((found.len(), found[0].fields.title.as_str()), (1, "Marcher"));
    worker.upload("/import", &[("kind", "territories")], "a.csv", &file(Format::Csv, &[vec!["Code"], vec!["MDS-X"]])).await.expect(403);
    app.leaves_work();
}

async fn an_import_is_its_own_and_the_administrators(app: TestApp) {
    app.works_imports();
    let manager = app.sign_in(Who::Manager);
    let path = give(&manager, "actions", "les-notres.csv", &file(Format::Csv, &[vec!["Titre"], vec!["Marcher"]])).await;
    let elsewhere = app.sign_in(Who::ManagerElsewhere);
    elsewhere.get(&path).await.expect(404);
    for verb in ["importer", "annuler", "abandonner", "colonnes", "corriger"] {
        elsewhere.post(&format!("{path}/{verb}"), &[]).await.expect(404);
    }
    assert!(!elsewhere.get("/import").await.expect(200).text.contains("les-notres.csv"));
    app.sign_in(Who::Administrator).get("/import").await.expect(200).has("les-notres.csv");
    app.sign_in(Who::Administrator).get(&path).await.expect(200).has("Tout est prêt");
}
