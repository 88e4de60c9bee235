//! A plan (schéma), its orientations and its sheets (fiches action): pure types, as the API shows them.

use serde::{Deserialize, Serialize};

use crate::db::types::text_enum;
use crate::kernel::Day;

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
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MethodStep {
    pub text: String,
    #[serde(default)]
    pub items: Vec<String>,
}

/// One line of a calendar; its period as first and last day, when it names one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CalendarLine {
    pub from: Option<Day>,
    pub to: Option<Day>,
    pub text: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Means {
    pub text: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
}
