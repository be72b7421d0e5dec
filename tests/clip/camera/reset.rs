//! C18: a doorbell is sold or given away. It begins anew, as another camera.

use footage::camera::{Cadence, Camera, Clocks, Device, MemoryFiles, OpenCameraError, RecoverError, ResetError};
use footage::clip::FinishedClip;
use footage::crypto::Secret;
use footage::record::{Clock, Content, Millis};
use footage::store::{MemoryStore, Store, StoreKey};

use super::state::{SUITE, device, owners};
use footage_support::clips;
use footage_support::common::{NOON, Pinned, at, media};
use footage_support::faults::{Crash, StoreImage};

const DAY: u64 = 86_400_000;

/// Another device than that of the old household.
fn new_device() -> Device {
    clips::device(2, SUITE)
}

fn state() -> StoreKey {
    "camera".parse().unwrap()
}

/// What the store of a camera holds, with a clip that is open.
fn used(store: &mut MemoryStore, files: &MemoryFiles) -> footage::record::ClipId {
    let mut camera = Camera::begin(device(), owners(), &mut *store, files.clone()).unwrap();
    let clocks = Clocks { monotonic: Millis(0), wall: Some(at(NOON)) };
    let mut recording = camera.start(Content::Video, Cadence::EveryGroup, clocks, &mut Pinned(2)).unwrap();
    media(&mut recording, &mut camera, Millis(0), Millis::SECOND, &mut [1, 2, 3]).unwrap();
    let clip = recording.clip();
    drop((recording, camera));
    store.put_fact(&"list.1".parse().unwrap(), b"an owner list").unwrap();
    clip
}

/// Everything is forgotten: household, clips, and the time. Nothing is signed of what was open.
#[test]
fn c18_a_camera_that_is_reset_knows_nothing_of_before() {
    let (mut store, files) = (MemoryStore::new(), MemoryFiles::new());
    let clip = used(&mut store, &files);
    let before = files.bytes(clip).unwrap();
    let mut camera = Camera::reset(new_device(), owners(), &mut store, files.clone()).unwrap();
    assert!(camera.open_clips().is_empty());
    assert!(matches!(camera.recover(clip), Err(RecoverError::NotOpen(_))));
    assert!(files.bytes(clip).unwrap() == before, "the files are left");
    // The old time is forgotten: a day before, the clock is believed.
    let clocks = Clocks { monotonic: Millis(0), wall: Some(at(NOON - DAY)) };
    let recording = camera.start(Content::Video, Cadence::EveryGroup, clocks, &mut Pinned(2)).unwrap();
    let file = clips::bytes(recording.finish(&mut camera).unwrap());
    let clip = FinishedClip::open(std::io::Cursor::new(file)).unwrap();
    assert_eq!((clip.clock(), *clip.certificate().statement().key()), (Clock::Set, new_device().key.verifying_key()));
    drop(camera);
    let kept = store.facts().unwrap();
    assert!(!kept.contains(&"list.1".parse().unwrap()), "{kept:?}");
    // It opens as the new camera alone.
    assert!(matches!(Camera::open(device(), &mut store, files.clone()), Err(OpenCameraError::OtherCamera)));
    Camera::open(new_device(), &mut store, files).map(drop).unwrap();
}

/// The old key or the old secret would go on: clips of two households by one camera, or secrets that an old copy of the device
/// knows.
#[test]
fn c18_an_old_key_or_secret_is_refused() {
    let (mut store, files) = (MemoryStore::new(), MemoryFiles::new());
    used(&mut store, &files);
    let before = store.fact(&state()).unwrap();
    let same_key = Device { secret: Secret::random(&mut Pinned(77)).unwrap(), ..device() };
    let same_secret = Device { secret: device().secret, ..new_device() };
    let mut reset = |device| Camera::reset(device, owners(), &mut store, files.clone()).map(drop);
    assert!(matches!(reset(device()), Err(ResetError::SameKey)));
    assert!(matches!(reset(same_key), Err(ResetError::SameKey)));
    assert!(matches!(reset(same_secret), Err(ResetError::SameSecret)));
    assert_eq!(store.fact(&state()).unwrap(), before, "nothing was changed");
    Camera::open(device(), &mut store, files).map(drop).unwrap();
}

/// A state that was lost or damaged is no obstacle; one of a later version is not touched.
#[test]
fn c18_a_lost_state_is_reset_and_a_later_one_is_not() {
    let (mut store, files) = (MemoryStore::new(), MemoryFiles::new());
    Camera::reset(device(), owners(), &mut store, files.clone()).map(drop).unwrap();
    for damaged in [&b""[..], b"nonsense", &[0x83, 1], &[0x83, 0x01, 0x41, 0x85, 0x41, 0]] {
        store.put_fact(&state(), damaged).unwrap();
        Camera::reset(new_device(), owners(), &mut store, files.clone()).map(drop).unwrap();
        Camera::open(new_device(), &mut store, files.clone()).map(drop).unwrap();
    }
    let later = [0x84, 0x02, 0x41, 0x00, 0x41, 0x00, 0x00];
    store.put_fact(&state(), &later).unwrap();
    let refused = Camera::reset(new_device(), owners(), &mut store, files).map(drop);
    assert!(matches!(refused, Err(ResetError::LaterVersion(2))));
    assert_eq!(store.fact(&state()).unwrap().unwrap(), later);
}

/// P18: the power fails at any step of a reset. The camera is the old one, none, or the new one; and the reset goes on.
#[test]
fn p18_a_power_cut_during_a_reset_leaves_the_old_camera_none_or_the_new_one() {
    let files = MemoryFiles::new();
    for (image, crash) in [StoreImage::new(), StoreImage::with_floor()]
        .iter()
        .flat_map(|image| Crash::ALL.map(|crash| (image.fork(), crash)))
    {
        drop(Camera::begin(device(), owners(), image.begin().unwrap(), files.clone()).unwrap());
        let mut found = [0; 3];
        for step in 0.. {
            let image = image.fork();
            let store = image.open().unwrap();
            image.crash_at(step, crash);
            let done = Camera::reset(new_device(), owners(), store, files.clone()).is_ok();
            let opened = |device| {
                image.power_cut();
                Camera::open(device, image.open().unwrap(), files.clone()).map(drop)
            };
            let which = match (opened(device()), opened(new_device())) {
                (Ok(()), Err(OpenCameraError::OtherCamera)) => 0,
                (Err(OpenCameraError::Missing), Err(OpenCameraError::Missing)) => 1,
                (Err(OpenCameraError::OtherCamera), Ok(())) => 2,
                other => panic!("{step}: {other:?}"),
            };
            found[which] += 1;
            assert!(!done || which == 2, "{step}");
            if done {
                break;
            }
            image.power_cut();
            let again = Camera::reset(new_device(), owners(), image.open().unwrap(), files.clone()).map(drop);
            // It was reset if it opens.
            assert!(if which == 2 { matches!(again, Err(ResetError::SameKey)) } else { again.is_ok() }, "{step}");
            opened(new_device()).unwrap();
        }
        assert!(found[1] > 0 && found[2] > 0, "{found:?}");
    }
}
