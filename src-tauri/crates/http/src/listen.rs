//! Answering on a bound port until told to stop.

use axum::Router;
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// The tracking server on its port, and each serving endpoint on its own.
pub(crate) async fn serve(listener: TcpListener, app: Router, stop: CancellationToken) {
    // Without TCP_NODELAY an answer can wait 40 ms for the peer's delayed acknowledgement.
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    let served = axum::serve(listener, app)
        .with_graceful_shutdown(stop.cancelled_owned())
        .await;
    if let Err(error) = served {
        tracing::error!(%error, "a listener ended");
    }
}
