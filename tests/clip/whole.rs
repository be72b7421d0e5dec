//! Whole files and clips through one door: the same bytes as segment by segment, with and without `parallel`. And statements
//! on all cores: the same verdicts as one by one.
#![allow(missing_docs, clippy::unwrap_used)]

use footage_support::{clips, common};

use std::io::{self, Cursor, Read, Write};

use clips::Piece::{Init, Media};
use clips::{camera, frames, owner, seal};
use common::{NOON, Pinned, World, at, content, told};
use footage::agency::AgencyError;
use footage::camera::Clocks;
use footage::camera::{Cadence, SealError, SealVideoError};
use footage::clip::{ClipError, FinishedClip, OpenAllError};
use footage::crypto::{KemAlgorithm, SigningKey, Suite};
use footage::media::{Bytes, Cutter};
use footage::record::Content;
use footage::record::{
    CustodianId, CustodianStart, Millis, Nonce, Signed, StatementError, Verified, read_all, verify_all,
};
use footage::store::Objects as _;

/// More segments than are under way at once, on any machine that tests run on.
const COUNT: usize = 700;

#[test]
fn a_file_is_sealed_to_the_same_bytes_as_its_pieces() {
    let file = content(3, COUNT * 1000 - 1);
    let key = owner(1, KemAlgorithm::X25519);
    let owners = [key.public_key()];
    for suite in [Suite::Aes256Gcm, Suite::ChaCha20Poly1305] {
        let cutter = Cutter::by_size(Cursor::new(&file), Bytes(1000)).unwrap();
        let recorded = told();
        let (mut told, mut whole) = (Vec::new(), camera(1, suite, &owners));
        let progress = |bytes| told.push(bytes);
        let whole = clips::bytes(whole.seal(cutter, recorded, progress, &mut Pinned(1)).unwrap());

        let mut pieces = camera(1, suite, &owners);
        let clocks = Clocks { monotonic: Millis(0), wall: Some(at(NOON)) };
        let mut recording = pieces.start(Content::AnyFile, Cadence::AtEnd, clocks, &mut Pinned(1)).unwrap();
        for piece in file.chunks(1000) {
            recording.piece(&mut pieces, clocks, &mut piece.to_vec()).unwrap();
        }
        // Another clip, as it is dated in another way, with the same segments in it.
        let pieces = clips::bytes(recording.finish(&mut pieces).unwrap());
        assert_eq!((whole.len(), clips::read(&whole, &key).unwrap().len()), (pieces.len(), COUNT));
        let contents = |clip: &[u8]| clips::read(clip, &key).unwrap().into_iter().map(|(_, content)| content);
        assert!(contents(&whole).eq(contents(&pieces)));
        assert!(contents(&whole).flatten().eq(file.iter().copied()));
        let ends = (1..=COUNT).map(|count| (count * 1000).min(file.len()) as u64);
        assert!(told.into_iter().eq(ends));
    }
}

#[test]
fn a_clip_opens_to_the_same_bytes_as_its_segments() {
    let key = owner(1, KemAlgorithm::X25519);
    let mut pieces = vec![Init(40)];
    pieces.extend((0..COUNT).map(|index| Media([300, 0, 70_000, 1][index % 4])));
    for cadence in [Cadence::EveryGroup, Cadence::AtEnd] {
        let file = seal(&mut camera(1, Suite::Aes256Gcm, &[key.public_key()]), cadence, &pieces, &mut Pinned(1));
        let expected: Vec<_> = (0..).zip(&pieces).flat_map(|(index, piece)| piece.content(index)).collect();
        // With its index, and without any.
        for file in [&file[..], &file[..file.len() - 1]] {
            let mut clip = FinishedClip::open(Cursor::new(file)).unwrap();
            let secret = clip.unlock(&key).unwrap();
            let (mut opened, mut told) = (Vec::new(), 0);
            clip.open_all(&secret, &mut opened, |bytes| told = bytes).unwrap();
            assert!(opened == expected);
            assert_eq!(told, expected.len() as u64);
        }
    }
}

#[test]
fn a_clip_with_a_wrong_index_still_opens() {
    let key = owner(1, KemAlgorithm::X25519);
    let pieces = vec![Media(100); 300];
    let file = seal(&mut camera(1, Suite::Aes256Gcm, &[key.public_key()]), Cadence::AtEnd, &pieces, &mut Pinned(1));
    let expected: Vec<_> = (0..).zip(&pieces).flat_map(|(index, piece)| piece.content(index)).collect();
    let index = frames(&file).into_iter().find(|frame| frame.kind == b'I').unwrap();
    // The offset, and the root, of a row.
    for byte in [7, 20] {
        let mut wrong = file.clone();
        wrong[index.from + 5 + 1 + 17 * 48 + byte] ^= 1;
        let mut clip = FinishedClip::open(Cursor::new(wrong)).unwrap();
        let secret = clip.unlock(&key).unwrap();
        let mut opened = Vec::new();
        clip.open_all(&secret, &mut opened, |_| {}).unwrap();
        assert!(opened == expected);
    }
}

#[test]
fn nothing_of_an_altered_segment_leaves_nor_of_any_after_it() {
    let key = owner(1, KemAlgorithm::X25519);
    let pieces = vec![Media(100); 40];
    let file = seal(&mut camera(1, Suite::Aes256Gcm, &[key.public_key()]), Cadence::AtEnd, &pieces, &mut Pinned(1));
    let segments: Vec<_> = frames(&file).into_iter().filter(|frame| frame.kind == b'S').collect();
    for altered in [0, 17, 39] {
        // The commitment, the ciphertext, the tag.
        for byte in [segments[altered].from + 5 + 30, segments[altered].from + 5 + 57, segments[altered].to - 1] {
            let mut file = file.clone();
            file[byte] ^= 1;
            let fresh = || FinishedClip::open(Cursor::new(&file)).unwrap();
            let (mut clip, secret) = (fresh(), fresh().unlock(&key).unwrap());
            let alone = fresh().segment(&secret, altered as u32).unwrap_err().to_string();
            let mut opened = Vec::new();
            let error = clip.open_all(&secret, &mut opened, |_| {}).unwrap_err();
            assert!(matches!(error, OpenAllError::Clip(_)) && error.to_string() == alone, "{error}");
            assert!((0..altered as u64).flat_map(|index| content(index, 100)).eq(opened));
        }
    }
}

/// A sink that takes so many bytes.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.0);
        self.0 -= taken;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_sink_or_a_source_that_fails_ends_it() {
    let key = owner(1, KemAlgorithm::X25519);
    let file = content(3, 200_000);
    let cut = |recording: &mut dyn Read, sink: Full| {
        let mut camera = clips::camera_into(1, Suite::Aes256Gcm, &[key.public_key()], sink);
        let cutter = Cutter::by_size(recording, Bytes(1000)).unwrap();
        camera.seal(cutter, told(), |_| {}, &mut Pinned(1)).map(drop)
    };
    assert!(matches!(cut(&mut &file[..], Full(90_000)), Err(SealVideoError::Seal(SealError::Write(_)))));
    let mut failing = file[..90_500].chain(Failing);
    assert!(matches!(cut(&mut failing, Full(1 << 20)), Err(SealVideoError::Cut(_))));

    let clip = seal(
        &mut clips::camera(1, Suite::Aes256Gcm, &[key.public_key()]),
        Cadence::AtEnd,
        &[Media(1000); 100],
        &mut Pinned(1),
    );
    let mut clip = FinishedClip::open(Cursor::new(clip)).unwrap();
    let secret = clip.unlock(&key).unwrap();
    assert!(matches!(clip.open_all(&secret, &mut Full(50_500), |_| {}), Err(OpenAllError::Write(_))));
    clip.open_all(&secret, &mut Full(100_000), |_| {}).unwrap();
}

struct Failing;

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

#[test]
fn an_excerpt_opens_to_the_same_bytes_as_its_segments_unless_it_is_altered_meanwhile() {
    let mut world = World::new();
    let clip = world.clip_from(world.now.before(Millis::MINUTE.times(40)), &[3000; 20]);
    let request = world.request();
    let granted = world.grant_range(&request, &clip, 2, 20, 7);
    let release = world.release(&granted);
    let answers = world.answers(&granted, release, &[0, 1]);
    let mut segments = world.open(&granted, answers).unwrap().excerpt;
    let (mut expected, mut content) = (Vec::new(), Vec::new());
    while let Some(header) = segments.next_segment_into(&mut content).unwrap() {
        assert_eq!(header.length as usize, content.len());
        expected.extend_from_slice(&content);
    }
    assert_eq!(expected.len(), 16 + 18 * 3000);

    let mut whole = world.open(&granted, Vec::new()).unwrap().excerpt;
    let (mut opened, mut told) = (Vec::new(), 0);
    whole.open_all(&mut opened, |bytes| told = bytes).unwrap();
    assert!(opened == expected && told == expected.len() as u64);

    let mut altered = granted.excerpt.clone();
    let place = altered.len() - 4 * 3000;
    altered[place] ^= 1;
    let object = format!("excerpts/{}/00000000", granted.id()).parse().unwrap();
    world.objects[0].put(&object, &altered).unwrap();
    let error = world.open(&granted, Vec::new()).unwrap_err();
    assert!(matches!(error, AgencyError::Excerpt(_)), "{error}");
}

/// One thread that takes, works and puts: nothing waits for another.
#[cfg(feature = "parallel")]
#[test]
fn a_pool_of_one_thread_is_enough() {
    let key = owner(1, KemAlgorithm::X25519);
    let file = content(3, 100_000);
    let (sealed, opened) = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap().install(|| {
        let cutter = Cutter::by_size(Cursor::new(&file), Bytes(1000)).unwrap();
        let mut camera = camera(1, Suite::Aes256Gcm, &[key.public_key()]);
        let sealed = clips::bytes(camera.seal(cutter, told(), |_| {}, &mut Pinned(1)).unwrap());
        let mut clip = FinishedClip::open(Cursor::new(&sealed)).unwrap();
        let (secret, mut opened) = (clip.unlock(&key).unwrap(), Vec::new());
        clip.open_all(&secret, &mut opened, |_| {}).unwrap();
        (sealed.len(), opened)
    });
    assert!(sealed > file.len() && opened == file);
}

#[test]
fn another_clips_secret_opens_nothing() {
    let (one, other) = (owner(1, KemAlgorithm::X25519), owner(2, KemAlgorithm::X25519));
    let clip = |seed, key: &footage::crypto::KemPrivateKey| {
        let pieces = [Media(10); 3];
        let clip =
            seal(&mut camera(seed, Suite::Aes256Gcm, &[key.public_key()]), Cadence::AtEnd, &pieces, &mut Pinned(seed));
        FinishedClip::open(Cursor::new(clip)).unwrap()
    };
    let secret = clip(1, &one).unlock(&one).unwrap();
    let mut opened = Vec::new();
    let error = clip(2, &other).open_all(&secret, &mut opened, |_| {}).unwrap_err();
    assert!(matches!(error, OpenAllError::Clip(ClipError::WrongKey)) && opened.is_empty(), "{error}");
}

#[test]
fn statements_are_read_on_all_cores_as_one_by_one() {
    let keys = [1, 2, 3].map(|seed| SigningKey::generate(&mut Pinned(seed)).unwrap());
    let custodian = CustodianId::new("alpha").unwrap();
    let statements = (0..1000_usize).map(|at| {
        let mut nonce = [0; 32];
        nonce[..8].copy_from_slice(&(at as u64).to_be_bytes());
        let start = CustodianStart { custodian: custodian.clone(), nonce: Nonce::from_bytes(nonce) };
        let mut bytes = Verified::sign(start, &keys[at % 3]).to_bytes();
        // Here a signature that is not valid, there a key that is none, and there no statement at all.
        let key = bytes.windows(3).position(|head| head == [0x04, 0x58, 0x20]).unwrap() + 3;
        match at % 17 {
            3 => *bytes.last_mut().unwrap() ^= 1,
            7 => bytes[key..key + 32].fill(0),
            11 => bytes.truncate(at % bytes.len()),
            _ => {}
        }
        bytes
    });
    let statements: Vec<_> = statements.collect();
    for count in [0, 1, 63, 64, 65, 128, 129, 1000] {
        let statements = &statements[..count];
        let read = |bytes: &Vec<u8>| Signed::<CustodianStart>::from_bytes(bytes);
        let one_by_one: Vec<_> = statements.iter().map(|bytes| read(bytes).and_then(Signed::verify)).collect();
        assert_eq!(read_all(statements), one_by_one);
        let signed: Vec<_> = statements.iter().filter_map(|bytes| read(bytes).ok()).collect();
        let one_by_one: Vec<_> = signed.iter().cloned().map(Signed::verify).collect();
        assert_eq!(verify_all(signed), one_by_one);
    }
    let refused = |error| statements.iter().filter(|bytes| read_all::<CustodianStart, _>(&[bytes])[0] == error).count();
    assert_eq!(refused(Err(StatementError::Signature)), 59);
}
