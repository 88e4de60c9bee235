//! What the templates are tried with: for each, what its handler or its event would give.

use rust_embed::RustEmbed;
use serde_json::{Value, json};

#[derive(RustEmbed)]
#[folder = "templates/samples/"]
pub struct Samples;

/// What every mail reads beside its own values.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    pub base_url: &'a str,
    pub instance: &'a str,
    pub departement: &'a str,
    /// Where one stops receiving it; None for what people must be told.
    pub unsubscribe: Option<&'a str>,
}

impl Around<'_> {
    /// Sets these values beside a mail's own.
    pub fn put(&self, data: &mut Value) {
        data["base_url"] = json!(self.base_url);
        data["instance"] = json!({ "name": self.instance, "departement": self.departement });
        data["unsubscribe"] = json!(self.unsubscribe);
    }
}

/// The samples of a mail: the usual one first, then its variants `<mail>.<variant>.json`.
pub fn of_mail(mail: &str) -> Vec<Value> {
    let (usual, variants) = (format!("mail/{mail}.json"), format!("mail/{mail}."));
    let mut paths: Vec<String> = Samples::iter().filter(|path| path.starts_with(&variants)).map(|path| path.into_owned()).collect();
    paths.sort_by_key(|path| (*path != usual, path.clone()));
    paths.iter().filter_map(|path| serde_json::from_slice(&Samples::get(path)?.data).ok()).collect()
}
