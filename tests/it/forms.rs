//! Forms: only those that we gave, from the browser that we gave them to.

use reqwest::Method;

use crate::support::{TestApp, Who, both};

both!(a_form_needs_the_token_of_its_browser, a_form_from_another_site_is_refused, a_form_of_the_page_is_accepted);

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
