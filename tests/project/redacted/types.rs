//! Which public types hold a secret, by their source: themselves, or in a field of a field.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// What secrets are held in.
const SECRETS: [&str; 2] = ["Secret", "Zeroizing"];

/// Of the types that are defined in `src`, by folder and name: whether it is public, and the names in its fields.
type Types = BTreeMap<(String, String), (bool, BTreeSet<String>)>;

pub(super) fn holding_secrets() -> Vec<String> {
    let mut types = Types::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut types);
    assert!(types.len() > 100, "{} types", types.len());
    // The key of another crate wipes itself.
    let known = |name: &str| SECRETS.contains(&name) || name == "SigningKey";
    let mut holding: BTreeSet<_> = types.keys().filter(|(_, name)| known(name)).cloned().collect();
    loop {
        let before = holding.len();
        // A name means the type of its own folder, if there is one, and else any.
        let holds = |folder: &str, field: &String| {
            let own = (folder.to_owned(), field.clone());
            let any = || holding.iter().any(|(_, name)| name == field);
            known(field) || if types.contains_key(&own) { holding.contains(&own) } else { any() }
        };
        let more = types.iter().filter(|((folder, _), (_, fields))| fields.iter().any(|field| holds(folder, field)));
        let more: Vec<_> = more.map(|(name, _)| name.clone()).collect();
        holding.extend(more);
        if holding.len() == before {
            break;
        }
    }
    holding.into_iter().filter(|name| types[name].0).map(|(_, name)| name).collect()
}

fn read(folder: &Path, types: &mut Types) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        if path.is_dir() {
            // Tests, and what C sees, which has no `Debug`.
            if !["vectors", "ffi"].contains(&stem) {
                read(&path, types);
            }
        } else if !["sample", "attacks", "tests", "foreign"].contains(&stem) {
            let text = fs::read_to_string(&path).unwrap();
            let code: Vec<_> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            find(&code.join("\n"), folder.to_str().unwrap(), types);
        }
    }
}

/// The structs and enums of a file.
fn find(code: &str, folder: &str, types: &mut Types) {
    let lines: Vec<_> = code.lines().collect();
    for (at, line) in lines.iter().enumerate() {
        let words: Vec<_> = words(line).collect();
        let Some(keyword) = words.iter().position(|word| ["struct", "enum"].contains(word)) else { continue };
        let public = match words.get(..keyword) {
            Some(["pub"]) => !line.contains("pub("),
            Some([] | ["pub", ..]) => false,
            _ => continue,
        };
        let Some(name) = words.get(keyword + 1) else { continue };
        let indent = line.len() - line.trim_start().len();
        // Up to the closing brace, or the end of a tuple.
        let end = if line.trim_end().ends_with(';') || line.trim_end().ends_with('}') {
            at
        } else {
            let closes = |line: &&str| {
                let trimmed = line.trim_start();
                line.len() - trimmed.len() == indent && (trimmed.starts_with('}') || trimmed.starts_with(')'))
            };
            lines[at..].iter().position(closes).map_or(at, |length| at + length)
        };
        let is_enum = words.get(keyword) == Some(&"enum");
        let fields = lines[at..=end].iter().flat_map(|line| {
            // A variant may be called like a type.
            let variant = is_enum && line.len() - line.trim_start().len() == indent + 4;
            self::words(line).skip(usize::from(variant && !line.trim_start().starts_with('}')))
        });
        let fields = fields.filter(|field| field != name).map(ToOwned::to_owned).collect();
        types.insert((folder.to_owned(), (*name).to_owned()), (public, fields));
    }
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}
