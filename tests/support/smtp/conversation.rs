//! One client's conversation: commands in their order, answers with their codes, and the faults that were decided for it.

use std::io;
use std::net::TcpStream;
use std::time::Duration;

use openssl::base64;

use super::wire::{Body, Line, Wire};
use super::{Fault, Now, Point, Received, Refusal, Security, Shared};

/// With CRLF, as RFC 5321 counts it.
const LONGEST_TEXT_LINE: usize = 1000;
const MOST_RECIPIENTS: usize = 100;

/// Talks until the client leaves, or a fault ends it.
pub fn hold(shared: &Shared, stream: TcpStream, number: u64) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut conversation = Conversation {
        shared,
        number,
        wire: Wire::new(stream),
        fault: None,
        has_greeted: false,
        is_known: shared.options.credentials.is_none(),
        message: None,
    };
    let end = conversation.run();
    conversation.wire.close();
    end
}

struct Conversation<'a> {
    shared: &'a Shared,
    number: u64,
    wire: Wire,
    /// What befalls this connection.
    fault: Option<Fault>,
    has_greeted: bool,
    /// Has it given its credentials, or is there no need?
    is_known: bool,
    message: Option<Message>,
}

/// What MAIL began.
struct Message {
    from: String,
    to: Vec<String>,
    takes_utf8: bool,
    is_eight_bit: bool,
    fault: Option<Fault>,
    delay: Duration,
}

/// Whether the conversation goes on.
enum Next {
    On,
    End,
}

impl Conversation<'_> {
    fn run(&mut self) -> io::Result<()> {
        self.fault = self.draw(false, None);
        match self.fault {
            Some(fault @ Fault::Mute) => {
                self.did(fault);
                return self.wire.hear_out();
            }
            Some(fault @ Fault::GreetingBusy) => {
                self.did(fault);
                return self.say("421 4.3.2 localhost is too busy");
            }
            Some(fault @ Fault::Drip) => {
                self.did(fault);
                self.wire.drips = true;
            }
            _ => {}
        }
        if self.shared.options.security == Security::Tls && !self.secure()? {
            return Ok(());
        }
        self.say("220 localhost ESMTP ready")?;
        while let Some(line) = self.wire.command()? {
            let next = match line {
                Line::TooLong => self.answer("500 5.5.2 this line is too long")?,
                Line::Wrong => self.answer("500 5.5.2 a line is text that ends with CRLF")?,
                Line::Said(line) => self.command(&line)?,
            };
            if matches!(next, Next::End) {
                break;
            }
        }
        Ok(())
    }

    fn command(&mut self, line: &str) -> io::Result<Next> {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim();
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" | "HELO" => self.greet(verb.eq_ignore_ascii_case("EHLO"), rest),
            "STARTTLS" => self.start_tls(rest),
            "AUTH" => self.authenticate(rest),
            "MAIL" => self.mail(rest),
            "RCPT" => self.recipient(rest),
            "DATA" => self.data(rest),
            "RSET" => {
                self.message = None;
                self.answer("250 2.0.0 forgotten")
            }
            "NOOP" => self.answer("250 2.0.0 nothing done"),
            "VRFY" => self.answer("252 2.5.0 send it and see"),
            "HELP" => self.answer("214 RFC 5321"),
            "QUIT" => {
                // Before the answer: whoever reads it, then connects again, is one client, not two at once.
                self.shared.change(|state| state.open.remove(&self.number));
                self.say("221 2.0.0 goodbye")?;
                Ok(Next::End)
            }
            "EXPN" | "BDAT" | "ETRN" => self.answer("502 5.5.1 not done here"),
            _ => self.answer("500 5.5.2 unknown command"),
        }
    }

    fn greet(&mut self, is_extended: bool, name: &str) -> io::Result<Next> {
        if name.is_empty() {
            return self.answer("501 5.5.4 say your name");
        }
        self.message = None;
        self.has_greeted = true;
        if !is_extended {
            return self.answer("250 localhost");
        }
        let options = &self.shared.options;
        let mut lines = vec!["localhost".to_owned(), "PIPELINING".into(), format!("SIZE {}", options.size), "8BITMIME".into()];
        if options.smtputf8 {
            lines.push("SMTPUTF8".into());
        }
        if self.lacks_tls() {
            lines.push("STARTTLS".into());
        } else if options.credentials.is_some() {
            lines.push("AUTH PLAIN LOGIN".into());
        }
        lines.push("ENHANCEDSTATUSCODES".into());
        let last = lines.pop().unwrap_or_default();
        let lines: String = lines.iter().map(|line| format!("250-{line}\r\n")).collect();
        self.answer(&format!("{lines}250 {last}"))
    }

    /// Is STARTTLS still to come?
    fn lacks_tls(&self) -> bool {
        self.shared.options.security == Security::StartTls && !self.wire.is_tls()
    }

    fn start_tls(&mut self, rest: &str) -> io::Result<Next> {
        if !self.lacks_tls() {
            return self.answer("503 5.5.1 no TLS to start");
        }
        if !rest.is_empty() {
            return self.answer("501 5.5.4 STARTTLS stands alone");
        }
        if let Some(fault @ Fault::TlsRefused) = self.fault {
            self.did(fault);
            return self.answer("454 4.7.0 TLS is not available now");
        }
        self.say("220 2.0.0 go ahead")?;
        if !self.secure()? {
            return Ok(Next::End);
        }
        // Whatever was said before is forgotten.
        (self.has_greeted, self.message) = (false, None);
        self.is_known = self.shared.options.credentials.is_none();
        Ok(Next::On)
    }

    /// Goes on under TLS; false when a fault ends it there.
    fn secure(&mut self) -> io::Result<bool> {
        if let Some(fault @ Fault::TlsBroken) = self.fault {
            self.did(fault);
            self.wire.take_some_and_close()?;
            return Ok(false);
        }
        let certificate = self.shared.certificate.as_ref().ok_or(io::ErrorKind::Unsupported)?;
        self.wire.secure(&certificate.acceptor)?;
        Ok(true)
    }

    fn authenticate(&mut self, rest: &str) -> io::Result<Next> {
        let Some(expected) = self.shared.options.credentials.clone() else { return self.answer("502 5.5.1 there is nobody to know") };
        if self.lacks_tls() {
            return self.answer("538 5.7.11 not before STARTTLS");
        }
        if !self.has_greeted || self.is_known {
            return self.answer("503 5.5.1 not now");
        }
        let (mechanism, initial) = rest.split_once(' ').unwrap_or((rest, ""));
        let given = match mechanism.to_ascii_uppercase().as_str() {
            "PLAIN" => {
                let answer = if initial.is_empty() { self.challenge("")? } else { Some(initial.to_owned()) };
                answer.as_deref().and_then(decoded).and_then(|text| {
                    let mut parts = text.split('\0').skip(1).map(str::to_owned);
                    Some((parts.next()?, parts.next()?))
                })
            }
            "LOGIN" => {
                let name = if initial.is_empty() { self.challenge("VXNlcm5hbWU6")? } else { Some(initial.to_owned()) };
                let password = self.challenge("UGFzc3dvcmQ6")?;
                name.as_deref().and_then(decoded).zip(password.as_deref().and_then(decoded))
            }
            _ => return self.answer("504 5.5.4 PLAIN or LOGIN"),
        };
        match given {
            None => self.answer("501 5.5.2 this is not base64 of a name and a password"),
            Some(given) if given == expected => {
                self.is_known = true;
                self.answer("235 2.7.0 welcome")
            }
            Some(_) => self.answer("535 5.7.8 unknown name or password"),
        }
    }

    fn challenge(&mut self, challenge: &str) -> io::Result<Option<String>> {
        self.say(&format!("334 {challenge}"))?;
        match self.wire.command()?.ok_or(io::ErrorKind::UnexpectedEof)? {
            Line::Said(line) => Ok(Some(line)),
            _ => Ok(None),
        }
    }

    fn mail(&mut self, rest: &str) -> io::Result<Next> {
        if !self.has_greeted || self.message.is_some() {
            return self.answer("503 5.5.1 not now");
        }
        if self.lacks_tls() {
            return self.answer("530 5.7.0 STARTTLS first");
        }
        if !self.is_known {
            return self.answer("530 5.7.0 AUTH first");
        }
        let Some((from, parameters)) = path(rest, "FROM:") else { return self.answer("501 5.5.4 MAIL FROM:<address>") };
        let mut message = Message { from, to: Vec::new(), takes_utf8: false, is_eight_bit: false, fault: None, delay: Duration::ZERO };
        for parameter in parameters {
            match parameter.to_ascii_uppercase().as_str() {
                "SMTPUTF8" if self.shared.options.smtputf8 => message.takes_utf8 = true,
                "BODY=8BITMIME" => message.is_eight_bit = true,
                "BODY=7BIT" => {}
                size if size.starts_with("SIZE=") => match size[5..].parse::<usize>() {
                    Ok(size) if size > self.shared.options.size => return self.answer("552 5.3.4 too large"),
                    Ok(_) => {}
                    Err(_) => return self.answer("501 5.5.4 SIZE is a number"),
                },
                _ => return self.answer("555 5.5.4 unknown parameter of MAIL"),
            }
        }
        if !message.from.is_empty() && !is_address(&message.from, message.takes_utf8) {
            return self.answer("553 5.1.7 no such address of a sender");
        }
        message.fault = self.draw(true, None);
        if let Some(fault @ Fault::SenderBusy) = message.fault {
            self.did(fault);
            self.say("421 4.3.2 localhost is too busy")?;
            return Ok(Next::End);
        }
        self.message = Some(message);
        self.answer("250 2.1.0 sender noted")
    }

    fn recipient(&mut self, rest: &str) -> io::Result<Next> {
        let Some((recipient, parameters)) = path(rest, "TO:") else { return self.answer("501 5.5.4 RCPT TO:<address>") };
        let Some(takes_utf8) = self.message.as_ref().map(|message| message.takes_utf8) else { return self.answer("503 5.5.1 MAIL first") };
        if !parameters.is_empty() {
            return self.answer("555 5.5.4 unknown parameter of RCPT");
        }
        if !recipient.is_ascii() && !takes_utf8 {
            return self.refuse(&recipient, "RCPT", "553 5.6.7 only with SMTPUTF8");
        }
        if !is_address(&recipient, takes_utf8) && !recipient.eq_ignore_ascii_case("postmaster") {
            return self.refuse(&recipient, "RCPT", "553 5.1.3 no such address");
        }
        let fault = self.draw(true, Some(&recipient));
        let domain = recipient.rsplit('@').next().unwrap_or_default().to_lowercase();
        let delay = self.shared.options.delays.iter().find(|(slow, _)| *slow == domain).map_or(Duration::ZERO, |(_, delay)| *delay);
        let Some(message) = &mut self.message else { return Ok(Next::End) };
        message.delay = message.delay.max(delay);
        let (fault, delay, count) = (fault.or(message.fault), message.delay, message.to.len());
        // What befalls a recipient does not befall the next one.
        message.fault = fault.filter(|fault| fault.point() == Point::Body);
        std::thread::sleep(delay);
        match fault {
            Some(fault @ Fault::RecipientBusy) => {
                self.did(fault);
                self.refuse(&recipient, "RCPT", "450 4.2.1 come back later")
            }
            Some(fault @ Fault::RecipientRefused) => {
                self.did(fault);
                self.refuse(&recipient, "RCPT", "550 5.7.1 not from you")
            }
            Some(fault @ Fault::RecipientUnknown) => {
                self.did(fault);
                self.refuse(&recipient, "RCPT", "550 5.1.1 nobody of that name")
            }
            _ if count >= MOST_RECIPIENTS => self.refuse(&recipient, "RCPT", "452 4.5.3 too many recipients"),
            _ => {
                self.message.as_mut().into_iter().for_each(|message| message.to.push(recipient.clone()));
                self.answer("250 2.1.5 recipient noted")
            }
        }
    }

    fn data(&mut self, rest: &str) -> io::Result<Next> {
        if !rest.is_empty() {
            return self.answer("501 5.5.4 DATA stands alone");
        }
        if self.message.as_ref().is_none_or(|message| message.to.is_empty()) {
            return self.answer("503 5.5.1 RCPT first");
        }
        let Some(message) = self.message.take() else { return Ok(Next::End) };
        std::thread::sleep(message.delay);
        self.say("354 end with a dot on a line of its own")?;
        self.shared.change(|state| state.bodies += 1);
        let Some(body) = self.wire.body(self.shared.options.size)? else { return Ok(Next::End) };
        std::thread::sleep(message.delay);
        if let Some(refusal) = self.fault_of_body(&message, &body) {
            for recipient in &message.to {
                self.note(recipient, "DATA", refusal);
            }
            return self.answer(refusal);
        }
        match message.fault {
            Some(fault @ Fault::BodyLost) => {
                self.did(fault);
                Ok(Next::End)
            }
            Some(fault @ Fault::TakenUnsaid) => {
                self.did(fault);
                self.take(message, body);
                Ok(Next::End)
            }
            Some(fault @ Fault::TakenHalfSaid) => {
                self.did(fault);
                self.take(message, body);
                self.wire.say("250 2.0")?;
                Ok(Next::End)
            }
            fault => {
                self.take(message, body);
                self.say("250 2.0.0 taken")?;
                self.shared.change(|state| {
                    let own = state.received.iter_mut().rev().find(|received| received.connection == self.number);
                    own.into_iter().for_each(|received| received.is_answered = true);
                });
                match fault {
                    Some(fault @ Fault::TakenThenGone) => {
                        self.did(fault);
                        Ok(Next::End)
                    }
                    _ => Ok(Next::On),
                }
            }
        }
    }

    /// Why a body is not taken.
    fn fault_of_body(&self, message: &Message, body: &Body) -> Option<&'static str> {
        if body.size > self.shared.options.size {
            return Some("552 5.3.4 too large");
        }
        if body.longest_line > LONGEST_TEXT_LINE {
            return Some("554 5.6.0 a line is longer than 1000 bytes");
        }
        if !message.is_eight_bit && !body.bytes.is_ascii() {
            return Some("554 5.6.1 not ASCII, and BODY=8BITMIME was not said");
        }
        if message.fault == Some(Fault::BodyRefused) {
            self.did(Fault::BodyRefused);
            return Some("554 5.7.1 this looks like an advertisement");
        }
        None
    }

    /// Records a message before any answer: from here on it is the server's.
    fn take(&self, message: Message, body: Body) {
        let message_id = message_id(&body.bytes);
        let at = self.shared.clock.now();
        let received =
            Received { from: message.from, to: message.to, message_id, bytes: body.bytes.into(), at, is_answered: false, connection: self.number };
        self.shared.change(|state| state.received.push(received));
    }

    fn draw(&self, is_message: bool, recipient: Option<&str>) -> Option<Fault> {
        let security = self.shared.options.security;
        let (starts_tls, speaks_tls) = (security == Security::StartTls, security != Security::Plain);
        self.shared.draw(&Now { connection: self.number, is_message, recipient, starts_tls, speaks_tls })
    }

    fn did(&self, fault: Fault) {
        self.shared.change(|state| *state.done.entry(fault).or_default() += 1);
    }

    fn refuse(&mut self, recipient: &str, step: &'static str, answer: &str) -> io::Result<Next> {
        self.note(recipient, step, answer);
        self.answer(answer)
    }

    fn note(&self, recipient: &str, step: &'static str, answer: &str) {
        let code = answer.get(..3).and_then(|code| code.parse().ok()).unwrap_or(0);
        let refusal = Refusal { recipient: recipient.to_owned(), code, at: self.shared.clock.now(), step };
        self.shared.change(|state| state.refusals.push(refusal));
    }

    fn answer(&mut self, text: &str) -> io::Result<Next> {
        self.say(text)?;
        Ok(Next::On)
    }

    fn say(&mut self, text: &str) -> io::Result<()> {
        self.wire.say(&format!("{text}\r\n"))
    }
}

/// `FROM:<address> PARAMETER …`: the address and the parameters.
fn path<'a>(text: &'a str, keyword: &str) -> Option<(String, Vec<&'a str>)> {
    let rest = text.get(..keyword.len()).filter(|word| word.eq_ignore_ascii_case(keyword)).map(|word| text[word.len()..].trim_start())?;
    let (address, parameters) = rest.strip_prefix('<')?.split_once('>')?;
    if !parameters.is_empty() && !parameters.starts_with(' ') {
        return None;
    }
    Some((address.to_owned(), parameters.split_whitespace().collect()))
}

fn is_address(text: &str, takes_utf8: bool) -> bool {
    let is_sound = |c: char| !c.is_whitespace() && !c.is_control() && !['<', '>', ','].contains(&c) && (c.is_ascii() || takes_utf8);
    text.rsplit_once('@').is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty()) && text.chars().all(is_sound)
}

fn decoded(text: &str) -> Option<String> {
    String::from_utf8(base64::decode_block(text.trim()).ok()?).ok()
}

/// The value of the header, unfolded.
fn message_id(bytes: &[u8]) -> String {
    let head = bytes.windows(4).position(|end| end == b"\r\n\r\n").map_or(bytes, |end| &bytes[..end]);
    let head = String::from_utf8_lossy(head).replace("\r\n ", " ").replace("\r\n\t", " ");
    let is_it = |line: &&str| line.get(..11).is_some_and(|name| name.eq_ignore_ascii_case("message-id:"));
    head.lines().find(is_it).map_or_else(String::new, |line| line[11..].trim().to_owned())
}
