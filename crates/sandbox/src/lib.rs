//! A local server that speaks the contract of Prism import jobs.
