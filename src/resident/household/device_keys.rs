use crate::crypto::{Hedge, KemAlgorithm, KemPrivateKey, KemPublicKey, Label, Random, RandomError, Secret, SigningKey};
use crate::record::{Device, HouseholdId, OwnerChain, StatementId};
use crate::store::{Store, StoreError, StoreKey};

use super::{HouseholdError, KeyWrap};

/// The private keys of one device, and the long-term secret of its randomness.
#[derive(Debug)]
pub(super) struct DeviceKeys {
    pub(super) signing: SigningKey,
    /// The key that owner lists name.
    pub(super) kem: KemPrivateKey,
    /// The keys of other KEMs.
    others: Vec<KemPrivateKey>,
    hedge: Secret<32>,
}

/// The KEM's number, then the three secrets.
const BYTES: usize = 2 + 3 * 32;

impl DeviceKeys {
    /// Draws and stores a device's keys. This draw cannot be hedged, since a new device has no secret yet.
    pub(super) fn begin(
        store: &mut impl Store,
        kem: KemAlgorithm,
        random: &mut dyn Random,
    ) -> Result<Self, HouseholdError> {
        let mut bytes = Secret::<BYTES>::random(random)?;
        bytes = Secret::filled(|out| {
            out.copy_from_slice(bytes.expose());
            out[..2].copy_from_slice(&kem.id().to_be_bytes());
        });
        store.put_secret(&key()?, bytes.expose())?;
        Self::of(bytes.expose()).ok_or(HouseholdError::Damaged)
    }

    pub(super) fn open(store: &mut impl Store) -> Result<Self, HouseholdError> {
        let bytes = store.secret(&key()?)?.ok_or(HouseholdError::NoDevice)?;
        let bytes = bytes.as_slice().try_into().map_err(|_| HouseholdError::Damaged)?;
        let mut keys = Self::of(bytes).ok_or(HouseholdError::Damaged)?;
        for kem in [KemAlgorithm::XWing, KemAlgorithm::X25519] {
            if let Some(bytes) = store.secret(&other_key(kem)?)? {
                let bytes: &[u8; 32] = bytes.as_slice().try_into().map_err(|_| HouseholdError::Damaged)?;
                keys.others.push(KemPrivateKey::from_secret(kem, Secret::filled(|out| out.copy_from_slice(bytes))));
            }
        }
        Ok(keys)
    }

    /// Draws and stores a key of another KEM, unless the device has one.
    pub(super) fn add_kem(
        &mut self,
        store: &mut impl Store,
        kem: KemAlgorithm,
        random: &mut dyn Random,
    ) -> Result<KemPublicKey, HouseholdError> {
        if let Some(known) = self.readers().into_iter().find(|key| key.algorithm() == kem) {
            return Ok(known.public_key());
        }
        let signer = self.signing.verifying_key();
        let context: [&[u8]; 2] = [signer.as_bytes(), &kem.id().to_be_bytes()];
        let secret = Secret::<32>::random(&mut self.hedged(random, Label::HOUSEHOLD_KEY, &context)?)?;
        store.put_secret(&other_key(kem)?, secret.expose())?;
        let key = KemPrivateKey::from_secret(kem, secret);
        let public = key.public_key();
        self.others.push(key);
        Ok(public)
    }

    /// Returns all KEM keys of the device, beginning with the one in use.
    pub(super) fn readers(&self) -> Vec<&KemPrivateKey> {
        [&self.kem].into_iter().chain(&self.others).collect()
    }

    /// Uses the key that a chain names.
    pub(super) fn follow(&mut self, chain: &OwnerChain) {
        let signer = self.signing.verifying_key();
        let Some(own) = chain.devices().iter().find(|device| device.signer == signer) else { return };
        let named = |key: &&mut KemPrivateKey| key.public_key().fingerprint() == own.fingerprint;
        if let Some(key) = self.others.iter_mut().find(named) {
            std::mem::swap(&mut self.kem, key);
        }
    }

    fn of(bytes: &[u8; BYTES]) -> Option<Self> {
        let (kem, secrets) = bytes.split_at(2);
        let kem = KemAlgorithm::from_id(u16::from_be_bytes(kem.try_into().ok()?))?;
        let (secrets, _) = secrets.as_chunks::<32>();
        let [signing, key, hedge] = secrets else { return None };
        let secret = |bytes: &[u8; 32]| Secret::filled(|out| out.copy_from_slice(bytes));
        Some(Self {
            signing: SigningKey::from_secret(&secret(signing)),
            kem: KemPrivateKey::from_secret(kem, secret(key)),
            others: Vec::new(),
            hedge: secret(hedge),
        })
    }

    /// Returns the device as owner lists name it.
    pub(super) fn public(&self) -> Device {
        Device { signer: self.signing.verifying_key(), fingerprint: self.kem.public_key().fingerprint() }
    }

    pub(super) fn duplicate(&self) -> Self {
        let copy = |key: &KemPrivateKey| KemPrivateKey::from_secret(key.algorithm(), key.secret().duplicate());
        let (kem, others) = (copy(&self.kem), self.others.iter().map(copy).collect());
        Self { signing: self.signing.duplicate(), kem, others, hedge: self.hedge.duplicate() }
    }

    /// Wraps the household key of a period.
    pub(super) fn wrap(
        &self,
        household: HouseholdId,
        period: (StatementId, u64),
        key: &KemPrivateKey,
        to: &KemPublicKey,
        random: &mut dyn Random,
    ) -> Result<KeyWrap, HouseholdError> {
        let recipient = to.fingerprint();
        let (number, wrapped) = (period.1.to_be_bytes(), key.public_key().fingerprint());
        let context: [&[u8]; 5] =
            [household.as_bytes(), period.0.as_bytes(), &number, recipient.as_bytes(), wrapped.as_bytes()];
        let mut hedged = self.hedged(random, Label::HOUSEHOLD_WRAP, &context)?;
        Ok(KeyWrap::seal(household, period, key, to, &mut hedged)?)
    }

    /// Returns randomness for what `context` says, made from fresh randomness and this device's own secret.
    pub(super) fn hedged(
        &self,
        random: &mut dyn Random,
        purpose: Label,
        context: &[&[u8]],
    ) -> Result<Hedged, RandomError> {
        // Everything that the device makes is signed by it.
        let own = self.signing.verifying_key();
        let context: Vec<_> = [&own.as_bytes()[..]].into_iter().chain(context.iter().copied()).collect();
        Ok(Hedged { hedge: Hedge::new(random, &self.hedge, &context)?, purpose, call: 0 })
    }
}

fn key() -> Result<StoreKey, StoreError> {
    StoreKey::new("device").map_err(|_| StoreError::Damaged("device".into()))
}

fn other_key(kem: KemAlgorithm) -> Result<StoreKey, StoreError> {
    let name = format!("device.{}", kem.id());
    StoreKey::new(name.as_str()).map_err(|_| StoreError::Damaged(name))
}

/// Hedged randomness for one thing that is made.
pub(super) struct Hedged {
    hedge: Hedge,
    purpose: Label,
    call: u32,
}

impl Random for Hedged {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        for chunk in out.chunks_mut(32) {
            let block: Secret<32> = self.hedge.secret(self.purpose, self.call);
            let (bytes, _) = block.expose().split_at(chunk.len());
            chunk.copy_from_slice(bytes);
            self.call = self.call.checked_add(1).ok_or(RandomError)?;
        }
        Ok(())
    }
}
