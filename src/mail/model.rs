//! What becomes of a mail, decided from what the server did: pure, and tested as a table.
//!
//! ```text
//! queued ──lease──▶ leased ──body handed over──▶ body_started ──250──▶ sent
//!    ▲                │                               │
//!    │   nothing of it was handed over:               ├──4xx──▶ deferred ──due──▶ leased, for 72 hours
//!    └────────────────┤                               ├──5xx──▶ failed
//!                     ├──4xx──▶ deferred              └──no answer, or killed──▶ uncertain ──due──▶ leased
//!                     └──5xx──▶ failed
//! ```
//!
//! A `sent` mail, or an uncertain one, that comes back is `failed` (`bounces/`). As long as nothing of it was handed over, a recipient who no
//! longer wants it, or may no longer have it, makes it `cancelled`. An administrator puts what is `sent`, `failed` or `cancelled` back to
//! `queued`: the same bytes leave again.

use crate::db::types::text_enum;
use crate::kernel::Moment;

text_enum! {
    pub enum Stage {
        Queued = "queued" | "En attente",
        Leased = "leased" | "En cours d’envoi",
        BodyStarted = "body_started" | "En cours d’envoi",
        Sent = "sent" | "Parti",
        Deferred = "deferred" | "Reporté",
        Failed = "failed" | "Échoué",
        Uncertain = "uncertain" | "Incertain",
        Cancelled = "cancelled" | "Annulé",
    }
}

impl Stage {
    /// Will it leave by itself?
    pub fn is_waiting(self) -> bool {
        !self.may_become(Self::Queued) || self == Self::Leased
    }

    /// The stages from which one may come to this one: what every change of a stored mail is held to.
    pub fn predecessors(self) -> Vec<Self> {
        Self::ALL.iter().copied().filter(|stage| stage.may_become(self)).collect()
    }

    fn may_become(self, next: Self) -> bool {
        use Stage::{BodyStarted, Cancelled, Deferred, Failed, Leased, Queued, Sent, Uncertain};
        match self {
            Queued | Deferred => matches!(next, Leased | Cancelled),
            // A report that it came back says, too, that it had left.
            Uncertain => matches!(next, Leased | Cancelled | Failed),
            Sent => matches!(next, Queued | Failed),
            Leased => matches!(next, BodyStarted | Queued | Deferred | Failed | Cancelled | Leased),
            BodyStarted => matches!(next, Sent | Deferred | Failed | Uncertain),
            Failed | Cancelled => next == Queued,
        }
    }
}

text_enum! {
    /// Where in the dialogue something went wrong.
    pub enum Step {
        Compose = "compose" | "Composition du message",
        Connect = "connect" | "Connexion au serveur",
        Tls = "tls" | "Chiffrement de la connexion",
        Authenticate = "authenticate" | "Identification",
        Sender = "sender" | "Annonce de l’expéditeur",
        Recipient = "recipient" | "Annonce du destinataire",
        Data = "data" | "Début de l’envoi",
        Body = "body" | "Remise du message",
        Write = "write" | "Écriture du fichier",
        /// It had left, and came back.
        Returned = "returned" | "Retour du message",
    }
}

text_enum! {
    /// Why a mail that nothing stopped on its way does not leave: its recipient may not, or will not, have it any more.
    pub enum Withheld {
        Unwanted = "refused" | "La personne ne veut plus recevoir ces messages.",
        Read = "read" | "La personne avait déjà lu la page : le message n’est pas parti.",
        Unreadable = "unreadable" | "La personne n’a plus accès à ce dont parle ce message : il n’est pas parti.",
        Uninvited = "uninvited" | "La personne n’est plus invitée à cette rencontre : le message n’est pas parti.",
        Unaddressed = "unaddressed" | "La personne n’est plus parmi les destinataires de cette annonce : le message n’est pas parti.",
        Spent = "spent" | "Le lien de ce message a expiré, ou a déjà servi : il n’est pas parti.",
        Closed = "closed" | "Le compte de cette personne est fermé : le message n’est pas parti.",
        Dead = "dead" | "Personne ne reçoit plus de messages à cette adresse : voyez les adresses invalides.",
        CalledOff = "called_off" | "L’annonce a été annulée avant que ce message parte.",
        Retold = "retold" | "Ce que disait ce message l’a été par un autre, ou n’est plus suivi : il n’est pas parti.",
        Moved = "moved" | "Ce compte a changé d’adresse : le message n’est pas parti à l’ancienne.",
    }
}

impl Withheld {
    pub fn fault(self) -> Fault {
        Fault::new(Step::Recipient, None, self.as_str())
    }

    /// The reason that a fault keeps, if it is one of ours and not a server's.
    pub fn of(fault: &Fault) -> Option<Self> {
        Self::parse(&fault.said).filter(|_| fault.step == Step::Recipient && fault.code.is_none())
    }
}

/// What went wrong: where, with which answer of the server if it gave one, in which words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub step: Step,
    /// 421, 450, 550…; none when no answer came.
    pub code: Option<u16>,
    pub said: String,
}

/// What becomes of the mail, and whether others have to wait too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Deferred,
    Failed,
    /// The body was handed over and no answer came: it may have arrived.
    Uncertain,
    /// Nothing was said of this mail: the server, or our settings, are at fault. No mail leaves until it is mended, and none is given up.
    ServerAtFault,
}

impl Fault {
    pub fn new(step: Step, code: Option<u16>, said: impl Into<String>) -> Self {
        // What a server says is kept to read, not to fill the database.
        Self { step, code, said: said.into().chars().filter(|c| !c.is_control()).take(500).collect() }
    }

    pub fn verdict(&self) -> Verdict {
        let is_final = self.code.is_some_and(|code| (500..600).contains(&code));
        match self.step {
            Step::Compose | Step::Returned => Verdict::Failed,
            // The server refuses us, whomever we write to.
            Step::Connect | Step::Tls | Step::Authenticate | Step::Sender | Step::Write => Verdict::ServerAtFault,
            Step::Recipient | Step::Data | Step::Body if is_final => Verdict::Failed,
            Step::Body if self.code.is_none() => Verdict::Uncertain,
            Step::Recipient | Step::Data | Step::Body => Verdict::Deferred,
        }
    }
}

/// For how long a mail that is answered « later » is tried again.
pub const GIVE_UP_HOURS: i64 = 72;
/// The longest wait between two tries.
const LONGEST_SECONDS: i64 = 6 * 3600;

/// When a mail is tried again after so many answers « later »: 2 seconds after the first, then twice as long each time, with a fifth of jitter.
pub fn due_again(now: Moment, deferrals: i32, jitter: u64) -> Moment {
    let seconds = 1i64 << deferrals.clamp(1, 15);
    let seconds = seconds.min(LONGEST_SECONDS);
    now.plus_millis(seconds * 1000 + i64::try_from(jitter % 200).unwrap_or(0) * seconds)
}

/// How long a server at fault is left alone after so many faults in a row: soon at first, then every five minutes.
pub fn pause_seconds(faults: u32) -> u64 {
    2u64.saturating_pow(faults.min(9)).min(300)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_its_verdict() {
        use Verdict::{Deferred, Failed, ServerAtFault, Uncertain};
        let codes = [None, Some(421), Some(450), Some(452), Some(550), Some(554)];
        let table = [
            (Step::Compose, [Failed; 6]),
            (Step::Connect, [ServerAtFault; 6]),
            (Step::Tls, [ServerAtFault; 6]),
            (Step::Authenticate, [ServerAtFault; 6]),
            (Step::Sender, [ServerAtFault; 6]),
            // 421 too: some servers say it of one recipient's domain. If they mean themselves, the next connection tells.
            (Step::Recipient, [Deferred, Deferred, Deferred, Deferred, Failed, Failed]),
            (Step::Data, [Deferred, Deferred, Deferred, Deferred, Failed, Failed]),
            (Step::Body, [Uncertain, Deferred, Deferred, Deferred, Failed, Failed]),
            (Step::Write, [ServerAtFault; 6]),
            (Step::Returned, [Failed; 6]),
        ];
        assert_eq!(table.len(), Step::ALL.len());
        for (step, verdicts) in table {
            for (code, verdict) in codes.into_iter().zip(verdicts) {
                assert_eq!(Fault::new(step, code, "").verdict(), verdict, "{step} {code:?}");
            }
        }
    }

    #[test]
    fn every_move_is_allowed_or_not() {
        // Rows: from; columns: queued, leased, body_started, sent, deferred, failed, uncertain, cancelled.
        let table = [
            (Stage::Queued, "01000001"),
            (Stage::Leased, "11101101"),
            (Stage::BodyStarted, "00011110"),
            (Stage::Sent, "10000100"),
            (Stage::Deferred, "01000001"),
            (Stage::Failed, "10000000"),
            (Stage::Uncertain, "01000101"),
            (Stage::Cancelled, "10000000"),
        ];
        assert_eq!(table.len(), Stage::ALL.len());
        for (from, row) in table {
            for (to, allowed) in Stage::ALL.iter().zip(row.chars()) {
                assert_eq!(from.may_become(*to), allowed == '1', "{from} → {to}");
            }
        }
    }

    #[test]
    fn the_first_retry_comes_soon_and_the_waits_double() {
        let now = Moment::from_micros(0);
        let wait = |attempts, jitter| due_again(now, attempts, jitter).micros() / 1_000_000;
        assert!(wait(1, 199) < 5 && wait(1, 0) == 2);
        for attempts in 1..13 {
            assert_eq!(wait(attempts + 1, 0), 2 * wait(attempts, 0));
        }
        assert!(wait(i32::MAX, 199) <= LONGEST_SECONDS * 6 / 5 && wait(0, 0) == 2);
        let tries = (1..100)
            .scan(0, |sum, attempt| {
                *sum += wait(attempt, 0);
                Some(*sum)
            })
            .take_while(|at| *at < GIVE_UP_HOURS * 3600)
            .count();
        assert!((20..30).contains(&tries), "{tries} tries in 72 hours");
        assert_eq!((pause_seconds(1), pause_seconds(4), pause_seconds(1000)), (2, 16, 300));
    }
}
