//! Every mail that the registry sends: what it is called, when it leaves, whether one may stop receiving it.

/// May its recipient stop receiving it?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// What people must be told: it never carries an unsubscribe link.
    Must,
    /// What people like to know: one click stops it.
    Chosen,
}

/// Which waiting mail leaves first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// Somebody waits for it in front of a screen.
    Awaited = 0,
    Ordinary = 1,
    /// One of very many.
    Bulk = 2,
}

/// A mail's kind: a folder of `templates/mail/` of the same name.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    pub name: &'static str,
    pub label: &'static str,
    /// To whom and when, in one sentence.
    pub when: &'static str,
    pub duty: Duty,
    pub urgency: Urgency,
    /// Does it hold a link that opens an account? The interface then hides it, once real mail leaves.
    pub secret: bool,
}

macro_rules! kinds {
    ($($name:literal, $duty:ident, $urgency:ident, $secret:literal: $label:literal, $when:literal;)+) => {
        &[$(Kind { name: $name, label: $label, when: $when, duty: Duty::$duty, urgency: Urgency::$urgency, secret: $secret }),+]
    };
}

pub const KINDS: &[Kind] = kinds! {
    "invitation", Must, Awaited, true: "Invitation", "À une personne dont on vient d’ouvrir le compte.";
    "reset", Must, Awaited, true: "Nouveau mot de passe", "À une personne qui a oublié son mot de passe.";
    "action_submitted", Must, Ordinary, false: "Action à valider", "Aux responsables, quand une action attend leur validation.";
    "validation_reminder", Must, Ordinary, false: "Rappel de validation", "Aux responsables, après cinq jours d’attente.";
    "action_returned", Must, Ordinary, false: "Action renvoyée", "Aux auteurs, quand leur action est à compléter.";
    "action_published", Chosen, Ordinary, false: "Action publiée", "Aux auteurs, quand leur action est publiée.";
    "action_changed", Chosen, Ordinary, false: "Action modifiée", "Aux auteurs et aux responsables, quand une action publiée change.";
    "partner_confirmation", Must, Ordinary, true: "Fiche de partenaire à confirmer", "À l’organisme, quand rien n’a changé dans sa fiche depuis un an.";
    "partner_correction", Must, Ordinary, false: "Correction à décider", "Aux responsables, quand un agent propose de corriger la fiche d’un partenaire.";
    "partner_correction_decided", Must, Ordinary, false: "Correction décidée", "À l’agent qui l’a proposée, quand elle est acceptée ou refusée.";
    "confirmation_reminder", Must, Ordinary, false: "Action à confirmer", "Aux auteurs, quand rien n’a changé depuis longtemps.";
    "convention_submitted", Must, Ordinary, false: "Convention à valider", "Aux responsables, quand une convention attend leur relecture.";
    "convention_returned", Must, Ordinary, false: "Convention à corriger", "À ceux qui l’ont écrite ou la suivent, quand elle est renvoyée.";
    "convention_validated", Chosen, Ordinary, false: "Convention validée", "À ceux qui l’ont écrite ou la suivent, quand elle a son numéro.";
    "convention_reminder", Must, Ordinary, false: "Convention à suivre", "Aux responsables, avant le terme d’une convention ou son dernier jour de préavis.";
    "minutes_to_approve", Must, Ordinary, true: "Compte rendu à relire", "À ceux qui l’approuvent, quand un compte rendu est soumis.";
    "minutes_objected", Must, Ordinary, false: "Compte rendu à reprendre", "À ceux qui l’écrivent, quand quelqu’un demande une correction.";
    "minutes_published", Chosen, Bulk, true: "Compte rendu publié", "À toutes les personnes appelées, quand il est publié ou rectifié.";
    "decision_assigned", Must, Ordinary, false: "Décision à suivre", "À la personne à qui une décision est confiée.";
    "decisions_digest", Must, Ordinary, false: "Décisions à réaliser", "À qui les suit, une semaine avant l’échéance, puis quand elle est passée.";
    "need_answered", Must, Ordinary, false: "Réponse à un besoin transmis", "À qui a transmis un besoin, quand une autre instance y répond.";
    "meeting_called", Must, Ordinary, true: "Convocation ou invitation à une rencontre", "Aux personnes invitées, quand une rencontre est convoquée.";
    "meeting_changed", Must, Ordinary, true: "Rencontre modifiée", "Aux personnes invitées : à l’instant pour une nouvelle date, dix minutes après pour le reste.";
    "meeting_called_off", Must, Ordinary, true: "Rencontre reportée ou annulée", "Aux personnes invitées, ou à celle qui ne l’est plus.";
    "meeting_waiting", Must, Ordinary, true: "Liste d’attente", "À une personne qui demande une place quand elles sont toutes prises.";
    "meeting_seat", Must, Ordinary, true: "Place à une rencontre", "À une personne qui s’inscrit, ou pour qui une place s’est libérée.";
    "meeting_reminder", Chosen, Ordinary, true: "Rappel d’une rencontre", "Aux personnes invitées, sauf celles qui ne viennent pas, les jours choisis pour chaque rencontre.";
    "subscription_confirm", Must, Awaited, true: "Abonnement à confirmer", "À une adresse, quand quelqu’un demande à suivre une page ou une recherche sans compte.";
    "digest", Chosen, Ordinary, true: "Ce que vous suivez", "À qui suit une page ou une recherche, à la fréquence choisie.";
    "other_territories", Chosen, Bulk, false: "Dans les autres MDS", "Aux agents, chaque lundi à 8 h : ce que les autres MDS publient, commencent, terminent et préparent.";
    "address_dead", Must, Ordinary, false: "Adresses invalides", "Aux administrateurs, dix minutes après le premier e-mail revenu.";
    "colleague_question", Must, Ordinary, false: "Question d’un collègue", "À l’agent à qui un collègue demande comment il a fait.";
    "support_asked", Must, Ordinary, false: "Appui demandé", "Au groupe d’appui et à ceux qui ont mené une action proche, quand un collègue demande leur appui sur un brouillon.";
    "support_answered", Chosen, Ordinary, false: "Réponse à une demande d’appui", "À qui a demandé un appui, à chaque réponse.";
    "announcement", Chosen, Bulk, true: "Annonce", "Aux partenaires, aux agents ou aux élus qu’un responsable a choisis.";
    "letter", Chosen, Bulk, false: "Lettre du mois", "À ceux à qui un responsable l’envoie, quand elle est prête.";
    "convention_ending", Must, Ordinary, false: "Convention qui prend fin", "Aux auteurs d’une action qui s’appuie sur elle, trois mois avant le terme.";
};

pub fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}
