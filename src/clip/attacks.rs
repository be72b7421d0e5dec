//! Attacks of those who know keys of a clip: its owner, its camera, and cameras of others.

use std::io::Cursor;

use crate::crypto::{BodyDigest, Secret, SigningKey, Suite, TAG_LEN, open, seal};
use crate::record::{CameraCertificate, End, Ending, Layer, Millis, SegmentKind, Timestamp, Verified};

use super::header::Header;
use super::owners::Owners;
use super::sample::SampleCamera;
use super::tree::SegmentKey;
use super::writer::ClipWriter;
use super::{Cadence, ClipError, ClipSecret, FinishedClip, OpenHalf, SegmentHeader, StoredSegment};

const CONTENTS: [&[u8]; 4] = [b"zero", b"one", b"two", b"three"];

const END: Option<End> = Some(End { how: Ending::Finished, tracks: 0, samples: 0 });

type Writer = ClipWriter<Cursor<Vec<u8>>>;

fn begin(header: &Header, owners: &Owners) -> Writer {
    ClipWriter::begin(Cursor::new(Vec::new()), header, owners).unwrap()
}

fn finish(writer: Writer, key: &SigningKey) -> Vec<u8> {
    let manifest = Verified::sign(writer.state(None, END), key);
    writer.finish(&manifest).unwrap().into_inner()
}

fn keys(secret: &ClipSecret, layer: Layer, index: u32) -> SegmentKey {
    secret.tree(layer).segment_key(index, &secret.seed(layer, index))
}

fn first(length: u32, commitment: [u8; 32]) -> SegmentHeader {
    let open = OpenHalf {
        index: 0,
        start: Millis(0),
        duration: Millis::SECOND,
        layer: Layer::Pictures,
        kind: SegmentKind::Media,
        group: true,
        gap: false,
    };
    SegmentHeader { open, length, init: None, commitment }
}

/// A body of one block that both keys open: the tag of GCM is affine in the ciphertext, so the ciphertexts for which two
/// keys give one tag are the solutions of linear equations over GF(2).
fn two_faced(keys: [&Secret<32>; 2], aad: &[u8]) -> Vec<u8> {
    let sealed = |key: &Secret<32>, text: u128| {
        let mut body = text.to_be_bytes().to_vec();
        seal(Suite::Aes256Gcm, key.duplicate(), aad, &mut body).unwrap();
        let (text, tag) = body.split_at(16);
        (u128::from_be_bytes(text.try_into().unwrap()), u128::from_be_bytes(tag.try_into().unwrap()))
    };
    // The tag that belongs to a ciphertext.
    let tag = |key: &Secret<32>, ciphertext: u128| {
        let (stream, _) = sealed(key, 0);
        sealed(key, ciphertext ^ stream).1
    };
    let difference = |ciphertext: u128| tag(keys[0], ciphertext) ^ tag(keys[1], ciphertext);
    let constant = difference(0);
    let mut basis: Vec<(u128, u128)> = Vec::new();
    let reduce = |basis: &[(u128, u128)], mut value: u128, mut bits: u128| {
        for (other, combination) in basis {
            if value ^ other < value {
                (value, bits) = (value ^ other, bits ^ combination);
            }
        }
        (value, bits)
    };
    for bit in 0..128 {
        let found = reduce(&basis, difference(1 << bit) ^ constant, 1 << bit);
        if found.0 != 0 {
            basis.push(found);
        }
    }
    let (rest, ciphertext) = reduce(&basis, constant, 0);
    assert_eq!(rest, 0, "the equations have a solution");
    [ciphertext.to_be_bytes(), tag(keys[0], ciphertext).to_be_bytes()].concat()
}

/// P16: camera and resident together make a segment whose ciphertext is valid under two keys, and seal it in two clips. The
/// commitment in the signed leaf lets one of them open it.
#[test]
fn p16_a_ciphertext_for_two_keys_opens_with_one() {
    let camera = SampleCamera::new(1);
    let [one, two] = [1, 2].map(|secret| {
        camera.begin(Suite::Aes256Gcm, Timestamp::default(), [&camera.owner, &camera.recovery], [secret; 32])
    });
    let keys = [keys(&one.2, Layer::Pictures, 0), keys(&two.2, Layer::Pictures, 0)];
    for committed in 0..2 {
        let header = first(16, keys[committed].commitment);
        let body = two_faced([&keys[0].key, &keys[1].key], &header.to_bytes());
        let contents = keys.each_ref().map(|keys| {
            let mut body = body.clone();
            open(Suite::Aes256Gcm, &keys.key, &header.to_bytes(), &mut body).unwrap().to_vec()
        });
        assert_ne!(contents[0], contents[1], "to the cipher alone, both are true");
        for (n, (head, owners, secret)) in [&one, &two].into_iter().enumerate() {
            let mut writer = begin(head, owners);
            writer.segment(header, &body, &[], &BodyDigest::of(&body)).unwrap();
            let mut clip = FinishedClip::open(Cursor::new(finish(writer, &camera.key))).unwrap();
            let unlocked = clip.unlock(&camera.owner).unwrap();
            assert_eq!(unlocked.secret, secret.secret);
            match clip.segment(&unlocked, 0) {
                Ok((_, content)) => assert_eq!((n, &*content), (committed, &contents[committed])),
                Err(error) => assert!(n != committed && matches!(error, ClipError::Open(0)), "{error}"),
            }
        }
    }
}

/// C6, P16: whatever is sealed under one suite has no key under the other, so that no body can be made for both.
#[test]
fn c6_a_sealed_segment_opens_under_its_own_suite_alone() {
    let camera = SampleCamera::new(1);
    let [one, two] = [Suite::Aes256Gcm, Suite::ChaCha20Poly1305]
        .map(|suite| camera.begin(suite, Timestamp::default(), [&camera.owner, &camera.recovery], [1; 32]));
    let SegmentKey { key, commitment } = keys(&one.2, Layer::Pictures, 0);
    let other = keys(&two.2, Layer::Pictures, 0);
    assert_ne!(key, other.key, "one secret and index, two suites, two keys");
    assert_ne!(commitment, other.commitment);
    let header = first(4, commitment);
    let mut body = b"true".to_vec();
    seal(Suite::Aes256Gcm, key, &header.to_bytes(), &mut body).unwrap();
    let found = [&one, &two].map(|(head, owners, _)| {
        let mut writer = begin(head, owners);
        writer.segment(header, &body, &[], &BodyDigest::of(&body)).unwrap();
        let mut clip = FinishedClip::open(Cursor::new(finish(writer, &camera.key))).unwrap();
        let secret = clip.unlock(&camera.owner).unwrap();
        clip.segment(&secret, 0).map(|(_, content)| content.to_vec()).ok()
    });
    assert_eq!(found, [Some(b"true".to_vec()), None]);
}

/// C1, P6: a host with another maker's camera signs a stored clip anew: by another camera, at another hour, and shorter. It
/// opens for nobody.
#[test]
fn c1_a_clip_signed_anew_by_another_camera_opens_for_nobody() {
    let mut camera = SampleCamera::new(1);
    let file = camera.clip(&CONTENTS, Cadence::EveryGroup);
    let other = SampleCamera::new(2);
    let start = super::start::read_start(&mut Cursor::new(&file)).unwrap();
    let own = start.certificate.statement().clone();
    let request = Verified::sign(own.request.statement().clone(), &other.key);
    let forged = CameraCertificate::new(request, own.issued);
    let forged = Verified::sign(forged, &SigningKey::generate(&mut super::sample::Pinned(77)).unwrap()).into_signed();
    let later = Timestamp::from_seconds(1_780_000_000).unwrap();
    let attempts = [
        ("another camera", Header { certificate: Box::new(forged), ..start.header.clone() }, &other.key),
        // The camera itself would have to sign these.
        ("another hour", Header { started: later, ..start.header.clone() }, &camera.key),
        ("another suite", Header { suite: Suite::ChaCha20Poly1305, ..start.header.clone() }, &camera.key),
    ];
    for (what, header, key) in attempts {
        let mut clip = FinishedClip::open(Cursor::new(&file)).unwrap();
        let mut writer = begin(&header, &start.owners);
        for index in 0..3 {
            let mut body = Vec::new();
            let StoredSegment { header, digest } = clip.stored_into(index, &mut body).unwrap();
            writer.segment(header, &body, &[], &digest).unwrap();
        }
        let resigned = finish(writer, key);
        let mut resigned = FinishedClip::open(Cursor::new(resigned)).unwrap();
        assert!(matches!(resigned.unlock(&camera.owner), Err(ClipError::Secret(_))), "{what}");
        assert!(matches!(resigned.unlock(&camera.recovery), Err(ClipError::Secret(_))), "{what}");
        // Also whoever has the secret from the true clip opens nothing.
        let secret = clip.unlock(&camera.owner).unwrap();
        assert!(matches!(resigned.segment(&secret, 1), Err(ClipError::WrongKey)), "{what}");
        let secret = ClipSecret { identity: header.identity(), secret: secret.secret };
        assert!(matches!(resigned.segment(&secret, 1), Err(ClipError::WrongKey)), "{what}");
    }
}

/// C12, T12: a secret that is not the clip's is said to be that, and the clip is not said to be altered.
#[test]
fn t12_a_wrong_secret_is_told_from_an_altered_clip() {
    let mut camera = SampleCamera::new(1);
    let file = camera.clip(&CONTENTS, Cadence::EveryGroup);
    let mut clip = FinishedClip::open(Cursor::new(&file)).unwrap();
    let true_secret = clip.unlock(&camera.owner).unwrap();
    let wrong = ClipSecret { identity: true_secret.identity, secret: Secret::take(&mut [1; 32]) };
    assert!(matches!(clip.segment(&wrong, 1), Err(ClipError::WrongKey)));
    // A camera that wraps another secret than it seals with.
    let (header, owners, _) =
        camera.begin(Suite::Aes256Gcm, Timestamp::default(), [&camera.owner, &camera.recovery], [1; 32]);
    let check = super::header::check_value(&header.identity(), &Secret::take(&mut [2; 32]));
    let file = finish(begin(&Header { check, ..header }, &owners), &camera.key);
    let clip = FinishedClip::open(Cursor::new(&file)).unwrap();
    assert!(matches!(clip.unlock(&camera.owner), Err(ClipError::WrongKey)));
}

/// T37: a host's index that lies about digest, commitment, length, start, layer or place is not believed. What it should say
/// is read from the segments.
#[test]
fn t37_an_index_that_lies_is_not_believed() {
    let mut camera = SampleCamera::new(1);
    let groups: Vec<(&[u8], Option<&[u8]>)> = CONTENTS.map(|pictures| (pictures, Some(&b"sound"[..]))).into();
    let file = camera.record(&groups, Cadence::AtEnd);
    let mut clip = FinishedClip::open(Cursor::new(&file)).unwrap();
    let secret = clip.unlock(&camera.owner).unwrap();
    let count = clip.count();
    let contents: Vec<_> = (0..count).map(|index| clip.segment(&secret, index).unwrap()).collect();
    let rows = file.windows(6).position(|frame| frame[0] == b'I' && frame[5] == 0).unwrap() + 6;
    // Every byte of a row: offset, header, digest.
    for at in 0..99 {
        let mut lied = file.clone();
        lied[rows + 2 * 99 + at] ^= 1;
        let mut lied = FinishedClip::open(Cursor::new(&lied)).unwrap();
        for (index, content) in (0..).zip(&contents) {
            assert_eq!(lied.segment(&secret, index).unwrap(), *content, "byte {at}, segment {index}");
        }
    }
}

/// P6: the owner, who has every key, seals another content under a segment's own key and header and writes the clip anew,
/// with an index and a footer that fit. The camera's manifest does not.
#[test]
fn p6_a_segment_that_its_owner_seals_anew_is_refused() {
    let mut camera = SampleCamera::new(1);
    let file = camera.clip(&CONTENTS, Cadence::AtEnd);
    let mut clip = FinishedClip::open(Cursor::new(&file)).unwrap();
    let secret = clip.unlock(&camera.owner).unwrap();
    for altered in 0..clip.count() {
        let start = super::start::read_start(&mut Cursor::new(&file)).unwrap();
        let mut writer = begin(&start.header, &start.owners);
        for index in 0..clip.count() {
            let mut body = Vec::new();
            let StoredSegment { header, .. } = clip.stored_into(index, &mut body).unwrap();
            if index == altered {
                let keys = keys(&secret, header.open.layer, index);
                body = vec![b'?'; body.len() - TAG_LEN];
                seal(clip.suite(), keys.key, &header.to_bytes(), &mut body).unwrap();
            }
            writer.segment(header, &body, &[], &BodyDigest::of(&body)).unwrap();
        }
        let forged = writer.finish(clip.manifest()).unwrap().into_inner();
        let mut forged = FinishedClip::open(Cursor::new(&forged)).unwrap();
        assert!(forged.open_all(&secret, &mut Vec::new(), |_| ()).is_err(), "segment {altered}");
        assert!(forged.segment(&secret, altered).is_err(), "segment {altered}");
        let found = (0..clip.count()).filter_map(|index| Some((index, forged.segment(&secret, index).ok()?.1)));
        for (index, content) in found.collect::<Vec<_>>() {
            assert_eq!(content, clip.segment(&secret, index).unwrap().1);
        }
    }
}
