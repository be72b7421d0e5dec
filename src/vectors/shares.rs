use serde_json::{Value, json};

use super::{Pinned, check};
use crate::crypto::{combine, split};
use crate::foreign::hex;

/// One secret in shares, and the subsets that give it back.
fn case(seed: u64, k: u8, n: u8, subsets: &[&[u8]]) -> Value {
    let mut random = Pinned::new(seed);
    let secret = random.secret();
    let coefficients: Vec<_> = (1..k).map(|_| random.secret()).collect();
    let shares = split(&secret, &coefficients, n);
    for subset in subsets {
        assert!(subset.len() >= k.into());
        let chosen: Vec<_> = subset.iter().map(|&index| (index, &shares[usize::from(index)])).collect();
        assert_eq!(combine(&chosen), secret);
    }
    let shares = (0u8..).zip(&shares);
    let shares = shares.map(|(index, share)| json!({ "index": index, "x": index + 1, "share": hex(share.expose()) }));
    json!({
        "k": k,
        "n": n,
        "secret": hex(secret.expose()),
        "coefficients": coefficients.iter().map(|coefficient| hex(coefficient.expose())).collect::<Vec<_>>(),
        "shares": shares.collect::<Vec<_>>(),
        "combine": subsets,
    })
}

#[test]
fn shares() {
    let all: Vec<u8> = (0..16).collect();
    let cases = [
        case(2, 1, 1, &[&[0]]),
        case(3, 1, 3, &[&[0], &[1], &[2]]),
        case(4, 2, 3, &[&[0, 1], &[2, 0], &[1, 2]]),
        case(5, 3, 5, &[&[0, 1, 2], &[4, 2, 0], &[1, 2, 3, 4]]),
        case(6, 9, 16, &[&all[..9], &all[7..], &all]),
    ];
    check("shares.json", json!({ "cases": cases }));
}
