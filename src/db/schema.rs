//! Every table, the same on both databases. A test compares it with what the migrations make.

mod of_announcements;
mod of_bounces;
mod of_consultations;
mod of_conventions;
mod of_decisions;
mod of_meetings;
mod of_notifications;
mod of_partners;
mod of_sharing;

pub use of_announcements::{
    announcement_organisations, announcement_recipients, announcement_sheets, announcement_territories, announcements, informed,
};
pub use of_bounces::{bounces, dead_addresses};
pub use of_consultations::consultations;
pub use of_conventions::{
    convention_actions, convention_acts, convention_numbers, convention_parties, convention_reminders, convention_sheets, convention_territories,
    convention_themes, conventions,
};
pub use of_decisions::{decision_numbers, decision_reminders, decision_territories, decision_themes, decisions};
pub use of_meetings::{
    bodies, body_members, calendar_tokens, invitations, meeting_actions, meeting_conventions, meeting_reminders, meeting_sheets, meeting_territories,
    meeting_themes, meetings, minutes, minutes_editions, minutes_opinions,
};
pub use of_notifications::{news, news_numbers, notices, subscribers, subscriptions};
pub use of_partners::organisations_apart;
pub use of_sharing::{other_letters, support_answers, support_asked, support_group, support_requests};

diesel::table! {
    settings (key) {
        key -> Text,
        value -> Text,
        version -> Integer,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    territories (code) {
        code -> Text,
        kind -> Text,
        name -> Text,
        name_folded -> Text,
        within_code -> Nullable<Text>,
        address -> Text,
        phone -> Text,
        email -> Text,
        version -> Integer,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    territory_communes (territory_code, commune_code, part) {
        territory_code -> Text,
        commune_code -> Text,
        part -> Text,
    }
}

diesel::table! {
    organisations (id) {
        id -> Text,
        external_id -> Nullable<Text>,
        name -> Text,
        name_folded -> Text,
        kind -> Text,
        version -> Integer,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        words_folded -> Text,
        siret -> Nullable<Text>,
        commune -> Nullable<Text>,
        visibility -> Text,
        fields -> Text,
        confirmed_at -> Timestamp,
        reminded_at -> Nullable<Timestamp>,
        merged_into -> Nullable<Text>,
    }
}

diesel::table! {
    organisation_territories (organisation_id, territory_code) {
        organisation_id -> Text,
        territory_code -> Text,
    }
}

diesel::table! {
    organisation_themes (organisation_id, theme) {
        organisation_id -> Text,
        theme -> Text,
    }
}

diesel::table! {
    organisation_corrections (id) {
        id -> Text,
        organisation_id -> Text,
        changes -> Text,
        reason -> Text,
        stage -> Text,
        author_id -> Nullable<Text>,
        author_name -> Text,
        created_at -> Timestamp,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<Timestamp>,
        comment -> Text,
    }
}

diesel::table! {
    organisation_links (token_hash) {
        token_hash -> Text,
        organisation_id -> Text,
        recipient -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    accounts (id) {
        id -> Text,
        email -> Text,
        email_folded -> Text,
        name -> Text,
        name_folded -> Text,
        job -> Text,
        role -> Text,
        organisation_id -> Nullable<Text>,
        password_hash -> Nullable<Text>,
        stage -> Text,
        version -> Integer,
        signed_in_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    account_territories (account_id, territory_code) {
        account_id -> Text,
        territory_code -> Text,
    }
}

diesel::table! {
    account_links (token_hash) {
        token_hash -> Text,
        account_id -> Text,
        purpose -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    sign_ins (id) {
        id -> Text,
        account_id -> Nullable<Text>,
        at -> Timestamp,
        address -> Text,
        outcome -> Text,
    }
}

diesel::table! {
    web_sessions (id) {
        id -> Text,
        token_hash -> Text,
        account_id -> Text,
        address -> Text,
        agent -> Text,
        created_at -> Timestamp,
        seen_at -> Timestamp,
        ended_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    api_tokens (id) {
        id -> Text,
        token_hash -> Text,
        account_id -> Text,
        label -> Text,
        created_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
        revoked_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    throttles (key) {
        key -> Text,
        failures -> Integer,
        until -> Timestamp,
    }
}

diesel::table! {
    plans (id) {
        id -> Text,
        external_id -> Nullable<Text>,
        title -> Text,
        starts_on -> Date,
        ends_on -> Date,
        version -> Integer,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    orientations (plan_id, number) {
        plan_id -> Text,
        number -> Integer,
        title -> Text,
    }
}

diesel::table! {
    plan_sheets (plan_id, number) {
        plan_id -> Text,
        number -> Integer,
        orientation -> Integer,
        title -> Text,
        stage -> Text,
        content -> Text,
        version -> Integer,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    actions (id) {
        id -> Text,
        external_id -> Nullable<Text>,
        title -> Text,
        title_folded -> Text,
        stage -> Text,
        visibility -> Text,
        kind -> Text,
        opens_on -> Date,
        closes_on -> Date,
        is_reported -> Bool,
        fields -> Text,
        version -> Integer,
        carrier_code -> Nullable<Text>,
        author_id -> Nullable<Text>,
        author_name -> Text,
        inspired_by -> Nullable<Text>,
        return_comment -> Nullable<Text>,
        submitted_at -> Nullable<Timestamp>,
        reminded_at -> Nullable<Timestamp>,
        published_at -> Nullable<Timestamp>,
        confirmed_at -> Timestamp,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        reported_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    action_territories (action_id, territory_code) {
        action_id -> Text,
        territory_code -> Text,
    }
}

diesel::table! {
    action_themes (action_id, theme) {
        action_id -> Text,
        theme -> Text,
    }
}

diesel::table! {
    action_audiences (action_id, audience) {
        action_id -> Text,
        audience -> Text,
    }
}

diesel::table! {
    action_partners (action_id, organisation_id) {
        action_id -> Text,
        organisation_id -> Text,
    }
}

diesel::table! {
    action_sheets (action_id, plan_id, number) {
        action_id -> Text,
        plan_id -> Text,
        number -> Integer,
    }
}

diesel::table! {
    action_sessions (id) {
        id -> Text,
        action_id -> Text,
        starts_at -> Timestamp,
        ends_at -> Timestamp,
        place -> Text,
        capacity -> Nullable<Integer>,
        attended -> Nullable<Integer>,
        newcomers -> Nullable<Integer>,
        version -> Integer,
    }
}

diesel::table! {
    versions (record_type, record_id, number) {
        record_type -> Text,
        record_id -> Text,
        number -> Integer,
        at -> Timestamp,
        actor_id -> Nullable<Text>,
        actor_name -> Text,
        event -> Text,
        reason -> Text,
        detail -> Text,
        content -> Nullable<Text>,
    }
}

diesel::table! {
    journal (id) {
        id -> Text,
        at -> Timestamp,
        actor_id -> Nullable<Text>,
        actor_name -> Text,
        record_type -> Text,
        record_id -> Text,
        event -> Text,
        detail -> Text,
    }
}

diesel::table! {
    outbox (id) {
        id -> Text,
        lane -> Text,
        payload -> Text,
        stage -> Text,
        attempts -> Integer,
        due_at -> Timestamp,
        leased_until -> Nullable<Timestamp>,
        lease_token -> Nullable<Text>,
        reason -> Nullable<Text>,
        created_at -> Timestamp,
        finished_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    mails (id) {
        id -> Text,
        key -> Text,
        recipient -> Text,
        domain -> Text,
        template -> Text,
        params -> Text,
        list -> Nullable<Text>,
        record_type -> Nullable<Text>,
        record_id -> Nullable<Text>,
        subject -> Nullable<Text>,
        message_id -> Nullable<Text>,
        bytes -> Nullable<Binary>,
        urgency -> Integer,
        stage -> Text,
        attempts -> Integer,
        deferrals -> Integer,
        due_at -> Timestamp,
        touched_at -> Timestamp,
        give_up_at -> Nullable<Timestamp>,
        leased_until -> Nullable<Timestamp>,
        lease_token -> Nullable<Text>,
        reason -> Nullable<Text>,
        created_at -> Timestamp,
        sent_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    mail_attempts (mail_id, number) {
        mail_id -> Text,
        number -> Integer,
        at -> Timestamp,
        outcome -> Text,
        step -> Nullable<Text>,
        code -> Nullable<Integer>,
        said -> Nullable<Text>,
    }
}

diesel::table! {
    mail_choices (token) {
        token -> Text,
        recipient -> Text,
        list -> Text,
        created_at -> Timestamp,
        stopped_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    daily_jobs (name, day) {
        name -> Text,
        day -> Date,
        report -> Text,
    }
}

diesel::table! {
    idempotency (account_id, key) {
        account_id -> Text,
        key -> Text,
        request_hash -> Text,
        status -> Integer,
        body -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    search_gaps (month, territory, words) {
        month -> Date,
        territory -> Text,
        words -> Text,
        times -> Integer,
    }
}

diesel::table! {
    imports (id) {
        id -> Text,
        kind -> Text,
        stage -> Text,
        file_name -> Text,
        hash -> Text,
        plan -> Text,
        report -> Text,
        account_id -> Nullable<Text>,
        account_name -> Text,
        created_at -> Timestamp,
        checked_at -> Nullable<Timestamp>,
        done_at -> Nullable<Timestamp>,
        undone_at -> Nullable<Timestamp>,
        undone_by -> Nullable<Text>,
        reason -> Nullable<Text>,
        attempts -> Integer,
        leased_until -> Nullable<Timestamp>,
        lease_token -> Nullable<Text>,
    }
}

diesel::table! {
    import_records (import_id, record_id) {
        import_id -> Text,
        record_id -> Text,
        title -> Text,
        was -> Nullable<Text>,
        version -> Integer,
    }
}

diesel::table! {
    documents (id) {
        id -> Text,
        record_type -> Text,
        record_id -> Text,
        purpose -> Text,
        name -> Text,
        media_type -> Text,
        size -> Integer,
        sha256 -> Text,
        reading -> Text,
        text -> Text,
        added_at -> Timestamp,
        added_by_id -> Nullable<Text>,
        added_by -> Text,
    }
}

diesel::joinable!(organisation_themes -> organisations (organisation_id));
diesel::joinable!(action_sheets -> actions (action_id));
diesel::joinable!(action_themes -> actions (action_id));
diesel::joinable!(action_territories -> actions (action_id));
diesel::joinable!(mail_attempts -> mails (mail_id));
diesel::joinable!(account_links -> accounts (account_id));
diesel::joinable!(web_sessions -> accounts (account_id));
diesel::joinable!(api_tokens -> accounts (account_id));

diesel::joinable!(meetings -> bodies (body_id));

diesel::allow_tables_to_appear_in_same_query!(
    settings,
    territories,
    territory_communes,
    organisations,
    organisation_territories,
    organisation_themes,
    organisation_corrections,
    organisation_links,
    organisations_apart,
    accounts,
    account_territories,
    account_links,
    sign_ins,
    web_sessions,
    api_tokens,
    throttles,
    plans,
    orientations,
    plan_sheets,
    actions,
    action_territories,
    action_themes,
    action_audiences,
    action_partners,
    action_sheets,
    action_sessions,
    conventions,
    convention_parties,
    convention_territories,
    convention_themes,
    convention_sheets,
    convention_actions,
    convention_acts,
    convention_numbers,
    convention_reminders,
    bodies,
    body_members,
    meetings,
    meeting_territories,
    meeting_themes,
    meeting_sheets,
    meeting_actions,
    meeting_conventions,
    invitations,
    minutes,
    minutes_editions,
    minutes_opinions,
    meeting_reminders,
    decisions,
    decision_territories,
    decision_themes,
    decision_numbers,
    decision_reminders,
    other_letters,
    support_group,
    support_requests,
    support_asked,
    support_answers,
    announcements,
    announcement_territories,
    announcement_sheets,
    announcement_recipients,
    announcement_organisations,
    informed,
    versions,
    journal,
    outbox,
    mails,
    mail_attempts,
    mail_choices,
    daily_jobs,
    idempotency,
    search_gaps,
    imports,
    import_records,
    documents,
);
