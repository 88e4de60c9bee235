//! Those who call: a browser with its cookies, a program with its token, and what they are answered.

use std::sync::Arc;

use reqwest::cookie::Jar;
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, Url};
use serde_json::Value;
use traitdunion::accounts::sign_in::hashed;

/// What was answered, read whole.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    pub bytes: Vec<u8>,
}

/// Whatever the spaces between a word and its sign.
fn plain(text: &str) -> String {
    text.replace('\u{a0}', " ")
}

impl Answer {
    async fn to(request: RequestBuilder) -> Self {
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.expect("a body").to_vec();
        Self { status, headers, text: String::from_utf8_lossy(&bytes).into_owned(), bytes }
    }

    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{:?}\n{}", self.headers, self.text);
        self
    }

    #[track_caller]
    pub fn has(self, text: &str) -> Self {
        assert!(plain(&self.text).contains(&plain(text)), "« {text} » is not in:\n{}", self.text);
        self
    }

    #[track_caller]
    pub fn lacks(self, text: &str) -> Self {
        assert!(!plain(&self.text).contains(&plain(text)), "« {text} » is in:\n{}", self.text);
        self
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a header in ASCII"))
    }

    /// Where a redirection leads.
    pub fn location(&self) -> &str {
        self.header("location")
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The value of the first field of this name.
    pub fn field(&self, name: &str) -> Option<&str> {
        let from = self.text.find(&format!("name=\"{name}\""))?;
        let tag = &self.text[from..from + self.text[from..].find('>')?];
        let value = &tag[tag.find("value=\"")? + 7..];
        value.split('"').next()
    }
}

/// A browser: it keeps cookies, follows no redirection by itself, and knows the token of its forms.
#[derive(Clone)]
pub struct Browser {
    base: String,
    pub client: Client,
    secret: String,
}

impl Browser {
    /// With a session's secret, or as anybody.
    pub fn new(base: &str, session: Option<String>) -> Self {
        let jar = Arc::new(Jar::default());
        let (name, secret) = match session {
            Some(secret) => ("traitdunion_session", secret),
            None => ("traitdunion_visitor", "v".repeat(43)),
        };
        jar.add_cookie_str(&format!("{name}={secret}; Path=/"), &base.parse::<Url>().expect("a URL"));
        let client = Client::builder().cookie_provider(jar).redirect(Policy::none()).no_proxy().build().expect("a client");
        Self { base: base.to_owned(), client, secret }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.url(path))
    }

    pub async fn get(&self, path: &str) -> Answer {
        Answer::to(self.request(Method::GET, path)).await
    }

    pub async fn send(&self, request: RequestBuilder) -> Answer {
        Answer::to(request).await
    }

    /// The token that this browser's forms carry, as the server makes it. After a sign-in through the page, use `submit`.
    pub fn csrf(&self) -> String {
        hashed(&format!("csrf:{}", self.secret))
    }

    /// Sends a form without opening its page first.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = self.csrf();
        let fields: Vec<(&str, &str)> = [("csrf", csrf.as_str())].into_iter().chain(fields.iter().copied()).collect();
        Answer::to(self.request(Method::POST, path).form(&fields)).await
    }

    /// Sends a form with several files.
    pub async fn drop_files(&self, path: &str, fields: &[(&str, &str)], files: &[(&str, Vec<u8>)]) -> Answer {
        let mut form = reqwest::multipart::Form::new().text("csrf", self.csrf());
        for (field, value) in fields {
            form = form.text((*field).to_owned(), (*value).to_owned());
        }
        for (name, bytes) in files {
            form = form.part("file", reqwest::multipart::Part::bytes(bytes.clone()).file_name((*name).to_owned()));
        }
        Answer::to(self.request(Method::POST, path).multipart(form)).await
    }

    /// Sends a form with a file.
    pub async fn upload(&self, path: &str, fields: &[(&str, &str)], name: &str, bytes: &[u8]) -> Answer {
        let mut form = reqwest::multipart::Form::new().text("csrf", self.csrf());
        for (field, value) in fields {
            form = form.text((*field).to_owned(), (*value).to_owned());
        }
        let file = reqwest::multipart::Part::bytes(bytes.to_vec()).file_name(name.to_owned());
        Answer::to(self.request(Method::POST, path).multipart(form.part("file", file))).await
    }

    /// Opens a page and sends one of its forms: the token, and the version if there is one, are those of the page.
    pub async fn submit(&self, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let page = self.get(page).await.expect(200);
        let csrf = page.field("csrf").expect("a form with its token").to_owned();
        let mut sent: Vec<(&str, &str)> = vec![("csrf", &csrf)];
        if let Some(version) = page.field("version").filter(|_| fields.iter().all(|(name, _)| *name != "version")) {
            sent.push(("version", version));
        }
        sent.extend_from_slice(fields);
        Answer::to(self.request(Method::POST, action).form(&sent)).await
    }
}

/// A program that calls the API.
#[derive(Clone)]
pub struct Api {
    base: String,
    client: Client,
    token: Option<String>,
}

impl Api {
    pub fn new(base: &str, token: Option<String>) -> Self {
        // The server closes what is idle for some seconds: a connection that old is not used again.
        let idle = std::time::Duration::from_secs(1);
        let client = Client::builder().redirect(Policy::none()).no_proxy().pool_idle_timeout(idle).build().expect("a client");
        Self { base: base.to_owned(), client, token }
    }

    /// Any request; `path` begins with `/api/v1`.
    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        Answer::to(request).await
    }

    /// Sends a file, after the other parts of its form.
    pub async fn upload(&self, path: &str, fields: &[(&str, &str)], name: &str, bytes: &[u8]) -> Answer {
        let mut form = reqwest::multipart::Form::new();
        for (field, value) in fields {
            form = form.text((*field).to_owned(), (*value).to_owned());
        }
        let form = form.part("file", reqwest::multipart::Part::bytes(bytes.to_vec()).file_name(name.to_owned()));
        let mut request = self.client.post(format!("{}{path}", self.base)).multipart(form);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        Answer::to(request).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::POST, path, Some(body)).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::PUT, path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, None).await
    }
}
