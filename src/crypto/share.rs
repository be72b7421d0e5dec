//! Shamir's secret sharing over GF(256) with the polynomial of AES (`x^8 + x^4 + x^3 + x + 1`), byte by byte.
//!
//! Ours because the maintained crates look secrets up in tables, which the cache betrays, or copy them about unwiped:
//! this is free of branches and look-ups that depend on a secret. The tests hold it against a foreign implementation.

use super::Secret;

/// Splits a secret into `n` shares of which any `k` give it back; share `i` stands for the point `x = i + 1`.
///
/// The caller keeps `1 <= k <= n <= 255`. `coefficients` are those of `x^1` to `x^(k-1)`, uniform and secret.
pub(crate) fn split(secret: &Secret<32>, coefficients: &[Secret<32>], n: u8) -> Vec<Secret<32>> {
    let share = |x| {
        Secret::filled(|share| {
            for power in coefficients.iter().rev() {
                for (byte, coefficient) in share.iter_mut().zip(power.expose()) {
                    *byte = multiply(*byte ^ coefficient, x);
                }
            }
            for (byte, constant) in share.iter_mut().zip(secret.expose()) {
                *byte ^= constant;
            }
        })
    };
    (1..=n).map(share).collect()
}

/// Gives the secret back from shares with distinct indices, at least as many as the threshold.
///
/// Too few shares, or wrong ones, give a wrong secret: the caller holds it against its commitment.
pub(crate) fn combine(shares: &[(u8, &Secret<32>)]) -> Secret<32> {
    Secret::filled(|secret| {
        for &(index, share) in shares {
            let x = index.wrapping_add(1);
            // Lagrange's coefficient at zero; the points are public.
            let coefficient = shares
                .iter()
                .map(|&(other, _)| other.wrapping_add(1))
                .filter(|&other| other != x)
                .fold(1, |product, other| multiply(product, multiply(other, invert(other ^ x))));
            for (byte, value) in secret.iter_mut().zip(share.expose()) {
                *byte ^= multiply(*value, coefficient);
            }
        }
    })
}

/// Product in GF(256), in constant time.
pub(super) const fn multiply(a: u8, b: u8) -> u8 {
    let mut product = 0;
    let mut a = a;
    let mut bit = 0;
    while bit < 8 {
        product ^= a & 0u8.wrapping_sub((b >> bit) & 1);
        a = (a << 1) ^ (0x1b & 0u8.wrapping_sub(a >> 7));
        bit += 1;
    }
    product
}

/// Inverse in GF(256): the power 254; zero stays zero.
pub(super) const fn invert(a: u8) -> u8 {
    let mut power = a;
    let mut result = 1;
    let mut bit = 1;
    while bit < 8 {
        power = multiply(power, power);
        result = multiply(result, power);
        bit += 1;
    }
    result
}
