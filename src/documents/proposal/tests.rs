//! Agreements as they are written, and what is proposed of them.

use super::*;

fn day(text: &str) -> Option<Day> {
    Day::parse(text)
}

fn tacit(period_months: Option<i32>, max: Option<i32>) -> Option<Renewal> {
    Some(Renewal::Tacit { period_months, max })
}

#[test]
fn a_whole_agreement() {
    let text = "DÉPARTEMENT DE LA VIENNE\n\nCONVENTION DE PARTENARIAT\nRELATIVE À L’ACCUEIL DES ALLOCATAIRES DU RSA PAR LA CAF\n\nENTRE LES SOUSSIGNÉS :\n\n\
        Le Département de la Vienne, représenté par son Président, Monsieur Jean Dupont, dûment habilité par délibération de la commission\n\
        permanente du 14 décembre 2023, ci-après dénommé « le Département », d’une part,\n\net\n\n\
        La Caisse d’allocations familiales de la Vienne, sise 41 rue du Touffenet à Poitiers,\nreprésentée par sa directrice, d’autre part,\n\n\
        Il a été convenu ce qui suit :\n\nArticle 1 – Objet\nLa présente convention a pour objet de définir les modalités d’accueil.\n\n\
        Article 5 – Durée\nLa présente convention prend effet le 1er janvier 2024 pour une durée de trois (3) ans. Elle est renouvelable par tacite\n\
        reconduction pour une durée d’un an, dans la limite de deux fois, sauf dénonciation par l’une des parties, par lettre recommandée,\n\
        moyennant un préavis de trois mois avant son échéance.\n\n\
        Article 6 – Résiliation\nEn cas de manquement, elle peut être résiliée avec un préavis d’un mois.\n\n\
        Fait à Poitiers, en deux exemplaires, le 18 décembre 2023\n";
    assert_eq!(
        propose(text),
        Proposal {
            title: Some("Convention de partenariat relative à l’accueil des allocataires du RSA par la CAF".into()),
            is_amendment: false,
            parties: vec!["Département de la Vienne".into(), "Caisse d’allocations familiales de la Vienne".into()],
            signed_on: day("2023-12-18"),
            begins_with: None,
            starts_on: day("2024-01-01"),
            ends_on: day("2026-12-31"),
            is_endless: false,
            renewal: tacit(Some(12), Some(2)),
            notice_months: Some(3),
        }
    );
}

#[test]
fn periods() {
    for (text, starts, ends) in [
        ("La convention couvre la période du 1er janvier au 31 décembre 2024.", "2024-01-01", "2024-12-31"),
        ("Elle prend effet le 12/03/2023 et prend fin le 11/03/2026.", "2023-03-12", "2026-03-11"),
        ("Elle est conclue pour une durée de trois ans à compter du 15 février 2023.", "2023-02-15", "2026-02-14"),
        ("Elle est conclue pour une durée d’un an à compter du 29 février 2024.", "2024-02-29", "2025-02-27"),
        ("Durée : 18 mois. Elle entre en vigueur le premier juillet deux mille vingt-deux.", "2022-07-01", "2023-12-31"),
        ("Elle est conclue jusqu’au 30 juin 2025.", "", "2025-06-30"),
        ("Elle prend effet à compter de sa signature, pour deux ans de validité. Fait à Loudun le 3 mai 2021.", "", ""),
        ("Elle prend effet à compter de sa signature pour une durée de deux ans. Fait à Loudun le 3 mai 2021.", "", "2023-05-02"),
        ("Les données sont conservées pour une durée de cinq ans à compter du 1er mai 2020.", "2020-05-01", ""),
        ("Vu la délibération du 3 mars 2022, vu la loi du 1er décembre 2008.", "", ""),
        ("Elle est renouvelable par tacite reconduction pour une durée d’un an. Elle prend effet le 1er mai 2020.", "2020-05-01", ""),
    ] {
        let found = propose(text);
        assert_eq!((found.starts_on, found.ends_on), (day(starts), day(ends)), "{text}");
    }
}

#[test]
fn renewals_and_notices() {
    for (text, renewal, notice) in [
        ("Elle est reconduite tacitement d’année en année.", tacit(Some(12), None), None),
        ("Conclue pour deux ans, elle se renouvelle par tacite reconduction pour la même durée.", tacit(Some(24), None), None),
        ("Elle est renouvelable deux fois par tacite reconduction, par périodes de 12 mois.", tacit(Some(12), Some(2)), None),
        ("Elle est renouvelable par tacite reconduction sauf dénonciation trois mois avant le terme.", tacit(None, None), Some(3)),
        ("Elle ne peut être reconduite tacitement.", Some(Renewal::None), None),
        ("Toute tacite reconduction est exclue ; elle pourra être renouvelée par reconduction expresse.", Some(Renewal::None), None),
        ("Elle est renouvelable par reconduction expresse.", Some(Renewal::Express), None),
        ("Elle peut être dénoncée avec un préavis de 6 mois. En cas de faute, le préavis est d’un mois.", None, Some(6)),
        ("Chaque partie peut y mettre fin moyennant un préavis de quinze jours.", None, None),
        ("Un accord tacite n’engage personne.", None, None),
    ] {
        let found = propose(text);
        assert_eq!((found.renewal, found.notice_months), (renewal, notice), "{text}");
    }
}

#[test]
fn beginnings_and_signatures() {
    for (text, begins, signed) in [
        (
            "Elle entre en vigueur à la date de la dernière signature. Fait à Civray, le 2 avril 2024, à Poitiers, le 9 avril 2024.",
            Some(Beginning::LastSignature),
            "2024-04-09",
        ),
        ("Elle prend effet à compter de sa notification par le Département.", Some(Beginning::Notification), ""),
        ("Elle est conclue pour une durée indéterminée. Signé électroniquement le 05/06/2020", None, "2020-06-05"),
        ("Fait à Poitiers, vu la délibération du 3 mars 2022", None, ""),
    ] {
        let found = propose(text);
        assert_eq!((found.begins_with, found.signed_on), (begins, day(signed)), "{text}");
    }
    assert!(propose("Elle est conclue pour une durée indéterminée.").is_endless);
}

#[test]
fn titles() {
    for (text, title) in [
        ("Convention d’accès aux droits\nentre le Département et la MSA", "Convention d’accès aux droits"),
        ("CHARTE DE L’ENGAGEMENT RÉCIPROQUE\n\nPréambule", "Charte de l’engagement réciproque"),
        (
            "Convention de partenariat\n\nentre\n\nLa présente convention a pour objet d’organiser\nles permanences. Elle…",
            "Convention de partenariat : d’organiser les permanences",
        ),
        ("CONVENTION\nDE MISE À DISPOSITION DE LOCAUX AU CCAS\nN° 2024-12", "Convention de mise à disposition de locaux au CCAS"),
        ("AVENANT N° 2 À LA CONVENTION FSL 2023", "Avenant n° 2 à la convention FSL 2023"),
    ] {
        assert_eq!(propose(text).title.as_deref(), Some(title), "{text}");
    }
    assert_eq!(propose("Compte rendu\nde la réunion").title, None);
    assert!(propose("Avenant n° 1 à la convention de 2019").is_amendment);
}

#[test]
fn parties_are_named() {
    for (text, names) in [
        (
            "Entre le Département de la Vienne et la Mutualité sociale agricole Poitou",
            vec!["Département de la Vienne", "Mutualité sociale agricole Poitou"],
        ),
        (
            "Entre :\nLe DÉPARTEMENT DE LA VIENNE, représenté par son Président,\nEt :\nL’association Solid’actions, représentée par sa présidente et sa trésorière,\nArticle 1",
            vec!["DÉPARTEMENT DE LA VIENNE", "Association Solid’actions"],
        ),
        (
            "ENTRE\nle Département de la Vienne, représenté par M. X, et la CPAM de la Vienne, représentée par Mme Y, et l’ARS Nouvelle-Aquitaine, représentée par Z,\nil est convenu",
            vec!["Département de la Vienne", "CPAM de la Vienne", "ARS Nouvelle-Aquitaine"],
        ),
        ("entre le Département et l’Amicale des retraités\nElle prend effet à sa signature.", vec!["Département", "Amicale des retraités"]),
        ("Rien de tel", vec![]),
    ] {
        assert_eq!(propose(text).parties, names, "{text}");
    }
}

proptest::proptest! {
    /// Three ways of saying one period propose the same.
    #[test]
    fn a_period_is_proposed_however_it_is_said(first in 0i64..36_000, months in 1i32..120) {
        let first = Day::new(1990, 1, 1).unwrap().plus(first);
        let last = first.plus_months(months).plus(-1);
        for text in [
            format!("Elle est conclue du {} au {}.", first.in_short(), last.in_figures()),
            format!("Elle prend effet le {} pour une durée de {months} mois.", first.in_words()),
            format!("Elle entre en vigueur le {} et expire le {}.", first.in_figures(), last.in_short()),
        ] {
            let found = propose(&text);
            proptest::prop_assert_eq!((found.starts_on, found.ends_on), (Some(first), Some(last)), "{}", text);
        }
    }

    #[test]
    fn any_text_is_looked_at_without_harm(text in "(\\PC|\n|Entre |et |, | la |convention |durée de |préavis |tacite reconduction |1er janvier 2024|trois |ans |mois |Fait à |a pour objet |\\. ){0,80}") {
        let found = propose(&text);
        proptest::prop_assert!(found.title.is_none_or(|title| title.chars().count() <= 251));
        proptest::prop_assert!(found.parties.len() <= 6);
    }
}
