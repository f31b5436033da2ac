//! Whether the body of an attempt was ever looked at.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::Call;

/// What is known of the body of the attempt under way.
///
/// hyper looks at a body, its length or its end, right before it writes the head of the request, and whichever task
/// holds a request holds its body. So a body that is gone and was never looked at was never sent.
#[derive(Debug, Default)]
pub(super) struct Wire {
    /// Whether this attempt has a body under watch.
    watched: AtomicBool,
    touched: AtomicBool,
    /// How many bodies there are, those of earlier attempts included: while one lives, in hyper's queue say, there is no
    /// telling.
    bodies: AtomicUsize,
}

impl Wire {
    /// Forgets the attempt before. An attempt may have several bodies, when a layer sends it more than once: they share
    /// what is known.
    pub(super) fn begin(&self) {
        self.touched.store(false, Ordering::Relaxed);
        self.watched.store(false, Ordering::Relaxed);
    }

    /// Returns, once an attempt, whether its body is gone without having been looked at.
    pub(super) fn never_sent(&self) -> bool {
        self.watched.swap(false, Ordering::Relaxed)
            && self.bodies.load(Ordering::Acquire) == 0
            && !self.touched.load(Ordering::Relaxed)
    }
}

/// The mark of a body under watch.
#[derive(Debug)]
pub(crate) struct Watched {
    call: Call,
}

impl Watched {
    /// Puts the body of an attempt that begins under watch.
    pub(crate) fn new(call: Call) -> Self {
        let wire = call.wire();
        wire.watched.store(true, Ordering::Relaxed);
        wire.bodies.fetch_add(1, Ordering::Relaxed);
        Self { call }
    }

    /// Notes that somebody looks at the body.
    pub(crate) fn touch(&self) {
        self.call.wire().touched.store(true, Ordering::Relaxed);
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // Whoever sees the body gone sees whether it was touched.
        self.call.wire().bodies.fetch_sub(1, Ordering::Release);
    }
}
