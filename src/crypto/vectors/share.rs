//! Secret sharing against a foreign implementation (`vsss-rs`), and the field's arithmetic against a naive one.

use proptest::prelude::*;
use proptest::sample::subsequence;
use vsss_rs::Gf256;

use super::super::share::{invert, multiply};
use super::super::{OsRandom, Secret, combine, split};
use super::secret;

/// Product as FIPS 197 section 4.2 defines it: of polynomials, then modulo `x^8 + x^4 + x^3 + x + 1`.
fn naive(a: u8, b: u8) -> u8 {
    let product = (0..8).filter(|bit| b >> bit & 1 == 1).fold(0u16, |sum, bit| sum ^ (u16::from(a) << bit));
    let rest =
        (8..16).rev().fold(product, |rest, bit| if rest >> bit & 1 == 1 { rest ^ (0x11b << (bit - 8)) } else { rest });
    rest.try_into().unwrap()
}

#[test]
fn every_product_is_the_naive_one_and_the_foreign_one() {
    for a in 0..=255 {
        for b in 0..=255 {
            assert_eq!(multiply(a, b), naive(a, b));
            assert_eq!(multiply(a, b), (Gf256(a) * Gf256(b)).0);
        }
    }
    // FIPS 197 section 4.2.
    assert_eq!(multiply(0x57, 0x83), 0xc1);
}

#[test]
fn every_inverse_is_one() {
    assert_eq!(invert(0), 0);
    for a in 1..=255 {
        assert_eq!(naive(a, invert(a)), 1);
    }
}

/// The foreign form of a share: its point, then its bytes.
fn foreign(index: u8, share: &Secret<32>) -> Vec<u8> {
    [&[index + 1], &share.expose()[..]].concat()
}

fn chosen<'a>(shares: &'a [Secret<32>], indices: &[u8]) -> Vec<(u8, &'a Secret<32>)> {
    indices.iter().map(|&index| (index, &shares[usize::from(index)])).collect()
}

/// `k`, and `n` indices shuffled: `2 <= k <= n <= 16`.
fn group() -> impl Strategy<Value = (usize, Vec<u8>)> {
    (2..=16usize).prop_flat_map(|n| (2..=n, Just((0..n as u8).collect::<Vec<_>>()).prop_shuffle()))
}

/// Random coefficients for a threshold.
fn coefficients(k: usize) -> Vec<Secret<32>> {
    (1..k).map(|_| Secret::random(&mut OsRandom).unwrap()).collect()
}

proptest! {
    #[test]
    fn our_shares_combine_in_the_foreign_implementation(bytes in any::<[u8; 32]>(), (k, indices) in group()) {
        let shares = split(&secret(&bytes), &coefficients(k), indices.len() as u8);
        let theirs: Vec<_> = indices[..k].iter().map(|&index| foreign(index, &shares[usize::from(index)])).collect();
        prop_assert_eq!(Gf256::combine_bytes(&theirs).unwrap(), bytes);
    }

    #[test]
    fn foreign_shares_combine_here(bytes in any::<[u8; 32]>(), (k, indices) in group()) {
        let theirs = Gf256::split_bytes(k, indices.len(), bytes, System).unwrap();
        let shares: Vec<_> = theirs.iter().map(|share| secret(&share[1..])).collect();
        for (index, share) in theirs.iter().enumerate() {
            prop_assert_eq!(usize::from(share[0]), index + 1);
        }
        prop_assert_eq!(combine(&chosen(&shares, &indices[..k])), secret(&bytes));
    }

    #[test]
    fn any_k_shares_give_the_secret_and_fewer_another_value(bytes in any::<[u8; 32]>(), (k, indices) in group()) {
        let shares = split(&secret(&bytes), &coefficients(k), indices.len() as u8);
        for count in k..=indices.len() {
            prop_assert_eq!(combine(&chosen(&shares, &indices[..count])), secret(&bytes));
        }
        for count in 1..k {
            prop_assert_ne!(combine(&chosen(&shares, &indices[..count])), secret(&bytes));
        }
    }

    /// With one share fewer than the threshold every secret is as likely: whatever another secret is, some last share
    /// leads to it.
    #[test]
    fn k_minus_one_shares_fit_every_secret(
        bytes in any::<[u8; 32]>(), other in any::<[u8; 32]>(), held in subsequence((0..5u8).collect::<Vec<_>>(), 2),
    ) {
        let shares = split(&secret(&bytes), &coefficients(3), 5);
        // The polynomial through (0, other) and the two held points has a value at each further point.
        let points = [(0, other), (held[0] + 1, *shares[usize::from(held[0])].expose()),
            (held[1] + 1, *shares[usize::from(held[1])].expose())];
        let x = 6;
        let mut last = [0; 32];
        for (i, (xi, value)) in points.iter().enumerate() {
            let weight = points.iter().enumerate().filter(|(j, _)| *j != i)
                .fold(1, |product, (_, (xj, _))| multiply(product, multiply(x ^ xj, invert(xi ^ xj))));
            last.iter_mut().zip(value).for_each(|(sum, byte)| *sum ^= multiply(*byte, weight));
        }
        let mut all = chosen(&shares, &held);
        let last = secret(&last);
        all.push((x - 1, &last));
        prop_assert_eq!(combine(&all), secret(&other));
    }
}

#[test]
fn one_of_one_is_the_secret_itself() {
    let shares = split(&secret(&[7; 32]), &[], 1);
    assert_eq!(shares, [secret(&[7; 32])]);
    assert_eq!(combine(&chosen(&shares, &[0])), secret(&[7; 32]));
}

/// The system's randomness in the form that the foreign implementation draws it.
struct System;

impl rand_core::TryRng for System {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(getrandom::u32().unwrap())
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(getrandom::u64().unwrap())
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
        getrandom::fill(out).unwrap();
        Ok(())
    }
}

impl rand_core::TryCryptoRng for System {}
