//! Which provider runs which node: the runtime's own account, kept when a session is built with
//! [`RECORD_KEY`] set. The binding has no safe cover for these calls yet.

use std::collections::BTreeMap;
use std::ffi::{CStr, c_char};
use std::ptr;

use ort::AsPointer;
use ort::session::Session;

use crate::error::ort_text;
use crate::{EngineError, Placement, Provider};

/// The session option that makes the runtime keep its account.
pub(crate) const RECORD_KEY: &str = "session.record_ep_graph_assignment_info";

/// Nodes of the optimised graph for each provider, most first.
#[allow(unsafe_code)]
pub(crate) fn placements(session: &Session) -> Result<Vec<Placement>, EngineError> {
    let api = ort::api();
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
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
        let mut name: *const c_char = ptr::null();
        let mut nodes = ptr::null();
        let mut count = 0_usize;
        // SAFETY: `subgraph` is one of the session's own; name and nodes belong to it as well.
        let name = unsafe {
            check((api.EpAssignedSubgraph_GetEpName)(subgraph, &raw mut name))?;
            check((api.EpAssignedSubgraph_GetNodes)(
                subgraph,
                &raw mut nodes,
                &raw mut count,
            ))?;
            if name.is_null() {
                "unknown".into()
            } else {
                CStr::from_ptr(name).to_string_lossy()
            }
        };
        let provider = name
            .parse::<Provider>()
            .map_or_else(|_| name.to_string(), |provider| provider.to_string());
        *counts.entry(provider).or_default() += u32::try_from(count).unwrap_or(u32::MAX);
    }
    let mut placements: Vec<Placement> = counts
        .into_iter()
        .map(|(provider, nodes)| Placement { provider, nodes })
        .collect();
    placements.sort_by_key(|placement| std::cmp::Reverse(placement.nodes));
    Ok(placements)
}

/// SAFETY: the status must come straight from the runtime; it is released here.
#[allow(unsafe_code)]
unsafe fn check(status: ort::sys::OrtStatusPtr) -> Result<(), EngineError> {
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
