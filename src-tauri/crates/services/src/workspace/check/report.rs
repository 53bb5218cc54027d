//! The parts of the way, and what is told of each.

use engine::CancelToken;
use serde::{Deserialize, Serialize};

/// What is tried, in this order; the storage does not wait for the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub enum CheckId {
    DatabaseName,
    DatabaseNetwork,
    DatabaseTls,
    DatabaseLogin,
    DatabaseExists,
    DatabasePermission,
    DatabaseSchema,
    StorageName,
    StorageNetwork,
    StorageTls,
    StorageClock,
    StorageKeys,
    StorageBucket,
    StoragePermission,
    /// Whether the bucket and the database are of the same workspace.
    StorageWorkspace,
}

impl CheckId {
    pub const DATABASE: [Self; 7] = [
        Self::DatabaseName,
        Self::DatabaseNetwork,
        Self::DatabaseTls,
        Self::DatabaseLogin,
        Self::DatabaseExists,
        Self::DatabasePermission,
        Self::DatabaseSchema,
    ];
    pub const STORAGE: [Self; 8] = [
        Self::StorageName,
        Self::StorageNetwork,
        Self::StorageTls,
        Self::StorageClock,
        Self::StorageKeys,
        Self::StorageBucket,
        Self::StoragePermission,
        Self::StorageWorkspace,
    ];
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub enum CheckState {
    Running,
    Passed,
    /// It works, and there is something to know.
    Warned,
    Failed,
    /// Not tried, since an earlier part failed.
    Skipped,
}

/// What kind of failure it is: stable, for the window and for tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub enum CheckFault {
    BadAddress,
    NameUnknown,
    Refused,
    NoAnswer,
    TlsNotOffered,
    UnknownAuthority,
    WrongHostName,
    CertificateExpired,
    CertificateNotYetValid,
    CaFile,
    TlsFailed,
    LoginRefused,
    DatabaseMissing,
    NoPermission,
    SchemaNewer,
    ClockSkew,
    UnknownKey,
    WrongSignature,
    BucketMissing,
    NotAnS3Server,
    OtherWorkspace,
    Other,
}

/// One part of the way, and how it went.
#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct CheckStep {
    pub id: CheckId,
    pub state: CheckState,
    pub sentence: String,
    pub fault: Option<CheckFault>,
    pub took_ms: u32,
}

/// The whole way.
#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct CheckReport {
    /// Nothing failed: the workspace can be opened.
    pub passed: bool,
    pub steps: Vec<CheckStep>,
}

impl CheckReport {
    pub fn step(&self, id: CheckId) -> Option<&CheckStep> {
        self.steps.iter().find(|step| step.id == id)
    }
}

/// Who is told of each step as it begins and ends, and who may stop it.
#[derive(Clone, Copy)]
pub struct CheckWatch<'a> {
    pub progress: &'a (dyn Fn(CheckStep) + Send + Sync),
    pub cancel: &'a CancelToken,
}
