//! What the embedded geography knows.

use super::*;

fn codes(found: &[Found]) -> Vec<&str> {
    found.iter().map(|found| found.place.code).collect()
}

fn search(query: &str) -> Vec<Found> {
    geography().search(query, None, 10)
}

fn first(query: &str) -> &'static str {
    search(query).first().map_or("", |found| found.place.code)
}

#[test]
fn poitiers_has_its_department_its_epci_and_its_postcode() {
    let poitiers = geography().place("86194").expect("Poitiers");
    assert_eq!((poitiers.name, poitiers.kind, poitiers.departement), ("Poitiers", PlaceKind::Commune, "86"));
    assert_eq!(poitiers.postcodes().collect::<Vec<_>>(), ["86000"]);
    assert!(poitiers.population > 80_000);
    let epci = geography().epci_of("86194").expect("an EPCI");
    assert_eq!((epci.code, epci.name, epci.departement), ("200069854", "CU du Grand Poitiers", "86"));
    assert_eq!(epci.kind, PlaceKind::Epci);
    let members = geography().communes_of("200069854");
    assert_eq!(members.len(), 40);
    assert!(members.contains(&"86194") && members.is_sorted());
    assert_eq!(geography().departement_of("200069854").map(|place| place.name), Some("Vienne"));
    assert_eq!(geography().communes_of("86194"), ["86194"]);
    assert!(geography().epcis_in("86").contains(&epci));
}

#[test]
fn an_old_name_leads_to_the_commune_of_today_and_says_so() {
    for typed in ["Jaunay-Clan", "jaunay clan", "JAUNAY‑CLAN", "jaunay cl", " Jaunay  Clan "] {
        let found = search(typed);
        assert_eq!(codes(&found), ["86115"], "{typed}");
        assert_eq!((found[0].place.name, found[0].matched), ("Jaunay-Marigny", Some("Jaunay-Clan")));
    }
    let found = search("Jaunay");
    assert_eq!((found[0].place.code, found[0].matched), ("86115", None));
    assert_eq!(search("marigny brizay")[0].matched, Some("Marigny-Brizay"));
    assert_eq!(search("86146")[0].matched, Some("Marigny-Brizay"));
}

#[test]
fn old_codes_lead_to_the_commune_of_today() {
    let now = |code| geography().current_commune_of(code).map(|place| place.code);
    assert_eq!(now("86146"), Some("86115"));
    assert_eq!(now("86115"), Some("86115"));
    assert_eq!(now("20004"), Some("2A004"));
    assert_eq!(now("75104"), None);
    assert_eq!(now("99999"), None);
}

#[test]
fn corsica_and_overseas() {
    let place = |code| geography().place(code).expect("a place");
    assert_eq!((place("2A004").name, place("2A004").departement), ("Ajaccio", "2A"));
    assert_eq!((place("97411").name, place("97411").departement), ("Saint-Denis", "974"));
    assert_eq!(place("974").name, "La Réunion");
    assert_eq!(geography().communes_of("974").len(), 24);
    assert_eq!((place("98818").name, geography().departement_of("98818").map(|d| d.code)), ("Nouméa", Some("988")));
    assert_eq!(geography().epci_of("98818"), None);
    assert_eq!((first("2a004"), first("2A"), first("97411"), first("97400")), ("2A004", "2A", "97411", "97411"));
    assert_eq!(geography().departements().count(), 109);
}

#[test]
fn paris_and_its_arrondissements() {
    let paris = geography().parent_commune_of_arrondissement("75104").expect("Paris");
    assert_eq!((paris.code, paris.kind), ("75056", PlaceKind::Commune));
    let fourth = geography().place("75104").expect("the fourth");
    assert_eq!((fourth.name, fourth.kind, fourth.departement), ("Paris 4e Arrondissement", PlaceKind::Arrondissement, "75"));
    assert_eq!(geography().communes_of("75104"), ["75104"]);
    assert_eq!(geography().communes_of("75"), ["75056"]);
    assert_eq!(geography().arrondissements_of("75056").len(), 20);
    assert_eq!(geography().parent_commune_of_arrondissement("86194"), None);
    assert_eq!((first("paris"), first("paris 4"), first("75004")), ("75056", "75104", "75056"));
}

#[test]
fn the_territories_of_greater_paris_come_beside_its_metropolis() {
    let saint_denis = geography().communes_of("200057867");
    assert!(saint_denis.contains(&"93066"));
    assert_eq!(geography().epci_of("93066").map(|epci| epci.code), Some("200054781"));
}

#[test]
fn postcodes_and_codes() {
    assert_eq!(first("86000"), "86194");
    assert_eq!(search("86")[0].place.kind, PlaceKind::Departement);
    assert_eq!(codes(&search("86194")), ["86194"]);
    assert_eq!(codes(&search("200069854")), ["200069854"]);
    assert_eq!(codes(&search("13001"))[..2], ["13055", "13001"]);
    assert_eq!(search("8613").iter().filter(|found| found.place.departement != "86").count(), 0);
}

#[test]
fn what_people_type_is_understood() {
    for (typed, code) in [
        ("POITIERS", "86194"),
        ("poi", "86194"),
        ("chatellerault", "86066"),
        ("st benoit", "86214"),
        ("St-Georges-les-Baillargeaux", "86222"),
        ("baillargeaux", "86222"),
        ("saint georges baillarg", "86222"),
        ("ste gemmes sur loire", "49278"),
        ("la rochelle", "17300"),
        ("Rochelle", "17300"),
        ("havre", "76351"),
        ("l haÿ les roses", "94038"),
        ("L’Haÿ", "94038"),
        ("grand poitiers", "200069854"),
        ("vienne", "86"),
        ("strasbourg", "67482"),
        ("y", "80829"),
    ] {
        let found = geography().search(typed, (code.starts_with("86") && code.len() == 5).then_some("86"), 5);
        assert_eq!(found.first().map(|found| found.place.code), Some(code), "{typed}: {found:?}");
    }
    assert!(codes(&search("st")).contains(&"67482"), "Strasbourg while it is typed");
    assert!(search("saint").iter().all(|found| found.place.name.contains("Saint")));
}

#[test]
fn the_preferred_departement_comes_first() {
    let found = geography().search("saint", Some("86"), 10);
    assert!(found.iter().all(|found| found.place.departement == "86"));
    let communes = geography().search_kinds("vienne", &[PlaceKind::Commune], None, 3);
    assert_eq!(communes[0].place.code, "38544");
}

#[test]
fn what_is_unknown_finds_nothing() {
    assert_eq!(geography().place("86999"), None);
    assert_eq!(geography().place(""), None);
    assert!(geography().communes_of("nowhere").is_empty());
    for query in ["", "  ", "-'", "\u{0}", "zzzz", "999999", "poitiers zz", "%", "\n", " \n ", "é\u{301}\u{301}"] {
        let found = search(query);
        assert!(found.is_empty() || query.starts_with('é'), "{query:?}: {found:?}");
    }
    assert!(search(&"a".repeat(10_000_000)).is_empty());
    assert!(geography().search("poitiers", None, 0).is_empty());
}

#[test]
fn every_place_is_whole_and_found_by_its_code_and_its_name() {
    let geography = geography();
    assert!(geography.rows.is_sorted_by(|a, b| geography.get(a.code) < geography.get(b.code)));
    let places: Vec<Place> = geography.rows.iter().map(|row| geography.view(row)).collect();
    let count = |kind| places.iter().filter(|place| place.kind == kind).count();
    assert!(count(PlaceKind::Commune) > 34_000 && count(PlaceKind::Epci) > 1_200);
    assert_eq!(count(PlaceKind::Arrondissement), 45);
    for place in &places {
        assert_eq!(geography.place(place.code), Some(*place));
        assert!(!place.name.is_empty() && !place.departement.is_empty());
        assert!(!geography.communes_of(place.code).is_empty() || place.kind != PlaceKind::Commune, "{place:?}");
    }
    let communes: usize = geography.departements().map(|place| geography.communes_of(place.code).len()).sum();
    assert_eq!(communes, count(PlaceKind::Commune));
    for place in places.iter().step_by(97) {
        let found = geography.search(place.name, Some(place.departement), 50);
        assert!(found.iter().any(|found| found.place == *place), "{place:?}");
    }
}
