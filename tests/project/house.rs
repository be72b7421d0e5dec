//! The rules of the house: who may know whom among the folders of `src/`, and how tests are kept. It reads the sources,
//! those of `src/` without comments and tests.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The floors from the lowest to the highest. A room uses what lies on a lower floor.
const FLOORS: [&[&str]; 6] = [
    &["crypto", "cbor", "merkle", "io", "docs"],
    &["record", "store"],
    &["media", "tlog", "clip", "grant"],
    &["ledger", "policy"],
    &["camera", "resident", "agency", "custodian", "registrar", "host", "logkeeper", "auditor"],
    &["ffi"],
];

/// What a room uses on its own floor: never both ways, and never a role another role.
const BESIDE: [(&str, &str); 5] =
    [("merkle", "crypto"), ("clip", "media"), ("grant", "media"), ("grant", "clip"), ("policy", "ledger")];

/// What only `crypto` may name.
const CRYPTOGRAPHY: [&str; 13] = [
    "aes_gcm",
    "blake3",
    "chacha20poly1305",
    "ed25519_dalek",
    "getrandom",
    "hkdf",
    "hpke",
    "ml_kem",
    "rand_core",
    "ring",
    "sha2",
    "subtle",
    "x25519_dalek",
];

/// What floors 0 to 3 never touch: clocks, files, sockets, the environment. The directories in `store` touch files.
const OUTSIDE: [&str; 8] =
    ["std::time", "SystemTime", "Instant", "std::fs", "std::net", "std::env", "std::process", "File"];

#[test]
fn rooms_use_only_what_lies_below_them() {
    let mut wrong = Vec::new();
    for source in sources() {
        let room = source.room.as_str();
        for used in source.rooms_used() {
            let lower = floor(&used) < floor(room);
            if !lower && used != room && !BESIDE.contains(&(room, used.as_str())) {
                wrong.push(format!("{}: {room} must not use {used}", source.path.display()));
            }
        }
        // `super` that reaches the crate's root would go round the check.
        if source.names(&"super::".repeat(source.depth)) {
            wrong.push(format!("{}: leaves the room through `super`", source.path.display()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_room_has_its_floor() {
    let library = fs::read_to_string(root().join("lib.rs")).unwrap();
    let rooms = library.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    let mut floors = BTreeMap::new();
    for room in rooms {
        floors.insert(room, floor(room));
    }
    assert!(!floors.is_empty());
    for (room, neighbour) in BESIDE {
        assert_eq!(floor(room), floor(neighbour));
        assert!(!BESIDE.contains(&(neighbour, room)), "{room} and {neighbour} use each other");
    }
}

#[test]
fn only_crypto_names_the_cryptographic_crates() {
    let named = sources().into_iter().filter(|source| source.room != "crypto").flat_map(|source| {
        let named = CRYPTOGRAPHY.into_iter().filter(|name| source.names(&format!("{name}::")));
        named.map(|name| format!("{}: {name}", source.path.display())).collect::<Vec<_>>()
    });
    assert_eq!(named.collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn the_lower_floors_touch_nothing_outside() {
    let low = sources().into_iter().filter(|source| floor(&source.room) <= 3 && !source.is_directory_of_stores());
    let touched = low.flat_map(|source| {
        let touched = OUTSIDE.into_iter().filter(|name| source.names(name));
        touched.map(|name| format!("{}: {name}", source.path.display())).collect::<Vec<_>>()
    });
    assert_eq!(touched.collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn no_room_is_for_odds_and_ends() {
    for source in sources() {
        let stem = source.path.with_extension("");
        let odd = stem.iter().find(|part| ["utils", "util", "common", "helpers", "misc"].iter().any(|odd| part == odd));
        assert!(odd.is_none(), "{}", source.path.display());
    }
}

/// What tests, benchmarks and fuzz targets share is a crate, `tests/support`, and is compiled once.
#[test]
fn no_file_is_compiled_into_several_crates() {
    let path = ["#[", "path"].concat();
    for folder in ["tests", "benches", "fuzz/fuzz_targets"] {
        let (mut files, mut tests) = (BTreeMap::new(), BTreeSet::new());
        read(&home().join(folder), &mut files, &mut tests);
        assert!(!files.is_empty());
        for (file, code) in files {
            assert!(!code.contains(&path), "{}", file.display());
        }
    }
}

/// Each is linked with all that the crate depends on.
#[test]
fn tests_are_few_programs() {
    let entries = fs::read_dir(home().join("tests")).unwrap().map(|entry| entry.unwrap().path());
    let programs: Vec<_> = entries
        .filter(|path| path.join("main.rs").is_file() || path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    assert!((1..=11).contains(&programs.len()), "{programs:?}");
}

/// Files of one folder know each other in one direction only; what crosses folders goes down the floors.
#[test]
fn no_files_use_each_other_in_a_circle() {
    let mut folders: BTreeMap<PathBuf, Vec<Source>> = BTreeMap::new();
    for source in sources() {
        folders.entry(source.path.parent().unwrap().to_owned()).or_default().push(source);
    }
    for (folder, files) in folders {
        let Some(index) = files.iter().find(|file| file.path.ends_with("mod.rs")) else { continue };
        let origins = index.reexports();
        let mut uses: BTreeMap<String, BTreeSet<String>> = files
            .iter()
            .filter(|file| !file.path.ends_with("mod.rs"))
            .map(|file| {
                let names = file.siblings_used().into_iter();
                (file.stem(), names.map(|name| origins.get(&name).cloned().unwrap_or(name)).collect())
            })
            .collect();
        // Whoever uses none of those that are left is in no circle.
        loop {
            let left: BTreeSet<_> = uses.keys().cloned().collect();
            uses.retain(|stem, used| used.iter().any(|name| name != stem && left.contains(name)));
            if uses.len() == left.len() {
                break;
            }
        }
        assert!(uses.is_empty(), "a circle in {}, among or below {:?}", folder.display(), uses.keys());
    }
}

/// One source file's code.
struct Source {
    /// Below `src/`.
    path: PathBuf,
    room: String,
    /// How many modules it lies below the crate's root.
    depth: usize,
    code: String,
}

impl Source {
    /// The rooms that follow `crate::`.
    fn rooms_used(&self) -> BTreeSet<String> {
        let mut used = BTreeSet::new();
        for (at, _) in self.code.match_indices("crate::") {
            let rest = &self.code[at + "crate::".len()..];
            match rest.strip_prefix('{') {
                Some(group) => used.extend(group_heads(group)),
                None => used.extend(Some(word(rest)).filter(|word| !word.is_empty())),
            }
        }
        used
    }

    fn is_directory_of_stores(&self) -> bool {
        self.room == "store" && self.stem().contains("directory")
    }

    fn stem(&self) -> String {
        self.path.file_stem().unwrap().to_str().unwrap().to_owned()
    }

    /// Of a folder's `mod.rs`: which file each name comes from.
    fn reexports(&self) -> BTreeMap<String, String> {
        let mut origins = BTreeMap::new();
        for (at, _) in self.code.match_indices("use ") {
            let rest = &self.code[at + "use ".len()..];
            let stem = word(rest);
            let Some(rest) = rest[stem.len()..].strip_prefix("::") else { continue };
            let names = rest.strip_prefix('{').map_or_else(|| BTreeSet::from([word(rest)]), group_heads);
            origins.extend(names.into_iter().map(|name| (name, stem.clone())));
        }
        origins
    }

    /// The names that follow `super::`.
    fn siblings_used(&self) -> BTreeSet<String> {
        let after = self.code.match_indices("super::").map(|(at, _)| &self.code[at + "super::".len()..]);
        after
            .flat_map(|rest| rest.strip_prefix('{').map_or_else(|| BTreeSet::from([word(rest)]), group_heads))
            .collect()
    }

    /// Whether it has this name, not as a part of a longer one.
    fn names(&self, name: &str) -> bool {
        let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
        self.code.match_indices(name).any(|(at, _)| {
            let before = self.code[..at].chars().next_back();
            let after = self.code[at + name.len()..].chars().next();
            !before.is_some_and(part_of_word) && (name.ends_with(':') || !after.is_some_and(part_of_word))
        })
    }
}

/// The first name of each path in a group, of which `text` is all after its opening brace.
fn group_heads(text: &str) -> BTreeSet<String> {
    let (mut depth, mut heads, mut start) = (0_usize, BTreeSet::new(), 0);
    for (at, c) in text.char_indices() {
        if depth == 0 && matches!(c, ',' | '}') {
            heads.extend(Some(word(text[start..at].trim_start())).filter(|word| !word.is_empty()));
            start = at + 1;
        }
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            _ => {}
        }
    }
    heads
}

fn word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

fn floor(room: &str) -> usize {
    let floor = FLOORS.iter().position(|rooms| rooms.contains(&room));
    floor.unwrap_or_else(|| panic!("`{room}` has no floor: give it one here, and in the design"))
}

fn home() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn root() -> PathBuf {
    home().join("src")
}

/// The code of every file that belongs to a room.
fn sources() -> Vec<Source> {
    let (mut files, mut tests) = (BTreeMap::new(), BTreeSet::new());
    read(&root(), &mut files, &mut tests);
    let code = files.into_iter().filter(|(path, _)| !tests.iter().any(|test| path.starts_with(test)));
    let sources = code.filter_map(|(path, code)| {
        let path = path.strip_prefix(root()).unwrap().to_owned();
        let mut folders: Vec<_> = path.parent()?.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
        let depth = folders.len() + usize::from(!path.ends_with("mod.rs"));
        (!folders.is_empty()).then(|| Source { path, room: folders.swap_remove(0), depth, code })
    });
    let sources: Vec<_> = sources.collect();
    assert!(!sources.is_empty());
    sources
}

/// Reads every file below a folder, and notes the paths of modules that are tests.
fn read(folder: &Path, files: &mut BTreeMap<PathBuf, String>, tests: &mut BTreeSet<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, files, tests);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let parent = if ["mod.rs", "lib.rs"].iter().any(|name| path.ends_with(name)) {
                folder.to_owned()
            } else {
                path.with_extension("")
            };
            files.insert(path, code(&text, &parent, tests));
        }
    }
}

/// A file's text without comments and without its tests, which end it or are files of their own.
fn code(text: &str, parent: &Path, tests: &mut BTreeSet<PathBuf>) -> String {
    let mut code = String::new();
    let mut lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    while let Some(line) = lines.next() {
        if line.trim() != "#[cfg(test)]" {
            code.push_str(line);
            code.push('\n');
            continue;
        }
        let Some(module) = lines.next().and_then(|next| next.trim().strip_prefix("mod ")) else { continue };
        match module.strip_suffix(';') {
            Some(name) => tests.extend([parent.join(name), parent.join(name).with_extension("rs")]),
            None => break,
        }
    }
    code
}
