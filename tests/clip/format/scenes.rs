//! Cameras and groups to test with.

use std::io::Cursor;

use footage::camera::{
    Cadence, Camera, Clocks, Group, MemoryFile, MemoryFiles, Piece, RecordError, Recording, SealedClip, Sound,
};
use footage::clip::{ClipError, FinishedClip, OpenHalf, Selection};
use footage::crypto::{KemAlgorithm, KemPrivateKey, Suite};
use footage::record::{Content, Head, Millis, OwnerList, Timestamp, Verified, Window};

use footage::store::Store;

use footage_support::clips::{TestCamera, camera, owner};
use footage_support::common::{NOON, Pinned, at, list_of};

pub(crate) type Clip = FinishedClip<Cursor<Vec<u8>>>;

pub(crate) fn new_camera() -> TestCamera {
    camera(1, Suite::Aes256Gcm, &keys().map(|key| key.public_key()))
}

/// The household key, and the recovery key.
pub(crate) fn keys() -> [KemPrivateKey; 2] {
    [owner(1, KemAlgorithm::X25519), owner(2, KemAlgorithm::X25519)]
}

pub(crate) fn owners() -> Verified<OwnerList> {
    list_of(&keys().map(|key| key.public_key()))
}

/// Clocks so many milliseconds after boot, with this wall clock.
pub(crate) fn clocks(monotonic: u64, wall: Option<u64>) -> Clocks {
    Clocks { monotonic: Millis(monotonic), wall: wall.map(at) }
}

/// Clocks that agree: both began at noon.
pub(crate) fn noon(elapsed: u64) -> Clocks {
    clocks(elapsed, Some(NOON + elapsed))
}

pub(crate) fn start<S: Store>(camera: &mut Camera<S, MemoryFiles>, clocks: Clocks) -> Recording<MemoryFile> {
    camera.start(Content::Video, Cadence::EveryGroup, clocks, &mut Pinned(7)).unwrap()
}

/// What goes into one group: times in milliseconds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scene {
    pub(crate) picture_init: Option<&'static [u8]>,
    pub(crate) sound_init: Option<&'static [u8]>,
    pub(crate) pictures: Vec<(u64, u64)>,
    pub(crate) sound: Option<(u64, u64, usize)>,
    pub(crate) next: Option<u64>,
}

/// Pictures of these two seconds, and then the next group.
pub(crate) fn pictures(from: u64) -> Scene {
    let picture_init = Some(&b"codec parameters"[..]);
    Scene { picture_init, pictures: vec![(from, from + 2000)], next: Some(from + 2000), ..Scene::default() }
}

/// The same with sound of so many bytes.
pub(crate) fn with_sound(from: u64, bytes: usize) -> Scene {
    let sound_init = Some(&b"sound parameters"[..]);
    Scene { sound_init, sound: Some((from, from + 1990, bytes)), ..pictures(from) }
}

impl Scene {
    /// When it ends: the clocks say so when it is sealed.
    pub(crate) fn end(&self) -> u64 {
        let pictures = self.pictures.iter().map(|&(_, end)| end);
        pictures.chain(self.sound.map(|(_, end, _)| end)).chain(self.next).max().unwrap_or(0)
    }
}

pub(crate) fn seal<S: Store>(
    recording: &mut Recording<MemoryFile>,
    camera: &mut Camera<S, MemoryFiles>,
    clocks: Clocks,
    scene: &Scene,
) -> Result<(), RecordError> {
    let mut inits = [scene.picture_init, scene.sound_init].map(|init| init.map(<[u8]>::to_vec));
    let [picture_init, sound_init] = &mut inits;
    let mut contents = vec![b"pictures".to_vec(); scene.pictures.len()];
    let mut heard = scene.sound.map(|(_, _, bytes)| vec![3; bytes]);
    let pieces = scene.pictures.iter().zip(&mut contents);
    let group = Group {
        picture_init: picture_init.as_deref_mut(),
        sound_init: sound_init.as_deref_mut(),
        pictures: pieces
            .map(|(&(start, end), content)| Piece { start: Millis(start), end: Millis(end), content })
            .collect(),
        sound: scene.sound.zip(heard.as_mut()).map(|((start, end, _), content)| Sound {
            piece: Piece { start: Millis(start), end: Millis(end), content },
            samples: 94,
        }),
        next: scene.next.map(Millis),
    };
    recording.group(camera, clocks, group)
}

/// A finished clip of these groups, that began at noon.
pub(crate) fn clip(scenes: &[Scene]) -> Clip {
    let mut camera = new_camera();
    let mut recording = start(&mut camera, noon(0));
    for scene in scenes {
        seal(&mut recording, &mut camera, noon(scene.end()), scene).unwrap();
    }
    open(recording.finish(&mut camera).unwrap())
}

pub(crate) fn open(sealed: SealedClip<MemoryFile>) -> Clip {
    FinishedClip::open(Cursor::new(sealed.into_inner().to_bytes())).unwrap()
}

/// What everybody sees of the segments.
pub(crate) fn segments(clip: &mut Clip) -> Vec<OpenHalf> {
    (0..clip.count()).map(|index| clip.header_at(index).unwrap().open).collect()
}

pub(crate) fn select(clip: &mut Clip, from: u64, to: u64) -> Result<Selection, ClipError> {
    clip.select(Window::new(at(NOON + from), at(NOON + to)).unwrap())
}

/// The heads of a clip's file, the manifest last.
pub(crate) fn heads(file: &[u8]) -> Vec<Head> {
    let frames = footage_support::clips::frames(file).into_iter().filter(|frame| frame.kind == b'D');
    let head = |bytes: &[u8]| footage::record::Signed::<Head>::from_bytes(bytes).unwrap().statement().clone();
    frames.map(|frame| head(&file[frame.from + 5..frame.to])).collect()
}

/// The time of something that the clip says, after noon.
pub(crate) fn after_noon(time: Option<Timestamp>) -> Option<u64> {
    time.map(|time| time.since(at(NOON)).0)
}
