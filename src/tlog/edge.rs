use crate::merkle::{Hash, ProofError, Subtrees, node_hash};

use super::{Row, Tile};

/// The right edge of a growing tree as tiles need it: of every row, the hashes from the start of the last, partial tile
/// on, and all that was appended since [`forget`](Self::forget).
///
/// It gives the tiles of what was appended, and the proofs that lead from there to the root.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edge {
    size: u64,
    levels: Vec<Level>,
}

/// The complete subtrees of `2^l` leaves from the one with index `from` on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Level {
    from: u64,
    hashes: Vec<Hash>,
}

/// The first subtree of `2^level` leaves that lies in the last, partial tile of a tree.
const fn window(size: u64, level: usize) -> u64 {
    let above = 8 * (level / 8 + 1);
    if above < 64 { (size >> above) << (above - level) } else { 0 }
}

impl Edge {
    /// The tree without leaves.
    pub const fn new() -> Self {
        Self { size: 0, levels: Vec::new() }
    }

    /// The edge of a tree of this size, from the partial tiles at its right end. `read` is asked for the hashes of each.
    ///
    /// Whoever calls compares [`root`](Self::root) with one that they believe.
    pub fn restore<E: From<ProofError>>(
        size: u64,
        mut read: impl FnMut(Tile) -> Result<Vec<Hash>, E>,
    ) -> Result<Self, E> {
        let mut levels = Vec::new();
        for row in 0_u8..8 {
            let len = Row::Hashes(row).len(size);
            if len == 0 {
                break;
            }
            let from = len / 256 * 256;
            let mut level = Level { from, hashes: Vec::new() };
            if let Some(tile) = Tile::of_tree(Row::Hashes(row), len / 256, size) {
                level.hashes = read(tile)?;
                if level.hashes.len() != usize::from(tile.width()) {
                    return Err(ProofError::Length.into());
                }
            }
            for _ in 0..8 {
                let pairs = level.hashes.chunks_exact(2).map(|pair| node_hash(pair[0], pair[1])).collect();
                let above = Level { from: level.from / 2, hashes: pairs };
                levels.push(core::mem::replace(&mut level, above));
            }
        }
        Ok(Self { size, levels })
    }

    /// How many leaves the tree has.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf by its hash.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        for level in 0.. {
            if level == self.levels.len() {
                self.levels.push(Level::default());
            }
            let row = &mut self.levels[level];
            row.hashes.push(hash);
            match row.hashes.as_slice() {
                [.., left, right] if (row.from + row.hashes.len() as u64).is_multiple_of(2) => {
                    hash = node_hash(*left, *right);
                }
                _ => break,
            }
        }
        self.size += 1;
    }

    /// The root of the tree.
    pub fn root(&self) -> Hash {
        if self.size == 0 { Hash::EMPTY } else { self.hash(0, self.size).unwrap_or(Hash::EMPTY) }
    }

    /// The bytes of a tile of hashes, if they are at hand.
    pub fn tile(&self, tile: Tile) -> Option<Vec<u8>> {
        let Row::Hashes(row) = tile.row() else { return None };
        let hashes = (0..u64::from(tile.width())).map(|at| self.complete(8 * usize::from(row), tile.start() + at).ok());
        let hashes: Option<Vec<_>> = hashes.map(|hash| hash.map(|hash| *hash.as_bytes())).collect();
        Some(hashes?.concat())
    }

    /// Keeps only what later tiles and proofs need.
    pub fn forget(&mut self) {
        for (level, row) in self.levels.iter_mut().enumerate() {
            let from = window(self.size, level).max(row.from);
            // No longer than what is there.
            row.hashes.drain(..row.hashes.len().min((from - row.from) as usize));
            row.from = from;
        }
    }

    fn complete(&self, level: usize, index: u64) -> Result<Hash, ProofError> {
        let row = self.levels.get(level).ok_or(ProofError::Bounds)?;
        let at = index.checked_sub(row.from).and_then(|at| usize::try_from(at).ok()).ok_or(ProofError::Bounds)?;
        row.hashes.get(at).copied().ok_or(ProofError::Bounds)
    }

    pub(super) fn hash(&self, from: u64, to: u64) -> Result<Hash, ProofError> {
        let leaves = to.checked_sub(from).filter(|&leaves| leaves > 0).ok_or(ProofError::Bounds)?;
        let width = leaves.checked_next_power_of_two().ok_or(ProofError::Bounds)?;
        if to > self.size || !from.is_multiple_of(width) {
            return Err(ProofError::Bounds);
        }
        let complete = self.complete(width.ilog2() as usize, from / width);
        if leaves < width || complete.is_err() {
            // Of a complete subtree that is no longer there the halves may be: those of the last tile of a row.
            if width == 1 {
                return complete;
            }
            let middle = from + width / 2;
            return Ok(node_hash(self.hash(from, middle)?, self.hash(middle, to)?));
        }
        complete
    }
}

impl Subtrees for &Edge {
    type Error = ProofError;

    fn subtree(&mut self, from: u64, to: u64) -> Result<Hash, ProofError> {
        self.hash(from, to)
    }
}
