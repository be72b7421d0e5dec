//! Recordings that are known to be video, and are not read.

use super::CutError;

/// How many bytes of a recording are looked at.
pub(super) const HEAD: u64 = 4096;

/// Makes an MP4 without encoding anything again.
const COPY: &str = "ffmpeg -i IN -map 0:v:0? -map 0:a:0? -c copy OUT.mp4";
/// The same of pictures, with sound that an MP4 can hold.
const COPY_PICTURES: &str = "ffmpeg -i IN -map 0:v:0? -map 0:a:0? -c:v copy -c:a aac OUT.mp4";
/// The pictures are of a codec that an MP4 cannot hold.
const ENCODE: &str = "ffmpeg -i IN -map 0:v:0? -map 0:a:0? -c:v libx264 -c:a aac OUT.mp4";
/// Somebody has to know the key.
#[cfg(feature = "video")]
const DECRYPT: &str = "ffmpeg -decryption_key KEY -i IN -map 0:v:0? -map 0:a:0? -c copy OUT.mp4";

/// An encrypted MP4.
#[cfg(feature = "video")]
pub(super) const ENCRYPTED_MP4: CutError = unread("an encrypted MP4", DECRYPT);
/// An encrypted transport stream.
#[cfg(feature = "video")]
pub(super) const ENCRYPTED_TRANSPORT_STREAM: CutError = unread("an encrypted MPEG-TS, to be decrypted first", COPY);
/// A transport stream of other codecs.
#[cfg(feature = "video")]
pub(super) const OTHER_TRANSPORT_STREAM: CutError =
    unread("an MPEG-TS without H.264, HEVC, AAC, MP3 or AC-3", COPY_PICTURES);

/// A clip has pictures in all of its groups or in none.
#[cfg(feature = "video")]
pub(super) const LATE_PICTURES: CutError = unread("a recording whose pictures begin after its sound", COPY);

const fn unread(found: &'static str, advice: &'static str) -> CutError {
    CutError::Unread { found, advice }
}

/// Returns what to say of a recording that begins with these bytes, if it is known to be video or sound and is not read.
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
        [b'F', b'L', b'V', 1, ..] => unread("an FLV", flv(head)),
        [b'O', b'g', b'g', b'S', ..] if has(b"theora") => unread("an Ogg", ENCODE),
        [b'O', b'g', b'g', b'S', ..] => unread("an Ogg", COPY_PICTURES),
        [0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11, ..] => unread("an ASF or WMV", ENCODE),
        [0, 0, 1, 0xba, ..] => unread("an MPEG program stream", COPY_PICTURES),
        [0, 0, 1, 0xb3, ..] => unread("a bare MPEG video stream", COPY),
        [0, 0, 0, 1, first, second, ..] | [0, 0, 1, first, second, ..] => bare(first, second)?,
        _ => return None,
    })
}

/// Bare H.264 or HEVC begins with a delimiter or a parameter set.
fn bare(first: u8, second: u8) -> Option<CutError> {
    match (first, second) {
        (0x09, _) | (0x27 | 0x47 | 0x67, 44 | 66 | 77 | 83 | 86 | 88 | 100 | 110 | 118 | 122 | 128 | 144 | 244) => {
            Some(unread("a bare H.264 stream, without times", COPY))
        }
        (0x40 | 0x42 | 0x46, 1) => Some(unread("a bare HEVC stream, without times", COPY)),
        _ => None,
    }
}

/// Returns how to make an MP4 of an FLV, by the codecs of its first tags.
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
