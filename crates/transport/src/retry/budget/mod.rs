//! What retries are paid from, so that an outage is not multiplied.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A shared account: every call pays in, every retry is paid from it.
///
/// In the long run at most `ratio` retries are made per call, however many callers share the budget. A
/// small reserve is there from the start, so that a client that calls rarely can retry at all; ten times the
/// reserve is the most that calls without a retry can save up. Nothing depends on time: an idle client costs
/// nothing and keeps what it has.
///
/// # Examples
///
/// ```
/// use prism_imports_transport::retry::Budget;
///
/// let budget = Budget::new(0.2, 10);
/// assert_eq!(budget.available(), 10.0);
/// ```
#[derive(Clone)]
pub struct Budget {
    shared: Arc<Shared>,
}

struct Shared {
    /// What a call pays in, in millionths of a retry.
    deposit: u64,
    most: u64,
    balance: Mutex<u64>,
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
                balance: Mutex::new(reserve),
            }),
        }
    }

    /// Returns how many retries could be paid for now.
    #[expect(clippy::cast_precision_loss, reason = "a reading, not an account")]
    pub fn available(&self) -> f64 {
        *self.balance() as f64 / MILLION_F64
    }

    pub(super) fn deposit(&self) {
        let mut balance = self.balance();
        *balance = balance
            .saturating_add(self.shared.deposit)
            .min(self.shared.most);
    }

    /// Takes one retry out, or nothing when there is less than one.
    pub(super) fn withdraw(&self) -> Option<Withdrawal> {
        let mut balance = self.balance();
        *balance = balance.checked_sub(ONE)?;
        Some(Withdrawal {
            from: Some(self.clone()),
        })
    }

    fn balance(&self) -> MutexGuard<'_, u64> {
        self.shared
            .balance
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Budget {
    /// One retry for every five calls, and ten to begin with.
    fn default() -> Self {
        Self::new(0.2, 10)
    }
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budget")
            .field("deposit_millionths", &self.shared.deposit)
            .field("available", &self.available())
            .finish()
    }
}

/// One retry that is paid for; dropped before it is spent, it goes back.
#[derive(Debug)]
pub(crate) struct Withdrawal {
    from: Option<Budget>,
}

impl Withdrawal {
    pub(crate) fn spend(mut self) {
        self.from = None;
    }
}

impl Drop for Withdrawal {
    fn drop(&mut self) {
        if let Some(budget) = self.from.take() {
            let mut balance = budget.balance();
            *balance = balance.saturating_add(ONE);
        }
    }
}

const ONE: u64 = 1_000_000;
const MILLION_F64: f64 = 1_000_000.0;
/// More retries per call than any policy allows; it keeps the arithmetic far from its limits.
const MAX_RATIO: f64 = 1_000.0;

#[cfg(test)]
mod tests;
