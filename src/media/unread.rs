//! Recordings that are known to be video or sound, and are not read.

use super::CutError;

/// The number of bytes that are inspected.
pub(super) const HEAD: u64 = 4096;

/// Remuxes pictures and sound.
const COPY: &str = "ffmpeg -i IN -map \"0:v:0?\" -map \"0:a:0?\" -c copy OUT.mp4";
/// Remuxes the pictures, and encodes sound of a codec that an MP4 cannot hold.
const COPY_PICTURES: &str = "ffmpeg -i IN -map \"0:v:0?\" -map \"0:a:0?\" -c:v copy -c:a aac OUT.mp4";
/// Encodes pictures of a codec that an MP4 cannot hold.
const ENCODE: &str = "ffmpeg -i IN -map \"0:v:0?\" -map \"0:a:0?\" -c:v libx264 -c:a aac OUT.mp4";
/// Decrypts and remuxes, with a key that the user must know.
#[cfg(feature = "video")]
const DECRYPT: &str = "ffmpeg -decryption_key KEY -i IN -map \"0:v:0?\" -map \"0:a:0?\" -c copy OUT.mp4";

/// An encrypted MP4.
#[cfg(feature = "video")]
pub(super) const ENCRYPTED_MP4: CutError = unread("an encrypted MP4", DECRYPT);
/// An encrypted transport stream.
#[cfg(feature = "video")]
pub(super) const ENCRYPTED_TRANSPORT_STREAM: CutError = unread("an encrypted MPEG-TS, to be decrypted first", COPY);
/// A transport stream without any codec that is read.
#[cfg(feature = "video")]
pub(super) const OTHER_TRANSPORT_STREAM: CutError =
    unread("an MPEG-TS without H.264, HEVC, AAC, MP3 or AC-3", COPY_PICTURES);

/// Pictures after sound alone: a clip has pictures in all of its groups or in none.
#[cfg(feature = "video")]
pub(super) const LATE_PICTURES: CutError = unread("a recording whose pictures begin after its sound", COPY);

const fn unread(found: &'static str, advice: &'static str) -> CutError {
    CutError::Unread { found, advice }
}

/// Returns the error for a recording that begins with these bytes, if it is known to be video or sound and is not read.
pub(super) fn of(head: &[u8]) -> Option<CutError> {
    let has = |name: &[u8]| head.windows(name.len()).any(|window| window == name);
    let any = |names: &[&[u8]]| names.iter().any(|name| has(name));
    Some(match *head.first_chunk::<12>()? {
        [0x1a, 0x45, 0xdf, 0xa3, ..] if any(&[b"V_VP8", b"V_THEORA", b"V_MS/VFW", b"V_REAL"]) => {
            unread("Matroska or WebM", ENCODE)
        }
        [0x1a, 0x45, 0xdf, 0xa3, ..] if any(&[b"A_PCM", b"A_MS/ACM", b"A_FLAC", b"A_REAL"]) => {
            unread("Matroska or WebM", COPY_PICTURES)
        }
        [0x1a, 0x45, 0xdf, 0xa3, ..] => unread("Matroska or WebM", COPY),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'A', b'V', b'I', b' '] => unread("an AVI", COPY_PICTURES),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E'] => unread("a WAV", COPY_PICTURES),
        [b'D', b'K', b'I', b'F', _, _, _, _, b'V', b'P', b'8', b'0'] => unread("an IVF", ENCODE),
        [b'D', b'K', b'I', b'F', ..] => unread("an IVF", COPY),
        [b'D', b'H', b'A', b'V', ..] => unread("a DHAV recording", COPY_PICTURES),
        [b'I', b'M', b'K', b'H', ..] => unread("an IMKH recording", COPY_PICTURES),
        [b'f', b'L', b'a', b'C', ..] => unread("a FLAC", COPY_PICTURES),
        [b'I', b'D', b'3', ..] | [0xff, 0xfa | 0xfb | 0xf2 | 0xf3, ..] => unread("an MP3", COPY),
        [0xff, 0xf0 | 0xf1 | 0xf8 | 0xf9, ..] => unread("an AAC elementary stream", COPY),
        [b'F', b'L', b'V', 1, ..] => unread("an FLV", flv(head)),
        [b'O', b'g', b'g', b'S', ..] if has(b"theora") => unread("an Ogg", ENCODE),
        [b'O', b'g', b'g', b'S', ..] => unread("an Ogg", COPY_PICTURES),
        [0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11, ..] => unread("an ASF or WMV", ENCODE),
        [0, 0, 1, 0xba | 0xbd | 0xc0 | 0xe0, ..] => unread("an MPEG program stream", COPY_PICTURES),
        [0, 0, 1, 0xb3, ..] => unread("an MPEG video elementary stream", COPY),
        [0, 0, 0, 1, first, second, ..] | [0, 0, 1, first, second, ..] => elementary(first, second)?,
        _ => return None,
    })
}

/// Recognises an elementary stream of H.264 or HEVC by its first NAL unit: a delimiter, a parameter set, supplemental
/// information or a picture at which decoding can begin.
fn elementary(first: u8, second: u8) -> Option<CutError> {
    match (first, second) {
        (0x09, _)
        | (0x06, 1 | 5 | 6)
        | (0x25 | 0x45 | 0x65, 0x80..)
        | (0x27 | 0x47 | 0x67, 44 | 66 | 77 | 83 | 86 | 88 | 100 | 110 | 118 | 122 | 128 | 144 | 244) => {
            Some(unread("an H.264 elementary stream, without times", COPY))
        }
        (0x40 | 0x42 | 0x46 | 0x4e | 0x26 | 0x28 | 0x2a, 1) => {
            Some(unread("an HEVC elementary stream, without times", COPY))
        }
        _ => None,
    }
}

/// Returns the command that converts an FLV, by the codecs of its first tags.
fn flv(head: &[u8]) -> &'static str {
    let (mut rest, mut advice) = (head.get(13..).unwrap_or_default(), COPY);
    while let [kind, one, two, three, _, _, _, _, _, _, _, codec, ..] = rest {
        let length = u32::from_be_bytes([0, *one, *two, *three]) as usize;
        match (kind, codec >> 4, codec & 15) {
            // MP3 and AAC; H.264.
            (8, 2 | 10, _) | (9, _, 7) => {}
            (8, ..) => advice = COPY_PICTURES,
            (9, ..) => return ENCODE,
            _ => {}
        }
        rest = rest.get(length + 15..).unwrap_or_default();
    }
    advice
}
