//! The handshake on its own, so that each way in which a certificate can be wrong has its own sentence.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::report::CheckFault;
use super::steps::Bad;

/// Shakes hands as `host`'s client; answers with the protocol's name.
pub(super) async fn handshake(
    stream: TcpStream,
    host: &str,
    ca_file: Option<&str>,
) -> Result<String, Bad> {
    let roots = authorities(ca_file)?;
    let config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).map_err(|_| {
        Bad::new(
            CheckFault::BadAddress,
            format!("'{host}' is no name that a certificate could carry."),
        )
    })?;
    let stream = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .map_err(|error| refused(&error, host, ca_file.is_some()))?;
    let version = match stream.get_ref().1.protocol_version() {
        Some(rustls::ProtocolVersion::TLSv1_2) => "TLS 1.2",
        _ => "TLS 1.3",
    };
    Ok(version.to_owned())
}

/// What the system trusts, and the authority that the user named.
fn authorities(ca_file: Option<&str>) -> Result<RootCertStore, Bad> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(file) = ca_file {
        let unusable = |why: String| {
            Bad::new(
                CheckFault::CaFile,
                format!("The authority {file} cannot be used: {why}."),
            )
        };
        let named: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(Path::new(file))
            .and_then(Iterator::collect)
            .map_err(|error| unusable(error.to_string()))?;
        if named.is_empty() {
            return Err(unusable("it holds no certificate in PEM form".to_owned()));
        }
        for certificate in named {
            roots
                .add(certificate)
                .map_err(|error| unusable(error.to_string()))?;
        }
    }
    Ok(roots)
}

fn refused(error: &std::io::Error, host: &str, has_ca: bool) -> Bad {
    use CertificateError as C;
    let cause = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let Some(rustls::Error::InvalidCertificate(certificate)) = cause else {
        return Bad::new(
            CheckFault::TlsFailed,
            format!("No encrypted connection could be made: {error}."),
        );
    };
    let (fault, sentence) = match certificate {
        C::UnknownIssuer | C::BadSignature if has_ca => (
            CheckFault::UnknownAuthority,
            "The certificate was signed by none of the authorities in the CA file, and by none that this system trusts.".to_owned(),
        ),
        C::UnknownIssuer | C::BadSignature => (
            CheckFault::UnknownAuthority,
            "The certificate was signed by an authority that this system does not know. Name its CA file.".to_owned(),
        ),
        C::Expired | C::ExpiredContext { .. } => (
            CheckFault::CertificateExpired,
            "The server's certificate has expired. Whoever runs the server must renew it.".to_owned(),
        ),
        C::NotValidYet | C::NotValidYetContext { .. } => (
            CheckFault::CertificateNotYetValid,
            "The server's certificate is not valid yet: this machine's clock may be behind.".to_owned(),
        ),
        C::NotValidForNameContext { presented, .. } => (
            CheckFault::WrongHostName,
            format!(
                "The certificate is for {}, not for {host}. Use that name, or have {host} added to the certificate.",
                names(presented)
            ),
        ),
        C::NotValidForName => (
            CheckFault::WrongHostName,
            format!("The certificate is not for {host}."),
        ),
        other => (
            CheckFault::TlsFailed,
            format!("The server's certificate is not accepted: {other}."),
        ),
    };
    Bad::new(fault, sentence)
}

/// `DnsName("db.fx.example")` -> `db.fx.example`
fn names(presented: &[String]) -> String {
    let plain: Vec<&str> = presented
        .iter()
        .map(|name| name.split('"').nth(1).unwrap_or(name))
        .collect();
    if plain.is_empty() {
        "no name at all".to_owned()
    } else {
        plain.join(", ")
    }
}
