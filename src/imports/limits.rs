//! How much of a file is read. What is beyond is refused with words, before it takes memory.

use super::Wrong;

/// The file as it is sent to the page.
pub const FILE_BYTES: usize = 20 * 1024 * 1024;
/// The file that a command reads: all that an export gives comes back in.
pub const COMMAND_FILE_BYTES: usize = 1024 * 1024 * 1024;
/// What a workbook may hold once unpacked: a spreadsheet packs ten times or so.
pub const UNPACKED_BYTES: u64 = 256 * 1024 * 1024;
/// Parts of a workbook.
pub const ENTRIES: usize = 2_000;
/// Texts or styles that a workbook keeps apart from its cells.
pub const SHARED: usize = 1_500_000;
/// Lines that hold something, titles included.
pub const ROWS: usize = 100_001;
pub const COLUMNS: usize = 256;
/// Cells up to the last that holds something in each line.
pub const CELLS: usize = 4_000_000;
/// Characters of a cell: more than any field takes, less than a quote left open swallows.
pub const CELL_CHARS: usize = 100_000;
/// All the text of a table.
pub const TEXT_BYTES: usize = 64 * 1024 * 1024;

pub fn file_too_large(most: usize) -> Wrong {
    Wrong::file(format!("ce fichier pèse plus de {} Mo. Partagez-le en plusieurs fichiers.", most / 1024 / 1024))
}

pub fn too_many_rows() -> Wrong {
    Wrong::file("ce fichier a plus de 100 000 lignes. Partagez-le en plusieurs fichiers.")
}

pub fn unpacks_too_much() -> Wrong {
    Wrong::file(format!(
        "ce classeur contient plus de {} Mo une fois ouvert. Gardez une seule feuille, sans images, ou partagez-le en plusieurs fichiers.",
        UNPACKED_BYTES / 1024 / 1024
    ))
}
