//! Asking: addresses, logins, retries, and errors in words.

use std::borrow::Cow;
use std::time::Duration;

use reqwest::{Client, Method, Response, StatusCode, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Server;
use crate::import::source::{Read, SourceError};
use crate::import::view::ImportLogin;

const ATTEMPTS: u32 = 4;
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// The address without a login, which may stand in it as `http://user:password@host`.
pub(super) fn parse_address(address: &str, login: ImportLogin) -> Read<(Url, ImportLogin)> {
    let mut base = Url::parse(address.trim()).map_err(|error| {
        SourceError::Refused(format!("'{address}' is no address of a server: {error}"))
    })?;
    let decoded = |text: &str| {
        percent_encoding::percent_decode_str(text)
            .decode_utf8_lossy()
            .into_owned()
    };
    let mut login = login;
    if !base.username().is_empty() && login.username.is_empty() {
        login.username = decoded(base.username());
        login.password = decoded(base.password().unwrap_or_default());
    }
    // Only an address without a host refuses these, and such a one is no http address.
    let _ = base.set_username("");
    let _ = base.set_password(None);
    base.set_query(None);
    base.set_fragment(None);
    let path = format!("{}/", base.path().trim_end_matches('/'));
    base.set_path(&path);
    Ok((base, login))
}

pub(super) fn build() -> Read<Client> {
    crate::tls::install();
    let mut client = Client::builder()
        .connect_timeout(Duration::from_secs(10))
        .read_timeout(Duration::from_secs(120))
        .tcp_nodelay(true);
    // The same variable as MLflow's own clients read.
    if let Some(file) = std::env::var_os("MLFLOW_TRACKING_SERVER_CERT_PATH") {
        let pem = std::fs::read(&file)
            .map_err(|error| SourceError::Refused(format!("{}: {error}", file.display())))?;
        let certificate = reqwest::Certificate::from_pem(&pem)
            .map_err(|error| SourceError::Refused(format!("{}: {error}", file.display())))?;
        client = client.add_root_certificate(certificate);
    }
    client
        .build()
        .map_err(|error| SourceError::Gone(error.to_string()))
}

#[derive(Debug, serde::Deserialize)]
struct Complaint {
    #[serde(default)]
    error_code: String,
    #[serde(default)]
    message: String,
}

impl Server {
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Read<T> {
        let text = self.get_text(path, query).await?;
        parsed(path, &text)
    }

    /// The body as it came: for the one route that answers what no JSON reader takes.
    pub(super) async fn get_text(&self, path: &str, query: &[(&str, &str)]) -> Read<String> {
        let _turn = self.limit.acquire().await;
        let answer = self
            .send(Method::GET, &self.url(path, query)?, None::<&()>)
            .await?;
        body(path, answer).await
    }

    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        input: &impl Serialize,
    ) -> Read<T> {
        let _turn = self.limit.acquire().await;
        let answer = self
            .send(Method::POST, &self.url(path, &[])?, Some(input))
            .await?;
        parsed(path, &body(path, answer).await?)
    }

    pub(super) fn url(&self, path: &str, query: &[(&str, &str)]) -> Read<Url> {
        let mut url = self
            .base
            .join(path)
            .map_err(|error| SourceError::Refused(format!("'{path}' makes no address: {error}")))?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }

    /// Asks, and asks again where waiting may help. The caller holds a turn of the limit.
    pub(super) async fn send(
        &self,
        method: Method,
        url: &Url,
        input: Option<&impl Serialize>,
    ) -> Read<Response> {
        let mut pause = FIRST_PAUSE;
        for attempt in 1.. {
            let mut request = self.client.request(method.clone(), url.clone());
            if !self.login.token.is_empty() {
                request = request.bearer_auth(&self.login.token);
            } else if !self.login.username.is_empty() {
                request = request.basic_auth(&self.login.username, Some(&self.login.password));
            }
            if let Some(input) = input {
                request = request.json(input);
            }
            let problem = match request.send().await {
                Ok(answer) if answer.status().is_success() => return Ok(answer),
                Ok(answer) if !may_pass(answer.status()) => return Err(refusal(answer).await),
                Ok(answer) if attempt >= ATTEMPTS => return Err(refusal(answer).await),
                Ok(answer) => format!("{} from {}", answer.status(), url.path()),
                Err(error) => self.unreachable(&error),
            };
            if attempt >= ATTEMPTS {
                return Err(SourceError::Gone(problem));
            }
            tracing::debug!(problem, attempt, "asking the source again");
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        Err(SourceError::Gone(self.address()))
    }

    fn unreachable(&self, error: &reqwest::Error) -> String {
        let mut cause: &dyn std::error::Error = error;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        format!("{} cannot be reached: {cause}", self.address())
    }
}

/// A server that is starting, busy or behind a proxy that has lost it for a moment.
fn may_pass(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 502 | 503 | 504)
}

async fn refusal(answer: Response) -> SourceError {
    let status = answer.status();
    let place = answer.url().path().to_owned();
    let text = answer.text().await.unwrap_or_default();
    let said = serde_json::from_str::<Complaint>(&text).ok();
    let said = said.map(|c| format!("{} {}", c.error_code, c.message));
    let said = said.map_or_else(String::new, |s| format!(": {}", s.trim()));
    let said = domain::names::shortened(&said, 400);
    match status {
        StatusCode::UNAUTHORIZED => SourceError::Gone(format!(
            "the server wants a login that it accepts (401 at {place}{said}); set MLFLOW_TRACKING_USERNAME and \
             MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN"
        )),
        _ if may_pass(status) => SourceError::Gone(format!("{status} at {place}{said}")),
        _ => SourceError::Refused(format!("{status} at {place}{said}")),
    }
}

async fn body(path: &str, answer: Response) -> Read<String> {
    answer
        .text()
        .await
        .map_err(|error| SourceError::Gone(format!("the answer of {path} broke off: {error}")))
}

fn parsed<T: DeserializeOwned>(path: &str, text: &str) -> Read<T> {
    serde_json::from_str(&without_escaped_nul(text))
        .map_err(|error| SourceError::malformed(path, error.to_string()))
}

/// As [`domain::names::without_nul`], in JSON: `\u0000`, which is not a backslash (`\\`) before `u0000`.
fn without_escaped_nul(text: &str) -> Cow<'_, str> {
    const NUL: &str = "\\u0000";
    if !text.contains(NUL) {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        // An escape is a backslash and what stands behind it; read as pairs, none is mistaken for the half of another.
        let (before, escape) = rest.split_at(at);
        kept.push_str(before);
        let is_nul = escape.starts_with(NUL);
        let after: usize = escape.chars().take(2).map(char::len_utf8).sum();
        let length = if is_nul { NUL.len() } else { after };
        kept.push_str(if is_nul { "\\ufffd" } else { &escape[..length] });
        rest = &escape[length..];
    }
    kept.push_str(rest);
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn nul_is_replaced_where_it_is_meant() {
        let read = |text: &str| parsed::<Vec<String>>("runs/search", text).unwrap();
        assert_eq!(read(r#"["a\u0000b"]"#), ["a\u{FFFD}b"]);
        assert_eq!(
            read(r#"["\\\u0000", "\\u0000"]"#),
            ["\\\u{FFFD}", "\\u0000"]
        );
        assert_eq!(read(r#"["ü\n"]"#), ["ü\n"]);
    }

    #[test]
    fn a_login_in_the_address_is_used_and_never_shown() {
        let (url, login) =
            parse_address("http://ann:p%40ss@mlflow:5000/team", ImportLogin::default()).unwrap();
        assert_eq!(url.as_str(), "http://mlflow:5000/team/");
        assert_eq!((&*login.username, &*login.password), ("ann", "p@ss"));
        assert_eq!(format!("{login:?}"), "ImportLogin(..)");
        assert_eq!(
            url.join("api/2.0/mlflow/runs/get").unwrap().path(),
            "/team/api/2.0/mlflow/runs/get"
        );
    }
}
