//! A plan (schéma), its orientations and its sheets (fiches action): pure types, as the API shows them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::db::types::text_enum;
use crate::kernel::ids::PlanId;
use crate::kernel::{Day, FieldErrors, Moment, nir};

pub const TITLE_MAX: usize = 250;
/// Of the items of one section together.
pub const TEXT_MAX: usize = 50_000;
/// Numbers of orientations and sheets go from 1 to this.
pub const NUMBER_MAX: i32 = 999;

text_enum! {
    pub enum SheetStage {
        ToStart = "to_start" | "À lancer",
        InProgress = "in_progress" | "En cours",
        Done = "done" | "Réalisée",
        Deferred = "deferred" | "Reportée",
        Dropped = "dropped" | "Abandonnée",
    }
}

/// What a sheet says, one entry per item of its source.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct SheetContent {
    pub needs: Vec<String>,
    pub objectives: Vec<String>,
    pub method: Vec<MethodStep>,
    pub pilots: Vec<String>,
    pub partners: Vec<String>,
    pub calendar: Vec<CalendarLine>,
    pub means: Vec<Means>,
    pub indicators: Vec<SheetIndicator>,
    pub related_plans: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MethodStep {
    pub text: String,
    #[serde(default)]
    pub items: Vec<String>,
}

/// One line of a calendar; its period as first and last day, when it names one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CalendarLine {
    #[schema(value_type = Option<String>, format = Date)]
    pub from: Option<Day>,
    #[schema(value_type = Option<String>, format = Date)]
    pub to: Option<Day>,
    pub text: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Means {
    pub text: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SheetIndicator {
    pub label: String,
}

/// A whole plan as a document or a form gives it, not yet stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanDraft {
    pub title: String,
    pub starts_on: Day,
    pub ends_on: Day,
    pub orientations: Vec<OrientationDraft>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrientationDraft {
    pub number: i32,
    pub title: String,
    pub sheets: Vec<SheetDraft>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SheetDraft {
    pub number: i32,
    pub title: String,
    #[serde(flatten)]
    pub content: SheetContent,
}

impl PlanDraft {
    pub fn sheets(&self) -> impl Iterator<Item = &SheetDraft> {
        self.orientations.iter().flat_map(|orientation| &orientation.sheets)
    }

    /// What is wrong with it, each message beside `title`, `years`, `orientations.<number>` or `sheets.<number>.<section>`.
    pub fn check(&self) -> FieldErrors {
        let mut errors = Heading {
            title: self.title.clone(),
            starts_on: self.starts_on,
            ends_on: self.ends_on,
            orientations: self.orientations.iter().map(|orientation| (orientation.number, orientation.title.clone())).collect(),
        }
        .check();
        let mut seen = BTreeSet::new();
        for sheet in self.sheets() {
            let number = sheet.number;
            if !(1..=NUMBER_MAX).contains(&number) {
                errors.add(&format!("sheets.{number}"), format!("Fiche {number} : son numéro doit aller de 1 à {NUMBER_MAX}."));
            }
            if !seen.insert(number) {
                errors.add(&format!("sheets.{number}"), format!("Fiche {number} : deux fiches portent ce numéro."));
            }
            for (section, message) in check_sheet(&sheet.title, &sheet.content).iter() {
                errors.add(&format!("sheets.{number}.{section}"), format!("Fiche {number}, {} : {message}", section_label(section).to_lowercase()));
            }
        }
        errors
    }
}

/// A plan without what its sheets say: what its form gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Heading {
    pub title: String,
    pub starts_on: Day,
    pub ends_on: Day,
    pub orientations: Vec<(i32, String)>,
}

impl Heading {
    pub fn check(&self) -> FieldErrors {
        let mut errors = FieldErrors::default();
        check_title(&mut errors, "title", &self.title, "Donnez le titre du schéma.");
        if self.ends_on < self.starts_on {
            errors.add("ends_on", format!("Le schéma finit ({}) avant de commencer ({}).", self.ends_on.in_short(), self.starts_on.in_short()));
        }
        let mut seen = BTreeSet::new();
        for (number, title) in &self.orientations {
            if !(1..=NUMBER_MAX).contains(number) {
                errors.add("orientations", format!("Le numéro d’une orientation va de 1 à {NUMBER_MAX}, pas {number}."));
            }
            if !seen.insert(number) {
                errors.add("orientations", format!("Deux orientations portent le numéro {number}."));
            }
            let mut own = FieldErrors::default();
            check_title(&mut own, "orientations", title, "donnez son titre.");
            for (field, message) in own.iter() {
                errors.add(field, format!("Orientation {number} : {message}"));
            }
        }
        errors
    }
}

/// What is wrong with the text of a sheet, beside `title` or the name of a section.
pub fn check_sheet(title: &str, content: &SheetContent) -> FieldErrors {
    let mut errors = FieldErrors::default();
    check_title(&mut errors, "title", title, "Donnez le titre de la fiche.");
    for (section, texts) in content.sections() {
        check_text(&mut errors, section, &texts.join("\n"));
    }
    errors
}

fn check_title(errors: &mut FieldErrors, field: &str, title: &str, absent: &str) {
    let length = title.chars().count();
    if title.is_empty() {
        errors.add(field, absent);
    } else if length > TITLE_MAX {
        errors.add(field, format!("Ce titre compte {length} caractères : {TITLE_MAX} au plus."));
    } else {
        check_text(errors, field, title);
    }
}

/// Bounded, and without any social security number.
pub fn check_text(errors: &mut FieldErrors, field: &str, text: &str) {
    let length = text.chars().count();
    if length > TEXT_MAX {
        errors.add(field, format!("Ce texte compte {length} caractères : {TEXT_MAX} au plus."));
    } else if let Some(number) = nir::find(text) {
        errors.add(
            field,
            format!("Ce texte contient un numéro de sécurité sociale ({}…) : retirez-le. On ne nomme aucune personne accompagnée.", &number[..3]),
        );
    }
}

/// The French name of a section, as pages, forms and imports say it.
pub fn section_label(section: &str) -> &'static str {
    match section {
        "title" => "Titre",
        "needs" => "Constats",
        "objectives" => "Objectifs",
        "method" => "Méthode de travail",
        "pilots" => "Pilotage",
        "partners" => "Partenaires",
        "calendar" => "Calendrier",
        "means" => "Moyens",
        "indicators" => "Indicateurs de suivi",
        "related_plans" => "Autres schémas",
        _ => "Fiche",
    }
}

impl SheetContent {
    /// Every section with all that it says, in the order of the page.
    pub fn sections(&self) -> [(&'static str, Vec<&str>); 9] {
        fn plain(texts: &[String]) -> Vec<&str> {
            texts.iter().map(String::as_str).collect()
        }
        let steps = self.method.iter().flat_map(|step| std::iter::once(&step.text).chain(&step.items));
        [
            ("needs", plain(&self.needs)),
            ("objectives", plain(&self.objectives)),
            ("method", steps.map(String::as_str).collect()),
            ("pilots", plain(&self.pilots)),
            ("partners", plain(&self.partners)),
            ("calendar", self.calendar.iter().map(|line| line.text.as_str()).collect()),
            ("means", self.means.iter().map(|means| means.text.as_str()).collect()),
            ("indicators", self.indicators.iter().map(|indicator| indicator.label.as_str()).collect()),
            ("related_plans", plain(&self.related_plans)),
        ]
    }
}

impl CalendarLine {
    /// Does its period hold a day? A line without period holds none.
    pub fn holds(&self, day: Day) -> bool {
        (self.from.is_some() || self.to.is_some()) && self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

/// A stored plan, without its orientations.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub id: PlanId,
    pub external_id: Option<String>,
    pub title: String,
    pub starts_on: Day,
    pub ends_on: Day,
    pub version: i32,
    pub created_at: Moment,
    pub updated_at: Moment,
}

impl Plan {
    /// « 2011-2013 », or « 2011 ».
    pub fn years(&self) -> String {
        let (first, last) = (self.starts_on.year(), self.ends_on.year());
        if first == last { first.to_string() } else { format!("{first}-{last}") }
    }
}

/// A stored plan with all that it holds.
#[derive(Clone, Debug, PartialEq)]
pub struct WholePlan {
    pub plan: Plan,
    pub orientations: Vec<Orientation>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Orientation {
    pub number: i32,
    pub title: String,
    pub sheets: Vec<Sheet>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    pub number: i32,
    pub orientation: i32,
    pub title: String,
    pub stage: SheetStage,
    pub content: SheetContent,
    pub version: i32,
    pub updated_at: Moment,
}

impl Sheet {
    pub fn given(&self) -> SheetGiven {
        SheetGiven { orientation: self.orientation, title: self.title.clone(), content: self.content.clone() }
    }
}

impl WholePlan {
    pub fn sheets(&self) -> impl Iterator<Item = &Sheet> {
        self.orientations.iter().flat_map(|orientation| &orientation.sheets)
    }

    pub fn sheet(&self, number: i32) -> Option<&Sheet> {
        self.sheets().find(|sheet| sheet.number == number)
    }

    pub fn orientation(&self, number: i32) -> Option<&Orientation> {
        self.orientations.iter().find(|orientation| orientation.number == number)
    }
}

/// What people write of a sheet: what its form gives, and what its versions keep. Its stage is decided, not written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SheetGiven {
    pub orientation: i32,
    pub title: String,
    #[serde(flatten)]
    pub content: SheetContent,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> PlanDraft {
        let sheet = |number| SheetDraft { number, title: format!("Fiche {number}"), content: SheetContent::default() };
        PlanDraft {
            title: "Schéma 2026-2028".into(),
            starts_on: Day::new(2026, 1, 1).unwrap(),
            ends_on: Day::new(2028, 12, 31).unwrap(),
            orientations: vec![OrientationDraft { number: 1, title: "Accueillir".into(), sheets: vec![sheet(1), sheet(2)] }],
        }
    }

    #[test]
    fn what_is_wrong_is_named_where_it_stands() {
        assert!(draft().check().is_empty());
        let mut wrong = draft();
        wrong.title.clear();
        wrong.ends_on = Day::new(2025, 12, 31).unwrap();
        wrong.orientations.push(OrientationDraft { number: 1, title: String::new(), sheets: Vec::new() });
        let sheets = &mut wrong.orientations[0].sheets;
        sheets[1].number = 1;
        sheets[1].title = "x".repeat(251);
        sheets[0].content.needs = vec!["suivie : 2 55 08 14 168 025 38".into()];
        sheets[0].content.method = vec![MethodStep { text: "a".repeat(30_000), items: vec!["b".repeat(30_000)] }];
        let errors = wrong.check();
        let fields: Vec<&str> = errors.iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["title", "ends_on", "orientations", "orientations", "sheets.1.needs", "sheets.1.method", "sheets.1", "sheets.1.title"]);
        assert!(!errors.to_string().contains("255081416802538"), "the number itself is not repeated: {errors}");
    }

    #[test]
    fn a_period_holds_its_days_and_open_ends_stay_open() {
        let day = |month| Day::new(2026, month, 15);
        let holds = |from, to| CalendarLine { from, to, text: String::new() }.holds(day(6).unwrap());
        assert!(holds(day(1), day(12)) && holds(day(6), day(6)) && holds(day(5), None) && holds(None, day(7)));
        assert!(!holds(None, None) && !holds(day(7), None) && !holds(None, day(5)));
    }
}
