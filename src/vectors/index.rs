use serde_json::{Value, json};

use super::film::{Film, Making, NOON, Scene, VIDEO};
use super::{Frame, at, check, frames};
use crate::crypto::{Suite, sha256};
use crate::foreign::hex;
use crate::record::Window;

const COUNT: u32 = 300;

fn row(level: u8, row: &[u8]) -> Value {
    let number = |at: usize| u64::from_be_bytes(row[at..at + 8].try_into().unwrap());
    if level == 0 {
        json!({ "offset": number(0), "header": hex(&row[8..67]), "blake3": hex(&row[67..]) })
    } else {
        json!({ "offset": number(0), "start": number(8), "root": hex(&row[16..]) })
    }
}

/// A block of the index: its first and its last row.
fn block(frame: &Frame) -> Value {
    let (level, rows) = frame.payload.split_first().unwrap();
    let rows: Vec<_> = rows.chunks(if *level == 0 { 99 } else { 48 }).collect();
    json!({
        "offset": frame.offset,
        "length": frame.payload.len(),
        "level": level,
        "rows": rows.len(),
        "first": row(*level, rows[0]),
        "last": row(*level, rows[rows.len() - 1]),
        "sha256": hex(&sha256(&[&frame.payload])),
    })
}

/// What a window of time selects, found through the index.
fn selection(film: &Film, from: u64, to: u64) -> Value {
    let window = Window::new(at(NOON + from), at(NOON + to)).unwrap();
    let selected = film.open().select(window).unwrap();
    json!({ "after_start": [from, to], "from": selected.range().from(), "to": selected.range().to() })
}

#[test]
fn index() {
    let scene = |index: u64| Scene {
        pictures: vec![(100 * index, 100 * index + 100, vec![index as u8; 2])],
        next: Some(100 * index + 100),
        ..Scene::default()
    };
    let scenes = (0..COUNT).map(|index| scene(index.into())).collect();
    let film = Film::seal(21, Making { suite: Suite::ChaCha20Poly1305, ..VIDEO }, scenes);
    let frames = frames(&film.file);
    let blocks: Vec<_> = frames.iter().filter(|frame| frame.kind == 'I').collect();
    let [.., manifest, footer] = frames.as_slice() else { panic!("no footer") };
    assert_eq!((manifest.kind, footer.kind), ('D', 'F'));
    let mut clip = film.open();
    let last = clip.header_at(COUNT - 1).unwrap();
    assert_eq!((last.open.index, clip.count(), last.init), (COUNT - 1, COUNT, None));

    let mut found = film.given.clone();
    found["segments"] = json!({
        "count": COUNT,
        "kind": "media",
        "layer": 0,
        "group": true,
        "init": null,
        "start": "100 * index",
        "duration": 100,
        "content": "the low byte of the index, twice",
    });
    found["blocks"] = blocks.iter().map(|frame| block(frame)).collect();
    found["top_block"] = hex(&blocks[blocks.len() - 1].payload).into();
    found["manifest"] = json!({ "offset": manifest.offset, "statement": hex(&manifest.payload) });
    found["footer"] = hex(&footer.payload).into();
    let windows = [(0, 100), (50, 350), (25_500, 25_800), (29_850, 60_000)];
    found["selections"] = windows.map(|(from, to)| selection(&film, from, to)).as_slice().into();
    found["file_length"] = film.file.len().into();
    found["file_sha256"] = hex(&sha256(&[&film.file])).into();
    check("index.json", found);
}
