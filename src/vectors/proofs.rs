use serde_json::{Value, json};

use super::{Pinned, hashes};
use crate::foreign::hex;
use crate::merkle::{Hash, Tree};
use crate::record::{CustodianId, CustodianStart, Nonce, Verified};

/// Entries of a small log: a custodian that starts seven times.
pub(super) fn entries(random: &mut Pinned) -> Vec<Verified<CustodianStart>> {
    let key = random.signing_key();
    let custodian = CustodianId::new("alpha").unwrap();
    let mut start = || CustodianStart { custodian: custodian.clone(), nonce: Nonce::random(random).unwrap() };
    (0..7).map(|_| Verified::sign(start(), &key)).collect()
}

/// The tree of these leaves, its roots at every size, and proofs of each kind, each verified.
pub(super) fn proofs(leaves: &[Hash]) -> Value {
    let tree: Tree = leaves.iter().copied().collect();
    let root = |size: u64| tree.root_at(size).unwrap();
    let inclusion = [(0, 1), (0, 7), (3, 7), (6, 7), (2, 5), (4, 5)].map(|(index, size)| {
        let proof = tree.inclusion_proof(index, size).unwrap();
        proof.verify(leaves[index as usize], index, size, root(size)).unwrap();
        json!({ "index": index, "size": size, "proof": hashes(&proof.0) })
    });
    let consistency = [(0, 7), (1, 7), (3, 7), (4, 7), (6, 7), (7, 7), (3, 5)].map(|(old, new)| {
        let proof = tree.consistency_proof(old, new).unwrap();
        proof.verify(old, root(old), new, root(new)).unwrap();
        json!({ "old": old, "new": new, "proof": hashes(&proof.0) })
    });
    let range = [(0, 7), (0, 4), (1, 2), (2, 5), (3, 7), (6, 7)].map(|(from, to)| {
        let proof = tree.range_proof(from, to, 7).unwrap();
        proof.verify(from, &leaves[from as usize..to as usize], 7, root(7)).unwrap();
        json!({ "from": from, "to": to, "size": 7, "proof": hashes(&proof.0) })
    });
    json!({
        "leaves": hashes(leaves),
        "roots": (0..=7).map(|size| hex(root(size).as_bytes())).collect::<Vec<_>>(),
        "inclusion": inclusion,
        "consistency": consistency,
        "range": range,
    })
}
