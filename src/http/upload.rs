//! A form that carries files: its fields first, the token among them, then the files, within bounds. They wait on disk, and have no name
//! there: whatever happens, nothing of them is left.

use std::fs::File;
use std::future::Future;
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use actix_multipart::{Field, Multipart};
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev, web};
use futures_util::StreamExt;
use tokio::sync::Semaphore;

use super::forms::{Form, Submitted};
use super::visit::{Visit, bearer};
use crate::error::{Error, Result};
use crate::kernel::text::clean;

/// The largest file, as the documents of the registry.
pub const LARGEST: usize = 20 * 1024 * 1024;
/// Files of one form, and what they weigh together.
pub const MOST_FILES: usize = 60;
pub const MOST_BYTES: usize = 200 * 1024 * 1024;
/// What is read of files that are too large before the connection is cut: enough for their sender to read why.
const HEARD_OUT: usize = 2 * MOST_BYTES;
const LONGEST_FIELD: usize = 64 * 1024;
const MOST_FIELDS: usize = 500;
/// How long files may take to arrive.
const PATIENCE: Duration = Duration::from_secs(600);
/// Forms with files that arrive at the same time.
static ROOM: Semaphore = Semaphore::const_new(8);
/// Written to the disk at a time.
const CHUNK: usize = 1024 * 1024;

/// A form with its files, sent by somebody who is signed in: by a page of ours to the browser that we gave it to, or with a token.
pub struct Files {
    pub visit: Visit,
    pub form: Form,
    pub files: Vec<Arrived>,
}

/// A file of a form.
pub struct Arrived {
    pub name: String,
    pub content: Content,
}

pub enum Content {
    File(File),
    TooLarge,
    /// There were too many before it, or they weighed too much.
    NoRoom,
}

/// A form with one file.
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

impl Content {
    /// The bytes, if they are there.
    pub fn read(self) -> Result<Option<Vec<u8>>> {
        let Self::File(mut file) = self else { return Ok(None) };
        let mut bytes = Vec::new();
        file.rewind().and_then(|()| file.take(LARGEST as u64).read_to_end(&mut bytes)).map_err(failed)?;
        Ok(Some(bytes))
    }
}

impl FromRequest for Uploaded {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let files = Files::from_request(request, payload);
        Box::pin(async move {
            let Files { visit, form, mut files } = files.await?;
            let file = match files.pop() {
                None => Received::Nothing,
                Some(Arrived { name, content }) => match content.read()? {
                    Some(bytes) => Received::File { name, bytes },
                    None => Received::TooLarge,
                },
            };
            Ok(Self { visit, form, file })
        })
    }
}

impl FromRequest for Files {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let has_parts = request.content_type().eq_ignore_ascii_case("multipart/form-data");
        if !has_parts && vouches(request) {
            let request = request.clone();
            return Box::pin(async move {
                let visit = Visit::load(&request).await?;
                visit.actor()?;
                Sender::of(&request)?;
                Ok(Self { visit, form: Form::default(), files: Vec::new() })
            });
        }
        if !has_parts {
            // A form without its file, as a browser sends one that has none.
            let submitted = Submitted::from_request(request, payload);
            return Box::pin(async move {
                let Submitted { visit, form } = submitted.await?;
                visit.actor()?;
                Ok(Self { visit, form, files: Vec::new() })
            });
        }
        let (request, multipart) = (request.clone(), Multipart::new(request.headers(), payload.take()));
        Box::pin(async move {
            let visit = Visit::load(&request).await?;
            visit.actor()?;
            let sender = Sender::of(&request)?;
            let _room = ROOM.acquire().await.map_err(|error| Error::Internal(error.to_string()))?;
            let received = receive(&visit, &sender, multipart);
            let (form, files) = tokio::time::timeout(PATIENCE, received).await.map_err(|_| interrupted())??;
            sender.checked(&visit, &form)?;
            Ok(Self { visit, form, files })
        })
    }
}

/// Who vouches for a form.
enum Sender {
    /// A page of ours, by the form's own token.
    Page,
    /// The request itself: its bearer, or for the API where it comes from.
    Request,
}

/// Does the request itself vouch for what it brings, without a form's token?
fn vouches(request: &HttpRequest) -> bool {
    bearer(request).is_some() || request.path().starts_with("/api/")
}

impl Sender {
    fn of(request: &HttpRequest) -> Result<Self> {
        match (bearer(request), vouches(request)) {
            (Some(_), _) => Ok(Self::Request),
            (None, true) => super::headers::surely_same_origin(request).map(|()| Self::Request),
            (None, false) => super::headers::same_origin(request).map(|()| Self::Page),
        }
    }

    fn checked(&self, visit: &Visit, form: &Form) -> Result<()> {
        if matches!(self, Self::Request) || visit.accepts_csrf(form.get("csrf")) {
            return Ok(());
        }
        Err(Error::Forbidden(
            "Ce formulaire est resté ouvert trop longtemps, ou votre connexion a changé. Revenez en arrière, puis rechargez la page.".into(),
        ))
    }
}

fn interrupted() -> Error {
    Error::field("form", "L’envoi a été interrompu : recommencez.")
}

fn failed(error: std::io::Error) -> Error {
    Error::Internal(format!("a file that arrives cannot be written: {error}"))
}

async fn receive(visit: &Visit, sender: &Sender, mut multipart: Multipart) -> Result<(Form, Vec<Arrived>)> {
    let (mut form, mut files) = (Form::default(), Vec::new());
    let (mut heard, mut kept) = (0, 0);
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
        sender.checked(visit, &form)?;
        if files.len() > 10 * MOST_FILES {
            return Err(Error::TooLarge);
        }
        let room = if files.len() < MOST_FILES { MOST_BYTES - kept } else { 0 };
        let (content, size) = keep(&visit.app.config.documents_dir, &mut field, room, &mut heard).await?;
        if size == 0 && file_name.is_empty() {
            continue;
        }
        kept += if matches!(content, Content::File(_)) { size } else { 0 };
        files.push(Arrived { name: bare(&file_name), content });
    }
    Ok((form, files))
}

/// Puts a file on disk as it comes, if there is room; answers how large it is.
async fn keep(folder: &Path, field: &mut Field, room: usize, heard: &mut usize) -> Result<(Content, usize)> {
    let folder = folder.to_owned();
    let made = web::block(move || std::fs::create_dir_all(&folder).and_then(|()| tempfile::tempfile_in(&folder)));
    let mut file = made.await.map_err(|error| Error::Internal(error.to_string()))?.map_err(failed)?;
    let (mut waiting, mut size) = (Vec::new(), 0);
    loop {
        let chunk = field.next().await.transpose().map_err(|_| interrupted())?;
        if let Some(chunk) = &chunk {
            size += chunk.len();
            *heard += chunk.len();
            if *heard > HEARD_OUT {
                return Err(Error::TooLarge);
            }
            if size <= LARGEST && size <= room {
                waiting.extend_from_slice(chunk);
            }
        }
        if waiting.len() >= CHUNK || chunk.is_none() {
            let bytes = std::mem::take(&mut waiting);
            let written = web::block(move || file.write_all(&bytes).map(|()| file));
            file = written.await.map_err(|error| Error::Internal(error.to_string()))?.map_err(failed)?;
        }
        if chunk.is_none() {
            break;
        }
    }
    let content = match (size > LARGEST, size > room) {
        (true, _) => Content::TooLarge,
        (false, true) => Content::NoRoom,
        (false, false) => Content::File(file),
    };
    Ok((content, size))
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
