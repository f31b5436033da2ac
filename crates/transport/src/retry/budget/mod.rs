//! The budget that retries are paid from: it keeps them from multiplying the load of an outage.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::call::CallContext;

/// A shared balance: every call pays in, every retry is paid from it.
///
/// In the long run at most `ratio` retries are made per call, however many callers share the budget. A small reserve is
/// there from the start, so that a client that calls rarely can retry at all; ten times the reserve is the most that calls
/// without a retry can save up. Nothing depends on time: an idle client costs nothing and keeps what it has.
#[derive(Clone, Debug)]
pub struct Budget {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// What a call pays in, in millionths of a retry.
    deposit: u64,
    most: u64,
    balance: AtomicU64,
}

impl Budget {
    /// Makes a budget of `ratio` retries per call, with `reserve` retries to begin with.
    ///
    /// The ratio is exact to a millionth. Negative and not-a-number count as 0, and 1,000 is the most.
    pub fn new(ratio: f64, reserve: u32) -> Self {
        let millionths = (ratio.clamp(0.0, MAX_RATIO) * MILLION_F64).round();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 ≤ millionths ≤ 10⁹, and not-a-number is cast to 0"
        )]
        let deposit = millionths as u64;
        let reserve = u64::from(reserve) * ONE;
        Self {
            shared: Arc::new(Shared {
                deposit,
                most: reserve.max(ONE).saturating_mul(10).max(deposit),
                balance: AtomicU64::new(reserve),
            }),
        }
    }

    /// Makes a budget that is never empty: retries are limited by the policy of each call only.
    pub fn unlimited() -> Self {
        Self::new(MAX_RATIO, u32::MAX)
    }

    /// Returns how many retries could be paid for now.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a value to show, not to calculate with"
    )]
    pub fn available(&self) -> f64 {
        self.shared.balance.load(Ordering::Relaxed) as f64 / MILLION_F64
    }

    pub(super) fn deposit(&self) {
        let Shared { deposit, most, .. } = *self.shared;
        self.update(|balance| Some(balance.saturating_add(deposit).min(most)));
    }

    /// Pays for the next request of a call, unless there is less than one retry left.
    pub(super) fn withdraw(&self, call: &CallContext) -> Option<Payment> {
        let is_paid = self.update(|balance| balance.checked_sub(ONE));
        is_paid.then(|| Payment {
            from: self.clone(),
            call: call.clone(),
            mark: call.mark(),
        })
    }

    fn update(&self, change: impl FnMut(u64) -> Option<u64>) -> bool {
        let balance = &self.shared.balance;
        let updated = balance.fetch_update(Ordering::Relaxed, Ordering::Relaxed, change);
        updated.is_ok()
    }
}

impl Default for Budget {
    /// One retry for every five calls, and ten to begin with.
    fn default() -> Self {
        Self::new(0.2, 10)
    }
}

/// The payment for the next request of a call. Dropped before the request is sent, it goes back.
pub(super) struct Payment {
    from: Budget,
    call: CallContext,
    mark: usize,
}

impl Drop for Payment {
    fn drop(&mut self) {
        if self.call.report_since(self.mark).attempts == 0 {
            self.from.update(|balance| balance.checked_add(ONE));
        }
    }
}

const ONE: u64 = 1_000_000;
const MILLION_F64: f64 = 1_000_000.0;
/// More retries per call than any policy allows; it keeps the arithmetic far from its limits.
const MAX_RATIO: f64 = 1_000.0;

#[cfg(test)]
mod tests;
