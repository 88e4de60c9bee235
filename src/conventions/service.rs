//! What is done with conventions. Each use-case runs in the caller's transaction and ends with its event.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::model::{AGREED, Act, Content, ConventionFields, Level, Life, Refusal, Stage, Verb, checks};
use super::policy::{self, Subject};
use super::world::World;
use super::{files, reading, store};
use crate::accounts::model::{Actor, By, Viewer};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::{self, Event};
use crate::instance;
use crate::kernel::given::Given;
use crate::kernel::ids::{ActId, ConventionId};
use crate::kernel::{Day, FieldErrors, Listing, Page};
use crate::versions::{self, Cause};

pub use super::finding::{facets, hidden, in_force, is_party, names_any, of_partner, organisations_in_force, readable_ones, replacing, signed};
pub use store::{Convention, Counts, Derived, Facets, Filter, Signed, State};

pub fn departement(conn: &mut Conn) -> Result<String> {
    Ok(instance::service::get(conn)?.0.departement)
}

pub fn not_yours(level: Level) -> Error {
    Error::Forbidden(match level {
        Level::Departement => "Cette convention est départementale : elle relève des responsables du Département.".into(),
        Level::Mds => "Cette convention relève d’un autre territoire que les vôtres.".into(),
    })
}

pub fn not_created_here() -> Error {
    Error::Forbidden("Les conventions sont préparées par les responsables. Parlez-en au vôtre.".into())
}

/// The convention, if the viewer may read it; otherwise there is none.
pub fn find(conn: &mut Conn, viewer: &Viewer, id: &ConventionId, today: Day) -> Result<Convention> {
    let convention = store::find(conn, id)?;
    let departement = departement(conn)?;
    let standing = convention.standing(today);
    let subject = Subject::of(&standing.fields, convention.life.stage, &departement);
    if policy::may_read(viewer, &subject) { Ok(convention) } else { Err(Error::NotFound) }
}

/// The convention, if the viewer may write it.
pub fn find_to_write(conn: &mut Conn, viewer: &Viewer, id: &ConventionId, today: Day) -> Result<Convention> {
    let actor = viewer.actor().ok_or(Error::SignIn)?;
    let convention = find(conn, viewer, id, today)?;
    if may_write(conn, actor, &convention, today)? { Ok(convention) } else { Err(not_yours(convention.fields.level)) }
}

pub fn may_write(conn: &mut Conn, actor: &Actor, convention: &Convention, today: Day) -> Result<bool> {
    let departement = departement(conn)?;
    let standing = convention.standing(today);
    Ok(policy::may_write(actor, &Subject::of(&standing.fields, convention.life.stage, &departement)))
}

pub fn list(conn: &mut Conn, viewer: &Viewer, filter: &Filter, page: Page) -> Result<Listing<Convention>> {
    let departement = departement(conn)?;
    let (items, total) = store::list(conn, viewer, &departement, filter, page)?;
    Ok(Listing::new(items, u64::try_from(total).unwrap_or(0), page))
}

pub fn count(conn: &mut Conn, viewer: &Viewer, filter: &Filter) -> Result<i64> {
    let departement = departement(conn)?;
    store::count(conn, viewer, &departement, filter)
}

/// Those of these conventions that the viewer may read.
pub fn readable(conn: &mut Conn, viewer: &Viewer, ids: &[ConventionId]) -> Result<Vec<ConventionId>> {
    let departement = departement(conn)?;
    store::readable_of(conn, viewer, &departement, ids)
}

/// What is given beside the fields of a new convention.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Beside {
    pub stage: Option<Stage>,
    pub number: Option<String>,
    pub signed_on: Option<Day>,
}

impl Beside {
    /// Takes out of `given` what is no field of a convention.
    pub fn take(given: &mut Map<String, Value>) -> Result<Self, FieldErrors> {
        let mut reader = Given::default();
        let mut take = |name: &str| given.remove(name).unwrap_or_default();
        let stage = reader.code("stage", &take("stage"), Stage::parse);
        if let Some(stage) = stage.filter(|stage| !matches!(stage, Stage::Draft | Stage::Signed)) {
            reader.errors.add("stage", format!("Une convention commence à « draft », ou s’enregistre déjà signée à « signed » ; pas à « {stage} »."));
        }
        let number = Some(reader.line("number", &take("number"))).filter(|number| !number.is_empty());
        let signed_on = reader.day("signed_on", &take("signed_on"));
        // What does not exist yet has no file to name.
        if !matches!(take("signed_file"), Value::Null) {
            let said = "Créez d’abord la convention, puis envoyez son fichier à /api/v1/conventions/{id}/documents, avec « purpose » : « signed ».";
            reader.errors.add("signed_file", said);
        }
        reader.errors.into_result().map(|()| Self { stage, number, signed_on })
    }
}

/// The SHA-256 of a file, in hexadecimal.
pub(super) fn file_of(reader: &mut Given, value: &Value) -> Option<String> {
    let said = reader.line("signed_file", value).to_ascii_lowercase();
    if said.is_empty() {
        return None;
    }
    if said.len() != 64 || !said.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        reader.errors.add("signed_file", "L’empreinte SHA-256 du fichier est attendue : 64 chiffres hexadécimaux.");
    }
    Some(said)
}

/// Begins a convention with what is given of it, an object at least; or enters one that is signed already, `stage` saying so.
pub fn create(conn: &mut Conn, by: By<'_>, today: Day, given: &Map<String, Value>) -> Result<Convention> {
    let world = World::load(conn)?;
    create_in(conn, by, today, given, &world)
}

/// [`create`], the world already read: an import reads it once.
pub fn create_in(conn: &mut Conn, by: By<'_>, today: Day, given: &Map<String, Value>, world: &World) -> Result<Convention> {
    if !policy::may_create(by.actor) {
        return Err(not_created_here());
    }
    let mut given = given.clone();
    let beside = Beside::take(&mut given)?;
    let is_signed = beside.stage == Some(Stage::Signed);
    let mut fields = world.read(conn, by.actor, &given, base_for(by.actor, &world.instance.departement), is_signed)?;
    free_external_id(conn, &fields, None)?;
    let number = match (&beside.number, is_signed) {
        (Some(_), false) => {
            return Err(Error::field("number", "Le numéro est donné à la validation. Seule une convention déjà signée garde le sien."));
        }
        (number, _) => number.clone(),
    };
    free_number(conn, number.as_deref(), None)?;
    if !is_signed && beside.signed_on.is_some() {
        return Err(Error::field("stage", "Pour enregistrer une convention déjà signée, donnez aussi « stage » : « signed »."));
    }
    if is_signed {
        for party in &mut fields.parties {
            party.signed_on = party.signed_on.or(beside.signed_on);
        }
        past_signatures(&fields, today)?;
    }
    let acts = acts_after(by, &[], untold(&fields, &[]));
    let convention = Convention {
        id: ConventionId::new(by.now, by.chance),
        number,
        life: Life::new(if is_signed { Stage::Signed } else { Stage::Draft }),
        is_existing: is_signed,
        signed_file: None,
        version: 1,
        author_id: by.actor.id.clone(),
        author_name: by.actor.name.clone(),
        created_at: by.now,
        updated_at: by.now,
        acts,
        successors: Vec::new(),
        stored: Derived::default(),
        fields,
    };
    replaceable(conn, &convention)?;
    if !may_write(conn, by.actor, &convention, today)? {
        return Err(out_of_reach(&convention.fields));
    }
    let id = &convention.id;
    let event = if is_signed { Event::ConventionEntered { id } } else { Event::ConventionCreated { id } };
    store::insert(conn, by, &convention, today, &Cause::of(&event))?;
    refresh_predecessors(conn, [convention.fields.replaces.as_deref()], today)?;
    events::happened(conn, by, event)?;
    store::find(conn, id)
}

/// The signatures that fields tell and acts do not.
pub(super) fn untold(fields: &ConventionFields, acts: &[Act]) -> Vec<Content> {
    let told = |content: &Content| acts.iter().any(|act| act.content.dated_on() == content.dated_on() && act.content.signer() == content.signer());
    let signed = fields.parties.iter().filter_map(|party| Some(Content::signature(party, party.signed_on?)));
    signed.filter(|content| !told(content)).collect()
}

/// Acts that say this, after those.
pub(super) fn acts_after(by: By<'_>, acts: &[Act], contents: Vec<Content>) -> Vec<Act> {
    let first = acts.iter().map(|act| act.number).max().unwrap_or(0) + 1;
    let act = |(number, content)| Act { id: ActId::new(by.now, by.chance), number, content, author: by.actor.name.clone(), at: by.now };
    (first..).zip(contents).map(act).collect()
}

/// A manager of the département begins at its level, others at the one of their own territories.
pub(super) fn base_for(actor: &Actor, departement: &str) -> ConventionFields {
    let is_departemental = actor.is_administrator() || actor.reach.contains(departement);
    let level = if is_departemental { Level::Departement } else { Level::Mds };
    let territories = if is_departemental { Vec::new() } else { actor.territories.iter().cloned().collect() };
    let responsible = actor.id.as_ref().map(ToString::to_string);
    ConventionFields { level, territories, responsible, ..ConventionFields::default() }
}

pub(super) fn out_of_reach(fields: &ConventionFields) -> Error {
    match fields.level {
        Level::Departement => {
            Error::field("level", "Une convention départementale relève des responsables du Département : choisissez le niveau « mds ».")
        }
        Level::Mds => Error::field("territories", "Gardez au moins un de vos territoires : sinon vous ne pourriez plus la modifier."),
    }
}

pub(super) fn past_signatures(fields: &ConventionFields, today: Day) -> Result<()> {
    match fields.last_signature() {
        Some(day) if day > today => Err(Error::field("signed_on", format!("Le {} n’est pas encore venu : on signe d’abord.", day.in_figures()))),
        _ => Ok(()),
    }
}

fn free_external_id(conn: &mut Conn, fields: &ConventionFields, own: Option<&ConventionId>) -> Result<()> {
    let Some(external_id) = &fields.external_id else { return Ok(()) };
    match store::by_external_ids(conn, std::slice::from_ref(external_id))?.first() {
        Some(other) if Some(&other.id) != own => {
            Err(Error::field("external_id", format!("« {external_id} » est déjà l’identifiant d’une autre convention.")))
        }
        _ => Ok(()),
    }
}

pub(super) fn free_number(conn: &mut Conn, number: Option<&str>, own: Option<&ConventionId>) -> Result<()> {
    match number {
        Some(number) if number.chars().count() > 60 => Err(Error::field("number", "Un numéro a 60 caractères au plus.")),
        Some(number) if store::is_taken(conn, number, own)? => {
            Err(Error::field("number", format!("Le numéro « {number} » est déjà celui d’une autre convention.")))
        }
        _ => Ok(()),
    }
}

/// A convention replaces another one, which does not come back to it.
fn replaceable(conn: &mut Conn, convention: &Convention) -> Result<()> {
    let mut replaced = convention.fields.replaces.clone();
    let mut seen = BTreeSet::from([convention.id.to_string()]);
    while let Some(id) = replaced {
        if !seen.insert(id.clone()) {
            return Err(Error::field("replaces", "Une convention ne se remplace pas elle-même."));
        }
        replaced = ConventionId::parse(&id).map(|id| store::find(conn, &id)).transpose()?.and_then(|other| other.fields.replaces);
    }
    Ok(())
}

/// What a convention replaces, or replaced, stands otherwise once it is written.
pub(super) fn refresh_predecessors<'a>(conn: &mut Conn, ids: impl IntoIterator<Item = Option<&'a str>>, today: Day) -> Result<()> {
    let ids: BTreeSet<&str> = ids.into_iter().flatten().collect();
    for id in ids.into_iter().filter_map(ConventionId::parse) {
        let convention = store::find(conn, &id)?;
        store::refresh(conn, &convention, today)?;
    }
    Ok(())
}

/// Writes a convention again, over the version that was read. Once it is agreed on, what was agreed changes by an avenant, or is corrected
/// for a `reason`, given with the fields.
pub fn change(conn: &mut Conn, by: By<'_>, today: Day, id: &ConventionId, version: i32, given: &Map<String, Value>) -> Result<Convention> {
    rewrite(conn, by, today, id, version, given, None)
}

/// [`change`], or the text of the version that is `restored`.
pub(super) fn rewrite(
    conn: &mut Conn,
    by: By<'_>,
    today: Day,
    id: &ConventionId,
    version: i32,
    given: &Map<String, Value>,
    restored: Option<i32>,
) -> Result<Convention> {
    let world = World::load(conn)?;
    let convention = writable(conn, by, today, id)?;
    if convention.version != version {
        return Err(Error::Conflict { current: convention.version });
    }
    let stage = convention.life.stage;
    if stage == Stage::Abandoned {
        return Err(Error::Refused("Une convention abandonnée ne se modifie plus. Reprenez-la d’abord en brouillon.".into()));
    }
    let mut given = given.clone();
    let reason = comment("reason", given.remove("reason").as_ref())?;
    let number = renumbered(conn, &convention, given.remove("number"))?;
    same_file(&convention, given.remove("signed_file"))?;
    let now = convention.standing(today).fields;
    // What was entered may be given the days on which it was signed.
    let with_signatures = convention.is_existing && stage == Stage::Signed;
    let read = world.read(conn, by.actor, &given, now.clone(), with_signatures)?;
    free_external_id(conn, &read, Some(id))?;
    let mut changed = versions::differing(&now.sorted(), &read.sorted());
    let fields = corrected(&convention, &now, &read, &changed, &reason, today)?;
    if number != convention.number {
        changed.push("number".to_owned());
    }
    if changed.is_empty() {
        return Ok(convention);
    }
    if matches!(stage, Stage::InReview | Stage::ToSign | Stage::Signing) {
        checks::missing(&fields).into_result()?;
    }
    let before = convention.fields.replaces.clone();
    let signatures = if with_signatures { untold(&fields, &convention.acts) } else { Vec::new() };
    let added = acts_after(by, &convention.acts, signatures);
    let acts = [convention.acts.clone(), added.clone()].concat();
    let next = Convention { fields, number, acts, ..convention };
    replaceable(conn, &next)?;
    // A manager cannot give away what is theirs, nor take what is not.
    if !may_write(conn, by.actor, &next, today)? {
        return Err(out_of_reach(&next.fields));
    }
    let event = match restored {
        Some(number) => Event::ConventionRestored { id, number, changed: &changed, reason: &reason },
        None => Event::ConventionChanged { id, changed: &changed, reason: &reason },
    };
    written(conn, by, &next, today, &event)?;
    for act in &added {
        store::add_act(conn, by, id, act)?;
    }
    refresh_predecessors(conn, [before.as_deref()], today)?;
    store::find(conn, id)
}

/// The signed text with these changes: not to what an avenant says, and to what was agreed only for a reason, to complete it, or before
/// anybody signs.
fn corrected(
    convention: &Convention,
    now: &ConventionFields,
    read: &ConventionFields,
    changed: &[String],
    reason: &str,
    today: Day,
) -> Result<ConventionFields> {
    let mut errors = FieldErrors::default();
    let base = convention.fields.clone();
    let missing = to_complete(convention, today);
    let amended = versions::differing(&base, now);
    for field in changed {
        let name = field.as_str();
        if amended.contains(field) {
            errors.add(name, "Un avenant ou une reconduction l’a changé : un nouvel avenant peut le changer encore.");
        } else if AGREED.contains(&name) && convention.life.stage == Stage::Signing {
            errors.add(name, "La convention est en signature : son texte ne change plus.");
        } else if AGREED.contains(&name) && convention.life.stage == Stage::Signed && reason.is_empty() && missing.of(name).is_none() {
            errors.add(name, "Une convention signée change par un avenant. Pour corriger une erreur de saisie, dites-en le motif.");
        }
    }
    errors.into_result()?;
    let (Ok(Value::Object(mut merged)), Ok(Value::Object(read))) = (serde_json::to_value(&base), serde_json::to_value(read)) else {
        return Err(Error::Internal("the fields of a convention are an object".into()));
    };
    merged.extend(read.into_iter().filter(|(name, _)| changed.contains(name)));
    let fields: ConventionFields = serde_json::from_value(Value::Object(merged)).map_err(|error| Error::Internal(error.to_string()))?;
    past_signatures(&fields, today)?;
    Ok(fields)
}

/// The number, which only a convention that was entered may have typed.
fn renumbered(conn: &mut Conn, convention: &Convention, given: Option<Value>) -> Result<Option<String>> {
    let Some(given) = given else { return Ok(convention.number.clone()) };
    let mut reader = Given::default();
    let number = Some(reader.line("number", &given)).filter(|number| !number.is_empty());
    reader.errors.into_result()?;
    if number != convention.number && !convention.is_existing {
        return Err(Error::field("number", "Le numéro est donné à la validation et ne change plus."));
    }
    free_number(conn, number.as_deref(), Some(&convention.id))?;
    Ok(number)
}

fn same_file(convention: &Convention, given: Option<Value>) -> Result<()> {
    match given {
        Some(given) if !given.is_null() && given.as_str() != convention.signed_file.as_deref() => {
            Err(Error::field("signed_file", "Le fichier signé se joint dans les documents de la convention."))
        }
        _ => Ok(()),
    }
}

/// Writes what a use-case has made, with its event, and what it replaces.
pub(super) fn written(conn: &mut Conn, by: By<'_>, next: &Convention, today: Day, event: &Event<'_>) -> Result<()> {
    if !store::update(conn, by, next, today, &Cause::of(event))? {
        return Err(Error::Conflict { current: store::version_of(conn, &next.id)? });
    }
    refresh_predecessors(conn, [next.fields.replaces.as_deref()], today)?;
    events::happened(conn, by, *event)
}

/// A word about a decision or a change: short, and naming nobody.
pub(super) fn comment(field: &str, given: Option<&Value>) -> Result<String> {
    let mut reader = Given::default();
    let text = match given {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => reader.text(field, &Value::String(text.clone()), reading::OBJECT_MAX),
        Some(_) => return Err(Error::field(field, "Un texte est attendu.")),
    };
    reader.errors.into_result()?;
    Ok(text)
}

pub(super) fn writable(conn: &mut Conn, by: By<'_>, today: Day, id: &ConventionId) -> Result<Convention> {
    find_to_write(conn, &Viewer(Some(by.actor.clone())), id, today)
}

/// The signatures that are recorded: of one party, or of all that have not signed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Signing {
    /// None: every party that has not signed yet. Some(None): the Département.
    pub partner: Option<Option<String>>,
    /// Today unless said.
    pub signed_on: Option<Day>,
    pub signed_file: Option<String>,
}

/// Carries out a verb of its life over the version that was read.
pub fn carry_out(conn: &mut Conn, by: By<'_>, today: Day, id: &ConventionId, version: i32, verb: Verb, said: &str) -> Result<Convention> {
    if verb == Verb::Sign {
        return sign(conn, by, today, id, version, &Signing::default());
    }
    let convention = movable(conn, by, today, id, version, verb)?;
    if verb == Verb::Record {
        // An act says what it is: `acts::record`.
        return Err(refused(Refusal::Stage { from: convention.life.stage, verb }));
    }
    let comment = comment("comment", Some(&Value::String(said.to_owned())))?;
    let mut fields = convention.fields.clone();
    if verb == Verb::Reactivate {
        // Who signed what was abandoned has signed nothing.
        for party in &mut fields.parties {
            party.signed_on = None;
        }
    }
    let life = convention.life.clone().apply(verb, &fields, &comment, by.now).map_err(refused)?;
    let number = match (&convention.number, verb) {
        (None, Verb::Validate) => Some(store::next_number(conn, today.year())?),
        (number, _) => number.clone(),
    };
    let signed_file = convention.signed_file.clone().filter(|_| verb != Verb::Reactivate);
    let next = Convention { fields, life, number, signed_file, ..convention };
    written(conn, by, &next, today, &Event::ConventionMoved { id, verb, comment: &comment })?;
    store::find(conn, id)
}

/// Records signatures: the last one makes it signed.
pub fn sign(conn: &mut Conn, by: By<'_>, today: Day, id: &ConventionId, version: i32, signing: &Signing) -> Result<Convention> {
    let convention = movable(conn, by, today, id, version, Verb::Sign)?;
    if Verb::Sign.leads(convention.life.stage).is_none() {
        return Err(refused(Refusal::Stage { from: convention.life.stage, verb: Verb::Sign }));
    }
    if let Some(sha256) = &signing.signed_file {
        files::is_joined(conn, id, sha256)?;
    }
    let signed_on = signing.signed_on.unwrap_or(today);
    let mut fields = convention.fields.clone();
    let mut signatures = Vec::new();
    for party in &mut fields.parties {
        match &signing.partner {
            Some(partner) if *partner != party.partner => continue,
            Some(_) if party.signed_on.is_some() => return Err(Error::field("partner", "Cette partie a déjà signé.")),
            None if party.signed_on.is_some() => continue,
            _ => {}
        }
        party.signed_on = Some(signed_on);
        signatures.push(Content::signature(party, signed_on));
    }
    if signatures.is_empty() {
        return Err(Error::field("partner", "Ce partenaire n’est pas une des parties de la convention."));
    }
    let added = acts_after(by, &convention.acts, signatures);
    past_signatures(&fields, today)?;
    let life = convention.life.clone().apply(Verb::Sign, &fields, "", by.now).map_err(refused)?;
    let signed_file = signing.signed_file.clone().or(convention.signed_file.clone());
    let acts = [convention.acts.clone(), added.clone()].concat();
    let next = Convention { fields, life, acts, signed_file, ..convention };
    written(conn, by, &next, today, &Event::ConventionMoved { id, verb: Verb::Sign, comment: "" })?;
    for act in &added {
        store::add_act(conn, by, id, act)?;
    }
    store::find(conn, id)
}

/// The convention, if the actor may carry out this verb on the version that was read.
pub(super) fn movable(conn: &mut Conn, by: By<'_>, today: Day, id: &ConventionId, version: i32, verb: Verb) -> Result<Convention> {
    let convention = writable(conn, by, today, id)?;
    if !verb.is_for(by.actor.role) {
        return Err(not_yours(convention.fields.level));
    }
    if convention.version != version {
        return Err(Error::Conflict { current: convention.version });
    }
    Ok(convention)
}

pub(super) fn refused(refusal: Refusal) -> Error {
    match refusal {
        Refusal::Incomplete(missing) => Error::Invalid(missing),
        Refusal::Comment => Error::field("comment", "Dites ce qu’il faut corriger."),
        Refusal::Stage { from, verb } => {
            let state = match from {
                Stage::Draft => "est un brouillon",
                Stage::InReview => "est en relecture",
                Stage::ToCorrect => "est à corriger",
                Stage::ToSign => "attend ses signatures",
                Stage::Signing => "est en signature",
                Stage::Signed => "est signée",
                Stage::Abandoned => "est abandonnée",
            };
            Error::Refused(format!("« {} » n’est pas possible : la convention {state}.", verb.label()))
        }
    }
}

/// What its people still have to complete, each with what to do.
pub fn to_complete(convention: &Convention, today: Day) -> FieldErrors {
    checks::to_complete(&convention.standing(today).fields, convention.life.stage, convention.signed_file.is_some())
}

/// Makes what lists say of conventions agree with today: days alone change it. Answers which changed. Successors begin before what they
/// replace is looked at again, so the walk is done until nothing changes.
pub fn refresh_all(conn: &mut Conn, today: Day) -> Result<Vec<ConventionId>> {
    let mut changed = Vec::new();
    loop {
        let (mut last, before) = (String::new(), changed.len());
        loop {
            let batch = store::after(conn, &last, 500)?;
            let Some(end) = batch.last() else { break };
            last = end.id.to_string();
            for convention in &batch {
                if store::refresh(conn, convention, today)? {
                    changed.push(convention.id.clone());
                }
            }
        }
        if changed.len() == before {
            return Ok(changed);
        }
    }
}
