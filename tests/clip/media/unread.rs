//! Recordings that are known to be video or sound, and are not read.

use footage::media::{Bytes, CutError, Cutter};

use super::{cut, joined};

/// The kind of a recording that is refused, and the advice.
fn advice(recording: &[u8]) -> (&'static str, &'static str) {
    match cut(recording) {
        (cuts, Some(CutError::Unread { found, advice })) if cuts.is_empty() => (found, advice),
        other => panic!("{other:?}"),
    }
}

/// M6: a known recording that is not read is refused with the command that converts it to an MP4 with its sound.
#[test]
fn m6_known_recordings_are_refused_with_advice() {
    let (copy, sound, encode) = ("-c copy OUT.mp4", "-c:v copy -c:a aac OUT.mp4", "-c:v libx264 -c:a aac OUT.mp4");
    let flv = |tags: &[(u8, u8)]| {
        let tag = |(kind, codec): &(u8, u8)| [*kind, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, *codec, 0, 0, 0, 0, 13];
        [&b"FLV\x01\x05\0\0\0\x09\0\0\0\0"[..], &tags.iter().flat_map(tag).collect::<Vec<_>>()].concat()
    };
    for (recording, name, line) in [
        (b"\x1a\x45\xdf\xa3 matroska V_MPEG4/ISO/AVC A_AAC".to_vec(), "Matroska", copy),
        (b"\x1a\x45\xdf\xa3 matroska V_MPEG4/ISO/AVC A_PCM/INT/LIT".to_vec(), "Matroska", sound),
        (b"\x1a\x45\xdf\xa3 webm V_VP8 A_VORBIS".to_vec(), "WebM", encode),
        (b"RIFF\x10\0\0\0AVI LIST".to_vec(), "AVI", sound),
        (flv(&[(18, 2), (9, 0x17), (8, 0xaf)]), "FLV", copy),
        (flv(&[(18, 2), (9, 0x17), (8, 0x72)]), "FLV", sound),
        (flv(&[(9, 0x12), (8, 0xaf)]), "FLV", encode),
        (b"OggS\0\x02\0\0\0\0\0\0 theora".to_vec(), "Ogg", encode),
        (b"OggS\0\x02\0\0\0\0\0\0 OpusHead".to_vec(), "Ogg", sound),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\0\xaa".to_vec(), "ASF", encode),
        (b"\0\0\x01\xba\x44\0\x04\0\x04\x01\0\0".to_vec(), "program stream", sound),
        (b"\0\0\0\x01\x67\x42\0\x0a\0\0\0\0".to_vec(), "H.264", copy),
        (b"\0\0\x01\x09\xf0\0\0\x01\x67\x42\0\x0a".to_vec(), "H.264", copy),
        (b"\0\0\0\x01\x40\x01\x0c\x01\0\0\0\0".to_vec(), "HEVC", copy),
        (b"\0\0\0\x01\x06\x05\xff\xff\x12\0\0\0".to_vec(), "H.264", copy),
        (b"\0\0\0\x01\x65\x88\x84\0\x12\0\0\0".to_vec(), "H.264", copy),
        (b"\0\0\0\x01\x26\x01\xaf\0\0\0\0\0".to_vec(), "HEVC", copy),
        (b"\0\0\x01\xe0\0\0\x80\0\0\0\0\0".to_vec(), "program stream", sound),
        (b"DHAV\xfd\x01\0\0\0\0\0\0".to_vec(), "DHAV", sound),
        (b"IMKH\x01\x01\0\0\0\0\0\0".to_vec(), "IMKH", sound),
        (b"DKIF\0\0\x20\0VP80".to_vec(), "IVF", encode),
        (b"DKIF\0\0\x20\0AV01".to_vec(), "IVF", copy),
        (b"RIFF\x10\0\0\0WAVEfmt ".to_vec(), "WAV", sound),
        (b"fLaC\0\0\0\x22\x10\0\x10\0".to_vec(), "FLAC", sound),
        (b"ID3\x04\0\0\0\0\0\x23TS".to_vec(), "MP3", copy),
        (b"\xff\xfb\x90\x64\0\0\0\0\0\0\0\0".to_vec(), "MP3", copy),
        (b"\xff\xf1\x50\x80\x02\x1f\xfc\0\0\0\0\0".to_vec(), "AAC", copy),
    ] {
        let (found, advice) = advice(&recording);
        assert!(found.contains(name) && advice.ends_with(line), "{name}: {found}, {advice}");
        assert!(advice.starts_with("ffmpeg -i IN -map \"0:v:0?\" -map \"0:a:0?\" "));
        // Cutting it by size is an explicit choice.
        let cuts: Vec<_> = Cutter::by_size(&recording[..], Bytes(5)).unwrap().map(Result::unwrap).collect();
        assert_eq!(joined(&cuts), recording);
    }
}

#[test]
fn what_only_looks_like_video_is_cut_by_size() {
    for file in [&b"RIFF\x10\0\0\0WEBPVP8 "[..], b"\0\0\0\x01\x67\xff\xff\xff\0\0\0\0", &b"G".repeat(2000)] {
        let (cuts, error) = cut(file);
        assert_eq!((joined(&cuts), error), (file.to_vec(), None));
    }
}
