//! The mail server of the tests, spoken to by hand and by a client that is not ours: it must be right for others to be judged by it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{Address, SmtpTransport, Transport, address::Envelope};
use openssl::ssl::{SslConnector, SslMethod, SslStream};

use crate::smtp::{Fault, Options, Rule, Security, Smtp};

/// A client that says what it is told to.
struct Client<S> {
    stream: S,
    heard: Vec<u8>,
}

fn connect(smtp: &Smtp) -> Client<TcpStream> {
    let stream = TcpStream::connect(smtp.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    Client { stream, heard: Vec::new() }
}

impl<S: Read + Write> Client<S> {
    fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// One line; none when the server is gone.
    fn line(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.heard.windows(2).position(|end| end == b"\r\n") {
                let line = self.heard.drain(..end + 2).collect::<Vec<u8>>();
                return Some(String::from_utf8(line).unwrap().trim_end_matches("\r\n").to_owned());
            }
            let mut some = [0; 4096];
            match self.stream.read(&mut some) {
                Ok(0) | Err(_) => return None,
                Ok(count) => self.heard.extend_from_slice(&some[..count]),
            }
        }
    }

    /// A whole answer, its lines joined; empty when the server is gone.
    fn answer(&mut self) -> String {
        let mut answer = String::new();
        while let Some(line) = self.line() {
            let goes_on = line.as_bytes().get(3) == Some(&b'-');
            answer += &line;
            if !goes_on {
                break;
            }
            answer += "|";
        }
        answer
    }

    fn say(&mut self, command: &str) -> String {
        self.send(format!("{command}\r\n").as_bytes());
        self.answer()
    }

    /// Says commands one after another, and sees the code of each answer.
    #[track_caller]
    fn dialogue(&mut self, exchanges: &[(&str, &str)]) {
        for (command, code) in exchanges {
            let answer = self.say(command);
            assert!(answer.starts_with(code), "{command}: {answer:?}, not {code}");
        }
    }

    /// From MAIL to the end of the body; answers the last answer.
    fn deliver(&mut self, recipient: &str, body: &str) -> String {
        for command in ["MAIL FROM:<a@vienne.example>".to_owned(), format!("RCPT TO:<{recipient}>"), "DATA".to_owned()] {
            let answer = self.say(&command);
            if !answer.starts_with(['2', '3']) {
                return answer;
            }
        }
        self.say(&format!("{body}\r\n."))
    }
}

fn greeted(smtp: &Smtp) -> Client<TcpStream> {
    let mut client = connect(smtp);
    assert!(client.answer().starts_with("220 "));
    assert!(client.say("EHLO client").starts_with("250"));
    client
}

fn faulty(rules: impl Into<Vec<Rule>>) -> Smtp {
    Smtp::start(Options { faults: rules.into(), ..Options::default() })
}

#[test]
fn a_message_is_taken_as_it_was_meant() {
    let smtp = Smtp::start(Options { size: 5000, ..Options::default() });
    let mut client = connect(&smtp);
    assert_eq!(client.answer(), "220 localhost ESMTP ready");
    assert_eq!(client.say("EHLO client"), "250-localhost|250-PIPELINING|250-SIZE 5000|250-8BITMIME|250-SMTPUTF8|250 ENHANCEDSTATUSCODES");
    client.dialogue(&[
        ("mail from:<a@vienne.example> BODY=8BITMIME SIZE=300", "250"),
        ("Rcpt To:<b@vienne.example>", "250"),
        ("RCPT TO:<c@vienne.example>", "250"),
        ("DATA", "354"),
    ]);
    // A line that begins with a dot, a lone line feed before a dot, a folded header.
    client.send(b"Subject: essai\r\nMessage-ID:\r\n <1@vienne.example>\r\n\r\n..un point\r\n\xc3\xa9t\xc3\xa9\n.\r\n.\r\n");
    assert!(client.answer().starts_with("250 "));
    assert!(client.say("QUIT").starts_with("221") && client.line().is_none());
    let received = smtp.received().remove(0);
    assert_eq!(&*received.bytes, b"Subject: essai\r\nMessage-ID:\r\n <1@vienne.example>\r\n\r\n.un point\r\n\xc3\xa9t\xc3\xa9\n.\r\n".as_slice());
    assert_eq!((received.from.as_str(), received.to.join(" ").as_str()), ("a@vienne.example", "b@vienne.example c@vienne.example"));
    assert!(received.message_id == "<1@vienne.example>" && received.is_answered && received.connection == 1);
}

#[test]
fn commands_have_an_order_and_a_form() {
    let smtp = Smtp::start(Options { size: 2000, smtputf8: false, ..Options::default() });
    let mut client = connect(&smtp);
    client.answer();
    let long = format!("NOOP {}", "x".repeat(13_000));
    client.dialogue(&[
        ("MAIL FROM:<a@b.example>", "503"),
        ("EHLO", "501"),
        ("HELO client", "250 localhost"),
        ("RCPT TO:<a@b.example>", "503"),
        ("DATA", "503"),
        ("MAIL TO:<a@b.example>", "501"),
        ("MAIL FROM:<>", "250"),
        ("MAIL FROM:<a@b.example>", "503"),
        ("RSET", "250"),
        ("MAIL FROM:<é@b.example>", "553"),
        ("MAIL FROM:<a@b.example> SMTPUTF8", "555"),
        ("MAIL FROM:<a@b.example> SIZE=2001", "552"),
        ("MAIL FROM:<a@b.example> SIZE=2000", "250"),
        ("DATA", "503"),
        ("RCPT TO:<nobody>", "553"),
        ("RCPT TO:<é@b.example>", "553"),
        ("RCPT TO:<a@b.example> NOTIFY=NEVER", "555"),
        ("NOOP", "250"),
        ("VRFY a", "252"),
        ("BDAT 3", "502"),
        ("STARTTLS", "503"),
        ("AUTH PLAIN AAAA", "502"),
        ("CHIRP", "500"),
        (&long, "500"),
    ]);
    client.send(b"NOOP\n");
    assert!(client.answer().starts_with("500"), "a line ends with CRLF");
    assert!(client.say("RSET").starts_with("250"));
    for (body, code) in [("é", "554 5.6.1"), ("x".repeat(999).as_str(), "554 5.6.0"), ("x\r\n".repeat(800).as_str(), "552"), ("x", "250")] {
        assert!(client.deliver("a@b.example", body).starts_with(code), "{code}");
    }
    assert_eq!((smtp.count(), smtp.refusals().len()), (1, 5));
    assert_eq!(smtp.refusals().iter().map(|refusal| (refusal.step, refusal.code)).next_back(), Some(("DATA", 552)));
}

#[test]
fn several_commands_may_come_at_once() {
    let smtp = Smtp::start(Options::default());
    let mut client = greeted(&smtp);
    client.send(b"MAIL FROM:<a@b.example>\r\nRCPT TO:<b@b.example>\r\nDATA\r\n");
    assert!(client.answer().starts_with("250") && client.answer().starts_with("250") && client.answer().starts_with("354"));
    client.send(b"x\r\n.\r\nNOOP\r\n");
    assert!(client.answer().starts_with("250") && client.answer().starts_with("250"));
    assert_eq!(smtp.count(), 1);
}

#[test]
fn half_a_message_is_not_taken() {
    let smtp = Smtp::start(Options::default());
    let mut client = greeted(&smtp);
    client.dialogue(&[("MAIL FROM:<a@b.example>", "250"), ("RCPT TO:<b@b.example>", "250"), ("DATA", "354")]);
    client.send(b"Subject: x\r\n\r\nhalf");
    drop(client);
    assert!(greeted(&smtp).deliver("c@b.example", "whole").starts_with("250"));
    // Two conversations: the other is heard when its own thread comes to it.
    for _ in 0..200 {
        if smtp.bodies() < 2 {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }
    assert_eq!((smtp.count(), smtp.bodies(), smtp.received()[0].to.join("")), (1, 2, "c@b.example".to_owned()));
}

fn secured(smtp: &Smtp, stream: TcpStream) -> Client<SslStream<TcpStream>> {
    let mut connector = SslConnector::builder(SslMethod::tls_client()).unwrap();
    connector.set_ca_file(smtp.certificate().unwrap()).unwrap();
    Client { stream: connector.build().connect("127.0.0.1", stream).unwrap(), heard: Vec::new() }
}

fn known(security: Security) -> Smtp {
    Smtp::start(Options { security, credentials: Some(("moi".into(), "sésame:".into())), ..Options::default() })
}

#[test]
fn tls_and_credentials_are_asked_for() {
    let smtp = known(Security::StartTls);
    assert!(smtp.url().starts_with("smtp+starttls://moi:s%C3%A9same%3A@127.0.0.1:"), "{}", smtp.url());
    let mut plain = greeted(&smtp);
    assert!(plain.say("EHLO client").contains("STARTTLS") && !plain.say("EHLO client").contains("AUTH"));
    plain.dialogue(&[("MAIL FROM:<a@b.example>", "530"), ("AUTH PLAIN AAAA", "538")]);
    // What comes with STARTTLS, unprotected, is not carried out under TLS.
    plain.send(b"STARTTLS\r\nNOOP\r\n");
    assert!(plain.answer().starts_with("220"));
    let mut client = secured(&smtp, plain.stream);
    let base64 = openssl::base64::encode_block;
    let good = base64("\0moi\0sésame:".as_bytes());
    client.dialogue(&[
        ("MAIL FROM:<a@b.example>", "503"),
        ("EHLO client", "250"),
        ("STARTTLS", "503"),
        ("MAIL FROM:<a@b.example>", "530"),
        (&format!("AUTH PLAIN {}", base64(b"\0moi\0sesame")), "535"),
        ("AUTH PLAIN", "334"),
        ("?", "501"),
        ("AUTH GSSAPI", "504"),
        ("AUTH LOGIN", "334 VXNlcm5hbWU6"),
        (&base64(b"moi"), "334 UGFzc3dvcmQ6"),
        (&base64("sésame:".as_bytes()), "235"),
        (&format!("AUTH PLAIN {good}"), "503"),
        ("MAIL FROM:<a@b.example>", "250"),
    ]);
    let mut plain = greeted(&smtp);
    plain.dialogue(&[("STARTTLS", "220")]);
    let mut again = secured(&smtp, plain.stream);
    again.dialogue(&[("EHLO client", "250"), ("AUTH PLAIN", "334 "), (&good, "235")]);
}

#[test]
fn another_client_delivers_under_each_security() {
    for security in [Security::Plain, Security::StartTls, Security::Tls] {
        let smtp = known(security);
        let trusted = smtp.certificate().map(|path| Certificate::from_pem(&std::fs::read(path).unwrap()).unwrap());
        let tls = || TlsParameters::builder("localhost".into()).add_root_certificate(trusted.clone().unwrap()).build().unwrap();
        let tls = match security {
            Security::Plain => Tls::None,
            Security::StartTls => Tls::Required(tls()),
            Security::Tls => Tls::Wrapper(tls()),
        };
        let transport = SmtpTransport::builder_dangerous("localhost").port(smtp.address().port()).tls(tls);
        let transport = transport.credentials(Credentials::new("moi".into(), "sésame:".into())).build();
        let address = |text: &str| text.parse::<Address>().unwrap();
        let envelope = Envelope::new(Some(address("a@b.example")), vec![address("c@b.example")]).unwrap();
        for text in ["Subject: un\r\n\r\n.\r\n..\r\nété\r\n", "Subject: deux\r\n\r\n"] {
            transport.send_raw(&envelope, text.as_bytes()).unwrap();
        }
        assert_eq!((smtp.count(), smtp.connections(), smtp.most_open()), (2, 2, 1), "{security:?}");
        // This client ends a body with a CRLF of its own.
        assert_eq!(&*smtp.received()[0].bytes, "Subject: un\r\n\r\n.\r\n..\r\nété\r\n\r\n".as_bytes());
    }
}

#[test]
fn each_fault_is_done() {
    for fault in Fault::ALL {
        let security = if matches!(fault, Fault::TlsRefused | Fault::TlsBroken) { Security::StartTls } else { Security::Plain };
        let smtp = Smtp::start(Options { security, faults: vec![Rule::always(fault)], ..Options::default() });
        let mut client = connect(&smtp);
        client.stream.set_read_timeout(Some(Duration::from_millis(1500))).unwrap();
        let from = Instant::now();
        let (mut answers, mut some) = (String::new(), [0; 2]);
        match fault {
            Fault::Mute => assert!(client.line().is_none() && from.elapsed() > Duration::from_secs(1)),
            Fault::Drip => {
                client.stream.read_exact(&mut some).unwrap();
                assert!(&some == b"22" && from.elapsed() > Duration::from_millis(900));
            }
            _ => {
                answers = client.answer();
                if answers.starts_with("220") {
                    client.say("EHLO client");
                    answers = if security == Security::StartTls { client.say("STARTTLS") } else { client.deliver("b@b.example", "x") };
                }
            }
        }
        let (expected, stays, taken, answered) = match fault {
            Fault::Mute | Fault::Drip => ("", true, 0, false),
            Fault::GreetingBusy | Fault::SenderBusy => ("421", false, 0, false),
            Fault::TlsRefused => ("454", true, 0, false),
            Fault::TlsBroken => ("220", false, 0, false),
            Fault::RecipientBusy => ("450", true, 0, false),
            Fault::RecipientRefused | Fault::RecipientUnknown => ("550", true, 0, false),
            Fault::BodyRefused => ("554", true, 0, false),
            Fault::BodyLost => ("", false, 0, false),
            Fault::TakenUnsaid => ("", false, 1, false),
            Fault::TakenHalfSaid => ("", false, 1, false),
            Fault::TakenThenGone => ("250", false, 1, true),
        };
        assert!(answers.starts_with(expected) && answers.is_empty() == expected.is_empty(), "{fault:?}: {answers}");
        if fault == Fault::TlsBroken {
            client.send(b"the first bytes of a handshake");
        } else if fault == Fault::TakenHalfSaid {
            assert_eq!(client.heard, b"250 2.0");
        }
        if !matches!(fault, Fault::Mute | Fault::Drip) {
            client.stream.set_nonblocking(false).unwrap();
            assert_eq!(client.stream.write_all(b"NOOP\r\n").is_ok() && client.line().is_some(), stays, "{fault:?}");
        }
        assert_eq!(smtp.faults_done().into_iter().collect::<Vec<_>>(), [(fault, 1)]);
        assert_eq!((smtp.count(), smtp.received().iter().any(|received| received.is_answered)), (taken, answered), "{fault:?}");
    }
}

#[test]
fn rules_choose_whom_and_how_often() {
    let smtp = faulty([
        Rule::always(Fault::RecipientBusy).recipient("@lent.example").times(2),
        Rule::always(Fault::BodyRefused).recipient("pub*"),
        Rule::always(Fault::RecipientRefused).recipient("Personne@b.example"),
        Rule::always(Fault::GreetingBusy).connection(2),
    ]);
    let mut client = greeted(&smtp);
    let mut code = |recipient: &str| {
        client.say("RSET");
        client.deliver(recipient, "x")[..3].to_owned()
    };
    assert_eq!([code("a@lent.example"), code("b@lent.example"), code("c@lent.example")], ["450", "450", "250"]);
    assert_eq!([code("publicite@b.example"), code("personne@b.example"), code("quelquun@b.example")], ["554", "550", "250"]);
    assert!(connect(&smtp).answer().starts_with("421") && connect(&smtp).answer().starts_with("220"));
    // One recipient of two is refused: the other has its message.
    client.say("RSET");
    client.dialogue(&[
        ("MAIL FROM:<a@b.example>", "250"),
        ("RCPT TO:<personne@b.example>", "550"),
        ("RCPT TO:<ami@b.example>", "250"),
        ("DATA", "354"),
        ("x\r\n.", "250"),
    ]);
    assert_eq!(smtp.received().pop().unwrap().to, ["ami@b.example"]);
    smtp.set_faults([]);
    client.say("RSET");
    assert!(client.deliver("personne@b.example", "x").starts_with("250"));
}

#[test]
fn a_seed_makes_the_same_accidents() {
    let run = |seed| {
        let faults = vec![Rule::random(0.4, &[Fault::RecipientBusy, Fault::BodyRefused, Fault::RecipientRefused])];
        let smtp = Smtp::start(Options { faults, seed, ..Options::default() });
        let mut client = greeted(&smtp);
        let mut code = |_| {
            client.say("RSET");
            client.deliver("b@b.example", "x")[..3].to_owned()
        };
        (0..200).map(&mut code).collect::<Vec<String>>()
    };
    let (first, same, other) = (run(1), run(1), run(2));
    assert!(first == same && first != other);
    let taken = first.iter().filter(|code| *code == "250").count();
    assert!((90..150).contains(&taken), "{taken} of 200");
    assert!(["450", "550", "554"].iter().all(|code| first.iter().filter(|found| found == code).count() > 10));
}

#[test]
fn a_domain_may_be_slow() {
    let delays = vec![("lent.example".to_owned(), Duration::from_millis(60))];
    let smtp = Smtp::start(Options { delays, ..Options::default() });
    let mut client = greeted(&smtp);
    let mut time = |recipient: &str| {
        let from = Instant::now();
        assert!(client.deliver(recipient, "x").starts_with("250"));
        from.elapsed()
    };
    assert!(time("a@lent.example") >= Duration::from_millis(180) && time("a@vif.example") < Duration::from_millis(60));
    // Whoever waits is told at once.
    let from = Instant::now();
    assert!(smtp.wait_for(2, Duration::from_secs(5)) && !smtp.wait_for(3, Duration::from_millis(20)));
    assert!(from.elapsed() < Duration::from_secs(2));
    assert_eq!(smtp.by_message_id()[""].len(), 2);
    smtp.hang_up();
    assert!(client.line().is_none());
}
