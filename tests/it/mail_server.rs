//! The program and its mail server: encrypted, identified, misconfigured, then mended.

use std::time::{Duration, Instant};

use traitdunion::db::Db;
use traitdunion::error::Error;
use traitdunion::kernel::{Chance, Clock};
use traitdunion::mail::log::{self, Standing};
use traitdunion::mail::outgoing::{self, Outgoing};

use crate::smtp::{Fault, Options, Rule, Security, Smtp};
use crate::support::engine::Database;
use crate::support::program::{Server, program, run};
use crate::support::{Engine, both};

both!(mail_leaves_over_tls_and_with_credentials, a_wrong_setting_keeps_mail_waiting_until_it_is_mended);

fn credentials() -> Option<(String, String)> {
    Some(("registre@vienne.example".into(), "se:sa/me@ !".into()))
}

fn queue(database: &Database) {
    let params = serde_json::json!({ "name": "Denis", "link": "/lien/x", "hours": 24 });
    let mail = Outgoing { recipient: "a@b.example".into(), template: "reset", params, record: None, key: "k".into() };
    let db = Db::open(&database.url).unwrap();
    assert_eq!(db.write_now(|conn| outgoing::enqueue(conn, Clock::system().now(), &Chance::from_machine(), [mail])).unwrap(), 1);
}

fn settings<'a>(database: &Database, url: &str, smtp: &Smtp, command: &'a mut std::process::Command) -> &'a mut std::process::Command {
    command
        .env("TRAITDUNION_DATABASE_URL", database.variable())
        .env("TRAITDUNION_SMTP_URL", url)
        .env("TRAITDUNION_SMTP_TIMEOUT", "2")
        .env("TRAITDUNION_MAIL_FROM", "registre@vienne.example");
    if let Some(certificate) = smtp.certificate() {
        command.env("SSL_CERT_FILE", certificate);
    }
    command
}

fn serve(database: &Database, url: &str, smtp: &Smtp) -> Server {
    Server::start(settings(database, url, smtp, &mut program(database.path())))
}

async fn mail_leaves_over_tls_and_with_credentials(engine: Engine) {
    for security in [Security::StartTls, Security::Tls] {
        let smtp = Smtp::start(Options { security, credentials: credentials(), ..Options::default() });
        let (database, _) = engine.fresh();
        queue(&database);
        let server = serve(&database, &smtp.url(), &smtp);
        assert!(smtp.wait_for(1, Duration::from_secs(20)), "{security:?}");
        let received = &smtp.received()[0];
        assert_eq!((received.from.as_str(), received.to[0].as_str()), ("registre@vienne.example", "a@b.example"));
        drop(server);
    }
}

/// Waits until the queue stands so.
fn until(database: &Database, holds: impl Fn(&Standing) -> bool) -> Standing {
    let (db, from) = (Db::open(&database.url).unwrap(), Instant::now());
    loop {
        let standing = db.read_now(|conn| log::standing(conn, Clock::system().now())).map_err(|error: Error| error.to_string()).unwrap();
        if holds(&standing) {
            return standing;
        }
        assert!(from.elapsed() < Duration::from_secs(20), "{standing:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

async fn a_wrong_setting_keeps_mail_waiting_until_it_is_mended(engine: Engine) {
    let smtp = Smtp::start(Options { security: Security::StartTls, credentials: credentials(), ..Options::default() });
    let good = smtp.url();
    let (name, password) = good.split_once("://").unwrap().1.split_once('@').unwrap().0.split_once(':').unwrap();
    let wrong = [
        // Nobody listens there.
        (format!("smtp+starttls://{name}:{password}@127.0.0.1:1"), "Aucun serveur de messagerie ne répond"),
        (format!("smtp+starttls://{name}:{password}@nulle-part.invalid"), "introuvable"),
        (good.replace(password, "faux"), "refuse notre identification"),
        (good.replace("smtp+starttls", "smtps"), "chiffrée"),
    ];
    let (database, _) = engine.fresh();
    queue(&database);
    for (url, words) in wrong {
        let server = serve(&database, &url, &smtp);
        let standing = until(&database, |standing| {
            let fault = standing.fault.as_ref().and_then(|attempt| attempt.fault.as_ref());
            fault.is_some_and(|fault| log::diagnosis::in_words(fault).contains(words))
        });
        assert_eq!(standing.waiting, 1, "{url}");
        let (status, ready) = server.get("/readyz");
        assert!(status == 200 && ready.contains("\"degraded\"") && ready.contains("1 mails wait"), "{ready}");
        let (code, said) = run(settings(&database, &url, &smtp, &mut program(database.path())).arg("doctor"));
        assert!(code == Some(1) && said.contains(words) && !said.contains("faux") && !said.contains(password), "{said}");
    }
    // Whoever does not know the authority that signed its certificate does not trust it.
    let server = Server::start(settings(&database, &good, &smtp, &mut program(database.path())).env_remove("SSL_CERT_FILE"));
    let told = |fault: Option<&traitdunion::mail::model::Fault>| fault.is_some_and(|fault| log::diagnosis::in_words(fault).contains("certificat"));
    until(&database, |standing| told(standing.fault.as_ref().and_then(|attempt| attempt.fault.as_ref())));
    drop(server);
    // The server itself refuses to encrypt: nothing is said in clear, above all no password.
    smtp.set_faults([Rule::always(Fault::TlsRefused)]);
    let server = serve(&database, &good, &smtp);
    until(&database, |standing| standing.fault.as_ref().and_then(|attempt| attempt.fault.as_ref()).is_some_and(|fault| fault.code == Some(454)));
    drop(server);
    assert_eq!(smtp.count(), 0);
    // Mended.
    smtp.set_faults([]);
    let server = serve(&database, &good, &smtp);
    assert!(smtp.wait_for(1, Duration::from_secs(20)));
    until(&database, |standing| *standing == Standing::default());
    assert!(server.get("/readyz").1.contains("\"mail\":\"ok\""));
}
