//! What can go wrong on the way to a bucket, told apart so that a person knows what to mend.

use std::error::Error as _;
use std::io;

/// What failed, in words that name the thing to mend.
#[derive(Debug, Clone, thiserror::Error)]
#[error("cannot {doing}: {kind}{}", detail_of(.detail))]
pub struct S3Fault {
    pub kind: S3FaultKind,
    pub doing: String,
    pub detail: String,
}

fn detail_of(detail: &str) -> String {
    if detail.is_empty() {
        String::new()
    } else {
        format!(" ({detail})")
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum S3FaultKind {
    #[error("no host of this name is known")]
    NoSuchHost,
    #[error("nothing listens at this address")]
    Refused,
    #[error("the server's certificate is not trusted")]
    Tls,
    #[error("the S3 server did not answer in time")]
    TimedOut,
    #[error("the connection to the S3 server broke")]
    Disconnected,
    #[error("the S3 server knows no such access key")]
    BadKey,
    #[error("the secret key is wrong: the signature does not match")]
    BadSignature,
    #[error("the clocks of this machine and the S3 server differ too much")]
    ClockSkew,
    #[error("this access key may not do that")]
    NoPermission,
    #[error("there is no such bucket")]
    NoSuchBucket,
    #[error("there is no such object")]
    NoSuchKey,
    #[error("there is no such multipart upload")]
    NoSuchUpload,
    #[error("the range lies outside the object")]
    BadRange,
    /// 5xx and 429: the server's own trouble, worth another try.
    #[error("the S3 server is in trouble")]
    Unwell,
    #[error("the S3 server refused the request")]
    Rejected,
    /// What arrived is not what was sent.
    #[error("the bytes were damaged on the way")]
    Damaged,
    #[error("this is no address of an S3 server")]
    BadAddress,
}

impl S3Fault {
    pub(crate) fn new(
        kind: S3FaultKind,
        doing: impl Into<String>,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            doing: doing.into(),
            detail: detail.into(),
        }
    }

    /// An answer that is not a success.
    pub(crate) fn answered(doing: &str, status: u16, code: &str, message: &str) -> Self {
        use S3FaultKind as K;
        let kind = match (code, status) {
            ("InvalidAccessKeyId", _) => K::BadKey,
            ("SignatureDoesNotMatch", _) => K::BadSignature,
            ("RequestTimeTooSkewed", _) => K::ClockSkew,
            ("NoSuchBucket", _) => K::NoSuchBucket,
            ("NoSuchKey", _) => K::NoSuchKey,
            ("NoSuchUpload", _) => K::NoSuchUpload,
            ("InvalidRange", _) | (_, 416) => K::BadRange,
            ("XAmzContentSHA256Mismatch" | "BadDigest" | "IncompleteBody" | "InvalidDigest", _) => {
                K::Damaged
            }
            ("AccessDenied" | "AllAccessDisabled", _) | (_, 401 | 403) => K::NoPermission,
            ("RequestTimeout" | "SlowDown" | "InternalError", _) | (_, 429 | 500..) => K::Unwell,
            (_, 404) => K::NoSuchKey,
            _ => K::Rejected,
        };
        let detail = match (code, message) {
            ("", "") => format!("HTTP {status}"),
            ("", text) | (text, "") => format!("HTTP {status}, {text}"),
            _ => format!("HTTP {status}, {code}: {message}"),
        };
        Self::new(kind, doing, detail)
    }

    /// A request that got no answer, or half of one.
    pub(crate) fn unanswered(doing: &str, error: &reqwest::Error) -> Self {
        use S3FaultKind as K;
        let mut kind = if error.is_timeout() {
            K::TimedOut
        } else if error.is_builder() {
            K::BadAddress
        } else {
            K::Disconnected
        };
        let mut detail = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            detail = cause.to_string();
            if is_tls(cause) {
                kind = K::Tls;
            } else if let Some(io) = cause.downcast_ref::<io::Error>() {
                match io.kind() {
                    io::ErrorKind::ConnectionRefused => kind = K::Refused,
                    io::ErrorKind::TimedOut => kind = K::TimedOut,
                    _ if io.get_ref().is_some_and(|inner| is_tls(inner)) => kind = K::Tls,
                    _ => {}
                }
            }
            if detail.contains("lookup address") || detail.contains("dns error") {
                kind = K::NoSuchHost;
            }
            source = cause.source();
        }
        Self::new(kind, doing, detail)
    }

    /// True when the same request may succeed a moment later.
    pub fn is_passing(&self) -> bool {
        use S3FaultKind as K;
        matches!(
            self.kind,
            K::TimedOut | K::Disconnected | K::Unwell | K::Refused | K::Damaged
        )
    }
}

fn is_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    error.downcast_ref::<rustls::Error>().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_apart() {
        use S3FaultKind as K;
        let kind = |status, code| S3Fault::answered("look", status, code, "m").kind;
        assert_eq!(kind(403, "InvalidAccessKeyId"), K::BadKey);
        assert_eq!(kind(403, "SignatureDoesNotMatch"), K::BadSignature);
        assert_eq!(kind(403, "RequestTimeTooSkewed"), K::ClockSkew);
        assert_eq!(kind(403, "AccessDenied"), K::NoPermission);
        assert_eq!(kind(404, "NoSuchBucket"), K::NoSuchBucket);
        assert_eq!(kind(503, "SlowDown"), K::Unwell);
        assert_eq!(kind(500, ""), K::Unwell);
        assert_eq!(kind(400, "XAmzContentSHA256Mismatch"), K::Damaged);
        assert_eq!(kind(400, "EntityTooSmall"), K::Rejected);
        let text = S3Fault::answered("list the bucket desk", 404, "NoSuchBucket", "gone");
        assert_eq!(
            text.to_string(),
            "cannot list the bucket desk: there is no such bucket (HTTP 404, NoSuchBucket: gone)"
        );
    }
}
