//! One signed request to the S3 server, and when it is sent again.

use std::time::Duration;

use bytes::Bytes;
use hmac::{Hmac, Mac as _};
use reqwest::header::{HOST, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Response, Url};
use s3::region::Region;
use s3::signing;
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::{S3Fault, S3FaultKind, S3Options, xml};
use crate::{ArtifactError, Result};

const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
/// A request that met the server's own trouble is sent this often in all.
const TRIES: u32 = 4;

#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    endpoint: Url,
    bucket: String,
    region: Region,
    access_key: String,
    secret_key: String,
}

/// What is asked of the server; the body can be sent again.
#[derive(Debug, Clone)]
pub struct Call<'a> {
    doing: &'a str,
    method: Method,
    key: &'a str,
    query: Vec<(&'static str, String)>,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
    sha256: Option<String>,
}

impl<'a> Call<'a> {
    pub fn new(doing: &'a str, method: Method, key: &'a str) -> Self {
        Self {
            doing,
            method,
            key,
            query: Vec::new(),
            headers: Vec::new(),
            body: Bytes::new(),
            sha256: None,
        }
    }

    pub fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub fn doing(&self) -> &str {
        self.doing
    }

    /// The server compares the body with this digest, so that no damaged body is ever stored.
    pub fn body(mut self, body: Bytes, sha256: Option<String>) -> Self {
        self.sha256 = Some(sha256.unwrap_or_else(|| hex::encode(Sha256::digest(&body))));
        self.body = body;
        self
    }
}

impl Client {
    pub fn new(options: &S3Options) -> Result<Self> {
        let wrong = |detail: String| {
            let doing = format!("use {}", options.endpoint);
            ArtifactError::from(S3Fault::new(S3FaultKind::BadAddress, doing, detail))
        };
        let endpoint: Url = options
            .endpoint
            .parse()
            .map_err(|error| wrong(format!("{error}")))?;
        if !matches!(endpoint.scheme(), "http" | "https") || endpoint.host_str().is_none() {
            return Err(wrong("write http://host:port or https://host".to_owned()));
        }
        // One provider of cryptography for the process; an error says that there is one already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(10))
            .read_timeout(Duration::from_secs(120))
            .pool_idle_timeout(Duration::from_secs(30))
            .tcp_nodelay(true)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy();
        if let Some(file) = &options.ca_file {
            let untrusted = |detail: String| {
                let doing = format!("read the authority {}", file.display());
                ArtifactError::from(S3Fault::new(S3FaultKind::Tls, doing, detail))
            };
            let pem = std::fs::read(file).map_err(|error| untrusted(error.to_string()))?;
            let known = reqwest::Certificate::from_pem_bundle(&pem)
                .map_err(|error| untrusted(error.to_string()))?;
            http = http.tls_certs_merge(known);
        }
        Ok(Self {
            http: http.build().map_err(|error| wrong(error.to_string()))?,
            bucket: options.bucket.clone(),
            region: Region::Custom {
                region: options.region.clone(),
                endpoint: options.endpoint.clone(),
            },
            endpoint,
            access_key: options.access_key.clone(),
            secret_key: options.secret_key.clone(),
        })
    }

    /// A key, or what keys begin with, for people.
    pub fn address(&self, key: &str) -> String {
        format!("s3://{}/{key} at {}", self.bucket, self.endpoint)
    }

    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// Sends until it is answered well, or another try is pointless.
    pub async fn send(&self, call: &Call<'_>) -> Result<Response, S3Fault> {
        let mut tried = 0;
        loop {
            tried += 1;
            let fault = match self.send_once(call).await {
                Ok(response) => return Ok(response),
                Err(fault) if tried < TRIES && fault.is_passing() => fault,
                Err(fault) => return Err(fault),
            };
            tracing::warn!(%fault, tried, "asking the S3 server again");
            tokio::time::sleep(Duration::from_millis(100 << (2 * tried))).await;
        }
    }

    /// For answers whose body is a document, which must itself arrive whole and hold no error.
    pub async fn text(&self, call: &Call<'_>) -> Result<String, S3Fault> {
        let response = self.send(call).await?;
        let status = response.status().as_u16();
        let body = response
            .text()
            .await
            .map_err(|error| S3Fault::unanswered(call.doing, &error))?;
        match xml::error_in(&body) {
            Some(error) => Err(S3Fault::answered(
                call.doing,
                if status < 300 { 500 } else { status },
                &error.code,
                &error.message,
            )),
            None => Ok(body),
        }
    }

    async fn send_once(&self, call: &Call<'_>) -> Result<Response, S3Fault> {
        let (url, headers) = self.signed(call)?;
        let mut request = self.http.request(call.method.clone(), url).headers(headers);
        if matches!(call.method, Method::PUT | Method::POST) {
            request = request.body(call.body.clone());
        }
        let response = request
            .send()
            .await
            .map_err(|error| S3Fault::unanswered(call.doing, &error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let body = response.text().await.unwrap_or_default();
        let told = xml::error_in(&body).unwrap_or_default();
        Err(S3Fault::answered(
            call.doing,
            status.as_u16(),
            &told.code,
            &told.message,
        ))
    }

    fn url(&self, key: &str, query: &[(&'static str, String)]) -> Url {
        let mut url = self.endpoint.clone();
        let folder = url.path().trim_end_matches('/').to_owned();
        let key = signing::uri_encode(key, false);
        let slash = if key.is_empty() { "" } else { "/" };
        url.set_path(&format!("{folder}/{}{slash}{key}", self.bucket));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    fn host(&self) -> String {
        let host = self.endpoint.host_str().unwrap_or_default();
        match self.endpoint.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    fn signed(&self, call: &Call<'_>) -> Result<(Url, HeaderMap), S3Fault> {
        let broken = |error: &dyn std::fmt::Display| {
            S3Fault::new(S3FaultKind::BadAddress, call.doing, error.to_string())
        };
        let url = self.url(call.key, &call.query);
        let now = s3::utils::now_utc();
        let date = format!(
            "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
            now.year(),
            u8::from(now.month()),
            now.day(),
            now.hour(),
            now.minute(),
            now.second()
        );
        let sha256 = match &call.sha256 {
            Some(sha256) => sha256.clone(),
            None => hex::encode(Sha256::digest([])),
        };
        let mut headers = HeaderMap::new();
        let fixed = [
            ("x-amz-date", date),
            ("x-amz-content-sha256", sha256.clone()),
        ];
        for (name, value) in fixed.into_iter().chain(call.headers.iter().cloned()) {
            let value = HeaderValue::from_str(&value).map_err(|error| broken(&error))?;
            headers.insert(HeaderName::from_static(name), value);
        }
        headers.insert(
            HOST,
            HeaderValue::from_str(&self.host()).map_err(|error| broken(&error))?,
        );
        let canonical = canonical(&call.method, &url, &headers, &sha256);
        let signature = self
            .signature(&now, &canonical)
            .map_err(|error| broken(&error))?;
        let names = signing::signed_header_string(&headers);
        let authorization =
            signing::authorization_header(&self.access_key, &now, &self.region, &names, &signature)
                .map_err(|error| broken(&error))?;
        headers.insert(
            reqwest::header::AUTHORIZATION,
            HeaderValue::from_str(&authorization).map_err(|error| broken(&error))?,
        );
        // The client writes it itself, as it was signed.
        headers.remove(HOST);
        Ok((url, headers))
    }

    fn signature(
        &self,
        now: &OffsetDateTime,
        canonical: &str,
    ) -> std::result::Result<String, s3::error::S3Error> {
        let text = signing::string_to_sign(now, &self.region, canonical)?;
        let key = signing::signing_key(now, &self.secret_key, &self.region, "s3")?;
        let mut mac = Hmac::<Sha256>::new_from_slice(&key)?;
        mac.update(text.as_bytes());
        Ok(hex::encode(mac.finalize().into_bytes()))
    }

    /// An address that carries its own permission for a while: who holds it needs no key.
    pub fn presigned(
        &self,
        method: &Method,
        key: &str,
        query: &[(&'static str, String)],
        expires_s: u32,
    ) -> Result<String> {
        let broken = |error: s3::error::S3Error| {
            S3Fault::new(
                S3FaultKind::BadAddress,
                "sign an address",
                error.to_string(),
            )
        };
        let now = s3::utils::now_utc();
        let mut url = self.url(key, query);
        let permission = signing::authorization_query_params_no_sig(
            &self.access_key,
            &now,
            &self.region,
            expires_s,
            None,
            None,
        )
        .map_err(broken)?;
        let joined = match url.query() {
            Some(query) => format!("{query}&{}", permission.trim_start_matches('?')),
            None => permission.trim_start_matches('?').to_owned(),
        };
        url.set_query(Some(&joined));
        let mut headers = HeaderMap::new();
        if let Ok(host) = HeaderValue::from_str(&self.host()) {
            headers.insert(HOST, host);
        }
        let canonical = canonical(method, &url, &headers, UNSIGNED);
        let signature = self.signature(&now, &canonical).map_err(broken)?;
        Ok(format!("{url}&X-Amz-Signature={signature}"))
    }
}

/// The request as both sides sign it. rust-s3 has the same, but sorts headers together with their values, so that
/// `x-amz-copy-source-range` comes before `x-amz-copy-source`, and servers find another signature.
fn canonical(method: &Method, url: &Url, headers: &HeaderMap, sha256: &str) -> String {
    let mut named: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default().trim()))
        .collect();
    named.sort_unstable();
    let lines: Vec<String> = named
        .iter()
        .map(|(name, value)| format!("{name}:{value}"))
        .collect();
    format!(
        "{method}\n{}\n{}\n{}\n\n{}\n{sha256}",
        signing::canonical_uri_string(url),
        signing::canonical_query_string(url),
        lines.join("\n"),
        signing::signed_header_string(headers)
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn headers_are_signed_in_the_order_of_their_names() {
        let mut headers = HeaderMap::new();
        headers.insert(
            "x-amz-copy-source-range",
            HeaderValue::from_static("bytes=0-1"),
        );
        headers.insert("x-amz-copy-source", HeaderValue::from_static("/desk/a"));
        headers.insert("host", HeaderValue::from_static("s3:9000"));
        let url: Url = "http://s3:9000/desk/b?uploadId=u&partNumber=1"
            .parse()
            .unwrap();
        assert_eq!(
            canonical(&Method::PUT, &url, &headers, "digest"),
            "PUT\n/desk/b\npartNumber=1&uploadId=u\nhost:s3:9000\nx-amz-copy-source:/desk/a\n\
             x-amz-copy-source-range:bytes=0-1\n\nhost;x-amz-copy-source;x-amz-copy-source-range\ndigest"
        );
    }
}
