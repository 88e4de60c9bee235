//! The SQL of conventions.

mod acts;
mod counts;
mod imports;
mod lists;
mod numbers;
mod reminders;

use diesel::prelude::*;

use super::model::standing::Agreement;
use super::model::{Act, ConventionFields, Life, Situation, Stage, Standing};
use crate::accounts::model::By;
use crate::db::schema::{actions, convention_actions, convention_parties, convention_sheets, convention_territories, convention_themes, conventions};
use crate::db::{Conn, on_either};
use crate::error::{Error, Result};
use crate::events::Record;
use crate::kernel::ids::{AccountId, ActionId, ConventionId, OrganisationId, PlanId};
use crate::kernel::text::fold;
use crate::kernel::{Day, Moment};
use crate::versions::{self, Cause};

pub use acts::{add_act, update_act};
pub use counts::{Counts, Facets, Signed, facets, organisations_in_force, replacing, signed};
pub use imports::{Name, all_readable, delete, delete_acts_after, names, successors_of, versions_of};
pub use lists::{Filter, State, after, by_external_ids, by_ids, count, list, naming, readable_of};
pub use numbers::{is_taken, next_number};
pub use reminders::{Told, tell, told};

/// A convention as its rows give it.
#[derive(Clone, Debug, PartialEq)]
pub struct Convention {
    pub id: ConventionId,
    pub number: Option<String>,
    /// As signed: [`Convention::standing`] applies its avenants.
    pub fields: ConventionFields,
    pub life: Life,
    /// Entered as it was already signed.
    pub is_existing: bool,
    /// The SHA-256 of its signed file.
    pub signed_file: Option<String>,
    pub version: i32,
    pub author_id: Option<AccountId>,
    pub author_name: String,
    pub created_at: Moment,
    pub updated_at: Moment,
    pub acts: Vec<Act>,
    /// When the signed conventions that replace it begin.
    pub successors: Vec<Option<Day>>,
    /// What its columns say of today.
    pub stored: Derived,
}

impl Convention {
    fn agreement(&self) -> Agreement<'_> {
        Agreement { stage: self.life.stage, fields: &self.fields, acts: &self.acts, successors: &self.successors }
    }

    pub fn standing(&self, on: Day) -> Standing {
        self.agreement().on(on)
    }

    /// What it says today, as far as its columns know what day it is.
    pub fn stored_fields(&self) -> ConventionFields {
        self.agreement().after(usize::try_from(self.stored.applied).unwrap_or(0))
    }
}

type Row = (Written, Days);
type Days = (Option<Day>, Option<Day>, i32, bool, Option<Situation>, Option<Day>, Option<Day>, Option<Day>);
type Written = (
    ConventionId,
    Option<String>,
    String,
    Stage,
    Option<String>,
    Option<Moment>,
    bool,
    Option<String>,
    i32,
    Option<AccountId>,
    String,
    Moment,
    Moment,
);

macro_rules! columns {
    () => {
        (
            (
                conventions::id,
                conventions::number,
                conventions::fields,
                conventions::stage,
                conventions::return_comment,
                conventions::submitted_at,
                conventions::is_existing,
                conventions::signed_file,
                conventions::version,
                conventions::author_id,
                conventions::author_name,
                conventions::created_at,
                conventions::updated_at,
            ),
            (
                conventions::begins_on,
                conventions::signed_on,
                conventions::applied,
                conventions::in_force,
                conventions::situation,
                conventions::current_term,
                conventions::notice_by,
                conventions::review_on,
            ),
        )
    };
}
use columns;

fn convention((written, days): Row) -> Result<Convention> {
    let (id, number, fields, stage, return_comment, submitted_at, is_existing, signed_file, version, author_id, author_name, created_at, updated_at) =
        written;
    let (begins_on, signed_on, applied, in_force, situation, current_term, notice_by, review_on) = days;
    let fields = serde_json::from_str(&fields).map_err(|error| Error::Internal(format!("convention {id} is not readable: {error}")))?;
    Ok(Convention {
        id,
        number,
        fields,
        life: Life { stage, return_comment, submitted_at },
        is_existing,
        signed_file,
        version,
        author_id,
        author_name,
        created_at,
        updated_at,
        acts: Vec::new(),
        successors: Vec::new(),
        stored: Derived { begins_on, signed_on, applied, in_force, situation, current_term, notice_by, review_on },
    })
}

/// The conventions of these rows, in their order, with their acts and successors: two more queries, however many there are.
fn whole(conn: &mut Conn, rows: Vec<Row>) -> Result<Vec<Convention>> {
    let mut found = rows.into_iter().map(convention).collect::<Result<Vec<_>>>()?;
    let ids: Vec<ConventionId> = found.iter().map(|one| one.id.clone()).collect();
    for (id, act) in acts::of(conn, &ids)? {
        if let Some(one) = found.iter_mut().find(|one| one.id == id) {
            one.acts.push(act);
        }
    }
    let successors: Vec<(Option<ConventionId>, Option<Day>)> = conventions::table
        .filter(conventions::replaces.eq_any(ids))
        .filter(conventions::stage.eq(Stage::Signed))
        .order(conventions::id)
        .select((conventions::replaces, conventions::begins_on))
        .load(conn)?;
    for (replaced, begins) in successors {
        if let Some(one) = found.iter_mut().find(|one| Some(&one.id) == replaced.as_ref()) {
            one.successors.push(begins);
        }
    }
    Ok(found)
}

pub fn find(conn: &mut Conn, id: &ConventionId) -> Result<Convention> {
    let row: Row = conventions::table.find(id).select(columns!()).first(conn)?;
    whole(conn, vec![row])?.pop().ok_or(Error::NotFound)
}

pub fn version_of(conn: &mut Conn, id: &ConventionId) -> Result<i32> {
    Ok(conventions::table.find(id).select(conventions::version).first(conn)?)
}

/// What days make of a convention: kept for lists, told by [`Convention::standing`] everywhere else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Derived {
    pub begins_on: Option<Day>,
    pub signed_on: Option<Day>,
    pub applied: i32,
    pub in_force: bool,
    pub situation: Option<Situation>,
    pub current_term: Option<Day>,
    pub notice_by: Option<Day>,
    pub review_on: Option<Day>,
}

impl Derived {
    pub fn of(convention: &Convention, standing: &Standing) -> Self {
        let is_signed = convention.life.stage == Stage::Signed;
        Self {
            begins_on: standing.begins_on,
            signed_on: convention.fields.last_signature().filter(|_| is_signed),
            applied: i32::try_from(standing.applied.len()).unwrap_or(i32::MAX),
            in_force: standing.in_force,
            situation: standing.situation,
            current_term: standing.term.filter(|_| is_signed),
            notice_by: standing.notice_by.filter(|_| is_signed),
            review_on: standing.fields.review_on,
        }
    }
}

macro_rules! derived {
    ($standing:expr, $derived:expr) => {
        (
            conventions::object.eq(&$standing.fields.object),
            conventions::object_folded.eq(fold(&$standing.fields.object)),
            conventions::begins_on.eq($derived.begins_on),
            conventions::signed_on.eq($derived.signed_on),
            conventions::applied.eq($derived.applied),
            conventions::in_force.eq($derived.in_force),
            conventions::situation.eq($derived.situation),
            conventions::current_term.eq($derived.current_term),
            conventions::notice_by.eq($derived.notice_by),
            conventions::review_on.eq($derived.review_on),
        )
    };
}

/// The columns that follow what people wrote and decided.
macro_rules! written {
    ($convention:expr, $json:expr) => {
        (
            conventions::external_id.eq(&$convention.fields.external_id),
            conventions::number.eq(&$convention.number),
            conventions::kind.eq($convention.fields.kind),
            conventions::level.eq($convention.fields.level),
            conventions::stage.eq($convention.life.stage),
            conventions::visibility.eq($convention.fields.visibility),
            conventions::replaces.eq(&$convention.fields.replaces),
            conventions::responsible_id.eq(&$convention.fields.responsible),
            conventions::fields.eq($json),
            conventions::signed_file.eq(&$convention.signed_file),
            conventions::return_comment.eq(&$convention.life.return_comment),
            conventions::submitted_at.eq($convention.life.submitted_at),
        )
    };
}

fn json(fields: &ConventionFields) -> Result<String> {
    serde_json::to_string(fields).map_err(|error| Error::Internal(error.to_string()))
}

/// What two writers gave at the same time, unseen by each other: the second one is told so.
fn taken(error: diesel::result::Error) -> Error {
    use diesel::result::{DatabaseErrorKind, Error as Failed};
    let Failed::DatabaseError(DatabaseErrorKind::UniqueViolation, info) = &error else { return error.into() };
    let said = info.constraint_name().unwrap_or_else(|| info.message());
    if said.contains("number") {
        return Error::field("number", "Ce numéro est déjà pris\u{a0}: une autre convention vient de le recevoir. Donnez-en un autre.");
    }
    if said.contains("external_id") {
        return Error::field("external_id", "Cet identifiant est déjà pris\u{a0}: une autre convention vient de le recevoir.");
    }
    error.into()
}

pub fn insert(conn: &mut Conn, by: By<'_>, convention: &Convention, today: Day, cause: &Cause) -> Result<()> {
    let standing = convention.standing(today);
    let derived = Derived::of(convention, &standing);
    let row = (
        conventions::id.eq(&convention.id),
        derived!(standing, derived),
        written!(convention, json(&convention.fields)?),
        conventions::is_existing.eq(convention.is_existing),
        conventions::version.eq(convention.version),
        conventions::author_id.eq(&convention.author_id),
        conventions::author_name.eq(&convention.author_name),
        conventions::created_at.eq(convention.created_at),
        conventions::updated_at.eq(convention.updated_at),
    );
    diesel::insert_into(conventions::table).values(row).execute(conn).map_err(taken)?;
    for act in &convention.acts {
        add_act(conn, by, &convention.id, act)?;
    }
    link(conn, &convention.id, &standing.fields)?;
    versions::keep(conn, by, &Record::convention(&convention.id), convention.version, cause, &convention.fields)
}

/// Writes a convention, with the acts that it now has, over version `convention.version`, which becomes the next; false when it is no longer
/// the current one. Acts are added by [`add_act`] once this has said true.
pub fn update(conn: &mut Conn, by: By<'_>, convention: &Convention, today: Day, cause: &Cause) -> Result<bool> {
    let standing = convention.standing(today);
    let derived = Derived::of(convention, &standing);
    let current = conventions::table.filter(conventions::id.eq(&convention.id)).filter(conventions::version.eq(convention.version));
    let set = (
        derived!(standing, derived),
        written!(convention, json(&convention.fields)?),
        conventions::version.eq(convention.version + 1),
        conventions::updated_at.eq(by.now),
    );
    if diesel::update(current).set(set).execute(conn).map_err(taken)? == 0 {
        return Ok(false);
    }
    unlink(conn, &convention.id)?;
    link(conn, &convention.id, &standing.fields)?;
    versions::keep(conn, by, &Record::convention(&convention.id), convention.version + 1, cause, &convention.fields)?;
    Ok(true)
}

/// Makes the columns that days change agree with today; false when they did already.
pub fn refresh(conn: &mut Conn, convention: &Convention, today: Day) -> Result<bool> {
    let standing = convention.standing(today);
    let derived = Derived::of(convention, &standing);
    if convention.stored == derived {
        return Ok(false);
    }
    diesel::update(conventions::table.find(&convention.id)).set(derived!(standing, derived)).execute(conn)?;
    unlink(conn, &convention.id)?;
    link(conn, &convention.id, &standing.fields)?;
    Ok(true)
}

fn unlink(conn: &mut Conn, id: &ConventionId) -> Result<()> {
    diesel::delete(convention_parties::table.filter(convention_parties::convention_id.eq(id))).execute(conn)?;
    diesel::delete(convention_territories::table.filter(convention_territories::convention_id.eq(id))).execute(conn)?;
    diesel::delete(convention_themes::table.filter(convention_themes::convention_id.eq(id))).execute(conn)?;
    diesel::delete(convention_sheets::table.filter(convention_sheets::convention_id.eq(id))).execute(conn)?;
    diesel::delete(convention_actions::table.filter(convention_actions::convention_id.eq(id))).execute(conn)?;
    Ok(())
}

fn link(conn: &mut Conn, id: &ConventionId, fields: &ConventionFields) -> Result<()> {
    let parties: Vec<_> = (1i32..)
        .zip(&fields.parties)
        .map(|(position, party)| {
            (
                convention_parties::convention_id.eq(id),
                convention_parties::position.eq(position),
                convention_parties::organisation_id.eq(party.partner.as_deref().and_then(OrganisationId::parse)),
            )
        })
        .collect();
    let territories: Vec<_> = fields
        .territories
        .iter()
        .map(|code| (convention_territories::convention_id.eq(id), convention_territories::territory_code.eq(code)))
        .collect();
    let themes: Vec<_> = fields.themes.iter().map(|theme| (convention_themes::convention_id.eq(id), convention_themes::theme.eq(theme))).collect();
    let sheets: Vec<_> = fields
        .plan_sheets
        .iter()
        .filter_map(|sheet| Some((PlanId::parse(&sheet.plan_id)?, sheet.number)))
        .map(|(plan, number)| (convention_sheets::convention_id.eq(id), convention_sheets::plan_id.eq(plan), convention_sheets::number.eq(number)))
        .collect();
    // An action may have gone with the import that made it.
    let named: Vec<ActionId> = fields.actions.iter().filter_map(|action| ActionId::parse(action)).collect();
    let existing: Vec<ActionId> = actions::table.filter(actions::id.eq_any(named)).select(actions::id).load(conn)?;
    let actions: Vec<_> =
        existing.iter().map(|action| (convention_actions::convention_id.eq(id), convention_actions::action_id.eq(action))).collect();
    on_either!(conn, |conn| {
        diesel::insert_into(convention_parties::table).values(&parties).execute(conn)?;
        diesel::insert_into(convention_territories::table).values(&territories).execute(conn)?;
        diesel::insert_into(convention_themes::table).values(&themes).execute(conn)?;
        diesel::insert_into(convention_sheets::table).values(&sheets).execute(conn)?;
        diesel::insert_into(convention_actions::table).values(&actions).execute(conn)?;
    });
    Ok(())
}
