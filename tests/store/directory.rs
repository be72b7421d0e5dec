//! Directories as they are met: permissions, locks, foreign and damaged files, a volume that is not mounted.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

use footage::store::{DirectoryStore, ErasureMethod, LocalDirectory, SecretState, Store, StoreError, limits};

use crate::contents::key;

/// A path in the temporary folder, removed at the end.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("footage-store-{}-{number}-{name}", std::process::id()));
        drop(fs::remove_dir_all(&path));
        Self(path)
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort_unstable();
        names
    }

    fn holds(&self, bytes: &[u8]) -> bool {
        let mut files = self.names().into_iter().map(|name| fs::read(self.0.join(name)).unwrap());
        files.any(|file| file.windows(bytes.len()).any(|window| window == bytes))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

const SECRET: &[u8] = b"a secret of more than a few bytes";

#[test]
fn an_erased_secret_is_in_no_file() {
    let folder = Folder::new("erased");
    let mut store = DirectoryStore::begin(&folder.0).unwrap();
    store.put_secret(&key("s"), SECRET).unwrap();
    // A second name of the same file shows what becomes of its bytes.
    fs::hard_link(folder.0.join("secret.s"), folder.0.join("witness")).unwrap();
    assert!(folder.holds(SECRET));
    let erased = store.erase(&key("s")).unwrap();
    assert_eq!((erased.method, erased.nothing_left), (ErasureMethod::OverwrittenFile, true));
    assert!(!folder.holds(SECRET));
    assert_eq!(folder.names(), [LocalDirectory::LOCK, "store", "witness"]);
    assert!(fs::read(folder.0.join("witness")).unwrap().iter().all(|byte| *byte == 0));
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_a_store() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = Folder::new("permissions");
    fs::create_dir(&folder.0).unwrap();
    fs::set_permissions(&folder.0, fs::Permissions::from_mode(0o755)).unwrap();
    let mut store = DirectoryStore::begin(&folder.0).unwrap();
    store.put_fact(&key("f"), b"fact").unwrap();
    store.put_secret(&key("s"), SECRET).unwrap();
    let mode = |path: &PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder.0), 0o700);
    for name in folder.names() {
        assert_eq!(mode(&folder.0.join(&name)), 0o600, "{name}");
    }
}

#[test]
fn one_process_at_a_time_has_a_store_open() {
    let folder = Folder::new("processes");
    let store = DirectoryStore::begin(&folder.0).unwrap();
    assert!(matches!(DirectoryStore::open(&folder.0), Err(StoreError::InUse)));
    assert!(matches!(DirectoryStore::begin(&folder.0), Err(StoreError::InUse)));
    let child = |expected: &str| {
        let tests = std::env::current_exe().unwrap();
        let mut command = Command::new(tests);
        command.args(["--exact", "directory::another_process", "--nocapture"]);
        command.env("FOOTAGE_STORE", &folder.0);
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.contains(expected), "{said}");
    };
    child("the other process: in use");
    drop(store);
    child("the other process: open");
    assert!(matches!(DirectoryStore::begin(&folder.0), Err(StoreError::Exists)));
}

/// What the child of the test above does.
#[test]
fn another_process() {
    let Some(path) = std::env::var_os("FOOTAGE_STORE") else { return };
    match DirectoryStore::open(PathBuf::from(path)) {
        Ok(_) => println!("the other process: open"),
        Err(StoreError::InUse) => println!("the other process: in use"),
        Err(error) => println!("the other process: {error:?}"),
    }
}

#[test]
fn a_volume_that_is_not_mounted_is_never_a_new_store() {
    let folder = Folder::new("volume");
    assert!(matches!(DirectoryStore::open(&folder.0), Err(StoreError::Missing)));
    assert!(!folder.0.exists());
    fs::create_dir(&folder.0).unwrap();
    assert!(matches!(DirectoryStore::open(&folder.0), Err(StoreError::Missing)));
    assert_eq!(folder.names(), [""; 0]);
}

#[test]
fn files_of_a_store_without_its_marker_are_damaged() {
    let folder = Folder::new("marker");
    let mut store = DirectoryStore::begin(&folder.0).unwrap();
    store.put_secret(&key("s"), SECRET).unwrap();
    drop(store);
    let marker = folder.0.join("store");
    fs::remove_file(&marker).unwrap();
    assert!(matches!(DirectoryStore::open(&folder.0), Err(StoreError::Damaged(_))));
    assert!(matches!(DirectoryStore::begin(&folder.0), Err(StoreError::Damaged(_))));
    fs::write(&marker, "footage store 2\n").unwrap();
    assert!(matches!(DirectoryStore::open(&folder.0), Err(StoreError::Damaged(_))));
    fs::write(&marker, "footage store 1\n").unwrap();
    DirectoryStore::open(&folder.0).unwrap();
}

#[test]
fn a_damaged_value_is_an_error_and_keeps_nobody_from_the_others() {
    let folder = Folder::new("damaged");
    let mut store = DirectoryStore::begin(&folder.0).unwrap();
    for name in ["a", "b"] {
        store.put_fact(&key(name), b"fact").unwrap();
        store.put_secret(&key(name), SECRET).unwrap();
    }
    for file in ["fact.a", "secret.a"] {
        let path = folder.0.join(file);
        let good = fs::read(&path).unwrap();
        let mut bad: Vec<Vec<u8>> = (0..good.len())
            .flat_map(|at| {
                let mut flipped = good.clone();
                flipped[at] ^= 1;
                [flipped, good[..at].to_vec()]
            })
            .collect();
        bad.push([&good[..], &[0]].concat());
        bad.push(vec![0; limits::FACT_BYTES * 2]);
        bad.push(fs::read(folder.0.join(if file == "fact.a" { "fact.b" } else { "secret.b" })).unwrap());
        bad.push(fs::read(folder.0.join(if file == "fact.a" { "secret.b" } else { "fact.b" })).unwrap());
        for bytes in bad {
            fs::write(&path, bytes).unwrap();
            let damaged = if file == "fact.a" {
                store.fact(&key("a")).map(drop).unwrap_err()
            } else {
                store.secret(&key("a")).map(drop).unwrap_err()
            };
            assert!(matches!(damaged, StoreError::Damaged(ref name) if name == file), "{damaged:?}");
        }
    }
    assert_eq!(store.fact(&key("b")).unwrap().unwrap(), b"fact");
    assert_eq!(**store.secret(&key("b")).unwrap().unwrap(), *SECRET);
    // What is damaged is still listed, and can be replaced and erased.
    assert_eq!(store.secrets().unwrap().len(), 2);
    store.put_fact(&key("a"), b"again").unwrap();
    assert!(store.erase(&key("a")).unwrap().nothing_left);
    assert_eq!(store.secrets().unwrap(), [(key("b"), SecretState::Whole)]);
}

#[cfg(unix)]
#[test]
fn foreign_files_are_left_alone_and_links_are_damaged() {
    let (folder, outside) = (Folder::new("foreign"), Folder::new("outside"));
    drop(DirectoryStore::begin(&folder.0).unwrap());
    fs::write(&outside.0, "not of the store").unwrap();
    for foreign in ["README", "fact.", "fact.Upper", "secrets.a", "new-fact"] {
        fs::write(folder.0.join(foreign), "foreign").unwrap();
    }
    std::os::unix::fs::symlink(&outside.0, folder.0.join("secret.link")).unwrap();
    std::os::unix::fs::symlink(&outside.0, folder.0.join("erasing.half")).unwrap();
    fs::create_dir(folder.0.join("fact.folder")).unwrap();
    let mut store = DirectoryStore::open(&folder.0).unwrap();
    assert!(matches!(store.fact(&key("folder")), Err(StoreError::Damaged(_))));
    assert!(matches!(store.secret(&key("link")), Err(StoreError::Damaged(_))));
    assert!(matches!(store.erase(&key("link")), Err(StoreError::Damaged(_))));
    assert!(matches!(store.erase(&key("half")), Err(StoreError::Damaged(_))));
    let half = SecretState::HalfErased;
    assert_eq!(store.secrets().unwrap(), [(key("half"), half), (key("link"), half)]);
    assert_eq!(fs::read_to_string(&outside.0).unwrap(), "not of the store");
    assert_eq!(fs::read_to_string(folder.0.join("README")).unwrap(), "foreign");
    store.put_fact(&key("f"), b"fact").unwrap();
    fs::remove_file(&outside.0).unwrap();
}

#[test]
fn nothing_is_told_of_what_a_store_holds() {
    let folder = Folder::new("debug");
    let mut store = DirectoryStore::begin(&folder.0).unwrap();
    let mut memory = footage::store::MemoryStore::new();
    store.put_secret(&key("s"), SECRET).unwrap();
    memory.put_secret(&key("s"), SECRET).unwrap();
    for text in [format!("{store:?}"), format!("{memory:?}")] {
        assert!(!text.contains("97, 32") && !text.contains("a secret"), "{text}");
    }
}
