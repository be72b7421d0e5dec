//! `include/footage.h` is what `src/ffi` says, and every item of it is documented.
//!
//! `FOOTAGE_WRITE_HEADER=1 cargo test --test c header` writes it anew.
#![allow(missing_docs, clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The sources, in the order in which `mod.rs` gives what they hold to the world.
fn sources() -> Vec<PathBuf> {
    let folder = root().join("src/ffi");
    let index = fs::read_to_string(folder.join("mod.rs")).unwrap();
    let files = index.lines().filter_map(|line| line.strip_prefix("pub use ")?.strip_suffix("::*;"));
    files.map(|file| folder.join(format!("{file}.rs"))).collect()
}

fn generated() -> String {
    let config = cbindgen::Config::from_file(root().join("include/cbindgen.toml")).unwrap();
    let builder = sources().iter().fold(cbindgen::Builder::new().with_config(config), cbindgen::Builder::with_src);
    let mut header = Vec::new();
    builder.generate().unwrap().write(&mut header);
    String::from_utf8(header).unwrap()
}

#[test]
fn the_header_is_what_the_source_says() {
    let (path, fresh) = (root().join("include/footage.h"), generated());
    if std::env::var_os("FOOTAGE_WRITE_HEADER").is_some() {
        fs::write(path, fresh).unwrap();
    } else {
        let kept = fs::read_to_string(path).unwrap();
        assert!(kept == fresh, "footage.h differs from the source: FOOTAGE_WRITE_HEADER=1 cargo test --test c header");
    }
}

#[test]
fn every_item_is_documented() {
    let header = generated();
    let lines: Vec<_> = header.lines().collect();
    let begins = |line: &str| {
        let item = ["#define ", "typedef ", "footage_", "uint", "const char", "void ", "extern "]
            .iter()
            .any(|word| line.starts_with(word));
        item && !["#define FOOTAGE_H", "extern \"C\" {"].contains(&line)
    };
    let undocumented = lines.windows(2).filter(|pair| begins(pair[1]) && pair[0] != " */").map(|pair| pair[1]);
    assert_eq!(undocumented.collect::<Vec<_>>(), [""; 0]);
    assert!(lines.iter().filter(|line| begins(line)).count() > 20);
}
