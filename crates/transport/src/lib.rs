//! Retry, timeout, credentials and quota as tower layers over hyper.
