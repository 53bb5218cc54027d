use std::path::Path;
use std::sync::Arc;

use anyhow::{anyhow, bail};
use engine::CancelToken;
use engine::inference::OutputView;
use engine::inputs::{DimSize, GeneratedInputs};
use services::inference::{self, KeptRun, KeptRuns, RunInputs, RunModelInput};
use services::inspection::{ModelSource, OpenModels, path_of};
use services::lab::Lab;

use super::{open, version_of};
use crate::args::RunArgs;
use crate::out::{self, Exit};

/// Rows of each output that are printed.
const SHOWN_ROWS: u64 = 5;
const SHOWN_COLUMNS: u64 = 8;

/// The model over rows: what came out is summed up on stdout and, with `--out`, written to a file. Ctrl-C stops it.
pub async fn run(args: &RunArgs, as_json: bool) -> anyhow::Result<Exit> {
    let cancel = CancelToken::default();
    let stop = cancel.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stop.cancel();
        }
    });
    let path = match args.model.local_file() {
        Some(path) => path,
        None => {
            let version = version_of(&args.model.model)?;
            let ctx = open(&args.model.workspace, None).await?;
            path_of(&ctx, ModelSource::Version(version)).await?
        }
    };
    let input = RunModelInput {
        inputs: inputs(args, &path).await?,
        rows_max: args.rows,
        batch_rows: args.batch,
        task_id: "cli".to_owned(),
    };
    let (lab, kept) = (Lab::of_this_program(), KeptRuns::default());
    let rows = input.inputs.clone().rows(&path, None).await?;
    let run = inference::run(&lab, &kept, &path, rows, &input, |_| (), &cancel).await?;
    if let Some(target) = &args.out {
        inference::save(&kept, &run.id, target.clone()).await?;
    }
    if as_json {
        out::json(&run)?;
        return Ok(Exit::Pass);
    }
    print(&run);
    for output in &run.report.outputs {
        print_output(&kept, &run.id, output).await?;
    }
    if let Some(target) = &args.out {
        out::line(format!("  saved       {}", target.display()));
    }
    Ok(Exit::Pass)
}

/// A file, what is asked to be made up, else the logged example, else what suits the model.
async fn inputs(args: &RunArgs, model: &Path) -> anyhow::Result<RunInputs> {
    if let Some(path) = &args.inputs {
        return Ok(RunInputs::File { path: path.clone() });
    }
    let setup = inference::setup(Arc::new(OpenModels::default()), model.to_owned()).await?;
    match &args.generate {
        Some(asked) => Ok(RunInputs::Generated {
            inputs: generated(asked, setup.generated)?,
        }),
        None if setup.example.is_some() => Ok(RunInputs::Example),
        None => Ok(RunInputs::Generated {
            inputs: setup.generated,
        }),
    }
}

/// `seed=7,rows=1000,T=30`: any other name is an open dim of the model.
fn generated(asked: &str, mut inputs: GeneratedInputs) -> anyhow::Result<GeneratedInputs> {
    for part in asked.split(',').filter(|part| !part.trim().is_empty()) {
        let (name, value) = part.split_once('=').ok_or_else(|| {
            anyhow!("--generate: '{part}' is not NAME=NUMBER, as in seed=7,rows=1000")
        })?;
        let (name, value) = (name.trim(), value.trim());
        let number: u64 = value
            .parse()
            .map_err(|_| anyhow!("--generate: {name} is '{value}', which is no whole number"))?;
        match name {
            "seed" => inputs.seed = number,
            "rows" => inputs.rows = number,
            dim => match inputs.dims.iter_mut().find(|known| known.name == dim) {
                Some(known) => known.size = number,
                None => bail!(
                    "--generate: there is no '{dim}'; there are seed, rows{}",
                    dims(&inputs.dims)
                ),
            },
        }
    }
    Ok(inputs)
}

fn dims(dims: &[DimSize]) -> String {
    dims.iter().map(|dim| format!(", {}", dim.name)).collect()
}

fn print(run: &KeptRun) {
    let report = &run.report;
    let timings = &report.timings;
    out::line(format!(
        "{} rows from {} in {} runs",
        report.rows, report.source, report.runs
    ));
    out::line(format!(
        "  time        {:.2} ms in the model, {:.2} ms the median run, {:.2} ms reading inputs, {:.2} ms writing outputs",
        timings.run_ms, timings.run_ms_median, timings.inputs_ms, timings.outputs_ms
    ));
    if let Some(worker) = &run.worker {
        out::line(format!(
            "  worker      started in {:.0} ms, {:.0} us a call over the pipe",
            worker.start_ms, worker.overhead_p50_us
        ));
    }
    for note in &report.notes {
        out::line(format!("  note        {note}"));
    }
}

async fn print_output(kept: &KeptRuns, id: &str, output: &OutputView) -> anyhow::Result<()> {
    let figures = &output.summary;
    let shape: Vec<String> = output.shape.iter().map(ToString::to_string).collect();
    out::line(format!(
        "{}  {} [{}]",
        output.name,
        output.datatype,
        shape.join(", ")
    ));
    if let (Some(min), Some(max), Some(mean), Some(std)) =
        (figures.min, figures.max, figures.mean, figures.std)
    {
        out::line(format!(
            "  min {min:.6}  max {max:.6}  mean {mean:.6}  std {std:.6}  NaN {}  Inf {}  zero {}",
            figures.nan_count, figures.inf_count, figures.zero_count
        ));
    }
    for class in &figures.classes {
        out::line(format!(
            "  {:<12} {:.2} %  {}",
            class.label,
            class.share * 100.0,
            class.count
        ));
    }
    let page = inference::page(kept, id, &output.name, 0..SHOWN_ROWS, 0..SHOWN_COLUMNS).await?;
    if !output.columns.is_empty() {
        out::line(format!(
            "  {}",
            output
                .columns
                .iter()
                .take(SHOWN_COLUMNS as usize)
                .cloned()
                .collect::<Vec<_>>()
                .join("  ")
        ));
    }
    for row in &page.rows {
        out::line(format!("  {}", row.join("  ")));
    }
    let shown = page.rows.len() as u64;
    if shown < output.rows {
        out::line(format!("  {shown} of {} rows", output.rows));
    }
    Ok(())
}
