//! An announcement: what it says and to whom, its stages, and the one table that says who leads from which to which.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::actions::model::SheetRef;
use crate::db::types::text_enum;
use crate::kernel::actor::Role;
use crate::kernel::{Day, Moment};
use crate::partners::model::OrganisationKind;

text_enum! {
    pub enum Kind {
        Announcement = "announcement" | "Annonce",
        Letter = "letter" | "Lettre du mois",
    }
}

text_enum! {
    pub enum Stage {
        Draft = "draft" | "Brouillon",
        Scheduled = "scheduled" | "Programmée",
        Sending = "sending" | "En cours d’envoi",
        Sent = "sent" | "Envoyée",
        Cancelled = "cancelled" | "Annulée",
    }
}

text_enum! {
    pub enum Verb {
        Schedule = "schedule" | "Programmer l’envoi",
        Send = "send" | "Envoyer",
        Finish = "finish" | "Terminer l’envoi",
        Reopen = "reopen" | "Reprendre en brouillon",
        Cancel = "cancel" | "Annuler",
    }
}

text_enum! {
    /// Whom it is written to.
    pub enum Side {
        Partners = "partners" | "Les partenaires",
        Agents = "agents" | "Les agents du Département",
        Elected = "elected" | "Les élus qui siègent dans une instance",
    }
}

text_enum! {
    /// How an organisation was informed.
    pub enum How {
        Mail = "mail" | "Par e-mail",
        Presence = "presence" | "À la réunion",
        Letter = "letter" | "Par courrier",
    }
}

text_enum! {
    /// What a line of the letter is about.
    #[derive(Default)]
    pub enum ItemKind {
        Action = "action" | "Nouvelles actions",
        Meeting = "meeting" | "Rencontres à venir",
        Minutes = "minutes" | "Comptes rendus publiés",
        Convention = "convention" | "Conventions signées",
        #[default]
        Text = "text" | "Texte",
    }
}

/// One line of the table.
pub struct Rule {
    pub verb: Verb,
    pub from: &'static [Stage],
    pub to: Stage,
    pub roles: &'static [Role],
}

const DECIDE: &[Role] = &[Role::Manager, Role::Administrator];

/// Everything that may happen to an announcement's stage. Territories are checked in `policy`; a verb without roles is the scheduler's.
pub const RULES: [Rule; 5] = [
    Rule { verb: Verb::Schedule, from: &[Stage::Draft], to: Stage::Scheduled, roles: DECIDE },
    Rule { verb: Verb::Send, from: &[Stage::Draft, Stage::Scheduled], to: Stage::Sending, roles: DECIDE },
    Rule { verb: Verb::Finish, from: &[Stage::Sending], to: Stage::Sent, roles: &[] },
    Rule { verb: Verb::Reopen, from: &[Stage::Scheduled], to: Stage::Draft, roles: DECIDE },
    Rule { verb: Verb::Cancel, from: &[Stage::Draft, Stage::Scheduled, Stage::Sending], to: Stage::Cancelled, roles: DECIDE },
];

impl Verb {
    fn rule(self) -> Option<&'static Rule> {
        RULES.iter().find(|rule| rule.verb == self)
    }

    /// Where the verb leads from a stage.
    pub fn leads(self, from: Stage) -> Option<Stage> {
        self.rule().filter(|rule| rule.from.contains(&from)).map(|rule| rule.to)
    }

    pub fn is_for(self, role: Role) -> bool {
        self.rule().is_some_and(|rule| rule.roles.contains(&role))
    }
}

/// Those to whom it is written. Empty lists keep all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Audience {
    #[schema(value_type = Vec<String>, example = json!(["partners"]))]
    pub to: Vec<Side>,
    /// Of organisations.
    #[schema(value_type = Vec<String>, example = json!(["ccas"]))]
    pub kinds: Vec<OrganisationKind>,
    /// A code matches the place and what is inside it; for partners, what serves it from above too.
    pub territories: Vec<String>,
    pub themes: Vec<String>,
    /// The members of these bodies only.
    pub bodies: Vec<String>,
    /// The parties to a convention in force only, with the members of `bodies`.
    pub in_convention: bool,
}

/// One line of the letter: a record as it was composed, or a paragraph of one's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Item {
    #[schema(value_type = String, example = "action")]
    pub kind: ItemKind,
    /// The record that it names; none for a paragraph.
    pub record: Option<String>,
    pub title: String,
    pub text: String,
    /// Is it in the letter?
    pub kept: bool,
}

/// What people write of an announcement. Stored whole; every version is one of these.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct AnnouncementFields {
    /// The subject of its mails.
    pub title: String,
    pub greeting: String,
    /// An empty line parts paragraphs, lines that begin with a dash make a list.
    pub text: String,
    pub audience: Audience,
    /// The sheets that count whom it informed.
    pub plan_sheets: Vec<SheetRef>,
    /// The meeting where what it announces is presented.
    pub meeting: Option<String>,
    /// Of a letter: the first day of its month, and its lines in their order.
    #[schema(value_type = Option<String>, format = Date)]
    pub month: Option<Day>,
    pub items: Vec<Item>,
}

/// Where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    pub stage: Stage,
    /// When its mails begin to leave.
    pub send_at: Option<Moment>,
    /// When the last one had ended.
    pub sent_at: Option<Moment>,
}

/// Why a transition is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    Stage {
        from: Stage,
        verb: Verb,
    },
    /// It would be sent in the past.
    Past,
}

impl Life {
    pub fn draft() -> Self {
        Self { stage: Stage::Draft, send_at: None, sent_at: None }
    }

    /// `at`: when it is scheduled for.
    pub fn apply(self, verb: Verb, at: Option<Moment>, now: Moment) -> Result<Self, Refusal> {
        let stage = verb.leads(self.stage).ok_or(Refusal::Stage { from: self.stage, verb })?;
        Ok(match verb {
            Verb::Schedule => Self { stage, send_at: Some(at.filter(|at| *at > now).ok_or(Refusal::Past)?), ..self },
            Verb::Send => Self { stage, send_at: Some(self.send_at.unwrap_or(now)), ..self },
            Verb::Finish => Self { stage, sent_at: Some(now), ..self },
            Verb::Reopen => Self { stage, send_at: None, ..self },
            // Stopped while its mails left: their sending ended now.
            Verb::Cancel => Self { stage, sent_at: Some(now).filter(|_| self.stage == Stage::Sending), ..self },
        })
    }
}

/// A text to begin with.
pub struct Model {
    pub code: &'static str,
    pub label: &'static str,
    pub title: &'static str,
    pub greeting: &'static str,
    pub text: &'static str,
}

pub const MODELS: [Model; 4] = [
    Model {
        code: "offer",
        label: "Nouvelle offre",
        title: "Une nouvelle offre près de chez vous",
        greeting: "Madame, Monsieur,",
        text: "Une nouvelle offre s’ouvre sur notre territoire.\n\nCe qu’elle propose\u{a0}:\n- \n\nPour qui\u{a0}: \n\nOù et quand\u{a0}: \n\nPour orienter quelqu’un\u{a0}: \n\nMerci de la faire connaître autour de vous.",
    },
    Model {
        code: "meeting",
        label: "Réunion de présentation",
        title: "Réunion de présentation",
        greeting: "Madame, Monsieur,",
        text: "Nous vous invitons à une réunion de présentation.\n\nQuand\u{a0}: \n\nOù\u{a0}: \n\nAu programme\u{a0}:\n- \n\nMerci de nous dire si vous serez présent.",
    },
    Model {
        code: "closing",
        label: "Fermeture",
        title: "Fermeture exceptionnelle",
        greeting: "Madame, Monsieur,",
        text: "Nos bureaux seront fermés.\n\nQuand\u{a0}: \n\nÀ qui s’adresser pendant ce temps\u{a0}: \n\nLa réouverture est prévue le ",
    },
    Model { code: "free", label: "Libre", title: "", greeting: "Bonjour,", text: "" },
];

pub fn model(code: &str) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.code == code)
}

/// What happens to announcements, as the journal and history have it.
#[derive(Clone, Copy, Debug)]
pub enum Happened<'a> {
    Created,
    Changed { changed: &'a [String] },
    Moved { verb: Verb },
    Lettered { organisations: usize, on: Day },
    Document { name: &'a str, is_removed: bool },
}

impl Happened<'_> {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Changed { .. } => "changed",
            Self::Moved { verb } => match verb {
                Verb::Schedule => "scheduled",
                Verb::Send => "sent",
                Verb::Finish => "finished",
                Verb::Reopen => "reopened",
                Verb::Cancel => "cancelled",
            },
            Self::Lettered { .. } => "lettered",
            Self::Document { is_removed: false, .. } => "document_added",
            Self::Document { is_removed: true, .. } => "document_removed",
        }
    }

    pub fn makes_a_version(&self) -> bool {
        matches!(self, Self::Created | Self::Changed { .. } | Self::Moved { .. })
    }

    pub fn facts(&self) -> Value {
        match self {
            Self::Changed { changed } => json!({ "changed": changed }),
            Self::Lettered { organisations, on } => json!({ "organisations": organisations, "on": on }),
            Self::Document { name, .. } => json!({ "name": name }),
            _ => json!({}),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_verbs_and_stages() {
        let table: Vec<String> = Verb::ALL
            .iter()
            .flat_map(|verb| Stage::ALL.iter().filter_map(move |from| verb.leads(*from).map(|to| format!("{verb} {from}>{to}"))))
            .collect();
        assert_eq!(
            table,
            [
                "schedule draft>scheduled",
                "send draft>sending",
                "send scheduled>sending",
                "finish sending>sent",
                "reopen scheduled>draft",
                "cancel draft>cancelled",
                "cancel scheduled>cancelled",
                "cancel sending>cancelled",
            ]
        );
        assert_eq!(Verb::ALL.len(), RULES.len());
        assert!(Role::ALL.iter().all(|role| !Verb::Finish.is_for(*role)), "nobody says that mails have left");
    }

    #[test]
    fn nothing_is_scheduled_in_the_past() {
        let (now, later) = (Moment::from_micros(1_000_000), Moment::from_micros(2_000_000));
        let life = Life::draft();
        assert_eq!(life.apply(Verb::Schedule, None, now), Err(Refusal::Past));
        assert_eq!(life.apply(Verb::Schedule, Some(now), now), Err(Refusal::Past));
        let scheduled = life.apply(Verb::Schedule, Some(later), now).unwrap();
        assert_eq!((scheduled.stage, scheduled.send_at), (Stage::Scheduled, Some(later)));
        let sending = scheduled.apply(Verb::Send, None, later).unwrap();
        assert_eq!((sending.send_at, sending.sent_at), (Some(later), None));
        assert_eq!(sending.apply(Verb::Finish, None, later).unwrap().sent_at, Some(later));
        assert_eq!(scheduled.apply(Verb::Reopen, None, now), Ok(Life::draft()));
        assert_eq!(life.apply(Verb::Cancel, None, now).unwrap().sent_at, None);
    }
}
