//! The camera's state: who may write it, and what it says over a restart.

use std::fs;
use std::path::PathBuf;

use footage::camera::{
    Cadence, Camera, Device, DirectoryFiles, MemoryFiles, OpenCameraError, RecordError, RecoverError, StartError,
};
use footage::crypto::{KemAlgorithm, Suite};
use footage::record::{Ending, Head, Millis, OwnerList, Signed, Verified};
use footage::store::{DirectoryStore, MemoryStore, Store, StoreError, StoreKey};

use super::card::{Card, FaultCamera, reopened};
use footage_support::clips::{self, frames, owner, read};
use footage_support::common::{NOON, Pinned, at, begin, list_of, media};
use footage_support::faults::{Crash, FaultFiles, StoreImage};

pub(crate) const SUITE: Suite = Suite::ChaCha20Poly1305;

pub(crate) fn device() -> Device {
    clips::device(1, SUITE)
}

pub(crate) fn owners() -> Verified<OwnerList> {
    list_of(&[owner(1, KemAlgorithm::X25519).public_key()])
}

/// A camera on a store that can be copied and put back, and on a card.
fn paired(image: &StoreImage) -> (FaultCamera, Card) {
    let card = Card(FaultFiles::new());
    (Camera::begin(device(), owners(), image.begin().unwrap(), card.clone()).unwrap(), card)
}

/// Records a clip of so many segments, and drops the recording.
fn left_open(camera: &mut FaultCamera, segments: u64) -> footage::record::ClipId {
    let mut recording = begin(camera, at(NOON), Cadence::EveryGroup, &mut Pinned(2)).unwrap();
    for second in 0..segments {
        media(&mut recording, camera, Millis::SECOND.times(second), Millis::SECOND, &mut [1, 2, 3]).unwrap();
    }
    recording.clip()
}

pub(crate) fn key() -> StoreKey {
    "camera".parse().unwrap()
}

/// The key of a list's fact.
pub(crate) fn list_key(list: &Verified<OwnerList>) -> StoreKey {
    format!("owner-list.{}", list.id()).parse().unwrap()
}

/// Whether the store holds the state that it held before: nothing was touched.
fn untouched(store: &mut MemoryStore, before: &[u8]) -> bool {
    let facts = store.facts().unwrap();
    facts.contains(&key()) && facts.len() <= 2 && store.fact(&key()).unwrap().unwrap() == before
}

/// C2: who writes the store's directory makes no camera sign what it did not record.
#[test]
fn a_state_that_the_device_did_not_write_is_refused() {
    let mut store = MemoryStore::new();
    let files = MemoryFiles::new();
    let mut camera = Camera::begin(device(), owners(), &mut store, files.clone()).unwrap();
    let clip = begin(&mut camera, at(NOON), Cadence::EveryGroup, &mut Pinned(2)).unwrap().clip();
    drop(camera);
    let good = store.fact(&key()).unwrap().unwrap();
    for at in 0..good.len() {
        for bit in [1, 0x20, 0x80] {
            let mut altered = good.clone();
            altered[at] ^= bit;
            store.put_fact(&key(), &altered).unwrap();
            let error = Camera::open(device(), &mut store, files.clone()).map(drop).unwrap_err();
            let refused = matches!(
                error,
                OpenCameraError::Damaged | OpenCameraError::OtherCamera | OpenCameraError::LaterVersion(_)
            );
            assert!(refused, "byte {at}: {error}");
            assert!(untouched(&mut store, &altered));
        }
    }
    for bytes in [&b""[..], b"\x83", &good[..good.len() - 1], &[&good[..], b"\0"].concat(), &[0x9b; 3000]] {
        store.put_fact(&key(), bytes).unwrap();
        let error = Camera::open(device(), &mut store, files.clone()).map(drop).unwrap_err();
        assert!(matches!(error, OpenCameraError::Damaged), "{error}");
        // It does not begin anew either.
        let error = Camera::begin(device(), owners(), &mut store, files.clone()).map(drop).unwrap_err();
        assert!(matches!(error, OpenCameraError::Exists), "{error}");
        assert!(untouched(&mut store, bytes));
    }
    store.put_fact(&key(), &good).unwrap();
    assert_eq!(Camera::open(device(), &mut store, files).unwrap().open_clips(), [clip]);
}

/// T2: the state deleted, or taken from another device.
#[test]
fn a_missing_state_and_another_cameras_state_are_told_apart() {
    let mut store = MemoryStore::new();
    let open = |device, store: &mut MemoryStore| Camera::open(device, store, MemoryFiles::new()).map(drop);
    assert!(matches!(open(device(), &mut store), Err(OpenCameraError::Missing)));
    assert!(store.facts().unwrap().is_empty());
    drop(Camera::begin(clips::device(2, SUITE), owners(), &mut store, MemoryFiles::new()).unwrap());
    assert!(matches!(open(device(), &mut store), Err(OpenCameraError::OtherCamera)));
    // The same signing key in another device, with another secret.
    let other = Device { secret: clips::device(1, SUITE).secret, ..clips::device(2, SUITE) };
    assert!(matches!(open(other, &mut store), Err(OpenCameraError::Damaged)));
    open(clips::device(2, SUITE), &mut store).unwrap();
}

/// A state of a later version is left as it is.
#[test]
fn a_later_version_of_the_state_is_refused_and_not_touched() {
    let mut store = MemoryStore::new();
    for bytes in [&[0x84, 2, 0xf6, 0xf6, 0xf6][..], &[0x82, 0x18, 77, 0x40]] {
        store.put_fact(&key(), bytes).unwrap();
        let error = Camera::open(device(), &mut store, MemoryFiles::new()).map(drop).unwrap_err();
        assert!(matches!(error, OpenCameraError::LaterVersion(2 | 77)), "{error}");
        assert!(untouched(&mut store, bytes));
    }
}

/// T35: the firmware is updated between start and end. What it finds is as the page of the format says, made by other means.
#[test]
fn a_state_as_the_format_describes_it_is_opened() {
    let files = MemoryFiles::new();
    let mut store = MemoryStore::new();
    let mut camera = Camera::begin(device(), owners(), &mut store, files.clone()).unwrap();
    let mut recording = begin(&mut camera, at(NOON), Cadence::EveryGroup, &mut Pinned(2)).unwrap();
    media(&mut recording, &mut camera, Millis(0), Millis::SECOND, &mut [1, 2, 3]).unwrap();
    let clip = recording.clip();
    drop((recording, camera));

    let Device { key: signing, secret, .. } = device();
    let numbers = |generation: u8, version: u8| {
        // [camera, generation, counter 1, latest, [list], [[clip, period 0, null]]]
        let camera = [&[0x86, 0x58, 32][..], signing.verifying_key().as_bytes()].concat();
        let latest = [&[0x1b][..], &(NOON + 1000).to_be_bytes()].concat();
        let lists = [&[0x81, 0x58, 32][..], owners().id().as_bytes()].concat();
        let open = [&[0x81, 0x83, 0x50][..], clip.as_bytes(), &[0, 0xf6]].concat();
        let state = [&camera[..], &[generation, 1], &latest, &lists, &open].concat();
        let info = [&b"footage v1 camera state\0"[..], &[version], &state].concat();
        let mut mac = [0; 32];
        hkdf::Hkdf::<sha2::Sha256>::from_prk(secret.expose()).unwrap().expand(&info, &mut mac).unwrap();
        [&[0x83, version, 0x58, state.len() as u8][..], &state, &[0x58, 32], &mac].concat()
    };
    assert_eq!(store.fact(&key()).unwrap().unwrap(), numbers(3, 1));
    // A MAC of another version is none of this one.
    let mut other = numbers(7, 2);
    other[1] = 1;
    store.put_fact(&key(), &other).unwrap();
    let error = Camera::open(device(), &mut store, files.clone()).map(drop).unwrap_err();
    assert!(matches!(error, OpenCameraError::Damaged), "{error}");
    store.put_fact(&key(), &numbers(7, 1)).unwrap();
    let mut camera = Camera::open(device(), &mut store, files).unwrap();
    assert_eq!(camera.open_clips(), [clip]);
    let recovered = camera.recover(clip).unwrap();
    assert_eq!(recovered.manifest().statement().count, 1);
}

/// T2: state and file are copied while a clip is open and put back after it was closed. With a floor nothing is signed; without
/// one, a beginning of what was signed, which says that it was recovered.
#[test]
fn a_state_that_was_put_back_gives_no_other_footage() {
    for floor in [true, false] {
        let image = if floor { StoreImage::with_floor() } else { StoreImage::new() };
        let (mut camera, card) = paired(&image);
        let mut recording = begin(&mut camera, at(NOON), Cadence::EveryGroup, &mut Pinned(2)).unwrap();
        let clip = recording.clip();
        media(&mut recording, &mut camera, Millis(0), Millis::SECOND, &mut [1, 2, 3]).unwrap();
        let (state, file) = (image.snapshot(), card.bytes(clip).unwrap());
        media(&mut recording, &mut camera, Millis::SECOND, Millis::SECOND, &mut [4, 5, 6]).unwrap();
        let first = recording.finish(&mut camera).unwrap().manifest().statement().clone();
        let finished = card.bytes(clip).unwrap();
        drop(camera);

        image.restore(&state);
        let opened = Camera::open(device(), image.open().unwrap(), card.clone());
        if floor {
            assert!(
                matches!(opened.map(drop), Err(OpenCameraError::Older { generation, floor }) if generation < floor)
            );
            continue;
        }
        // With the whole file, nothing is signed and nothing is written.
        let again = opened.unwrap().recover(clip).unwrap();
        assert_eq!(*again.manifest().statement(), first);
        assert_eq!(card.bytes(clip).unwrap(), finished);
        // With the file as it was, its beginning.
        image.restore(&state);
        card.put(clip, &file);
        let shorter = reopened(&image, &card).recover(clip).unwrap().manifest().statement().clone();
        assert_eq!((shorter.count, shorter.end.map(|end| end.how)), (1, Some(Ending::Recovered)));
        let signed: Vec<_> = frames(&finished).into_iter().filter(|frame| frame.kind == b'D').collect();
        let head = Signed::<Head>::from_bytes(&finished[signed[0].from + 5..signed[0].to]).unwrap();
        assert_eq!(Head { end: None, ..shorter }, *head.statement());
    }
}

/// The floor is raised after the state is durable: a crash between the two leaves a camera that opens.
#[test]
fn the_floor_never_passes_the_state() {
    for crash in Crash::ALL {
        for change in 0.. {
            let image = StoreImage::with_floor();
            let (mut camera, card) = paired(&image);
            image.crash_at(change, crash);
            let started = begin(&mut camera, at(NOON), Cadence::EveryGroup, &mut Pinned(2));
            let done = started.is_ok_and(|mut recording| {
                media(&mut recording, &mut camera, Millis(0), Millis::SECOND, &mut [1, 2, 3]).is_ok()
                    && recording.finish(&mut camera).is_ok()
            });
            let crashed = image.crashed();
            assert_eq!(done, !crashed);
            drop(camera);
            let mut camera = reopened(&image, &card);
            for clip in camera.open_clips() {
                assert!(matches!(camera.recover(clip), Ok(_) | Err(RecoverError::NothingSigned(_))));
            }
            assert!(begin(&mut camera, at(NOON), Cadence::AtEnd, &mut Pinned(3)).is_ok());
            if !crashed {
                break;
            }
        }
    }
}

/// C7: two processes on one camera.
#[test]
fn a_second_process_is_refused() {
    let place = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("camera-twice");
    let _ = fs::remove_dir_all(&place);
    fs::create_dir_all(place.join("clips")).unwrap();
    let files = || DirectoryFiles::new(place.join("clips"));
    let store = DirectoryStore::begin(place.join("state")).unwrap();
    let mut camera = Camera::begin(device(), owners(), store, files()).unwrap();
    let mut recording = begin(&mut camera, at(NOON), Cadence::EveryGroup, &mut Pinned(2)).unwrap();
    media(&mut recording, &mut camera, Millis(0), Millis::SECOND, &mut [1, 2, 3]).unwrap();
    assert!(matches!(DirectoryStore::open(place.join("state")), Err(StoreError::InUse)));
    let _ = recording.finish(&mut camera).unwrap();
    drop(camera);

    // One after the other: another clip with the same randomness, and an empty file goes.
    let empty = footage::record::ClipId::from_bytes([9; 16]);
    fs::write(files().path(empty), b"").unwrap();
    fs::write(place.join("clips").join("notes.txt"), b"").unwrap();
    let mut camera = Camera::open(device(), DirectoryStore::open(place.join("state")).unwrap(), files()).unwrap();
    assert!(!files().path(empty).exists() && place.join("clips").join("notes.txt").exists());
    let mut recording = begin(&mut camera, at(NOON), Cadence::EveryGroup, &mut Pinned(2)).unwrap();
    media(&mut recording, &mut camera, Millis(0), Millis::SECOND, &mut [1, 2, 3]).unwrap();
    let clip = recording.clip();
    drop(recording);
    let _ = camera.recover(clip).unwrap();
    let bytes = fs::read(files().path(clip)).unwrap();
    assert_eq!(*read(&bytes, &owner(1, KemAlgorithm::X25519)).unwrap()[0].1, [1, 2, 3]);
    assert_eq!(fs::read_dir(place.join("clips")).unwrap().count(), 3);
    let _ = fs::remove_dir_all(&place);
}

/// T1: a clip that is being recorded is not recovered, and has one ending.
#[test]
fn a_clip_that_is_being_recorded_is_not_recovered_or_given_up() {
    let image = StoreImage::new();
    let (mut camera, card) = paired(&image);
    let mut recording = begin(&mut camera, at(NOON), Cadence::EveryGroup, &mut Pinned(2)).unwrap();
    let clip = recording.clip();
    media(&mut recording, &mut camera, Millis(0), Millis::SECOND, &mut [1, 2, 3]).unwrap();
    let before = card.bytes(clip).unwrap();
    assert!(camera.is_recording(clip) && camera.open_clips() == [clip]);
    assert!(matches!(camera.recover(clip), Err(RecoverError::BeingRecorded(id)) if id == clip));
    assert!(matches!(camera.give_up(clip), Err(RecoverError::BeingRecorded(id)) if id == clip));
    assert_eq!(card.bytes(clip).unwrap(), before);
    let sealed = recording.finish(&mut camera).unwrap();
    assert!(matches!(camera.recover(clip), Err(RecoverError::NotOpen(_))));
    assert_eq!(sealed.manifest().statement().end.map(|end| end.how), Some(Ending::Finished));

    // A recording of an earlier process is over once the camera was opened again.
    let recording = begin(&mut camera, at(NOON), Cadence::EveryGroup, &mut Pinned(2)).unwrap();
    let clip = recording.clip();
    let mut camera = reopened(&image, &card);
    assert!(matches!(recording.finish(&mut camera), Err(RecordError::NotRecording(id)) if id == clip));
    assert!(matches!(camera.recover(clip), Err(RecoverError::NothingSigned(_))));
}

/// C2: a remembered manifest is signed only over a head that stands in the file.
#[test]
fn a_remembered_manifest_needs_its_head_in_the_file() {
    let image = StoreImage::new();
    let (mut camera, card) = paired(&image);
    let mut recording = begin(&mut camera, at(NOON), Cadence::EveryGroup, &mut Pinned(2)).unwrap();
    let clip = recording.clip();
    for second in 0..2 {
        media(&mut recording, &mut camera, Millis::SECOND.times(second), Millis::SECOND, &mut [1, 2, 3]).unwrap();
    }
    // The state remembers the manifest, and letting go of the clip fails.
    image.crash_at(2, Crash::Before);
    assert!(matches!(recording.finish(&mut camera), Err(RecordError::Store(_))));
    let whole = card.bytes(clip).unwrap();
    let heads: Vec<_> = frames(&whole).into_iter().filter(|frame| frame.kind == b'D').collect();
    let mut camera = reopened(&image, &card);
    for bytes in [&whole[..heads[0].to], &whole[..heads[1].to - 1], &whole[..40], b""] {
        card.put(clip, bytes);
        let error = camera.recover(clip).unwrap_err();
        assert!(matches!(error, RecoverError::Mismatch(id) if id == clip), "{error}");
        assert_eq!(card.bytes(clip).unwrap(), bytes);
    }
    assert_eq!(camera.open_clips(), [clip]);
    // Whatever stands behind the head, the same manifest is written.
    for bytes in
        [&whole[..], &whole[..heads[1].to], &whole[..whole.len() - 7], &[&whole[..heads[1].to], b"garbage"].concat()]
    {
        let fork = image.fork();
        card.put(clip, bytes);
        let sealed = reopened(&fork, &card).recover(clip).unwrap();
        assert_eq!(sealed.manifest().statement().end.map(|end| end.how), Some(Ending::Finished));
        let recovered = card.bytes(clip).unwrap();
        let manifest = frames(&recovered).into_iter().rfind(|frame| frame.kind == b'D').unwrap();
        assert_eq!(recovered[manifest.from..manifest.to], whole[heads[2].from..heads[2].to]);
        assert_eq!(read(&recovered, &owner(1, KemAlgorithm::X25519)).unwrap().len(), 2);
    }
}

/// C9: only open clips are remembered.
#[test]
fn the_state_does_not_grow_with_closed_clips() {
    let mut store = MemoryStore::new();
    let mut camera = Camera::begin(device(), owners(), &mut store, MemoryFiles::new()).unwrap();
    let close = |camera: &mut Camera<&mut MemoryStore, MemoryFiles>, clips: u64| {
        for _ in 0..clips {
            let mut recording = begin(camera, at(NOON), Cadence::AtEnd, &mut Pinned(2)).unwrap();
            media(&mut recording, camera, Millis(0), Millis::SECOND, &mut [1]).unwrap();
            let clip = recording.finish(camera).unwrap().manifest().statement().clip;
            footage::camera::ClipFiles::remove(camera.files(), clip).unwrap();
        }
    };
    close(&mut camera, 30);
    drop(camera);
    let length = store.fact(&key()).unwrap().unwrap().len();
    let mut camera = Camera::open(device(), &mut store, MemoryFiles::new()).unwrap();
    close(&mut camera, 100);
    drop(camera);
    // The numbers take more bytes as they grow, up to nine each.
    assert_eq!(store.fact(&key()).unwrap().unwrap().len(), length + 1);
    let mut camera = Camera::open(device(), &mut store, MemoryFiles::new()).unwrap();
    close(&mut camera, 9_870);
    drop(camera);
    let after = store.fact(&key()).unwrap().unwrap().len();
    assert!(after <= length + 3 && after < 140, "{after} bytes after 10 000 clips, {length} after 30");
    assert_eq!(store.facts().unwrap(), [key(), list_key(&owners())]);
}

/// The counter keeps clips apart when the random source is broken, and no file is begun anew.
#[test]
fn a_broken_random_source_repeats_no_clip() {
    let image = StoreImage::new();
    let (mut camera, card) = paired(&image);
    let first = left_open(&mut camera, 1);
    let state = image.snapshot();
    let second = left_open(&mut camera, 1);
    assert_ne!(first, second);
    let before = card.bytes(second).unwrap();
    // Set back, the state gives the second clip's number once more.
    image.restore(&state);
    let mut camera = reopened(&image, &card);
    let error = begin(&mut camera, at(NOON), Cadence::EveryGroup, &mut Pinned(2)).map(drop).unwrap_err();
    assert!(matches!(error, StartError::File(_)), "{error}");
    assert_eq!(card.bytes(second).unwrap(), before);
}
