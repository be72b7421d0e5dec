//! P6: an opened excerpt is what the camera recorded, in order, unaltered, with the left-out parts counted. Against it: a
//! resident with the clip's secret and the camera's storage, host, network. What a resident can make with own keys and
//! proofs is shown beside the excerpt (`grant::attacks`).

use std::io::Cursor;

use footage::camera::{Cadence, Camera, Device, MemoryFile, MemoryFiles, Recording, RecoverError};
use footage::clip::{ClipError, FinishedClip};
use footage::crypto::{Secret, SigningKey, Suite};
use footage::ledger::CameraTrust;
use footage::record::{
    CameraCertificate, CameraId, CertificateRequest, ClipId, Ending, Head, MakerId, Millis, Verified,
};
use footage::store::MemoryStore;

use super::common::{Pinned, SIZES, World, begin, content, media, media_with, name, put_together, take_apart};
use footage_support::home::own_camera;

use super::forge::flips;

const SEGMENT: u8 = b'S';
const HEAD: u8 = b'D';
const SMALL: [usize; 4] = [20, 1, 0, 30];

fn small(world: &mut World) -> Vec<u8> {
    let started = world.now.before(Millis::MINUTE.times(40));
    world.clip_from(started, &SMALL)
}

/// A clip of four small segments that the world's camera records.
fn recorded(world: &mut World, cadence: Cadence) -> Recording<MemoryFile> {
    let started = world.now.before(Millis::MINUTE.times(40));
    let mut recording = begin(&mut world.camera, started, cadence, &mut world.random).unwrap();
    let mut init = Some(b"codec parameters".to_vec());
    for (minute, size) in (0..).zip(SMALL) {
        media_with(
            &mut recording,
            &mut world.camera,
            init.take().as_deref_mut(),
            Millis::MINUTE.times(minute),
            Millis::MINUTE,
            &mut content(minute, size),
        )
        .unwrap();
    }
    recording
}

/// One that the power cut ended.
fn cut_off(world: &mut World, cadence: Cadence) -> (ClipId, Vec<u8>) {
    let clip = recorded(world, cadence).clip();
    (clip, world.camera.files().bytes(clip).unwrap())
}

/// Recovers a clip with these bytes in the place of its file: its manifest, and the file afterwards.
fn recover(world: &mut World, clip: ClipId, bytes: &[u8]) -> Result<(Verified<Head>, Vec<u8>), RecoverError> {
    world.camera.files().put(clip, bytes.to_vec());
    let sealed = world.camera.recover(clip)?;
    Ok((sealed.manifest().clone(), sealed.into_inner().to_bytes()))
}

/// Reads a clip as its owner; `None` if any of it is refused.
fn read(world: &World, clip: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut clip = FinishedClip::open(Cursor::new(clip)).ok()?;
    let secret = clip.unlock(&world.owner).ok()?;
    (0..clip.count()).map(|index| Some(clip.segment(&secret, index).ok()?.1.to_vec())).collect()
}

fn truth() -> Vec<Vec<u8>> {
    let media = (0..).zip(SMALL).map(|(minute, size)| content(minute, size));
    std::iter::once(b"codec parameters".to_vec()).chain(media).collect()
}

#[test]
fn p6_no_byte_of_a_clip_can_be_altered() {
    let mut world = World::new();
    let clip = small(&mut world);
    assert_eq!(read(&world, &clip), Some(truth()));
    for (at, altered) in flips(&clip) {
        // Footer and index are hints: without them the clip is read from its beginning.
        if let Some(found) = read(&world, &altered) {
            assert_eq!(found, truth(), "byte {at}");
        }
    }
    for at in 0..clip.len() {
        if let Some(found) = read(&world, &clip[..at]) {
            assert_eq!(found, truth(), "cut at {at}");
        }
    }
}

/// Every order of the segments but the camera's, every one left out or doubled, and every one replaced by one of another
/// clip of the same camera.
#[test]
fn p6_segments_cannot_be_reordered_dropped_or_spliced() {
    let mut world = World::new();
    let (clip, other) = (small(&mut world), small(&mut world));
    let (magic, frames) = take_apart(&clip);
    let (_, foreign) = take_apart(&other);
    let segments: Vec<_> = (0..frames.len()).filter(|&at| frames[at].0 == SEGMENT).collect();
    let refused = |what: &str, frames: &[(u8, Vec<u8>)]| {
        assert_eq!(read(&world, &put_together(&magic, frames)), None, "{what}");
    };
    for &a in &segments {
        for &b in &segments {
            if a != b {
                let mut swapped = frames.clone();
                swapped.swap(a, b);
                refused("swapped", &swapped);
                // With the index in the header put right.
                let (one, two) = (swapped[a].1[..4].to_vec(), swapped[b].1[..4].to_vec());
                swapped[a].1[..4].copy_from_slice(&two);
                swapped[b].1[..4].copy_from_slice(&one);
                refused("swapped and numbered anew", &swapped);
                let mut doubled = frames.clone();
                doubled[a] = frames[b].clone();
                refused("doubled", &doubled);
            }
        }
        let mut dropped = frames.clone();
        dropped.remove(a);
        refused("dropped", &dropped);
        let mut spliced = frames.clone();
        spliced[a] = foreign[a].clone();
        refused("spliced", &spliced);
    }
    // A head, the manifest, the beginning of another clip of this camera.
    for at in 0..frames.len() {
        if frames[at].0 != SEGMENT && frames[at] != foreign[at] {
            let mut spliced = frames.clone();
            spliced[at] = foreign[at].clone();
            let found = read(&world, &put_together(&magic, &spliced));
            assert!(found.is_none_or(|found| found == truth()), "frame {at}");
        }
    }
    let all: Vec<_> = frames[..2].iter().chain(&foreign[2..]).cloned().collect();
    refused("a whole other clip under this header", &all);
}

/// A finished clip cut down to an earlier head is no finished clip, and its camera does not close it a second time.
#[test]
fn p6_a_finished_clip_cannot_be_shortened() {
    let mut world = World::new();
    let recording = recorded(&mut world, Cadence::EveryGroup);
    let id = recording.clip();
    let clip = recording.finish(&mut world.camera).unwrap().into_inner().to_bytes();
    let (magic, frames) = take_apart(&clip);
    for keep in 2..frames.len() {
        let cut = put_together(&magic, &frames[..keep]);
        let found = FinishedClip::open(Cursor::new(&cut));
        if let Ok(found) = found {
            assert_eq!((found.count(), found.ending()), (5, Ending::Finished));
        }
        let error = recover(&mut world, id, &cut).unwrap_err();
        assert!(matches!(error, RecoverError::NotOpen(clip) if clip == id), "{error}");
    }
}

/// What the power cut left is edited before the camera gets it back.
#[test]
fn p6_recovery_signs_a_true_prefix_or_nothing() {
    let mut world = World::new();
    for attack in 0..7 {
        let (id, clip) = cut_off(&mut world, Cadence::EveryGroup);
        let (_, other) = cut_off(&mut world, Cadence::EveryGroup);
        let (magic, mut frames) = take_apart(&clip);
        let (_, foreign) = take_apart(&other);
        let segments: Vec<_> = (0..frames.len()).filter(|&at| frames[at].0 == SEGMENT).collect();
        let expected = match attack {
            // Nothing but the power cut.
            0 => 5,
            // Two segments swapped.
            1 => {
                frames.swap(segments[2], segments[3]);
                2
            }
            // Truncated behind a head.
            2 => {
                frames.truncate(segments[2]);
                2
            }
            // A segment of own making, and an old head behind it.
            3 => {
                let mut own = frames[segments[4]].1.clone();
                own[3] = 5;
                let head = frames.last().unwrap().clone();
                frames.push((SEGMENT, own));
                frames.push(head);
                5
            }
            // A segment of another clip of this camera, with that clip's head.
            4 => {
                frames.splice(segments[3].., foreign[segments[3]..].iter().cloned());
                3
            }
            // One altered.
            5 => {
                frames[segments[2]].1[60] ^= 1;
                2
            }
            // One left out, with its head.
            _ => {
                frames.drain(segments[2]..segments[3]);
                2
            }
        };
        let edited = put_together(&magic, &frames);
        let (manifest, recovered) = recover(&mut world, id, &edited).unwrap();
        assert_eq!(manifest.statement().end.map(|end| end.how), Some(Ending::Recovered));
        let found = read(&world, &recovered).unwrap();
        assert_eq!(found, truth()[..expected], "attack {attack}");
        // The camera vouches for one ending only, whichever file it is brought.
        for bytes in [&edited, &clip, &put_together(&magic, &frames[..segments[0] + 2])] {
            let error = recover(&mut world, id, bytes).unwrap_err();
            assert!(matches!(error, RecoverError::NotOpen(clip) if clip == id), "{error}");
        }
    }
}

#[test]
fn p6_recovery_without_a_head_or_by_another_camera_signs_nothing() {
    let mut world = World::new();
    let (id, _) = cut_off(&mut world, Cadence::AtEnd);
    let error = world.camera.recover(id).unwrap_err();
    assert!(matches!(error, RecoverError::NothingSigned(_)), "{error}");
    let (id, clip) = cut_off(&mut world, Cadence::EveryGroup);
    let (magic, frames) = take_apart(&clip);
    let headless: Vec<_> = frames.iter().filter(|(kind, _)| *kind != HEAD).cloned().collect();
    let error = recover(&mut world, id, &put_together(&magic, &headless)).unwrap_err();
    assert!(matches!(error, RecoverError::NothingSigned(_)), "{error}");
    // Another camera, in the place of whose own clip the file is put.
    let (id, clip) = cut_off(&mut world, Cadence::EveryGroup);
    let mut other = other_camera(&world, &world.maker);
    let error = other.recover(id).unwrap_err();
    assert!(matches!(error, RecoverError::NotOpen(_)), "{error}");
    let own = begin(&mut other, world.now, Cadence::EveryGroup, &mut world.random).unwrap().clip();
    other.files().put(own, clip);
    let error = other.recover(own).unwrap_err();
    assert!(matches!(error, RecoverError::NothingSigned(_)), "{error}");
    assert!(world.camera.recover(id).is_ok());
}

fn other_camera(world: &World, maker: &SigningKey) -> Camera<MemoryStore, MemoryFiles> {
    let mut random = Pinned(50);
    let key = SigningKey::generate(&mut random).unwrap();
    let request = CertificateRequest {
        camera: CameraId::from_bytes([8; 16]),
        maker: MakerId::new("acme").unwrap(),
        model: name("Doorbell 3"),
    };
    let certificate = CameraCertificate::new(Verified::sign(request, &key), super::common::at(super::common::NOON));
    let certificate = Verified::sign(certificate, maker).into_signed();
    let (secret, suite) = (Secret::random(&mut random).unwrap(), Suite::ChaCha20Poly1305);
    let device = Device { certificate, key, secret, suite };
    Camera::begin(device, world.household(), MemoryStore::new(), MemoryFiles::new()).unwrap()
}

/// The verdict on a recovered clip says that its count is a lower bound.
#[test]
fn p6_the_verdict_counts_what_was_left_out() {
    let mut world = World::new();
    let (id, _) = cut_off(&mut world, Cadence::EveryGroup);
    let recovered = world.camera.recover(id).unwrap().into_inner().to_bytes();
    let finished = world.clip();
    let request = world.request();
    for (clip, count, ending) in [(recovered, 5, Ending::Recovered), (finished, 7, Ending::Finished)] {
        let granted = world.grant_range(&request, &clip, 2, 4, 1);
        let release = world.release(&granted);
        let answers = world.answers(&granted, release, &[0, 1]);
        let opened = world.open(&granted, answers).unwrap();
        let found = &opened.verdict.clips[0];
        // The init segment is granted, too.
        assert_eq!((found.pictures.granted, found.outside, found.end.how), (2, count - 3, ending));
        assert_eq!(found.camera, CameraTrust::Approved { maker: MakerId::new("acme").unwrap() });
    }
    assert_eq!(SIZES.len() + 1, 7);
}

/// A camera of the resident's own making, with a certificate under the maker's name.
#[test]
fn p6_a_camera_that_no_maker_certified_shows_in_the_verdict() {
    let mut world = World::new();
    let forger = SigningKey::generate(&mut Pinned(51)).unwrap();
    world.camera = other_camera(&world, &forger);
    let camera = *world.camera.certificate().statement().key();
    let _ = world.home.write(own_camera(camera), world.now, &mut world.random).unwrap();
    let clip = world.clip();
    let request = world.request();
    let granted = world.grant(&request, &clip);
    let release = world.release(&granted);
    let answers = world.answers(&granted, release, &[0, 1]);
    let opened = world.open(&granted, answers).unwrap();
    assert_eq!(opened.verdict.clips[0].camera, CameraTrust::Unknown { maker: MakerId::new("acme").unwrap() });
}

/// The certificate of another camera in front of a clip.
#[test]
fn p6_a_clip_keeps_its_camera() {
    let mut world = World::new();
    let started = world.now.before(Millis::MINUTE.times(40));
    let mut camera = other_camera(&world, &world.maker);
    let mut recording = begin(&mut camera, started, Cadence::AtEnd, &mut world.random).unwrap();
    media(&mut recording, &mut camera, Millis(0), Millis::MINUTE, &mut content(0, 20)).unwrap();
    let theirs = recording.finish(&mut camera).unwrap().into_inner().to_bytes();
    let clip = small(&mut world);
    let (magic, mut frames) = take_apart(&clip);
    let (_, foreign) = take_apart(&theirs);
    // Manifest of the other camera on this clip, and this clip's on the other's.
    let manifest = |frames: &[(u8, Vec<u8>)]| frames.iter().rposition(|(kind, _)| *kind == HEAD).unwrap();
    let (at, from) = (manifest(&frames), manifest(&foreign));
    frames[at] = foreign[from].clone();
    let error = FinishedClip::open(Cursor::new(put_together(&magic, &frames))).unwrap_err();
    assert!(matches!(error, ClipError::Unfinished), "{error}");
    let mut mixed = foreign.clone();
    mixed[0] = take_apart(&clip).1[0].clone();
    assert!(FinishedClip::open(Cursor::new(put_together(&magic, &mixed))).is_err());
}
