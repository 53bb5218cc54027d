use std::path::PathBuf;

use engine::BenchmarkReport;
use engine::benchmark::BaselineComparison;
use services::Clock;
use services::benchmark::{self, BenchmarkInput, BenchmarkOutcome, Measurable, TaskProgress};
use services::inspection::ModelSource;
use tauri::AppHandle;
use tauri::ipc::Channel;

use super::{Answer, DeskState, dialogs};

/// Measures any model, alone or in turns with another; a file needs no workspace.
#[tauri::command]
#[specta::specta]
pub async fn benchmark_model(
    desk: DeskState<'_>,
    input: BenchmarkInput,
    progress: Channel<TaskProgress>,
) -> Answer<BenchmarkOutcome> {
    let task = desk.begin(input.task_id.clone(), Some("A benchmark".to_owned()));
    let model = fetched(&desk, input.source).await?;
    let other = match input.against {
        Some(against) => Some((fetched(&desk, against.source).await?, against.margin)),
        None => None,
    };
    // A window that closed meanwhile needs no progress.
    let told = move |step| drop(progress.send(step));
    let against = other.as_ref().map(|(model, margin)| (model, *margin));
    let asked = (&model, &input.settings);
    Ok(benchmark::measure(
        &desk.lab,
        asked,
        against,
        &Clock::system(),
        told,
        task.cancel(),
    )
    .await?)
}

async fn fetched(desk: &DeskState<'_>, source: ModelSource) -> Answer<Measurable> {
    match source {
        ModelSource::File { path } => Ok(benchmark::fetch_file(path).await?),
        source => Ok(benchmark::fetch(&desk.ctx().await?, source).await?),
    }
}

/// Asks where to, and writes the measurement there; the place, unless the dialog was closed.
#[tauri::command]
#[specta::specta]
pub async fn save_benchmark(app: AppHandle, outcome: BenchmarkOutcome) -> Answer<Option<String>> {
    let Some(path) = dialogs::save_as(&app, "Save the report", "benchmark.json").await else {
        return Ok(None);
    };
    benchmark::save(&outcome, &path).await?;
    Ok(Some(path.display().to_string()))
}

/// Asks for a saved measurement and holds this one against it; `None` when the dialog was closed.
#[tauri::command]
#[specta::specta]
pub async fn compare_with_baseline(
    app: AppHandle,
    report: BenchmarkReport,
) -> Answer<Option<BaselineComparison>> {
    let Some(path) = dialogs::open_file(&app, "A saved report", &["json"]).await else {
        return Ok(None);
    };
    Ok(Some(benchmark::with_baseline(&report, &path).await?))
}

/// Asks for a table: times to replay.
#[tauri::command]
#[specta::specta]
pub async fn pick_arrivals_file(app: AppHandle) -> Answer<Option<PathBuf>> {
    let kinds = ["csv", "tsv", "parquet", "npy", "npz", "json"];
    Ok(dialogs::open_file(&app, "A file with a column of times", &kinds).await)
}
