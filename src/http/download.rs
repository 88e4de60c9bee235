//! A file handed to the browser, read from the disk as it leaves.

use std::fs::File;
use std::io::{Read, Seek};

use actix_web::http::header::{Charset, ContentDisposition, ContentEncoding, DispositionParam, DispositionType, ExtendedValue};
use actix_web::web::Bytes;
use actix_web::{HttpResponse, web};
use futures_util::stream;

use crate::error::{Error, Result};

/// Read and sent at a time.
const CHUNK: usize = 64 * 1024;

/// A file as an attachment that no cache keeps: what is in it depends on who asks.
pub fn attachment(mut file: File, name: &str, mime: &'static str) -> Result<HttpResponse> {
    let size = file.metadata().and_then(|found| file.rewind().map(|()| found.len())).map_err(|error| Error::Internal(error.to_string()))?;
    let body = stream::try_unfold(file, |mut file| async move {
        let read = web::block(move || {
            let mut chunk = vec![0; CHUNK];
            let read = file.read(&mut chunk)?;
            chunk.truncate(read);
            Ok::<_, std::io::Error>((chunk, file))
        });
        let (chunk, file) = read.await.map_err(std::io::Error::other)??;
        Ok::<_, std::io::Error>((!chunk.is_empty()).then(|| (Bytes::from(chunk), file)))
    });
    let mut parameters = vec![DispositionParam::Filename(in_ascii(name))];
    if !name.is_ascii() {
        let value = name.as_bytes().to_vec();
        parameters.push(DispositionParam::FilenameExt(ExtendedValue { charset: Charset::Ext("UTF-8".into()), language_tag: None, value }));
    }
    let disposition = ContentDisposition { disposition: DispositionType::Attachment, parameters };
    Ok(HttpResponse::Ok()
        .content_type(mime)
        .insert_header(disposition)
        .insert_header(("Cache-Control", "no-store, private"))
        // Packed already, or about to be opened: packing it again gains nothing.
        .insert_header(ContentEncoding::Identity)
        .body(actix_web::body::SizedStream::new(size, body)))
}

/// A name for those who read no other: what is not plain becomes `_`.
fn in_ascii(name: &str) -> String {
    name.chars().map(|c| if c == ' ' || c.is_ascii_graphic() && !matches!(c, '"' | '\\') { c } else { '_' }).collect()
}
