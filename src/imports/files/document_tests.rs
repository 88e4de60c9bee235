//! Documents as LibreOffice writes them, and as nobody should.

use super::*;
use crate::imports::files::archive::tests::packed;

const HEAD: &str = r#"<office:document-content xmlns:office="o" xmlns:table="t" xmlns:text="x" xmlns:calcext="c" xmlns:style="s"><office:automatic-styles><style:style style:name="ta2"><style:table-properties table:display="false"/></style:style></office:automatic-styles><office:body><office:spreadsheet>"#;

fn made(tables: &str) -> Vec<u8> {
    let content = format!("{HEAD}{tables}</office:spreadsheet></office:body></office:document-content>");
    packed(&[("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", &content)])
}

fn table(rows: &str) -> Result<Table, Wrong> {
    read(&made(&format!(r#"<table:table table:name="F">{rows}</table:table>"#)))
}

fn text(said: &str) -> String {
    format!(r#"<table:table-cell office:value-type="string"><text:p>{said}</text:p></table:table-cell>"#)
}

fn shown(table: &Table) -> Vec<(u64, Vec<String>)> {
    table.lines.iter().map(|line| (line.number, line.cells.iter().map(|cell| cell.shown().into_owned()).collect())).collect()
}

#[test]
fn cells_of_every_kind_are_read() {
    let rows = format!(
        r##"<table:table-row>{}<table:table-cell office:value-type="float" office:value="1234.5"><text:p>1 234,50</text:p></table:table-cell><table:table-cell office:value-type="date" office:date-value="2026-03-03"><text:p>03/03/26</text:p></table:table-cell><table:table-cell office:value-type="boolean" office:boolean-value="true"><text:p>VRAI</text:p></table:table-cell></table:table-row>
        <table:table-row><table:table-cell table:formula="of:=1+1" office:value-type="float" office:value="2"><text:p>2</text:p></table:table-cell><table:table-cell table:formula="of:=NA()" office:value-type="string" office:string-value="" calcext:value-type="error"><text:p>#N/D</text:p></table:table-cell><table:table-cell table:formula="of:=1"/></table:table-row>"##,
        text("Caf&#233; &amp; <text:s text:c=\"2\"/>thé<text:span>s</text:span></text:p><text:p>deux")
    );
    let table = table(&rows).unwrap();
    assert_eq!(shown(&table)[0], (1, ["Café &   thés\ndeux", "1234,5", "03/03/2026", "oui"].map(str::to_owned).to_vec()));
    assert_eq!(table.lines[1].cells, [Content::Number(2.0), Content::Fault("#N/D".into()), Content::Uncomputed]);
}

#[test]
fn what_is_repeated_and_empty_takes_nothing() {
    let rows = format!(
        r#"<table:table-row>{}<table:table-cell table:number-columns-repeated="16383"/></table:table-row><table:table-row table:number-rows-repeated="1048574"><table:table-cell table:number-columns-repeated="16384"/></table:table-row><table:table-row>{}</table:table-row>"#,
        text("haut"),
        text("bas")
    );
    assert_eq!(shown(&table(&rows).unwrap()), [(1, vec!["haut".to_owned()]), (1_048_576, vec!["bas".to_owned()])]);
}

#[test]
fn what_is_repeated_and_full_is_bounded() {
    let repeated = |attribute: &str, times: &str| {
        let cell = format!(
            r#"<table:table-cell office:value-type="string"{}><text:p>x</text:p></table:table-cell>"#,
            if attribute == "columns" { format!(" table:number-columns-repeated=\"{times}\"") } else { String::new() }
        );
        let rows = if attribute == "rows" { format!(" table:number-rows-repeated=\"{times}\"") } else { String::new() };
        table(&format!("<table:table-row{rows}>{cell}</table:table-row>"))
    };
    assert_eq!(repeated("rows", "3").unwrap().lines.len(), 3);
    assert_eq!(repeated("columns", "3").unwrap().lines[0].cells.len(), 3);
    assert!(repeated("rows", "1048576").unwrap_err().message.contains("100 000 lignes"));
    assert!(repeated("columns", "16384").unwrap_err().message.contains("256 colonnes"));
    for times in ["18446744073709551615", "-1", "x"] {
        drop(repeated("rows", times));
        drop(repeated("columns", times));
    }
}

#[test]
fn merged_cells_comments_and_hidden_sheets() {
    let visible = format!(
        r#"<table:table table:name="Actions"><table:table-row><table:table-cell office:value-type="string" table:number-rows-spanned="2"><office:annotation><text:p>une remarque</text:p></office:annotation><text:p>Loudun</text:p></table:table-cell>{}</table:table-row><table:table-row><table:covered-table-cell office:value-type="string"><text:p>caché</text:p></table:covered-table-cell>{}</table:table-row></table:table>"#,
        text("a"),
        text("b")
    );
    let hidden =
        format!(r#"<table:table table:name="Listes" table:style-name="ta2"><table:table-row>{}</table:table-row></table:table>"#, text("secret"));
    let table = read(&made(&format!("{hidden}<table:table table:name=\"Vide\"/>{visible}"))).unwrap();
    assert_eq!(shown(&table), [(1, vec!["Loudun".to_owned(), "a".to_owned()]), (2, vec!["Loudun".to_owned(), "b".to_owned()])]);
    assert_eq!((table.sheet.as_deref(), table.notes.len()), (Some("Actions"), 2));
    assert_eq!(read(&made(&hidden)).unwrap().sheet.as_deref(), Some("Listes"));
}

#[test]
fn what_is_no_document_is_refused_with_words() {
    assert!(read(&made("")).unwrap_err().message.contains("vides"));
    assert!(table("<table:table-row><table:table-cell>").unwrap_err().message.contains("abîmé"));
    let locked = packed(&[("mimetype", ""), ("content.xml", "?"), ("META-INF/manifest.xml", "<manifest:encryption-data/>")]);
    assert!(read(&locked).unwrap_err().message.contains("mot de passe"));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn any_content_is_read_or_refused(content in "(<table:table-row>|<table:table-cell>|</table:table-cell>|</table:table-row>|<text:p>|x|&amp;|&#0;|<table:table>|</table:table>){0,12}") {
        drop(table(&content));
    }
}
