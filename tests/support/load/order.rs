//! What is submitted, and what is to become of each of its rows.

use std::sync::{Mutex, PoisonError};

use fastrand::Rng;
use serde_json::{Value, json};

/// The imports of a load, drawn from a seed until there were enough.
#[derive(Debug)]
pub struct Orders {
    sizes: Sizes,
    seed: u64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    draws: Rng,
    given: u64,
    most: u64,
}

/// How many rows an import has.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "two bounds")]
pub struct Sizes {
    /// From so many rows on an import is a job; a third of the imports are smaller.
    pub job: usize,
    /// The largest import.
    pub most: usize,
}

impl Orders {
    /// Makes `most` orders, or as many as there is time for with [`Orders::close`].
    pub fn new(seed: u64, sizes: Sizes, most: u64) -> Self {
        let state = State {
            draws: Rng::with_seed(seed),
            given: 0,
            most,
        };
        Self {
            sizes,
            seed,
            state: Mutex::new(state),
        }
    }

    /// Gives the next order; `None` when there were enough.
    pub fn next(&self) -> Option<Order> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.given >= state.most {
            return None;
        }
        state.given += 1;
        Some(Order {
            seed: self.seed,
            number: state.given,
            rows: self.sizes.draw(&mut state.draws),
        })
    }

    /// Gives no further order.
    pub fn close(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.most = state.given;
    }
}

impl Sizes {
    /// Draws a size; those of jobs are log-uniform, as many of twice the rows as of half.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "sizes are small and positive"
    )]
    fn draw(self, draws: &mut Rng) -> usize {
        if draws.u8(..3) == 0 && self.job > 1 {
            return draws.usize(1..self.job);
        }
        let (least, most) = (self.job.max(1) as f64, self.most.max(self.job) as f64);
        let size = least * (most / least).powf(draws.f64());
        (size as usize).clamp(self.job.max(1), self.most.max(self.job))
    }
}

/// An import to be submitted.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    seed: u64,
    number: u64,
    rows: usize,
}

impl Order {
    /// Returns how many rows there are.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Tells whether there is no row; no order is drawn so.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Returns the idempotency key, which no other order of the seed has.
    pub fn key(&self) -> String {
        format!("load-{}-{}", self.seed, self.number)
    }

    /// Iterates over the rows: contacts that match nothing in another order.
    pub fn rows(&self) -> impl Iterator<Item = Value> + use<> {
        let number = self.number;
        (0..self.rows).map(move |row| {
            let email = match RowPlan::of(row) {
                RowPlan::Created => format!("contact{number}.{row}@example.com"),
                // The row before it, in other letters.
                RowPlan::Existing => format!("CONTACT{number}.{}@example.com", row - 1),
                RowPlan::Rejected => format!("contact{number}.{row}"),
            };
            json!({"default": {"email": email, "first_name": "Ada"}})
        })
    }
}

/// What is to become of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "an order has no other rows")]
pub enum RowPlan {
    /// It makes a record.
    Created,
    /// It matches the row before it.
    Existing,
    /// It has no e-mail address.
    Rejected,
}

impl RowPlan {
    /// Returns what is to become of the row at this position of any order.
    pub fn of(row: usize) -> Self {
        match row % 10 {
            5 => Self::Existing,
            9 => Self::Rejected,
            _ => Self::Created,
        }
    }
}
