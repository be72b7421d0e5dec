use crate::crypto::Secret;

/// The present secret of the ratchet from which request and one-time keys are made, beside fresh randomness.
///
/// Each next secret is made together with a key, and the present one is then erased. Somebody who takes the store
/// derives none of the keys that were made before, even with the randomness.
#[derive(Debug)]
pub(super) struct Ratchet {
    pub(super) number: u64,
    pub(super) secret: Secret<32>,
}
