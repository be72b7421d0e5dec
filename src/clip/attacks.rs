//! Attacks of those who know all keys of a clip: its owner, and its camera.

use std::io::Cursor;

use crate::crypto::{BodyDigest, Secret, Suite, TAG_LEN, open, seal};
use crate::record::{ClipId, Ending, Millis, SegmentKind, Timestamp, Verified};

use super::header::{Header, Owners};
use super::sample::{Pinned, SampleCamera};
use super::writer::ClipWriter;
use super::{Cadence, ClipError, FinishedClip, SegmentHeader, StoredSegment, seed, segment_key};

const CONTENTS: [&[u8]; 4] = [b"zero", b"one", b"two", b"three"];

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

/// P16: camera and resident together make a segment whose ciphertext is valid under two keys, and give each of two owners
/// a clip secret of their own. The commitment in the signed leaf lets one of them open it.
#[test]
fn p16_a_ciphertext_for_two_keys_opens_with_one() {
    let camera = SampleCamera::new(1);
    let clip = ClipId::from_bytes([9; 16]);
    let secrets = [Secret::take(&mut [1; 32]), Secret::take(&mut [2; 32])];
    let keys = secrets.each_ref().map(|secret| segment_key(&clip, 0, &seed(&clip, secret, 0)));
    for committed in 0..2 {
        let header = SegmentHeader {
            index: 0,
            start: Millis(0),
            duration: Millis::SECOND,
            kind: SegmentKind::Media,
            length: 16,
            init: None,
            commitment: keys[committed].commitment,
        };
        let body = two_faced([&keys[0].key, &keys[1].key], &header.to_bytes());
        let contents = keys.each_ref().map(|keys| {
            let mut body = body.clone();
            open(Suite::Aes256Gcm, &keys.key, &header.to_bytes(), &mut body).unwrap().to_vec()
        });
        assert_ne!(contents[0], contents[1], "to the cipher alone, both are true");

        // One wrap holds one secret, the other the other.
        let owners = [SampleCamera::new(2).owner, SampleCamera::new(3).owner];
        let wraps = [0, 1].map(|n| {
            Owners::wrap(clip, &secrets[n], &[owners[n].public_key()], &mut Pinned(n as u64)).unwrap().to_bytes()
        });
        let wraps = Owners::from_bytes(&[&[0x82], &wraps[0][1..], &wraps[1][1..]].concat()).unwrap();
        let head = Header::new(Suite::Aes256Gcm, clip, Timestamp::default(), camera.certificate(), &wraps);
        let mut writer = ClipWriter::begin(Cursor::new(Vec::new()), &head, &wraps).unwrap();
        writer.segment(header, &body, &[], &BodyDigest::of(&body)).unwrap();
        let manifest = Verified::sign(writer.state(Some(Ending::Finished)), &camera.key);
        let file = writer.finish(&manifest).unwrap().into_inner();

        for (n, owner) in owners.iter().enumerate() {
            let mut clip = FinishedClip::open(Cursor::new(&file)).unwrap();
            let secret = clip.unlock(owner).unwrap();
            assert_eq!(secret.secret, secrets[n]);
            match clip.segment(&secret, 0) {
                Ok((_, content)) => assert_eq!((n, &*content), (committed, &contents[committed])),
                Err(error) => assert!(n != committed && matches!(error, ClipError::Open(0)), "{error}"),
            }
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
        let mut writer = ClipWriter::begin(Cursor::new(Vec::new()), &start.header, &start.owners).unwrap();
        for index in 0..clip.count() {
            let mut body = Vec::new();
            let StoredSegment { header, .. } = clip.stored_into(index, &mut body).unwrap();
            if index == altered {
                let keys = segment_key(&clip.clip(), index, &seed(&clip.clip(), &secret.secret, index));
                body = vec![b'?'; body.len() - TAG_LEN];
                seal(clip.suite(), keys.key, &header.to_bytes(), &mut body).unwrap();
            }
            writer.segment(header, &body, &[], &BodyDigest::of(&body)).unwrap();
        }
        let forged = writer.finish(clip.manifest()).unwrap().into_inner();
        let mut forged = FinishedClip::open(Cursor::new(&forged)).unwrap();
        assert!(forged.segment(&secret, altered).is_err(), "segment {altered}");
        let found = (0..clip.count()).filter_map(|index| Some((index, forged.segment(&secret, index).ok()?.1)));
        for (index, content) in found.collect::<Vec<_>>() {
            assert_eq!(content, clip.segment(&secret, index).unwrap().1);
        }
    }
}
