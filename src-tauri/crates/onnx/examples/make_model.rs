//! Writes the models that tests and measurements use:
//! `make_model big FILE [--holes]` (1.5 GiB), `make_model hostile FOLDER`, `make_model mlp FILE`,
//! `make_model chain NODES FILE`, `make_model tower BLOCKS FILE [--mask]`; and `make_model inspect FILE` reads one,
//! `make_model draw FILE [--json]` lays out its graph, folded and whole, and looks for boxes that overlap;
//! `make_model lines FILE JSON` writes its nodes and the lines between them, for other layout programs.

#![allow(clippy::print_stdout)]

use std::path::Path;

use onnx::fixtures;
use onnx::graph::{SceneView, scene};
use onnx::write::{self, Fill};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["big", file] => write::save_streamed(file, &fixtures::big(), Fill::Pattern)?,
        ["big", file, "--holes"] => write::save_streamed(file, &fixtures::big(), Fill::Holes)?,
        ["mlp", file] => write::save(file, &fixtures::mlp(16, 64, 3))?,
        ["chain", nodes, file] => write::save(file, &fixtures::slow(nodes.parse()?))?,
        ["tower", blocks, file] => {
            write::save(file, &fixtures::transformer(blocks.parse()?, false))?;
        }
        ["tower", blocks, file, "--mask"] => {
            write::save(file, &fixtures::transformer(blocks.parse()?, true))?;
        }
        ["draw", file] => draw(file, false)?,
        ["draw", file, "--json"] => draw(file, true)?,
        ["lines", file, to] => lines(file, Path::new(to))?,
        ["hostile", folder] => {
            for hostile in fixtures::write_hostile(Path::new(folder))? {
                println!("{}\t{}", hostile.path.display(), hostile.expect);
            }
        }
        ["inspect", file] => {
            let report = onnx::report(&onnx::open(file).map_err(|error| error.to_string())?);
            let (took_us, nodes) = (report.took_us, report.node_count);
            let (name, parameters) = (report.file_name, report.parameter_count);
            println!("{name}: {nodes} nodes, {parameters} parameters, {took_us} us");
        }
        _ => {
            return Err(
                "usage: make_model big FILE [--holes] | hostile FOLDER | mlp FILE | chain NODES FILE | tower BLOCKS FILE [--mask] | \
                 inspect FILE | draw FILE [--json] | lines FILE JSON"
                    .into(),
            );
        }
    }
    Ok(())
}

fn draw(file: &str, as_json: bool) -> Result<(), Box<dyn std::error::Error>> {
    let model = onnx::open(file).map_err(|error| error.to_string())?;
    let mut told = serde_json::Map::new();
    for (name, whole) in [("folded", false), ("whole", true)] {
        let began = std::time::Instant::now();
        let view = SceneView {
            whole,
            ..SceneView::default()
        };
        let scene = scene(model.proto(), &view)?;
        let (drawn, nodes) = (scene.boxes.len(), scene.nodes);
        let bytes = scene.to_bytes().len();
        let took_ms = began.elapsed().as_secs_f64() * 1e3;
        if as_json {
            let overlaps = fixtures::overlaps(&scene);
            told.insert(
                name.to_owned(),
                serde_json::json!({ "boxes": drawn, "nodes": nodes, "bytes": bytes, "ms": took_ms, "overlaps": overlaps }),
            );
        } else {
            println!(
                "whole {whole}: {drawn} boxes of {nodes} nodes, {bytes} bytes, {took_ms:.1} ms"
            );
        }
    }
    if as_json {
        println!("{}", serde_json::Value::Object(told));
    }
    Ok(())
}

/// The nodes, and a line for each tensor from its maker to each taker.
fn lines(file: &str, to: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let model = onnx::open(file).map_err(|error| error.to_string())?;
    let graph = model.proto().graph.as_ref().ok_or("no graph")?;
    let mut makers = std::collections::HashMap::new();
    for (at, node) in graph.node.iter().enumerate() {
        makers.extend(node.output.iter().map(|name| (name.as_str(), at)));
    }
    // The inputs of the graph stand on the page, too.
    let weights: std::collections::HashSet<&str> = graph
        .initializer
        .iter()
        .map(onnx::proto::TensorProto::name)
        .collect();
    let inputs = graph.input.iter().map(onnx::proto::ValueInfoProto::name);
    let mut nodes = graph.node.len();
    for name in inputs.filter(|name| !weights.contains(name)) {
        makers.insert(name, nodes);
        nodes += 1;
    }
    let links = graph.node.iter().enumerate().flat_map(|(at, node)| {
        let taken = node
            .input
            .iter()
            .filter_map(|name| makers.get(name.as_str()));
        taken.map(move |maker| [*maker, at]).collect::<Vec<_>>()
    });
    let links: Vec<[usize; 2]> = links.collect();
    std::fs::write(
        to,
        serde_json::to_vec(&serde_json::json!({ "nodes": nodes, "links": links }))?,
    )?;
    Ok(())
}
