//! The statuses of errors, as the documentation lists them.
