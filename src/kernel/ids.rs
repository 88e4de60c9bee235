//! Identifiers: 26 characters of a ULID, so that ids made later sort later.

use super::{Chance, Moment};

/// A new identifier for something made at `at`.
pub fn new(at: Moment, chance: &Chance) -> String {
    let millis = u64::try_from(at.micros() / 1000).unwrap_or(0);
    ulid::Ulid::from_parts(millis, chance.u128()).to_string()
}

/// Is this the shape of an identifier? What is not cannot name a record, and need not be looked for.
pub fn plausible(text: &str) -> bool {
    text.len() == 26 && ulid::Ulid::from_string(text).is_ok()
}

/// When an identifier was made, to the millisecond; None when it is none.
pub fn made_at(text: &str) -> Option<Moment> {
    let ulid = ulid::Ulid::from_string(text).ok()?;
    Some(Moment::from_micros(i64::try_from(ulid.timestamp_ms()).ok()?.checked_mul(1000)?))
}

/// Declares the identifier type of one kind of record, so that an account's cannot be given for an action's.
macro_rules! id {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
        #[diesel(sql_type = diesel::sql_types::Text)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            pub fn new(at: crate::kernel::Moment, chance: &crate::kernel::Chance) -> Self {
                Self(crate::kernel::ids::new(at, chance))
            }

            /// The identifier that a URL or a file gives, if it has the shape of one.
            pub fn parse(text: &str) -> Option<Self> {
                crate::kernel::ids::plausible(text).then(|| Self(text.to_owned()))
            }

            /// Where a walk through all of them, in order, goes on: after this text (empty: from the beginning).
            pub fn after(text: &str) -> Self {
                Self(text.to_owned())
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        $crate::db::types::text_column!($name, |text| Some($name(text)));
    )+};
}

id! {
    AccountId,
    ActionId,
    SessionId,
    PlanId,
    OrganisationId,
    MailId,
    DocumentId,
    ConventionId,
    ActId,
    BodyId,
    MeetingId,
    InvitationId,
    DecisionId,
    SubscriptionId,
    NoticeId,
    SupportId,
    AnnouncementId,
}
