//! The kinds of bodies and meetings, and what each kind sets by default.

use super::{Approval, Registration};
use crate::db::types::text_enum;
use crate::kernel::Visibility;

text_enum! {
    #[derive(Default)]
    pub enum Kind {
        SteeringCommittee = "steering_committee" | "Comité de pilotage",
        FollowUpCommittee = "follow_up_committee" | "Comité de suivi",
        LocalFollowUpCommittee = "local_follow_up_committee" | "Comité local de suivi",
        #[default]
        TerritorialMeeting = "territorial_meeting" | "Rencontre territoriale",
        WorkingGroup = "working_group" | "Groupe de travail",
        InterMdsMeeting = "inter_mds_meeting" | "Réunion inter-MDS",
        ExchangeDay = "exchange_day" | "Journée d’échanges",
        PresentationMeeting = "presentation_meeting" | "Réunion de présentation",
        InformationMorning = "information_morning" | "Matinée de l’information sociale",
        TerritorialConference = "territorial_conference" | "Conférence territoriale",
        Other = "other" | "Autre rencontre",
    }
}

/// What a kind of meeting begins with, until somebody says otherwise.
pub struct Defaults {
    pub registration: Registration,
    pub visibility: Visibility,
    /// How many days before the meeting it should be called.
    pub notice_days: i32,
    /// How many days before it each reminder leaves.
    pub reminder_days: &'static [i32],
    pub approval: Approval,
    /// The parts of its minutes beside its agenda.
    pub sections: &'static [&'static str],
    /// Those present are given an attestation.
    pub is_training: bool,
}

const COMMITTEE: Defaults = Defaults {
    registration: Registration::Closed,
    visibility: Visibility::Partners,
    notice_days: 15,
    reminder_days: &[7, 1],
    approval: Approval::Chair,
    sections: &["Ouverture", "Suites à donner"],
    is_training: false,
};

impl Kind {
    pub fn defaults(self) -> Defaults {
        match self {
            Self::SteeringCommittee => Defaults { notice_days: 21, ..COMMITTEE },
            Self::FollowUpCommittee => COMMITTEE,
            Self::LocalFollowUpCommittee => Defaults { approval: Approval::Silence, ..COMMITTEE },
            Self::WorkingGroup | Self::InterMdsMeeting | Self::Other => {
                Defaults { notice_days: 10, reminder_days: &[1], approval: Approval::Silence, sections: &["Échanges"], ..COMMITTEE }
            }
            Self::TerritorialMeeting | Self::PresentationMeeting => {
                Defaults { registration: Registration::Partners, approval: Approval::Silence, sections: &["Échanges"], ..COMMITTEE }
            }
            Self::ExchangeDay => Defaults { visibility: Visibility::Internal, registration: Registration::Members, ..Self::Other.defaults() },
            Self::InformationMorning => Defaults {
                registration: Registration::Partners,
                sections: &["Intervenants", "Échanges"],
                is_training: true,
                ..Self::Other.defaults()
            },
            Self::TerritorialConference => Defaults {
                visibility: Visibility::Public,
                registration: Registration::Partners,
                notice_days: 30,
                sections: &["Constats partagés", "Besoins repérés"],
                ..COMMITTEE
            },
        }
    }
}
