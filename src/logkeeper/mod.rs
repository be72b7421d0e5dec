//! Whoever keeps the log: takes statements in, signs checkpoints, has them cosigned, and gives out entries and proofs.
//!
//! Nobody has to trust a logkeeper. It cannot alter or drop what a witnessed checkpoint includes, nor show two histories;
//! what it can do is stand still, and that shows.
//!
//! ```
//! use footage::crypto::{OsRandom, SigningKey};
//! use footage::logkeeper::MemoryLog;
//! use footage::record::{KeyName, LogRoot, Timestamp};
//! use footage::tlog::{Witness, Witnessed};
//!
//! let log = MemoryLog::new(KeyName::new("log.example")?, SigningKey::generate(&mut OsRandom)?);
//! let mut witnesses = Vec::new();
//! for name in ["w1.example", "w2.example", "w3.example", "w4.example"] {
//!     let mut witness = Witness::new(KeyName::new(name)?, SigningKey::generate(&mut OsRandom)?);
//!     witness.watch(log.origin().clone(), log.verifying_key());
//!     witnesses.push(witness);
//! }
//! let keys = witnesses.iter().map(Witness::key).collect();
//! let root = LogRoot::new(log.origin().clone(), log.verifying_key(), keys, 3, 1)?;
//!
//! let now = Timestamp::from_seconds(1_790_000_000)?;
//! let checkpoint = Witnessed::verify(&log.cosigned(&mut witnesses, now)?, &root)?;
//! assert_eq!((checkpoint.checkpoint().size(), checkpoint.not_before()), (0, now));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(feature = "logkeeper")]
mod batch;
#[cfg(feature = "logkeeper")]
mod duplicates;
#[cfg(feature = "logkeeper")]
mod flush;
#[cfg(feature = "logkeeper")]
mod ids;
mod memory;
#[cfg(feature = "logkeeper")]
mod open;
#[cfg(feature = "logkeeper")]
mod publish;
mod reader;
#[cfg(feature = "logkeeper")]
mod store;
#[cfg(test)]
mod tests;
#[cfg(feature = "logkeeper")]
mod witness_files;
#[cfg(feature = "logkeeper")]
mod writer;

#[cfg(feature = "logkeeper")]
pub use flush::{Batching, FlushError, Inclusion, Ticket};
#[cfg(feature = "logkeeper")]
pub use ids::{DirectoryIndex, IdIndex, Indexed, MemoryIndex};
pub use memory::{AppendError, MemoryLog};
#[cfg(feature = "logkeeper")]
pub use open::OpenError;
pub use reader::DirectoryReader;
#[cfg(feature = "logkeeper")]
pub use store::LogStore;
#[cfg(feature = "logkeeper")]
pub use witness_files::DirectoryWitnessStore;
#[cfg(feature = "logkeeper")]
pub use writer::LogWriter;
