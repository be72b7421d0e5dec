use std::sync::Arc;

use thiserror::Error;

use crate::record::{Consent, GrantId};

/// Where the consents of a household are kept.
///
/// A consent holds the only revocation of its grant. It is kept before anything that opens the grant leaves the device, so
/// that no crash and no loss of the device leaves a grant that nobody can revoke.
pub trait ConsentKeeper {
    /// Makes a consent durable on this device, and hands it to the place that keeps the household file. Returns once that
    /// place has acknowledged it. The same consent may be kept again.
    fn keep(&mut self, consent: &Consent) -> Result<(), KeepError>;

    /// Returns whether a device of the household has revoked a grant, as the household file is now.
    fn is_revoked(&mut self, grant: &GrantId) -> Result<bool, KeepError>;
}

/// A consent could not be kept, or whether it is revoked could not be found out. Nothing was sent; try again.
#[derive(Debug, Clone, Error)]
#[error("the keeper of the household's consents failed: try again")]
pub struct KeepError(#[source] pub Arc<dyn std::error::Error + Send + Sync>);

impl KeepError {
    /// An error of the keeper, and its cause.
    pub fn new(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self(Arc::new(cause))
    }
}

/// Consents in memory, for tests.
#[derive(Debug, Default)]
pub struct MemoryKeeper {
    /// All that were kept, the oldest first.
    pub kept: Vec<Consent>,
    /// The grants that were revoked.
    pub revoked: Vec<GrantId>,
}

impl ConsentKeeper for MemoryKeeper {
    fn keep(&mut self, consent: &Consent) -> Result<(), KeepError> {
        self.kept.push(consent.clone());
        Ok(())
    }

    fn is_revoked(&mut self, grant: &GrantId) -> Result<bool, KeepError> {
        Ok(self.revoked.contains(grant))
    }
}
