//! Who hears of what: every event and every reminder, to whom, by which mail. Whether one may stop that mail is the mail's own
//! (`mail::catalogue`). The administrator reads it on `/admin/qui-est-prevenu`.
//!
//! It is the law: what is queued because of an event, a day or a demand is a mail of its rows, or nothing is (`mail::outgoing::tell`). A test
//! holds it whole: each event has a row or a reason to have none.

use crate::db::types::text_enum;
use crate::events::Event;
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
        ResponsibleOrManagers = "responsible_or_managers" | "La personne responsable, ou à défaut les responsables du territoire",
        Asker = "asker" | "La personne qui l’a demandé",
        Followers = "followers" | "Ceux qui suivent cette page, ce qui s’y rattache ou une recherche qui la trouve",
        Agents = "agents" | "Tous les agents",
        Helpers = "helpers" | "Le groupe d’appui et les collègues qui ont mené une action proche",
        Audience = "audience" | "Ceux que le responsable a choisis",
        Administrators = "administrators" | "Les administrateurs",
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
/// What somebody asks for, and what a mail server says: no events of a record either.
pub const BESIDE: [&str; 5] = ["invited_again", "link_asked", "question", "asked", "died"];

/// What a mail leaves because of: the kind of record, and what happened, as [`Row`] names them.
pub type Because = (&'static str, &'static str);

macro_rules! rows {
    ($($record:literal $event:literal => $who:ident $template:literal;)+) => {
        &[$(Row { record: $record, event: $event, who: Who::$who, template: $template }),+]
    };
}

pub const ROWS: &[Row] = rows! {
    "account" "account_added" => Oneself "invitation";
    "account" "invited_again" => Oneself "invitation";
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
    "action" "support_asked" => Helpers "support_asked";
    "action" "support_answered" => Asker "support_answered";
    "action" "question" => Oneself "colleague_question";
    "action" "monday" => Agents "other_territories";
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
    "convention" "term_nears" => ResponsibleOrManagers "convention_reminder";
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
    "meeting" "rescheduled" => Invitee "meeting_called";
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
    "decision" "decided" => Responsible "decision_assigned";
    "decision" "decided" => Asker "need_answered";
    "decision" "decided" => Followers "digest";
    "decision" "changed" => Responsible "decision_assigned";
    "decision" "changed" => Followers "digest";
    "decision" "started" => Followers "digest";
    "decision" "done" => Asker "need_answered";
    "decision" "done" => Followers "digest";
    "decision" "dropped" => Asker "need_answered";
    "decision" "dropped" => Followers "digest";
    "decision" "deferred" => Followers "digest";
    "decision" "reopened" => Followers "digest";
    "decision" "day_nears" => Responsible "decisions_digest";
    "subscription" "asked" => Oneself "subscription_confirm";
    "announcement" "sent" => Audience "announcement";
    "announcement" "sent" => Audience "letter";
    "address" "died" => Administrators "address_dead";
};

/// Events of which nobody is mailed, and why.
pub const SILENT: &[(&str, &str, &str)] = &[
    ("account", "account_changed", "La personne le voit dans son compte."),
    ("account", "account_closed", "Un compte fermé ne reçoit plus rien."),
    ("account", "password_set", "La personne vient de le faire."),
    ("action", "created", "Un brouillon est à ses auteurs."),
    ("action", "import_removed", "Défaire un import rend ce qui était avant."),
    ("action", "import_undone", "Défaire un import rend ce qui était avant."),
    ("action", "confirmed", "Rien n’a changé."),
    ("action", "relinked", "Un partenaire a changé de fiche, rien d’autre."),
    ("action", "attendance_recorded", "Les présences sont à ceux qui animent."),
    ("action", "support_closed", "La personne qui l’a demandé vient de le faire."),
    ("convention", "created", "Un brouillon est à ceux qui l’écrivent."),
    ("convention", "sent", "Les signataires sont prévenus hors du registre."),
    ("convention", "abandoned", "Une convention qui n’est pas signée est à ceux qui l’écrivent."),
    ("convention", "reactivated", "Une convention qui n’est pas signée est à ceux qui l’écrivent."),
    ("convention", "document_removed", "Un document retiré n’est plus à lire."),
    ("convention", "import_removed", "Défaire un import rend ce qui était avant."),
    ("convention", "import_undone", "Défaire un import rend ce qui était avant."),
    ("convention", "filed", "Le fichier d’une convention déjà connue."),
    ("convention", "relinked", "Un partenaire a changé de fiche, rien d’autre."),
    ("partner", "partner_confirmed", "Rien n’a changé."),
    ("partner", "partner_import_removed", "Défaire un import rend ce qui était avant."),
    ("partner", "partner_import_undone", "Défaire un import rend ce qui était avant."),
    ("partner", "partner_merged_into", "La fiche qui reste le dit."),
    ("partner", "partner_told_apart", "Rien n’a changé."),
    ("partner", "partner_removed", "Il n’y a plus rien à lire."),
    ("body", "created", "Ses rencontres seront annoncées."),
    ("meeting", "created", "Une rencontre en préparation n’est annoncée à personne."),
    ("meeting", "held", "Chacun y était, ou le saura par le compte rendu."),
    ("meeting", "approved", "Il sera publié : c’est alors que chacun le reçoit."),
    ("meeting", "document_removed", "Un document retiré n’est plus à lire."),
    ("meeting", "import_removed", "Défaire un import rend ce qui était avant."),
    ("meeting", "import_undone", "Défaire un import rend ce qui était avant."),
    ("meeting", "presence_recorded", "Les présences sont à ceux qui organisent."),
    ("meeting", "minutes_opinion", "Ceux qui l’écrivent le voient sur sa page."),
    ("minutes", "minutes_saved", "Un compte rendu en cours est à ceux qui l’écrivent."),
    ("announcement", "created", "Une annonce en préparation est à son auteur."),
    ("announcement", "changed", "Une annonce en préparation est à son auteur."),
    ("announcement", "scheduled", "Elle partira à son heure."),
    ("announcement", "finished", "Sa page le compte."),
    ("announcement", "reopened", "Une annonce en préparation est à son auteur."),
    ("announcement", "cancelled", "Elle n’est pas partie."),
    ("announcement", "lettered", "Un courrier papier a déjà prévenu."),
    ("announcement", "document_added", "Une annonce en préparation est à son auteur."),
    ("announcement", "document_removed", "Une annonce en préparation est à son auteur."),
    ("administration", "administered", "Un réglage n’est annoncé à personne."),
];

/// The record and the event by which the table knows what happened.
pub fn key(event: &Event<'_>) -> Because {
    match event {
        Event::Administered { .. } => ("administration", "administered"),
        event => (event.record().kind, event.name()),
    }
}

/// The rows of what happened to a kind of record.
pub fn of<'a>(record: &'a str, event: &'a str) -> impl Iterator<Item = &'static Row> + 'a {
    ROWS.iter().filter(move |row| row.record == record && row.event == event)
}

/// Does a mail leave because of it?
pub fn tells((record, event): Because, template: &str) -> bool {
    of(record, event).any(|row| row.template == template)
}

/// Must its recipient be told, whatever they chose?
pub fn must(row: &Row) -> bool {
    catalogue::kind(row.template).is_some_and(|kind| kind.duty == catalogue::Duty::Must)
}

/// What an event is, for whoever reads the table.
pub fn label(event: &str) -> &'static str {
    match event {
        "account_added" => "Ouverture d’un compte",
        "invited_again" => "Invitation renvoyée, ou compte rouvert",
        "link_asked" => "Mot de passe oublié",
        "submitted" => "Soumission",
        "waits" => "Attente de plus de cinq jours",
        "returned" => "Renvoi",
        "published" => "Publication",
        "changed" | "sheet_changed" | "partner_changed" => "Modification",
        "restored" | "sheet_restored" | "partner_restored" => "Retour à une ancienne version",
        "archived" => "Archivage",
        "imported" | "partner_imported" => "Import d’un fichier",
        "sessions_changed" => "Séances ajoutées ou retirées",
        "grows_old" => "Longtemps sans changement",
        "support_asked" => "Demande d’appui",
        "support_answered" => "Réponse à une demande d’appui",
        "question" => "Question à un collègue",
        "monday" => "Chaque lundi",
        "sheet_added" | "plan_saved" | "partner_added" => "Ajout",
        "sheet_decided" => "Décision du comité de pilotage",
        "validated" => "Validation",
        "signed" | "signature" => "Signature",
        "recorded" | "entered" => "Ajout de ce qui a déjà eu lieu",
        "avenant_drafted" => "Avenant en préparation",
        "avenant_signed" => "Avenant signé",
        "avenant_abandoned" => "Avenant abandonné",
        "reconduction" => "Reconduction",
        "denonciation" => "Dénonciation",
        "resiliation" => "Résiliation",
        "document_added" => "Document ajouté",
        "term_nears" => "Terme ou préavis qui approche",
        "partner_merged" => "Réunion de deux fiches",
        "correction_suggested" => "Correction proposée",
        "correction_accepted" => "Correction acceptée",
        "correction_refused" => "Correction refusée",
        "called" => "Convocation",
        "invited" => "Invitation d’une personne de plus",
        "uninvited" => "Retrait d’une personne invitée",
        "answered" => "Réponse ou inscription",
        "promoted" => "Place libérée",
        "postponed" => "Report",
        "rescheduled" => "Nouvelle date",
        "cancelled" => "Annulation",
        "rectified" => "Compte rendu rectifié",
        "day_nears" => "Jour ou échéance qui approche",
        "decided" => "Décision prise",
        "started" => "Mise en route",
        "done" => "Réalisation",
        "dropped" => "Abandon",
        "deferred" => "Report de l’échéance",
        "reopened" => "Réouverture",
        "asked" => "Demande d’une adresse sans compte",
        "sent" => "Envoi",
        "died" => "Adresse qui n’existe plus",
        _ => "",
    }
}
