//! What minutes say: a text for each item of the agenda, and for each part that the body asks for beside.

use serde::{Deserialize, Serialize};

use super::AgendaItem;
use crate::db::types::text_enum;

text_enum! {
    /// What somebody called says of minutes in review.
    pub enum Opinion {
        Approves = "approves" | "Approuve",
        Objects = "objects" | "Demande une correction",
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct MinutesPart {
    /// The key of an agenda item, or empty for a part of its own.
    pub item: String,
    pub title: String,
    pub text: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct MinutesFields {
    pub parts: Vec<MinutesPart>,
}

impl MinutesFields {
    /// Empty minutes of an agenda: the first section, each item, the other sections. What is written already stays, and follows its item.
    pub fn laid_out(&self, agenda: &[AgendaItem], sections: &[String]) -> Self {
        let written = |item: &str, title: &str| {
            let found = self.parts.iter().find(|part| if item.is_empty() { part.item.is_empty() && part.title == title } else { part.item == item });
            MinutesPart { item: item.to_owned(), title: title.to_owned(), text: found.map(|part| part.text.clone()).unwrap_or_default() }
        };
        let (first, rest) = sections.split_at(usize::from(sections.len() > 1));
        let mut parts: Vec<MinutesPart> = first.iter().map(|title| written("", title)).collect();
        parts.extend(agenda.iter().map(|item| written(&item.key, &item.title)));
        parts.extend(rest.iter().map(|title| written("", title)));
        // What was written of an item that is gone, or of a section renamed, is not lost.
        let is_kept = |part: &&MinutesPart| {
            !part.text.is_empty() && !parts.iter().any(|known| known.item == part.item && (!part.item.is_empty() || known.title == part.title))
        };
        let left: Vec<MinutesPart> = self.parts.iter().filter(is_kept).cloned().collect();
        parts.extend(left);
        Self { parts }
    }

    pub fn is_empty(&self) -> bool {
        self.parts.iter().all(|part| part.text.trim().is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(key: &str, title: &str) -> AgendaItem {
        AgendaItem { key: key.into(), title: title.into(), ..AgendaItem::default() }
    }

    fn told(minutes: &MinutesFields) -> Vec<String> {
        minutes.parts.iter().map(|part| format!("{}|{}|{}", part.item, part.title, part.text)).collect()
    }

    #[test]
    fn what_is_written_follows_its_item() {
        let sections = ["Ouverture".to_owned(), "Suites".to_owned()];
        let mut minutes = MinutesFields::default().laid_out(&[item("a", "Bilan"), item("b", "Projets")], &sections);
        assert_eq!(told(&minutes), ["|Ouverture|", "a|Bilan|", "b|Projets|", "|Suites|"]);
        minutes.parts[1].text = "Bon.".into();
        minutes.parts[3].text = "À suivre.".into();
        let again = minutes.laid_out(&[item("b", "Projets"), item("a", "Bilan de l’année")], &sections);
        assert_eq!(told(&again), ["|Ouverture|", "b|Projets|", "a|Bilan de l’année|Bon.", "|Suites|À suivre."]);
        let gone = again.laid_out(&[item("b", "Projets")], &sections[..1]);
        assert_eq!(told(&gone), ["b|Projets|", "|Ouverture|", "a|Bilan de l’année|Bon.", "|Suites|À suivre."]);
    }
}
