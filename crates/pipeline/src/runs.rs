//! Ascending numbers in a few bytes: runs of equal differences, each a difference and a count in LEB128.

/// Writes numbers.
pub(crate) fn encode(numbers: &[u64]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (mut last, mut run) = (0_u64, None);
    for number in numbers {
        let difference = number.wrapping_sub(last);
        last = *number;
        run = match run {
            Some((of, count)) if of == difference => Some((of, count + 1)),
            ended => {
                write_run(&mut bytes, ended);
                Some((difference, 1_u64))
            }
        };
    }
    write_run(&mut bytes, run);
    bytes
}

/// Reads at most this many numbers.
pub(crate) fn decode(bytes: &[u8], most: usize) -> Vec<u64> {
    let (mut numbers, mut last, mut rest) = (Vec::new(), 0_u64, bytes);
    while let (Some(difference), Some(count)) = (read(&mut rest), read(&mut rest)) {
        for _ in 0..count {
            if numbers.len() >= most {
                return numbers;
            }
            last = last.wrapping_add(difference);
            numbers.push(last);
        }
    }
    numbers
}

fn write_run(bytes: &mut Vec<u8>, run: Option<(u64, u64)>) {
    for mut number in run
        .into_iter()
        .flat_map(|(difference, count)| [difference, count])
    {
        while number > 0x7F {
            bytes.push(0x80 | number.to_le_bytes()[0] & 0x7F);
            number >>= 7;
        }
        bytes.push(number.to_le_bytes()[0]);
    }
}

fn read(bytes: &mut &[u8]) -> Option<u64> {
    let (mut number, mut shift) = (0_u64, 0_u32);
    loop {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7F)
            .checked_shl(shift)
            .unwrap_or_default();
        shift = shift.saturating_add(7);
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
}

#[cfg(test)]
mod tests;
