//! One page of a list.

use serde::Serialize;

/// Which page is asked for: `number` from 1, `size` from 1 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    pub number: u32,
    pub size: u32,
}

impl Page {
    pub const LARGEST: u32 = 100;
    pub const USUAL: u32 = 20;

    pub fn first() -> Self {
        Self { number: 1, size: Self::USUAL }
    }

    pub fn offset(self) -> i64 {
        (i64::from(self.number) - 1) * i64::from(self.size)
    }

    pub fn limit(self) -> i64 {
        i64::from(self.size)
    }
}

/// The items of one page, with the exact number of all.
#[derive(Clone, Debug, Serialize, PartialEq, Eq, utoipa::ToSchema)]
pub struct Listing<T> {
    pub items: Vec<T>,
    pub total: u64,
    pub page: u32,
    pub per_page: u32,
}

impl<T> Listing<T> {
    pub fn new(items: Vec<T>, total: u64, page: Page) -> Self {
        Self { items, total, page: page.number, per_page: page.size }
    }

    pub fn map<U>(self, to: impl FnMut(T) -> U) -> Listing<U> {
        Listing { items: self.items.into_iter().map(to).collect(), total: self.total, page: self.page, per_page: self.per_page }
    }

    pub fn pages(&self) -> u32 {
        u32::try_from(self.total.div_ceil(u64::from(self.per_page.max(1)))).unwrap_or(u32::MAX)
    }
}
