//! Reading the reference file: one text kept as it is, and tables of spans into it.

use std::io;

use super::{Geography, PlaceKind, search::Keys};

/// No row: the EPCI of a commune that has none.
pub(super) const NONE: u32 = u32::MAX;

/// A piece of the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub start: u32,
    pub len: u16,
}

/// A place; `departement`, `epci`, `ept` and `parent` are the numbers of other rows, or [`NONE`].
pub(super) struct Row {
    pub code: Span,
    pub name: Span,
    pub postcodes: Span,
    pub departement: u32,
    pub epci: u32,
    /// The établissement public territorial, within the Métropole du Grand Paris.
    pub ept: u32,
    /// The commune of a municipal arrondissement.
    pub parent: u32,
    pub population: u32,
    pub kind: PlaceKind,
}

/// An old code, or an old name with the code it had (often the one that the whole commune kept).
pub(super) struct Old {
    pub code: Span,
    pub name: Span,
    pub row: u32,
}

pub(super) fn position(text: &str, rows: &[Row], code: &str) -> Option<u32> {
    let found = rows.binary_search_by(|row| slice(text, row.code).cmp(code)).ok()?;
    u32::try_from(found).ok()
}

fn slice(text: &str, span: Span) -> &str {
    &text[span.start as usize..span.start as usize + usize::from(span.len)]
}

fn invalid(line: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("unexpected line in the geography: {line:?}"))
}

/// Where `field` stands in `text`, which it was cut from.
fn span(text: &str, field: &str) -> Option<Span> {
    let start = (field.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    Some(Span { start: u32::try_from(start).ok()?, len: u16::try_from(field.len()).ok()? })
}

/// Reads the compressed file. The text is kept for the life of the program.
pub(super) fn load(compressed: &[u8]) -> io::Result<Geography> {
    let bytes = zstd::decode_all(compressed)?;
    let text: &'static str = String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?.leak();

    // Codes of other places may come before or after the place that names them: rows first, then their links.
    let mut rows = Vec::with_capacity(40_000);
    let mut links = Vec::with_capacity(40_000);
    let mut old_lines = Vec::with_capacity(6_000);
    for line in text.lines() {
        let fields: Vec<&'static str> = line.split('\t').collect();
        let (kind, code, name, link, epcis, population, postcodes) = match fields[..] {
            ["D", code, name] => (PlaceKind::Departement, code, name, code, "", "0", ""),
            ["E", code, name] => (PlaceKind::Epci, code, name, "", "", "0", ""),
            ["C", code, name, departement, epcis, population, postcodes] => {
                (PlaceKind::Commune, code, name, departement, epcis, population, postcodes)
            }
            ["A", code, name, commune, population, postcodes] => (PlaceKind::Arrondissement, code, name, commune, "", population, postcodes),
            ["O", code, name, commune] => {
                old_lines.push((code, name, commune));
                continue;
            }
            _ => return Err(invalid(line)),
        };
        let row = || {
            Some(Row {
                code: span(text, code)?,
                name: span(text, name)?,
                // An empty literal is not in the text.
                postcodes: if postcodes.is_empty() { Span { start: 0, len: 0 } } else { span(text, postcodes)? },
                departement: NONE,
                epci: NONE,
                ept: NONE,
                parent: NONE,
                population: population.parse().ok()?,
                kind,
            })
        };
        rows.push(row().ok_or_else(|| invalid(line))?);
        links.push((link, epcis));
    }
    link(text, &mut rows, &links)?;

    let mut olds = Vec::with_capacity(old_lines.len());
    for (code, name, commune) in old_lines {
        let old = || Some(Old { code: span(text, code)?, name: span(text, name)?, row: position(text, &rows, commune)? });
        olds.push(old().ok_or_else(|| invalid(code))?);
    }
    rows.shrink_to_fit();
    olds.shrink_to_fit();
    let keys = Keys::build(text, &rows, &olds);
    let members = members(&rows);
    Ok(Geography { text, rows, olds, members, keys })
}

/// The communes of each département and EPCI, and the municipal arrondissements of three communes, by the number of their rows.
fn members(rows: &[Row]) -> Vec<(u32, u32)> {
    let mut members = Vec::with_capacity(rows.len() * 2);
    for (part, row) in (0u32..).zip(rows) {
        match row.kind {
            PlaceKind::Commune => members.extend([row.departement, row.epci, row.ept].into_iter().filter(|of| *of != NONE).map(|of| (of, part))),
            PlaceKind::Arrondissement => members.push((row.parent, part)),
            PlaceKind::Epci | PlaceKind::Departement => {}
        }
    }
    members.sort_unstable();
    members
}

/// Fills in the links between rows, then what EPCI and départements have from their communes.
fn link(text: &str, rows: &mut [Row], links: &[(&str, &str)]) -> io::Result<()> {
    let find = |rows: &[Row], code: &str| position(text, rows, code).ok_or_else(|| invalid(code));
    // Neighbours mostly share their département and their EPCI: remember the last answers.
    let mut last = [("", NONE); 2];
    for (index, &(link, epcis)) in links.iter().enumerate() {
        match rows[index].kind {
            PlaceKind::Departement => rows[index].departement = u32::try_from(index).map_err(|_| invalid(link))?,
            PlaceKind::Commune => {
                let mut epcis = epcis.split(' ');
                for (slot, code) in [Some(link), epcis.next().filter(|code| !code.is_empty())].into_iter().enumerate() {
                    if let Some(code) = code
                        && last[slot].0 != code
                    {
                        last[slot] = (code, find(rows, code)?);
                    }
                    match (slot, code) {
                        (0, _) => rows[index].departement = last[0].1,
                        (_, Some(_)) => rows[index].epci = last[1].1,
                        (_, None) => {}
                    }
                }
                if let Some(code) = epcis.next() {
                    rows[index].ept = find(rows, code)?;
                }
            }
            PlaceKind::Arrondissement => rows[index].parent = find(rows, link)?,
            PlaceKind::Epci => {}
        }
    }

    // EPCI and départements: their inhabitants, and where most of those of an EPCI live.
    let mut shares: Vec<(u32, u32, u32)> = Vec::with_capacity(rows.len());
    for index in 0..rows.len() {
        let (kind, departement, population) = (rows[index].kind, rows[index].departement, rows[index].population);
        if kind == PlaceKind::Commune {
            rows[departement as usize].population += population;
            for epci in [rows[index].epci, rows[index].ept].into_iter().filter(|row| *row != NONE) {
                rows[epci as usize].population += population;
                shares.push((epci, departement, population));
            }
        } else if kind == PlaceKind::Arrondissement {
            let parent = &rows[rows[index].parent as usize];
            (rows[index].departement, rows[index].epci) = (parent.departement, parent.epci);
        }
    }
    shares.sort_unstable();
    let mut most = 0;
    for share in shares.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let (epci, departement, _) = share[0];
        let population = share.iter().map(|share| share.2).sum();
        let row = &mut rows[epci as usize];
        if row.departement == NONE || population > most {
            (row.departement, most) = (departement, population);
        }
    }
    match rows.iter().find(|row| row.departement == NONE) {
        Some(alone) => Err(invalid(slice(text, alone.code))),
        None => Ok(()),
    }
}
