//! Pages kept for everybody: as fresh as if they were not, and nobody's but everybody's.

use diesel::prelude::*;
use traitdunion::db::schema::{accounts, territories};
use traitdunion::db::{Conn, Db};
use traitdunion::error::Error;

use crate::support::browser::Api;
use crate::support::{TestApp, Who, both};

both!(a_write_is_seen_at_once, another_processs_write_is_seen_within_a_second, nobodys_page_is_given_to_another);

async fn page(app: &TestApp, path: &str) -> String {
    // Without any cookie of ours, as on a first visit.
    Api::new(&app.url, None).get(path).await.expect(200).text
}

fn rename(conn: &mut Conn, name: &str) -> Result<(), Error> {
    diesel::update(territories::table).set(territories::name.eq(name)).execute(conn)?;
    Ok(())
}

async fn a_write_is_seen_at_once(app: TestApp) {
    for name in ["MDS de Nulle-Part", "MDS d’Ailleurs"] {
        assert!(!page(&app, "/territoires").await.contains(name));
        app.write(|conn| rename(conn, name));
        assert!(page(&app, "/territoires").await.contains(name));
    }
}

async fn another_processs_write_is_seen_within_a_second(app: TestApp) {
    page(&app, "/territoires").await;
    Db::open(app.app.db.url()).unwrap().write_now(|conn| rename(conn, "MDS de Nulle-Part")).unwrap();
    assert!(!page(&app, "/territoires").await.contains("Nulle-Part"), "it is kept for a moment");
    app.pass(1);
    assert!(page(&app, "/territoires").await.contains("Nulle-Part"));
}

async fn nobodys_page_is_given_to_another(app: TestApp) {
    let name: String = app.read(|conn| Ok(accounts::table.find(&app.world.accounts[&Who::Manager]).select(accounts::name).first(conn)?));
    let manager = app.sign_in(Who::Manager);
    let signed_in = manager.get("/actions").await.expect(200).text;
    assert!(signed_in.contains(&name) && !page(&app, "/actions").await.contains(&name));
    assert!(manager.get("/actions").await.text.contains(&name));
    // A form of a visitor holds a token of theirs.
    let (one, other) = (Api::new(&app.url, None).get("/connexion").await, Api::new(&app.url, None).get("/connexion").await);
    assert!(one.field("csrf").is_some() && one.field("csrf") != other.field("csrf"));
}
