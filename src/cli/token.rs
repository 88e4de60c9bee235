//! `token`: API tokens.

use clap::{Args, Subcommand};

use super::account::named;
use super::{Author, Failure, Outcome, told};
use crate::accounts::model::By;
use crate::accounts::service;
use crate::app::open_database;
use crate::config::Config;
use crate::db::Db;
use crate::error::Error;
use crate::kernel::{Chance, Clock};

#[derive(Subcommand)]
pub enum Command {
    /// Crée un jeton et l’affiche une seule fois, seul sur la dernière ligne. Exemple : traitdunion token add --email claire@vienne.example --label "export intranet"
    Add(Add),
    /// Liste les jetons en service, un par ligne. Exemple : traitdunion token list
    List,
    /// Révoque un jeton par son identifiant. Exemple : traitdunion token revoke 01KB2J5Q3V8YH4N7T6R9C0M1XW
    Revoke(Revoke),
}

#[derive(Args)]
pub struct Add {
    /// Adresse e-mail du compte, dont le jeton aura les droits
    #[arg(long, value_name = "E-MAIL")]
    email: String,
    /// À quoi sert ce jeton
    #[arg(long, value_name = "LIBELLÉ")]
    label: String,
    #[command(flatten)]
    author: Author,
}

#[derive(Args)]
pub struct Revoke {
    /// Identifiant du jeton, comme « token list » le donne
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    author: Author,
}

pub fn run(config: &Config, command: Command) -> Outcome {
    let db = open_database(config)?;
    match command {
        Command::Add(args) => add(&db, &args),
        Command::List => list(&db),
        Command::Revoke(args) => revoke(&db, &args),
    }
}

fn add(db: &Db, args: &Add) -> Outcome {
    let (now, chance) = (Clock::system().now(), Chance::from_machine());
    let (email, secret) = db.write_now(|conn| {
        let actor = args.author.actor(conn)?;
        let account = named(conn, &args.email)?;
        let made = service::make_token(conn, By { actor: &actor, now, chance: &chance }, &account.id, &args.label);
        let secret = made.map_err(|error| told(error, &[("label", "--label", &args.label)]))?;
        Ok::<_, Failure>((account.email, secret))
    })?;
    println!("Voici le jeton de {email}. Il ne sera plus jamais affiché :");
    println!("{secret}");
    Ok(())
}

/// One token a line: id, owner, day made, day last used, label, between tabs.
fn list(db: &Db) -> Outcome {
    for token in db.read_now(|conn| service::tokens(conn, None))? {
        let used = token.used_at.map_or_else(|| "jamais".to_owned(), |at| at.rfc3339());
        println!("{}\t{}\t{}\t{used}\t{}", token.id, token.owner, token.created_at.rfc3339(), token.label);
    }
    Ok(())
}

fn revoke(db: &Db, args: &Revoke) -> Outcome {
    let (now, chance) = (Clock::system().now(), Chance::from_machine());
    db.write_now(|conn| {
        let actor = args.author.actor(conn)?;
        match service::end_token(conn, By { actor: &actor, now, chance: &chance }, &args.id, None) {
            Err(Error::NotFound) => Err(Failure::Usage(format!("ID '{}' : aucun jeton en service n’a cet identifiant", args.id))),
            done => Ok(done?),
        }
    })?;
    println!("Le jeton ne fonctionne plus.");
    Ok(())
}
