//! The tables of partners beside the organisations themselves.

diesel::table! {
    organisations_apart (one_id, other_id) {
        one_id -> Text,
        other_id -> Text,
        at -> Timestamp,
    }
}
