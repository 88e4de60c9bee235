//! The bytes of one connection: lines in, answers out, plain or under TLS.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use openssl::ssl::{SslAcceptor, SslStream};

/// RFC 5321 asks for 512; AUTH and SMTPUTF8 need more.
const LONGEST_COMMAND: usize = 12_288;

enum Stream {
    Plain(TcpStream),
    Tls(Box<SslStream<TcpStream>>),
    /// Between the two.
    None,
}

pub struct Wire {
    stream: Stream,
    /// Read; what is before `at` was given.
    ahead: Vec<u8>,
    at: usize,
    /// One byte a second.
    pub drips: bool,
}

/// A line of a command, without its end.
pub enum Line {
    Said(String),
    TooLong,
    /// It did not end with CRLF, or is no UTF-8.
    Wrong,
}

impl Wire {
    pub fn new(stream: TcpStream) -> Self {
        Self { stream: Stream::Plain(stream), ahead: Vec::new(), at: 0, drips: false }
    }

    pub fn is_tls(&self) -> bool {
        matches!(self.stream, Stream::Tls(_))
    }

    /// Goes on under TLS. What the client said before, and was not read, is forgotten: it was not protected.
    pub fn secure(&mut self, acceptor: &SslAcceptor) -> io::Result<()> {
        self.forget();
        let Stream::Plain(stream) = std::mem::replace(&mut self.stream, Stream::None) else { return Err(io::ErrorKind::InvalidInput.into()) };
        let secured = acceptor.accept(stream).map_err(|error| io::Error::other(error.to_string()))?;
        self.stream = Stream::Tls(Box::new(secured));
        Ok(())
    }

    /// Reads some bytes of whatever comes, and closes.
    pub fn take_some_and_close(&mut self) -> io::Result<()> {
        let read = self.fill();
        self.close();
        read.map(drop)
    }

    pub fn close(&mut self) {
        match &mut self.stream {
            Stream::Plain(stream) => drop(stream.shutdown(Shutdown::Both)),
            Stream::Tls(stream) => {
                drop(stream.shutdown());
                drop(stream.get_ref().shutdown(Shutdown::Both));
            }
            Stream::None => {}
        }
    }

    /// How many bytes more are at hand; 0 at the end.
    fn fill(&mut self) -> io::Result<usize> {
        let mut some = [0; 16_384];
        let count = match &mut self.stream {
            Stream::Plain(stream) => stream.read(&mut some)?,
            Stream::Tls(stream) => stream.read(&mut some)?,
            Stream::None => 0,
        };
        self.ahead.extend_from_slice(&some[..count]);
        Ok(count)
    }

    /// The next line of a command; none when the client is gone.
    pub fn command(&mut self) -> io::Result<Option<Line>> {
        let Some(line) = self.line(LONGEST_COMMAND)? else { return Ok(None) };
        if line.length > LONGEST_COMMAND {
            return Ok(Some(Line::TooLong));
        }
        let said = line.bytes.strip_suffix(b"\r\n").and_then(|line| std::str::from_utf8(line).ok());
        Ok(Some(said.filter(|line| !line.contains(['\r', '\0'])).map_or(Line::Wrong, |line| Line::Said(line.to_owned()))))
    }

    /// Up to and with the next line feed; none when the client leaves before it. Of a line longer than `most` the rest is not kept.
    fn line(&mut self, most: usize) -> io::Result<Option<Raw>> {
        let mut line = Raw::default();
        loop {
            let ahead = &self.ahead[self.at..];
            let end = ahead.iter().position(|byte| *byte == b'\n');
            let part = &ahead[..end.map_or(ahead.len(), |end| end + 1)];
            let room = most.saturating_sub(line.bytes.len());
            line.bytes.extend_from_slice(&part[..part.len().min(room)]);
            line.length += part.len();
            if let Some(end) = end {
                let before = if end > 0 { Some(part[end - 1]) } else { line.last };
                line.is_proper = before == Some(b'\r');
                self.at += end + 1;
                return Ok(Some(line));
            }
            line.last = part.last().copied().or(line.last);
            self.forget();
            if self.fill()? == 0 {
                return Ok(None);
            }
        }
    }

    /// A message's body, dots unstuffed, up to the line with a dot alone; none when the client left before. Only CRLF ends a line: a
    /// lone line feed is kept as it is, and what follows it is no line of its own.
    pub fn body(&mut self, most: usize) -> io::Result<Option<Body>> {
        let mut body = Body::default();
        let mut begins_line = true;
        loop {
            let Some(line) = self.line(most.max(LONGEST_COMMAND))? else { return Ok(None) };
            if begins_line && line.bytes == b".\r\n" {
                return Ok(Some(body));
            }
            let stuffed = begins_line && line.bytes.first() == Some(&b'.');
            let (text, length) = (&line.bytes[usize::from(stuffed)..], line.length - usize::from(stuffed));
            begins_line = line.is_proper;
            body.longest_line = body.longest_line.max(length);
            body.size += length;
            if body.size <= most {
                body.bytes.extend_from_slice(text);
            }
        }
    }

    pub fn say(&mut self, text: &str) -> io::Result<()> {
        if !self.drips {
            return self.write(text.as_bytes());
        }
        for byte in text.as_bytes() {
            self.write(&[*byte])?;
            std::thread::sleep(Duration::from_secs(1));
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.stream {
            Stream::Plain(stream) => stream.write_all(bytes),
            Stream::Tls(stream) => stream.write_all(bytes),
            Stream::None => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// Hears whatever is said, and answers nothing, until the client leaves.
    pub fn hear_out(&mut self) -> io::Result<()> {
        while self.fill()? > 0 {
            self.forget();
        }
        Ok(())
    }

    fn forget(&mut self) {
        self.ahead.clear();
        self.at = 0;
    }
}

#[derive(Default)]
pub struct Body {
    /// As the client meant it; cut when it is larger than what is allowed.
    pub bytes: Vec<u8>,
    pub size: usize,
    /// With its CRLF.
    pub longest_line: usize,
}

/// A line as it came.
#[derive(Default)]
struct Raw {
    bytes: Vec<u8>,
    length: usize,
    /// Does it end with CRLF?
    is_proper: bool,
    /// The last byte of what was read of it so far.
    last: Option<u8>,
}
