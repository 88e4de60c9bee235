//! Much at once, for those who follow: an import is told by its number, and what is new stays so however much comes between.

use diesel::prelude::*;
use serde_json::json;
use traitdunion::accounts::model::By;
use traitdunion::actions::model::Verb;
use traitdunion::actions::service::{self as actions, Action};
use traitdunion::db::Conn;
use traitdunion::db::schema::{news, notices};
use traitdunion::imports::files::Format;
use traitdunion::kernel::ids;

use crate::imports::{file, give};
use crate::support::letters::Letter;
use crate::support::{TestApp, Who, both, world};

both!(an_import_is_told_by_its_number_and_what_few_of_it_follow_by_name, what_is_new_stays_so_however_much_comes_between);

const ADDRESS: &str = "agnes@exemple.fr";

async fn letters(app: &TestApp, address: &str) -> Vec<Letter> {
    app.work().await;
    Letter::all(app.mails()).into_iter().filter(|letter| letter.to == address).collect()
}

/// A file of actions of which two are about gardens.
async fn import(app: &TestApp, name: &str, count: usize) {
    let titles: Vec<String> =
        (0..count).map(|number| if number < 2 { format!("Jardin {name} {number}") } else { format!("Atelier {name} {number}") }).collect();
    let mut lines = vec![vec!["Intitulé", "Présentation", "Publics", "Thèmes", "Territoires", "Date de début", "Courriel", "Étape"]];
    let theme = "equipement-et-alimentation--alimentation";
    lines.extend(
        titles.iter().map(|title| vec![title.as_str(), "Une heure.", "Familles", theme, "Loudun", "3 mars 2026", "mds@vienne.example", "Publiée"]),
    );
    let manager = app.sign_in(Who::Administrator);
    let path = give(&manager, "actions", &format!("{name}.csv"), &file(Format::Csv, &lines)).await;
    manager.post(&format!("{path}/importer"), &[]).await.expect(303);
    for _ in 0..200 {
        if manager.get(&path).await.expect(200).text.contains("L’import est fait") {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the import never ends");
}

async fn an_import_is_told_by_its_number_and_what_few_of_it_follow_by_name(app: TestApp) {
    app.works_imports();
    let agent = app.sign_in(Who::WorkerElsewhere);
    for (search, rhythm) in [("", "immediate"), ("q=jardin", "daily")] {
        agent.post("/abonnements/nouveau", &[("search", search), ("rhythm", rhythm)]).await.expect(303);
    }
    let importer = app.sign_in(Who::Administrator);
    importer.post("/abonnements/nouveau", &[("search", ""), ("rhythm", "immediate")]).await.expect(303);
    let visitor = app.visitor();
    visitor.post("/abonnements/nouveau", &[("search", "type=action&q=atelier"), ("rhythm", "weekly"), ("email", ADDRESS)]).await.expect(200);
    let asked = letters(&app, ADDRESS).await;
    let at = asked[0].text.find(&app.url).unwrap();
    let link = asked[0].text[at..].split_whitespace().next().unwrap().strip_prefix(&app.url).unwrap().to_owned();
    let id = visitor.get(&link).await.expect(200).field("id").expect("what it asked").to_owned();
    visitor.post(&link, &[("do", "confirm"), ("id", &id)]).await.expect(303);

    import(&app, "d’hiver", 60).await;
    assert!(letters(&app, &Who::WorkerElsewhere.email()).await.is_empty(), "the rest may come within ten minutes");
    let seen = agent.get("/notifications").await.expect(200).has("60\u{a0}actions ajoutées ou mises à jour").has("Tout le registre");
    assert!(seen.text.contains("/recherche?type&#x3D;action&amp;sort&#x3D;date"), "{}", seen.text);
    assert!(!seen.text.contains("Atelier d’hiver 7") && seen.text.contains("Jardin d’hiver 1"), "{}", seen.text);
    agent.get("/recherche?type=action&sort=date").await.expect(200).has("Atelier d’hiver");
    let written: i64 = app.read(|conn| Ok(notices::table.filter(notices::due_at.is_not_null()).count().get_result(conn)?));
    assert_eq!(written, 1 + 2 + 1, "one line for all, the two gardens by name, and one for whoever follows the rest");

    app.pass(601);
    let told = letters(&app, &Who::WorkerElsewhere.email()).await;
    assert_eq!(
        told.iter().map(|letter| letter.subject.as_str()).collect::<Vec<_>>(),
        ["60\u{a0}actions ajoutées ou mises à jour\u{a0}: «\u{a0}Tout le registre\u{a0}»"]
    );
    // Another import in the same week is added to what waits.
    import(&app, "d’été", 40).await;
    app.pass(8 * 24 * 3600);
    let told = letters(&app, ADDRESS).await;
    assert_eq!(
        told.iter().map(|letter| letter.subject.as_str()).collect::<Vec<_>>(),
        ["96\u{a0}actions ajoutées ou mises à jour\u{a0}: «\u{a0}“atelier”, Actions collectives\u{a0}»"]
    );
    assert!(told[0].text.contains("/recherche?q=atelier&type=action&sort=date"), "{}", told[0].text);
    for (address, most) in [(Who::WorkerElsewhere.email(), 0), (Who::Administrator.email(), 0), (ADDRESS.to_owned(), 0)] {
        app.pass(8 * 24 * 3600);
        assert_eq!(letters(&app, &address).await.len(), most, "{address}");
    }
}

fn published(app: &TestApp) -> Action {
    app.write(|conn| {
        let manager = app.world.actor(conn, Who::Manager)?;
        let by = By { actor: &manager, now: app.now(), chance: &app.app.chance };
        let action = actions::create(conn, by, &world::whole_action())?;
        actions::carry_out(conn, by, &action.id, action.version, Verb::Publish, "")
    })
}

/// Versions of records that nobody may read: more than are looked at together.
fn fill(app: &TestApp) {
    app.write(|conn| {
        for some in 0..5 {
            let rows: Vec<_> = (0..500)
                .map(|place| {
                    let id = ids::new(app.now(), &app.app.chance);
                    let row = (news::id.eq(id.clone()), news::record_kind.eq("action"), news::record_id.eq(id), news::event.eq("changed"));
                    (row, news::is_new.eq(false), news::changed.eq("[]"), news::at.eq(app.now().plus_millis(some * 500 + place)))
                })
                .collect();
            match conn {
                Conn::Sqlite(conn) => diesel::insert_into(news::table).values(&rows).execute(conn)?,
                Conn::Postgres(conn) => diesel::insert_into(news::table).values(&rows).execute(conn)?,
            };
        }
        Ok(())
    });
}

async fn what_is_new_stays_so_however_much_comes_between(app: TestApp) {
    let agent = app.sign_in(Who::WorkerElsewhere);
    agent.post("/abonnements/nouveau", &[("search", "type=action"), ("rhythm", "daily")]).await.expect(303);
    let action = published(&app);
    fill(&app);
    app.pass(60);
    app.write(|conn| {
        let manager = app.world.actor(conn, Who::Manager)?;
        let by = By { actor: &manager, now: app.now(), chance: &app.app.chance };
        let changed = json!({ "title": "Gérer son budget à deux" });
        actions::change(conn, by, &action.id, action.version, changed.as_object().unwrap())
    });
    app.pass(2 * 24 * 3600);
    let told = letters(&app, &Who::WorkerElsewhere.email()).await;
    assert_eq!(
        told.iter().map(|letter| letter.subject.as_str()).collect::<Vec<_>>(),
        ["Nouvelle action\u{a0}: «\u{a0}Gérer son budget à deux\u{a0}»"]
    );
}
