//! What one no longer wants stops at one click, from the mail program or the page; what must be told still arrives.

use reqwest::Method;
use traitdunion::kernel::Page;
use traitdunion::mail::catalogue::{Duty, KINDS};
use traitdunion::mail::log::{self, Filter};
use traitdunion::mail::model::Stage;
use traitdunion::mail::outgoing::{self, Outgoing};
use traitdunion::mail::transport::Sent;
use traitdunion::view::samples;

use crate::support::{Answer, Browser, TestApp, Who, both};

both!(
    one_click_stops_mails_without_cookie_or_token,
    opening_the_page_changes_nothing,
    what_waited_is_cancelled_and_what_must_be_told_leaves,
    the_page_stops_and_resumes,
    only_what_may_be_stopped_says_how,
    one_chooses_in_ones_account,
    a_link_that_nobody_was_sent_leads_to_words,
);

const CHOSEN: &str = "action_published";
const MUST: &str = "action_returned";

/// Queues a mail of a kind.
fn queue(app: &TestApp, template: &'static str, recipient: &str) {
    let mut params = samples::of_mail(template).remove(0);
    // The records of a sample are nowhere, and a letter leaves only with what may be read.
    for group in params["groups"].as_array_mut().into_iter().flatten() {
        group["items"].as_array_mut().into_iter().flatten().for_each(|item| item["kind"] = serde_json::Value::Null);
    }
    let mail = Outgoing { recipient: recipient.into(), template, params, record: None, key: app.app.chance.secret() };
    let now = app.now();
    assert_eq!(app.write(|conn| outgoing::enqueue(conn, now, &app.app.chance, [mail])), 1);
}

async fn sent(app: &TestApp, template: &'static str, recipient: &str) -> Vec<Sent> {
    queue(app, template, recipient);
    app.work().await;
    app.mails()
}

fn header(mail: &Sent, name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(&mail.bytes).replace("\r\n ", " ");
    let head = text.split("\r\n\r\n").next().unwrap_or_default().to_owned();
    head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned))
}

/// The address in the header, as a mail program takes it.
fn link(mail: &Sent) -> String {
    let header = header(mail, "List-Unsubscribe").expect("a link");
    header.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).expect("angle brackets").to_owned()
}

/// The path of the link that a person was sent, the mail being read.
async fn path(app: &TestApp, recipient: &str) -> String {
    let mails = sent(app, CHOSEN, recipient).await;
    link(&mails[0]).strip_prefix(&app.url).expect("our own address").to_owned()
}

/// What became of a person's mails, by name.
fn stages(app: &TestApp, recipient: &str) -> Vec<Stage> {
    let filter = Filter { recipient: recipient.into(), ..Filter::default() };
    let (lines, _) = app.read(|conn| log::list(conn, &filter, Page::first()));
    let mut stages: Vec<Stage> = lines.into_iter().map(|line| line.stage).collect();
    stages.sort_by_key(|stage| stage.as_str());
    stages
}

/// What a mail program sends, from wherever it is.
async fn one_click(url: &str, multipart: bool) -> (u16, String, bool) {
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let request = client.post(url).header("origin", "https://mail.example").header("sec-fetch-site", "cross-site");
    let request = if multipart {
        let body = "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n";
        request.header("content-type", "multipart/form-data; boundary=b").body(body)
    } else {
        request.form(&[("List-Unsubscribe", "One-Click")])
    };
    let answer = request.send().await.expect("an answer");
    let sets_cookies = answer.headers().contains_key("set-cookie");
    (answer.status().as_u16(), answer.text().await.expect("a text"), sets_cookies)
}

async fn one_click_stops_mails_without_cookie_or_token(app: TestApp) {
    let address = Who::Worker.email();
    let mails = sent(&app, CHOSEN, &address).await;
    assert_eq!(header(&mails[0], "List-Unsubscribe-Post").as_deref(), Some("List-Unsubscribe=One-Click"));
    // The link is for ever the same.
    assert_eq!(link(&sent(&app, CHOSEN, &address.to_uppercase()).await[0]), link(&mails[0]));
    for multipart in [false, true, false] {
        let (status, text, sets_cookies) = one_click(&link(&mails[0]), multipart).await;
        assert!(status == 200 && text.contains("C’est fait") && !text.contains('<') && !sets_cookies, "{status} {text}");
    }
    assert!(sent(&app, CHOSEN, &address).await.is_empty());
    // Somebody else's, and another kind, still leave.
    assert_eq!(sent(&app, CHOSEN, &Who::Manager.email()).await.len(), 1);
    assert_eq!(sent(&app, "action_changed", &address).await.len(), 1);
}

async fn opening_the_page_changes_nothing(app: TestApp) {
    let address = Who::Worker.email();
    let path = path(&app, &address).await;
    for visitor in [app.visitor(), app.sign_in(Who::Manager), app.visitor()] {
        let page = visitor.get(&path).await.expect(200).has("Ne plus recevoir ces messages").has("Action publiée").has("a…@vienne.example");
        assert!(!page.text.contains(&address) && page.text.contains("noindex"), "{}", page.text);
    }
    assert_eq!(sent(&app, CHOSEN, &address).await.len(), 1);
}

async fn what_waited_is_cancelled_and_what_must_be_told_leaves(app: TestApp) {
    for address in [Who::Worker.email(), "rené@été.example".to_owned()] {
        let path = path(&app, &address).await;
        queue(&app, CHOSEN, &address);
        queue(&app, MUST, &address);
        one_click(&format!("{}{path}", app.url), false).await;
        assert_eq!(stages(&app, &address), [Stage::Cancelled, Stage::Queued, Stage::Sent], "{address}");
        app.work().await;
        let mails = app.mails();
        assert!(mails.len() == 1 && header(&mails[0], "List-Unsubscribe").is_none(), "{mails:?}");
        assert!(sent(&app, CHOSEN, &address).await.is_empty());
        assert_eq!(stages(&app, &address), [Stage::Cancelled, Stage::Cancelled, Stage::Sent, Stage::Sent], "{address}");
    }
}

/// Presses the button of the page, which asks for nothing.
async fn press(browser: &Browser, path: &str) -> Answer {
    browser.send(browser.request(Method::POST, path)).await
}

async fn the_page_stops_and_resumes(app: TestApp) {
    let address = Who::Worker.email();
    let path = path(&app, &address).await;
    let visitor = app.visitor();
    for _ in 0..2 {
        assert_eq!(press(&visitor, &path).await.expect(303).location(), path);
        visitor.get(&path).await.expect(200).has("C’est fait").has("Les recevoir de nouveau");
    }
    assert!(sent(&app, CHOSEN, &address).await.is_empty());
    // Receiving again is asked for on our page, by the one who reads it.
    press(&visitor, &format!("{path}/reprendre")).await.expect(403);
    for _ in 0..2 {
        assert_eq!(visitor.post(&format!("{path}/reprendre"), &[]).await.expect(303).location(), path);
        visitor.get(&path).await.expect(200).has("Ne plus recevoir ces messages ?");
    }
    assert_eq!(sent(&app, CHOSEN, &address).await.len(), 1);
    press(&visitor, &path).await.expect(303);
    let resumed = visitor.submit(&path, &format!("{path}/reprendre"), &[]).await.expect(303);
    visitor.get(resumed.location()).await.expect(200).has("vous recevrez de nouveau");
}

async fn only_what_may_be_stopped_says_how(app: TestApp) {
    // A digest leaves only with the notices that it tells.
    for kind in KINDS.iter().filter(|kind| kind.name != "digest") {
        let mails = sent(&app, kind.name, &Who::Worker.email()).await;
        let found = (header(&mails[0], "List-Unsubscribe").is_some(), header(&mails[0], "List-Unsubscribe-Post").is_some());
        let may_stop = kind.duty == Duty::Chosen;
        assert_eq!(found, (may_stop, may_stop), "{}", kind.name);
    }
}

async fn one_chooses_in_ones_account(app: TestApp) {
    let (worker, address) = (app.sign_in(Who::Worker), Who::Worker.email());
    let page = worker.get("/abonnements").await.expect(200).has("Mes e-mails").has("Action publiée");
    assert!(!page.text.contains("Invitation") && !page.text.contains("Arrêté"), "{}", page.text);
    let stop = worker.submit("/abonnements", "/compte/e-mails", &[("kind", CHOSEN), ("wanted", "0")]).await.expect(303);
    worker.get(stop.location()).await.expect(200).has("vous ne recevrez plus").has("Arrêté");
    assert!(sent(&app, CHOSEN, &address).await.is_empty());
    assert_eq!(sent(&app, CHOSEN, &Who::Manager.email()).await.len(), 1);
    worker.submit("/abonnements", "/compte/e-mails", &[("kind", CHOSEN), ("wanted", "1")]).await.expect(303);
    assert_eq!(sent(&app, CHOSEN, &address).await.len(), 1);
    // What must be told is nobody's to stop; nor is what does not exist.
    for kind in [MUST, "invitation", "", "x"] {
        worker.post("/compte/e-mails", &[("kind", kind), ("wanted", "0")]).await.expect(404);
    }
    assert_eq!(sent(&app, MUST, &address).await.len(), 1);
}

async fn a_link_that_nobody_was_sent_leads_to_words(app: TestApp) {
    let visitor = app.visitor();
    for token in ["x", &"x".repeat(43), "é", "%00"] {
        let path = format!("/desinscription/{token}");
        visitor.get(&path).await.expect(404).has("Ce lien ne fonctionne pas");
        press(&visitor, &path).await.expect(404).has("Ce lien ne fonctionne pas");
        visitor.post(&format!("{path}/reprendre"), &[]).await.expect(404).has("Ce lien ne fonctionne pas");
        let (status, text, _) = one_click(&visitor.url(&path), false).await;
        assert!(status == 404 && text.contains("Ce lien ne fonctionne pas") && !text.contains('<'), "{status} {text}");
    }
}
