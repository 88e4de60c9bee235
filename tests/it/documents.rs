//! Documents: what is taken in, what is refused, who may download it, and what becomes of files that nothing names.

use std::fs::File;
use std::path::{Path, PathBuf};

use traitdunion::accounts::model::By;
use traitdunion::actions::model::Stage;
use traitdunion::actions::service::Action;
use traitdunion::db::Db;
use traitdunion::documents::model::{Document, Purpose, Reading};
use traitdunion::documents::{pages, service};
use traitdunion::error::{Error, Result};
use traitdunion::events::Record;
use traitdunion::kernel::Visibility;

use crate::support::program::{program, run};
use crate::support::{Engine, TestApp, Who, both, pdf, world};

both!(
    what_a_pdf_says_is_read_in_another_process,
    what_is_no_sound_document_is_refused_with_its_reason,
    the_same_bytes_are_kept_once,
    a_document_is_for_who_may_read_its_record,
    what_was_signed_stays,
    files_that_nothing_names_go_after_a_day,
    a_backup_carries_documents,
);

fn record(app: &TestApp, stage: Stage, visibility: Visibility) -> (Action, Record) {
    app.leaves_work();
    let action = app.write(|conn| world::action(conn, &app.world, &app.app.chance, stage, visibility));
    let record = Record::action(&action.id);
    (action, record)
}

async fn attach(app: &TestApp, record: &Record, name: &str, bytes: Vec<u8>, purpose: Purpose) -> Result<Document> {
    let checked = service::take_in(&app.app, name, bytes, purpose).await?;
    app.db().write_now(|conn| {
        let actor = app.world.actor(conn, Who::Manager)?;
        service::attach(conn, By { actor: &actor, now: app.now(), chance: &app.app.chance }, record, &checked)
    })
}

/// The files of documents, half-written ones included.
fn files(folder: &Path) -> Vec<PathBuf> {
    let folders = std::fs::read_dir(folder).into_iter().flatten().flatten().filter(|entry| entry.path().is_dir());
    folders.flat_map(|folder| std::fs::read_dir(folder.path()).unwrap().flatten()).map(|entry| entry.path()).collect()
}

async fn what_a_pdf_says_is_read_in_another_process(app: TestApp) {
    let (_, record) = record(&app, Stage::Published, Visibility::Internal);
    let bytes = pdf::pdf(&["Convention d’objectifs\nentre le Département et la CAF", "Fait à Poitiers (Vienne), le 1er janvier 2024"]);
    let document = attach(&app, &record, "Convention signée.pdf", bytes.clone(), Purpose::Signed).await.unwrap();
    assert_eq!((document.reading, document.size as usize, document.sha256.len()), (Reading::Read, bytes.len(), 64));
    let texts = app.read(|conn| service::texts(conn, &record));
    assert_eq!(texts, ["Convention d'objectifs\nentre le Département et la CAF\n\nFait à Poitiers (Vienne), le 1er janvier 2024"]);
    // Nothing but an image: kept, and told.
    let empty = attach(&app, &record, "scan.pdf", pdf::pdf(&[""]), Purpose::Attachment).await.unwrap();
    assert_eq!(empty.reading, Reading::Empty);
    // Protected against changes only: everybody may open it.
    let open = attach(&app, &record, "ouvert.pdf", pdf::encrypted(""), Purpose::Attachment).await.unwrap();
    assert_eq!(open.reading, Reading::Read);
    let long = vec!["Un article de plus dans une convention qui en compte beaucoup"; 60].join("\n");
    let long = attach(&app, &record, "long.pdf", pdf::pdf(&vec![long.as_str(); 60]), Purpose::Attachment).await.unwrap();
    assert_eq!(long.reading, Reading::Cut);
    assert_eq!(app.read(|conn| service::texts(conn, &record)).iter().map(|text| text.chars().count()).max(), Some(100_000));
}

async fn what_is_no_sound_document_is_refused_with_its_reason(app: TestApp) {
    let (_, record) = record(&app, Stage::Published, Visibility::Internal);
    let sound = pdf::pdf(&["Une convention"]);
    let large = [sound.as_slice(), &vec![b' '; 20 << 20]].concat();
    let cases: [(&str, Vec<u8>, &str); 10] = [
        ("vide.pdf", Vec::new(), "est vide"),
        ("grand.pdf", large, "plus de 20\u{a0}Mo"),
        ("programme.pdf", b"MZ\x90\x00\x03".to_vec(), "n’est pas ce que dit son nom"),
        ("programme.exe", b"MZ\x90\x00\x03".to_vec(), "n’est pas un PDF"),
        ("secret.pdf", pdf::encrypted("sésame"), "protégé par un mot de passe"),
        ("coupé.pdf", sound[..sound.len() - 40].to_vec(), "incomplet"),
        ("abîmé.pdf", b"%PDF-1.7\n1 0 obj\nendobj\nstartxref\n9\n%%EOF".to_vec(), "abîmé"),
        ("bombe.pdf", pdf::bomb(), "trop de mémoire ou de temps"),
        ("lourd.pdf", pdf::heavy(), "trop de mémoire ou de temps"),
        ("poupées.pdf", pdf::nested(), "« poupées.pdf »"),
    ];
    for (name, bytes, reason) in cases {
        match attach(&app, &record, name, bytes, Purpose::Signed).await {
            Err(Error::Invalid(errors)) => {
                let said = errors.of("file").unwrap_or_default();
                assert!(said.contains(reason) && said.contains(name), "{name}: {said}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
    assert!(app.read(|conn| service::list(conn, &record)).is_empty());
    assert!(files(&app.app.config.documents_dir).is_empty());
}

async fn the_same_bytes_are_kept_once(app: TestApp) {
    let ((_, one), (_, other)) = (record(&app, Stage::Draft, Visibility::Public), record(&app, Stage::Draft, Visibility::Public));
    let bytes = pdf::pdf(&["Une convention"]);
    let first = attach(&app, &one, "a.pdf", bytes.clone(), Purpose::Attachment).await.unwrap();
    assert!(matches!(attach(&app, &one, "b.pdf", bytes.clone(), Purpose::Attachment).await, Err(Error::Invalid(_))));
    let second = attach(&app, &other, "c.pdf", bytes, Purpose::Attachment).await.unwrap();
    assert_eq!(first.sha256, second.sha256);
    assert_eq!(app.read(|conn| service::same(conn, &first.sha256)).len(), 2);
    assert_eq!(files(&app.app.config.documents_dir).len(), 1);
}

async fn a_document_is_for_who_may_read_its_record(app: TestApp) {
    let (_, hidden) = record(&app, Stage::Published, Visibility::Internal);
    let (_, open) = record(&app, Stage::Published, Visibility::Public);
    let bytes = pdf::pdf(&["Une convention"]);
    let document = attach(&app, &hidden, "Convention signée n° 1.pdf", bytes.clone(), Purpose::Signed).await.unwrap();
    let path = pages::path(&document);
    assert!(path.ends_with("/convention-signee-n-1.pdf"), "{path}");
    for who in [Who::Visitor, Who::Partner] {
        app.sign_in(who).get(&path).await.expect(404).lacks("convention");
    }
    let worker = app.sign_in(Who::Worker);
    let answer = worker.get(&path).await.expect(200);
    assert_eq!(answer.bytes, bytes);
    let carried = [
        ("content-type", "application/pdf"),
        ("content-disposition", "attachment; filename=\"Convention sign_e n_ 1.pdf\"; filename*=UTF-8''Convention%20sign%C3%A9e%20n%C2%B0%201.pdf"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "no-cache, private"),
    ];
    for (name, value) in carried {
        assert_eq!(answer.header(name), value);
    }
    let policy = answer.header("content-security-policy");
    assert!(policy.contains("sandbox") && policy.starts_with("default-src 'none'") && !policy.contains("'self'"), "{policy}");
    assert_eq!(answer.header("etag"), format!("\"{}\"", document.sha256));
    let again = worker.request(reqwest::Method::GET, &path).header("if-none-match", answer.header("etag"));
    assert!(worker.send(again).await.expect(304).bytes.is_empty());
    // What may not be read is not there, whichever tag is known.
    let visitor = app.visitor();
    visitor.send(visitor.request(reqwest::Method::GET, &path).header("if-none-match", answer.header("etag"))).await.expect(404);
    let wrong = path.rsplit_once('/').map(|(start, _)| format!("{start}/autre.exe")).unwrap();
    assert_eq!(worker.get(&wrong).await.expect(301).location(), path);
    visitor.get(&wrong).await.expect(404);
    let shown = attach(&app, &open, "a.pdf", bytes, Purpose::Attachment).await.unwrap();
    app.visitor().get(&pages::path(&shown)).await.expect(200);
    worker.get("/documents/01JZZZZZZZZZZZZZZZZZZZZZZZ/a.pdf").await.expect(404);
    worker.get("/documents/..%2f..%2fetc/passwd").await.expect(404);
}

async fn what_was_signed_stays(app: TestApp) {
    let ((_, one), (_, other)) = (record(&app, Stage::Draft, Visibility::Public), record(&app, Stage::Draft, Visibility::Public));
    let signed = attach(&app, &one, "a.pdf", pdf::pdf(&["Signé"]), Purpose::Signed).await.unwrap();
    let joined = attach(&app, &one, "b.pdf", pdf::pdf(&["Joint"]), Purpose::Attachment).await.unwrap();
    let remove = |record: &Record, document: &Document| app.db().write_now(|conn| service::remove(conn, record, &document.id));
    assert!(matches!(remove(&one, &signed), Err(Error::Refused(_))));
    assert!(matches!(remove(&other, &joined), Err(Error::NotFound)));
    remove(&one, &joined).unwrap();
    app.sign_in(Who::Administrator).get(&pages::path(&joined)).await.expect(404);
    assert_eq!(app.read(|conn| service::list(conn, &one)), [signed]);
}

async fn files_that_nothing_names_go_after_a_day(app: TestApp) {
    let (_, record) = record(&app, Stage::Draft, Visibility::Public);
    let kept = attach(&app, &record, "a.pdf", pdf::pdf(&["Gardé"]), Purpose::Attachment).await.unwrap();
    let left = attach(&app, &record, "b.pdf", pdf::pdf(&["Retiré"]), Purpose::Attachment).await.unwrap();
    let waiting = service::take_in(&app.app, "c.pdf", pdf::pdf(&["En attente"]), Purpose::Attachment).await.unwrap();
    app.write(|conn| service::remove(conn, &record, &left.id));
    let folder = &app.app.config.documents_dir;
    std::fs::write(folder.join(&kept.sha256[..2]).join(".cut.part"), b"%PDF").unwrap();
    std::fs::create_dir_all(folder.join("imports")).unwrap();
    std::fs::write(folder.join("imports").join("01JZZZZZZZZZZZZZZZZZZZZZZZ"), b"of others").unwrap();
    let now = std::time::UNIX_EPOCH + std::time::Duration::from_micros(app.now().micros().try_into().unwrap());
    let age = |hours: u64, but: &str| {
        for path in files(folder).iter().filter(|path| !path.ends_with(but)) {
            File::options().write(true).open(path).unwrap().set_modified(now - std::time::Duration::from_secs(3600 * hours)).unwrap();
        }
    };
    age(23, "");
    assert_eq!(service::sweep(&app.app).await.unwrap(), 0);
    age(25, &waiting.sha256);
    assert_eq!(service::sweep(&app.app).await.unwrap(), 2);
    let mut left: Vec<String> = files(folder).iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    left.sort();
    let mut expected = vec!["01JZZZZZZZZZZZZZZZZZZZZZZZ".to_owned(), kept.sha256.clone(), waiting.sha256.clone()];
    expected.sort();
    assert_eq!(left, expected);
    // Gone before its row came: it is asked for again, and nothing is written.
    std::fs::remove_file(folder.join(&waiting.sha256[..2]).join(&waiting.sha256)).unwrap();
    let late = app.db().write_now(|conn| {
        let actor = app.world.actor(conn, Who::Manager)?;
        service::attach(conn, By { actor: &actor, now: app.now(), chance: &app.app.chance }, &record, &waiting)
    });
    assert!(matches!(late, Err(Error::Invalid(_))));
    app.sign_in(Who::Administrator).get(&pages::path(&kept)).await.expect(200);
}

async fn a_backup_carries_documents(app: TestApp) {
    let (_, record) = record(&app, Stage::Draft, Visibility::Public);
    let bytes = pdf::pdf(&["Gardé"]);
    let document = attach(&app, &record, "a.pdf", bytes.clone(), Purpose::Signed).await.unwrap();
    let file = app.data_dir().join("all.tar.zst");
    let command = |database: &str, documents: &Path, folder: &Path, verb: &str| {
        let mut command = program(folder);
        command.env("TRAITDUNION_DATABASE_URL", database).env("TRAITDUNION_DOCUMENTS_DIR", documents).args([verb, file.to_str().unwrap()]);
        let (code, said) = run(&mut command);
        assert_eq!(code, Some(0), "{said}");
    };
    command(&app.database_variable(), &app.app.config.documents_dir, app.data_dir(), "backup");
    let to = Engine::Sqlite.empty();
    let documents = to.path().join("elsewhere");
    command(&to.variable(), &documents, to.path(), "restore");
    let db = Db::open(&to.url).unwrap();
    assert_eq!(db.read_now(|conn| service::find(conn, &document.id)).unwrap(), document);
    assert_eq!(std::fs::read(documents.join(&document.sha256[..2]).join(&document.sha256)).unwrap(), bytes);
}
