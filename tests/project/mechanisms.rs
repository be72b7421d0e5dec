//! The tables of mechanisms in `tests/mechanisms` fit the sources: the code of each is in its file, and its test is there.
//! `.ci/long mutants` takes each mechanism out and runs its test; `.ci/mechanisms` describes the form.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The values of one `[[mechanism]]` by their keys.
pub(crate) type Entry = BTreeMap<String, String>;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Reads all tables, each entry with its table's name. They are TOML, of which only this much is used.
pub(crate) fn entries() -> Vec<(String, Entry)> {
    let mut tables: Vec<_> =
        fs::read_dir(root().join("tests/mechanisms")).unwrap().map(|entry| entry.unwrap().path()).collect();
    tables.sort();
    let mut entries = Vec::new();
    for path in tables.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "toml")) {
        let area = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        let mut lines = text.lines().enumerate();
        while let Some((number, line)) = lines.next() {
            let place = || format!("{area}.toml, line {}", number + 1);
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            if line.trim() == "[[mechanism]]" {
                entries.push((area.clone(), Entry::new()));
                continue;
            }
            let (key, value) = line.split_once('=').unwrap_or_else(|| panic!("{}: not a key and a value", place()));
            let mut value = value.trim().to_owned();
            while value.matches("'''").count() == 1 {
                let (_, next) = lines.next().unwrap_or_else(|| panic!("{}: a string without an end", place()));
                value = [&value, next].join("\n");
            }
            let value = if let Some((text, _)) = value.strip_prefix("'''").and_then(|rest| rest.split_once("'''")) {
                text.trim().to_owned()
            } else {
                // What is between the first and the last quotation mark: in a list, with what is between its strings.
                let quoted = value.split_once('"').and_then(|(_, rest)| rest.rsplit_once('"'));
                let (text, _) = quoted.unwrap_or_else(|| panic!("{}: neither a string nor a list", place()));
                assert!(!text.contains('\\'), "{}: escapes are not read here", place());
                text.to_owned()
            };
            let (_, entry) = entries.last_mut().unwrap_or_else(|| panic!("{}: before any [[mechanism]]", place()));
            assert!(entry.insert(key.trim().to_owned(), value).is_none(), "{}: the key stands twice", place());
        }
    }
    entries
}

/// What an entry closes.
pub(crate) fn closes(entry: &Entry) -> Vec<String> {
    entry["closes"].split(['"', ',', ' ']).filter(|id| !id.is_empty()).map(str::to_owned).collect()
}

#[test]
fn every_entry_has_what_the_runner_needs() {
    let known = ["name", "closes", "file", "code", "without", "kind", "program", "test"];
    let mut names = BTreeSet::new();
    for (area, entry) in entries() {
        let name = entry.get("name").unwrap_or_else(|| panic!("{area}: an entry without a name"));
        for key in ["closes", "file", "code", "program", "test"] {
            assert!(entry.contains_key(key), "{area}: {name}: no {key}");
        }
        assert!(entry.keys().all(|key| known.contains(&key.as_str())), "{area}: {name}: {:?}", entry.keys());
        assert!(names.insert(name.clone()), "{area}: {name}: the name stands twice");
        let kind = entry.get("kind").map_or("statements", String::as_str);
        assert!(
            kind == "statements" || kind == "expression" && entry.contains_key("without"),
            "{area}: {name}: {kind}"
        );
        let is_id = |id: &String| {
            id.len() > 1 && id.as_bytes()[0].is_ascii_uppercase() && id[1..].chars().all(|c| c.is_ascii_digit())
        };
        assert!(!closes(&entry).is_empty() && closes(&entry).iter().all(is_id), "{area}: {name}: {}", entry["closes"]);
    }
}

#[test]
fn the_code_of_every_mechanism_is_in_its_file_once() {
    let mut wrong = Vec::new();
    for (area, entry) in entries() {
        let text = fs::read_to_string(root().join(&entry["file"])).unwrap_or_default();
        let found = without_indentation(&text).matches(&without_indentation(&entry["code"])).count();
        if !entry["file"].starts_with("src/") || found != 1 {
            wrong.push(format!("{area}: {}: its code stands {found} times in {}", entry["name"], entry["file"]));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn without_indentation(text: &str) -> String {
    text.lines().map(str::trim_start).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_test_of_every_mechanism_is_there() {
    let mut wrong = Vec::new();
    for (area, entry) in entries() {
        let folder = match entry["program"].as_str() {
            "lib" => root().join("src"),
            program => root().join("tests").join(program),
        };
        let (path, function) = entry["test"].rsplit_once("::").unwrap_or(("", &entry["test"]));
        // A module is a file, a folder, or stands in the file of the module around it.
        let mut file = folder.clone();
        for module in path.split("::") {
            let inner = file.join(module);
            if inner.is_dir() || inner.with_extension("rs").is_file() {
                file = inner;
            }
        }
        let files = [file.with_extension("rs"), file.join("mod.rs"), file.join("main.rs")];
        let names = |path: &PathBuf| fs::read_to_string(path).is_ok_and(|text| has_word(&text, function));
        if !files.iter().any(names) {
            wrong.push(format!("{area}: {}: no {} in {}", entry["name"], entry["test"], entry["program"]));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn has_word(text: &str, word: &str) -> bool {
    let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(part_of_word) && !text[at + word.len()..].starts_with(part_of_word))
}
