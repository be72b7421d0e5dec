use crate::crypto::{Hedge, KemAlgorithm, KemPrivateKey, Label, Random};
use crate::store::Store;

use super::agency::Agency;
use super::error::AgencyError;
use super::keys::SecretName;
use super::ratchet::Ratchet;

/// A private key that was made and does not lie in the store yet.
pub(super) struct NewKey {
    pub(super) key: KemPrivateKey,
    /// The ratchet that it was made from, to be erased once the key lies in the store.
    old: u64,
}

impl<S: Store> Agency<S> {
    /// Makes a key and stores the next secret of the ratchet. `context` holds everything public that is made with the key.
    pub(super) fn new_key(
        &mut self,
        kem: KemAlgorithm,
        context: &[&[u8]],
        random: &mut dyn Random,
    ) -> Result<NewKey, AgencyError> {
        let kem_id = kem.id().to_be_bytes();
        let context: Vec<_> = [&kem_id[..]].into_iter().chain(context.iter().copied()).collect();
        let hedge = Hedge::new(random, &self.ratchet.secret, &context)?;
        let (old, number) = (self.ratchet.number, self.ratchet.number.saturating_add(1));
        let secret = hedge.secret::<32>(Label::RATCHET, 0);
        self.store.put_secret(&SecretName::Ratchet(number).key()?, secret.expose())?;
        self.ratchet = Ratchet { number, secret };
        Ok(NewKey { key: KemPrivateKey::from_secret(kem, hedge.secret(Label::KEM_SECRET, 0)), old })
    }

    /// Puts the key, in place of one that no fact accounts for, and erases the secret that it was made from.
    pub(super) fn put_new_key(&mut self, name: SecretName, new: &NewKey) -> Result<(), AgencyError> {
        self.put_secret(name, new.key.secret())?;
        self.erase(SecretName::Ratchet(new.old))?;
        Ok(())
    }
}
