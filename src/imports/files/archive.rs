//! A look into a packed workbook before anything unpacks it: what it is, and how much it would take.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::Format;
use crate::imports::{Wrong, limits};

fn damaged() -> Wrong {
    Wrong::file("ce classeur est abîmé : il ne s’ouvre pas. Enregistrez-le de nouveau, puis recommencez.")
}

pub fn open(bytes: &[u8]) -> Result<ZipArchive<Cursor<&[u8]>>, Wrong> {
    let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| damaged())?;
    if archive.len() > limits::ENTRIES { Err(limits::unpacks_too_much()) } else { Ok(archive) }
}

/// The kind of workbook, by what it holds.
pub fn format(bytes: &[u8]) -> Result<Format, Wrong> {
    let archive = open(bytes)?;
    let has = |name: &str| archive.file_names().flatten().any(|found| found.trim_start_matches('/').eq_ignore_ascii_case(name));
    let starts = |start: &str| archive.file_names().flatten().any(|found| found.starts_with(start));
    if has("xl/workbook.xml") || has("xl/worksheets/sheet1.xml") {
        Ok(Format::Xlsx)
    } else if has("mimetype") && (has("content.xml") || has("encrypted-package")) {
        Ok(Format::Ods)
    } else if has("xl/workbook.bin") {
        Err(Wrong::file("c’est un classeur binaire d’Excel (.xlsb). Enregistrez-le au format .xlsx, puis recommencez."))
    } else if starts("word/") || starts("ppt/") {
        Err(Wrong::file("ce n’est pas un tableau : c’est un texte ou une présentation. Donnez un fichier .xlsx, .ods ou .csv."))
    } else {
        Err(Wrong::file("c’est une archive .zip. Ouvrez-la, puis donnez le tableau qu’elle contient."))
    }
}

/// What begins a text or a style that is kept apart from its cells.
const SHARED: [&[u8]; 4] = [b"<si", b":si", b"<xf", b":xf"];

/// Unpacks every part that a reader may want, to count it and no more: the sizes that an archive declares may lie.
pub fn measure(bytes: &[u8]) -> Result<(), Wrong> {
    measure_within(bytes, limits::UNPACKED_BYTES, limits::SHARED)
}

fn measure_within(bytes: &[u8], most: u64, most_shared: usize) -> Result<(), Wrong> {
    let mut archive = open(bytes)?;
    let (mut unpacked, mut shared) = (0u64, 0usize);
    let mut buffer = vec![0u8; 64 * 1024];
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).map_err(|_| damaged())?;
        let name = part.name().map(|name| name.to_ascii_lowercase()).unwrap_or_default();
        if !is_read(&name) {
            continue;
        }
        let is_shared = name.contains("strings") || name.contains("styles");
        loop {
            let read = part.read(&mut buffer).map_err(|_| damaged())?;
            if read == 0 {
                break;
            }
            unpacked += read as u64;
            if is_shared {
                // A text or a style kept apart takes far more memory than the few letters that stand for it.
                shared += buffer[..read].windows(3).filter(|tag| SHARED.contains(tag)).count();
            }
            if unpacked > most || shared > most_shared {
                return Err(limits::unpacks_too_much());
            }
        }
    }
    Ok(())
}

/// Pictures and the like are never unpacked.
fn is_read(name: &str) -> bool {
    name.ends_with(".xml") || name.ends_with(".rels") || name == "mimetype"
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::io::Write;
    use zip::write::SimpleFileOptions;

    /// A packed file with these parts.
    pub fn packed(parts: &[(&str, &str)]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in parts {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(content.as_bytes()).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn kinds_are_told_by_their_parts() {
        assert_eq!(format(&packed(&[("xl/workbook.xml", "")])), Ok(Format::Xlsx));
        assert_eq!(format(&packed(&[("mimetype", ""), ("content.xml", "")])), Ok(Format::Ods));
        for (parts, says) in [(["xl/workbook.bin"], ".xlsb"), (["word/document.xml"], "pas un tableau"), (["photo.jpg"], "archive")] {
            assert!(format(&packed(&parts.map(|name| (name, "")))).unwrap_err().message.contains(says));
        }
    }

    #[test]
    fn a_bomb_is_refused_while_it_unpacks() {
        let zeros = "0".repeat(3_000_000);
        let bomb = packed(&[("xl/workbook.xml", &zeros)]);
        assert!(bomb.len() < 10_000);
        assert_eq!(measure_within(&bomb, 2_900_000, 10), Err(limits::unpacks_too_much()));
        assert_eq!(measure(&bomb), Ok(()));
        // A picture is never unpacked.
        assert_eq!(measure_within(&packed(&[("xl/media/a.png", &zeros)]), 10, 10), Ok(()));
        let texts = packed(&[("xl/sharedStrings.xml", &"<si/>".repeat(100))]);
        assert_eq!(measure_within(&texts, 1_000_000, 99), Err(limits::unpacks_too_much()));
        let folders: Vec<String> = (0..=limits::ENTRIES).map(|n| format!("xl/{n}.xml")).collect();
        let folders: Vec<(&str, &str)> = folders.iter().map(|name| (name.as_str(), "")).collect();
        assert_eq!(measure(&packed(&folders)), Err(limits::unpacks_too_much()));
    }

    #[test]
    fn declared_sizes_are_not_believed() {
        // The uncompressed size, in the local header and in the directory, says one byte.
        let mut lies = packed(&[("xl/workbook.xml", &"0".repeat(100_000))]);
        let size = 100_000u32.to_le_bytes();
        while let Some(at) = lies.windows(4).position(|window| window == size) {
            lies[at..at + 4].copy_from_slice(&1u32.to_le_bytes());
        }
        assert!(measure_within(&lies, 50_000, 10).is_err());
    }
}
