use engine::BenchmarkReport;
use services::benchmark::{BenchmarkInput, TaskProgress};
use tauri::ipc::Channel;

use super::{Answer, DeskState};

#[tauri::command]
#[specta::specta]
pub async fn benchmark_model_version(
    desk: DeskState<'_>,
    input: BenchmarkInput,
    progress: Channel<TaskProgress>,
) -> Answer<BenchmarkReport> {
    let ctx = desk.ctx().await?;
    let what = format!("Benchmark of {} v{}", input.name, input.version);
    let task = desk.begin(input.task_id.clone(), Some(what));
    // A window that closed meanwhile needs no progress.
    let told = move |step| drop(progress.send(step));
    Ok(services::benchmark::benchmark_version(&ctx, &desk.lab, input, told, task.cancel()).await?)
}
