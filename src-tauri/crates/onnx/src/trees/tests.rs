#![allow(clippy::unwrap_used)]

use super::*;
use crate::fixtures::{Forest, forest};
use crate::proto::{AttributeProto, ModelProto};

fn grown(change: impl Fn(&mut Forest)) -> ModelProto {
    let mut wanted = Forest::default();
    change(&mut wanted);
    forest(&wanted)
}

/// The sentence with which an ensemble is refused after a change to one of its attributes.
fn refusal(model: &ModelProto, name: &str, change: impl Fn(&mut AttributeProto)) -> String {
    let mut model = model.clone();
    let node = &mut model.graph.as_mut().unwrap().node[0];
    change(
        node.attribute
            .iter_mut()
            .find(|attribute| attribute.name() == name)
            .unwrap(),
    );
    Ensemble::read(&model, &find(&model)[0])
        .unwrap_err()
        .to_string()
}

#[test]
fn what_no_row_could_be_followed_through_is_refused_by_name() {
    let model = grown(|_| {});
    let at = |name: &'static str, found: String, wanted: &str| {
        assert!(found.contains(wanted), "{name}: {found}");
        assert!(
            found.starts_with("TreeEnsembleRegressor 'TreeEnsembleRegressor_y': "),
            "{found}"
        );
    };
    let refused = |name: &'static str, wanted: &str, change: &dyn Fn(&mut AttributeProto)| {
        at(name, refusal(&model, name, change), wanted);
    };
    refused(
        "nodes_values",
        "has 1 entries where 'nodes_treeids' has",
        &|a| a.floats.truncate(1),
    );
    refused(
        "nodes_truenodeids",
        "true branch of node 0 of tree 0 leads to node 999",
        &|a| {
            a.ints[0] = 999;
        },
    );
    refused(
        "nodes_falsenodeids",
        "node 0 of tree 0 lies on a circle",
        &|a| a.ints[0] = 0,
    );
    refused(
        "nodes_modes",
        "has mode 'BRANCH_ALMOST'; known are BRANCH_LEQ",
        &|a| {
            a.strings[0] = "BRANCH_ALMOST".into();
        },
    );
    refused("nodes_nodeids", "node 0 of tree 0 is given twice", &|a| {
        a.ints[1] = 0;
    });
    refused("nodes_treeids", "stand in two places", &|a| {
        let last = a.ints.len() - 1;
        a.ints[last] = 0;
    });
    refused("nodes_featureids", "tests feature -1", &|a| a.ints[0] = -1);
    refused(
        "target_ids",
        "adds to target 7, but the ensemble has 1",
        &|a| a.ints[0] = 7,
    );
    refused("target_nodeids", "which the ensemble does not have", &|a| {
        a.ints[0] = 4000;
    });
    refused("aggregate_function", "'MEDIAN'; known are SUM", &|a| {
        a.s = Some("MEDIAN".into());
    });
    refused("post_transform", "'SIGMOID'; known are NONE", &|a| {
        a.s = Some("SIGMOID".into());
    });
    let five = grown(|wanted| wanted.op = "TreeEnsemble");
    for (name, wanted) in [
        ("nodes_truenodeids", "true branch"),
        ("tree_roots", "root branch"),
    ] {
        let found = refusal(&five, name, |attribute| attribute.ints[0] = 4000);
        assert!(found.contains(wanted) && found.contains("4000"), "{found}");
    }
}

#[test]
fn a_summary_counts_what_the_trees_have() {
    let model = grown(|wanted| {
        wanted.trees = 9;
        wanted.missing = true;
    });
    let place = find(&model).remove(0);
    let told = summary(&model, &place).unwrap();
    let ensemble = Ensemble::read(&model, &place).unwrap();
    assert_eq!(
        (told.trees.len(), told.targets, told.input_type.as_str()),
        (9, 1, "float32 [N, 5]")
    );
    assert!(told.takes_model_input && !told.has_hit_rates);
    // Each tree of one root has one leaf more than splits.
    assert_eq!(told.leaves, told.splits + 9);
    assert_eq!(told.splits, ensemble.splits().count() as u64);
    assert_eq!(
        told.features
            .iter()
            .map(|used| u64::from(used.splits))
            .sum::<u64>(),
        told.splits
    );
    for (at, line) in told.trees.iter().enumerate() {
        let view = ensemble.view(at as u32).unwrap();
        assert_eq!(view.nodes.len() as u32, line.splits + line.leaves);
        assert_eq!(
            view.nodes.iter().map(|node| node.depth).max(),
            Some(line.depth)
        );
        for (place, node) in view.nodes.iter().enumerate() {
            let children = [node.yes, node.no];
            assert!(
                children
                    .into_iter()
                    .flatten()
                    .all(|child| child as usize > place)
            );
            assert_eq!(
                node.feature.is_some(),
                node.yes.is_some() && node.no.is_some()
            );
            assert_eq!(node.votes.is_empty(), node.feature.is_some());
        }
    }
    assert_eq!(ensemble.view(9), None);
}

#[test]
fn rows_that_are_counted_go_the_way_of_rows_that_are_followed() {
    let model = grown(|wanted| wanted.trees = 3);
    let ensemble = Ensemble::read(&model, &find(&model)[0]).unwrap();
    let rows: Vec<f32> = (0..40).map(|at| at as f32 / 10.0 - 2.0).collect();
    let mut visits = vec![0; ensemble.nodes.len()];
    ensemble.count_visits(&rows, 5, &mut visits).unwrap();
    let mut expected = vec![0; ensemble.nodes.len()];
    for row in rows.chunks(5) {
        for tree in ensemble.follow(row).unwrap().trees {
            for place in tree.splits.iter().chain([&tree.leaf]) {
                expected[*place as usize] += 1;
            }
        }
    }
    assert_eq!(visits, expected);
    assert_eq!(visits[ensemble.trees[0].root as usize], 8);
    let short = ensemble.follow(&[0.0_f32]).unwrap_err().to_string();
    assert!(short.contains("a row of 1 values was given"), "{short}");
}
