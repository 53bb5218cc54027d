//! A folder of ONNX Runtime's libraries, such as the `capi` folder of the `onnxruntime-gpu` wheel: what is in it, and what
//! this machine lacks to use it.
//!
//! [`look`] reads names and sizes and runs nothing. [`probe`] loads the library, for good, so it belongs into a worker that
//! was started with it; there every provider that it was built with is given a model of one node, which is the only proof.

mod needed;

use std::path::{Path, PathBuf};

use ort::session::Session;
use serde::{Deserialize, Serialize};
use specta_typescript::Number;

use crate::error::ort_text;
use crate::nvml::{self, GpuReport};
use crate::session::Extras;
use crate::{EngineError, ModelOptions, Provider, Runtime, session};

/// A library of the folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct PackFile {
    pub name: String,
    #[specta(type = Number)]
    pub size_bytes: u64,
}

/// What lies in a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct PackFolder {
    /// Where the libraries are: the folder that was named, or the `capi` folder beneath it.
    pub folder: PathBuf,
    /// ONNX Runtime itself.
    pub library: PathBuf,
    /// It and its providers, by name.
    pub files: Vec<PackFile>,
}

/// Whether a provider computes on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ProviderCheck {
    pub provider: Provider,
    /// It ran a model of one node, alone.
    pub works: bool,
    /// The runtime's own words where it did not.
    pub problem: Option<String>,
    /// Libraries that it needs and that this machine lacks.
    pub missing: Vec<String>,
    /// What to install for them.
    pub advice: Option<String>,
}

/// What a library turned out to be when it was loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct PackProbe {
    pub version: String,
    pub library: PathBuf,
    /// In the order of preference, the CPU last.
    pub providers: Vec<ProviderCheck>,
    pub gpu: GpuReport,
}

/// Where a wheel keeps its libraries, from the folder that somebody unpacked it into.
const BENEATH: [&str; 3] = ["", "capi", "onnxruntime/capi"];

/// Finds ONNX Runtime's libraries in a folder, and loads none.
///
/// # Errors
/// [`EngineError::Input`] that says what is missing.
pub fn look(folder: &Path) -> Result<PackFolder, EngineError> {
    let wrong = |reason: String| EngineError::input("folder", reason);
    if !folder.is_dir() {
        return Err(wrong(format!("{} is no folder", folder.display())));
    }
    let found = BENEATH.into_iter().find_map(|beneath| {
        let place = folder.join(beneath);
        Some((place.clone(), Runtime::library_in(&place)?))
    });
    let Some((folder, library)) = found else {
        return Err(wrong(format!(
            "{} holds no ONNX Runtime; choose the capi folder of the onnxruntime-gpu wheel, which holds libonnxruntime",
            folder.display()
        )));
    };
    let entries = std::fs::read_dir(&folder).map_err(|error| wrong(error.to_string()))?;
    let mut files: Vec<PackFile> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let is_library = name.contains("onnxruntime") && is_library(&name);
            let size_bytes = is_library
                .then(|| std::fs::metadata(entry.path()).ok())??
                .len();
            Some(PackFile { name, size_bytes })
        })
        .collect();
    files.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(PackFolder {
        folder,
        library,
        files,
    })
}

fn is_library(name: &str) -> bool {
    [".so", ".dll", ".dylib"]
        .iter()
        .any(|end| name.contains(end))
}

/// Says what the loaded library is, and, when asked, which of its providers compute here.
#[must_use]
pub fn probe(runtime: &Runtime, try_providers: bool) -> PackProbe {
    let folder = runtime
        .library()
        .parent()
        .map(Path::to_owned)
        .unwrap_or_default();
    let check = |provider: &Provider| check(runtime, *provider, &folder);
    PackProbe {
        version: runtime.version().to_owned(),
        library: runtime.library().to_owned(),
        providers: if try_providers {
            runtime.providers().iter().map(check).collect()
        } else {
            Vec::new()
        },
        gpu: nvml::read(),
    }
}

fn check(runtime: &Runtime, provider: Provider, folder: &Path) -> ProviderCheck {
    let missing = match provider_library(provider) {
        None => Vec::new(),
        // ONNX Runtime is often built to take a provider whose own library does not come along.
        Some(name) if !folder.join(name).is_file() => vec![name.to_owned()],
        Some(name) => needed::missing(&folder.join(name), folder),
    };
    let problem = try_one_node(runtime, provider).err();
    ProviderCheck {
        provider,
        works: problem.is_none(),
        advice: advice(provider, &missing, problem.is_some()),
        problem,
        missing,
    }
}

/// Loaded by the runtime only when the provider is asked for.
fn provider_library(provider: Provider) -> Option<&'static str> {
    let name = match provider {
        Provider::Cuda => "libonnxruntime_providers_cuda.so",
        Provider::TensorRt => "libonnxruntime_providers_tensorrt.so",
        _ => return None,
    };
    cfg!(target_os = "linux").then_some(name)
}

/// `y = x + x`, which every provider has a kernel for.
fn try_one_node(runtime: &Runtime, provider: Provider) -> Result<(), String> {
    let options = ModelOptions {
        providers: vec![provider],
        ..ModelOptions::default()
    };
    let build = || -> Result<Session, EngineError> {
        session::builder(
            runtime,
            Path::new("a model of one node"),
            &options,
            &Extras::default(),
        )?
        .commit_from_memory(ONE_NODE)
        .map_err(|error| EngineError::run(ort_text(&error)))
    };
    let found = session::guarded(|| {
        let mut session = build()?;
        let x = crate::Tensor::new(vec![4], crate::tensor::Data::Float32(vec![1.0; 4]))?;
        session::run(&mut session, &[("x".to_owned(), x)], None)
    });
    match found {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(panic) => Err(panic),
    }
}

/// An ONNX model (IR 8, opset 13) with one node: Add(x, x) -> y over float32 [4]. Made by `onnx.helper` of PyPI onnx 1.22.0
/// and serialised.
const ONE_NODE: &[u8] = include_bytes!("one_node.onnx");

fn advice(provider: Provider, missing: &[String], failed: bool) -> Option<String> {
    if let Some(own) = missing
        .iter()
        .find(|name| name.contains("onnxruntime_providers"))
    {
        return Some(format!(
            "the folder does not hold {own}; choose the capi folder of the onnxruntime-gpu wheel"
        ));
    }
    let lacks = |part: &str| missing.iter().any(|name| name.starts_with(part));
    let mut parts: Vec<&str> = Vec::new();
    if lacks("libcuda.so") {
        parts.push("the NVIDIA driver");
    }
    if lacks("libcudart") || lacks("libcublas") || lacks("libcurand") || lacks("libcufft") {
        parts.push("the CUDA toolkit's run-time libraries");
    }
    if lacks("libcudnn") {
        parts.push("cuDNN");
    }
    if lacks("libnvinfer") || lacks("libnvonnxparser") {
        parts.push("TensorRT");
    }
    if !parts.is_empty() {
        let versions: Vec<&str> = missing.iter().map(String::as_str).collect();
        return Some(format!(
            "install {} in the versions that {} name, and let LD_LIBRARY_PATH lead there",
            parts.join(", "),
            versions.join(", ")
        ));
    }
    (failed && matches!(provider, Provider::Cuda | Provider::TensorRt)).then(|| {
        "the library was built with it, but it found no device that it can use here".to_owned()
    })
}
