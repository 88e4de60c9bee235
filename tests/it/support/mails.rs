//! Mails as tests need them: caused by what people do, found again, and answered as a server might have.

use diesel::prelude::*;
use traitdunion::actions::model::Stage as ActionStage;
use traitdunion::actions::service::Action;
use traitdunion::db::schema::{mail_attempts, mails};
use traitdunion::kernel::ids::MailId;
use traitdunion::kernel::{Moment, Page, Visibility};
use traitdunion::mail::log::{self, Filter, Line};
use traitdunion::mail::model::{Stage, Step};

use super::{Browser, Engine, TestApp, Who, world};

/// An application that thinks that its mail leaves; the transport is the tests' own, which keeps it in memory.
pub async fn with_a_server(engine: Engine) -> TestApp {
    TestApp::on(engine).set("SMTP_URL", "smtp://127.0.0.1:9").set("MAIL_FROM", "registre@vienne.example").start().await
}

pub fn all(app: &TestApp, filter: &Filter) -> Vec<Line> {
    app.read(|conn| log::list(conn, filter, Page { number: 1, size: 100 })).0
}

pub fn the_only(app: &TestApp, template: &str) -> Line {
    let mut found = all(app, &Filter { template: template.into(), ..Filter::default() });
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

pub fn bytes(app: &TestApp, id: &MailId) -> Vec<u8> {
    app.read(|conn| log::find(conn, id)).bytes.expect("its bytes")
}

/// An action that waits for its manager, who is told.
pub fn submitted(app: &TestApp) -> Action {
    app.write(|conn| world::action(conn, &app.world, &app.app.chance, ActionStage::Submitted, Visibility::Partners))
}

/// Somebody asks for a link to the account of the worker.
pub async fn ask_for_a_link(app: &TestApp, admin: &Browser) {
    admin.post(&format!("/admin/comptes/{}/lien", app.world.accounts[&Who::Worker]), &[]).await.expect(303);
    app.work().await;
}

/// As if the server had answered this at the only try.
pub fn answered(app: &TestApp, id: &MailId, stage: Stage, step: Step, code: Option<i32>, said: &str) {
    let now = app.now();
    app.write(|conn| {
        diesel::update(mails::table.find(id))
            .set((mails::stage.eq(stage), mails::attempts.eq(1), mails::sent_at.eq(None::<Moment>), mails::due_at.eq(now.plus_seconds(1920))))
            .execute(conn)?;
        diesel::delete(mail_attempts::table.filter(mail_attempts::mail_id.eq(id))).execute(conn)?;
        let row = (
            mail_attempts::mail_id.eq(id),
            mail_attempts::number.eq(1),
            mail_attempts::at.eq(now),
            mail_attempts::outcome.eq(stage),
            mail_attempts::step.eq(step),
            mail_attempts::code.eq(code),
            mail_attempts::said.eq(said),
        );
        Ok(diesel::insert_into(mail_attempts::table).values(row).execute(conn)?)
    });
}
