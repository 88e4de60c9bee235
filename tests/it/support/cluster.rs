//! A PostgreSQL cluster that is thrown away: started by the first test that needs it, stopped when this process ends, however it ends.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// Runs beside us, holding the cluster. Our end of its standard input closes when we end, even killed: it then stops the server and
/// removes the folder. Texts sort by French rules, as on a real server, so that a column that needs `COLLATE "C"` is noticed.
const KEEPER: &str = r#"
set -eu
cd /
folder=$(mktemp -d /tmp/traitdunion-pg.XXXXXX)
trap 'rm -rf "$folder"' EXIT
"$1/initdb" --pgdata="$folder/data" --username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 \
    --locale-provider=icu --icu-locale=fr-FR --no-sync >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
"$1/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
    -c max_connections=400 -c shared_buffers=64MB -c log_min_messages=warning >>"$folder/log" 2>&1 &
server=$!
tries=0
until "$1/pg_isready" --quiet --host="$folder"; do
    tries=$((tries + 1))
    if [ $tries -gt 600 ] || ! kill -0 $server; then cat "$folder/log" >&2; exit 1; fi
    sleep 0.1
done
echo "$folder"
read -r _ || true
kill -QUIT $server
wait $server || true
"#;

pub struct Cluster {
    folder: PathBuf,
    /// Its standard input is ours to hold: it closes with this process.
    _keeper: Child,
}

impl Cluster {
    /// The cluster of this process.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Cluster> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    pub fn url(&self, database: &str) -> String {
        format!("postgres:///{database}?host={}&user=postgres", self.folder.display())
    }

    fn start() -> Self {
        let binaries = binaries().expect(
            "PostgreSQL is not installed: the suite needs initdb and postgres (Debian's package postgresql), and skips nothing quietly. \
             scripts/test installs it.",
        );
        // PostgreSQL refuses to run as root.
        let is_root = std::fs::metadata("/proc/self").expect("/proc").uid() == 0;
        let mut command = match is_root {
            true => {
                let mut command = Command::new("setpriv");
                command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups", "sh"]);
                command
            }
            false => Command::new("sh"),
        };
        command.args(["-c", KEEPER, "sh"]).arg(&binaries).env_clear().env("PATH", "/usr/bin:/bin");
        // A group of its own: Ctrl-C in a terminal ends us, and our end tells it.
        let mut keeper = command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("sh and setpriv");
        let mut folder = String::new();
        BufReader::new(keeper.stdout.take().expect("a pipe")).read_line(&mut folder).expect("a readable pipe");
        assert!(!folder.is_empty(), "PostgreSQL ({}) did not start: see above", binaries.display());
        Self { folder: folder.trim_end().into(), _keeper: keeper }
    }
}

/// The newest server that is installed.
fn binaries() -> Option<PathBuf> {
    let whole = |folder: &Path| ["initdb", "postgres", "pg_isready"].iter().all(|name| folder.join(name).exists());
    let version = |folder: &Path| folder.parent().and_then(Path::file_name).and_then(|name| name.to_str()?.parse::<u32>().ok());
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path().join("bin"));
    let newest = debian.filter(|folder| whole(folder)).max_by_key(|folder| version(folder));
    newest.or_else(|| std::env::split_paths(&std::env::var_os("PATH")?).find(|folder| whole(folder)))
}
