//! What the corpora are begun with: the vectors, what the tests' town makes, a small piece of the sample video, and
//! recipes of any bytes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use footage::crypto::Random as _;
use footage::media::{Cutter, Form, Layout};
use footage_support::transport::{PICTURES, SECOND, SOUND, Transport, ac3, mp3};
use serde_json::Value;

use super::common::{Pinned, World, take_apart};
use super::forge::parts;
use super::hostile;
use super::kinds::KINDS;

/// The seeds of each target.
pub(crate) fn seeds() -> BTreeMap<&'static str, Vec<Vec<u8>>> {
    let mut seeds = BTreeMap::new();
    let (statements, grant, clip, log) = (vectors("statements"), vectors("grant"), vectors("clip"), vectors("log"));
    let mut world = World::new();
    let (file, request) = (world.clip_from(world.now.before(footage::record::Millis::HOUR), &[40; 3]), world.request());
    let granted = world.grant_range(&request, &file, 2, 4, 7);

    let kinds = KINDS.len() as u8;
    let (mut cbor, mut record, mut cells) = (Vec::new(), Vec::new(), Vec::new());
    for statement in statements["statements"].as_array().unwrap() {
        let (bytes, json) = (hex(&statement["statement"]), statement["json"].to_string());
        let (name, payload) = parts(&bytes).unwrap();
        let kind = KINDS.iter().position(|kind| *kind == name).unwrap() as u8;
        cbor.push(with(kind, &payload));
        record.push(with(kind, &bytes));
        record.push(with(kinds + kind, json.as_bytes()));
        record.push(with(2 * kinds, &bytes));
        record.extend(texts(&statement["json"]).into_iter().map(|text| with(2 * kinds + 3, text.as_bytes())));
        cells.extend(places(&statement["json"]).into_iter().map(|place| with(0, place.as_bytes())));
    }
    cbor.push(with(kinds, &granted.excerpted.consent.to_bytes()));
    cells.extend(recipes(1..3, 60));
    seeds.extend([("cbor", cbor), ("record", record), ("cells", cells)]);

    let mut lines: Vec<Vec<u8>> = Vec::new();
    let text = |value: &Value| value.as_str().unwrap().as_bytes().to_vec();
    for quorum in log["quorums"].as_array().unwrap() {
        let note = text(&quorum["note"]);
        let hash = "a0c0uhAc9IuKThuL2KMW3NX4MmzxV76idVpj6R0VStA=";
        lines.push(with(0, &note));
        lines.push(with(9, &[&[1], &note[..]].concat()));
        lines.push(with(
            4,
            &[format!("c2sp.org/tlog-proof@v1\nextra AAAA\nindex 3\n{hash}\n\n").as_bytes(), &note].concat(),
        ));
        lines.push(with(6, &[format!("old 3\n{hash}\n\n").as_bytes(), &note].concat()));
    }
    lines.push(with(1, &text(&log["checkpoint"]["text"])));
    lines.push(with(2, &text(&log["log"]["verifier_key"])));
    for line in log["cosignatures"].as_array().unwrap() {
        lines.push(with(3, &text(&line["line"])));
        lines.push(with(7, &text(&line["line"])));
    }
    lines.push(with(5, b"tile/0/x001/234.p/5"));
    lines.push(with(5, b"tile/entries/000"));
    lines.push(with(8, &[0, 0, 2, 7, 7]));
    lines.extend(recipes(9..14, 80));
    seeds.insert("log", lines);

    let mut clips = vec![with(0, &file)];
    for case in clip["cases"].as_array().unwrap() {
        clips.push(with(0, &hex(&case["file"])));
    }
    clips.extend(recipes(1..4, 40));
    seeds.insert("clip", clips);

    let mut excerpts = vec![with(0, &granted.excerpt)];
    let mut keys = Vec::new();
    for case in grant["cases"].as_array().unwrap() {
        excerpts.push(with(0, &hex(&case["excerpt"])));
        keys.push(with(3, &hex(&case["agency_wrap"]["wrap"])));
    }
    excerpts.extend(recipes(1..5, 40));
    seeds.insert("excerpt", excerpts);

    let evidence = vectors("evidence");
    let files = evidence["cases"].as_array().unwrap().iter().map(|case| with(0, &hex(&case["evidence"])));
    seeds.insert("evidence", files.chain(recipes(1..3, 60)).collect());

    keys.push(with(0, world.owner.public_key().as_bytes()));
    keys.push(with(1, &[9; 32]));
    let (key, signature) = (world.maker.verifying_key(), world.maker.sign(b"text"));
    keys.push(with(2, &[&key.as_bytes()[..], signature.as_bytes(), b"text"].concat()));
    let owner = footage::crypto::KemPublicKey::from_bytes(footage::crypto::KemAlgorithm::X25519, &[9; 32]).unwrap();
    keys.push(with(4, &serde_json::to_vec(&owner).unwrap()));
    keys.push(with(4, &serde_json::to_vec(&world.policy).unwrap()));
    keys.push(with(4, &serde_json::to_vec(&world.trust).unwrap()));
    keys.push(with(4, &serde_json::to_vec(&granted.excerpted.consent).unwrap()));
    keys.extend(recipes(5..8, 40));
    seeds.insert("keys", keys);

    let plain = recordings().into_iter().chain(transports().into_iter().map(|transport| with(2, &with(9, &transport))));
    seeds.insert("mp4", plain.collect());
    seeds.insert("state", recipes(0..6, 120));
    // Honest grants of either clip and of both, with the layers of each group, and dishonest ones.
    let layers = |number: u32| (0..4).map(move |group| (number >> (2 * group) & 3) as u8);
    let one = (1..256).step_by(7).map(|number| [(number % 2) as u8].into_iter().chain(layers(number)).collect());
    let both =
        (1..256).step_by(31).map(|number| [2].into_iter().chain(layers(number)).chain(layers(!number)).collect());
    let honest = one.chain(both).map(|recipe: Vec<u8>| [&recipe[..], &[0]].concat());
    seeds.insert("grant", honest.chain(recipes(0..12, 60)).collect());
    seeds.insert("differential", recipes(0..4, 120));
    // Every call, from each place where an app may begin; what a corpus needs of them, `cargo fuzz cmin` says.
    let calls = (0..4).flat_map(|scene| (0..60).map(move |call| [&[scene, 0, call][..], &[0; 14]].concat()));
    seeds.insert("ffi", calls.chain(groups()).chain(recipes(0..4, 300)).collect());
    seeds
}

/// Calls of C that seal groups: one of the app's, one in which two contents overlap, and those of a cutter in clips
/// of their own.
fn groups() -> Vec<Vec<u8>> {
    let call = |name: &str| hostile::ffi::CALLS.iter().position(|call| *call == name).unwrap() as u8;
    let (group, finish) = (call("footage_recording_group"), call("footage_recording_finish"));
    let whole = [1, 0, group, 0, 0, 0, 0, 0, 0, 0x37, 0, 1, 1, 1, 5, 1, 1, 4, 2, 0, finish, 0, 0];
    let overlapping = [1, 0, group, 0, 0, 0, 0, 0, 0, 0x54, 1, 1, 5, 1, 1, 4, 0];
    let start = |content| [1, 0, call("footage_camera_start"), 0, content, 0, 0, 0, 0, 0, 0];
    let cutter = |file| [call("footage_cutter_new"), file, 0, 0];
    let next = [call("footage_cutter_next"), 0, 0, group, 0, 0, 0, 0, 0, 0, 0x80];
    let end = [call("footage_recording_cut_off"), 0, 0];
    let video = [&start(1)[..], &cutter(1), &next, &end].concat();
    let file = [&start(2)[..], &cutter(2), &next, &end].concat();
    vec![whole.to_vec(), overlapping.to_vec(), video, file]
}

/// MP4s: what the sample begins with, small fragments of its two tracks, the same as a progressive file, and a file that is none.
fn recordings() -> Vec<Vec<u8>> {
    let sample = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data/sample.mp4")).unwrap();
    let (mut rest, mut boxes) = (sample.as_slice(), Vec::new());
    while let [a, b, c, d, ..] = *rest {
        let (one, after) = rest.split_at(u32::from_be_bytes([a, b, c, d]) as usize);
        boxes.push(if &one[4..8] == b"mdat" { [&[0, 0, 0, 24][..], &one[4..24]].concat() } else { one.to_vec() });
        rest = after;
    }
    let whole = boxes[..8.min(boxes.len())].concat();
    let mut recordings =
        vec![with(1, &[&[3], &whole[..]].concat()), with(2, &[&[9], &boxes[..4].concat()[..]].concat())];
    recordings.push(with(1, &[&[5], &boxes[0][..], &boxes[2]].concat()));
    recordings.push(with(1, &[&[7], &progressive(&sample)[..]].concat()));
    recordings.push(with(3, &[&[5][..], b"no video"].concat()));
    recordings.push(with(4, &[&[5][..], &[7; 90]].concat()));
    recordings
}

/// Transport streams: H.264 with AAC, the same with lost packets and with time stamps before packets (M2TS), and HEVC with MP3 and
/// with AC-3.
pub(crate) fn transports() -> Vec<Vec<u8>> {
    let mut plain = Transport::both();
    (0..3).for_each(|second| plain.second(second, second * SECOND));
    let lost = plain.packets.iter().enumerate().filter(|(number, _)| number % 7 != 5).flat_map(|(_, packet)| *packet);
    let stamped = plain.packets.iter().flat_map(|packet| [&[0; 4], &packet[..]].concat());
    let mut all = vec![plain.bytes(), lost.collect(), stamped.collect()];
    for (kind, frame) in [(3, mp3()), (0x81, ac3())] {
        let mut transport = Transport::new(&[(0x24, PICTURES), (kind, SOUND)]);
        for at in (0..3).map(|second| second * SECOND) {
            transport.hevc(at);
            transport.pes(SOUND, Some((at, at)), &frame.repeat(4));
        }
        all.push(transport.bytes());
    }
    all
}

/// A progressive MP4 of small samples.
fn progressive(sample: &[u8]) -> Vec<u8> {
    let cuts: Vec<_> = Cutter::new(sample).take(4).map(Result::unwrap).collect();
    let mut layout = Layout::new(Form::FastStart);
    for cut in &cuts {
        layout.add(cut.layer, cut.kind, &cut.bytes).unwrap();
    }
    let mut muxer = layout.begin(Vec::new()).unwrap();
    for cut in &cuts {
        muxer.add(cut.layer, cut.kind, &cut.bytes).unwrap();
    }
    let file = muxer.finish().unwrap();
    file[..file.len().min(6000)].to_vec()
}

fn with(what: u8, bytes: &[u8]) -> Vec<u8> {
    [&[what], bytes].concat()
}

/// Recipes of each of these kinds.
fn recipes(kinds: core::ops::Range<u8>, length: usize) -> Vec<Vec<u8>> {
    let recipe = |(kind, variant): (u8, u8)| {
        let mut bytes = vec![0; length];
        Pinned(u64::from(kind) << 8 | u64::from(variant)).fill(&mut bytes).unwrap();
        with(kind, &bytes)
    };
    kinds.flat_map(|kind| (0..4).map(move |variant| (kind, variant))).map(recipe).collect()
}

fn vectors(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/vectors/{name}.json"));
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn hex(value: &Value) -> Vec<u8> {
    let digits = value.as_str().unwrap();
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

/// Every short text in a value.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) if text.len() < 140 => vec![text.clone()],
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::Object(fields) => fields.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// Every geometry in a value.
fn places(value: &Value) -> Vec<String> {
    match value {
        Value::Object(fields) => {
            let named = ["cells", "jurisdiction"].into_iter().filter_map(|name| fields.get(name)).map(Value::to_string);
            named.chain(fields.values().flat_map(places)).collect()
        }
        _ => Vec::new(),
    }
}

/// The frames of a clip or an excerpt are what it is, so that the corpus may hold whole ones.
#[test]
fn seeds_are_whole() {
    let seeds = seeds();
    assert!(seeds.values().all(|inputs| inputs.len() > 3));
    let (_, frames) = take_apart(&seeds["clip"][0][1..]);
    assert!(frames.len() > 5);
}
