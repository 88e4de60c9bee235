//! Reading a PDF in a process of its own: whatever is in the file, the service goes on. It has little time and memory, and no secret.

use std::io::{Read, Write};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::sync::Semaphore;

use super::model::LARGEST;
use super::pdf::{self, LONGEST_TEXT, Outcome};
use crate::error::{Error, Result};

/// The hidden command of our program that reads.
pub const COMMAND: &str = "read-pdf";
/// How long a file may take, whatever is in it.
const PATIENCE: Duration = Duration::from_secs(10);
/// Files read at the same time.
static ROOM: Semaphore = Semaphore::const_new(2);

/// What the process may use: bytes of memory and seconds of the processor.
const MEMORY: u64 = 1024 * 1024 * 1024;
const SECONDS: u64 = 10;

/// What a PDF says, or why it is not to be had.
pub async fn read(program: &Path, bytes: &[u8]) -> Result<Outcome> {
    let _room = ROOM.acquire().await.map_err(|error| Error::Internal(error.to_string()))?;
    let failed = |error: std::io::Error| Error::Internal(format!("a PDF cannot be read: « {} » : {error}", program.display()));
    let mut command = Command::new(program);
    command.arg0("traitdunion").arg(COMMAND).env_clear().current_dir("/").kill_on_drop(true);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().map_err(failed)?;
    let (Some(mut to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(Error::Internal("a process has no standard input or output".into()));
    };
    let talk = async {
        let give = async move {
            // One that is dead takes no more: its status says it.
            drop(to.write_all(bytes).await);
        };
        let mut said = Vec::new();
        // A character is six bytes at most in JSON.
        let mut from = from.take(8 * LONGEST_TEXT as u64);
        let ((), heard) = tokio::join!(give, from.read_to_end(&mut said));
        heard?;
        Ok::<_, std::io::Error>((child.wait().await?, said))
    };
    // Dropped when time is over, the process is killed.
    let Ok(talked) = tokio::time::timeout(PATIENCE, talk).await else { return Ok(Outcome::TooMuch) };
    let (status, said) = talked.map_err(failed)?;
    match status.code() {
        Some(0) => serde_json::from_slice(&said).map_err(|error| Error::Internal(format!("a PDF was read, but not told: {error}"))),
        // It broke on the file.
        Some(_) => Ok(Outcome::Broken),
        // Out of memory, of stack or of time.
        None => Ok(Outcome::TooMuch),
    }
}

/// The other side: reads a PDF from standard input, and tells what came of it on standard output.
pub fn read_pdf() -> std::io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let limits = [(Resource::As, MEMORY), (Resource::Cpu, SECONDS), (Resource::Core, 0), (Resource::Fsize, 0), (Resource::Nofile, 16)];
    for (resource, most) in limits {
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?;
    }
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(LARGEST as u64).read_to_end(&mut bytes)?;
    let outcome = serde_json::to_vec(&pdf::read(&bytes))?;
    std::io::stdout().lock().write_all(&outcome)
}
