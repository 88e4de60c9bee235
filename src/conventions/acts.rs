//! What is done by acts: a signature, an avenant with its own small life, a renewal, and the two ways to end.

use serde_json::{Map, Value};

use super::files;
use super::model::{AMENDABLE, Act, ActKind, AvenantStage, Content, ConventionFields, RenewalKind, Situation, Stage, Standing, Verb, acts::Change};
use super::reading::needed_day;
use super::service::{self, Convention, Signing, acts_after, file_of, movable, written};
use super::store;
use super::world::World;
use crate::accounts::model::By;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::Event;
use crate::kernel::given::{Given, TEXT_MAX};
use crate::kernel::ids::{ActId, ConventionId};
use crate::kernel::text::{excerpt, fold};
use crate::kernel::{Day, FieldErrors};
use crate::versions;

/// A convention with one of its acts.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    pub convention: Convention,
    pub act: Act,
}

/// The kind of an act as somebody says it, with or without its accents.
pub fn kind_of(body: &Map<String, Value>) -> Result<ActKind, FieldErrors> {
    let mut reader = Given::default();
    let kind = reader.code("kind", body.get("kind").unwrap_or(&Value::Null), |said| ActKind::parse(&fold(said)));
    if kind.is_none() && reader.errors.is_empty() {
        reader.errors.add("kind", "Dites de quel acte il s’agit : signature, avenant, reconduction, denonciation ou resiliation.");
    }
    reader.errors.into_result()?;
    kind.ok_or_else(FieldErrors::default)
}

/// Adds an act to a convention, over the version that was read when one is given.
pub fn record(conn: &mut Conn, by: By<'_>, today: Day, id: &ConventionId, version: Option<i32>, body: &Map<String, Value>) -> Result<Recorded> {
    let current = service::writable(conn, by, today, id)?;
    let version = version.unwrap_or(current.version);
    let kind = kind_of(body)?;
    if kind == ActKind::Signature {
        let world = World::load(conn)?;
        let signing = signing(body, &world)?;
        let partner = signing.partner.clone().flatten();
        let is_shown = matches!(current.life.stage, Stage::Signing | Stage::Signed);
        if let Some(day) = current.fields.parties.iter().find(|party| is_shown && party.partner == partner).and_then(|party| party.signed_on) {
            return Err(Error::field("partner", format!("Cette partie a déjà signé, le {}.", day.in_figures())));
        }
        if Verb::Sign.leads(current.life.stage).is_none() {
            return Err(not_now(kind, &current));
        }
        let signing = Signing { partner: Some(partner), ..signing };
        let convention = service::sign(conn, by, today, id, version, &signing)?;
        let act = convention.acts.last().cloned().ok_or(Error::NotFound)?;
        return Ok(Recorded { convention, act });
    }
    let convention = movable(conn, by, today, id, version, Verb::Record)?;
    if Verb::Record.leads(convention.life.stage).is_none() {
        return Err(not_now(kind, &convention));
    }
    let content = match kind {
        ActKind::Avenant => {
            let content = avenant(&World::load(conn)?, today, &convention, None, body)?;
            joined(conn, &convention, &content, body)?;
            content
        }
        ActKind::Reconduction => reconduction(&convention, today, body)?,
        ActKind::Denonciation => denonciation(&World::load(conn)?, &convention, today, body)?,
        ActKind::Resiliation | ActKind::Signature => resiliation(&convention, today, body)?,
    };
    let act = acts_after(by, &convention.acts, vec![content]).pop().ok_or(Error::NotFound)?;
    kept(conn, by, today, convention, act, true)
}

/// Is this act, as a file tells it, an avenant that nobody has signed yet?
pub fn is_draft(body: &Value) -> bool {
    let says = |name: &str| body[name].as_str().unwrap_or_default();
    fold(says("kind")) == ActKind::Avenant.as_str()
        && match says("stage") {
            "" => says("signed_on").is_empty(),
            stage => stage == AvenantStage::Draft.as_str(),
        }
}

/// What an act that was done elsewhere comes to after those of `convention`, by the rules of any act. What an act computes is computed again.
/// An avenant in preparation changes nothing yet: it is taken as it is told, though the convention may have ended since.
pub fn replayed(world: &World, convention: &Convention, today: Day, body: &Map<String, Value>) -> Result<Content> {
    let kind = kind_of(body)?;
    let mut said = body.clone();
    let computed: &[&str] = match kind {
        ActKind::Avenant => &["signed_file"],
        ActKind::Reconduction => &["former_term"],
        ActKind::Denonciation => &["effective_on", "notice_by", "is_late"],
        _ => &[],
    };
    said.retain(|name, _| !COMPUTED.contains(&name.as_str()) && !computed.contains(&name.as_str()));
    let content = match kind {
        ActKind::Avenant if is_draft(&Value::Object(said.clone())) => drafted(world, today, convention, &said)?,
        ActKind::Avenant => avenant(world, today, convention, None, &said)?,
        ActKind::Reconduction => reconduction(convention, today, &said)?,
        ActKind::Denonciation => denonciation(world, convention, today, &said)?,
        ActKind::Resiliation => resiliation(convention, today, &said)?,
        ActKind::Signature => return Err(Error::field("kind", "Une signature se donne avec sa partie (« signed_on »).")),
    };
    match content.stage() {
        AvenantStage::Signed => Ok(content),
        _ if is_draft(&Value::Object(body.clone())) => Ok(content),
        _ => Err(Error::field("stage", "Un fichier apporte des avenants signés ou en préparation, pas ceux qui sont abandonnés.")),
    }
}

/// An avenant in preparation elsewhere.
fn drafted(world: &World, today: Day, convention: &Convention, body: &Map<String, Value>) -> Result<Content> {
    let mut reader = Given::default();
    only(&mut reader, body, &["kind", "stage", "object", "changes", "signed_on", "effective_on"]);
    let part = |name: &str| body.get(name).unwrap_or(&Value::Null);
    let object = reader.text("object", part("object"), super::reading::OBJECT_MAX);
    let after = changes(&mut reader, part("changes"));
    let (signed_on, effective_on) = (reader.day("signed_on", part("signed_on")), reader.day("effective_on", part("effective_on")));
    if object.is_empty() && after.is_empty() {
        reader.errors.add("object", "Dites ce que l’avenant change.");
    }
    amendable(&mut reader, &after);
    reader.errors.into_result()?;
    let now = convention.standing(effective_on.or(signed_on).unwrap_or(today)).fields;
    let read = world.read_amended(&after, now.clone()).map_err(in_changes)?;
    let internal = |error: serde_json::Error| Error::Internal(error.to_string());
    let (was, is) = (serde_json::to_value(now).map_err(internal)?, serde_json::to_value(read).map_err(internal)?);
    let changes = after.keys().map(|field| Change { field: field.clone(), before: was[field].clone(), after: is[field].clone() }).collect();
    Ok(Content::Avenant { stage: AvenantStage::Draft, object, changes, signed_on, effective_on, signed_file: None })
}

fn amendable(reader: &mut Given, after: &Map<String, Value>) {
    for name in after.keys().filter(|name| !AMENDABLE.contains(&name.as_str())) {
        reader.errors.add(&format!("changes.{name}"), format!("Un avenant ne change pas « {} ».", excerpt(name)));
    }
}

/// What [`replayed`] reads of an act.
pub fn told(content: &Content) -> Value {
    let mut told = serde_json::to_value(content).unwrap_or_default();
    if let Some(object) = told.as_object_mut() {
        object.retain(|name, _| !["signed_file", "former_term", "notice_by", "is_late"].contains(&name.as_str()));
        if content.stage() != AvenantStage::Draft {
            object.remove("stage");
        }
        if content.kind() == ActKind::Denonciation {
            object.remove("effective_on");
        }
        for change in object.get_mut("changes").and_then(Value::as_array_mut).into_iter().flatten().filter_map(Value::as_object_mut) {
            change.remove("before");
        }
    }
    told
}

/// What a reader of the API is given of any act.
const COMPUTED: [&str; 5] = ["id", "number", "remark", "at", "author"];

/// An act cannot be added at this stage; the message stands beside the act that was chosen.
fn not_now(kind: ActKind, convention: &Convention) -> Error {
    let stage = convention.life.stage.label().to_lowercase();
    Error::field(
        "kind",
        match kind {
            ActKind::Signature => format!("Une signature s’enregistre à l’étape de signature ; la convention est à l’étape « {stage} »."),
            _ => format!("Cet acte ne vaut que pour une convention signée ; celle-ci est à l’étape « {stage} »."),
        },
    )
}

fn kept(conn: &mut Conn, by: By<'_>, today: Day, convention: Convention, act: Act, is_new: bool) -> Result<Recorded> {
    let id = convention.id.clone();
    let mut acts: Vec<Act> = convention.acts.iter().filter(|other| other.id != act.id).cloned().collect();
    acts.push(act.clone());
    acts.sort_by_key(|act| act.number);
    let next = Convention { acts, ..convention };
    written(conn, by, &next, today, &Event::ConventionActed { id: &id, act: &act.id, kind: act.content.kind(), stage: act.content.stage() })?;
    if is_new {
        store::add_act(conn, by, &id, &act)?
    } else {
        store::update_act(conn, &act)?
    }
    Ok(Recorded { convention: store::find(conn, &id)?, act })
}

/// `{"partner", "signed_on", "signed_file"}`. Without a `partner` at all: everybody who has not signed.
pub fn signing(body: &Map<String, Value>, world: &World) -> Result<Signing, FieldErrors> {
    let mut reader = Given::default();
    let partner = body.get("partner").map(|value| party_of(&mut reader, value, world));
    let part = |name: &str| body.get(name).unwrap_or(&Value::Null);
    let signed_on = reader.day("signed_on", part("signed_on"));
    let signed_file = file_of(&mut reader, part("signed_file"));
    only(&mut reader, body, &["kind", "version", "partner", "signed_on", "signed_file", "comment"]);
    reader.errors.into_result().map(|()| Signing { partner, signed_on, signed_file })
}

/// A party, by its identifier or external identifier; null is the Département.
fn party_of(reader: &mut Given, value: &Value, world: &World) -> Option<String> {
    let said = reader.line("partner", value);
    let found = world.directory.partners.get(&said).cloned();
    if found.is_none() && !said.is_empty() {
        reader.errors.add("partner", format!("« {} » n’est pas un partenaire connu.", excerpt(&said)));
    }
    found
}

fn only(reader: &mut Given, body: &Map<String, Value>, known: &[&str]) {
    for name in body.keys().filter(|name| !known.contains(&name.as_str())) {
        reader.unknown(name);
    }
}

/// Named by the field that gives it: not to come, nor before the convention was signed.
fn check_day(errors: &mut FieldErrors, field: &str, day: Option<Day>, convention: &Convention, today: Day) {
    let Some(day) = day else { return };
    if day > today {
        errors.add(field, format!("Le {} n’est pas encore venu\u{a0}: donnez la date d’aujourd’hui ou une date passée.", day.in_figures()));
    }
    if let Some(signed) = convention.fields.last_signature().filter(|signed| day < *signed) {
        errors.add(field, format!("Le {} est avant la signature de la convention ({}).", day.in_figures(), signed.in_figures()));
    }
}

/// What has ended binds nobody any more.
fn check_alive(errors: &mut FieldErrors, field: &str, standing: &Standing) {
    if let Some(end) = standing.situation.filter(|end| !end.is_in_force() && *end != Situation::Upcoming) {
        let said = format!("Le {}, la convention n’est plus en vigueur : elle est « {} ».", standing.on.in_figures(), end.label().to_lowercase());
        errors.add(field, said);
    }
}

fn reconduction(convention: &Convention, today: Day, body: &Map<String, Value>) -> Result<Content> {
    let mut reader = Given::default();
    only(&mut reader, body, &["kind", "version", "decided_on", "ends_on"]);
    let decided_on = needed_day(&mut reader, body, "decided_on");
    let given = reader.day("ends_on", body.get("ends_on").unwrap_or(&Value::Null));
    check_day(&mut reader.errors, "decided_on", decided_on, convention, today);
    reader.errors.clone().into_result()?;
    let decided_on = decided_on.unwrap_or(today);
    let standing = convention.standing(decided_on);
    let errors = &mut reader.errors;
    let Some(former_term) = standing.fields.ends_on.filter(|_| standing.fields.renewal.kind == RenewalKind::Express) else {
        return Err(Error::field("kind", "La convention ne prévoit pas de reconduction expresse : un avenant peut la prolonger."));
    };
    check_alive(errors, "decided_on", &standing);
    if standing.situation == Some(Situation::TerminationPending) {
        errors.add("kind", "Sa fin est déjà annoncée : elle ne se reconduit plus.");
    }
    let before = convention.acts.iter().filter(|act| act.content.kind() == ActKind::Reconduction).count();
    if standing.fields.renewal.max.is_some_and(|max| usize::try_from(max).is_ok_and(|max| before >= max)) {
        errors.add("kind", format!("Elle a déjà été reconduite {before} fois : c’est tout ce qu’elle prévoit."));
    }
    let ends_on = given.or(standing.renewed_until());
    match ends_on {
        None => errors.add("ends_on", "Donnez le nouveau terme."),
        Some(day) if day <= former_term => {
            errors.add("ends_on", format!("Le nouveau terme ({}) doit être après l’ancien ({}).", day.in_figures(), former_term.in_figures()));
        }
        Some(_) => {}
    }
    reader.errors.into_result()?;
    Ok(Content::Reconduction { decided_on, former_term, ends_on: ends_on.unwrap_or(former_term) })
}

/// What a dénonciation comes to, before it is recorded or as it is.
pub(super) fn denonciation(world: &World, convention: &Convention, today: Day, body: &Map<String, Value>) -> Result<Content> {
    let mut reader = Given::default();
    only(&mut reader, body, &["kind", "version", "partner", "notified_on", "note"]);
    let part = |name: &str| body.get(name).unwrap_or(&Value::Null);
    let partner = party_of(&mut reader, part("partner"), world);
    let note = reader.text("note", part("note"), TEXT_MAX);
    let notified_on = needed_day(&mut reader, body, "notified_on");
    check_day(&mut reader.errors, "notified_on", notified_on, convention, today);
    reader.errors.clone().into_result()?;
    let notified_on = notified_on.unwrap_or(today);
    let standing = convention.standing(notified_on);
    if standing.fields.parties.iter().all(|party| party.partner != partner) && partner.is_some() {
        reader.errors.add("partner", "Ce partenaire n’est pas une des parties de la convention.");
    }
    check_alive(&mut reader.errors, "notified_on", &standing);
    if convention.acts.iter().any(|act| act.content.kind() == ActKind::Denonciation) {
        reader.errors.add("kind", "La convention est déjà dénoncée.");
    }
    reader.errors.into_result()?;
    let denounced = standing.denounced(notified_on).map_err(|late| {
        let (by, term) = (late.notice_by.in_figures(), late.term.in_figures());
        Error::field(
            "notified_on",
            format!("Le dernier jour de préavis était le {by} et aucun terme ne suit : la convention s’éteint d’elle-même le {term}."),
        )
    })?;
    let (effective_on, notice_by, is_late) = (denounced.effective_on, denounced.notice_by, denounced.is_late);
    Ok(Content::Denonciation { partner, notified_on, effective_on, notice_by, is_late, note })
}

fn resiliation(convention: &Convention, today: Day, body: &Map<String, Value>) -> Result<Content> {
    let mut reader = Given::default();
    only(&mut reader, body, &["kind", "version", "ground", "notified_on", "effective_on"]);
    let ground = reader.text("ground", body.get("ground").unwrap_or(&Value::Null), TEXT_MAX);
    if ground.is_empty() {
        reader.errors.add("ground", "Dites pourquoi elle est résiliée.");
    }
    let notified_on = needed_day(&mut reader, body, "notified_on");
    let effective_on = needed_day(&mut reader, body, "effective_on");
    check_day(&mut reader.errors, "notified_on", notified_on, convention, today);
    if let (Some(notified), Some(effective)) = (notified_on, effective_on)
        && effective < notified
    {
        let said =
            format!("La résiliation ne peut pas prendre effet ({}) avant d’être notifiée ({}).", effective.in_figures(), notified.in_figures());
        reader.errors.add("effective_on", said);
    }
    if let Some(notified) = notified_on {
        check_alive(&mut reader.errors, "notified_on", &convention.standing(notified));
    }
    if convention.acts.iter().any(|act| act.content.kind() == ActKind::Resiliation) {
        reader.errors.add("kind", "La convention est déjà résiliée.");
    }
    reader.errors.into_result()?;
    let (notified_on, effective_on) = (notified_on.unwrap_or(today), effective_on.unwrap_or(today));
    Ok(Content::Resiliation { ground, notified_on, effective_on })
}

/// The signed file that an avenant is given is one of its convention's documents.
fn joined(conn: &mut Conn, convention: &Convention, content: &Content, body: &Map<String, Value>) -> Result<()> {
    match content {
        Content::Avenant { signed_file: Some(sha256), .. } if body.contains_key("signed_file") => files::is_joined(conn, &convention.id, sha256),
        _ => Ok(()),
    }
}

/// What an avenant says, over what it said while it was a draft. Signed when it says so, or gives the day; signed, what it changes is
/// compared with the convention as it stands on the day when it takes effect.
fn avenant(world: &World, today: Day, convention: &Convention, draft: Option<&Content>, body: &Map<String, Value>) -> Result<Content> {
    let (mut object, mut after, mut signed_on, mut effective_on, mut signed_file) = (String::new(), Map::new(), None, None, None);
    if let Some(Content::Avenant { object: said, changes, signed_on: day, effective_on: from, signed_file: file, .. }) = draft {
        (object, signed_on, effective_on, signed_file) = (said.clone(), *day, *from, file.clone());
        after = changes.iter().map(|change| (change.field.clone(), change.after.clone())).collect();
    }
    let mut reader = Given::default();
    only(&mut reader, body, &["kind", "version", "stage", "object", "changes", "signed_on", "effective_on", "signed_file"]);
    for (name, value) in body {
        match name.as_str() {
            "object" => object = reader.text(name, value, super::reading::OBJECT_MAX),
            "changes" => after = changes(&mut reader, value),
            "signed_on" => signed_on = reader.day(name, value),
            "effective_on" => effective_on = reader.day(name, value),
            "signed_file" => signed_file = file_of(&mut reader, value),
            _ => {}
        }
    }
    let stage =
        reader.code("stage", body.get("stage").unwrap_or(&Value::Null), AvenantStage::parse).filter(|stage| *stage != AvenantStage::Abandoned);
    let stage = stage.unwrap_or(if signed_on.is_some() { AvenantStage::Signed } else { AvenantStage::Draft });
    let is_signed = stage == AvenantStage::Signed;
    if is_signed && signed_on.is_none() && reader.errors.of("signed_on").is_none() {
        reader.errors.add("signed_on", "Dites quand il a été signé.");
    }
    if object.is_empty() && after.is_empty() {
        reader.errors.add("object", "Dites ce que l’avenant change.");
    }
    check_day(&mut reader.errors, "signed_on", signed_on, convention, today);
    let effective = effective_on.or(signed_on).unwrap_or(today);
    if let Some(signed) = convention.fields.last_signature().filter(|signed| effective < *signed) {
        reader.errors.add("effective_on", format!("Un avenant ne prend pas effet avant la signature de la convention ({}).", signed.in_figures()));
    }
    let standing = convention.standing(effective);
    check_alive(&mut reader.errors, "effective_on", &standing);
    amendable(&mut reader, &after);
    reader.errors.into_result()?;
    let mut read = world.read_amended(&after, standing.fields.clone()).map_err(in_changes)?;
    if let Some(day) = signed_on {
        // Who joins by an avenant signs it.
        for party in &mut read.parties {
            party.signed_on = party.signed_on.or(Some(day));
        }
    }
    let changes = differences(&standing.fields, &read)?;
    if let Some(name) = after.keys().find(|name| changes.iter().all(|change| change.field != **name)) {
        return Err(Error::field(&format!("changes.{name}"), "C’est déjà ce que dit la convention ce jour-là."));
    }
    let effective_on = if is_signed { Some(effective) } else { effective_on };
    Ok(Content::Avenant { stage, object, changes, signed_on, effective_on, signed_file })
}

/// `{"ends_on": "2027-06-30"}`, or `[{"field": "ends_on", "after": "2027-06-30"}]` as it is given back.
fn changes(reader: &mut Given, value: &Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields.clone(),
        _ => {
            let items = reader.array("changes", value);
            let named = |item: &Value| Some((item.get("field")?.as_str()?.to_owned(), item.get("after")?.clone()));
            let read: Map<String, Value> = items.iter().filter_map(named).collect();
            if read.len() < items.len() {
                reader.errors.add("changes", "Chaque changement dit son champ (« field ») et sa nouvelle valeur (« after »), une fois.");
            }
            read
        }
    }
}

fn in_changes(errors: FieldErrors) -> Error {
    let mut named = FieldErrors::default();
    for (field, message) in errors.iter() {
        named.add(&format!("changes.{field}"), message);
    }
    Error::Invalid(named)
}

fn differences(before: &ConventionFields, after: &ConventionFields) -> Result<Vec<Change>> {
    let internal = |error: serde_json::Error| Error::Internal(error.to_string());
    let (was, is) = (serde_json::to_value(before).map_err(internal)?, serde_json::to_value(after).map_err(internal)?);
    let changed = versions::differing(&before.sorted(), &after.sorted());
    Ok(changed.into_iter().map(|field| Change { before: was[&field].clone(), after: is[&field].clone(), field }).collect())
}

/// A draft avenant of a convention, over the version of the convention that was read.
fn draft(conn: &mut Conn, by: By<'_>, today: Day, id: &ConventionId, version: i32, act: &ActId) -> Result<(Convention, Act)> {
    let convention = movable(conn, by, today, id, version, Verb::Record)?;
    let act = convention.acts.iter().find(|other| other.id == *act).cloned().ok_or(Error::NotFound)?;
    match act.content {
        Content::Avenant { stage: AvenantStage::Draft, .. } => Ok((convention, act)),
        _ => Err(Error::Refused("Un acte fait ne change plus : seul un avenant en préparation se modifie.".into())),
    }
}

/// Writes a draft avenant again, or signs it when `body` says so.
pub fn amend(conn: &mut Conn, by: By<'_>, today: Day, id: &ConventionId, version: i32, act: &ActId, body: &Map<String, Value>) -> Result<Recorded> {
    let (convention, act) = draft(conn, by, today, id, version, act)?;
    let content = avenant(&World::load(conn)?, today, &convention, Some(&act.content), body)?;
    joined(conn, &convention, &content, body)?;
    kept(conn, by, today, convention, Act { content, ..act }, false)
}

/// Gives up a draft avenant.
pub fn abandon(conn: &mut Conn, by: By<'_>, today: Day, id: &ConventionId, version: i32, act: &ActId) -> Result<Recorded> {
    let (convention, mut act) = draft(conn, by, today, id, version, act)?;
    if let Content::Avenant { stage, .. } = &mut act.content {
        *stage = AvenantStage::Abandoned;
    }
    kept(conn, by, today, convention, act, false)
}
