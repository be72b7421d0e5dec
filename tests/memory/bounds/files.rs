//! Clips, excerpts and recordings.

use std::io::Cursor;

use footage::agency::Excerpt;
use footage::camera::{Cadence, Camera, MemoryFiles};
use footage::clip::FinishedClip;
use footage::crypto::{KemAlgorithm, KemPrivateKey, Suite};
use footage::custodian::MemoryKeyStore;
use footage::record::{Head, Signed, Verified};
use footage::store::MemoryStore;

use footage_support::evidence::{Opened, verify};

use super::clips::Piece::{Init, Media};
use super::clips::{self, camera, owner, seal, unfinished};
use super::common::{Pinned, World, list_of, put_together, read_excerpt, take_apart};
use super::lock::{self, Drawn, regranted};
use super::{Form, Row};

fn key() -> KemPrivateKey {
    owner(1, KemAlgorithm::X25519)
}

#[test]
fn clips_read_through_index_and_footer() {
    let pieces = [Init(20), Media(100), Media(0), Media(60)];
    for cadence in [Cadence::AtEnd, Cadence::EveryGroup] {
        let clip = seal(&mut camera(1, Suite::Aes256Gcm, &[key().public_key()]), cadence, &pieces, &mut Pinned(1));
        let parse = |bytes: &[u8]| clips::read(bytes, &key()).map(drop);
        Row::new(format!("clip, {cadence:?}"), Form::Frames, clip.as_slice(), parse).check();
        // From the beginning, as one that has no footer.
        let parse = |bytes: &[u8]| clips::read(&[bytes, b"?"].concat(), &key()).map(drop);
        Row::new(format!("clip without a footer, {cadence:?}"), Form::Frames, clip, parse).check();
    }
}

#[test]
fn clips_that_are_recovered() {
    let (pieces, owners) = ([Init(20), Media(100), Media(60)], [key().public_key()]);
    let clip = unfinished(&mut camera(1, Suite::Aes256Gcm, &owners), Cadence::EveryGroup, &pieces, &mut Pinned(1));
    let parse = |bytes: &[u8]| clips::recover_first(1, Suite::Aes256Gcm, 1, bytes).map(drop);
    Row::new("unfinished clip", Form::Frames, clip, parse).check();
}

/// Kin of T37: a million heads in the file of an open clip, of which none is the camera's, cost its opening no memory.
#[test]
fn t37_heads_behind_an_open_clip_cost_no_memory() {
    let (files, mut store) = (MemoryFiles::new(), MemoryStore::new());
    let (device, owners) = (clips::device(1, Suite::Aes256Gcm), list_of(&[key().public_key()]));
    let mut camera = Camera::begin(device, owners, &mut store, files.clone()).unwrap();
    let pieces = [Media(100), Media(60)];
    let recording = clips::record(&mut camera, Cadence::EveryGroup, &pieces, &mut Pinned(1));
    let clip = recording.clip();
    drop((recording, camera));
    let mut file = files.bytes(clip).unwrap();
    file.extend(b"D\0\0\0\0".repeat(1_000_000));
    files.put(clip, file);
    let device = clips::device(1, Suite::Aes256Gcm);
    let (opened, needed) = super::peak(|| Camera::open(device, &mut store, files).map(drop));
    opened.unwrap();
    assert!(needed < super::MIB, "{needed} bytes");
}

/// What a camera's key can sign of a clip of one segment.
#[test]
fn manifests_of_segments_that_are_not_there() {
    let clip =
        seal(&mut camera(1, Suite::Aes256Gcm, &[key().public_key()]), Cadence::AtEnd, &[Media(9)], &mut Pinned(1));
    let (magic, frames) = take_apart(&clip);
    for count in [2, 1 << 24, (1 << 24) + 1, u32::MAX] {
        let mut frames = frames.clone();
        let (_, head) = frames.iter_mut().find(|(kind, _)| *kind == b'D').unwrap();
        let signed = Signed::<Head>::from_bytes(head).unwrap();
        let claimed = Head { count, ..signed.statement().clone() };
        *head = Verified::sign(claimed, &clips::keys(1).1).to_bytes();
        let bytes = put_together(&magic, &frames);
        let (read, needed) = super::peak(|| {
            let mut clip = FinishedClip::open(Cursor::new(&bytes))?;
            let secret = clip.unlock(&key())?;
            clip.select_segments(0, count).map(drop)?;
            clip.segment(&secret, count - 1).map(drop)
        });
        let error = read.unwrap_err().to_string();
        assert!(needed < super::MIB && error.len() > 10, "{needed} bytes, {error}");
    }
}

#[test]
fn excerpts() {
    let mut world = World::with(KemAlgorithm::X25519, &mut MemoryKeyStore::default);
    let (clip, request) = (world.clip(), world.request());
    let granted = world.grant(&request, &clip);
    let parse = |bytes: &[u8]| Excerpt::open(Cursor::new(bytes)).map(drop);
    Row::new("excerpt", Form::Frames, granted.excerpt, parse).check();
}

#[test]
fn evidence() {
    let mut town = Opened::new(KemAlgorithm::X25519, 1, [&[30, 1, 0, 70, 51, 40], &[9, 80, 7]]);
    let file = town.evidence(0, &[0], true);
    let parse = |bytes: &[u8]| verify(bytes, &town.world.trust).map(drop);
    Row::new("evidence", Form::Frames, file, parse).check();
}

/// Neither who writes evidence nor who verifies it holds more of the footage than a segment and what the agency's copy is read
/// in.
#[test]
fn evidence_is_written_and_verified_segment_by_segment() {
    const SEGMENT: usize = 3 << 20;
    let mut town =
        Opened::new(KemAlgorithm::X25519, 1, [&[9, SEGMENT, SEGMENT, 7, SEGMENT, 1], &[1, SEGMENT, SEGMENT]]);
    let (file, needed) = super::peak(|| town.evidence(0, &[0, 1], false));
    assert!(file.len() > 5 * SEGMENT, "{}", file.len());
    // The file itself grows in memory here, and doubles at most.
    assert!(needed < 2 * file.capacity() + 5 * SEGMENT, "{needed} bytes for {}", file.len());
    let (verified, needed) = super::peak(|| verify(&file, &town.world.trust).map(drop).is_ok());
    assert!(verified && needed < 3 * SEGMENT, "{needed} bytes for {}", file.len());
}

/// Who makes the grant writes what they want into its parts, and seals and signs it well.
#[test]
fn parts() {
    let mut world = World::with(KemAlgorithm::X25519, &mut MemoryKeyStore::default);
    let (clip, request) = (world.clip(), world.request());
    let seed = world.random.0;
    let granted = world.grant(&request, &clip);
    let before = world.vaults[0].backup();
    let terms = granted.excerpted.terms.statement().clone();
    // The honest grant, which gives both halves.
    open(&mut world, &granted.excerpt).unwrap();
    let half = |name: &str| world.vaults[0].ever(&format!("{name}.{}", granted.id())).unwrap();
    let halves = [half("agency-half"), half("custodian-half")];
    let own = lock::parts(&granted.excerpt, &granted.excerpted.terms, &halves);
    let expiry = |member: &footage::record::Member| {
        world.ledger.expiry_key(&member.custodian, terms.not_after).unwrap().statement().key.clone()
    };
    let request = granted.request.statement().key.clone();
    let keys: Vec<_> = [request].into_iter().chain(terms.custody.members().iter().map(expiry)).collect();
    let drawn = Drawn::of(seed, &[8; 32], &terms, &keys, &own);
    assert_eq!((drawn.halves, own.len()), (halves, 2));
    let claiming = (0..own.len())
        .flat_map(|place| super::claiming(&own[place], super::MOST).into_iter().map(move |claiming| (place, claiming)));
    // With another salt it is another grant, as good as the first.
    let honest = [0, 1].map(|place| (place, lock::salted(&own[place], &[7; 32])));
    for (at, (place, claiming)) in honest.into_iter().chain(claiming).enumerate() {
        let mut parts = own.clone();
        parts[place] = claiming;
        let honest = at < 2;
        world.set_back(&before);
        let result = open(&mut world, &regranted(&granted.excerpt, &terms, &parts, &drawn, &keys));
        assert_eq!(result.is_ok(), honest, "{at}");
        let text = result.err().unwrap_or_default();
        assert!(honest || text.len() > 10, "{at}: {text}");
    }
}

/// Takes an excerpt in, releases it, has two custodians answer, and opens it, which takes less than 1 MiB.
fn open(world: &mut World, excerpt: &[u8]) -> Result<(), String> {
    let mut excerpt = read_excerpt(excerpt).unwrap();
    let World { agency, policy, ledger, .. } = &mut *world;
    let (taken, needed) = super::peak(|| agency.take_in(&mut excerpt, policy, ledger));
    assert!(needed < super::MIB, "{needed} bytes, {taken:?}");
    let terms = taken.unwrap();
    let World { agency, policy, ledger, now, random, .. } = world;
    let release = agency.release(terms, policy, ledger, *now, random).unwrap();
    world.publish(release);
    let deliveries = world.agency.deliveries(terms).unwrap();
    let notices: Vec<_> = (0..2).map(|n| world.notice(n, &deliveries[n].1).unwrap()).collect();
    let notices: Vec<_> = notices.into_iter().map(|notice| world.append(notice)).collect();
    world.witness();
    for (n, notice) in (0..).zip(notices) {
        let answer = world.answer(n, notice).unwrap();
        assert_eq!(world.agency.take_answer(answer, &world.ledger).unwrap().is_enough(), n == 1);
    }
    let (opened, needed) = super::peak(|| {
        world.agency.open_grant(terms, &world.ledger, world.now).map(drop).map_err(|error| described(&error))
    });
    assert!(needed < super::MIB, "{needed} bytes, {opened:?}");
    opened
}

/// An error with its causes.
fn described(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// A cut of the sample: its codec parameters and its first fragment.
#[cfg(feature = "video")]
#[test]
fn recordings() {
    use footage::media::{Cutter, Layout};

    let sample = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/sample.mp4")).unwrap();
    let size = |at: usize| u32::from_be_bytes(sample[at..at + 4].try_into().unwrap()) as usize;
    let mut content = 0;
    while &sample[content + 4..content + 8] != b"mdat" {
        content += size(content);
    }
    let recording = &sample[..content + size(content)];
    let cut = |bytes: &[u8]| Cutter::new(bytes).try_for_each(|cut| cut.map(drop));
    let open = |bytes: &[u8]| Cutter::open(Cursor::new(bytes)).try_for_each(|cut| cut.map(drop));
    assert_eq!(cut(recording), Ok(()));
    let mut refused = 0;
    // Up to the content, which claims nothing.
    for at in 0..content + 8 {
        for claiming in super::numbers(recording, at) {
            let (result, needed) = super::peak(|| cut(&claiming));
            assert!(needed < super::MIB, "{needed} bytes, {result:?}, byte {at}");
            refused += usize::from(result.is_err());
        }
    }
    assert!(refused > 100, "{refused}");

    // The same as a progressive file.
    let cuts: Vec<_> = Cutter::new(recording).map(Result::unwrap).collect();
    let mut layout = Layout::new(footage::media::Form::FastStart);
    for cut in &cuts {
        layout.add(cut.layer, cut.kind, &cut.bytes).unwrap();
    }
    let mut muxer = layout.begin(Vec::new()).unwrap();
    for cut in &cuts {
        muxer.add(cut.layer, cut.kind, &cut.bytes).unwrap();
    }
    let progressive = muxer.finish().unwrap();
    assert_eq!(open(&progressive), Ok(()));
    let content = progressive.windows(4).position(|name| name == b"mdat").unwrap();
    let mut refused = 0;
    for at in 0..content + 4 {
        for claiming in super::numbers(&progressive, at) {
            let (result, needed) = super::peak(|| open(&claiming));
            assert!(needed < super::MIB, "{needed} bytes, {result:?}, byte {at}");
            refused += usize::from(result.is_err());
        }
    }
    assert!(refused > 100, "{refused}");
}
