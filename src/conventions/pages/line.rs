//! The first line of a convention's page: where it stands, and what to do next, in the reader's role.

use super::names;
use crate::conventions::model::{RenewalKind, Situation, Stage, Standing};
use crate::kernel::Day;

/// Who reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// May write it.
    Manager,
    Agent,
    /// Of an organisation that is one of its parties.
    Party {
        has_signed: bool,
    },
    Anybody,
}

/// What the line is made of.
#[derive(Clone, Debug)]
pub struct Seen<'a> {
    pub reader: Reader,
    pub stage: Stage,
    pub number: Option<&'a str>,
    pub standing: &'a Standing,
    pub today: Day,
    /// The parties that have not signed, by their names.
    pub awaited: &'a [String],
    /// How many things a reading-over still needs.
    pub missing: usize,
    /// Actions that rest on it.
    pub actions: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub stands: String,
    pub next: Option<String>,
}

fn line(stands: impl Into<String>, next: &str) -> Line {
    Line { stands: stands.into(), next: Some(next.to_owned()).filter(|next| !next.is_empty()) }
}

impl Seen<'_> {
    pub fn line(&self) -> Line {
        match self.standing.situation {
            Some(situation) => self.signed(situation),
            None => self.unsigned(),
        }
    }

    fn unsigned(&self) -> Line {
        let is_manager = self.reader == Reader::Manager;
        match self.stage {
            Stage::Draft if self.missing > 0 => line("C’est un brouillon.", "Complétez ce qui manque, puis soumettez-la à relecture."),
            Stage::Draft => line("C’est un brouillon, et tout y est.", "Soumettez-la à relecture."),
            Stage::InReview if is_manager => {
                line("Elle attend une relecture.", "Validez-la\u{a0}: elle prend son numéro. Ou renvoyez-la avec un commentaire.")
            }
            Stage::InReview => line("Elle est en relecture.", ""),
            Stage::ToCorrect if is_manager => line("La relecture demande des corrections.", "Corrigez-la, puis soumettez-la de nouveau."),
            Stage::ToCorrect => line("Elle est à corriger après relecture.", ""),
            Stage::Abandoned if is_manager => line("Elle est abandonnée.", "Vous pouvez la reprendre en brouillon."),
            Stage::Abandoned => line("Elle est abandonnée.", ""),
            Stage::ToSign | Stage::Signing | Stage::Signed => self.to_sign(),
        }
    }

    fn to_sign(&self) -> Line {
        let word = if self.awaited.len() > 1 { "les signatures" } else { "la signature" };
        let awaited = format!("{word} {}", names::of_all(self.awaited));
        match (self.reader, self.stage) {
            (Reader::Manager, Stage::ToSign) => {
                let number = self.number.map(|number| format!(" sous le numéro {number}")).unwrap_or_default();
                line(format!("Elle est validée{number}."), "Envoyez-la aux parties, pour signature.")
            }
            (Reader::Manager, _) => line(format!("Vous attendez {awaited}."), "Enregistrez chaque signature dès qu’elle vous parvient."),
            (Reader::Party { has_signed: false }, Stage::ToSign) => line("Le texte est arrêté.", "Le Département vous l’enverra à signer."),
            (Reader::Party { has_signed: false }, _) => line("Le Département attend votre signature.", ""),
            (Reader::Party { has_signed: true }, _) => line(format!("Vous avez signé\u{a0}; il manque encore {awaited}."), ""),
            _ => line(format!("Elle attend {awaited}."), ""),
        }
    }

    fn signed(&self, situation: Situation) -> Line {
        let standing = self.standing;
        let is_manager = self.reader == Reader::Manager;
        let term = standing.term.map(Day::in_short).unwrap_or_default();
        let after = standing.term.map(|day| day.plus(1).in_short()).unwrap_or_default();
        let for_managers = |text: &str| if is_manager { text.to_owned() } else { String::new() };
        match situation {
            Situation::Upcoming => match standing.begins_on {
                Some(day) => line(format!("Elle est signée et commence le {}.", day.in_short()), ""),
                None => line("Elle est signée et commencera le jour de sa notification.", &for_managers("Notez ce jour dès qu’elle est notifiée.")),
            },
            Situation::InForce => self.in_force(&term, &after),
            Situation::ToRenew => self.to_renew(&term),
            Situation::TerminationPending => {
                let next = match self.actions {
                    0 => "",
                    1 => "Une action s’y appuie\u{a0}: prévenez ceux qui la portent.",
                    _ => "Des actions s’y appuient\u{a0}: prévenez ceux qui les portent.",
                };
                line(format!("Sa fin est annoncée\u{a0}: elle vaut jusqu’au {term}."), &for_managers(next))
            }
            Situation::Terminated => line(format!("Dénoncée, elle ne vaut plus depuis le {after}."), ""),
            Situation::Rescinded => line(format!("Résiliée, elle ne vaut plus depuis le {after}."), ""),
            Situation::Replaced => line("Une autre convention la remplace.", ""),
            Situation::Expired => {
                line(format!("Elle est échue depuis le {after}."), &for_managers("Si le partenariat continue, préparez celle qui la remplace."))
            }
        }
    }

    fn in_force(&self, term: &str, after: &str) -> Line {
        let standing = self.standing;
        if standing.term.is_none() {
            return match standing.fields.review_on {
                Some(day) => line(format!("Elle est en vigueur sans terme, et à revoir le {}.", day.in_short()), ""),
                None => line("Elle est en vigueur, sans terme.", ""),
            };
        }
        let notice = standing.notice_by.filter(|by| *by >= self.today).map(Day::in_short);
        let next = match (self.reader, standing.has_next, notice) {
            (Reader::Manager | Reader::Party { .. }, true, Some(by)) => format!("Pour qu’elle s’arrête là, dénoncez-la au plus tard le {by}."),
            (Reader::Manager | Reader::Party { .. }, true, None) if standing.notice_by.is_some() => {
                "Le dernier jour de préavis est passé\u{a0}: elle se reconduira.".to_owned()
            }
            _ => String::new(),
        };
        match standing.has_next {
            true => line(format!("Elle est en vigueur et se reconduit d’elle-même le {after}."), &next),
            false => line(format!("Elle est en vigueur jusqu’au {term}."), &next),
        }
    }

    fn to_renew(&self, term: &str) -> Line {
        let standing = self.standing;
        let is_manager = self.reader == Reader::Manager;
        let notice = standing.notice_by.filter(|by| *by >= self.today).map(Day::in_short);
        let end = match (standing.term, standing.fields.review_on) {
            (Some(_), _) => format!("Elle prend fin le {term}."),
            (None, Some(day)) if day < self.today => format!("Elle devait être revue le {}.", day.in_short()),
            (None, day) => format!("Elle est à revoir le {}.", day.map(Day::in_short).unwrap_or_default()),
        };
        let next = match (self.reader, notice) {
            (Reader::Manager, Some(by)) => return line(format!("Le dernier jour de préavis est le {by}\u{a0}: décidez avant."), &end),
            (Reader::Party { .. }, Some(by)) => return line(format!("Le dernier jour de préavis est le {by}."), &end),
            (Reader::Party { .. }, None) => "Parlez de la suite avec le Département.",
            _ if !is_manager => "",
            _ if standing.term.is_none() => "Faites le point avec les parties, puis notez le prochain rendez-vous.",
            _ if standing.fields.renewal.kind == RenewalKind::Express => "Décidez avant\u{a0}: reconduisez-la, ou laissez-la s’éteindre.",
            _ => "Décidez avant\u{a0}: un avenant la prolonge, une autre convention la remplace, ou elle s’éteint.",
        };
        line(end, next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conventions::model::standing::Agreement;
    use crate::conventions::model::{Act, Content, ConventionFields, Effect, Renewal};
    use crate::kernel::ids::ActId;
    use crate::kernel::{Chance, Moment};

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn yearly() -> ConventionFields {
        ConventionFields {
            effect: Effect::FixedDay,
            starts_on: Some(day("2025-01-01")),
            ends_on: Some(day("2025-12-31")),
            notice_months: Some(3),
            ..ConventionFields::default()
        }
    }

    const READERS: [(&str, Reader); 5] = [
        ("responsable", Reader::Manager),
        ("agent", Reader::Agent),
        ("partie", Reader::Party { has_signed: false }),
        ("partie qui a signé", Reader::Party { has_signed: true }),
        ("visiteur", Reader::Anybody),
    ];

    /// What each reader is told, those who are told the same together.
    fn told(stage: Stage, fields: &ConventionFields, acts: &[Act], on: &str, awaited: &[&str]) -> String {
        let today = day(on);
        let standing = Agreement { stage, fields, acts, successors: &[] }.on(today);
        let awaited: Vec<String> = awaited.iter().map(|name| (*name).to_owned()).collect();
        let mut table: Vec<(String, Vec<&str>)> = Vec::new();
        for (who, reader) in READERS {
            let seen = Seen { reader, stage, number: Some("2025-007"), standing: &standing, today, awaited: &awaited, missing: 0, actions: 2 };
            let Line { stands, next } = seen.line();
            let said = [Some(stands), next].into_iter().flatten().collect::<Vec<_>>().join(" ").replace('\u{a0}', " ");
            match table.iter_mut().find(|(other, _)| *other == said) {
                Some((_, readers)) => readers.push(who),
                None => table.push((said, vec![who])),
            }
        }
        table.into_iter().map(|(said, readers)| format!("{}: {said}\n", readers.join(", "))).collect()
    }

    #[test]
    fn what_is_not_signed_says_who_does_what() {
        let of = |stage| told(stage, &yearly(), &[], "2025-03-01", &["CAF du 86"]);
        assert_eq!(
            of(Stage::Draft),
            "responsable, agent, partie, partie qui a signé, visiteur: C’est un brouillon, et tout y est. Soumettez-la à relecture.\n"
        );
        assert_eq!(
            of(Stage::InReview),
            "responsable: Elle attend une relecture. Validez-la : elle prend son numéro. Ou renvoyez-la avec un commentaire.\n\
             agent, partie, partie qui a signé, visiteur: Elle est en relecture.\n"
        );
        assert_eq!(
            of(Stage::ToCorrect),
            "responsable: La relecture demande des corrections. Corrigez-la, puis soumettez-la de nouveau.\n\
             agent, partie, partie qui a signé, visiteur: Elle est à corriger après relecture.\n"
        );
        assert_eq!(
            of(Stage::ToSign),
            "responsable: Elle est validée sous le numéro 2025-007. Envoyez-la aux parties, pour signature.\n\
             agent, visiteur: Elle attend la signature de la CAF du 86.\n\
             partie: Le texte est arrêté. Le Département vous l’enverra à signer.\n\
             partie qui a signé: Vous avez signé ; il manque encore la signature de la CAF du 86.\n"
        );
        assert_eq!(
            of(Stage::Signing),
            "responsable: Vous attendez la signature de la CAF du 86. Enregistrez chaque signature dès qu’elle vous parvient.\n\
             agent, visiteur: Elle attend la signature de la CAF du 86.\n\
             partie: Le Département attend votre signature.\n\
             partie qui a signé: Vous avez signé ; il manque encore la signature de la CAF du 86.\n"
        );
        assert!(told(Stage::Signing, &yearly(), &[], "2025-03-01", &["CAF", "MSA"]).contains("Vous attendez les signatures de la CAF et de la MSA."));
        assert_eq!(
            of(Stage::Abandoned),
            "responsable: Elle est abandonnée. Vous pouvez la reprendre en brouillon.\n\
             agent, partie, partie qui a signé, visiteur: Elle est abandonnée.\n"
        );
    }

    #[test]
    fn what_is_in_force_says_until_when_and_what_to_decide() {
        let of = |fields: &ConventionFields, on: &str| told(Stage::Signed, fields, &[], on, &[]);
        let tacit = Renewal { kind: RenewalKind::Tacit, period_months: Some(12), max: None };
        let tacit = ConventionFields { renewal: tacit, ..yearly() };
        let endless = ConventionFields { ends_on: None, notice_months: None, review_on: Some(day("2025-12-01")), ..yearly() };
        let everybody = "responsable, agent, partie, partie qui a signé, visiteur";
        assert_eq!(of(&yearly(), "2024-12-01"), format!("{everybody}: Elle est signée et commence le 1er janvier 2025.\n"));
        assert_eq!(of(&yearly(), "2025-03-01"), format!("{everybody}: Elle est en vigueur jusqu’au 31 décembre 2025.\n"));
        assert_eq!(
            of(&yearly(), "2025-09-01"),
            "responsable: Le dernier jour de préavis est le 30 septembre 2025 : décidez avant. Elle prend fin le 31 décembre 2025.\n\
             agent, visiteur: Elle prend fin le 31 décembre 2025.\n\
             partie, partie qui a signé: Le dernier jour de préavis est le 30 septembre 2025. Elle prend fin le 31 décembre 2025.\n"
        );
        assert_eq!(
            of(&yearly(), "2025-11-01"),
            "responsable: Elle prend fin le 31 décembre 2025. Décidez avant : un avenant la prolonge, une autre convention la remplace, ou elle s’éteint.\n\
             agent, visiteur: Elle prend fin le 31 décembre 2025.\n\
             partie, partie qui a signé: Elle prend fin le 31 décembre 2025. Parlez de la suite avec le Département.\n"
        );
        assert_eq!(
            of(&tacit, "2025-09-01"),
            "responsable, partie, partie qui a signé: Elle est en vigueur et se reconduit d’elle-même le 1er janvier 2026. Pour qu’elle s’arrête là, \
             dénoncez-la au plus tard le 30 septembre 2025.\n\
             agent, visiteur: Elle est en vigueur et se reconduit d’elle-même le 1er janvier 2026.\n"
        );
        assert!(of(&tacit, "2025-11-01").contains("Le dernier jour de préavis est passé : elle se reconduira."));
        assert_eq!(of(&endless, "2025-03-01"), format!("{everybody}: Elle est en vigueur sans terme, et à revoir le 1er décembre 2025.\n"));
        assert_eq!(
            of(&endless, "2026-03-01"),
            "responsable: Elle devait être revue le 1er décembre 2025. Faites le point avec les parties, puis notez le prochain rendez-vous.\n\
             agent, visiteur: Elle devait être revue le 1er décembre 2025.\n\
             partie, partie qui a signé: Elle devait être revue le 1er décembre 2025. Parlez de la suite avec le Département.\n"
        );
        assert_eq!(
            of(&yearly(), "2026-03-01"),
            "responsable: Elle est échue depuis le 1er janvier 2026. Si le partenariat continue, préparez celle qui la remplace.\n\
             agent, partie, partie qui a signé, visiteur: Elle est échue depuis le 1er janvier 2026.\n"
        );
    }

    #[test]
    fn an_end_that_is_announced_is_told_to_those_who_act() {
        let at = Moment::from_micros(0);
        let content = Content::Resiliation { ground: "Motif".into(), notified_on: day("2025-03-01"), effective_on: day("2025-06-01") };
        let acts = [Act { id: ActId::new(at, &Chance::seeded(1)), number: 1, content, author: String::new(), at }];
        assert_eq!(
            told(Stage::Signed, &yearly(), &acts, "2025-04-01", &[]),
            "responsable: Sa fin est annoncée : elle vaut jusqu’au 31 mai 2025. Des actions s’y appuient : prévenez ceux qui les portent.\n\
             agent, partie, partie qui a signé, visiteur: Sa fin est annoncée : elle vaut jusqu’au 31 mai 2025.\n"
        );
        assert!(told(Stage::Signed, &yearly(), &acts, "2025-06-01", &[]).contains("Résiliée, elle ne vaut plus depuis le 1er juin 2025."));
    }
}
