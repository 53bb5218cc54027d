//! A model cut down to what leads to one ensemble, loaded.

use std::path::Path;

use onnx::proto::ModelProto;
use onnx::trees::{EnsemblePlace, Probe, probe};
use ort::session::Session;

use super::unread;
use crate::signature::Signature;
use crate::{CancelToken, EngineError, ModelOptions, Runtime, Tensor, session};

/// With one thread: with more, the runtime adds many trees in pieces.
pub struct Probed {
    pub probe: Probe,
    pub signature: Signature,
    session: Session,
}

impl Probed {
    pub fn open(
        runtime: &Runtime,
        path: &Path,
        model: &ModelProto,
        place: &EnsemblePlace,
    ) -> Result<Self, EngineError> {
        let probe = probe(model, place).map_err(|error| unread(&error))?;
        let probe = probe.ok_or_else(|| {
            unread(&"the ensemble stands inside another node, and no row can be given to it there")
        })?;
        let bytes = onnx::write::to_bytes(&probe.model);
        let session = session::build_from(runtime, path, &bytes, &ModelOptions::default())?;
        Ok(Self {
            signature: session::signature(&session),
            probe,
            session,
        })
    }

    /// The ensemble's own input, where it is none of the model's, and its outputs.
    pub fn run(
        &mut self,
        given: &[(String, Tensor)],
        cancel: &CancelToken,
    ) -> Result<Vec<(String, Tensor)>, EngineError> {
        for (name, tensor) in given {
            let port = self.signature.inputs.iter().find(|port| port.name == *name);
            port.map_or(Ok(()), |port| port.accept(tensor))?;
        }
        session::run(&mut self.session, given, Some(cancel))
    }
}
