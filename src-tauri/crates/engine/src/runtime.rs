//! The ONNX Runtime library: found, checked, loaded once for the whole process.
//!
//! The binding panics when it is touched before a library is loaded, so nothing else in this crate can be reached
//! without a [`Runtime`] in hand.

use std::ffi::CStr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ort::environment::Environment;

use crate::error::ort_text;
use crate::{EngineError, Provider};

/// The version that the tooling fetches.
pub const PINNED_VERSION: &str = "1.30.0";
/// The C interface that the binding speaks. Security needs 1.28 (older ones read files outside the model's folder through
/// external data); the binding needs this.
const MINOR_VERSION_MIN: u32 = 30;
/// Names the library, or the folder it lies in.
pub const LIBRARY_VARIABLE: &str = "DRYDOCK_ONNXRUNTIME";

#[cfg(target_os = "windows")]
const LIBRARY_NAMES: [&str; 1] = ["onnxruntime.dll"];
#[cfg(target_os = "macos")]
const LIBRARY_NAMES: [&str; 3] = [
    "libonnxruntime.1.dylib",
    "libonnxruntime.dylib",
    "libonnxruntime.1.30.0.dylib",
];
#[cfg(not(any(target_os = "windows", target_os = "macos")))]
const LIBRARY_NAMES: [&str; 3] = [
    "libonnxruntime.so.1",
    "libonnxruntime.so",
    "libonnxruntime.so.1.30.0",
];

#[cfg(target_os = "windows")]
const VERSIONED_PREFIX: &str = "onnxruntime.dll";
#[cfg(target_os = "macos")]
const VERSIONED_PREFIX: &str = "libonnxruntime.";
#[cfg(not(any(target_os = "windows", target_os = "macos")))]
const VERSIONED_PREFIX: &str = "libonnxruntime.so.";

/// The first library wins for as long as the process lives; failed attempts may be repeated.
static LOADED: Mutex<Option<Runtime>> = Mutex::new(None);

/// What this user chose in place of the usual places.
static PREFERRED: Mutex<Option<PathBuf>> = Mutex::new(None);

/// The loaded library. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Runtime(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    environment: Environment,
    library: PathBuf,
    version: String,
    providers: Vec<Provider>,
}

impl Runtime {
    /// Loads ONNX Runtime from `library` (a file or its folder), or else from where it is looked for: the variable
    /// `DRYDOCK_ONNXRUNTIME`, beside the executable, the tool cache. Once loaded, the same runtime is returned for ever.
    ///
    /// # Errors
    /// [`EngineError::NoRuntime`] when none is found, or the one found cannot be used.
    pub fn load(library: Option<&Path>) -> Result<Self, EngineError> {
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = loaded.as_ref() {
            return Ok(runtime.clone());
        }
        let path = find(library)?;
        let version = version_of(&path)?;
        let broken =
            |reason: String| no_runtime(format!("{} cannot be used: {reason}", path.display()));
        let environment = ort::init_from(&path)
            .map_err(|error| broken(error.to_string()))?
            .with_name("drydock")
            .with_telemetry(false)
            .build()
            .map_err(|error| broken(ort_text(&error)))?;
        let providers = Provider::ALL
            .into_iter()
            .filter(|provider| provider.is_compiled_in())
            .collect();
        let runtime = Self(Arc::new(Inner {
            environment,
            library: path,
            version,
            providers,
        }));
        tracing::info!(library = %runtime.library().display(), version = runtime.version(), "ONNX Runtime loaded");
        *loaded = Some(runtime.clone());
        Ok(runtime)
    }

    /// From now on `library`, a file or its folder, is looked for where none is named; [`LIBRARY_VARIABLE`] comes before it.
    /// A runtime that is loaded stays.
    pub fn prefer(library: Option<PathBuf>) {
        *PREFERRED.lock().unwrap_or_else(PoisonError::into_inner) = library;
    }

    /// The file that [`Runtime::load`] would load, without loading it.
    ///
    /// # Errors
    /// [`EngineError::NoRuntime`] when none is found.
    pub fn locate(library: Option<&Path>) -> Result<PathBuf, EngineError> {
        find(library)
    }

    /// ONNX Runtime's file in `folder`; of the wheels, too, which name it by its whole version.
    #[must_use]
    pub fn library_in(folder: &Path) -> Option<PathBuf> {
        if !folder.is_dir() {
            return None;
        }
        library_at(folder).or_else(|| {
            let entries = std::fs::read_dir(folder).ok()?;
            let names = entries
                .flatten()
                .filter_map(|entry| entry.file_name().into_string().ok());
            let mut named: Vec<String> = names
                .filter(|name| name.starts_with(VERSIONED_PREFIX) && !name.contains("providers"))
                .collect();
            named.sort();
            library_at(&folder.join(named.pop()?))
        })
    }

    /// Such as `1.30.0`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.0.version
    }

    #[must_use]
    pub fn library(&self) -> &Path {
        &self.0.library
    }

    /// Providers that this library was built with. Whether one runs on this machine shows only when a model is loaded.
    #[must_use]
    pub fn providers(&self) -> &[Provider] {
        &self.0.providers
    }

    /// The binding's handle, for measurements that go around this crate.
    #[must_use]
    pub fn environment(&self) -> &Environment {
        &self.0.environment
    }
}

fn no_runtime(message: String) -> EngineError {
    EngineError::NoRuntime {
        message,
        hint: format!(
            "`cargo xtask run` fetches ONNX Runtime {PINNED_VERSION}; {LIBRARY_VARIABLE} may name another library."
        ),
    }
}

/// The library's file. A place that was named must hold it; the usual places are tried in order.
fn find(named: Option<&Path>) -> Result<PathBuf, EngineError> {
    let variable = std::env::var_os(LIBRARY_VARIABLE)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from);
    let preferred = PREFERRED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    if let Some(place) = named.map(Path::to_owned).or(variable).or(preferred) {
        return library_at(&place)
            .ok_or_else(|| no_runtime(format!("there is no ONNX Runtime at {}", place.display())));
    }
    let places = usual_places();
    let found = places.iter().find_map(|place| library_at(place));
    found.ok_or_else(|| {
        let places: Vec<String> = places
            .iter()
            .map(|place| place.display().to_string())
            .collect();
        no_runtime(format!(
            "no ONNX Runtime was found; looked in {}",
            places.join(", ")
        ))
    })
}

fn usual_places() -> Vec<PathBuf> {
    let mut places = Vec::new();
    if let Ok(executable) = std::env::current_exe()
        && let Some(folder) = executable.parent()
    {
        places.push(folder.join("../lib/drydock"));
        places.push(folder.to_owned());
    }
    places.extend(cache_folder());
    places
}

/// Where the tooling keeps what it fetched.
fn cache_folder() -> Option<PathBuf> {
    let set = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let cache = if cfg!(target_os = "windows") {
        set("LOCALAPPDATA")
    } else {
        set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")))
    };
    Some(
        cache?
            .join("drydock")
            .join("onnxruntime")
            .join(PINNED_VERSION),
    )
}

fn library_at(place: &Path) -> Option<PathBuf> {
    let file = if place.is_dir() {
        LIBRARY_NAMES
            .iter()
            .map(|name| place.join(name))
            .find(|file| file.is_file())?
    } else {
        place.is_file().then(|| place.to_owned())?
    };
    // The loader searches elsewhere for a path without a folder in it.
    Some(std::fs::canonicalize(&file).unwrap_or(file))
}

/// Asks the library for its version before the binding takes it, so that the refusal can say what would be right.
#[allow(unsafe_code)]
fn version_of(path: &Path) -> Result<String, EngineError> {
    type GetApiBase = unsafe extern "C" fn() -> *const ort::sys::OrtApiBase;
    let refused = |reason: String| {
        no_runtime(format!(
            "{} is not a usable ONNX Runtime: {reason}",
            path.display()
        ))
    };
    // SAFETY: loading a library runs its initialisers. The path was given by the user or found in our own folders, and
    // the same file is about to be loaded for good; the handle is leaked, so nothing is unloaded under later users.
    let library =
        unsafe { libloading::Library::new(path) }.map_err(|error| refused(error.to_string()))?;
    let library: &'static libloading::Library = Box::leak(Box::new(library));
    // SAFETY: OrtGetApiBase has had this signature in every release of ONNX Runtime.
    let version = unsafe {
        let get: libloading::Symbol<'_, GetApiBase> = library
            .get(b"OrtGetApiBase")
            .map_err(|_| refused("it does not export OrtGetApiBase".to_owned()))?;
        let base = get();
        if base.is_null() {
            return Err(refused("it has no interface".to_owned()));
        }
        CStr::from_ptr(((*base).GetVersionString)())
            .to_string_lossy()
            .into_owned()
    };
    let minor = version
        .split('.')
        .nth(1)
        .and_then(|minor| minor.parse::<u32>().ok());
    match (version.starts_with("1."), minor) {
        (true, Some(minor)) if minor >= MINOR_VERSION_MIN => Ok(version),
        _ => Err(refused(format!(
            "it is version {version}, but 1.{MINOR_VERSION_MIN} or newer is needed"
        ))),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_wrong_library_is_refused_with_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let garbage = folder.path().join("garbage.so");
        std::fs::write(&garbage, b"not a library").unwrap();
        let refused = version_of(&garbage).unwrap_err();
        assert!(refused.to_string().contains("garbage.so"), "{refused}");
        assert!(
            refused
                .hint()
                .is_some_and(|hint| hint.contains(LIBRARY_VARIABLE))
        );
        let missing = find(Some(&folder.path().join("missing"))).unwrap_err();
        assert!(
            missing.to_string().contains("there is no ONNX Runtime at"),
            "{missing}"
        );
    }
}
