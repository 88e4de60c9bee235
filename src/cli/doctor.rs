//! `doctor`.
use super::Outcome;
pub fn run() -> Outcome {
    Ok(())
}
