/// Divides by a number from 1 to 2^64 - 1, and rounds down.
///
/// What the compiler calls for a division of 128 bits has to be linked with a runtime that unwinds, which a camera's firmware
/// is not.
pub(super) fn floored(count: i128, by: i128) -> i128 {
    let by = u64::try_from(by).unwrap_or(u64::MAX).max(1);
    let quotient = |count: u128| i128::try_from(divided(count, by)).unwrap_or(i128::MAX);
    match u128::try_from(count) {
        Ok(count) => quotient(count),
        Err(_) => -quotient(count.unsigned_abs().saturating_add(u128::from(by) - 1)),
    }
}

fn divided(count: u128, by: u64) -> u128 {
    if let Ok(count) = u64::try_from(count) {
        return (count / by).into();
    }
    // Bit by bit.
    let (mut rest, mut quotient) = (0_u128, 0_u128);
    for bit in (0..u128::BITS - count.leading_zeros()).rev() {
        rest = rest << 1 | count >> bit & 1;
        quotient <<= 1;
        if rest >= by.into() {
            rest -= u128::from(by);
            quotient |= 1;
        }
    }
    quotient
}

#[cfg(test)]
mod tests {
    use super::floored;

    #[test]
    fn it_rounds_down() {
        let counts = [0, 1, 2, 89, 90_000, 1 << 63, (1 << 64) - 1, 1 << 64, 3 << 70, i128::MAX - (1 << 65), i128::MAX];
        let counts = counts.into_iter().flat_map(|count| [count, -count, count / 7 * 3, 1 - count]);
        for (count, by) in
            counts.flat_map(|count| [1, 2, 1000, 90_000, (1 << 33) - 2, (1 << 64) - 1].map(|by| (count, by)))
        {
            assert_eq!(floored(count, by), count.div_euclid(by), "{count} / {by}");
        }
    }
}
