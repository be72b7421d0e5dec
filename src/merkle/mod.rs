//! Merkle trees as RFC 6962 section 2.1 and RFC 9162 section 2.1 define them, over SHA-256.
//!
//! Clip and log use the same trees; this module knows neither. A [`Frontier`] follows a growing tree in the memory of a
//! few hashes, a [`Tree`] holds every complete subtree and makes proofs, and whoever keeps the hashes elsewhere answers
//! as [`Subtrees`]. A proof is a list of hashes that anybody may have made up: it says nothing before it is verified.
//!
//! ```
//! use footage::merkle::{Tree, leaf_hash};
//!
//! let tree: Tree = [b"one", b"two", b"six"].map(|leaf| leaf_hash(leaf)).into_iter().collect();
//! let proof = tree.inclusion_proof(1, 3)?;
//! proof.verify(leaf_hash(b"two"), 1, 3, tree.root())?;
//! assert!(proof.verify(leaf_hash(b"ten"), 1, 3, tree.root()).is_err());
//! # Ok::<(), footage::merkle::ProofError>(())
//! ```

mod consistency;
mod frontier;
mod hash;
mod inclusion;
mod range;
mod subtrees;
mod tree;

pub use consistency::{ConsistencyProof, consistency_proof};
pub use frontier::{Frontier, complete_subtrees, root_of};
pub use hash::{Hash, leaf_hash, leaf_hash_of, node_hash};
pub use inclusion::{InclusionProof, inclusion_proof};
pub use range::{RangeProof, Run, range_proof, ranges_proof};
pub use subtrees::{ProofError, Subtrees};
pub use tree::Tree;
