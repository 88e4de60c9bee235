//! What is done with imports by whoever sits at the page; the long work is the worker's.

use sha2::{Digest, Sha256};

use super::files::File;
use super::kinds::{Desk, Entry, Kind};
use super::layout::{Layout, Target};
use super::model::{Import, KEPT_DAYS, Plan, Report, Stage, Verb};
use super::shelf::Shelf;
use super::source::{Corrections, Source, proposed};
use super::{Wrong, store, writing};
use crate::accounts::model::{Actor, By};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::{self, Event};
use crate::kernel::{Day, FieldErrors, Moment, Zone};

/// Who may bring files in at all.
pub fn may_import(actor: &Actor) -> Result<()> {
    match Kind::importable(actor).is_empty() {
        true => Err(Error::Forbidden("L’import de fichiers est réservé aux agents du Département.".into())),
        false => Ok(()),
    }
}

/// The import, if the actor may see it: their own, or any for an administrator.
pub fn find(conn: &mut Conn, actor: &Actor, id: &str) -> Result<Import> {
    may_import(actor)?;
    let import = store::find(conn, id)?;
    if actor.is_administrator() || actor.is(import.account_id.as_ref()) { Ok(import) } else { Err(Error::NotFound) }
}

/// The latest imports that the actor may see.
pub fn list(conn: &mut Conn, actor: &Actor, most: i64) -> Result<Vec<Import>> {
    let account = if actor.is_administrator() { None } else { actor.id.as_ref() };
    store::list(conn, account, most)
}

pub fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A first look into a file: its columns, and what they seem to be.
pub fn look_into(bytes: &[u8], desk: &dyn Desk) -> Result<Report, Vec<Wrong>> {
    let columns = desk.columns();
    match File::read(bytes, columns)? {
        File::Table(table) => {
            let layout = Layout::of(&table, columns).map_err(|wrong| vec![wrong])?;
            let notes = table.notes.iter().cloned().chain(layout.notes.clone()).collect();
            let proposed = proposed(&layout, columns).into_iter().map(|field| field.map(str::to_owned)).collect();
            Ok(Report { notes, proposed, headings: layout.headings, ..Report::default() })
        }
        file @ File::Lines(_) => Source::of_known_titles(file, columns).map(|_| Report::default()),
    }
}

/// A file that was received and looked into: its row is written once the file is on disk. One that has no columns to choose is checked at once.
pub fn receive(conn: &mut Conn, by: By<'_>, id: &str, kind: Kind, file_name: &str, hash: &str, report: Report) -> Result<Import> {
    if !kind.may_import(by.actor) {
        return Err(not_yours(kind));
    }
    let stage = if report.headings.is_empty() { Stage::Mapped } else { Stage::Uploaded };
    let import = Import { stage, ..begun(by, id, kind, file_name, hash, report) };
    store::insert(conn, &import)?;
    Ok(import)
}

/// An import that begins, before anything is said of its columns.
pub fn begun(by: By<'_>, id: &str, kind: Kind, file_name: &str, hash: &str, report: Report) -> Import {
    Import {
        id: id.to_owned(),
        kind,
        stage: Stage::Uploaded,
        file_name: file_name.to_owned(),
        hash: hash.to_owned(),
        plan: Plan { fields: report.proposed.clone(), ..Plan::default() },
        report,
        account_id: by.actor.id.clone(),
        account_name: by.actor.name.clone(),
        created_at: by.now,
        checked_at: None,
        done_at: None,
        undone_at: None,
        undone_by: None,
        reason: None,
    }
}

fn not_yours(kind: Kind) -> Error {
    match kind {
        Kind::Territories => Error::Forbidden("Les territoires sont à l’administrateur : lui seul les importe.".into()),
        Kind::Partners => Error::Forbidden("L’import de partenaires est réservé aux responsables et aux administrateurs.".into()),
        Kind::Conventions => Error::Forbidden("L’import de conventions est réservé aux responsables et aux administrateurs.".into()),
        Kind::Meetings => Error::Forbidden("L’import de rencontres est réservé aux agents du Département.".into()),
        Kind::Actions => Error::Forbidden("L’import d’actions est réservé aux agents du Département.".into()),
    }
}

/// Moves an import on. What is already where the verb leads is left there: pressing twice does once.
fn advance(conn: &mut Conn, import: &Import, verb: Verb, plan: &Plan) -> Result<()> {
    let to = import
        .stage
        .after(verb)
        .ok_or_else(|| Error::Refused(format!("« {} » n’est plus possible : cet import est « {} ».", verb.label(), import.stage.label())))?;
    if store::advance(conn, import, to, plan)? {
        Ok(())
    } else {
        Err(Error::Refused("Quelqu’un vient de faire avancer cet import. Voici où il en est.".into()))
    }
}

/// Says what each column is; the file is then checked. `fields` names one field a column, or none.
pub fn map(conn: &mut Conn, actor: &Actor, id: &str, fields: Vec<Option<String>>, desk: &dyn Desk) -> Result<()> {
    let import = find(conn, actor, id)?;
    let mut errors = FieldErrors::default();
    let mut taken: Vec<&String> = Vec::new();
    for (place, field) in fields.iter().enumerate().filter_map(|(place, field)| Some((place, field.as_ref()?))) {
        let name = format!("column-{place}");
        match desk.columns().filled().any(|column| column.field == *field) {
            false => errors.add(&name, "Choisissez un champ de la liste."),
            true if taken.contains(&field) => errors.add(&name, "Ce champ est déjà choisi pour une autre colonne."),
            true => taken.push(field),
        }
    }
    if taken.is_empty() {
        errors.add("column-0", "Choisissez au moins une colonne à importer.");
    }
    if fields.len() != import.report.headings.len() {
        errors.add("column-0", "Le fichier a changé de colonnes : redonnez-le.");
    }
    errors.into_result()?;
    // Corrections stay: they are of cells, whatever their column is taken for.
    advance(conn, &import, Verb::Map, &Plan { fields, corrections: import.plan.corrections.clone(), ..Plan::default() })
}

/// Corrections of so many cells are kept: beyond, the file itself is to be corrected.
const MOST_CORRECTIONS: usize = 2_000;
const LONGEST_CORRECTION: usize = 50_000;

/// Writes cells again, without touching the file; it is then checked once more.
pub fn correct(conn: &mut Conn, actor: &Actor, id: &str, cells: Corrections) -> Result<()> {
    let import = find(conn, actor, id)?;
    let mut corrections = import.plan.corrections.clone();
    for (line, row) in cells {
        corrections.entry(line).or_default().extend(row);
    }
    let count: usize = corrections.values().map(std::collections::BTreeMap::len).sum();
    let is_long = corrections.values().flat_map(|row| row.values()).any(|text| text.chars().count() > LONGEST_CORRECTION);
    if count > MOST_CORRECTIONS || is_long {
        return Err(Error::Refused("C’est trop de corrections pour cette page : corrigez le fichier, puis redonnez-le.".into()));
    }
    advance(conn, &import, Verb::Map, &Plan { corrections, ..import.plan.clone() })
}

/// Asks for what was checked to be written. Rows that are wrong stop it, unless whoever imports leaves them out.
pub fn import(conn: &mut Conn, actor: &Actor, id: &str, leaves_wrong_rows: bool) -> Result<()> {
    let import = find(conn, actor, id)?;
    if matches!(import.stage, Stage::Running | Stage::Done) {
        return Ok(());
    }
    let counts = import.report.counts;
    if import.stage == Stage::Checked && counts.refused > 0 && !leaves_wrong_rows {
        return Err(Error::Refused("Il reste des lignes à corriger.".into()));
    }
    if import.stage == Stage::Checked && counts.created + counts.changed == 0 {
        return Err(Error::Refused("Il n’y a rien à importer : tout est déjà là.".into()));
    }
    advance(conn, &import, Verb::Import, &Plan { leaves_wrong_rows, ..import.plan.clone() })
}

/// Asks for a whole import to be undone; `leaves_changed` leaves what somebody has changed since.
pub fn undo(conn: &mut Conn, actor: &Actor, id: &str, leaves_changed: bool, now: Moment) -> Result<()> {
    let import = find(conn, actor, id)?;
    if matches!(import.stage, Stage::Undoing | Stage::Undone) {
        return Ok(());
    }
    if import.stage == Stage::Done && !import.is_undoable(now) {
        return Err(Error::Refused(format!("Un import s’annule pendant {KEPT_DAYS} jours. Celui-ci est plus ancien.")));
    }
    advance(conn, &import, Verb::Undo, &Plan { leaves_changed, ..import.plan.clone() })
}

/// Forgets an import that wrote nothing.
pub fn abandon(conn: &mut Conn, actor: &Actor, id: &str) -> Result<()> {
    let import = find(conn, actor, id)?;
    import
        .stage
        .after(Verb::Abandon)
        .ok_or_else(|| Error::Refused(format!("Cet import est « {} » : il ne s’abandonne plus.", import.stage.label())))?;
    if store::delete(conn, &import)? { Ok(()) } else { Err(Error::Refused("Quelqu’un vient de faire avancer cet import.".into())) }
}

/// The file of an import with what each of its columns is.
pub fn source(import: &Import, shelf: &Shelf, desk: &dyn Desk) -> Result<Source, Vec<Wrong>> {
    let gone = || vec![Wrong::file("Le fichier n’est plus là. Redonnez-le.")];
    let bytes = shelf.read(&import.id).map_err(|error| vec![Wrong::file(error.to_string())])?.ok_or_else(gone)?;
    let columns = desk.columns();
    let file = File::read(&bytes, columns)?;
    drop(bytes);
    let layout = match &file {
        File::Table(table) => Layout::of(table, columns).map_err(|wrong| vec![wrong])?,
        File::Lines(_) => return Source::of_known_titles(file, columns),
    };
    // The end of a long text has no field of its own: its title says what it goes on with.
    let named = layout.named(columns);
    let target = |(place, field): (usize, Option<&String>)| match (field.and_then(|field| columns.place(field)), named.get(place)) {
        (Some(column), _) => Target::Column(column),
        (None, Some(super::columns::Named::Rest(column))) => Target::Rest(*column),
        (None, _) => Target::Skip,
    };
    let targets = (0..layout.headings.len()).map(|place| target((place, import.plan.fields.get(place).and_then(Option::as_ref)))).collect();
    Ok(Source { file, layout, targets, corrections: import.plan.corrections.clone() })
}

/// The imports of the same file that stand, but for one: they brought the same records.
pub fn same_file(conn: &mut Conn, kind: Kind, hash: &str, besides: &str) -> Result<Vec<String>> {
    store::same_file(conn, kind, hash, besides)
}

/// Writes all that was seen of an import, and keeps what would undo it: one transaction, the caller's.
pub fn carry_out(
    conn: &mut Conn,
    by: By<'_>,
    import: &Import,
    source: &Source,
    today: Day,
    zone: &Zone,
    each_step: &mut dyn FnMut(u64) -> Result<()>,
) -> Result<()> {
    store::in_turn(conn, import.kind)?;
    if same_file(conn, import.kind, &import.hash, &import.id)? != import.report.same_file {
        return Err(Error::Refused("Ce même fichier vient d’être importé. Vérifiez avant de l’importer une deuxième fois.".into()));
    }
    let mut desk = import.kind.open(conn, by.actor, today, zone)?;
    let mut keep = |conn: &mut Conn, entries: &[Entry]| store::keep_entries(conn, &import.id, entries);
    writing::write(conn, by, desk.as_mut(), source, &import.report.counts, &mut keep, each_step)?;
    told(conn, by, &import.id, "import_done")
}

/// A file brought in by a command, once it was checked: its row is that of an import already done, which the page shows and may undo.
pub fn bring(
    conn: &mut Conn,
    by: By<'_>,
    import: &Import,
    source: &Source,
    today: Day,
    zone: &Zone,
    each_step: &mut dyn FnMut(u64) -> Result<()>,
) -> Result<()> {
    store::insert(conn, &Import { stage: Stage::Done, checked_at: Some(by.now), done_at: Some(by.now), ..import.clone() })?;
    carry_out(conn, by, import, source, today, zone, each_step)
}

/// Tells the journal what became of an import.
pub fn told(conn: &mut Conn, by: By<'_>, import: &str, what: &'static str) -> Result<()> {
    events::happened(conn, by, Event::Administered { kind: "import", id: import, what })
}

/// Forgets what is kept no longer than promised: imports that nobody ended, and what can no longer be undone.
pub fn purge(conn: &mut Conn, now: Moment) -> Result<[usize; 2]> {
    store::purge(conn, now.plus_days(-KEPT_DAYS))
}
