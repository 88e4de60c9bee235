//! How far two words are from each other: letters added, lost, changed, or swapped with the next.

/// How many letters tell two words apart, if they are `most` or fewer.
pub fn distance(one: &str, other: &str, most: usize) -> Option<usize> {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let is_near = one.len().abs_diff(other.len()) <= most;
    is_near.then(|| edits(&one, &other)).filter(|distance| *distance <= most)
}

/// Letters added, lost, changed or swapped from one word to the other.
pub fn edits(a: &[char], b: &[char]) -> usize {
    last_row(a, b)[b.len()]
}

/// The least such number from a word to any beginning of the other.
pub fn edits_to_beginning(a: &[char], b: &[char]) -> usize {
    last_row(a, b).into_iter().min().unwrap_or(a.len())
}

/// For each beginning of `b`, how far `a` is from it.
fn last_row(a: &[char], b: &[char]) -> Vec<usize> {
    let mut rows: [Vec<usize>; 3] = [Vec::new(), Vec::new(), (0..=b.len()).collect()];
    for i in 1..=a.len() {
        rows.rotate_left(1);
        rows[2] = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let changed = rows[1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = changed.min(rows[1][j] + 1).min(rows[2][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[0][j - 2] + 1);
            }
            rows[2][j] = least;
        }
    }
    let [.., last] = rows;
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_near_or_far() {
        for (one, other, near) in [("titre", "titre", 0), ("titer", "titre", 1), ("theme", "themes", 1), ("famile", "familles", 2)] {
            assert_eq!(distance(one, other, 2), Some(near), "{one} {other}");
        }
        assert_eq!((distance("titre", "public", 2), distance("a", "abcd", 2)), (None, None));
    }

    fn letters(word: &str) -> Vec<char> {
        word.chars().collect()
    }

    #[test]
    fn edits_count_swaps_as_one() {
        let count = |a: &str, b: &str| edits(&letters(a), &letters(b));
        assert_eq!(count("surendetement", "surendettement"), 1);
        assert_eq!(count("bugdet", "budget"), 1);
        assert_eq!(count("abc", ""), 3);
        assert_eq!(count("", ""), 0);
        assert_eq!(count("maison", "raisons"), 2);
    }

    #[test]
    fn a_beginning_may_be_near_too() {
        assert_eq!(edits_to_beginning(&letters("surendete"), &letters("surendettement")), 1);
        assert_eq!(edits_to_beginning(&letters("surend"), &letters("surendettement")), 0);
        assert!(edits_to_beginning(&letters("budget"), &letters("surendettement")) > 2);
    }
}
