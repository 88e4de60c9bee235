//! What a page says after a form was carried out, once.

use crate::db::types::text_enum;

text_enum! {
    pub enum Notice {
        Saved = "saved" | "C’est enregistré.",
        Merged = "merged" | "C’est enregistré. Quelqu’un d’autre avait modifié cette fiche entre-temps : vos deux textes sont réunis.",
        Submitted = "submitted" | "Votre action est proposée à la validation. Un responsable du territoire a été prévenu par e-mail.",
        Published = "published" | "L’action est publiée. On la trouve dès maintenant dans la recherche.",
        StillMissing = "still_missing" | "Il manque encore quelque chose pour publier : le détail est ci-dessous.",
        Returned = "returned" | "L’action est renvoyée à son auteur, avec votre commentaire.",
        Archived = "archived" | "L’action est archivée. Elle n’apparaît plus dans la recherche.",
        Confirmed = "confirmed" | "Merci : la fiche est confirmée pour six mois.",
        Restored = "restored" | "La version choisie est rétablie. Le texte d’avant reste dans l’historique.",
        Duplicated = "duplicated" | "Voici votre copie. Adaptez-la à votre territoire : rien n’est publié pour l’instant.",
        SessionsAdded = "sessions_added" | "Les séances sont ajoutées.",
        SessionRemoved = "session_removed" | "La séance est supprimée.",
        SignedOut = "signed_out" | "Vous êtes déconnecté. À bientôt.",
        LinkSent = "link_sent" | "Si un compte existe à cette adresse, un e-mail vient de partir. Le lien qu’il contient fonctionne pendant 24 heures.",
        PasswordSet = "password_set" | "Votre mot de passe est enregistré. Connectez-vous.",
        PasswordChanged = "password_changed" | "Votre mot de passe est changé. Vos autres connexions sont fermées.",
        SessionsEnded = "sessions_ended" | "La connexion est fermée.",
        AllSessionsEnded = "all_sessions_ended" | "Vos autres connexions sont fermées.",
        TokenRevoked = "token_revoked" | "Le jeton ne fonctionne plus.",
        MailsStopped = "mails_stopped" | "C’est fait : vous ne recevrez plus ces messages.",
        MailsResumed = "mails_resumed" | "C’est fait : vous recevrez de nouveau ces messages.",
        Invited = "invited" | "L’invitation est partie par e-mail. Le lien fonctionne pendant 24 heures.",
        AccountReopened = "account_reopened" | "Le compte est rouvert. Un lien est parti par e-mail pour choisir un mot de passe.",
        ResetSent = "reset_sent" | "Un lien pour choisir un nouveau mot de passe est parti par e-mail. Il fonctionne pendant 24 heures.",
        AccountClosed = "account_closed" | "Le compte est fermé.",
        DocumentJoined = "document_joined" | "Le document est joint.",
        SignatureRecorded = "signature_recorded" | "La signature est enregistrée, avec le fichier signé.",
        ConventionEntered = "convention_entered" | "La convention est enregistrée comme signée. Son terme est suivi dès maintenant.",
        Removed = "removed" | "C’est supprimé.",
        ImportAbandoned = "import_abandoned" | "Cet import est abandonné. Rien n’a été écrit.",
        MailQueuedAgain = "mail_queued_again" | "L’e-mail repart. Cette page dira ce qu’il devient : rechargez-la dans quelques secondes.",
        MailsQueuedAgain = "mails_queued_again" | "Les e-mails repartent. Rechargez cette page pour voir ce qu’ils deviennent.",
        QueuedAgain = "queued_again" | "C’est relancé.",
    }
}
