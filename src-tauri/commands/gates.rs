use std::path::PathBuf;

use serde::Serialize;
use services::Clock;
use services::gates::report::{self, ReportFormat};
use services::gates::{
    self, DeployStep, Evidence, FileGates, GateFileCheck, GateFileView, GateReport, Hands,
    RestoreGateFileInput, SaveGateFileInput, Watch,
};
use services::inspection::{self, ModelSource};
use services::registry::VersionInput;
use tauri::AppHandle;
use tauri::ipc::Channel;
use tauri_plugin_dialog::DialogExt as _;

use super::{Answer, DeskState, dialogs};

/// Runs the gates of a registered version; the evidence is kept with it.
#[tauri::command]
#[specta::specta]
pub async fn check_gates(
    desk: DeskState<'_>,
    input: VersionInput,
    task_id: String,
    progress: Channel<DeployStep>,
) -> Answer<GateReport> {
    let ctx = desk.ctx().await?;
    let what = format!("Gates of {} v{}", input.name, input.version);
    let task = desk.begin(task_id, Some(what));
    let watch = Watch {
        progress: &move |step| drop(progress.send(step)),
        cancel: task.cancel(),
    };
    Ok(gates::check_gates(&ctx, &Hands::Workers(desk.lab.clone()), input, watch).await?)
}

/// What the gates found of a file that is not registered. Nothing keeps it but the window that asked.
#[derive(Serialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct FileGateReport {
    pub report: GateReport,
    /// The evidence as JSON, of which a report can be saved.
    pub evidence: String,
}

/// Runs the gates on a file or on what a run logged, against a gate file on disk or the usual limits. No workspace need be
/// open for a file.
#[tauri::command]
#[specta::specta]
pub async fn check_file_gates(
    desk: DeskState<'_>,
    source: ModelSource,
    gate_file: Option<String>,
    task_id: String,
    progress: Channel<DeployStep>,
) -> Answer<FileGateReport> {
    let model = match source {
        ModelSource::File { path } => path,
        source => inspection::path_of(&desk.ctx().await?, source).await?,
    };
    let file = match gate_file {
        Some(path) => Some(gates::gate_file_on_disk(&PathBuf::from(path)).await?),
        None => None,
    };
    let name = model.file_name().unwrap_or_default().to_string_lossy();
    let task = desk.begin(task_id, Some(format!("Gates of {name}")));
    let watch = Watch {
        progress: &move |step| drop(progress.send(step)),
        cancel: task.cancel(),
    };
    let hands = Hands::Workers(desk.lab.clone());
    let input = FileGates {
        model: model.clone(),
        file,
        against: None,
    };
    let evidence = gates::check_file(&hands, input, &Clock::system(), watch).await?;
    Ok(FileGateReport {
        report: evidence.report(),
        evidence: report::written(&evidence, ReportFormat::Json),
    })
}

/// The runs of the gates of one version, newest first.
#[tauri::command]
#[specta::specta]
pub async fn list_gate_reports(
    desk: DeskState<'_>,
    input: VersionInput,
) -> Answer<Vec<GateReport>> {
    Ok(gates::gate_reports(&desk.ctx().await?, input).await?)
}

/// Asks where to, then writes a report there; `null` when the dialog was closed without a choice.
#[tauri::command]
#[specta::specta]
pub async fn save_gate_report(
    app: AppHandle,
    desk: DeskState<'_>,
    report_id: String,
    format: ReportFormat,
) -> Answer<Option<String>> {
    let evidence = gates::evidence_of(&desk.ctx().await?, &report_id).await?;
    save(&app, &evidence, format).await
}

/// The same for a file that is not registered.
#[tauri::command]
#[specta::specta]
pub async fn save_file_gate_report(
    app: AppHandle,
    evidence: String,
    format: ReportFormat,
) -> Answer<Option<String>> {
    let evidence = report::read(&evidence)?;
    save(&app, &evidence, format).await
}

async fn save(
    app: &AppHandle,
    evidence: &Evidence,
    format: ReportFormat,
) -> Answer<Option<String>> {
    let name = report::file_name(evidence, format);
    let Some(target) = dialogs::save_as(app, "Save the gate report", &name).await else {
        return Ok(None);
    };
    report::save(evidence, format, &target).await?;
    Ok(Some(target.display().to_string()))
}

/// The gate file that holds for a model, with its revisions.
#[tauri::command]
#[specta::specta]
pub async fn get_gate_file(desk: DeskState<'_>, name: String) -> Answer<GateFileView> {
    Ok(gates::gate_file(&desk.ctx().await?, &name).await?)
}

/// What a text would ask, or what is wrong with it, line by line.
#[tauri::command]
#[specta::specta]
pub async fn read_gate_file(text: String) -> Answer<GateFileCheck> {
    Ok(gates::check_gate_file(&text))
}

#[tauri::command]
#[specta::specta]
pub async fn save_gate_file(desk: DeskState<'_>, input: SaveGateFileInput) -> Answer<GateFileView> {
    Ok(gates::save_gate_file(&desk.ctx().await?, &desk.actor(), input).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn restore_gate_file(
    desk: DeskState<'_>,
    input: RestoreGateFileInput,
) -> Answer<GateFileView> {
    Ok(gates::restore_gate_file(&desk.ctx().await?, &desk.actor(), input).await?)
}

/// The native file dialog; `null` when it was closed without a choice.
#[tauri::command]
#[specta::specta]
pub async fn pick_gate_file(app: AppHandle) -> Answer<Option<String>> {
    let (send, chosen) = tokio::sync::oneshot::channel();
    app.dialog()
        .file()
        .set_title("Choose a gate file")
        .add_filter("Gate file", &["toml"])
        .pick_file(move |path| {
            let _ = send.send(path);
        });
    let path = chosen
        .await
        .ok()
        .flatten()
        .and_then(|path| path.into_path().ok());
    Ok(path.map(|path| path.display().to_string()))
}
