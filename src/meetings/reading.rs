//! The one door by which the fields of a meeting or a body come in, from a form, the API or a file: parsed, bounded, or refused with the
//! reason beside the field.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};

use serde_json::{Map, Value};

use super::model::{AgendaItem, Aim, Approval, BodyFields, Contact, Kind, MeetingFields, Member, MemberRole, Quality, Registration, checks};
use super::world::{Named, World};
use crate::actions::model::SheetRef;
use crate::kernel::given::{Given, TEXT_MAX};
use crate::kernel::text::{excerpt, one_line};
use crate::kernel::time::{Wall, parse_time};
use crate::kernel::{Day, FieldErrors, Moment, Visibility, Zone};

const TITLE_MAX: usize = 250;
const SUMMARY_MAX: usize = 2_000;
pub const MOST_SEATS: i64 = 100_000;

/// Fields that a reader of the API is given and may send back: they say nothing new.
const READ_ONLY: [&str; 17] = [
    "id",
    "url",
    "stage",
    "uid",
    "sequence",
    "version",
    "created_at",
    "updated_at",
    "called_at",
    "author",
    "reason",
    "series_id",
    "decisions",
    "seats_left",
    "answers",
    "headcount",
    "missing",
];

pub struct Known<'a> {
    pub world: &'a World,
    pub named: &'a Named,
}

/// What the agenda of `given` names in one of its columns.
pub fn said_of_agenda(given: &Map<String, Value>, name: &str) -> Vec<String> {
    let items = given.get("agenda").and_then(Value::as_array).into_iter().flatten();
    items.filter_map(|item| Some(item.get(name)?.as_str()?.trim().to_owned())).filter(|said| !said.is_empty()).collect()
}

/// The people that `given` names by an address or an account.
pub fn said_of_people(given: &Map<String, Value>) -> Vec<String> {
    let members = given.get("members").and_then(Value::as_array).into_iter().flatten();
    let of_members = members.flat_map(|member| [member.get("account"), member.get("email")]);
    let said = of_members.chain([given.get("organiser")]).filter_map(|value| Some(value?.as_str()?.trim().to_owned()));
    said.filter(|said| !said.is_empty()).take(1_000).collect()
}

/// The fields of `given` over those of `base`: what is not given stays.
pub fn meeting(given: &Map<String, Value>, base: MeetingFields, known: &Known<'_>) -> Result<MeetingFields, FieldErrors> {
    let mut reader = Reader { given: Given::default(), known };
    let mut fields = base;
    for (name, value) in given {
        reader.meeting_field(&mut fields, name, value);
    }
    if reader.given.errors.is_empty() {
        reader.given.errors.extend(checks::check(&fields));
    }
    reader.given.errors.into_result().map(|()| fields)
}

pub fn body(given: &Map<String, Value>, base: BodyFields, known: &Known<'_>) -> Result<BodyFields, FieldErrors> {
    let mut reader = Reader { given: Given::default(), known };
    let mut fields = base;
    for (name, value) in given {
        reader.body_field(&mut fields, name, value);
    }
    if fields.name.is_empty() {
        reader.errors.add("name", "Donnez un nom à cette instance.");
    }
    if fields.territory.is_empty() {
        reader.errors.add("territory", "Choisissez le territoire de cette instance.");
    }
    if fields.members.iter().filter(|member| member.role == MemberRole::Chair).count() > 1 {
        reader.errors.add("members", "Une seule personne préside.");
    }
    reader.given.errors.into_result().map(|()| fields)
}

struct Reader<'a> {
    given: Given,
    known: &'a Known<'a>,
}

impl Deref for Reader<'_> {
    type Target = Given;

    fn deref(&self) -> &Given {
        &self.given
    }
}

impl DerefMut for Reader<'_> {
    fn deref_mut(&mut self) -> &mut Given {
        &mut self.given
    }
}

const NOTHING: Value = Value::Null;

impl Reader<'_> {
    fn meeting_field(&mut self, fields: &mut MeetingFields, name: &str, value: &Value) {
        let World { instance, atlas, .. } = self.known.world;
        match name {
            "external_id" => fields.external_id = Some(self.line(name, value)).filter(|id| !id.is_empty()),
            "title" => fields.title = one_line(&self.text(name, value, TITLE_MAX)),
            "body_id" => fields.body_id = self.one_of(name, value, "une instance", &self.known.world.bodies),
            "kind" => fields.kind = self.code(name, value, Kind::parse).unwrap_or(fields.kind),
            "summary" => fields.summary = self.text(name, value, SUMMARY_MAX),
            "starts_at" => fields.starts_at = self.moment(name, value),
            "ends_at" => fields.ends_at = self.moment(name, value),
            "place" => fields.place = self.line(name, value),
            "link" => fields.link = self.link(name, value),
            "territories" => fields.territories = self.codes(name, value, "territoire", |code| atlas.knows(code)),
            "themes" => fields.themes = self.codes(name, value, "thème", |code| instance.knows_theme(code)),
            "plan_sheets" => fields.plan_sheets = SheetRef::given_all(&mut self.given, name, value, &self.known.world.sheets),
            "capacity" => fields.capacity = self.whole(name, value, 1, MOST_SEATS),
            "registration" => fields.registration = self.code(name, value, Registration::parse).unwrap_or(fields.registration),
            "agenda" => fields.agenda = self.agenda(&fields.agenda, value),
            "reminder_days" => fields.reminder_days = self.days(name, value),
            "contact" => fields.contact = self.contact(value),
            "organiser" => fields.organiser = self.one_of(name, value, "l’adresse d’un agent", &self.known.named.accounts),
            "visibility" => fields.visibility = self.code(name, value, Visibility::parse).unwrap_or(fields.visibility),
            name if READ_ONLY.contains(&name) => {}
            name => self.unknown(name),
        }
    }

    fn body_field(&mut self, fields: &mut BodyFields, name: &str, value: &Value) {
        let atlas = &self.known.world.atlas;
        match name {
            "external_id" => fields.external_id = Some(self.line(name, value)).filter(|id| !id.is_empty()),
            "name" => fields.name = one_line(&self.text(name, value, TITLE_MAX)),
            "kind" => fields.kind = self.code(name, value, Kind::parse).unwrap_or(fields.kind),
            "territory" => {
                let codes = self.codes(name, value, "territoire", |code| atlas.knows(code));
                fields.territory = codes.into_iter().next().unwrap_or_default();
            }
            "purpose" => fields.purpose = self.text(name, value, SUMMARY_MAX),
            "rhythm" => fields.rhythm = self.line(name, value),
            "members" => fields.members = self.members(value),
            "notice_days" => fields.notice_days = self.whole(name, value, 0, 365).unwrap_or(fields.notice_days),
            "reminder_days" => fields.reminder_days = self.days(name, value),
            "approval" => fields.approval = self.code(name, value, Approval::parse).unwrap_or(fields.approval),
            "silence_days" => fields.silence_days = self.whole(name, value, 1, 365).unwrap_or(fields.silence_days),
            "sections" => fields.sections = self.lines(name, value),
            "is_closed" => fields.is_closed = self.yes(name, value),
            name if READ_ONLY.contains(&name) => {}
            name => self.unknown(name),
        }
    }

    /// An instant: as [`instant`] reads it, or an object with `day` and `time`.
    fn moment(&mut self, name: &str, value: &Value) -> Option<Moment> {
        let text = match value {
            Value::Object(parts) => {
                let part = |name: &str| parts.get(name).and_then(Value::as_str).unwrap_or_default().trim().to_owned();
                format!("{} {}", part("day"), part("time")).trim().to_owned()
            }
            value => self.line(name, value),
        };
        if text.is_empty() {
            return None;
        }
        instant(&self.known.world.zone, &text).map_err(|message| self.errors.add(name, message)).ok()
    }

    fn link(&mut self, name: &str, value: &Value) -> String {
        let text = self.line(name, value);
        if !text.is_empty() && !["https://", "http://"].iter().any(|scheme| text.len() > scheme.len() + 3 && text.starts_with(scheme)) {
            self.errors.add(name, "Un lien commence par https://.");
        }
        text
    }

    fn one_of(&mut self, name: &str, value: &Value, what: &str, known: &BTreeMap<String, String>) -> Option<String> {
        let said = self.line(name, value);
        if said.is_empty() {
            return None;
        }
        let found = known.get(&said).cloned();
        if found.is_none() {
            self.errors.add(name, format!("« {} » n’est pas {what} que nous connaissons.", excerpt(&said)));
        }
        found
    }

    fn agenda(&mut self, base: &[AgendaItem], value: &Value) -> Vec<AgendaItem> {
        let mut items: Vec<AgendaItem> = Vec::new();
        for item in self.array("agenda", value) {
            let Some(object) = self.object("agenda", item) else { continue };
            let part = |name: &str| object.get(name).unwrap_or(&NOTHING);
            let title = self.line("agenda", part("title"));
            let speaker = self.line("agenda", part("speaker"));
            if title.is_empty() {
                if !speaker.is_empty() {
                    self.errors.add("agenda", "Donnez un titre à chaque point de l’ordre du jour.");
                }
                continue;
            }
            let said = self.line("agenda", part("key"));
            // A key that is not this meeting's, or is said twice, names nothing.
            let is_known = base.iter().any(|known| known.key == said) && items.iter().all(|known| known.key != said);
            let plan_sheet = part("plan_sheet");
            items.push(AgendaItem {
                key: if is_known { said } else { String::new() },
                title,
                minutes: self.whole("agenda", part("minutes"), 1, 1_440),
                speaker,
                aim: self.code("agenda", part("aim"), Aim::parse).unwrap_or_default(),
                action: self.one_of("agenda", part("action"), "une action", &self.known.named.actions),
                convention: self.one_of("agenda", part("convention"), "une convention", &self.known.named.conventions),
                plan_sheet: if plan_sheet.is_object() {
                    SheetRef::given(&mut self.given, "agenda", plan_sheet, |sheet| self.known.world.sheets.contains(sheet))
                } else {
                    None
                },
            });
        }
        self.bounded("agenda", items)
    }

    /// How many days before a meeting its reminders leave, the earliest first.
    fn days(&mut self, name: &str, value: &Value) -> Vec<i32> {
        let given: Vec<Value> = match value {
            Value::String(text) => text.split([',', ';', ' ', '\n']).filter(|part| !part.is_empty()).map(|part| Value::from(part.trim())).collect(),
            value => self.array(name, value).to_vec(),
        };
        let mut days: Vec<i32> = given.iter().take(10).filter_map(|day| self.whole(name, day, 0, 90)).collect();
        days.sort_unstable_by(|one, other| other.cmp(one));
        days.dedup();
        days
    }

    fn contact(&mut self, value: &Value) -> Contact {
        let Some(object) = self.object("contact", value) else { return Contact::default() };
        let part = |name: &str| object.get(name).unwrap_or(&NOTHING);
        Contact { email: self.email("contact.email", part("email")), phone: self.phone("contact.phone", part("phone")) }
    }

    fn members(&mut self, value: &Value) -> Vec<Member> {
        let mut members: Vec<Member> = Vec::new();
        for item in self.array("members", value) {
            let Some(object) = self.object("members", item) else { continue };
            let part = |name: &str| object.get(name).unwrap_or(&NOTHING);
            let (name, email) = (self.line("members", part("name")), self.email("members", part("email")));
            let partner = self.one_of("members", part("partner"), "un partenaire", &self.known.world.partners);
            let said = self.line("members", part("account"));
            let account = self.known.named.accounts.get(&said).or_else(|| self.known.named.accounts.get(&email)).cloned();
            if name.is_empty() && email.is_empty() && partner.is_none() && said.is_empty() {
                continue;
            }
            if name.is_empty() && partner.is_none() && account.is_none() {
                self.errors.add("members", format!("Donnez le nom de « {} ».", excerpt(&email)));
            }
            if !email.is_empty() && members.iter().any(|known| known.email.eq_ignore_ascii_case(&email)) {
                self.errors.add("members", format!("« {} » est deux fois dans la liste.", excerpt(&email)));
                continue;
            }
            members.push(Member {
                name,
                email,
                function: self.line("members", part("function")),
                quality: self.code("members", part("quality"), Quality::parse).unwrap_or_default(),
                role: self.code("members", part("role"), MemberRole::parse).unwrap_or_default(),
                account,
                partner,
            });
        }
        self.bounded("members", members)
    }
}

/// An instant: RFC 3339, or a day and a time on the wall, as `2026-03-03T14:00`, `03/03/2026 14 h` or `3 mars 2026 à 14:00`. An hour that
/// comes twice is the first of the two.
pub fn instant(zone: &Zone, text: &str) -> Result<Moment, String> {
    let text = text.trim();
    if let Some(moment) = Moment::parse_rfc3339(text) {
        return Ok(moment);
    }
    let plain = text.replace(" à ", "T");
    // A day may have spaces in it, and a time too: each place is tried.
    let places = plain.match_indices([' ', '\u{a0}', 'T']).map(|(place, found)| (&plain[..place], &plain[place + found.len()..]));
    let Some((on, at)) = places.filter_map(|(day, time)| Some((Day::parse(day.trim())?, parse_time(time.trim())?))).next() else {
        return Err(format!("« {} » n’est pas un jour et une heure : écrivez par exemple 03/03/2026 et 14:00.", excerpt(text)));
    };
    match zone.wall(on, at) {
        Wall::Once(moment) | Wall::Twice(moment, _) => Ok(moment),
        Wall::Never => Err("Cette heure n’existe pas : cette nuit-là, on passe à l’heure d’été. Choisissez une heure plus tard.".into()),
    }
}

/// The text of a reason, bounded.
pub fn reason(value: &Value) -> Result<String, FieldErrors> {
    let mut given = Given::default();
    let text = given.text("reason", value, TEXT_MAX);
    given.errors.into_result().map(|()| text)
}
