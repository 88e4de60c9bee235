//! A secretary brings a spreadsheet in: sees what is wrong, sets it right, imports, undoes, and imports again.

use traitdunion::actions::model::Stage;
use traitdunion::imports::files::Format;

use super::{all, chosen, file, give};
use crate::support::world::HERE;
use crate::support::{TestApp, Who, both};

both!(
    a_spreadsheet_is_seen_corrected_imported_undone_and_imported_again,
    columns_are_mapped_by_hand,
    what_would_change_is_shown_before_it_does,
    the_same_file_twice_is_told,
    pressing_twice_imports_once,
    territories_come_in_with_what_they_lie_in,
    a_file_of_lines_is_checked_at_once,
    lists_give_files_as_they_filter,
);

fn spreadsheet(format: Format) -> Vec<u8> {
    file(
        format,
        &[
            vec!["Intitulé", "Présentation", "Publics", "Thèmes", "Territoires", "Date de début", "Courriel", "Étape"],
            vec!["Gérer son budget", "Six ateliers.", "Familles", "", "Loudun", "3 mars 2026", "mds@vienne.example", "Publiée"],
            vec!["Café des aînés", "Une heure.", "Tous publics", "", "86137", "31/02/2026", "mds@vienne.example", ""],
            vec!["Marcher ensemble", "Le mardi.", "Tous publics", "", "Loudum", "03/03/2026", "", ""],
            vec!["Lire à deux", "Le soir.", "Familles", "", "Loudun", "demain", "", ""],
        ],
    )
}

async fn a_spreadsheet_is_seen_corrected_imported_undone_and_imported_again(app: TestApp) {
    app.works_imports();
    let secretary = app.sign_in(Who::Manager);
    secretary.get("/actions").await.expect(200).has("/import?quoi&#x3D;actions");
    secretary.get("/import?quoi=actions").await.expect(200).has("Importer un fichier").has("enctype=\"multipart/form-data\"");
    let path = give(&secretary, "actions", "Actions 2026.xlsx", &spreadsheet(Format::Xlsx)).await;

    let seen = secretary.get(&path).await.expect(200).has("3\u{a0}lignes sont à corriger");
    for said in ["31/02/2026", "demain", "Vouliez-vous dire « Loudun » ?", "name=\"c-3-5\"", "name=\"c-4-4\"", "name=\"c-5-5\"", "Café des aînés"]
    {
        assert!(seen.text.contains(said), "« {said} » is not in:\n{}", seen.text);
    }
    // The first row is right, and shown to compare; nothing is written.
    assert!(seen.text.contains("Gérer son budget") && !seen.text.contains("name=\"c-2-5\""));
    assert!(all(app.db()).is_empty());
    secretary.post(&format!("{path}/importer"), &[]).await.expect(409).has("Il reste des lignes à corriger");

    let wrong = secretary.get(&format!("{path}/a-corriger?format=csv")).await.expect(200);
    assert!(wrong.text.starts_with('\u{feff}') && wrong.text.lines().count() == 4, "{}", wrong.text);
    assert!(wrong.text.contains("Ligne;Erreur") && wrong.text.contains("n’est pas une date"), "{}", wrong.text);
    assert!(wrong.header("content-disposition").contains("a-corriger-2026-03-03.csv"));

    let fields = [("c-3-5", "28/02/2026"), ("c-4-4", "Loudun"), ("c-5-5", "pas encore")];
    secretary.post(&format!("{path}/corriger"), &fields).await.expect(303);
    secretary.get(&path).await.expect(200).has("Une ligne est à corriger").has("pas encore");
    secretary.post(&format!("{path}/corriger"), &[("c-5-5", "4 avril 2026")]).await.expect(303);
    let ready = secretary.get(&path).await.expect(200).has("Tout est prêt").has("Importer 4\u{a0}actions");
    assert!(ready.text.contains("À compléter plus tard") && ready.text.contains("Il manque\u{a0}: Thèmes."), "{}", ready.text);

    secretary.post(&format!("{path}/importer"), &[]).await.expect(303);
    secretary.get(&path).await.expect(200).has("L’import est fait").has("Annuler cet import");
    let found = all(app.db());
    let mut titles: Vec<(&str, Stage)> = found.iter().map(|action| (action.fields.title.as_str(), action.life.stage)).collect();
    titles.sort_unstable();
    assert_eq!(
        titles,
        [("Café des aînés", Stage::Draft), ("Gérer son budget", Stage::Published), ("Lire à deux", Stage::Draft), ("Marcher ensemble", Stage::Draft)]
    );
    assert!(found.iter().all(|action| action.fields.territories == ["86137"] && action.author_id.is_some()));
    app.work().await;
    app.visitor().get("/actions?q=budget").await.expect(200).has("Gérer son budget");

    secretary.post(&format!("{path}/annuler"), &[]).await.expect(303);
    secretary.get(&path).await.expect(200).has("L’import est annulé");
    assert!(all(app.db()).is_empty());
    app.work().await;
    assert!(!app.visitor().get("/actions?q=budget").await.expect(200).text.contains("Gérer son budget"));

    // Again, as an .ods this time, corrected in the file itself: two rows are left out.
    let path = give(&secretary, "actions", "Actions 2026.ods", &spreadsheet(Format::Ods)).await;
    secretary.post(&format!("{path}/importer"), &[("leave", "wrong")]).await.expect(303);
    secretary.get(&path).await.expect(200).has("L’import est fait").has("3\u{a0}lignes n’ont pas été importées");
    assert_eq!(all(app.db()).len(), 1);
    secretary.get("/import").await.expect(200).has("Actions 2026.ods").has("Importé").has("Annulé");
    app.work().await;
}

async fn columns_are_mapped_by_hand(app: TestApp) {
    app.works_imports();
    let manager = app.sign_in(Who::Manager);
    let bytes = file(Format::Csv, &[vec!["Nom de l’atelier", "Où", "Remarques"], vec!["Marcher", "Loudun", "à revoir"]]);
    let given = manager.upload("/import", &[("kind", "actions")], "ateliers.csv", &bytes).await.expect(303);
    let path = given.location().to_owned();
    let page = manager.get(&path).await.expect(200).has("Que contient chaque colonne ?").has("à revoir").has("Ne pas importer");
    assert!(chosen(&page).iter().all(|(_, value)| value.is_empty()), "{:?}", chosen(&page));
    let again = manager.post(&format!("{path}/colonnes"), &[("column-0", "title"), ("column-1", "title")]).await.expect(422);
    assert!(again.text.contains("déjà choisi pour une autre colonne"), "{}", again.text);
    manager.post(&format!("{path}/colonnes"), &[]).await.expect(422).has("au moins une colonne");
    manager.post(&format!("{path}/colonnes"), &[("column-0", "title"), ("column-1", "territories")]).await.expect(303);
    manager.get(&path).await.expect(200).has("Tout est prêt");
    // One may come back to the columns.
    manager.get(&format!("{path}/colonnes")).await.expect(200).has("Vérifier les lignes");
    manager.post(&format!("{path}/importer"), &[]).await.expect(303);
    let found = all(app.db());
    assert_eq!(
        (found.len(), found[0].fields.title.as_str(), found[0].fields.territories.as_slice()),
        (1, "Marcher", ["86137".to_owned()].as_slice())
    );
    app.leaves_work();
}

async fn what_would_change_is_shown_before_it_does(app: TestApp) {
    app.works_imports();
    let admin = app.sign_in(Who::Administrator);
    let first = file(Format::Csv, &[vec!["Référence", "Titre", "Lieu"], vec!["A1", "Marcher", "Place du marché"], vec!["A2", "Lire", ""]]);
    let path = give(&admin, "actions", "a.csv", &first).await;
    admin.post(&format!("{path}/importer"), &[]).await.expect(303);
    let second =
        file(Format::Csv, &[vec!["Référence", "Titre", "Lieu"], vec!["A1", "Marcher", "Stade"], vec!["A2", "Lire", ""], vec!["A3", "Chanter", ""]]);
    let path = give(&admin, "actions", "b.csv", &second).await;
    let seen = admin.get(&path).await.expect(200).has("Ce qui changerait").has("<del>Place du marché</del>").has("<ins>Stade</ins>");
    assert!(seen.text.contains("Importer 2\u{a0}actions"), "{}", seen.text);
    admin.post(&format!("{path}/importer"), &[]).await.expect(303);
    assert_eq!(all(app.db()).len(), 3);
    // Nothing is left to do with the same file.
    let path = give(&admin, "actions", "b.csv", &second).await;
    admin.get(&path).await.expect(200).has("tout est déjà là");
    admin.post(&format!("{path}/importer"), &[]).await.expect(409).has("rien à importer");
    admin.post(&format!("{path}/abandonner"), &[]).await.expect(303);
    admin.get(&path).await.expect(404);
    app.leaves_work();
}

async fn the_same_file_twice_is_told(app: TestApp) {
    app.works_imports();
    let admin = app.sign_in(Who::Administrator);
    let bytes = file(Format::Csv, &[vec!["Titre"], vec!["Marcher"]]);
    // Two are checked before either is imported: only one of them may be.
    let (one, other) = (give(&admin, "actions", "a.csv", &bytes).await, give(&admin, "actions", "a.csv", &bytes).await);
    admin.post(&format!("{one}/importer"), &[]).await.expect(303);
    admin.post(&format!("{other}/importer"), &[]).await.expect(303);
    assert_eq!(all(app.db()).len(), 1);
    // The other is checked anew, and says why; whoever insists is believed.
    admin.get(&other).await.expect(200).has("vient d’être importé");
    admin.post(&format!("{other}/importer"), &[]).await.expect(303);
    assert_eq!(all(app.db()).len(), 2);
    let third = give(&admin, "actions", "a.csv", &bytes).await;
    admin.get(&third).await.expect(200).has("a déjà été importé");
    app.leaves_work();
}

async fn pressing_twice_imports_once(app: TestApp) {
    app.works_imports();
    let admin = app.sign_in(Who::Administrator);
    let path = give(&admin, "actions", "a.csv", &file(Format::Csv, &[vec!["Titre"], vec!["Marcher"], vec!["Lire"]])).await;
    let import = format!("{path}/importer");
    let (first, second) = tokio::join!(admin.post(&import, &[]), admin.post(&import, &[]));
    assert_eq!((first.status, second.status), (303, 303));
    assert_eq!(all(app.db()).len(), 2);
    let undo = format!("{path}/annuler");
    let (first, second) = tokio::join!(admin.post(&undo, &[]), admin.post(&undo, &[]));
    assert_eq!((first.status, second.status), (303, 303));
    assert!(all(app.db()).is_empty());
    admin.get(&path).await.expect(200).has("L’import est annulé");
    app.leaves_work();
}

async fn territories_come_in_with_what_they_lie_in(app: TestApp) {
    app.works_imports();
    let admin = app.sign_in(Who::Administrator);
    let bytes = file(
        Format::Xlsx,
        &[
            vec!["Code", "Nom", "Nature", "Dans le territoire", "Communes", "Quartiers"],
            vec!["TIS-CENTRE", "TIS Centre", "tis", "MDS de Poitiers", "", "Poitiers : Centre"],
            vec!["MDS-POITIERS", "MDS de Poitiers", "mds", "", "Poitiers, Saint-Benoît", ""],
            vec![HERE, "MDS de Loudun et du Pays", "mds", "", "Loudun", ""],
        ],
    );
    let path = give(&admin, "territories", "territoires.xlsx", &bytes).await;
    admin.get(&path).await.expect(200).has("Tout est prêt").has("MDS de Loudun et du Pays");
    admin.post(&format!("{path}/importer"), &[]).await.expect(303);
    let atlas = app.read(traitdunion::territories::service::atlas);
    let tis = atlas.territory("TIS-CENTRE").expect("the TIS");
    assert_eq!((tis.within.as_deref(), tis.parts.len()), (Some("MDS-POITIERS"), 1));
    assert_eq!(atlas.name(HERE), "MDS de Loudun et du Pays");
    admin.post(&format!("{path}/annuler"), &[]).await.expect(303);
    let atlas = app.read(traitdunion::territories::service::atlas);
    assert!(atlas.territory("TIS-CENTRE").is_none() && atlas.territory("MDS-POITIERS").is_none());
    assert_eq!(atlas.name(HERE), "MDS de Loudun");
    app.leaves_work();
}

async fn a_file_of_lines_is_checked_at_once(app: TestApp) {
    app.works_imports();
    let admin = app.sign_in(Who::Administrator);
    let bytes = b"{\"title\": \"Marcher\", \"territories\": [\"Loudun\"]}\n{\"title\": \"Lire\", \"starts_on\": \"hier\"}\n";
    let path = give(&admin, "actions", "a.jsonl", bytes).await;
    admin.get(&path).await.expect(200).has("Une ligne est à corriger").has("« hier »");
    admin.post(&format!("{path}/importer"), &[("leave", "wrong")]).await.expect(303);
    assert_eq!(all(app.db())[0].fields.territories, ["86137"]);
    app.leaves_work();
}

async fn lists_give_files_as_they_filter(app: TestApp) {
    app.works_imports();
    let admin = app.sign_in(Who::Administrator);
    let bytes = file(
        Format::Csv,
        &[
            vec!["Titre", "Présentation", "Étape", "Territoires", "Visibilité", "Lieu", "Lieu communiqué à l’inscription"],
            vec!["Marcher à Loudun", "x", "Publiée", "Loudun", "Public", "12 rue cachée", "oui"],
            vec!["Lire à Civray", "x", "Publiée", "Civray", "Public", "", ""],
            vec!["=Entre nous", "x", "Publiée", "Loudun", "Agents du Département seulement", "", ""],
            vec!["Brouillon", "", "", "Loudun", "", "", ""],
        ],
    );
    let path = give(&admin, "actions", "a.csv", &bytes).await;
    admin.post(&format!("{path}/importer"), &[]).await.expect(303);
    app.work().await;
    let visitor = app.visitor();
    visitor.get("/actions?territory=86137").await.expect(200).has("/actions/export?format&#x3D;xlsx&amp;territory&#x3D;86137");
    let csv = visitor.get("/actions/export?format=csv&territory=86137").await.expect(200);
    assert!(csv.text.contains("Marcher à Loudun") && !csv.text.contains("Civray") && !csv.text.contains("Entre nous"), "{}", csv.text);
    assert!(!csv.text.contains("rue cachée"), "a withheld address leaks: {}", csv.text);
    assert!(csv.header("content-disposition").contains("actions-2026-03-03.csv") && csv.header("content-type").starts_with("text/csv"));
    let internal = app.sign_in(Who::WorkerElsewhere).get("/actions/export?format=csv").await.expect(200);
    assert!(internal.text.contains("'=Entre nous") && !internal.text.contains("Brouillon"), "{}", internal.text);
    for (format, start) in [("xlsx", b"PK".as_slice()), ("ods", b"PK"), ("jsonl", b"{")] {
        let given = visitor.get(&format!("/actions/export?format={format}&q=marcher")).await.expect(200);
        assert!(given.bytes.starts_with(start), "{format}");
    }
    visitor.get("/actions/export?format=pdf").await.expect(400).has("pdf");
    visitor.get("/actions/export?format=csv&theme=nulle-part").await.expect(400);
    visitor.get("/territoires/export?format=csv").await.expect(200).has("MDS-NORD;MDS de Loudun");
    visitor.get("/recherche?type=action").await.expect(200).has("/actions/export?");
    assert!(!visitor.get("/recherche?q=marcher").await.expect(200).text.contains("/actions/export?"));
}
