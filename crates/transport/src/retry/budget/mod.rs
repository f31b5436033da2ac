//! The budget that retries are paid from: it keeps them from multiplying the load of an outage.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::call::CallContext;

/// A shared balance: every call pays in, every retry is paid from it.
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
    #[expect(
        clippy::cast_precision_loss,
        reason = "a value to show, not to calculate with"
    )]
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
            from: self.clone(),
            spent: false,
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

/// One retry that was taken out of a budget. Dropped, it goes back.
#[derive(Debug)]
pub(crate) struct Withdrawal {
    from: Budget,
    spent: bool,
}

impl Withdrawal {
    #[cfg(test)]
    fn spend(mut self) {
        self.spent = true;
    }

    /// Spends the retry if a request of the call is sent from now on.
    pub(crate) fn until_sent(self, call: &CallContext) -> Payment {
        Payment {
            withdrawal: self,
            mark: call.mark(),
            call: call.clone(),
        }
    }
}

impl Drop for Withdrawal {
    fn drop(&mut self) {
        if !self.spent {
            let mut balance = self.from.balance();
            *balance = balance.saturating_add(ONE);
        }
    }
}

/// The payment for the next attempt of a call. Dropped before the attempt is sent, it goes back.
#[derive(Debug)]
pub(crate) struct Payment {
    withdrawal: Withdrawal,
    call: CallContext,
    mark: usize,
}

impl Drop for Payment {
    fn drop(&mut self) {
        self.withdrawal.spent = self.call.has_sent_since(self.mark);
    }
}

const ONE: u64 = 1_000_000;
const MILLION_F64: f64 = 1_000_000.0;
/// More retries per call than any policy allows; it keeps the arithmetic far from its limits.
const MAX_RATIO: f64 = 1_000.0;

#[cfg(test)]
mod tests;
