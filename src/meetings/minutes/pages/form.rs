//! The form in which minutes are written, or rectified: a text for each part, and what it was when the form was opened.

use serde_json::{Value, json};

use crate::accounts::sign_in::hashed;
use crate::http::forms::Form;
use crate::kernel::FieldErrors;
use crate::meetings::minutes::given;
use crate::meetings::model::minutes::{MinutesFields, MinutesPart};

/// A part as it was sent, with the fingerprint of the text that it was written over.
pub struct Sent {
    pub part: MinutesPart,
    base: String,
}

/// The parts of a form, through the same door as the API's.
pub fn sent(form: &Form) -> Result<Vec<Sent>, FieldErrors> {
    let mut items = Vec::new();
    let mut bases = Vec::new();
    for place in 0.. {
        let name = |what: &str| format!("part.{place}.{what}");
        if !form.has(&name("text")) {
            break;
        }
        items.push(json!({ "item": form.get(&name("item")), "title": form.get(&name("title")), "text": form.get(&name("text")) }));
        bases.push(form.get(&name("base")).to_owned());
    }
    Ok(given(&Value::Array(items))?.into_iter().zip(bases).map(|(part, base)| Sent { part, base }).collect())
}

pub fn base(text: &str) -> String {
    hashed(text)
}

fn is_same(one: &MinutesPart, other: &MinutesPart) -> bool {
    one.item == other.item && (!one.item.is_empty() || one.title == other.title)
}

/// What two wrote, brought together: what is to be saved, and the texts of the other where both wrote in one part.
pub struct Settled {
    pub parts: Vec<MinutesPart>,
    pub clashing: Vec<MinutesPart>,
}

/// Settles what was sent with what is there now. What only one changed is kept from both.
pub fn settle(sent: Vec<Sent>, now: &MinutesFields) -> Settled {
    let mut settled = Settled { parts: Vec::new(), clashing: Vec::new() };
    for Sent { part, base: opened } in sent {
        let theirs = now.parts.iter().find(|known| is_same(known, &part));
        match theirs {
            Some(theirs) if theirs.text == part.text || base(&part.text) == opened => {}
            Some(theirs) if base(&theirs.text) != opened => {
                settled.clashing.push(theirs.clone());
                settled.parts.push(part);
            }
            _ => settled.parts.push(part),
        }
    }
    settled
}

/// The parts of the form: what is there now, under what was typed, with the other's text where both wrote.
pub fn shown(now: &MinutesFields, typed: &[MinutesPart], clashing: &[MinutesPart]) -> Vec<Value> {
    let of = |parts: &[MinutesPart], part: &MinutesPart| parts.iter().find(|known| is_same(known, part)).map(|known| known.text.clone());
    // A part that is no longer on the agenda, or that was added by hand.
    let beside = typed.iter().filter(|part| !part.text.is_empty() && !now.parts.iter().any(|known| is_same(known, part)));
    let all = now.parts.iter().map(|part| (part, part.text.as_str())).chain(beside.map(|part| (part, "")));
    let line = |(place, (part, written)): (usize, (&MinutesPart, &str))| {
        let text = of(typed, part).unwrap_or_else(|| written.to_owned());
        json!({
            "place": place,
            "item": part.item,
            "title": part.title,
            "text": text,
            "rows": (text.lines().count() + text.len() / 90).clamp(4, 24),
            "base": base(written),
            "theirs": of(clashing, part),
        })
    };
    all.enumerate().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(title: &str, text: &str) -> MinutesPart {
        MinutesPart { item: String::new(), title: title.into(), text: text.into() }
    }

    #[test]
    fn what_two_write_is_settled_part_by_part() {
        let opened = "avant";
        for (mine, theirs, kept, clashes) in [
            ("avant", "avant", None, false),
            ("mien", "avant", Some("mien"), false),
            ("avant", "sien", None, false),
            ("même", "même", None, false),
            ("mien", "sien", Some("mien"), true),
        ] {
            let sent = vec![Sent { part: part("Échanges", mine), base: base(opened) }];
            let settled = settle(sent, &MinutesFields { parts: vec![part("Échanges", theirs)] });
            assert_eq!(settled.parts.first().map(|part| part.text.as_str()), kept, "{mine} {theirs}");
            assert_eq!(!settled.clashing.is_empty(), clashes, "{mine} {theirs}");
        }
    }
}
