//! Writes the models that tests and measurements use:
//! `make_model big FILE [--holes]` (1.5 GiB), `make_model hostile FOLDER`, `make_model mlp FILE`,
//! `make_model chain NODES FILE`, `make_model tower BLOCKS FILE [--mask]`; and `make_model inspect FILE` reads one,
//! `make_model draw FILE` lays out its graph, folded and whole.

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
        ["draw", file] => draw(file)?,
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
                 inspect FILE | draw FILE"
                    .into(),
            );
        }
    }
    Ok(())
}

fn draw(file: &str) -> Result<(), Box<dyn std::error::Error>> {
    let model = onnx::open(file).map_err(|error| error.to_string())?;
    for whole in [false, true] {
        let began = std::time::Instant::now();
        let view = SceneView {
            whole,
            ..SceneView::default()
        };
        let scene = scene(model.proto(), &view)?;
        let (drawn, nodes) = (scene.boxes.len(), scene.nodes);
        let bytes = scene.to_bytes().len();
        let took_ms = began.elapsed().as_secs_f64() * 1e3;
        println!("whole {whole}: {drawn} boxes of {nodes} nodes, {bytes} bytes, {took_ms:.1} ms");
    }
    Ok(())
}
