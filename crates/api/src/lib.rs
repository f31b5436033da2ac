//! A client for Prism import jobs.
