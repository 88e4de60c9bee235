//! Why a use-case did not happen. Services answer this; pages and API each tell it in their way.

use crate::db;
use crate::kernel::FieldErrors;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such record, or not for this reader: the two look the same.
    #[error("not found")]
    NotFound,
    /// The reader sees the record but may not do this. The text, in French, says who may.
    #[error("{0}")]
    Forbidden(String),
    /// Nobody is signed in, and somebody must be.
    #[error("sign in first")]
    SignIn,
    #[error("{0}")]
    Invalid(FieldErrors),
    /// What the address asks for is not understood.
    #[error("{0}")]
    BadQuery(FieldErrors),
    #[error("too large")]
    TooLarge,
    /// Somebody else wrote in between; this is the version now.
    #[error("the record is now at version {current}")]
    Conflict { current: i32 },
    /// The record's state does not allow it. The text, in French, says why.
    #[error("{0}")]
    Refused(String),
    /// Too many tries; again in so many seconds.
    #[error("too many tries, wait {seconds} s")]
    Throttled { seconds: i64 },
    #[error(transparent)]
    Database(#[from] db::Error),
    #[error("search is unavailable: {0}")]
    Search(#[from] crate::search::model::Error),
    #[error("{0}")]
    Internal(String),
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        match error {
            diesel::result::Error::NotFound => Self::NotFound,
            error => Self::Database(db::Error::Query(error)),
        }
    }
}

impl From<FieldErrors> for Error {
    fn from(errors: FieldErrors) -> Self {
        Self::Invalid(errors)
    }
}

impl Error {
    pub fn field(field: &str, message: impl Into<String>) -> Self {
        Self::Invalid(FieldErrors::one(field, message))
    }

    /// A fault of ours or of a component, worth a line in the log, as against a refusal.
    pub fn is_fault(&self) -> bool {
        matches!(self, Self::Database(_) | Self::Search(_) | Self::Internal(_))
    }
}
