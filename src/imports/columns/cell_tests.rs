//! Cells read and written.

use chrono::NaiveDate;

use super::*;
use crate::imports::columns::tests::columns;

fn read(place: usize, content: Content) -> Result<Value, String> {
    columns().columns[place].read(&content, Epoch::default())
}

fn text(place: usize, text: &str) -> Result<Value, String> {
    read(place, Content::text(text))
}

#[test]
fn cells_become_values() {
    assert_eq!(text(3, "familles, seniors"), Ok(json!(["familles", "seniors"])));
    assert_eq!(text(3, "Familles, enfants"), Ok(json!(["familles"])));
    assert_eq!(text(3, "familles, enfants | Seniors | familles"), Ok(json!(["familles", "seniors"])));
    assert_eq!(text(3, r#"["familles"]"#), Ok(json!(["familles"])));
    assert!(text(3, "familles; x; y").unwrap_err().contains("« x »"));
    assert_eq!(text(4, "Un, deux | - trois\n\n• quatre"), Ok(json!(["Un, deux", "trois", "quatre"])));
    assert_eq!(text(0, "  "), Ok(Value::Null));
    assert_eq!(text(0, "'=1+1"), Ok(json!("=1+1")));
    assert_eq!(read(0, Content::Number(12.0)), Ok(json!("12")));
    assert_eq!(read(0, Content::Number(1234.5)), Ok(json!("1234,5")));
}

#[test]
fn days_are_read_however_they_stand() {
    let third = Ok(json!("2026-03-03"));
    for said in ["3/03/2026", "3 mars 2026", "mardi 3 mars 2026", "2026-03-03 00:00:00", "2026-03-03T00:00:00", "03/03/2026 00:00"] {
        assert_eq!(text(5, said), third, "{said}");
    }
    let at = NaiveDate::from_ymd_opt(2026, 3, 3).and_then(|day| day.and_hms_opt(14, 0, 0)).unwrap();
    assert_eq!((read(5, Content::At(at)), read(5, Content::Number(46084.0))), (third.clone(), third.clone()));
    assert_eq!(columns().columns[5].read(&Content::Number(44622.0), Epoch::Year1904), third);
    for wrong in [Content::text("31/02/2026"), Content::text("46084"), Content::Number(-1.0), Content::Yes(true)] {
        assert!(read(5, wrong).unwrap_err().contains("n’est pas une date"));
    }
}

#[test]
fn flags_and_failed_formulas() {
    for (said, is) in [("Oui", true), ("x", true), ("FAUX", false), ("0", false)] {
        assert_eq!(text(1, said), Ok(json!(is)), "{said}");
    }
    assert_eq!(read(1, Content::Yes(true)), Ok(json!(true)));
    assert_eq!(text(1, "parfois").unwrap_err(), "« parfois » : répondez par oui ou par non.");
    assert!(read(0, Content::Fault("#N/A".into())).unwrap_err().contains("#N/A"));
    assert!(read(0, Content::Uncomputed).unwrap_err().contains("formule"));
}

#[test]
fn telephones_keep_their_zero() {
    let phone = Column::new("contact.phone", "Téléphone", Cell::Phone);
    let read = |content| phone.read(&content, Epoch::default());
    assert_eq!(read(Content::Number(549_000_001.0)), Ok(json!("0549000001")));
    assert_eq!(read(Content::Number(3949.0)), Ok(json!("3949")));
    assert_eq!(read(Content::text("+33 5 49 00 00 01")), Ok(json!("+33 5 49 00 00 01")));
}

#[test]
fn what_has_no_short_form_is_written_as_json() {
    let columns = columns();
    let written = |place: usize, value: Value| columns.columns[place].write(&value).shown().into_owned();
    assert_eq!(written(3, json!(["familles", "seniors"])), "Familles, enfants | Séniors");
    assert_eq!(written(4, json!(["Un", "Deux"])), "Un\nDeux");
    assert_eq!(written(4, json!(["- Un | Deux"])), r#"["- Un | Deux"]"#);
    assert_eq!((written(5, json!("2026-03-03")).as_str(), written(1, json!(false)).as_str()), ("03/03/2026", "non"));
    assert_eq!(columns.columns[4].write(&json!([])), Content::Empty);
}

proptest::proptest! {
    #[test]
    fn whatever_is_written_is_read_back(items in proptest::collection::vec("[-•|\\[\\]\"=a é,;\n']{1,12}", 0..5)) {
        let items: Vec<String> = items.iter().map(|item| crate::kernel::text::clean(item)).filter(|item| !item.is_empty()).collect();
        let lines = &columns().columns[4];
        let read = lines.read(&lines.write(&json!(items)), Epoch::default()).unwrap();
        let expected = if items.is_empty() { Value::Null } else { json!(items) };
        proptest::prop_assert_eq!(read, expected);
    }

    #[test]
    fn any_cell_is_read_or_refused(said in ".{0,40}", number in proptest::num::f64::ANY) {
        for column in &columns().columns {
            drop(column.read(&Content::text(said.as_str()), Epoch::Year1904));
            drop(column.read(&Content::Number(number), Epoch::default()));
        }
    }
}
