//! What a file may not be, or may not hold: told with its place, by the command and by the page alike; nothing is written.

use traitdunion::db::Db;
use traitdunion::imports::files::Format;

use super::{all, file, give};
use crate::support::engine::Database;
use crate::support::program::{program, run};
use crate::support::{Engine, TestApp, Who, both};

both!(the_command_names_what_is_wrong, the_page_names_what_is_wrong);

struct Case {
    name: &'static str,
    bytes: Vec<u8>,
    /// What must be said, beside the name of the file.
    says: &'static [&'static str],
}

fn cases() -> Vec<Case> {
    let table = |format, lines: &[Vec<&str>]| file(format, lines);
    let titles = || vec!["external_id", "title", "summary", "starts_on", "territories"];
    let mut many = vec![titles()];
    many.extend((1..2000).map(|_| vec!["", "Atelier", "", "2026-03-03", ""]));
    many.push(vec!["", "Atelier", "", "31/02/2026", ""]);
    let case = |name, bytes, says| Case { name, bytes, says };
    vec![
        case("last.csv", table(Format::Csv, &many), &["2001", "31/02/2026"]),
        case("last.xlsx", table(Format::Xlsx, &many), &["2001", "31/02/2026"]),
        case("twice.ods", table(Format::Ods, &[titles(), vec!["A1", "Un", "", "", ""], vec!["A1", "Deux", "", "", ""]]), &["3", "A1", "deux fois"]),
        case("place.xlsx", table(Format::Xlsx, &[titles(), vec!["", "Un", "", "", "Nulle-Part"]]), &["2", "Nulle-Part", "pas un lieu connu"]),
        case("ambiguous.csv", table(Format::Csv, &[titles(), vec!["", "Un", "", "", "MDS"]]), &["MDS"]),
        case("number.csv", table(Format::Csv, &[titles(), vec!["", "Suivie 255081416802538", "", "", ""]]), &["sécurité sociale"]),
        case("stage.csv", b"title;stage\nUn;Published ?\n".to_vec(), &["Published ?", "étape"]),
        case("cells.csv", b"title;summary\nUn;a;b\n".to_vec(), &["2", "cellules sont attendues"]),
        case("empty.csv", Vec::new(), &["vide"]),
        case("titles.csv", b"title;summary\n".to_vec(), &["aucune ligne"]),
        case("nul.csv", b"title;summary\nU\0n;\n".to_vec(), &["nul"]),
        case("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1".to_vec(), &[".xls"]),
        case("a.pdf", b"%PDF-1.7".to_vec(), &["PDF"]),
        case("bomb.xlsx", bomb(), &["256 Mo"]),
        case("torn.xlsx", table(Format::Xlsx, &[titles(), vec!["", "Un", "", "", ""]])[..900].to_vec(), &["abîmé"]),
        case("broken.jsonl", b"{\"title\": \"Un\"}\n{\"title\": \n".to_vec(), &["2", "illisible"]),
        case("field.jsonl", b"{\"title\": \"Un\", \"couleur\": 1}\n".to_vec(), &["couleur"]),
    ]
}

/// Some kilobytes that unpack to more than any workbook holds.
fn bomb() -> Vec<u8> {
    use std::io::Write;
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let packed = zip::write::SimpleFileOptions::default();
    for name in ["[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml"] {
        archive.start_file(name, packed).unwrap();
    }
    let blank = vec![b' '; 1024 * 1024];
    (0..300).for_each(|_| archive.write_all(&blank).unwrap());
    archive.finish().unwrap().into_inner()
}

fn import(database: &Database, name: &str, bytes: &[u8]) -> (Option<i32>, String) {
    let file = database.path().join(name);
    std::fs::write(&file, bytes).unwrap();
    run(program(database.path()).env("TRAITDUNION_DATABASE_URL", database.variable()).args(["import", "actions", file.to_str().unwrap()]))
}

async fn the_command_names_what_is_wrong(engine: Engine) {
    let (database, _) = engine.fresh();
    for Case { name, bytes, says } in cases() {
        let (code, said) = import(&database, name, &bytes);
        assert_eq!(code, Some(2), "{name}: {said}");
        for part in says.iter().chain(&[name]) {
            assert!(said.contains(part), "{name}: « {part} » is not in: {said}");
        }
    }
    // A title that nothing names is for the page to ask about; a command refuses it.
    let (code, said) = import(&database, "unknown.csv", b"title;couleur\nUn;rouge\n");
    assert!(code == Some(2) && said.contains("couleur"), "{said}");
    // One that is nearly known is taken for it, and said.
    let (code, said) = import(&database, "near.csv", b"titel;pr\xe9sentaton\nUn;rouge\n");
    assert!(code == Some(0) && said.contains("est lue comme"), "{said}");
    // A renamed file is what it holds.
    let (code, said) = import(&database, "table.xlsx", b"title\nDeux\n");
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(all(&Db::open(&database.url).unwrap()).len(), 2);
}

async fn the_page_names_what_is_wrong(app: TestApp) {
    app.works_imports();
    let admin = app.sign_in(Who::Administrator);
    for Case { name, bytes, says } in cases() {
        let given = admin.upload("/import", &[("kind", "actions")], name, &bytes).await;
        let page = match given.status {
            // Not even a table: said beside the file, which is to be given again.
            422 => given,
            _ => admin.get(&give(&admin, "actions", name, &bytes).await).await.expect(200),
        };
        let text = page.text.replace("&#x27;", "'");
        for part in says.iter() {
            assert!(text.contains(part), "{name}: « {part} » is not in: {text}");
        }
    }
    admin.upload("/import", &[("kind", "actions")], "large.csv", &vec![b'a'; 21 * 1024 * 1024]).await.expect(422).has("20 Mo");
    admin.upload("/import", &[("kind", "")], "", b"").await.expect(422).has("Choisissez un fichier");
    assert!(all(app.db()).is_empty());
}
