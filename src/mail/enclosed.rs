//! A calendar that a mail encloses (RFC 6047): once for mail programs to act on, and once as a file for people to open.

use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::{Attachment, Body, MultiPart, SinglePart};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ical::{self, Entry, Method, Person};
use crate::kernel::Zone;

/// The parameter of a mail that no template reads.
const PARAMETER: &str = "calendar";

/// What whoever writes a mail gives under `calendar` beside the template's values. Its page may be said as a path of ours, and an organiser left
/// out: the registry then is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    pub method: Method,
    pub entry: Entry,
}

impl Calendar {
    /// Takes it out of a mail's values. One that is not whole is refused.
    pub fn taken_from(params: &mut Value) -> Result<Option<Self>, String> {
        let Some(given) = params.as_object_mut().and_then(|values| values.remove(PARAMETER)).filter(|given| !given.is_null()) else {
            return Ok(None);
        };
        serde_json::from_value(given).map(Some).map_err(|error| format!("its calendar: {error}"))
    }

    /// Written out, by whom it leaves and from where.
    pub fn written(self, zone: &Zone, base_url: &str, registry: Person) -> Written {
        let Self { method, entry } = self;
        let url = entry.url.map(|url| if url.starts_with('/') { format!("{base_url}{url}") } else { url });
        let entry = Entry { url, organiser: entry.organiser.or(Some(registry)), ..entry };
        Written { method, ics: ical::calendar(method, None, zone, &[entry]) }
    }
}

/// A calendar as it leaves.
pub struct Written {
    method: Method,
    ics: String,
}

impl Written {
    /// The parts of a message, with it: the text, the page and the calendar are three ways to tell the same, of which programs take the last
    /// that they know.
    pub fn enclosed_with(self, text_and_page: MultiPart) -> Result<MultiPart, String> {
        let method = self.method.as_str();
        let kind = |text: &str| ContentType::parse(text).map_err(|error| error.to_string());
        // Not a byte of it may be changed on the way.
        let body = Body::new_with_encoding(self.ics.into_bytes(), ContentTransferEncoding::Base64).map_err(|_| "its calendar cannot be encoded")?;
        let part = SinglePart::builder().header(kind(&format!("text/calendar; charset=utf-8; method={method}"))?).body(body.clone());
        let name = self.method.file_name();
        let file = Attachment::new(name.to_owned()).body(body, kind(&format!("application/ics; name=\"{name}\""))?);
        Ok(MultiPart::mixed().multipart(text_and_page.singlepart(part)).singlepart(file))
    }
}

impl Method {
    /// What the attached file is called.
    fn file_name(self) -> &'static str {
        match self {
            Self::Request => "invitation.ics",
            Self::Cancel => "annulation.ics",
            Self::Publish => "calendrier.ics",
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_calendar_is_whole_or_refused() {
        let at = crate::kernel::Moment::from_micros(0);
        let entry = Entry {
            uid: "1@vienne.example".into(),
            sequence: 0,
            starts_at: at,
            ends_at: at.plus_seconds(60),
            summary: "Comité".into(),
            description: None,
            location: None,
            url: Some("/rencontres/1".into()),
            conference: None,
            categories: vec![],
            status: None,
            organiser: None,
            attendee: None,
            stamp: at,
            created: at,
            changed: at,
        };
        let calendar = Calendar { method: Method::Cancel, entry };
        let mut params = json!({ "name": "Zoé", "calendar": calendar });
        assert_eq!(params["calendar"]["method"], "CANCEL");
        let taken = Calendar::taken_from(&mut params).unwrap().unwrap();
        assert_eq!(params, json!({ "name": "Zoé" }));
        let registry = Person { name: "Trait d’union".into(), email: "registre@vienne.example".into() };
        let written = taken.written(&Zone::named("Europe/Paris").unwrap(), "https://registre.vienne.example", registry).ics;
        for line in
            ["METHOD:CANCEL", "URL:https://registre.vienne.example/rencontres/1", "ORGANIZER;CN=\"Trait d’union\":mailto:registre@vienne.example"]
        {
            assert!(written.contains(&format!("\r\n{line}\r\n")), "{written}");
        }
        for nothing in [json!({}), json!({ "calendar": null }), json!([])] {
            assert!(Calendar::taken_from(&mut nothing.clone()).unwrap().is_none());
        }
        for wrong in [json!({ "method": "ADD", "entry": calendar.entry }), json!({ "method": "CANCEL" }), json!("CANCEL")] {
            assert!(Calendar::taken_from(&mut json!({ "calendar": wrong })).is_err(), "{wrong}");
        }
    }
}
