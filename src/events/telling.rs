//! What the journal and the search index are told of each event.

use serde_json::json;

use super::{Event, Record};
use crate::actions::model::Verb;
use crate::conventions::model as conventions;
use crate::meetings::model as meetings;
use crate::search::model::RecordType;

impl Event<'_> {
    /// The name by which the journal keeps it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::AccountAdded { .. } => "account_added",
            Self::AccountChanged { .. } => "account_changed",
            Self::AccountClosed { .. } => "account_closed",
            Self::PasswordSet { .. } => "password_set",
            Self::ActionCreated { .. } => "created",
            Self::ActionChanged { .. } => "changed",
            Self::ActionRestored { .. } => "restored",
            Self::ActionMoved { verb: Verb::Submit, .. } => "submitted",
            Self::ActionMoved { verb: Verb::Return, .. } => "returned",
            Self::ActionMoved { verb: Verb::Publish, .. } => "published",
            Self::ActionMoved { verb: Verb::Archive, .. } => "archived",
            Self::ActionImported { .. } => "imported",
            Self::ActionImportUndone { is_removed: true, .. } => "import_removed",
            Self::ActionImportUndone { is_removed: false, .. } => "import_undone",
            Self::ActionConfirmed { .. } => "confirmed",
            Self::ActionRelinked { .. } => "relinked",
            Self::SessionsChanged { .. } => "sessions_changed",
            Self::AttendanceRecorded { .. } => "attendance_recorded",
            Self::PlanSaved { .. } => "plan_saved",
            Self::SheetAdded { .. } => "sheet_added",
            Self::SheetChanged { .. } => "sheet_changed",
            Self::SheetDecided { .. } => "sheet_decided",
            Self::SheetRestored { .. } => "sheet_restored",
            Self::ConventionCreated { .. } => "created",
            Self::ConventionEntered { .. } => "entered",
            Self::ConventionChanged { .. } => "changed",
            Self::ConventionRestored { .. } => "restored",
            Self::ConventionMoved { verb, .. } => match verb {
                conventions::Verb::Submit => "submitted",
                conventions::Verb::Return => "returned",
                conventions::Verb::Validate => "validated",
                conventions::Verb::Send => "sent",
                conventions::Verb::Sign => "signed",
                conventions::Verb::Record => "recorded",
                conventions::Verb::Abandon => "abandoned",
                conventions::Verb::Reactivate => "reactivated",
                conventions::Verb::Enter => "entered",
            },
            Self::ConventionActed { kind: conventions::ActKind::Avenant, stage, .. } => match stage {
                conventions::AvenantStage::Draft => "avenant_drafted",
                conventions::AvenantStage::Signed => "avenant_signed",
                conventions::AvenantStage::Abandoned => "avenant_abandoned",
            },
            Self::ConventionActed { kind, .. } => kind.as_str(),
            Self::ConventionDocument { is_removed: false, .. } | Self::MeetingDocument { is_removed: false, .. } => "document_added",
            Self::ConventionDocument { is_removed: true, .. } | Self::MeetingDocument { is_removed: true, .. } => "document_removed",
            Self::ConventionImported { .. } => "imported",
            Self::ConventionImportUndone { is_removed: true, .. } => "import_removed",
            Self::ConventionImportUndone { is_removed: false, .. } => "import_undone",
            Self::ConventionFiled { .. } => "filed",
            Self::ConventionRelinked { .. } => "relinked",
            Self::PartnerAdded { .. } => "partner_added",
            Self::PartnerChanged { .. } => "partner_changed",
            Self::PartnerRestored { .. } => "partner_restored",
            Self::PartnerConfirmed { .. } => "partner_confirmed",
            Self::PartnerImported { .. } => "partner_imported",
            Self::PartnerImportUndone { is_removed: true, .. } => "partner_import_removed",
            Self::PartnerImportUndone { is_removed: false, .. } => "partner_import_undone",
            Self::PartnerMerged { .. } => "partner_merged",
            Self::PartnerMergedInto { .. } => "partner_merged_into",
            Self::PartnerToldApart { .. } => "partner_told_apart",
            Self::CorrectionSuggested { .. } => "correction_suggested",
            Self::CorrectionDecided { accepted: true, .. } => "correction_accepted",
            Self::CorrectionDecided { accepted: false, .. } => "correction_refused",
            Self::PartnerRemoved { .. } => "partner_removed",
            Self::BodyCreated { .. } => "created",
            Self::BodyChanged { .. } => "changed",
            Self::MeetingCreated { is_held: false, .. } => "created",
            Self::MeetingCreated { is_held: true, .. } => "recorded",
            Self::MeetingChanged { .. } => "changed",
            Self::MeetingImported { .. } => "imported",
            Self::MeetingImportUndone { is_removed: true, .. } => "import_removed",
            Self::MeetingImportUndone { is_removed: false, .. } => "import_undone",
            Self::MeetingMoved { verb, .. } => match verb {
                meetings::Verb::Call => "called",
                meetings::Verb::Postpone => "postponed",
                meetings::Verb::Reschedule => "rescheduled",
                meetings::Verb::Cancel => "cancelled",
                meetings::Verb::Hold => "held",
                meetings::Verb::Submit => "submitted",
                meetings::Verb::Return => "returned",
                meetings::Verb::Approve => "approved",
                meetings::Verb::Publish => "published",
                meetings::Verb::Rectify => "rectified",
                meetings::Verb::Record => "recorded",
            },
            Self::MeetingInvited { .. } => "invited",
            Self::MeetingUninvited { .. } => "uninvited",
            Self::MeetingAnswered { .. } => "answered",
            Self::MeetingPromoted { .. } => "promoted",
            Self::PresenceRecorded { .. } => "presence_recorded",
            Self::MinutesSaved { .. } => "minutes_saved",
            Self::MinutesOpinion { .. } => "minutes_opinion",
            Self::Decision { what, .. } => what.name(),
            Self::ActionSupport { what, .. } => what.as_str(),
            Self::Announcement { what, .. } => what.name(),
            Self::Administered { what, .. } => what,
        }
    }

    pub fn record(&self) -> Record {
        let (kind, id) = match self {
            Self::AccountAdded { id } | Self::AccountChanged { id } | Self::AccountClosed { id } | Self::PasswordSet { id } => {
                ("account", id.to_string())
            }
            Self::ActionCreated { id, .. }
            | Self::ActionChanged { id, .. }
            | Self::ActionRestored { id, .. }
            | Self::ActionMoved { id, .. }
            | Self::ActionImported { id, .. }
            | Self::ActionImportUndone { id, .. }
            | Self::ActionConfirmed { id }
            | Self::ActionRelinked { id }
            | Self::SessionsChanged { id, .. }
            | Self::AttendanceRecorded { id }
            | Self::ActionSupport { id, .. } => ("action", id.to_string()),
            Self::PlanSaved { id, .. } => ("plan", id.to_string()),
            Self::SheetAdded { id, number }
            | Self::SheetChanged { id, number, .. }
            | Self::SheetDecided { id, number, .. }
            | Self::SheetRestored { id, number, .. } => return Record::sheet(id, *number),
            Self::ConventionCreated { id }
            | Self::ConventionEntered { id }
            | Self::ConventionChanged { id, .. }
            | Self::ConventionRestored { id, .. }
            | Self::ConventionMoved { id, .. }
            | Self::ConventionActed { id, .. }
            | Self::ConventionDocument { id, .. }
            | Self::ConventionRelinked { id }
            | Self::ConventionImported { id, .. }
            | Self::ConventionImportUndone { id, .. }
            | Self::ConventionFiled { id, .. } => return Record::convention(id),
            Self::PartnerAdded { id }
            | Self::PartnerChanged { id, .. }
            | Self::PartnerRestored { id, .. }
            | Self::PartnerConfirmed { id }
            | Self::PartnerImported { id, .. }
            | Self::PartnerImportUndone { id, .. }
            | Self::PartnerMerged { id, .. }
            | Self::PartnerMergedInto { id, .. }
            | Self::PartnerToldApart { id, .. }
            | Self::CorrectionSuggested { id, .. }
            | Self::CorrectionDecided { id, .. }
            | Self::PartnerRemoved { id } => return Record::partner(id),
            Self::BodyCreated { id } | Self::BodyChanged { id, .. } => return Record::body(id),
            Self::MeetingCreated { id, .. }
            | Self::MeetingChanged { id, .. }
            | Self::MeetingImported { id, .. }
            | Self::MeetingImportUndone { id, .. }
            | Self::MeetingMoved { id, .. }
            | Self::MeetingInvited { id, .. }
            | Self::MeetingUninvited { id, .. }
            | Self::MeetingAnswered { id, .. }
            | Self::MeetingPromoted { id, .. }
            | Self::MinutesOpinion { id, .. }
            | Self::MeetingDocument { id, .. }
            | Self::PresenceRecorded { id } => return Record::meeting(id),
            Self::MinutesSaved { id } => return Record::minutes(id),
            Self::Decision { id, .. } => return Record::decision(id),
            Self::Announcement { id, .. } => return Record::announcement(id),
            Self::Administered { kind, id, .. } => (*kind, (*id).to_owned()),
        };
        Record { kind, id }
    }

    /// What its author said of why, where an event asks for it; empty when nothing was said.
    pub fn reason(&self) -> &str {
        match self {
            Self::Decision { what, .. } => what.reason(),
            Self::ActionMoved { comment, .. } | Self::ConventionMoved { comment, .. } | Self::CorrectionDecided { comment, .. } => comment,
            Self::ActionChanged { reason, .. }
            | Self::ActionRestored { reason, .. }
            | Self::SheetChanged { reason, .. }
            | Self::SheetDecided { reason, .. }
            | Self::SheetRestored { reason, .. }
            | Self::PartnerChanged { reason, .. }
            | Self::PartnerRestored { reason, .. }
            | Self::ConventionChanged { reason, .. }
            | Self::MeetingMoved { reason, .. }
            | Self::ConventionRestored { reason, .. }
            | Self::ConventionImported { reason, .. }
            | Self::CorrectionSuggested { reason, .. } => reason,
            _ => "",
        }
    }

    /// What else is worth keeping of it.
    pub fn facts(&self) -> serde_json::Value {
        match self {
            Self::Decision { what, .. } => what.facts(),
            Self::Announcement { what, .. } => what.facts(),
            Self::ActionCreated { inspired_by: Some(source), .. } => json!({ "inspired_by": source }),
            Self::ActionChanged { changed, .. }
            | Self::SheetChanged { changed, .. }
            | Self::PartnerChanged { changed, .. }
            | Self::BodyChanged { changed, .. }
            | Self::MeetingChanged { changed, .. }
            | Self::ConventionChanged { changed, .. } => json!({ "changed": changed }),
            Self::MeetingInvited { people, .. } => json!({ "people": people }),
            Self::MeetingUninvited { person, .. } | Self::MeetingPromoted { person, .. } => json!({ "person": person }),
            Self::MinutesOpinion { person, opinion, .. } => json!({ "person": person, "opinion": opinion }),
            Self::MeetingAnswered { person, state, .. } => json!({ "person": person, "state": state }),
            Self::ActionSupport { request, .. } => json!({ "request": request }),
            Self::ConventionActed { act, .. } => json!({ "act": act }),
            Self::ConventionDocument { name, .. } | Self::MeetingDocument { name, .. } => json!({ "name": name }),
            Self::ConventionFiled { sha256, .. } => json!({ "sha256": sha256 }),
            Self::ActionRestored { number, changed, .. }
            | Self::SheetRestored { version: number, changed, .. }
            | Self::PartnerRestored { number, changed, .. }
            | Self::ConventionRestored { number, changed, .. } => json!({ "version": number, "changed": changed }),
            Self::ActionImported { stage, .. } => json!({ "stage": stage }),
            Self::ConventionImported { stage, .. } => json!({ "stage": stage }),
            Self::MeetingImported { stage, .. } => json!({ "stage": stage }),
            Self::PartnerMerged { other, said, .. } => json!({ "other": other, "name": said.get("name"), "said": said }),
            Self::PartnerMergedInto { into, .. } => json!({ "into": into }),
            Self::PartnerToldApart { other, name, .. } => json!({ "other": other, "name": name }),
            Self::CorrectionSuggested { correction, changed, .. } => json!({ "correction": correction, "changed": changed }),
            Self::CorrectionDecided { correction, .. } => json!({ "correction": correction }),
            Self::SessionsChanged { added, removed, .. } => json!({ "added": added, "removed": removed }),
            Self::SheetDecided { stage, decided_on, .. } => json!({ "stage": stage, "decided_on": decided_on }),
            _ => json!({}),
        }
    }

    pub(super) fn detail(&self) -> serde_json::Value {
        let mut detail = self.facts();
        if !self.reason().is_empty() {
            detail["comment"] = json!(self.reason());
        }
        detail
    }

    /// The records whose documents in the search index may no longer be right.
    pub(super) fn indexed(&self) -> Vec<(RecordType, String)> {
        match self {
            Self::ActionChanged { .. } | Self::ActionRestored { .. } | Self::ActionMoved { .. } | Self::SessionsChanged { .. } => {
                vec![(RecordType::Action, self.record().id)]
            }
            Self::SheetAdded { .. } | Self::SheetChanged { .. } | Self::SheetDecided { .. } | Self::SheetRestored { .. } => {
                vec![(RecordType::PlanSheet, self.record().id)]
            }
            // Only what is signed is to be found.
            Self::ConventionEntered { .. }
            | Self::ConventionChanged { .. }
            | Self::ConventionRestored { .. }
            | Self::ConventionMoved { .. }
            | Self::ConventionActed { .. }
            | Self::ConventionDocument { .. }
            | Self::ConventionRelinked { .. }
            | Self::ConventionFiled { .. } => {
                vec![(RecordType::Convention, self.record().id)]
            }
            Self::MeetingCreated { .. } | Self::MeetingChanged { .. } | Self::MeetingMoved { .. } | Self::MeetingDocument { .. } => {
                vec![(RecordType::Meeting, self.record().id)]
            }
            Self::Decision { .. } => vec![(RecordType::Decision, self.record().id)],
            Self::PlanSaved { id, numbers, .. } => numbers.iter().map(|number| (RecordType::PlanSheet, format!("{id}/{number}"))).collect(),
            Self::PartnerAdded { .. }
            | Self::PartnerChanged { .. }
            | Self::PartnerRestored { .. }
            | Self::PartnerMerged { .. }
            | Self::PartnerMergedInto { .. }
            | Self::PartnerRemoved { .. } => vec![(RecordType::Partner, self.record().id)],
            _ => Vec::new(),
        }
    }
}
