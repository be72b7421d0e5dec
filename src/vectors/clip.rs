use serde_json::{Value, json};

use super::film::{Film, scenes};
use super::key_tree::segment_keys;
use super::{check, frame_list, frames};
use crate::cbor::{Decode, Reader, limits};
use crate::clip::{Cadence, HEADER_LEN, Header, SegmentHeader};
use crate::crypto::{BodyDigest, Digest, KemAlgorithm, KemPrivateKey, Label, Suite, Wrapped, open};
use crate::foreign::hex;
use crate::merkle::{Frontier, leaf_hash_of};
use crate::record::{Ending, Head, SegmentKind, Signed};

/// A segment with its keys, from its frame.
fn segment(film: &Film, frame: &[u8], tree: &mut Frontier) -> Value {
    let (bytes, body) = frame.split_first_chunk::<HEADER_LEN>().unwrap();
    let header = SegmentHeader::from_bytes(bytes).unwrap();
    let (seed, key, commitment) = segment_keys(&film.secret.clip, &film.secret.secret, header.index);
    assert_eq!(commitment, header.commitment);
    let suite = film.open().suite();
    let plain = open(suite, &key, bytes, &mut body.to_vec()).unwrap().to_vec();
    assert_eq!(plain, film.scenes[header.index as usize].3);
    let digest = BodyDigest::of(body);
    let leaf = header.leaf(&digest);
    assert_eq!(leaf, leaf_hash_of(&[bytes, digest.as_bytes()]));
    tree.push(leaf);
    json!({
        "index": header.index,
        "kind": match header.kind { SegmentKind::Init => "init", SegmentKind::Media => "media" },
        "start": header.start.0,
        "duration": header.duration.0,
        "length": header.length,
        "init": header.init,
        "seed": hex(seed.expose()),
        "key": hex(key.expose()),
        "commitment": hex(&commitment),
        "content": hex(&plain),
        "header": hex(bytes),
        "body": hex(body),
        "blake3": hex(digest.as_bytes()),
        "leaf": hex(leaf.as_bytes()),
        "root_after": hex(tree.root().as_bytes()),
    })
}

fn head(film: &Film, frame: &[u8], tree: &Frontier) -> Value {
    let clip = film.open();
    let head = Signed::<Head>::from_bytes(frame).unwrap();
    let head = head.verify_by(&clip.certificate().statement().key).unwrap();
    let Head { count, root, end, .. } = head.statement();
    assert_eq!((u64::from(*count), root.as_bytes()), (tree.size(), tree.root().as_bytes()));
    let end = end.map(|end| match end {
        Ending::Finished => "finished",
        Ending::Recovered => "recovered",
    });
    json!({ "count": count, "root": hex(root.as_bytes()), "end": end, "statement": hex(frame) })
}

/// Digests of header and owners, and each owner's wrap opened with the context that is written down for it.
fn beginning(film: &Film, header: &[u8], owners: &[u8], case: &mut Value) {
    let header_digest = Header::from_bytes(header).unwrap().digest();
    let owners_digest = Digest::of(Label::OWNERS, &[owners]);
    assert!(header.ends_with(owners_digest.as_bytes()));
    case["header"] = hex(header).into();
    case["header_digest"] = hex(header_digest.as_bytes()).into();
    case["owners_digest"] = hex(owners_digest.as_bytes()).into();
    let mut wraps = Reader::new(owners);
    wraps.array(limits::OWNERS).unwrap();
    for owner in case["owners"].as_array_mut().unwrap() {
        let field = |name: &str| base16ct::lower::decode_vec(owner[name].as_str().unwrap()).unwrap();
        wraps.array_of(2).unwrap();
        assert_eq!(wraps.bytes_of::<32>().unwrap()[..], field("fingerprint"));
        let wrap = Wrapped::decode(&mut wraps).unwrap();
        let key = KemPrivateKey::from_secret(wrap.algorithm(), super::secret(&field("private")));
        assert_eq!(key.unwrap(&field("info"), &wrap).unwrap(), film.secret.secret);
        owner["wrap"] = hex(wrap.as_bytes()).into();
    }
}

fn case(seed: u64, suite: Suite, cadence: Cadence, owners: &[KemAlgorithm]) -> Value {
    let film = Film::seal(seed, suite, cadence, owners, scenes());
    let mut case = film.given.clone();
    let frames = frames(&film.file);
    let mut tree = Frontier::new();
    let (mut segments, mut heads) = (Vec::new(), Vec::new());
    for frame in &frames {
        match frame.kind {
            'S' => segments.push(segment(&film, &frame.payload, &mut tree)),
            'D' => heads.push(head(&film, &frame.payload, &tree)),
            _ => {}
        }
    }
    assert_eq!(heads.last().unwrap()["end"], "finished");
    beginning(&film, &frames[0].payload, &frames[1].payload, &mut case);
    case["segments"] = segments.into();
    case["heads"] = heads.into();
    case["frames"] = frame_list(&frames).into();
    case["file"] = hex(&film.file).into();
    case
}

#[test]
fn clip() {
    use Cadence::{AtEnd, EverySegment};
    use KemAlgorithm::{X25519, XWing};
    let cases = [
        case(11, Suite::Aes256Gcm, EverySegment, &[XWing, X25519]),
        case(12, Suite::Aes256Gcm, AtEnd, &[X25519]),
        case(13, Suite::ChaCha20Poly1305, EverySegment, &[X25519]),
        case(14, Suite::ChaCha20Poly1305, AtEnd, &[X25519]),
    ];
    check("clip.json", json!({ "cases": cases }));
}
