//! A mail server to try ours against: real TCP, the whole conversation of RFC 5321, a record of what it took, faults on demand.
//!
//! ```ignore
//! let smtp = Smtp::start(Options { security: Security::StartTls, ..Options::default() });
//! smtp.set_faults([Rule::always(Fault::RecipientBusy).recipient("@lent.example").times(2)]);
//! // TRAITDUNION_SMTP_URL=smtp.url(), SSL_CERT_FILE=smtp.certificate()
//! assert!(smtp.wait_for(1, Duration::from_secs(10)));
//! assert_eq!(smtp.received()[0].to, ["agent@lent.example"]);
//! ```
//!
//! One thread a connection. What is recorded is what the server took upon itself: whether its 250 was sent is told apart.
#![allow(dead_code, reason = "shared by programs that each use a part of it")]

mod certificate;
mod conversation;
mod faults;
mod wire;

use std::collections::{BTreeMap, HashMap};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use traitdunion::kernel::{Chance, Clock, Moment};

use certificate::Certificate;
pub use faults::{Fault, Now, Point, Rule};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// `smtp://`
    Plain,
    /// `smtp+starttls://`: nothing but EHLO is taken before STARTTLS.
    StartTls,
    /// `smtps://`
    Tls,
}

#[derive(Clone, Debug)]
pub struct Options {
    pub security: Security,
    /// With these, nothing is taken from who does not give them.
    pub credentials: Option<(String, String)>,
    /// The largest message, which EHLO announces.
    pub size: usize,
    pub smtputf8: bool,
    /// How long each answer about a recipient of a domain waits.
    pub delays: Vec<(String, Duration)>,
    pub faults: Vec<Rule>,
    pub seed: u64,
    /// A free port otherwise.
    pub address: Option<SocketAddr>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            security: Security::Plain,
            credentials: None,
            size: 10 << 20,
            smtputf8: true,
            delays: Vec::new(),
            faults: Vec::new(),
            seed: 1,
            address: None,
        }
    }
}

/// A message that the server took upon itself.
#[derive(Clone, Debug)]
pub struct Received {
    pub from: String,
    pub to: Vec<String>,
    /// With its angle brackets; empty when the message has none.
    pub message_id: String,
    /// As the client meant them: dots unstuffed.
    pub bytes: Arc<[u8]>,
    pub at: Moment,
    /// Was the whole 250 written to the connection? The client may not have read it all the same.
    pub is_answered: bool,
    pub connection: u64,
}

/// A command about a recipient, or a body, that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub recipient: String,
    pub code: u16,
    pub at: Moment,
    /// RCPT or DATA.
    pub step: &'static str,
}

/// The server; it stops with this value, and closes its connections.
pub struct Smtp {
    shared: Arc<Shared>,
    address: SocketAddr,
    accepting: Option<std::thread::JoinHandle<()>>,
}

struct Shared {
    options: Options,
    certificate: Option<Certificate>,
    chance: Chance,
    clock: Clock,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    rules: Vec<Rule>,
    received: Vec<Received>,
    refusals: Vec<Refusal>,
    done: BTreeMap<Fault, usize>,
    connections: u64,
    open: HashMap<u64, TcpStream>,
    most_open: usize,
    bodies: u64,
    is_stopping: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let changed = change(&mut self.state());
        self.changed.notify_all();
        changed
    }

    fn draw(&self, now: &Now<'_>) -> Option<Fault> {
        self.state().rules.iter_mut().find_map(|rule| rule.draw(&self.chance, now))
    }

    /// Waits until this holds.
    fn wait(&self, most: Duration, holds: impl Fn(&State) -> bool) -> bool {
        let until = Instant::now() + most;
        let mut state = self.state();
        while !holds(&state) {
            let Some(left) = until.checked_duration_since(Instant::now()) else { return false };
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}

impl Smtp {
    pub fn start(options: Options) -> Self {
        let listener = TcpListener::bind(options.address.unwrap_or_else(|| ([127, 0, 0, 1], 0).into())).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            certificate: (options.security != Security::Plain).then(Certificate::make),
            chance: Chance::seeded(options.seed),
            clock: Clock::system(),
            state: Mutex::new(State { rules: options.faults.clone(), ..State::default() }),
            changed: Condvar::new(),
            options,
        });
        let serving = shared.clone();
        let accepting = std::thread::spawn(move || accept(&listener, &serving));
        Self { shared, address, accepting: Some(accepting) }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// As `TRAITDUNION_SMTP_URL` has it.
    pub fn url(&self) -> String {
        let scheme = match self.shared.options.security {
            Security::Plain => "smtp",
            Security::StartTls => "smtp+starttls",
            Security::Tls => "smtps",
        };
        let credentials = self.shared.options.credentials.as_ref();
        let credentials = credentials.map(|(name, password)| format!("{}:{}@", encoded(name), encoded(password)));
        format!("{scheme}://{}{}", credentials.unwrap_or_default(), self.address)
    }

    /// The certificate that a client must trust, for `SSL_CERT_FILE`. None without TLS.
    pub fn certificate(&self) -> Option<&Path> {
        self.shared.certificate.as_ref().map(|certificate| certificate.pem.path())
    }

    /// From the next connection or message on.
    pub fn set_faults(&self, rules: impl IntoIterator<Item = Rule>) {
        let rules = rules.into_iter().collect();
        self.shared.change(|state| state.rules = rules);
    }

    /// Every message taken, in order.
    pub fn received(&self) -> Vec<Received> {
        self.shared.state().received.clone()
    }

    pub fn by_message_id(&self) -> BTreeMap<String, Vec<Received>> {
        let mut messages: BTreeMap<String, Vec<Received>> = BTreeMap::new();
        for received in self.received() {
            messages.entry(received.message_id.clone()).or_default().push(received);
        }
        messages
    }

    /// How many messages were taken.
    pub fn count(&self) -> usize {
        self.shared.state().received.len()
    }

    /// Forgets what was taken, to begin another part.
    pub fn forget(&self) {
        self.shared.change(|state| {
            state.received.clear();
            state.refusals.clear();
        });
    }

    pub fn refusals(&self) -> Vec<Refusal> {
        self.shared.state().refusals.clone()
    }

    /// How often each fault was done.
    pub fn faults_done(&self) -> BTreeMap<Fault, usize> {
        self.shared.state().done.clone()
    }

    /// Connections accepted since the start.
    pub fn connections(&self) -> u64 {
        self.shared.state().connections
    }

    /// The most connections that were open at once. A client that leaves without QUIT counts until the server notices.
    pub fn most_open(&self) -> usize {
        self.shared.state().most_open
    }

    /// How many bodies began: the server said 354.
    pub fn bodies(&self) -> u64 {
        self.shared.state().bodies
    }

    /// Waits until that many messages were taken.
    pub fn wait_for(&self, count: usize, most: Duration) -> bool {
        self.shared.wait(most, |state| state.received.len() >= count)
    }

    /// Waits until another body begins.
    pub fn wait_for_body(&self, most: Duration) -> bool {
        let before = self.bodies();
        self.shared.wait(most, |state| state.bodies > before)
    }

    /// Closes every connection, as a server that restarts.
    pub fn hang_up(&self) {
        for stream in self.shared.state().open.values() {
            drop(stream.shutdown(Shutdown::Both));
        }
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        self.shared.change(|state| state.is_stopping = true);
        // The accepting thread looks up when somebody knocks.
        drop(TcpStream::connect(self.address));
        if let Some(accepting) = self.accepting.take() {
            drop(accepting.join());
        }
        self.hang_up();
    }
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.state().is_stopping {
            return;
        }
        let Ok(stream) = stream else { continue };
        let Ok(handle) = stream.try_clone() else { continue };
        let number = shared.change(|state| {
            state.connections += 1;
            state.open.insert(state.connections, handle);
            state.most_open = state.most_open.max(state.open.len());
            state.connections
        });
        let shared = shared.clone();
        std::thread::spawn(move || {
            // A client that goes away ends its conversation, and nothing else.
            drop(conversation::hold(&shared, stream, number));
            shared.change(|state| state.open.remove(&number));
        });
    }
}
