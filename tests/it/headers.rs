//! What every answer carries, and what is too large for one.

use reqwest::Method;

use crate::support::{Answer, TestApp, Who, both};

both!(every_answer_carries_the_security_headers, too_much_is_refused_and_never_kept, errors_are_pages_that_people_understand);

const CARRIED: [(&str, &str); 6] = [
    ("content-security-policy", "default-src 'none'"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("permissions-policy", "camera=()"),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
];

#[track_caller]
fn is_safe(answer: &Answer) {
    for (name, begins) in CARRIED {
        assert!(answer.header(name).starts_with(begins), "{name} of {}: {:?}", answer.status, answer.headers);
    }
    let policy = answer.header("content-security-policy");
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
}

async fn every_answer_carries_the_security_headers(app: TestApp) {
    let browser = app.visitor();
    for (path, status) in [("/accessibilite", 200), ("/static/app.css", 200), ("/healthz", 200), ("/nulle-part", 404), ("/api/v1/nulle-part", 404)] {
        is_safe(&browser.get(path).await.expect(status));
    }
    is_safe(&browser.send(browser.request(Method::POST, "/accessibilite")).await.expect(405));
    is_safe(&browser.post("/actions/nouvelle", &[]).await.expect(303));
    // A database that is gone: the error page itself must stand without it.
    let worker = app.sign_in(Who::Worker);
    let rename = |from: &str, to: &str| {
        use diesel::RunQueryDsl;
        app.write(|conn| Ok(diesel::sql_query(format!("ALTER TABLE {from} RENAME TO {to}")).execute(conn)?))
    };
    rename("actions", "lost");
    is_safe(&worker.get("/mon-espace").await.expect(500));
    let answer = worker.get("/api/v1/nulle-part").await;
    assert!(answer.status >= 400, "{answer:?}");
    is_safe(&answer);
    rename("lost", "actions");
}

async fn too_much_is_refused_and_never_kept(app: TestApp) {
    let browser = app.sign_in(Who::Worker);
    let body = format!("csrf={}&title={}", browser.csrf(), "a".repeat(11 << 20));
    let request = browser.request(Method::POST, "/actions/nouvelle").header("content-type", "application/x-www-form-urlencoded").body(body);
    is_safe(&browser.send(request).await.expect(413).has("trop volumineux"));
    let long = browser.get(&format!("/accessibilite?q={}", "a".repeat(65_000))).await;
    is_safe(&long.expect(414).has("trop longue"));
    // The server stops reading: its answer may be lost with the connection, but it never accepts.
    let padded = browser.request(Method::GET, "/accessibilite").header("x-padding", "a".repeat(200_000)).send().await;
    assert!(padded.as_ref().map_or(true, |answer| answer.status() == 431), "{padded:?}");
    let browser = app.sign_in(Who::Worker);
    let many = (0..200).fold(browser.request(Method::GET, "/accessibilite"), |request, n| request.header(format!("x-{n}"), "1"));
    assert_eq!(browser.send(many).await.status, 431);
    let fields: Vec<(String, String)> = (0..4000).map(|n| (format!("f{n}"), String::new())).collect();
    let pairs: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post("/actions/nouvelle", &pairs).await.expect(413);
}

async fn errors_are_pages_that_people_understand(app: TestApp) {
    let browser = app.visitor();
    browser.get("/nulle-part").await.expect(404).has("Cette page n’existe pas").has("<html lang=\"fr\"");
    let problem = browser.get("/api/v1/nulle-part").await.expect(404);
    assert_eq!(problem.header("content-type"), "application/problem+json");
    assert_eq!(problem.json()["status"], 404);
    for path in ["/actions/%00", "/actions/..%2f..%2fetc%2fpasswd", "/static/../Cargo.toml", "/static/%2e%2e/Cargo.toml", "/actions/%ff%fe"] {
        let answer = browser.get(path).await;
        assert!((400..500).contains(&answer.status), "{path}: {}", answer.status);
    }
}
