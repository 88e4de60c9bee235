//! `/rencontres/{id}/compte-rendu/relire`: submit, approve, ask for a correction, take up the writing again, publish. The text is there.

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::{approval, heading, id_of, parts, trail};
use crate::decisions;
use crate::error::{Error, Result};
use crate::http::forms::{Field, Submitted, summary};
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::visit::Visit;
use crate::kernel::FieldErrors;
use crate::meetings::minutes::{self, Read, approving};
use crate::meetings::model::minutes::Opinion;
use crate::meetings::model::{Approval, Invitation, Stage, Verb};
use crate::meetings::world::World;
use crate::meetings::{inviting, policy, service};

/// The minutes, what the reader may do of them, and the invitation by which they were called.
struct Desk {
    read: Read,
    people: Vec<Invitation>,
    decisions: Vec<Value>,
    verbs: Vec<Verb>,
    own: Option<Invitation>,
}

async fn load(visit: &Visit, id: &str) -> Result<Desk> {
    let (actor, viewer, id, today) = (visit.actor()?.clone(), visit.viewer.clone(), id_of(id)?, visit.today());
    let read = visit.app.db.read(move |conn| {
        let read = minutes::read(conn, &viewer, &id)?;
        let subject = service::subject(conn, &viewer, &read.meeting)?;
        let verbs = policy::verbs(&actor, &subject);
        let own = approving::own(conn, &actor, &id)?;
        let decisions = decisions::pages::of_meeting(conn, &viewer, &id, today)?;
        Ok::<_, Error>(Desk { people: inviting::of(conn, &id)?, verbs, own, decisions, read })
    });
    read.await
}

impl Desk {
    fn may(&self, verb: Verb) -> bool {
        self.verbs.contains(&verb)
    }

    /// The buttons: what each sends and says; whether the first leads.
    fn buttons(&self) -> Vec<Value> {
        let button = |value: &str, label: &str, kind: &str| json!({ "value": value, "label": label, "kind": kind });
        let mut buttons = Vec::new();
        if self.may(Verb::Submit) {
            buttons.push(button("submit", "Soumettre à relecture", ""));
        }
        if self.is_in_review() {
            if self.may(Verb::Approve) {
                buttons.push(button("approve", "Approuver le compte rendu", ""));
            } else if self.own.is_some() {
                buttons.push(button("agree", "J’approuve", ""));
            }
            if self.may(Verb::Return) {
                buttons.push(button("return", "Reprendre la rédaction", "secondary"));
            } else if self.own.is_some() {
                buttons.push(button("object", "Demander une correction", "secondary"));
            }
        }
        if self.may(Verb::Publish) {
            buttons.push(button("publish", "Publier le compte rendu", ""));
        }
        buttons
    }

    fn is_in_review(&self) -> bool {
        self.read.meeting.life.stage == Stage::MinutesInReview
    }

    fn words(&self) -> (&'static str, String) {
        match self.read.meeting.life.stage {
            Stage::MinutesInReview => ("Relire le compte rendu", "Voici le texte soumis. Approuvez-le, ou dites ce qu’il faut corriger.".to_owned()),
            Stage::MinutesApproved => (
                "Publier le compte rendu",
                "Il est approuvé. Une fois publié, il sera visible des personnes qui ont accès à la rencontre. Les personnes invitées le recevront par e-mail."
                    .to_owned(),
            ),
            _ => {
                let after = match self.read.manner.approval {
                    Approval::Chair => "la présidence l’approuve".to_owned(),
                    Approval::All => "toutes les personnes présentes l’approuvent".to_owned(),
                    Approval::Silence => format!("sans demande de correction pendant {}\u{a0}jours, il est approuvé", self.read.manner.silence_days),
                };
                ("Soumettre le compte rendu", format!("Relisez-le une dernière fois. Il part ensuite à la relecture par e-mail\u{a0}: {after}."))
            }
        }
    }
}

pub async fn form(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    let desk = load(&visit, &id).await?;
    show(&visit, &desk, "", &FieldErrors::default())
}

fn show(visit: &Visit, desk: &Desk, reason: &str, errors: &FieldErrors) -> Result<HttpResponse> {
    let meeting = &desk.read.meeting;
    let buttons = desk.buttons();
    if buttons.is_empty() {
        return Err(Error::Refused("Vous n’avez rien à faire pour l’instant. Vous pouvez lire le compte rendu sur sa page.".into()));
    }
    let (title, lead) = desk.words();
    let label = "Ce qu’il faut corriger";
    let hint = "Pour demander une correction ou reprendre la rédaction : les rédacteurs le liront.";
    let field = Field { name: "reason", label, hint, value: reason, max: Some(2000), rows: 4, ..Field::default() };
    let data = json!({
        "breadcrumb": trail(meeting, Some(title)),
        "eyebrow": heading(meeting, &visit.app.config.zone),
        "heading": title,
        "lead": lead,
        "approval": approval(&desk.read, &desk.people, &visit.app.config.zone),
        "minutes": { "parts": parts(&desk.read.minutes.fields, Stage::MinutesInReview), "decisions": desk.decisions },
        "errors": summary(errors),
        "reason": desk.is_in_review().then(|| field.show(errors)),
        "form": {
            "action": paths::about_minutes(&meeting.id, "/relire"), "version": meeting.version, "revision": desk.read.minutes.revision,
            "buttons": buttons, "back": paths::minutes(&meeting.id),
        },
    });
    let show = if errors.is_empty() { Visit::page } else { Visit::page_again };
    show(visit, "meetings/minutes_review", title, data)
}

pub async fn act(submitted: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    let Submitted { visit, form } = submitted;
    let desk = load(&visit, &id).await?;
    let (reason, version, own_id) = (form.get("reason").to_owned(), form.version()?, desk.read.meeting.id.clone());
    let (verb, notice) = match form.get("do") {
        "submit" => (Some(Verb::Submit), Notice::MinutesSubmitted),
        "approve" => (Some(Verb::Approve), Notice::MinutesApproved),
        "return" => (Some(Verb::Return), Notice::MinutesReturned),
        "publish" => (Some(Verb::Publish), Notice::MinutesPublished),
        "agree" => (None, Notice::OpinionNoted),
        "object" => (None, Notice::MinutesReturned),
        _ => return Err(Error::field("do", "Choisissez ce que vous voulez faire.")),
    };
    let opinion = if form.get("do") == "object" { Opinion::Objects } else { Opinion::Approves };
    let revision = form.get("revision").parse().unwrap_or(0);
    let person = desk.own.as_ref().map(|one| one.id.clone());
    let (doer, zone, said) = (visit.doer()?, visit.app.config.zone.clone(), reason.clone());
    let done = visit.app.db.write(move |conn| {
        let world = World::load(conn, &zone)?;
        match (verb, person) {
            (Some(verb), _) => approving::carry_out(conn, doer.by(), &world, &own_id, version, verb, &said),
            (None, Some(person)) => approving::opine(conn, doer.by(), &world, &person, revision, opinion, &said),
            (None, None) => Err(Error::Forbidden("Seules les personnes appelées à cette rencontre se prononcent sur son compte rendu.".into())),
        }
    });
    match done.await {
        Ok(meeting) => {
            visit.app.bell.ring();
            Ok(visit.redirect(&paths::minutes(&meeting.id), Some(notice)))
        }
        Err(Error::Invalid(errors)) if errors.of("reason").is_some() => show(&visit, &desk, &reason, &errors),
        Err(error) => Err(error),
    }
}
