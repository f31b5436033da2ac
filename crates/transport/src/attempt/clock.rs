//! The one timer of an attempt.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep, sleep_until};

pin_project! {
    /// One timer for all that can happen: registering one costs more than the rest of an attempt. It is made when there is
    /// first something to wait for, and set anew only when it went off too early.
    #[derive(Debug, Default)]
    pub(super) struct Clock {
        #[pin]
        sleep: Option<Sleep>,
    }
}

impl Clock {
    /// Waits until the timer goes off, which is set to `first` when there is none.
    pub(super) fn poll_from(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        first: impl FnOnce() -> Instant,
    ) -> Poll<()> {
        let mut sleep = self.project().sleep;
        if sleep.is_none() {
            sleep.set(Some(sleep_until(first())));
        }
        match sleep.as_pin_mut() {
            Some(sleep) => sleep.poll(cx),
            None => Poll::Ready(()),
        }
    }

    /// Sets a timer that has gone off to a later instant.
    pub(super) fn reset(self: Pin<&mut Self>, at: Instant) {
        if let Some(sleep) = self.project().sleep.as_pin_mut() {
            sleep.reset(at);
        }
    }
}
