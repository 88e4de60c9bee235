//! `/qui-sait-faire`: the colleagues who have done something like it, and where to ask them.

use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use crate::accounts::model::{Account, Viewer};
use crate::actions::service as actions;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::forms::{Choice, Form, choices};
use crate::http::visit::Visit;
use crate::http::{paths, query};
use crate::instance::model::Instance;
use crate::kernel::ids::ActionId;
use crate::kernel::referential;
use crate::kernel::text::excerpt;
use crate::kernel::{Day, FieldErrors};
use crate::sharing::colleagues::{Colleague, Sought, who_know};
use crate::territories::model::Atlas;
use crate::{instance, territories};

pub const TITLE: &str = "Qui sait faire\u{a0}?";

/// Colleagues on one page, and actions of each.
const MOST: usize = 30;
const MOST_ACTIONS: usize = 5;

/// What the address asks about: an action or a theme, in words, with the query that says it again.
pub struct Asked {
    pub sought: Sought,
    pub label: String,
    pub query: String,
    theme: String,
}

/// None: nothing is asked yet.
pub fn asked(conn: &mut Conn, viewer: &Viewer, form: &Form, instance: &Instance) -> Result<Option<Asked>> {
    let again = |name: &str, value: &str| query::encode(&[(name, value)]);
    match (form.get("action"), form.get("theme")) {
        ("", "") => Ok(None),
        ("", theme) if instance.knows_theme(theme) => Ok(Some(Asked {
            sought: Sought::theme(theme),
            label: instance.theme_label(theme),
            query: again("theme", theme),
            theme: theme.to_owned(),
        })),
        ("", theme) => Err(Error::BadQuery(FieldErrors::one("theme", format!("« {} » n’est pas une valeur connue de « theme ».", excerpt(theme))))),
        (id, _) => {
            let action = actions::find(conn, viewer, &ActionId::parse(id).ok_or(Error::NotFound)?)?;
            let label = format!("comme «\u{a0}{}\u{a0}»", action.fields.title);
            Ok(Some(Asked { sought: Sought::like(&action), label, query: again("action", id), theme: String::new() }))
        }
    }
}

/// Where an agent works, in words.
pub fn places(account: &Account, atlas: &Atlas) -> String {
    account.territories.iter().map(|code| atlas.name(code)).collect::<Vec<_>>().join(", ")
}

pub async fn page(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    visit.agent()?;
    let (viewer, today, form) = (visit.viewer.clone(), visit.today(), query::pairs(request.query_string())?);
    let data = visit.app.db.read(move |conn| load(conn, &viewer, &form, today)).await?;
    visit.page("sharing/who_knows", TITLE, data)
}

fn load(conn: &mut Conn, viewer: &Viewer, form: &Form, today: Day) -> Result<Value> {
    let (instance, atlas) = (instance::service::get(conn)?.0, territories::service::atlas(conn)?);
    let asked = asked(conn, viewer, form, &instance)?;
    let colleagues = match &asked {
        Some(asked) => who_know(conn, viewer, &asked.sought, today)?,
        None => Vec::new(),
    };
    let query = asked.as_ref().map(|asked| asked.query.clone()).unwrap_or_default();
    let shown: Vec<Value> = colleagues.iter().take(MOST).map(|colleague| card(colleague, &atlas, &query)).collect();
    let theme = asked.as_ref().map(|asked| asked.theme.clone()).unwrap_or_default();
    Ok(json!({
        "path": paths::WHO_KNOWS,
        "label": asked.map(|asked| asked.label),
        "filter": choices("theme", "Thème", "", themes(&instance, &theme), &FieldErrors::default()),
        "colleagues": shown,
        "others": colleagues.len().saturating_sub(MOST),
    }))
}

fn card(colleague: &Colleague, atlas: &Atlas, query: &str) -> Value {
    let Colleague { account, actions, .. } = colleague;
    let line = |action: &actions::Action| json!({ "title": action.fields.title, "href": paths::action(&action.id, &action.fields.title) });
    json!({
        "name": account.name,
        "job": account.job,
        "places": places(account, atlas),
        "actions": actions.iter().take(MOST_ACTIONS).map(line).collect::<Vec<_>>(),
        "others": actions.len().saturating_sub(MOST_ACTIONS),
        "href": format!("{}?{query}", paths::colleague(&account.id)),
    })
}

/// Every theme that an action may have, the instance's own first.
fn themes(instance: &Instance, chosen: &str) -> Vec<Choice> {
    let own = instance.themes.iter().map(|theme| (theme.code.clone(), theme.label.clone()));
    let national = referential::themes().iter().map(|theme| (theme.code.to_string(), theme.label.to_string()));
    let mut options = vec![Choice::new("", "Choisissez un thème", chosen.is_empty())];
    options.extend(own.chain(national).map(|(code, label)| Choice::new(&code, &label, code == chosen)));
    options
}
