//! Meetings and bodies through their pages: prepared, called, moved, held, and what each form refuses.

use traitdunion::accounts::model::{Actor, Viewer};
use traitdunion::actions::model::Stage as ActionStage;
use traitdunion::kernel::ids::{BodyId, MeetingId};
use traitdunion::kernel::{Page, Visibility};
use traitdunion::meetings::bodies::{self, Body};
use traitdunion::meetings::inviting;
use traitdunion::meetings::model::{Invitation, InvitationState, Presence, Stage};
use traitdunion::meetings::service::{self as meetings, Filter, Meeting};

use crate::support::world::{self, ELSEWHERE, HERE};
use crate::support::{Answer, Browser, TestApp, Who, both, pdf};

both!(
    a_body_is_made_and_its_meetings_begin_as_it_says,
    the_form_of_a_body_refuses_beside_its_fields,
    a_meeting_goes_from_its_draft_to_its_presence,
    the_form_refuses_beside_its_fields_and_keeps_what_was_typed,
    buttons_within_the_form_move_the_agenda,
    two_editors_of_a_meeting_lose_nothing,
    a_meeting_is_moved_put_off_and_cancelled_for_a_reason,
    a_series_is_shown_before_it_is_made,
    people_are_added_removed_and_answer_by_telephone,
    whoever_is_invited_answers_on_its_page,
    seats_are_given_in_order_and_a_smaller_room_is_a_choice,
    a_meeting_is_read_by_those_who_may,
    the_calendar_and_the_list_show_what_may_be_read,
    paper_is_for_those_who_may_write,
    a_copy_says_the_same_without_its_date,
    documents_are_joined_and_read_with_their_meeting,
);

type Fields<'a> = Vec<(&'a str, &'a str)>;

/// A whole form, of the first territory; `more` replaces fields of the same names.
fn whole<'a>(more: &[(&'a str, &'a str)]) -> Fields<'a> {
    let mut fields: Fields<'a> = vec![
        ("title", "Comité local de printemps"),
        ("body_id", ""),
        ("kind", "local_follow_up_committee"),
        ("summary", "Le bilan de l’hiver."),
        ("day", "17/03/2026"),
        ("start", "14 h"),
        ("end", "16:00"),
        ("end_day", ""),
        ("place", "MDS de Loudun, salle 2"),
        ("link", "https://visio.example/loudun"),
        ("agenda.0.key", ""),
        ("agenda.0.title", "Bilan"),
        ("agenda.0.minutes", "45"),
        ("agenda.0.speaker", "Anne Petit"),
        ("agenda.0.aim", "exchange"),
        ("agenda.0.about", ""),
        ("agenda.1.key", ""),
        ("agenda.1.title", "Suites"),
        ("agenda.1.minutes", "30"),
        ("agenda.1.speaker", ""),
        ("agenda.1.aim", "decision"),
        ("agenda.1.about", ""),
        ("registration", "closed"),
        ("capacity", ""),
        ("reminder_days", "7, 1"),
        ("contact.email", "loudun@vienne.example"),
        ("contact.phone", ""),
        ("territories", HERE),
        ("organiser", ""),
        ("visibility", "partners"),
    ];
    fields.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    fields.extend_from_slice(more);
    fields
}

fn find(app: &TestApp, id: &MeetingId) -> Meeting {
    let viewer = Viewer(Some(Actor::command_line()));
    app.read(|conn| meetings::find(conn, &viewer, id))
}

fn people(app: &TestApp, id: &MeetingId) -> Vec<Invitation> {
    app.read(|conn| Ok(inviting::of(conn, id)?.into_iter().filter(|one| one.removed_at.is_none()).collect()))
}

fn count(app: &TestApp) -> usize {
    let viewer = Viewer(Some(Actor::command_line()));
    app.read(|conn| Ok(meetings::list(conn, &viewer, &Filter::default(), Page { number: 1, size: 100 })?.items.len()))
}

/// The meeting whose page an answer leads to.
fn id_in(answer: &Answer) -> MeetingId {
    let parts: Vec<&str> = answer.location().split('/').collect();
    MeetingId::parse(parts[2]).unwrap_or_else(|| panic!("no meeting in {}", answer.location()))
}

async fn prepared(browser: &Browser, more: &[(&str, &str)]) -> MeetingId {
    id_in(&browser.submit("/rencontres/nouvelle", "/rencontres/nouvelle", &whole(more)).await.expect(303))
}

/// A page about a meeting, as its own page links to it.
fn about(id: &MeetingId, what: &str) -> String {
    format!("/rencontres/{id}/{what}")
}

async fn page(app: &TestApp, who: Who, id: &MeetingId) -> Answer {
    let browser = app.sign_in(who);
    let moved = browser.get(&format!("/rencontres/{id}")).await.expect(301);
    browser.get(moved.location()).await
}

async fn invite(browser: &Browser, id: &MeetingId, fields: &[(&str, &str)]) -> Answer {
    browser.submit(&about(id, "invites"), &about(id, "invites"), fields).await
}

/// One that was called, with two who are invited: the world's worker and somebody without an account.
async fn called(app: &TestApp, more: &[(&str, &str)]) -> MeetingId {
    app.leaves_work();
    let manager = app.sign_in(Who::Manager);
    let id = prepared(&manager, more).await;
    let worker = app.world.accounts[&Who::Worker].to_string();
    invite(&manager, &id, &[("account", &worker)]).await.expect(303);
    invite(&manager, &id, &[("name", "Dominique Roy"), ("email", "d.roy@pont.example"), ("quality", "partner")]).await.expect(303);
    manager.submit(&about(&id, "convoquer"), &about(&id, "convoquer"), &[]).await.expect(303);
    id
}

fn body_fields<'a>(more: &[(&'a str, &'a str)]) -> Fields<'a> {
    let mut fields: Fields<'a> = vec![
        ("name", "Comité local de suivi de Loudun"),
        ("kind", "local_follow_up_committee"),
        ("territory", HERE),
        ("purpose", "Suivre le schéma sur le Loudunais."),
        ("rhythm", "une fois par trimestre"),
        ("members.0.account", ""),
        ("members.0.name", ""),
        ("members.0.email", "responsable@vienne.example"),
        ("members.0.function", "responsable de la MDS"),
        ("members.0.organisation", ""),
        ("members.0.quality", "agent"),
        ("members.0.role", "chair"),
        ("members.1.account", ""),
        ("members.1.name", "Dominique Roy"),
        ("members.1.email", "d.roy@pont.example"),
        ("members.1.function", "présidente"),
        ("members.1.organisation", "association le pont"),
        ("members.1.quality", "partner"),
        ("members.1.role", "member"),
        ("notice_days", "15"),
        ("reminder_days", "7, 1"),
        ("approval", "silence"),
        ("silence_days", "15"),
        ("sections", "Ouverture\nSuites à donner"),
    ];
    fields.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    fields.extend_from_slice(more);
    fields
}

async fn made_body(browser: &Browser) -> BodyId {
    let to = "/rencontres/instances/nouvelle";
    let answer = browser.submit(to, to, &body_fields(&[])).await.expect(303);
    BodyId::parse(answer.location().rsplit('/').next().unwrap()).expect("the page of a body")
}

fn body(app: &TestApp, id: &BodyId) -> Body {
    app.read(|conn| bodies::find(conn, id))
}

async fn a_body_is_made_and_its_meetings_begin_as_it_says(app: TestApp) {
    app.leaves_work();
    let manager = app.sign_in(Who::Manager);
    manager.get("/rencontres/instances").await.expect(200).has("Aucune instance").has("Créer une instance");
    let id = made_body(&manager).await;
    let made = body(&app, &id).fields;
    assert_eq!((made.members.len(), made.sections.len(), made.silence_days), (2, 2, 15));
    assert_eq!(made.members[1].partner.as_deref(), Some(app.world.organisation.as_str()));
    assert!(made.members[0].account.is_some(), "an agent is known by their address");
    let shown = manager.get(&format!("/rencontres/instances/{id}")).await.expect(200);
    shown.has("Présidence").has("Dominique Roy").has("Sans objection sous 15\u{a0}jours").has("7\u{a0}jours avant et la veille");
    // Its people are no visitor's.
    app.visitor().get(&format!("/rencontres/instances/{id}")).await.expect(200).lacks("Dominique Roy").has("une fois par trimestre");
    // A meeting begins as its body says, its members are to be invited.
    let form = manager.get(&format!("/rencontres/nouvelle?instance={id}")).await.expect(200);
    form.has("Comité local de suivi de Loudun").has("value=\"7, 1\"");
    let meeting = prepared(&manager, &[("body_id", id.as_str())]).await;
    let invited = people(&app, &meeting);
    assert_eq!(invited.len(), 2);
    assert!(invited.iter().all(|one| one.state == InvitationState::ToInvite));
    manager.get(&format!("/rencontres/instances/{id}")).await.expect(200).has("Comité local de printemps").has("En préparation");
    app.visitor().get(&format!("/rencontres/instances/{id}")).await.expect(200).lacks("Comité local de printemps");
    // Two members more, one less, and somebody else's changes are not written over.
    let edit = format!("/rencontres/instances/{id}/modifier");
    manager.get(&edit).await.expect(200).has("value=\"Association Le Pont\"");
    manager.submit(&edit, &edit, &body_fields(&[("members.1.gone", "oui"), ("rhythm", "chaque mois")])).await.expect(303);
    assert_eq!(body(&app, &id).fields.members.len(), 1);
    let stale = manager.submit(&edit, &edit, &body_fields(&[("version", "1"), ("purpose", "Autre chose")])).await;
    stale.expect(422).has("Quelqu’un d’autre a modifié cette instance").has("Autre chose");
    assert_eq!(body(&app, &id).fields.rhythm, "chaque mois");
    app.sign_in(Who::ManagerElsewhere).get(&edit).await.expect(403);
    app.sign_in(Who::Partner).get(&edit).await.expect(403);
}

async fn the_form_of_a_body_refuses_beside_its_fields(app: TestApp) {
    let manager = app.sign_in(Who::Manager);
    let to = "/rencontres/instances/nouvelle";
    for (wrong, said) in [
        (("name", ""), "Donnez un nom à cette instance."),
        (("territory", ELSEWHERE), "Choisissez un de vos territoires."),
        (("members.1.organisation", "Inconnue"), "n’est pas dans l’annuaire des partenaires"),
        (("members.1.role", "chair"), "Une seule personne préside."),
        (("notice_days", "mille"), "un nombre entier"),
    ] {
        let answer = manager.submit(to, to, &body_fields(&[wrong])).await.expect(422).has(said);
        answer.has("Suivre le schéma sur le Loudunais.").has("d.roy@pont.example");
    }
    manager.submit(to, to, &body_fields(&[("do", "more")])).await.expect(200).has("members.6.name").has("présidente");
    assert_eq!(app.read(bodies::all).len(), 0);
}

async fn a_meeting_goes_from_its_draft_to_its_presence(app: TestApp) {
    app.leaves_work();
    let manager = app.sign_in(Who::Manager);
    let id = prepared(&manager, &[]).await;
    let own = manager.get(&format!("/rencontres/{id}")).await.expect(301);
    assert!(own.location().ends_with("/comite-local-de-printemps"));
    manager.get(&about(&id, "autre-titre")).await.expect(301);
    let shown = page(&app, Who::Manager, &id).await.expect(200);
    shown.has("Invitez au moins une personne").has("Mardi 17\u{a0}mars\u{a0}2026, 14\u{a0}h – 16\u{a0}h").has("14\u{a0}h\u{a0}45").has("Anne Petit");
    // Nobody to call yet.
    let refused = manager.submit(&about(&id, "convoquer"), &about(&id, "convoquer"), &[]).await.expect(422);
    refused.has("Invitez au moins une personne, ou ouvrez l’inscription.");
    let worker = app.world.accounts[&Who::Worker].to_string();
    invite(&manager, &id, &[("account", &worker)]).await.expect(303);
    invite(&manager, &id, &[("partner", app.world.organisation.as_str()), ("email", "pont@pont.example")]).await.expect(303);
    page(&app, Who::Manager, &id).await.has("Envoyez la convocation\u{a0}: 2\u{a0}personnes à inviter.");
    let asked = manager.get(&about(&id, "convoquer")).await.expect(200);
    asked.has("Une convocation").has("Une invitation").has("Association Le Pont").has("Camille agent").has("Bilan");
    manager.submit(&about(&id, "convoquer"), &about(&id, "convoquer"), &[]).await.expect(303);
    assert_eq!(find(&app, &id).life.stage, Stage::Called);
    assert!(people(&app, &id).iter().all(|one| one.state == InvitationState::Invited));
    page(&app, Who::Manager, &id).await.has("personne n’a encore dit venir").lacks("Elle s’est tenue");
    // Before it begins, nobody has come.
    manager.get(&about(&id, "presence")).await.expect(409);
    manager.submit(&about(&id, "modifier"), &about(&id, "tenue"), &[]).await.expect(409);
    app.pass(15 * 86_400);
    // A session ends before that.
    let manager = app.sign_in(Who::Manager);
    page(&app, Who::Manager, &id).await.has("Sa date est passée.").has("Elle s’est tenue");
    let held = manager.submit(&about(&id, "modifier"), &about(&id, "tenue"), &[]).await.expect(303);
    assert_eq!(held.location(), about(&id, "presence"));
    let form = manager.get(&about(&id, "presence")).await.expect(200);
    form.has("Camille agent").has("Association Le Pont");
    let one = people(&app, &id).into_iter().find(|one| one.name == "Camille agent").unwrap();
    let field = format!("presence.{}", one.id);
    let bad = manager.submit(&about(&id, "presence"), &about(&id, "presence"), &[(&field, "present"), ("headcount", "beaucoup")]).await;
    bad.expect(422).has("Un nombre entier est attendu.").has("beaucoup");
    assert_eq!(people(&app, &id).iter().find(|other| other.id == one.id).unwrap().presence, Some(Presence::Absent));
    manager.submit(&about(&id, "presence"), &about(&id, "presence"), &[(&field, "present"), ("headcount", "3")]).await.expect(303);
    assert_eq!(people(&app, &id).iter().find(|other| other.id == one.id).unwrap().presence, Some(Presence::Present));
    assert_eq!(find(&app, &id).headcount, Some(3));
    page(&app, Who::Manager, &id).await.has("rédigez le compte rendu").has("Présents").has("<dd>3</dd>");
    // A few people are not counted out to partners.
    page(&app, Who::Partner, &id).await.expect(200).has("moins de\u{a0}5");
    manager.get(&about(&id, "historique")).await.expect(200).has("a envoyé la convocation").has("a indiqué qu’elle s’est tenue");
}

async fn the_form_refuses_beside_its_fields_and_keeps_what_was_typed(app: TestApp) {
    let manager = app.sign_in(Who::Manager);
    let to = "/rencontres/nouvelle";
    for (wrong, said) in [
        (("title", ""), "Donnez un titre."),
        (("day", "31/02/2026"), "n’est pas un jour et une heure"),
        (("start", "le matin"), "n’est pas un jour et une heure"),
        (("end", "13:00"), "La fin est avant le début."),
        (("link", "visio"), "Un lien commence par https://."),
        (("agenda.1.minutes", "600"), "L’ordre du jour compte 645 minutes"),
        (("agenda.0.about", "ma page"), "Point 1\u{a0}: collez l’adresse"),
        (("agenda.0.title", ""), "Donnez un titre à chaque point"),
        (("capacity", "zéro"), "un nombre entier"),
        (("contact.email", "x"), "n’est pas une adresse e-mail"),
        (("territories", ELSEWHERE), "Gardez au moins un de vos territoires"),
        (("reminder_days", "hier"), "un nombre entier"),
    ] {
        let answer = manager.submit(to, to, &whole(&[wrong])).await.expect(422).has(said);
        answer.has("Le bilan de l’hiver.").has("MDS de Loudun, salle 2").has("Anne Petit");
    }
    // The hour that spring takes away.
    let gap = manager.submit(to, to, &whole(&[("day", "29/03/2026"), ("start", "2:30"), ("end", "4:00")])).await;
    gap.expect(422).has("Cette heure n’existe pas");
    assert_eq!(count(&app), 0);
    app.sign_in(Who::Partner).get(to).await.expect(403);
}

async fn buttons_within_the_form_move_the_agenda(app: TestApp) {
    app.leaves_work();
    let manager = app.sign_in(Who::Manager);
    let to = "/rencontres/nouvelle";
    let send = async |more: &[(&str, &str)]| manager.submit(to, to, &whole(more)).await.expect(200);
    let moved = send(&[("do", "up-1")]).await.has("MDS de Loudun, salle 2");
    assert!(moved.text.find("value=\"Suites\"") < moved.text.find("value=\"Bilan\""), "the second item is the first");
    send(&[("do", "more")]).await.has("agenda.4.title");
    send(&[("do", "more"), ("agenda.0.gone", "oui")]).await.lacks("value=\"Bilan\"").has("value=\"Suites\"");
    send(&[("do", "find-territories"), ("territories_q", "Poitiers")]).await.has("value=\"86194\"").has("value=\"Bilan\"");
    assert_eq!(count(&app), 0);
    // What an item is about is the address of its page.
    let action = app.write(|conn| world::action(conn, &app.world, &app.app.chance, ActionStage::Published, Visibility::Public));
    let address = format!("{}/actions/{}/gerer-son-budget", app.url, action.id);
    let id = prepared(&manager, &[("agenda.0.about", &address)]).await;
    page(&app, Who::Manager, &id).await.has("Gérer son budget");
    manager.get(&about(&id, "modifier")).await.expect(200).has(&format!("value=\"/actions/{}\"", action.id));
}

async fn two_editors_of_a_meeting_lose_nothing(app: TestApp) {
    app.leaves_work();
    let manager = app.sign_in(Who::Manager);
    let id = prepared(&manager, &[]).await;
    let edit = about(&id, "modifier");
    let key = find(&app, &id).fields.agenda.iter().map(|item| item.key.clone()).collect::<Vec<_>>();
    let base = |more: &[(&'static str, &'static str)]| {
        let mut fields: Vec<(String, String)> = whole(more).into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        for (place, key) in key.iter().enumerate() {
            fields.retain(|(name, _)| *name != format!("agenda.{place}.key"));
            fields.push((format!("agenda.{place}.key"), key.clone()));
        }
        fields
    };
    let send = async |who: Who, more: &[(&'static str, &'static str)]| {
        let fields = base(more);
        let pairs: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        app.sign_in(who).submit(&edit, &edit, &pairs).await
    };
    send(Who::Manager, &[("place", "Salle des fêtes")]).await.expect(303);
    // Over the first version, another field: both are kept.
    send(Who::Administrator, &[("version", "1"), ("summary", "Le bilan du printemps.")]).await.expect(303);
    let fields = find(&app, &id).fields;
    assert_eq!((fields.place.as_str(), fields.summary.as_str()), ("Salle des fêtes", "Le bilan du printemps."));
    // The same field: each text is shown, nothing is written.
    let clash = send(Who::Administrator, &[("version", "1"), ("place", "Mairie"), ("summary", "Le bilan du printemps.")]).await.expect(409);
    clash.has("Mairie").has("Salle des fêtes").has("a enregistré cette rencontre pendant que vous écriviez");
    assert_eq!(find(&app, &id).fields.place, "Salle des fêtes");
}

async fn a_meeting_is_moved_put_off_and_cancelled_for_a_reason(app: TestApp) {
    let id = called(&app, &[]).await;
    let manager = app.sign_in(Who::Manager);
    let (postpone, cancel) = (about(&id, "reporter"), about(&id, "annuler"));
    manager.get(&postpone).await.expect(200).has("value=\"14:00\"").has("Reporter sans nouvelle date");
    let new = [("day", "24/03/2026"), ("start", "10:00"), ("end", "12:00"), ("place", "Mairie de Loudun"), ("link", "")];
    let refused = manager.submit(&postpone, &postpone, &new).await.expect(422).has("Dites pourquoi");
    refused.has("Mairie de Loudun").has("24/03/2026");
    let same: Fields<'_> = vec![("day", "17/03/2026"), ("start", "14:00"), ("end", "16:00"), ("reason", "Rien")];
    manager.submit(&postpone, &postpone, &same).await.expect(422).has("C’est la date actuelle");
    assert_eq!(find(&app, &id).sequence, 0);
    let whole: Fields<'_> = new.into_iter().chain([("reason", "Salle prise")]).collect();
    manager.submit(&postpone, &postpone, &whole).await.expect(303);
    let moved = find(&app, &id);
    assert_eq!((moved.life.stage, moved.sequence, moved.fields.place.as_str()), (Stage::Called, 1, "Mairie de Loudun"));
    page(&app, Who::Manager, &id).await.has("Salle prise").has("Mardi 24\u{a0}mars\u{a0}2026, 10\u{a0}h – 12\u{a0}h");
    manager.submit(&postpone, &postpone, &[("do", "postpone"), ("reason", "Grève")]).await.expect(303);
    assert_eq!(find(&app, &id).life.stage, Stage::Postponed);
    page(&app, Who::Manager, &id).await.has("reportée, sans nouvelle date").has("Fixer la nouvelle date");
    manager.submit(&cancel, &cancel, &[("reason", "")]).await.expect(422).has("Dites pourquoi");
    manager.submit(&cancel, &cancel, &[("reason", "Plus lieu d’être")]).await.expect(303);
    page(&app, Who::Worker, &id).await.has("Elle est annulée.").has("Plus lieu d’être");
    manager.get(&about(&id, "modifier")).await.expect(409);
    manager.get(&cancel).await.expect(409);
    app.sign_in(Who::WorkerElsewhere).get(&cancel).await.expect(403);
}

async fn a_series_is_shown_before_it_is_made(app: TestApp) {
    app.leaves_work();
    let manager = app.sign_in(Who::Manager);
    let body = made_body(&manager).await;
    let to = "/rencontres/serie";
    let fields = |more: &[(&'static str, &'static str)]| {
        let mut fields: Vec<(String, String)> = [
            ("title", ""),
            ("first", "01/04/2026"),
            ("last", "31/12/2026"),
            ("every", "3"),
            ("unit", "months"),
            ("nth", "first"),
            ("weekday", "1"),
            ("in_holidays", "moved"),
            ("start", "9:00"),
            ("end", "12:00"),
            ("place", "MDS de Loudun"),
        ]
        .into_iter()
        .filter(|(name, _)| more.iter().all(|(other, _)| other != name))
        .chain(more.iter().copied())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
        fields.push(("body_id".to_owned(), body.to_string()));
        fields
    };
    let send = async |fields: Vec<(String, String)>| {
        let pairs: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        manager.submit(to, to, &pairs).await
    };
    let seen = send(fields(&[]))
        .await
        .expect(200)
        .has("au lieu du mardi 7\u{a0}avril\u{a0}2026 (Vacances de printemps)")
        .has("Mardi 6\u{a0}octobre\u{a0}2026");
    assert_eq!(count(&app), 0);
    let digest = seen.text.split("name=\"seen\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let days: Vec<String> = digest.split(',').map(ToOwned::to_owned).collect();
    let make = |days: &[String], digest: &str| {
        let mut fields = fields(&[("do", "make")]);
        fields.push(("seen".to_owned(), digest.to_owned()));
        fields.extend(days.iter().map(|day| ("days".to_owned(), day.clone())));
        fields
    };
    // Days that were not the ones shown are shown first.
    send(make(&days, "2026-01-01")).await.expect(200);
    send(make(&[], &digest)).await.expect(422).has("Cochez au moins une date.");
    assert_eq!(count(&app), 0);
    send(make(&days[1..], &digest)).await.expect(303);
    assert_eq!(count(&app), days.len() - 1);
    manager.get(&format!("/rencontres/instances/{body}")).await.expect(200).has("9\u{a0}h – 12\u{a0}h");
    let ten_thousand = send(fields(&[("every", "1"), ("unit", "weeks"), ("last", "31/12/2027")])).await;
    ten_thousand.expect(422).has("plus de 60 rencontres");
    send(fields(&[("first", "hier"), ("every", "x")])).await.expect(422).has("Écrivez une date").has("Écrivez un nombre");
}

async fn people_are_added_removed_and_answer_by_telephone(app: TestApp) {
    let id = called(&app, &[]).await;
    let manager = app.sign_in(Who::Manager);
    let list = about(&id, "invites");
    invite(&manager, &id, &[("name", "Sans adresse")]).await.expect(422).has("Donnez une adresse e-mail").has("value=\"Sans adresse\"");
    invite(&manager, &id, &[("name", "Dominique"), ("email", "D.Roy@pont.example")]).await.expect(303);
    assert_eq!(people(&app, &id).len(), 2, "the same address is one person");
    let roy = people(&app, &id).into_iter().find(|one| one.name == "Dominique Roy").unwrap();
    let answer = format!("{list}/{}/reponse", roy.id);
    manager.submit(&list, &answer, &[("answer", "represented"), ("represented_by", "")]).await.expect(422).has("Dites qui vient");
    manager.submit(&list, &answer, &[("answer", "represented"), ("represented_by", "Claude Martin")]).await.expect(303);
    manager.get(&list).await.expect(200).has("À sa place\u{a0}: Claude Martin").has("Dominique Roy");
    let other = called(&app, &[]).await;
    let foreign = format!("{}/{}/reponse", about(&other, "invites"), roy.id);
    manager.submit(&list, &foreign, &[("answer", "present")]).await.expect(404);
    app.sign_in(Who::WorkerElsewhere).get(&list).await.expect(403);
    manager.submit(&list, &format!("{list}/{}/retirer", roy.id), &[]).await.expect(303);
    assert_eq!(people(&app, &id).len(), 1);
}

async fn whoever_is_invited_answers_on_its_page(app: TestApp) {
    let id = called(&app, &[]).await;
    let worker = app.sign_in(Who::Worker);
    let own = page(&app, Who::Worker, &id).await.expect(200);
    own.has("Je viens");
    let to = about(&id, "reponse");
    let from = format!("/rencontres/{id}/comite-local-de-printemps");
    worker.submit(&from, &to, &[("answer", "perhaps"), ("note", "Selon le train")]).await.expect(303);
    let one = |app: &TestApp| people(app, &id).into_iter().find(|one| one.account_id.is_some()).unwrap();
    assert_eq!((one(&app).state, one(&app).note.as_str()), (InvitationState::Tentative, "Selon le train"));
    let refused = worker.submit(&from, &to, &[("answer", "represented"), ("represented_by", ""), ("note", "Je suis en congé")]).await;
    refused.expect(422).has("Dites qui vient à votre place.").has("Je suis en congé");
    assert_eq!(one(&app).state, InvitationState::Tentative);
    worker.submit(&from, &to, &[("answer", "present"), ("note", "")]).await.expect(303);
    assert_eq!(one(&app).state, InvitationState::Accepted);
    app.sign_in(Who::WorkerElsewhere).submit(&from, &to, &[("answer", "present")]).await.expect(403);
    app.pass(15 * 86_400);
    let worker = app.sign_in(Who::Worker);
    worker.submit(&about(&id, "modifier"), &to, &[("answer", "absent")]).await.expect(409);
    assert_eq!(one(&app).state, InvitationState::Accepted);
}

async fn seats_are_given_in_order_and_a_smaller_room_is_a_choice(app: TestApp) {
    let id = called(&app, &[("registration", "partners"), ("capacity", "2")]).await;
    let from = format!("/rencontres/{id}/comite-local-de-printemps");
    let register = about(&id, "inscription");
    for who in [Who::Partner, Who::WorkerElsewhere, Who::ManagerElsewhere] {
        app.sign_in(who).submit(&from, &register, &[]).await.expect(303);
    }
    let state =
        |app: &TestApp, who: Who| people(app, &id).into_iter().find(|one| one.account_id.as_ref() == Some(&app.world.accounts[&who])).unwrap().state;
    assert_eq!(state(&app, Who::WorkerElsewhere), InvitationState::Accepted);
    assert_eq!(state(&app, Who::ManagerElsewhere), InvitationState::Waiting);
    page(&app, Who::ManagerElsewhere, &id).await.has("vous êtes en liste d’attente (1er\u{a0}de la liste)");
    let manager = app.sign_in(Who::Manager);
    manager.get(&about(&id, "invites")).await.expect(200).has("2 / 2 places prises").has("En liste d’attente");
    // Fewer seats than people: they are named, and nothing changes until it is said what becomes of them.
    let edit = about(&id, "modifier");
    let smaller = whole(&[("registration", "partners"), ("capacity", "1")]);
    let refused = manager.submit(&edit, &edit, &smaller).await.expect(422).has("Camille agent.ailleurs");
    refused.has("Mettre en liste d’attente les derniers inscrits");
    assert_eq!(find(&app, &id).fields.capacity, Some(2));
    let chosen = whole(&[("registration", "partners"), ("capacity", "1"), ("overflow", "waiting")]);
    manager.submit(&edit, &edit, &chosen).await.expect(303);
    assert_eq!(state(&app, Who::WorkerElsewhere), InvitationState::Waiting);
    assert_eq!(state(&app, Who::Partner), InvitationState::Accepted);
}

async fn a_meeting_is_read_by_those_who_may(app: TestApp) {
    app.leaves_work();
    let manager = app.sign_in(Who::Manager);
    let draft = prepared(&manager, &[("title", "Brouillon discret"), ("visibility", "public")]).await;
    for (who, status) in [(Who::Visitor, 404), (Who::Partner, 404), (Who::WorkerElsewhere, 404), (Who::Worker, 301)] {
        app.sign_in(who).get(&format!("/rencontres/{draft}")).await.expect(status);
    }
    let open = called(&app, &[("title", "Conférence ouverte"), ("visibility", "public")]).await;
    let shown = page(&app, Who::Visitor, &open).await.expect(200);
    shown.has("itemtype=\"https://schema.org/Event\"").has("loudun@vienne.example").has("Le lien est donné aux personnes invitées.");
    let shown = page(&app, Who::Visitor, &open).await.lacks("https://visio.example/loudun").lacks("Dominique Roy").lacks("Camille").lacks("E-mails");
    shown.lacks("noindex");
    page(&app, Who::Worker, &open).await.has("https://visio.example/loudun").has("Dominique Roy");
    page(&app, Who::WorkerElsewhere, &open).await.lacks("https://visio.example/loudun").has("Dominique Roy");
    let inside = called(&app, &[("title", "Réunion interne"), ("visibility", "internal")]).await;
    for who in [Who::Visitor, Who::Partner] {
        app.sign_in(who).get(&format!("/rencontres/{inside}")).await.expect(404);
    }
    page(&app, Who::WorkerElsewhere, &inside).await.expect(200).lacks("Historique").lacks("Invités</a>");
}

async fn the_calendar_and_the_list_show_what_may_be_read(app: TestApp) {
    app.leaves_work();
    let manager = app.sign_in(Who::Manager);
    app.visitor().get("/rencontres").await.expect(200).has("Aucune rencontre publique ce mois-ci").has("Mars\u{a0}2026");
    prepared(&manager, &[("title", "Brouillon discret"), ("day", ""), ("start", ""), ("end", "")]).await;
    called(&app, &[("title", "Conférence ouverte"), ("visibility", "public"), ("kind", "territorial_conference")]).await;
    called(&app, &[("title", "Réunion interne"), ("visibility", "internal"), ("day", "06/04/2026")]).await;
    app.visitor().get("/rencontres").await.expect(200).has("Conférence ouverte").lacks("Brouillon").has("Février\u{a0}2026").has("month__day--today");
    manager.get("/rencontres").await.expect(200).has("Date à fixer").has("Brouillon discret").lacks("Réunion interne");
    manager.get("/rencontres?mois=2026-04").await.expect(200).has("Réunion interne").has("Lundi de Pâques").lacks("Conférence ouverte");
    app.visitor().get("/rencontres?mois=2026-04").await.expect(200).lacks("Réunion interne");
    manager.get("/rencontres?kind=exchange_day").await.expect(200).lacks("Conférence ouverte");
    manager.get(&format!("/rencontres?territory={HERE}")).await.expect(200).has("Conférence ouverte");
    manager.get(&format!("/rencontres?territory={ELSEWHERE}")).await.expect(200).lacks("Conférence ouverte");
    for wrong in ["mois=hier", "kind=x", "body=x", "territory=x"] {
        manager.get(&format!("/rencontres?{wrong}")).await.expect(400);
        if !wrong.starts_with("mois") {
            manager.get(&format!("/rencontres/liste?{wrong}")).await.expect(400);
        }
    }
    let list = manager.get("/rencontres/liste").await.expect(200).has("2\u{a0}rencontres à venir").has("Date à fixer");
    assert!(list.text.find("Conférence ouverte").unwrap() < list.text.find("Réunion interne").unwrap(), "the soonest first");
    app.visitor().get("/rencontres/liste").await.expect(200).has("1\u{a0}rencontre à venir").lacks("Réunion interne");
    app.pass(60 * 86_400);
    let manager = app.sign_in(Who::Manager);
    manager.get("/rencontres/liste").await.expect(200).has("Aucune rencontre à venir");
    let past = manager.get("/rencontres/liste?quand=passees").await.expect(200).has("2\u{a0}rencontres passées");
    assert!(past.text.find("Réunion interne").unwrap() < past.text.find("Conférence ouverte").unwrap(), "the last first");
}

async fn paper_is_for_those_who_may_write(app: TestApp) {
    let id = called(&app, &[("kind", "information_morning"), ("visibility", "public")]).await;
    let manager = app.sign_in(Who::Manager);
    let print = |what: &str| format!("{}/{what}", about(&id, "imprimer"));
    manager.get(&about(&id, "imprimer")).await.expect(200).has("Feuille d’émargement").lacks("Attestations");
    manager.get(&print("convocation")).await.expect(200).has("Madame, Monsieur").has("Dominique Roy").has("Bilan");
    manager.get(&print("emargement")).await.expect(200).has("Signature").has("Camille agent");
    app.visitor().get(&print("ordre-du-jour")).await.expect(200).has("Bilan").lacks("Dominique Roy").lacks("visio.example");
    for what in ["convocation", "emargement", "attestations", "autre"] {
        app.visitor().get(&print(what)).await.expect(404);
    }
    app.pass(15 * 86_400);
    let manager = app.sign_in(Who::Manager);
    manager.submit(&about(&id, "modifier"), &about(&id, "tenue"), &[]).await.expect(303);
    let roy = people(&app, &id).into_iter().find(|one| one.name == "Dominique Roy").unwrap();
    let field = format!("presence.{}", roy.id);
    manager.submit(&about(&id, "presence"), &about(&id, "presence"), &[(&field, "present"), ("headcount", "")]).await.expect(303);
    manager.get(&print("attestations")).await.expect(200).has("Attestation de présence").has("Dominique Roy").lacks("Camille agent");
}

async fn a_copy_says_the_same_without_its_date(app: TestApp) {
    let id = called(&app, &[]).await;
    let manager = app.sign_in(Who::Manager);
    let from = about(&id, "modifier");
    let copied = manager.submit(&from, &about(&id, "dupliquer"), &[]).await.expect(303);
    let copy = find(&app, &id_in(&copied));
    assert_eq!((copy.life.stage, copy.fields.starts_at, copy.fields.title.as_str()), (Stage::Draft, None, "Comité local de printemps"));
    assert_eq!(people(&app, &copy.id).len(), 2);
    manager.get(copied.location()).await.expect(200).has("Bilan").has("MDS de Loudun, salle 2");
    app.sign_in(Who::Partner).submit("/compte", &about(&id, "dupliquer"), &[]).await.expect(403);
}

async fn documents_are_joined_and_read_with_their_meeting(app: TestApp) {
    let id = called(&app, &[]).await;
    let (manager, path) = (app.sign_in(Who::Manager), about(&id, "documents"));
    manager.get(&path).await.expect(200).has("Aucun document n’est joint.");
    manager.upload(&path, &[], "bilan.exe", b"MZ").await.expect(422);
    manager.upload(&path, &[], "bilan.pdf", &pdf::pdf(&["Bilan des ateliers"])).await.expect(303);
    let listed = manager.get(&path).await.expect(200).has("bilan.pdf");
    let file = listed.text.split("document__name\" href=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    for (who, status) in [(Who::Visitor, 404), (Who::Partner, 200), (Who::WorkerElsewhere, 200)] {
        app.sign_in(who).get(&file).await.expect(status);
    }
    app.sign_in(Who::WorkerElsewhere).get(&path).await.expect(200).has("bilan.pdf").lacks("Retirer");
    app.sign_in(Who::WorkerElsewhere).upload(&path, &[], "autre.pdf", &pdf::pdf(&["Autre"])).await.expect(403);
    let remove = listed.text.split(&format!("action=\"{path}/")).nth(1).unwrap().split('"').next().unwrap().to_owned();
    manager.submit(&path, &format!("{path}/{remove}"), &[]).await.expect(303);
    manager.get(&path).await.expect(200).has("Aucun document n’est joint.");
}
