//! What the server can do wrong, and when it does.

use traitdunion::kernel::Chance;

/// One way to fail. It happens at one moment of the conversation, see [`Fault::point`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    Mute,
    Drip,
    GreetingBusy,
    TlsRefused,
    TlsBroken,
    SenderBusy,
    RecipientBusy,
    RecipientRefused,
    RecipientUnknown,
    BodyRefused,
    BodyLost,
    TakenUnsaid,
    TakenHalfSaid,
    TakenThenGone,
}

/// When a fault is decided and done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    Connection,
    Sender,
    Recipient,
    Body,
}

impl Fault {
    pub const ALL: [Self; 14] = [
        Self::Mute,
        Self::Drip,
        Self::GreetingBusy,
        Self::TlsRefused,
        Self::TlsBroken,
        Self::SenderBusy,
        Self::RecipientBusy,
        Self::RecipientRefused,
        Self::RecipientUnknown,
        Self::BodyRefused,
        Self::BodyLost,
        Self::TakenUnsaid,
        Self::TakenHalfSaid,
        Self::TakenThenGone,
    ];

    pub fn point(self) -> Point {
        match self {
            Self::Mute | Self::Drip | Self::GreetingBusy | Self::TlsRefused | Self::TlsBroken => Point::Connection,
            Self::SenderBusy => Point::Sender,
            Self::RecipientBusy | Self::RecipientRefused | Self::RecipientUnknown => Point::Recipient,
            Self::BodyRefused | Self::BodyLost | Self::TakenUnsaid | Self::TakenHalfSaid | Self::TakenThenGone => Point::Body,
        }
    }

    /// In words, as a report has it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Mute => "accepts the connection and never answers",
            Self::Drip => "answers a byte a second",
            Self::GreetingBusy => "421 at the greeting, then closes",
            Self::TlsRefused => "refuses STARTTLS (454)",
            Self::TlsBroken => "closes in the middle of the TLS handshake",
            Self::SenderBusy => "421 at MAIL, then closes",
            Self::RecipientBusy => "450 at RCPT",
            Self::RecipientRefused => "550 at RCPT",
            Self::RecipientUnknown => "550 at RCPT, since nobody is there (5.1.1)",
            Self::BodyRefused => "554 after the body",
            Self::BodyLost => "closes after the body, having taken nothing",
            Self::TakenUnsaid => "takes the message, closes without a word",
            Self::TakenHalfSaid => "takes the message, closes in the middle of its 250",
            Self::TakenThenGone => "takes the message, says 250, closes at once",
        }
    }
}

/// Which faults, for whom, how often.
#[derive(Clone, Debug)]
pub struct Rule {
    faults: Vec<Fault>,
    rate: f64,
    connection: Option<u64>,
    recipient: Option<String>,
    left: Option<u32>,
}

impl Rule {
    /// At every connection, or every message.
    pub fn always(fault: Fault) -> Self {
        Self::random(1.0, &[fault])
    }

    /// At this share of the connections, one of those that befall a connection; at this share of the messages, one of the others.
    pub fn random(rate: f64, faults: &[Fault]) -> Self {
        Self { faults: faults.to_vec(), rate, connection: None, recipient: None, left: None }
    }

    /// Only on the nth connection since the start, from 1.
    pub fn connection(mut self, number: u64) -> Self {
        self.connection = Some(number);
        self
    }

    /// Only for recipients like this: `agent@lent.example`, `@lent.example`, `agent*`. A fault that precedes RCPT knows no recipient.
    pub fn recipient(mut self, pattern: &str) -> Self {
        self.recipient = Some(pattern.to_lowercase());
        self
    }

    /// Only the first times.
    pub fn times(mut self, count: u32) -> Self {
        self.left = Some(count);
        self
    }

    /// What this rule makes happen now. A message is decided upon twice: at MAIL by rules for anybody, at RCPT by those for its recipient.
    pub fn draw(&mut self, chance: &Chance, now: &Now<'_>) -> Option<Fault> {
        let whom = match (&self.recipient, now.recipient) {
            (None, None) => true,
            (Some(pattern), Some(recipient)) => is_like(pattern, &recipient.to_lowercase()),
            _ => false,
        };
        let possible: Vec<Fault> = self.faults.iter().copied().filter(|fault| now.is_possible(*fault)).collect();
        if !whom || possible.is_empty() || self.left == Some(0) || self.connection.is_some_and(|number| number != now.connection) {
            return None;
        }
        const WHOLE: u64 = 1_000_000;
        if chance.below(WHOLE) as f64 >= self.rate * WHOLE as f64 {
            return None;
        }
        self.left = self.left.map(|left| left - 1);
        Some(possible[usize::try_from(chance.below(possible.len() as u64)).unwrap_or(0)])
    }
}

/// Where a conversation stands when a fault may be decided.
pub struct Now<'a> {
    pub connection: u64,
    /// False: a new connection. True: a new message.
    pub is_message: bool,
    pub recipient: Option<&'a str>,
    /// Does the server ask for STARTTLS? Does it speak TLS at all?
    pub starts_tls: bool,
    pub speaks_tls: bool,
}

impl Now<'_> {
    fn is_possible(&self, fault: Fault) -> bool {
        let is_timely = match fault.point() {
            Point::Connection => !self.is_message,
            Point::Sender => self.is_message && self.recipient.is_none(),
            Point::Recipient | Point::Body => self.is_message,
        };
        is_timely
            && match fault {
                Fault::TlsRefused => self.starts_tls,
                Fault::TlsBroken => self.speaks_tls,
                _ => true,
            }
    }
}

fn is_like(pattern: &str, address: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => address.starts_with(beginning),
        None if pattern.starts_with('@') => address.ends_with(pattern),
        None => address == pattern,
    }
}
