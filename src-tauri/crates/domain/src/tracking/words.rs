//! The fixed vocabularies of tracking: lifecycles, statuses, views.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A word of a fixed vocabulary that the database or a client wrote wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{word}' is not one of {allowed}")]
pub struct UnknownWord {
    pub word: String,
    pub allowed: &'static str,
}

macro_rules! vocabulary {
    ($type:ident: $($variant:ident = $word:literal),+ $(,)?) => {
        impl $type {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl FromStr for $type {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    other => Err(UnknownWord {
                        word: other.to_owned(),
                        allowed: concat!($($word, " ",)+).trim_ascii_end(),
                    }),
                }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl TryFrom<String> for $type {
            type Error = UnknownWord;

            fn try_from(text: String) -> Result<Self, UnknownWord> {
                text.parse()
            }
        }
    };
}

/// Soft deletion: what is deleted keeps its rows and can be restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "lowercase")]
pub enum Lifecycle {
    Active,
    Deleted,
}
vocabulary!(Lifecycle: Active = "active", Deleted = "deleted");

/// Which lifecycles a search looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ViewType {
    #[default]
    ActiveOnly,
    DeletedOnly,
    All,
}
vocabulary!(ViewType: ActiveOnly = "ACTIVE_ONLY", DeletedOnly = "DELETED_ONLY", All = "ALL");

impl ViewType {
    /// The one lifecycle looked at; `None` when both are.
    pub fn lifecycle(self) -> Option<Lifecycle> {
        match self {
            Self::ActiveOnly => Some(Lifecycle::Active),
            Self::DeletedOnly => Some(Lifecycle::Deleted),
            Self::All => None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "UPPERCASE")]
pub enum RunStatus {
    Running,
    Scheduled,
    Finished,
    Failed,
    Killed,
}
vocabulary!(RunStatus:
    Running = "RUNNING",
    Scheduled = "SCHEDULED",
    Finished = "FINISHED",
    Failed = "FAILED",
    Killed = "KILLED",
);

impl RunStatus {
    /// True once nothing more is expected of the run.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Finished | Self::Failed | Self::Killed)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoggedModelStatus {
    Unspecified,
    Pending,
    Ready,
    UploadFailed,
}
vocabulary!(LoggedModelStatus:
    Unspecified = "LOGGED_MODEL_STATUS_UNSPECIFIED",
    Pending = "LOGGED_MODEL_PENDING",
    Ready = "LOGGED_MODEL_READY",
    UploadFailed = "LOGGED_MODEL_UPLOAD_FAILED",
);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn words_round_trip() {
        for status in RunStatus::ALL {
            assert_eq!(status.as_str().parse(), Ok(*status));
        }
        let error = "PAUSED".parse::<RunStatus>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "'PAUSED' is not one of RUNNING SCHEDULED FINISHED FAILED KILLED"
        );
    }
}
