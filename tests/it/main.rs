//! The tests over real sockets and through virtual time.
