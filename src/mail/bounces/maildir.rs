//! Reports from a maildir. What stands in `new/` is read; a report of a mail of ours is then removed, since it often holds it whole, and anything
//! else moved to `cur/` as seen.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::report::{self, LARGEST};
use super::{Outcome, take_in};
use crate::app::App;
use crate::error::Result;

/// As many as one look reads: the next follows.
const AT_ONCE: usize = 200;

/// Reads what has come; answers how many files were looked at. What cannot be moved is read again, which changes nothing.
pub async fn step(app: &Arc<App>) -> Result<usize> {
    let Some(folder) = app.config.bounces_dir.clone() else { return Ok(0) };
    let files = tokio::task::spawn_blocking(move || waiting(&folder)).await.unwrap_or_default();
    let count = files.len();
    for path in files {
        let file = path.clone();
        let read = tokio::task::spawn_blocking(move || bytes(&file).map(|bytes| report::read(&bytes))).await;
        let outcome = match read {
            Ok(Ok(Ok(report))) => {
                let (now, chance) = (app.clock.now(), app.chance.clone());
                let (outcome, mail) = match app.db.write(move |conn| take_in(conn, &report, now, &chance)).await {
                    Ok(taken) => taken,
                    Err(error) => {
                        tracing::error!(%error, "a delivery report cannot be taken in yet");
                        continue;
                    }
                };
                tracing::info!(outcome = outcome.as_str(), mail = mail.as_ref().map(|id| id.as_str()), "a delivery report was read");
                Some(outcome)
            }
            Ok(Ok(Err(unread))) => {
                tracing::warn!(reason = unread.label(), "a file among the delivery reports is none");
                None
            }
            Ok(Err(error)) => {
                tracing::error!(%error, "a delivery report cannot be read");
                continue;
            }
            Err(error) => {
                tracing::error!(%error, "a delivery report broke its reading");
                None
            }
        };
        let is_ours = outcome.is_some_and(|outcome| outcome != Outcome::Unknown);
        if outcome == Some(Outcome::Unknown) {
            tracing::warn!("a delivery report names no mail of ours to its recipient: nothing is changed");
        }
        if let Err(error) = if is_ours { fs::remove_file(&path) } else { seen(&path) } {
            tracing::error!(%error, "a file cannot leave new/: check the rights on TRAITDUNION_BOUNCES_DIR");
        }
    }
    Ok(count)
}

/// Plain files only: what a link leads to is nobody's report.
fn waiting(folder: &Path) -> Vec<PathBuf> {
    let entries = match fs::read_dir(folder.join("new")) {
        Ok(entries) => entries,
        Err(error) => {
            tracing::error!(%error, "TRAITDUNION_BOUNCES_DIR holds no new/ that can be read");
            return Vec::new();
        }
    };
    let files = entries.filter_map(std::result::Result::ok).filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()));
    let mut files: Vec<PathBuf> = files.map(|entry| entry.path()).take(AT_ONCE).collect();
    files.sort();
    files
}

/// A byte more than is read tells that there is too much.
fn bytes(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(LARGEST as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn seen(path: &Path) -> std::io::Result<()> {
    let (Some(folder), Some(name)) = (path.parent().and_then(Path::parent), path.file_name()) else { return Ok(()) };
    let cur = folder.join("cur");
    fs::create_dir_all(&cur)?;
    let name = name.to_string_lossy();
    let base = name.split(":2,").next().unwrap_or(&name);
    fs::rename(path, cur.join(format!("{base}:2,S")))
}
