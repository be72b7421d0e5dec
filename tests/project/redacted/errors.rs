//! Errors on every way to a secret: they say nothing of it, and all that fails to open fails alike.

use std::io::Cursor;

use footage::agency::AgencyError;
use footage::clip::{ClipError, FinishedClip};
use footage::crypto::{KemAlgorithm, KemPrivateKey, OpenError, Suite, Wrapped};
use footage::custodian::{CustodianError, MemoryKeyStore, RefusedAnswer};
use footage::record::{Delivery, Verified};

use super::clips::Piece::Media;
use super::clips::{camera, keys, owner, seal};
use super::common::{Pinned, World, put_together, take_apart};
use super::{Cadence, bytes, private_key, tells};

/// That these errors are one: in value, in text, and with nothing of the secret in it.
fn one<E: std::fmt::Debug + std::fmt::Display>(errors: impl IntoIterator<Item = E>, secret: &[u8]) -> String {
    let texts: Vec<_> = errors.into_iter().map(|error| format!("{error:?}: {error}")).collect();
    assert!(texts.len() > 1 && texts.iter().all(|text| *text == texts[0]), "{texts:#?}");
    assert!(!tells(&texts[0], secret), "{}", texts[0]);
    texts[0].clone()
}

/// A clip whose camera wrote other wraps into it, and signed them.
fn rewrapped(clip: &[u8], change: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    use footage::crypto::{Digest, Label};
    use footage::record::{Head, Signed};
    use sha2::Digest as _;

    let digest =
        |label: Label, bytes: &[u8]| -> [u8; 32] { sha2::Sha256::digest([label.as_bytes(), bytes].concat()).into() };
    let (magic, mut frames) = take_apart(clip);
    let owners = frames[1].1.clone();
    change(&mut frames[1].1);
    let before = digest(Label::OWNERS, &owners);
    let after = digest(Label::OWNERS, &frames[1].1);
    let header = &mut frames[0].1;
    let at = header.windows(32).position(|window| window == before).unwrap();
    header[at..at + 32].copy_from_slice(&after);
    let header = Digest::from_bytes(digest(Label::HEADER, header));
    for (_, head) in frames.iter_mut().filter(|(kind, _)| *kind == b'D') {
        let signed = Signed::<Head>::from_bytes(head).unwrap();
        *head = Verified::sign(Head { header, ..signed.statement().clone() }, &keys(1).1).to_bytes();
    }
    put_together(&magic, &frames)
}

#[test]
fn a_clip_that_does_not_open_never_says_why() {
    for kem in [KemAlgorithm::X25519, KemAlgorithm::XWing] {
        let key = KemPrivateKey::from_secret(kem, super::secret());
        let clip =
            seal(&mut camera(1, Suite::Aes256Gcm, &[key.public_key()]), Cadence::AtEnd, &[Media(9)], &mut Pinned(1));
        let unlock =
            |clip: &[u8], key: &KemPrivateKey| FinishedClip::open(Cursor::new(clip)).unwrap().unlock(key).map(drop);
        assert!(unlock(&rewrapped(&clip, |_| {}), &key).is_ok());
        // In the frame of owners, the household's wrap stands after its fingerprint: encapsulation, ciphertext, tag.
        let wrap = kem.wrapped_len();
        let end = 36 + if wrap < 256 { 2 } else { 3 } + wrap;
        let places = [wrap, wrap / 2, 49, 48, 17, 16, 1];
        let altered = places.map(|place| {
            let clip = rewrapped(&clip, |owners| {
                owners[end - place] ^= 1;
            });
            unlock(&clip, &key).unwrap_err()
        });
        let other = unlock(&clip, &owner(5, kem)).unwrap_err();
        let text = one(altered.into_iter().chain([other]), &bytes());
        assert_eq!(text, format!("{:?}: the clip is not sealed for this key", ClipError::Secret(OpenError)));
    }
}

#[test]
fn a_segment_that_does_not_open_never_says_why() {
    let pieces = [Media(9), Media(9)];
    let owners = [private_key().public_key()];
    let sealed = |random| seal(&mut camera(1, Suite::Aes256Gcm, &owners), Cadence::AtEnd, &pieces, &mut Pinned(random));
    let (clip, other) = (sealed(1), sealed(2));
    let open = |clip: &[u8]| FinishedClip::open(Cursor::new(clip.to_vec())).unwrap();
    // The secret of another clip.
    let secret = open(&other).unlock(&private_key()).unwrap();
    let wrong = (0..2).map(|_| open(&clip).segment(&secret, 1).map(drop).unwrap_err());
    assert_eq!(one(wrong, &bytes()), "WrongKey: wrong key: this is not the clip's secret");
    // What the camera did not sign is seen before anything is opened, whatever of it was altered.
    let (magic, frames) = take_apart(&clip);
    let altered = [0, 8, 16, 17, 18, 24, 40, 57, 66, 81].map(|at| {
        let mut frames = frames.clone();
        frames.iter_mut().filter(|(kind, _)| *kind == b'S').nth(1).unwrap().1[at] ^= 1;
        let mut clip = open(&put_together(&magic, &frames));
        let secret = clip.unlock(&private_key()).unwrap();
        clip.segment(&secret, 1).map(drop).unwrap_err()
    });
    let text = one(altered, &bytes());
    assert!(text.ends_with("the clip was altered: its segments are not those of its manifest"), "{text}");
}

#[test]
fn a_wrap_of_another_length_is_none() {
    let lengths = [0, 31, 79, 81, 1167, 1169, 1 << 20];
    let refused = lengths.map(|length| Wrapped::from_bytes(vec![7; length]).unwrap_err());
    assert_eq!(one(refused, &bytes()), "OpenError: does not open: wrong key, or altered");
}

#[test]
fn half_a_lock_that_does_not_open_never_says_why() {
    let mut world = World::with(KemAlgorithm::X25519, &mut MemoryKeyStore::default);
    let (clip, request) = (world.clip(), world.request());
    let granted = world.grant(&request, &clip);
    let release = world.release(&granted);
    let delivery = world.deliveries(&granted, release).remove(0);
    let second = world.deliveries(&granted, release).remove(1);

    // A custodian that is brought another's wrap, an altered one, or one of nothing.
    let wrap = delivery.wrap.as_bytes().to_vec();
    let mut refused = vec![world.notice(0, &Delivery { wrap: second.wrap, ..delivery.clone() }).unwrap_err()];
    for at in [0, 31, 32, 63, 64, 79] {
        let mut altered = wrap.clone();
        altered[at] ^= 1;
        let wrap = Wrapped::from_bytes(altered).unwrap();
        refused.push(world.notice(0, &Delivery { wrap, ..delivery.clone() }).unwrap_err());
    }
    let text = one(refused, &bytes());
    let share = CustodianError::Refused(RefusedAnswer::Share);
    assert_eq!(text, format!("{share:?}: the share is not the one that was granted"));

    // An agency whose answers are altered anywhere: they do not count, and that is all that it learns.
    let answers = world.answers(&granted, release, &[0, 1]);
    let errors = [0, 31, 32, 63, 64, 79].map(|at| {
        let mut altered = answers[0].statement().clone();
        let mut bytes = altered.share.as_bytes().to_vec();
        bytes[at] ^= 1;
        altered.share = Wrapped::from_bytes(bytes).unwrap();
        let altered = Verified::sign(altered, &world.keys.custodians[0]).into_signed();
        let answers = vec![altered, answers[1].clone()];
        world.open(&granted, answers).map(drop).unwrap_err()
    });
    let few = AgencyError::NotYet { found: 1, needed: 2 };
    assert_eq!(one(errors, &bytes()), format!("{few:?}: {few}"));
    assert!(world.open(&granted, answers).is_ok());
}
