//! Saving and restoring, whole or not at all.

use std::fs;
use std::path::Path;

use super::*;
use crate::accounts::model::{Actor, Viewer};
use crate::actions::service::{self, Filter};
use crate::db::{DatabaseUrl, Db, copy, migrate};
use crate::demo::{self, Present};
use crate::kernel::{Chance, Day, Page, Zone};

fn database(folder: &Path, name: &str) -> Db {
    let db = Db::open(&DatabaseUrl::Sqlite(folder.join(name))).unwrap();
    migrate::run(&db).unwrap();
    db
}

fn now() -> Moment {
    Moment::parse_rfc3339("2026-11-21T11:00:00Z").unwrap()
}

fn filled(folder: &Path) -> Db {
    let db = database(folder, "a.db");
    let (zone, today) = (Zone::named("Europe/Paris").unwrap(), Day::parse("2026-11-21").unwrap());
    let documents = folder.join("signed");
    demo::fill(&db, &Present { now: now(), today, zone: &zone, chance: &Chance::seeded(1), documents: &documents }).unwrap();
    db
}

/// Every row of every table, but for the job that a restoration queues.
fn everything(db: &Db) -> Vec<(String, Vec<copy::Row>)> {
    let read = |conn: &mut crate::db::Conn| {
        let tables = copy::tables(conn)?.into_iter().filter(|table| table.name != "outbox");
        tables
            .map(|table| {
                let mut rows = Vec::new();
                copy::dump(conn, &table, |row| {
                    rows.push(row);
                    Ok(())
                })?;
                Ok((table.name, rows))
            })
            .collect::<crate::error::Result<Vec<_>>>()
    };
    db.read_now(read).unwrap()
}

fn silent() -> impl FnMut(&str, u64) {
    |_: &str, _: u64| {}
}

#[test]
fn what_is_saved_comes_back_row_for_row_and_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let (documents, again) = (folder.path().join("documents"), folder.path().join("again"));
    fs::create_dir_all(documents.join("ab")).unwrap();
    fs::write(documents.join("ab/cd"), [0, 255, 10, 13]).unwrap();
    fs::write(documents.join(".half"), "half").unwrap();
    let (from, to) = (filled(folder.path()), database(folder.path(), "b.db"));
    // Bytes, nulls and odd texts come back too.
    let odd = "un\\deux\"trois\n« quatre » \u{1f600}";
    from.write_now(|conn| {
        use crate::mail::outgoing::{Outgoing, enqueue};
        let mail = Outgoing { recipient: odd.into(), template: "reset", params: serde_json::json!({ "a": odd }), record: None, key: "k".into() };
        enqueue(conn, now(), &Chance::seeded(2), [mail])
    })
    .unwrap();
    let file = folder.path().join("sauvegarde.tar.zst");
    let manifest = save(&from, &documents, &file, now(), &mut silent()).unwrap();
    assert_eq!((manifest.tables["actions"], manifest.documents), (100, 1));
    let restored = restore(&to, &again, &file, now(), &Chance::seeded(3), &mut silent()).unwrap();
    let waiting = from.read_now(|conn| crate::mail::log::standing(conn, now())).unwrap().waiting;
    assert_eq!((restored.manifest, restored.mails_waiting), (manifest, waiting));
    assert_eq!(everything(&from), everything(&to));
    assert_eq!(fs::read(again.join("ab/cd")).unwrap(), [0, 255, 10, 13]);
    let beside: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(beside.iter().all(|name| !name.ends_with(".part")), "{beside:?}");
    // The services read what came back as they read what was written.
    let list = |db: &Db| {
        let viewer = Viewer(Some(Actor::command_line()));
        let page = Page { number: 1, size: 100 };
        db.read_now(|conn| service::list(conn, &viewer, &Filter::default(), page, Day::parse("2026-11-21").unwrap())).unwrap().items
    };
    assert_eq!(list(&from), list(&to));
}

#[test]
fn a_database_that_holds_something_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let db = filled(folder.path());
    let file = folder.path().join("a.tar.zst");
    save(&db, Path::new("/nowhere"), &file, now(), &mut silent()).unwrap();
    let before = everything(&db);
    let refused = restore(&db, Path::new("/nowhere"), &file, now(), &Chance::seeded(1), &mut silent()).unwrap_err();
    assert!(refused.to_string().contains("n’est pas vide"), "{refused}");
    assert_eq!(before, everything(&db));
}

#[test]
fn a_backup_that_was_cut_or_changed_is_refused_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (filled(folder.path()), database(folder.path(), "b.db"));
    let file = folder.path().join("a.tar.zst");
    save(&from, Path::new("/nowhere"), &file, now(), &mut silent()).unwrap();
    let whole = fs::read(&file).unwrap();
    let refuse = |bytes: &[u8]| {
        fs::write(&file, bytes).unwrap();
        let refused = restore(&to, Path::new("/nowhere"), &file, now(), &Chance::seeded(1), &mut silent()).unwrap_err();
        assert!(refused.to_string().contains("n’est pas une sauvegarde entière"), "{refused}");
    };
    refuse(b"");
    refuse(b"PK not a backup");
    refuse(&whole[..whole.len() / 2]);
    refuse(&whole[..whole.len() - 10]);
    // A sound archive whose rows are not those that the manifest hashed.
    let tar = zstd::decode_all(whole.as_slice()).unwrap();
    let place = tar.windows(12).position(|bytes| bytes == "Martine Bazi".as_bytes()).unwrap();
    let mut changed = tar.clone();
    changed[place] = b'N';
    refuse(&zstd::encode_all(changed.as_slice(), 1).unwrap());
    assert!(to.read_now(|conn| copy::count(conn, "accounts")).unwrap() == 0);
}

#[test]
fn nothing_is_written_outside_the_documents_folder() {
    let folder = tempfile::tempdir().unwrap();
    let to = database(folder.path(), "b.db");
    let file = folder.path().join("a.tar.zst");
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(1);
    header.as_gnu_mut().unwrap().name[..20].copy_from_slice(b"documents/../escaped");
    header.set_cksum();
    archive.append(&header, &b"x"[..]).unwrap();
    fs::write(&file, zstd::encode_all(archive.into_inner().unwrap().as_slice(), 1).unwrap()).unwrap();
    restore(&to, &folder.path().join("documents"), &file, now(), &Chance::seeded(1), &mut silent()).unwrap_err();
    assert!(!folder.path().join("escaped").exists());
}
