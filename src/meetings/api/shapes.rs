//! What the requests about meetings hold, as the description of the API tells it.

use utoipa::ToSchema;

/// A body as it is added or written again.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that is read by hand")]
pub struct NewBody {
    #[schema(inline)]
    #[serde(flatten)]
    fields: crate::meetings::model::BodyFields,
    /// To write again: the version that was read.
    version: Option<i32>,
}

/// A meeting as it is prepared, recorded or written again.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that is read by hand")]
pub struct NewMeeting {
    #[schema(inline)]
    #[serde(flatten)]
    fields: crate::meetings::model::MeetingFields,
    /// To write again: the version that was read.
    version: Option<i32>,
    /// To record: `held`.
    stage: Option<String>,
    /// With a smaller capacity: `waiting` puts the last who asked for a seat on the waiting list.
    overflow: Option<String>,
}

/// A verb that says why.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that is read by hand")]
pub struct ReasonBody {
    version: i32,
    /// Read by those concerned.
    reason: String,
}

/// Another date; or, without `starts_at`, none yet.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that is read by hand")]
pub struct PostponeBody {
    version: i32,
    /// Read by those concerned.
    reason: String,
    #[schema(format = DateTime)]
    starts_at: Option<String>,
    #[schema(format = DateTime)]
    ends_at: Option<String>,
    place: Option<String>,
    link: Option<String>,
}

/// Somebody to invite: a name and an address, or the identifier of an account or of a partner. Or several at once.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that is read by hand")]
pub struct NewInvitation {
    name: Option<String>,
    email: Option<String>,
    function: Option<String>,
    /// `agent`, `elected`, `partner` or `other`.
    quality: Option<String>,
    /// The identifier or the address of an account.
    account: Option<String>,
    /// The identifier of a partner, whose mailbox is written to.
    partner: Option<String>,
    /// Several people, each as above, instead of one.
    #[schema(no_recursion)]
    invitations: Option<Vec<NewInvitation>>,
}

/// What somebody invited answers.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that is read by hand")]
pub struct AnswerBody {
    /// `present`, `absent`, `represented` or `perhaps`.
    answer: String,
    /// Who comes in their place.
    represented_by: Option<String>,
    note: Option<String>,
}

/// Who came. What is not given stays.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that is read by hand")]
pub struct PresenceBody {
    presences: Option<Vec<OnePresence>>,
    /// Those who came without being invited by name: a number; null clears it.
    headcount: Option<i32>,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that is read by hand")]
pub struct OnePresence {
    /// The identifier of an invitation.
    id: String,
    /// `present`, `excused`, `absent` or `represented`.
    presence: String,
}
