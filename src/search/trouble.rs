//! What can be wrong with a search engine that is a server of its own, and what to do about it.

/// The kind of trouble. Its English words stand in logs and with the tasks that failed; `in_words` is for administrators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Unreachable,
    Slow,
    KeyRefused,
    WrongVersion,
    DiskFull,
    NoIndex,
    NotOurs,
    Late,
    TaskFailed,
    Confused,
}

impl Kind {
    const ALL: [Self; 10] = [
        Self::Unreachable,
        Self::Slow,
        Self::KeyRefused,
        Self::WrongVersion,
        Self::DiskFull,
        Self::NoIndex,
        Self::NotOurs,
        Self::Late,
        Self::TaskFailed,
        Self::Confused,
    ];

    fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "cannot be reached",
            Self::Slow => "did not answer in time",
            Self::KeyRefused => "refuses the key",
            Self::WrongVersion => "is of another version",
            Self::DiskFull => "has no space left",
            Self::NoIndex => "has no index of ours",
            Self::NotOurs => "has an index of our name that is not ours",
            Self::Late => "has not finished a task in time",
            Self::TaskFailed => "could not carry out a task",
            Self::Confused => "answered something unexpected",
        }
    }

    /// What it is and what to do, for an administrator.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Unreachable => {
                "Le serveur de recherche Meilisearch est injoignable : vérifiez qu’il est en marche, et l’adresse TRAITDUNION_SEARCH_URL."
            }
            Self::Slow => "Le serveur de recherche Meilisearch ne répond pas à temps : vérifiez la charge de sa machine.",
            Self::KeyRefused => {
                "Meilisearch refuse la clé : donnez dans TRAITDUNION_SEARCH_KEY une clé qui a tous les droits sur les index de Trait d’union."
            }
            Self::WrongVersion => "Cette version de Meilisearch n’est pas connue : installez une version 1, à partir de la 1.12.",
            Self::DiskFull => "Le disque de Meilisearch est plein : libérez de la place, les mises à jour reprendront seules.",
            Self::NoIndex => "L’index de recherche n’existe pas (encore) : le service le refait ; sinon, lancez traitdunion reindex.",
            Self::NotOurs => {
                "Un index de ce nom existe déjà dans Meilisearch et n’est pas le nôtre : choisissez un autre nom dans TRAITDUNION_SEARCH_INDEX."
            }
            Self::Late => "Meilisearch est en retard : il n’a pas encore fini ce qui lui a été confié. Les mises à jour reprendront seules.",
            Self::TaskFailed => "Meilisearch n’a pas pu faire une mise à jour.",
            Self::Confused => "Meilisearch a donné une réponse inattendue : voyez son journal.",
        }
    }

    /// The trouble that a logged reason tells of.
    pub fn of(reason: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| reason.contains(&format!("meilisearch {}", kind.as_str())))
    }

    /// Is it worth asking again for as long as it takes? Nothing is wrong then with what was asked.
    pub fn passes(self) -> bool {
        self != Self::TaskFailed
    }
}

/// A trouble, with what was said of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("meilisearch {}: {said}", kind.as_str())]
pub struct Trouble {
    pub kind: Kind,
    pub said: String,
}

impl Trouble {
    pub fn new(kind: Kind, said: impl Into<String>) -> Self {
        Self { kind, said: said.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_trouble_is_known_again_from_what_was_logged() {
        for kind in Kind::ALL {
            let logged = format!("search is unavailable: {}", Trouble::new(kind, "tcp connect error"));
            assert_eq!(Kind::of(&logged), Some(kind), "{logged}");
            assert!(kind.in_words().ends_with('.'));
        }
        assert_eq!(Kind::of("the disk is on strike"), None);
    }
}
