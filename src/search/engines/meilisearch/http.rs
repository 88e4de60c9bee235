//! HTTP for the client of Meilisearch: bounded in time and in bytes, and what goes wrong told as a [`Trouble`].

use std::time::Duration;

use async_trait::async_trait;
use meilisearch_sdk::errors::{Error, ErrorCode, ErrorType, MeilisearchError};
use meilisearch_sdk::request::{HttpClient, Method, parse_response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::search::trouble::{Kind, Trouble};

/// A server that does not even take the connection is down.
const CONNECT: Duration = Duration::from_secs(1);
/// Whatever is asked; searches have a shorter limit of their own.
const ANSWER: Duration = Duration::from_secs(20);
/// A page of results with its candidates weighs less than one: more than this is not an answer to us.
const MOST_BYTES: usize = 64 * 1024 * 1024;

#[derive(Clone)]
pub struct Http {
    client: reqwest::Client,
    key: Option<String>,
}

impl Http {
    pub fn new(key: Option<String>) -> Result<Self, Trouble> {
        // The engine is a neighbour: a proxy for the world outside is no way to it.
        let client =
            reqwest::Client::builder().no_proxy().connect_timeout(CONNECT).timeout(ANSWER).redirect(reqwest::redirect::Policy::none()).build();
        client.map(|client| Self { client, key }).map_err(|error| Trouble::new(Kind::Unreachable, error.to_string()))
    }

    async fn send(&self, verb: reqwest::Method, url: &str, body: Option<Vec<u8>>) -> Result<(u16, String), Failed> {
        let mut request = self.client.request(verb, url);
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        let mut response = request.send().await?;
        let mut text = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if text.len() + chunk.len() > MOST_BYTES {
                return Err(Failed("the answer is too large".to_owned(), Kind::Confused));
            }
            text.extend_from_slice(&chunk);
        }
        Ok((response.status().as_u16(), String::from_utf8_lossy(&text).into_owned()))
    }
}

#[async_trait]
impl HttpClient for Http {
    async fn request<Query, Body, Output>(&self, url: &str, method: Method<Query, Body>, expected: u16) -> Result<Output, Error>
    where
        Query: Serialize + Send + Sync,
        Body: Serialize + Send + Sync,
        Output: DeserializeOwned + 'static + Send,
    {
        // What we ask never needs a query string that is not already in the address.
        let is_bare = serde_json::to_value(method.query())?.is_null();
        if !is_bare {
            return Err(Error::InvalidRequest);
        }
        let verb = match &method {
            Method::Get { .. } => reqwest::Method::GET,
            Method::Post { .. } => reqwest::Method::POST,
            Method::Patch { .. } => reqwest::Method::PATCH,
            Method::Put { .. } => reqwest::Method::PUT,
            Method::Delete { .. } => reqwest::Method::DELETE,
        };
        let body = method.body().map(serde_json::to_vec).transpose()?;
        let (status, text) = self.send(verb, url, body).await.map_err(|failed| Error::Other(Box::new(failed)))?;
        parse_response(status, expected, if text.is_empty() { "null" } else { &text }, url.to_owned())
    }

    async fn stream_request<Query, Body, Output>(&self, _: &str, _: Method<Query, Body>, _: &str, _: u16) -> Result<Output, Error>
    where
        Query: Serialize + Send + Sync,
        Body: futures_io::AsyncRead + Send + Sync + 'static,
        Output: DeserializeOwned + 'static,
    {
        // Documents go in bodies of a known size.
        Err(Error::InvalidRequest)
    }
}

/// A request that got no answer.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Failed(String, Kind);

impl From<reqwest::Error> for Failed {
    fn from(error: reqwest::Error) -> Self {
        let kind = if error.is_timeout() && !error.is_connect() { Kind::Slow } else { Kind::Unreachable };
        // The cause at the bottom says most: "connection refused".
        let mut cause: &dyn std::error::Error = &error;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        Self(cause.to_string(), kind)
    }
}

/// What is wrong, from what the client says.
pub fn trouble(error: Error) -> Trouble {
    match error {
        Error::Meilisearch(error) => Trouble::new(kind_of(&error), error.error_message),
        Error::MeilisearchCommunication(error) => match error.status_code {
            401 | 403 => Trouble::new(Kind::KeyRefused, format!("status {}", error.status_code)),
            status => Trouble::new(Kind::Confused, format!("status {status}")),
        },
        Error::ParseError(error) => Trouble::new(Kind::Confused, error.to_string()),
        Error::Other(error) => match error.downcast::<Failed>() {
            Ok(failed) => Trouble::new(failed.1, failed.0),
            Err(error) => Trouble::new(Kind::Confused, error.to_string()),
        },
        error => Trouble::new(Kind::Confused, error.to_string()),
    }
}

/// What is wrong, from what the server says, whether of a request or of a task.
pub fn kind_of(error: &MeilisearchError) -> Kind {
    // It has a code for a full disk, and seldom gives it.
    let is_full = ["No space left on device", "Input/output error"].iter().any(|said| error.error_message.contains(said));
    match (&error.error_code, &error.error_type) {
        _ if is_full => Kind::DiskFull,
        (ErrorCode::IndexNotFound, _) => Kind::NoIndex,
        (ErrorCode::NoSpaceLeftOnDevice | ErrorCode::DatabaseSizeLimitReached, _) => Kind::DiskFull,
        // Ours is sound: it says so of what it had no room to write, and that passes.
        (ErrorCode::MalformedPayload, _) => Kind::Confused,
        (_, ErrorType::Auth) => Kind::KeyRefused,
        (_, ErrorType::InvalidRequest) => Kind::TaskFailed,
        _ => Kind::Confused,
    }
}
