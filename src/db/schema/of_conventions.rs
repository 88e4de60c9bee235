//! The tables of conventions.

diesel::table! {
    conventions (id) {
        id -> Text,
        external_id -> Nullable<Text>,
        number -> Nullable<Text>,
        object -> Text,
        object_folded -> Text,
        kind -> Text,
        level -> Text,
        stage -> Text,
        visibility -> Text,
        begins_on -> Nullable<Date>,
        signed_on -> Nullable<Date>,
        applied -> Integer,
        in_force -> Bool,
        situation -> Nullable<Text>,
        current_term -> Nullable<Date>,
        notice_by -> Nullable<Date>,
        review_on -> Nullable<Date>,
        replaces -> Nullable<Text>,
        responsible_id -> Nullable<Text>,
        fields -> Text,
        is_existing -> Bool,
        signed_file -> Nullable<Text>,
        return_comment -> Nullable<Text>,
        submitted_at -> Nullable<Timestamp>,
        version -> Integer,
        author_id -> Nullable<Text>,
        author_name -> Text,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    convention_parties (convention_id, position) {
        convention_id -> Text,
        position -> Integer,
        organisation_id -> Nullable<Text>,
    }
}

diesel::table! {
    convention_territories (convention_id, territory_code) {
        convention_id -> Text,
        territory_code -> Text,
    }
}

diesel::table! {
    convention_themes (convention_id, theme) {
        convention_id -> Text,
        theme -> Text,
    }
}

diesel::table! {
    convention_sheets (convention_id, plan_id, number) {
        convention_id -> Text,
        plan_id -> Text,
        number -> Integer,
    }
}

diesel::table! {
    convention_actions (convention_id, action_id) {
        convention_id -> Text,
        action_id -> Text,
    }
}

diesel::table! {
    convention_acts (id) {
        id -> Text,
        convention_id -> Text,
        number -> Integer,
        kind -> Text,
        stage -> Text,
        dated_on -> Nullable<Date>,
        content -> Text,
        author_id -> Nullable<Text>,
        author_name -> Text,
        at -> Timestamp,
    }
}

diesel::table! {
    convention_numbers (year) {
        year -> Integer,
        last -> Integer,
    }
}

diesel::table! {
    convention_reminders (convention_id, term, step, recipient_id) {
        convention_id -> Text,
        term -> Date,
        step -> Text,
        recipient_id -> Text,
        at -> Timestamp,
    }
}
