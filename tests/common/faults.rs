//! Storage that fails: files of which a power cut loses what was not synced ([`FaultFiles`]), the same as the disk of a
//! store ([`FaultDisk`]), and a store that stops at any change ([`StoreImage`]).
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::struct_excessive_bools
)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, MutexGuard};

use footage::store::{Disk, DiskHandle, Erased, ErasureMethod, SecretState, Store, StoreError, StoreKey, limits};
use zeroize::Zeroizing;

/// What happens at a step. After a power cut everything fails until [`FaultFiles::power_cut`] or [`FaultFiles::kill`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The power is cut before the step takes place.
    CutBefore,
    /// The power is cut after the step took place, and before its caller learns of it.
    CutAfter,
    /// The step fails without effect, and what follows goes on.
    FailBefore,
    /// The step takes place and says that it failed, and what follows goes on.
    FailAfter,
}

/// How writing to a file goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spoilt {
    Fails,
    /// It changes nothing, and says that it worked.
    Ignores,
}

/// What a power cut does to bytes that were written and not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Lost,
    Kept,
    /// The first half is kept.
    Torn,
    /// The file has its new length, but zeros in place of the bytes.
    Zeroed,
}

/// What a power cut does to each change that was not synced, in the order of the changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// Whether a change of a name is kept.
    pub names: Vec<bool>,
    pub data: Vec<Fate>,
}

/// Files in memory, in one directory, of which each clone sees the same. A change lasts once it was synced: that of bytes by
/// [`FaultFile::sync`], that of a name by [`sync_names`](Self::sync_names). Every change and every sync is a step.
#[derive(Debug, Clone, Default)]
pub struct FaultFiles(Arc<Mutex<Files>>);

#[derive(Debug, Clone, Default)]
struct Image {
    names: BTreeMap<String, u64>,
    /// Also of files that have no name any more: what the medium still holds.
    data: BTreeMap<u64, Vec<u8>>,
}

#[derive(Debug, Clone)]
enum NameChange {
    Link(String, u64),
    Rename(String, String),
    Unlink(String),
}

#[derive(Debug, Clone)]
enum DataChange {
    Write(usize, Vec<u8>),
    Truncate(usize),
}

#[derive(Debug, Clone, Default)]
struct Files {
    lasting: Image,
    seen: Image,
    names: Vec<NameChange>,
    data: Vec<(u64, DataChange)>,
    next: u64,
    steps: u64,
    stop: Option<(u64, Stop)>,
    stopped: bool,
    dead: bool,
    /// Counts the processes: what an earlier one had open fails.
    process: u64,
    locked: bool,
    /// Whether the directory is an entry that a power cut may lose.
    is_entry: bool,
    bad: BTreeMap<u64, Spoilt>,
    /// Syncs of bytes, and of names, that do nothing.
    lies: (bool, bool),
}

fn cut_off() -> io::Error {
    io::Error::other("a fault of the test")
}

/// The directory itself.
const DIRECTORY: &str = ".";

impl Image {
    fn rename(&mut self, change: &NameChange) {
        match change {
            NameChange::Link(name, file) => drop(self.names.insert(name.clone(), *file)),
            NameChange::Rename(from, to) => {
                if let Some(file) = self.names.remove(from) {
                    self.names.insert(to.clone(), file);
                }
            }
            NameChange::Unlink(name) => drop(self.names.remove(name)),
        }
    }

    fn write(&mut self, file: u64, change: &DataChange, fate: Fate) {
        let data = self.data.entry(file).or_default();
        match (change, fate) {
            (_, Fate::Lost) => {}
            (DataChange::Truncate(length), _) => data.resize(*length, 0),
            (DataChange::Write(at, bytes), fate) => {
                let zeros = vec![0; bytes.len()];
                let bytes = match fate {
                    Fate::Torn => &bytes[..bytes.len() / 2],
                    Fate::Zeroed => &zeros[..],
                    _ => &bytes[..],
                };
                let end = at + bytes.len();
                data.resize(data.len().max(end), 0);
                data[*at..end].copy_from_slice(bytes);
            }
        }
    }
}

impl Files {
    fn change_name(&mut self, change: NameChange) {
        self.seen.rename(&change);
        self.names.push(change);
    }

    fn change_data(&mut self, file: u64, change: DataChange) -> io::Result<()> {
        match self.bad.get(&file) {
            Some(Spoilt::Fails) => return Err(cut_off()),
            Some(Spoilt::Ignores) => return Ok(()),
            None => {}
        }
        self.seen.write(file, &change, Fate::Kept);
        self.data.push((file, change));
        Ok(())
    }

    fn file(&self, name: &str) -> io::Result<u64> {
        self.seen.names.get(name).copied().ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn link(&mut self, name: &str) -> io::Result<u64> {
        if self.seen.names.contains_key(name) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        self.next += 1;
        self.change_name(NameChange::Link(name.to_owned(), self.next));
        Ok(self.next)
    }

    fn restart(&mut self) {
        (self.dead, self.stop, self.locked) = (false, None, false);
        self.process += 1;
    }
}

impl FaultFiles {
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, Files> {
        self.0.lock().unwrap()
    }

    /// Looks at the files as they are seen now.
    fn look<T>(&self, look: impl FnOnce(&mut Files) -> io::Result<T>) -> io::Result<T> {
        let mut files = self.lock();
        if files.dead { Err(cut_off()) } else { look(&mut files) }
    }

    fn step<T>(&self, change: impl FnOnce(&mut Files) -> io::Result<T>) -> io::Result<T> {
        self.look(|files| {
            let step = files.steps;
            files.steps += 1;
            let Some((_, stop)) = files.stop.filter(|(at, _)| *at == step) else { return change(files) };
            (files.stop, files.stopped) = (None, true);
            if matches!(stop, Stop::CutAfter | Stop::FailAfter) {
                change(files)?;
            }
            files.dead = matches!(stop, Stop::CutBefore | Stop::CutAfter);
            Err(cut_off())
        })
    }

    /// Makes a file, and opens it at its beginning.
    pub fn create(&self, name: &str) -> io::Result<FaultFile> {
        let file = self.step(|files| files.link(name))?;
        Ok(self.handle(file))
    }

    /// Opens a file at its beginning.
    pub fn open(&self, name: &str) -> io::Result<FaultFile> {
        let file = self.look(|files| files.file(name))?;
        Ok(self.handle(file))
    }

    fn handle(&self, file: u64) -> FaultFile {
        FaultFile { files: self.clone(), file, position: 0, process: self.lock().process }
    }

    pub fn exists(&self, name: &str) -> io::Result<bool> {
        self.look(|files| Ok(files.seen.names.contains_key(name)))
    }

    pub fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        self.look(|files| Ok(files.seen.data.get(&files.file(name)?).cloned().unwrap_or_default()))
    }

    pub fn append(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut file = self.open(name)?;
        file.seek(SeekFrom::End(0))?;
        Write::write_all(&mut file, bytes)
    }

    pub fn write_at(&self, name: &str, at: u64, bytes: &[u8]) -> io::Result<()> {
        let mut file = self.open(name)?;
        file.seek(SeekFrom::Start(at))?;
        Write::write_all(&mut file, bytes)
    }

    pub fn truncate(&self, name: &str, length: u64) -> io::Result<()> {
        self.open(name)?.truncate(length)
    }

    /// Makes the bytes of a file last, not its name.
    pub fn sync(&self, name: &str) -> io::Result<()> {
        self.open(name)?.sync()
    }

    pub fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.step(|files| {
            files.file(from)?;
            files.change_name(NameChange::Rename(from.to_owned(), to.to_owned()));
            Ok(())
        })
    }

    pub fn remove(&self, name: &str) -> io::Result<()> {
        self.step(|files| {
            files.file(name)?;
            files.change_name(NameChange::Unlink(name.to_owned()));
            Ok(())
        })
    }

    /// The names of all files, in order.
    pub fn list(&self) -> io::Result<Vec<String>> {
        self.look(|files| Ok(files.seen.names.keys().filter(|name| *name != DIRECTORY).cloned().collect()))
    }

    /// Makes all names last.
    pub fn sync_names(&self) -> io::Result<()> {
        self.step(|files| {
            if !files.lies.1 {
                let names = std::mem::take(&mut files.names);
                for change in &names {
                    files.lasting.rename(change);
                }
            }
            Ok(())
        })
    }

    /// How many steps there were.
    pub fn steps(&self) -> u64 {
        self.lock().steps
    }

    /// Stops at the step that comes after so many others from now on.
    pub fn stop_at(&self, step: u64, stop: Stop) {
        let mut files = self.lock();
        (files.stop, files.stopped) = (Some((files.steps + step, stop)), false);
    }

    /// Whether the step of [`stop_at`](Self::stop_at) was reached.
    pub fn stopped(&self) -> bool {
        self.lock().stopped
    }

    /// All that a power cut may do now.
    pub fn cuts(&self) -> Vec<Cut> {
        let files = self.lock();
        let mut cuts = vec![Cut { names: Vec::new(), data: Vec::new() }];
        for _ in &files.names {
            let with = |cut: &Cut, kept| Cut { names: [&cut.names[..], &[kept]].concat(), data: Vec::new() };
            cuts = cuts.iter().flat_map(|cut| [with(cut, false), with(cut, true)]).collect();
        }
        for (_, change) in &files.data {
            let fates: &[Fate] = match change {
                DataChange::Write(..) => &[Fate::Lost, Fate::Kept, Fate::Torn, Fate::Zeroed],
                DataChange::Truncate(_) => &[Fate::Lost, Fate::Kept],
            };
            let with = |cut: &Cut, fate| Cut { names: cut.names.clone(), data: [&cut.data[..], &[fate]].concat() };
            cuts = cuts.iter().flat_map(|cut| fates.iter().map(move |fate| with(cut, *fate))).collect();
        }
        cuts
    }

    /// One of them, drawn from a seed.
    pub fn cut_of(&self, seed: u64) -> Cut {
        let files = self.lock();
        let mut state = seed;
        let mut draw = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 33
        };
        let names = files.names.iter().map(|_| draw() % 2 == 1).collect();
        let fates = [Fate::Lost, Fate::Kept, Fate::Torn, Fate::Zeroed];
        Cut { names, data: files.data.iter().map(|_| fates[draw() as usize % 4]).collect() }
    }

    /// Cuts the power, and starts again with what is left.
    pub fn power_cut(&self, cut: &Cut) {
        let mut files = self.lock();
        let (names, data) = (std::mem::take(&mut files.names), std::mem::take(&mut files.data));
        assert_eq!((names.len(), data.len()), (cut.names.len(), cut.data.len()), "the cut is of another moment");
        for (change, _) in names.iter().zip(&cut.names).filter(|(_, kept)| **kept) {
            files.lasting.rename(change);
        }
        for ((file, change), fate) in data.iter().zip(&cut.data) {
            files.lasting.write(*file, change, *fate);
        }
        if files.is_entry && !files.lasting.names.contains_key(DIRECTORY) {
            files.lasting.names.clear();
        }
        files.seen = files.lasting.clone();
        files.restart();
    }

    /// Kills the process, and starts another: nothing is lost, also what is not synced yet.
    pub fn kill(&self) {
        self.lock().restart();
    }

    /// A copy that goes its own way, for doing one thing after the other from the same state.
    pub fn fork(&self) -> Self {
        Self(Arc::new(Mutex::new(self.lock().clone())))
    }

    /// Whether the medium still holds these bytes, also in files without a name.
    pub fn holds(&self, bytes: &[u8]) -> bool {
        let files = self.lock();
        let mut all = files.lasting.data.values().chain(files.seen.data.values());
        all.any(|data| data.windows(bytes.len()).any(|window| window == bytes))
    }

    /// From now on, writing to this file goes wrong.
    pub fn spoil(&self, name: &str, how: Spoilt) {
        let mut files = self.lock();
        let file = files.file(name).unwrap();
        files.bad.insert(file, how);
    }

    /// Writing to all files works again.
    pub fn repair(&self) {
        self.lock().bad.clear();
    }

    /// From now on, syncing bytes, or names, does nothing.
    pub fn lie(&self, bytes: bool, names: bool) {
        self.lock().lies = (bytes, names);
    }
}

/// An open file of [`FaultFiles`].
#[derive(Debug)]
pub struct FaultFile {
    files: FaultFiles,
    file: u64,
    position: u64,
    process: u64,
}

impl FaultFile {
    fn step<T>(&self, change: impl FnOnce(&mut Files) -> io::Result<T>) -> io::Result<T> {
        if self.files.lock().process != self.process {
            return Err(cut_off());
        }
        self.files.step(change)
    }

    pub fn length(&self) -> u64 {
        self.files.lock().seen.data.get(&self.file).map_or(0, Vec::len) as u64
    }

    pub fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.step(|files| files.change_data(self.file, DataChange::Truncate(usize::try_from(length).unwrap())))
    }

    /// Makes the bytes last, not the name.
    pub fn sync(&mut self) -> io::Result<()> {
        self.step(|files| {
            if files.lies.0 {
                return Ok(());
            }
            let pending = std::mem::take(&mut files.data);
            let (mine, others) = pending.into_iter().partition(|(file, _)| *file == self.file);
            files.data = others;
            let mine: Vec<(u64, DataChange)> = mine;
            for (file, change) in &mine {
                files.lasting.write(*file, change, Fate::Kept);
            }
            Ok(())
        })
    }
}

impl Read for FaultFile {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let data = self.files.look(|files| Ok(files.seen.data.get(&self.file).cloned().unwrap_or_default()))?;
        let from = usize::try_from(self.position).unwrap().min(data.len());
        let length = into.len().min(data.len() - from);
        into[..length].copy_from_slice(&data[from..from + length]);
        self.position += length as u64;
        Ok(length)
    }
}

impl Write for FaultFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let at = usize::try_from(self.position).unwrap();
        self.step(|files| files.change_data(self.file, DataChange::Write(at, bytes.to_vec())))?;
        self.position += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for FaultFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (base, by) = match to {
            SeekFrom::Start(at) => (0, i64::try_from(at).unwrap()),
            SeekFrom::End(by) => (self.length(), by),
            SeekFrom::Current(by) => (self.position, by),
        };
        self.position = base.checked_add_signed(by).ok_or(ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

/// The disk of a store over [`FaultFiles`].
#[derive(Debug)]
pub struct FaultDisk {
    files: FaultFiles,
    process: u64,
    locked: bool,
}

impl FaultDisk {
    pub fn new(files: &FaultFiles) -> Self {
        files.lock().is_entry = true;
        Self { files: files.clone(), process: files.lock().process, locked: false }
    }

    fn alive(&self) -> io::Result<&FaultFiles> {
        if self.files.lock().process == self.process { Ok(&self.files) } else { Err(cut_off()) }
    }
}

impl Drop for FaultDisk {
    fn drop(&mut self) {
        if self.locked && self.alive().is_ok() {
            self.files.lock().locked = false;
        }
    }
}

impl Disk for FaultDisk {
    type Handle = FaultFile;

    fn make(&mut self) -> io::Result<()> {
        let files = self.alive()?;
        files.step(|files| if files.seen.names.contains_key(DIRECTORY) { Ok(0) } else { files.link(DIRECTORY) })?;
        files.step(|files| {
            let is_own = |change: &NameChange| matches!(change, NameChange::Link(name, _) if name == DIRECTORY);
            let (own, others) = std::mem::take(&mut files.names).into_iter().partition(is_own);
            files.names = others;
            let own: Vec<_> = own;
            for change in &own {
                files.lasting.rename(change);
            }
            Ok(())
        })
    }

    fn lock(&mut self) -> io::Result<bool> {
        let free = self.alive()?.look(|files| Ok(!std::mem::replace(&mut files.locked, true)))?;
        self.locked |= free;
        Ok(free)
    }

    fn names(&mut self) -> io::Result<Vec<String>> {
        let files = self.alive()?;
        if files.exists(DIRECTORY)? { files.list() } else { Err(ErrorKind::NotFound.into()) }
    }

    fn exists(&mut self, name: &str) -> io::Result<bool> {
        self.alive()?.exists(name)
    }

    fn read(&mut self, name: &str, most: usize) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
        match self.alive()?.read(name) {
            Ok(mut bytes) => {
                bytes.truncate(most);
                Ok(Some(Zeroizing::new(bytes)))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn create(&mut self, name: &str) -> io::Result<FaultFile> {
        self.alive()?.create(name)
    }

    fn overwrite(&mut self, name: &str) -> io::Result<Option<(FaultFile, u64)>> {
        match self.alive()?.open(name) {
            Ok(file) => {
                let length = file.length();
                Ok(Some((file, length)))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.alive()?.rename(from, to)
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        self.alive()?.remove(name)
    }

    fn sync_names(&mut self) -> io::Result<()> {
        self.alive()?.sync_names()
    }
}

impl DiskHandle for FaultFile {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        Write::write_all(self, bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        FaultFile::sync(self)
    }
}

/// Where a store crashes, seen from the change at which it does. Its caller sees the same error each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crash {
    /// Before the change.
    Before,
    /// After the change.
    After,
    /// In the middle: an erasure leaves a half erased secret; every other change is whole, so this is before it.
    Half,
}

impl Crash {
    pub const ALL: [Self; 3] = [Self::Before, Self::After, Self::Half];
}

/// What a role's store holds, which outlasts the store's crashes. Each clone sees the same.
///
/// ```text
/// for crash in Crash::ALL {
///     for change in 0.. {
///         let image = StoreImage::new();
///         image.crash_at(change, crash);
///         let _ = scenario(image.begin());    // fails at the change, and at every call after it
///         let finished = !image.crashed();
///         image.power_cut();
///         check(image.open());                // or `begin`, if the crash was before there was a store
///         if finished { break }
///     }
/// }
/// ```
#[derive(Debug, Clone, Default)]
pub struct StoreImage(Arc<Mutex<Stored>>);

/// What a store held at a moment: a backup, or what an attacker copied.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    begun: bool,
    facts: BTreeMap<StoreKey, Vec<u8>>,
    secrets: BTreeMap<StoreKey, (SecretState, Vec<u8>)>,
}

#[derive(Debug, Default)]
struct Stored {
    now: Snapshot,
    floor: Option<u64>,
    ever: Vec<(StoreKey, Vec<u8>)>,
    stuck: BTreeSet<StoreKey>,
    changes: u64,
    crash: Option<(u64, Crash)>,
    crashed: bool,
    /// Counts the openings.
    opening: u64,
    open: bool,
}

impl StoreImage {
    pub fn new() -> Self {
        Self::default()
    }

    /// With a monotonic floor, which no snapshot sets back.
    pub fn with_floor() -> Self {
        let image = Self::new();
        image.lock().floor = Some(0);
        image
    }

    fn lock(&self) -> MutexGuard<'_, Stored> {
        self.0.lock().unwrap()
    }

    /// Begins the store. This is a change.
    pub fn begin(&self) -> Result<FaultStore, StoreError> {
        let mut stored = self.lock();
        if stored.open {
            return Err(StoreError::InUse);
        }
        if stored.now.begun {
            return Err(StoreError::Exists);
        }
        stored.change("the beginning", |stored, _| stored.now.begun = true)?;
        Ok(self.opened(&mut stored))
    }

    /// Opens the store, and finishes erasures that were interrupted and are not [stuck](Self::stick).
    pub fn open(&self) -> Result<FaultStore, StoreError> {
        let mut stored = self.lock();
        if stored.open {
            return Err(StoreError::InUse);
        }
        if !stored.now.begun {
            return Err(StoreError::Missing);
        }
        let Stored { now, stuck, .. } = &mut *stored;
        now.secrets.retain(|key, (state, _)| *state == SecretState::Whole || stuck.contains(key));
        Ok(self.opened(&mut stored))
    }

    fn opened(&self, stored: &mut Stored) -> FaultStore {
        stored.open = true;
        stored.opening += 1;
        FaultStore { image: self.clone(), opening: stored.opening, poisoned: false }
    }

    /// How many changes there were, also failed ones: beginning, every `put`, `remove`, `erase` and `raise_floor`.
    pub fn changes(&self) -> u64 {
        self.lock().changes
    }

    /// Crashes at the change that comes after so many others from now on.
    pub fn crash_at(&self, change: u64, crash: Crash) {
        let mut stored = self.lock();
        (stored.crash, stored.crashed) = (Some((stored.changes + change, crash)), false);
    }

    /// Whether the change of [`crash_at`](Self::crash_at) was reached.
    pub fn crashed(&self) -> bool {
        self.lock().crashed
    }

    /// Ends the process that has the store open, and forgets a crash that was not reached.
    pub fn power_cut(&self) {
        let mut stored = self.lock();
        (stored.open, stored.crash) = (false, None);
        stored.opening += 1;
    }

    /// What the store holds now.
    pub fn snapshot(&self) -> Snapshot {
        self.lock().now.clone()
    }

    /// Sets the store back, as a restored backup does, all but the floor. It must be opened again.
    pub fn restore(&self, snapshot: &Snapshot) {
        self.power_cut();
        self.lock().now = snapshot.clone();
    }

    /// A copy that goes its own way, not open.
    pub fn fork(&self) -> Self {
        let stored = self.lock();
        let (now, floor, ever) = (stored.now.clone(), stored.floor, stored.ever.clone());
        let stuck = stored.stuck.clone();
        Self(Arc::new(Mutex::new(Stored { now, floor, ever, stuck, ..Stored::default() })))
    }

    /// From now on the erasure of this secret begins, and fails.
    pub fn stick(&self, key: &StoreKey) {
        self.lock().stuck.insert(key.clone());
    }

    /// The secret can be erased again.
    pub fn unstick(&self, key: &StoreKey) {
        self.lock().stuck.remove(key);
    }

    /// All values that were ever put as this secret, erased or not.
    pub fn ever(&self, key: &StoreKey) -> Vec<Vec<u8>> {
        self.lock().ever.iter().filter(|(put, _)| put == key).map(|(_, value)| value.clone()).collect()
    }
}

impl Stored {
    /// Makes a change, which gets to know whether it stops in the middle.
    fn change(&mut self, at: &str, change: impl FnOnce(&mut Self, bool)) -> Result<(), StoreError> {
        let number = self.changes;
        self.changes += 1;
        let Some((_, crash)) = self.crash.filter(|(crash, _)| *crash == number) else {
            change(self, false);
            return Ok(());
        };
        (self.crash, self.crashed, self.open) = (None, true, false);
        if crash != Crash::Before {
            change(self, crash == Crash::Half);
        }
        Err(StoreError::io(at, cut_off()))
    }
}

/// A store over a [`StoreImage`].
#[derive(Debug)]
pub struct FaultStore {
    image: StoreImage,
    opening: u64,
    poisoned: bool,
}

impl Drop for FaultStore {
    fn drop(&mut self) {
        let mut stored = self.image.lock();
        if stored.opening == self.opening {
            stored.open = false;
        }
    }
}

impl FaultStore {
    fn alive<T>(&mut self, work: impl FnOnce(&mut Stored) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let mut stored = self.image.lock();
        if self.poisoned || stored.opening != self.opening {
            return Err(StoreError::Poisoned);
        }
        let result = work(&mut stored);
        self.poisoned = result.as_ref().is_err_and(StoreError::poisons);
        result
    }
}

impl Store for FaultStore {
    fn fact(&mut self, key: &StoreKey) -> Result<Option<Vec<u8>>, StoreError> {
        self.alive(|stored| Ok(stored.now.facts.get(key).cloned()))
    }

    fn put_fact(&mut self, key: &StoreKey, value: &[u8]) -> Result<(), StoreError> {
        self.alive(|stored| {
            limits::check(key, value, limits::FACT_BYTES)?;
            stored.change(key.as_str(), |stored, half| {
                if !half {
                    stored.now.facts.insert(key.clone(), value.to_vec());
                }
            })
        })
    }

    fn remove_fact(&mut self, key: &StoreKey) -> Result<(), StoreError> {
        self.alive(|stored| {
            stored.change(key.as_str(), |stored, half| {
                if !half {
                    stored.now.facts.remove(key);
                }
            })
        })
    }

    fn facts(&mut self) -> Result<Vec<StoreKey>, StoreError> {
        self.alive(|stored| Ok(stored.now.facts.keys().cloned().collect()))
    }

    fn secret(&mut self, key: &StoreKey) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        self.alive(|stored| {
            let whole = stored.now.secrets.get(key).filter(|(state, _)| *state == SecretState::Whole);
            Ok(whole.map(|(_, value)| Zeroizing::new(value.clone())))
        })
    }

    fn put_secret(&mut self, key: &StoreKey, value: &[u8]) -> Result<(), StoreError> {
        self.alive(|stored| {
            limits::check(key, value, limits::SECRET_BYTES)?;
            if stored.now.secrets.contains_key(key) {
                return Err(StoreError::SecretExists(key.clone()));
            }
            stored.change(key.as_str(), |stored, half| {
                if !half {
                    stored.now.secrets.insert(key.clone(), (SecretState::Whole, value.to_vec()));
                    stored.ever.push((key.clone(), value.to_vec()));
                }
            })
        })
    }

    fn erase(&mut self, key: &StoreKey) -> Result<Erased, StoreError> {
        self.alive(|stored| {
            let stuck = stored.stuck.contains(key);
            stored.change(key.as_str(), |stored, half| {
                if !half && !stuck {
                    stored.now.secrets.remove(key);
                } else if let Some((state, _)) = stored.now.secrets.get_mut(key) {
                    *state = SecretState::HalfErased;
                }
            })?;
            if stored.now.secrets.contains_key(key) {
                return Err(StoreError::io(key.as_str(), cut_off()));
            }
            Ok(Erased { method: ErasureMethod::Other, nothing_left: true })
        })
    }

    fn secrets(&mut self) -> Result<Vec<(StoreKey, SecretState)>, StoreError> {
        self.alive(|stored| Ok(stored.now.secrets.iter().map(|(key, (state, _))| (key.clone(), *state)).collect()))
    }

    fn floor(&mut self) -> Result<Option<u64>, StoreError> {
        self.alive(|stored| Ok(stored.floor))
    }

    fn raise_floor(&mut self, to: u64) -> Result<(), StoreError> {
        self.alive(|stored| {
            stored.change("the floor", |stored, half| {
                if !half {
                    stored.floor = stored.floor.map(|floor| floor.max(to));
                }
            })
        })
    }
}
