//! The embedded index as its own suite: conformance, crashes, rebuilds.

use std::fs;
use std::path::Path;

use super::*;
use crate::search::engines::conformance::{self, action, query};

fn titles(engine: &Embedded) -> Vec<String> {
    engine.search(&query("")).unwrap().hits.into_iter().map(|hit| hit.title).collect()
}

fn put(engine: &Embedded, id: &str, title: &str) {
    engine.apply(vec![Change::Put(Box::new(action(id, title)))]).unwrap();
}

fn generations(directory: &Path) -> usize {
    fs::read_dir(directory).unwrap().filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("generation-")).count()
}

#[test]
fn it_does_what_every_engine_must() {
    let differences = conformance::Differences { explains_far_typos: true, finds_either_word: true };
    conformance::run_all(&|| Box::new(Embedded::in_memory().unwrap()), &differences);
}

#[test]
fn an_index_is_found_again_after_a_stop() {
    let directory = tempfile::tempdir().unwrap();
    let engine = Embedded::open(directory.path()).unwrap();
    assert!(engine.needs_rebuild());
    engine.rebuild(&mut [Ok(action("1", "Un"))].into_iter()).unwrap();
    assert!(!engine.needs_rebuild());
    put(&engine, "2", "Deux");
    assert!(Embedded::open(directory.path()).is_err(), "one process at a time");
    drop(engine);
    let engine = Embedded::open(directory.path()).unwrap();
    assert!(!engine.needs_rebuild());
    assert_eq!(engine.count().unwrap(), 2);
}

#[test]
fn an_index_never_built_whole_is_not_trusted() {
    let directory = tempfile::tempdir().unwrap();
    let engine = Embedded::open(directory.path()).unwrap();
    put(&engine, "1", "Un");
    assert_eq!(titles(&engine), ["Un"]);
    drop(engine);
    let engine = Embedded::open(directory.path()).unwrap();
    assert!(engine.needs_rebuild());
    assert_eq!(engine.count().unwrap(), 0);
    assert_eq!(generations(directory.path()), 1, "what was left is removed");
}

#[test]
fn a_rebuild_leaves_one_generation() {
    let directory = tempfile::tempdir().unwrap();
    let engine = Embedded::open(directory.path()).unwrap();
    for round in 0..3 {
        engine.rebuild(&mut (0..round).map(|number| Ok(action(&number.to_string(), "Titre")))).unwrap();
    }
    assert_eq!(generations(directory.path()), 1);
    assert_eq!(engine.count().unwrap(), 2);
}

#[test]
fn a_rebuild_killed_halfway_leaves_the_old_index() {
    let directory = tempfile::tempdir().unwrap();
    let engine = Embedded::open(directory.path()).unwrap();
    engine.rebuild(&mut [Ok(action("1", "Un"))].into_iter()).unwrap();
    drop(engine);
    // What a kill leaves: a generation without a pointer, and a pointer not yet renamed.
    let left = directory.path().join("generation-000099");
    fs::create_dir(&left).unwrap();
    fs::write(left.join("meta.json"), "{").unwrap();
    fs::write(directory.path().join("current.new"), "1-abc gen").unwrap();
    let engine = Embedded::open(directory.path()).unwrap();
    assert!(!engine.needs_rebuild());
    assert_eq!(titles(&engine), ["Un"]);
    assert_eq!(generations(directory.path()), 1);
}

#[test]
fn a_torn_or_foreign_pointer_or_index_asks_for_a_rebuild() {
    let spoil: [fn(&Path); 6] = [
        |directory| fs::write(directory.join("current"), "").unwrap(),
        |directory| {
            let whole = fs::read_to_string(directory.join("current")).unwrap();
            fs::write(directory.join("current"), &whole[..whole.len() - 1]).unwrap();
        },
        |directory| fs::write(directory.join("current"), "0-old generation-000002\n").unwrap(),
        |directory| fs::write(directory.join("current"), b"\xff\xfe").unwrap(),
        |directory| {
            let name = pointed_directory(directory);
            fs::write(name.join("meta.json"), "{").unwrap();
        },
        |directory| {
            // Every file of a segment cut short.
            for entry in fs::read_dir(pointed_directory(directory)).unwrap().flatten() {
                if entry.path().extension().is_some_and(|extension| extension != "json" && extension != "lock") {
                    fs::write(entry.path(), "").unwrap();
                }
            }
        },
    ];
    for spoil in spoil {
        let directory = tempfile::tempdir().unwrap();
        let engine = Embedded::open(directory.path()).unwrap();
        engine.rebuild(&mut [Ok(action("1", "Un"))].into_iter()).unwrap();
        drop(engine);
        spoil(directory.path());
        let engine = Embedded::open(directory.path()).unwrap();
        assert!(engine.needs_rebuild());
        assert_eq!(engine.count().unwrap(), 0);
        engine.rebuild(&mut [Ok(action("1", "Un")), Ok(action("2", "Deux"))].into_iter()).unwrap();
        assert_eq!(engine.count().unwrap(), 2);
    }
}

fn pointed_directory(directory: &Path) -> std::path::PathBuf {
    let pointer = fs::read_to_string(directory.join("current")).unwrap();
    directory.join(pointer.trim().split_once(' ').unwrap().1)
}

#[test]
fn readers_and_a_writer_work_together() {
    let directory = tempfile::tempdir().unwrap();
    let engine = Embedded::open(directory.path()).unwrap();
    engine.rebuild(&mut (0..50).map(|number| Ok(action(&number.to_string(), "Atelier budget")))).unwrap();
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            for _ in 0..60 {
                assert!(engine.search(&query("atelier")).unwrap().total >= 50);
            }
        });
        for number in 0..6 {
            put(&engine, &format!("more{number}"), "Atelier cuisine");
        }
        engine.rebuild(&mut (0..60).map(|number| Ok(action(&number.to_string(), "Atelier budget")))).unwrap();
        reader.join().unwrap();
    });
    assert_eq!(engine.count().unwrap(), 60);
}
