//! The tables of decisions.

diesel::table! {
    decisions (id) {
        id -> Text,
        scope -> Text,
        year -> Integer,
        number -> Integer,
        meeting_id -> Text,
        body_id -> Nullable<Text>,
        decided_on -> Date,
        text_folded -> Text,
        stage -> Text,
        outcome -> Text,
        moved_at -> Nullable<Timestamp>,
        responsible_id -> Nullable<Text>,
        due_on -> Nullable<Date>,
        action_id -> Nullable<Text>,
        convention_id -> Nullable<Text>,
        plan_id -> Nullable<Text>,
        sheet_number -> Nullable<Integer>,
        asked_meeting_id -> Nullable<Text>,
        handed_to -> Nullable<Text>,
        answers -> Nullable<Text>,
        fields -> Text,
        version -> Integer,
        author_id -> Nullable<Text>,
        author_name -> Text,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    decision_territories (decision_id, territory_code) {
        decision_id -> Text,
        territory_code -> Text,
    }
}

diesel::table! {
    decision_themes (decision_id, theme) {
        decision_id -> Text,
        theme -> Text,
    }
}

diesel::table! {
    decision_numbers (scope, year) {
        scope -> Text,
        year -> Integer,
        last -> Integer,
    }
}

diesel::table! {
    decision_reminders (decision_id, due_on, step, recipient_id) {
        decision_id -> Text,
        due_on -> Date,
        step -> Text,
        recipient_id -> Text,
        at -> Timestamp,
    }
}
