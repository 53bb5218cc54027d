//! A running MLflow server, of version 2 or 3, over its REST API.
//!
//! At most [`REQUESTS_AT_ONCE`] requests are under way, a download among them until its last byte. A server that is busy
//! or restarting is asked again a few times; one that is gone ends the import, which can then be resumed.

mod artifacts;
mod client;
mod registry;
mod tracking;
mod wire;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use reqwest::{Client, Url};
use tokio::sync::Semaphore;

use super::source::Read;
use super::view::ImportLogin;

const REQUESTS_AT_ONCE: usize = 8;

#[derive(Debug)]
pub struct Server {
    /// Ends with a slash, so that paths join beneath it.
    base: Url,
    client: Client,
    login: ImportLogin,
    limit: Arc<Semaphore>,
    version: String,
    /// Cleared when the server turns out not to know histories of several runs at once.
    bulk_histories: AtomicBool,
}

impl Server {
    /// Reaches the server and learns its version.
    pub async fn connect(address: &str, login: ImportLogin) -> Read<Self> {
        let (base, login) = client::parse_address(address, login)?;
        let mut server = Self {
            base,
            client: client::build()?,
            login,
            limit: Arc::new(Semaphore::new(REQUESTS_AT_ONCE)),
            version: String::new(),
            bulk_histories: AtomicBool::new(true),
        };
        server.version = server.ask_version().await?;
        Ok(server)
    }

    pub fn address(&self) -> String {
        self.base.as_str().trim_end_matches('/').to_owned()
    }

    pub fn kind(&self) -> String {
        match self.version.as_str() {
            "" => "an MLflow server".to_owned(),
            version => format!("MLflow {version}"),
        }
    }
}
