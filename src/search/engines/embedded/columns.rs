//! What filters, facets and orders read of each record: the columns of one segment, opened once.

use tantivy::columnar::{Column, StrColumn};
use tantivy::fieldnorm::FieldNormReader;
use tantivy::{DocId, SegmentReader};

use super::schema::{Fields, NO_DAY};
use crate::actions::model::Situation;
use crate::kernel::{Day, Visibility};
use crate::search::model::RecordType;

pub struct Columns {
    pub kind: Column<u64>,
    pub starts_on: Column<i64>,
    pub ends_on: Column<i64>,
    pub is_reported: Column<u64>,
    pub date: Column<i64>,
    pub updated_at: Column<i64>,
    pub title_words: Column<u64>,
    pub title_key: Option<StrColumn>,
    pub themes: Codes,
    pub audiences: Codes,
    pub territories: Codes,
    /// One bit per record for each visibility.
    visible: Vec<Vec<u64>>,
    /// Field by field as `Fields::searched`: lengths, and the average one.
    pub norms: Vec<(FieldNormReader, f32)>,
}

/// A column of several codes per record.
pub struct Codes {
    ordinals: Option<Column<u64>>,
    pub names: Vec<String>,
}

impl Codes {
    fn open(segment: &SegmentReader, name: &str) -> tantivy::Result<Self> {
        let Some(column) = segment.fast_fields().str(name)? else { return Ok(Self { ordinals: None, names: Vec::new() }) };
        let mut names = Vec::with_capacity(column.num_terms());
        let mut stream = column.dictionary().stream()?;
        while stream.advance() {
            names.push(String::from_utf8_lossy(stream.key()).into_owned());
        }
        Ok(Self { ordinals: Some(column.ords().clone()), names })
    }

    /// The places in `names` of a record's codes.
    pub fn of(&self, doc: DocId) -> impl Iterator<Item = usize> + '_ {
        self.ordinals.iter().flat_map(move |column| column.values_for_doc(doc)).map(|ordinal| ordinal as usize)
    }
}

impl Columns {
    pub fn open(segment: &SegmentReader, fields: &Fields) -> tantivy::Result<Self> {
        let fast = segment.fast_fields();
        let visibility = fast.u64("visibility")?;
        let mut visible = vec![vec![0u64; (segment.max_doc() as usize).div_ceil(64)]; Visibility::ALL.len()];
        for doc in 0..segment.max_doc() {
            if let Some(bits) = visibility.first(doc).and_then(|level| visible.get_mut(level as usize)) {
                bits[doc as usize / 64] |= 1 << (doc % 64);
            }
        }
        let mut norms = Vec::new();
        for (field, _) in fields.searched() {
            let tokens = segment.inverted_index(field)?.total_num_tokens();
            norms.push((segment.get_fieldnorms_reader(field)?, (tokens as f32 / segment.max_doc().max(1) as f32).max(1.0)));
        }
        Ok(Self {
            kind: fast.u64("kind")?,
            starts_on: fast.i64("starts_on")?,
            ends_on: fast.i64("ends_on")?,
            is_reported: fast.u64("is_reported")?,
            date: fast.i64("date")?,
            updated_at: fast.i64("updated_at")?,
            title_words: fast.u64("title_words")?,
            title_key: fast.str("title_key")?,
            themes: Codes::open(segment, "themes")?,
            audiences: Codes::open(segment, "audiences")?,
            territories: Codes::open(segment, "territories")?,
            visible,
            norms,
        })
    }

    /// One bit per record that a reader of these levels may see. Deleted ones are told apart by the segment.
    pub fn visible_to(&self, levels: &[Visibility]) -> Vec<u64> {
        let mut seen = vec![0; self.visible.first().map_or(0, Vec::len)];
        for level in levels {
            let bits = &self.visible[super::schema::ordinal(Visibility::ALL, *level) as usize];
            seen.iter_mut().zip(bits).for_each(|(seen, bits)| *seen |= bits);
        }
        seen
    }

    pub fn record_type(&self, doc: DocId) -> Option<RecordType> {
        RecordType::ALL.get(self.kind.first(doc)? as usize).copied()
    }

    pub fn first_day(&self, doc: DocId) -> Option<Day> {
        super::schema::day(self.starts_on.first(doc).unwrap_or(NO_DAY))
    }

    pub fn last_day(&self, doc: DocId) -> Option<Day> {
        super::schema::day(self.ends_on.first(doc).unwrap_or(NO_DAY))
    }

    /// The situation of an action; other records have none.
    pub fn situation(&self, doc: DocId, today: Day) -> Option<Situation> {
        (self.record_type(doc) == Some(RecordType::Action))
            .then(|| Situation::of(self.first_day(doc), self.last_day(doc), self.is_reported.first(doc) == Some(1), today))
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
