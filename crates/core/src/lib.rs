//! Prism import jobs as a validated state machine.
