//! The tables of what is told to those who follow.

diesel::table! {
    news (id) {
        id -> Text,
        number -> Nullable<BigInt>,
        record_kind -> Text,
        record_id -> Text,
        event -> Text,
        is_new -> Bool,
        changed -> Text,
        actor_id -> Nullable<Text>,
        at -> Timestamp,
    }
}

diesel::table! {
    news_numbers (name) {
        name -> Text,
        last -> BigInt,
    }
}

diesel::table! {
    subscribers (owner) {
        owner -> Text,
        email -> Text,
        secret -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    subscriptions (id) {
        id -> Text,
        owner -> Text,
        account_id -> Nullable<Text>,
        target -> Text,
        record_kind -> Text,
        record_id -> Text,
        search -> Text,
        rhythm -> Text,
        cursor -> BigInt,
        problem -> Nullable<Text>,
        confirmed_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    notices (id) {
        id -> Text,
        owner -> Text,
        subscription_id -> Nullable<Text>,
        news -> Nullable<BigInt>,
        record_kind -> Text,
        record_id -> Text,
        title -> Text,
        what -> Text,
        is_new -> Bool,
        at -> Timestamp,
        due_at -> Nullable<Timestamp>,
        mail_key -> Nullable<Text>,
        read_at -> Nullable<Timestamp>,
        counted -> Nullable<BigInt>,
    }
}
