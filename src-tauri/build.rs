use tauri_build::Attributes;

fn main() {
    println!("cargo:rerun-if-changed=src-tauri/capabilities");
    println!("cargo:rerun-if-changed=tauri.conf.json");
    // The page is embedded when the crate is compiled, which cargo cannot see.
    println!("cargo:rerun-if-changed=ui/dist");
    // The UI is embedded by a macro that cargo cannot see through: without this a rebuilt UI stays outside the binary.
    if std::env::var_os("CARGO_FEATURE_CUSTOM_PROTOCOL").is_some() {
        println!("cargo:rerun-if-changed=ui/dist");
    }
    let attributes = Attributes::new().capabilities_path_pattern("./src-tauri/capabilities/**/*");
    if let Err(error) = tauri_build::try_build(attributes) {
        // A build script has no other way to say why it stopped.
        println!("cargo:warning=tauri-build: {error:#}");
        std::process::exit(1);
    }
}
