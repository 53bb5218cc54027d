//! Running the gates: on a registered version, whose evidence is kept, or on a file on disk.

use std::path::{Path, PathBuf};

use domain::gates::{Against, Fact, Facts, GraphFact, judge, verdict};
use domain::registry::Stage;
use engine::Fingerprint;
use store::registry as rows;

use super::chosen::{ChosenGateFile, of_model};
use super::evidence::{Evidence, EvidenceSubject, FORMAT, GateReport};
use super::hands::Hands;
use super::kept::keep;
use super::measure;
use super::walk::Walk;
use super::watch::{Step, Watch};
use crate::error::{Result, ServiceError};
use crate::models::{MaterialisedModel, SEED, materialise, materialise_to_look};
use crate::registry::{VersionInput, get_version_row};
use crate::{ChangeKind, Clock, Context};

/// What the gates found, and the verified files they found it of.
pub(crate) struct Gated {
    pub evidence: Evidence,
    pub files: Option<MaterialisedModel>,
}

/// The version that a comparison is with.
pub(super) enum Opponent<'a> {
    /// Another version of the same model.
    Of {
        ctx: &'a Context,
        input: &'a VersionInput,
        instead: Option<i64>,
    },
    /// Another file, or none.
    File(Option<&'a Path>),
}

/// Runs the gates that hold for the model and keeps the evidence; changes nothing else.
pub async fn check_gates(
    ctx: &Context,
    hands: &Hands,
    input: VersionInput,
    watch: Watch<'_>,
) -> Result<GateReport> {
    Ok(check_version(ctx, hands, input, None, None, watch)
        .await?
        .report())
}

/// The same with another gate file, or against another version than the gate file names. Only what the registry's own
/// gate file asked is kept: other evidence would pass for it.
pub async fn check_version(
    ctx: &Context,
    hands: &Hands,
    input: VersionInput,
    file: Option<ChosenGateFile>,
    against: Option<i64>,
    watch: Watch<'_>,
) -> Result<Evidence> {
    let is_own = file.is_none() && against.is_none();
    let gated = run_with(ctx, hands, &input, file, against, watch).await?;
    if is_own {
        let mut tx = ctx.store.begin().await?;
        keep(&mut tx, &gated.evidence).await?;
        tx.commit().await?;
        ctx.publish([ChangeKind::Models.of(&input.name)]);
    }
    Ok(gated.evidence)
}

pub(crate) async fn run_on_version(
    ctx: &Context,
    hands: &Hands,
    input: &VersionInput,
    watch: Watch<'_>,
) -> Result<Gated> {
    run_with(ctx, hands, input, None, None, watch).await
}

async fn run_with(
    ctx: &Context,
    hands: &Hands,
    input: &VersionInput,
    file: Option<ChosenGateFile>,
    instead: Option<i64>,
    watch: Watch<'_>,
) -> Result<Gated> {
    let started_at_ms = ctx.now_ms();
    // A version that is not there is a wrong question, not a failed gate.
    let registered = get_version_row(ctx, &input.name, input.version).await?;
    let chosen = match file {
        Some(file) => file,
        None => of_model(ctx, &input.name).await?,
    };
    let mut walk = Walk::new(&chosen, hands, watch);
    watch.running(Step::Fetch, "copying files into the model cache");
    let mut subject = EvidenceSubject {
        model: input.name.clone(),
        version: Some(input.version),
        digest: registered.digest.unwrap_or_default(),
        files: Vec::new(),
    };
    let files = match materialise(ctx, &input.name, input.version).await {
        Ok(files) => {
            subject.digest.clone_from(&files.digest);
            subject.files.clone_from(&files.files);
            walk.fetched(files.files.len());
            let opponent = Opponent::Of {
                ctx,
                input,
                instead,
            };
            walk.run(&files, true, &opponent).await?;
            Some(files)
        }
        Err(ServiceError::State { message } | ServiceError::NotFound { message }) => {
            walk.facts.files = Fact::Failed(message);
            walk.refused();
            None
        }
        Err(other) => return Err(other),
    };
    let at = Taken {
        started_at_ms,
        took_ms: ctx.now_ms() - started_at_ms,
        fingerprint: engine::fingerprint::collect(walk.runtime_version.as_deref()),
    };
    let evidence = evidence(subject, &chosen, walk.facts, at);
    Ok(Gated { evidence, files })
}

/// A file on disk, the gate file to hold it to, and the file to compare it with.
#[derive(Debug, Clone)]
pub struct FileGates {
    pub model: PathBuf,
    pub file: Option<ChosenGateFile>,
    pub against: Option<PathBuf>,
}

/// Runs the gates on a file, for which no workspace need be open. An `input_example.json` and an `expected_output.json`
/// beside it are used as they would be in the registry.
pub async fn check_file(
    hands: &Hands,
    input: FileGates,
    clock: &Clock,
    watch: Watch<'_>,
) -> Result<Evidence> {
    let started_at_ms = clock.now_ms();
    let chosen = match input.file {
        Some(file) => file,
        None => ChosenGateFile::by_default()?,
    };
    watch.running(Step::Fetch, "reading the file");
    let path = std::path::absolute(&input.model).unwrap_or_else(|_| input.model.clone());
    let files = MaterialisedModel::beside(path).await?;
    let mut walk = Walk::new(&chosen, hands, watch);
    walk.fetched(files.files.len());
    let opponent = Opponent::File(input.against.as_deref());
    walk.run(&files, false, &opponent).await?;
    let name = input.model.file_name().unwrap_or_default();
    let subject = EvidenceSubject {
        model: name.to_string_lossy().into_owned(),
        version: None,
        digest: files.digest.clone(),
        files: files.files.clone(),
    };
    let at = Taken {
        started_at_ms,
        took_ms: clock.now_ms() - started_at_ms,
        fingerprint: engine::fingerprint::collect(walk.runtime_version.as_deref()),
    };
    Ok(evidence(subject, &chosen, walk.facts, at))
}

/// When and where the facts were found.
struct Taken {
    started_at_ms: i64,
    took_ms: i64,
    fingerprint: Fingerprint,
}

fn evidence(
    subject: EvidenceSubject,
    chosen: &ChosenGateFile,
    facts: Facts,
    at: Taken,
) -> Evidence {
    let checks = judge(&chosen.file, &facts);
    Evidence {
        format: FORMAT,
        report_id: uuid::Uuid::now_v7().to_string(),
        subject,
        verdict: verdict(&checks),
        checks,
        facts,
        gate_file: chosen.about.clone(),
        gate_file_text: chosen.text.clone(),
        seed: SEED,
        fingerprint: at.fingerprint,
        drydock: env!("CARGO_PKG_VERSION").to_owned(),
        started_at_ms: at.started_at_ms,
        took_ms: at.took_ms,
    }
}

impl Opponent<'_> {
    /// The number of the version that is meant and what to call it, or why there is none.
    async fn version(
        &self,
        against: Against,
    ) -> Result<std::result::Result<(i64, String), String>> {
        let Self::Of {
            ctx,
            input,
            instead,
        } = self
        else {
            return Ok(Err(
                "a file on disk has no other versions; name another file to compare with"
                    .to_owned(),
            ));
        };
        let meant = match (*instead, against) {
            (Some(version), _) | (None, Against::Version(version)) => Against::Version(version),
            (None, Against::Production) => Against::Production,
        };
        match meant {
            Against::Version(version) => {
                get_version_row(ctx, &input.name, version).await?;
                Ok(Ok((version, format!("v{version}"))))
            }
            Against::Production => {
                let versions = rows::versions(ctx.store.pool(), Some(&input.name)).await?;
                let standing = versions.iter().find(|row| row.stage.0 == Stage::Production);
                Ok(standing
                    .map(|row| (row.version, format!("v{}, Production", row.version)))
                    .ok_or_else(|| "no version stands in Production".to_owned()))
            }
        }
    }

    /// The verified files of the other version and what to call it, or why there are none.
    pub async fn files(
        &self,
        against: Against,
    ) -> Result<std::result::Result<(MaterialisedModel, String), String>> {
        if let Self::File(Some(path)) = self {
            let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
            let called = path.display().to_string();
            return Ok(Ok((MaterialisedModel::beside(path).await?, called)));
        }
        let meant = self.version(against).await?;
        match (self, meant) {
            (Self::Of { ctx, input, .. }, Ok((version, called))) => {
                Ok(Ok((materialise(ctx, &input.name, version).await?, called)))
            }
            (_, Err(reason)) => Ok(Err(reason)),
            (Self::File(_), Ok(_)) => Ok(Err("there is no other version".to_owned())),
        }
    }

    /// The signature of the other version.
    pub async fn graph(&self, against: Against) -> Result<Fact<GraphFact>> {
        if let Self::File(Some(path)) = self {
            let called = path.display().to_string();
            return Ok(measure::graph_of(path.to_path_buf(), Some(called)).await);
        }
        match (self, self.version(against).await?) {
            (_, Err(reason)) => Ok(Fact::Missing(reason)),
            (Self::Of { ctx, input, .. }, Ok((version, called))) => {
                let files = materialise_to_look(ctx, &input.name, version).await?;
                Ok(measure::graph_of(files.onnx_path, Some(called)).await)
            }
            (Self::File(_), Ok(_)) => Ok(Fact::NotReached),
        }
    }
}
