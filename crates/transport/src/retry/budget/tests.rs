use std::time::Duration;

use super::{Budget, Payment};
use crate::call::CallContext;
use crate::tests::get;

/// Pays for a request of a call, without sending it.
fn withdraw(budget: &Budget) -> Option<Payment> {
    budget.withdraw(&CallContext::join(&mut get()).0)
}

/// Pays for a request and sends it; returns `false` if the budget does not allow it.
fn spend(budget: &Budget) -> bool {
    let mut request = get();
    let (call, _closing) = CallContext::join(&mut request);
    let Some(_payment) = budget.withdraw(&call) else {
        return false;
    };
    call.hand_over(&mut request).unwrap();
    true
}

/// Calls once, then retries as often as the budget pays for, up to `most`.
fn calls_and_retries(budget: &Budget, calls: u32, most: u32) -> u32 {
    let mut retries = 0;
    for _ in 0..calls {
        budget.deposit();
        for _ in 0..most {
            if !spend(budget) {
                break;
            }
            retries += 1;
        }
    }
    retries
}

#[test]
fn the_ratio_is_exact() {
    for ratio in [
        0.1, 0.2, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 1.0, 1.5, 2.0, 2.7, 3.0,
    ] {
        let budget = Budget::new(ratio, 10);
        let retries = calls_and_retries(&budget, 20_000, 100) - 10;
        let measured = f64::from(retries) / 20_000.0;
        assert!(
            (measured - ratio).abs() <= ratio * 0.001,
            "{ratio} acts as {measured}"
        );
    }
}

#[test]
fn the_reserve_is_there_at_once_and_visible() {
    let budget = Budget::new(0.0, 3);
    assert!((budget.available() - 3.0).abs() < f64::EPSILON);
    assert_eq!(calls_and_retries(&budget, 100, 10), 3);
    assert!(budget.available() < 1.0);
    assert!(withdraw(&budget).is_none());
}

#[test]
fn a_withdrawal_that_is_not_spent_goes_back() {
    let budget = Budget::new(0.0, 1);
    let held = withdraw(&budget);
    assert!(held.is_some());
    assert!(withdraw(&budget).is_none());
    drop(held);
    assert!(spend(&budget));
    assert!(withdraw(&budget).is_none());
}

#[test]
fn savings_are_bounded() {
    let budget = Budget::new(1.0, 5);
    for _ in 0..1_000_000 {
        budget.deposit();
    }
    assert!((budget.available() - 50.0).abs() < f64::EPSILON);
}

#[test]
fn odd_ratios_are_harmless() {
    for (ratio, each) in [
        (f64::NAN, 0.0),
        (-1.0, 0.0),
        (f64::NEG_INFINITY, 0.0),
        (f64::INFINITY, 1_000.0),
        (1e300, 1_000.0),
    ] {
        let budget = Budget::new(ratio, 0);
        budget.deposit();
        assert!((budget.available() - each).abs() < 1e-6, "{ratio}");
    }
    assert!(withdraw(&Budget::new(0.5, u32::MAX)).is_some());
}

#[test]
fn threads_cannot_withdraw_more_than_there_is() {
    let budget = Budget::new(0.0, 10_000);
    let taken: u32 = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| (0..20_000).filter(|_| spend(&budget)).count()))
            .collect();
        threads
            .into_iter()
            .map(|thread| u32::try_from(thread.join().unwrap()).unwrap())
            .sum()
    });
    assert_eq!(taken, 10_000);
}

#[tokio::test(start_paused = true)]
async fn time_changes_nothing() {
    let budget = Budget::new(0.5, 2);
    calls_and_retries(&budget, 1_001, 1);
    let before = budget.available();
    tokio::time::advance(Duration::from_secs(7 * 86_400)).await;
    assert!((budget.available() - before).abs() < f64::EPSILON);
    // One number is all there is: no entry per second that an idle week would have to sweep away.
    assert_eq!(size_of::<super::Shared>(), size_of::<(u64, u64, u64)>());
}
