//! A real Meilisearch for the tests that want one: the one that `TRAITDUNION_TEST_MEILISEARCH` names, or the one on the PATH, started for this
//! process and gone with it. Without either, a test says aloud that it does without.
#![allow(dead_code, reason = "those who use it have needs of their own")]

use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Runs beside us, holding the server. Our end of its standard input closes when we end, even killed: it then stops the server and removes
/// the folder.
const KEEPER: &str = r#"
set -eu
cd /
folder=$(mktemp -d /tmp/traitdunion-meilisearch.XXXXXX)
trap '[ -z "$4" ] || umount -l "$folder"; rm -rf "$folder"' EXIT
[ -z "$4" ] || mount -t tmpfs -o size="$4" tmpfs "$folder"
"$1" --db-path "$folder/data" --dump-dir "$folder/dumps" --snapshot-dir "$folder/snapshots" --http-addr "$2" --master-key "$3" \
    --no-analytics --env development --log-level ERROR --max-indexing-threads 1 >/dev/null 2>&1 &
server=$!
read -r _ || true
kill -KILL $server
wait $server || true
"#;

pub struct Server {
    pub url: String,
    pub key: String,
    /// Its standard input is ours to hold: it closes with this process.
    _keeper: Option<Child>,
}

/// The server of this process.
pub fn shared() -> Option<&'static Server> {
    static SHARED: OnceLock<Option<Server>> = OnceLock::new();
    SHARED.get_or_init(find).as_ref()
}

/// A name for an index that no other test has.
pub fn name(test: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("test-{}-{test}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

fn find() -> Option<Server> {
    if let Ok(url) = std::env::var("TRAITDUNION_TEST_MEILISEARCH") {
        let key = std::env::var("TRAITDUNION_TEST_MEILISEARCH_KEY").unwrap_or_default();
        return Some(Server { url: url.trim_end_matches('/').to_owned(), key, _keeper: None });
    }
    start("")
}

/// One of its own, on a disk that is soon full.
pub fn on_a_small_disk() -> Option<Server> {
    let may_mount = Command::new("unshare").args(["--map-root-user", "--mount", "true"]).status().is_ok_and(|status| status.success());
    if !may_mount {
        drop(writeln!(std::io::stderr(), "No disk can be mounted here: a full one is not tried on a real Meilisearch."));
        return None;
    }
    start("24m")
}

/// Starts the one on the PATH; `disk` is the size of a disk of its own, in memory.
fn start(disk: &str) -> Option<Server> {
    let program = std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join("meilisearch")).find(|program| program.is_file());
    let Some(program) = program else {
        // Not through `eprintln!`, which the test harness keeps to itself.
        let told = "No Meilisearch on the PATH, nor in TRAITDUNION_TEST_MEILISEARCH: the tests that want a real one do without.";
        drop(writeln!(std::io::stderr(), "{told}"));
        return None;
    };
    let address = free_address();
    let key = "a-master-key-of-tests-only".to_owned();
    // Whoever may not mount makes a world of its own, in which it may.
    let mut command = Command::new(if disk.is_empty() { "sh" } else { "unshare" });
    command.args(if disk.is_empty() { &[][..] } else { &["--map-root-user", "--mount", "sh"][..] });
    command.args(["-c", KEEPER, "sh"]).arg(program).args([&address.to_string(), &key, disk]).env_clear().env("PATH", "/usr/sbin:/usr/bin:/bin");
    // A group of its own: Ctrl-C in a terminal ends us, and our end tells it.
    let keeper = command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("sh");
    let from = Instant::now();
    while TcpStream::connect(address).is_err() {
        assert!(from.elapsed() < Duration::from_secs(60), "Meilisearch did not start");
        std::thread::sleep(Duration::from_millis(50));
    }
    Some(Server { url: format!("http://{address}"), key, _keeper: Some(keeper) })
}

fn free_address() -> SocketAddr {
    TcpListener::bind(("127.0.0.1", 0)).expect("a free port").local_addr().expect("an address")
}
