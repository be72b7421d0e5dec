//! Randomness is hedged: whatever is made is made from fresh randomness, a long-term secret, and what it is. This lists every
//! place in the sources that draws without that, and why.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

/// What draws.
const DRAWS: [&str; 4] = ["::random(", "::generate(", "random.fill(", "OsRandom.fill("];

/// Files that draw without a hedge, how often, and why they may.
const REASONS: [(&str, usize, &str); 10] = [
    ("crypto/hedge.rs", 1, "the fresh half of the hedge itself"),
    (
        "crypto/kem.rs",
        2,
        "the seam: a new key of somebody who has no secret yet; what an encapsulation takes, hedged by the caller",
    ),
    ("crypto/secret.rs", 1, "the seam: whoever calls it is listed here"),
    ("crypto/sign.rs", 1, "a signing key: the first secret of a role, drawn before it has another"),
    ("record/bytes.rs", 2, "the seam: nonces and ids, hedged by the caller"),
    ("ffi/key.rs", 2, "first keys of a device, which has no secret yet"),
    ("agency/opening.rs", 1, "the first secret of a ratchet, which nothing that is kept may give again"),
    ("resident/household/recovery_seed.rs", 1, "the seam: a household hedges it; by itself it has no device"),
    ("resident/household/device_keys.rs", 1, "the first keys of a device, and the secret that hedges from then on"),
    ("logkeeper/store.rs", 1, "a name for a temporary probe, which is no secret"),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_place_that_draws_is_hedged_or_has_a_reason() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut found = Vec::new();
    for path in files {
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
        // What pins randomness makes nothing that is used.
        if name.starts_with("vectors/")
            || name.starts_with("crypto/vectors/")
            || ["attacks.rs", "forged.rs", "sample.rs", "tests.rs"].iter().any(|end| name.ends_with(end))
        {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        // Not the seam's own heads, and not what goes through a hedge in the same line.
        let lines = lines.filter(|line| !line.contains("fn ") && !line.contains("hedged"));
        let draws = lines.filter(|line| DRAWS.iter().any(|draw| line.contains(draw))).count();
        if draws > 0 {
            found.push((name, draws));
        }
    }
    found.sort();
    let mut expected = REASONS.map(|(name, draws, _)| (name.to_owned(), draws)).to_vec();
    expected.sort();
    assert_eq!(found, expected, "hedge it, or say here why it need not be");
}
