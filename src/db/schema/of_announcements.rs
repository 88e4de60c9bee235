//! The tables of announcements.

diesel::table! {
    announcements (id) {
        id -> Text,
        kind -> Text,
        title -> Text,
        stage -> Text,
        meeting_id -> Nullable<Text>,
        secret -> Text,
        send_at -> Nullable<Timestamp>,
        sent_at -> Nullable<Timestamp>,
        settled -> Nullable<Text>,
        fields -> Text,
        version -> Integer,
        author_id -> Nullable<Text>,
        author_name -> Text,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    announcement_territories (announcement_id, territory_code) {
        announcement_id -> Text,
        territory_code -> Text,
    }
}

diesel::table! {
    announcement_sheets (announcement_id, plan_id, number) {
        announcement_id -> Text,
        plan_id -> Text,
        number -> Integer,
    }
}

diesel::table! {
    announcement_recipients (announcement_id, email_folded) {
        announcement_id -> Text,
        email_folded -> Text,
        email -> Text,
        name -> Text,
        mail_key -> Text,
        is_stopped -> Bool,
        is_queued -> Bool,
    }
}

diesel::table! {
    announcement_organisations (announcement_id, organisation_id, email_folded) {
        announcement_id -> Text,
        organisation_id -> Text,
        email_folded -> Text,
    }
}

diesel::table! {
    informed (announcement_id, organisation_id, how) {
        announcement_id -> Text,
        organisation_id -> Text,
        how -> Text,
        informed_on -> Date,
    }
}
