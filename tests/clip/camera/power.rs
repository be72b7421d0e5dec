//! The power fails between any two writes, of the store or of the clip, at both cadences: the camera opens and goes on, the
//! clip loses at most the open group, and has at most one manifest.

use std::io::Cursor;

use footage::camera::{
    Cadence, Camera, ClipFiles, Group, OpenCameraError, Piece, RecordError, Recording, RecoverError, Sound,
};
use footage::clip::FinishedClip;
use footage::crypto::{KemAlgorithm, KemPrivateKey};
use footage::record::{ClipId, Clock, Ending, Head, Millis};
use footage::store::{FileStore, Store as _};

use super::card::{Card, file_name};
use super::lists::chain;
use super::state::{device, owners};
use footage_support::clips::{frames, owner, read};
use footage_support::common::{NOON, Pinned, at, begin, clocks_at, content, media};
use footage_support::faults::{Cut, Fate, FaultDisk, FaultFiles, Stop};

/// A recording of three groups, of pictures and sound.
const GROUPS: u64 = 3;
const SEGMENTS: u64 = 2 * GROUPS;

/// More fates of what was not synced than these are drawn from, not all tried.
const CUTS: usize = 64;

type DiskCamera = Camera<FileStore<FaultDisk>, Card>;
type CardFile = <Card as ClipFiles>::File;

fn key() -> KemPrivateKey {
    owner(1, KemAlgorithm::X25519)
}

/// A disk with a camera that has recorded nothing.
fn paired() -> FaultFiles {
    let disk = FaultFiles::new();
    let store = FileStore::begin_on(FaultDisk::new(&disk)).unwrap();
    drop(Camera::begin(device(), owners(), store, Card(disk.clone())).unwrap());
    disk
}

fn open(disk: &FaultFiles) -> Option<DiskCamera> {
    let store = FileStore::open_on(FaultDisk::new(disk)).ok()?;
    Camera::open(device(), store, Card(disk.clone())).ok()
}

/// What the camera said before the power failed.
#[derive(Debug, Default, Clone)]
struct Told {
    clip: Option<ClipId>,
    /// How many segments it took.
    segments: u64,
    /// How many of them a power cut must not take.
    durable: u64,
    manifest: Option<Head>,
}

fn part(segment: u64) -> Vec<u8> {
    content(segment, 20 + segment as usize)
}

/// Seals a group of two segments.
fn group(recording: &mut Recording<CardFile>, camera: &mut DiskCamera, number: u64) -> Result<(), RecordError> {
    let (start, end) = (Millis::SECOND.times(number), Millis::SECOND.times(number + 1));
    let (mut pictures, mut sound) = (part(2 * number), part(2 * number + 1));
    let sound = Sound { piece: Piece { start, end, content: &mut sound }, samples: 1 };
    let pictures = vec![Piece { start, end, content: &mut pictures }];
    let group = Group { pictures, sound: Some(sound), next: Some(end), ..Group::default() };
    recording.group(camera, clocks_at(end), group)
}

/// Records a clip, until something fails.
fn record(disk: &FaultFiles, cadence: Cadence) -> Told {
    let mut told = Told::default();
    let Some(mut camera) = open(disk) else { return told };
    let Ok(mut recording) = begin(&mut camera, at(NOON), cadence, &mut Pinned(2)) else { return told };
    told.clip = Some(recording.clip());
    for number in 0..GROUPS {
        if group(&mut recording, &mut camera, number).is_err() {
            return told;
        }
        told.segments = 2 * (number + 1);
        if cadence == Cadence::EveryGroup {
            told.durable = told.segments;
        }
    }
    if let Ok(sealed) = recording.finish(&mut camera) {
        (told.durable, told.manifest) = (SEGMENTS, Some(sealed.manifest().statement().clone()));
    }
    told
}

/// All fates of what is not synced, or some of them.
fn cuts(disk: &FaultFiles) -> Vec<Cut> {
    let drawn = disk.cut_of(0);
    let all = 2_usize.saturating_pow(drawn.names.len() as u32) * 4_usize.saturating_pow(drawn.data.len() as u32);
    if all <= CUTS {
        return disk.cuts();
    }
    let every = |kept, fate| Cut { names: vec![kept; drawn.names.len()], data: vec![fate; drawn.data.len()] };
    let mut cuts = vec![every(false, Fate::Lost), every(true, Fate::Kept), every(true, Fate::Torn)];
    cuts.extend((0..CUTS as u64 - 3).map(|seed| disk.cut_of(seed)));
    cuts
}

/// The manifest that stands in a clip's file.
fn manifest(disk: &FaultFiles, clip: ClipId) -> Option<(Ending, u32)> {
    let clip = FinishedClip::open(Cursor::new(Card(disk.clone()).bytes(clip)?)).ok()?;
    Some((clip.ending(), clip.count()))
}

/// Recovers what is open, until something fails.
fn recover(disk: &FaultFiles) {
    let Some(mut camera) = open(disk) else { return };
    for clip in camera.open_clips() {
        if !matches!(camera.recover(clip), Ok(_) | Err(RecoverError::NothingSigned(_))) {
            return;
        }
    }
}

/// Opens what a power cut left, recovers it, and records another clip: nothing is missing. `signed` is a manifest that may
/// have left the camera before.
fn goes_on(disk: &FaultFiles, told: &Told, signed: Option<(Ending, u32)>) -> Result<(), String> {
    let mut camera = open(disk).ok_or("the camera does not open")?;
    let open = camera.open_clips();
    for name in disk.list().unwrap().iter().filter(|name| name.ends_with(".footage")) {
        let known = open.iter().any(|clip| file_name(*clip) == *name);
        if !known && disk.read(name).unwrap().is_empty() {
            return Err("an empty file that no state names is left".into());
        }
    }
    if open.len() > 1 {
        return Err(format!("{} clips are open", open.len()));
    }
    for clip in open {
        if told.manifest.is_some() || told.clip.is_some_and(|told| told != clip) {
            return Err("another clip is open".into());
        }
        match camera.recover(clip) {
            Ok(_) => {}
            Err(RecoverError::NothingSigned(_)) if told.durable == 0 => {}
            Err(error) => return Err(format!("{error:?}")),
        }
    }
    if let Some(clip) = told.clip {
        let found = manifest(disk, clip);
        if found.map_or(0, |(_, count)| u64::from(count)) < told.durable {
            return Err(format!("{found:?} is less than {} segments", told.durable));
        }
        if found.is_some_and(|(_, count)| count % 2 == 1) {
            return Err(format!("{found:?} ends within a group"));
        }
        if signed.is_some_and(|signed| found != Some(signed)) {
            return Err(format!("{signed:?} was signed, and now {found:?}"));
        }
        if let Some(manifest) = &told.manifest
            && found != manifest.end.map(|end| (end.how, manifest.count))
        {
            return Err(format!("{manifest:?} was told, and now {found:?}"));
        }
        if found.is_some() {
            let bytes = Card(disk.clone()).bytes(clip).unwrap();
            let heads: Vec<_> = frames(&bytes).into_iter().filter(|frame| frame.kind == b'F').collect();
            if heads.len() != 1 {
                return Err("the file does not end with one footer".into());
            }
            let contents = read(&bytes, &key()).map_err(|error| error.to_string())?;
            for (segment, (_, content)) in (0..).zip(contents) {
                if content != part(segment) {
                    return Err(format!("segment {segment} is another"));
                }
            }
        }
    }
    let start = begin(&mut camera, at(NOON), Cadence::EveryGroup, &mut Pinned(9));
    let mut recording = start.map_err(|error| format!("{error:?}"))?;
    media(&mut recording, &mut camera, Millis(0), Millis::SECOND, &mut part(7))
        .map_err(|error| format!("{error:?}"))?;
    let _ = recording.finish(&mut camera).map_err(|error| format!("{error:?}"))?;
    if camera.open_clips().is_empty() { Ok(()) } else { Err("clips stay open".into()) }
}

/// Cuts the power before each step, and again at steps of what follows. Returns how many histories there were.
fn search(cadence: Cadence) -> usize {
    let (mut histories, mut step) = (0, 0);
    loop {
        let disk = paired();
        disk.stop_at(step, Stop::CutBefore);
        let told = record(&disk, cadence);
        if !disk.stopped() {
            assert!(told.manifest.is_some());
            return histories;
        }
        let mut left: Vec<_> = cuts(&disk)
            .into_iter()
            .map(|cut| {
                let disk = disk.fork();
                disk.power_cut(&cut);
                (disk, format!("{cut:?}"))
            })
            .collect();
        let killed = disk.fork();
        killed.kill();
        left.push((killed, "killed".into()));
        // A second power cut while the first is recovered from, after a few of the fates.
        let twice = left.len().div_ceil(4);
        for (number, (disk, cut)) in left.iter().enumerate() {
            let signed = told.clip.and_then(|clip| manifest(disk, clip));
            if number % twice == 0 || number + 1 == left.len() {
                histories += again(disk, &told, signed, &|error| {
                    panic!("{cadence:?}, cut before step {step}, {cut}, {told:?}: {error}")
                });
            }
            if let Err(error) = goes_on(&disk.fork(), &told, signed) {
                panic!("{cadence:?}, cut before step {step}, {cut}, {told:?}: {error}");
            }
            histories += 1;
        }
        step += 1;
    }
}

/// Cuts the power before each step of a recovery.
fn again(disk: &FaultFiles, told: &Told, signed: Option<(Ending, u32)>, fail: &dyn Fn(String)) -> usize {
    let mut histories = 0;
    for step in 0.. {
        let disk = disk.fork();
        disk.stop_at(step, Stop::CutBefore);
        recover(&disk);
        if !disk.stopped() {
            break;
        }
        let cuts = cuts(&disk);
        for cut in cuts.iter().step_by(cuts.len().div_ceil(6)) {
            let disk = disk.fork();
            disk.power_cut(cut);
            let signed = signed.or_else(|| manifest(&disk, told.clip?));
            if let Err(error) = goes_on(&disk, told, signed) {
                fail(format!("again before step {step}, {cut:?}: {error}"));
            }
            histories += 1;
        }
    }
    histories
}

#[test]
fn p18_a_power_cut_at_any_step_of_a_live_recording_takes_the_open_group_at_most() {
    let histories = search(Cadence::EveryGroup);
    println!("{histories} histories");
    assert!(histories > 3000, "{histories} histories");
}

#[test]
fn p18_a_power_cut_at_any_step_of_sealing_a_file_leaves_one_manifest_or_none() {
    let histories = search(Cadence::AtEnd);
    println!("{histories} histories");
    assert!(histories > 2500, "{histories} histories");
}

/// C4: what `finish` returned is durable, whatever was not synced is lost.
#[test]
fn p18_a_power_cut_just_after_finish_loses_nothing() {
    for cadence in [Cadence::EveryGroup, Cadence::AtEnd] {
        let disk = paired();
        let told = record(&disk, cadence);
        for cut in disk.cuts() {
            let disk = disk.fork();
            disk.power_cut(&cut);
            goes_on(&disk, &told, told.manifest.clone().map(|head| (head.end.unwrap().how, head.count))).unwrap();
        }
    }
}

/// C4: a group that was taken is durable, whatever was not synced is lost.
#[test]
fn p18_a_group_that_was_taken_is_durable() {
    let disk = paired();
    let mut camera = open(&disk).unwrap();
    let mut recording = begin(&mut camera, at(NOON), Cadence::EveryGroup, &mut Pinned(2)).unwrap();
    for number in 0..GROUPS {
        group(&mut recording, &mut camera, number).unwrap();
        let disk = disk.fork();
        disk.power_cut(&disk.cut_of(0));
        let mut camera = open(&disk).unwrap();
        let recovered = camera.recover(recording.clip()).unwrap();
        assert_eq!(u64::from(recovered.manifest().statement().count), 2 * (number + 1));
    }
}

/// T46: the disk writes a head before its segment, and the power fails.
#[test]
fn a_head_that_was_written_before_its_segment_is_not_believed() {
    for lost in [Fate::Lost, Fate::Zeroed, Fate::Torn] {
        let disk = paired();
        let mut camera = open(&disk).unwrap();
        let mut recording = begin(&mut camera, at(NOON), Cadence::EveryGroup, &mut Pinned(2)).unwrap();
        media(&mut recording, &mut camera, Millis(0), Millis::SECOND, &mut part(0)).unwrap();
        // The segment, its head, and then their sync.
        disk.stop_at(2, Stop::CutBefore);
        assert!(media(&mut recording, &mut camera, Millis::SECOND, Millis::SECOND, &mut part(1)).is_err());
        let cut = Cut { names: Vec::new(), data: vec![lost, Fate::Kept] };
        disk.power_cut(&cut);
        let mut camera = open(&disk).unwrap();
        let recovered = camera.recover(recording.clip()).unwrap();
        assert_eq!(recovered.manifest().statement().count, 1);
        assert_eq!(read(&Card(disk).bytes(recording.clip()).unwrap(), &key()).unwrap().len(), 1);
    }
}

/// A write or a sync that fails, in a process that goes on: the clip is recovered.
#[test]
fn an_error_of_the_disk_costs_no_more_than_a_power_cut() {
    for (stop, cadence) in [Stop::FailBefore, Stop::FailAfter]
        .into_iter()
        .flat_map(|stop| [Cadence::EveryGroup, Cadence::AtEnd].map(|cadence| (stop, cadence)))
    {
        for step in 0.. {
            let disk = paired();
            disk.stop_at(step, stop);
            let told = record(&disk, cadence);
            if !disk.stopped() {
                break;
            }
            if let Err(error) = goes_on(&disk, &told, None) {
                panic!("{stop:?} at {step}, {cadence:?}, {told:?}: {error}");
            }
        }
    }
}

/// A clock that is far ahead.
const FUTURE: u64 = NOON + 64 * 365 * 24 * 3_600_000;

/// Takes the list of a further device, and the one that begins a new period while a clip is being recorded, until something
/// fails. Returns how many lists the camera said that it took.
fn follow(disk: &FaultFiles) -> usize {
    let Some(mut camera) = open(disk) else { return 0 };
    let [_, device, period] = chain();
    if camera.take_list(device.into_signed()).is_err() {
        return 0;
    }
    let start = begin(&mut camera, at(FUTURE), Cadence::EveryGroup, &mut Pinned(2));
    let Ok(mut recording) = start else { return 1 };
    if group(&mut recording, &mut camera, 0).is_err() || camera.take_list(period.into_signed()).is_err() {
        return 1;
    }
    assert!(matches!(group(&mut recording, &mut camera, 1), Err(RecordError::OwnersChanged(_))));
    let _ = recording.finish(&mut camera);
    2
}

/// Opens what a power cut left: the camera has the last list that it said it took, or the next one. It takes the others, and
/// what it dated before the new period holds no clock back.
fn follows(disk: &FaultFiles, told: usize) -> Result<(), String> {
    let mut camera = open(disk).ok_or("the camera does not open")?;
    let lists = chain();
    let found = lists.iter().position(|list| list == camera.owners().newest()).ok_or("another list")?;
    if found != told && found != told + 1 {
        return Err(format!("list {found} after {told}"));
    }
    let open = camera.open_clips();
    for list in lists[1..].iter().skip(found) {
        let _ = camera.take_list((**list).clone()).map_err(|error| format!("{error:?}"))?;
    }
    for clip in open {
        match camera.recover(clip) {
            Ok(_) | Err(RecoverError::NothingSigned(_)) => {}
            Err(error) => return Err(format!("{error:?}")),
        }
    }
    let start = begin(&mut camera, at(NOON), Cadence::EveryGroup, &mut Pinned(9));
    let mut recording = start.map_err(|error| format!("{error:?}"))?;
    group(&mut recording, &mut camera, 0).map_err(|error| format!("{error:?}"))?;
    let clip = recording.finish(&mut camera).map_err(|error| format!("{error:?}"))?.manifest().statement().clip;
    let clip = FinishedClip::open(Cursor::new(Card(disk.clone()).bytes(clip).unwrap())).unwrap();
    if clip.owners().list() != lists[2].id() || clip.clock() != Clock::Set {
        return Err(format!("the clip is dated {:?}, for {:?}", clip.clock(), clip.owners().list()));
    }
    drop(camera);
    let facts = FileStore::open_on(FaultDisk::new(disk)).and_then(|mut store| store.facts()).unwrap();
    if facts.len() == 3 { Ok(()) } else { Err(format!("{facts:?} are left")) }
}

/// C5: at any instant a power cut leaves the camera with its list or with the next one, never without.
#[test]
fn p18_a_power_cut_while_lists_are_taken_leaves_the_old_list_or_the_new_one() {
    let mut histories = 0;
    for step in 0.. {
        let disk = paired();
        disk.stop_at(step, Stop::CutBefore);
        let told = follow(&disk);
        if !disk.stopped() {
            assert_eq!(told, 2);
            break;
        }
        let killed = disk.fork();
        killed.kill();
        follows(&killed, told).unwrap_or_else(|error| panic!("killed before step {step}: {error}"));
        for cut in cuts(&disk) {
            let disk = disk.fork();
            disk.power_cut(&cut);
            follows(&disk, told).unwrap_or_else(|error| panic!("cut before step {step}, {cut:?}: {error}"));
            histories += 1;
        }
    }
    println!("{histories} histories");
    assert!(histories > 300, "{histories} histories");
}

/// A pairing that a power cut ended leaves nothing, or the camera with its list.
#[test]
fn p18_a_power_cut_while_a_camera_is_paired_leaves_it_paired_or_not() {
    for step in 0.. {
        let disk = FaultFiles::new();
        drop(FileStore::begin_on(FaultDisk::new(&disk)).unwrap());
        disk.stop_at(step, Stop::CutBefore);
        let store = FileStore::open_on(FaultDisk::new(&disk));
        let paired = store.is_ok_and(|store| Camera::begin(device(), owners(), store, Card(disk.clone())).is_ok());
        assert_eq!(paired, !disk.stopped());
        if paired {
            break;
        }
        for cut in cuts(&disk) {
            let disk = disk.fork();
            disk.power_cut(&cut);
            let store = || FileStore::open_on(FaultDisk::new(&disk)).unwrap();
            let camera = match Camera::open(device(), store(), Card(disk.clone())) {
                Err(OpenCameraError::Missing) => Camera::begin(device(), owners(), store(), Card(disk.clone())),
                opened => opened,
            };
            assert_eq!(*camera.unwrap().owners().newest(), owners(), "cut before step {step}, {cut:?}");
        }
    }
}
