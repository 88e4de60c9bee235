//! The program itself, as an administrator runs it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::engine::Database;

/// The program, with nothing of our own environment but what is given.
pub fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_traitdunion"));
    command.env_clear().current_dir(folder).env("TRAITDUNION_DATA_DIR", folder.join("data"));
    command
}

/// Runs it to its end; answers its exit code and what it said.
pub fn run(command: &mut Command) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = command.stdin(Stdio::null()).output().expect("the program");
    (status.code(), String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr))
}

/// A server that runs until it is told otherwise; killed with this value.
pub struct Server {
    pub url: String,
    address: String,
    child: Child,
    said: Arc<Mutex<String>>,
}

impl Server {
    /// Serves a database, on a free port.
    pub fn of(database: &Database) -> Self {
        Self::start(program(database.path()).env("TRAITDUNION_DATABASE_URL", database.variable()))
    }

    pub fn start(command: &mut Command) -> Self {
        Self::begin(command.arg("serve"))
    }

    /// A command that serves, `serve` or `demo`, on a free port.
    pub fn begin(command: &mut Command) -> Self {
        let port = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port").local_addr().expect("an address").port();
        let command = command.arg("--listen").arg(format!("127.0.0.1:{port}"));
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program");
        let mut server = Self { url: format!("http://127.0.0.1:{port}"), address: format!("127.0.0.1:{port}"), child, said: Arc::default() };
        let from = Instant::now();
        while server.try_get("/healthz").is_err() {
            let ended = server.child.try_wait().expect("a status");
            assert!(ended.is_none() && from.elapsed() < Duration::from_secs(30), "{ended:?}: {}", said(&mut server.child));
            std::thread::sleep(Duration::from_millis(20));
        }
        // What it goes on saying is read, so that it never waits for us.
        let errors = server.child.stderr.take().expect("a pipe");
        let said = server.said.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(errors).lines().map_while(Result::ok) {
                said.lock().expect("what it said").push_str(&(line + "\n"));
            }
        });
        server
    }

    /// Its log so far, once it holds this.
    #[track_caller]
    pub fn says(&self, text: &str) -> String {
        let from = Instant::now();
        loop {
            let said = self.said.lock().expect("what it said").clone();
            if said.contains(text) {
                return said;
            }
            assert!(from.elapsed() < Duration::from_secs(10), "« {text} » is not in: {said}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// A plain request, that may be made anywhere: status and the rest of the answer.
    fn try_get(&self, path: &str) -> std::io::Result<(u16, String)> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
        status.map(|status| (status, answer)).ok_or(std::io::ErrorKind::InvalidData.into())
    }

    #[track_caller]
    pub fn get(&self, path: &str) -> (u16, String) {
        self.try_get(path).expect("an answer")
    }

    /// As a power cut would.
    pub fn kill(mut self) {
        self.child.kill().expect("a kill");
        self.child.wait().expect("an end");
    }

    /// As a service manager would; answers its exit code and how long it took.
    pub fn terminate(mut self) -> (Option<i32>, Duration) {
        let from = Instant::now();
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().expect("kill");
        assert!(told.success());
        (self.child.wait().expect("an end").code(), from.elapsed())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn said(child: &mut Child) -> String {
    let mut text = String::new();
    drop(child.kill());
    drop(child.stderr.take().map(|mut errors| errors.read_to_string(&mut text)));
    text
}
