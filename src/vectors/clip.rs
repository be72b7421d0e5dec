use serde_json::{Value, json};

use super::film::{Film, Making, NOON, VIDEO, pieces, scenes};
use super::key_tree::segment_keys;
use super::{at, check, frame_list, frames};
use crate::clip::{Cadence, HEADER_LEN, Header, OPEN_LEN, Owners, SegmentHeader, StoredSegment};
use crate::crypto::{BodyDigest, Digest, KemAlgorithm, KemPrivateKey, Label, Suite, open};
use crate::foreign::hex;
use crate::merkle::{Frontier, leaf_hash_of};
use crate::record::{Clock, ClockSet, Content, End, Ending, Head, SegmentKind, Signed};

/// A segment with its keys, from its frame.
fn segment(film: &Film, frame: &[u8], tree: &mut Frontier) -> Value {
    let (bytes, body) = frame.split_first_chunk::<HEADER_LEN>().unwrap();
    let header = SegmentHeader::from_bytes(bytes).unwrap();
    let at = header.open;
    let (seed, key, commitment) = segment_keys(film.secret.tree(at.layer), &film.secret.secret, at.index);
    assert_eq!(commitment, header.commitment);
    let suite = film.open().suite();
    let plain = open(suite, &key, bytes, &mut body.to_vec()).unwrap().to_vec();
    assert_eq!(plain, film.contents[at.index as usize]);
    let digest = BodyDigest::of(body);
    let closed = Digest::of(Label::CLOSED, &[&bytes[OPEN_LEN..], digest.as_bytes()]);
    let leaf = StoredSegment { header, digest }.leaf();
    assert_eq!(leaf, leaf_hash_of(&[&bytes[..OPEN_LEN], closed.as_bytes()]));
    tree.push(leaf);
    json!({
        "index": at.index,
        "layer": at.layer as u8,
        "kind": match at.kind { SegmentKind::Init => "init", SegmentKind::Media => "media" },
        "group": at.group,
        "gap": at.gap,
        "start": at.start.0,
        "duration": at.duration.0,
        "length": header.length,
        "init": header.init,
        "seed": hex(seed.expose()),
        "key": hex(key.expose()),
        "commitment": hex(&commitment),
        "content": hex(&plain),
        "header": hex(bytes),
        "body": hex(body),
        "blake3": hex(digest.as_bytes()),
        "closed": hex(closed.as_bytes()),
        "leaf": hex(leaf.as_bytes()),
        "root_after": hex(tree.root().as_bytes()),
    })
}

fn head(film: &Film, frame: &[u8], tree: &Frontier) -> Value {
    let clip = film.open();
    let head = Signed::<Head>::from_bytes(frame).unwrap();
    let head = head.verify_by(clip.certificate().statement().key()).unwrap();
    let Head { count, root, set, end, .. } = head.statement();
    assert_eq!((u64::from(*count), root.as_bytes()), (tree.size(), tree.root().as_bytes()));
    let set = set.map(|ClockSet { wall, earlier }| json!({ "wall": wall.as_millis(), "earlier": earlier }));
    let end = end.map(|End { how, tracks, samples }| {
        let how = match how {
            Ending::Finished => "finished",
            Ending::Recovered => "recovered",
            Ending::CutOff => "cut-off",
        };
        json!({ "how": how, "tracks": tracks, "samples": samples })
    });
    json!({ "count": count, "root": hex(root.as_bytes()), "set": set, "end": end, "statement": hex(frame) })
}

/// Digests of header and owners, and each wrap opened with the context that is written down for it.
fn beginning(film: &Film, header: &[u8], owners: &[u8], case: &mut Value) {
    let header_digest = Header::from_bytes(header).unwrap().digest();
    let owners_digest = Digest::of(Label::OWNERS, &[owners]);
    assert!(header.ends_with(owners_digest.as_bytes()));
    case["header"] = hex(header).into();
    case["header_digest"] = hex(header_digest.as_bytes()).into();
    case["owners_bytes"] = hex(owners).into();
    case["owners_digest"] = hex(owners_digest.as_bytes()).into();
    let owners = Owners::from_bytes(owners).unwrap();
    let wraps = [&owners.household, &owners.recovery];
    for (value, found) in case["owners"].as_array_mut().unwrap().iter_mut().zip(wraps) {
        let field = |name: &str| base16ct::lower::decode_vec(value[name].as_str().unwrap()).unwrap();
        assert_eq!(found.fingerprint.as_bytes()[..], field("fingerprint"));
        let key = KemPrivateKey::from_secret(found.wrap.algorithm(), super::secret(&field("private")));
        assert_eq!(key.unwrap(&field("info"), &found.wrap).unwrap(), film.secret.secret);
        value["wrap"] = hex(found.wrap.as_bytes()).into();
    }
}

fn case(film: &Film) -> Value {
    let mut case = film.given.clone();
    let frames = frames(&film.file);
    let mut tree = Frontier::new();
    let (mut segments, mut heads) = (Vec::new(), Vec::new());
    for frame in &frames {
        match frame.kind {
            'S' => segments.push(segment(film, &frame.payload, &mut tree)),
            'D' => heads.push(head(film, &frame.payload, &tree)),
            _ => {}
        }
    }
    beginning(film, &frames[0].payload, &frames[1].payload, &mut case);
    case["segments"] = segments.into();
    case["heads"] = heads.into();
    case["frames"] = frame_list(&frames).into();
    case["file"] = hex(&film.file).into();
    case
}

#[test]
fn clip() {
    use Cadence::EveryGroup;
    let chacha = Suite::ChaCha20Poly1305;
    let set = |wall, earlier| Some(ClockSet { wall: at(wall), earlier });
    let live = Making { cadence: EveryGroup, ..VIDEO };
    let unset = Making { clock: Clock::NotSet, suite: chacha, ..live };
    let file = Making { content: Content::AnyFile, clock: Clock::Told, suite: chacha, ..VIDEO };
    let silent = || {
        scenes().into_iter().map(|mut scene| {
            (scene.sound, scene.sound_init) = (None, None);
            scene
        })
    };
    let cases = [
        Film::seal(11, Making { kem: KemAlgorithm::XWing, ..live }, scenes()),
        Film::seal(12, VIDEO, silent().collect()),
        Film::seal(13, Making { set: set(NOON, false), ..unset }, scenes()),
        Film::seal(14, Making { set: set(NOON, true), how: Ending::CutOff, ..unset }, scenes()),
        Film::seal(15, unset, scenes()),
        Film::seal(16, Making { clock: Clock::Earlier, ..live }, scenes()),
        Film::seal(17, file, pieces()),
        Film::seal(18, Making { clock: Clock::None, ..file }, pieces()),
        Film::seal(19, live, Vec::new()),
    ];
    check("clip.json", json!({ "cases": cases.each_ref().map(case) }));
}
