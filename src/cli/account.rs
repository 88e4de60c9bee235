//! `account`: who has an account.

use clap::{Args, Subcommand};

use super::{Author, Failure, Outcome, password_from_stdin, told};
use crate::accounts::model::{Account, By, LinkPurpose, Role};
use crate::accounts::service::{self, Given};
use crate::accounts::{passwords, sign_in};
use crate::app::open_database;
use crate::config::Config;
use crate::db::{Conn, Db};
use crate::error::Error;
use crate::kernel::{Chance, Clock, EmailAddress, Page};

#[derive(Subcommand)]
pub enum Command {
    /// Ajoute un compte. Exemple : traitdunion account add --email claire@vienne.example --name "Claire Besson" --role worker --territory MDS-LOUDUN
    Add(Add),
    /// Liste les comptes, un par ligne. Exemple : traitdunion account list
    List,
    /// Ferme un compte : ses connexions et ses jetons s’arrêtent. Exemple : traitdunion account disable --email claire@vienne.example
    Disable(Of),
    /// Envoie un lien pour choisir un nouveau mot de passe, ou le lit. Exemple : traitdunion account reset-password --email claire@vienne.example
    ResetPassword(Reset),
}

#[derive(Args)]
pub struct Add {
    /// Adresse e-mail, qui sert à se connecter
    #[arg(long, value_name = "E-MAIL")]
    email: String,
    /// Prénom et nom
    #[arg(long, value_name = "NOM")]
    name: String,
    /// Rôle : agent, partenaire, responsable ou administrateur
    #[arg(long, value_name = "RÔLE", value_parser = ["worker", "partner", "manager", "administrator"])]
    role: String,
    /// Code d’un territoire ; à répéter s’il y en a plusieurs
    #[arg(long, value_name = "CODE")]
    territory: Vec<String>,
    /// Identifiant du partenaire, pour un compte de partenaire
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    organisation: String,
    /// Fonction, comme « conseillère en économie sociale et familiale »
    #[arg(long, value_name = "FONCTION", default_value = "", hide_default_value = true)]
    job: String,
    /// Lit le mot de passe sur l’entrée standard, au lieu d’envoyer une invitation
    #[arg(long)]
    password_stdin: bool,
    #[command(flatten)]
    author: Author,
}

#[derive(Args)]
pub struct Of {
    /// Adresse e-mail du compte
    #[arg(long, value_name = "E-MAIL")]
    email: String,
    #[command(flatten)]
    author: Author,
}

#[derive(Args)]
pub struct Reset {
    #[command(flatten)]
    of: Of,
    /// Lit le nouveau mot de passe sur l’entrée standard, au lieu d’envoyer un lien
    #[arg(long)]
    password_stdin: bool,
}

pub fn run(config: &Config, command: Command) -> Outcome {
    let db = open_database(config)?;
    match command {
        Command::Add(args) => add(&db, args),
        Command::List => list(&db),
        Command::Disable(args) => disable(&db, &args),
        Command::ResetPassword(args) => reset_password(&db, &args),
    }
}

fn add(db: &Db, args: Add) -> Outcome {
    let (now, chance) = (Clock::system().now(), Chance::from_machine());
    let hash = if args.password_stdin { Some(hashed(&args.email, &chance)?) } else { None };
    let given =
        Given { email: args.email, name: args.name, job: args.job, role: args.role, territories: args.territory, organisation: args.organisation };
    let territories = given.territories.join(", ");
    let values = [
        ("email", "--email", given.email.as_str()),
        ("name", "--name", &given.name),
        ("job", "--job", &given.job),
        ("role", "--role", &given.role),
        ("territories", "--territory", &territories),
        ("organisation", "--organisation", &given.organisation),
    ];
    let account = db.write_now(|conn| {
        let actor = args.author.actor(conn)?;
        service::add(conn, By { actor: &actor, now, chance: &chance }, &given, hash.as_deref()).map_err(|error| told(error, &values))
    })?;
    match hash {
        Some(_) => println!("Le compte {} est ouvert.", account.email),
        None => println!("Le compte {} est créé. L’invitation part par e-mail dès que « serve » ou « worker » tourne.", account.email),
    }
    Ok(())
}

/// One account a line: address, name, role, stage and territories, between tabs.
fn list(db: &Db) -> Outcome {
    let mut page = Page { number: 1, size: Page::LARGEST };
    loop {
        let (accounts, _) = db.read_now(|conn| service::list(conn, "", page))?;
        for account in &accounts {
            let territories = account.territories.iter().map(String::as_str).collect::<Vec<_>>().join(",");
            println!("{}\t{}\t{}\t{}\t{territories}", account.email, account.name, account.role, account.stage);
        }
        if accounts.len() < page.size as usize {
            return Ok(());
        }
        page.number += 1;
    }
}

fn disable(db: &Db, args: &Of) -> Outcome {
    let (now, chance) = (Clock::system().now(), Chance::from_machine());
    let account = db.write_now(|conn| {
        let actor = args.author.actor(conn)?;
        let account = named(conn, &args.email)?;
        service::close(conn, By { actor: &actor, now, chance: &chance }, &account.id, account.version)?;
        Ok::<_, Failure>(account)
    })?;
    println!("Le compte {} est fermé.", account.email);
    Ok(())
}

fn reset_password(db: &Db, args: &Reset) -> Outcome {
    let (now, chance) = (Clock::system().now(), Chance::from_machine());
    let hash = if args.password_stdin { Some(hashed(&args.of.email, &chance)?) } else { None };
    let message = db.write_now(|conn| {
        let actor = args.of.author.actor(conn)?;
        let by = By { actor: &actor, now, chance: &chance };
        let account = named(conn, &args.of.email)?;
        let message = match hash {
            Some(hash) => {
                service::reset_password(conn, by, &account.id, &hash)?;
                format!("Le mot de passe de {} est changé. Ses connexions sont fermées.", account.email)
            }
            None => {
                let what = match service::send_link_again(conn, by, &account.id)? {
                    LinkPurpose::Invitation => "L’invitation",
                    LinkPurpose::Reset => "Le lien",
                };
                format!("{what} part par e-mail à {} dès que « serve » ou « worker » tourne.", account.email)
            }
        };
        Ok::<_, Failure>(message)
    })?;
    println!("{message}");
    Ok(())
}

/// The account that `--email` names.
pub fn named(conn: &mut Conn, email: &str) -> Result<Account, Failure> {
    let wrong = |reason: &str| Failure::Usage(format!("--email '{email}' : {reason}"));
    let address = EmailAddress::parse(email).ok_or_else(|| wrong("ce n’est pas une adresse e-mail complète"))?;
    match service::by_email(conn, &address) {
        Ok(account) => Ok(account),
        Err(Error::NotFound) => Err(wrong("aucun compte n’a cette adresse")),
        Err(error) => Err(error.into()),
    }
}

fn hashed(email: &str, chance: &Chance) -> Result<String, Failure> {
    let password = password_from_stdin()?;
    passwords::check(&password, email).map_err(|error| match error {
        // A password is never quoted.
        Error::Invalid(errors) => Failure::Usage(format!("--password-stdin : {}", errors.iter().map(|(_, text)| text).collect::<Vec<_>>().join(" "))),
        error => error.into(),
    })?;
    Ok(passwords::hash(&password, chance)?)
}

impl Author {
    /// Whoever `--as` names, who must be an administrator at work; else the command line.
    pub fn actor(&self, conn: &mut Conn) -> Result<crate::accounts::model::Actor, Failure> {
        use crate::accounts::model::{AccountStage, Actor};
        let Some(email) = &self.administrator else { return Ok(Actor::command_line()) };
        let wrong = |reason: &str| Failure::Usage(format!("--as '{email}' : {reason}"));
        let address = EmailAddress::parse(email).ok_or_else(|| wrong("ce n’est pas une adresse e-mail complète"))?;
        let account = match service::by_email(conn, &address) {
            Ok(account) => account,
            Err(Error::NotFound) => return Err(wrong("aucun compte n’a cette adresse")),
            Err(error) => return Err(error.into()),
        };
        if account.role != Role::Administrator || account.stage != AccountStage::Active {
            return Err(wrong("ce n’est pas un compte d’administrateur en service"));
        }
        Ok(sign_in::actor(conn, account)?)
    }
}
