//! What a file is. Its first bytes decide; the name only tells kinds of text apart.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub enum ArtifactKind {
    Empty,
    Image,
    Csv,
    Parquet,
    Json,
    Yaml,
    Markdown,
    Html,
    Onnx,
    Text,
    Binary,
}

pub(super) struct Sort {
    pub kind: ArtifactKind,
    pub media_type: &'static str,
    pub says: String,
}

fn sort(kind: ArtifactKind, media_type: &'static str, says: &str) -> Sort {
    Sort {
        kind,
        media_type,
        says: says.to_owned(),
    }
}

const BINARY: &str = "application/octet-stream";

/// First bytes that are never anything else.
const MAGIC: [(&[u8], ArtifactKind, &str, &str); 16] = [
    (
        b"\x89PNG\r\n\x1a\n",
        ArtifactKind::Image,
        "image/png",
        "PNG picture",
    ),
    (
        b"\xff\xd8\xff",
        ArtifactKind::Image,
        "image/jpeg",
        "JPEG picture",
    ),
    (b"GIF8", ArtifactKind::Image, "image/gif", "GIF picture"),
    (
        b"PAR1",
        ArtifactKind::Parquet,
        "application/vnd.apache.parquet",
        "Parquet table",
    ),
    (b"\x93NUMPY", ArtifactKind::Binary, BINARY, "NumPy array"),
    (
        b"\x89HDF\r\n\x1a\n",
        ArtifactKind::Binary,
        "application/x-hdf5",
        "HDF5 file",
    ),
    (
        b"PK\x03\x04",
        ArtifactKind::Binary,
        "application/zip",
        "ZIP archive; NumPy .npz and PyTorch files are such archives",
    ),
    (
        b"\x1f\x8b",
        ArtifactKind::Binary,
        "application/gzip",
        "gzip archive",
    ),
    (
        b"\x28\xb5\x2f\xfd",
        ArtifactKind::Binary,
        "application/zstd",
        "Zstandard archive",
    ),
    (
        b"%PDF-",
        ArtifactKind::Binary,
        "application/pdf",
        "PDF document",
    ),
    (
        b"\x7fELF",
        ArtifactKind::Binary,
        BINARY,
        "ELF program or library",
    ),
    (
        b"SQLite format 3\0",
        ArtifactKind::Binary,
        "application/vnd.sqlite3",
        "SQLite database",
    ),
    (
        b"ARROW1",
        ArtifactKind::Binary,
        "application/vnd.apache.arrow.file",
        "Arrow or Feather file",
    ),
    (
        b"BZh",
        ArtifactKind::Binary,
        "application/x-bzip2",
        "bzip2 archive",
    ),
    (
        b"\xfd7zXZ\0",
        ArtifactKind::Binary,
        "application/x-xz",
        "xz archive",
    ),
    (
        b"MZ",
        ArtifactKind::Binary,
        BINARY,
        "Windows program or library",
    ),
];

pub(super) fn classify(path: &str, head: &[u8], size_bytes: i64) -> Sort {
    use ArtifactKind as K;
    if size_bytes == 0 {
        return sort(K::Empty, "application/x-empty", "Empty file: 0 bytes");
    }
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    if let Some((_, kind, media_type, says)) =
        MAGIC.iter().find(|(magic, ..)| head.starts_with(magic))
    {
        return sort(*kind, media_type, says);
    }
    if head.len() > 12 && head.starts_with(b"RIFF") && &head[8..12] == b"WEBP" {
        return sort(K::Image, "image/webp", "WebP picture");
    }
    // Protocols 2 to 5 open with PROTO and their number.
    if head.len() > 1 && head[0] == 0x80 && (2..=5).contains(&head[1]) {
        return sort(
            K::Binary,
            BINARY,
            "Python pickle; it is not opened here, for reading a pickle can run code",
        );
    }
    if extension == "onnx" {
        return sort(K::Onnx, "application/x-onnx", "ONNX model");
    }
    if is_text(head) {
        return text(&name, extension);
    }
    let says = match extension {
        "pkl" | "pickle" | "joblib" => {
            "Pickled Python object; it is not opened here, for reading one can run code"
        }
        "png" | "jpg" | "jpeg" | "gif" | "webp" => "named as a picture, but the bytes are none",
        "parquet" => "named .parquet, but it does not begin as one: damaged or unfinished",
        "safetensors" => "safetensors weights",
        _ => "Binary file of an unknown kind",
    };
    sort(K::Binary, BINARY, says)
}

fn text(name: &str, extension: &str) -> Sort {
    use ArtifactKind as K;
    match extension {
        "csv" | "tsv" => sort(K::Csv, "text/csv", "Table of separated values"),
        "json" | "ipynb" | "geojson" => sort(K::Json, "application/json", "JSON"),
        "yaml" | "yml" => sort(K::Yaml, "application/yaml", "YAML"),
        "md" | "markdown" => sort(K::Markdown, "text/markdown", "Markdown"),
        "html" | "htm" | "xhtml" => sort(K::Html, "text/html", "HTML page"),
        "svg" => sort(K::Image, "image/svg+xml", "SVG picture"),
        "parquet" => sort(K::Text, "text/plain", "named .parquet, but it is text"),
        "png" | "jpg" | "jpeg" | "gif" | "webp" => {
            sort(K::Text, "text/plain", "named as a picture, but it is text")
        }
        // MLflow writes its description of a model without an extension.
        _ if name == "mlmodel" => sort(
            K::Yaml,
            "application/yaml",
            "YAML, MLflow's description of a model",
        ),
        _ => sort(K::Text, "text/plain", "Text"),
    }
}

/// UTF-8 without NUL; the last character may be cut by the end of the piece.
fn is_text(head: &[u8]) -> bool {
    let valid = match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    valid && !head.contains(&0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_decide_before_the_name() {
        let kind = |path: &str, head: &[u8]| classify(path, head, head.len() as i64).kind;
        assert_eq!(
            kind("a/loss.png", b"\x89PNG\r\n\x1a\n...."),
            ArtifactKind::Image
        );
        assert_eq!(
            kind("a/loss.csv", b"\x89PNG\r\n\x1a\n...."),
            ArtifactKind::Image
        );
        assert_eq!(kind("fake.png", b"<script>"), ArtifactKind::Text);
        assert_eq!(kind("x.parquet", b"PAR1...."), ArtifactKind::Parquet);
        assert_eq!(kind("x.parquet", b"\0\0\0"), ArtifactKind::Binary);
        assert_eq!(kind("model.pkl", b"\x80\x05\x95"), ArtifactKind::Binary);
        assert_eq!(kind("model/MLmodel", b"flavors:\n"), ArtifactKind::Yaml);
        assert_eq!(kind("README", "déjà".as_bytes()), ArtifactKind::Text);
        // cut within a character
        assert_eq!(kind("README", &"déjà".as_bytes()[..5]), ArtifactKind::Text);
        assert_eq!(kind("x.bin", b"ab\0cd"), ArtifactKind::Binary);
        assert_eq!(kind("empty.csv", b""), ArtifactKind::Empty);
    }

    #[test]
    fn a_pickle_says_why_it_stays_shut() {
        let sort = classify("model.pkl", b"\x80\x04\x95", 3);
        assert!(sort.says.contains("run code"), "{}", sort.says);
    }
}
