//! Forms: only those that we gave, from the browser that we gave them to.

use reqwest::Method;
use traitdunion::http::routes;

use crate::support::world::HERE;
use crate::support::{TestApp, Who, both};

both!(
    a_form_needs_the_token_of_its_browser,
    a_form_from_another_site_is_refused,
    a_form_of_the_page_is_accepted,
    only_one_address_takes_a_form_without_token,
    an_address_that_no_mail_reaches_is_refused_beside_its_field,
);

async fn a_form_needs_the_token_of_its_browser(app: TestApp) {
    let (worker, manager) = (app.sign_in(Who::Worker), app.sign_in(Who::Manager));
    for csrf in ["", "0", &manager.csrf(), &app.visitor().csrf()] {
        let request = worker.request(Method::POST, "/actions/nouvelle").form(&[("csrf", csrf), ("title", "Gérer son budget")]);
        worker.send(request).await.expect(403).has("rechargez la page");
    }
    let bare = worker.request(Method::POST, "/actions/nouvelle").form(&[("title", "Gérer son budget")]);
    worker.send(bare).await.expect(403);
    worker.post("/actions/nouvelle", &[("title", "Gérer son budget")]).await.expect(303);
}

async fn a_form_from_another_site_is_refused(app: TestApp) {
    let worker = app.sign_in(Who::Worker);
    let csrf = worker.csrf();
    let fields = [("csrf", csrf.as_str()), ("title", "Gérer son budget")];
    for (name, value) in [("origin", "https://ailleurs.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")] {
        let request = worker.request(Method::POST, "/actions/nouvelle").header(name, value).form(&fields);
        worker.send(request).await.expect(403).has("autre site");
    }
    let request = worker.request(Method::POST, "/actions/nouvelle").header("origin", &app.url).header("sec-fetch-site", "same-origin").form(&fields);
    worker.send(request).await.expect(303);
}

async fn a_form_of_the_page_is_accepted(app: TestApp) {
    let worker = app.sign_in(Who::Worker);
    let made = worker.submit("/actions/nouvelle", "/actions/nouvelle", &[("title", "Gérer son budget")]).await.expect(303);
    worker.get(made.location()).await.expect(200).has("Gérer son budget");
}

async fn only_one_address_takes_a_form_without_token(app: TestApp) {
    let administrator = app.sign_in(Who::Administrator);
    let mut open = Vec::new();
    for entry in routes::table().iter().filter(|entry| entry.method.as_str() == "POST" && !entry.path.starts_with("/api/")) {
        let path: String = entry.path.split('/').map(|part| if part.starts_with('{') { "1" } else { part }).collect::<Vec<_>>().join("/");
        let sent = administrator.send(administrator.request(Method::POST, &path).form(&[("title", "Budget")])).await;
        if sent.status != 403 {
            open.push(entry.path);
        }
    }
    // A mail program asks for it by itself (RFC 8058).
    assert_eq!(open, ["/desinscription/{token}"]);
}

async fn an_address_that_no_mail_reaches_is_refused_beside_its_field(app: TestApp) {
    let administrator = app.sign_in(Who::Administrator);
    let fields = |email| [("email", email), ("name", "Claire Besson"), ("role", "worker"), ("territories", HERE)];
    let long = format!("{}@vienne.example", "a".repeat(306));
    let wide = format!("a@{}.example", "é".repeat(60));
    for email in
        ["claire", "\"claire b\"@vienne.example", "claire@[127.0.0.1]", "claire@vienne.example\r\nBcc: x@y.example", "a@b\0.example", &long, &wide]
    {
        let page = administrator.post("/admin/comptes/nouveau", &fields(email)).await.expect(422).has("n’est pas une adresse e-mail complète");
        assert!(page.text.contains("href=\"#email\"") && page.text.contains("id=\"email-error\""), "{}", page.text);
    }
    // Those of people whose name has an accent are written to.
    for email in ["rené@vienne.example", "claire@été.example"] {
        administrator.post("/admin/comptes/nouveau", &fields(email)).await.expect(303);
    }
    app.work().await;
    assert_eq!(app.mails().len(), 2);
}
