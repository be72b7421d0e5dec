use alloc::{collections::BTreeMap, sync::Arc};

use thiserror::Error;

use crate::io;
use crate::record::{ClipId, Head};

/// The camera's store failed. Nothing was changed that it did not say.
#[derive(Debug, Clone, Error)]
#[error("the camera's store failed: {0}")]
pub struct StoreError(Arc<io::Error>);

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        Self(Arc::new(error))
    }
}

/// What a camera has to remember over a power cut: a counter, and the manifests of the clips that it has closed.
///
/// Each change is durable when the call returns. A store must never be copied to another camera, nor set back, and belongs
/// where nobody but the camera can write: whoever deletes what it remembers can have a clip recovered shorter than it was.
pub trait CameraStore {
    /// Counts up and gives the number, which was never given before.
    fn next_counter(&mut self) -> Result<u64, StoreError>;

    /// Remembers for ever the one manifest that a clip can have. Called once for a clip, before the manifest is signed.
    fn close(&mut self, manifest: &Head) -> Result<(), StoreError>;

    /// The manifest of a clip that is closed, or was about to be.
    fn closed(&self, clip: ClipId) -> Result<Option<Head>, StoreError>;
}

/// A store in memory: the reference, and for tests.
#[derive(Debug, Default)]
pub struct MemoryStore {
    counter: u64,
    closed: BTreeMap<ClipId, Head>,
}

impl CameraStore for MemoryStore {
    fn next_counter(&mut self) -> Result<u64, StoreError> {
        self.counter += 1;
        Ok(self.counter)
    }

    fn close(&mut self, manifest: &Head) -> Result<(), StoreError> {
        self.closed.insert(manifest.clip, manifest.clone());
        Ok(())
    }

    fn closed(&self, clip: ClipId) -> Result<Option<Head>, StoreError> {
        Ok(self.closed.get(&clip).cloned())
    }
}
