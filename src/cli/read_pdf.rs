//! `read-pdf`: the process that reads what strangers send. The service starts it; nobody types it.

use super::Outcome;

pub fn run() -> Outcome {
    crate::documents::read_pdf()?;
    Ok(())
}
