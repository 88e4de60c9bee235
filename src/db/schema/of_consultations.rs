//! The table of consultations.

diesel::table! {
    consultations (kind, record_id, day) {
        kind -> Text,
        record_id -> Text,
        day -> Date,
        count -> BigInt,
    }
}
