//! P1: besides the owners, only the agency named in the grant can open an excerpt. Against it: host, log, network, every
//! custodian together, every other agency, also one that publishes a stolen request key.

use std::io::Cursor;

use footage::agency::{AgencyError, UnlockError};
use footage::clip::{ClipError, FinishedClip};
use footage::crypto::{KemAlgorithm, KemPrivateKey, Secret, SigningKey};
use footage::custodian::{CustodianError, KeyStore, RefusedAnswer};
use footage::ledger::StandingError;
use footage::policy::Rule;
use footage::record::{AgencyId, Request, Verified};
use footage::store::Store as _;

use super::common::{Granted, Hoard, World, twin};
use super::forge;

/// Every custodian together, with every key that they ever had, acts as the agency.
#[test]
fn p1_every_custodian_together_does_not_open() {
    let (mut world, disks) = World::with_disks();
    let clip = world.clip();
    let request = world.request();
    let granted = world.grant(&request, &clip);
    let epoch = granted.excerpted.terms.statement().not_after;
    let keys: Vec<_> = disks.iter().map(|disk| disk.image().keys[&epoch].1.unwrap()).collect();

    let id = *world.agency.id();
    // The agency's facts are no secret; its keys are.
    let asked = world.vaults[0].backup();
    world.agency.take_in(&mut granted.open_file(), &world.policy, &world.ledger).unwrap();
    let taken_in = world.vaults[0].backup();
    for key in &keys {
        for n in 0..3 {
            let signer = twin(&world.keys.custodians[n]);
            // As a request key, and as the agency's half itself.
            let store = asked.with(&format!("request-key.{}", request.id()), *key);
            let error = posed(&mut world, &granted, id, &signer, &store);
            assert!(matches!(error, AgencyError::Unlock(UnlockError::Half)), "{error}");

            let store = taken_in.with(&format!("agency-half.{}", granted.id()), *key);
            let mut posing = world.posing(id, &signer, &store);
            let World { policy, ledger, now, random, .. } = &mut world;
            let error = posing.release(granted.id(), policy, ledger, *now, random).unwrap_err();
            assert!(matches!(error, AgencyError::Unlock(UnlockError::Half)), "{error}");
        }
        // Nor is it an owner's key.
        let clip = FinishedClip::open(Cursor::new(&clip)).unwrap();
        let key = KemPrivateKey::from_secret(KemAlgorithm::XWing, Secret::take(&mut { *key }));
        assert!(matches!(clip.unlock(&key), Err(ClipError::Secret(_))));
    }
}

/// Once the agency has released, the custodians' answers are worth nothing to anybody without its half and its one-time key.
#[test]
fn p1_answers_open_for_nobody_else() {
    let mut world = World::new();
    let clip = world.clip();
    let request = world.request();
    let granted = world.grant(&request, &clip);
    let release = world.release(&granted);
    let answers = world.answers(&granted, release, &[0, 1, 2]);
    let error = world.other.open_grant(granted.id(), &world.ledger, world.now).unwrap_err();
    assert!(matches!(error, AgencyError::NotTakenIn(_)), "{error}");
    // Not even with half of it: the request key and the agency's half, stolen, but not the one-time key.
    let one_time = *Secret::<32>::random(&mut world.random).unwrap().expose();
    let store = world.vaults[0].with(&format!("one-time.{}", granted.id()), one_time);
    let mut thief = world.posing(*world.agency.id(), &twin(&world.keys.other), &store);
    for answer in answers {
        let error = thief.take_answer(answer, &world.ledger).unwrap_err();
        assert!(matches!(error, AgencyError::WrongAnswer(_)), "{error}");
    }
    let error = thief.open_grant(granted.id(), &world.ledger, world.now).unwrap_err();
    assert!(matches!(error, AgencyError::NotYet { found: 0, needed: 2 }), "{error}");
}

/// What becomes of the excerpt in the hands of somebody who poses as an agency.
fn posed<S: KeyStore + std::fmt::Debug>(
    world: &mut World<S>,
    granted: &Granted,
    id: AgencyId,
    key: &SigningKey,
    store: &Hoard,
) -> AgencyError {
    let mut posing = world.posing(id, key, store);
    posing.take_in(&mut granted.open_file(), &world.policy, &world.ledger).unwrap_err()
}

#[test]
fn p1_another_agency_cannot_take_it_in() {
    let mut world = World::new();
    let clip = world.clip();
    let request = world.request();
    let granted = world.grant(&request, &clip);
    let ask = world.ask();
    let own = world.other.request(ask, &world.policy, &world.ledger, &mut world.random).unwrap();
    let own = world.publish(own);

    let error = world.other.take_in(&mut granted.open_file(), &world.policy, &world.ledger).unwrap_err();
    assert!(matches!(error, AgencyError::OtherAgency(id) if id == *world.agency.id()));
    // Under the name of the agency, and with its own request key in the place of the other's.
    let (id, key) = (*world.agency.id(), twin(&world.keys.other));
    let error = posed(&mut world, &granted, id, &key, &Hoard::default());
    assert!(matches!(error, AgencyError::NoRequestKey(_)), "{error}");
    let own = world.vaults[1].ever(&format!("request-key.{own}")).unwrap();
    let store = world.vaults[0].with(&format!("request-key.{}", request.id()), own);
    let error = posed(&mut world, &granted, id, &key, &store);
    assert!(matches!(error, AgencyError::Unlock(UnlockError::Half)), "{error}");
}

/// Another agency's request with a request key that is not its own.
fn steal(world: &mut World, key: &footage::crypto::KemPublicKey) -> Verified<Request> {
    let ask = world.ask();
    let mut stolen =
        world.other.request(ask, &world.policy, &world.ledger, &mut world.random).unwrap().statement().clone();
    stolen.key = key.clone();
    Verified::sign(stolen, &world.keys.other)
}

#[test]
fn p1_a_stolen_request_key_gets_nothing() {
    let mut world = World::new();
    let clip = world.clip();
    let request = world.request();
    let granted = world.grant(&request, &clip);
    let stolen = steal(&mut world, &request.statement().key);
    let stolen = world.publish(stolen);

    // Residents are not shown it, and what is granted to the first agency stays the first agency's.
    let theirs = world.ledger.request(stolen).unwrap();
    let refusal = world.policy.check(&theirs, &world.ledger, world.now).unwrap_err();
    assert!(refusal.breaks(Rule::Conduct), "{refusal}");
    let error = world.other.take_in(&mut granted.open_file(), &world.policy, &world.ledger).unwrap_err();
    assert!(matches!(error, AgencyError::OtherAgency(_)), "{error}");
    assert!(world.policy.check(&world.ledger.request(request.id()).unwrap(), &world.ledger, world.now).is_ok());

    // Custodians do not answer for it, even if a resident who saw only this request had granted.
    let forged = forge::terms(granted.excerpted.terms.statement(), |terms| {
        (terms.agency, terms.request) = (*world.other.id(), stolen);
    });
    let release = world.publish(forged.release(&world.keys.other));
    for n in 0..3 {
        let delivery = forged.delivery(release, &granted, &granted.open_file().custodian_wraps()[n]);
        let error = world.notice(n, &delivery).unwrap_err();
        assert!(matches!(error, CustodianError::Refused(RefusedAnswer::Conduct)), "{error}");
    }
}

/// The other agency sees the request on its way and logs its key first: now it is the one that residents grant to.
#[test]
fn p1_a_request_key_stolen_in_advance_opens_for_nobody() {
    let mut world = World::new();
    let clip = world.clip();
    let ask = world.ask();
    let on_its_way = world.agency.request(ask, &world.policy, &world.ledger, &mut world.random).unwrap();
    let stolen = steal(&mut world, &on_its_way.statement().key);
    let stolen = world.publish(stolen);
    let robbed = world.publish(on_its_way);
    let theirs = world.ledger.request(stolen).unwrap();
    let granted = world.grant(&theirs, &clip);

    // The thief's app made another key, and knows nothing of this request.
    let error = world.other.take_in(&mut granted.open_file(), &world.policy, &world.ledger).unwrap_err();
    assert!(matches!(error, AgencyError::NoRequestKey(_)), "{error}");
    // The robbed has the key, and may turn into a robber, but is not named: it releases in vain.
    let secret = world.vaults[0].ever(&format!("request-key.{robbed}")).unwrap();
    let mut store = Hoard::default().with(&format!("request-key.{stolen}"), secret);
    // The fact of a request that was asked.
    let fact = [&[0x84, 1][..], &theirs.to_bytes(), &[0xf6, 0xf6]].concat();
    store.put_fact(&format!("request.{stolen}").parse().unwrap(), &fact).unwrap();
    let mut robber = world.posing(*world.other.id(), &twin(&world.keys.agency), &store);
    let terms = robber.take_in(&mut granted.open_file(), &world.policy, &world.ledger).unwrap();
    let World { policy, ledger, now, random, .. } = &mut world;
    let release = robber.release(terms, policy, ledger, *now, random).unwrap();
    let release = world.publish(release);
    let delivery = world.deliveries(&granted, release)[0].clone();
    let error = world.notice(0, &delivery).unwrap_err();
    let refused = RefusedAnswer::Standing(StandingError::NotApproved(release));
    assert!(matches!(error, CustodianError::Refused(found) if found == refused), "{error}");
}

/// Host, log and network see bytes: neither the footage, nor the words, nor the clip's id is among them.
#[test]
fn p1_host_log_and_network_see_nothing() {
    let mut world = World::new();
    let clip = world.clip();
    let request = world.request();
    let granted = world.grant(&request, &clip);
    let release = world.release(&granted);
    let answers = world.answers(&granted, release, &[0, 2]);
    let mut seen = granted.excerpt.clone();
    seen.extend(clip.iter());
    seen.extend(world.log.entries(0, world.log.size()).unwrap().iter().flatten());
    seen.extend(answers.iter().flat_map(footage::record::Signed::to_bytes));
    let shows = |what: &[u8], bytes: &[u8]| bytes.windows(what.len()).any(|window| window == what);
    for minute in 0..6 {
        let content = super::common::content(minute, 512);
        assert!(!shows(&content[..64], &seen));
    }
    assert!(!shows(b"codec parameters", &seen));
    assert!(!shows(b"At the door.", &seen));
    let id = *granted.excerpted.consent.clips[0].clip.as_bytes();
    assert!(!shows(&id, &granted.excerpt), "the clip's id stays in the private part");
}
