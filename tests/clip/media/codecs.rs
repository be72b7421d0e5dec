//! Codecs of encoded samples: what is taken, and that it plays.

use std::path::Path;
use std::process::Command;

use footage::camera::{Live, LiveError};
use footage::crypto::KemAlgorithm;
use footage::media::{
    CodecError, Companding, EncodedSample, Form, NalUnits, PictureCodec, PictureCoding, PictureSize, SoundCodec,
    SoundCoding, Ticks,
};
use footage::record::Layer;

use super::boxes::{boxes, child, found, word};
use super::encoder::{AAC, BEGUN, Clip, Doorbell, avc, camera, clocks, encoded, sets, start};
use super::transport::{PARAMETERS, picture, sequence};
use footage_support::clips::{self, owner};

const SIZE: PictureSize = PictureSize { width: 64, height: 48 };

/// What a box of this name holds, wherever it is.
pub(super) fn content(file: &[u8], name: [u8; 4]) -> &[u8] {
    let at = file.windows(4).position(|window| window == name).unwrap();
    &file[at + 4..at - 4 + word(file, at - 4) as usize]
}

/// The content of the descriptor of a decoder's configuration in an `esds`, whose lengths have four bytes.
pub(super) fn audio_configuration(file: &[u8]) -> &[u8] {
    // That of the pictures may have one, too.
    let moov = child(file, b"moov");
    let esds = &moov[moov.windows(4).rposition(|window| window == b"esds").unwrap()..];
    let at = esds.windows(4).position(|window| window == [5, 0x80, 0x80, 0x80]).unwrap() + 5;
    &esds[at..at + usize::from(esds[at - 1])]
}

/// The init of pictures of this codec, after one picture.
fn init(pictures: PictureCodec<'_>) -> Vec<u8> {
    let mut doorbell = Doorbell::with(Some(pictures), None);
    doorbell.push(encoded(Layer::Pictures, 0, &picture(true, [0, 0]))).unwrap();
    doorbell.finish(200).inits()[0].to_vec()
}

fn refused(pictures: Option<PictureCodec<'_>>, sound: Option<SoundCodec<'_>>) -> CodecError {
    match Live::new(start(&mut camera()), pictures, sound) {
        Err(LiveError::Codec(error)) => error,
        _ => panic!("{pictures:?} and {sound:?} are taken"),
    }
}

/// Parameter sets and the record of them are the same codec. What the record says of lengths is what is stored.
#[test]
fn parameter_sets_may_come_as_a_record() {
    let sets = sets(4);
    let one = init(avc(&sets, NalUnits::StartCodes));
    let record = content(&one, *b"avcC").to_vec();
    assert_eq!(init(avc(&record, NalUnits::StartCodes)), one);
    // Lengths of two bytes are not those of what had start codes.
    let mut short = record.clone();
    short[4] = 0xfd;
    assert_eq!(init(avc(&short, NalUnits::StartCodes)), one);
    let mut doorbell = Doorbell::with(Some(avc(&short, NalUnits::Lengths)), None);
    doorbell.push(encoded(Layer::Pictures, 0, &[0, 2, 0x65, 0x80])).unwrap();
    let clip = doorbell.finish(200);
    assert_eq!(content(clip.inits()[0], *b"avcC"), short);
    assert_eq!(clip.bytes(Layer::Pictures), [[0, 2, 0x65, 0x80]]);
}

#[test]
fn codecs_that_are_none_are_refused() {
    let sets = sets(4);
    let good = avc(&sets, NalUnits::StartCodes);
    let alone = [&[0, 0, 1][..], &sequence(4)].concat();
    let record = init(good);
    let record = content(&record, *b"avcC");
    assert_eq!(refused(None, None), CodecError::Nothing);
    assert_eq!(refused(Some(PictureCodec { timescale: 0, ..good }), None), CodecError::Timescale);
    for parameters in [&[][..], &sets[3..], &alone, &PARAMETERS, &record[..4], &record[..12], &[1; 30]] {
        for units in [NalUnits::StartCodes, NalUnits::Lengths] {
            assert_eq!(refused(Some(avc(parameters, units)), None), CodecError::ParameterSets, "{parameters:x?}");
            let coding = PictureCoding::Hevc { parameters, units };
            assert_eq!(refused(Some(PictureCodec { coding, ..good }), None), CodecError::ParameterSets);
        }
    }
    for coding in [
        PictureCoding::Av1 { record: &[0x81, 0, 0], size: SIZE },
        PictureCoding::Av1 { record: &[1, 0, 0, 0], size: SIZE },
        PictureCoding::Vp9 { record: &[1; 11], size: SIZE },
        PictureCoding::Vp9 { record: &[0; 12], size: SIZE },
    ] {
        assert!(matches!(refused(Some(PictureCodec { coding, ..good }), None), CodecError::Configuration(_)));
    }
    assert_eq!(refused(None, Some(SoundCodec { rate: 0, ..AAC })), CodecError::Timescale);
    let opus = SoundCoding::Opus { pre_skip: 312 };
    for sound in [
        SoundCodec { channels: 0, ..AAC },
        SoundCodec { rate: 48_000, channels: 3, coding: opus },
        SoundCodec { rate: 44_100, channels: 2, coding: opus },
    ] {
        let SoundCodec { channels, rate, .. } = sound;
        assert_eq!(refused(None, Some(sound)), CodecError::Sound { channels, rate });
    }
    for configuration in [&[0x15][..], &[0; 65]] {
        let coding = SoundCoding::Aac { configuration };
        assert!(matches!(refused(None, Some(SoundCodec { coding, ..AAC })), CodecError::Configuration(_)));
    }
}

/// The samples of a layer of a file, in order, and its timescale.
fn track(file: &[u8], layer: Layer) -> (u32, Vec<super::boxes::Found<'_>>) {
    let traks: Vec<_> = boxes(child(file, b"moov")).into_iter().filter(|(_, name, _)| name == b"trak").collect();
    let timescale = word(child(child(traks[layer as usize].2, b"mdia"), b"mdhd"), 12);
    (timescale, found(file, 1 + layer as u32))
}

/// Hands over the samples of a file, in the order in which they are decoded, as `change` makes them.
pub(super) fn hand_over(
    file: &[u8],
    pictures: PictureCoding<'_>,
    sound: SoundCoding<'_>,
    change: impl Fn(Layer, &[u8]) -> Vec<u8>,
) -> Clip {
    let tracks = Layer::ALL.map(|layer| track(file, layer));
    let channels = u16::from_be_bytes(
        *content(file, *b"stsd")
            .windows(6)
            .find_map(|b| (b[2..] == [0, 16, 0, 0]).then_some(b[..2].first_chunk().unwrap()))
            .unwrap_or(&[0, 1]),
    );
    let mut camera = camera();
    let pictures = PictureCodec { timescale: tracks[0].0, coding: pictures };
    let sound = SoundCodec { rate: tracks[1].0, channels, coding: sound };
    let mut live = Live::new(start(&mut camera), Some(pictures), Some(sound)).unwrap();
    let millis = |layer, ticks: u64| ticks * 1000 / u64::from(tracks[layer as usize].0);
    let mut samples: Vec<_> = Layer::ALL
        .into_iter()
        .flat_map(|layer| tracks[layer as usize].1.iter().map(move |sample| (layer, *sample)))
        .collect();
    samples.sort_by_key(|(layer, sample)| millis(*layer, sample.decode));
    let mut last = 0;
    for (layer, sample) in samples {
        let begun = BEGUN as i64 * i64::from(tracks[layer as usize].0) / 1000;
        let sample = EncodedSample {
            layer,
            decode: Ticks(sample.decode as i64 + begun),
            offset: Ticks(sample.offset.into()),
            duration: Ticks(sample.duration.into()),
            sync: sample.begins,
            bytes: &change(layer, sample.bytes),
        };
        last = millis(layer, (sample.decode.0 - begun) as u64);
        live.push(&mut camera, clocks(last), sample).unwrap();
    }
    Clip::of(clips::bytes(live.finish(&mut camera, clocks(last + 500)).unwrap()))
}

/// What a program says of a file, unless it is not there.
fn said(program: &str, arguments: &[&str]) -> Option<Vec<u8>> {
    let Ok(said) = Command::new(program).args(arguments).output() else {
        eprintln!("not checked by decoding: there is no {program}");
        return None;
    };
    assert!(said.status.success() && said.stderr.is_empty(), "{}", String::from_utf8_lossy(&said.stderr));
    Some(said.stdout)
}

/// A second and a half as ffmpeg encodes it, if it is there: a key frame every half second.
fn made(name: &str, arguments: &[&str]) -> Option<Vec<u8>> {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("live-{name}.mp4"));
    let source = ["-y", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=64x48:rate=10:duration=1.5", "-f", "lavfi"];
    let form = ["-g", "5", "-movflags", "frag_keyframe+delay_moov+default_base_moof"];
    let sine = ["-i", "sine=frequency=440:duration=1.5:sample_rate=48000", "-pix_fmt", "yuv420p"];
    said("ffmpeg", &[&source[..], &sine, arguments, &form, &[path.to_str().unwrap()]].concat())?;
    Some(std::fs::read(path).unwrap())
}

/// Each packet's track, and the digest of its bytes.
fn packets(path: &Path) -> Option<Vec<String>> {
    let wanted = ["-v", "error", "-show_data_hash", "sha256", "-of", "csv=p=0"];
    let entries = ["-show_entries", "packet=stream_index,data_hash", path.to_str().unwrap()];
    let text = said("ffprobe", &[&wanted[..], &entries].concat())?;
    let mut lines: Vec<_> = String::from_utf8(text).unwrap().lines().map(str::to_owned).collect();
    // In the order of each track.
    lines.sort_by_key(|line| line.chars().next());
    Some(lines)
}

/// The clip plays as a whole, and has the packets of the file.
fn plays(name: &str, clip: &Clip, file: &[u8]) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (own, other) = (folder.join(format!("live-{name}-opened.mp4")), folder.join(format!("live-{name}.mp4")));
    let mut opened = Vec::new();
    let mut clip = footage::clip::FinishedClip::open(std::io::Cursor::new(&clip.bytes)).unwrap();
    let secret = clip.unlock(&owner(1, KemAlgorithm::X25519)).unwrap();
    let range = footage::clip::SegmentRange::new(0, clip.count()).unwrap();
    clip.write_playable(&secret, range, Form::FastStart, &mut opened).unwrap();
    std::fs::write(&own, opened).unwrap();
    std::fs::write(&other, file).unwrap();
    said("ffmpeg", &["-v", "error", "-i", own.to_str().unwrap(), "-f", "null", "-"]);
    if let (Some(own), Some(other)) = (packets(&own), packets(&other)) {
        assert_eq!(own, other, "{name}");
    }
}

const AAC_SOUND: [&str; 2] = ["-c:a", "aac"];
const OPUS_SOUND: [&str; 2] = ["-c:a", "libopus"];
/// As much as `ffmpeg` writes into a `dOps`.
const OPUS: SoundCoding<'_> = SoundCoding::Opus { pre_skip: 312 };

/// Every codec, as ffmpeg encodes it: what is handed over plays, and is what ffmpeg made.
#[test]
fn what_encoders_give_plays() {
    let whole = |_: Layer, bytes: &[u8]| bytes.to_vec();
    if let Some(file) = made("avc", &[&["-c:v", "libx264"][..], &AAC_SOUND].concat()) {
        let parameters = content(&file, *b"avcC");
        let sound = SoundCoding::Aac { configuration: audio_configuration(&file) };
        let coding = PictureCoding::H264 { parameters, units: NalUnits::Lengths };
        let clip = hand_over(&file, coding, sound, whole);
        plays("avc", &clip, &file);
        // The same with start codes, of three and four bytes in turn.
        let coding = PictureCoding::H264 { parameters, units: NalUnits::StartCodes };
        let started = hand_over(&file, coding, sound, |layer, bytes| {
            if layer == Layer::Pictures { with_start_codes(bytes) } else { bytes.to_vec() }
        });
        assert!(started.bytes == clip.bytes);
    }
    if let Some(file) =
        made("hevc", &[&["-c:v", "libx265", "-x265-params", "log-level=none"][..], &OPUS_SOUND].concat())
    {
        let coding = PictureCoding::Hevc { parameters: content(&file, *b"hvcC"), units: NalUnits::Lengths };
        plays("hevc", &hand_over(&file, coding, OPUS, whole), &file);
    }
    if let Some(file) = made("vp9", &[&["-c:v", "libvpx-vp9"][..], &OPUS_SOUND].concat()) {
        let coding = PictureCoding::Vp9 { record: content(&file, *b"vpcC"), size: SIZE };
        plays("vp9", &hand_over(&file, coding, OPUS, whole), &file);
    }
    if let Some(file) = made("av1", &[&["-c:v", "libaom-av1", "-cpu-used", "8"][..], &AAC_SOUND].concat()) {
        let coding = PictureCoding::Av1 { record: content(&file, *b"av1C"), size: SIZE };
        let sound = SoundCoding::Aac { configuration: audio_configuration(&file) };
        plays("av1", &hand_over(&file, coding, sound, whole), &file);
    }
    if let Some(file) = made("mjpeg", &[&["-c:v", "mjpeg", "-strict", "unofficial"][..], &AAC_SOUND].concat()) {
        let sound = SoundCoding::Aac { configuration: audio_configuration(&file) };
        plays("mjpeg", &hand_over(&file, PictureCoding::Mjpeg { size: SIZE }, sound, whole), &file);
    }
}

fn with_start_codes(sample: &[u8]) -> Vec<u8> {
    let (mut rest, mut stream) = (sample, Vec::new());
    while !rest.is_empty() {
        let (unit, after) = rest[4..].split_at(word(rest, 0) as usize);
        let code: &[u8] = if stream.len() % 2 == 0 { &[0, 0, 0, 1] } else { &[0, 0, 1] };
        stream.extend_from_slice(code);
        stream.extend_from_slice(unit);
        rest = after;
    }
    stream
}

/// G.711 plays for as long as it was handed over.
#[test]
fn g711_plays() {
    for (law, name) in [(Companding::A, "pcm_alaw"), (Companding::Mu, "pcm_mulaw")] {
        let mut doorbell = Doorbell::with(None, Some(SoundCodec { coding: SoundCoding::G711(law), ..AAC }));
        for frame in 0..50 {
            let bytes = [0x55 + frame as u8; 160];
            let sample = EncodedSample { duration: Ticks(160), ..encoded(Layer::Sound, 160 * frame, &bytes) };
            doorbell.push(sample).unwrap();
        }
        let clip = doorbell.finish(1000);
        let mut opened = Vec::new();
        let mut clip = clip.file;
        let secret = clip.unlock(&owner(1, KemAlgorithm::X25519)).unwrap();
        let range = footage::clip::SegmentRange::new(0, clip.count()).unwrap();
        clip.write_playable(&secret, range, Form::Fragmented, &mut opened).unwrap();
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("live-{name}.mp4"));
        std::fs::write(&path, opened).unwrap();
        let wanted = ["-v", "error", "-show_entries", "stream=codec_name:format=duration", "-of", "csv=p=0"];
        let Some(text) = said("ffprobe", &[&wanted[..], &[path.to_str().unwrap()]].concat()) else { return };
        assert_eq!(String::from_utf8(text).unwrap().split_whitespace().collect::<Vec<_>>(), [name, "1.000000"]);
    }
}
