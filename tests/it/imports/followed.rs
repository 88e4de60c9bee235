//! What a file brings is told to those who follow: new once, a change when it comes again.

use traitdunion::imports::files::Format;

use super::{file, give};
use crate::support::letters::Letter;
use crate::support::{TestApp, Who, both};

both!(what_comes_again_in_a_file_is_a_change);

async fn what_comes_again_in_a_file_is_a_change(app: TestApp) {
    app.works_imports();
    let agent = app.sign_in(Who::Worker);
    agent.post("/abonnements/nouveau", &[("search", "q=budget&type=action"), ("rhythm", "immediate")]).await.expect(303);
    let secretary = app.sign_in(Who::Manager);
    for (summary, told) in [("Six ateliers.", "Nouvelle action"), ("Sept ateliers.", "Action modifiée")] {
        let head = vec!["Identifiant externe", "Intitulé", "Présentation", "Territoires", "Étape"];
        let bytes = file(Format::Csv, &[head, vec!["budget-1", "Gérer son budget", summary, "Loudun", "Publiée"]]);
        let path = give(&secretary, "actions", "actions.csv", &bytes).await;
        secretary.post(&format!("{path}/importer"), &[]).await.expect(303);
        secretary.get(&path).await.expect(200).has("L’import est fait");
        app.work().await;
        app.pass(700);
        app.work().await;
        let mails = Letter::all(app.mails());
        let subjects: Vec<&str> = mails.iter().filter(|one| one.to == Who::Worker.email()).map(|one| one.subject.as_str()).collect();
        assert!(subjects.len() == 1 && subjects[0].starts_with(told), "{subjects:?}");
    }
}
