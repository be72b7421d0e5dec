//! P1, C3, T10: any one good source of randomness of those that a role has suffices. Against it: a random source that gives
//! zeros for ever, so that it is known, and repeats itself from role to role and after every restart.

use std::collections::BTreeSet;

use footage::agency::{Agency, Ask};
use footage::camera::{Cadence, Camera, Clocks, MemoryFiles};
use footage::clip::FinishedClip;
use footage::crypto::{KemAlgorithm, Random, RandomError, Secret, SigningKey, Suite};
use footage::custodian::{Custodian, MemoryKeyStore, NewCustodian, Starting};
use footage::policy::Proposal;
use footage::record::{Days, Group, GroupId, Millis, Offence, OwnerList, Reference, Request, Terms, Verified};
use footage::resident::{Consenting, MemoryKeeper, consent};
use footage::store::{MemoryObjects, MemoryStore};

use super::common::{Granted, Hoard, NOON, World, at, list_of, name, tool, twin};

/// A random source that is none.
struct Zero;

impl Random for Zero {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        out.fill(0);
        Ok(())
    }
}

fn world() -> World {
    World::with(KemAlgorithm::X25519, &mut MemoryKeyStore::default)
}

/// Whether no value is there twice.
fn distinct<T: Ord>(values: impl IntoIterator<Item = T>) -> bool {
    let mut seen = BTreeSet::new();
    values.into_iter().all(|value| seen.insert(value))
}

/// The first clip of a camera with this secret, for the owners of this list.
fn first_clip(secret: u8, list: &Verified<OwnerList>) -> FinishedClip<std::io::Cursor<Vec<u8>>> {
    let device = footage_support::clips::device(1, Suite::Aes256Gcm);
    let device = footage::camera::Device { secret: Secret::take(&mut [secret; 32]), ..device };
    let mut camera = Camera::begin(device, list.clone(), MemoryStore::new(), MemoryFiles::new()).unwrap();
    let clocks = Clocks { monotonic: Millis(0), wall: Some(at(NOON)) };
    let recording = camera.start(footage::record::Content::Video, Cadence::AtEnd, clocks, &mut Zero).unwrap();
    let file = recording.finish(&mut camera).unwrap().into_inner().to_bytes();
    FinishedClip::open(std::io::Cursor::new(file)).unwrap()
}

/// A camera that was set back to before its first clip, and is handed another list of the same keys.
#[test]
fn p1_t10_another_owner_list_makes_another_clip() {
    let owners = footage_support::clips::owner(1, KemAlgorithm::X25519).public_key();
    let list = list_of(&[owners]);
    let signer = SigningKey::from_secret(&Secret::take(&mut [3; 32]));
    let mut other = list.statement().clone();
    other.devices[0].signer = signer.verifying_key();
    let other = Verified::sign(other, &signer);
    let clips = [(1, &list), (1, &other), (2, &list)].map(|(secret, list)| first_clip(secret, list).clip());
    assert!(distinct(clips));
}

/// What an agency asks with a store that was set back: every field of the request decides its key.
#[test]
fn p1_t10_no_two_requests_have_one_key() {
    let world = world();
    let (before, ask) = (world.vaults[0].backup(), world.ask());
    let asks = [
        ask.clone(),
        Ask { cells: super::common::cells(4), ..ask.clone() },
        Ask { offence: Offence::new("13A").unwrap(), ..ask.clone() },
        Ask { case: Reference::new("2026-0043").unwrap(), ..ask.clone() },
        Ask { retention: Days::new(13).unwrap(), ..ask.clone() },
        Ask { open_until: ask.open_until.before(Millis::HOUR), ..ask.clone() },
        Ask {
            window: footage::record::Window::new(ask.window.from(), ask.window.to().before(Millis::MINUTE)).unwrap(),
            ..ask
        },
    ];
    let asked = |ask: Ask, store: Hoard| {
        let (id, key) = (*world.agency.id(), twin(&world.keys.agency));
        let objects = std::sync::Arc::new(MemoryObjects::new());
        let mut agency = Agency::open(id, key, KemAlgorithm::X25519, store, objects, &mut Zero).unwrap();
        agency.request(ask, &world.policy, &world.ledger, &mut Zero).unwrap().statement().key.fingerprint()
    };
    let first = asks[0].clone();
    let keys: Vec<_> = asks.into_iter().map(|ask| asked(ask, before.backup())).collect();
    assert!(distinct(keys.clone()), "one key for two requests");
    // The ratchet, the inputs and the source decide: another store with the same inputs has another key.
    assert_eq!(asked(first.clone(), before.backup()), keys[0]);
    let ratchet = before.names().into_iter().find(|name| name.starts_with("ratchet.")).unwrap();
    assert_ne!(asked(first, before.with(&ratchet, [9; 32])), keys[0], "a known source gives the key away");
}

/// What is granted with a source of zeros and this secret of the device.
fn granted(
    world: &World,
    request: &footage::ledger::Standing<Request>,
    clip: &[u8],
    group: &str,
    secret: u8,
) -> Granted {
    let mut owned = [world.owned(clip)];
    let selections = [owned[0].select_segments(2, 5).unwrap()];
    let group = GroupId::new(group).unwrap();
    let proposal = Proposal { request, selections: &selections, group: &group, days: Days::new(7).unwrap() };
    let permit = world.policy.permit(&proposal, &world.ledger, world.now).unwrap();
    let long_term = &Secret::take(&mut [secret; 32]);
    let (ledger, now) = (&world.ledger, world.now);
    let consenting = Consenting { permit, clips: &mut owned, ledger, words: "At the door.", now, long_term };
    let (mut excerpt, keeper) = (Vec::new(), &mut MemoryKeeper::default());
    let kept = consent(consenting, &mut Zero).unwrap().keep(keeper).unwrap();
    let excerpted = kept.write(&mut owned, keeper, now, &mut excerpt).unwrap();
    Granted { request: request.clone(), excerpt, excerpted }
}

/// Two grants that differ in their group alone have nothing in common; and one that is made with another secret of the device
/// shows that the source alone gives nothing away.
#[test]
fn p1_t10_no_two_grants_have_anything_in_common() {
    let mut world = world();
    let clip = world.clip();
    let request = world.request();
    let first = granted(&world, &request, &clip, "town", 8);
    let elsewhere = granted(&world, &request, &clip, "town", 9);
    // The same custodians with the same keys, as another group.
    for n in 0..3 {
        let (key, validity) = (world.custodians[n].verifying_key(), world.week());
        world.approve(footage::record::CustodianApproval {
            custodian: world.custodians[n].id().clone(),
            operator: name("A trusted operator"),
            group: Group::new(GroupId::new("city").unwrap(), 2, 3).unwrap(),
            key,
            affiliations: Vec::new(),
            validity,
        });
    }
    world.witness();
    let second = granted(&world, &request, &clip, "city", 8);
    let drawn = [&first, &second, &elsewhere].map(|granted| {
        let Terms { grant, custody, agency_half, custodian_half, possession, private, .. } =
            granted.excerpted.terms.statement();
        let shares = custody.members().iter().map(|member| *member.share.as_bytes());
        let wraps = granted
            .open_file()
            .custodian_wraps()
            .iter()
            .map(|wrap| {
                let mut encapsulation = [0; 32];
                encapsulation.copy_from_slice(&wrap.as_bytes()[..32]);
                encapsulation
            })
            .collect::<Vec<_>>();
        let halves = [agency_half, custodian_half, possession, private].map(|digest| *digest.as_bytes());
        let grant = *grant.as_bytes();
        shares.chain(halves).chain(wraps).chain([grant]).collect::<Vec<_>>()
    });
    assert!(distinct(drawn.concat()), "two grants have something in common");
    assert_eq!(drawn[0].len(), 3 + 4 + 3 + 1);
}

/// A custodian with these secrets, that serves.
fn custodian(world: &mut World, n: usize, secret: u8, random: &mut dyn Random) -> Custodian<MemoryKeyStore> {
    let (id, key) = (world.custodians[n].id().clone(), twin(&world.keys.custodians[n]));
    let long_term = Secret::take(&mut [secret; 32]);
    let new = NewCustodian { id, key, kem: KemAlgorithm::X25519, tool: tool(), long_term };
    let (starting, start) = Starting::begin(new, MemoryKeyStore::default(), random).unwrap();
    world.publish(start);
    starting.serve(&world.ledger, world.now).unwrap().0
}

/// The expiry keys, notices and answers of custodians have nothing in common, within one custodian and among them; with a known
/// source a custodian's own secret decides.
#[test]
fn p1_t10_no_two_statements_of_custodians_have_anything_in_common() {
    let mut world = world();
    let empty = world.ledger_of(1);
    let published = |custodian: &mut Custodian<MemoryKeyStore>| {
        let keys = custodian.publish_keys(&empty, 45, &mut Zero).unwrap();
        keys.into_iter().map(|key| key.statement().key.fingerprint()).collect::<Vec<_>>()
    };
    // The second time with another nonce: a start that is in the log already is none.
    let mut one = custodian(&mut world, 0, 1, &mut Zero);
    let mut other = custodian(&mut world, 1, 1, &mut Zero);
    let mut again = custodian(&mut world, 0, 2, &mut Zero);
    let keys = [published(&mut one), published(&mut other), published(&mut again)].concat();
    assert_eq!(keys.len(), 3 * 46);
    assert!(distinct(keys), "C3: the source decides, or one key for two epochs or custodians");

    // Two grants are released, and the custodians, whose keys were made before, go on with a source that is none.
    let clip = world.clip();
    let request = world.request();
    let (mut nonces, mut encapsulations) = (Vec::new(), Vec::new());
    for words in [7, 14] {
        let granted = world.grant_range(&request, &clip, 2, 5, words);
        let release = world.release(&granted);
        let deliveries = world.deliveries(&granted, release);
        for n in [0, 1] {
            let World { custodians, policy, ledger, now, .. } = &mut world;
            let notice = custodians[n].notice(&deliveries[n], policy, ledger, *now, &mut Zero).unwrap();
            nonces.push(*notice.statement().nonce.as_bytes());
            let notice = world.publish(notice);
            let World { custodians, policy, ledger, now, .. } = &mut world;
            let answer = custodians[n].answer(notice, policy, ledger, *now, &mut Zero).unwrap();
            encapsulations.push(answer.statement().share.as_bytes()[..32].to_vec());
        }
    }
    assert!(distinct(nonces) && distinct(encapsulations));
}
