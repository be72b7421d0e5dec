//! A camera that hands over encoded samples: five pictures a second of which the first begins, and a frame of sound with each. Every
//! sample says what it is.

use footage::camera::{Camera, ClipFiles, Clocks, Live, LiveError, Recording};
use footage::media::{
    Companding, EncodedSample, PictureCodec, PictureCoding, PictureSize, SoundCodec, SoundCoding, Ticks,
};
use footage::record::{Layer, Millis, Timestamp};
use footage::store::Store;

/// Samples of each layer in a second.
pub const RATE: u64 = 5;

/// The clocks so many milliseconds after the clip began.
pub fn clocks(started: Timestamp, now: u64) -> Clocks {
    Clocks { monotonic: Millis(now), wall: Some(started.after(Millis(now))) }
}

pub fn begin<W: footage::camera::ClipFile>(recording: Recording<W>) -> Live<W> {
    let size = PictureSize { width: 64, height: 48 };
    let pictures = PictureCodec { timescale: 1000, coding: PictureCoding::Mjpeg { size } };
    let sound = SoundCodec { rate: 8000, channels: 1, coding: SoundCoding::G711(Companding::A) };
    Live::new(recording, Some(pictures), Some(sound)).unwrap()
}

/// The bytes of a sample, of this size or as many as it needs.
pub fn sample(layer: Layer, number: u64, size: usize) -> Vec<u8> {
    let mut bytes = format!("<{layer:?} {number}>").into_bytes();
    bytes.resize(bytes.len().max(size), b'.');
    bytes
}

/// Hands over a second. Returns how many groups were sealed.
pub fn second<S: Store, F: ClipFiles>(
    live: &mut Live<F::File>,
    camera: &mut Camera<S, F>,
    started: Timestamp,
    second: u64,
    size: usize,
) -> Result<u64, LiveError> {
    let mut sealed = 0;
    for number in RATE * second..RATE * (second + 1) {
        let now = number * 1000 / RATE;
        for (layer, ticks) in [(Layer::Pictures, 1), (Layer::Sound, 8)] {
            let sync = number % RATE == 0 || layer == Layer::Sound;
            let (decode, duration) = (Ticks((now * ticks).cast_signed()), Ticks((1000 / RATE * ticks).cast_signed()));
            let bytes = &sample(layer, number, if layer == Layer::Pictures { size } else { size / 8 });
            let sample = EncodedSample { layer, decode, offset: Ticks(0), duration, sync, bytes };
            sealed += live.push(camera, clocks(started, now), sample)?;
        }
    }
    Ok(sealed)
}
