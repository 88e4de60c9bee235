//! Records that a path names, made anew for each request of the table of rights: whatever it does to them changes no other line.

use traitdunion::accounts::model::{Actor, By};
use traitdunion::accounts::service as accounts;
use traitdunion::imports::kinds::Kind;
use traitdunion::imports::model::Report;
use traitdunion::partners::model::OrganisationKind;

use super::world::{self, Who};
use super::{TestApp, world::HERE};

/// The path with its record filled in, and the record's version. A path that names none, or none that we know how to make, is left as it is.
pub fn of(app: &TestApp, who: Who, path: &str) -> (String, Option<i32>) {
    if path.starts_with("/admin/comptes/{id}") {
        let (id, token) = account(app);
        return (path.replace("{id}", &id).replace("{token}", &token), Some(1));
    }
    if path.starts_with("/admin/partenaires/{id}") {
        return (path.replace("{id}", &organisation(app)), Some(1));
    }
    if path.starts_with("/admin/territoires/{code}") {
        return (path.replace("{code}", &territory(app)), Some(1));
    }
    if path.starts_with("/schema/{id}") || path.starts_with("/api/v1/plans/{id}") {
        return (path.replace("{id}", &plan(app)), Some(1));
    }
    if path.starts_with("/import/{id}") {
        return (path.replace("{id}", &import(app)), None);
    }
    if path.starts_with("/compte/jetons/{id}") {
        return (path.replace("{id}", &token_of(app, who)), None);
    }
    (path.to_owned(), None)
}

fn number(app: &TestApp) -> u64 {
    app.app.chance.below(1_000_000_000)
}

/// A worker's account, with a token.
fn account(app: &TestApp) -> (String, String) {
    let now = app.now();
    let given = accounts::Given {
        email: format!("quelquun{}@vienne.example", number(app)),
        name: "Quelqu’un".into(),
        role: "worker".into(),
        territories: vec![HERE.into()],
        ..accounts::Given::default()
    };
    app.write(|conn| {
        let robot = Actor::command_line();
        let by = By { actor: &robot, now, chance: &app.app.chance };
        let account = accounts::add(conn, by, &given, Some("no password has this hash"))?;
        accounts::make_token(conn, by, &account.id, "tests")?;
        let token = accounts::tokens(conn, Some(&account.id))?.remove(0);
        Ok((account.id.to_string(), token.id))
    })
}

fn organisation(app: &TestApp) -> String {
    let name = format!("Association {}", number(app));
    app.write(|conn| {
        let made = traitdunion::partners::service::add(conn, &name, OrganisationKind::Association, app.now(), &app.app.chance)?;
        Ok(made.id.to_string())
    })
}

fn territory(app: &TestApp) -> String {
    let code = format!("TIS-{}", number(app));
    app.write(|conn| traitdunion::territories::service::save(conn, &world::territory(&code, "Un territoire de passage", "86137"), app.now()));
    code
}

/// A plan of one orientation and one sheet.
fn plan(app: &TestApp) -> String {
    let draft = world::plan(&format!("Schéma {}", number(app)));
    app.write(|conn| {
        let robot = Actor::command_line();
        let by = By { actor: &robot, now: app.now(), chance: &app.app.chance };
        Ok(traitdunion::plans::service::create(conn, by, &draft, None)?.to_string())
    })
}

/// A file that the manager of the first territory gave, and whose columns are to be chosen.
fn import(app: &TestApp) -> String {
    let id = traitdunion::kernel::ids::new(app.now(), &app.app.chance);
    let heading = traitdunion::imports::layout::Heading { title: "Titre".into(), ..Default::default() };
    let report = Report { headings: vec![heading], proposed: vec![Some("title".into())], ..Report::default() };
    app.write(|conn| {
        let manager = app.world.actor(conn, Who::Manager)?;
        let by = By { actor: &manager, now: app.now(), chance: &app.app.chance };
        traitdunion::imports::service::receive(conn, by, &id, Kind::Actions, "actions.csv", "0", report)
    });
    id
}

/// A token of the one who asks; a visitor has none.
fn token_of(app: &TestApp, who: Who) -> String {
    let Some(id) = app.world.accounts.get(&who) else { return "01JZZZZZZZZZZZZZZZZZZZZZZZ".into() };
    app.write(|conn| {
        let robot = Actor::command_line();
        accounts::make_token(conn, By { actor: &robot, now: app.now(), chance: &app.app.chance }, id, "tests")?;
        Ok(accounts::tokens(conn, Some(id))?.pop().map(|token| token.id).unwrap_or_default())
    })
}
