//! The tables of meetings.

diesel::table! {
    bodies (id) {
        id -> Text,
        external_id -> Nullable<Text>,
        name -> Text,
        name_folded -> Text,
        kind -> Text,
        territory -> Text,
        is_closed -> Bool,
        fields -> Text,
        version -> Integer,
        author_id -> Nullable<Text>,
        author_name -> Text,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    body_members (body_id, position) {
        body_id -> Text,
        position -> Integer,
        account_id -> Nullable<Text>,
        organisation_id -> Nullable<Text>,
    }
}

diesel::table! {
    meetings (id) {
        id -> Text,
        external_id -> Nullable<Text>,
        uid -> Text,
        sequence -> Integer,
        body_id -> Nullable<Text>,
        series_id -> Nullable<Text>,
        kind -> Text,
        title -> Text,
        title_folded -> Text,
        stage -> Text,
        visibility -> Text,
        registration -> Text,
        starts_at -> Nullable<Timestamp>,
        ends_at -> Nullable<Timestamp>,
        capacity -> Nullable<Integer>,
        organiser_id -> Nullable<Text>,
        fields -> Text,
        reason -> Nullable<Text>,
        called_at -> Nullable<Timestamp>,
        submitted_at -> Nullable<Timestamp>,
        last_rank -> Integer,
        headcount -> Nullable<Integer>,
        announce_at -> Nullable<Timestamp>,
        announced -> Nullable<Text>,
        version -> Integer,
        author_id -> Nullable<Text>,
        author_name -> Text,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    meeting_territories (meeting_id, territory_code) {
        meeting_id -> Text,
        territory_code -> Text,
    }
}

diesel::table! {
    meeting_themes (meeting_id, theme) {
        meeting_id -> Text,
        theme -> Text,
    }
}

diesel::table! {
    meeting_sheets (meeting_id, plan_id, number) {
        meeting_id -> Text,
        plan_id -> Text,
        number -> Integer,
    }
}

diesel::table! {
    meeting_actions (meeting_id, action_id) {
        meeting_id -> Text,
        action_id -> Text,
    }
}

diesel::table! {
    meeting_conventions (meeting_id, convention_id) {
        meeting_id -> Text,
        convention_id -> Text,
    }
}

diesel::table! {
    invitations (id) {
        id -> Text,
        meeting_id -> Text,
        name -> Text,
        email -> Text,
        email_folded -> Text,
        function -> Text,
        quality -> Text,
        account_id -> Nullable<Text>,
        organisation_id -> Nullable<Text>,
        is_chair -> Bool,
        state -> Text,
        represented_by -> Text,
        note -> Text,
        answered_at -> Nullable<Timestamp>,
        rank -> Nullable<Integer>,
        presence -> Nullable<Text>,
        told_sequence -> Nullable<Integer>,
        secret -> Text,
        removed_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    minutes (meeting_id) {
        meeting_id -> Text,
        fields -> Text,
        revision -> Integer,
        version -> Integer,
        author_id -> Nullable<Text>,
        author_name -> Text,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    minutes_editions (meeting_id, number) {
        meeting_id -> Text,
        number -> Integer,
        fields -> Text,
        reason -> Text,
        author_id -> Nullable<Text>,
        author_name -> Text,
        at -> Timestamp,
    }
}

diesel::table! {
    minutes_opinions (invitation_id, revision) {
        meeting_id -> Text,
        invitation_id -> Text,
        revision -> Integer,
        opinion -> Text,
        comment -> Text,
        at -> Timestamp,
    }
}

diesel::table! {
    meeting_reminders (invitation_id, starts_at, days) {
        invitation_id -> Text,
        starts_at -> Timestamp,
        days -> Integer,
        at -> Timestamp,
    }
}

diesel::table! {
    calendar_tokens (account_id) {
        account_id -> Text,
        token -> Text,
        created_at -> Timestamp,
    }
}
