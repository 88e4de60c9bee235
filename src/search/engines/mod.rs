//! The engines behind search.

use super::model::{Answer, Change, Document, Error, Query, SearchEngine, Suggestion};
use crate::kernel::Visibility;

/// No engine: search says that it is unavailable.
pub struct Off;

impl SearchEngine for Off {
    fn name(&self) -> &'static str {
        "off"
    }
    fn search(&self, _: &Query) -> Result<Answer, Error> {
        Err(Error::Unavailable("off".into()))
    }
    fn suggest(&self, _: &str, _: &[Visibility], _: usize) -> Result<Vec<Suggestion>, Error> {
        Ok(Vec::new())
    }
    fn apply(&self, _: Vec<Change>) -> Result<(), Error> {
        Ok(())
    }
    fn rebuild(&self, documents: &mut dyn Iterator<Item = Document>) -> Result<u64, Error> {
        Ok(documents.count() as u64)
    }
    fn count(&self) -> Result<u64, Error> {
        Ok(0)
    }
}
