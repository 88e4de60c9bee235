//! Who may read a published record.

use crate::db::types::text_enum;

text_enum! {
    /// A reader sees the levels up to their own: everyone `public`, partners `partners` too, agents everything.
    pub enum Visibility {
        Public = "public" | "Public",
        Partners = "partners" | "Partenaires et agents",
        Internal = "internal" | "Agents du Département seulement",
    }
}
