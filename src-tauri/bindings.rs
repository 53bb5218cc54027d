//! The typed bridge: every command and event, exported to `ui/src/bindings.ts`.

use tauri::Wry;
use tauri_specta::{Builder, ErrorHandlingMode, collect_commands, collect_events};

use crate::commands::{
    artifacts, benchmark, cost, deployment, diff, events, gates, import, inference, inspection,
    monitoring, profile, prove, registry, runtime, serving, tracking, training, trees, worker,
    workspace, workspaces,
};

// A list, one line a command.
#[allow(clippy::too_many_lines)]
pub fn builder() -> Builder<Wry> {
    Builder::new()
        .error_handling(ErrorHandlingMode::Throw)
        .disable_serde_phases()
        .commands(collect_commands![
            workspace::workspace_status,
            workspace::reopen_workspace,
            workspace::delete_demo_workspace,
            workspace::open_logs_folder,
            workspace::pick_model_file,
            workspace::set_window_theme,
            workspace::answer_close,
            workspace::started_with_model_file,
            workspace::cancel_task,
            workspaces::list_workspaces,
            workspaces::switch_workspace,
            workspaces::change_workspace,
            workspaces::forget_workspace,
            workspaces::add_local_workspace,
            workspaces::read_database_address,
            workspaces::check_team_connection,
            workspaces::connect_team_workspace,
            workspaces::unlock_secrets,
            workspaces::pick_certificate_file,
            workspaces::pick_workspace_folder,
            workspaces::workspace_activity,
            workspaces::connection_status,
            workspaces::retry_connection,
            tracking::list_experiments,
            tracking::search_runs,
            tracking::get_run,
            tracking::metric_history,
            tracking::run_detail,
            tracking::rename_run,
            tracking::tag_runs,
            tracking::trash_runs,
            tracking::restore_runs,
            tracking::list_trash,
            tracking::export_runs,
            tracking::rename_experiment,
            tracking::tag_experiment,
            tracking::trash_experiment,
            tracking::restore_experiment,
            artifacts::list_run_artifacts,
            artifacts::about_artifact,
            artifacts::read_artifact_text,
            artifacts::read_artifact_table,
            artifacts::read_artifact_image,
            artifacts::trash_artifact,
            artifacts::list_trashed_artifacts,
            artifacts::restore_artifacts,
            artifacts::inspect_artifact,
            artifacts::save_artifact,
            training::log_to_me,
            registry::list_models,
            registry::get_model,
            registry::get_model_version,
            registry::promote_model_version,
            registry::set_model_alias,
            registry::delete_model_alias,
            registry::compare_versions,
            registry::production_on,
            registry::describe_model,
            registry::tag_model,
            registry::untag_model,
            registry::delete_model,
            registry::describe_version,
            registry::tag_version,
            registry::untag_version,
            registry::delete_version,
            import::pick_import_folder,
            import::preview_import,
            import::run_import,
            import::list_imports,
            inspection::inspect_file,
            inspection::inspect_model_version,
            inspection::draw_model,
            inspection::search_model,
            inspection::model_node,
            inspection::weight_report,
            diff::diff_models,
            trees::list_ensembles,
            trees::read_tree,
            trees::follow_tree_row,
            trees::tree_cover,
            inspection::survey_weights,
            inspection::save_weight,
            cost::model_cost,
            cost::infer_shapes,
            cost::machine_ceiling,
            cost::model_compatibility,
            profile::profile_model,
            profile::save_profile_trace,
            profile::sweep_model,
            profile::sweep_standing,
            runtime::runtime_settings,
            runtime::check_runtime_folder,
            runtime::choose_runtime_folder,
            runtime::pick_runtime_folder,
            prove::compare_outputs,
            prove::find_divergence,
            prove::repeat_runs,
            prove::pick_rows_file,
            prove::pick_runtime_library,
            benchmark::benchmark_model,
            benchmark::save_benchmark,
            benchmark::compare_with_baseline,
            benchmark::pick_arrivals_file,
            worker::worker_status,
            inference::run_setup,
            inference::pick_run_data,
            inference::look_at_run_data,
            inference::run_model,
            inference::read_run_output,
            inference::save_run_outputs,
            deployment::plan_deployment,
            gates::check_gates,
            gates::check_file_gates,
            gates::list_gate_reports,
            gates::save_gate_report,
            gates::save_file_gate_report,
            gates::get_gate_file,
            gates::read_gate_file,
            gates::save_gate_file,
            gates::restore_gate_file,
            gates::pick_gate_file,
            deployment::deploy_to_staging,
            deployment::list_deployments,
            deployment::rollback_endpoint,
            deployment::stop_endpoint,
            deployment::start_endpoint,
            serving::list_endpoints,
            serving::example_request,
            serving::try_endpoint,
            monitoring::endpoint_stats,
        ])
        .events(collect_events![
            events::Changed,
            events::ConnectionChanged,
            events::CloseAsked,
            events::OpenModelFile,
            events::MenuCommand
        ])
}

#[cfg(test)]
mod tests {
    use specta_typescript::Typescript;

    const BINDINGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/ui/src/bindings.ts");

    /// Fails when the committed file is stale; `DRYDOCK_WRITE_BINDINGS=1` writes it anew.
    #[test]
    fn the_committed_bindings_are_up_to_date() {
        let header = "// Generated from the Rust commands ; a test keeps it fresh.\n";
        let scratch =
            std::env::temp_dir().join(format!("drydock-bindings-{}.ts", std::process::id()));
        super::builder()
            .export(Typescript::default().header(header), &scratch)
            .unwrap();
        let fresh = std::fs::read_to_string(&scratch).unwrap();
        std::fs::remove_file(&scratch).unwrap();
        if std::env::var_os("DRYDOCK_WRITE_BINDINGS").is_some() {
            std::fs::write(BINDINGS, &fresh).unwrap();
        }
        let committed = std::fs::read_to_string(BINDINGS).unwrap();
        assert!(
            committed == fresh,
            "ui/src/bindings.ts is stale; run DRYDOCK_WRITE_BINDINGS=1 cargo test --lib bindings"
        );
    }
}
