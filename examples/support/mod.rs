//! What the examples that measure share: the service as a process of its own, and the times of a client.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::blocking::Client;

/// A server of ours, stopped when dropped.
pub struct Process {
    child: Child,
    pub url: String,
    pub from: Instant,
}

impl Process {
    /// This same program, told to be something else; `set` gives it its arguments and the address where it is to listen.
    pub fn start(set: impl FnOnce(&mut Command, &str)) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
        let address = free.to_string();
        let mut command = Command::new(std::env::current_exe().expect("the path of this program"));
        set(&mut command, &address);
        let from = Instant::now();
        let child = command.stdout(Stdio::null()).spawn().expect("this program starts again");
        Self { child, url: format!("http://{address}"), from }
    }

    /// The real program on a folder of data, with settings of its own.
    pub fn serve(data: &Path, settings: &[(&str, &str)]) -> Self {
        let server = Self::start(|command, address| {
            command.args(["serve", "--listen", address]).env("TRAITDUNION_DATA_DIR", data).env("TRAITDUNION_LOG", "warn").current_dir(data);
            command.envs(settings.iter().copied());
        });
        server.until("/healthz");
        server
    }

    /// How long after its start it answers this.
    pub fn until(&self, path: &str) -> Duration {
        let client = client();
        loop {
            match client.get(format!("{}{path}", self.url)).send() {
                Ok(answer) if answer.status().is_success() => return self.from.elapsed(),
                Ok(answer) => panic!("GET {path} answers {}: is the route there?", answer.status()),
                Err(error) => assert!(self.from.elapsed() < Duration::from_secs(60), "{}{path} does not answer: {error}", self.url),
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Resident memory, in MiB.
    pub fn resident(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("/proc");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
        line.trim().trim_end_matches(" kB").parse::<f64>().expect("a number") / 1024.0
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

pub fn client() -> Client {
    Client::builder().timeout(Duration::from_secs(60)).build().expect("a client")
}

/// The time below which so many of a hundred are.
pub fn at(sorted: &[Duration], percent: usize) -> Duration {
    sorted[(sorted.len() * percent).div_ceil(100).clamp(1, sorted.len()) - 1]
}

pub fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
