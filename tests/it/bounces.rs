//! Mails that come back: reports believed and not, dead addresses, what depends on them and on whoever left.

use std::fs;

use reqwest::Method;
use serde_json::{Value, json};
use traitdunion::kernel::Page;
use traitdunion::mail::bounces;
use traitdunion::mail::log::{self, Filter, Line};
use traitdunion::mail::model::Stage;
use traitdunion::mail::outgoing::{self, Outgoing};
use traitdunion::mail::transport::Sent;
use traitdunion::outbox::schedule;
use traitdunion::view::samples;

use crate::smtp::{Fault, Options, Rule, Smtp};
use crate::support::{Answer, Engine, TestApp, Who, both, world};

both!(
    nobody_there_is_noted_and_no_longer_written_to,
    the_same_report_changes_nothing_again,
    what_is_forged_changes_nothing,
    what_is_late_or_full_kills_no_address,
    what_is_no_report_is_refused_in_words,
    a_maildir_is_read,
    administrators_are_told_once,
    a_refusal_says_so_too,
    any_other_refusal_kills_no_address,
    what_depends_on_an_address_is_handed_over,
    what_depends_on_whoever_left_is_handed_over,
);

const ZOE: &str = "zoe@pont.example";

fn queue(app: &TestApp, template: &'static str, recipient: &str) {
    let params = samples::of_mail(template).remove(0);
    let mail = Outgoing { recipient: recipient.into(), template, params, record: None, key: app.app.chance.secret() };
    let now = app.now();
    assert_eq!(app.write(|conn| outgoing::enqueue(conn, now, &app.app.chance, [mail])), 1);
}

/// A mail that left.
async fn sent(app: &TestApp, recipient: &str) -> Sent {
    queue(app, "action_returned", recipient);
    app.work().await;
    app.mails().into_iter().find(|mail| mail.recipient == recipient).expect("it left")
}

fn line(app: &TestApp, recipient: &str) -> Line {
    let filter = Filter { recipient: recipient.into(), ..Filter::default() };
    app.read(|conn| log::list(conn, &filter, Page::first())).0.remove(0)
}

/// What a mail server returns of a mail.
pub fn report(own: &str, mail: &Sent, recipient: &str, action: &str, status: &str) -> String {
    let id = &mail.message_id;
    format!(
        "From: MAILER-DAEMON@relais.example\r\nTo: registre@vienne.example\r\nMessage-ID: <{own}@relais.example>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nDesole.\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; relais.example\r\n\r\n\
         Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\nDiagnostic-Code: smtp; 550 {status} no\r\n\r\n\
         --b\r\nContent-Type: text/rfc822-headers\r\n\r\nSubject: x\r\nMessage-ID: {id}\r\n\r\n--b--\r\n"
    )
}

async fn post(app: &TestApp, body: impl Into<reqwest::Body>) -> Answer {
    let (token, visitor) = (app.token(Who::Administrator).expect("a token"), app.visitor());
    let request = visitor.request(Method::POST, "/api/v1/bounces").bearer_auth(token).header("content-type", "message/rfc822").body(body);
    visitor.send(request).await
}

pub async fn outcome(app: &TestApp, report: &str) -> Value {
    post(app, report.to_owned()).await.expect(200).json()["outcome"].clone()
}

fn dead(app: &TestApp) -> Vec<String> {
    app.read(bounces::all).into_iter().map(|dead| dead.address).collect()
}

async fn nobody_there_is_noted_and_no_longer_written_to(app: TestApp) {
    let mail = sent(&app, ZOE).await;
    assert_eq!(outcome(&app, &report("r", &mail, "Zoe@Pont.example", "failed", "5.1.1")).await, "dead");
    let came_back = line(&app, ZOE);
    assert_eq!((came_back.stage, dead(&app)), (Stage::Failed, vec![ZOE.to_owned()]));
    let admin = app.sign_in(Who::Administrator);
    admin.get(&format!("/admin/courrier/{}", came_back.id)).await.expect(200).has("personne ne reçoit plus rien à cette adresse");
    admin.get("/admin").await.expect(200).has("1 adresse invalide");
    let list = admin.get("/admin/adresses").await.expect(200).has(ZOE);
    list.has("Cette adresse n’existe pas, ou plus.");
    // Whatever the spelling, nothing leaves; but a link that somebody awaits does.
    app.pass(1);
    queue(&app, "action_returned", "ZOE@pont.example");
    app.work().await;
    assert!(app.mails().is_empty());
    let filter = Filter { recipient: "ZOE@".into(), stages: vec![Stage::Cancelled], ..Filter::default() };
    let kept_back = app.read(|conn| log::list(conn, &filter, Page::first())).0;
    assert_eq!(kept_back[0].fault.as_ref().map(|fault| fault.said.as_str()), Some("dead"));
    queue(&app, "reset", ZOE);
    app.work().await;
    assert_eq!(app.mails().len(), 1, "somebody waits for this one in front of a screen");
    // Lifted, it is written to again.
    let id = app.read(bounces::all)[0].id.clone();
    let page = format!("/admin/adresses/{id}");
    admin.get(&page).await.expect(200).has("5.1.1").has("Rien n’en dépend");
    admin.post(&format!("{page}/lever"), &[]).await.expect(303);
    admin.get(&page).await.expect(404);
    queue(&app, "action_returned", ZOE);
    app.work().await;
    assert_eq!(app.mails().len(), 1);
    app.leaves_work();
}

async fn the_same_report_changes_nothing_again(app: TestApp) {
    let mail = sent(&app, ZOE).await;
    let text = report("r", &mail, ZOE, "failed", "5.1.1");
    assert_eq!(outcome(&app, &text).await, "dead");
    let before = app.read(|conn| log::find(conn, &line(&app, ZOE).id));
    app.pass(60);
    assert_eq!(outcome(&app, &text).await, "repeated");
    assert_eq!(app.read(|conn| log::find(conn, &before.line.id)), before);
    // Nor does it after somebody lifted the address and sent the mail again.
    let (admin, id) = (app.sign_in(Who::Administrator), app.read(bounces::all)[0].id.clone());
    admin.post(&format!("/admin/adresses/{id}/lever"), &[]).await.expect(303);
    admin.post(&format!("/admin/courrier/{}/renvoyer", before.line.id), &[]).await.expect(303);
    app.work().await;
    assert_eq!(outcome(&app, &text).await, "repeated");
    assert_eq!((line(&app, ZOE).stage, dead(&app)), (Stage::Sent, vec![]));
    // What comes back again is another report.
    assert_eq!(outcome(&app, &report("r2", &mail, ZOE, "failed", "5.1.1")).await, "dead");
    app.leaves_work();
}

async fn what_is_forged_changes_nothing(app: TestApp) {
    let mail = sent(&app, ZOE).await;
    let other = sent(&app, "autre@pont.example").await;
    let renamed = |id: String| Sent { message_id: id, ..mail.clone() };
    let id = mail.message_id.split('@').next().unwrap_or_default().to_owned();
    for text in [
        report("a", &mail, "autre@pont.example", "failed", "5.1.1"),
        report("b", &other, ZOE, "failed", "5.1.1"),
        report("c", &renamed("<01KB2J5Q3V8YH4N7T6R9C0M1XW@localhost>".into()), ZOE, "failed", "5.1.1"),
        report("d", &renamed(format!("{id}@ailleurs.example>")), ZOE, "failed", "5.1.1"),
        report("e", &renamed("<a\0b@localhost>".into()), ZOE, "failed", "5.1.1"),
        report("f", &renamed("<' OR 1=1 --@localhost>".into()), ZOE, "failed", "5.1.1"),
    ] {
        assert_eq!(outcome(&app, &text).await, "unknown", "{text}");
    }
    assert_eq!((line(&app, ZOE).stage, line(&app, "autre@").stage, dead(&app)), (Stage::Sent, Stage::Sent, vec![]));
    // Nor does anybody but an administrator say what came back.
    for who in [Who::Visitor, Who::Partner, Who::Manager] {
        let visitor = app.visitor();
        let mut request = visitor.request(Method::POST, "/api/v1/bounces").body(report("g", &mail, ZOE, "failed", "5.1.1"));
        if let Some(token) = app.token(who) {
            request = request.bearer_auth(token);
        }
        assert!([401, 404].contains(&visitor.send(request).await.status), "{who:?}");
    }
    assert_eq!(line(&app, ZOE).stage, Stage::Sent);
}

async fn what_is_late_or_full_kills_no_address(app: TestApp) {
    let mail = sent(&app, ZOE).await;
    assert_eq!(outcome(&app, &report("late", &mail, ZOE, "delayed", "4.4.1")).await, "delayed");
    assert_eq!(line(&app, ZOE).stage, Stage::Sent);
    assert_eq!(outcome(&app, &report("relayed", &mail, ZOE, "relayed", "2.1.9")).await, "arrived");
    assert_eq!(outcome(&app, &report("gone", &mail, ZOE, "failed", "4.4.7")).await, "failed");
    let entry = app.read(|conn| log::find(conn, &line(&app, ZOE).id));
    assert_eq!(entry.attempts.iter().map(|attempt| attempt.outcome).collect::<Vec<_>>(), [Stage::Sent, Stage::Deferred, Stage::Failed]);
    assert_eq!(entry.line.stage, Stage::Failed);
    app.pass(1);
    let mail = sent(&app, ZOE).await;
    assert_eq!(outcome(&app, &report("full", &mail, ZOE, "failed", "5.2.2")).await, "failed");
    let admin = app.sign_in(Who::Administrator);
    admin.get(&format!("/admin/courrier/{}", line(&app, ZOE).id)).await.expect(200).has("5.2.2");
    assert_eq!(dead(&app), [""; 0]);
    app.pass(1);
    // The domain leaves in ASCII, and comes back so.
    let mail = sent(&app, "rene@été.example").await;
    assert_eq!(outcome(&app, &report("idn", &mail, "rene@xn--t-9fab.example", "failed", "5.1.10")).await, "dead");
    app.leaves_work();
}

async fn what_is_no_report_is_refused_in_words(app: TestApp) {
    let mail = sent(&app, ZOE).await;
    let whole = report("r", &mail, ZOE, "failed", "5.1.1");
    let cut = |text: &str| whole[..whole.find(text).expect("it is there")].to_owned();
    for (body, words) in [
        (b"Subject: Re\r\n\r\nMerci".to_vec(), "multipart/report"),
        (Vec::new(), "pas un e-mail"),
        (vec![0; 10_000], "rapport de remise"),
        (cut("--b\r\nContent-Type: text/rfc822").into_bytes(), "ne renvoie pas"),
        (cut("Final-Recipient").into_bytes(), "d’aucun destinataire"),
        (vec![b'x'; 6 * 1024 * 1024], "5 Mo"),
        (b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n".repeat(20_000), "trop de parties"),
    ] {
        let answer = post(&app, body).await.expect(422);
        assert!(answer.json()["fields"]["body"].as_str().is_some_and(|told| told.contains(words)), "{words}: {}", answer.text);
    }
    post(&app, vec![b'x'; 20 * 1024 * 1024]).await.expect(413);
    assert_eq!((line(&app, ZOE).stage, dead(&app)), (Stage::Sent, vec![]));
}

async fn a_maildir_is_read(engine: Engine) {
    let folder = tempfile::tempdir().unwrap();
    for part in ["new", "cur", "tmp"] {
        fs::create_dir(folder.path().join(part)).unwrap();
    }
    let app = TestApp::on(engine).set("BOUNCES_DIR", folder.path().display().to_string()).start().await;
    let mail = sent(&app, ZOE).await;
    let put = |name: &str, bytes: &[u8]| fs::write(folder.path().join("new").join(name), bytes).unwrap();
    // Encoded, a NUL goes through any relay; no database takes it.
    let id = mail.message_id.split('@').next().unwrap_or_default();
    let poison = report("p", &Sent { message_id: format!("{id}@=00>"), ..mail.clone() }, ZOE, "failed", "5.1.1");
    let encoded = "message/rfc822\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n";
    put("0.poison", poison.replace("text/rfc822-headers\r\n\r\n", encoded).as_bytes());
    put("1.good", report("r", &mail, ZOE, "failed", "5.1.1").as_bytes());
    put("2.again:2,", report("r", &mail, ZOE, "failed", "5.1.1").as_bytes());
    put("3.forged", report("x", &mail, "autre@pont.example", "failed", "5.1.1").as_bytes());
    put("4.none", b"Subject: Bonjour\r\n\r\nRien.\r\n");
    put("5.heavy", &vec![0; 20 * 1024 * 1024]);
    std::os::unix::fs::symlink("/etc/passwd", folder.path().join("new/6.link")).unwrap();
    schedule::returns(&app.app).await.unwrap();
    let names = |part: &str| {
        let entries = fs::read_dir(folder.path().join(part)).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    };
    // A report of ours holds the mail that came back: it does not stay.
    assert_eq!(names("cur"), ["0.poison:2,S", "3.forged:2,S", "4.none:2,S", "5.heavy:2,S"]);
    assert_eq!(names("new"), ["6.link"], "what a link leads to is nobody's report");
    assert_eq!((line(&app, ZOE).stage, dead(&app)), (Stage::Failed, vec![ZOE.to_owned()]));
    app.leaves_work();
}

async fn administrators_are_told_once(app: TestApp) {
    for address in [ZOE, "lea@pont.example"] {
        let mail = sent(&app, address).await;
        assert_eq!(outcome(&app, &report(address.split('@').next().unwrap(), &mail, address, "failed", "5.1.1")).await, "dead");
    }
    assert_eq!(schedule::returns(&app.app).await.unwrap(), 0, "others may follow");
    app.pass(601);
    assert_eq!(schedule::returns(&app.app).await.unwrap(), 1);
    assert_eq!(schedule::returns(&app.app).await.unwrap(), 0);
    app.work().await;
    let mails = app.mails();
    assert_eq!(mails.iter().map(|mail| mail.recipient.as_str()).collect::<Vec<_>>(), [Who::Administrator.email()]);
    let text = traitdunion::mail::reading::read(&mails[0].bytes).unwrap().text;
    assert!(text.contains(ZOE) && text.contains("lea@pont.example") && text.contains("/admin/adresses"), "{text}");
    app.leaves_work();
}

/// An installation whose mail server errs so.
async fn before(engine: Engine, faults: Vec<Rule>) -> (TestApp, Smtp) {
    let server = Smtp::start(Options { faults, ..Options::default() });
    (TestApp::on(engine).smtp(&server).start().await, server)
}

async fn a_refusal_says_so_too(engine: Engine) {
    let (app, server) = before(engine, vec![Rule::always(Fault::RecipientUnknown).recipient(ZOE)]).await;
    let path = invited(&app, json!({ "name": "Zoé Pons", "email": "Zoe@Pont.example" })).await;
    assert_eq!((line(&app, "Zoe@").stage, dead(&app)), (Stage::Failed, vec![ZOE.to_owned()]));
    let admin = app.sign_in(Who::Administrator);
    admin.get(&format!("/admin/courrier/{}", line(&app, "Zoe@").id)).await.expect(200).has("nous n’y écrivons plus").has("5.1.1 nobody");
    // What depends on it is the same list, and is handed over as after a report.
    admin.get("/admin/adresses").await.expect(200).has("1 invitation").has(ZOE);
    let page = format!("/admin/adresses/{}", app.read(bounces::all)[0].id);
    let items = ticked(&admin.get(&page).await.expect(200).has("Comité local de suivi").has("5.1.1"));
    admin.post(&format!("{page}/reattribuer"), &[("item", &items[0]), ("address", "zoe.pons@ailleurs.example")]).await.expect(303);
    app.work().await;
    assert_eq!(who_is_invited(&app, &path).await, ["zoe.pons@ailleurs.example"]);
    assert!(server.received().iter().any(|mail| mail.to == ["zoe.pons@ailleurs.example"]));
    // Nothing more is tried there, and the same word about what somebody awaits is not another death.
    let refusals = server.refusals().len();
    queue(&app, "action_returned", ZOE);
    app.work().await;
    assert_eq!(server.refusals().len(), refusals);
    queue(&app, "reset", ZOE);
    app.work().await;
    assert_eq!((server.refusals().len(), dead(&app)), (refusals + 1, vec![ZOE.to_owned()]));
    app.leaves_work();
}

async fn any_other_refusal_kills_no_address(engine: Engine) {
    let faults = [(Fault::RecipientRefused, "a@b.example"), (Fault::RecipientBusy, "c@d.example"), (Fault::BodyRefused, "e@f.example")];
    let (app, _server) = before(engine, faults.map(|(fault, recipient)| Rule::always(fault).recipient(recipient)).into()).await;
    for (_, recipient) in faults {
        queue(&app, "action_returned", recipient);
    }
    app.work().await;
    assert_eq!([line(&app, "a@b").stage, line(&app, "c@d").stage, line(&app, "e@f").stage], [Stage::Failed, Stage::Deferred, Stage::Failed]);
    assert_eq!(dead(&app), [""; 0]);
    app.leaves_work();
}

/// A called meeting to which somebody is invited: its path in the API.
async fn invited(app: &TestApp, invitee: Value) -> String {
    let api = app.api(Who::Worker);
    let made = api.post("/api/v1/meetings", &json!(world::whole_meeting())).await.expect(201).json();
    let path = format!("/api/v1/meetings/{}", made["id"].as_str().unwrap());
    api.post(&format!("{path}/invitations"), &invitee).await.expect(201);
    let version = api.get(&path).await.expect(200).json()["version"].clone();
    api.post(&format!("{path}/call"), &json!({ "version": version })).await.expect(200);
    app.work().await;
    path
}

async fn who_is_invited(app: &TestApp, path: &str) -> Vec<String> {
    let people = app.api(Who::Worker).get(&format!("{path}/invitations")).await.expect(200).json();
    let mut emails: Vec<String> = people["items"].as_array().unwrap().iter().map(|one| one["email"].as_str().unwrap().to_owned()).collect();
    emails.sort();
    emails
}

/// What stands ticked on a page.
fn ticked(page: &Answer) -> Vec<String> {
    let parts = page.text.split("name=\"item\" value=\"").skip(1);
    parts.map(|part| part.split('"').next().unwrap_or_default().to_owned()).collect()
}

async fn what_depends_on_an_address_is_handed_over(app: TestApp) {
    let path = invited(&app, json!({ "name": "Zoé Pons", "email": ZOE })).await;
    let mail = app.mails().into_iter().find(|mail| mail.recipient == ZOE).expect("she is called");
    assert_eq!(outcome(&app, &report("r", &mail, ZOE, "failed", "5.1.1")).await, "dead");
    let admin = app.sign_in(Who::Administrator);
    admin.get("/admin/adresses").await.expect(200).has("1 invitation");
    let page = format!("/admin/adresses/{}", app.read(bounces::all)[0].id);
    let shown = admin.get(&page).await.expect(200).has("Comité local de suivi").has("Zoé Pons");
    let items = ticked(&shown);
    assert_eq!(items.len(), 1);
    let item = ("item", items[0].as_str());
    let form = format!("{page}/reattribuer");
    admin.post(&form, &[item]).await.expect(422).has("Choisissez une personne, ou donnez une nouvelle adresse");
    admin.post(&form, &[item, ("address", "zoe")]).await.expect(422).has("adresse e-mail complète");
    admin.post(&form, &[item, ("address", "ZOE@pont.example")]).await.expect(422).has("donnez-en une autre");
    admin.post(&form, &[("item", "invitation:01KB2J5Q3V8YH4N7T6R9C0M1XW"), ("address", "z@pont.example")]).await.expect(422).has("Cochez");
    admin.post(&form, &[item, ("to", "01KB2J5Q3V8YH4N7T6R9C0M1XW")]).await.expect(422).has("Ce compte n’est pas ouvert");
    assert_eq!(who_is_invited(&app, &path).await, [ZOE]);
    admin.post(&form, &[item, ("address", "zoe.pons@ailleurs.example")]).await.expect(303);
    assert_eq!(who_is_invited(&app, &path).await, ["zoe.pons@ailleurs.example"]);
    app.work().await;
    let told: Vec<String> = app.mails().into_iter().map(|mail| mail.recipient).collect();
    assert_eq!(told, ["zoe.pons@ailleurs.example"], "the new address is called, the dead one is not written to");
    admin.get(&page).await.expect(200).has("Rien n’en dépend");
    app.leaves_work();
}

async fn what_depends_on_whoever_left_is_handed_over(app: TestApp) {
    let (admin, manager) = (app.sign_in(Who::Administrator), app.world.accounts[&Who::Manager].clone());
    let path = invited(&app, json!({ "account": manager.to_string() })).await;
    let api = app.api(Who::Administrator);
    let mut whole = world::whole_convention(&app.world);
    whole.insert("responsible".into(), json!(manager.to_string()));
    let convention = api.post("/api/v1/conventions", &json!(whole)).await.expect(201).json();
    let version = app.read(|conn| app.world.account(conn, Who::Manager)).version.to_string();
    let here = format!("/admin/comptes/{manager}");
    let early = admin.post(&format!("{here}/reattribuer"), &[("item", "x")]).await;
    assert!(early.status == 409 && early.text.contains("fermez-le d’abord"), "{}", early.text);
    admin.get(&here).await.expect(200).lacks("Ce qui dépend de cette personne");
    admin.post(&format!("{here}/fermer"), &[("version", &version)]).await.expect(303);
    let shown = admin.get(&here).await.expect(200).has("Ce qui dépend de cette personne").has("Invitations à venir").has("Conventions à suivre");
    let items = ticked(&shown);
    assert_eq!(items.len(), 2, "{items:?}");
    let mut fields: Vec<(&str, &str)> = items.iter().map(|item| ("item", item.as_str())).collect();
    admin.post(&format!("{here}/reattribuer"), &fields).await.expect(422).has("Choisissez qui suivra");
    let other = app.world.accounts[&Who::ManagerElsewhere].to_string();
    fields.push(("to", &other));
    admin.post(&format!("{here}/reattribuer"), &fields).await.expect(303);
    assert_eq!(who_is_invited(&app, &path).await, [Who::ManagerElsewhere.email()]);
    let read = api.get(&format!("/api/v1/conventions/{}", convention["id"].as_str().unwrap())).await.expect(200).json();
    assert_eq!(read["responsible"], Who::ManagerElsewhere.email());
    assert_eq!(ticked(&admin.get(&here).await.expect(200)), [""; 0]);
    app.leaves_work();
}
