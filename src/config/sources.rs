//! Where settings are looked up.

use std::collections::BTreeMap;
use std::path::Path;

/// Every variable there is, without its prefix.
const KNOWN: [&str; 21] = [
    "DATA_DIR",
    "DATABASE_URL",
    "DOCUMENTS_DIR",
    "TEMPLATES_DIR",
    "BOUNCES_DIR",
    "SEARCH_URL",
    "SEARCH_KEY",
    "SEARCH_INDEX",
    "LISTEN",
    "METRICS_LISTEN",
    "TRUSTED_PROXIES",
    "BASE_URL",
    "SMTP_URL",
    "SMTP_CONNECTIONS",
    "SMTP_PER_MINUTE",
    "SMTP_TIMEOUT",
    "MAIL_FROM",
    "DKIM_KEY_FILE",
    "DKIM_SELECTOR",
    "TIME_ZONE",
    "LOG",
];

const PREFIX: &str = "TRAITDUNION_";

/// A setting that stops the start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("TRAITDUNION_{key}: '{value}' is not understood; expected: {expected}")]
pub struct Wrong {
    key: String,
    value: String,
    expected: String,
}

impl Wrong {
    /// What the value was is quoted, but for those that may hold a secret.
    pub fn new(key: &str, value: &str, expected: &str) -> Self {
        // A key itself where its file was asked for is a likely mistake.
        let secret = key.ends_with("_URL") && value.contains('@') || key.ends_with("_KEY") || value.contains("PRIVATE KEY");
        let value = if secret { "…" } else { value };
        Self { key: key.to_owned(), value: value.to_owned(), expected: expected.to_owned() }
    }
}

/// Settings by key without prefix, the strongest source already chosen.
#[derive(Clone, Debug, Default)]
pub struct Sources(BTreeMap<String, String>);

impl Sources {
    /// The file `traitdunion.toml` of the working directory, if there is one, under the environment.
    pub fn from_machine() -> Result<Self, Wrong> {
        let mut sources = Self::default();
        sources.add_file(Path::new("traitdunion.toml"))?;
        sources.add_variables(std::env::vars_os().filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?))));
        Ok(sources)
    }

    /// The environment alone: no file of the working directory speaks for a demonstration.
    pub fn from_environment() -> Self {
        let mut sources = Self::default();
        sources.add_variables(std::env::vars_os().filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?))));
        sources
    }

    #[cfg(test)]
    pub fn of(pairs: &[(&str, &str)]) -> Self {
        let mut sources = Self::default();
        sources.add_variables(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        sources
    }

    fn add_variables(&mut self, variables: impl Iterator<Item = (String, String)>) {
        for (key, value) in variables {
            if let Some(key) = key.strip_prefix(PREFIX) {
                self.0.insert(key.to_owned(), value);
            }
        }
    }

    fn add_file(&mut self, path: &Path) -> Result<(), Wrong> {
        let told = |error: &dyn std::fmt::Display| Wrong::new("CONFIG", &path.display().to_string(), &format!("a readable TOML file ({error})"));
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(told(&error)),
        };
        let table: BTreeMap<String, toml::Value> = toml::from_str(&text).map_err(|error| told(&error))?;
        for (key, value) in table {
            let key = key.to_uppercase();
            let key = key.strip_prefix(PREFIX).unwrap_or(&key).to_owned();
            let value = match value {
                toml::Value::String(text) => text,
                other => other.to_string(),
            };
            self.0.insert(key, value);
        }
        Ok(())
    }

    /// A command-line option, which wins over everything.
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        self.0.insert(key.to_owned(), value.into());
    }

    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub fn unknown(&self) -> Vec<Wrong> {
        self.0
            .iter()
            .filter(|(key, _)| !KNOWN.contains(&key.as_str()) && !key.starts_with("TEST_"))
            .map(|(key, value)| Wrong::new(key, value, "one of the variables of docs/operating.md"))
            .collect()
    }
}
