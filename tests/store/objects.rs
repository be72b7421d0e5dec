//! Every implementation of objects keeps the same contract, and a log is not opened in one that does not.

use std::fs;
use std::sync::Arc;
use std::thread;

use footage::logkeeper::{LogStore, OpenError};
use footage::store::{DirectoryObjects, MemoryObjects, Object, ObjectPath, Objects, ObjectsError, Version, probe};
use footage_support::durable::{Scratch, Witnesses, create, open, statements, submit};

fn path(text: &str) -> ObjectPath {
    text.parse().unwrap()
}

/// What every implementation keeps.
fn contract(objects: &Arc<dyn Objects>) {
    let (one, two) = (path("a/1"), path("a/b/2"));
    assert!(objects.get(&one).unwrap().is_none() && objects.read_at(&one, 0, &mut [0]).unwrap().is_none());
    assert!(objects.list(None).unwrap().is_empty() && objects.list(Some(&path("a"))).unwrap().is_empty());
    objects.delete(&one).unwrap();
    let first = objects.put_if_absent(&one, b"first").unwrap().unwrap();
    assert!(objects.put_if_absent(&one, b"second").unwrap().is_none());
    assert_eq!(objects.get(&one).unwrap().unwrap(), Object { bytes: b"first".to_vec(), version: first.clone() });
    let second = objects.replace(&one, &first, b"second").unwrap().unwrap();
    assert!(objects.replace(&one, &first, b"third").unwrap().is_none());
    assert_eq!(objects.get(&one).unwrap().unwrap(), Object { bytes: b"second".to_vec(), version: second.clone() });
    for (at, room, bytes) in [(0, 6, "second"), (2, 2, "co"), (4, 95, "nd"), (6, 3, ""), (9, 3, ""), (3, 0, "")] {
        let mut to = vec![0; room];
        let read = objects.read_at(&one, at, &mut to).unwrap().unwrap();
        assert_eq!(&to[..read], bytes.as_bytes());
    }
    objects.put(&two, b"").unwrap();
    objects.put(&one, b"third").unwrap();
    assert!(objects.replace(&one, &second, b"fourth").unwrap().is_none());
    assert_eq!(objects.get(&two).unwrap().unwrap().bytes, b"");

    let many: Vec<_> = (0..70_u8).map(|at| (path(&format!("many/{}/{at}", at % 7)), vec![at; 100])).collect();
    objects.put_all(&many).unwrap();
    objects.put_all(&[]).unwrap();
    let mut paths: Vec<_> = many.iter().map(|(path, _)| path.clone()).collect();
    let read = objects.get_all(&paths).unwrap();
    assert!(read.into_iter().map(Option::unwrap).eq(many.into_iter().map(|(_, bytes)| bytes)));
    assert_eq!(objects.get_all(&[path("b"), one.clone()]).unwrap(), [None, Some(b"third".to_vec())]);
    paths.sort();
    assert_eq!(objects.list(Some(&path("many"))).unwrap(), paths);
    assert_eq!(objects.list(Some(&path("a"))).unwrap(), [one.clone(), two.clone()]);
    assert_eq!(objects.list(None).unwrap().len(), 72);

    for path in paths.iter().chain([&two]) {
        objects.delete(path).unwrap();
        assert!(objects.get(path).unwrap().is_none());
    }
    assert!(objects.replace(&two, &first, b"back").unwrap().is_none());
    assert_eq!(objects.list(None).unwrap(), [one]);
    // Of several writers at the same time, one is told that it was the one.
    let at_once = |write: &(dyn Fn(u8) -> bool + Sync)| {
        thread::scope(|scope| {
            let writers: Vec<_> = (0..8).map(|writer| scope.spawn(move || write(writer))).collect();
            writers.into_iter().filter_map(|writer| writer.join().unwrap().then_some(())).count()
        })
    };
    let contested = path("contested");
    assert_eq!(at_once(&|writer| objects.put_if_absent(&contested, &[writer]).unwrap().is_some()), 1);
    let version = objects.get(&contested).unwrap().unwrap().version;
    assert_eq!(at_once(&|writer| objects.replace(&contested, &version, &[writer; 2]).unwrap().is_some()), 1);
    probe(&**objects, &path("probe/1")).unwrap();
    assert!(objects.get(&path("probe/1")).unwrap().is_none());
}

#[test]
fn memory() {
    contract(&(Arc::new(MemoryObjects::new()) as Arc<dyn Objects>));
}

#[test]
fn directory() {
    let scratch = Scratch::new();
    contract(&(Arc::new(DirectoryObjects::open(scratch.0.join("objects")).unwrap()) as Arc<dyn Objects>));
    // Nothing but objects is left, and opening it again finds them.
    let again = DirectoryObjects::open(scratch.0.join("objects")).unwrap();
    assert_eq!(again.get(&path("a/1")).unwrap().unwrap().bytes, b"third");
    assert_eq!(fs::read(scratch.0.join("objects/a/1")).unwrap(), b"third");
}

#[cfg(feature = "cloud")]
#[test]
fn cloud() {
    use footage::store::CloudObjects;

    let store = object_store::memory::InMemory::new();
    contract(&(Arc::new(CloudObjects::new(store).unwrap()) as Arc<dyn Objects>));
    assert!(CloudObjects::from_url("gopher://log", []).is_err());
}

#[test]
fn one_process_has_a_directory_open_and_its_parent_must_exist() {
    let scratch = Scratch::new();
    let first = DirectoryObjects::open(&scratch.0).unwrap();
    assert!(matches!(DirectoryObjects::open(&scratch.0), Err(ObjectsError::InUse(_))));
    drop(first);
    DirectoryObjects::open(&scratch.0).unwrap();
    assert!(matches!(DirectoryObjects::open(scratch.0.join("not/there")), Err(ObjectsError::Failed { .. })));
}

#[test]
fn what_a_crash_left_is_removed_and_never_an_object() {
    let scratch = Scratch::new();
    let directory = || DirectoryObjects::open(&scratch.0).unwrap();
    directory().put(&path("a/1"), b"one").unwrap();
    fs::write(scratch.0.join(".new/1"), "half").unwrap();
    fs::write(scratch.0.join("README"), "no object").unwrap();
    let objects = directory();
    assert_eq!(objects.list(None).unwrap(), [path("a/1")]);
    assert_eq!(fs::read_dir(scratch.0.join(".new")).unwrap().count(), 0);
    assert!(scratch.0.join("README").exists());
    // A folder is no object, and below an object there is none.
    assert!(objects.get(&path("a")).unwrap().is_none() && objects.get(&path("a/1/2")).unwrap().is_none());
    objects.delete(&path("a")).unwrap();
    assert!(objects.put(&path("a/1/2"), b"two").is_err());
    assert!(objects.put_all(&[(path("b"), vec![1]), (path("a/1/2"), vec![2])]).is_err());
    // And writes go on.
    objects.put(&path("a/2"), b"two").unwrap();
    assert_eq!(fs::read_dir(scratch.0.join(".new")).unwrap().count(), 0);
}

#[test]
fn paths_lead_nowhere_else() {
    let long = ["a"; 256].join("/");
    for valid in ["a", "0.a/b-c/d_e", &long, &"a".repeat(96)] {
        assert_eq!(path(valid).as_str(), valid);
    }
    let too_long = [long.as_str(), "b"].join("/");
    for invalid in [
        "",
        "/",
        "a/",
        "/a",
        "a//b",
        ".",
        "..",
        "a/../b",
        "a/.b",
        "-a",
        "A",
        "a b",
        "a\\b",
        "a\0",
        "ä",
        "c:",
        &too_long,
        &"a".repeat(97),
    ] {
        assert!(invalid.parse::<ObjectPath>().is_err(), "{invalid}");
    }
}

/// Ignores a condition of its writes, and says that it did not.
#[derive(Debug, Clone)]
struct Lying(MemoryObjects, Lie);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lie {
    /// Puts an object where there is one.
    Put,
    /// The same, and says that it did not.
    PutSilently,
    /// Replaces an object that has changed.
    Replace,
    /// The same, and says that it did not.
    ReplaceSilently,
    /// Never replaces an object.
    Never,
}

impl Objects for Lying {
    fn get(&self, path: &ObjectPath) -> Result<Option<Object>, ObjectsError> {
        self.0.get(path)
    }

    fn read_at(&self, path: &ObjectPath, at: u64, to: &mut [u8]) -> Result<Option<usize>, ObjectsError> {
        self.0.read_at(path, at, to)
    }

    fn put(&self, path: &ObjectPath, bytes: &[u8]) -> Result<(), ObjectsError> {
        self.0.put(path, bytes)
    }

    fn put_if_absent(&self, path: &ObjectPath, bytes: &[u8]) -> Result<Option<Version>, ObjectsError> {
        let put = self.0.put_if_absent(path, bytes)?;
        if put.is_some() || ![Lie::Put, Lie::PutSilently].contains(&self.1) {
            return Ok(put);
        }
        self.0.put(path, bytes)?;
        Ok(self.get(path)?.map(|object| object.version).filter(|_| self.1 == Lie::Put))
    }

    fn replace(&self, path: &ObjectPath, version: &Version, bytes: &[u8]) -> Result<Option<Version>, ObjectsError> {
        if self.1 == Lie::Never {
            return Ok(None);
        }
        let replaced = self.0.replace(path, version, bytes)?;
        if replaced.is_some() || ![Lie::Replace, Lie::ReplaceSilently].contains(&self.1) {
            return Ok(replaced);
        }
        self.0.put(path, bytes)?;
        Ok(self.get(path)?.map(|object| object.version).filter(|_| self.1 == Lie::Replace))
    }

    fn list(&self, folder: Option<&ObjectPath>) -> Result<Vec<ObjectPath>, ObjectsError> {
        self.0.list(folder)
    }

    fn delete(&self, path: &ObjectPath) -> Result<(), ObjectsError> {
        self.0.delete(path)
    }
}

#[test]
fn a_log_is_not_kept_in_a_store_that_ignores_conditions() {
    for lie in [Lie::Put, Lie::PutSilently, Lie::Replace, Lie::ReplaceSilently, Lie::Never] {
        let (objects, mut witnesses) = (MemoryObjects::new(), Witnesses::new());
        let lying = || LogStore::new(Lying(objects.clone(), lie));
        let unconditional = |error| matches!(error, OpenError::Store(ObjectsError::Unconditional(_)));
        assert!(unconditional(create(lying(), &witnesses.1).unwrap_err()), "{lie:?}");
        assert!(objects.list(None).unwrap().is_empty());
        // Nor is one opened there that was begun elsewhere, and nothing of it is changed.
        let mut log = create(LogStore::new(objects.clone()), &witnesses.1).unwrap();
        submit(&mut log, &statements(0, 3));
        witnesses.flush(&mut log).unwrap();
        let before = objects.list(None).unwrap();
        assert!(unconditional(open(lying(), &witnesses.1).unwrap_err()), "{lie:?}");
        assert_eq!(objects.list(None).unwrap(), before);
        assert_eq!(open(LogStore::new(objects.clone()), &witnesses.1).unwrap().size(), 3);
    }
}
