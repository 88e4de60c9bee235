//! The registry as a process of its own, that can be killed.

use std::fs::OpenOptions;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::blocking::Client;

use crate::place::Place;
use crate::smtp::Smtp;

pub struct Program {
    pub url: String,
    child: Child,
}

impl Program {
    /// Serves a place, its mails leaving through this server, and answers once it is ready.
    pub fn serve(place: &Place, smtp: &Smtp, timeout: Duration) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
        let log = OpenOptions::new().create(true).append(true).open(place.folder().join("log")).expect("a log");
        let mut command = Command::new(std::env::current_exe().expect("the path of this program"));
        command.args(["serve", "--listen", &free.to_string()]).env_clear().current_dir(place.folder());
        for (key, value) in [
            ("DATA_DIR", place.folder().join("data").display().to_string()),
            ("DATABASE_URL", place.variable()),
            ("LOG", "warn".into()),
            ("SMTP_URL", smtp.url()),
            ("SMTP_TIMEOUT", timeout.as_secs().to_string()),
            ("MAIL_FROM", "registre@departement.example".into()),
        ] {
            command.env(format!("TRAITDUNION_{key}"), value);
        }
        if let Some(certificate) = smtp.certificate() {
            command.env("SSL_CERT_FILE", certificate);
        }
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().expect("this program starts again");
        let mut program = Self { url: format!("http://{free}"), child };
        let (client, from) = (client(), Instant::now());
        while client.get(format!("{}/healthz", program.url)).send().is_err() {
            let ended = program.child.try_wait().expect("a status");
            let said = || std::fs::read_to_string(place.folder().join("log")).unwrap_or_default();
            assert!(ended.is_none() && from.elapsed() < Duration::from_secs(60), "the program does not start ({ended:?}): {}", said());
            std::thread::sleep(Duration::from_millis(2));
        }
        program
    }

    /// As a power cut would.
    pub fn kill(mut self) {
        self.child.kill().expect("a kill");
        self.child.wait().expect("an end");
    }

    /// Resident memory now and at most, in MiB.
    pub fn memory(&self) -> (f64, f64) {
        memory_of(&self.child.id().to_string())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Resident memory of a process, now and at most, in MiB.
pub fn memory_of(process: &str) -> (f64, f64) {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("/proc");
    let of = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a line of /proc");
        line.trim().trim_end_matches(" kB").parse::<f64>().expect("a number") / 1024.0
    };
    (of("VmRSS:"), of("VmHWM:"))
}

pub fn client() -> Client {
    Client::builder().timeout(Duration::from_secs(20)).no_proxy().build().expect("a client")
}
