//! From calls to nodes and operators: what each took of a run, counted once.
//!
//! A node that holds a body (`If`, `Loop`, `Scan`) takes the time of its body's nodes too; its own time is what is left
//! of it. So the own times of all nodes and the time outside of them add up to the run's time.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use specta_typescript::Number;

use super::events::{About, Call, RunEvents};

/// What one node took, over all runs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NodeTotals {
    pub name: String,
    pub op: String,
    pub provider: String,
    /// The node that holds the body in which this one stands, by its place in the list.
    pub within: Option<u32>,
    pub calls: u64,
    /// Own time of each run.
    pub own_us: Vec<u64>,
    pub about: About,
}

impl NodeTotals {
    pub fn total_us(&self) -> u64 {
        self.own_us.iter().sum()
    }
}

/// One bar of the timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct TimelineCall {
    /// Of the report's nodes.
    pub node: u32,
    /// From the beginning of the run.
    #[specta(type = Number)]
    pub start_us: u64,
    #[specta(type = Number)]
    pub duration_us: u64,
    /// 0 in the main graph, 1 in a body of one of its nodes.
    pub depth: u32,
    /// Threads are numbered as they appear.
    pub thread: u32,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Totals {
    /// In the order in which they first ran.
    pub nodes: Vec<NodeTotals>,
    /// Each run's time outside of nodes.
    pub outside_us: Vec<u64>,
    pub run_us: Vec<u64>,
    /// The calls of each run.
    pub timelines: Vec<Vec<TimelineCall>>,
}

impl Totals {
    pub fn of(runs: &[RunEvents]) -> Self {
        let mut totals = Self::default();
        let mut known: HashMap<(Option<u32>, String, String), u32> = HashMap::new();
        for (at, run) in runs.iter().enumerate() {
            totals.add(at, runs.len(), run, &mut known);
        }
        totals
    }

    fn add(
        &mut self,
        at: usize,
        runs: usize,
        run: &RunEvents,
        known: &mut HashMap<(Option<u32>, String, String), u32>,
    ) {
        // The calls under way, by thread: node, end.
        let mut open: HashMap<u64, Vec<(u32, u64)>> = HashMap::new();
        let mut threads: Vec<u64> = Vec::new();
        let mut timeline = Vec::with_capacity(run.calls.len());
        let mut outer_us = 0;
        for call in &run.calls {
            let stack = open.entry(call.thread).or_default();
            // Starts and durations are cut to whole microseconds, so what follows never seems to overlap.
            stack.retain(|(_, end)| call.start_us < *end);
            let within = stack.last().map(|(node, _)| *node);
            let depth = stack.len() as u32;
            let node = self.node(within, runs, call, known);
            stack.push((node, call.start_us + call.duration_us));
            self.count(node, within, at, call);
            if within.is_none() {
                outer_us += call.duration_us;
            }
            if !threads.contains(&call.thread) {
                threads.push(call.thread);
            }
            let thread = threads.iter().position(|known| *known == call.thread);
            timeline.push(TimelineCall {
                node,
                start_us: call.start_us - run.start_us,
                duration_us: call.duration_us,
                depth,
                thread: thread.unwrap_or(0) as u32,
            });
        }
        self.run_us.push(run.duration_us);
        // Where streams run side by side, nodes take more than the run does.
        self.outside_us
            .push(run.duration_us.saturating_sub(outer_us));
        self.timelines.push(timeline);
    }

    fn node(
        &mut self,
        within: Option<u32>,
        runs: usize,
        call: &Call,
        known: &mut HashMap<(Option<u32>, String, String), u32>,
    ) -> u32 {
        let next = self.nodes.len() as u32;
        let key = (within, call.name.clone(), call.op.clone());
        let node = *known.entry(key).or_insert(next);
        if node == next {
            self.nodes.push(NodeTotals {
                name: call.name.clone(),
                op: call.op.clone(),
                provider: call.provider.clone(),
                within,
                calls: 0,
                own_us: vec![0; runs],
                about: call.about.clone(),
            });
        }
        node
    }

    fn count(&mut self, node: u32, within: Option<u32>, run: usize, call: &Call) {
        let counted = &mut self.nodes[node as usize];
        counted.calls += 1;
        counted.own_us[run] += call.duration_us;
        counted.about.pieces = counted.about.pieces.max(call.about.pieces);
        if let Some(holder) = within {
            let own = &mut self.nodes[holder as usize].own_us[run];
            *own = own.saturating_sub(call.duration_us);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::events::tests::two_runs;
    use super::*;

    #[test]
    fn what_a_body_takes_is_counted_once() {
        let totals = Totals::of(&two_runs());
        let own: Vec<(&str, Option<u32>, u64, Vec<u64>)> = totals
            .nodes
            .iter()
            .map(|n| (n.name.as_str(), n.within, n.calls, n.own_us.clone()))
            .collect();
        assert_eq!(
            own,
            [
                ("gemm", None, 2, vec![40, 40]),
                ("if1", None, 2, vec![15, 15]),
                ("abs", Some(1), 2, vec![10, 10]),
                ("Exp_1", Some(1), 2, vec![15, 15]),
            ]
        );
        assert_eq!(
            (&totals.run_us, &totals.outside_us),
            (&vec![110, 110], &vec![30, 30])
        );
        let nodes: u64 = totals.nodes.iter().map(NodeTotals::total_us).sum();
        assert_eq!(nodes + totals.outside_us.iter().sum::<u64>(), 220);
        let depths: Vec<u32> = totals.timelines[0].iter().map(|call| call.depth).collect();
        assert_eq!(depths, [0, 0, 1, 1]);
    }
}
