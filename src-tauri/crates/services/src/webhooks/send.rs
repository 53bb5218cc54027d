//! One attempt: check the address, connect to the very address that was checked, sign, post, read a little of the answer.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::names::Invalid;
use domain::webhook::{AllowedOrigin, Target, is_public};
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use hmac::{Hmac, Mac as _};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::RETRY_AFTER;
use sha2::Sha256;

const RESOLVE_LIMIT: Duration = Duration::from_secs(5);
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
const WHOLE_LIMIT: Duration = Duration::from_secs(10);
/// Of an answer, this much is kept.
const ANSWER_BYTES_MAX: usize = 4096;

/// Names to addresses: the system's, or a test's.
pub(super) type LookUp =
    Arc<dyn Fn(String, u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync>;

/// Sends messages to where they may go.
#[derive(Clone)]
pub(super) struct Sender {
    allowed: Arc<[AllowedOrigin]>,
    look_up: LookUp,
}

/// One message, ready to go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Message<'a> {
    pub url: &'a str,
    pub secret: &'a str,
    pub delivery_id: &'a str,
    pub body: &'a str,
    pub now_ms: i64,
}

/// What the receiver answered.
#[derive(Debug, Clone)]
pub(super) struct Received {
    pub status: u16,
    pub text: String,
    pub retry_after_s: Option<u64>,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum SendError {
    /// The address may not be reached; trying again would not change that.
    #[error("{0}")]
    Refused(#[from] Invalid),
    #[error("{0}")]
    Network(String),
    /// The secret that signs cannot be had; a server with the right key may come.
    #[error("{0}")]
    Unsigned(String),
}

impl Sender {
    pub fn new(allowed: &[AllowedOrigin]) -> Self {
        let look_up = |host: String, port| -> BoxFuture<'static, _> {
            Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) })
        };
        Self::looking_up(allowed, Arc::new(look_up))
    }

    fn looking_up(allowed: &[AllowedOrigin], look_up: LookUp) -> Self {
        Self {
            allowed: allowed.into(),
            look_up,
        }
    }

    /// The addresses behind a URL, all of them fit to be reached.
    pub async fn checked(&self, url: &str) -> Result<Vec<SocketAddr>, SendError> {
        let target = Target::read("url", url)?;
        target.check(url, &self.allowed)?;
        // What reads the address last must read it in the same way.
        let parsed = reqwest::Url::parse(url).ok();
        let same = parsed.as_ref().is_some_and(|parsed| {
            let host = parsed.host_str().unwrap_or_default();
            host.trim_start_matches('[').trim_end_matches(']')
                == target
                    .ip()
                    .map_or_else(|| target.host.clone(), |ip| ip.to_string())
                && parsed.port_or_known_default() == Some(target.port)
        });
        if !same {
            return Err(Invalid::new("url", url, "an address in its usual spelling").into());
        }
        let looked_up = match target.ip() {
            Some(ip) => vec![SocketAddr::new(ip, target.port)],
            None => self.resolved(&target).await?,
        };
        let inside = looked_up.iter().find(|address| !is_public(address.ip()));
        match inside {
            Some(address) if !target.is_allowed(&self.allowed) => Err(Invalid::new(
                "url",
                url,
                format!(
                    "a host on the public internet; {} is {}",
                    target.host,
                    address.ip()
                ),
            )
            .into()),
            _ => Ok(looked_up),
        }
    }

    async fn resolved(&self, target: &Target) -> Result<Vec<SocketAddr>, SendError> {
        let looking = (self.look_up)(target.host.clone(), target.port);
        let network = |why: String| {
            SendError::Network(format!(
                "the name {} cannot be resolved: {why}",
                target.host
            ))
        };
        let found = tokio::time::timeout(RESOLVE_LIMIT, looking)
            .await
            .map_err(|_| network("no answer in 5 s".to_owned()))?
            .map_err(|error| network(error.to_string()))?;
        if found.is_empty() {
            return Err(network("it has no address".to_owned()));
        }
        Ok(found)
    }

    pub async fn send(&self, message: Message<'_>) -> Result<Received, SendError> {
        let addresses = self.checked(message.url).await?;
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_LIMIT)
            .timeout(WHOLE_LIMIT)
            .dns_resolver(Arc::new(Pinned(addresses)))
            .user_agent(concat!("drydock/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(said)?;
        let timestamp = (message.now_ms / 1000).to_string();
        let mut request = client
            .post(message.url)
            .header("Content-Type", "application/json")
            .header("X-MLflow-Delivery-Id", message.delivery_id)
            .header("X-MLflow-Timestamp", &timestamp);
        if !message.secret.is_empty() {
            request = request.header("X-MLflow-Signature", signature(&message, &timestamp));
        }
        let response = request
            .body(message.body.to_owned())
            .send()
            .await
            .map_err(said)?;
        let retry_after = response.headers().get(RETRY_AFTER);
        let retry_after_s = retry_after.and_then(|value| value.to_str().ok()?.trim().parse().ok());
        Ok(Received {
            status: response.status().as_u16(),
            retry_after_s,
            text: head(response).await,
        })
    }
}

/// The innermost cause says more than "error sending request".
fn said(error: reqwest::Error) -> SendError {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    SendError::Network(text)
}

/// `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`, as MLflow signs.
fn signature(message: &Message<'_>, timestamp: &str) -> String {
    let Message {
        secret,
        delivery_id,
        body,
        ..
    } = message;
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(format!("{delivery_id}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// The head of an answer; a receiver that talks without end is not listened to.
async fn head(response: reqwest::Response) -> String {
    let mut kept = Vec::new();
    let mut chunks = response.bytes_stream();
    while let Some(Ok(chunk)) = chunks.next().await {
        let room = ANSWER_BYTES_MAX - kept.len();
        kept.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if kept.len() >= ANSWER_BYTES_MAX {
            break;
        }
    }
    // PostgreSQL keeps no NUL in a text.
    String::from_utf8_lossy(&kept).replace('\0', "\u{fffd}")
}

/// Answers every question of the connector with the addresses that were checked: between check and connect no name
/// server is asked again.
struct Pinned(Vec<SocketAddr>);

impl Resolve for Pinned {
    fn resolve(&self, _: Name) -> Resolving {
        let addresses: Addrs = Box::new(self.0.clone().into_iter());
        Box::pin(std::future::ready(Ok(addresses)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::net::TcpListener;

    use super::*;

    fn answering(answers: &'static [&'static str]) -> (Sender, Arc<AtomicUsize>) {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = asked.clone();
        let look_up = move |_: String, port: u16| -> BoxFuture<'static, _> {
            let nth = count.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
            let ips = answers[nth]
                .split(' ')
                .map(|ip| SocketAddr::new(ip.parse().unwrap(), port));
            let found: io::Result<Vec<SocketAddr>> = Ok(ips.collect());
            Box::pin(std::future::ready(found))
        };
        (Sender::looking_up(&[], Arc::new(look_up)), asked)
    }

    fn message(url: &str) -> Message<'_> {
        Message {
            url,
            secret: "s",
            delivery_id: "d",
            body: "{}",
            now_ms: 0,
        }
    }

    #[tokio::test]
    async fn a_name_that_points_inside_is_refused() {
        for answer in [
            &["127.0.0.1"],
            &["1.1.1.1 10.0.0.1"],
            &["::ffff:169.254.169.254"],
        ] {
            let (sender, _) = answering(answer);
            let refused = sender.checked("https://rebind.example/").await;
            assert!(matches!(refused, Err(SendError::Refused(_))), "{answer:?}");
        }
    }

    /// First a public address, then loopback: the connection goes to what was checked, so a listener on loopback hears
    /// nothing, and the name is asked for once.
    #[tokio::test]
    async fn rebinding_reaches_nobody() {
        crate::tls::install();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!(
            "https://rebind.example:{}/",
            listener.local_addr().unwrap().port()
        );
        // 1.1.1.1 does not answer on that port here; whether it is refused or times out does not matter.
        let (sender, asked) = answering(&["1.1.1.1", "127.0.0.1"]);
        let sent = tokio::time::timeout(Duration::from_secs(2), sender.send(message(&url))).await;
        assert!(!matches!(sent, Ok(Ok(_))));
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        let heard = tokio::time::timeout(Duration::from_millis(100), listener.accept()).await;
        assert!(heard.is_err(), "somebody connected");
    }

    #[test]
    fn the_signature_is_mlflows() {
        // From mlflow.webhooks.delivery._generate_hmac_signature("secret", "id-1", "1700000000", '{"a": 1}')
        let message = Message {
            url: "",
            secret: "secret",
            delivery_id: "id-1",
            body: r#"{"a": 1}"#,
            now_ms: 0,
        };
        assert_eq!(
            signature(&message, "1700000000"),
            "v1,jAyhWuvJRcQMVbD7m4Iar2/4+6HricjeksyI87v/Tkk="
        );
    }
}
