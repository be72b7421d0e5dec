//! At most 16 clips are open: what makes room for another, and what does not.

use footage::camera::{Cadence, Camera, ClipFiles as _, RecoverError, StartError};
use footage::clip::FinishedClip;
use footage::record::{ClipId, Ending, Millis};
use std::io::Cursor;

use super::card::{Card, FaultCamera, reopened};
use super::state::{device, owners};
use footage_support::clips::frames;
use footage_support::common::{NOON, Pinned, at, begin, media};
use footage_support::faults::{FaultFiles, Stop, StoreImage};

fn paired() -> (FaultCamera, StoreImage, Card) {
    let (image, card) = (StoreImage::new(), Card(FaultFiles::new()));
    (Camera::begin(device(), owners(), image.begin().unwrap(), card.clone()).unwrap(), image, card)
}

/// Starts a clip, records a segment, and drops the recording.
fn leave(camera: &mut FaultCamera) -> Result<ClipId, StartError> {
    let mut recording = begin(camera, at(NOON), Cadence::EveryGroup, &mut Pinned(2))?;
    media(&mut recording, camera, Millis(0), Millis::SECOND, &mut [1, 2, 3]).unwrap();
    Ok(recording.clip())
}

fn full(camera: &mut FaultCamera) -> Vec<ClipId> {
    (0..16).map(|_| leave(camera).unwrap()).collect()
}

fn ending(card: &Card, clip: ClipId) -> Option<Ending> {
    FinishedClip::open(Cursor::new(card.bytes(clip)?)).ok().map(|clip| clip.ending())
}

/// T3: 17 clips are left open one after the other, by as many power cuts.
#[test]
fn the_oldest_clip_is_recovered_to_make_room() {
    let (mut camera, image, card) = paired();
    let mut clips = Vec::new();
    for _ in 0..20 {
        clips.push(leave(&mut camera).unwrap());
        camera = reopened(&image, &card);
    }
    assert_eq!(camera.open_clips(), clips[4..]);
    for (number, clip) in clips.iter().enumerate() {
        assert_eq!(ending(&card, *clip), (number < 4).then_some(Ending::Recovered));
    }
    for clip in &clips[4..] {
        let _ = camera.recover(*clip).unwrap();
        assert_eq!(ending(&card, *clip), Some(Ending::Recovered));
    }
}

/// T35: 17 clips whose files are gone. One that can be recovered goes first; then the oldest is given up.
#[test]
fn clips_whose_files_are_gone_do_not_stop_the_camera() {
    let (mut camera, _, mut card) = paired();
    let clips = full(&mut camera);
    for clip in clips.iter().filter(|clip| **clip != clips[9]) {
        card.remove(*clip).unwrap();
        assert!(matches!(camera.recover(*clip), Err(RecoverError::Missing(id)) if id == *clip));
    }
    assert_eq!(camera.open_clips(), clips, "a clip whose file is missing stays open");
    let next = leave(&mut camera).unwrap();
    assert_eq!(ending(&card, clips[9]), Some(Ending::Recovered));
    card.remove(next).unwrap();
    let last = leave(&mut camera).unwrap();
    assert!(!camera.open_clips().contains(&clips[0]) && camera.open_clips().contains(&last));
    assert_eq!(camera.open_clips().len(), 16);
    for _ in 0..20 {
        let clip = leave(&mut camera).unwrap();
        card.remove(clip).unwrap();
    }
    // By hand.
    let open = camera.open_clips();
    camera.give_up(open[3]).unwrap();
    assert!(matches!(camera.give_up(open[3]), Err(RecoverError::NotOpen(_))));
    assert_eq!(camera.open_clips().len(), 15);
}

/// A clip whose recovery is refused holds its place until the limit needs it, and no longer.
#[test]
fn a_refused_clip_is_given_up_at_the_limit() {
    let (mut camera, image, card) = paired();
    let mut recording = begin(&mut camera, at(NOON), Cadence::EveryGroup, &mut Pinned(2)).unwrap();
    media(&mut recording, &mut camera, Millis(0), Millis::SECOND, &mut [1, 2, 3]).unwrap();
    let refused = recording.clip();
    image.crash_at(2, footage_support::faults::Crash::Before);
    assert!(recording.finish(&mut camera).is_err());
    let whole = card.bytes(refused).unwrap();
    let owners_end = frames(&whole)[1].to;
    card.put(refused, &whole[..owners_end]);
    let mut camera = reopened(&image, &card);
    assert!(matches!(camera.recover(refused), Err(RecoverError::Mismatch(_))));
    let mut missing = card.clone();
    for _ in 0..15 {
        let clip = leave(&mut camera).unwrap();
        missing.remove(clip).unwrap();
    }
    assert!(camera.open_clips().contains(&refused));
    leave(&mut camera).unwrap();
    assert!(!camera.open_clips().contains(&refused));
    assert_eq!(card.bytes(refused).unwrap(), whole[..owners_end], "the file is left");
}

#[test]
fn what_is_being_recorded_keeps_its_place() {
    let (mut camera, _, card) = paired();
    let start = |camera: &mut FaultCamera| {
        let mut recording = begin(camera, at(NOON), Cadence::EveryGroup, &mut Pinned(2))?;
        media(&mut recording, camera, Millis(0), Millis::SECOND, &mut [1, 2, 3]).unwrap();
        Ok::<_, StartError>(recording)
    };
    let mut recordings: Vec<_> = (0..16).map(|_| start(&mut camera).unwrap()).collect();
    let (open, files) = (camera.open_clips(), card.0.list().unwrap());
    assert!(matches!(start(&mut camera).map(drop), Err(StartError::TooManyRecordings)));
    assert_eq!((camera.open_clips(), card.0.list().unwrap()), (open, files), "nothing is left of it");
    let dropped = recordings.remove(7).clip();
    recordings.push(start(&mut camera).unwrap());
    assert_eq!(ending(&card, dropped), Some(Ending::Recovered));
    for recording in recordings {
        let _ = recording.finish(&mut camera).unwrap();
    }
    assert!(camera.open_clips().is_empty());
}

/// T46: a card that mounts a minute late. The camera opens, a start fails and gives nothing up, and then all is as before.
#[test]
fn a_card_that_is_not_there_yet_costs_nothing() {
    let (mut camera, image, card) = paired();
    let clips = full(&mut camera);
    // Whatever is done with the files fails.
    let absent = Card(FaultFiles::new());
    absent.0.stop_at(0, Stop::CutBefore);
    assert!(absent.0.create("anything").is_err());
    let mut early = reopened(&image, &absent);
    assert!(matches!(leave(&mut early), Err(StartError::File(_))));
    assert!(matches!(early.recover(clips[0]), Err(RecoverError::Read(_))));
    assert_eq!(early.open_clips(), clips);
    drop(early);
    // An empty directory in its place.
    let mut early = reopened(&image, &Card(FaultFiles::new()));
    assert!(matches!(early.recover(clips[0]), Err(RecoverError::Missing(_))));
    assert_eq!(early.open_clips(), clips);
    drop(early);
    let mut camera = reopened(&image, &card);
    for clip in &clips {
        let _ = camera.recover(*clip).unwrap();
    }
    leave(&mut camera).unwrap();
}

/// A start at the limit on a card that is full: no clip is given up for it.
#[test]
fn a_card_that_cannot_be_written_gives_nothing_up() {
    let (mut camera, _, card) = paired();
    let clips = full(&mut camera);
    // The names of all files, which are read for what they date; the new file and its name, the name of the oldest clip's file,
    // and then the cut of that file.
    card.0.stop_at(16 + 3, Stop::FailBefore);
    assert!(matches!(leave(&mut camera), Err(StartError::File(_))));
    assert_eq!(camera.open_clips(), clips);
    assert_eq!(card.0.list().unwrap().len(), 16, "the new file is gone");
    assert!(card.0.stopped());
    leave(&mut camera).unwrap();
    assert_eq!(camera.open_clips().len(), 16);
    assert_eq!(ending(&card, clips[0]), Some(Ending::Recovered));
}
