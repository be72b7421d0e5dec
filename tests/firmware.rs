//! Clips of a camera that was built without `std`: the C program of `tests/firmware`, which `.ci/run` builds, seals them
//! through the C interface, with its own allocator and its own random source.
#![allow(missing_docs, clippy::unwrap_used)]

#[path = "common/clips.rs"]
mod clips;
mod common;

use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::process::Command;

use footage::clip::FinishedClip;
use footage::crypto::{KemAlgorithm, KemPrivateKey, Suite};
use footage::record::{Ending, Millis};

use common::Pinned;

const SEGMENTS: u32 = 300;
const LENGTH: usize = 256 << 10;

/// What the firmware wrote, and the most heap that it took. `FOOTAGE_TEST_FIRMWARE` is the program.
fn firmware(task: &str, owner: &KemPrivateKey) -> Option<(Vec<u8>, usize)> {
    let Ok(program) = std::env::var("FOOTAGE_TEST_FIRMWARE") else {
        println!("NOT TESTED: there is no firmware, FOOTAGE_TEST_FIRMWARE is not set");
        return None;
    };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("firmware-{task}"));
    fs::create_dir_all(&folder).unwrap();
    let (certificate, key, device) = clips::keys(7);
    let public = owner.public_key();
    let owner = [&public.algorithm().id().to_be_bytes(), public.as_bytes()].concat();
    for (file, bytes) in [
        ("certificate", certificate.to_bytes().as_slice()),
        ("key", key.to_secret().expose()),
        ("device", device.expose()),
        ("owner", &owner),
    ] {
        fs::write(folder.join(file), bytes).unwrap();
    }
    let arguments = [task, &SEGMENTS.to_string(), &LENGTH.to_string()];
    let output = Command::new(program).args(arguments).current_dir(folder).output().unwrap();
    let heap = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{heap}");
    Some((output.stdout, heap.trim().parse().unwrap()))
}

fn opens(file: Vec<u8>, owner: &KemPrivateKey, ending: Ending) {
    let mut clip = FinishedClip::open(Cursor::new(file)).unwrap();
    assert_eq!((clip.count(), clip.suite(), clip.ending()), (SEGMENTS, Suite::ChaCha20Poly1305, ending));
    let secret = clip.unlock(owner).unwrap();
    for second in 0..SEGMENTS {
        let (header, content) = clip.segment(&secret, second).unwrap();
        assert_eq!(header.open.start, Millis::SECOND.times(second.into()));
        assert_eq!(*content, vec![second as u8; LENGTH]);
    }
}

#[test]
fn what_a_firmware_seals_opens() {
    let owner = KemPrivateKey::generate(KemAlgorithm::XWing, &mut Pinned(1)).unwrap();
    let Some((file, heap)) = firmware("record", &owner) else { return };
    opens(file, &owner, Ending::Finished);
    println!("{heap} bytes of heap");
    assert!(heap < 2 * LENGTH + (64 << 10), "{heap} bytes");
}

#[test]
fn what_a_firmware_recovers_opens() {
    let owner = KemPrivateKey::generate(KemAlgorithm::XWing, &mut Pinned(1)).unwrap();
    let Some((file, _)) = firmware("recover", &owner) else { return };
    opens(file, &owner, Ending::Recovered);
}
