//! Execution providers: which were asked for, and which really run the nodes.

use std::fmt;
use std::str::FromStr;

use ort::ep::{self, ExecutionProvider, ExecutionProviderDispatch};
use serde::{Deserialize, Serialize};

/// What computes. Written in configuration as `cpu`, `cuda`, `tensorrt`, `directml`, `coreml`, `webgpu`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, specta::Type,
)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    Cpu,
    Cuda,
    TensorRt,
    DirectMl,
    CoreMl,
    WebGpu,
}

impl Provider {
    pub const ALL: [Self; 6] = [
        Self::TensorRt,
        Self::Cuda,
        Self::DirectMl,
        Self::CoreMl,
        Self::WebGpu,
        Self::Cpu,
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Cuda => "cuda",
            Self::TensorRt => "tensorrt",
            Self::DirectMl => "directml",
            Self::CoreMl => "coreml",
            Self::WebGpu => "webgpu",
        }
    }

    /// The runtime's own name for it, such as `CUDAExecutionProvider`.
    #[must_use]
    pub fn runtime_name(self) -> &'static str {
        match self {
            Self::Cpu => ep::CPU::NAME,
            Self::Cuda => ep::CUDA::NAME,
            Self::TensorRt => ep::TensorRT::NAME,
            Self::DirectMl => ep::DirectML::NAME,
            Self::CoreMl => ep::CoreML::NAME,
            Self::WebGpu => ep::WebGPU::NAME,
        }
    }

    /// Whether any of them computes on a graphics card.
    #[must_use]
    pub fn any_gpu(providers: &[Self]) -> bool {
        providers.iter().any(|provider| *provider != Self::Cpu)
    }

    pub(crate) fn is_compiled_in(self) -> bool {
        let available = match self {
            Self::Cpu => Ok(true),
            Self::Cuda => ep::CUDA::is_available(),
            Self::TensorRt => ep::TensorRT::is_available(),
            Self::DirectMl => ep::DirectML::is_available(),
            Self::CoreMl => ep::CoreML::is_available(),
            Self::WebGpu => ep::WebGPU::is_available(),
        };
        available.unwrap_or(false)
    }

    /// Registration that fails aloud; the default would silently leave the nodes to the CPU.
    pub(crate) fn dispatch(self) -> ExecutionProviderDispatch {
        let dispatch = match self {
            Self::Cpu => ep::CPU::default().build(),
            Self::Cuda => ep::CUDA::default().build(),
            Self::TensorRt => ep::TensorRT::default().build(),
            Self::DirectMl => ep::DirectML::default().build(),
            Self::CoreMl => ep::CoreML::default().build(),
            Self::WebGpu => ep::WebGPU::default().build(),
        };
        dispatch.error_on_failure()
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Provider {
    type Err = String;

    /// Case does not matter, and the runtime's own names are understood too.
    fn from_str(text: &str) -> Result<Self, String> {
        let known = |provider: &Self| {
            text.eq_ignore_ascii_case(provider.as_str())
                || text.eq_ignore_ascii_case(provider.runtime_name())
        };
        Self::ALL.into_iter().find(known).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|provider| provider.as_str()).collect();
            format!(
                "unknown execution provider '{text}'; known are {}",
                names.join(", ")
            )
        })
    }
}

/// How many nodes of the optimised graph one provider runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct Placement {
    pub provider: String,
    pub nodes: u32,
}

/// Who was asked, and who really computes: from the runtime's own account of the loaded session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ProviderReport {
    pub requested: Vec<String>,
    pub placements: Vec<Placement>,
    /// The first choice was not the CPU, yet the CPU runs some of the nodes.
    pub fell_back_to_cpu: bool,
}

impl ProviderReport {
    pub(crate) fn new(requested: &[Provider], placements: Vec<Placement>) -> Self {
        let wanted_cpu = requested
            .first()
            .is_none_or(|first| *first == Provider::Cpu);
        let on_cpu = placements
            .iter()
            .any(|placement| placement.provider == Provider::Cpu.as_str());
        Self {
            requested: requested.iter().map(ToString::to_string).collect(),
            placements,
            fell_back_to_cpu: !wanted_cpu && on_cpu,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_either_spelling() {
        assert_eq!("CUDA".parse(), Ok(Provider::Cuda));
        assert_eq!("CPUExecutionProvider".parse(), Ok(Provider::Cpu));
        assert!(
            "gpu"
                .parse::<Provider>()
                .is_err_and(|error| error.contains("directml"))
        );
    }

    #[test]
    fn a_fallback_is_told() {
        let on = |provider: Provider| Placement {
            provider: provider.to_string(),
            nodes: 1,
        };
        let both = vec![on(Provider::Cuda), on(Provider::Cpu)];
        assert!(ProviderReport::new(&[Provider::Cuda, Provider::Cpu], both).fell_back_to_cpu);
        assert!(!ProviderReport::new(&[Provider::Cuda], vec![on(Provider::Cuda)]).fell_back_to_cpu);
        assert!(!ProviderReport::new(&[Provider::Cpu], vec![on(Provider::Cpu)]).fell_back_to_cpu);
    }
}
