//! The server's own pace: the same bytes, already rendered, by as many connections, with nothing kept of what becomes of them.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use lettre::address::Envelope;
use lettre::transport::smtp::client::SmtpConnection;
use lettre::transport::smtp::extension::ClientId;

use crate::smtp::{Options, Received, Smtp};

/// Messages a second through a client that is made anew for each connection.
fn pace(messages: &[Received], connections: usize, connect: impl Fn(SocketAddr) -> Box<dyn FnMut(&Received)> + Sync) -> f64 {
    let smtp = Smtp::start(Options::default());
    let (next, from) = (AtomicUsize::new(0), Instant::now());
    std::thread::scope(|scope| {
        for _ in 0..connections {
            scope.spawn(|| {
                let mut send = connect(smtp.address());
                while let Some(message) = messages.get(next.fetch_add(1, Ordering::Relaxed)) {
                    send(message);
                }
            });
        }
    });
    assert_eq!(smtp.count(), messages.len());
    messages.len() as f64 / from.elapsed().as_secs_f64()
}

/// A loop of lettre's own `send`.
pub fn lettre(messages: &[Received], connections: usize) -> f64 {
    pace(messages, connections, |server| {
        let name = ClientId::Domain("localhost".into());
        let mut connection = SmtpConnection::connect(server, Some(Duration::from_secs(60)), &name, None, None).expect("a connection");
        Box::new(move |message| {
            let address = |text: &str| text.parse::<lettre::Address>().expect("an address");
            let envelope = Envelope::new(Some(address(&message.from)), message.to.iter().map(|to| address(to)).collect()).expect("an envelope");
            connection.send(&envelope, &message.bytes).expect("a message taken");
        })
    })
}

/// The same dialogue by hand, each command and each body in one write that is sent at once. (lettre writes the last dot apart, and TCP
/// then waits for an acknowledgement that the server's machine holds back for 40 ms.)
pub fn bare(messages: &[Received], connections: usize) -> f64 {
    pace(messages, connections, |server| {
        let mut stream = TcpStream::connect(server).expect("a connection");
        stream.set_nodelay(true).expect("a connection");
        let mut answers = BufReader::new(stream.try_clone().expect("a connection"));
        let mut say = move |bytes: &[u8]| {
            stream.write_all(bytes).expect("a connection");
            let mut line = String::new();
            while line.is_empty() || line.as_bytes().get(3) == Some(&b'-') {
                line.clear();
                answers.read_line(&mut line).expect("an answer");
            }
            assert!(line.starts_with(['2', '3']), "{line}");
        };
        say(b"");
        say(b"EHLO localhost\r\n");
        Box::new(move |message| {
            say(format!("MAIL FROM:<{}> BODY=8BITMIME\r\n", message.from).as_bytes());
            for to in &message.to {
                say(format!("RCPT TO:<{to}>\r\n").as_bytes());
            }
            say(b"DATA\r\n");
            let mut body = Vec::with_capacity(message.bytes.len() + 100);
            for line in message.bytes.split_inclusive(|byte| *byte == b'\n') {
                body.extend_from_slice(if line.starts_with(b".") { b"." } else { b"" });
                body.extend_from_slice(line);
            }
            body.extend_from_slice(if body.ends_with(b"\r\n") { b".\r\n" } else { b"\r\n.\r\n" });
            say(&body);
        })
    })
}
