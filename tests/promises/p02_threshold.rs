//! P2: the agency cannot open without k custodians' answers. Against it: the agency's keys and every stored byte.

use footage::agency::AgencyError;
use footage::crypto::{KemAlgorithm, KemPrivateKey, SigningKey, Wrapped};
use footage::custodian::{CustodianError, RefusedAnswer};
use footage::ledger::StandingError;
use footage::record::{Answer, CustodianId, Possession, Release, Signed, StatementId, Verified};

use super::common::{Granted, Hoard, Pinned, World, twin};

struct Scene {
    world: World,
    granted: Granted,
    release: StatementId,
    /// The agency's store before the excerpt was taken in.
    before: Hoard,
}

fn scene() -> Scene {
    let mut world = World::new();
    let clip = world.clip();
    let request = world.request();
    let granted = world.grant(&request, &clip);
    let before = world.vaults[0].backup();
    let release = world.release(&granted);
    Scene { world, granted, release, before }
}

impl Scene {
    fn open(&mut self, answers: Vec<Signed<Answer>>) -> AgencyError {
        self.world.open(&self.granted, answers).map(|_| ()).unwrap_err()
    }

    fn finds(&mut self, answers: Vec<Signed<Answer>>, found: usize) {
        let error = self.open(answers);
        assert!(matches!(&error, AgencyError::NotYet { found: have, needed: 2 } if *have == found), "{error}");
    }
}

#[test]
fn p2_fewer_answers_than_the_threshold_open_nothing() {
    let mut scene = scene();
    scene.finds(Vec::new(), 0);
    let one = scene.world.answers(&scene.granted, scene.release, &[1]);
    scene.finds(one.clone(), 1);
    // One answer twice, the same bytes or a second answer of the same custodian.
    scene.finds(vec![one[0].clone(), one[0].clone()], 1);
    let again = scene.world.answers(&scene.granted, scene.release, &[1]);
    assert_ne!(one, again);
    scene.finds([one, again].concat(), 1);
}

#[test]
fn p2_answers_to_another_grant_or_release_open_nothing() {
    let mut scene = scene();
    let old = scene.world.answers(&scene.granted, scene.release, &[0, 1, 2]);
    let taken_in = scene.before.backup();
    // Another grant of the same request and clip.
    let clip = scene.world.clip();
    let request = scene.granted.request.clone();
    let other = scene.world.grant(&request, &clip);
    let release = scene.world.release(&other);
    let foreign = scene.world.answers(&other, release, &[0, 1, 2]);
    scene.finds(foreign.clone(), 0);
    // One own and one foreign.
    scene.finds(vec![old[0].clone(), foreign[1].clone()], 1);
    // Another release of the same grant, by an agency that set its store back: the answers are to another one-time key.
    scene.world.set_back(&taken_in);
    scene.release = scene.world.release(&scene.granted);
    scene.finds(old, 0);
}

#[test]
fn p2_an_unlogged_release_is_not_answered() {
    let mut scene = scene();
    scene.world.set_back(&scene.before.backup());
    let terms =
        scene.world.agency.take_in(&mut scene.granted.open_file(), &scene.world.policy, &scene.world.ledger).unwrap();
    let World { agency, policy, ledger, now, random, .. } = &mut scene.world;
    let release = agency.release(terms, policy, ledger, *now, random).unwrap();
    let delivery = scene.world.deliveries(&scene.granted, release.id())[0].clone();
    let error = scene.world.notice(0, &delivery).unwrap_err();
    let refused = RefusedAnswer::Standing(StandingError::NotLogged(release.id()));
    assert!(matches!(error, CustodianError::Refused(found) if found == refused), "{error}");
    // In the log, but in no witnessed checkpoint.
    let release = scene.world.append(release);
    assert!(scene.world.notice(0, &scene.world.deliveries(&scene.granted, release)[0].clone()).is_err());
}

#[test]
fn p2_no_share_leaves_before_the_notice_is_witnessed() {
    let mut scene = scene();
    let delivery = scene.world.deliveries(&scene.granted, scene.release)[0].clone();
    let notice = scene.world.notice(0, &delivery).unwrap();
    let error = scene.world.answer(0, notice.id()).unwrap_err();
    assert!(matches!(error, CustodianError::Refused(RefusedAnswer::Standing(StandingError::NotLogged(_)))), "{error}");
    let notice = scene.world.append(notice);
    assert!(scene.world.answer(0, notice).is_err(), "appended, but not witnessed");
    scene.world.witness();
    assert!(scene.world.answer(0, notice).is_ok());
    let error = scene.world.answer(0, notice).unwrap_err();
    assert!(matches!(error, CustodianError::Refused(RefusedAnswer::NoNotice)), "one answer a notice: {error}");
    // Another custodian does not answer on this one's notice.
    assert!(scene.world.answer(1, notice).is_err());
}

#[test]
fn p2_an_answer_cannot_be_forged() {
    let mut scene = scene();
    let answers = scene.world.answers(&scene.granted, scene.release, &[0]);
    let real = answers[0].statement().clone();
    let renamed = Answer { custodian: CustodianId::new("gamma").unwrap(), ..real.clone() };
    let stranger = SigningKey::generate(&mut Pinned(9)).unwrap();
    // By the agency, by a stranger, and by the one custodian that is on the agency's side.
    let traitor = twin(&scene.world.keys.custodians[0]);
    for key in [twin(&scene.world.keys.agency), stranger, traitor] {
        let forged = Verified::sign(renamed.clone(), &key).into_signed();
        scene.finds(vec![answers[0].clone(), forged], 1);
    }
    // A custodian that signs whatever it likes has one share all the same, and cannot invent another's.
    let noise = Wrapped::from_bytes(vec![7; KemAlgorithm::XWing.wrapped_len()]).unwrap();
    let nonsense = Verified::sign(Answer { share: noise, ..renamed.clone() }, &scene.world.keys.custodians[2]);
    scene.finds(vec![answers[0].clone(), nonsense.into_signed()], 1);
    let copied = Verified::sign(renamed, &scene.world.keys.custodians[2]).into_signed();
    scene.finds(vec![answers[0].clone(), copied], 1);
    // Nor does it matter to whom else an answer was made out.
    let other = KemPrivateKey::generate(KemAlgorithm::XWing, &mut Pinned(10)).unwrap();
    let store = scene.world.vaults[0].with(&format!("one-time.{}", scene.granted.id()), *other.secret().expose());
    scene.world.set_back(&store);
    let error = scene.world.agency.take_answer(answers[0].clone(), &scene.world.ledger).unwrap_err();
    assert!(matches!(error, AgencyError::WrongAnswer(_)), "{error}");
}

/// Who has not unwrapped the agency's half cannot release: terms alone, which anybody may read, begin nothing.
#[test]
fn p2_a_release_without_possession_is_none() {
    let scene = scene();
    let mut world = scene.world;
    let terms = Box::new(scene.granted.excerpted.terms.clone().into_signed());
    let key = KemPrivateKey::generate(KemAlgorithm::XWing, &mut Pinned(11)).unwrap().public_key();
    let release = Release { terms, possession: Possession::from_bytes([1; 32]), key };
    let release = world.publish(Verified::sign(release, &twin(&world.keys.agency)));
    assert!(world.ledger.release(release).is_err());
}
