//! Clips, excerpts and recordings.

use std::io::Cursor;

use footage::agency::Excerpt;
use footage::camera::Cadence;
use footage::clip::FinishedClip;
use footage::crypto::{KemAlgorithm, KemPrivateKey, Suite};
use footage::custodian::MemoryKeyStore;
use footage::record::{Answer, Head, Signed, Verified};

use super::clips::Piece::{Init, Media};
use super::clips::{self, camera, owner, seal, unfinished};
use super::common::{Granted, Pinned, World, put_together, read_excerpt, take_apart};
use super::lock::{Drawn, grant_key, private_part, regranted};
use super::{Form, Row};

fn key() -> KemPrivateKey {
    owner(1, KemAlgorithm::X25519)
}

#[test]
fn clips_read_through_index_and_footer() {
    let pieces = [Init(20), Media(100), Media(0), Media(60)];
    for cadence in [Cadence::AtEnd, Cadence::EveryGroup] {
        let clip = seal(&mut camera(1, Suite::Aes256Gcm), &[key().public_key()], cadence, &pieces, &mut Pinned(1));
        let parse = |bytes: &[u8]| clips::read(bytes, &key()).map(drop);
        Row::new(format!("clip, {cadence:?}"), Form::Frames, clip.as_slice(), parse).check();
        // From the beginning, as one that has no footer.
        let parse = |bytes: &[u8]| clips::read(&[bytes, b"?"].concat(), &key()).map(drop);
        Row::new(format!("clip without a footer, {cadence:?}"), Form::Frames, clip, parse).check();
    }
}

#[test]
fn clips_that_are_recovered() {
    let (pieces, owners) = ([Init(20), Media(100), Media(60)], [key().public_key()]);
    let clip = unfinished(&mut camera(1, Suite::Aes256Gcm), &owners, Cadence::EveryGroup, &pieces, &mut Pinned(1));
    let parse = |bytes: &[u8]| clips::recover_first(1, Suite::Aes256Gcm, 1, bytes).map(drop);
    Row::new("unfinished clip", Form::Frames, clip, parse).check();
}

/// What a camera's key can sign of a clip of one segment.
#[test]
fn manifests_of_segments_that_are_not_there() {
    let clip =
        seal(&mut camera(1, Suite::Aes256Gcm), &[key().public_key()], Cadence::AtEnd, &[Media(9)], &mut Pinned(1));
    let (magic, frames) = take_apart(&clip);
    for count in [2, 1 << 24, (1 << 24) + 1, u32::MAX] {
        let mut frames = frames.clone();
        let (_, head) = frames.iter_mut().find(|(kind, _)| *kind == b'D').unwrap();
        let signed = Signed::<Head>::from_bytes(head).unwrap();
        let claimed = Head { count, ..signed.statement().clone() };
        *head = Verified::sign(claimed, &clips::keys(1).1).to_bytes();
        let bytes = put_together(&magic, &frames);
        let (read, needed) = super::peak(|| {
            let mut clip = FinishedClip::open(Cursor::new(&bytes))?;
            let secret = clip.unlock(&key())?;
            clip.select_segments(0, count).map(drop)?;
            clip.segment(&secret, count - 1).map(drop)
        });
        let error = read.unwrap_err().to_string();
        assert!(needed < super::MIB && error.len() > 10, "{needed} bytes, {error}");
    }
}

/// A town whose agency holds a grant, what was drawn for the grant, and the public parts of its wraps.
fn granted() -> (World, Granted, Drawn) {
    let mut world = World::with(KemAlgorithm::X25519, &mut MemoryKeyStore::default);
    let (clip, request) = (world.clip(), world.request());
    let drawn = Drawn::from(world.random.0);
    let granted = world.grant(&request, &clip);
    (world, granted, drawn)
}

#[test]
fn excerpts() {
    let (_, granted, _) = granted();
    let parse = |bytes: &[u8]| Excerpt::open(Cursor::new(bytes)).map(drop);
    Row::new("excerpt", Form::Frames, granted.excerpt, parse).check();
}

/// Whoever makes the grant writes whatever they want into it, and seals and signs it well.
#[test]
fn private_parts() {
    let (mut world, granted, drawn) = granted();
    let terms = granted.excerpted.terms.statement().clone();
    let private = private_part(&granted.excerpt, &grant_key(&drawn.halves[0], &drawn.halves[1], &granted.id()));
    let expiry = |member: &footage::record::Member| {
        world.ledger.expiry_key(&member.custodian, terms.not_after).unwrap().statement().key.clone()
    };
    let request = granted.request.statement().key.clone();
    let keys: Vec<_> = [request].into_iter().chain(terms.custody.members().iter().map(expiry)).collect();
    let claiming = super::claiming(&private, super::MOST).into_iter().map(Some);
    for (at, claiming) in [None].into_iter().chain(claiming).enumerate() {
        let honest = claiming.is_none();
        let private = claiming.as_ref().unwrap_or(&private);
        let excerpt = read_excerpt(&regranted(&granted.excerpt, &terms, private, &drawn, &keys)).unwrap();
        let answers = answers(&mut world, &excerpt);
        let (opened, needed) = super::peak(|| world.agency.open(excerpt, answers, &world.ledger, world.now).map(drop));
        assert_eq!(opened.is_ok(), honest, "{at}");
        let text = opened.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(honest || text.len() > 10, "{at}: {text}");
        assert!(needed < super::MIB, "{needed} bytes for {at}");
    }
}

/// Takes an excerpt in, releases it, and has two custodians answer.
fn answers(world: &mut World, excerpt: &Excerpt<Cursor<Vec<u8>>>) -> Vec<Signed<Answer>> {
    world.agency.take_in(excerpt).unwrap();
    let release = world.agency.release(excerpt.terms(), &mut world.random).unwrap();
    let release = world.publish(release);
    let deliveries: Vec<_> = world.agency.deliveries(release, excerpt).take(2).collect();
    let notices = deliveries.iter().enumerate().map(|(n, (_, delivery))| world.notice(n, delivery).unwrap());
    let notices: Vec<_> = notices.collect();
    let notices: Vec<_> = notices.into_iter().map(|notice| world.append(notice)).collect();
    world.witness();
    (0..).zip(notices).map(|(n, notice)| world.answer(n, notice).unwrap()).collect()
}

/// A cut of the sample: its codec parameters and its first fragment.
#[cfg(feature = "mp4")]
#[test]
fn recordings() {
    use footage::media::Cutter;

    let sample = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/sample.mp4")).unwrap();
    let size = |at: usize| u32::from_be_bytes(sample[at..at + 4].try_into().unwrap()) as usize;
    let mut content = 0;
    while &sample[content + 4..content + 8] != b"mdat" {
        content += size(content);
    }
    let recording = &sample[..content + size(content)];
    let cut = |bytes: &[u8]| Cutter::new(bytes).try_for_each(|cut| cut.map(drop));
    assert_eq!(cut(recording), Ok(()));
    let mut refused = 0;
    // Up to the content, which claims nothing.
    for at in 0..content + 8 {
        for claiming in super::numbers(recording, at) {
            let (result, needed) = super::peak(|| cut(&claiming));
            assert!(needed < super::MIB, "{needed} bytes, {result:?}, byte {at}");
            refused += usize::from(result.is_err());
        }
    }
    assert!(refused > 100, "{refused}");
}
