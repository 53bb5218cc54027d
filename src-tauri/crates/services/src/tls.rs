//! One provider of cryptography for every TLS client in the process.

use std::sync::Once;

/// Called before the first HTTPS request; later calls do nothing.
pub fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // An error says that a provider stands already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}
