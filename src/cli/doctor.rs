//! `doctor`: each part of the installation is ok, or what to do about it.

use std::path::Path;

use super::{Failure, Outcome, engine};
use crate::config::{Config, SearchAt, Sources};
use crate::db::migrate::{self, Standing};
use crate::db::{DatabaseUrl, Db, copy};
use crate::error::Error;
use crate::journal;
use crate::kernel::{Clock, Moment};
use crate::mail::{self, transport::Transport};
use crate::outbox::{self, Lane};
use crate::search::{engines, indexing, trouble};
use crate::view::View;

/// Less free space than this is worth a warning: an index is rebuilt beside the one in use.
const LEAST_FREE_MIB: u64 = 500;
/// Clocks that differ by more than this make sessions and leases end early or late.
const MOST_SECONDS_APART: i64 = 5;
/// An index or mail job that waits longer than this has nobody to do it.
const MOST_SECONDS_WAITING: i64 = 120;

/// What was found of one part: how it is, or what to do.
type Finding = Result<String, String>;

pub fn run() -> Outcome {
    let mut report = Report::default();
    let read = Sources::from_machine().map_err(|wrong| vec![wrong]).and_then(|sources| Config::read(&sources));
    let config = match read {
        Ok(config) => config,
        Err(wrong) => {
            for wrong in wrong {
                report.say("configuration", Err(wrong.to_string()));
            }
            return report.end();
        }
    };
    report.say("configuration", Ok(format!("données dans {}", config.data_dir.display())));
    report.say("adresse publique", base_url(&config));
    report.say("fuseau horaire", Ok(config.zone.in_words(Clock::system().now())));
    report.say("dossier des données", folder(&config.data_dir));
    if config.documents_dir.exists() {
        report.say("dossier des documents", folder(&config.documents_dir));
    }
    report.say("espace disque", free_space(&config.data_dir));
    report.say("courriel", transport(&config));
    report.say_all("modèles de courriel", mail_templates(&config));
    report.say("DKIM", signature(&config));
    report.say("retours de courriels", bounces(&config));
    match database(&config) {
        Err(what) => report.say("base de données", Err(what)),
        Ok((db, said)) => {
            report.say("base de données", Ok(said));
            let migrations = migrations(&db);
            let is_ready = migrations.is_ok();
            report.say("migrations", migrations);
            if is_ready {
                report.say("horloge", clock(&db));
                report.say("index de recherche", index(&config, &db));
                report.say("file d’envoi", queue(&db));
            }
        }
    }
    report.end()
}

#[derive(Default)]
struct Report {
    to_do: usize,
}

impl Report {
    fn say(&mut self, part: &str, finding: Finding) {
        match finding {
            Ok(said) => println!("ok       {part} : {said}"),
            Err(what) => {
                self.to_do += 1;
                println!("À FAIRE  {part} : {what}");
            }
        }
    }

    /// A part that may have several things to do: one line each.
    fn say_all(&mut self, part: &str, findings: Result<String, Vec<String>>) {
        match findings {
            Ok(said) => self.say(part, Ok(said)),
            Err(whats) => whats.into_iter().for_each(|what| self.say(part, Err(what))),
        }
    }

    fn end(self) -> Outcome {
        match self.to_do {
            0 => Ok(()),
            1 => Err(Failure::Failed("un point est à corriger".into())),
            count => Err(Failure::Failed(format!("{count} points sont à corriger"))),
        }
    }
}

fn base_url(config: &Config) -> Finding {
    let is_local = ["127.", "localhost", "[::1]"].iter().any(|host| config.base_url.split_once("//").is_some_and(|(_, rest)| rest.starts_with(host)));
    let url = &config.base_url;
    if url.contains("//0.0.0.0") || url.contains("//[::]") {
        return Err(format!("les liens des courriels mèneraient à {url} : donnez l’adresse que le public tape dans TRAITDUNION_BASE_URL"));
    }
    match (is_local, config.is_secure()) {
        (true, _) => Ok(format!("{url} (cette machine seulement)")),
        (false, true) => Ok(url.clone()),
        (false, false) => Err(format!(
            "{url} n’est pas en HTTPS : les mots de passe passeraient en clair. Mettez un serveur HTTPS devant, et son adresse dans TRAITDUNION_BASE_URL"
        )),
    }
}

/// Writes and removes a file, as the service will.
fn folder(path: &Path) -> Finding {
    if !path.exists() {
        return Err(format!("{} n’existe pas encore : traitdunion migrate (ou serve) le crée", path.display()));
    }
    let probe = path.join(format!(".doctor-{}", std::process::id()));
    let written = std::fs::write(&probe, b"ok").and_then(|()| std::fs::remove_file(&probe));
    match written {
        Ok(()) => Ok(format!("{} s’écrit", path.display())),
        Err(error) => Err(format!("{} ne s’écrit pas ({error}) : donnez-en le droit à l’utilisateur qui lance traitdunion", path.display())),
    }
}

fn free_space(path: &Path) -> Finding {
    let there = path.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("."));
    let space = rustix::fs::statvfs(there).map_err(|error| format!("{} : {error}", there.display()))?;
    let free = space.f_bavail.saturating_mul(space.f_frsize) / (1024 * 1024);
    match free >= LEAST_FREE_MIB {
        true => Ok(format!("{free} Mio libres")),
        false => Err(format!("{free} Mio libres seulement : libérez de la place, {LEAST_FREE_MIB} Mio au moins")),
    }
}

fn transport(config: &Config) -> Finding {
    let transport = Transport::of(config)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    let tested = runtime.block_on(transport.test()).map_err(|fault| format!("{} ({})", mail::log::diagnosis::in_words(&fault), fault.said))?;
    match (&config.smtp, transport) {
        (None, Transport::Files(folder)) => {
            Ok(format!("pas de serveur : les courriels sont écrits dans {} (TRAITDUNION_SMTP_URL les enverrait)", folder.display()))
        }
        _ => Ok(tested),
    }
}

/// What the service makes of the overrides when it starts.
fn mail_templates(config: &Config) -> Result<String, Vec<String>> {
    let folder = &config.templates_dir;
    let view = View::with_overrides(config.zone.clone(), folder).map_err(|error| vec![error.to_string()])?;
    if !view.refused().is_empty() {
        return Err(view
            .refused()
            .iter()
            .map(|refused| format!("{refused} ; corrigez ce fichier ou enlevez-le, le modèle d’origine sert en attendant"))
            .collect());
    }
    // One that was named is expected to be there.
    if !folder.exists() && *folder != config.data_dir.join("templates") {
        return Err(vec![format!("{} n’existe pas : créez ce dossier, ou corrigez TRAITDUNION_TEMPLATES_DIR", folder.display())]);
    }
    Ok(match view.overridden().len() {
        0 => "ceux du programme".into(),
        1 => format!("1 fichier de {} remplace celui du programme", folder.display()),
        count => format!("{count} fichiers de {} remplacent ceux du programme", folder.display()),
    })
}

/// Where delivery reports come.
fn bounces(config: &Config) -> Finding {
    let Some(folder) = &config.bounces_dir else {
        return Ok("aucun dossier : les messages qui reviennent ne sont lus que par /api/v1/bounces (ou donnez TRAITDUNION_BOUNCES_DIR)".into());
    };
    std::fs::read_dir(folder.join("new")).map(|waiting| format!("{}, {} en attente", folder.display(), waiting.count())).map_err(|error| {
        format!("{}: {error} ; TRAITDUNION_BOUNCES_DIR doit être un maildir, avec ses dossiers new et cur", folder.join("new").display())
    })
}

/// What the domain's DNS must have, for recipients to check what signs our mails.
fn signature(config: &Config) -> Finding {
    let Some(signer) = &config.dkim else {
        return Ok("aucun : les courriels ne sont pas signés (TRAITDUNION_DKIM_KEY_FILE et TRAITDUNION_DKIM_SELECTOR les signeraient)".into());
    };
    let (name, text) = signer.record().map_err(|error| error.to_string())?;
    // One string of a TXT record holds 255 characters: a longer text is given in several, which are read as one.
    let strings: Vec<&str> = text.as_bytes().chunks(255).filter_map(|chunk| std::str::from_utf8(chunk).ok()).collect();
    let advice = if signer.is_weak() { format!(" ; clé de {} bits : préférez-en une de 2048", signer.bits()) } else { String::new() };
    Ok(format!("le DNS doit avoir l’enregistrement {name} TXT \"{}\"{advice}", strings.join("\" \"")))
}

fn database(config: &Config) -> Result<(Db, String), String> {
    if let DatabaseUrl::Sqlite(path) = &config.database
        && !path.exists()
    {
        return Err(format!("{} n’existe pas encore : traitdunion migrate (ou serve) la crée", path.display()));
    }
    let told = |error: &dyn std::fmt::Display| format!("{:?} : {error} ; vérifiez TRAITDUNION_DATABASE_URL", config.database);
    let db = Db::open(&config.database).map_err(|error| told(&error))?;
    let found = db.read_now(|conn| Ok::<_, Error>((copy::integrity(conn)?, copy::is_writable(conn)?))).map_err(|error| told(&error))?;
    match found {
        (Some(damage), _) => Err(format!("{:?} est abîmée ({damage}) : restaurez une sauvegarde avec traitdunion restore", config.database)),
        (None, false) => Err(format!("{:?} ne s’écrit pas : c’est une copie en lecture seule, donnez l’adresse de l’originale", config.database)),
        (None, true) => Ok((db, format!("{:?}", config.database))),
    }
}

fn migrations(db: &Db) -> Finding {
    match db.read_now(migrate::standing).map_err(|error| error.to_string())? {
        Standing::UpToDate => Ok("à jour".into()),
        Standing::Behind(count) => Err(format!("{count} à passer : traitdunion migrate (ou serve) les passe")),
        Standing::Newer(version) => Err(format!("la base est d’une version plus récente ({version}) : installez-la")),
    }
}

fn clock(db: &Db) -> Finding {
    let now = Clock::system().now();
    let (theirs, last) = db.read_now(|conn| Ok::<_, Error>((copy::clock(conn)?, journal::last(conn)?))).map_err(|error| error.to_string())?;
    let apart = |moment: Moment| moment.seconds_since(now);
    match (theirs.map(apart), last.map(apart)) {
        (Some(seconds), _) if seconds.abs() > MOST_SECONDS_APART => {
            Err(format!("celle de la base a {seconds} s d’écart avec celle-ci : mettez les deux machines à l’heure (NTP)"))
        }
        (_, Some(seconds)) if seconds > MOST_SECONDS_APART => {
            Err(format!("la dernière ligne du journal est datée de {seconds} s plus tard que maintenant : mettez cette machine à l’heure (NTP)"))
        }
        _ => Ok(format!("{} (UTC)", now.rfc3339())),
    }
}

fn index(config: &Config, db: &Db) -> Finding {
    let counts = db.read_now(|conn| outbox::counts(conn, Lane::Index)).map_err(|error| error.to_string())?;
    if counts.dead > 0 {
        return Err(format!("{} mises à jour ont été abandonnées : traitdunion reindex", counts.dead));
    }
    if engines::is_served(config) {
        return Ok("tenu par le service en marche".into());
    }
    if config.search == SearchAt::Embedded && !config.index_dir().exists() {
        return Ok("il sera fait au premier démarrage".into());
    }
    let engine = engine(config, db).map_err(|failure| failure.to_string())?;
    match engine.needs_rebuild().map_err(|error| error.in_words())? {
        Some(why) if engine.is_shared() => Err(format!("{} ({why})", trouble::Kind::NoIndex.in_words())),
        Some(_) => Ok("il sera refait au démarrage".into()),
        None => {
            let count = engine.count().map_err(|error| format!("{} : traitdunion reindex", error.in_words()))?;
            let expected = indexing::expected(db, &config.zone).map_err(|error| error.to_string())?;
            match count.abs_diff(expected) > u64::try_from(counts.waiting).unwrap_or(0) {
                true => Err(format!("{count} fiches, au lieu de {expected} : traitdunion reindex")),
                false => Ok(format!("{}{count} fiches", engine.version().map(|version| format!("{version}, ")).unwrap_or_default())),
            }
        }
    }
}

fn queue(db: &Db) -> Finding {
    let now = Clock::system().now();
    let (mail, oldest) =
        db.read_now(|conn| Ok::<_, Error>((mail::log::standing(conn, now)?, outbox::oldest_due(conn)?))).map_err(|error| error.to_string())?;
    if let Some(fault) = mail.fault.as_ref().and_then(|attempt| attempt.fault.as_ref()) {
        return Err(format!("{} courriels attendent. {} ({})", mail.waiting, mail::log::diagnosis::in_words(fault), fault.said));
    }
    if mail.failed > 0 {
        return Err(format!("{} courriels ne sont pas partis : voyez pourquoi, et renvoyez-les, sur la page /admin/courrier", mail.failed));
    }
    match oldest.into_iter().chain(mail.oldest).min().map(|due| now.seconds_since(due)) {
        Some(seconds) if seconds > MOST_SECONDS_WAITING => {
            Err(format!("du travail attend depuis {seconds} s et personne ne le fait : lancez traitdunion serve (ou worker)"))
        }
        _ => Ok(format!("{} courriels en attente", mail.waiting)),
    }
}
