//! An encoder by hand: five pictures of H.264 a second as a byte stream, the first of which begins, and 8000 samples of AAC a second.

use footage::camera::{Cadence, Camera, ClipFiles, Clocks, Live, LiveError, MemoryFile, MemoryFiles, Recording};
use footage::clip::{FinishedClip, SegmentHeader};
use footage::crypto::{KemAlgorithm, Suite};
use footage::media::{EncodedSample, NalUnits, PictureCodec, PictureCoding, SoundCodec, SoundCoding, Ticks};
use footage::record::{Content, Layer, Millis, SegmentKind};
use footage::store::{MemoryStore, Store};

use super::boxes::{Found, found};
use super::transport::{PARAMETERS, nals, picture, sample, sequence, stream};
use footage_support::clips::{self, TestCamera, owner, read};
use footage_support::common::{NOON, Pinned, at};

/// Ticks of a second of pictures, and of sound.
pub(super) const PICTURES: i64 = 90_000;
pub(super) const SOUND: i64 = 8000;
/// What the monotonic clock says when a clip begins.
pub(super) const BEGUN: u64 = 1234;

/// The parameter sets of pictures so many blocks wide.
pub(super) fn sets(blocks: u32) -> Vec<u8> {
    stream(&[sequence(blocks), PARAMETERS.to_vec()])
}

pub(super) fn avc(parameters: &[u8], units: NalUnits) -> PictureCodec<'_> {
    PictureCodec { timescale: PICTURES as u32, coding: PictureCoding::H264 { parameters, units } }
}

pub(super) const AAC: SoundCodec<'_> =
    SoundCodec { rate: SOUND as u32, channels: 1, coding: SoundCoding::Aac { configuration: &[0x15, 0x88] } };

/// What a camera's clocks say so many milliseconds into the clip.
pub(super) fn clocks(now: u64) -> Clocks {
    Clocks { monotonic: Millis(BEGUN + now), wall: Some(at(NOON).after(Millis(now))) }
}

pub(super) fn camera() -> TestCamera {
    clips::camera(1, Suite::Aes256Gcm, &[owner(1, KemAlgorithm::X25519).public_key()])
}

pub(super) fn start<S: Store, F: ClipFiles>(camera: &mut Camera<S, F>) -> Recording<F::File> {
    camera.start(Content::Video, Cadence::EveryGroup, clocks(0), &mut Pinned(1)).unwrap()
}

/// A sample that lasts as long as those of this encoder do, of a time in ticks from the beginning of the clip.
pub(super) fn encoded(layer: Layer, time: i64, bytes: &[u8]) -> EncodedSample<'_> {
    let (timescale, duration) = if layer == Layer::Pictures { (PICTURES, PICTURES / 5) } else { (SOUND, 1024) };
    let decode = Ticks(time + (BEGUN as i64 * timescale).div_euclid(1000));
    EncodedSample { layer, decode, offset: Ticks(0), duration: Ticks(duration), sync: false, bytes }
}

/// A recording that is being made.
pub(super) struct Doorbell {
    pub(super) camera: Camera<MemoryStore, MemoryFiles>,
    pub(super) live: Live<MemoryFile>,
    /// What was pushed so far, and how it is read again.
    pub(super) pushed: [Vec<Vec<u8>>; 2],
    now: u64,
}

impl Doorbell {
    /// One with pictures and sound.
    pub(super) fn new() -> Self {
        Self::with(Some(avc(&sets(4), NalUnits::StartCodes)), Some(AAC))
    }

    pub(super) fn with(pictures: Option<PictureCodec<'_>>, sound: Option<SoundCodec<'_>>) -> Self {
        let mut camera = camera();
        let live = Live::new(start(&mut camera), pictures, sound).unwrap();
        Self { camera, live, pushed: Default::default(), now: 0 }
    }

    /// Pushes when the clocks say the time of the sample, or at once if that is over.
    pub(super) fn push(&mut self, sample: EncodedSample<'_>) -> Result<u64, LiveError> {
        let timescale = if sample.layer == Layer::Pictures { PICTURES } else { SOUND };
        let now = (sample.decode.0 * 1000).div_euclid(timescale) - BEGUN as i64;
        self.now = self.now.max(now.max(0) as u64);
        self.live.push(&mut self.camera, clocks(self.now), sample)
    }

    /// The picture of this number; the fifth, tenth and so on begin.
    pub(super) fn picture(&mut self, number: i64, time: i64) -> u64 {
        let (begins, content) = (number % 5 == 0, [(number / 5) as u8, (number % 5) as u8]);
        self.pushed[0].push(sample(&nals(begins, content)));
        self.push(encoded(Layer::Pictures, time, &picture(begins, content))).unwrap()
    }

    pub(super) fn frame(&mut self, number: i64, time: i64) -> u64 {
        let bytes = number.to_be_bytes();
        self.pushed[1].push(bytes.to_vec());
        self.push(encoded(Layer::Sound, time, &bytes)).unwrap()
    }

    /// A second of pictures, each with the sound that begins until the next.
    pub(super) fn second(&mut self, second: i64) -> u64 {
        let mut sealed = 0;
        for number in 5 * second..5 * second + 5 {
            sealed += self.picture(number, number * PICTURES / 5);
            let begin = |number: i64| (number * SOUND / 5 + 1023) / 1024;
            for frame in begin(number)..begin(number + 1) {
                sealed += self.frame(frame, frame * 1024);
            }
        }
        sealed
    }

    pub(super) fn finish(mut self, now: u64) -> Clip {
        Clip::of(clips::bytes(self.live.finish(&mut self.camera, clocks(now)).unwrap()))
    }
}

/// A clip as its owner reads it.
pub(super) struct Clip {
    pub(super) bytes: Vec<u8>,
    pub(super) file: FinishedClip<std::io::Cursor<Vec<u8>>>,
    pub(super) segments: Vec<(SegmentHeader, Vec<u8>)>,
}

impl Clip {
    pub(super) fn of(bytes: Vec<u8>) -> Self {
        let segments = read(&bytes, &owner(1, KemAlgorithm::X25519)).unwrap();
        Self { file: FinishedClip::open(std::io::Cursor::new(bytes.clone())).unwrap(), bytes, segments }
    }

    pub(super) fn media(&self, layer: Layer) -> impl Iterator<Item = &(SegmentHeader, Vec<u8>)> {
        self.segments
            .iter()
            .filter(move |(header, _)| header.open.layer == layer && header.open.kind == SegmentKind::Media)
    }

    /// When each segment of a layer begins and how long it lasts.
    pub(super) fn times(&self, layer: Layer) -> Vec<(u64, u64)> {
        self.media(layer).map(|(header, _)| (header.open.start.0, header.open.duration.0)).collect()
    }

    /// For each group, whether it is flagged.
    pub(super) fn gaps(&self) -> Vec<bool> {
        self.segments.iter().filter(|(header, _)| header.open.group).map(|(header, _)| header.open.gap).collect()
    }

    pub(super) fn inits(&self) -> Vec<&[u8]> {
        let inits = self.segments.iter().filter(|(header, _)| header.open.kind == SegmentKind::Init);
        inits.map(|(_, content)| &content[..]).collect()
    }

    pub(super) fn samples(&self, layer: Layer) -> Vec<Found<'_>> {
        self.media(layer).flat_map(|(_, content)| found(content, 1 + layer as u32)).collect()
    }

    pub(super) fn bytes(&self, layer: Layer) -> Vec<Vec<u8>> {
        self.samples(layer).iter().map(|sample| sample.bytes.to_vec()).collect()
    }
}
