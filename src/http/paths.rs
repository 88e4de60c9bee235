//! Every link that we write, so that none is spelt twice.

use super::query::encode;
use crate::events::Record;
use crate::kernel::ids::{
    AccountId, ActionId, AnnouncementId, BodyId, ConventionId, DecisionId, MailId, MeetingId, OrganisationId, PlanId, SupportId,
};
use crate::kernel::text::slug;

pub fn action(id: &ActionId, title: &str) -> String {
    format!("/actions/{id}/{}", action_slug(title))
}

/// The words of an action's title in its address; never those of a page about it.
pub fn action_slug(title: &str) -> String {
    let slug = slug(title);
    if ABOUT_ACTIONS.contains(&slug.as_str()) { format!("{slug}-action") } else { slug }
}

const ABOUT_ACTIONS: [&str; 10] =
    ["appuis", "archiver", "confirmer", "historique", "imprimer", "inspirer", "publier", "renvoyer", "seances", "soumettre"];

/// A step of an action's form.
pub fn edit_action(id: &ActionId, step: &str) -> String {
    format!("/actions/{id}/modifier/{step}")
}

/// A verb or a page about an action, as `publier` or `seances`.
pub fn about_action(id: &ActionId, what: &str) -> String {
    format!("/actions/{id}/{what}")
}

/// What somebody with an account follows.
pub const SUBSCRIPTIONS: &str = "/abonnements";
/// What somebody with an account was told.
pub const NOTICES: &str = "/notifications";

/// What an address follows without an account, by its secret.
pub fn subscriber(secret: &str) -> String {
    format!("/lien/abonnements/{secret}")
}

/// Where one begins to follow a record.
pub fn follow_record(record: &Record) -> String {
    format!("/abonnements/nouveau?{}", encode(&[("record", format!("{}/{}", record.kind, record.id))]))
}

/// Where one begins to follow a search, by its parameters.
pub fn follow_search(search: &str) -> String {
    format!("/abonnements/nouveau?{}", encode(&[("search", search)]))
}

/// An account, for administrators.
pub fn account(id: &AccountId) -> String {
    format!("/admin/comptes/{id}")
}

/// A mail, for administrators.
pub fn mail(id: &MailId) -> String {
    format!("/admin/courrier/{id}")
}

/// A territory's form, for administrators.
pub fn edit_territory(code: &str) -> String {
    format!("/admin/territoires/{code}")
}

pub fn partner(id: &OrganisationId, name: &str) -> String {
    format!("/partenaires/{id}/{}", partner_slug(name))
}

/// The words of an organisation's name in its address; never those of a page about it.
pub fn partner_slug(name: &str) -> String {
    let slug = slug(name);
    if ABOUT_PARTNERS.contains(&slug.as_str()) { format!("{slug}-partenaire") } else { slug }
}

const ABOUT_PARTNERS: [&str; 6] = ["confirmer", "corriger", "historique", "modifier", "reunir", "supprimer"];

/// A verb or a page about an organisation, as `modifier` or `reunir`.
pub fn about_partner(id: &OrganisationId, what: &str) -> String {
    format!("/partenaires/{id}/{what}")
}

/// What somebody suggests of an organisation's page.
pub fn correction(id: &str) -> String {
    format!("/partenaires/corrections/{id}")
}

/// Where an organisation confirms its page, from a mail.
pub fn confirmation(secret: &str) -> String {
    format!("/lien/partenaire/{secret}")
}

/// A kind of mail as it is written, for administrators.
pub fn mail_template(name: &str) -> String {
    format!("/admin/modeles/{name}")
}

pub fn convention(id: &ConventionId) -> String {
    format!("/conventions/{id}")
}

/// A page about a convention, as `comparer` or `historique`.
pub fn about_convention(id: &ConventionId, what: &str) -> String {
    format!("/conventions/{id}/{what}")
}

pub fn meeting(id: &MeetingId, title: &str) -> String {
    format!("/rencontres/{id}/{}", meeting_slug(title))
}

/// The words of a meeting's title in its address; never those of a page about it.
pub fn meeting_slug(title: &str) -> String {
    let slug = slug(title);
    if ABOUT_MEETINGS.contains(&slug.as_str()) { format!("{slug}-rencontre") } else { slug }
}

const ABOUT_MEETINGS: [&str; 16] = [
    "annuler",
    "compte-rendu",
    "convoquer",
    "documents",
    "dossier",
    "dupliquer",
    "enregistrer",
    "historique",
    "imprimer",
    "inscription",
    "invites",
    "modifier",
    "presence",
    "reponse",
    "reporter",
    "tenue",
];

/// A verb or a page about a meeting, as `convoquer` or `invites`.
pub fn about_meeting(id: &MeetingId, what: &str) -> String {
    format!("/rencontres/{id}/{what}")
}

/// The calendar of meetings with one filter set.
pub fn meetings(filter: &str, value: &str) -> String {
    format!("/rencontres?{}", super::query::encode(&[(filter, value)]))
}

/// A body that meets.
pub fn body(id: &BodyId) -> String {
    format!("/rencontres/instances/{id}")
}

pub fn about_body(id: &BodyId, what: &str) -> String {
    format!("/rencontres/instances/{id}/{what}")
}

pub fn minutes(id: &MeetingId) -> String {
    format!("/rencontres/{id}/compte-rendu")
}

/// A page about minutes, as `/ecrire` or `?edition=1`.
pub fn about_minutes(id: &MeetingId, what: &str) -> String {
    format!("/rencontres/{id}/compte-rendu{what}")
}

/// Where whoever was called reads and approves minutes, from a mail.
pub fn minutes_link(secret: &str) -> String {
    format!("/lien/rencontres/{secret}/compte-rendu")
}

pub fn decision(id: &DecisionId) -> String {
    format!("/decisions/{id}")
}

/// A page about a decision, as `modifier` or `etape`.
pub fn about_decision(id: &DecisionId, what: &str) -> String {
    format!("/decisions/{id}/{what}")
}

pub const ANNOUNCEMENTS: &str = "/annonces";

pub fn announcement(id: &AnnouncementId) -> String {
    format!("/annonces/{id}")
}

/// A page about an announcement, as `modifier` or `envoyer`.
pub fn about_announcement(id: &AnnouncementId, what: &str) -> String {
    format!("/annonces/{id}/{what}")
}

/// Where whoever was written to reads an announcement and its documents.
pub fn announcement_link(secret: &str) -> String {
    format!("/lien/annonces/{secret}")
}

/// The letters of all months; the one of a month.
pub const LETTERS: &str = "/lettres";

pub fn letter(id: &AnnouncementId) -> String {
    format!("/lettres/{id}")
}

/// Where whoever is invited answers, from a mail.
pub fn meeting_link(secret: &str) -> String {
    format!("/lien/rencontres/{secret}")
}

/// What everybody may read of all meetings, for calendars; of a territory; and of one's own.
pub const CALENDAR: &str = "/agenda.ics";

pub fn territory_calendar(code: &str) -> String {
    format!("/territoires/{code}/agenda.ics")
}

pub fn own_calendar(token: &str) -> String {
    format!("/lien/agenda/{token}.ics")
}

pub fn plan(id: &PlanId) -> String {
    format!("/schema/{id}")
}

pub fn sheet(id: &PlanId, number: i32) -> String {
    format!("/schema/{id}/fiches/{number}")
}

pub fn orientation(id: &PlanId, number: i32) -> String {
    format!("/schema/{id}/orientations/{number}")
}

/// A form about a plan, as `modifier` or `fiches/nouvelle`.
pub fn about_plan(id: &PlanId, what: &str) -> String {
    format!("/schema/{id}/{what}")
}

/// A form about a sheet, as `modifier` or `etat`.
pub fn about_sheet(id: &PlanId, number: i32, what: &str) -> String {
    format!("/schema/{id}/fiches/{number}/{what}")
}

/// One version, in the history of its record.
pub fn version(history: &str, number: i32) -> String {
    format!("{history}/{number}")
}

pub fn comparison(history: &str, old: i32, new: i32) -> String {
    format!("{history}/comparer?de={old}&a={new}")
}

pub fn territory(code: &str) -> String {
    format!("/territoires/{code}")
}

/// Where one stops receiving a kind of mail. It stands in mails that were sent: it leads there for ever.
pub fn unsubscribe(token: &str) -> String {
    format!("/desinscription/{token}")
}

/// The search page with one filter set.
pub fn search(filter: &str, value: &str) -> String {
    format!("/recherche?{}", super::query::encode(&[(filter, value)]))
}

/// What the other MDS do, week by week.
pub const OTHER_TERRITORIES: &str = "/dans-les-autres-mds";

/// Colleagues who have done something like it: `theme` or `action` says what.
pub fn who_knows(filter: &str, value: &str) -> String {
    format!("{WHO_KNOWS}?{}", super::query::encode(&[(filter, value)]))
}

pub const WHO_KNOWS: &str = "/qui-sait-faire";

/// Where a colleague is asked a question.
pub fn colleague(id: &AccountId) -> String {
    format!("{WHO_KNOWS}/{id}")
}

/// What was asked about a draft, for those who were.
pub fn support(id: &SupportId) -> String {
    format!("/appuis/{id}")
}

/// What ends in the months to come.
pub const CONVENTIONS_ENDING: &str = "/conventions/echeances";

/// The record whose own page, or a page about it, is at a path. Whether there is one, and who may read it, is not known here.
pub fn record_at(path: &str) -> Option<Record> {
    let path = path.split('?').next().unwrap_or_default();
    let mut parts = path.split('/').skip(1);
    let (room, first, second, third) = (parts.next()?, parts.next()?, parts.next(), parts.next());
    match (room, first, second) {
        ("actions", id, _) => ActionId::parse(id).map(|id| Record::action(&id)),
        ("conventions", id, _) => ConventionId::parse(id).map(|id| Record::convention(&id)),
        ("partenaires", id, _) => OrganisationId::parse(id).map(|id| Record::partner(&id)),
        ("decisions", id, _) => DecisionId::parse(id).map(|id| Record::decision(&id)),
        ("rencontres", "instances", Some(id)) => BodyId::parse(id).map(|id| Record::body(&id)),
        ("rencontres", id, _) => MeetingId::parse(id).map(|id| Record::meeting(&id)),
        ("schema", id, Some("fiches")) => Some(Record::sheet(&PlanId::parse(id)?, third?.parse().ok()?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_takes_no_page_its_address() {
        let table = crate::http::routes::table();
        for (prefix, known) in
            [("/actions/{id}/", &ABOUT_ACTIONS[..]), ("/partenaires/{id}/", &ABOUT_PARTNERS[..]), ("/rencontres/{id}/", &ABOUT_MEETINGS[..])]
        {
            let words = table.iter().filter_map(|entry| entry.path.strip_prefix(prefix)).filter(|rest| !rest.contains(['/', '{', '.']));
            for word in words {
                assert!(known.contains(&word), "{word}");
            }
        }
        assert_eq!((action_slug("Séances"), action_slug("Séances de cuisine")), ("seances-action".into(), "seances-de-cuisine".into()));
    }

    #[test]
    fn a_path_names_its_record() {
        let id = "01KB2J5Q3V8YH4N7T6R9C0M1XW";
        let named = |path: &str| record_at(path).map(|record| format!("{}/{}", record.kind, record.id));
        assert_eq!(named(&format!("/actions/{id}/budget?x=y")), Some(format!("action/{id}")));
        assert_eq!(named(&format!("/rencontres/{id}/compte-rendu")), Some(format!("meeting/{id}")));
        assert_eq!(named(&format!("/rencontres/instances/{id}")), Some(format!("body/{id}")));
        assert_eq!(named(&format!("/schema/{id}/fiches/9")), Some(format!("plan_sheet/{id}/9")));
        for path in ["/", "/actions", "/actions/nouvelle", "/schema", &format!("/schema/{id}"), &format!("/schema/{id}/fiches/nouvelle"), "/x/y/z"] {
            assert_eq!(named(path), None, "{path}");
        }
    }
}
