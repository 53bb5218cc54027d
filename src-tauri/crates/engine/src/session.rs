//! One session of the runtime: built with every fallback made loud, run with every panic caught.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use ort::logging::LogLevel;
use ort::session::builder::{AutoDevicePolicy, GraphOptimizationLevel, SessionBuilder};
use ort::session::{Session, SessionInputValue};
use ort::value::DynValue;

use crate::error::ort_text;
use crate::options::{ModelOptions, Optimisation};
use crate::signature::{Port, Signature};
use crate::tensor::Tensor;
use crate::values::{self, Value};
use crate::{CancelToken, EngineError, Provider, Runtime, assignment, value};

/// Builds a session. The file must have passed `onnx::open`.
pub(crate) fn build(
    runtime: &Runtime,
    path: &Path,
    options: &ModelOptions,
) -> Result<Session, EngineError> {
    build_with(runtime, path, options, &Extras::default())
}

/// What a session writes besides computing.
#[derive(Debug, Default)]
pub(crate) struct Extras {
    /// The beginning of the name of a profile, which the end of profiling completes.
    pub profile: Option<PathBuf>,
    /// The graph as the runtime rewrote it.
    pub rewritten: Option<PathBuf>,
}

pub(crate) fn build_with(
    runtime: &Runtime,
    path: &Path,
    options: &ModelOptions,
    extras: &Extras,
) -> Result<Session, EngineError> {
    guarded(|| build_unguarded(runtime, path, options, extras)).unwrap_or_else(|panic| {
        Err(EngineError::Load {
            path: path.to_owned(),
            reason: format!("the binding gave up: {panic}"),
        })
    })
}

/// As [`build`], from a model in memory that was made of the one at `path`.
pub(crate) fn build_from(
    runtime: &Runtime,
    path: &Path,
    bytes: &[u8],
    options: &ModelOptions,
) -> Result<Session, EngineError> {
    let refused = |reason: String| EngineError::Load {
        path: path.to_owned(),
        reason,
    };
    let built = guarded(|| base(runtime, options)?.commit_from_memory(bytes));
    built
        .map_err(|panic| refused(format!("the binding gave up: {panic}")))?
        .map_err(|error| refused(ort_text(&error)))
}

/// Where external weights are looked for when a model does not come from its file.
const EXTERNAL_FOLDER_KEY: &str = "session.model_external_initializers_file_folder_path";

/// As [`build_from`], on the providers that are asked for, and with the external weights of the one at `path`.
pub(crate) fn build_beside(
    runtime: &Runtime,
    path: &Path,
    bytes: &[u8],
    options: &ModelOptions,
) -> Result<Session, EngineError> {
    let refused = |reason: String| EngineError::Load {
        path: path.to_owned(),
        reason,
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    let built = guarded(|| {
        builder(runtime, path, options, &Extras::default())?
            .with_config_entry(EXTERNAL_FOLDER_KEY, folder.to_string_lossy())
            .map_err(|error| refused(ort_text(&error)))?
            .commit_from_memory(bytes)
            .map_err(|error| refused(ort_text(&error)))
    });
    built.map_err(|panic| refused(format!("the binding gave up: {panic}")))?
}

fn build_unguarded(
    runtime: &Runtime,
    path: &Path,
    options: &ModelOptions,
    extras: &Extras,
) -> Result<Session, EngineError> {
    let mut builder = builder(runtime, path, options, extras)?;
    let built = builder.commit_from_file(path);
    built.map_err(|error| EngineError::Load {
        path: path.to_owned(),
        reason: ort_text(&error),
    })
}

/// Everything but the model; `path` names it in errors.
pub(crate) fn builder(
    runtime: &Runtime,
    path: &Path,
    options: &ModelOptions,
    extras: &Extras,
) -> Result<SessionBuilder, EngineError> {
    let refused = |reason: String| EngineError::Load {
        path: path.to_owned(),
        reason,
    };
    let mut builder = base(runtime, options).map_err(|error| refused(ort_text(&error)))?;
    if !options.providers.contains(&Provider::Cpu) {
        builder = builder
            .with_disable_cpu_fallback()
            .map_err(|error| refused(ort_text(&error)))?;
    }
    if let Some(profile) = &extras.profile {
        builder = builder
            .with_profiling(profile)
            .map_err(|error| refused(ort_text(&error)))?;
    }
    if let Some(rewritten) = &extras.rewritten {
        builder = builder
            .with_optimized_model_path(rewritten)
            .map_err(|error| refused(ort_text(&error)))?
            // Told as a warning that the file suits this machine only; it is read here and thrown away.
            .with_log_level(LogLevel::Error)
            .map_err(|error| refused(ort_text(&error)))?;
    }
    if options.providers.contains(&Provider::DirectMl) {
        // DirectML refuses sessions with memory patterns.
        builder = builder
            .with_memory_pattern(false)
            .map_err(|error| refused(ort_text(&error)))?;
    }
    for provider in options
        .providers
        .iter()
        .filter(|provider| **provider != Provider::Cpu)
    {
        builder = builder
            .with_execution_providers([provider.dispatch()])
            .map_err(|error| EngineError::Provider {
                provider: provider.to_string(),
                reason: ort_text(&error),
            })?;
    }
    Ok(builder)
}

/// What every session has, whoever computes.
fn base(runtime: &Runtime, options: &ModelOptions) -> ort::Result<SessionBuilder> {
    let builder = Session::builder(runtime.environment())?
        // The binding's default policy may pick an NPU or CoreML by itself.
        .with_auto_device(AutoDevicePolicy::PreferCPU)?
        .with_optimization_level(level(options.optimisation))?
        .with_intra_threads(options.threads)?
        .with_config_entry(assignment::RECORD_KEY, "1")?;
    Ok(builder)
}

fn level(optimisation: Optimisation) -> GraphOptimizationLevel {
    match optimisation {
        Optimisation::Off => GraphOptimizationLevel::Disable,
        Optimisation::Basic => GraphOptimizationLevel::Level1,
        Optimisation::Extended => GraphOptimizationLevel::Level2,
        Optimisation::All => GraphOptimizationLevel::All,
    }
}

pub(crate) fn signature(session: &Session) -> Signature {
    Signature {
        inputs: session.inputs().iter().map(Port::from_outlet).collect(),
        outputs: session.outputs().iter().map(Port::from_outlet).collect(),
    }
}

/// Runs once. The inputs must have been accepted by the signature.
pub(crate) fn run(
    session: &mut Session,
    inputs: &[(String, Tensor)],
    cancel: Option<&CancelToken>,
) -> Result<Vec<(String, Tensor)>, EngineError> {
    told(cancel, || {
        let mut given = Vec::with_capacity(inputs.len());
        for (name, tensor) in inputs {
            given.push((Cow::Borrowed(name.as_str()), value::input(tensor)?));
        }
        let mut results = Vec::new();
        each_output(session, &given, cancel, |name, output| {
            value::output(name, output, &mut results)
        })?;
        Ok(results)
    })
}

/// Runs once, with values of any kind.
pub(crate) fn run_values(
    session: &mut Session,
    inputs: &[(String, Value)],
    cancel: Option<&CancelToken>,
) -> Result<Vec<(String, Value)>, EngineError> {
    told(cancel, || {
        let mut given = Vec::with_capacity(inputs.len());
        for (name, value) in inputs {
            given.push((Cow::Borrowed(name.as_str()), values::give(name, value)?));
        }
        let mut results = Vec::new();
        each_output(session, &given, cancel, |name, output| {
            results.push((name.to_owned(), values::take(name, output)?));
            Ok(())
        })?;
        Ok(results)
    })
}

fn told<T>(
    cancel: Option<&CancelToken>,
    run: impl FnOnce() -> Result<T, EngineError>,
) -> Result<T, EngineError> {
    let result = guarded(run)
        .unwrap_or_else(|panic| Err(EngineError::run(format!("the binding gave up: {panic}"))));
    match cancel {
        // The runtime reports a terminated run as a failure like any other.
        Some(token) if result.is_err() && token.is_cancelled() => Err(EngineError::Cancelled),
        _ => result,
    }
}

fn each_output(
    session: &mut Session,
    given: &[(Cow<'_, str>, SessionInputValue<'_>)],
    cancel: Option<&CancelToken>,
    mut each: impl FnMut(&str, DynValue) -> Result<(), EngineError>,
) -> Result<(), EngineError> {
    let failed = |error: ort::Error| EngineError::run(ort_text(&error));
    let cancellable = cancel.map(CancelToken::begin).transpose()?;
    // Outputs may share the memory of inputs (the items of a sequence do), and the binding drops inputs after a run: they
    // are lent to it and live on here until the outputs have been copied.
    let lent: Vec<(&str, SessionInputValue<'_>)> = given
        .iter()
        .map(|(name, value)| (name.as_ref(), value.view().into()))
        .collect();
    let outputs = match &cancellable {
        Some(run) => session.run_with_options(lent, run.options()),
        None => session.run(lent),
    };
    for (name, output) in outputs.map_err(failed)? {
        each(name, output)?;
    }
    Ok(())
}

/// The binding panics on types it does not know (opaque, nested sequences). A model must not take the program with it.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        text.or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("no reason given")
            .to_owned()
    })
}

/// A session that is loaded to be asked, not to run.
pub(crate) fn bare(
    runtime: &Runtime,
    level: GraphOptimizationLevel,
) -> ort::Result<SessionBuilder> {
    let builder = Session::builder(runtime.environment())?
        .with_auto_device(AutoDevicePolicy::PreferCPU)?
        .with_optimization_level(level)?
        .with_intra_threads(1)?;
    Ok(builder)
}
