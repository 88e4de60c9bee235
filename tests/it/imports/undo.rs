//! A whole import undone: what it made goes, what it changed is as it was, what somebody has changed since stays and is told.

use serde_json::json;
use traitdunion::imports::files::Format;
use traitdunion::imports::worker;
use traitdunion::outbox::schedule;

use super::{all, file, give};
use crate::support::{TestApp, Who, both};

both!(what_somebody_changed_since_is_not_undone, what_was_changed_is_as_it_was, imports_are_kept_thirty_days, a_worker_that_dies_changes_nothing);

async fn what_somebody_changed_since_is_not_undone(app: TestApp) {
    app.works_imports();
    let admin = app.sign_in(Who::Administrator);
    let bytes = file(
        Format::Csv,
        &[vec!["Référence", "Titre", "Territoires"], vec!["A1", "Marcher", "Loudun"], vec!["A2", "Lire", "Loudun"], vec!["A3", "Chanter", "Loudun"]],
    );
    let path = give(&admin, "actions", "a.csv", &bytes).await;
    admin.post(&format!("{path}/importer"), &[]).await.expect(303);
    app.pass(60);
    let of = |title: &str| all(app.db()).into_iter().find(|action| action.fields.title == title).expect("an action");
    let worker = app.api(Who::Worker);
    let lire = of("Lire");
    worker.put(&format!("/api/v1/actions/{}", lire.id), &json!({ "version": lire.version, "rhythm": "le soir" })).await.expect(200);
    let chanter = of("Chanter");
    let session = json!({ "starts_at": "2026-04-07T12:00:00Z", "ends_at": "2026-04-07T14:00:00Z" });
    worker.post(&format!("/api/v1/actions/{}/sessions", chanter.id), &session).await.expect(201);

    admin.post(&format!("{path}/annuler"), &[]).await.expect(303);
    let refused = admin.get(&path).await.expect(200).has("L’annulation n’est pas possible pour tout");
    for said in ["Lire</strong>\u{a0}: modifiée depuis par Camille agent.", "Chanter</strong>\u{a0}: des séances", "Annuler le reste (1\u{a0}action)"]
    {
        assert!(refused.text.contains(said), "« {said} » is not in:\n{}", refused.text);
    }
    assert_eq!(all(app.db()).len(), 3);
    admin.post(&format!("{path}/annuler"), &[("leave", "changed")]).await.expect(303);
    admin.get(&path).await.expect(200).has("L’import est annulé").has("Laissé tel quel");
    let mut left: Vec<String> = all(app.db()).into_iter().map(|action| action.fields.title).collect();
    left.sort();
    assert_eq!(left, ["Chanter", "Lire"]);
    app.leaves_work();
}

async fn what_was_changed_is_as_it_was(app: TestApp) {
    app.works_imports();
    let admin = app.sign_in(Who::Administrator);
    let made = app
        .api(Who::Worker)
        .post("/api/v1/actions", &json!({ "title": "Marcher", "external_id": "A1", "summary": "Le mardi.", "territories": ["86137"] }))
        .await
        .expect(201)
        .json();
    let before = all(app.db()).remove(0);
    let bytes = file(Format::Csv, &[vec!["Référence", "Titre", "Étape"], vec!["A1", "Courir", "Publiée"]]);
    let path = give(&admin, "actions", "a.csv", &bytes).await;
    admin.post(&format!("{path}/importer"), &[]).await.expect(303);
    let after = all(app.db()).remove(0);
    assert_eq!((after.fields.title.as_str(), after.life.stage.as_str(), after.fields.summary.as_str()), ("Courir", "published", "Le mardi."));
    admin.post(&format!("{path}/annuler"), &[]).await.expect(303);
    let undone = all(app.db()).remove(0);
    assert_eq!((undone.id.to_string(), undone.fields, undone.life), (made["id"].as_str().unwrap().to_owned(), before.fields, before.life));
    assert!(undone.version > after.version);
    // Doing it again changes nothing more.
    admin.post(&format!("{path}/annuler"), &[]).await.expect(303);
    assert_eq!(all(app.db()).remove(0).version, undone.version);
    app.leaves_work();
}

async fn imports_are_kept_thirty_days(app: TestApp) {
    app.works_imports();
    let admin = app.sign_in(Who::Administrator);
    let done = give(&admin, "actions", "a.csv", &file(Format::Csv, &[vec!["Titre"], vec!["Marcher"]])).await;
    admin.post(&format!("{done}/importer"), &[]).await.expect(303);
    let left = give(&admin, "actions", "b.csv", &file(Format::Csv, &[vec!["Titre"], vec!["Lire"]])).await;
    let folder = app.app.config.documents_dir.join("imports");
    let files = || std::fs::read_dir(&folder).unwrap().flatten().map(|entry| entry.file_name().into_string().unwrap()).collect::<Vec<_>>();
    let id = left.trim_start_matches("/import/");
    // The file of what is done is gone; that of what nobody ended waits.
    assert!(files().contains(&id.to_owned()) && !files().iter().any(|name| done.contains(name.as_str())), "{:?}", files());
    app.pass(31 * 24 * 3600);
    let admin = app.sign_in(Who::Administrator);
    let said = schedule::step(&app.app).await.unwrap();
    assert!(said.iter().any(|line| line.contains("1 imports, 1 records to undo")), "{said:?}");
    assert_eq!((files(), worker::sweep(&app.app).await.unwrap()), (Vec::<String>::new(), 0));
    admin.get(&left).await.expect(404);
    assert!(!admin.get(&done).await.expect(200).text.contains("Annuler cet import"));
    admin.post(&format!("{done}/annuler"), &[]).await.expect(409).has("30 jours");
    assert_eq!(all(app.db()).len(), 1);
    app.leaves_work();
}

/// Another worker takes the import over once the lease has ended; what the first one does then counts for nothing.
async fn a_worker_that_dies_changes_nothing(app: TestApp) {
    let admin = app.sign_in(Who::Administrator);
    let given = admin.upload("/import", &[("kind", "actions")], "a.jsonl", b"{\"title\": \"Marcher\"}").await.expect(303);
    let path = given.location().to_owned();
    admin.get(&path).await.expect(200).has("Vérification en cours").has("data-live");
    app.work().await;
    admin.post(&format!("{path}/importer"), &[]).await.expect(303);
    admin.get(&path).await.expect(200).has("Import en cours");
    // The file goes before the work: it is told, and nothing is written.
    std::fs::remove_file(app.app.config.documents_dir.join("imports").join(path.trim_start_matches("/import/"))).unwrap();
    app.work().await;
    admin.get(&path).await.expect(200).has("n’a pas pu être importé").has("Le fichier n’est plus là");
    assert!(all(app.db()).is_empty());
    admin.post(&format!("{path}/abandonner"), &[]).await.expect(303);
    app.leaves_work();
}
