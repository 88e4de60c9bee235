//! `demo`: a throw-away département, served at once.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Failure, Outcome, application, engine, log_to_stderr, read};
use crate::app::open_database;
use crate::config::Sources;
use crate::demo::{self, Present};
use crate::http::server;
use crate::kernel::{Chance, Clock, Day};
use crate::outbox::worker::Share;
use crate::search::indexing;

#[derive(Args)]
pub struct DemoArgs {
    /// Adresse et port, comme 127.0.0.1:8080 ; sans cette option, le premier port libre à partir de 8080
    #[arg(long, value_name = "ADRESSE")]
    listen: Option<SocketAddr>,
    /// Garde la démonstration dans ce dossier, nouveau ou vide, ou reprend celle qui y est ; sans cette option, elle disparaît à l’arrêt
    #[arg(long, value_name = "DOSSIER")]
    data: Option<PathBuf>,
    /// Le jour de la démonstration, comme 2026-03-03 : l’horloge y commence à midi
    #[arg(long, value_name = "JOUR", value_parser = day)]
    today: Option<Day>,
}

fn day(text: &str) -> Result<Day, String> {
    Day::parse(text).ok_or_else(|| "un jour est attendu, comme 2026-03-03".to_owned())
}

pub fn run(args: DemoArgs) -> Outcome {
    let mut sources = Sources::from_environment();
    let chosen = args.listen.is_some() || sources.get("LISTEN").is_some();
    if let Some(listen) = args.listen {
        sources.set("LISTEN", listen.to_string());
    }
    let folder = Folder::new(args.data.as_deref())?;
    // Nothing of a real installation is ever touched: neither its database and documents, nor its search engine and mail server.
    sources.set("DATA_DIR", folder.path.display().to_string());
    for key in [
        "DATABASE_URL",
        "DOCUMENTS_DIR",
        "TEMPLATES_DIR",
        "BOUNCES_DIR",
        "SEARCH_URL",
        "SEARCH_KEY",
        "SEARCH_INDEX",
        "SMTP_URL",
        "DKIM_KEY_FILE",
        "DKIM_SELECTOR",
    ] {
        sources.set(key, "");
    }
    if sources.get("LOG").is_none() {
        sources.set("LOG", "warn");
    }
    let listener = listen(read(&sources)?.listen, chosen)?;
    let address = reachable(listener.local_addr()?);
    sources.set("LISTEN", listener.local_addr()?.to_string());
    if sources.get("BASE_URL").is_none() {
        sources.set("BASE_URL", format!("http://{address}"));
    }
    let config = read(&sources)?;
    log_to_stderr(&config.log);

    let db = open_database(&config)?;
    let noon = chrono::NaiveTime::from_hms_opt(12, 0, 0).unwrap_or_default();
    let clock = args.today.map_or_else(Clock::system, |day| Clock::running_from(config.zone.at(day, noon)));
    let now = clock.now();
    let loaded = if folder.is_resumed {
        None
    } else {
        // The same seed gives the same identifiers to the same day: links to a demonstration of a given day can be kept.
        let chance = Chance::seeded(86);
        let present = Present { now, today: config.zone.day(now), zone: &config.zone, chance: &chance, documents: &config.documents_dir };
        let loaded = demo::fill(&db, &present)?;
        folder.mark()?;
        Some(loaded)
    };
    let engine = engine(&config, &db)?;
    let app = application(config, db, clock, engine)?;
    actix_web::rt::System::new().block_on(async {
        indexing::rebuild(&app).await?;
        if loaded.is_some() {
            demo::deliver(&app).await?;
        }
        welcome(&app.config.base_url, loaded.as_ref(), &folder);
        server::run(app, listener, Share::All).await?;
        Ok::<_, Failure>(())
    })
}

/// The address that was chosen, or the first free port from the usual one on.
fn listen(usual: SocketAddr, chosen: bool) -> Result<TcpListener, Failure> {
    if chosen {
        return Ok(server::listen(usual)?);
    }
    let free = (usual.port()..=usual.port().saturating_add(99)).find_map(|port| TcpListener::bind(SocketAddr::new(usual.ip(), port)).ok());
    free.map_or_else(|| Ok(server::listen(usual)?), Ok)
}

/// Where a browser on this machine finds it.
fn reachable(address: SocketAddr) -> String {
    if address.ip().is_unspecified() { format!("localhost:{}", address.port()) } else { address.to_string() }
}

fn welcome(url: &str, loaded: Option<&demo::Loaded>, folder: &Folder) {
    match loaded {
        Some(demo::Loaded { actions, conventions, meetings, .. }) => println!(
            "Trait d’union, démonstration : un département fictif, {actions} actions collectives, {conventions} conventions, {meetings} rencontres."
        ),
        None => println!("Trait d’union, démonstration : un département fictif, repris là où vous l’aviez laissé."),
    }
    println!();
    println!("    {url}");
    println!();
    println!("Pour se connecter ({url}/connexion), une adresse par rôle :");
    println!();
    for (role, email) in demo::SIGN_INS {
        println!("    {role:<15} {email}");
    }
    println!("    mot de passe    {}", demo::PASSWORD);
    println!();
    println!("Tout est inventé : les personnes, les organismes, les lieux et les chiffres. Aucun courriel ne part,");
    println!("ils sont écrits dans {}", folder.path.join("mail").display());
    match folder.is_kept {
        true => println!("La démonstration reste dans {}.", folder.path.display()),
        false => println!("Rien ne restera : ce que vous écrirez disparaîtra à l’arrêt."),
    }
    println!("Pour arrêter : Ctrl+C.");
}

/// Where the demonstration lives; a folder of our own goes with it.
struct Folder {
    path: PathBuf,
    is_kept: bool,
    /// It holds a demonstration already, which goes on from where it was.
    is_resumed: bool,
}

/// What a folder of ours holds, and no other does.
const MARK: &str = "demonstration";

impl Folder {
    fn new(chosen: Option<&Path>) -> Result<Self, Failure> {
        match chosen {
            Some(path) => Self::kept(path),
            None => Self::thrown_away(),
        }
    }

    fn kept(path: &Path) -> Result<Self, Failure> {
        let told = |error: std::io::Error| Failure::Usage(format!("--data : « {} » : {error}", path.display()));
        std::fs::create_dir_all(path).map_err(told)?;
        let is_resumed = path.join(MARK).is_file();
        if !is_resumed && std::fs::read_dir(path).map_err(told)?.next().is_some() {
            let command = format!("TRAITDUNION_DATA_DIR={} traitdunion serve", path.display());
            return Err(Failure::Usage(format!(
                "--data : « {} » n’est pas vide. La démonstration n’écrit jamais sur d’autres données : choisissez un nouveau dossier, ou servez celui-ci avec {command}",
                path.display()
            )));
        }
        Ok(Self { path: path.to_owned(), is_kept: true, is_resumed })
    }

    /// Readable by its owner only.
    fn thrown_away() -> Result<Self, Failure> {
        use std::os::unix::fs::DirBuilderExt;
        let secret = Chance::from_machine().secret();
        let path = std::env::temp_dir().join(format!("traitdunion-demo-{}", &secret[..12]));
        let told = |error: std::io::Error| Failure::Failed(format!("« {} » : {error}", path.display()));
        std::fs::DirBuilder::new().mode(0o700).create(&path).map_err(told)?;
        Ok(Self { path, is_kept: false, is_resumed: false })
    }

    /// Once it is filled, and not before: half a demonstration is not gone on with.
    fn mark(&self) -> Result<(), Failure> {
        let path = self.path.join(MARK);
        std::fs::write(&path, "").map_err(|error| Failure::Failed(format!("« {} » : {error}", path.display())))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.is_kept
            && let Err(error) = std::fs::remove_dir_all(&self.path)
        {
            eprintln!("traitdunion : {} n’a pas pu être supprimé : {error}", self.path.display());
        }
    }
}
