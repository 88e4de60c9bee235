//! Taking files in, and attaching them to a record in the transaction of the slice that owns it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::model::{Document, Kind, LARGEST, MOST, Purpose, Reading, recognise};
use super::pdf::Outcome;
use super::shelf::{self, Shelf};
use super::{reading, store};
use crate::accounts::model::By;
use crate::app::App;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::Record;
use crate::kernel::ids::DocumentId;

/// A file that was checked and is on disk: a row may name it.
#[derive(Clone, Debug)]
pub struct Checked {
    pub name: String,
    pub kind: Kind,
    pub sha256: String,
    pub text: String,
    purpose: Purpose,
    reading: Reading,
    size: i32,
    shelf: Shelf,
}

/// What a purge removes at a time: the next day takes the rest.
const MOST_REMOVED: usize = 2_000;
/// A file is on disk before the row that names it: a young one may be waiting for its own.
const YOUNG_DAYS: i64 = 1;

/// Checks a file, reads what it says and keeps it. What is refused keeps nothing, and says why beside `file`.
pub async fn take_in(app: &App, name: &str, bytes: Vec<u8>, purpose: Purpose) -> Result<Checked> {
    let refused = |message: String| Error::field("file", message);
    let kind = recognise(name, &bytes, purpose).map_err(refused)?;
    let (text, reading) = match kind {
        Kind::Pdf => told(name, reading::read(&app.config.program, &bytes).await?).map_err(refused)?,
        _ => (String::new(), Reading::NotRead),
    };
    let shelf = Shelf::of(&app.config.documents_dir);
    let (size, sha256) = (i32::try_from(bytes.len().min(LARGEST)).unwrap_or(i32::MAX), shelf::hash(&bytes));
    let (keeping, hash) = (shelf.clone(), sha256.clone());
    let kept = tokio::task::spawn_blocking(move || keeping.keep(&hash, &bytes)).await;
    kept.map_err(|error| Error::Internal(error.to_string()))??;
    Ok(Checked { name: name.to_owned(), kind, sha256, text, purpose, reading, size, shelf })
}

/// Keeps a signed PDF that we wrote, and whose text we know.
pub fn written(documents: &Path, name: &str, bytes: &[u8], text: String) -> Result<Checked> {
    let (shelf, sha256) = (Shelf::of(documents), shelf::hash(bytes));
    shelf.keep(&sha256, bytes)?;
    let size = i32::try_from(bytes.len()).unwrap_or(i32::MAX);
    Ok(Checked { name: name.to_owned(), kind: Kind::Pdf, sha256, text, purpose: Purpose::Signed, reading: Reading::Read, size, shelf })
}

/// What came of reading a PDF: its text, or why the file is refused.
fn told(name: &str, outcome: Outcome) -> Result<(String, Reading), String> {
    match outcome {
        Outcome::Text { text, reading } => Ok((text, reading)),
        Outcome::Protected => Err(format!("« {name} » est protégé par un mot de passe. Enregistrez-en une copie sans mot de passe, puis donnez-la.")),
        Outcome::Truncated => Err(format!("« {name} » est incomplet : sa fin manque. Reprenez le fichier d’origine, puis recommencez.")),
        Outcome::Broken => Err(format!("« {name} » est abîmé : ce PDF ne s’ouvre pas. Enregistrez-le de nouveau en PDF, puis recommencez.")),
        Outcome::TooMuch => {
            Err(format!("« {name} » demande trop de mémoire ou de temps pour être lu. Enregistrez-le de nouveau en PDF, ou numérisez-le."))
        }
    }
}

/// Attaches a file to a record. The slice that owns the record has checked that its actor may, and tells what happened.
pub fn attach(conn: &mut Conn, by: By<'_>, record: &Record, checked: &Checked) -> Result<Document> {
    let there = store::list(conn, record)?;
    if there.iter().any(|document| document.sha256 == checked.sha256 && document.purpose == checked.purpose) {
        return Err(Error::field("file", format!("« {} » est déjà joint.", checked.name)));
    }
    if there.len() as i64 >= MOST {
        return Err(Error::field("file", format!("Il y a déjà {MOST}\u{a0}documents : retirez-en avant d’en joindre d’autres.")));
    }
    // A purge may have taken it, if it waited for a day.
    if !checked.shelf.has(&checked.sha256) {
        return Err(Error::field("file", format!("« {} » n’est plus là : donnez-le de nouveau.", checked.name)));
    }
    let document = Document {
        id: DocumentId::new(by.now, by.chance),
        record_kind: record.kind.to_owned(),
        record_id: record.id.clone(),
        purpose: checked.purpose,
        name: checked.name.clone(),
        kind: checked.kind,
        size: checked.size,
        sha256: checked.sha256.clone(),
        reading: checked.reading,
        added_at: by.now,
        added_by_id: by.actor.id.clone(),
        added_by: by.actor.name.clone(),
    };
    store::insert(conn, &document, &checked.text)?;
    Ok(document)
}

/// The documents of a record, in the order in which they came.
pub fn list(conn: &mut Conn, record: &Record) -> Result<Vec<Document>> {
    store::list(conn, record)
}

/// Whoever asks must then be let in by the record that it belongs to.
pub fn find(conn: &mut Conn, id: &DocumentId) -> Result<Document> {
    store::find(conn, id)
}

/// What the documents of a record say, for search.
pub fn texts(conn: &mut Conn, record: &Record) -> Result<Vec<String>> {
    store::texts(conn, record)
}

/// What the documents of many records of one kind say, by record.
pub fn texts_of(conn: &mut Conn, kind: &str, ids: &[String]) -> Result<BTreeMap<String, Vec<String>>> {
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (id, text) in store::texts_of(conn, kind, ids)? {
        texts.entry(id).or_default().push(text);
    }
    Ok(texts)
}

/// Every document of the same bytes, whichever its record.
pub fn same(conn: &mut Conn, sha256: &str) -> Result<Vec<Document>> {
    store::same(conn, sha256)
}

/// Takes a document off its record. What was signed stays.
pub fn remove(conn: &mut Conn, record: &Record, id: &DocumentId) -> Result<Document> {
    let document = store::find(conn, id)?;
    if document.record_kind != record.kind || document.record_id != record.id {
        return Err(Error::NotFound);
    }
    if document.purpose == Purpose::Signed {
        return Err(Error::Refused("Un fichier signé ne se retire pas : il fait foi.".into()));
    }
    store::delete(conn, id)?;
    Ok(document)
}

/// Forgets a record that is deleted.
pub fn forget(conn: &mut Conn, record: &Record) -> Result<()> {
    store::forget(conn, record)
}

/// Removes the files that no row names; answers how many.
pub async fn sweep(app: &Arc<App>) -> Result<usize> {
    let (shelf, before) = (Shelf::of(&app.config.documents_dir), app.clock.now().plus_days(-YOUNG_DAYS));
    let old = {
        let shelf = shelf.clone();
        tokio::task::spawn_blocking(move || shelf.written_before(before)).await.map_err(|error| Error::Internal(error.to_string()))?
    };
    let mut removed = 0;
    for some in old.chunks(500) {
        let hashes: Vec<String> = some.iter().filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect();
        let named = app.db.read(move |conn| store::named(conn, &hashes)).await?;
        let is_named = |path: &PathBuf| named.iter().any(|hash| path.ends_with(hash));
        for path in some.iter().filter(|path| !is_named(path)) {
            removed += usize::from(removed < MOST_REMOVED && shelf.remove(path, before));
        }
    }
    Ok(removed)
}
