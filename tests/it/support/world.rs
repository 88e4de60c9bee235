//! The small world that every test finds in its database: two territories, a partner, one account a role.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::{Map, Value, json};
use traitdunion::accounts::model::{Account, Actor, By};
use traitdunion::accounts::{passwords, service as accounts, sign_in};
use traitdunion::actions::model::{Stage, Verb};
use traitdunion::actions::service::{self as actions, Action};
use traitdunion::conventions::model::{Stage as ConventionStage, Verb as ConventionVerb};
use traitdunion::conventions::service::{self as conventions, Convention, Signing};
use traitdunion::db::{Conn, Db};
use traitdunion::error::{Error, Result};
use traitdunion::kernel::ids::{AccountId, OrganisationId};
use traitdunion::kernel::{Chance, Day, Moment, Visibility, Zone};
use traitdunion::meetings::model::{Stage as MeetingStage, Verb as MeetingVerb};
use traitdunion::meetings::{inviting, service as meetings, world as meeting_world};
use traitdunion::partners::model::OrganisationKind;
use traitdunion::plans::model::{OrientationDraft, PlanDraft, SheetContent, SheetDraft};
use traitdunion::territories::model::{Territory, TerritoryKind};

/// Everybody's password.
pub const PASSWORD: &str = "un parapluie vert";

/// Where records of the world are, and where nobody of the first territory goes.
pub const HERE: &str = "MDS-NORD";
pub const ELSEWHERE: &str = "MDS-SUD";

/// Who asks, in the order of the columns of the table of rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Who {
    Visitor,
    Partner,
    Worker,
    WorkerElsewhere,
    Manager,
    ManagerElsewhere,
    Administrator,
}

impl Who {
    pub const ALL: [Self; 7] =
        [Self::Visitor, Self::Partner, Self::Worker, Self::WorkerElsewhere, Self::Manager, Self::ManagerElsewhere, Self::Administrator];

    /// Role, territory, address before the at sign.
    fn account(self) -> Option<(&'static str, Option<&'static str>, &'static str)> {
        match self {
            Self::Visitor => None,
            Self::Partner => Some(("partner", None, "partenaire")),
            Self::Worker => Some(("worker", Some(HERE), "agent")),
            Self::WorkerElsewhere => Some(("worker", Some(ELSEWHERE), "agent.ailleurs")),
            Self::Manager => Some(("manager", Some(HERE), "responsable")),
            Self::ManagerElsewhere => Some(("manager", Some(ELSEWHERE), "responsable.ailleurs")),
            Self::Administrator => Some(("administrator", None, "admin")),
        }
    }

    pub fn email(self) -> String {
        format!("{}@vienne.example", self.account().expect("a visitor has no address").2)
    }
}

#[derive(Clone, Debug)]
pub struct World {
    pub organisation: OrganisationId,
    pub accounts: BTreeMap<Who, AccountId>,
}

/// When every test begins: a Tuesday morning.
pub fn now() -> Moment {
    Moment::parse_rfc3339("2026-03-03T09:00:00Z").expect("an instant")
}

impl World {
    pub fn make(db: &Db) -> Self {
        db.write_now(|conn| {
            let (actor, chance) = (Actor::command_line(), Chance::seeded(1));
            let by = By { actor: &actor, now: now(), chance: &chance };
            for (code, name, commune) in [(HERE, "MDS de Loudun", "86137"), (ELSEWHERE, "MDS de Civray", "86078")] {
                traitdunion::territories::service::save(conn, &territory(code, name, commune), by.now)?;
            }
            let partner = json!({ "name": "Association Le Pont", "kind": OrganisationKind::Association, "area": [HERE] });
            let partner = partner.as_object().cloned().unwrap_or_default();
            let organisation = traitdunion::partners::service::create(conn, by, &partner)?.id;
            let mut ids = BTreeMap::new();
            for who in Who::ALL {
                let Some((role, territory, name)) = who.account() else { continue };
                let given = accounts::Given {
                    email: who.email(),
                    name: format!("Camille {name}"),
                    role: role.into(),
                    territories: territory.into_iter().map(str::to_owned).collect(),
                    organisation: if who == Who::Partner { organisation.to_string() } else { String::new() },
                    ..accounts::Given::default()
                };
                ids.insert(who, accounts::add(conn, by, &given, Some(password_hash()))?.id);
            }
            // What it takes to make the world is no work of a test's.
            traitdunion::demo::forget_effects(conn)?;
            Ok::<_, Error>(Self { organisation, accounts: ids })
        })
        .expect("the world")
    }

    pub fn account(&self, conn: &mut Conn, who: Who) -> Result<Account> {
        accounts::find(conn, &self.accounts[&who])
    }

    pub fn actor(&self, conn: &mut Conn, who: Who) -> Result<Actor> {
        let account = self.account(conn, who)?;
        sign_in::actor(conn, account)
    }
}

pub fn territory(code: &str, name: &str, commune: &str) -> Territory {
    Territory {
        code: code.into(),
        kind: TerritoryKind::Mds,
        name: name.into(),
        within: None,
        address: String::new(),
        phone: String::new(),
        email: String::new(),
        communes: [commune.to_owned()].into(),
        parts: Default::default(),
        version: 0,
    }
}

/// A plan of one orientation and one sheet.
pub fn plan(title: &str) -> PlanDraft {
    let content = SheetContent { needs: vec!["Des lieux où parler d’argent sans honte.".into()], ..SheetContent::default() };
    PlanDraft {
        title: title.into(),
        starts_on: Day::new(2024, 1, 1).expect("a day"),
        ends_on: Day::new(2028, 12, 31).expect("a day"),
        orientations: vec![OrientationDraft {
            number: 1,
            title: "Prévenir".into(),
            sheets: vec![SheetDraft { number: 1, title: "Prévenir le surendettement".into(), content }],
        }],
    }
}

/// Slow by design: made once.
fn password_hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| passwords::hash(PASSWORD, &Chance::seeded(1)).expect("a hash"))
}

/// All that an action needs to be published, of the first territory.
pub fn whole_action() -> Map<String, Value> {
    let fields = json!({
        "title": "Gérer son budget",
        "summary": "Quatre ateliers pour reprendre la main sur son budget.",
        "audiences": ["tous-publics"],
        "themes": ["equipement-et-alimentation--alimentation"],
        "territories": [HERE],
        "rhythm": "Un mardi sur deux",
        "contact": { "email": "budget@vienne.example" },
    });
    let Value::Object(fields) = fields else { unreachable!() };
    fields
}

/// An action of the first territory, by its worker, brought to a stage.
pub fn action(conn: &mut Conn, world: &World, chance: &Chance, stage: Stage, visibility: Visibility) -> Result<Action> {
    let (worker, manager) = (world.actor(conn, Who::Worker)?, world.actor(conn, Who::Manager)?);
    let by = |actor| By { actor, now: now(), chance };
    let mut given = whole_action();
    given.insert("visibility".into(), json!(visibility));
    let mut action = actions::create(conn, by(&worker), &given)?;
    let verbs: &[(&Actor, Verb)] = match stage {
        Stage::Draft => &[],
        Stage::Submitted => &[(&worker, Verb::Submit)],
        Stage::Published => &[(&manager, Verb::Publish)],
        Stage::Archived => &[(&manager, Verb::Publish), (&manager, Verb::Archive)],
    };
    for (actor, verb) in verbs {
        action = actions::carry_out(conn, by(actor), &action.id, action.version, *verb, "")?;
    }
    Ok(action)
}

/// The day of [`now`].
pub fn today() -> Day {
    Day::new(2026, 3, 3).expect("a day")
}

/// All that a convention needs to be read over, of the first territory, with the world's partner.
pub fn whole_convention(world: &World) -> Map<String, Value> {
    let fields = json!({
        "object": "Accueillir les familles sans domicile",
        "kind": "partnership",
        "level": "mds",
        "territories": [HERE],
        "themes": ["equipement-et-alimentation--alimentation"],
        "parties": [{ "partner": world.organisation, "signatory": "Dominique Roy", "capacity": "présidente" }],
        "ends_on": "2026-12-31",
        "notice_months": 3,
    });
    let Value::Object(fields) = fields else { unreachable!() };
    fields
}

/// A convention of the first territory, by its manager, brought to a stage.
pub fn convention(conn: &mut Conn, world: &World, chance: &Chance, stage: ConventionStage, visibility: Visibility) -> Result<Convention> {
    use ConventionVerb::{Abandon, Return, Send, Submit, Validate};
    let manager = world.actor(conn, Who::Manager)?;
    let by = By { actor: &manager, now: now(), chance };
    let mut given = whole_convention(world);
    given.insert("visibility".into(), json!(visibility));
    let mut convention = conventions::create(conn, by, today(), &given)?;
    let verbs: &[ConventionVerb] = match stage {
        ConventionStage::Draft => &[],
        ConventionStage::InReview => &[Submit],
        ConventionStage::ToCorrect => &[Submit, Return],
        ConventionStage::ToSign => &[Submit, Validate],
        ConventionStage::Signing | ConventionStage::Signed => &[Submit, Validate, Send],
        ConventionStage::Abandoned => &[Abandon],
    };
    for verb in verbs {
        convention = conventions::carry_out(conn, by, today(), &convention.id, convention.version, *verb, "Précisez.")?;
    }
    if stage == ConventionStage::Signed {
        convention = conventions::sign(conn, by, today(), &convention.id, convention.version, &Signing::default())?;
    }
    Ok(convention)
}

/// All that a meeting needs to be called, of the first territory.
pub fn whole_meeting() -> Map<String, Value> {
    let fields = json!({
        "title": "Comité local de suivi",
        "kind": "local_follow_up_committee",
        "starts_at": "2026-03-17T13:00:00Z",
        "ends_at": "2026-03-17T15:00:00Z",
        "place": "MDS de Loudun",
        "territories": [HERE],
        "themes": ["equipement-et-alimentation--alimentation"],
        "agenda": [{ "title": "Bilan des ateliers", "minutes": 30, "speaker": "Camille Roy", "aim": "exchange" }],
    });
    let Value::Object(fields) = fields else { unreachable!() };
    fields
}

/// A meeting of the first territory, by its worker, with one person invited who has no account, brought to a stage. One that is called has
/// begun an hour ago; what was held, before.
pub fn meeting(conn: &mut Conn, world: &World, chance: &Chance, stage: MeetingStage, visibility: Visibility) -> Result<meetings::Meeting> {
    use MeetingVerb::{Approve, Call, Cancel, Hold, Postpone, Publish, Submit};
    let manager = world.actor(conn, Who::Manager)?;
    let worker = world.actor(conn, Who::Worker)?;
    let by = |actor, now| By { actor, now, chance };
    let known = meeting_world::World::load(conn, &Zone::named("Europe/Paris").expect("a zone"))?;
    let mut given = whole_meeting();
    given.insert("visibility".into(), json!(visibility));
    let verbs: &[MeetingVerb] = match stage {
        MeetingStage::Draft => &[],
        MeetingStage::Called => &[Call],
        MeetingStage::Postponed => &[Call, Postpone],
        MeetingStage::Cancelled => &[Call, Cancel],
        MeetingStage::Held => &[Call, Hold],
        MeetingStage::MinutesInReview => &[Call, Hold, Submit],
        MeetingStage::MinutesApproved => &[Call, Hold, Submit, Approve],
        MeetingStage::MinutesPublished => &[Call, Hold, Submit, Approve, Publish],
    };
    if stage == MeetingStage::Called || verbs.contains(&Hold) {
        given.insert("starts_at".into(), json!("2026-03-03T08:00:00Z"));
        given.insert("ends_at".into(), json!("2026-03-03T10:00:00Z"));
    }
    let early = now().plus_days(-15);
    let mut meeting = meetings::create(conn, by(&worker, early), &known, &given)?;
    let invitee = inviting::Invitee { name: "Dominique Roy".into(), email: "dominique.roy@pont.example".into(), ..Default::default() };
    inviting::invite(conn, by(&worker, early), &meeting.id, vec![invitee])?;
    for verb in verbs {
        let told =
            meetings::Told { reason: if verb.wants_reason() { "La salle n’est pas libre.".into() } else { String::new() }, ..Default::default() };
        let at = if *verb == Call { early } else { now() };
        meeting = meetings::carry_out(conn, by(&manager, at), &known, &meeting.id, meeting.version, *verb, &told)?;
    }
    Ok(meeting)
}
