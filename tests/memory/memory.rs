//! Memory: sealing and reading take that of a few segments, and what a file claims takes none.
//!
//! Every test measures its own thread.
#![allow(missing_docs, clippy::unwrap_used)]

use footage_support::{clips, common, counting};

use std::io::{self, Cursor, Read};

use clips::Piece::Media;
use clips::{camera, camera_into, owner, seal};
use common::{NOON, Pinned, World, at, begin, media, told};
use counting::{MIB, peak};
use footage::agency::Excerpt;
use footage::camera::Cadence;
use footage::clip::{ClipError, FinishedClip};
use footage::crypto::{KemAlgorithm, Suite};
use footage::custodian::MemoryKeyStore;
use footage::media::Cutter;
use footage::record::Millis;

#[test]
fn sealing_takes_the_memory_of_its_segments() {
    let owners = [owner(1, KemAlgorithm::XWing).public_key()];
    for cadence in [Cadence::EveryGroup, Cadence::AtEnd] {
        let mut camera = camera_into(1, Suite::Aes256Gcm, &owners, io::sink());
        // The buffer that the caller cuts segments into, as it does: fresh for each.
        let ((), peak) = peak(|| {
            let mut recording = begin(&mut camera, at(NOON), cadence, &mut Pinned(1)).unwrap();
            for second in 0..64 {
                let mut content = vec![second as u8; MIB];
                media(&mut recording, &mut camera, Millis::SECOND.times(second), Millis::SECOND, &mut content).unwrap();
            }
            let _ = recording.finish(&mut camera).unwrap();
        });
        assert!(peak < 2 * MIB + (64 << 10), "{peak} bytes");
    }
}

/// As a firmware does it, which seals in pure Rust; what one takes altogether, `tests/c/firmware.rs` measures.
#[test]
fn sealing_in_one_buffer_takes_the_memory_of_one_segment() {
    let owners = [owner(1, KemAlgorithm::XWing).public_key()];
    let mut camera = camera_into(1, Suite::ChaCha20Poly1305, &owners, io::sink());
    let ((), peak) = peak(|| {
        let mut recording = begin(&mut camera, at(NOON), Cadence::EveryGroup, &mut Pinned(1)).unwrap();
        let mut buffer = vec![0; MIB];
        for second in 0..300 {
            buffer.fill(second as u8);
            media(&mut recording, &mut camera, Millis::SECOND.times(second), Millis::SECOND, &mut buffer).unwrap();
        }
        let _ = recording.finish(&mut camera).unwrap();
    });
    println!("{peak} bytes");
    assert!(peak < MIB + (64 << 10), "{peak} bytes");
}

/// What is under way on all cores at once: so many bytes, and the segment that goes over them.
const fn under_way(segment: usize) -> usize {
    if cfg!(feature = "parallel") { 16 * MIB + segment } else { segment }
}

#[test]
fn whole_files_take_the_memory_of_a_few_segments() {
    let key = owner(1, KemAlgorithm::XWing);
    let owners = [key.public_key()];
    for segment in [MIB, 16 * MIB] {
        let mut clip = Vec::with_capacity(65 * MIB);
        let mut camera = camera_into(1, Suite::Aes256Gcm, &owners, &mut clip);
        let ((), needed) = peak(|| {
            let recording = io::repeat(0x5a).take(64 << 20);
            let cutter = Cutter::by_size(recording, footage::media::Bytes(segment as u64)).unwrap();
            camera.seal(cutter, told(), |_| {}, &mut Pinned(1)).map(drop).unwrap();
        });
        // A buffer that grows is there twice for a moment.
        assert!(needed < under_way(segment) + segment / 2 + (64 << 10), "{needed} bytes");
        let mut clip = FinishedClip::open(Cursor::new(clip)).unwrap();
        let secret = clip.unlock(&key).unwrap();
        let ((), needed) = peak(|| clip.open_all(&secret, &mut io::sink(), |_| {}).unwrap());
        assert!(needed < under_way(segment) + segment / 2 + (64 << 10), "{needed} bytes");
    }
}

#[test]
fn reading_takes_the_memory_of_one_segment() {
    let key = owner(1, KemAlgorithm::X25519);
    let pieces = vec![Media(MIB); 16];
    let clip = seal(&mut camera(1, Suite::Aes256Gcm, &[key.public_key()]), Cadence::AtEnd, &pieces, &mut Pinned(1));
    let ((), needed) = peak(|| {
        let mut clip = FinishedClip::open(Cursor::new(&clip)).unwrap();
        let secret = clip.unlock(&key).unwrap();
        for index in 0..16 {
            assert_eq!(clip.segment(&secret, index).unwrap().1.len(), MIB);
        }
    });
    assert!(needed < 2 * MIB + (64 << 10), "{needed} bytes");
    // Nothing is added to it but by the first segment, if the buffer stays.
    let mut buffer = Vec::with_capacity(MIB + 16);
    let ((), needed) = peak(|| {
        let mut clip = FinishedClip::open(Cursor::new(&clip)).unwrap();
        let secret = clip.unlock(&key).unwrap();
        for index in 0..16 {
            clip.segment_into(&secret, index, &mut buffer).unwrap();
        }
    });
    assert!(needed < 128 << 10, "{needed} bytes");
    // Nor does going through a clip without an index, to read or to recover it.
    let (opened, needed) = peak(|| FinishedClip::open(Cursor::new(&clip[..clip.len() - 1])).unwrap());
    assert!(opened.count() == 16 && needed < 256 << 10, "{needed} bytes");
}

/// Every frame of a file in turn claims the most that its four bytes can, and some more.
#[test]
fn claimed_lengths_take_no_memory() {
    let key = owner(1, KemAlgorithm::X25519);
    let pieces = [Media(100), Media(0), Media(60)];
    let clip =
        seal(&mut camera(1, Suite::Aes256Gcm, &[key.public_key()]), Cadence::EveryGroup, &pieces, &mut Pinned(1));
    let mut world = World::with(KemAlgorithm::X25519, &mut MemoryKeyStore::default);
    let own = world.clip();
    let request = world.request();
    let excerpt = world.grant(&request, &own).excerpt;
    let claims = [u32::MAX, (1 << 31) - 1, (16 << 20) + 16, (16 << 20) + 73, 49_152, 41_600];
    for frame in clips::frames(&clip) {
        for claim in claims {
            let mut claiming = clip.clone();
            claiming[frame.from + 1..frame.from + 5].copy_from_slice(&claim.to_be_bytes());
            let (_, needed) = peak(|| clips::read(&claiming, &key).map(drop));
            assert!(needed < MIB + claiming.len(), "{needed} bytes for {frame:?} claiming {claim}");
            let (_, needed) = peak(|| clips::recover_first(1, Suite::Aes256Gcm, 1, &claiming).map(drop));
            assert!(needed < MIB + 2 * claiming.len(), "{needed} bytes for {frame:?} claiming {claim}");
        }
    }
    for frame in clips::frames(&excerpt) {
        for claim in claims {
            let mut claiming = excerpt.clone();
            claiming[frame.from + 1..frame.from + 5].copy_from_slice(&claim.to_be_bytes());
            let (opened, needed) = peak(|| Excerpt::open(Cursor::new(&claiming)).map(drop));
            assert!(opened.is_err() && needed < MIB + claiming.len(), "{needed} bytes for {frame:?} claiming {claim}");
        }
    }
    // A segment's header that claims the longest body, in a frame that fits it.
    let segment = clips::frames(&clip).into_iter().find(|frame| frame.kind == b'S').unwrap();
    let mut claiming = clip.clone();
    claiming[segment.from + 1..segment.from + 5].copy_from_slice(&(57 + 16 + (16_u32 << 20)).to_be_bytes());
    claiming[segment.from + 5 + 17..segment.from + 5 + 21].copy_from_slice(&(16_u32 << 20).to_be_bytes());
    let (read, needed) = peak(|| clips::read(&claiming, &key).map(drop));
    assert!(
        matches!(read, Err(ClipError::Read(_) | ClipError::Altered(_))) && needed < MIB + claiming.len(),
        "{needed} bytes"
    );
}

/// Files full of the smallest frames there are.
#[test]
fn many_small_frames_take_memory_of_their_own_size() {
    let key = owner(1, KemAlgorithm::X25519);
    let clip = seal(&mut camera(1, Suite::Aes256Gcm, &[key.public_key()]), Cadence::AtEnd, &[Media(1)], &mut Pinned(1));
    let segments = clips::frames(&clip).into_iter().find(|frame| frame.kind == b'S').unwrap().from;
    for frame in [&b"S\0\0\0\0"[..], b"I\0\0\0\0", b"F\0\0\0\0", b"D\0\0\0\0"] {
        let file = [&clip[..segments], &frame.repeat(200_000)].concat();
        let (error, needed) = peak(|| FinishedClip::open(Cursor::new(&file)).map(drop).unwrap_err());
        assert!(matches!(error, ClipError::Unfinished) && needed < MIB, "{needed} bytes");
    }
    // Segments that nobody signed, of no content.
    let mut file = clip[..segments].to_vec();
    for index in 0..20_000_u32 {
        file.extend_from_slice(b"S\0\0\0\x49");
        file.extend_from_slice(&index.to_be_bytes());
        file.extend_from_slice(&[0; 12]);
        file.push(1);
        file.extend_from_slice(&[0; 4]);
        file.extend_from_slice(&[0xff; 4]);
        file.extend_from_slice(&[0; 48]);
    }
    let (error, needed) = peak(|| FinishedClip::open(Cursor::new(&file)).map(drop).unwrap_err());
    assert!(matches!(error, ClipError::Unfinished) && needed < MIB + 3 * file.len(), "{needed} bytes");

    let mut world = World::with(KemAlgorithm::X25519, &mut MemoryKeyStore::default);
    let own = world.clip();
    let request = world.request();
    let excerpt = world.grant(&request, &own).excerpt;
    for body in [&b"B\0\0\0\0"[..], b"B\0\0\0\x0faaaaaaaaaaaaaaa", b"B\0\0\0\x10aaaaaaaaaaaaaaaa"] {
        let file = [&excerpt, &body.repeat(200_000)[..]].concat();
        let (opened, needed) = peak(|| Excerpt::open(Cursor::new(&file)).map(drop));
        assert!(opened.is_err() && needed < MIB + 4 * file.len(), "{needed} bytes of {}", file.len());
    }
}
