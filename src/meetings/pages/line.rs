//! The first line of a meeting's page: where it stands, and what its reader does now. Pure.

use super::words::people;
use crate::meetings::model::{InvitationState, Stage};

/// To whom the line speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reader {
    /// Prepares it, calls it, writes its minutes.
    Writer,
    /// Is invited, or their organisation is.
    Invited {
        state: InvitationState,
        represented_by: String,
        place_in_line: Option<usize>,
        is_chair: bool,
    },
    /// May add themselves.
    Open,
    Anybody,
}

/// What the line is made from.
pub struct Seen<'a> {
    pub reader: &'a Reader,
    pub stage: Stage,
    /// What it lacks to be called.
    pub missing: usize,
    pub to_invite: usize,
    pub invited: usize,
    pub coming: usize,
    pub waiting: usize,
    pub seats_left: Option<i64>,
    pub is_open: bool,
    pub has_begun: bool,
    pub has_ended: bool,
    /// At what time changes that wait are told.
    pub told_at: Option<String>,
    pub has_contact: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Line {
    pub stands: String,
    pub next: Option<String>,
}

fn line(stands: impl Into<String>, next: &str) -> Line {
    Line { stands: stands.into(), next: Some(next.to_owned()).filter(|next| !next.is_empty()) }
}

impl Seen<'_> {
    pub fn line(&self) -> Line {
        let is_writer = *self.reader == Reader::Writer;
        let for_writers = |text: &'static str| if is_writer { text } else { "" };
        match self.stage {
            Stage::Draft => self.draft(),
            Stage::Called if self.has_ended => line("Sa date est passée.", for_writers("Indiquez qu’elle s’est tenue, puis notez les présents.")),
            Stage::Called if self.has_begun => line("Elle est en cours.", for_writers("Notez les présents.")),
            Stage::Called => self.called(),
            Stage::Postponed => {
                line("Elle est reportée, sans nouvelle date pour l’instant.", for_writers("Fixez sa nouvelle date dès que vous la connaissez."))
            }
            Stage::Cancelled => line("Elle est annulée.", ""),
            Stage::Held => line("Elle s’est tenue.", for_writers("Vérifiez les présents, puis rédigez le compte rendu.")),
            Stage::MinutesInReview => match self.reader {
                Reader::Invited { is_chair: true, .. } => line("Son compte rendu attend votre approbation.", "Relisez-le, puis approuvez-le."),
                Reader::Invited { .. } => line("Son compte rendu est en relecture.", "Dites ce qui serait à corriger."),
                _ => line("Son compte rendu est en relecture.", ""),
            },
            Stage::MinutesApproved => line("Son compte rendu est approuvé.", for_writers("Publiez-le.")),
            Stage::MinutesPublished => line("Son compte rendu est publié.", ""),
        }
    }

    fn draft(&self) -> Line {
        let stands = "Elle est en préparation.";
        match (self.missing, self.to_invite) {
            _ if self.has_begun => {
                line("Sa date est passée sans qu’elle soit convoquée.", "Si elle s’est tenue, enregistrez-la comme telle. Sinon, changez sa date.")
            }
            (1.., _) => line(stands, "Complétez ce qui manque, puis envoyez la convocation."),
            (0, 0) if !self.is_open => line(stands, "Invitez au moins une personne, puis envoyez la convocation."),
            (0, 0) => line(stands, "Annoncez-la\u{a0}: chacun pourra alors s’y inscrire."),
            (0, count) => line(stands, &format!("Envoyez la convocation\u{a0}: {} à inviter.", people(count))),
        }
    }

    fn called(&self) -> Line {
        match self.reader {
            Reader::Writer => {
                let waiting = match self.waiting {
                    0 => String::new(),
                    1 => ", et une attend une place".to_owned(),
                    count => format!(", et {count} attendent une place"),
                };
                let coming = match (self.coming, self.invited) {
                    (0, _) => "personne n’a encore dit venir".to_owned(),
                    (1, invited) => format!("une personne vient, sur {invited}"),
                    (count, invited) => format!("{count}\u{a0}personnes viennent, sur {invited}"),
                };
                let told = self.told_at.as_ref().map(|at| format!("Vos changements partiront par e-mail à {at}, en un seul message."));
                line(format!("Elle est convoquée\u{a0}: {coming}{waiting}."), &told.unwrap_or_default())
            }
            Reader::Invited { state, represented_by, place_in_line, .. } => match state {
                InvitationState::Accepted if !represented_by.is_empty() => {
                    line(format!("Vous avez répondu que {represented_by} vous représente."), "")
                }
                InvitationState::Accepted => line("Vous avez répondu que vous venez.", ""),
                InvitationState::Declined => line("Vous avez répondu que vous ne venez pas.", ""),
                InvitationState::Tentative => line("Vous avez répondu «\u{a0}peut-être\u{a0}».", "Dites si vous venez dès que vous le savez."),
                InvitationState::Waiting => {
                    let place = place_in_line.map(|place| format!(" ({}\u{a0}de la liste)", ordinal(place))).unwrap_or_default();
                    line(
                        format!("Elle est complète\u{a0}: vous êtes en liste d’attente{place}."),
                        "Vous serez prévenu par e-mail si une place se libère.",
                    )
                }
                InvitationState::Invited | InvitationState::ToInvite => line("Votre réponse est attendue.", "Dites si vous venez."),
            },
            Reader::Open => match self.seats_left {
                Some(..=0) => line("Elle est complète.", "Vous pouvez vous inscrire en liste d’attente."),
                Some(1) => line("L’inscription est ouverte\u{a0}: il reste une place.", "Inscrivez-vous."),
                Some(left) => line(format!("L’inscription est ouverte\u{a0}: il reste {left}\u{a0}places."), "Inscrivez-vous."),
                None => line("L’inscription est ouverte.", "Inscrivez-vous."),
            },
            Reader::Anybody => line("Elle est annoncée.", if self.has_contact { "Pour y assister, adressez-vous au contact indiqué." } else { "" }),
        }
    }
}

fn ordinal(place: usize) -> String {
    if place == 1 { "1er".to_owned() } else { format!("{place}e") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invited(state: InvitationState) -> Reader {
        Reader::Invited { state, represented_by: String::new(), place_in_line: Some(2), is_chair: false }
    }

    fn said(reader: &Reader, stage: Stage, more: impl FnOnce(&mut Seen<'_>)) -> String {
        let mut seen = Seen {
            reader,
            stage,
            missing: 0,
            to_invite: 12,
            invited: 12,
            coming: 5,
            waiting: 0,
            seats_left: Some(3),
            is_open: false,
            has_begun: false,
            has_ended: false,
            told_at: None,
            has_contact: true,
        };
        more(&mut seen);
        let Line { stands, next } = seen.line();
        [Some(stands), next].into_iter().flatten().collect::<Vec<_>>().join(" ").replace('\u{a0}', " ")
    }

    #[test]
    fn whoever_prepares_it_is_told_the_next_step() {
        let of = |stage, more: fn(&mut Seen<'_>)| said(&Reader::Writer, stage, more);
        for (stage, more, expected) in [
            (
                Stage::Draft,
                (|seen| seen.missing = 2) as fn(&mut Seen<'_>),
                "Elle est en préparation. Complétez ce qui manque, puis envoyez la convocation.",
            ),
            (Stage::Draft, |_| (), "Elle est en préparation. Envoyez la convocation : 12 personnes à inviter."),
            (Stage::Draft, |seen| seen.to_invite = 0, "Elle est en préparation. Invitez au moins une personne, puis envoyez la convocation."),
            (Stage::Called, |_| (), "Elle est convoquée : 5 personnes viennent, sur 12."),
            (
                Stage::Called,
                |seen| (seen.coming, seen.waiting) = (1, 2),
                "Elle est convoquée : une personne vient, sur 12, et 2 attendent une place.",
            ),
            (Stage::Called, |seen| seen.has_begun = true, "Elle est en cours. Notez les présents."),
            (Stage::Called, |seen| seen.has_ended = true, "Sa date est passée. Indiquez qu’elle s’est tenue, puis notez les présents."),
            (Stage::Held, |_| (), "Elle s’est tenue. Vérifiez les présents, puis rédigez le compte rendu."),
            (Stage::MinutesApproved, |_| (), "Son compte rendu est approuvé. Publiez-le."),
        ] {
            assert_eq!(of(stage, more), expected);
        }
    }

    #[test]
    fn whoever_is_invited_is_told_their_answer() {
        let of = |state| said(&invited(state), Stage::Called, |_| ());
        assert_eq!(of(InvitationState::Invited), "Votre réponse est attendue. Dites si vous venez.");
        assert_eq!(of(InvitationState::Accepted), "Vous avez répondu que vous venez.");
        assert_eq!(
            of(InvitationState::Waiting),
            "Elle est complète : vous êtes en liste d’attente (2e de la liste). Vous serez prévenu par e-mail si une place se libère."
        );
        assert_eq!(
            said(&Reader::Open, Stage::Called, |seen| seen.seats_left = Some(1)),
            "L’inscription est ouverte : il reste une place. Inscrivez-vous."
        );
        assert_eq!(said(&Reader::Anybody, Stage::Called, |_| ()), "Elle est annoncée. Pour y assister, adressez-vous au contact indiqué.");
        assert_eq!(said(&Reader::Anybody, Stage::Held, |_| ()), "Elle s’est tenue.");
    }
}
