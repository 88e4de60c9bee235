//! Conventions in files: fifty from a spreadsheet, what is wrong with them, undone, brought again, and there and back with their acts.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use traitdunion::accounts::model::{Actor, By, Viewer};
use traitdunion::conventions::acts;
use traitdunion::conventions::model::{Kind, Stage};
use traitdunion::conventions::service::{self as conventions, Convention, Filter};
use traitdunion::db::{Conn, Db};
use traitdunion::error::Result;
use traitdunion::events::Record;
use traitdunion::imports::files::Format;
use traitdunion::kernel::{Chance, Day, Page, Visibility};
use traitdunion::partners;
use traitdunion::partners::model::OrganisationKind;
use traitdunion::versions;

use super::{file, give};
use crate::support::engine::Database;
use crate::support::program::{program, run};
use crate::support::world::{self, World};
use crate::support::{Engine, TestApp, Who, both};

both!(
    a_spreadsheet_of_signed_conventions_comes_in_by_the_page,
    what_is_wrong_is_named_beside_its_cell,
    what_is_taken_away_comes_back_with_its_acts,
    what_another_convention_leans_on_is_not_undone,
    lists_give_their_conventions,
);

fn all(conn: &mut Conn) -> Result<Vec<Convention>> {
    let viewer = Viewer(Some(Actor::command_line()));
    let mut found = conventions::list(conn, &viewer, &Filter::default(), Page { number: 1, size: Page::LARGEST })?.items;
    found.sort_by_key(|one| one.id.clone());
    Ok(found)
}

fn spreadsheet(format: Format) -> Vec<u8> {
    let titles =
        ["N° de convention", "Objet", "Partenaires", "Signée le", "Terme", "Reconduction", "Période (mois)", "Préavis", "Référence", "Remplace"];
    let le_pont = "Association Le Pont (Dominique Roy, présidente)";
    file(
        format,
        &[
            titles.to_vec(),
            vec!["2019-4", "Accueil des familles", le_pont, "12/01/2025", "31/12/2025", "tacite", "12", "3 mois", "C1", ""],
            vec!["1995-1", "Avec l’État", "Association Le Pont | Département", "1 juin 1995", "", "", "", "", "C2", "C3"],
            vec!["", "L’ancienne", "association le pont", "01/02/1994", "31/12/1996", "", "", "", "C3", ""],
            vec!["", "À écrire", "", "", "", "", "", "", "C4", "2019-4"],
        ],
    )
}

async fn a_spreadsheet_of_signed_conventions_comes_in_by_the_page(app: TestApp) {
    app.works_imports();
    let (manager, api) = (app.sign_in(Who::Manager), app.api(Who::Manager));
    let page = manager.get("/import?quoi=conventions").await.expect(200).has("Parties").has("Nom du partenaire (signataire, qualité)");
    assert!(!page.text.contains("Actes"), "acts are for files of lines");
    let path = give(&manager, "conventions", "Conventions.xlsx", &spreadsheet(Format::Xlsx)).await;
    let seen = manager.get(&path).await.expect(200).has("Tout est prêt").has("Importer 4\u{a0}conventions");
    assert!(seen.text.contains("À compléter plus tard") && seen.text.contains("Fichier signé"), "{}", seen.text);
    manager.post(&format!("{path}/importer"), &[]).await.expect(303);
    manager.get(&path).await.expect(200).has("L’import est fait");

    let listed = api.get("/api/v1/conventions").await.expect(200).json();
    let of = |id: &str| listed["items"].as_array().unwrap().iter().find(|one| one["external_id"] == id).cloned().unwrap();
    let (tacit, endless, old, draft) = (of("C1"), of("C2"), of("C3"), of("C4"));
    let told = |one: &Value| ["number", "stage", "situation", "current_term", "signed_on", "level"].map(|field| one[field].clone()).to_vec();
    assert_eq!(json!(told(&tacit)), json!(["2019-4", "signed", "in_force", "2026-12-31", "2025-01-12", "mds"]));
    assert_eq!(json!(told(&endless)), json!(["1995-1", "signed", "in_force", null, "1995-06-01", "mds"]));
    assert_eq!(json!(told(&old)), json!([null, "signed", "replaced", "1996-12-31", "1994-02-01", "mds"]));
    assert_eq!(json!(told(&draft)), json!([null, "draft", null, null, null, "mds"]));
    assert_eq!((&endless["replaces"], &draft["replaces"]), (&old["id"], &tacit["id"]));
    assert_eq!((&tacit["notice_by"], &tacit["parties"][1]["signatory"]), (&json!("2026-09-30"), &json!("Dominique Roy")));
    assert_eq!(tacit["parties"][0]["partner"], Value::Null, "the Département is a party of all");
    assert_eq!(endless["parties"].as_array().unwrap().len(), 2);
    app.work().await;
    manager.get("/recherche?q=familles&type=convention").await.expect(200).has("Accueil des familles");

    // The same identifier updates; what changes is shown first, and undone alone.
    let again = file(Format::Csv, &[vec!["Référence", "Visibilité", "Préavis, en mois"], vec!["C1", "Partenaires", "3"], vec!["C2", "", ""]]);
    let update = give(&manager, "conventions", "suite.csv", &again).await;
    manager.get(&update).await.expect(200).has("Visibilité").has("Importer 1\u{a0}convention");
    manager.post(&format!("{update}/importer"), &[]).await.expect(303);
    let version = |conn: &mut Conn| Ok(all(conn)?.into_iter().find(|one| one.number.as_deref() == Some("2019-4")).unwrap());
    let after = app.read(version);
    assert_eq!((after.fields.visibility, after.version), (Visibility::Partners, 2));
    manager.post(&format!("{path}/annuler"), &[]).await.expect(303);
    manager.get(&path).await.expect(200).has("L’annulation n’est pas possible pour tout").has("modifiée depuis par Camille responsable");
    manager.post(&format!("{update}/annuler"), &[]).await.expect(303);
    let undone = app.read(version);
    assert_eq!((undone.fields.visibility, undone.fields.notice_months, undone.version), (Visibility::Internal, Some(3), 3));
    app.leaves_work();
}

async fn what_another_convention_leans_on_is_not_undone(app: TestApp) {
    app.works_imports();
    let manager = app.sign_in(Who::Manager);
    let path = give(&manager, "conventions", "Conventions.ods", &spreadsheet(Format::Ods)).await;
    manager.post(&format!("{path}/importer"), &[]).await.expect(303);
    let next = json!({ "object": "La suite", "level": "mds", "territories": [world::HERE], "replaces": "C1" });
    app.api(Who::Manager).post("/api/v1/conventions", &next).await.expect(201);
    manager.post(&format!("{path}/annuler"), &[]).await.expect(303);
    manager.get(&path).await.expect(200).has("une autre convention la remplace");
    manager.post(&format!("{path}/annuler"), &[("leave", "changed")]).await.expect(303);
    let mut left: Vec<String> = app.read(all).into_iter().map(|one| one.fields.object).collect();
    left.sort();
    assert_eq!(left, ["Accueil des familles", "La suite"]);
    app.leaves_work();
}

async fn lists_give_their_conventions(app: TestApp) {
    app.works_imports();
    let manager = app.sign_in(Who::Manager);
    let path = give(&manager, "conventions", "Conventions.csv", &spreadsheet(Format::Csv)).await;
    manager.post(&format!("{path}/importer"), &[]).await.expect(303);
    let given = manager.get("/conventions/export?state=replaced&format=csv").await.expect(200);
    assert!(given.header("content-disposition").contains("conventions-2026-03-03.csv"));
    assert!(given.text.contains("État;Terme en cours") && given.text.contains("Remplacée;31/12/1996"), "{}", given.text);
    assert!(given.text.contains("L’ancienne") && !given.text.contains("Accueil des familles") && !given.text.contains("Actes"), "{}", given.text);
    let lines = manager.get("/conventions/export?format=jsonl").await.expect(200).text;
    assert_eq!(lines.lines().count(), 4);
    assert!(lines.contains("\"partner_name\":\"Association Le Pont\""), "{lines}");
    assert_eq!(app.visitor().get("/conventions/export?format=jsonl").await.expect(200).text, "");
    manager.get("/conventions/export?state=nulle").await.expect(400);
    app.leaves_work();
}

fn import(database: &Database, path: &str, more: &[&str]) -> (Option<i32>, String) {
    let command = ["import", "conventions", path].into_iter().chain(more.iter().copied());
    run(program(database.path()).env("TRAITDUNION_DATABASE_URL", database.variable()).args(command))
}

async fn what_is_wrong_is_named_beside_its_cell(engine: Engine) {
    let (database, _) = engine.fresh();
    let write = |name: &str, bytes: &[u8]| {
        let path = database.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let refused = |name: &str, bytes: &[u8], says: &[&str]| {
        let (code, said) = import(&database, &write(name, bytes), &[]);
        assert_eq!(code, Some(2), "{name}: {said}");
        for part in says {
            assert!(said.contains(part), "{name}: « {part} » is not in: {said}");
        }
    };
    let titles = vec!["Référence", "Objet", "Parties", "Signée le", "Premier jour", "Terme", "Reconduction", "Période, en mois", "Préavis, en mois"];
    let titles = [titles, vec!["Remplace", "Numéro", "Étape"]].concat();
    let row = |given: &[(&str, &'static str)]| -> Vec<&str> {
        titles.iter().map(|title| given.iter().find(|(name, _)| name == title).map_or("", |(_, said)| *said)).collect()
    };
    let lines = [
        titles.clone(),
        row(&[("Objet", "a"), ("Parties", "CAF86 | Association Le Pont")]),
        row(&[("Objet", "b"), ("Préavis, en mois", "trois")]),
        row(&[("Objet", "c"), ("Reconduction", "tacite")]),
        row(&[("Objet", "d"), ("Premier jour", "01/01/2026"), ("Terme", "31/12/2025")]),
        row(&[("Objet", "e"), ("Remplace", "2018-7")]),
        row(&[("Objet", "f"), ("Référence", "F"), ("Remplace", "G")]),
        row(&[("Objet", "g"), ("Référence", "G"), ("Remplace", "F")]),
        row(&[("Objet", "h"), ("Signée le", "04/03/2099")]),
        row(&[("Objet", "i"), ("Numéro", "2020-1")]),
        row(&[("Objet", "j"), ("Signée le", "31/02/2025"), ("Étape", "Signée")]),
        row(&[("Objet", ""), ("Signée le", "03/02/2025")]),
        row(&[("Objet", "k"), ("Période, en mois", "12")]),
        row(&[("Objet", "l"), ("Étape", "À signer")]),
    ];
    let says = [
        "ligne 2, colonne «\u{a0}Parties\u{a0}»\u{a0}: « CAF86 » n’est pas un partenaire connu",
        "ligne 3, colonne «\u{a0}Préavis, en mois\u{a0}»\u{a0}: « trois » n’est pas un nombre entier",
        "ligne 4, colonne «\u{a0}Période, en mois\u{a0}»\u{a0}: Dites pour combien de mois",
        "ligne 5, colonne «\u{a0}Terme\u{a0}»\u{a0}: Le terme (31/12/2025) est avant",
        "ligne 6, colonne «\u{a0}Remplace\u{a0}»\u{a0}: « 2018-7 » n’est le numéro ni l’identifiant",
        "ligne 7, colonne «\u{a0}Remplace\u{a0}»\u{a0}: Une convention ne se remplace pas elle-même",
        "ligne 8, colonne «\u{a0}Remplace\u{a0}»\u{a0}: Une convention ne se remplace pas elle-même",
        "ligne 9, colonne «\u{a0}Signée le\u{a0}»\u{a0}: Le 04/03/2099 n’est pas encore venu",
        "ligne 10, colonne «\u{a0}Numéro\u{a0}»\u{a0}: Le numéro est donné à la validation",
        "ligne 11, colonne «\u{a0}Signée le\u{a0}»\u{a0}: « 31/02/2025 » n’est pas une date",
        "ligne 12, colonne «\u{a0}Objet\u{a0}»\u{a0}: Dites l’objet",
        "ligne 13, colonne «\u{a0}Reconduction\u{a0}»\u{a0}: Dites si la reconduction est tacite",
        "ligne 14, colonne «\u{a0}Numéro\u{a0}»\u{a0}: À cette étape",
        "Rien n’a été importé",
    ];
    refused("conventions.csv", &file(Format::Csv, &lines), &says);
    refused("conventions.xlsx", &file(Format::Xlsx, &lines), &says);
    let twice = [titles.clone(), row(&[("Objet", "a"), ("Référence", "A")]), row(&[("Objet", "b"), ("Référence", "A")])];
    refused("twice.ods", &file(Format::Ods, &twice), &["« A » est deux fois dans le fichier"]);
    refused("partner.jsonl", b"{\"object\": \"a\", \"parties\": [{\"partner\": \"CAF86\"}]}", &["« CAF86 » n’est pas un partenaire connu"]);
    let acts = |acts: &str| format!("{{\"object\": \"a\", \"signed_on\": \"2025-01-01\", \"ends_on\": \"2026-12-31\", \"acts\": {acts}}}");
    let ended = "[{\"kind\": \"resiliation\", \"ground\": \"Un motif\", \"notified_on\": \"2025-06-01\", \"effective_on\": \"2025-05-01\"}]";
    refused("acts.jsonl", acts(ended).as_bytes(), &["acte 1", "avant d’être notifiée"]);
    let draft = "[{\"kind\": \"avenant\", \"object\": \"Un projet\", \"changes\": {\"visibility\": \"public\"}}]";
    refused("draft.jsonl", acts(draft).as_bytes(), &["acte 1", "Un avenant ne change pas « visibility »"]);
    let abandoned = "[{\"kind\": \"avenant\", \"object\": \"Un projet\", \"stage\": \"abandoned\"}]";
    refused("abandoned.jsonl", acts(abandoned).as_bytes(), &["acte 1", "pas ceux qui sont abandonnés"]);
    let db = Db::open(&database.url).unwrap();
    assert!(db.read_now(all).unwrap().is_empty());

    // What is here moves by its page, and what an avenant changed by another.
    let avenant = "[{\"kind\": \"avenant\", \"signed_on\": \"2025-06-01\", \"changes\": [{\"field\": \"ends_on\", \"after\": \"2027-12-31\"}]}]";
    let given = acts(avenant).replace("{\"object\"", "{\"external_id\": \"A\", \"object\"");
    assert_eq!(import(&database, &write("ok.jsonl", given.as_bytes()), &[]).0, Some(0));
    let corrected = ["Une convention signée change par un avenant", "« Motif de la correction »"];
    refused("corrected.csv", "Référence;Objet\nA;Autre objet\n".as_bytes(), &[&["colonne «\u{a0}Objet"], &corrected[..]].concat());
    refused("corrected.jsonl", b"{\"external_id\": \"A\", \"object\": \"Autre objet\", \"reason\": \" \"}", &corrected);
    refused("moved.csv", "Référence;Étape\nA;Brouillon\n".as_bytes(), &["est ici à l’étape « Signée »"]);
    refused("amended.csv", "Référence;Terme\nA;31/12/2028\n".as_bytes(), &["colonne «\u{a0}Terme", "Un avenant ou une reconduction a changé"]);
    refused("gone.jsonl", b"{\"external_id\": \"A\", \"acts\": []}", &["un acte fait ne se retire pas"]);
    let other = given.replace("2027-12-31", "2027-11-30");
    refused("other.jsonl", other.as_bytes(), &["acte 1", "ce n’est pas celui qui est enregistré"]);
    let more = given.replace("}]}]", "}]}, {\"kind\": \"denonciation\", \"notified_on\": \"2025-09-01\"}]");
    let (code, said) = import(&database, &write("more.jsonl", more.as_bytes()), &[]);
    assert!(code == Some(0) && said.contains("1 mise à jour"), "{said}");
    let one = db.read_now(all).unwrap().remove(0);
    assert_eq!((one.version, one.acts.len(), one.stored.current_term), (2, 3, Day::parse("2027-12-31")));
    // For a reason, what was typed wrong is corrected, and the history says it; what is no part of the agreement asks for none.
    let reasoned = "Référence;Objet;Motif\nA;Autre objet;Faute de frappe\n".as_bytes();
    assert_eq!(import(&database, &write("reasoned.csv", reasoned), &[]).0, Some(0));
    assert_eq!(import(&database, &write("open.csv", "Référence;Visibilité\nA;Partenaires\n".as_bytes()), &[]).0, Some(0));
    let told = |conn: &mut Conn| Ok::<_, traitdunion::error::Error>(versions::list(conn, &Record::convention(&one.id), Page::first())?.items);
    let reasons: Vec<String> = db.read_now(told).unwrap().into_iter().map(|version| version.reason).collect();
    assert_eq!(reasons, ["", "Faute de frappe", "", ""]);
    assert_eq!(db.read_now(all).unwrap().remove(0).fields.object, "Autre objet");
}

/// What comes out, other records by their names: fields, stage, number, what was done, and where it stands on some days.
fn told(db: &Db, with_acts: bool) -> BTreeMap<String, Value> {
    db.read_now(|conn| {
        let names: BTreeMap<String, String> = partners::service::all(conn)?.into_iter().map(|one| (one.id.to_string(), one.name)).collect();
        let mut found = BTreeMap::new();
        for mut one in all(conn)? {
            if !with_acts {
                one.acts.retain(|act| act.content.signer().is_some());
            }
            let mut acts: Vec<Value> =
                one.acts.iter().filter(|act| act.content.stage().as_str() != "abandoned").map(|act| json!(act.content)).collect();
            acts.sort_by_key(Value::to_string);
            let days = ["2022-06-01", "2025-06-01", "2026-03-03", "2027-06-01"].map(|day| {
                let standing = one.standing(Day::parse(day).unwrap());
                json!([standing.situation, standing.term, standing.notice_by, standing.fields])
            });
            let mut said = json!({ "fields": one.fields, "stage": one.life.stage, "number": one.number, "acts": acts, "days": days }).to_string();
            for (id, name) in &names {
                said = said.replace(id.as_str(), name);
            }
            found.insert(one.id.to_string(), serde_json::from_str(&said).unwrap());
        }
        Ok::<_, traitdunion::error::Error>(found)
    })
    .unwrap()
}

fn second_partner(db: &Db, seed: u64) -> String {
    let add = |conn: &mut Conn| partners::service::add(conn, "CAF (Vienne)", OrganisationKind::Caf, world::now(), &Chance::seeded(seed));
    db.write_now(add).unwrap().id.to_string()
}

/// Conventions at every stage, of every kind, with acts of every kind.
fn fill(conn: &mut Conn, world: &World, caf: &str) -> Result<()> {
    let (robot, chance, today) = (Actor::command_line(), Chance::seeded(3), world::today());
    let by = By { actor: &robot, now: world::now(), chance: &chance };
    for stage in Stage::ALL {
        world::convention(conn, world, &chance, *stage, Visibility::Public)?;
    }
    let enter = |conn: &mut Conn, more: Value, done: &[Value]| -> Result<Convention> {
        let mut given = json!({ "stage": "signed", "signed_on": "2021-12-15", "starts_on": "2022-01-01", "ends_on": "2022-12-31" });
        let more = more.as_object().cloned().unwrap();
        given.as_object_mut().unwrap().extend(more);
        let mut one = conventions::create(conn, by, today, given.as_object().unwrap())?;
        for body in done {
            one = acts::record(conn, by, today, &one.id, None, body.as_object().unwrap())?.convention;
        }
        Ok(one)
    };
    let vote = json!({ "organ": "conseil d’administration", "number": "2021-12", "dated": "2021-12-01", "enforceable_on": "2021-12-10" });
    let parties = json!([
        { "partner": null, "signatory": "La présidente", "capacity": "du Département", "signed_on": "2021-12-15" },
        { "partner": caf, "signatory": "D. Roy, par délégation", "authorisation": vote, "signed_on": "2021-12-16" },
    ]);
    let amount = json!({ "amount_eur_per_year": 1500.5, "direction": "paid", "is_subsidy": true });
    let joined = json!([{ "partner": null }, { "partner": caf }, { "partner": world.organisation, "signatory": "Zoé" }]);
    let avenant = json!({ "kind": "avenant", "object": "Une partie de plus", "signed_on": "2023-03-01", "effective_on": "2023-04-01",
        "changes": { "parties": joined, "notice_months": 2 } });
    let mut tacit =
        json!({ "object": "Tacite", "number": "T-1", "parties": parties, "renewal": { "kind": "tacit", "period_months": 12 }, "notice_months": 3 });
    tacit.as_object_mut().unwrap().extend(amount.as_object().cloned().unwrap());
    enter(
        conn,
        tacit,
        &[
            avenant,
            json!({ "kind": "avenant", "object": "En projet", "changes": { "notice_months": 1 }, "effective_on": "2026-06-01" }),
            json!({ "kind": "denonciation", "partner": caf, "notified_on": "2026-02-01", "note": "Trop tard ?" }),
        ],
    )?;
    let express = json!({ "object": "Expresse", "renewal": { "kind": "express", "period_months": 24, "max": 2 } });
    enter(
        conn,
        express,
        &[
            json!({ "kind": "reconduction", "decided_on": "2022-11-01" }),
            json!({ "kind": "reconduction", "decided_on": "2024-11-01", "ends_on": "2026-06-30" }),
        ],
    )?;
    let old = enter(conn, json!({ "object": "Remplacée", "external_id": "OLD" }), &[])?;
    enter(
        conn,
        json!({ "object": "Résiliée", "external_id": "R" }),
        &[json!({ "kind": "resiliation", "ground": "Un motif", "notified_on": "2022-03-01", "effective_on": "2022-04-01" })],
    )?;
    let next = enter(
        conn,
        json!({ "object": "Qui remplace", "replaces": "OLD", "starts_on": "2022-07-01", "ends_on": null, "review_on": "2027-01-01" }),
        &[],
    )?;
    enter(conn, json!({ "object": "Charte", "kind": Kind::Charter, "ends_on": null, "effect": "last_signature" }), &[])?;
    enter(conn, json!({ "object": "De 1995, sans rien", "signed_on": null, "ends_on": null, "starts_on": null }), &[])?;
    // What was entered first replaces what came later.
    let body = json!({ "replaces": next.id, "version": old.version });
    let refused = conventions::change(conn, by, today, &old.id, old.version, body.as_object().unwrap());
    assert!(refused.is_err(), "they would replace each other");
    let first = all(conn)?.into_iter().find(|one| one.life.stage == Stage::Draft).unwrap();
    let body = json!({ "replaces": "R" });
    conventions::change(conn, by, today, &first.id, first.version, body.as_object().unwrap())?;
    Ok(())
}

async fn what_is_taken_away_comes_back_with_its_acts(engine: Engine) {
    let (from, world) = engine.fresh();
    let source = Db::open(&from.url).unwrap();
    let caf = second_partner(&source, 11);
    source.write_now(|conn| fill(conn, &world, &caf)).unwrap();
    for format in Format::ALL {
        let (to, _) = engine.fresh();
        let target = Db::open(&to.url).unwrap();
        assert_ne!(second_partner(&target, 12), caf);
        let path = from.path().join(format!("conventions.{format}")).to_str().unwrap().to_owned();
        let (code, said) = run(program(from.path()).env("TRAITDUNION_DATABASE_URL", from.variable()).args(["export", "conventions", &path]));
        assert_eq!(code, Some(0), "{said}");
        let (code, said) = import(&to, &path, &[]);
        assert_eq!(code, Some(0), "{format}: {said}");
        // Tables hold conventions as they were signed, files of lines what was done since too.
        let with_acts = *format == Format::Jsonl;
        let (expected, found) = (told(&source, with_acts), told(&target, with_acts));
        assert_eq!(found.len(), expected.len());
        for (id, one) in &expected {
            assert_eq!(found.get(id), Some(one), "{format}: {id}");
        }
        for database in [&to, &from] {
            let (code, said) = import(database, &path, &["--dry-run"]);
            assert!(code == Some(0) && said.contains(&format!("0 mise à jour, {} inchangées", expected.len())), "{format}: {said}");
        }
    }
}
