//! Mail templates that an instance writes itself: read at the start, tried before they are used, refused with a reason.
//!
//! Whoever writes them is no programmer, and nobody stands by when a mail leaves at night: an override that could fail, loop or let a
//! value through unescaped never replaces the built-in template.

mod checks;
mod files;
mod graph;
mod trial;
mod words;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use handlebars::Handlebars;
use serde::Serialize;

use super::Registries;

/// An override that is not used, and why, in words for whoever wrote it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refused {
    pub path: PathBuf,
    pub line: Option<usize>,
    pub reason: String,
}

impl Refused {
    fn new(path: &Path, line: Option<usize>, reason: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, reason: reason.into() }
    }
}

/// `/data/templates/mail/reset/body.txt.hbs, ligne 3 : …`
impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, ", ligne {line}")?;
        }
        write!(f, " : {}", self.reason)
    }
}

/// What was found in a folder.
pub struct Taken {
    pub local: Option<Registries>,
    pub overridden: BTreeSet<String>,
    pub refused: Vec<Refused>,
}

/// May a template be overridden? Mails, and the parts that they share.
fn is_of_mail(name: &str) -> bool {
    name.starts_with("mail/") || name.starts_with("partials/mail_")
}

/// Overrides that are still in the running, by the name of what they replace.
type Candidates = BTreeMap<String, PathBuf>;

/// Reads a folder and keeps what holds. A folder that does not exist overrides nothing.
pub fn take(own: &Registries, folder: &Path) -> Taken {
    let (found, mut refused) = files::read(own, folder);
    if found.is_empty() {
        return Taken { local: None, overridden: BTreeSet::new(), refused };
    }
    let mut local = own.clone();
    let mut candidates = Candidates::new();
    for file in found {
        match checks::parse(own, &file) {
            Ok(template) => {
                local.of_mut(&file.name).register_template(&file.name, template);
                candidates.insert(file.name, file.path);
            }
            Err(wrong) => refused.push(wrong),
        }
    }
    graph::refuse_loops(own, &mut local, &mut candidates, &mut refused);
    trial::refuse_failures(own, &mut local, &mut candidates, &mut refused);
    refused.sort();
    let overridden: BTreeSet<String> = candidates.into_keys().collect();
    Taken { local: (!overridden.is_empty()).then_some(local), overridden, refused }
}

/// Puts the built-in template back in the place of an override.
fn restore(own: &Registries, local: &mut Registries, name: &str) {
    if let Some(template) = own.of(name).get_template(name) {
        local.of_mut(name).register_template(name, template.clone());
    }
}

/// No mail is as long as this: what an override makes of it is cut off, and refused.
const LONGEST_MAIL: usize = 1024 * 1024;

/// A part of a mail, which must say something.
pub fn render(registry: &Handlebars<'static>, name: &str, data: &impl Serialize) -> Result<String, handlebars::RenderError> {
    let mut written = Bounded(Vec::new());
    registry.render_to_write(name, data, &mut written)?;
    let text = String::from_utf8(written.0)?;
    if text.trim().is_empty() {
        return Err(handlebars::RenderErrorReason::Other(words::EMPTY.to_owned()).into());
    }
    Ok(text)
}

struct Bounded(Vec<u8>);

impl std::io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.len() + bytes.len() > LONGEST_MAIL {
            return Err(std::io::Error::other(words::TOO_LONG));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
