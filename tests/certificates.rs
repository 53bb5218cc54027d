//! Certificate authorities of one test, made by the `openssl` program: good, expired and misnamed certificates.

use std::path::{Path, PathBuf};
use std::process::Command;

/// An authority in a folder of its own.
pub struct Authority {
    folder: tempfile::TempDir,
}

/// A certificate with its key, as PEM text.
pub struct Certificate {
    pub certificate: String,
    pub key: String,
}

impl Authority {
    pub fn new() -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|e| format!("no temporary folder: {e}"))?;
        let authority = Self { folder };
        let text = "[ca]\ndefault_ca=own\n[own]\nnew_certs_dir=.\ndatabase=index.txt\nserial=serial.txt\n\
                    default_md=sha256\npolicy=any\nunique_subject=no\ncopy_extensions=copy\n\
                    [any]\ncommonName=supplied\n";
        authority.write("ca.cnf", text)?;
        authority.write("index.txt", "")?;
        authority.write("serial.txt", "1000\n")?;
        authority.openssl(&[
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-keyout",
            "ca.key",
            "-out",
            "ca.pem",
            "-days",
            "3650",
            "-subj",
            "/CN=test authority",
            "-addext",
            "basicConstraints=critical,CA:TRUE",
        ])?;
        Ok(authority)
    }

    /// What clients that trust this authority are given.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A certificate for `names` (`DNS:localhost,IP:127.0.0.1`), valid from this year on.
    pub fn sign(&self, names: &str) -> Result<Certificate, String> {
        self.signed(names, "20200101000000Z", "20491231000000Z")
    }

    /// One that was valid once.
    pub fn sign_expired(&self, names: &str) -> Result<Certificate, String> {
        self.signed(names, "20200101000000Z", "20200201000000Z")
    }

    fn signed(&self, names: &str, from: &str, to: &str) -> Result<Certificate, String> {
        self.openssl(&[
            "req",
            "-new",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-keyout",
            "server.key",
            "-out",
            "server.csr",
            "-subj",
            "/CN=server",
            "-addext",
            &format!("subjectAltName={names}"),
        ])?;
        self.openssl(&[
            "ca",
            "-batch",
            "-notext",
            "-config",
            "ca.cnf",
            "-cert",
            "ca.pem",
            "-keyfile",
            "ca.key",
            "-startdate",
            from,
            "-enddate",
            to,
            "-in",
            "server.csr",
            "-out",
            "server.pem",
        ])?;
        Ok(Certificate {
            certificate: self.read("server.pem")?,
            key: self.read("server.key")?,
        })
    }

    fn openssl(&self, args: &[&str]) -> Result<(), String> {
        let output = Command::new("openssl")
            .args(args)
            .current_dir(self.folder.path())
            .output()
            .map_err(|e| format!("cannot run openssl: {e}"))?;
        if output.status.success() {
            return Ok(());
        }
        let told = String::from_utf8_lossy(&output.stderr);
        Err(format!("openssl {} failed: {told}", args[0]))
    }

    fn write(&self, name: &str, text: &str) -> Result<(), String> {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).map_err(|e| in_file(&path, &e))
    }

    fn read(&self, name: &str) -> Result<String, String> {
        let path = self.folder.path().join(name);
        std::fs::read_to_string(&path).map_err(|e| in_file(&path, &e))
    }
}

fn in_file(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}
