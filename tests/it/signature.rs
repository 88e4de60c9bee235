//! Mails are signed when a key is given, the DNS record is told, and a bad key stops the start.

use openssl::pkey::PKey;
use serde_json::json;
use traitdunion::mail::outgoing::{self, Outgoing};

use crate::smtp::{Options, Smtp};
use crate::support::program::{program, run};
use crate::support::{Engine, TestApp, both};

both!(what_leaves_is_signed, an_address_with_accents_goes_as_its_server_can);

fn queue(app: &TestApp, recipient: &str) {
    let params = json!({ "name": "Denis", "link": "/lien/x", "hours": 24 });
    let mail = Outgoing { recipient: recipient.into(), template: "reset", params, record: None, key: recipient.into() };
    let now = app.now();
    app.write(|conn| outgoing::enqueue(conn, now, &app.app.chance, [mail]));
}

fn pem() -> Vec<u8> {
    PKey::generate_ed25519().expect("a key").private_key_to_pem_pkcs8().expect("a PEM")
}

async fn what_leaves_is_signed(engine: Engine) {
    let folder = tempfile::tempdir().expect("a folder");
    let key = folder.path().join("dkim.pem");
    std::fs::write(&key, pem()).expect("a file");
    let settings = TestApp::on(engine).set("DKIM_KEY_FILE", key.display().to_string()).set("DKIM_SELECTOR", "mars2026");
    let app = settings.set("MAIL_FROM", "registre@vienne.example").start().await;
    queue(&app, "agent@vienne.example");
    app.work().await;
    let text = String::from_utf8(app.mails().remove(0).bytes).expect("a text");
    // Signed when it was written: every attempt sends the same.
    let signature =
        format!("DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed; d=vienne.example; s=mars2026; t={};\r\n", app.now().micros() / 1_000_000);
    assert!(text.starts_with(&signature), "{text}");
    let app = TestApp::on(engine).start().await;
    queue(&app, "agent@vienne.example");
    app.work().await;
    assert!(app.mails()[0].bytes.starts_with(b"From: "));
}

async fn an_address_with_accents_goes_as_its_server_can(engine: Engine) {
    let server = Smtp::start(Options { smtputf8: false, ..Options::default() });
    let app = TestApp::on(engine).smtp(&server).start().await;
    queue(&app, "agent@été.example");
    app.work().await;
    assert_eq!(server.received()[0].to, ["agent@xn--t-9fab.example"]);
    let server = Smtp::start(Options { smtputf8: true, ..Options::default() });
    let app = TestApp::on(engine).smtp(&server).start().await;
    queue(&app, "rené@été.example");
    app.work().await;
    assert_eq!(server.received()[0].to, ["rené@xn--t-9fab.example"]);
}

#[test]
fn the_doctor_tells_the_record_to_publish() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_, said) = run(program(folder.path()).arg("doctor"));
    assert!(said.contains("ok       DKIM : aucun"), "{said}");
    let key = folder.path().join("dkim.pem");
    let sound = openssl::rsa::Rsa::generate(2048).expect("a key");
    let weak = openssl::rsa::Rsa::generate(1024).expect("a key");
    for (rsa, advice) in [(sound, ""), (weak, "clé de 1024 bits")] {
        std::fs::write(&key, rsa.private_key_to_pem().expect("a PEM")).expect("a file");
        let mut doctor = program(folder.path());
        doctor.env("TRAITDUNION_DKIM_KEY_FILE", &key).env("TRAITDUNION_DKIM_SELECTOR", "mars2026").env("TRAITDUNION_MAIL_FROM", "a@vienne.example");
        let (_, said) = run(doctor.arg("doctor"));
        let line = said.lines().find(|line| line.starts_with("ok       DKIM :")).unwrap_or_else(|| panic!("{said}"));
        assert!(line.contains("mars2026._domainkey.vienne.example TXT \"v=DKIM1; k=rsa; p=MI") && line.contains(advice), "{line}");
        // What stands in the quotation marks is the record, each part short enough for the DNS.
        let parts: Vec<&str> = line.split('"').skip(1).step_by(2).collect();
        let public = openssl::base64::encode_block(&rsa.public_key_to_der().expect("a key"));
        assert_eq!(parts.concat(), format!("v=DKIM1; k=rsa; p={public}"));
        assert!(parts.iter().all(|part| part.len() <= 255), "{line}");
    }
}

#[test]
fn a_bad_key_stops_the_start_and_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = folder.path().join("dkim.pem");
    for (content, reason) in [(None, "No such file"), (Some(b"nothing".to_vec()), "no private key can be read in it")] {
        if let Some(content) = content {
            std::fs::write(&key, content).expect("a file");
        }
        let mut serve = program(folder.path());
        serve.env("TRAITDUNION_DKIM_KEY_FILE", &key).env("TRAITDUNION_DKIM_SELECTOR", "mars2026").env("TRAITDUNION_MAIL_FROM", "a@vienne.example");
        let (code, said) = run(serve.args(["serve", "--listen", "127.0.0.1:0"]));
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("TRAITDUNION_DKIM_KEY_FILE") && said.contains("expected: a readable PEM file") && said.contains(reason), "{said}");
    }
}
