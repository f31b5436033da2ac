//! The server: from the listener to the end of the last submit.

use std::{io, time::Duration};

use axum::serve::ListenerExt;
use tokio::{net::TcpListener, time::timeout};

use crate::{Importer, router};

/// Serves requests until `shutdown` is ready, and then ends in order:
///
/// 1. No connection is accepted any more, and the streams of events end.
/// 2. The watches end, and their checkpoints are stored.
/// 3. Submits under way get their responses, and the requests that wait for them are answered.
///
/// All of that takes [`GRACE`] at most. A submit without a response by then is sent again at the next start.
///
/// # Errors
///
/// That of the listener.
pub async fn serve(
    listener: TcpListener,
    importer: Importer,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    // Events are small, and would wait for the acknowledgement of the one before.
    let listener = listener.tap_io(|connection| {
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY cannot be set");
        }
    });
    let stopping = importer.stopping().clone().cancelled_owned();
    let server = axum::serve(listener, router(importer.clone())).with_graceful_shutdown(stopping);
    let mut server = std::pin::pin!(server.into_future());
    tokio::select! {
        ended = &mut server => return ended,
        () = shutdown => {}
    }
    importer.stop();
    let ended = async { tokio::join!(server, importer.stopped()).0 };
    timeout(GRACE, ended).await.unwrap_or_else(|_elapsed| {
        let submits = importer.under_way();
        tracing::warn!(submits, "stopping in spite of requests under way");
        Ok(())
    })
}

/// The time for the end of requests and submits: less than the 30 s after which a container is killed by default.
pub const GRACE: Duration = Duration::from_secs(20);
