//! The transparency log as its clients and witnesses see it.
//!
//! A log signs [checkpoints](Checkpoint), which are signed [notes](Note) of C2SP; witnesses [cosign](Cosignature) those
//! that extend what they saw before. A checkpoint with a quorum of cosignatures is [`Witnessed`]: it bounds the time of
//! what refers to it from below and of what it includes from above, and nobody's own clock is believed. A statement that
//! such a checkpoint includes is [`Logged`]. A [`Follower`] replays the whole log, [`LastSeen`] only remembers where it
//! was; both refuse a log that goes back or forks.
//!
//! The formats are those of C2SP [signed-note], [tlog-checkpoint] and [tlog-cosignature] (v1, Ed25519).
//!
//! [signed-note]: https://c2sp.org/signed-note@v1.0.0
//! [tlog-checkpoint]: https://c2sp.org/tlog-checkpoint@v1.0.0
//! [tlog-cosignature]: https://c2sp.org/tlog-cosignature@v1.0.0

mod archive;
mod checkpoint;
mod cosignature;
mod cosigner;
mod edge;
mod follower;
mod fork;
mod history;
mod key;
mod last_seen;
mod logged;
mod note;
mod proof_file;
mod quorum;
mod tile;
mod tile_tree;
mod witness;

pub use archive::{Archive, LogCopy};
pub use checkpoint::{Checkpoint, CheckpointError};
pub use cosignature::Cosignature;
pub use cosigner::{
    AddCheckpoint, AddCheckpointError, CosignError, Cosigner, cosignatures_from_bytes, cosignatures_to_bytes,
};
pub use edge::Edge;
pub use follower::{Followed, Follower, Unreadable};
pub use fork::{Fork, LogError};
pub use history::{Checkpoints, checkpoint_path};
pub use key::{NoteKey, NoteKeyError, NoteKeyKind};
pub use last_seen::{FetchError, LastSeen};
pub use logged::Logged;
pub use note::{Note, NoteError, NoteSignature};
pub use proof_file::{OfflineError, ProofFile, ProofFileError};
pub use quorum::{QuorumError, Witnessed};
pub use tile::{BundleError, Row, TILE_WIDTH, Tile, TilePathError, bundle, unbundle};
pub use tile_tree::{CHECKPOINT_PATH, TileError, TileReadError, TileReader, TileTree, read_checkpoint};
pub use witness::{MemoryWitnessStore, Seen, Witness, WitnessAt, WitnessError, WitnessStore, WitnessStoreError};
