//! The way to S3: name, network, certificate, clock, keys, bucket, permission.

use std::time::Duration;

use reqwest::Url;
use reqwest::header::DATE;

use super::database::Known;
use super::report::{CheckFault, CheckId};
use super::steps::{Bad, Good, Steps};
use super::{network, tls};
use crate::Clock;
use crate::error::Result;
use crate::workspace::known::StoragePlace;
use crate::workspace::secret::TeamSecrets;

/// S3 refuses a signature that is older or younger than this.
const SKEW_MAX_MS: i64 = 15 * 60 * 1000;
/// From here on a person should know.
const SKEW_TOLD_MS: i64 = 60 * 1000;

type Step<T> = std::result::Result<Good<T>, Bad>;

pub(super) async fn check(
    steps: &mut Steps<'_>,
    place: &StoragePlace,
    secrets: &TeamSecrets,
    clock: &Clock,
    known: Option<&Known>,
) -> Result<()> {
    let address = match address_of(place) {
        Ok(address) => address,
        Err(bad) => {
            steps
                .step::<()>(CheckId::StorageName, async { Err(bad) })
                .await?;
            return Ok(());
        }
    };
    let named = network::resolve(&address.host, address.port);
    let Some(addresses) = steps.step(CheckId::StorageName, named).await? else {
        return Ok(());
    };
    let reached = network::connect(&addresses);
    let Some(stream) = steps.step(CheckId::StorageNetwork, reached).await? else {
        return Ok(());
    };
    let local = addresses.iter().all(|address| address.ip().is_loopback());
    let secured = async {
        if address.encrypted {
            let version = tls::handshake(stream, &address.host, place.ca_file.as_deref()).await?;
            let sentence = format!("{version}; the server proved to be {}.", address.host);
            return Ok(Good::new((), sentence));
        }
        Ok(if local {
            Good::new((), "Not encrypted; the connection stays on this machine.")
        } else {
            Good::but(
                (),
                "Not encrypted: every artifact can be read and changed on the network.",
            )
        })
    };
    if steps.step(CheckId::StorageTls, secured).await?.is_none() {
        return Ok(());
    }
    let told = clock_of(&address.url, place, clock);
    if steps.step(CheckId::StorageClock, told).await?.is_none() {
        return Ok(());
    }
    super::bucket::check(steps, place, secrets, known).await
}

struct Address {
    url: Url,
    host: String,
    port: u16,
    encrypted: bool,
}

fn address_of(place: &StoragePlace) -> std::result::Result<Address, Bad> {
    let wrong = || {
        Bad::new(
            CheckFault::BadAddress,
            format!(
                "'{}' is no endpoint; write https://host or http://host:9000.",
                place.endpoint
            ),
        )
    };
    let url = Url::parse(place.endpoint.trim()).map_err(|_| wrong())?;
    let host = url.host_str().ok_or_else(wrong)?.trim_matches(['[', ']']);
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong());
    }
    Ok(Address {
        host: host.to_owned(),
        port: url.port_or_known_default().ok_or_else(wrong)?,
        encrypted: url.scheme() == "https",
        url,
    })
}

/// Compares the clocks before anything is signed: a signature with a wrong time is refused without saying by how much.
async fn clock_of(url: &Url, place: &StoragePlace, clock: &Clock) -> Step<()> {
    let failed = |why: String| {
        Bad::new(
            CheckFault::NotAnS3Server,
            format!("The server does not answer HTTP as S3 does: {why}."),
        )
    };
    let mut http = reqwest::Client::builder()
        .timeout(Duration::from_secs(10))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy();
    if let Some(file) = &place.ca_file {
        let pem = std::fs::read(file).map_err(|error| failed(error.to_string()))?;
        let known = reqwest::Certificate::from_pem_bundle(&pem)
            .map_err(|error| failed(error.to_string()))?;
        http = http.tls_certs_merge(known);
    }
    let http = http.build().map_err(|error| failed(error.to_string()))?;
    let asked_ms = clock.now_ms();
    let answer = http.head(url.clone()).send().await;
    let answer = answer.map_err(|error| failed(innermost(&error)))?;
    let now_ms = asked_ms + (clock.now_ms() - asked_ms) / 2;
    let date = answer
        .headers()
        .get(DATE)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| httpdate::parse_http_date(text).ok())
        .and_then(|date| date.duration_since(std::time::UNIX_EPOCH).ok())
        .and_then(|since| i64::try_from(since.as_millis()).ok());
    let Some(server_ms) = date else {
        return Ok(Good::but(
            (),
            "The server does not say what time it has; if keys are refused, compare the clocks.",
        ));
    };
    compared(now_ms - server_ms)
}

fn compared(ahead_ms: i64) -> Step<()> {
    let off = spoken(ahead_ms.abs());
    let side = if ahead_ms > 0 { "ahead of" } else { "behind" };
    if ahead_ms.abs() > SKEW_MAX_MS {
        return Err(Bad::new(
            CheckFault::ClockSkew,
            format!(
                "This machine's clock is {off} {side} the storage's. S3 refuses requests that are more than 15 min off: set the clock."
            ),
        ));
    }
    if ahead_ms.abs() > SKEW_TOLD_MS {
        return Ok(Good::but(
            (),
            format!(
                "This machine's clock is {off} {side} the storage's; from 15 min on it is refused."
            ),
        ));
    }
    Ok(Good::new((), "The clocks agree within a minute."))
}

/// `20 min 5 s`, `3 h 2 min`
fn spoken(ms: i64) -> String {
    let s = ms / 1000;
    match s {
        0..60 => format!("{s} s"),
        60..3600 => format!("{} min {} s", s / 60, s % 60),
        _ => format!("{} h {} min", s / 3600, s % 3600 / 60),
    }
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_difference_is_told_in_words() {
        assert!(compared(2_000).is_ok());
        assert!(compared(-14 * 60_000).is_ok());
        let bad = compared(20 * 60_000 + 5_000).err().unwrap();
        assert_eq!(bad.fault, CheckFault::ClockSkew);
        assert!(
            bad.sentence
                .starts_with("This machine's clock is 20 min 5 s ahead of the storage's.")
        );
        let bad = compared(-(3 * 3600 + 120) * 1000).err().unwrap();
        assert!(
            bad.sentence.contains("3 h 2 min behind"),
            "{}",
            bad.sentence
        );
    }
}
