//! The form of an announcement: what was sent, and its controls filled.

use serde_json::{Map, Value, json};

use crate::accounts::model::{Actor, Viewer};
use crate::announcements::model::{AnnouncementFields, Item, ItemKind, Kind, Side};
use crate::announcements::service::Announcement;
use crate::db::Conn;
use crate::error::Result;
use crate::http::fields::{self, Places};
use crate::http::forms::{Choice, Field, Form, choices};
use crate::instance::model::Instance;
use crate::kernel::ids::MeetingId;
use crate::kernel::text::unbroken;
use crate::kernel::{FieldErrors, Moment, Page, Zone};
use crate::meetings::bodies::{self, Body};
use crate::meetings::service::Meeting;
use crate::partners::model::OrganisationKind;
use crate::plans::service::SheetLine;
use crate::territories::model::Atlas;
use crate::{instance, meetings, plans, territories};

/// Meetings of so many days around today may present what is announced.
const AROUND_DAYS: i64 = 120;
/// Rows of a letter that are left to fill.
const SPARE_ROWS: usize = 2;
const MOST_FOUND: usize = 12;
const MOST_ROWS: usize = 200;

/// What the form chooses from.
pub struct Desk {
    pub instance: Instance,
    pub atlas: Atlas,
    bodies: Vec<Body>,
    sheets: Vec<SheetLine>,
    meetings: Vec<Meeting>,
    zone: Zone,
}

impl Desk {
    pub fn load(conn: &mut Conn, actor: &Actor, announcement: &Announcement, now: Moment, zone: Zone) -> Result<Self> {
        let viewer = Viewer(Some(actor.clone()));
        let around = meetings::service::Filter {
            from: Some(now.plus_days(-AROUND_DAYS)),
            until: Some(now.plus_days(AROUND_DAYS)),
            soonest_first: true,
            ..Default::default()
        };
        let mut found = meetings::service::list(conn, &viewer, &around, Page { number: 1, size: Page::LARGEST })?.items;
        let chosen = announcement.fields.meeting.as_deref().and_then(MeetingId::parse);
        if let Some(id) = chosen.filter(|id| found.iter().all(|meeting| meeting.id != *id)) {
            found.extend(meetings::service::find(conn, &viewer, &id).ok());
        }
        let mine = |body: &Body| !body.fields.is_closed && (actor.is_administrator() || actor.reach.contains(&body.fields.territory));
        Ok(Self {
            instance: instance::service::get(conn)?.0,
            atlas: territories::service::atlas(conn)?,
            bodies: bodies::all(conn)?.into_iter().filter(mine).collect(),
            sheets: plans::service::sheets(conn)?,
            meetings: found,
            zone,
        })
    }
}

/// What was sent, under the names of the API.
pub fn sent(form: &Form, kind: Kind) -> Map<String, Value> {
    let sheets = form.all("plan_sheets");
    let sheets = sheets.iter().filter_map(|value| value.split_once('/'));
    let given = json!({
        "title": form.get("title"),
        "greeting": form.get("greeting"),
        "text": form.get("text"),
        "audience": {
            "to": form.all("to"), "kinds": form.all("kinds"), "territories": form.all("territories"), "themes": form.all("themes"),
            "bodies": form.all("bodies"), "in_convention": form.get("in_convention"),
        },
        "plan_sheets": sheets.map(|(plan, number)| json!({ "plan_id": plan, "number": number.parse::<i64>().unwrap_or(0) })).collect::<Vec<_>>(),
        "meeting": form.get("meeting"),
    });
    let mut given = given.as_object().cloned().unwrap_or_default();
    if kind == Kind::Letter {
        given.insert("items".into(), items_sent(form).into());
    }
    given
}

/// The rows of a letter, in the order of the places that were typed.
fn items_sent(form: &Form) -> Vec<Value> {
    let mut rows: Vec<(f64, Value)> = Vec::new();
    for row in 0..MOST_ROWS {
        let of = |name: &str| form.get(&format!("items.{row}.{name}"));
        if !form.has(&format!("items.{row}.kind")) {
            break;
        }
        let place = of("place").trim().replace(',', ".").parse::<f64>().ok().filter(|place| place.is_finite()).unwrap_or(1e9);
        rows.push((place, json!({ "kind": of("kind"), "record": of("record"), "title": of("title"), "text": of("text"), "kept": of("kept") })));
    }
    rows.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    rows.into_iter().map(|(_, row)| row).collect()
}

pub fn with_control(control: &str, mut field: Value) -> Value {
    field["control"] = json!(control);
    field
}

fn heading(text: &str) -> Value {
    json!({ "control": "heading", "text": text })
}

/// Every control, filled from what was typed or from what is there.
pub struct Filled<'a> {
    pub kind: Kind,
    pub values: &'a Map<String, Value>,
    pub desk: &'a Desk,
    /// The place that was looked for, and what was found.
    pub query: &'a str,
    pub errors: &'a FieldErrors,
}

/// The fields of a record as the form shows them.
pub fn values_of(fields: &AnnouncementFields) -> Map<String, Value> {
    serde_json::to_value(fields).ok().and_then(|value| value.as_object().cloned()).unwrap_or_default()
}

fn list(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(ToOwned::to_owned).collect()
}

impl Filled<'_> {
    fn text(&self, name: &str) -> String {
        self.values.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    fn chosen(&self, name: &str) -> Vec<String> {
        self.values.get("audience").map_or_else(Vec::new, |audience| list(&audience[name]))
    }

    pub fn controls(&self) -> Vec<Value> {
        let mut controls = vec![heading("Le message")];
        controls.extend(self.message());
        if self.kind == Kind::Letter {
            controls.push(self.items());
        }
        controls.push(heading("À qui"));
        controls.extend(self.audience());
        controls.push(heading("Ce qu’elle fait connaître"));
        controls.push(self.sheets());
        controls.push(self.meetings());
        controls
    }

    fn message(&self) -> Vec<Value> {
        let (title, greeting, text) = (self.text("title"), self.text("greeting"), self.text("text"));
        let label = if self.kind == Kind::Letter { "Introduction" } else { "Texte" };
        let rows = if self.kind == Kind::Letter { 4 } else { 12 };
        let hint = "Une ligne vide sépare les paragraphes ; une ligne qui commence par un tiret fait une liste.";
        vec![
            with_control(
                "text",
                Field {
                    name: "title",
                    label: "Titre",
                    hint: "C’est l’objet du message.",
                    value: &title,
                    required: true,
                    max: Some(250),
                    ..Field::default()
                }
                .show(self.errors),
            ),
            with_control(
                "text",
                Field { name: "greeting", label: "Formule d’appel", value: &greeting, max: Some(200), ..Field::default() }.show(self.errors),
            ),
            with_control(
                "textarea",
                Field {
                    name: "text",
                    label,
                    hint,
                    value: &text,
                    required: self.kind == Kind::Announcement,
                    max: Some(8000),
                    rows,
                    ..Field::default()
                }
                .show(self.errors),
            ),
        ]
    }

    fn audience(&self) -> Vec<Value> {
        let errors = self.errors;
        let to = self.chosen("to");
        let sides = Side::ALL.iter().map(|side| Choice::new(side.as_str(), side.label(), to.iter().any(|code| code == side.as_str())));
        let territories = self.chosen("territories");
        let found = match self.query {
            "" => Vec::new(),
            query => self.desk.atlas.search(query, Some(&self.desk.instance.departement), MOST_FOUND),
        };
        let found: Vec<(String, String)> = found.into_iter().map(|named| (named.code, named.label)).collect();
        let places = Places {
            name: "territories",
            legend: "Territoires",
            hint: "Le message ira aux personnes de ces territoires et aux partenaires qui les desservent. Un administrateur peut ne rien choisir\u{a0}: il écrit alors à tout le département.",
            atlas: &self.desk.atlas,
            chosen: &territories,
            found: &found,
            query: self.query,
        };
        let kinds = self.chosen("kinds");
        let kinds = OrganisationKind::ALL.iter().map(|kind| Choice::new(kind.as_str(), kind.label(), kinds.iter().any(|code| code == kind.as_str())));
        let bodies = self.chosen("bodies");
        let bodies = self.desk.bodies.iter().map(|body| {
            let label = format!("{} ({})", body.fields.name, self.desk.atlas.name(&body.fields.territory));
            Choice::new(body.id.as_str(), &label, bodies.iter().any(|id| id == body.id.as_str()))
        });
        let groups = |name: &str, legend: &str, hint: &str, title: &str, options: Vec<Choice>| {
            let groups = if options.is_empty() { Vec::new() } else { vec![fields::group(title, options)] };
            json!({ "control": "groups", "name": name, "legend": legend, "hint": unbroken(hint), "error": errors.of(name).map(unbroken), "groups": groups })
        };
        let in_convention =
            self.values.get("audience").is_some_and(|audience| audience["in_convention"] == true || audience["in_convention"] == "oui");
        let in_convention = vec![Choice::new("oui", "Seulement les partenaires d’une convention en vigueur", in_convention)];
        vec![
            with_control("checkboxes", choices("to", "Destinataires", "", sides.collect(), errors)),
            places.show(errors),
            groups("kinds", "Nature de l’organisme", "Pour les partenaires. Aucun choisi : tous.", "Choisir des genres", kinds.collect()),
            fields::themes(&self.desk.instance, &self.chosen("themes"), "Pour les partenaires. Aucun choisi : tous.", errors),
            groups("bodies", "Membres d’une instance", "Leurs membres seulement, où qu’ils soient.", "Choisir des instances", bodies.collect()),
            with_control("checkboxes", choices("in_convention", "Réseau des conventions", "Celles des territoires choisis.", in_convention, errors)),
        ]
    }

    fn sheets(&self) -> Value {
        let chosen = self.values.get("plan_sheets").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let mut groups: Vec<(String, Vec<Choice>)> = Vec::new();
        for line in &self.desk.sheets {
            let title = format!("{}\u{a0}: {}", line.plan_title, line.orientation_title);
            let checked = chosen.iter().any(|sheet| sheet["plan_id"] == line.plan_id.as_str() && sheet["number"] == line.number);
            let choice = Choice::new(&format!("{}/{}", line.plan_id, line.number), &format!("Fiche {}. {}", line.number, line.title), checked);
            match groups.iter_mut().find(|(known, _)| *known == title) {
                Some((_, options)) => options.push(choice),
                None => groups.push((title, vec![choice])),
            }
        }
        let groups: Vec<Value> = groups.into_iter().map(|(title, options)| fields::group(&title, options)).collect();
        let hint = "Les partenaires informés y sont comptés, chacun une fois.";
        json!({ "control": "groups", "name": "plan_sheets", "legend": "Fiches du schéma", "hint": hint, "error": self.errors.of("plan_sheets"), "groups": groups })
    }

    fn meetings(&self) -> Value {
        let chosen = self.text("meeting");
        let mut options = vec![Choice::new("", "Aucune", chosen.is_empty())];
        options.extend(self.desk.meetings.iter().map(|meeting| {
            let day = meeting.fields.starts_at.map(|start| format!(", le {}", self.desk.zone.day(start).in_short()));
            Choice::new(meeting.id.as_str(), &format!("{}{}", meeting.fields.title, day.unwrap_or_default()), meeting.id.as_str() == chosen)
        }));
        let hint = "Les partenaires qui y seront présents compteront parmi ceux qui sont informés.";
        with_control("select", choices("meeting", "Réunion de présentation", hint, options, self.errors))
    }

    /// The lines of a letter, and some to fill.
    fn items(&self) -> Value {
        let given = self.values.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut rows: Vec<Value> = Vec::new();
        for (place, value) in given.iter().enumerate() {
            let kept = value["kept"] == true || value["kept"] == "oui";
            let of = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
            let kind = ItemKind::parse(&of("kind")).unwrap_or_default();
            let item = Item { kind, record: Some(of("record")).filter(|id| !id.is_empty()), title: of("title"), text: of("text"), kept };
            rows.push(row(place, &item));
        }
        for _ in 0..SPARE_ROWS {
            rows.push(row(rows.len(), &Item { kept: true, ..Item::default() }));
        }
        json!({ "control": "items", "name": "items", "error": self.errors.iter().find(|(name, _)| name.starts_with("items")).map(|(_, message)| unbroken(message)), "rows": rows })
    }
}

fn row(place: usize, item: &Item) -> Value {
    let label = if item.kind == ItemKind::Text { "Votre paragraphe" } else { item.kind.label() };
    json!({
        "index": place, "place": place + 1, "kind": item.kind, "label": label, "record": item.record, "title": item.title, "text": item.text, "kept": item.kept,
        "is_own": item.kind == ItemKind::Text,
    })
}
