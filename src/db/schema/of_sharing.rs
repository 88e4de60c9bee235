//! The tables of what brings the MDS together.

diesel::table! {
    other_letters (account_id) {
        account_id -> Text,
        told_until -> Date,
    }
}

diesel::table! {
    support_group (account_id) {
        account_id -> Text,
    }
}

diesel::table! {
    support_requests (id) {
        id -> Text,
        action_id -> Text,
        question -> Text,
        asker_id -> Text,
        asker_name -> Text,
        created_at -> Timestamp,
        closed_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    support_asked (request_id, account_id) {
        request_id -> Text,
        account_id -> Text,
        reason -> Text,
    }
}

diesel::table! {
    support_answers (id) {
        id -> Text,
        request_id -> Text,
        author_id -> Text,
        author_name -> Text,
        text -> Text,
        created_at -> Timestamp,
    }
}
