//! Which provider runs which node: the runtime's own account, kept when a session is built with
//! [`RECORD_KEY`] set. The binding has no safe cover for these calls yet.

use std::collections::BTreeMap;
use std::ffi::{CStr, c_char};
use std::ptr;

use ort::AsPointer;
use ort::session::Session;
use serde::{Deserialize, Serialize};

use crate::error::ort_text;
use crate::{EngineError, Placement, Provider};

/// The session option that makes the runtime keep its account.
pub(crate) const RECORD_KEY: &str = "session.record_ep_graph_assignment_info";

/// A node of the graph as it was shared out, before the last rewriting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct AssignedNode {
    pub name: String,
    pub op: String,
    pub domain: String,
    /// `cpu`, `cuda`.
    pub provider: String,
}

/// Nodes of the optimised graph for each provider, most first.
pub(crate) fn placements(session: &Session) -> Result<Vec<Placement>, EngineError> {
    Ok(counted(&nodes(session)?))
}

pub(crate) fn counted(nodes: &[AssignedNode]) -> Vec<Placement> {
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for node in nodes {
        *counts.entry(&node.provider).or_default() += 1;
    }
    let mut placements: Vec<Placement> = counts
        .into_iter()
        .map(|(provider, nodes)| Placement {
            provider: provider.to_owned(),
            nodes,
        })
        .collect();
    placements.sort_by_key(|placement| std::cmp::Reverse(placement.nodes));
    placements
}

/// `cpu` for `CPUExecutionProvider`; a name that is not known stays as it is.
pub(crate) fn provider_word(name: &str) -> String {
    name.parse::<Provider>()
        .map_or_else(|_| name.to_owned(), |provider| provider.to_string())
}

/// Every node with the provider that runs it.
#[allow(unsafe_code)]
pub(crate) fn nodes(session: &Session) -> Result<Vec<AssignedNode>, EngineError> {
    let api = ort::api();
    let mut found = Vec::new();
    let mut subgraphs = ptr::null();
    let mut count = 0_usize;
    // SAFETY: the session lives for the whole call; the two results are plain out-parameters. On success the array has
    // `count` entries that the session owns and keeps.
    let subgraphs = unsafe {
        check((api.Session_GetEpGraphAssignmentInfo)(
            session.ptr(),
            &raw mut subgraphs,
            &raw mut count,
        ))?;
        slice(subgraphs, count)
    };
    for &subgraph in subgraphs {
        let mut nodes = ptr::null();
        let mut count = 0_usize;
        // SAFETY: `subgraph` is one of the session's own; its name and nodes belong to it as well.
        let (provider, nodes) = unsafe {
            let provider = text(|out| (api.EpAssignedSubgraph_GetEpName)(subgraph, out))?;
            check((api.EpAssignedSubgraph_GetNodes)(
                subgraph,
                &raw mut nodes,
                &raw mut count,
            ))?;
            (provider_word(&provider), slice(nodes, count))
        };
        for &node in nodes {
            // SAFETY: `node` is one of the session's own, and so is what it is called.
            let node = unsafe {
                AssignedNode {
                    name: text(|out| (api.EpAssignedNode_GetName)(node, out))?,
                    op: text(|out| (api.EpAssignedNode_GetOperatorType)(node, out))?,
                    domain: text(|out| (api.EpAssignedNode_GetDomain)(node, out))?,
                    provider: provider.clone(),
                }
            };
            found.push(node);
        }
    }
    Ok(found)
}

/// SAFETY: `ask` must leave null or a text that ends in zero and outlives this call.
#[allow(unsafe_code)]
unsafe fn text(
    ask: impl FnOnce(*mut *const c_char) -> ort::sys::OrtStatusPtr,
) -> Result<String, EngineError> {
    let mut found: *const c_char = ptr::null();
    // SAFETY: by this function's own condition.
    unsafe {
        check(ask(&raw mut found))?;
        if found.is_null() {
            return Ok("unknown".to_owned());
        }
        Ok(CStr::from_ptr(found).to_string_lossy().into_owned())
    }
}

/// SAFETY: the status must come straight from the runtime; it is released here.
#[allow(unsafe_code)]
pub(crate) unsafe fn check(status: ort::sys::OrtStatusPtr) -> Result<(), EngineError> {
    // SAFETY: by this function's own condition.
    let result: ort::Result<()> = unsafe { ort::Error::result_from_status(status) };
    result.map_err(|error| EngineError::run(ort_text(&error)))
}

/// SAFETY: a pointer that is not null must lead to `count` entries that outlive `'a`.
#[allow(unsafe_code)]
unsafe fn slice<'a, T>(first: *const T, count: usize) -> &'a [T] {
    if first.is_null() || count == 0 {
        return &[];
    }
    // SAFETY: by this function's own condition.
    unsafe { std::slice::from_raw_parts(first, count) }
}
