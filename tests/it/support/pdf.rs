//! PDFs made for the tests: sound ones, and those that somebody might send by mistake or by malice.

use pdf_extract::{Dictionary, Document, EncryptionState, EncryptionVersion, Object, Permissions, Stream, StringFormat, dictionary};

/// A document of one page for each text, one line for each of its lines, in a font that every reader has.
pub fn pages(texts: &[&str]) -> Document {
    let mut document = Document::with_version("1.7");
    let font =
        document.add_object(dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica", "Encoding" => "WinAnsiEncoding" });
    let tree = document.new_object_id();
    let mut kids: Vec<Object> = Vec::new();
    for text in texts {
        let lines = text.lines().map(|line| format!("({}) Tj T*\n", written(line)));
        let content = format!("BT /F1 11 Tf 14 TL 50 800 Td\n{}ET", lines.collect::<String>());
        // Characters of Latin-1 are what this encoding has.
        let bytes = content.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'\'')).collect();
        let content = document.add_object(Stream::new(Dictionary::new(), bytes));
        kids.push(document.add_object(dictionary! { "Type" => "Page", "Parent" => tree, "Contents" => content }).into());
    }
    let count = i64::try_from(kids.len()).unwrap();
    let all = dictionary! {
        "Type" => "Pages", "Kids" => kids, "Count" => count,
        "Resources" => dictionary! { "Font" => dictionary! { "F1" => font } },
        "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
    };
    document.objects.insert(tree, all.into());
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
    document.trailer.set("Root", catalog);
    document
}

fn written(line: &str) -> String {
    line.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)").replace(['’', '‘'], "'")
}

pub fn bytes(mut document: Document) -> Vec<u8> {
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}

/// A sound document.
pub fn pdf(texts: &[&str]) -> Vec<u8> {
    bytes(pages(texts))
}

/// One that asks for a password; for none when it is empty.
pub fn encrypted(password: &str) -> Vec<u8> {
    let mut document = pages(&["Un secret"]);
    let id = Object::String(b"0123456789abcdef".to_vec(), StringFormat::Literal);
    document.trailer.set("ID", vec![id.clone(), id]);
    let version = EncryptionVersion::V2 {
        document: &document,
        owner_password: "owner",
        user_password: password,
        key_length: 128,
        permissions: Permissions::all(),
    };
    let state = EncryptionState::try_from(version).unwrap();
    document.encrypt(&state).unwrap();
    bytes(document)
}

/// One whose page unpacks to more than any page does.
pub fn bomb() -> Vec<u8> {
    of_one_page(vec![b' '; 300 << 20])
}

/// One whose page unpacks to so many commands that no memory holds them.
pub fn heavy() -> Vec<u8> {
    of_one_page(b"(a) Tj 1 0 0 1 1 1 Tm ".repeat(3_000_000))
}

fn of_one_page(content: Vec<u8>) -> Vec<u8> {
    let mut document = pages(&["Un texte"]);
    let page = document.get_pages()[&1];
    let mut content = Stream::new(Dictionary::new(), content);
    content.compress().unwrap();
    let content = document.add_object(content);
    document.get_object_mut(page).unwrap().as_dict_mut().unwrap().set("Contents", content);
    bytes(document)
}

/// One that nests until whoever reads it has no stack left.
pub fn nested() -> Vec<u8> {
    let depth = 3_000_000;
    let mut bytes = b"%PDF-1.7\n1 0 obj\n".to_vec();
    bytes.extend(std::iter::repeat_n(b'[', depth));
    bytes.extend(std::iter::repeat_n(b']', depth));
    let xref = bytes.len();
    bytes.extend(b"\nendobj\nxref\n0 2\n0000000000 65535 f \n0000000009 00000 n \ntrailer\n<</Size 2/Root 1 0 R>>\nstartxref\n");
    bytes.extend(format!("{}\n%%EOF\n", xref + 8).bytes());
    bytes
}
