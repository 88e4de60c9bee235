//! Workbooks as people make them, and as nobody should.

use rust_xlsxwriter::{Format, Formula, Workbook, Worksheet};

use super::*;
use crate::imports::files::archive::tests::packed;

fn made(fill: impl FnOnce(&mut Workbook) -> Result<(), rust_xlsxwriter::XlsxError>) -> Vec<u8> {
    let mut workbook = Workbook::new();
    fill(&mut workbook).unwrap();
    workbook.save_to_buffer().unwrap()
}

fn one(fill: impl FnOnce(&mut Worksheet) -> Result<(), rust_xlsxwriter::XlsxError>) -> Table {
    read(&made(|workbook| fill(workbook.add_worksheet()))).unwrap()
}

fn shown(table: &Table) -> Vec<(u64, Vec<String>)> {
    table.lines.iter().map(|line| (line.number, line.cells.iter().map(|cell| cell.shown().into_owned()).collect())).collect()
}

#[test]
fn cells_of_every_kind_are_read() {
    let day = Format::new().set_num_format("dd/mm/yyyy");
    let table = one(|sheet| {
        sheet.write(0, 0, "Titre")?.write(0, 1, 12.0)?.write(0, 2, 1234.5)?.write(0, 3, true)?;
        sheet.write_with_format(1, 0, 46084, &day)?;
        sheet.write_formula(1, 1, Formula::new("=1+1").set_result("2"))?;
        sheet.write_formula(1, 2, Formula::new("=NA()").set_result("#N/A"))?;
        sheet.write(4, 0, "plus bas")?;
        Ok(())
    });
    assert_eq!(shown(&table)[0], (1, ["Titre", "12", "1234,5", "oui"].map(str::to_owned).to_vec()));
    assert_eq!(table.lines[1].cells[0].shown(), "03/03/2026");
    assert_eq!(table.lines[1].cells[1], Content::Number(2.0));
    assert_eq!(table.lines[1].cells[2], Content::Fault("#N/A".into()));
    assert_eq!(table.lines[2].number, 5);
}

const WORKBOOK: &str = r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><workbookPr date1904="1"/><sheets><sheet name="Feuille" sheetId="1" r:id="r1"/></sheets></workbook>"#;
const TYPES: &str = r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#;
const PACKAGE: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r0" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const RELATIONS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;
const STYLES: &str = r#"<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#;

/// A workbook that counts from 1904, with these rows.
fn raw(rows: &str) -> Vec<u8> {
    let sheet = format!(r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>"#);
    packed(&[
        ("[Content_Types].xml", TYPES),
        ("_rels/.rels", PACKAGE),
        ("xl/workbook.xml", WORKBOOK),
        ("xl/_rels/workbook.xml.rels", RELATIONS),
        ("xl/styles.xml", STYLES),
        ("xl/worksheets/sheet1.xml", &sheet),
    ])
}

#[test]
fn days_are_counted_from_1904_when_the_workbook_says_so() {
    let table = read(&raw(r#"<row r="1"><c r="A1" s="1"><v>44622</v></c><c r="B1"><v>44622</v></c></row>"#)).unwrap();
    assert_eq!((table.epoch, table.lines[0].cells[0].shown().as_ref()), (Epoch::Year1904, "03/03/2026"));
    assert_eq!(table.lines[0].cells[1], Content::Number(44622.0));
}

#[test]
fn a_formula_that_nobody_computed_is_told() {
    let table = read(&raw(r#"<row r="1"><c r="A1" t="inlineStr"><is><t>x</t></is></c><c r="B1"><f>1+1</f></c></row>"#)).unwrap();
    assert_eq!(table.lines[0].cells, [Content::text("x"), Content::Uncomputed]);
}

#[test]
fn cells_merged_over_several_lines_say_the_same_on_each() {
    let table = one(|sheet| {
        sheet.write(0, 0, "Territoire")?.write(0, 1, "Titre")?;
        sheet.merge_range(1, 0, 3, 0, "Loudun", &Format::new())?;
        sheet.write(1, 1, "a")?.write(2, 1, "b")?.write(3, 1, "c")?;
        Ok(())
    });
    assert!(table.lines[1..].iter().all(|line| line.cells[0] == Content::text("Loudun")), "{:?}", shown(&table));
    assert_eq!(table.notes.len(), 1);
}

#[test]
fn the_first_sheet_that_holds_something_is_read_and_said() {
    let bytes = made(|workbook| {
        workbook.add_worksheet().set_name("Vide")?;
        workbook.add_worksheet().set_name("Listes")?.set_hidden(true).write(0, 0, "a")?;
        workbook.add_worksheet().set_name("Actions")?.write(0, 0, "Titre")?;
        Ok(())
    });
    let table = read(&bytes).unwrap();
    assert_eq!(table.sheet.as_deref(), Some("Actions"));
    assert!(table.notes[0].contains("«\u{a0}Actions\u{a0}» est lue") && table.notes[0].contains("Listes"), "{:?}", table.notes);
    let empty = made(|workbook| {
        workbook.add_worksheet();
        Ok(())
    });
    assert!(read(&empty).unwrap_err().message.contains("vides"));
}

#[test]
fn cells_far_apart_take_no_more_than_they_hold() {
    let bytes = made(|workbook| {
        workbook.add_worksheet().write(0, 0, "Titre")?.write(1_048_575, 1, "loin")?;
        Ok(())
    });
    let table = read(&bytes).unwrap();
    assert_eq!(shown(&table)[1], (1_048_576, vec![String::new(), "loin".to_owned()]));
    let wide = made(|workbook| {
        workbook.add_worksheet().write(0, 16_383, "loin")?;
        Ok(())
    });
    assert!(read(&wide).unwrap_err().message.contains("256 colonnes"));
}

#[test]
fn lines_of_empty_cells_are_nothing() {
    let mut rows = String::from(r#"<row r="1"><c r="A1" t="inlineStr"><is><t>Titre</t></is></c></row>"#);
    for row in 1_000_000..=1_048_576u32 {
        rows.push_str(&format!("<row r=\"{row}\"><c r=\"A{row}\" s=\"1\"/></row>"));
    }
    assert_eq!(read(&raw(&rows)).unwrap().lines.len(), 1);
}

#[test]
fn what_is_no_workbook_is_refused_with_words() {
    let bytes = made(|workbook| {
        workbook.add_worksheet().write(0, 0, "Titre")?;
        Ok(())
    });
    assert!(read(&bytes[..bytes.len() / 2]).unwrap_err().message.contains("abîmé"));
    assert!(read(&packed(&[("xl/workbook.xml", "<workbook>")])).is_err());
    assert!(read(&raw(r#"<row r="4294967295"><c r="A4294967295"><v>1</v></c></row>"#)).is_err());
    for junk in
        ["<row><c><v>x</v></c></row>", "<row r=\"0\"/>", "<c r=\"ZZZZZZ1\"><v>1</v></c>", "<row r=\"2\"><c r=\"A1\" t=\"s\"><v>99</v></c></row>"]
    {
        drop(read(&raw(junk)));
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    /// A file that something has eaten is read or refused; it never takes the service down.
    #[test]
    fn bytes_gone_wrong_are_read_or_refused(place in 0usize..2_000, byte in proptest::num::u8::ANY) {
        let mut bytes = raw(r#"<row r="1"><c r="A1" s="1"><v>44622</v></c></row>"#);
        let at = place % bytes.len();
        bytes[at] = byte;
        drop(crate::imports::files::Format::of(&bytes).and_then(|_| read(&bytes)));
    }
}
