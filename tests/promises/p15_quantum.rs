//! P15: recorded traffic stays sealed against a later quantum computer. Against it: a recorder of all traffic. That both
//! halves of a wrap matter is shown beside the lock (`grant::attacks`).

use std::io::Cursor;

use footage::agency::{Agency, WrapStrength};
use footage::clip::FinishedClip;
use footage::crypto::KemAlgorithm;
use footage::custodian::MemoryKeyStore;
use footage::policy::{Policy, Proposal, Rule};
use footage::record::{Days, GroupId};

use super::common::{Granted, World, take_apart, twin};

fn story(kem: KemAlgorithm) -> (World, Granted, Vec<Vec<u8>>, WrapStrength) {
    let mut world = World::with(kem, &mut MemoryKeyStore::default);
    let clip = world.clip();
    let request = world.request();
    let granted = world.grant(&request, &clip);
    let release = world.release(&granted);
    let answers = world.answers(&granted, release, &[0, 1]);
    let shares = answers.iter().map(|answer| answer.statement().share.as_bytes().to_vec()).collect();
    let opened = world.open(&granted, answers).unwrap();
    let wrap = opened.verdict.wrap;
    (world, granted, shares, wrap)
}

#[test]
fn p15_every_wrap_of_the_default_is_hybrid() {
    let (world, granted, shares, verdict) = story(KemAlgorithm::default());
    assert_eq!(KemAlgorithm::default().id(), 0x647a);
    assert_eq!(verdict, WrapStrength::PostQuantum);
    // 1120 bytes of encapsulation (ML-KEM-768's 1088, X25519's 32), the secret, and the tag.
    let length = 1088 + 32 + 32 + 16;
    let excerpt = granted.open_file();
    assert_eq!(excerpt.custodian_wraps().len(), 3);
    assert!(excerpt.custodian_wraps().iter().all(|wrap| wrap.as_bytes().len() == length));
    // The wraps of the excerpt as they travel: four, and nothing else that a secret could be in.
    let (_, frames) = take_apart(&granted.excerpt);
    let wraps = &frames.iter().find(|(kind, _)| *kind == b'W').unwrap().1;
    assert!((4 * length..4 * length + 20).contains(&wraps.len()));
    // The shares on their way back, and every public key that anything is wrapped to.
    assert!(shares.iter().all(|share| share.len() == length));
    let terms = granted.excerpted.terms.statement();
    let expiry = terms.custody.members().iter().map(|member| {
        let key = world.ledger.expiry_key(&member.custodian, terms.not_after).unwrap();
        key.statement().key.algorithm()
    });
    let releases = world.ledger.releases().map(|release| release.statement().key.algorithm());
    let request = granted.request.statement().key.algorithm();
    assert!(expiry.chain(releases).chain([request]).all(|kem| kem == KemAlgorithm::XWing));
    // The clip's secret, wrapped for its owners.
    assert!(world.owner_keys().iter().all(|owner| owner.algorithm() == KemAlgorithm::XWing));
}

#[test]
fn p15_a_deployment_without_it_is_told_so() {
    let (_, granted, shares, verdict) = story(KemAlgorithm::X25519);
    assert_eq!(verdict, WrapStrength::NotPostQuantum);
    let wraps = granted.open_file().custodian_wraps().iter().map(|wrap| wrap.as_bytes().len()).collect::<Vec<_>>();
    assert!(wraps.iter().all(|length| *length == 80), "{wraps:?}");
    assert!(shares.iter().all(|share| share.len() == 32 + 32 + 16));
}

/// The default policy takes no part in such a deployment: neither its request key nor its custodians' keys.
#[test]
fn p15_the_default_policy_refuses_it() {
    let mut world = World::with(KemAlgorithm::X25519, &mut MemoryKeyStore::default);
    let bytes = world.clip();
    let request = world.request();
    let mut clip = FinishedClip::open(Cursor::new(bytes)).unwrap();
    let (selections, group) = (&[clip.select_segments(2, 5).unwrap()], GroupId::new("town").unwrap());
    let proposal = Proposal { request: &request, selections, group: &group, days: Days::new(7).unwrap() };
    let refusal = Policy::default().permit(&proposal, &world.ledger, world.now).unwrap_err();
    assert!(refusal.broken.iter().all(|broken| broken.rule == Rule::PostQuantum));
    assert_eq!(refusal.broken.len(), 2);
}

/// Nobody turns a hybrid wrap into the weaker kind: the envelope names every wrap.
#[test]
fn p15_a_wrap_cannot_be_weakened_on_the_way() {
    let (_, strong, ..) = story(KemAlgorithm::XWing);
    let (_, weak, ..) = story(KemAlgorithm::X25519);
    let (magic, mut frames) = take_apart(&strong.excerpt);
    let at = frames.iter().position(|(kind, _)| *kind == b'W').unwrap();
    frames[at] = take_apart(&weak.excerpt).1[at].clone();
    assert!(super::common::read_excerpt(&super::common::put_together(&magic, &frames)).is_err());
}

/// C12: the verdict goes by the key of each wrap: one that is not hybrid is enough, be it the one-time key alone, of which
/// the excerpt shows nothing.
#[test]
fn p15_c12_one_weak_key_is_told() {
    // The agency has another KEM than the town before it asks, or before it releases.
    for before_it_asks in [true, false] {
        let mut world = World::new();
        world.policy.post_quantum = false;
        let clip = world.clip();
        let weaken = |world: &mut World| {
            let (id, key) = (*world.agency.id(), twin(&world.keys.agency));
            let (store, objects) = (world.vaults[0].clone(), world.objects[0].clone());
            world.agency = Agency::open(id, key, KemAlgorithm::X25519, store, objects, &mut world.random).unwrap();
        };
        if before_it_asks {
            weaken(&mut world);
        }
        let request = world.request();
        let granted = world.grant(&request, &clip);
        if before_it_asks {
            let (id, key) = (*world.agency.id(), twin(&world.keys.agency));
            let (store, objects) = (world.vaults[0].clone(), world.objects[0].clone());
            world.agency = Agency::open(id, key, KemAlgorithm::XWing, store, objects, &mut world.random).unwrap();
        } else {
            weaken(&mut world);
        }
        let release = world.release(&granted);
        let weak =
            [request.statement().key.algorithm(), world.ledger.release(release).unwrap().statement().key.algorithm()];
        assert_eq!(weak.map(|kem| kem == KemAlgorithm::X25519), [before_it_asks, !before_it_asks]);
        let answers = world.answers(&granted, release, &[0, 1]);
        assert_eq!(world.open(&granted, answers).unwrap().verdict.wrap, WrapStrength::NotPostQuantum);
    }
}
