//! The pages of files: what is joined to a convention, and several signed PDFs dropped at once.

pub mod deposit;
pub mod documents;

use crate::documents::model;
use crate::documents::service::{Checked, take_in};
use crate::error::{Error, Result};
use crate::http::upload::{Arrived, Content};
use crate::http::visit::Visit;

/// Takes in one file of a form; what is wrong with it stands beside `file`.
pub async fn received(visit: &Visit, file: Option<Arrived>, purpose: model::Purpose) -> Result<Checked> {
    match file {
        None => Err(Error::field("file", "Choisissez un fichier.")),
        Some(Arrived { name, content: Content::File(file) }) => {
            let bytes = Content::File(file).read()?.unwrap_or_default();
            take_in(&visit.app, &name, bytes, purpose).await
        }
        Some(Arrived { name, content: Content::TooLarge }) => Err(Error::field("file", model::too_large(&name))),
        Some(Arrived { name, content: Content::NoRoom }) => {
            Err(Error::field("file", format!("« {name} » n’a pas été reçu : il y a trop de fichiers à la fois. Déposez-le ensuite.")))
        }
    }
}
