//! What every verb of the JSON API shares: a body parsed at the door, who sends it, and creations that happen once.

use std::future::Future;
use std::pin::Pin;

use actix_web::http::{Method, StatusCode};
use actix_web::{FromRequest, HttpRequest, HttpResponse, dev, web};
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::visit::{Visit, bearer};
use crate::accounts::model::By;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::idempotency::{self, Key};
use crate::kernel::{FieldErrors, Page};

/// A JSON object sent by somebody who is signed in: with a token, or from a page of ours.
pub struct Sent {
    pub visit: Visit,
    pub body: Map<String, Value>,
    key: Option<Key>,
}

impl FromRequest for Sent {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let (request, body) = (request.clone(), web::Bytes::from_request(request, payload));
        Box::pin(async move {
            let visit = Visit::load(&request).await?;
            let account = visit.actor()?.id.as_ref().map(ToString::to_string).unwrap_or_default();
            // A browser adds its session to what any site makes it send; nobody adds a token by accident.
            if bearer(&request).is_none() {
                super::headers::surely_same_origin(&request)?;
            }
            let bytes = body.await.map_err(|error| super::error::of_payload(&error))?;
            let key = key_of(&request, account, &bytes)?;
            // What is removed is named by its path alone.
            let body = if bytes.is_empty() && request.method() == Method::DELETE { Map::new() } else { object(&bytes)? };
            Ok(Self { visit, body, key })
        })
    }
}

/// Bytes sent by somebody who is signed in, whatever they are.
pub struct SentBytes {
    pub visit: Visit,
    pub bytes: web::Bytes,
}

impl FromRequest for SentBytes {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let (request, body) = (request.clone(), web::Bytes::from_request(request, payload));
        Box::pin(async move {
            let visit = Visit::load(&request).await?;
            visit.actor()?;
            if bearer(&request).is_none() {
                super::headers::surely_same_origin(&request)?;
            }
            Ok(Self { visit, bytes: body.await.map_err(|error| super::error::of_payload(&error))? })
        })
    }
}

fn key_of(request: &HttpRequest, account: String, body: &[u8]) -> Result<Option<Key>> {
    let Some(given) = request.headers().get("Idempotency-Key") else { return Ok(None) };
    let key = given.to_str().ok().map(str::trim).filter(|key| (1..=200).contains(&key.len()));
    let key = key.ok_or_else(|| Error::BadQuery(FieldErrors::one("Idempotency-Key", "Une clé a de 1 à 200 caractères ASCII visibles.")))?;
    let mut hash = Sha256::new();
    for part in [request.method().as_str().as_bytes(), b" ", request.path().as_bytes(), b"\n", body] {
        hash.update(part);
    }
    let request_hash = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Some(Key { account, key: key.to_owned(), request_hash }))
}

/// The JSON object of a body. What is not JSON is a 400 that says where; what is no object is a 422.
fn object(bytes: &[u8]) -> Result<Map<String, Value>> {
    let value: Value = serde_json::from_slice(bytes).map_err(|error| {
        let reason = error.to_string();
        let reason = reason.split(" at line ").next().unwrap_or_default();
        let place = format!("Le JSON est illisible, ligne {}, colonne {} ({reason}).", error.line(), error.column());
        Error::BadQuery(FieldErrors::one("body", place))
    })?;
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(Error::field("body", "Un objet JSON est attendu.")),
    }
}

impl Sent {
    /// The version of the record that the caller read.
    pub fn version(&self) -> Result<i32> {
        self.optional_version()?.ok_or_else(|| Error::field("version", "Donnez la version que vous avez lue : un nombre entier."))
    }

    pub fn optional_version(&self) -> Result<Option<i32>> {
        match self.body.get("version") {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match value.as_i64().and_then(|version| i32::try_from(version).ok()) {
                Some(version) => Ok(Some(version)),
                None => Err(Error::field("version", format!("La version est un nombre entier, pas {value}."))),
            },
        }
    }

    /// Refuses what nobody will read, so that a misspelt field is not lost in silence.
    pub fn only(&self, known: &[&str]) -> Result<()> {
        unknown(&self.body, known).into_result().map_err(Error::Invalid)
    }

    /// Carries out a creation, once per `Idempotency-Key`: 201 with what was made.
    pub async fn create<T, F>(self, work: F) -> Result<HttpResponse>
    where
        T: Serialize,
        F: FnOnce(&mut Conn, By<'_>, Map<String, Value>) -> Result<T> + Send + 'static,
    {
        let (doer, key, body) = (self.visit.doer()?, self.key, self.body);
        let done = self.visit.app.db.write(move |conn| {
            idempotency::once(conn, key.as_ref(), doer.now, |conn| {
                let made = work(conn, doer.by(), body)?;
                serde_json::to_value(made).map_err(|error| Error::Internal(error.to_string()))
            })
        });
        let answer = done.await?;
        self.visit.app.bell.ring();
        let mut response = HttpResponse::build(StatusCode::CREATED);
        if answer.is_replayed {
            response.insert_header(("Idempotency-Replayed", "true"));
        }
        Ok(private(&mut response).json(answer.body))
    }

    /// Carries out a change: 200 with the record as it now is.
    pub async fn change<T, F>(self, work: F) -> Result<HttpResponse>
    where
        T: Serialize + Send + 'static,
        F: FnOnce(&mut Conn, By<'_>, Map<String, Value>) -> Result<T> + Send + 'static,
    {
        let (doer, body) = (self.visit.doer()?, self.body);
        let record = self.visit.app.db.write(move |conn| work(conn, doer.by(), body)).await?;
        self.visit.app.bell.ring();
        Ok(answer(&record))
    }
}

/// The fields of an object that are none of those known.
pub fn unknown(object: &Map<String, Value>, known: &[&str]) -> FieldErrors {
    let mut errors = FieldErrors::default();
    for name in object.keys().filter(|name| !known.contains(&name.as_str())) {
        let name: String = name.chars().take(60).collect();
        errors.add(&name, format!("Le champ « {name} » n’existe pas ; il y a {}.", known.join(", ")));
    }
    errors
}

/// 200 with a body that no shared cache may keep: it depends on who asks.
pub fn answer(body: &impl Serialize) -> HttpResponse {
    private(&mut HttpResponse::Ok()).json(body)
}

pub fn private(response: &mut actix_web::HttpResponseBuilder) -> &mut actix_web::HttpResponseBuilder {
    response.insert_header(("Cache-Control", "no-cache, private"))
}

/// One page of items that are all at hand.
pub fn cut<T>(items: Vec<T>, page: Page) -> crate::kernel::Listing<T> {
    let total = items.len() as u64;
    let skipped = usize::try_from(page.offset()).unwrap_or(usize::MAX);
    crate::kernel::Listing::new(items.into_iter().skip(skipped).take(page.size as usize).collect(), total, page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_json_says_where() {
        let Err(Error::BadQuery(errors)) = object(b"{\"title\": \"a\",\n  \"summary\" 3}") else { panic!("read") };
        assert_eq!(errors.of("body"), Some("Le JSON est illisible, ligne 2, colonne 13 (expected `:`)."));
        assert!(matches!(object(b""), Err(Error::BadQuery(_))));
        assert!(matches!(object(b"[]"), Err(Error::Invalid(_))));
        assert!(matches!(object("[".repeat(100_000).as_bytes()), Err(Error::BadQuery(_))));
        assert!(object(b"{}").unwrap().is_empty());
    }

    #[test]
    fn pages_of_what_is_at_hand() {
        let cut = |number| cut((1..=5).collect(), Page { number, size: 2 });
        assert_eq!((cut(1).items, cut(3).items, cut(4).items, cut(1).total), (vec![1, 2], vec![5], vec![], 5));
    }
}
