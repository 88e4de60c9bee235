//! A file handed to the browser, read from the disk as it leaves.

use std::fs::File;
use std::io::{Read, Seek};

use actix_web::http::header::{ContentDisposition, ContentEncoding, DispositionParam, DispositionType};
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
    let disposition = ContentDisposition { disposition: DispositionType::Attachment, parameters: vec![DispositionParam::Filename(name.to_owned())] };
    Ok(HttpResponse::Ok()
        .content_type(mime)
        .insert_header(disposition)
        .insert_header(("Cache-Control", "no-store, private"))
        // Packed already, or about to be opened: packing it again gains nothing.
        .insert_header(ContentEncoding::Identity)
        .body(actix_web::body::SizedStream::new(size, body)))
}
