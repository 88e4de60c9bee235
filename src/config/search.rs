//! Where search is done: in this process, or by a server that several processes share.

use super::Parsed;

/// Where search is done; a server's key is never printed.
#[derive(Clone, PartialEq, Eq)]
pub enum SearchAt {
    /// In this process.
    Embedded,
    /// By a Meilisearch, which several processes may share.
    Meilisearch(MeilisearchAt),
}

#[derive(Clone, PartialEq, Eq)]
pub struct MeilisearchAt {
    /// Without a final slash.
    pub url: String,
    pub key: Option<String>,
    /// The name of our index there, and the beginning of the names of those that are being built.
    pub index: String,
}

impl std::fmt::Debug for SearchAt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Embedded => f.write_str("embedded"),
            Self::Meilisearch(MeilisearchAt { url, index, .. }) => write!(f, "meilisearch {url} {index}"),
        }
    }
}

impl Parsed<'_> {
    pub(super) fn search(&mut self) -> SearchAt {
        let url =
            self.optional("SEARCH_URL", "nothing for the embedded engine, or the http://… or https://… of a Meilisearch, without user", server_url);
        let key = self.optional("SEARCH_KEY", "the key of a Meilisearch: printable characters only", |text| {
            text.chars().all(|c| c.is_ascii_graphic()).then(|| text.to_owned())
        });
        let index = self.value("SEARCH_INDEX", "traitdunion", "a name of letters, digits, - and _, 100 at most", |text| {
            let sound = text.len() <= 100 && !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
            sound.then(|| text.to_owned())
        });
        match (url, index) {
            (Some(url), Some(index)) => SearchAt::Meilisearch(MeilisearchAt { url, key, index }),
            _ => SearchAt::Embedded,
        }
    }
}

/// A server's address, perhaps with a path.
fn server_url(text: &str) -> Option<String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let host = rest.split('/').next().unwrap_or_default();
    let sound = !host.is_empty() && !rest.contains(['?', '#', ' ', '@', '"', '<']);
    sound.then(|| text.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Sources, Wrong};

    fn read(pairs: &[(&str, &str)]) -> Result<Config, Vec<Wrong>> {
        Config::read(&Sources::of(pairs))
    }

    #[test]
    fn search_is_here_or_at_a_server_whose_key_stays_secret() {
        assert_eq!(read(&[]).unwrap().search, SearchAt::Embedded);
        let config = read(&[("TRAITDUNION_SEARCH_URL", "https://search.example/m/"), ("TRAITDUNION_SEARCH_KEY", "sesame")]).unwrap();
        let expected = MeilisearchAt { url: "https://search.example/m".into(), key: Some("sesame".into()), index: "traitdunion".into() };
        assert_eq!(config.search, SearchAt::Meilisearch(expected));
        assert!(!format!("{config:?}").contains("sesame"));
        for wrong in [
            ("TRAITDUNION_SEARCH_URL", "search.example"),
            ("TRAITDUNION_SEARCH_URL", "https://"),
            ("TRAITDUNION_SEARCH_URL", "https://user:secret@search.example"),
            ("TRAITDUNION_SEARCH_KEY", "sésame"),
            ("TRAITDUNION_SEARCH_INDEX", "notre index"),
        ] {
            let told = read(&[wrong]).unwrap_err().iter().map(ToString::to_string).collect::<String>();
            assert!(told.contains(wrong.0) && !told.contains("secret") && !told.contains("sésame"), "{told}");
        }
    }
}
