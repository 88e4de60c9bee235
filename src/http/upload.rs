//! A form that carries a file: its fields first, the token among them, then the file, within bounds.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_multipart::Multipart;
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev};
use futures_util::StreamExt;
use tokio::sync::Semaphore;

use super::forms::{Form, Submitted};
use super::visit::Visit;
use crate::error::{Error, Result};
use crate::kernel::text::clean;

/// The largest file, as the documents of the registry.
pub const LARGEST: usize = 20 * 1024 * 1024;
/// What is read of a file that is too large before the connection is cut: enough for its sender to read why.
const HEARD_OUT: usize = 4 * LARGEST;
const LONGEST_FIELD: usize = 64 * 1024;
const MOST_FIELDS: usize = 100;
/// How long a file may take to arrive.
const PATIENCE: Duration = Duration::from_secs(180);
/// Files that arrive at the same time: each is held in memory, whole.
static ROOM: Semaphore = Semaphore::const_new(6);

/// A form with its file, sent by a page of ours to the browser that we gave it to, by somebody who is signed in.
pub struct Uploaded {
    pub visit: Visit,
    pub form: Form,
    pub file: Received,
}

/// What came in the place of the file.
#[derive(Debug, PartialEq, Eq)]
pub enum Received {
    Nothing,
    TooLarge,
    File { name: String, bytes: Vec<u8> },
}

impl FromRequest for Uploaded {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let has_parts = request.content_type().eq_ignore_ascii_case("multipart/form-data");
        if !has_parts {
            // A form without its file, as a browser sends one that has none.
            let submitted = Submitted::from_request(request, payload);
            return Box::pin(async move {
                let Submitted { visit, form } = submitted.await?;
                visit.actor()?;
                Ok(Self { visit, form, file: Received::Nothing })
            });
        }
        let (request, multipart) = (request.clone(), Multipart::new(request.headers(), payload.take()));
        Box::pin(async move {
            let visit = Visit::load(&request).await?;
            visit.actor()?;
            super::headers::same_origin(&request)?;
            let _room = ROOM.acquire().await.map_err(|error| Error::Internal(error.to_string()))?;
            let (form, file) = tokio::time::timeout(PATIENCE, receive(&visit, multipart)).await.map_err(|_| interrupted())??;
            checked(&visit, &form)?;
            Ok(Self { visit, form, file })
        })
    }
}

fn interrupted() -> Error {
    Error::field("form", "L’envoi a été interrompu : recommencez.")
}

fn checked(visit: &Visit, form: &Form) -> Result<()> {
    match visit.accepts_csrf(form.get("csrf")) {
        true => Ok(()),
        false => Err(Error::Forbidden(
            "Ce formulaire est resté ouvert trop longtemps, ou votre connexion a changé. Revenez en arrière, puis rechargez la page.".into(),
        )),
    }
}

async fn receive(visit: &Visit, mut multipart: Multipart) -> Result<(Form, Received)> {
    let (mut form, mut file) = (Form::default(), Received::Nothing);
    while let Some(field) = multipart.next().await {
        let mut field = field.map_err(|_| interrupted())?;
        let name = field.name().unwrap_or_default().to_owned();
        let file_name = field.content_disposition().and_then(|disposition| disposition.get_filename().map(str::to_owned));
        let Some(file_name) = file_name else {
            let bytes = field.bytes(LONGEST_FIELD).await.map_err(|_| Error::TooLarge)?.map_err(|_| interrupted())?;
            form.0.push((name, String::from_utf8_lossy(&bytes).into_owned()));
            if form.0.len() > MOST_FIELDS {
                return Err(Error::TooLarge);
            }
            continue;
        };
        // Nobody's file is taken in before their form is known to be ours.
        checked(visit, &form)?;
        let (mut bytes, mut heard) = (Vec::new(), 0);
        while let Some(chunk) = field.next().await {
            let chunk = chunk.map_err(|_| interrupted())?;
            heard += chunk.len();
            if heard > HEARD_OUT {
                return Err(Error::TooLarge);
            }
            if heard <= LARGEST {
                bytes.extend_from_slice(&chunk);
            } else {
                bytes = Vec::new();
            }
        }
        file = match (heard > LARGEST, file_name.is_empty() && bytes.is_empty()) {
            (true, _) => Received::TooLarge,
            (false, true) => Received::Nothing,
            (false, false) => Received::File { name: bare(&file_name), bytes },
        };
    }
    Ok((form, file))
}

/// The name of a file without the folders that some browsers put before it.
fn bare(name: &str) -> String {
    let name = clean(name);
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().take(200).collect();
    if name.is_empty() { "fichier".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::bare;

    #[test]
    fn names_come_without_their_folders() {
        for (given, name) in [("C:\\Bureau\\actions.xlsx", "actions.xlsx"), ("../a/b.csv", "b.csv"), ("", "fichier"), ("a\u{0}b.csv", "ab.csv")] {
            assert_eq!(bare(given), name);
        }
        assert_eq!(bare(&"é".repeat(300)).chars().count(), 200);
    }
}
