//! The invented document beside this file, the same typed in Markdown, and whatever else someone may send.

use super::*;
use proptest::strategy::Strategy;
use serde_json::{Value, json};

const FIXTURE: &str = include_str!("fixture.txt");

fn sheets(document: &str) -> Vec<Value> {
    read(document).unwrap().plan.sheets().map(|sheet| serde_json::to_value(sheet).unwrap()).collect()
}

#[test]
fn a_published_document_gives_its_plan() {
    let reading = read(FIXTURE).unwrap();
    assert_eq!(reading.plan.title, "Schéma départemental du bien vieillir 2027 - 2029");
    assert_eq!((reading.plan.starts_on.iso(), reading.plan.ends_on.iso()), ("2027-01-01".into(), "2029-12-31".into()));
    let orientations: Vec<_> = reading.plan.orientations.iter().map(|o| (o.number, o.title.as_str(), o.sheets.len())).collect();
    assert_eq!(orientations, [(1, "Des logements qui suivent l'âge de leurs habitants", 2), (2, "Des voisins qui se parlent", 1)]);
    let unplaced: Vec<_> = reading.unplaced.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(unplaced, ["PUBLIC VISE :", "Toutes les communes", "À désigner au printemps"]);
    for line in &reading.unplaced {
        assert_eq!(FIXTURE.lines().nth(line.number - 1), Some(line.text.as_str()));
    }
}

#[test]
fn sections_are_lists_of_their_items() {
    let [first, second, third] = sheets(FIXTURE).try_into().unwrap();
    assert_eq!(
        first,
        json!({
            "number": 1, "title": "Visiter les logements à la demande",
            "needs": ["Beaucoup d'escaliers, peu de rampes.", "Les ergothérapeutes sont rares", "Les familles s'y prennent tard"],
            "objectives": ["Dans les bourgs : Visiter avant la chute", "Dans les hameaux : Former des relais"],
            "method": [{"text": "Réunir un groupe qui devra :", "items": ["Écrire une grille de visite", "L'essayer dans dix logements"]}],
            "pilots": ["Direction de l'autonomie", "Direction du logement"],
            "partners": ["en interne : service habitat (urbanisme, travaux)", "en externe : CAF", "en externe : MSA", "en externe : CCAS"],
            "calendar": [
                {"from": "2027-01-01", "to": "2027-03-31", "text": "grille"},
                {"from": "2028-01-01", "to": "2029-12-31", "text": "visites"},
            ],
            "means": [{"text": "Humains : une ergothérapeute à mi-temps"}, {"text": "Financiers: à préciser"}],
            "indicators": [{"label": "Nombre de logements visités"}],
            "related_plans": [],
        })
    );
    assert_eq!(
        second,
        json!({
            "number": 2, "title": "Prêter du matériel entre communes",
            "needs": ["Chaque mairie achète seule, et le matériel dort neuf mois sur douze."],
            "objectives": ["Prêter plutôt qu'acheter"],
            "method": [
                {"text": "En interne : un inventaire", "items": []},
                {"text": "En externe :", "items": ["avec les mairies : une charte", "avec les clubs : un essai"]},
                {"text": "Tenir un carnet de prêt", "items": []},
            ],
            "pilots": [], "partners": ["Etat : Direction des territoires"],
            "calendar": [{"from": "2027-01-01", "to": "2027-12-31", "text": "2027"}],
            "means": [{"text": "Un local chauffé"}],
            "indicators": [{"label": "À définir"}],
            "related_plans": ["Schéma de l'habitat", "plan vélo"],
        })
    );
    assert_eq!(third["calendar"][0], json!({"from": "2027-07-01", "to": "2027-12-31", "text": "ouverture"}));
    assert_eq!(third["calendar"][1], json!({"from": null, "to": null, "text": "Dès que possible : bilan"}));
    assert_eq!((&third["pilots"], &third["partners"]), (&json!(["Communes"]), &json!(["clubs", "écoles..."])));
    assert_eq!(third["method"].as_array().map(Vec::len), Some(2));
}

#[test]
fn markdown_is_read_too() {
    let typed = "# Plan du fleuve 2030-2031\n\nPréambule.\n\n## Axe 1 – Les berges\n\n### Fiche 1 : Planter\n\nUne phrase perdue.\n\n\
        #### 1. Constats\n- nu\n##### Au nord\n- gris\n\n#### Risques\n- crue\n\n#### Pilotes et partenaires\n- **Pilote** : CAF\n- Partenaires internes : A, B\n\n\
        ### Fiche 2\nÉlaguer\n\n| Moyens | - scie<br>- corde |\n| Calendrier | T2 2030 |\n\n## Conclusion\n\nFin.\n";
    let reading = read(typed).unwrap();
    assert_eq!((reading.plan.title.as_str(), reading.plan.orientations.len()), ("Plan du fleuve 2030-2031", 1));
    let [first, second] = sheets(typed).try_into().unwrap();
    assert_eq!((&first["needs"], &first["pilots"]), (&json!(["nu", "Au nord : gris"]), &json!(["CAF"])));
    assert_eq!(first["partners"], json!(["internes : A", "internes : B"]));
    assert_eq!((&second["title"], &second["means"]), (&json!("Élaguer"), &json!([{"text": "scie"}, {"text": "corde"}])));
    assert_eq!(second["calendar"], json!([{"from": "2030-04-01", "to": "2030-06-30", "text": "T2 2030"}]));
    let unplaced: Vec<_> = reading.unplaced.iter().map(|line| (line.number, line.text.as_str())).collect();
    assert_eq!(unplaced, [(9, "Une phrase perdue."), (16, "#### Risques"), (17, "- crue")]);
    assert_eq!(reading.skipped, 3);
}

#[test]
fn a_sheet_told_twice_is_one_and_another_of_its_number_is_reported() {
    let reading = read(
        "Plan 2030\n\nFiche 1 : A\nMoyens :\n- b\n\nFiche 1 : A\nObjectifs :\n- c\n\nFiche 1 : D\nMoyens :\n- e\n\nFiche 1.2 : F\nMoyens :\n- g\n",
    )
    .unwrap();
    let [sheet] = reading.plan.sheets().collect::<Vec<_>>().try_into().unwrap();
    assert_eq!((sheet.content.means.len(), sheet.content.objectives.len()), (1, 1));
    assert_eq!(reading.unplaced.iter().map(|line| line.number).collect::<Vec<_>>(), [11, 13, 15, 17]);
    assert_eq!(reading.plan.orientations[0].title, "Sans orientation");
}

#[test]
fn headings_keep_what_they_say_more() {
    let typed = "Plan 2030\n\nFICHE N°7 – A\n\nMOYENS HUMAINS :\n- b\n\nMOYENS FINANCIERS : c\n\nPARTENAIRES CLEFS :\n- d\n\nMéthode :\n\n\
        1. Suivi du projet\n2. Objectifs : en débattre\n\n**Lien avec les clubs à renouer**\n\nPILOTES ET PARTENAIRES : Pilote : e\n";
    let [sheet] = sheets(typed).try_into().unwrap();
    assert_eq!(sheet["means"], json!([{"text": "MOYENS HUMAINS : b"}, {"text": "MOYENS FINANCIERS : c"}]));
    assert_eq!((&sheet["partners"], &sheet["pilots"]), (&json!(["d"]), &json!(["e"])));
    let steps: Vec<_> = sheet["method"].as_array().unwrap().iter().map(|step| step["text"].as_str().unwrap()).collect();
    assert_eq!(steps, ["Suivi du projet", "Objectifs : en débattre", "Lien avec les clubs à renouer"]);
    assert_eq!(read(typed).unwrap().unplaced, [UnplacedLine { number: 10, text: "PARTENAIRES CLEFS :".to_owned() }]);
}

#[test]
fn what_is_not_a_plan_is_refused_with_what_is_expected() {
    assert_eq!(read(""), Err(NotAPlan::NoSheet));
    assert_eq!(read("Schéma 2030\n\nFiche 3 en main, il parla.\n\n| Fiche n°1 | Rien | 4 |\n"), Err(NotAPlan::NoSheet));
    assert_eq!(read("Fiche 1 : A\nMoyens :\n- b"), Err(NotAPlan::NoTitle));
    assert_eq!(read("Plan\nFiche 1 : A\nMoyens :\n- b"), Err(NotAPlan::NoYears));
    assert_eq!(read("Plan\nFiche 1 : A\nCalendrier :\n- 2e trimestre 2030").unwrap().plan.starts_on.iso(), "2030-01-01");
    assert!(NotAPlan::NoSheet.to_string().contains("« Fiche action n° 1"));
}

#[test]
fn the_ends_of_lines_do_not_matter() {
    let expected = read(FIXTURE).unwrap();
    assert_eq!(read(&FIXTURE.replace('\n', "\r\n")).unwrap(), expected);
    assert_eq!(read(&format!("\u{feff}{}", FIXTURE.replace('\n', "\r").replace("une ", "u\u{0}ne "))).unwrap(), expected);
}

#[test]
fn the_outline_tells_what_was_understood() {
    let outline = outline(&read(FIXTURE).unwrap());
    for expected in [
        "Période : 2027 à 2029\n\nOrientation 1 : Des logements",
        "  Fiche 1  Visiter les logements à la demande\n           3 constats, 2 objectifs, 1 étape, 2 points détaillés, 2 pilotes, 4 partenaires",
        "           sans : pilote\n           calendrier : 2027\n",
        "calendrier : 2e semestre 2027 ; sans date",
        "3 lignes sans place, à vérifier dans le document :\n  ligne 100 : PUBLIC VISE :\n",
        "Au total : 2 orientations, 3 fiches, 5 constats",
    ] {
        assert!(outline.contains(expected), "{expected}\n---\n{outline}");
    }
}

/// Large enough for anything slower than linear never to end.
#[test]
fn large_documents_take_no_more_than_their_time() {
    let pieces = [
        "|",
        "a\n",
        "- a\n",
        "A et ",
        ", (",
        "en externe : a,",
        "* ",
        "1,",
        "<br",
        "<br>",
        "#",
        "\u{301}",
        "2030 à ",
        "Axe 9 : b\n",
        "- : ",
        "Fiche 1 : A\nMoyens :\n- b\n",
        "A :\n- b\n\n",
    ];
    for piece in pieces {
        let long = piece.repeat(60_000 / piece.len());
        for section in ["Partenaires", "Calendrier", "Objectifs", "Liens"] {
            let read = read(&format!("Plan 2030\nFiche 1 : A\n{section} :\n{long}"));
            read.iter().for_each(|reading| assert!(!outline(reading).is_empty()));
        }
        drop(read(&long));
    }
}

/// Every text of a sheet.
pub fn said(sheet: &SheetDraft) -> Vec<&str> {
    let content = &sheet.content;
    let lists = [&content.needs, &content.objectives, &content.pilots, &content.partners, &content.related_plans];
    let mut texts: Vec<&str> = lists.into_iter().flatten().map(String::as_str).chain([sheet.title.as_str()]).collect();
    texts.extend(content.method.iter().flat_map(|step| step.items.iter().chain([&step.text])).map(String::as_str));
    texts.extend(content.calendar.iter().map(|line| line.text.as_str()));
    texts.extend(content.means.iter().map(|means| means.text.as_str()));
    texts.extend(content.indicators.iter().map(|indicator| indicator.label.as_str()));
    texts
}

pub fn words(text: &str) -> Vec<String> {
    let text = lines::tidy(&lines::normalise(text));
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC*", lines in proptest::collection::vec(any_line(), 0..40)) {
        drop(read(&text));
        let document = format!("Plan 2030\n{}\n{text}", lines.join("\n"));
        let Ok(reading) = read(&document) else { return Ok(()) };
        let source = document.lines().flat_map(words).collect::<std::collections::HashSet<_>>();
        for word in reading.plan.sheets().flat_map(said).flat_map(words) {
            proptest::prop_assert!(source.contains(&word), "invented: {}", word);
        }
        let outline = outline(&reading);
        proptest::prop_assert!(outline.lines().filter(|line| line.starts_with("  ligne ")).count() >= reading.unplaced.len());
    }
}

fn any_line() -> impl Strategy<Value = String> {
    proptest::sample::select(vec![
        "",
        "| | |",
        "Fiche action n°1",
        "| Fiche n° 2 | B |",
        "Fiche °3 : C",
        "Fiche 4.1",
        "Orientation 1 : X",
        "| Orientation du schéma | X |",
        "CONSTATS :",
        "METHODE : a :",
        "- a",
        " - . b",
        "PILOTES ET PARTENAIRES :",
        "Pilote : A et B, (c",
        "- Partenaire : d",
        "CALENDRIER :",
        "- 1^{er} trimestre 2011 : e",
        "2011 - ",
        "MOYENS",
        "INCONNU :",
        "# H",
        "### I",
        "Annexe 2",
        "12",
        "f",
        "➔ g",
        "En interne : h, i",
        "**j**",
    ])
    .prop_map(str::to_owned)
}
