//! The tables of mails that came back.

diesel::table! {
    bounces (report, mail_id) {
        report -> Text,
        mail_id -> Text,
        at -> Timestamp,
    }
}

diesel::table! {
    dead_addresses (id) {
        id -> Text,
        address -> Text,
        since -> Timestamp,
        status -> Text,
        said -> Text,
        mail_id -> Nullable<Text>,
        told_at -> Nullable<Timestamp>,
    }
}
