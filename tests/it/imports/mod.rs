//! Files brought in and taken away: by the page, by the command line, there and back.

mod awkward;
mod bad_input;
mod conventions;
mod data_inclusion;
mod followed;
mod journey;
mod meetings;
mod rights;
mod round_trip;
mod undo;

use traitdunion::accounts::model::{Actor, Viewer};
use traitdunion::actions::service::{self as actions, Action, Filter};
use traitdunion::db::Db;
use traitdunion::imports::columns::guard::guarded;
use traitdunion::imports::exports;
use traitdunion::imports::files::Format;
use traitdunion::imports::files::table::Content;
use traitdunion::kernel::{Day, Page};

use crate::support::{Answer, Browser};

/// A table in a format, its first line the titles.
pub fn file(format: Format, lines: &[Vec<&str>]) -> Vec<u8> {
    use std::io::{Read, Seek};
    let mut file = tempfile::tempfile().unwrap();
    let titles: Vec<String> = lines[0].iter().map(|title| (*title).to_owned()).collect();
    let mut sheet = exports::sheet(format, file.try_clone().unwrap(), "Actions", &titles).unwrap();
    for line in &lines[1..] {
        let cells: Vec<Content> = line.iter().map(|cell| Content::text(guarded(cell).as_ref())).collect();
        sheet.line(&cells).unwrap();
    }
    sheet.finish().unwrap();
    file.rewind().unwrap();
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).unwrap();
    bytes
}

/// Every action there is, the last written first.
pub fn all(db: &Db) -> Vec<Action> {
    let viewer = Viewer(Some(Actor::command_line()));
    let (mut found, mut number) = (Vec::new(), 1);
    loop {
        let page = Page { number, size: Page::LARGEST };
        let listed = db.read_now(|conn| actions::list(conn, &viewer, &Filter::default(), page, Day::new(2026, 3, 3).unwrap())).unwrap();
        if listed.items.is_empty() {
            return found;
        }
        found.extend(listed.items);
        number += 1;
    }
}

/// Gives a file on the page, and says that its columns are what they seem to be; answers the path of the import.
pub async fn give(browser: &Browser, kind: &str, name: &str, bytes: &[u8]) -> String {
    let given = browser.upload("/import", &[("kind", kind)], name, bytes).await.expect(303);
    let path = given.location().to_owned();
    let page = browser.get(&path).await.expect(200);
    if page.text.contains("Vérifier les lignes") {
        let chosen = chosen(&page);
        let fields: Vec<(&str, &str)> = chosen.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        browser.post(&format!("{path}/colonnes"), &fields).await.expect(303);
    }
    path
}

/// What the page has chosen in each of its lists.
pub fn chosen(page: &Answer) -> Vec<(String, String)> {
    let selects = page.text.split("<select ").skip(1).filter_map(|rest| rest.split("</select>").next());
    selects
        .map(|select| {
            let name = select.split("name=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
            let option = select.split("<option ").find(|option| option.contains(" selected"));
            let value = option.and_then(|option| option.split("value=\"").nth(1)).and_then(|rest| rest.split('"').next()).unwrap_or_default();
            (name, value.to_owned())
        })
        .collect()
}
