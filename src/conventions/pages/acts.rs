//! The acts of a convention as a thread: what each one did, when, and what it changed.

use serde_json::{Value, json};

use super::names::{self, Names};
use super::told;
use crate::conventions::model::acts::Change;
use crate::conventions::model::{Act, AvenantStage, Content, ConventionFields};
use crate::conventions::service::Convention;
use crate::kernel::Day;
use crate::versions::diff::Said;

/// The thread until a day, if one is given: the first act first, what is only prepared last. Only agents see what is prepared or given up,
/// and who wrote an act down.
pub fn thread(convention: &Convention, names: &Names, is_agent: bool, until: Option<Day>) -> Vec<Value> {
    let mut acts: Vec<&Act> = convention.acts.iter().filter(|act| is_agent || act.content.stage() == AvenantStage::Signed).collect();
    acts.retain(|act| until.is_none_or(|until| act.content.dated_on().is_some_and(|on| on <= until)));
    acts.sort_by_key(|act| (act.content.dated_on().unwrap_or(Day::LAST), act.number));
    let mut avenants = 0;
    let told = acts.into_iter().map(|act| {
        avenants += i32::from(matches!(act.content, Content::Avenant { stage: AvenantStage::Signed, .. }));
        let mut shown = entry(act, avenants, names);
        shown["author"] = json!(is_agent.then_some(&act.author));
        shown["id"] = json!(act.id);
        shown["open"] = Value::Null;
        shown
    });
    told.collect()
}

fn entry(act: &Act, avenant: i32, names: &Names) -> Value {
    let said = |text: String, note: Option<String>| json!({ "on": act.content.dated_on(), "text": text, "note": note, "tag": null, "changes": [], "file": null, "file_url": null });
    let party = |partner: &Option<String>| names.party(partner.as_deref());
    match &act.content {
        Content::Signature { partner, signatory, .. } => {
            let by = if signatory.is_empty() || names.is_hidden(partner.as_deref()) { String::new() } else { format!(", par {signatory}") };
            said(format!("Signature {}{by}", names::of(&party(partner))), None)
        }
        Content::Avenant { stage, object, changes, effective_on, signed_file, .. } => {
            let name = match stage {
                AvenantStage::Signed => format!("Avenant n°\u{a0}{avenant}"),
                AvenantStage::Draft => "Avenant en préparation".to_owned(),
                AvenantStage::Abandoned => "Avenant abandonné".to_owned(),
            };
            let about = if object.is_empty() { String::new() } else { format!("\u{a0}: {object}") };
            let mut shown = said(format!("{name}{about}"), effective_on.map(|day| format!("Prend effet le {}.", day.in_short())));
            shown["tag"] = json!((*stage != AvenantStage::Signed).then(|| stage.label()));
            shown["changes"] = changes.iter().map(|one| change(one, names)).collect();
            shown["file"] = json!(signed_file);
            shown
        }
        Content::Reconduction { former_term, ends_on, .. } => {
            said(format!("Reconduction jusqu’au {}", ends_on.in_short()), Some(format!("Elle devait prendre fin le {}.", former_term.in_short())))
        }
        Content::Denonciation { partner, effective_on, note, .. } => {
            let notes = [
                Some(format!("Elle vaut jusqu’au {}.", effective_on.in_short())),
                act.content.remark(),
                Some(note.clone()).filter(|_| !names.is_hidden(partner.as_deref())),
            ];
            let notes = notes.into_iter().flatten().filter(|note| !note.is_empty()).collect::<Vec<_>>().join("\n");
            said(format!("Dénonciation, à l’initiative {}", names::of(&party(partner))), Some(notes))
        }
        Content::Resiliation { ground, effective_on, .. } => {
            said("Résiliation".to_owned(), Some(format!("{ground}\nElle ne vaut plus à partir du {}.", effective_on.in_short())))
        }
    }
}

/// One field before and after, in words; of a list, only what left it and what joined it.
fn change(change: &Change, names: &Names) -> Value {
    let of = |value: &Value| {
        let mut object = serde_json::to_value(ConventionFields::default()).unwrap_or_default();
        object[change.field.as_str()] = value.clone();
        told::version(&object, names).into_iter().find(|field| field.name == change.field).map(|field| field.said)
    };
    let (before, after) = match (of(&change.before), of(&change.after)) {
        (Some(Said::Items(before)), Some(Said::Items(after))) => {
            let only = |some: &[String], others: &[String]| some.iter().filter(|item| !others.contains(item)).cloned().collect::<Vec<_>>().join("\n");
            (only(&before, &after), only(&after, &before))
        }
        (before, after) => (text(before), text(after)),
    };
    json!({ "label": crate::conventions::labels::field(&change.field), "before": before, "after": after })
}

fn text(said: Option<Said>) -> String {
    match said {
        Some(Said::Value(text) | Said::Text(text)) => text,
        Some(Said::Items(items)) => items.join("\n"),
        None => String::new(),
    }
}
