//! The rows of a file of conventions, checked against each other and against what is here: a row may replace the convention of another one.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde_json::{Map, Value};

use super::acts::{is_draft, replayed, told};
use super::importing::{Checked, said, within};
use super::model::{AGREED, Act, Content, ConventionFields, Life, RenewalKind, Stage, checks};
use super::policy::{self, Subject};
use super::reading::Named;
use super::service::{base_for, not_yours, past_signatures, to_complete, untold};
use super::store::{self, Convention, Derived, Name};
use super::world::{World, responsible};
use super::{labels, reading};
use crate::accounts::model::{Actor, Viewer};
use crate::actions;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::kernel::given::Given;
use crate::kernel::ids::{AccountId, ActId, ActionId, ConventionId};
use crate::kernel::text::excerpt;
use crate::kernel::{Day, FieldErrors, Moment};
use crate::versions;

/// Actions looked for at once.
const ASKED: usize = 400;

/// A convention that a row names: one that is here, or that of another line, still to be written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Target {
    Here(String),
    Line(u64),
}

/// What the rows of a file may name, looked up once for all of them.
#[derive(Default)]
pub struct Around {
    conventions: HashMap<String, Convention>,
    names: HashMap<String, Name>,
    readable: HashSet<String>,
    by_external_id: HashMap<String, String>,
    by_number: HashMap<String, String>,
    /// What rows bring that is not here, by the external identifier or the number that they give it.
    brought: HashMap<String, u64>,
    /// What each row's convention replaces, and each that is here.
    replaces: HashMap<Target, Target>,
    named: Named,
    /// Actions that there are, whoever sees them.
    actions: BTreeSet<String>,
    addresses: BTreeMap<String, String>,
}

impl Around {
    pub fn load<'r>(
        conn: &mut Conn,
        actor: &Actor,
        departement: &str,
        rows: impl Iterator<Item = (u64, &'r Map<String, Value>)> + Clone,
    ) -> Result<Self> {
        let viewer = Viewer(Some(actor.clone()));
        let mut around = Self::default();
        for name in store::names(conn)? {
            let id = name.id.to_string();
            around.by_external_id.extend(name.external_id.clone().map(|external_id| (external_id, id.clone())));
            around.by_number.extend(name.number.clone().map(|number| (number, id.clone())));
            around.replaces.extend(name.replaces.as_ref().map(|other| (Target::Here(id.clone()), Target::Here(other.to_string()))));
            around.names.insert(id, name);
        }
        around.readable = store::all_readable(conn, &viewer, departement)?.into_iter().map(|id| id.to_string()).collect();
        let mut existing: Vec<ConventionId> = Vec::new();
        for (line, given) in rows.clone() {
            match around.existing(given) {
                Ok(Some(id)) => existing.extend(ConventionId::parse(&id)),
                Ok(None) => {
                    let names = ["id", "external_id", "number"].into_iter().filter_map(|field| said(given.get(field)));
                    for name in names {
                        around.brought.entry(name).or_insert(line);
                    }
                }
                Err(_) => {}
            }
        }
        for some in existing.chunks(ASKED) {
            around.conventions.extend(store::by_ids(conn, some)?.into_iter().map(|one| (one.id.to_string(), one)));
        }
        around.load_actions(conn, &viewer, rows.clone())?;
        around.load_people(conn, rows.clone())?;
        for (line, given) in rows {
            if let (Some(own), Some(said)) = (around.own(line, given), given.get("replaces")) {
                match self::said(Some(said)).and_then(|said| around.target(&said)) {
                    Some(other) => drop(around.replaces.insert(own, other)),
                    None => drop(around.replaces.remove(&own)),
                }
            }
        }
        Ok(around)
    }

    fn load_actions<'r>(&mut self, conn: &mut Conn, viewer: &Viewer, rows: impl Iterator<Item = (u64, &'r Map<String, Value>)>) -> Result<()> {
        let mut wanted: BTreeSet<String> = rows.flat_map(|(_, given)| reading::said(given, "actions")).collect();
        wanted.extend(self.conventions.values().flat_map(|one| one.fields.actions.iter().cloned()));
        for some in wanted.into_iter().collect::<Vec<_>>().chunks(ASKED) {
            let ids: Vec<ActionId> = some.iter().filter_map(|text| ActionId::parse(text)).collect();
            let found: Vec<ActionId> = actions::importing::named(conn, &ids, some)?.into_iter().map(|action| action.id).collect();
            self.actions.extend(found.iter().map(ToString::to_string));
            for action in actions::exporting::readable(conn, viewer, &found)? {
                let id = action.id.to_string();
                self.named.actions.extend(action.fields.external_id.map(|external_id| (external_id, id.clone())));
                self.named.actions.insert(id.clone(), id);
            }
        }
        Ok(())
    }

    fn load_people<'r>(&mut self, conn: &mut Conn, rows: impl Iterator<Item = (u64, &'r Map<String, Value>)>) -> Result<()> {
        let mut wanted: BTreeSet<String> = rows.filter_map(|(_, given)| said(given.get("responsible"))).collect();
        wanted.extend(self.conventions.values().filter_map(|one| one.fields.responsible.clone()));
        for said in wanted {
            if let Some(account) = responsible(conn, &said)? {
                let id = account.id.to_string();
                self.named.accounts.insert(said, id.clone());
                self.addresses.insert(id, account.email);
            }
        }
        Ok(())
    }

    /// The identifier of the convention that a row names, if it is here.
    fn existing(&self, given: &Map<String, Value>) -> Result<Option<String>, String> {
        let by_id = said(given.get("id")).filter(|id| self.names.contains_key(id));
        let external = said(given.get("external_id"));
        let by_external = external.as_ref().and_then(|external| self.by_external_id.get(external)).cloned();
        match (by_id, by_external, external) {
            (Some(one), Some(other), Some(external)) if one != other => {
                Err(format!("« {} » est déjà l’identifiant d’une autre convention que celle de ce numéro.", excerpt(&external)))
            }
            (by_id, by_external, _) => Ok(by_id.or(by_external)),
        }
    }

    fn own(&self, line: u64, given: &Map<String, Value>) -> Option<Target> {
        self.existing(given).ok().map(|existing| existing.map_or(Target::Line(line), Target::Here))
    }

    /// The convention of an identifier, an external identifier or a number: one that is here and readable, or one of the file.
    fn target(&self, said: &str) -> Option<Target> {
        let here = self.names.get_key_value(said).map(|(id, _)| id).or(self.by_external_id.get(said)).or(self.by_number.get(said));
        match here.filter(|id| self.readable.contains(*id)) {
            Some(id) => Some(Target::Here(id.clone())),
            None => self.brought.get(said).copied().map(Target::Line),
        }
    }

    /// Does a convention come back to itself by what it replaces?
    fn comes_back(&self, own: &Target) -> bool {
        let (mut next, mut seen) = (self.replaces.get(own), HashSet::new());
        while let Some(target) = next.filter(|target| seen.insert(*target)) {
            if target == own {
                return true;
            }
            next = self.replaces.get(target);
        }
        false
    }

    /// A convention's fields as people read them: other records by what names them.
    pub fn shown(&self, fields: &ConventionFields) -> ConventionFields {
        let named = |id: String| match self.names.get(&id) {
            Some(name) => name.external_id.clone().or(name.number.clone()).unwrap_or(id),
            None => id,
        };
        ConventionFields {
            responsible: fields.responsible.clone().map(|id| self.addresses.get(&id).cloned().unwrap_or(id)),
            replaces: fields.replaces.clone().map(named),
            ..fields.clone()
        }
    }

    /// Checks one row.
    pub fn check(&self, actor: &Actor, world: &World, today: Day, line: u64, mut given: Map<String, Value>) -> Result<Checked, FieldErrors> {
        let mut errors = FieldErrors::default();
        let existing = self.existing(&given).unwrap_or_else(|message| {
            errors.add("external_id", message);
            None
        });
        let existing = existing.and_then(|id| self.conventions.get(&id)).cloned();
        let own = existing.as_ref().map_or(Target::Line(line), |one| Target::Here(one.id.to_string()));
        let id = id_of(given.remove("id"), &mut errors);
        let mut reader = Given::default();
        let signed_on = reader.day("signed_on", &given.remove("signed_on").unwrap_or_default());
        let stage = stage_of(&mut reader, given.remove("stage"), signed_on, existing.as_ref());
        let number = self.number(&mut reader, &given.remove("number").unwrap_or_default(), stage, existing.as_ref());
        let replaces = given.remove("replaces").map(|value| self.replaced(&mut reader, &value));
        let acts = given.remove("acts").unwrap_or_default();
        let reason = reader.text("reason", &given.remove("reason").unwrap_or_default(), reading::OBJECT_MAX);
        prepared(&mut reader, &mut given, existing.as_ref());
        errors.extend(reader.errors);

        let base = existing.as_ref().map_or_else(|| base_for(actor, &world.instance.departement), |one| one.fields.clone());
        let with_signatures = match &existing {
            Some(one) => one.is_existing && stage == Stage::Signed,
            None => matches!(stage, Stage::Signing | Stage::Signed | Stage::Abandoned),
        };
        let mut fields = match world.read_named(&given, base.clone(), &self.named, with_signatures) {
            Ok(fields) => fields,
            Err(wrong) => {
                errors.extend(wrong);
                return Err(errors);
            }
        };
        // Who writes the list of actions without seeing all of them takes none away unseen.
        let hidden = base.actions.iter().filter(|id| self.actions.contains(*id) && !self.named.actions.contains_key(*id));
        let hidden: Vec<String> = hidden.filter(|id| !fields.actions.contains(id)).cloned().collect();
        fields.actions.extend(hidden);
        let mut replaces_line = None;
        match replaces {
            Some(Some(Target::Here(id))) => fields.replaces = Some(id),
            Some(Some(Target::Line(line))) => replaces_line = Some(line),
            Some(None) => fields.replaces = None,
            None => {}
        }
        if self.comes_back(&own) {
            errors.add("replaces", "Une convention ne se remplace pas elle-même, ni par d’autres.");
        }
        if with_signatures {
            for party in &mut fields.parties {
                party.signed_on = party.signed_on.or(signed_on);
            }
            if let Err(Error::Invalid(wrong)) = past_signatures(&fields, today) {
                errors.extend(wrong);
            }
        }
        match &existing {
            Some(one) => may_change(&mut errors, one, &fields, number != one.number, &reason, today),
            None if matches!(stage, Stage::InReview | Stage::ToSign | Stage::Signing) => errors.extend(checks::missing(&fields)),
            None => {}
        }
        let subject = |fields: &ConventionFields| policy::may_write(actor, &Subject::of(fields, stage, &world.instance.departement));
        if !subject(&fields) || existing.as_ref().is_some_and(|one| !subject(&one.standing(today).fields)) {
            errors.add("territories", not_yours(fields.level).to_string());
        }
        errors.into_result()?;

        let mut after = existing.clone().unwrap_or_else(|| blank(stage));
        after.fields = fields.clone();
        let mut added = untold(&fields, &after.acts);
        added.extend(added_acts(world, &after, &acts, today)?);
        after.acts.extend(numbered(&added));
        let missing = match stage {
            Stage::Signed => checks::to_complete(&after.standing(today).fields, stage, after.signed_file.is_some()),
            _ => FieldErrors::default(),
        };
        Ok(Checked { line, id, fields, number, stage, acts: added, reason, replaces_line, existing, missing })
    }

    fn number(&self, reader: &mut Given, value: &Value, stage: Stage, existing: Option<&Convention>) -> Option<String> {
        let number = Some(reader.line("number", value)).filter(|number| !number.is_empty());
        let was = existing.and_then(|one| one.number.clone());
        let Some(said) = &number else {
            if existing.is_none() && matches!(stage, Stage::ToSign | Stage::Signing) {
                reader.errors.add("number", "À cette étape, une convention a son numéro.");
            }
            return was;
        };
        let is_own = |id: &String| existing.is_some_and(|one| one.id.as_str() == id);
        if self.by_number.get(said).is_some_and(|id| !is_own(id)) {
            reader.errors.add("number", format!("Le numéro « {} » est déjà celui d’une autre convention.", excerpt(said)));
        } else if said.chars().count() > 60 {
            reader.errors.add("number", "Un numéro a 60 caractères au plus.");
        } else if number != was && existing.is_some_and(|one| !one.is_existing) {
            reader.errors.add("number", "Le numéro est donné à la validation et ne change plus.");
        } else if existing.is_none() && matches!(stage, Stage::Draft | Stage::InReview | Stage::ToCorrect) {
            let message = "Le numéro est donné à la validation. Si la convention est déjà signée, dites quand (« Signée le »).";
            reader.errors.add("number", message);
        }
        number
    }

    fn replaced(&self, reader: &mut Given, value: &Value) -> Option<Target> {
        let said = reader.line("replaces", value);
        if said.is_empty() {
            return None;
        }
        let found = self.target(&said);
        if found.is_none() {
            reader
                .errors
                .add("replaces", format!("« {} » n’est le numéro ni l’identifiant d’aucune convention, ici ou dans le fichier.", excerpt(&said)));
        }
        found
    }
}

fn id_of(given: Option<Value>, errors: &mut FieldErrors) -> Option<ConventionId> {
    let said = said(given.as_ref())?;
    let id = ConventionId::parse(&said);
    if id.is_none() {
        let message = "« {} » n’est pas un numéro de Trait d’union. S’il est le vôtre, donnez à sa colonne le titre « Identifiant externe ».";
        errors.add("id", message.replace("{}", &excerpt(&said)));
    }
    id
}

/// The stage that a row gives; without it, signed once a day of signature is given.
fn stage_of(reader: &mut Given, given: Option<Value>, signed_on: Option<Day>, existing: Option<&Convention>) -> Stage {
    let said = reader.code("stage", &given.unwrap_or_default(), Stage::parse);
    let now = existing.map(|one| one.life.stage);
    let stage = said.or(now).unwrap_or(if signed_on.is_some() { Stage::Signed } else { Stage::Draft });
    if let Some(now) = now.filter(|now| *now != stage) {
        let message =
            format!("La convention de cet identifiant est ici à l’étape « {} » : elle en change par sa page, pas par un fichier.", now.label());
        reader.errors.add("stage", message);
    } else if signed_on.is_some() && stage != Stage::Signed {
        let message =
            format!("Une convention à l’étape « {} » n’est pas encore signée : videz ce jour, ou donnez l’étape « Signée ».", stage.label());
        reader.errors.add("signed_on", message);
    }
    stage
}

/// What a table leaves unsaid: an empty effect follows from the first day, and parts of a renewal that have no column stay.
fn prepared(reader: &mut Given, given: &mut Map<String, Value>, existing: Option<&Convention>) {
    if given.get("effect").is_some_and(Value::is_null) {
        given.remove("effect");
    }
    let Some(Value::Object(renewal)) = given.get_mut("renewal") else { return };
    if let Some(Ok(Value::Object(before))) = existing.map(|one| serde_json::to_value(&one.fields.renewal)) {
        for (name, value) in before {
            renewal.entry(name).or_insert(value);
        }
    }
    let is_said = |name: &str| renewal.get(name).is_some_and(|value| !value.is_null() && value != "");
    let is_none = !is_said("kind") || renewal.get("kind").and_then(Value::as_str) == Some(RenewalKind::None.as_str());
    if is_none && (is_said("period_months") || is_said("max")) {
        reader.errors.add("renewal.kind", "Dites si la reconduction est tacite ou expresse, ou videz sa période et son nombre.");
    }
}

/// What a file may not change of a convention that is here.
fn may_change(errors: &mut FieldErrors, existing: &Convention, fields: &ConventionFields, is_renumbered: bool, reason: &str, today: Day) {
    let changed = versions::differing(&existing.fields.sorted(), &fields.sorted());
    if existing.life.stage == Stage::Abandoned && (is_renumbered || !changed.is_empty()) {
        errors.add("external_id", "Une convention abandonnée ne se modifie plus. Reprenez-la d’abord en brouillon.");
    }
    let amended = versions::differing(&existing.fields, &existing.standing(today).fields);
    let missing = to_complete(existing, today);
    for field in &changed {
        if amended.contains(field) {
            let message = "Un avenant ou une reconduction a changé ce champ depuis la signature : un nouvel avenant peut le changer encore.";
            errors.add(field, message);
        } else if AGREED.contains(&field.as_str()) && existing.life.stage == Stage::Signing {
            errors.add(field, "La convention est en signature : son texte ne change plus.");
        } else if AGREED.contains(&field.as_str()) && existing.life.stage == Stage::Signed && reason.is_empty() && missing.of(field).is_none() {
            let message = "Une convention signée change par un avenant. Pour corriger une erreur de saisie, dites-la dans la colonne « Motif de la correction » (reason).";
            errors.add(field, message);
        }
    }
    if !changed.is_empty() && matches!(existing.life.stage, Stage::InReview | Stage::ToSign | Stage::Signing) {
        errors.extend(checks::missing(fields));
    }
}

/// A convention before its row says anything of it.
fn blank(stage: Stage) -> Convention {
    Convention {
        id: ConventionId::after(""),
        number: None,
        fields: ConventionFields::default(),
        life: Life::new(stage),
        is_existing: stage == Stage::Signed,
        signed_file: None,
        version: 0,
        author_id: None::<AccountId>,
        author_name: String::new(),
        created_at: Moment::from_micros(0),
        updated_at: Moment::from_micros(0),
        acts: Vec::new(),
        successors: Vec::new(),
        stored: Derived::default(),
    }
}

/// Acts as they would stand, to judge what comes after them.
fn numbered(contents: &[Content]) -> impl Iterator<Item = Act> + '_ {
    let act = |(number, content): (i32, &Content)| {
        let id = ActId::after(&number.to_string());
        Act { id, number, content: content.clone(), author: String::new(), at: Moment::from_micros(0) }
    };
    (1_000_000..).zip(contents).map(act)
}

/// The acts that a row has beyond those that are recorded already, which it must tell as they are.
fn added_acts(world: &World, convention: &Convention, given: &Value, today: Day) -> Result<Vec<Content>, FieldErrors> {
    let mut reader = Given::default();
    let items = reader.array("acts", given).to_vec();
    let items = reader.bounded("acts", items);
    reader.errors.into_result()?;
    if !items.is_empty() && convention.life.stage != Stage::Signed {
        return Err(FieldErrors::one("acts", "Ces actes ne valent que pour une convention signée."));
    }
    let is_done = |act: &&Act| act.content.signer().is_none() && act.content.stage() == super::model::AvenantStage::Signed;
    let recorded: Vec<Act> = convention.acts.iter().filter(is_done).cloned().collect();
    let signatures = untold(&convention.fields, &[]);
    let mut so_far = Convention { acts: numbered(&signatures).collect(), ..convention.clone() };
    let (mut added, mut done) = (Vec::new(), 0);
    let push = |to: &mut Convention, content: &Content, place: usize| {
        let act = |act: Act| Act { number: act.number + 1_000 + i32::try_from(place).unwrap_or(0), ..act };
        to.acts.extend(numbered(std::slice::from_ref(content)).map(act));
    };
    for (place, item) in items.iter().filter(|item| item["kind"] != "signature").enumerate() {
        // What is in preparation here is written, signed or given up here.
        if is_draft(item) && convention.version > 0 {
            continue;
        }
        let what = format!("acte {}", place + 1);
        let body = item.as_object().ok_or_else(|| FieldErrors::one("acts", format!("{what}\u{a0}: un objet est attendu.")))?;
        let content = replayed(world, &so_far, today, body).map_err(|error| within("acts", &what, &error))?;
        let act = recorded.get(done).filter(|_| !is_draft(item));
        done += usize::from(!is_draft(item));
        match act {
            Some(act) if told(&act.content) != told(&content) => {
                return Err(FieldErrors::one(
                    "acts",
                    format!("{what}\u{a0}: ce n’est pas celui qui est enregistré ici. Un acte fait ne change plus."),
                ));
            }
            Some(act) => so_far.acts.push(act.clone()),
            None => {
                push(&mut so_far, &content, place);
                added.push(content);
            }
        }
    }
    if !given.is_null() && done < recorded.len() {
        return Err(FieldErrors::one("acts", "Des actes enregistrés ici manquent : un acte fait ne se retire pas. Videz ce champ pour les garder."));
    }
    Ok(added)
}

/// What people call a field that a convention lacks.
pub fn lacking(field: &str) -> &'static str {
    if field == "signed_file" { "Fichier signé" } else { labels::field(field) }
}
