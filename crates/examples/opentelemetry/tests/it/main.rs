//! What is exported, measured and logged while an import meets some faults, in virtual time.

#[cfg(test)]
mod docs;
#[cfg(test)]
mod logs;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod support;
#[cfg(test)]
mod traces;
