//! What people could have typed to find a sheet that is known, made from its title: four sets, the same at each run.

use traitdunion::kernel::Chance;
use traitdunion::kernel::text::fold;

use super::corpus::Sheet;

pub const SETS: [&str; 4] = ["question", "typo", "prefix", "inflected"];

pub struct Known {
    /// Which of [`SETS`].
    pub set: usize,
    pub text: String,
    /// The place of the sheet that is to be found.
    pub sheet: usize,
}

/// Words that a keyword query leaves out.
const LEFT_OUT: &str = "le la les l un une des de du d et ou en au aux a à dans sur pour par avec sans que qui quoi quel quelle quels quelles est sont il elle on \
    se ce cette ces son sa ses ne pas y t s n c qu comment peut-on peut faire quand si plus";

/// The queries, and which sheets lose their title: those that a question looks for, since the question is that title.
pub fn queries(sheets: &[Sheet], seed: u64) -> (Vec<Known>, Vec<bool>) {
    let mut draw = Draw(Chance::seeded(seed));
    let mut order: Vec<usize> = (0..sheets.len()).collect();
    draw.shuffle(&mut order);
    let mut queries = Vec::new();
    let mut untitled = vec![false; sheets.len()];
    for sheet in order.iter().copied().filter(|sheet| sheets[*sheet].title.contains('?') && content(&sheets[*sheet].title).len() >= 3).take(600) {
        queries.push(Known { set: 0, text: sheets[sheet].title.clone(), sheet });
        untitled[sheet] = true;
    }
    order.retain(|sheet| !untitled[*sheet]);
    for (set, count, make) in [(1, 300, misspelt as Make), (2, 200, unfinished as Make), (3, 200, inflected as Make)] {
        let made: Vec<Known> = order
            .iter()
            .filter_map(|sheet| make(content(&sheets[*sheet].title), &mut draw).map(|text| Known { set, text, sheet: *sheet }))
            .take(count)
            .collect();
        queries.extend(made);
        draw.shuffle(&mut order);
    }
    (queries, untitled)
}

type Make = fn(Vec<String>, &mut Draw) -> Option<String>;

/// One letter of one word lost, added, changed or swapped with the next.
fn misspelt(mut words: Vec<String>, draw: &mut Draw) -> Option<String> {
    words.truncate(4);
    let long: Vec<usize> =
        (0..words.len()).filter(|place| words[*place].chars().count() >= 5 && words[*place].chars().all(char::is_alphabetic)).collect();
    if words.len() < 2 || long.is_empty() {
        return None;
    }
    let word = &mut words[long[draw.below(long.len())]];
    let mut letters: Vec<char> = word.chars().collect();
    let place = draw.below(letters.len());
    let letter = char::from(b'a' + u8::try_from(draw.below(26)).unwrap_or_default());
    match draw.below(4) {
        0 => drop(letters.remove(place)),
        1 => letters.insert(place, letter),
        2 => letters[place] = letter,
        _ => {
            let place = place.min(letters.len() - 2);
            letters.swap(place, place + 1);
        }
    }
    *word = letters.into_iter().collect();
    Some(words.join(" "))
}

/// Without accents, the last word not typed to its end.
fn unfinished(mut words: Vec<String>, draw: &mut Draw) -> Option<String> {
    words.truncate(4);
    let length = words.last().map_or(0, |word| word.chars().count());
    if words.len() < 2 || length < 6 {
        return None;
    }
    let kept = 4 + draw.below(length - 4);
    let last = words.pop()?;
    words.push(last.chars().take(kept).collect());
    Some(fold(&words.join(" ")))
}

/// One for many and many for one, in another order.
fn inflected(mut words: Vec<String>, draw: &mut Draw) -> Option<String> {
    words.truncate(6);
    if words.len() < 2 {
        return None;
    }
    for word in &mut words {
        *word = other_number(word);
    }
    draw.shuffle(&mut words);
    Some(words.join(" "))
}

fn other_number(word: &str) -> String {
    if !word.chars().all(char::is_alphabetic) {
        return word.to_owned();
    }
    match word {
        _ if word.ends_with('s') && word.chars().count() > 4 => word[..word.len() - 1].to_owned(),
        _ if word.ends_with("aux") => format!("{}al", &word[..word.len() - 3]),
        _ if word.ends_with("al") => format!("{}aux", &word[..word.len() - 2]),
        _ if word.ends_with(['x', 'z']) => word.to_owned(),
        _ => format!("{word}s"),
    }
}

/// The words of a title that say something, in lower case.
fn content(title: &str) -> Vec<String> {
    let words = title.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
    words.filter(|word| word.chars().count() > 2 && !LEFT_OUT.split_whitespace().any(|left_out| left_out == word)).collect()
}

struct Draw(Chance);

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.0.below(bound as u64)).unwrap_or_default()
    }

    fn shuffle<T>(&mut self, list: &mut [T]) {
        for place in (1..list.len()).rev() {
            list.swap(place, self.below(place + 1));
        }
    }
}
