//! Everything that can happen: the only coupling between a slice and who hears of it.
//!
//! A use-case ends with [`happened`], inside its transaction: one line in the journal, and the outbox rows that will tell
//! the search index and the people.

mod record;
mod telling;

use crate::accounts::model::By;
use crate::actions::model::Verb;
use crate::announcements::model as announcements;
use crate::conventions::model as conventions;
use crate::db::Conn;
use crate::decisions::model::Happened;
use crate::error::Result;
use crate::kernel::Day;
use crate::kernel::ids::{
    AccountId, ActId, ActionId, AnnouncementId, BodyId, ConventionId, DecisionId, InvitationId, MeetingId, OrganisationId, PlanId, SupportId,
};
use crate::meetings::model as meetings;
use crate::plans::model::SheetStage;
use crate::search::model::RecordType;
use crate::sharing::model::Happened as Support;
use crate::{decisions, journal, notifications, outbox};

pub use record::Record;

/// What happened, to which record, with what its hearers need to know.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    AccountAdded {
        id: &'a AccountId,
    },
    AccountChanged {
        id: &'a AccountId,
    },
    AccountClosed {
        id: &'a AccountId,
    },
    PasswordSet {
        id: &'a AccountId,
    },
    ActionCreated {
        id: &'a ActionId,
        inspired_by: Option<&'a ActionId>,
    },
    /// Written again; `changed` names the fields. A published action's readers see it at once.
    ActionChanged {
        id: &'a ActionId,
        changed: &'a [String],
        is_live: bool,
        reason: &'a str,
    },
    /// Written again as it was at version `number`.
    ActionRestored {
        id: &'a ActionId,
        number: i32,
        changed: &'a [String],
        is_live: bool,
        reason: &'a str,
    },
    /// A verb of its life was carried out.
    ActionMoved {
        id: &'a ActionId,
        verb: Verb,
        comment: &'a str,
    },
    /// Colleagues are asked for help on it, one answers, or it ends.
    ActionSupport {
        id: &'a ActionId,
        request: &'a SupportId,
        what: Support,
    },
    /// Brought in from a file, at a stage; whoever imports tells search, once for all. `is_new`: it was not there, or was not published.
    ActionImported {
        id: &'a ActionId,
        stage: crate::actions::model::Stage,
        is_new: bool,
    },
    /// Put back as it was before an import, or removed when the import had made it; whoever undoes tells search, once for all.
    ActionImportUndone {
        id: &'a ActionId,
        is_removed: bool,
    },
    /// Its author says that what it tells is still true.
    ActionConfirmed {
        id: &'a ActionId,
    },
    /// A partner that it names became another.
    ActionRelinked {
        id: &'a ActionId,
    },
    SessionsChanged {
        id: &'a ActionId,
        added: usize,
        removed: usize,
    },
    AttendanceRecorded {
        id: &'a ActionId,
    },
    /// A plan was read in or typed; `numbers` are all its sheets, the removed ones too: their trail names the plan.
    PlanSaved {
        id: &'a PlanId,
        numbers: &'a [i32],
        added: &'a [i32],
        changed: &'a [i32],
    },
    SheetAdded {
        id: &'a PlanId,
        number: i32,
    },
    SheetChanged {
        id: &'a PlanId,
        number: i32,
        changed: &'a [String],
        reason: &'a str,
    },
    /// The steering committee decided of its stage.
    SheetDecided {
        id: &'a PlanId,
        number: i32,
        stage: SheetStage,
        decided_on: Day,
        reason: &'a str,
    },
    /// Written again as it was at a version.
    SheetRestored {
        id: &'a PlanId,
        number: i32,
        version: i32,
        changed: &'a [String],
        reason: &'a str,
    },
    ConventionCreated {
        id: &'a ConventionId,
    },
    /// Entered as it was already signed.
    ConventionEntered {
        id: &'a ConventionId,
    },
    ConventionChanged {
        id: &'a ConventionId,
        changed: &'a [String],
        reason: &'a str,
    },
    /// Written again as it was at version `number`.
    ConventionRestored {
        id: &'a ConventionId,
        number: i32,
        changed: &'a [String],
        reason: &'a str,
    },
    ConventionMoved {
        id: &'a ConventionId,
        verb: conventions::Verb,
        comment: &'a str,
    },
    /// Brought in from a file, at a stage; whoever imports tells search, once for all. `is_new`: it was not there, or was not signed.
    ConventionImported {
        id: &'a ConventionId,
        reason: &'a str,
        stage: conventions::Stage,
        is_new: bool,
    },
    /// Put back as it was before an import, or removed when the import had made it; whoever undoes tells search, once for all.
    ConventionImportUndone {
        id: &'a ConventionId,
        is_removed: bool,
    },
    /// An act was added, or an avenant went on.
    ConventionActed {
        id: &'a ConventionId,
        act: &'a ActId,
        kind: conventions::ActKind,
        stage: conventions::AvenantStage,
    },
    ConventionDocument {
        id: &'a ConventionId,
        name: &'a str,
        is_removed: bool,
    },
    /// A partner that it names became another.
    ConventionRelinked {
        id: &'a ConventionId,
    },
    /// Its signed file was joined.
    ConventionFiled {
        id: &'a ConventionId,
        sha256: &'a str,
    },
    PartnerAdded {
        id: &'a OrganisationId,
    },
    PartnerChanged {
        id: &'a OrganisationId,
        changed: &'a [String],
        reason: &'a str,
    },
    /// Written again as it was at version `number`.
    PartnerRestored {
        id: &'a OrganisationId,
        number: i32,
        changed: &'a [String],
        reason: &'a str,
    },
    /// Somebody says that what its page tells is still true.
    PartnerConfirmed {
        id: &'a OrganisationId,
    },
    /// Brought in from a file; whoever imports tells search, once for all.
    PartnerImported {
        id: &'a OrganisationId,
        is_new: bool,
    },
    /// Put back as it was before an import, or removed when the import had made it; whoever undoes tells search, once for all.
    PartnerImportUndone {
        id: &'a OrganisationId,
        is_removed: bool,
    },
    /// Another record of the same organisation was merged into it; `said` is all that the other said.
    PartnerMerged {
        id: &'a OrganisationId,
        other: &'a OrganisationId,
        said: &'a serde_json::Map<String, serde_json::Value>,
    },
    /// It looks like another, and somebody says that they are not the same.
    PartnerToldApart {
        id: &'a OrganisationId,
        other: &'a OrganisationId,
        name: &'a str,
    },
    /// It was merged into another.
    PartnerMergedInto {
        id: &'a OrganisationId,
        into: &'a OrganisationId,
    },
    /// An agent suggests what its page should say; `correction` waits for a manager.
    CorrectionSuggested {
        id: &'a OrganisationId,
        correction: &'a str,
        changed: &'a [String],
        reason: &'a str,
    },
    CorrectionDecided {
        id: &'a OrganisationId,
        correction: &'a str,
        accepted: bool,
        comment: &'a str,
    },
    PartnerRemoved {
        id: &'a OrganisationId,
    },
    BodyCreated {
        id: &'a BodyId,
    },
    BodyChanged {
        id: &'a BodyId,
        changed: &'a [String],
    },
    /// Prepared; or recorded, as it was held before it was written here.
    MeetingCreated {
        id: &'a MeetingId,
        is_held: bool,
    },
    MeetingChanged {
        id: &'a MeetingId,
        changed: &'a [String],
    },
    /// Brought in from a file, or written over from it. `is_new`: it was not there, or was still being prepared.
    MeetingImported {
        id: &'a MeetingId,
        stage: meetings::Stage,
        is_new: bool,
    },
    /// What an import made of it is undone; removed when the import had made it.
    MeetingImportUndone {
        id: &'a MeetingId,
        is_removed: bool,
    },
    MeetingMoved {
        id: &'a MeetingId,
        verb: meetings::Verb,
        reason: &'a str,
    },
    /// `is_called`: they are told at once; otherwise when it is called.
    MeetingInvited {
        id: &'a MeetingId,
        people: &'a [InvitationId],
        is_called: bool,
    },
    MeetingUninvited {
        id: &'a MeetingId,
        person: &'a InvitationId,
    },
    MeetingAnswered {
        id: &'a MeetingId,
        person: &'a InvitationId,
        state: meetings::InvitationState,
    },
    /// A seat came free for the first who waited.
    MeetingPromoted {
        id: &'a MeetingId,
        person: &'a InvitationId,
    },
    MeetingDocument {
        id: &'a MeetingId,
        name: &'a str,
        is_removed: bool,
    },
    PresenceRecorded {
        id: &'a MeetingId,
    },
    /// Its minutes were written; what follows within minutes by the same hand says nothing more.
    MinutesSaved {
        id: &'a MeetingId,
    },
    /// Somebody called says what they think of the minutes in review.
    MinutesOpinion {
        id: &'a MeetingId,
        person: &'a InvitationId,
        opinion: meetings::minutes::Opinion,
    },
    Decision {
        id: &'a DecisionId,
        what: Happened<'a>,
    },
    Announcement {
        id: &'a AnnouncementId,
        what: announcements::Happened<'a>,
    },
    /// An administrator set, changed or removed something that others lean on: a territory, the identity, a token.
    Administered {
        kind: &'static str,
        id: &'a str,
        what: &'static str,
    },
}

/// Tells the journal, the search index and the people, in the transaction that made it happen.
pub fn happened(conn: &mut Conn, by: By<'_>, event: Event<'_>) -> Result<()> {
    journal::write(conn, by, event.name(), &event.record(), &event.detail())?;
    for (kind, id) in event.indexed() {
        outbox::enqueue(conn, by.now, by.chance, &outbox::Job::Index { kind, id })?;
    }
    // What is found of decisions follows their meeting.
    if let Event::MeetingMoved { id, .. } | Event::MeetingChanged { id, .. } = &event {
        for decision in decisions::document::of_meeting(conn, id)? {
            outbox::enqueue(conn, by.now, by.chance, &outbox::Job::Index { kind: RecordType::Decision, id: decision.to_string() })?;
        }
    }
    notifications::hear(conn, by, &event)?;
    decisions::following::hear(conn, by, &event)
}
