//! Who hears of what: every event and every reminder, to whom, by which mail. Whether one may stop that mail is the mail's own
//! (`mail::catalogue`). The administrator reads it on `/admin/qui-est-prevenu`.
//!
//! A test holds it whole: each event has a row or a reason to have none, and no mail leaves that no row tells.

use crate::db::types::text_enum;
use crate::mail::catalogue;

text_enum! {
    /// To whom a mail goes.
    pub enum Who {
        Oneself = "oneself" | "La personne elle-même",
        Authors = "authors" | "Ceux qui l’ont écrite",
        Managers = "managers" | "Les responsables du territoire, ou à défaut les administrateurs",
        AuthorsAndManagers = "authors_and_managers" | "Ceux qui l’ont écrite et les responsables du territoire",
        Keepers = "keepers" | "Ceux qui l’ont écrite ou qui la suivent",
        Dependents = "dependents" | "Les auteurs des actions qui s’appuient sur elle",
        Mailbox = "mailbox" | "L’organisme, à sa boîte générale ou à ses comptes",
        Suggester = "suggester" | "L’agent qui l’a proposée",
        Invited = "invited" | "Les personnes invitées",
        Invitee = "invitee" | "La personne invitée ou inscrite",
        Approvers = "approvers" | "Ceux qui approuvent le compte rendu",
        Minuters = "minuters" | "Ceux qui écrivent le compte rendu",
        Responsible = "responsible" | "La personne responsable",
        Asker = "asker" | "La personne qui a transmis le besoin",
        Followers = "followers" | "Ceux qui suivent cette page, ce qui s’y rattache ou une recherche qui la trouve",
        Agents = "agents" | "Tous les agents",
    }
}

/// One mail that somebody gets because of something.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The kind of record, as the journal names it.
    pub record: &'static str,
    /// The event, as the journal names it; a day that comes is no event of the journal.
    pub event: &'static str,
    pub who: Who,
    /// A folder of `templates/mail/`.
    pub template: &'static str,
}

/// What happens by a day that comes, not by somebody.
pub const BY_TIME: [&str; 5] = ["waits", "grows_old", "term_nears", "day_nears", "monday"];

macro_rules! rows {
    ($($record:literal $event:literal => $who:ident $template:literal;)+) => {
        &[$(Row { record: $record, event: $event, who: Who::$who, template: $template }),+]
    };
}

pub const ROWS: &[Row] = rows! {
    "account" "account_added" => Oneself "invitation";
    "account" "link_asked" => Oneself "reset";
    "action" "submitted" => Managers "action_submitted";
    "action" "waits" => Managers "validation_reminder";
    "action" "returned" => Authors "action_returned";
    "action" "published" => Authors "action_published";
    "action" "published" => Followers "digest";
    "action" "changed" => AuthorsAndManagers "action_changed";
    "action" "changed" => Followers "digest";
    "action" "restored" => AuthorsAndManagers "action_changed";
    "action" "restored" => Followers "digest";
    "action" "archived" => Followers "digest";
    "action" "imported" => Followers "digest";
    "action" "sessions_changed" => Followers "digest";
    "action" "grows_old" => Authors "confirmation_reminder";
    "plan_sheet" "sheet_added" => Followers "digest";
    "plan_sheet" "sheet_changed" => Followers "digest";
    "plan_sheet" "sheet_decided" => Followers "digest";
    "plan_sheet" "sheet_restored" => Followers "digest";
    "plan" "plan_saved" => Followers "digest";
    "convention" "submitted" => Managers "convention_submitted";
    "convention" "returned" => Keepers "convention_returned";
    "convention" "validated" => Keepers "convention_validated";
    "convention" "signed" => Followers "digest";
    "convention" "recorded" => Followers "digest";
    "convention" "entered" => Followers "digest";
    "convention" "changed" => Followers "digest";
    "convention" "restored" => Followers "digest";
    "convention" "imported" => Followers "digest";
    "convention" "avenant_drafted" => Followers "digest";
    "convention" "avenant_signed" => Followers "digest";
    "convention" "avenant_abandoned" => Followers "digest";
    "convention" "reconduction" => Followers "digest";
    "convention" "denonciation" => Followers "digest";
    "convention" "resiliation" => Followers "digest";
    "convention" "signature" => Followers "digest";
    "convention" "document_added" => Followers "digest";
    "convention" "term_nears" => Managers "convention_reminder";
    "convention" "term_nears" => Dependents "convention_ending";
    "partner" "partner_added" => Followers "digest";
    "partner" "partner_changed" => Followers "digest";
    "partner" "partner_restored" => Followers "digest";
    "partner" "partner_imported" => Followers "digest";
    "partner" "partner_merged" => Followers "digest";
    "partner" "correction_suggested" => Managers "partner_correction";
    "partner" "correction_accepted" => Suggester "partner_correction_decided";
    "partner" "correction_refused" => Suggester "partner_correction_decided";
    "partner" "grows_old" => Mailbox "partner_confirmation";
    "body" "changed" => Followers "digest";
    "meeting" "called" => Invited "meeting_called";
    "meeting" "called" => Followers "digest";
    "meeting" "invited" => Invitee "meeting_called";
    "meeting" "uninvited" => Invitee "meeting_called_off";
    "meeting" "answered" => Invitee "meeting_seat";
    "meeting" "answered" => Invitee "meeting_waiting";
    "meeting" "promoted" => Invitee "meeting_seat";
    "meeting" "changed" => Invited "meeting_changed";
    "meeting" "changed" => Followers "digest";
    "meeting" "postponed" => Invited "meeting_called_off";
    "meeting" "postponed" => Followers "digest";
    "meeting" "rescheduled" => Invited "meeting_changed";
    "meeting" "rescheduled" => Followers "digest";
    "meeting" "cancelled" => Invited "meeting_called_off";
    "meeting" "cancelled" => Followers "digest";
    "meeting" "imported" => Followers "digest";
    "meeting" "recorded" => Followers "digest";
    "meeting" "document_added" => Followers "digest";
    "meeting" "submitted" => Approvers "minutes_to_approve";
    "meeting" "returned" => Minuters "minutes_objected";
    "meeting" "published" => Invited "minutes_published";
    "meeting" "published" => Followers "digest";
    "meeting" "rectified" => Invited "minutes_published";
    "meeting" "rectified" => Followers "digest";
    "meeting" "day_nears" => Invited "meeting_reminder";
    "decision" "taken" => Responsible "decision_assigned";
    "decision" "taken" => Asker "need_answered";
    "decision" "taken" => Followers "digest";
    "decision" "changed" => Responsible "decision_assigned";
    "decision" "changed" => Followers "digest";
    "decision" "day_nears" => Responsible "decisions_digest";
    "subscription" "asked" => Oneself "subscription_confirm";
};

/// Events of which nobody is mailed, and why.
pub const SILENT: &[(&str, &str, &str)] = &[
    ("account", "account_changed", "L’administrateur l’a fait, la personne le voit à sa prochaine connexion."),
];

/// The rows of what happened to a kind of record.
pub fn of<'a>(record: &'a str, event: &'a str) -> impl Iterator<Item = &'static Row> + 'a {
    ROWS.iter().filter(move |row| row.record == record && row.event == event)
}

/// Must its recipient be told, whatever they chose?
pub fn must(row: &Row) -> bool {
    catalogue::kind(row.template).is_some_and(|kind| kind.duty == catalogue::Duty::Must)
}
