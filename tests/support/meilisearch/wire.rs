//! An HTTP server of ours in the place of Meilisearch: it answers what a test tells it to, or fails as servers and networks do.
#![allow(dead_code, reason = "those who use it have needs of their own")]

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// How often those who wait look again.
const TICK: Duration = Duration::from_millis(3);

/// A request, as it came.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    pub method: String,
    /// With its query string.
    pub path: String,
    pub key: Option<String>,
    pub body: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    pub status: u16,
    pub body: String,
}

/// How it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nobody listens; connections that were open are closed.
    Refuses,
    /// It takes requests and never answers.
    Hangs,
    /// A gateway before it says that it is not there.
    Fails,
    /// It answers what is not JSON.
    Garbage,
    /// It is cut off in the middle of an answer.
    Cuts,
}

type Answer = dyn FnMut(&Asked) -> Told + Send;

struct Shared {
    fault: Mutex<Option<Fault>>,
    is_over: Mutex<bool>,
    open: Mutex<Vec<TcpStream>>,
    answer: Mutex<Box<Answer>>,
}

pub struct Wire {
    pub url: String,
    shared: Arc<Shared>,
}

impl Wire {
    pub fn start(answer: impl FnMut(&Asked) -> Told + Send + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let shared =
            Arc::new(Shared { fault: Mutex::default(), is_over: Mutex::default(), open: Mutex::default(), answer: Mutex::new(Box::new(answer)) });
        let listening = shared.clone();
        thread::spawn(move || listen(&listening, listener, address));
        Self { url: format!("http://{address}"), shared }
    }

    /// From now on it fails so, or no longer.
    pub fn fails(&self, fault: Option<Fault>) {
        *lock(&self.shared.fault) = fault;
        if fault == Some(Fault::Refuses) {
            self.shared.close_all();
            // The one who listens has noticed.
            while TcpStream::connect(self.url.trim_start_matches("http://")).is_ok() {
                thread::sleep(TICK);
            }
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        *lock(&self.shared.is_over) = true;
        self.shared.close_all();
    }
}

impl Shared {
    fn fault(&self) -> Option<Fault> {
        *lock(&self.fault)
    }

    fn close_all(&self) {
        for stream in lock(&self.open).drain(..) {
            drop(stream.shutdown(Shutdown::Both));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn listen(shared: &Arc<Shared>, listener: TcpListener, address: SocketAddr) {
    let mut listener = Some(listener);
    while !*lock(&shared.is_over) {
        if shared.fault() == Some(Fault::Refuses) {
            listener = None;
        } else if listener.is_none() {
            listener = TcpListener::bind(address).ok();
        }
        let taken = listener.as_ref().and_then(|listener| {
            listener.set_nonblocking(true).ok()?;
            listener.accept().ok()
        });
        match taken {
            Some((stream, _)) => {
                stream.set_nonblocking(false).expect("a socket");
                stream.set_nodelay(true).expect("a socket");
                lock(&shared.open).extend(stream.try_clone());
                let serving = shared.clone();
                thread::spawn(move || serve(&serving, &stream));
            }
            None => thread::sleep(TICK),
        }
    }
}

/// Answers the requests of one connection, until either side ends it.
fn serve(shared: &Shared, stream: &TcpStream) {
    let mut reader = BufReader::new(stream);
    while let Some(asked) = read(&mut reader) {
        let told = match shared.fault() {
            None => lock(&shared.answer)(&asked),
            Some(Fault::Refuses) => return,
            Some(Fault::Hangs) => {
                while shared.fault() == Some(Fault::Hangs) && !*lock(&shared.is_over) {
                    thread::sleep(TICK);
                }
                return;
            }
            Some(Fault::Fails) => Told { status: 503, body: "no healthy upstream".to_owned() },
            Some(Fault::Garbage) => Told { status: 200, body: "<!DOCTYPE html><title>Welcome</title>".to_owned() },
            Some(Fault::Cuts) => {
                drop(write!(
                    &*stream,
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{{\"results\":[{{\"hits\":["
                ));
                drop(stream.shutdown(Shutdown::Both));
                return;
            }
        };
        let Told { status, body } = told;
        let answer = format!("HTTP/1.1 {status} .\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        if (&*stream).write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn read(reader: &mut impl BufRead) -> Option<Asked> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (mut key, mut length) = (None, 0);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "authorization" => key = value.strip_prefix("Bearer ").map(str::to_owned),
            "content-length" => length = value.parse().ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Asked { method, path, key, body: String::from_utf8(body).ok()? })
}

/// Asks the server at `url` the same, and answers what it answers.
pub fn forward(url: &str, asked: &Asked) -> Told {
    let method: reqwest::Method = asked.method.parse().expect("a method");
    let client = reqwest::blocking::Client::builder().no_proxy().build().expect("a client");
    let mut request = client.request(method, format!("{url}{}", asked.path)).header("content-type", "application/json");
    if let Some(key) = &asked.key {
        request = request.bearer_auth(key);
    }
    let answer = request.body(asked.body.clone()).send().expect("an answer of the real server");
    Told { status: answer.status().as_u16(), body: answer.text().expect("a body") }
}
