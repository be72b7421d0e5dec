//! An agency that turns against the rules.

use footage::crypto::{Digest, KemAlgorithm, KemPrivateKey, SigningKey};
use footage::record::*;

use super::World;

/// An agency whose key the test holds.
pub struct Rogue {
    pub id: &'static str,
    pub key: SigningKey,
    pub next: u64,
    pub previous: Option<StatementId>,
}

impl Rogue {
    pub fn new(world: &mut World) -> Self {
        let mut rogue = Self::unapproved(world);
        rogue.renew(world);
        rogue.next = 0;
        rogue
    }

    pub fn unapproved(world: &mut World) -> Self {
        let key = SigningKey::generate(&mut world.random).unwrap();
        Self { id: "OH0500300", key, next: 0, previous: None }
    }

    pub fn renew(&mut self, world: &mut World) {
        let approval = world.agency_approval(self.id, self.key.verifying_key());
        world.approve(approval);
        world.witness();
    }

    pub fn draft(&self, world: &mut World) -> Request {
        let ask = world.ask();
        let key = KemPrivateKey::generate(KemAlgorithm::X25519, &mut world.random).unwrap().public_key();
        Request {
            agency: AgencyId::new(self.id).unwrap(),
            cells: ask.cells,
            window: ask.window,
            offence: ask.offence,
            case: Reference::new(&format!("R-{}", self.next)).unwrap(),
            basis: ask.basis,
            retention: ask.retention,
            open_until: ask.open_until,
            key,
            sequence: self.next,
            previous: self.previous,
            anchor: world.anchor().to_anchor(),
        }
    }

    pub fn file(&mut self, world: &mut World, request: Request) -> StatementId {
        self.next += 1;
        let id = world.publish(Verified::sign(request, &self.key));
        self.previous = Some(id);
        id
    }

    pub fn ask(&mut self, world: &mut World, change: impl FnOnce(&mut Request)) -> StatementId {
        let mut request = self.draft(world);
        change(&mut request);
        self.file(world, request)
    }
}

/// The number of the possession among the parts of the lock.
const POSSESSION: u8 = 4;

/// A release that proves possession of terms that the agency made itself.
pub fn release(world: &mut World, rogue: &Rogue, request: StatementId, from: Timestamp, epoch: Epoch) -> StatementId {
    let grant = SigningKey::generate(&mut world.random).unwrap();
    let digest = Digest::from_bytes([9; 32]);
    let member = Member {
        custodian: CustodianId::new("alpha").unwrap(),
        expiry: StatementId::from_bytes([4; 32]),
        share: digest,
    };
    let mut terms = Terms {
        grant: GrantId::of(&grant.verifying_key()),
        request,
        agency: AgencyId::new(rogue.id).unwrap(),
        custody: Custody::new(GroupId::new("town").unwrap(), 1, vec![member]).unwrap(),
        not_before: from,
        not_after: epoch,
        agency_half: digest,
        custodian_half: digest,
        possession: digest,
        private: digest,
    };
    let possession = Possession::from_bytes(*Nonce::random(&mut world.random).unwrap().as_bytes());
    // The commitment of the format: label, part, index, secret.
    let commitment = [b"footage v1 commit\0".as_slice(), &[POSSESSION, 0], possession.as_bytes()].concat();
    terms.possession = Digest::from_bytes(<sha2::Sha256 as sha2::Digest>::digest(commitment).into());
    let terms = Box::new(Verified::sign(terms, &grant).into_signed());
    let key = KemPrivateKey::generate(KemAlgorithm::X25519, &mut world.random).unwrap().public_key();
    world.publish(Verified::sign(Release { terms, possession, key }, &rogue.key))
}
