//! Pages and mails from templates: strict, so that a missing value is an error and not a hole.

mod helpers;
mod overrides;
pub mod samples;

use std::collections::BTreeSet;
use std::path::Path;

use handlebars::Handlebars;
use rust_embed::RustEmbed;
use serde::Serialize;

pub use overrides::Refused;
pub use samples::Samples;

use crate::kernel::Zone;

#[derive(RustEmbed)]
#[folder = "templates/"]
struct Templates;

#[derive(Debug, thiserror::Error)]
#[error("template {name}: {reason}")]
pub struct Error {
    pub name: String,
    pub reason: String,
}

impl Error {
    fn of(name: &str, reason: &dyn std::fmt::Display) -> Self {
        Self { name: name.to_owned(), reason: reason.to_string() }
    }
}

/// Two registries: HTML, where values are escaped, and text, where they are not.
#[derive(Clone)]
struct Registries {
    html: Handlebars<'static>,
    text: Handlebars<'static>,
}

impl Registries {
    fn new(zone: &Zone) -> Self {
        let mut text = Handlebars::new();
        text.register_escape_fn(handlebars::no_escape);
        let mut registries = Self { html: Handlebars::new(), text };
        for registry in [&mut registries.html, &mut registries.text] {
            registry.set_strict_mode(true);
            registry.set_prevent_indent(true);
            helpers::register(registry, zone.clone());
        }
        registries
    }

    /// The one that a template belongs to, by its name.
    fn of(&self, name: &str) -> &Handlebars<'static> {
        if is_text(name) { &self.text } else { &self.html }
    }

    fn of_mut(&mut self, name: &str) -> &mut Handlebars<'static> {
        if is_text(name) { &mut self.text } else { &mut self.html }
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.html.get_templates().keys().chain(self.text.get_templates().keys()).map(String::as_str)
    }
}

fn is_text(name: &str) -> bool {
    name.ends_with(".txt")
}

/// The built-in templates, and beside them the mails as the instance overrides them.
pub struct View {
    zone: Zone,
    own: Registries,
    /// The built-in ones with the accepted overrides in their place; None without any.
    local: Option<Registries>,
    overridden: BTreeSet<String>,
    refused: Vec<Refused>,
}

impl View {
    /// The built-in templates alone.
    pub fn new(zone: Zone) -> Result<Self, Error> {
        let mut own = Registries::new(&zone);
        for path in Templates::iter() {
            let Some(name) = path.strip_suffix(".hbs") else { continue };
            let source = source(name).unwrap_or_default();
            own.of_mut(name).register_template_string(name, source).map_err(|error| Error::of(name, &error))?;
        }
        Ok(Self { zone, own, local: None, overridden: BTreeSet::new(), refused: Vec::new() })
    }

    /// With the mail templates of a folder in the place of the built-in ones of the same name. What is wrong with one is kept to be
    /// told (see [`View::refused`]), and the built-in one stays.
    pub fn with_overrides(zone: Zone, folder: &Path) -> Result<Self, Error> {
        let mut view = Self::new(zone)?;
        let taken = overrides::take(&view.own, folder);
        view.local = taken.local;
        view.overridden = taken.overridden;
        view.refused = taken.refused;
        Ok(view)
    }

    /// The zone in whose times they speak.
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// A page, or a mail's HTML part as it is built in.
    pub fn html(&self, name: &str, data: &impl Serialize) -> Result<String, Error> {
        self.own.html.render(name, data).map_err(|error| Error::of(name, &error))
    }

    /// A mail's subject or text part as it is built in.
    pub fn text(&self, name: &str, data: &impl Serialize) -> Result<String, Error> {
        self.own.text.render(name, data).map_err(|error| Error::of(name, &error))
    }

    /// A mail's HTML part as the instance wants it; as it is built in when an override fails on these data.
    pub fn mail_html(&self, name: &str, data: &impl Serialize) -> Result<String, Error> {
        self.as_overridden(name, data).map_or_else(|| self.html(name, data), Ok)
    }

    /// A mail's subject or text part, in the same way.
    pub fn mail_text(&self, name: &str, data: &impl Serialize) -> Result<String, Error> {
        self.as_overridden(name, data).map_or_else(|| self.text(name, data), Ok)
    }

    fn as_overridden(&self, name: &str, data: &impl Serialize) -> Option<String> {
        let registry = self.local.as_ref()?.of(name);
        match overrides::render(registry, name, data) {
            Ok(text) => Some(text),
            Err(error) => {
                tracing::warn!(template = name, %error, "an override fails on a mail: the built-in template is used");
                None
            }
        }
    }

    /// The overrides that are not used, and why.
    pub fn refused(&self) -> &[Refused] {
        &self.refused
    }

    /// The templates that an override replaces, as `mail/reset/subject.txt` or `partials/mail_frame`.
    pub fn overridden(&self) -> &BTreeSet<String> {
        &self.overridden
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.own.names()
    }
}

/// The text of a built-in template, for who wants to write their own from it.
pub fn source(name: &str) -> Option<String> {
    Templates::get(&format!("{name}.hbs")).map(|file| String::from_utf8_lossy(&file.data).into_owned())
}
