//! Rows to import.

use serde_json::{Value, json};

/// Creates `count` contacts. Every tenth has no valid e-mail address.
pub fn contacts(count: usize) -> Vec<Value> {
    (0..count)
        .map(|n| {
            let email = if n % 10 == 9 {
                format!("contact{n}")
            } else {
                format!("contact{n}@example.com")
            };
            json!({"default": {"email": email, "first_name": "Ada"}})
        })
        .collect()
}
