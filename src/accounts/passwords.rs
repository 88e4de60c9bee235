//! Passwords: what is accepted, and how it is kept (Argon2id).

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};

use crate::error::{Error, Result};
use crate::kernel::Chance;
use crate::kernel::text::fold;

pub const SHORTEST: usize = 12;
const LONGEST: usize = 200;

/// Long passwords that lists of leaked ones hold, and French ones that people think of first; folded.
const COMMON: &str = include_str!("common_passwords.txt");

/// OWASP's second choice for Argon2id: 19 MiB, 2 passes, 1 lane.
fn argon2() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// Says why a password is not accepted, if it is not.
pub fn check(password: &str, email: &str) -> Result<(), Error> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Err(Error::field(
            "password",
            format!("Choisissez un mot de passe de {SHORTEST} caractères au moins. Une phrase convient très bien."),
        ));
    }
    if length > LONGEST {
        return Err(Error::field("password", format!("Choisissez un mot de passe de {LONGEST} caractères au plus.")));
    }
    let folded = fold(password);
    let local = fold(email.split('@').next().unwrap_or_default());
    let varied = folded.chars().collect::<std::collections::BTreeSet<_>>().len() >= 5;
    if !varied || COMMON.lines().any(|common| common == folded) || (local.len() >= 4 && folded.replace(&local, "").chars().count() < 6) {
        return Err(Error::field("password", "Ce mot de passe est trop facile à deviner : choisissez-en un autre."));
    }
    Ok(())
}

/// Slow by design (tens of milliseconds): never inside a transaction.
pub fn hash(password: &str, chance: &Chance) -> Result<String> {
    argon2()
        .hash_password_with_salt(password.as_bytes(), &chance.bytes::<16>())
        .map(|hash| hash.to_string())
        .map_err(|error| Error::Internal(format!("hashing failed: {error}")))
}

/// Compares, as slowly when there is no hash to compare with: the time does not tell whether an account exists.
pub fn verify(password: &str, hash: Option<&str>) -> bool {
    const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LWhhcy1pdA$GxkGxVsqzvmZ0ZCWtKE2nXqYvAcwXZHxJc8ZNd2mSPo";
    let Ok(parsed) = PasswordHash::new(hash.unwrap_or(NOBODY)) else { return false };
    argon2().verify_password(password.as_bytes(), &parsed).is_ok() && hash.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_verifies_its_password_only() {
        let hash = hash("un parapluie vert", &Chance::seeded(1)).unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(verify("un parapluie vert", Some(&hash)));
        assert!(!verify("un parapluie bleu", Some(&hash)));
        assert!(!verify("un parapluie vert", None));
    }

    #[test]
    fn weak_passwords_are_refused() {
        for password in ["court", "aaaaaaaaaaaaaa", "MotDePasse2026", "claire.dupont1", "motdepasse123"] {
            assert!(check(password, "claire.dupont@vienne.example").is_err(), "{password}");
        }
        check("un parapluie vert", "claire.dupont@vienne.example").unwrap();
    }
}
