//! How long two large models take to compare: `cargo run --release -p drydock-onnx --features fixtures --example diff_time`.

use onnx::fixtures::{BLOCK_NODES, transformer};
use onnx::proto::ModelProto;
use onnx::write;

#[allow(clippy::print_stdout)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::temp_dir().join(format!("drydock-diff-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    for nodes in [1_000, 10_000, 100_000] {
        let blocks = nodes / BLOCK_NODES + 1;
        let left = transformer(blocks, true);
        let pairs = [
            ("itself", left.clone()),
            ("renumbered, one node put in", renumbered(&left)),
            (
                "a tenth of its blocks fewer",
                transformer(blocks - blocks / 10, true),
            ),
        ];
        let base = folder.join("left.onnx");
        write::save(&base, &left)?;
        let base = onnx::open(&base)?;
        for (what, right) in pairs {
            let path = folder.join("right.onnx");
            write::save(&path, &right)?;
            let found = onnx::diff::diff(&base, &onnx::open(&path)?, &|| true);
            println!(
                "{:>7} nodes, {what}: {:.0} ms; {} same, {} changed, {} added, {} removed",
                found.left.node_count,
                found.took_us as f64 / 1e3,
                found.nodes_same,
                found.nodes_changed,
                found.nodes_added,
                found.nodes_removed
            );
        }
    }
    Ok(std::fs::remove_dir_all(&folder)?)
}

fn renumbered(model: &ModelProto) -> ModelProto {
    let mut model = model.clone();
    if let Some(graph) = &mut model.graph {
        let at = graph.node.len() / 2;
        let feeds = std::mem::replace(&mut graph.node[at].input[0], "put.in".to_owned());
        graph
            .node
            .insert(at, write::node("Tanh", &[&feeds], &["put.in"]));
        for (at, node) in graph.node.iter_mut().enumerate() {
            node.name = Some(format!("{}_{at}", node.op_type()));
        }
    }
    model
}
