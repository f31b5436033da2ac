//! What the process takes from the machine, minute for minute.

use std::fmt;

/// The resident memory at the end of each minute, in bytes.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    minutes: Vec<u64>,
}

impl Memory {
    /// Measures, notes it as the next minute, and returns it; `None` where the system does not tell.
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

    /// Judges the minutes: the last against the second.
    pub fn flatness(&self) -> Flatness {
        let (Some(&early), Some(&late)) = (
            self.minutes.get(1),
            self.minutes.get(2..).and_then(<[u64]>::last),
        ) else {
            return Flatness::NotJudged;
        };
        let most = early + early / 10 + ALLOWANCE;
        if late <= most {
            Flatness::Flat { early, late, most }
        } else {
            Flatness::Grows { early, late, most }
        }
    }
}

/// Whether memory stood still after the first two minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Flatness {
    /// There were less than three minutes, or the system does not tell.
    NotJudged,
    /// The last minute took no more than allowed.
    Flat {
        /// At the end of the second minute.
        early: u64,
        /// At the end of the last minute.
        late: u64,
        /// The most that is allowed then: a tenth more, and 8 MiB.
        most: u64,
    },
    /// The last minute took more.
    Grows {
        /// At the end of the second minute.
        early: u64,
        /// At the end of the last minute.
        late: u64,
        /// The most that is allowed then: a tenth more, and 8 MiB.
        most: u64,
    },
}

impl fmt::Display for Flatness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, early, late, most) = match *self {
            Self::NotJudged => return f.write_str("memory: not judged, that takes three minutes"),
            Self::Flat { early, late, most } => ("flat", early, late, most),
            Self::Grows { early, late, most } => ("GROWS", early, late, most),
        };
        write!(
            f,
            "memory: {word}, {} MiB after two minutes and {} MiB after the last, {} MiB allowed",
            mib(early),
            mib(late),
            mib(most)
        )
    }
}

/// Returns bytes in MiB, with one decimal.
#[expect(clippy::cast_precision_loss, reason = "for people")]
pub(super) fn mib(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / f64::from(1 << 20))
}

/// What the allocator may keep or give back between two measurements.
const ALLOWANCE: u64 = 8 << 20;

#[cfg(test)]
mod tests {
    use super::{ALLOWANCE, Flatness, Memory};

    const GIB: u64 = 1 << 30;

    fn check(minutes: &[u64], flat: Option<bool>) {
        let memory = Memory {
            minutes: minutes.to_vec(),
        };
        let judged = match memory.flatness() {
            Flatness::NotJudged => None,
            Flatness::Flat { .. } => Some(true),
            Flatness::Grows { .. } => Some(false),
        };
        assert_eq!(judged, flat, "{minutes:?}");
    }

    #[test]
    fn the_last_minute_is_judged_by_the_second() {
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
