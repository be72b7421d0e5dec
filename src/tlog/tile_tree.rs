use std::collections::BTreeMap;

use thiserror::Error;

use crate::merkle::{
    ConsistencyProof, Hash, InclusionProof, ProofError, Subtrees, consistency_proof, inclusion_proof, leaf_hash,
};
use crate::record::LogRoot;

use super::tile::unbundle;
use super::{Checkpoint, Edge, QuorumError, Row, TILE_WIDTH, Tile, Witnessed};

/// Where a log publishes its latest checkpoint, below its prefix.
pub const CHECKPOINT_PATH: &str = "checkpoint";

/// Why a published file could not be read. Try again, or ask another copy of the log.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{path} could not be read: {reason}")]
pub struct TileReadError {
    /// Which file.
    pub path: String,
    /// What the reader says.
    pub reason: String,
}

/// Reads the files that a log publishes: a directory, an HTTP client, or whatever has them. It need not be trusted.
pub trait TileReader {
    /// The bytes of the file at a path below the log's prefix, or nothing if there is none.
    fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>, TileReadError>;
}

impl<R: TileReader + ?Sized> TileReader for &mut R {
    fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>, TileReadError> {
        (**self).read(path)
    }
}

/// The files of a log in memory, by path.
impl TileReader for BTreeMap<String, Vec<u8>> {
    fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>, TileReadError> {
        Ok(self.get(path).cloned())
    }
}

/// Why a log's tiles are not believed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TileError {
    /// A file could not be read.
    #[error(transparent)]
    Read(#[from] TileReadError),
    /// A file that a log of this size must have is not there.
    #[error("the log does not serve {0}")]
    Missing(String),
    /// A file is not what the checkpoint commits to. The copy is damaged, or lies: ask another one.
    #[error("{0} is not what the checkpoint commits to")]
    Altered(String),
    /// No such entry, or size.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The checkpoint is none that one may rely on.
    #[error(transparent)]
    Checkpoint(#[from] QuorumError),
}

/// Reads the latest checkpoint, and believes it if its quorum of witnesses has cosigned it.
pub fn read_checkpoint<R: TileReader>(reader: &mut R, log: &LogRoot) -> Result<Witnessed, TileError> {
    let note = reader.read(CHECKPOINT_PATH)?.ok_or_else(|| TileError::Missing(CHECKPOINT_PATH.to_owned()))?;
    Ok(Witnessed::verify(&note, log)?)
}

/// The tree of a log as its tiles show it, each verified against a checkpoint before it is used.
///
/// It makes proofs, and reads entries. At most [`Self::CACHED`] tiles, of 8 KiB, are held at a time.
#[derive(Debug)]
pub struct TileTree<R> {
    reader: R,
    size: u64,
    root: Hash,
    edge: Option<Edge>,
    tiles: BTreeMap<Tile, Vec<Hash>>,
}

impl<R: TileReader> TileTree<R> {
    /// How many tiles are held at most.
    pub const CACHED: usize = 512;

    /// The tree that a checkpoint commits to. Whoever calls believes the checkpoint.
    pub const fn new(reader: R, checkpoint: &Checkpoint) -> Self {
        Self { reader, size: checkpoint.size(), root: checkpoint.root(), edge: None, tiles: BTreeMap::new() }
    }

    /// How many entries it has.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Proves that entry `index` is in the tree.
    pub fn inclusion_proof(&mut self, index: u64) -> Result<InclusionProof, TileError> {
        let size = self.size;
        inclusion_proof(self, index, size)
    }

    /// Proves that the tree of `old` entries is the beginning of this one.
    pub fn consistency_proof(&mut self, old: u64) -> Result<ConsistencyProof, TileError> {
        let size = self.size;
        consistency_proof(self, old, size)
    }

    /// The hash of entry `index`, verified.
    pub fn leaf(&mut self, index: u64) -> Result<Hash, TileError> {
        if index < self.size { self.complete(0, index) } else { Err(ProofError::Bounds.into()) }
    }

    /// The entries from index `from` up to the end of the bundle that they begin in, but not beyond `to` or the tree;
    /// each is verified. Empty if the range is.
    pub fn entries(&mut self, from: u64, to: u64) -> Result<Vec<Vec<u8>>, TileError> {
        let to = to.min(self.size);
        let Some(tile) = Tile::of_tree(Row::Entries, from / TILE_WIDTH, self.size).filter(|_| from < to) else {
            return Ok(Vec::new());
        };
        let bytes = self.read(tile)?;
        let altered = || TileError::Altered(tile.to_string());
        let entries = unbundle(&bytes, tile.width()).map_err(|_| altered())?;
        let wanted = (tile.start()..).zip(entries).filter(|(index, _)| (from..to).contains(index));
        wanted
            .map(
                |(index, entry)| {
                    if self.leaf(index)? == leaf_hash(entry) { Ok(entry.to_vec()) } else { Err(altered()) }
                },
            )
            .collect()
    }

    /// The bytes of a tile. A log may drop a partial one when there is the full one, which begins with it.
    fn read(&mut self, tile: Tile) -> Result<Vec<u8>, TileError> {
        if let Some(bytes) = self.reader.read(&tile.to_string())? {
            return Ok(bytes);
        }
        let full = if tile == tile.full() { None } else { self.reader.read(&tile.full().to_string())? };
        full.ok_or_else(|| TileError::Missing(tile.to_string()))
    }

    fn hashes(&mut self, tile: Tile) -> Result<Vec<Hash>, TileError> {
        let bytes = self.read(tile)?;
        let (hashes, _) = bytes.as_chunks::<32>();
        let hashes = hashes.get(..tile.width().into()).ok_or_else(|| TileError::Altered(tile.to_string()))?;
        Ok(hashes.iter().copied().map(Hash::from_bytes).collect())
    }

    /// The partial tiles at the right, which together lead to the root.
    fn edge(&mut self) -> Result<&Edge, TileError> {
        let edge = if let Some(edge) = self.edge.take() {
            edge
        } else {
            let edge = Edge::restore(self.size, |tile| self.hashes(tile))?;
            if edge.root() != self.root {
                return Err(TileError::Altered("the right edge of the tiles".to_owned()));
            }
            edge
        };
        Ok(self.edge.insert(edge))
    }

    /// The root of complete subtree `index` of `2^level` leaves.
    fn complete(&mut self, level: u32, index: u64) -> Result<Hash, TileError> {
        let (from, to) = (index << level, (index + 1) << level);
        if let Ok(hash) = self.edge()?.hash(from, to) {
            return Ok(hash);
        }
        // Not in a partial tile, so in a full one.
        let row = level / 8;
        let (width, first) = (1_u64 << (level % 8), index << (level % 8));
        let tile = Tile::of_tree(Row::Hashes(row as u8), first / TILE_WIDTH, self.size)
            .filter(|tile| *tile == tile.full())
            .ok_or(ProofError::Bounds)?;
        let hashes = self.full(tile, row)?;
        let at = (first % TILE_WIDTH) as usize;
        hashes.get(at..at + width as usize).map(crate::merkle::root_of).ok_or(ProofError::Bounds.into())
    }

    /// A full tile, which the hash above it commits to.
    fn full(&mut self, tile: Tile, row: u32) -> Result<&[Hash], TileError> {
        if !self.tiles.contains_key(&tile) {
            let expected = self.complete(8 * (row + 1), tile.index())?;
            let hashes = self.hashes(tile)?;
            if crate::merkle::root_of(&hashes) != expected {
                return Err(TileError::Altered(tile.to_string()));
            }
            if self.tiles.len() >= Self::CACHED {
                self.tiles.clear();
            }
            self.tiles.insert(tile, hashes);
        }
        Ok(self.tiles.get(&tile).map_or(&[], Vec::as_slice))
    }
}

impl<R: TileReader> Subtrees for TileTree<R> {
    type Error = TileError;

    fn subtree(&mut self, from: u64, to: u64) -> Result<Hash, TileError> {
        let leaves = to.checked_sub(from).filter(|&leaves| leaves > 0).ok_or(ProofError::Bounds)?;
        let width = leaves.checked_next_power_of_two().ok_or(ProofError::Bounds)?;
        if to > self.size || !from.is_multiple_of(width) {
            return Err(ProofError::Bounds.into());
        }
        if leaves == width {
            return self.complete(width.ilog2(), from / width);
        }
        let middle = from + width / 2;
        Ok(crate::merkle::node_hash(self.subtree(from, middle)?, self.subtree(middle, to)?))
    }
}
