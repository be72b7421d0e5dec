//! The threat model names tests that are there, for every boundary and every promise.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::mechanisms;

const PAGE: &str = include_str!("../../src/docs/threat-model.md");
const PROMISES: std::ops::RangeInclusive<u32> = 1..=20;
/// What nothing keeps yet; the page says so.
const NOT_KEPT: [u32; 3] = [17, 19, 20];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] });
    files.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

/// The names of the tests in a file: of the function that follows each `#[test]`.
fn tests(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    let mut lines = text.lines().map(str::trim);
    let mut names = Vec::new();
    while lines.any(|line| line == "#[test]") {
        let function = lines.find_map(|line| line.strip_prefix("fn ")).unwrap();
        names.push(function.split('(').next().unwrap().to_owned());
    }
    names
}

fn all_tests() -> BTreeSet<String> {
    ["src", "tests"].iter().flat_map(|folder| sources(&root().join(folder))).flat_map(|path| tests(&path)).collect()
}

/// Whether a name is that of a file of tests, with or without its folder in `tests`, or how the names of tests begin.
fn is_tested(name: &str, all: &BTreeSet<String>) -> bool {
    let begins = all.range(name.to_owned()..).next().is_some_and(|test| test.starts_with(name));
    if name.ends_with('_') {
        return begins;
    }
    let folders = fs::read_dir(root().join("tests")).unwrap().map(|entry| entry.unwrap().path());
    let mut files = folders.chain([root().join("tests")]).map(|folder| folder.join(name).with_extension("rs"));
    files.any(|file| file.is_file() && !tests(&file).is_empty())
}

/// What is set as code.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The rows of the table whose head begins so, each in its cells.
fn table(head: &str) -> Vec<Vec<&'static str>> {
    let rows = PAGE.lines().skip_while(|line| !line.starts_with(head)).take_while(|line| line.starts_with('|')).skip(2);
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

#[test]
fn whatever_test_it_names_is_there() {
    let all = all_tests();
    // An item of the crate has `::`, or is one of its rooms; what has `/` is a path.
    let item = |name: &&str| name.contains("::") || root().join("src").join(name).is_dir();
    for name in code(PAGE).filter(|name| !item(name)) {
        let there = is_tested(name, &all) || name.contains('/') && root().join(name).exists();
        assert!(there, "the threat model names `{name}`, which is neither a file of tests nor how tests begin");
    }
}

#[test]
fn every_boundary_is_attacked() {
    let (rows, all) = (table("| from | to |"), all_tests());
    assert_eq!(rows.len(), 13);
    for row in rows {
        let named: Vec<_> = code(row[5]).collect();
        assert!(!named.is_empty() && named.iter().all(|name| is_tested(name, &all)), "from {} to {}", row[0], row[1]);
    }
}

#[test]
fn every_attacker_of_a_clip_has_tests() {
    let (rows, all) = (table("| attacker | tries |"), all_tests());
    assert_eq!(rows.len(), 9);
    for row in rows {
        let named: Vec<_> = code(row[3]).collect();
        assert!(!named.is_empty() && named.iter().all(|name| is_tested(name, &all)), "{}", row[0]);
    }
}

#[test]
fn every_promise_has_its_attacks() {
    let rows = table("| | promise |");
    assert_eq!(rows.len(), PROMISES.count());
    let attacks = all_tests();
    for (number, row) in PROMISES.zip(rows) {
        assert_eq!(row[0], format!("P{number}"));
        let prefix = format!("p{number}_");
        if NOT_KEPT.contains(&number) {
            assert!(row[3].starts_with("not kept yet: ") && row[4] == "none yet", "{}", row[0]);
        } else {
            assert_eq!(row[4], format!("`{prefix}`"));
            assert!(is_tested(&prefix, &attacks), "nothing attacks {}", row[0]);
        }
    }
    // And no attack is on something that is not promised.
    let numbered = |attack: &String| {
        let number = attack.strip_prefix('p').and_then(|rest| rest.split('_').next()?.parse().ok());
        number.is_some_and(|number: u32| PROMISES.contains(&number) && !NOT_KEPT.contains(&number))
    };
    let attacks: Vec<_> = sources(&root().join("tests/promises")).iter().flat_map(|path| tests(path)).collect();
    assert!(attacks.iter().all(numbered), "{attacks:?}");
}

/// What keeps a promise is listed, with the test that fails without it.
#[test]
fn every_promise_has_its_mechanisms() {
    let listed: BTreeSet<_> = mechanisms::entries().iter().flat_map(|(_, entry)| mechanisms::closes(entry)).collect();
    for number in PROMISES.filter(|number| !NOT_KEPT.contains(number)) {
        assert!(listed.contains(&format!("P{number}")), "no mechanism of P{number} is in tests/mechanisms");
    }
}
