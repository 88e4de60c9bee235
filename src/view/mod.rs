//! Pages and mails from templates: strict, so that a missing value is an error and not a hole.

mod helpers;

use handlebars::Handlebars;
use rust_embed::RustEmbed;
use serde::Serialize;

#[derive(RustEmbed)]
#[folder = "templates/"]
struct Templates;

/// The sample of each page, as its handler would give it: what the templates are tested with.
#[derive(RustEmbed)]
#[folder = "templates/samples/"]
pub struct Samples;

#[derive(Debug, thiserror::Error)]
#[error("template {name}: {reason}")]
pub struct Error {
    pub name: String,
    pub reason: String,
}

/// Two registries: HTML, where values are escaped, and text, where they are not.
pub struct View {
    html: Handlebars<'static>,
    text: Handlebars<'static>,
}

impl View {
    pub fn new(zone: crate::kernel::Zone) -> Result<Self, Error> {
        let mut html = Handlebars::new();
        let mut text = Handlebars::new();
        text.register_escape_fn(handlebars::no_escape);
        for registry in [&mut html, &mut text] {
            registry.set_strict_mode(true);
            registry.set_prevent_indent(true);
            helpers::register(registry, zone.clone());
        }
        for path in Templates::iter() {
            let Some(name) = path.strip_suffix(".hbs") else { continue };
            let file = Templates::get(&path).map(|file| file.data).unwrap_or_default();
            let source = String::from_utf8_lossy(&file);
            let registry = if name.ends_with(".txt") { &mut text } else { &mut html };
            registry.register_template_string(name, source).map_err(|error| Error { name: name.to_owned(), reason: error.to_string() })?;
        }
        Ok(Self { html, text })
    }

    /// A page, or a mail's HTML part.
    pub fn html(&self, name: &str, data: &impl Serialize) -> Result<String, Error> {
        self.html.render(name, data).map_err(|error| Error { name: name.to_owned(), reason: error.to_string() })
    }

    /// A mail's subject or text part.
    pub fn text(&self, name: &str, data: &impl Serialize) -> Result<String, Error> {
        self.text.render(name, data).map_err(|error| Error { name: name.to_owned(), reason: error.to_string() })
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.html.get_templates().keys().chain(self.text.get_templates().keys()).map(String::as_str)
    }
}
