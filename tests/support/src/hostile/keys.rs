//! Keys, wraps and what is handed over beside the log: whatever a custodian, an agency or an app reads from a stranger.

use std::cell::RefCell;

use footage::crypto::{KemAlgorithm, KemPublicKey, Signature, VerifyingKey, Wrapped};
use footage::custodian::MemoryKeyStore;
use footage::policy::Policy;
use footage::record::{Consent, Delivery, GrantId, Receipt, Revocation, Signed, StatementId, TrustRoots};

use super::common::{Granted, World, deletion};
use super::memory::bounded;
use super::recipe::Recipe;

/// One byte says what the others are.
pub fn keys(data: &[u8]) {
    let Some((&what, bytes)) = data.split_first() else { return };
    match what % 8 {
        0 => public(KemAlgorithm::XWing, bytes),
        1 => public(KemAlgorithm::X25519, bytes),
        2 => verifying(Recipe(bytes)),
        3 => {
            let algorithms = [KemAlgorithm::XWing, KemAlgorithm::X25519];
            match Wrapped::from_bytes(bytes.to_vec()) {
                Ok(wrap) => assert_eq!((wrap.as_bytes(), wrap.algorithm().wrapped_len()), (bytes, bytes.len())),
                Err(_) => assert!(algorithms.iter().all(|algorithm| algorithm.wrapped_len() != bytes.len())),
            }
        }
        4 => {
            json::<KemPublicKey>(bytes);
            json::<Wrapped>(bytes);
            json::<Delivery>(bytes);
            json::<Consent>(bytes);
            json::<Policy>(bytes);
            json::<TrustRoots>(bytes);
        }
        5 => with_office(|office| office.delivery(Recipe(bytes))),
        6 => with_office(|office| office.revocation(Recipe(bytes))),
        _ => with_office(|office| office.receipt(Recipe(bytes))),
    }
}

/// The prime of Curve25519, little-endian.
const PRIME: [u8; 32] = {
    let mut prime = [0xff; 32];
    (prime[0], prime[31]) = (0xed, 0x7f);
    prime
};

/// The points of small order (section 1.5 of the format), without their sign.
const SMALL: [[u8; 32]; 5] = {
    let (zero, mut one, mut last) = ([0; 32], [0; 32], PRIME);
    (one[0], last[0]) = (1, 0xec);
    let two = [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
        0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ];
    let three = [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
        0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ];
    [zero, one, last, two, three]
};

fn below_prime(bytes: &[u8]) -> bool {
    bytes.iter().rev().lt(PRIME.iter().rev())
}

fn public(algorithm: KemAlgorithm, bytes: &[u8]) {
    let Ok(key) = bounded(bytes.len(), || KemPublicKey::from_bytes(algorithm, bytes)) else { return };
    assert_eq!((key.as_bytes(), key.algorithm()), (bytes, algorithm));
    assert_eq!(bytes.len(), algorithm.public_key_len());
    assert!(below_prime(&bytes[bytes.len() - 32..]));
    // Each coefficient of the ML-KEM part is below its modulus (FIPS 203 section 7.2).
    let lattice = &bytes[..bytes.len().saturating_sub(64)];
    for three in lattice.chunks_exact(3).filter(|_| algorithm == KemAlgorithm::XWing) {
        let [a, b, c] = [three[0], three[1], three[2]].map(u16::from);
        assert!((a | (b & 15) << 8) < 3329 && (b >> 4 | c << 4) < 3329);
    }
}

fn verifying(mut recipe: Recipe<'_>) {
    let bytes = recipe.array();
    let Ok(key) = VerifyingKey::from_bytes(&bytes) else { return };
    assert_eq!(*key.as_bytes(), bytes);
    let mut y = bytes;
    y[31] &= 0x7f;
    assert!(below_prime(&y) && !SMALL.contains(&y));
    let signature = Signature::from_bytes(recipe.array());
    let message = recipe.rest();
    if key.verify(message, &signature).is_ok() {
        // Strict: no second message under it, and the signature's second half is reduced.
        assert!(key.verify(&[message, &[0]].concat(), &signature).is_err());
        assert!(signature.as_bytes()[63] < 0x20);
    }
}

fn json<T: PartialEq + core::fmt::Debug + serde::Serialize + serde::de::DeserializeOwned>(bytes: &[u8]) {
    if let Ok(value) = bounded(bytes.len(), || serde_json::from_slice::<T>(bytes)) {
        let text = serde_json::to_vec(&value).unwrap();
        assert_eq!(serde_json::from_slice::<T>(&text).unwrap(), value);
    }
}

/// A custodian, and what it was brought of one grant.
struct Office {
    world: World,
    granted: Granted,
    delivery: Delivery,
    uses: u32,
}

impl Office {
    fn new() -> Self {
        let mut world = World::with(KemAlgorithm::X25519, &mut MemoryKeyStore::default);
        let clip = world.clip();
        let request = world.request();
        let granted = world.grant(&request, &clip);
        let release = world.release(&granted);
        let delivery = world.deliveries(&granted, release).remove(0);
        Self { world, granted, delivery, uses: 0 }
    }

    /// Only the very envelope and wrap that the grant's key signed get a notice.
    fn delivery(&mut self, mut recipe: Recipe<'_>) {
        let mut delivery = self.delivery.clone();
        let (mut envelope, mut wrap) = (delivery.envelope.to_bytes(), delivery.wrap.as_bytes().to_vec());
        match recipe.byte() % 4 {
            0 => recipe.alter(&mut envelope),
            1 => recipe.alter(&mut wrap),
            2 => delivery.release = StatementId::from_bytes(recipe.array()),
            _ => {}
        }
        let custodian = usize::from(recipe.byte()) % 3;
        let Ok(read) = bounded(envelope.len(), || Signed::from_bytes(&envelope)) else { return };
        let Ok(wrap) = Wrapped::from_bytes(wrap) else { return };
        (delivery.envelope, delivery.wrap) = (Box::new(read), wrap);
        let same = delivery == self.delivery && envelope == self.delivery.envelope.to_bytes();
        let notice = self.world.notice(custodian, &delivery);
        assert_eq!(notice.is_ok(), same && custodian == 0);
        if let Ok(notice) = notice {
            assert_eq!(notice.statement().terms, self.granted.id());
            // Nothing is handed out before it is in the log.
            assert!(self.world.answer(0, notice.id()).is_err());
        }
    }

    /// Only the grant's own key revokes it.
    fn revocation(&mut self, mut recipe: Recipe<'_>) {
        let own = &self.granted.excerpted.consent.revocation;
        let mut bytes = own.to_bytes();
        let forged = recipe.byte().is_multiple_of(2);
        if forged {
            let grant = GrantId::from_bytes(recipe.array());
            bytes = footage::record::Verified::sign(Revocation { grant }, &self.world.keys.agency).to_bytes();
        } else {
            recipe.alter(&mut bytes);
        }
        let same = bytes == own.to_bytes();
        let Ok(read) = bounded(bytes.len(), || Signed::<Revocation>::from_bytes(&bytes)) else { return };
        let grant = read.statement().grant;
        let notice = self.world.custodians[2].revoke(read);
        assert_eq!(notice.is_ok(), same);
        if let Ok(notice) = notice {
            assert_eq!(notice.statement().revoked, grant.revoked_digest());
        }
    }

    /// A receipt is carried as it is; a forged one says nothing afterwards either.
    fn receipt(&mut self, mut recipe: Recipe<'_>) {
        let anchor = self.world.anchor();
        // The agency has deleted the grant, and gives the same receipt each time.
        let receipt = self.world.agency.delete(self.granted.id(), deletion(), &anchor).unwrap();
        let mut bytes = receipt.to_bytes();
        recipe.alter(&mut bytes);
        let Ok(read) = bounded(bytes.len(), || Signed::<Receipt>::from_bytes(&bytes)) else { return };
        let carried = self.world.custodians[0].carry(read);
        assert_eq!(carried.statement().receipt.to_bytes(), bytes);
        let carried = carried.to_bytes();
        // Two statements and their frame may be longer than one may be.
        if carried.len() <= footage::cbor::limits::STATEMENT_BYTES {
            let again = Signed::<footage::record::CarriedReceipt>::from_bytes(&carried).unwrap();
            assert_eq!(again.verify().unwrap().to_bytes(), carried);
        }
    }
}

thread_local! {
    static OFFICE: RefCell<Option<Office>> = const { RefCell::new(None) };
}

/// The same office for many inputs; a new one before what it remembers of them grows large.
fn with_office(work: impl FnOnce(&mut Office)) {
    OFFICE.with_borrow_mut(|office| {
        let office = match office {
            Some(found) if found.uses < 50_000 => found,
            _ => office.insert(Office::new()),
        };
        office.uses += 1;
        work(office);
    });
}
