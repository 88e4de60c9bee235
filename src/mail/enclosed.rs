//! A calendar that a mail encloses (RFC 6047): once for mail programs to act on, and once as a file for people to open.

use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::{Attachment, Body, MultiPart, SinglePart};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ical::Method;

/// The parameter of a mail that no template reads.
const PARAMETER: &str = "calendar";

/// What whoever writes a mail gives under `calendar` beside the template's values.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    pub method: Method,
    pub ics: String,
}

impl Calendar {
    /// Takes it out of a mail's values. One that is not whole, or says another method than the mail would, is refused.
    pub fn taken_from(params: &mut Value) -> Result<Option<Self>, String> {
        let Some(given) = params.as_object_mut().and_then(|values| values.remove(PARAMETER)).filter(|given| !given.is_null()) else {
            return Ok(None);
        };
        let calendar: Self = serde_json::from_value(given).map_err(|error| format!("its calendar: {error}"))?;
        let says = format!("\r\nMETHOD:{}\r\n", calendar.method.as_str());
        if calendar.ics.matches("\r\nMETHOD:").count() == 1 && calendar.ics.contains(&says) {
            Ok(Some(calendar))
        } else {
            Err(format!("its calendar is not for {}", calendar.method.as_str()))
        }
    }

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
    fn a_calendar_and_its_mail_say_one_method() {
        let whole = "BEGIN:VCALENDAR\r\nMETHOD:CANCEL\r\nEND:VCALENDAR\r\n";
        let mut params = json!({ "name": "Zoé", "calendar": Calendar { method: Method::Cancel, ics: whole.into() } });
        assert_eq!(params["calendar"]["method"], "CANCEL");
        assert_eq!(Calendar::taken_from(&mut params).unwrap().unwrap().ics, whole);
        assert_eq!(params, json!({ "name": "Zoé" }));
        for nothing in [json!({}), json!({ "calendar": null }), json!([])] {
            assert!(Calendar::taken_from(&mut nothing.clone()).unwrap().is_none());
        }
        for wrong in [
            json!({ "method": "REQUEST", "ics": whole }),
            json!({ "method": "CANCEL", "ics": whole.replace("METHOD:CANCEL", "METHOD:CANCELLED") }),
            json!({ "method": "CANCEL", "ics": format!("{whole}{whole}") }),
            json!({ "method": "ADD", "ics": whole }),
            json!({ "method": "CANCEL" }),
            json!({ "method": "CANCEL", "ics": whole, "ical": "" }),
            json!("CANCEL"),
        ] {
            assert!(Calendar::taken_from(&mut json!({ "calendar": wrong })).is_err(), "{wrong}");
        }
    }
}
