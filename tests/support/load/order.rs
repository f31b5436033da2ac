//! The imports of a load and the planned outcome of each row.

use std::sync::{Mutex, PoisonError};

use fastrand::Rng;
use serde_json::{Value, json};

/// The imports of a load, drawn from a seed up to a limit.
#[derive(Debug)]
pub struct Orders {
    sizes: Sizes,
    seed: u64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    draws: Rng,
    drawn: u64,
    limit: u64,
}

/// The sizes of imports, in rows.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "two bounds")]
pub struct Sizes {
    /// The smallest import that runs as a job. A third of the imports are smaller.
    pub job: usize,
    /// The largest import.
    pub most: usize,
}

impl Orders {
    /// Creates a source of up to `limit` orders, or fewer if [`Orders::close`] is called.
    pub fn new(seed: u64, sizes: Sizes, limit: u64) -> Self {
        let state = State {
            draws: Rng::with_seed(seed),
            drawn: 0,
            limit,
        };
        Self {
            sizes,
            seed,
            state: Mutex::new(state),
        }
    }

    /// Draws the next order. Returns `None` once the limit is reached.
    pub fn next(&self) -> Option<Order> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.drawn >= state.limit {
            return None;
        }
        state.drawn += 1;
        Some(Order {
            seed: self.seed,
            number: state.drawn,
            rows: self.sizes.draw(&mut state.draws),
        })
    }

    /// Stops drawing orders.
    pub fn close(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.limit = state.drawn;
    }
}

impl Sizes {
    /// Draws a size. The sizes of jobs are log-uniform.
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

/// An import to submit.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    seed: u64,
    number: u64,
    rows: usize,
}

impl Order {
    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Returns `true` if there are no rows. No drawn order is empty.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Returns the idempotency key. It is unique per seed.
    pub fn key(&self) -> String {
        format!("load-{}-{}", self.seed, self.number)
    }

    /// Returns the rows: contacts that match no row of another order.
    pub fn rows(&self) -> impl Iterator<Item = Value> + use<> {
        let number = self.number;
        (0..self.rows).map(move |row| {
            let email = match RowPlan::of(row) {
                RowPlan::Created => format!("contact{number}.{row}@example.com"),
                // The address of the previous row, in another case.
                RowPlan::Existing => format!("CONTACT{number}.{}@example.com", row - 1),
                RowPlan::Rejected => format!("contact{number}.{row}"),
            };
            json!({"default": {"email": email, "first_name": "Ada"}})
        })
    }
}

/// The planned outcome of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "all planned outcomes of a row")]
pub enum RowPlan {
    /// The row creates a record.
    Created,
    /// The row matches the previous one.
    Existing,
    /// The row has no valid e-mail address.
    Rejected,
}

impl RowPlan {
    /// Returns the planned outcome of the row at this position.
    pub fn of(row: usize) -> Self {
        match row % 10 {
            5 => Self::Existing,
            9 => Self::Rejected,
            _ => Self::Created,
        }
    }
}
