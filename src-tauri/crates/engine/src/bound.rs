//! Runs whose inputs and outputs are bound to the session beforehand: what a caller that sends the same buffers again and
//! again pays.

use std::fmt::{self, Debug};
use std::panic::AssertUnwindSafe;

use ort::memory::{AllocationDevice, AllocatorType, MemoryInfo, MemoryType};
use ort::session::IoBinding;
use ort::value::{DynValue, PrimitiveTensorElementType, Tensor as OrtTensor};

use crate::error::ort_text;
use crate::model::Lease;
use crate::session::guarded;
use crate::tensor::{Data, Tensor};
use crate::{CachedModel, CancelToken, EngineError, value};

/// One session of a model, bound to inputs and to memory for its outputs; the session is free again when this is dropped.
pub struct BoundRun<'a> {
    lease: Lease<'a>,
    binding: IoBinding,
}

impl fmt::Debug for BoundRun<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BoundRun")
    }
}

impl CachedModel {
    /// Binds `inputs`, which are copied to where the session wants them, and every output to memory of the processor.
    ///
    /// # Errors
    /// As [`CachedModel::run`].
    pub fn bind(
        &self,
        inputs: &[(String, Tensor)],
        cancel: Option<&CancelToken>,
    ) -> Result<BoundRun<'_>, EngineError> {
        self.accept(inputs)?;
        let lease = self.lease(cancel)?;
        let failed = |error: ort::Error| EngineError::run(ort_text(&error));
        let mut binding = lease.create_binding().map_err(failed)?;
        for (name, tensor) in inputs {
            // Owned: the binding of the runtime clones a borrowed value through a session of its own, under a lock that it
            // then waits for.
            let value = owned(tensor)?;
            binding.bind_input(name, &value).map_err(failed)?;
        }
        let memory = MemoryInfo::new(
            AllocationDevice::CPU,
            0,
            AllocatorType::Device,
            MemoryType::CPUOutput,
        )
        .map_err(failed)?;
        for port in &self.signature().outputs {
            let bound = binding.bind_output_to_device(&port.name, &memory);
            bound.map_err(failed)?;
        }
        Ok(BoundRun { lease, binding })
    }
}

impl BoundRun<'_> {
    /// Runs once; the outputs stay in the memory they are bound to.
    ///
    /// # Errors
    /// [`EngineError::Cancelled`] when stopped, [`EngineError::Run`] when the runtime fails.
    pub fn run(&mut self, cancel: Option<&CancelToken>) -> Result<(), EngineError> {
        self.outputs(cancel, |_| Ok(()))
    }

    /// Runs once and copies the outputs out.
    ///
    /// # Errors
    /// As [`BoundRun::run`].
    pub fn run_and_read(
        &mut self,
        cancel: Option<&CancelToken>,
    ) -> Result<Vec<(String, Tensor)>, EngineError> {
        self.outputs(cancel, |outputs| {
            let mut results = Vec::new();
            for (name, output) in outputs {
                value::output(name, output, &mut results)?;
            }
            Ok(results)
        })
    }

    fn outputs<T>(
        &mut self,
        cancel: Option<&CancelToken>,
        read: impl FnOnce(ort::session::SessionOutputs<'_>) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        let cancellable = cancel.map(CancelToken::begin).transpose()?;
        let (session, binding) = (&mut *self.lease, &self.binding);
        let work = AssertUnwindSafe(|| {
            let outputs = match &cancellable {
                Some(run) => session.run_binding_with_options(binding, run.options()),
                None => session.run_binding(binding),
            };
            read(outputs.map_err(|error| EngineError::run(ort_text(&error)))?)
        });
        let result = guarded(work)
            .unwrap_or_else(|panic| Err(EngineError::run(format!("the binding gave up: {panic}"))));
        match cancel {
            Some(token) if result.is_err() && token.is_cancelled() => Err(EngineError::Cancelled),
            _ => result,
        }
    }
}

/// A copy of `tensor` that the runtime keeps.
fn owned(tensor: &Tensor) -> Result<DynValue, EngineError> {
    fn copy<T>(tensor: &Tensor, items: &[T]) -> ort::Result<DynValue>
    where
        T: PrimitiveTensorElementType + Debug + Clone + 'static,
    {
        let array = OrtTensor::from_array((tensor.shape().to_vec(), items.to_vec()));
        Ok(array?.into_dyn())
    }
    let value = match tensor.data() {
        Data::Bool(items) => copy(tensor, items),
        Data::Int8(items) => copy(tensor, items),
        Data::Int16(items) => copy(tensor, items),
        Data::Int32(items) => copy(tensor, items),
        Data::Int64(items) => copy(tensor, items),
        Data::Uint8(items) => copy(tensor, items),
        Data::Uint16(items) => copy(tensor, items),
        Data::Uint32(items) => copy(tensor, items),
        Data::Uint64(items) => copy(tensor, items),
        Data::Float16(items) => copy(tensor, items),
        Data::BFloat16(items) => copy(tensor, items),
        Data::Float32(items) => copy(tensor, items),
        Data::Float64(items) => copy(tensor, items),
        Data::String(items) => OrtTensor::from_string_array((tensor.shape(), items.as_slice()))
            .map(OrtTensor::into_dyn),
    };
    value.map_err(|error| EngineError::run(ort_text(&error)))
}
