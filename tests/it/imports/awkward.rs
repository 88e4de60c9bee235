//! Workbooks as offices keep them: two lines of titles, merged cells, formulas, dates kept as numbers, a million empty lines.

use rust_xlsxwriter::{Format, Formula, Workbook, Worksheet, XlsxError};
use traitdunion::db::Db;

use super::{all, give};
use crate::support::program::{program, run};
use crate::support::{Engine, TestApp, Who, both};

both!(a_workbook_of_an_office_is_read_as_it_looks, a_formula_in_error_is_set_right_in_place, the_command_reads_the_same);

fn workbook(fill: impl FnOnce(&mut Worksheet) -> Result<(), XlsxError>) -> Vec<u8> {
    let mut workbook = Workbook::new();
    fill(workbook.add_worksheet()).unwrap();
    workbook.save_to_buffer().unwrap()
}

fn office() -> Vec<u8> {
    workbook(|sheet| {
        let plain = Format::new();
        sheet.write(0, 0, "Actions de la MDS")?;
        sheet.write(1, 0, "Territoires")?.write(1, 1, "Titre")?.write(1, 2, "Premier jour")?;
        sheet.merge_range(1, 3, 1, 4, "Contact", &plain)?;
        sheet.write(2, 3, "E-mail")?.write(2, 4, "Téléphone")?;
        sheet.merge_range(3, 0, 4, 0, "Loudun", &plain)?;
        sheet.write(3, 1, "Marcher")?.write(3, 2, 46084)?.write(3, 3, "mds@vienne.example")?.write(3, 4, 549_980_000)?;
        sheet.write_formula(4, 1, Formula::new("=\"Li\"&\"re\"").set_result("Lire"))?;
        sheet.write_with_format(4, 2, 46085, &Format::new().set_num_format("dd/mm/yyyy"))?;
        // The last line of the sheet has a border, and nothing else.
        sheet.write_blank(1_048_575, 0, &Format::new().set_bold())?;
        Ok(())
    })
}

/// Title, first day, territories, mail and telephone of each action.
fn told(db: &Db) -> Vec<String> {
    let told = |fields: &traitdunion::actions::model::ActionFields| {
        let day = fields.starts_on.map(|day| day.to_string()).unwrap_or_default();
        format!("{} {day} {} {} {}", fields.title, fields.territories.join(","), fields.contact.email, fields.contact.phone)
    };
    let mut lines: Vec<String> = all(db).iter().map(|action| told(&action.fields)).collect();
    lines.sort();
    lines
}

const EXPECTED: [&str; 2] = ["Lire 2026-03-04 86137  ", "Marcher 2026-03-03 86137 mds@vienne.example 0549980000"];

async fn a_workbook_of_an_office_is_read_as_it_looks(app: TestApp) {
    app.works_imports();
    let admin = app.sign_in(Who::Administrator);
    let path = give(&admin, "actions", "MDS.xlsx", &office()).await;
    let seen = admin.get(&path).await.expect(200).has("Tout est prêt").has("tiennent sur deux lignes").has("la ligne 1 est laissée de côté");
    assert!(seen.text.contains("fusionnées"), "{}", seen.text);
    admin.post(&format!("{path}/importer"), &[]).await.expect(303);
    assert_eq!(told(app.db()), EXPECTED);
    app.leaves_work();
}

async fn the_command_reads_the_same(engine: Engine) {
    let (database, _) = engine.fresh();
    let file = database.path().join("MDS.xlsx");
    std::fs::write(&file, office()).unwrap();
    let arguments = ["import", "actions", file.to_str().unwrap()];
    let (code, said) = run(program(database.path()).env("TRAITDUNION_DATABASE_URL", database.variable()).args(arguments));
    assert!(code == Some(0) && said.contains("fusionnées") && said.contains("deux lignes"), "{said}");
    assert_eq!(told(&Db::open(&database.url).unwrap()), EXPECTED);
}

async fn a_formula_in_error_is_set_right_in_place(app: TestApp) {
    app.works_imports();
    let admin = app.sign_in(Who::Administrator);
    let bytes = workbook(|sheet| {
        sheet.write(0, 0, "Titre")?.write(0, 1, "Lieu")?;
        sheet.write(1, 0, "Marcher")?.write_formula(1, 1, Formula::new("=NA()").set_result("#N/A"))?;
        Ok(())
    });
    let path = give(&admin, "actions", "a.xlsx", &bytes).await;
    admin.get(&path).await.expect(200).has("Une ligne est à corriger").has("erreur de calcul (#N/A)");
    admin.post(&format!("{path}/corriger"), &[("c-2-1", "=1+1")]).await.expect(303);
    admin.get(&path).await.expect(200).has("Tout est prêt");
    admin.post(&format!("{path}/importer"), &[]).await.expect(303);
    // What is typed here is text, and leaves as text.
    assert_eq!(all(app.db())[0].fields.place, "=1+1");
    let csv = admin.get("/import/modele?format=csv").await.expect(200);
    assert!(csv.text.starts_with("\u{feff}Titre;"), "{}", csv.text);
    app.leaves_work();
}
