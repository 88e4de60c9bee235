//! Conventions as they are read: the register, what ends, who has none, the figures, and each one on any day.

use serde_json::{Value, json};
use traitdunion::accounts::model::{Actor, By, Viewer};
use traitdunion::conventions::service::{self as conventions, Convention};
use traitdunion::conventions::{acts, model::Verb};
use traitdunion::kernel::Visibility;
use traitdunion::kernel::ids::OrganisationId;
use traitdunion::partners::model::OrganisationKind;

use crate::support::world::{self, ELSEWHERE, HERE};
use crate::support::{TestApp, Who, both};

both!(
    nobody_finds_or_counts_what_is_not_theirs_to_read,
    the_register_filters_and_counts,
    the_first_line_speaks_to_its_reader,
    a_convention_is_read_on_any_day,
    two_days_are_compared,
    what_ends_is_told_month_by_month,
    partners_without_convention_are_found,
    signatures_are_counted_by_year,
    other_pages_show_what_is_in_force,
    the_history_is_read_by_those_who_write,
    an_old_version_comes_back_by_the_rules_of_a_correction,
    what_is_in_signature_or_abandoned_stays_as_it_is,
);

fn organisation(app: &TestApp, name: &str) -> OrganisationId {
    app.write(|conn| traitdunion::partners::service::add(conn, name, OrganisationKind::Caf, app.now(), &app.app.chance)).id
}

/// What one does as somebody, today.
fn done<T>(app: &TestApp, who: Who, work: impl FnOnce(&mut traitdunion::db::Conn, By<'_>) -> traitdunion::error::Result<T>) -> T {
    app.write(|conn| {
        let actor = app.world.actor(conn, who)?;
        work(conn, By { actor: &actor, now: app.now(), chance: &app.app.chance })
    })
}

/// A convention with these fields, over those of a yearly one of the first territory.
fn made(app: &TestApp, who: Who, partner: &OrganisationId, given: Value) -> Convention {
    app.leaves_work();
    let mut fields = json!({
        "stage": "signed", "object": "Accueil de jour", "level": "mds", "territories": [HERE], "signed_on": "2024-12-15",
        "parties": [{ "partner": partner, "signatory": "Anne Petit", "capacity": "directrice" }],
        "starts_on": "2025-01-01", "ends_on": "2026-12-31", "notice_months": 3,
    });
    for (name, value) in given.as_object().unwrap() {
        fields[name.as_str()] = value.clone();
    }
    if fields["stage"] == "draft" {
        fields.as_object_mut().unwrap().remove("signed_on");
    }
    done(app, who, |conn, by| conventions::create(conn, by, app.app.today(), fields.as_object().unwrap()))
}

fn page(convention: &Convention) -> String {
    format!("/conventions/{}", convention.id)
}

/// One of each level of reading: of the partner that has an account, of the CAF, a draft, one that is being signed.
fn some(app: &TestApp) -> [Convention; 5] {
    let (pont, caf) = (&app.world.organisation, organisation(app, "CAF de la Vienne"));
    let own = made(app, Who::Administrator, pont, json!({ "object": "Accueil avec Le Pont" }));
    let open = made(
        app,
        Who::Administrator,
        &caf,
        json!({ "object": "Charte publique", "kind": "charter", "ends_on": null, "notice_months": null, "visibility": "public" }),
    );
    let shared =
        made(app, Who::Administrator, &caf, json!({ "object": "Échanges entre partenaires", "ends_on": "2026-06-30", "visibility": "partners" }));
    let draft = made(app, Who::Manager, &caf, json!({ "stage": "draft", "object": "Brouillon discret" }));
    let signing = made(app, Who::Manager, pont, json!({ "stage": "draft", "object": "Signature attendue", "visibility": "internal" }));
    let mut moved = signing;
    for verb in [Verb::Submit, Verb::Validate, Verb::Send] {
        moved = done(app, Who::Manager, |conn, by| conventions::carry_out(conn, by, app.app.today(), &moved.id, moved.version, verb, ""));
    }
    [own, open, shared, draft, moved]
}

async fn nobody_finds_or_counts_what_is_not_theirs_to_read(app: TestApp) {
    let all = some(&app);
    let titles = ["Accueil avec Le Pont", "Charte publique", "Échanges entre partenaires", "Brouillon discret", "Signature attendue"];
    // The partner is a party to the first and the last.
    for (who, reads) in [
        (Who::Visitor, [false, true, false, false, false]),
        (Who::Partner, [true, true, true, false, true]),
        (Who::Worker, [true, true, true, false, true]),
        (Who::WorkerElsewhere, [true, true, true, false, true]),
        (Who::Manager, [true, true, true, true, true]),
        (Who::ManagerElsewhere, [true, true, true, false, true]),
        (Who::Administrator, [true; 5]),
    ] {
        let browser = app.sign_in(who);
        let mut register = browser.get("/conventions").await.expect(200);
        let count = reads.iter().filter(|reads| **reads).count();
        register = register.has(&if count == 1 { "1\u{a0}convention<".to_owned() } else { format!("{count}\u{a0}conventions<") });
        for (place, convention) in all.iter().enumerate() {
            register = if reads[place] { register.has(titles[place]) } else { register.lacks(titles[place]) };
            let status = if reads[place] { 200 } else { 404 };
            for path in ["", "?le=2025-06-01", "?le=nimporte", "/imprimer", "/comparer?de=2025-01-01&a=2026-01-01"] {
                let expected = if status == 200 && path == "?le=nimporte" { 400 } else { status };
                browser.get(&format!("{}{path}", page(convention))).await.expect(expected);
            }
        }
        // A facet counts what the list shows: the partner of what is hidden is not even named.
        let counts = facet(&register.text, "in_force");
        let expected: &[(&str, usize)] = match who {
            Who::Visitor => &[("yes", 1)],
            Who::Manager | Who::Administrator => &[("yes", 3), ("no", 2)],
            _ => &[("yes", 3), ("no", 1)],
        };
        assert_eq!(counts, expected.iter().map(|(value, count)| ((*value).to_owned(), *count)).collect::<Vec<_>>(), "{who:?}");
        if who == Who::Visitor {
            register = register.lacks("Le Pont").lacks("Brouillon");
        }
        let prepares = matches!(who, Who::Manager | Who::ManagerElsewhere | Who::Administrator);
        assert_eq!(register.text.contains("Nouvelle convention"), prepares, "{who:?}");
    }
    let menu = "href=\"/conventions\">Conventions</a>".replace('=', "&#x3D;");
    let menu = [menu, "href=\"/conventions\">Conventions</a>".to_owned()];
    for (who, shown) in [(Who::Visitor, false), (Who::Partner, true), (Who::Worker, true)] {
        let home = app.sign_in(who).get("/territoires").await.expect(200).text;
        assert_eq!(menu.iter().any(|menu| home.contains(menu)), shown, "{who:?}");
    }
}

/// The choices of a filter on a page, with what each would give.
fn facet(html: &str, name: &str) -> Vec<(String, usize)> {
    let field = format!("name=\"{name}\" value=\"");
    html.split(&field)
        .skip(1)
        .map(|piece| {
            let count = piece.split("facet__count\">").nth(1).unwrap().split('<').next().unwrap();
            (piece.split('"').next().unwrap().to_owned(), count.parse().unwrap())
        })
        .collect()
}

/// The objects of the conventions that a page lists, in its order.
fn listed(html: &str) -> Vec<String> {
    let object = |piece: &str| piece.split('>').nth(1).unwrap().split('<').next().unwrap().to_owned();
    html.split("result__title\"><a").skip(1).map(object).collect()
}

async fn the_register_filters_and_counts(app: TestApp) {
    some(&app);
    let browser = app.sign_in(Who::Administrator);
    for (query, count, has) in [
        ("state=in_force", "2\u{a0}conventions", "En vigueur jusqu’au 31\u{a0}décembre\u{a0}2026"),
        ("state=to_renew", "1\u{a0}convention<", "À renouveler\u{a0}: dernier jour de préavis le 30\u{a0}mars\u{a0}2026"),
        ("state=draft&state=to_renew", "2\u{a0}conventions", "Brouillon discret"),
        ("in_force=yes", "3\u{a0}conventions", "Charte publique"),
        ("level=departement", "Aucune convention", "ne répond à ces filtres"),
        ("kind=charter", "1\u{a0}convention<", "En vigueur, sans terme"),
        ("territory=MDS-SUD", "Aucune convention", "Retirer le filtre"),
        ("after=2026-07-01", "1\u{a0}convention<", "Accueil avec Le Pont"),
        ("before=2026-06-30&in_force=yes", "1\u{a0}convention<", "Échanges entre partenaires"),
        ("q=echanges+partenaires", "1\u{a0}convention<", "CAF de la Vienne"),
        ("sort=written", "5\u{a0}conventions", "2026-001"),
    ] {
        let answer = browser.get(&format!("/conventions?{query}")).await.expect(200).has(count);
        assert!(answer.text.contains(has), "{query}: « {has} » is not in:\n{}", answer.text);
        // Its file holds what the page shows, in the same order, and is offered when there is something to take.
        let file = browser.get(&format!("/conventions/export?format=jsonl&{query}")).await.expect(200).text;
        let file: Vec<String> =
            file.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["object"].as_str().unwrap().to_owned()).collect();
        assert_eq!(file, listed(&answer.text), "{query}");
        assert_eq!(answer.text.contains("/conventions/export?format"), !file.is_empty(), "{query}");
    }
    let exported = browser.get("/conventions?level=mds&page=1").await.expect(200).text.replace("&#x3D;", "=").replace("&amp;", "&");
    assert!(exported.contains("/conventions/export?format=xlsx&level=mds\"") && exported.contains("/import?quoi=conventions\""), "{exported}");
    app.sign_in(Who::Partner).get("/conventions").await.expect(200).has("/conventions/export?").lacks("/import?quoi");
    let partner = format!("/conventions?partner={}", app.world.organisation);
    let found = browser.get(&partner).await.expect(200).has("2\u{a0}conventions").has("Retirer le filtre </span>Association Le Pont");
    // The other filters stay: those of one partner only; all partners may still be chosen.
    assert_eq!(facet(&found.text, "state"), [("in_force".to_owned(), 1), ("signing".to_owned(), 1)]);
    assert_eq!(facet(&found.text, "partner").len(), 2);
    for wrong in ["state=signed", "kind=x", "partner=x", "territory=x", "theme=x", "after=hier", "sort=x", "page=0"] {
        browser.get(&format!("/conventions?{wrong}")).await.expect(400);
        if wrong != "page=0" {
            browser.get(&format!("/conventions/export?{wrong}")).await.expect(400);
        }
    }
}

async fn the_first_line_speaks_to_its_reader(app: TestApp) {
    let [own, _, shared, draft, signing] = some(&app);
    let line = async |who, convention: &Convention, line: &str| app.sign_in(who).get(&page(convention)).await.expect(200).has(line);
    line(Who::Manager, &signing, "Vous attendez les signatures du Département de la Vienne et de l’association Le Pont.").await;
    line(Who::Worker, &signing, "Elle attend les signatures du Département de la Vienne et de l’association Le Pont.").await;
    line(Who::Partner, &signing, "Le Département attend votre signature.").await.lacks("Historique");
    line(Who::Manager, &draft, "Soumettez-la à relecture.").await;
    line(Who::Manager, &shared, "Le dernier jour de préavis est le 30\u{a0}mars\u{a0}2026\u{a0}: décidez avant.").await;
    line(Who::Partner, &shared, "Elle prend fin le 30\u{a0}juin\u{a0}2026.").await.lacks("Jusqu’au terme").lacks("À compléter");
    line(Who::Manager, &own, "Elle est en vigueur jusqu’au 31\u{a0}décembre\u{a0}2026.").await.has("Joignez le fichier signé.").has("Jusqu’au terme");
}

async fn a_convention_is_read_on_any_day(app: TestApp) {
    let convention = prolonged(&app);
    let browser = app.sign_in(Who::Worker);
    let url = page(&convention);
    browser.get(&url).await.expect(200).has("En vigueur").has("31\u{a0}décembre\u{a0}2027").has("Avenant n°\u{a0}1\u{a0}: Prolongation d’un an");
    let before = browser.get(&format!("{url}?le=2025-06-01")).await.expect(200);
    before
        .has("telle qu’elle était le")
        .has("Elle est en vigueur jusqu’au 31\u{a0}décembre\u{a0}2026.")
        .has("Revenir à aujourd’hui")
        .lacks("Jusqu’au terme</h2>")
        .lacks("Prolongation");
    browser.get(&format!("{url}?le=2024-12-20")).await.expect(200).has("commence le 1er\u{a0}janvier\u{a0}2025");
    browser
        .get(&format!("{url}?le=01/01/2028"))
        .await
        .expect(200)
        .has("telle qu’elle sera le")
        .has("Elle est échue depuis le 1er\u{a0}janvier\u{a0}2028.");
    let print = browser.get(&format!("{url}/imprimer?le=2025-06-01")).await.expect(200);
    print.has("class=\"is-print\"").has("telle qu’elle était le").lacks("<nav class=\"site-nav\"");
}

/// A convention that an avenant, signed in January 2026, prolonged by a year.
fn prolonged(app: &TestApp) -> Convention {
    let convention = made(app, Who::Manager, &app.world.organisation, json!({}));
    let avenant = json!({ "kind": "avenant", "object": "Prolongation d’un an", "signed_on": "2026-01-10", "changes": { "ends_on": "2027-12-31" } });
    done(app, Who::Manager, |conn, by| acts::record(conn, by, app.app.today(), &convention.id, None, avenant.as_object().unwrap())).convention
}

async fn two_days_are_compared(app: TestApp) {
    let convention = prolonged(&app);
    let browser = app.sign_in(Who::Partner);
    let url = format!("{}/comparer", page(&convention));
    let compared = browser.get(&format!("{url}?a=2025-06-01&de=2026-02-01")).await.expect(200);
    let compared = compared.has("Ce qui change du 1er\u{a0}juin\u{a0}2025 au 1er\u{a0}février\u{a0}2026").has("Prolongation d’un an");
    compared.has("31\u{a0}décembre\u{a0}2026<").has("31\u{a0}décembre\u{a0}2027<").lacks("Responsable du suivi").lacks("Camille responsable");
    let same = browser.get(&format!("{url}?de=2026-02-01&a=2026-02-10")).await.expect(200);
    same.has("Ces deux jours, elle dit la même chose.").has("Aucun acte.");
    browser.get(&url).await.expect(400).has("Choisissez deux jours");
}

async fn what_ends_is_told_month_by_month(app: TestApp) {
    some(&app);
    let caf = organisation(&app, "CAF");
    made(
        &app,
        Who::Administrator,
        &caf,
        json!({ "object": "Convention de 1995", "ends_on": null, "notice_months": null, "review_on": "2026-01-31" }),
    );
    made(
        &app,
        Who::Administrator,
        &caf,
        json!({ "object": "Sans fin", "ends_on": "2025-06-30", "renewal": { "kind": "tacit", "period_months": 12 } }),
    );
    made(&app, Who::Administrator, &caf, json!({ "object": "Bien plus tard", "ends_on": "2029-12-31" }));
    let answer = app.sign_in(Who::Worker).get("/conventions/echeances").await.expect(200);
    let answer =
        answer.has("4\u{a0}conventions en vigueur").has("Devait être revue").has("Se reconduit").has("Camille admin").lacks("Bien plus tard");
    let places: Vec<usize> =
        ["Déjà passé</th>", "juin\u{a0}2026</th>", "décembre\u{a0}2026</th>"].map(|text| answer.text.find(text).expect(text)).into();
    assert!(places.is_sorted(), "{places:?}");
    answer.has("<svg class=\"horizon__image\"").has("30\u{a0}mars\u{a0}2026").lacks(" style=");
    app.sign_in(Who::Partner).get("/conventions/echeances").await.expect(403);
}

async fn partners_without_convention_are_found(app: TestApp) {
    app.leaves_work();
    let caf = organisation(&app, "CAF de la Vienne");
    let mut given = world::whole_action();
    given.insert("partners".into(), json!([{ "partner_id": app.world.organisation }]));
    given.insert("carrier".into(), json!({ "partner_id": caf }));
    let hidden = json!({ "title": "Un brouillon", "partners": [{ "partner_id": organisation(&app, "MSA") }] });
    done(&app, Who::Manager, |conn, by| {
        use traitdunion::actions::model::Verb;
        use traitdunion::actions::service as actions;
        let action = actions::create(conn, by, &given)?;
        actions::carry_out(conn, by, &action.id, 1, Verb::Publish, "")?;
        actions::create(conn, by, hidden.as_object().unwrap())
    });
    let browser = app.sign_in(Who::Worker);
    let path = "/conventions/sans-convention";
    browser.get(path).await.expect(200).has("2\u{a0}partenaires sans convention").has("CAF de la Vienne").has("Gérer son budget").lacks("MSA");
    browser.get(&format!("{path}?territory={HERE}")).await.expect(200).has("2\u{a0}partenaires").has("MDS de Loudun (2)");
    browser.get(&format!("{path}?territory={ELSEWHERE}")).await.expect(200).has("Chaque partenaire a sa convention");
    browser.get(&format!("{path}?territory=x")).await.expect(400);
    made(&app, Who::Administrator, &caf, json!({ "object": "Échue", "ends_on": "2025-12-31" }));
    browser.get(path).await.expect(200).has("2\u{a0}partenaires");
    made(&app, Who::Administrator, &caf, json!({ "object": "En vigueur" }));
    browser.get(path).await.expect(200).has("1\u{a0}partenaire sans convention").has("Association Le Pont").lacks("CAF de la Vienne");
}

async fn signatures_are_counted_by_year(app: TestApp) {
    some(&app);
    let caf = organisation(&app, "CAF");
    made(&app, Who::Administrator, &caf, json!({ "level": "departement", "territories": [], "signed_on": "2023-03-01", "starts_on": "2023-04-01" }));
    let browser = app.sign_in(Who::Worker);
    let cells = |row: &str, cells: [usize; 3]| {
        let cells: String = cells.iter().map(|count| format!("<td class=\"numeric\">{count}</td>")).collect();
        format!("<th scope=\"row\">{row}</th>{cells}")
    };
    let squeezed = async |path: &str| {
        let text = browser.get(path).await.expect(200).text;
        text.lines().map(str::trim).collect::<String>()
    };
    let all = squeezed("/conventions/chiffres").await;
    for row in [
        cells("2023", [1, 0, 1]),
        cells("2024", [0, 3, 3]),
        cells("MDS de Loudun", [0, 3, 3]),
        cells("Aucun territoire en particulier", [1, 0, 1]),
        cells("Charte", [0, 1, 1]),
        cells("Partenariat", [1, 2, 3]),
    ] {
        assert!(all.contains(&row), "{row} is not in:\n{all}");
    }
    let one = squeezed("/conventions/chiffres?year=2023").await;
    assert!(one.contains("1\u{a0}convention signée en 2023") && !one.contains("MDS de Loudun"));
    browser.get("/conventions/chiffres?year=x").await.expect(400);
}

async fn other_pages_show_what_is_in_force(app: TestApp) {
    app.leaves_work();
    let (action, plan) = app.write(|conn| {
        use traitdunion::actions::model::Stage;
        let action = world::action(conn, &app.world, &app.app.chance, Stage::Published, Visibility::Public)?;
        let robot = traitdunion::accounts::model::Actor::command_line();
        let by = By { actor: &robot, now: app.now(), chance: &app.app.chance };
        Ok((action, traitdunion::plans::service::create(conn, by, &world::plan("Schéma"), None)?))
    });
    let links = json!({ "object": "Convention appuyée", "actions": [action.id], "plan_sheets": [{ "plan_id": plan, "number": 1 }] });
    made(&app, Who::Administrator, &app.world.organisation, links.clone());
    let mut over = links;
    over["object"] = "Convention échue".into();
    over["ends_on"] = "2025-12-31".into();
    made(&app, Who::Administrator, &app.world.organisation, over);
    let action = format!("/actions/{}/gerer-son-budget", action.id);
    for path in [action, format!("/schema/{plan}/fiches/1"), format!("/territoires/{HERE}")] {
        for who in [Who::Worker, Who::Partner] {
            let shown = app.sign_in(who).get(&path).await.expect(200).has("Conventions en vigueur").has("Convention appuyée");
            shown.has("En vigueur jusqu’au 31\u{a0}décembre\u{a0}2026").lacks("Convention échue");
        }
        app.visitor().get(&path).await.expect(200).lacks("Conventions en vigueur").lacks("Convention appuyée");
    }
}

async fn the_history_is_read_by_those_who_write(app: TestApp) {
    let convention = prolonged(&app);
    let history = format!("{}/historique", page(&convention));
    let browser = app.sign_in(Who::Manager);
    browser.get(&history).await.expect(200).has("a enregistré la convention, déjà signée").has("a enregistré un avenant signé");
    let correction = json!({ "legal_basis": "Article L. 121-1", "reason": "Oubliée à la saisie" });
    done(&app, Who::Manager, |conn, by| {
        conventions::change(conn, by, app.app.today(), &convention.id, convention.version, correction.as_object().unwrap())
    });
    browser.get(&history).await.expect(200).has("a modifié «\u{a0}Fondement juridique\u{a0}»").has("Oubliée à la saisie");
    browser.get(&format!("{history}/1")).await.expect(200).has("Accueil de jour").has("Rétablir cette version");
    browser.get(&format!("{history}/comparer?de=1&a=3")).await.expect(200).has("Article L. 121-1");
    browser.get(&format!("{history}/99")).await.expect(404);
    app.sign_in(Who::Worker).get(&history).await.expect(403);
    app.sign_in(Who::Partner).get(&history).await.expect(403);
    let [_, _, _, draft, _] = some(&app);
    app.sign_in(Who::Worker).get(&format!("{}/historique", page(&draft))).await.expect(404);
    app.visitor().get(&history).await.expect(303);
}

/// As it is now, and a change of it.
fn now(app: &TestApp, convention: &Convention) -> Convention {
    done(app, Who::Administrator, |conn, _| conventions::find(conn, &Viewer(Some(Actor::command_line())), &convention.id, app.app.today()))
}

fn changed(app: &TestApp, convention: &Convention, given: Value) -> Convention {
    let version = now(app, convention).version;
    done(app, Who::Manager, |conn, by| conventions::change(conn, by, app.app.today(), &convention.id, version, given.as_object().unwrap()))
}

async fn an_old_version_comes_back_by_the_rules_of_a_correction(app: TestApp) {
    let browser = app.sign_in(Who::Manager);
    // A draft: its text as it was, what other programs know it by as it is.
    let [_, _, _, draft, _] = some(&app);
    changed(&app, &draft, json!({ "object": "Accueil de nuit", "ends_on": "2027-12-31", "external_id": "C-1" }));
    let one = format!("{}/historique/1", page(&draft));
    browser.submit(&one, &one, &[("reason", "")]).await.expect(303);
    let back = now(&app, &draft);
    let told = (back.fields.object.as_str(), back.fields.ends_on, back.fields.external_id.as_deref(), back.version);
    assert_eq!(told, ("Brouillon discret", draft.fields.ends_on, Some("C-1"), 3));
    browser.get(&format!("{}/historique", page(&draft))).await.expect(200).has("a rétabli la version 1");

    // Signed: for a reason, and neither who signed nor what an avenant changed.
    let signed = prolonged(&app);
    let first = signed.fields.clone();
    assert_ne!(now(&app, &signed).standing(app.app.today()).fields.ends_on, first.ends_on);
    let parties = json!([{ "signatory": "Jean Roy" }, { "partner": first.parties[1].partner, "signatory": "Léa Brun" }]);
    let given = json!({ "object": "Accueil, de jour", "parties": parties, "visibility": "partners", "reason": "Relue" });
    let corrected = changed(&app, &signed, given);
    let history = format!("{}/historique", page(&signed));
    let (one, version) = (format!("{history}/1"), corrected.version);
    let shown = browser.get(&one).await.expect(200).has("La convention est signée").has("Objet, Parties et Visibilité");
    assert!(shown.text.contains("les signatures, les actes"), "{}", shown.text);
    browser.submit(&one, &one, &[("reason", " ")]).await.expect(422).has("dites quelle erreur de saisie");
    assert_eq!(now(&app, &signed).version, version);
    browser.submit(&one, &one, &[("reason", "L’objet était le bon")]).await.expect(303);
    let back = now(&app, &signed);
    assert_eq!((&back.fields, back.version, back.number.as_ref()), (&first, version + 1, signed.number.as_ref()));
    assert_eq!(back.acts, corrected.acts);
    browser.get(&history).await.expect(200).has("a rétabli la version 1").has("L’objet était le bon");
    // The same again changes nothing; a late form is told so; others do not write.
    browser.get(&one).await.expect(200).has("Cette version dit ce que la fiche dit aujourd’hui");
    let late = [("version", "1"), ("reason", "Tard")];
    browser.submit(&one, &one, &late).await.expect(409).has("Rien n’est rétabli");
    app.sign_in(Who::Worker).post(&one, &[("version", "4"), ("reason", "x")]).await.expect(403);
    browser.post(&format!("{history}/99"), &[("version", "4"), ("reason", "x")]).await.expect(404);
}

async fn what_is_in_signature_or_abandoned_stays_as_it_is(app: TestApp) {
    let browser = app.sign_in(Who::Manager);
    let [_, _, _, draft, signing] = some(&app);
    changed(&app, &draft, json!({ "object": "Autre objet" }));
    let version = now(&app, &draft).version;
    let abandoned = done(&app, Who::Manager, |conn, by| conventions::carry_out(conn, by, app.app.today(), &draft.id, version, Verb::Abandon, ""));
    changed(&app, &signing, json!({ "visibility": "partners" }));
    for (one, why) in [(&abandoned, "Reprenez-la d’abord en brouillon"), (&signing, "est en signature")] {
        let before = now(&app, one);
        let path = format!("{}/historique/1", page(one));
        let shown = browser.get(&path).await.expect(200).has(why).lacks("name=\"reason\"");
        let version = before.version.to_string();
        let sent = [("version", version.as_str()), ("reason", "x")];
        assert!(shown.text.contains("Ce qui a changé depuis"), "{}", shown.text);
        browser.post(&path, &sent).await.expect(409);
        assert_eq!(now(&app, one), before);
    }
}
