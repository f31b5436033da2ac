//! The memory of the process, minute by minute.

use std::fmt;

/// The resident memory at the end of each minute, in bytes.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    minutes: Vec<u64>,
}

impl Memory {
    /// Measures the resident memory, records it as the next minute and returns it. Returns `None` if the system does
    /// not report it.
    pub fn measure(&mut self) -> Option<u64> {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        let bytes = kib * 1024;
        self.minutes.push(bytes);
        Some(bytes)
    }

    /// Compares the last minute with the second one.
    pub fn flatness(&self) -> Flatness {
        let (Some(&early), Some(&late)) = (
            self.minutes.get(1),
            self.minutes.get(2..).and_then(<[u64]>::last),
        ) else {
            return Flatness::Unknown;
        };
        let limit = early + early / 10 + ALLOWANCE;
        if late <= limit {
            Flatness::Flat { early, late, limit }
        } else {
            Flatness::Growing { early, late, limit }
        }
    }
}

/// Whether memory stayed constant after the first two minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Flatness {
    /// There were fewer than three minutes, or the system does not report memory.
    Unknown,
    /// Memory stayed within the limit.
    Flat {
        /// The memory at the end of the second minute.
        early: u64,
        /// The memory at the end of the last minute.
        late: u64,
        /// The limit for the last minute: `early` plus a tenth plus 8 MiB.
        limit: u64,
    },
    /// Memory exceeded the limit.
    Growing {
        /// The memory at the end of the second minute.
        early: u64,
        /// The memory at the end of the last minute.
        late: u64,
        /// The limit for the last minute: `early` plus a tenth plus 8 MiB.
        limit: u64,
    },
}

impl fmt::Display for Flatness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (result, early, late, limit) = match *self {
            Self::Unknown => return f.write_str("memory: unknown, the check needs three minutes"),
            Self::Flat { early, late, limit } => ("flat", early, late, limit),
            Self::Growing { early, late, limit } => ("GROWS", early, late, limit),
        };
        write!(
            f,
            "memory: {result}, {} MiB after two minutes and {} MiB after the last, {} MiB allowed",
            mib(early),
            mib(late),
            mib(limit)
        )
    }
}

/// Formats bytes as MiB with one decimal.
#[expect(clippy::cast_precision_loss, reason = "only printed")]
pub(super) fn mib(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / f64::from(1 << 20))
}

/// The tolerance for memory that the allocator keeps or returns between two measurements.
const ALLOWANCE: u64 = 8 << 20;

#[cfg(test)]
mod tests {
    use super::{ALLOWANCE, Flatness, Memory};

    const GIB: u64 = 1 << 30;

    fn check(minutes: &[u64], flat: Option<bool>) {
        let memory = Memory {
            minutes: minutes.to_vec(),
        };
        let is_flat = match memory.flatness() {
            Flatness::Unknown => None,
            Flatness::Flat { .. } => Some(true),
            Flatness::Growing { .. } => Some(false),
        };
        assert_eq!(is_flat, flat, "{minutes:?}");
    }

    #[test]
    fn the_last_minute_is_compared_with_the_second() {
        check(&[], None);
        check(&[1, 1], None);
        check(&[1, GIB, GIB], Some(true));
        check(&[GIB, GIB, GIB * 2, GIB], Some(true));
        check(&[1, GIB, GIB + GIB / 10 + ALLOWANCE], Some(true));
        check(&[1, GIB, GIB, GIB + GIB / 10 + ALLOWANCE + 1], Some(false));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_process_has_memory() {
        let mut memory = Memory::default();
        assert!(memory.measure().is_some_and(|bytes| bytes > 1 << 20));
    }
}
