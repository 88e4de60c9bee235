//! Throw-away: search by hand and measure.
use std::collections::BTreeMap;
use std::time::Instant;
use traitdunion::config::MeilisearchAt;
use traitdunion::kernel::{Chance, Day, Moment, Page, Visibility};
use traitdunion::search::engines::{embedded::Embedded, meilisearch::Meilisearch};
use traitdunion::search::model::*;

fn query(text: &str) -> Query {
    Query { text: text.to_owned(), types: vec![], themes: vec![], audiences: vec![], territories: BTreeMap::new(), situations: vec![], after: None, before: None, sort: Sort::Relevance,
        page: Page { number: 1, size: 10 }, visible: vec![Visibility::Public], today: Day::new(2026, 3, 3).unwrap() }
}
fn doc(id: &str, title: &str, body: &str, i: usize, kind: RecordType) -> Document {
    let themes = ["logement", "budget", "sante", "emploi", "famille"];
    Document { kind, id: id.into(), external_id: None, title: title.into(), summary: String::new(), body: body.into(), names: String::new(), url: "/x".into(),
        visibility: Visibility::Public, themes: vec![themes[i % 5].into(), themes[i % 3].into()], audiences: vec![["jeunes", "familles", "tous-publics"][i % 3].into()],
        territories: vec![format!("86{:03}", i % 280)], starts_on: Day::new(2026, 1, 1).map(|d| d.plus((i % 200) as i64)), ends_on: Day::new(2026, 1, 1).map(|d| d.plus((i % 300) as i64)),
        is_reported: i % 4 == 0, date: None, updated_at: Moment::from_micros(1_700_000_000_000_000 + i as i64) }
}
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let mode = args.get(1).map(String::as_str).unwrap_or("meili");
    let read = |f: &str| -> Vec<serde_json::Value> { std::fs::read_to_string(format!("/tmp/vdd/out/{f}.jsonl")).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect() };
    let kind = if std::env::var("ACTIONS").is_ok() { RecordType::Action } else { RecordType::PlanSheet };
    let engine: Box<dyn SearchEngine> = match mode {
        "embedded" => Box::new(Embedded::open(std::path::Path::new("/tmp/meili5/embedded")).unwrap()),
        _ => Box::new(Meilisearch::new(&MeilisearchAt { url: "http://127.0.0.1:7795".into(), key: Some("masterkey-masterkey-16".into()), index: std::env::var("INDEX").unwrap_or("bench".into()) }, "01BENCH", Chance::from_machine()).unwrap()),
    };
    if let Some(text) = std::env::var("Q").ok() {
        let from = Instant::now();
        let a = engine.search(&query(&text)).unwrap();
        println!("{} in {:?} {:?}", a.total, from.elapsed(), a.facets.types);
        for h in a.hits { println!("{} {} | {}", h.id, h.title, h.snippet); }
        return;
    }
    if engine.needs_rebuild().unwrap().is_some() || std::env::var("REBUILD").is_ok() {
        let from = Instant::now();
        let docs = read("docs");
        let n = engine.rebuild(&mut docs.iter().enumerate().map(|(i, d)| Ok(doc(d["id"].as_str().unwrap(), d["title"].as_str().unwrap(), d["body"].as_str().unwrap(), i, kind)))).unwrap();
        println!("{n} built in {:?}", from.elapsed());
    }
    let step: usize = std::env::var("STEP").ok().and_then(|s| s.parse().ok()).unwrap_or(1);
    let only = std::env::var("SHOW").ok();
    let mut sets: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let mut times: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let mut all = Vec::new();
    for q in read("queries").into_iter().step_by(step) {
        let set = q["set"].as_str().unwrap().to_owned();
        let from = Instant::now();
        let answer = match engine.search(&query(q["q"].as_str().unwrap())) { Ok(a) => a, Err(e) => { println!("{e}"); std::thread::sleep(std::time::Duration::from_secs(2)); continue } };
        let ms = from.elapsed().as_secs_f64() * 1e3;
        times.entry(set.clone()).or_default().push(ms); all.push(ms);
        let rank = answer.hits.iter().position(|h| h.id == q["id"].as_str().unwrap());
        if only.as_deref() == Some(&set) && rank != Some(0) { println!("{rank:?} {} -> {} of {}; first {:?}", q["q"], q["id"], answer.total, answer.hits.first().map(|h| &h.title)); }
        sets.entry(set).or_default().push(rank.map_or(0.0, |r| 1.0 / (r + 1) as f64));
    }
    for (set, scores) in &sets {
        let t = times.get_mut(set).unwrap(); t.sort_by(f64::total_cmp);
        println!("{set:10} MRR {:.3} n {} p50 {:.1} ms p95 {:.1} ms", scores.iter().sum::<f64>() / scores.len() as f64, scores.len(), t[t.len() / 2], t[t.len() * 95 / 100]);
    }
    all.sort_by(f64::total_cmp);
    println!("all p50 {:.1} p95 {:.1} max {:.1}", all[all.len() / 2], all[all.len() * 95 / 100], all[all.len() - 1]);
}
