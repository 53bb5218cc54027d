//! The last part of the way to S3: keys, bucket, an object that is written, looked at and deleted, and whether the bucket is
//! the database's.

use artifacts::{ArtifactError, ArtifactStore, S3Fault, S3FaultKind};

use super::database::Known;
use super::report::{CheckFault, CheckId};
use super::steps::{Bad, Good, Steps};
use crate::error::Result;
use crate::workspace::known::StoragePlace;
use crate::workspace::marker::{self, Belongs};
use crate::workspace::open_team::s3_options;
use crate::workspace::secret::TeamSecrets;

/// Which part an answer of the server is about.
enum Told {
    Keys(Bad),
    Bucket(Bad),
    Permission(Bad),
}

pub(super) async fn check(
    steps: &mut Steps<'_>,
    place: &StoragePlace,
    secrets: &TeamSecrets,
    known: Option<&Known>,
) -> Result<()> {
    // One look at the bucket proves all three: whatever fails names its own part.
    let asked = async {
        match ask(place, secrets).await {
            Some(Told::Keys(bad)) => Err(bad),
            later => Ok(Good::new(
                later,
                "The access key is known, and its signature holds.",
            )),
        }
    };
    let Some(later) = steps.step(CheckId::StorageKeys, asked).await? else {
        return Ok(());
    };
    let bucket = async {
        match later {
            Some(Told::Bucket(bad)) => Err(bad),
            later => Ok(Good::new(
                later,
                format!("The bucket {} is there.", place.bucket),
            )),
        }
    };
    let Some(later) = steps.step(CheckId::StorageBucket, bucket).await? else {
        return Ok(());
    };
    let permitted = async {
        match later {
            Some(Told::Permission(bad) | Told::Keys(bad) | Told::Bucket(bad)) => Err(bad),
            None => Ok(Good::new(
                (),
                "An object was written, looked at and deleted again.",
            )),
        }
    };
    let permitted = steps.step(CheckId::StoragePermission, permitted).await?;
    // Without a database there is nothing to compare with.
    if let (Some(()), Some(known)) = (permitted, known) {
        let compared = belongs(place, secrets, known);
        steps.step(CheckId::StorageWorkspace, compared).await?;
    }
    Ok(())
}

/// Whether this bucket and folder are those of the database's workspace.
async fn belongs(
    place: &StoragePlace,
    secrets: &TeamSecrets,
    known: &Known,
) -> std::result::Result<Good<()>, Bad> {
    let failed = |error: ArtifactError| Bad::new(CheckFault::Other, format!("{error}."));
    let store = ArtifactStore::open_s3(&s3_options(place, secrets)).map_err(failed)?;
    let id = known.id.as_deref();
    let belongs = marker::look(&store, id, &known.sample)
        .await
        .map_err(failed)?;
    if let Some(refusal) = belongs.refusal(&store.address(), id) {
        return Err(Bad::new(CheckFault::OtherWorkspace, refusal));
    }
    let sentence = match (belongs, known.sample.is_empty()) {
        (Belongs::Unmarked, true) => {
            "No workspace has marked this place; connecting marks it as this one's."
        }
        (Belongs::Unmarked, false) => {
            "It holds this workspace's artifacts; connecting marks it as this one's."
        }
        _ => "It is marked as this workspace's.",
    };
    Ok(Good::new((), sentence))
}

/// `None`: everything was allowed.
async fn ask(place: &StoragePlace, secrets: &TeamSecrets) -> Option<Told> {
    let store = match ArtifactStore::open_s3(&s3_options(place, secrets)) {
        Ok(store) => store,
        Err(error) => return Some(told(&error, place)),
    };
    store.check().await.err().map(|error| told(&error, place))
}

fn told(error: &ArtifactError, place: &StoragePlace) -> Told {
    use S3FaultKind as K;
    let ArtifactError::S3(fault) = error else {
        return Told::Permission(Bad::new(CheckFault::Other, format!("{error}.")));
    };
    let bucket = &place.bucket;
    match fault.kind {
        K::BadKey => Told::Keys(Bad::new(
            CheckFault::UnknownKey,
            "The server knows no such access key.",
        )),
        K::BadSignature => Told::Keys(Bad::new(
            CheckFault::WrongSignature,
            "The access key is known, but the secret key does not belong to it.",
        )),
        K::ClockSkew => Told::Keys(Bad::new(
            CheckFault::ClockSkew,
            "The server refuses the time of this machine: set the clock.",
        )),
        K::NoSuchBucket => Told::Bucket(Bad::new(
            CheckFault::BucketMissing,
            format!("There is no bucket named {bucket}. Have it made, or correct the name."),
        )),
        K::NoPermission => Told::Permission(Bad::new(
            CheckFault::NoPermission,
            format!(
                "This access key may not {}{}.",
                fault.doing,
                in_brackets(fault)
            ),
        )),
        K::Rejected => Told::Keys(Bad::new(
            CheckFault::NotAnS3Server,
            format!("The server refused the request{}.", in_brackets(fault)),
        )),
        _ => Told::Permission(Bad::new(CheckFault::Other, format!("{fault}."))),
    }
}

fn in_brackets(fault: &S3Fault) -> String {
    if fault.detail.is_empty() {
        String::new()
    } else {
        format!(" ({})", fault.detail)
    }
}
