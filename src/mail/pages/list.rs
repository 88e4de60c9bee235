//! `/admin/courrier`: how the mail queue stands, and every mail, found by recipient, kind, state or record.

use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::again;
use super::words::{self, Named, Setting};
use crate::accounts::model::Viewer;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::forms::{Choice, Form};
use crate::http::visit::Visit;
use crate::http::{admin, paths, query};
use crate::kernel::text::thousands;
use crate::kernel::{FieldErrors, Listing, Moment, Page};
use crate::mail::catalogue::{KINDS, Kind};
use crate::mail::log::{self, Filter, Line, Share, Standing};
use crate::mail::model::{Fault, Stage, Verdict};

pub const PATH: &str = "/admin/courrier";
pub const HEADING: &str = "E-mails";

/// What the list is narrowed by, as its address says it.
#[derive(Clone, Default)]
struct Asked {
    recipient: String,
    kind: Option<&'static Kind>,
    state: Option<&'static State>,
    record: Option<(String, String)>,
}

/// The states as people look for them.
struct State {
    code: &'static str,
    label: &'static str,
    is: fn(Stage) -> bool,
}

const STATES: [State; 6] = [
    State { code: "waiting", label: "En attente", is: Stage::is_waiting },
    State { code: "deferred", label: "Reportés", is: |stage| stage == Stage::Deferred },
    State { code: "uncertain", label: "Incertains", is: |stage| stage == Stage::Uncertain },
    State { code: "sent", label: "Partis", is: |stage| stage == Stage::Sent },
    State { code: "failed", label: "Échoués", is: |stage| stage == Stage::Failed },
    State { code: "cancelled", label: "Annulés", is: |stage| stage == Stage::Cancelled },
];

impl Asked {
    fn read(form: &Form, errors: &mut FieldErrors) -> Self {
        let state = |code: &str| STATES.iter().position(|state| state.code == code);
        Self {
            recipient: form.get("destinataire").trim().chars().take(200).collect(),
            kind: query::values(form, "message", errors, |name| KINDS.iter().position(|kind| kind.name == name)).first().map(|at| &KINDS[*at]),
            state: query::values(form, "etat", errors, state).first().map(|at| &STATES[*at]),
            record: query::values(form, "fiche", errors, words::parse_record).into_iter().next(),
        }
    }

    fn filter(&self) -> Filter {
        let stages = |state: &State| Stage::ALL.iter().copied().filter(|stage| (state.is)(*stage)).collect();
        Filter {
            recipient: self.recipient.clone(),
            template: self.kind.map(|kind| kind.name.to_owned()).unwrap_or_default(),
            record: self.record.clone(),
            stages: self.state.map(stages).unwrap_or_default(),
        }
    }

    /// The filters in place: the parameter of each, in words, and what is asked without it.
    fn in_place(&self) -> Vec<(&'static str, String, Self)> {
        let mut filters = Vec::new();
        if !self.recipient.is_empty() {
            filters.push(("destinataire", format!("l’adresse « {} »", self.recipient), Self { recipient: String::new(), ..self.clone() }));
        }
        if let Some(kind) = self.kind {
            filters.push(("message", format!("le message « {} »", kind.label), Self { kind: None, ..self.clone() }));
        }
        if let Some(state) = self.state {
            filters.push(("etat", format!("l’état « {} »", state.label), Self { state: None, ..self.clone() }));
        }
        if let Some((kind, _)) = &self.record {
            let label = if kind == "account" { "le compte" } else { "l’action" };
            filters.push(("fiche", label.to_owned(), Self { record: None, ..self.clone() }));
        }
        filters
    }
}

/// Everything that the page shows, read in one go.
struct Seen {
    standing: Standing,
    fault_since: Option<Moment>,
    idle_since: Option<Moment>,
    today: Share,
    month: Share,
    again: usize,
    record: Option<Named>,
    found: Listing<Line>,
    /// When nothing is found: each filter in place, and how many mails there would be without it.
    without: Vec<(&'static str, String, i64)>,
}

impl Seen {
    fn load(conn: &mut Conn, viewer: &Viewer, asked: &Asked, page: Page, now: Moment, midnight: Moment) -> Result<Self> {
        let standing = log::standing(conn, now)?;
        let (lines, total) = log::list(conn, &asked.filter(), page)?;
        let record = asked.record.as_ref().map(|record| words::named(conn, viewer, record)).transpose()?;
        let mut without = Vec::new();
        if total == 0 {
            for (parameter, label, fewer) in asked.in_place() {
                without.push((parameter, label, log::list(conn, &fewer.filter(), Page { number: 1, size: 1 })?.1));
            }
        }
        Ok(Self {
            fault_since: if standing.fault.is_some() { log::fault_since(conn)? } else { None },
            idle_since: if standing.fault.is_none() && standing.waiting > 0 { log::idle_since(conn, now)? } else { None },
            today: log::within_five_seconds(conn, midnight)?,
            month: log::within_five_seconds(conn, now.plus_days(-30))?,
            again: if standing.failed > 0 { log::failed(conn, now, again::links_since(now))?.len() } else { 0 },
            found: Listing::new(lines, u64::try_from(total).unwrap_or(0), page),
            standing,
            record,
            without,
        })
    }
}

pub async fn page(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    visit.administrator()?;
    let form = query::pairs(request.query_string())?;
    let mut errors = FieldErrors::default();
    let (asked, page) = (Asked::read(&form, &mut errors), query::page(&form, &mut errors));
    if !errors.is_empty() {
        return Err(Error::BadQuery(errors));
    }
    let (now, viewer, wanted) = (visit.now, visit.viewer.clone(), asked.clone());
    let midnight = visit.app.config.zone.at(visit.today(), chrono::NaiveTime::MIN);
    let seen = visit.app.db.read(move |conn| Seen::load(conn, &viewer, &wanted, page, now, midnight)).await?;
    let setting = Setting::of(&visit.app, now);
    let commands: Vec<Value> =
        (seen.again > 0).then(|| admin::command("Renvoyer tous ceux qui ont échoué", again::PATH, "get", "secondary")).into_iter().collect();
    let data = json!({
        "heading": HEADING,
        "breadcrumb": admin::breadcrumb(&[], HEADING),
        "tabs": admin::tabs(&visit).await?,
        "commands": commands,
        "trouble": trouble(&seen, &setting),
        "files": (!setting.leaves).then(|| json!({
            "demo": visit.app.identity().demo, "folder": visit.app.config.mail_dir().display().to_string(),
        })),
        "figures": figures(&seen, &setting),
        "filter": filter(&asked, seen.record.as_ref(), &form, &setting),
        "count": seen.found.total,
        "mails": seen.found.items.iter().map(|line| shown(line, &seen.standing, &setting)).collect::<Vec<_>>(),
        "pagination": query::pagination(PATH, &form, page.number, seen.found.pages()),
        "empty": empty(&seen, &form),
    });
    visit.page("admin/mails", HEADING, data)
}

/// What stands in the way of every mail: the server, or that nobody works the queue.
fn trouble(seen: &Seen, setting: &Setting) -> Option<Value> {
    let waiting = seen.standing.waiting;
    if let Some(fault) = seen.standing.fault.as_ref().and_then(|attempt| attempt.fault.as_ref()) {
        let title = if setting.leaves { "Les e-mails ne partent plus" } else { "Les e-mails ne s’écrivent plus" };
        let since = seen.fault_since.map(|at| setting.when(at));
        return Some(json!({ "title": title, "since": since, "waiting": waiting, "told": words::told(Stage::Deferred, fault) }));
    }
    let since = setting.when(seen.idle_since?);
    let words = "Aucun essai n’a été fait. Vérifiez que « traitdunion serve » fonctionne, ou « traitdunion worker » si vous l’avez mis à part.";
    Some(json!({ "title": "Personne n’envoie les e-mails", "since": since, "waiting": waiting, "told": { "words": words, "said": null } }))
}

fn figures(seen: &Seen, setting: &Setting) -> Value {
    let left = if setting.leaves { "Partis" } else { "Écrits" };
    let Seen { standing, today, month, .. } = seen;
    let uncertain = (standing.uncertain > 0).then(|| format!("dont {}", counted(standing.uncertain, "incertain", "incertains")));
    let day = match percent(*today) {
        Some(share) => (share, format!("{left} en moins de 5\u{a0}secondes aujourd’hui ({})", of(*today))),
        None => ("—".to_owned(), format!("Aucun e-mail {} aujourd’hui", if setting.leaves { "n’est parti" } else { "n’a été écrit" })),
    };
    let month =
        percent(*month).map_or_else(|| "Aucun depuis 30\u{a0}jours".to_owned(), |share| format!("{share} sur 30\u{a0}jours ({})", of(*month)));
    json!([
        { "value": thousands(&standing.waiting.to_string()), "label": "En attente", "href": at("waiting", standing.waiting), "note": uncertain },
        { "value": thousands(&standing.failed.to_string()), "label": "Échoués en 30\u{a0}jours", "href": at("failed", standing.failed), "note": null },
        { "value": day.0, "label": day.1, "href": null, "note": month },
    ])
}

fn at(state: &str, count: i64) -> Option<String> {
    (count > 0).then(|| format!("{PATH}?{}", query::encode(&[("etat", state)])))
}

/// « 98 % », rounded down so that a hundred is all of them; None when nothing left.
fn percent(share: Share) -> Option<String> {
    (share.sent > 0).then(|| format!("{}\u{a0}%", share.within * 100 / share.sent))
}

fn of(share: Share) -> String {
    format!("{}\u{a0}sur\u{a0}{}", thousands(&share.within.to_string()), thousands(&share.sent.to_string()))
}

pub fn counted(count: i64, one: &str, many: &str) -> String {
    format!("{}\u{a0}{}", thousands(&count.to_string()), if count < 2 { one } else { many })
}

fn filter(asked: &Asked, record: Option<&Named>, form: &Form, setting: &Setting) -> Value {
    let kinds = KINDS.iter().map(|kind| Choice::new(kind.name, kind.label, asked.kind.is_some_and(|asked| asked.name == kind.name)));
    let state = |state: &State| {
        let label = if state.code == "sent" && !setting.leaves { "Écrits, pas envoyés" } else { state.label };
        Choice::new(state.code, label, asked.state.is_some_and(|asked| asked.code == state.code))
    };
    let all = |label: &str, chosen: bool| std::iter::once(Choice::new("", label, chosen));
    json!({
        "action": PATH,
        "recipient": asked.recipient,
        "kinds": all("Tous les messages", asked.kind.is_none()).chain(kinds).collect::<Vec<_>>(),
        "states": all("Tous les états", asked.state.is_none()).chain(STATES.iter().map(state)).collect::<Vec<_>>(),
        "record": record.map(|record| json!({ "value": record.value, "label": record.label, "remove": without(form, "fiche") })),
    })
}

/// The same list without one of its filters, from its first page.
fn without(form: &Form, parameter: &str) -> String {
    let kept: Vec<(&String, &String)> =
        form.0.iter().filter(|(key, value)| key != parameter && key != "page" && !value.is_empty()).map(|(key, value)| (key, value)).collect();
    if kept.is_empty() { PATH.to_owned() } else { format!("{PATH}?{}", query::encode(&kept)) }
}

fn shown(line: &Line, standing: &Standing, setting: &Setting) -> Value {
    // What keeps every mail waiting is said once, above them.
    let said_above = |fault: &&Fault| standing.fault.is_some() && line.stage.is_waiting() && fault.verdict() == Verdict::ServerAtFault;
    let hindrance = line.hindrance().filter(|fault| !said_above(fault));
    let title = words::title(line);
    let kind = words::kind(line);
    json!({
        "href": paths::mail(&line.id),
        "kind": Some(kind).filter(|kind| *kind != title),
        "title": title,
        "recipient": line.recipient,
        "state": setting.state(line.stage),
        "reason": hindrance.map(|fault| log::diagnosis::of_try(line.stage, fault)),
        "next": setting.next_try(line),
        "at": line.sent_at.unwrap_or(line.created_at),
        "when": setting.when(line.sent_at.unwrap_or(line.created_at)),
    })
}

/// What to do when no mail is shown.
fn empty(seen: &Seen, form: &Form) -> Value {
    let link = |label: String, href: String| json!({ "label": label, "href": href });
    if seen.found.total > 0 {
        let first = link("Revenir au début de la liste".into(), without(form, "page"));
        return json!({ "title": "La liste s’arrête avant", "text": "Il n’y a pas autant de pages.", "links": [first] });
    }
    if seen.without.is_empty() {
        let text = "Ils apparaîtront ici dès qu’un compte sera ouvert, ou qu’une action sera proposée ou publiée.";
        return json!({ "title": "Aucun e-mail pour l’instant", "text": text, "links": [] });
    }
    let useful = seen.without.iter().filter(|(_, _, count)| *count > 0);
    let mut links: Vec<Value> = useful
        .map(|(parameter, label, count)| link(format!("Sans {label} : {}", counted(*count, "e-mail", "e-mails")), without(form, parameter)))
        .collect();
    let text = if links.is_empty() { "Retirer un seul critère n’y changerait rien." } else { "Retirez un critère :" };
    if seen.without.len() > 1 {
        links.push(link("Voir tous les e-mails".into(), PATH.to_owned()));
    }
    json!({ "title": "Aucun e-mail pour ces critères", "text": text, "links": links })
}

/// The list narrowed to a record.
pub fn of_record(kind: &str, id: &str) -> String {
    format!("{PATH}?{}", query::encode(&[("fiche", format!("{kind}:{id}"))]))
}

/// The list narrowed to a recipient.
pub fn of_recipient(address: &str) -> String {
    format!("{PATH}?{}", query::encode(&[("destinataire", address)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_down() {
        let share = |within, sent| percent(Share { sent, within });
        assert_eq!(share(0, 0), None);
        assert_eq!(share(49, 50).unwrap(), "98\u{a0}%");
        assert_eq!(share(999, 1000).unwrap(), "99\u{a0}%");
        assert_eq!(share(3, 3).unwrap(), "100\u{a0}%");
        assert_eq!(of(Share { sent: 1240, within: 1204 }), "1\u{202f}204\u{a0}sur\u{a0}1\u{202f}240");
    }

    #[test]
    fn every_mail_is_under_a_state() {
        for stage in Stage::ALL {
            assert!(STATES.iter().any(|state| (state.is)(*stage)), "{stage}");
        }
    }
}
