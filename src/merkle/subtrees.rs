use thiserror::Error;

use super::Hash;

/// Why a proof was not made, or does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProofError {
    /// No such leaf, range or earlier size in a tree of that size. The question is wrong, not the proof.
    #[error("no such leaf, range or size in the tree")]
    Bounds,
    /// The proof has more or fewer hashes than a proof of this has.
    #[error("the proof has too many or too few hashes")]
    Length,
    /// The proof leads to another root. It, or what it should prove, was altered or belongs to another tree.
    #[error("the proof leads to another root")]
    Root,
}

/// Where the hashes of a tree's subtrees come from, when a proof is made.
pub trait Subtrees {
    /// Why a hash is not to be had.
    type Error: From<ProofError>;

    /// The root of the leaves `from` up to, not including, `to`.
    ///
    /// Only subtrees of the recursive split are asked for (RFC 9162 section 2.1.1): with `n = to - from` leaves and `w`
    /// the smallest power of two not below `n`, `from` is a multiple of `w`. If `n` is `w` the subtree is complete and
    /// never changes; else it ends where the tree does, and is a node over smaller ones.
    fn subtree(&mut self, from: u64, to: u64) -> Result<Hash, Self::Error>;
}

/// The largest power of two below `leaves`, which are at least two: where a tree is split (RFC 9162 section 2.1.1).
pub(super) const fn split(leaves: u64) -> u64 {
    1 << (leaves - 1).ilog2()
}
