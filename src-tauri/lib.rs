//! The desktop shell: wiring only. Settings become a [`desk::Desk`], commands call services, changes become events.

// Tauri hands commands and handlers what they need by value.
#![allow(clippy::needless_pass_by_value)]

mod bindings;
mod closing;
mod commands;
mod desk;
mod drawing;
mod locale;
mod logs;
mod menu;
mod opening;
mod options;
mod waiting;
mod windows;

use std::error::Error;
use std::process::ExitCode;

use clap::Parser as _;
use services::runtime::RuntimeFile;
use services::workspace::known::KnownFile;
use tauri::Manager as _;

use crate::desk::Desk;
use crate::options::Options;

/// Runs the app until its window is closed.
pub fn run() -> ExitCode {
    // Before anything else begins: a worker runs one model after the other and has no window.
    if std::env::args_os()
        .nth(1)
        .is_some_and(|word| word == engine::worker::ARGUMENT)
    {
        return engine::worker::serve(engine::job::list());
    }
    services::memory::give_back_early();
    let options = match Options::try_parse() {
        Ok(options) => options,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 3 } else { 0 });
        }
    };
    locale::prefer_a_real_language();
    if let Err(problem) = windows::display_is_there() {
        windows::say(&problem);
        return ExitCode::from(3);
    }
    match start(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            windows::say(&format!("Drydock could not start: {error}"));
            ExitCode::from(3)
        }
    }
}

fn start(options: Options) -> Result<(), Box<dyn Error>> {
    // Whatever can fail comes before the window: a set-up that fails later ends the process with a panic.
    let known = KnownFile::of_this_user()?;
    RuntimeFile::of_this_user()?.apply();
    let bindings = bindings::builder();
    let handler = bindings.invoke_handler();
    tauri::Builder::default()
        // First, so that a second start hands over its file before anything else of it begins.
        .plugin(tauri_plugin_single_instance::init(|app, argv, cwd| {
            windows::second_start(app, &argv, &cwd);
        }))
        .plugin(tauri_plugin_window_state::Builder::default().build())
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_opener::init())
        .menu(menu::build)
        .on_menu_event(menu::clicked)
        .on_window_event(closing::window_event)
        .invoke_handler(handler)
        .setup(move |app| {
            bindings.mount_events(app);
            drawing::suit_the_machine(app);
            app.manage(Desk::open(app.handle().clone(), options, known));
            Ok(())
        })
        .build(tauri::generate_context!())?
        .run(|app, event| {
            if let tauri::RunEvent::Exit = event {
                tauri::async_runtime::block_on(desk::of(app).close());
            }
        });
    Ok(())
}
