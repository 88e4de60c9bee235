//! Why a mail did not leave, in words that say what to do.

use crate::mail::bounces;
use crate::mail::model::{Fault, Stage, Step, Verdict, Withheld};
use crate::mail::store::INTERRUPTED;

/// What happened and what to do, as an administrator reads it. What the server said stays beside it.
pub fn in_words(fault: &Fault) -> &'static str {
    if let Some(why) = Withheld::of(fault) {
        return why.label();
    }
    let said = fault.said.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    let is_final = fault.code.is_some_and(|code| code >= 500);
    match fault.step {
        _ if fault.said == INTERRUPTED => "Le programme s’est arrêté pendant la remise. Le message repart tel quel : il peut arriver deux fois.",
        Step::Returned if bounces::death(fault).is_some() => {
            "Le message est revenu : personne ne reçoit plus rien à cette adresse. Voyez ce qui en dépend."
        }
        Step::Returned => "Le message est revenu, ou tarde. Lisez ce que dit le serveur du destinataire, puis vérifiez l’adresse.",
        Step::Compose => "Le message n’a pas pu être composé. C’est un défaut du programme ou d’un modèle : signalez-le.",
        Step::Write if says(&["no space", "quota"]) => "Le disque est plein. Libérez de la place : le message partira tout seul.",
        Step::Write => "Le dossier des e-mails ne s’écrit pas. Vérifiez les droits sur le dossier des données.",
        Step::Connect if says(&["lookup", "resolve", "name or service"]) => {
            "L’adresse du serveur de messagerie est introuvable. Vérifiez son nom dans TRAITDUNION_SMTP_URL."
        }
        Step::Connect if says(&["refused"]) => {
            "Aucun serveur de messagerie ne répond à cette adresse. Vérifiez le nom et le port dans TRAITDUNION_SMTP_URL, et qu’il est démarré."
        }
        Step::Connect if fault.code.is_some() => "Le serveur de messagerie refuse la connexion pour l’instant. Nous réessayons.",
        Step::Connect => "Le serveur de messagerie n’a pas répondu à temps. Vérifiez qu’il est joignable depuis cette machine.",
        Step::Tls if says(&["certificate"]) => {
            "Le certificat du serveur de messagerie n’est pas reconnu. Vérifiez son nom, sa date et l’autorité qui l’a signé."
        }
        Step::Tls => "La connexion chiffrée n’a pas pu s’ouvrir. Vérifiez smtp://, smtps:// ou smtp+starttls:// dans TRAITDUNION_SMTP_URL.",
        Step::Authenticate => "Le serveur de messagerie refuse notre identification. Vérifiez le nom et le mot de passe dans TRAITDUNION_SMTP_URL.",
        Step::Sender => "Le serveur de messagerie refuse notre adresse d’expéditeur. Vérifiez TRAITDUNION_MAIL_FROM avec qui le gère.",
        Step::Recipient if says(&["smtputf8"]) => "Le serveur de messagerie ne sait pas écrire à une adresse accentuée.",
        Step::Recipient if bounces::death(fault).is_some() => {
            "L’adresse n’existe pas, ou plus : nous n’y écrivons plus. Voyez les adresses invalides."
        }
        Step::Recipient if is_final => "L’adresse est refusée : elle n’existe pas, ou plus. Demandez à la personne son adresse, puis corrigez-la.",
        Step::Recipient => "La messagerie de cette personne ne prend pas le message pour l’instant. Nous réessayons pendant trois jours.",
        Step::Data | Step::Body if is_final => "Le serveur de messagerie refuse ce message. Demandez-en la raison à qui le gère.",
        Step::Body if fault.code.is_none() => "Le serveur a pris le message sans confirmer. Nous le renvoyons tel quel : il peut arriver deux fois.",
        Step::Data | Step::Body => "Le serveur de messagerie ne prend pas le message pour l’instant. Nous réessayons pendant trois jours.",
    }
}

/// The same of a try, knowing what it came to: what was put off for three days is given up.
pub fn of_try(outcome: Stage, fault: &Fault) -> &'static str {
    match (outcome, fault.verdict()) {
        (Stage::Failed, Verdict::Deferred | Verdict::Uncertain) => {
            "Personne n’a pris ce message pendant trois jours : nous n’essayons plus. Vérifiez l’adresse, puis renvoyez-le."
        }
        _ => in_words(fault),
    }
}

/// What the server said, or the machine on the way to it; none when these are words of our own.
pub fn verbatim(fault: &Fault) -> Option<&str> {
    Some(fault.said.as_str()).filter(|said| Withheld::of(fault).is_none() && ![INTERRUPTED, ""].contains(said))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_told_in_words() {
        for (step, code, said, words) in [
            (Step::Connect, None, "Connection error: Connection refused (os error 111)", "Aucun serveur"),
            (Step::Connect, None, "Connection error: failed to lookup address information: Name or service not known", "introuvable"),
            (Step::Connect, None, "no answer within 60 s", "n’a pas répondu à temps"),
            (Step::Connect, Some(421), "transient error (421): busy", "pour l’instant"),
            (Step::Tls, None, "tls error: certificate verify failed", "certificat"),
            (Step::Tls, None, "STARTTLS is not supported on this server", "chiffrée"),
            (Step::Authenticate, Some(535), "permanent error (535): 5.7.8 Authentication failed", "identification"),
            (Step::Sender, Some(553), "permanent error (553): sender rejected", "expéditeur"),
            (Step::Recipient, Some(550), "permanent error (550): 5.1.1 User unknown", "nous n’y écrivons plus"),
            (Step::Recipient, Some(550), "permanent error (550): 5.7.1 Not from you", "L’adresse est refusée"),
            (Step::Recipient, Some(550), "permanent error (550): No such user 5.1.1", "L’adresse est refusée"),
            (Step::Recipient, Some(450), "transient error (450): greylisted", "trois jours"),
            (Step::Recipient, Some(553), "SMTPUTF8 is not supported by the server", "accentuée"),
            (Step::Data, Some(554), "permanent error (554): no", "refuse ce message"),
            (Step::Body, Some(554), "permanent error (554): spam", "refuse ce message"),
            (Step::Body, None, "response error: incomplete response", "deux fois"),
            (Step::Body, None, INTERRUPTED, "s’est arrêté"),
            (Step::Write, None, "/data/mail: No space left on device (os error 28)", "disque est plein"),
            (Step::Write, None, "/data/mail: Permission denied (os error 13)", "droits"),
            (Step::Returned, Some(550), "5.1.1 smtp; 550 5.1.1 unknown", "personne ne reçoit plus"),
            (Step::Returned, None, "5.2.2 smtp; 552 full", "est revenu, ou tarde"),
            (Step::Compose, None, "mail reset: template mail/reset/body.txt: missing", "composé"),
            (Step::Recipient, None, Withheld::Unwanted.as_str(), "ne veut plus"),
            (Step::Recipient, Some(550), "closed", "L’adresse est refusée"),
        ] {
            let told = in_words(&Fault::new(step, code, said));
            assert!(told.contains(words), "{step} {said}: {told}");
        }
        let put_off = Fault::new(Step::Recipient, Some(450), "greylisted");
        assert_eq!(of_try(Stage::Deferred, &put_off), in_words(&put_off));
        assert!(of_try(Stage::Failed, &put_off).contains("nous n’essayons plus"));
    }

    #[test]
    fn only_what_others_said_is_quoted() {
        assert_eq!(verbatim(&Fault::new(Step::Body, None, INTERRUPTED)), None);
        for why in Withheld::ALL {
            assert_eq!((in_words(&why.fault()), verbatim(&why.fault())), (why.label(), None));
        }
        assert_eq!(verbatim(&Fault::new(Step::Recipient, Some(550), "5.1.1 unknown")), Some("5.1.1 unknown"));
    }
}
