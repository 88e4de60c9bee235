//! The table of who hears of what is whole: every event has its row or its reason, every row its people, its duty and its mail. And it is
//! the law: no mail leaves that no row tells.

use std::collections::BTreeSet;

use traitdunion::actions::model::{Stage, Verb};
use traitdunion::announcements::model as announcements;
use traitdunion::conventions::model as conventions;
use traitdunion::decisions::model as decisions;
use traitdunion::events::Event;
use traitdunion::kernel::Day;
use traitdunion::kernel::ids::{
    AccountId, ActId, ActionId, AnnouncementId, BodyId, ConventionId, DecisionId, InvitationId, MeetingId, OrganisationId, PlanId, SupportId,
};
use traitdunion::mail::catalogue::{self, KINDS};
use traitdunion::mail::outgoing::{self, Outgoing};
use traitdunion::meetings::model as meetings;
use traitdunion::meetings::model::minutes::Opinion;
use traitdunion::notifications::news;
use traitdunion::notifications::table::{self, BESIDE, BY_TIME, ROWS, SILENT, Who};
use traitdunion::plans::model::SheetStage;
use traitdunion::sharing::model::Happened as Support;
use traitdunion::view::samples;

use crate::support::source::{self, none};
use crate::support::{TestApp, Who as Person, both};

both!(administrators_read_the_table, a_mail_of_no_row_is_not_queued);

struct Ids {
    account: AccountId,
    action: ActionId,
    plan: PlanId,
    convention: ConventionId,
    act: ActId,
    partner: OrganisationId,
    body: BodyId,
    meeting: MeetingId,
    invitation: InvitationId,
    decision: DecisionId,
    support: SupportId,
    announcement: AnnouncementId,
    people: Vec<InvitationId>,
    said: serde_json::Map<String, serde_json::Value>,
}

/// Some id of whichever kind.
fn ids() -> Ids {
    let id = "01KB2J5Q3V8YH4N7T6R9C0M1XW";
    Ids {
        account: AccountId::parse(id).unwrap(),
        action: ActionId::parse(id).unwrap(),
        plan: PlanId::parse(id).unwrap(),
        convention: ConventionId::parse(id).unwrap(),
        act: ActId::parse(id).unwrap(),
        partner: OrganisationId::parse(id).unwrap(),
        body: BodyId::parse(id).unwrap(),
        meeting: MeetingId::parse(id).unwrap(),
        invitation: InvitationId::parse(id).unwrap(),
        decision: DecisionId::parse(id).unwrap(),
        support: SupportId::parse(id).unwrap(),
        announcement: AnnouncementId::parse(id).unwrap(),
        people: Vec::new(),
        said: serde_json::Map::new(),
    }
}

/// Each event, in each of its forms.
fn every(ids: &Ids) -> Vec<Event<'_>> {
    let Ids { account, action, plan, convention, act, partner, body, meeting, invitation: person, decision, support, announcement, people, said } =
        ids;
    let (changed, reason) = (&[][..], "");
    let mut events = vec![
        Event::AccountAdded { id: account },
        Event::AccountChanged { id: account },
        Event::AccountClosed { id: account },
        Event::PasswordSet { id: account },
        Event::ActionCreated { id: action, inspired_by: None },
        Event::ActionChanged { id: action, changed, is_live: true, reason },
        Event::ActionRestored { id: action, number: 1, changed, is_live: true, reason },
        Event::ActionImported { id: action, stage: Stage::Published, is_new: true },
        Event::ActionConfirmed { id: action },
        Event::ActionRelinked { id: action },
        Event::SessionsChanged { id: action, added: 1, removed: 0 },
        Event::AttendanceRecorded { id: action },
        Event::PlanSaved { id: plan, numbers: &[], added: &[], changed: &[] },
        Event::SheetAdded { id: plan, number: 1 },
        Event::SheetChanged { id: plan, number: 1, changed, reason },
        Event::SheetDecided { id: plan, number: 1, stage: SheetStage::Done, decided_on: Day::FIRST, reason },
        Event::SheetRestored { id: plan, number: 1, version: 1, changed, reason },
        Event::ConventionCreated { id: convention },
        Event::ConventionEntered { id: convention },
        Event::ConventionChanged { id: convention, changed, reason },
        Event::ConventionRestored { id: convention, number: 1, changed, reason },
        Event::ConventionImported { id: convention, reason, stage: conventions::Stage::Signed, is_new: true },
        Event::ConventionRelinked { id: convention },
        Event::ConventionFiled { id: convention, sha256: "" },
        Event::PartnerAdded { id: partner },
        Event::PartnerChanged { id: partner, changed, reason },
        Event::PartnerRestored { id: partner, number: 1, changed, reason },
        Event::PartnerConfirmed { id: partner },
        Event::PartnerImported { id: partner, is_new: true },
        Event::PartnerMerged { id: partner, other: partner, said },
        Event::PartnerToldApart { id: partner, other: partner, name: "" },
        Event::PartnerMergedInto { id: partner, into: partner },
        Event::CorrectionSuggested { id: partner, correction: "", changed, reason },
        Event::PartnerRemoved { id: partner },
        Event::BodyCreated { id: body },
        Event::BodyChanged { id: body, changed },
        Event::MeetingChanged { id: meeting, changed },
        Event::MeetingImported { id: meeting, stage: meetings::Stage::Called, is_new: true },
        Event::MeetingInvited { id: meeting, people, is_called: true },
        Event::MeetingUninvited { id: meeting, person },
        Event::MeetingAnswered { id: meeting, person, state: meetings::InvitationState::Accepted },
        Event::MeetingPromoted { id: meeting, person },
        Event::PresenceRecorded { id: meeting },
        Event::MinutesSaved { id: meeting },
        Event::MinutesOpinion { id: meeting, person, opinion: Opinion::ALL[0] },
        Event::Decision { id: decision, what: decisions::Happened::Taken },
        Event::Decision { id: decision, what: decisions::Happened::Changed { changed, reason } },
        Event::Announcement { id: announcement, what: announcements::Happened::Created },
        Event::Announcement { id: announcement, what: announcements::Happened::Changed { changed } },
        Event::Announcement { id: announcement, what: announcements::Happened::Lettered { organisations: 1, on: Day::FIRST } },
        Event::Administered { kind: "territory", id: "86", what: "saved" },
    ];
    for yes in [false, true] {
        events.extend([
            Event::ActionImportUndone { id: action, is_removed: yes },
            Event::ConventionImportUndone { id: convention, is_removed: yes },
            Event::ConventionDocument { id: convention, name: "", is_removed: yes },
            Event::PartnerImportUndone { id: partner, is_removed: yes },
            Event::CorrectionDecided { id: partner, correction: "", accepted: yes, comment: "" },
            Event::MeetingCreated { id: meeting, is_held: yes },
            Event::MeetingImportUndone { id: meeting, is_removed: yes },
            Event::Announcement { id: announcement, what: announcements::Happened::Document { name: "", is_removed: yes } },
            Event::MeetingDocument { id: meeting, name: "", is_removed: yes },
        ]);
    }
    events.extend(Verb::ALL.iter().map(|verb| Event::ActionMoved { id: action, verb: *verb, comment: "" }));
    events.extend(conventions::Verb::ALL.iter().map(|verb| Event::ConventionMoved { id: convention, verb: *verb, comment: "" }));
    events.extend(meetings::Verb::ALL.iter().map(|verb| Event::MeetingMoved { id: meeting, verb: *verb, reason }));
    events.extend(
        decisions::Verb::ALL.iter().map(|verb| Event::Decision { id: decision, what: decisions::Happened::Moved { verb: *verb, outcome: "" } }),
    );
    events.extend(Support::ALL.iter().map(|what| Event::ActionSupport { id: action, request: support, what: *what }));
    events.extend(
        announcements::Verb::ALL.iter().map(|verb| Event::Announcement { id: announcement, what: announcements::Happened::Moved { verb: *verb } }),
    );
    for kind in conventions::ActKind::ALL {
        events.extend(conventions::AvenantStage::ALL.iter().map(|stage| Event::ConventionActed { id: convention, act, kind: *kind, stage: *stage }));
    }
    events
}

/// The variants that the source declares.
fn declared() -> BTreeSet<String> {
    let text = source::files("src/events", "mod.rs").remove(0).text;
    let body = text.split("pub enum Event<'a> {").nth(1).and_then(|rest| rest.split("\n}\n").next()).expect("the enum").to_owned();
    let names = body.lines().filter_map(|line| line.strip_prefix("    ")).filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()));
    names.map(|line| line.trim_end_matches(" {").to_owned()).collect()
}

#[test]
fn every_event_is_in_the_table() {
    let ids = ids();
    let events = every(&ids);
    let shown: BTreeSet<String> = events.iter().map(|event| format!("{event:?}").split([' ', '{']).next().unwrap_or_default().to_owned()).collect();
    assert_eq!(shown, declared(), "an event has no sample here");
    let mut offences = Vec::new();
    for event in &events {
        let (record, name) = table::key(event);
        let rows: Vec<_> = table::of(record, name).collect();
        let is_silent = SILENT.iter().any(|(kind, event, why)| *kind == record && *event == name && !why.is_empty());
        if rows.is_empty() != is_silent {
            offences.push(format!("{record} {name}: {} rows, and {} to be silent", rows.len(), if is_silent { "a reason" } else { "no reason" }));
        }
        if news::is_news(event).is_some() != rows.iter().any(|row| row.who == Who::Followers) {
            offences.push(format!("{record} {name}: those who follow are told of it, or not, and the table says otherwise"));
        }
    }
    none(offences, "the table");
}

#[test]
fn every_row_is_whole_and_happens() {
    let ids = ids();
    let happens: BTreeSet<(&str, &str)> = every(&ids).iter().map(table::key).collect();
    let mut offences = Vec::new();
    for row in ROWS {
        if !happens.contains(&(row.record, row.event)) && !BY_TIME.contains(&row.event) && !BESIDE.contains(&row.event) {
            offences.push(format!("{} {}: nothing is called so", row.record, row.event));
        }
        if catalogue::kind(row.template).is_none() {
            offences.push(format!("{}: no mail of the catalogue", row.template));
        }
        if row.who.label().is_empty() || table::label(row.event).is_empty() {
            offences.push(format!("{} {}: without words", row.record, row.event));
        }
    }
    for (record, event, why) in SILENT {
        if !happens.contains(&(record, event)) || !why.ends_with('.') {
            offences.push(format!("{record} {event}: is it silent?"));
        }
    }
    for kind in KINDS {
        if !ROWS.iter().any(|row| row.template == kind.name) {
            offences.push(format!("{}: no row sends it", kind.name));
        }
    }
    none(offences, "rows");
}

async fn administrators_read_the_table(app: TestApp) {
    let page = app.sign_in(Person::Administrator).get("/admin/qui-est-prevenu").await.expect(200);
    let page = page.has("Publication").has("Ceux qui suivent cette page").has("Toujours").has("Au choix");
    for kind in KINDS {
        assert!(page.text.contains(kind.label), "{}", kind.name);
    }
}

async fn a_mail_of_no_row_is_not_queued(app: TestApp) {
    app.work().await;
    app.mails();
    let now = app.now();
    for (because, template, leaves) in [
        (("action", "archived"), "action_published", false),
        (("action", "published"), "action_submitted", false),
        (("account", "account_closed"), "reset", false),
        (("action", "unheard_of"), "action_published", false),
        (("action", "published"), "action_published", true),
    ] {
        let mail = |template: &'static str, key: &str| Outgoing {
            recipient: "denis@pont.example".into(),
            template,
            params: samples::of_mail(template).remove(0),
            record: None,
            key: key.to_owned(),
        };
        // One that is told does not take along one that is not.
        let mails = [mail("action_published", "a"), mail(template, "b")];
        let chance = app.app.chance.clone();
        let queued = app.app.db.write(move |conn| outgoing::tell(conn, now, &chance, because, mails)).await;
        assert_eq!(queued.is_ok(), leaves, "{because:?} {template}: {queued:?}");
        app.work().await;
        assert_eq!(app.mails().len(), if leaves { 2 } else { 0 }, "{because:?} {template}");
    }
}

/// Whatever queues mails says because of what: only digests, of which every piece of news was told by the table, do not.
#[test]
fn nothing_is_queued_beside_the_table() {
    let queue = |source: &source::Source| source.text.contains("outgoing::enqueue") && !source.path.ends_with("tests.rs");
    let found: Vec<String> = source::files("src", ".rs").into_iter().filter(queue).map(|source| source.path).collect();
    assert_eq!(found, ["src/notifications/digest.rs"]);
}
