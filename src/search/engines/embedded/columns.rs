//! What filters, facets and orders read of each record: the columns of one segment, opened once.

use std::sync::{Arc, Mutex, PoisonError};

use tantivy::columnar::{Column, StrColumn};
use tantivy::fieldnorm::FieldNormReader;
use tantivy::{DocId, SegmentReader};

use super::schema::{Fields, NO_DAY, day, ordinal};
use crate::actions::model::Situation;
use crate::kernel::{Day, Visibility};
use crate::search::model::RecordType;

/// Plain lists: tantivy's own columns are packed, and every record that matches is read.
pub struct Columns {
    pub kinds: Vec<u8>,
    pub first_days: Vec<i64>,
    pub last_days: Vec<i64>,
    is_reported: Column<u64>,
    pub dates: Vec<i64>,
    pub updated_at: Vec<i64>,
    pub title_words: Vec<u16>,
    pub title_key: Option<StrColumn>,
    pub themes: Codes,
    pub audiences: Codes,
    pub territories: Codes,
    /// One bit per record for each visibility.
    visible: Vec<Vec<u64>>,
    /// Field by field as `Fields::searched`: lengths, and the average one.
    pub norms: Vec<(FieldNormReader, f32)>,
    situations: Mutex<Option<(Day, Situations)>>,
}

/// By record, the place of its situation in `Situation::ALL`; `NO_SITUATION` for what is no action.
pub type Situations = Arc<[u8]>;

pub const NO_SITUATION: u8 = u8::MAX;

/// A column of several codes per record.
#[derive(Default)]
pub struct Codes {
    /// Where the codes of each record begin, and those of the last end.
    begins: Vec<u32>,
    codes: Vec<u32>,
    pub names: Vec<String>,
}

impl Codes {
    fn open(segment: &SegmentReader, name: &str) -> tantivy::Result<Self> {
        let Some(column) = segment.fast_fields().str(name)? else {
            return Ok(Self { begins: vec![0; segment.max_doc() as usize + 1], ..Self::default() });
        };
        let mut read = Self { names: Vec::with_capacity(column.num_terms()), ..Self::default() };
        let mut stream = column.dictionary().stream()?;
        while stream.advance() {
            read.names.push(String::from_utf8_lossy(stream.key()).into_owned());
        }
        for doc in 0..segment.max_doc() {
            read.begins.push(read.codes.len() as u32);
            read.codes.extend(column.ords().values_for_doc(doc).map(|ordinal| ordinal as u32));
        }
        read.begins.push(read.codes.len() as u32);
        Ok(read)
    }

    /// The places in `names` of a record's codes.
    pub fn of(&self, doc: DocId) -> impl Iterator<Item = usize> + '_ {
        let doc = doc as usize;
        self.codes[self.begins[doc] as usize..self.begins[doc + 1] as usize].iter().map(|code| *code as usize)
    }
}

impl Columns {
    pub fn open(segment: &SegmentReader, fields: &Fields) -> tantivy::Result<Self> {
        let fast = segment.fast_fields();
        let records = 0..segment.max_doc();
        let numbers = |name| fast.u64(name).map(|column| records.clone().map(move |doc| column.first(doc).unwrap_or_default()));
        let days = |name, none| fast.i64(name).map(|column| records.clone().map(|doc| column.first(doc).unwrap_or(none)).collect());
        let mut visible = vec![vec![0u64; (segment.max_doc() as usize).div_ceil(64)]; Visibility::ALL.len()];
        for (doc, level) in numbers("visibility")?.enumerate() {
            if let Some(bits) = visible.get_mut(level as usize) {
                bits[doc / 64] |= 1 << (doc % 64);
            }
        }
        let mut norms = Vec::new();
        for (field, _) in fields.searched() {
            let tokens = segment.inverted_index(field)?.total_num_tokens();
            norms.push((segment.get_fieldnorms_reader(field)?, (tokens as f32 / segment.max_doc().max(1) as f32).max(1.0)));
        }
        Ok(Self {
            kinds: numbers("kind")?.map(|kind| kind as u8).collect(),
            first_days: days("starts_on", NO_DAY)?,
            last_days: days("ends_on", NO_DAY)?,
            is_reported: fast.u64("is_reported")?,
            dates: days("date", NO_DAY)?,
            updated_at: days("updated_at", 0)?,
            title_words: numbers("title_words")?.map(|words| words.min(u16::MAX.into()) as u16).collect(),
            title_key: fast.str("title_key")?,
            themes: Codes::open(segment, "themes")?,
            audiences: Codes::open(segment, "audiences")?,
            territories: Codes::open(segment, "territories")?,
            visible,
            norms,
            situations: Mutex::new(None),
        })
    }

    /// One bit per record that a reader of these levels may see. Deleted ones are told apart by the segment.
    pub fn visible_to(&self, levels: &[Visibility]) -> Vec<u64> {
        let mut seen = vec![0; self.visible.first().map_or(0, Vec::len)];
        for level in levels {
            let bits = &self.visible[ordinal(Visibility::ALL, *level) as usize];
            seen.iter_mut().zip(bits).for_each(|(seen, bits)| *seen |= bits);
        }
        seen
    }

    pub fn record_type(&self, doc: DocId) -> Option<RecordType> {
        RecordType::ALL.get(usize::from(self.kinds[doc as usize])).copied()
    }

    /// Worked out once a day.
    pub fn situations(&self, today: Day) -> Situations {
        let mut kept = self.situations.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, situations)) = kept.as_ref().filter(|(day, _)| *day == today) {
            return situations.clone();
        }
        let situations: Situations = (0..self.kinds.len() as DocId).map(|doc| self.situation(doc, today)).collect();
        *kept = Some((today, situations.clone()));
        situations
    }

    fn situation(&self, doc: DocId, today: Day) -> u8 {
        if self.record_type(doc) != Some(RecordType::Action) {
            return NO_SITUATION;
        }
        let (first, last) = (day(self.first_days[doc as usize]), day(self.last_days[doc as usize]));
        ordinal(Situation::ALL, Situation::of(first, last, self.is_reported.first(doc) == Some(1), today)) as u8
    }

    /// Folded title and id: an order that does not depend on how the index is cut.
    pub fn title_key(&self, doc: DocId) -> String {
        let mut key = String::new();
        if let Some(column) = &self.title_key
            && let Some(ordinal) = column.ords().first(doc)
        {
            // What cannot be read sorts first rather than failing a whole search.
            drop(column.ord_to_str(ordinal, &mut key));
        }
        key
    }
}

pub fn has(bits: &[u64], doc: DocId) -> bool {
    bits.get(doc as usize / 64).is_some_and(|word| word >> (doc % 64) & 1 == 1)
}
