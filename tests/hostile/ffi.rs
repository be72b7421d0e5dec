//! The C interface: bytes are calls, in any order, on handles of any type, with NULLs and with lengths of every kind that
//! the conventions allow. No call panics; every status is the header's; what is too small stays as it was; and every
//! handle goes back once.
#![allow(
    missing_docs,
    unreachable_pub,
    unsafe_code,
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::must_use_candidate
)]

use core::cell::RefCell;
use core::ffi::{c_char, c_void};
use core::ptr;

use footage::auditor::Auditor;
use footage::agency::Slot;
use footage::crypto::{KemAlgorithm, SigningKey};
use footage::ffi::footage_status::*;
use footage::ffi::*;
use footage::ledger::Feed;
use footage::record::{Entry, Signed};
use footage::tlog::LogCopy;

use super::common::{Disk, NOON, World, twin};
use super::notary::Notary;
use super::recipe::Recipe;

/// What the files, the bytes and the texts are that an app may have, made once.
struct Shelf {
    notary: Notary,
    /// The log, but for the expiry keys that nobody needs.
    entries: Vec<Vec<u8>>,
    keys: Secrets,
    answers: Vec<Vec<u8>>,
    files: Vec<Vec<u8>>,
    bytes: Vec<Vec<u8>>,
    /// Each ends with a NUL.
    texts: Vec<Vec<u8>>,
}

/// Secrets and states that the town's people would have stored.
struct Secrets {
    camera: [u8; 32],
    owner: [u8; 32],
    agency: [u8; 32],
    custodian: [u8; 32],
    log: [u8; 32],
    witness: [u8; 32],
    agency_state: Vec<u8>,
    custodian_state: Vec<u8>,
}

/// An array of the version and of one slot or epoch for each of these, as an app stores it.
fn saved(secrets: &[(u64, Vec<u8>, [u8; 32])], of_custodian: bool) -> Vec<u8> {
    let mut to = minicbor::Encoder::new(Vec::new());
    to.array(if of_custodian { 3 } else { 2 }).unwrap().u8(1).unwrap().array(secrets.len() as u64).unwrap();
    for (kind, id, secret) in secrets {
        to.array(3).unwrap();
        if of_custodian {
            to.u64(*kind).unwrap().u8(1).unwrap();
        } else {
            to.u64(*kind).unwrap().bytes(id).unwrap();
        }
        to.bytes(secret).unwrap();
    }
    if of_custodian {
        to.array(0).unwrap();
    }
    to.into_writer()
}

impl Shelf {
    fn new() -> Self {
        let mut disks = Vec::new();
        let mut world = World::with(KemAlgorithm::X25519, &mut || {
            disks.push(Disk::default());
            disks[disks.len() - 1].clone()
        });
        let clip = world.clip();
        let request = world.request();
        let granted = world.grant(&request, &clip);
        let release = world.release(&granted);
        let delivery = world.deliveries(&granted, release).remove(0);
        let answers: Vec<_> =
            world.answers(&granted, release, &[0, 1]).into_iter().map(|answer| answer.to_bytes()).collect();
        let epoch = granted.excerpted.terms.statement().not_after;
        let needed = |entry: &&Vec<u8>| match Signed::<Entry>::from_bytes(entry).unwrap().statement() {
            Entry::ExpiryKey(key) => key.epoch == epoch,
            _ => true,
        };
        let entries: Vec<_> =
            world.log.entries(0, world.log.size()).unwrap().iter().filter(needed).cloned().collect();
        let secret = |key: &SigningKey| *key.to_secret().expose();
        let id = granted.id();
        let slots = [(1, Slot::Request(request.id()), request.id()), (2, Slot::Grant(id), id), (3, Slot::OneTime(id), id)];
        let slots = slots.map(|(kind, slot, id)| {
            (kind, id.as_bytes().to_vec(), *world.vaults[0].ever(slot).unwrap().expose())
        });
        let held = disks[0].image().keys.remove(&epoch).and_then(|(_, secret)| secret).unwrap();
        let keys = Secrets {
            camera: secret(&world.keys.camera),
            owner: *world.owner.key().secret().expose(),
            agency: secret(&world.keys.agency),
            custodian: secret(&world.keys.custodians[0]),
            log: secret(&world.keys.log),
            witness: secret(&world.keys.witnesses[0]),
            agency_state: saved(&slots, false),
            custodian_state: saved(&[(epoch.number().into(), Vec::new(), held)], true),
        };
        let notary = Notary {
            trust: world.trust.clone(),
            log: twin(&world.keys.log),
            witnesses: world.keys.witnesses.iter().map(twin).collect(),
        };
        let note = notary.witnessed(&entries, 1);
        let mut auditor = Auditor::new(world.trust.clone(), world.policy.clone());
        auditor.advance(&entries, &note).unwrap();
        let mut copy = LogCopy::default();
        copy.extend(entries.iter().cloned());
        let page = Feed::new(world.trust.clone()).page(&entries, &note, &copy).unwrap().to_bytes();
        let mut delivered = minicbor::Encoder::new(Vec::new());
        let parts = [delivery.release.as_bytes(), &delivery.envelope.to_bytes()[..], delivery.wrap.as_bytes()];
        delivered.array(3).unwrap();
        for part in parts {
            delivered.bytes(part).unwrap();
        }
        let json = |value: serde_json::Value| value.to_string();
        let trust = serde_json::to_string(&world.trust).unwrap();
        let approval = world.agency_approval("OH0500300", world.agency.verifying_key());
        let texts = [
            trust,
            serde_json::to_string(&world.policy).unwrap(),
            json(serde_json::json!({ "agency-approval": approval })),
            "OH0500100".into(),
            "alpha".into(),
            "town".into(),
            "log.example/footage".into(),
            "w1.example".into(),
            r#"{"name": "shredder", "version": "1.0"}"#.into(),
            r#"{"method": "cryptographic-erase", "tool": {"name": "shredder", "version": "1.0"}, "backups": false, "obtained": true}"#.into(),
            r#"[{"camera": "07070707070707070707070707070707", "position": [-806500000, 411000000]}]"#.into(),
            "[]".into(),
            "At the door.".into(),
        ];
        let bytes = [
            vec![1; 32],
            vec![2; 32],
            auditor.ledger().save(),
            auditor.save(),
            note.bytes().to_vec(),
            page,
            delivered.into_writer(),
            answers[0].clone(),
            granted.excerpted.consent.to_bytes(),
            granted.excerpted.consent.revocation.to_bytes(),
            world.camera.certificate().to_bytes(),
            request.id().as_bytes().to_vec(),
            release.as_bytes().to_vec(),
            world.log.verifying_key().as_bytes().to_vec(),
            [&FOOTAGE_KEM_XWING.to_be_bytes()[..], world.owner.public_key().as_bytes()].concat(),
        ];
        let mut bytes = bytes.to_vec();
        // A few of the log's statements; of the expiry keys one is enough.
        bytes.extend(entries.iter().take(8).chain(entries.iter().rev().take(5)).cloned());
        let video = include_bytes!("../../examples/data/sample.mp4")[..20_000].to_vec();
        let files = vec![clip, granted.excerpt, video, b"no video".to_vec()];
        let texts = texts.map(|text: String| [text.as_bytes(), &[0]].concat()).to_vec();
        Self { notary, entries, keys, answers, files, bytes, texts }
    }
}

thread_local! {
    static SHELF: RefCell<Shelf> = RefCell::new(Shelf::new());
}

/// The types of handles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Key,
    Owner,
    Camera,
    Recording,
    Clip,
    Stream,
    Cutter,
    Excerpt,
    Agency,
    Custodian,
    Ledger,
    Auditor,
    Feed,
    Tiles,
    List,
    MemoryLog,
    Opened,
    Witness,
}

/// Frees a handle as one of a type.
fn free(kind: Kind, handle: *mut c_void) {
    // SAFETY: a handle of the pool, or NULL, that no call uses.
    unsafe {
        match kind {
            Kind::Key => footage_signing_key_free(handle.cast()),
            Kind::Owner => footage_owner_free(handle.cast()),
            Kind::Camera => footage_camera_free(handle.cast()),
            Kind::Recording => footage_recording_free(handle.cast()),
            Kind::Clip => footage_clip_free(handle.cast()),
            Kind::Stream => footage_stream_free(handle.cast()),
            Kind::Cutter => footage_cutter_free(handle.cast()),
            Kind::Excerpt => footage_excerpt_free(handle.cast()),
            Kind::Agency => footage_agency_free(handle.cast()),
            Kind::Custodian => footage_custodian_free(handle.cast()),
            Kind::Ledger => footage_ledger_free(handle.cast()),
            Kind::Auditor => footage_auditor_free(handle.cast()),
            Kind::Feed => footage_feed_free(handle.cast()),
            Kind::Tiles => footage_tiles_free(handle.cast()),
            Kind::List => footage_list_free(handle.cast()),
            Kind::MemoryLog => footage_memory_log_free(handle.cast()),
            Kind::Opened => footage_opened_free(handle.cast()),
            Kind::Witness => footage_witness_free(handle.cast()),
        }
    }
}

/// An app with its handles.
struct App<'a> {
    recipe: Recipe<'a>,
    shelf: &'a Shelf,
    pool: Vec<(Kind, *mut c_void)>,
    /// Which file a stream is.
    files: Vec<(*mut c_void, usize)>,
    /// What the last calls gave.
    given: Vec<Vec<u8>>,
    // What the present call reads and writes. Nothing of it moves before the call is over.
    read: Vec<Vec<u8>>,
    arrays: Vec<(Vec<*const u8>, Vec<usize>)>,
    buffer: Vec<u8>,
    capacity: usize,
    length: Box<usize>,
    fresh: Box<*mut c_void>,
    kind: Kind,
    segment: Box<footage_segment>,
    numbers: Box<[u64; 4]>,
    /// How many of the numbers the present call may write.
    counted: usize,
    /// Which call it is.
    number: u8,
}

/// What a buffer holds before a call, so that it shows what was written.
const CANARY: u8 = 0xc5;
/// Larger than any result but an excerpt's segment.
const ROOM: usize = 128 << 10;

impl Drop for App<'_> {
    fn drop(&mut self) {
        for (kind, handle) in self.pool.drain(..) {
            free(kind, handle);
        }
    }
}

extern "C" fn progress(_: *mut c_void, _: u64) {}

impl App<'_> {
    /// Any handle that there is, of the right type as a rule; or NULL.
    fn handle<T>(&mut self, kind: Kind) -> *const T {
        let which = self.recipe.byte();
        if which == 0xff {
            return ptr::null();
        }
        let fits = |(of, _): &&(Kind, *mut c_void)| which >= 0xf0 || kind == *of;
        let found: Vec<_> = self.pool.iter().filter(fits).collect();
        // The latest first.
        let found = found.len().checked_sub(1 + usize::from(which & 0x0f) % found.len().max(1)).map(|at| found[at].1);
        found.unwrap_or(ptr::null_mut()).cast_const().cast()
    }

    fn bytes(&mut self) -> (*const u8, usize) {
        let mut bytes = match self.recipe.byte() {
            which @ 0..0x60 => self.shelf.bytes[usize::from(which) % self.shelf.bytes.len()].clone(),
            which @ 0x60..0xa0 if !self.given.is_empty() => {
                self.given[self.given.len() - 1 - usize::from(which) % self.given.len()].clone()
            }
            0xa0..0xc0 => self.recipe.piece().to_vec(),
            which @ 0xc0..0xf0 => {
                let mut altered = self.shelf.bytes[usize::from(which) % self.shelf.bytes.len()].clone();
                let mut piece = Recipe(self.recipe.piece());
                piece.alter(&mut altered);
                altered
            }
            0xf0 => return (ptr::null(), 32),
            0xf1 => return (ptr::NonNull::dangling().as_ptr(), 0),
            // More than any object has, which is seen before a byte of it is read.
            0xf2 => return (ptr::NonNull::dangling().as_ptr(), usize::MAX),
            0xf3 => vec![0; 70_000],
            _ => return (ptr::null(), 0),
        };
        // So that an access past the end is one past the allocation.
        bytes.shrink_to_fit();
        self.read.push(bytes);
        let last = self.read.len() - 1;
        let bytes = &mut self.read[last];
        (bytes.as_mut_ptr().cast_const(), bytes.len())
    }

    fn text(&mut self) -> *const c_char {
        let text = match self.recipe.byte() {
            which @ 0..0x80 => self.shelf.texts[usize::from(which) % self.shelf.texts.len()].clone(),
            which @ 0x80..0xc0 => {
                let mut text = self.shelf.texts[usize::from(which) % self.shelf.texts.len()].clone();
                let mut piece = Recipe(self.recipe.piece());
                piece.alter(&mut text);
                text.push(0);
                text
            }
            0xc0..0xf0 => [self.recipe.piece(), &[0]].concat(),
            _ => return ptr::null(),
        };
        self.read.push(text);
        self.read[self.read.len() - 1].as_ptr().cast()
    }

    /// Several byte strings.
    fn arrays(&mut self) -> (*const *const u8, *const usize, usize) {
        let how = self.recipe.byte();
        let (strings, lengths): (Vec<_>, Vec<_>) = (0..how % 40).map(|_| self.bytes()).unzip();
        let count = if how == 0xff { usize::MAX } else { strings.len() };
        if how >= 0xfe {
            return (ptr::null(), ptr::null(), count);
        }
        self.arrays.push((strings, lengths));
        let (strings, lengths) = &self.arrays[self.arrays.len() - 1];
        (strings.as_ptr(), lengths.as_ptr(), count)
    }

    fn output(&mut self) -> (*mut u8, usize, *mut usize) {
        let (pointer, capacity) = match self.recipe.byte() {
            0..0xc0 => (true, ROOM),
            0xc0..0xe0 => (true, self.recipe.below(600)),
            0xe0..0xf0 => (false, 0),
            0xf0..0xf8 => (false, ROOM),
            _ => (true, 0),
        };
        self.buffer = vec![CANARY; capacity];
        self.capacity = if pointer { capacity } else { 0 };
        let length = if self.recipe.byte() == 0xff { ptr::null_mut() } else { &raw mut *self.length };
        (if pointer { self.buffer.as_mut_ptr() } else { ptr::null_mut() }, capacity, length)
    }

    fn place<T>(&mut self, kind: Kind) -> *mut *mut T {
        self.kind = kind;
        if self.recipe.byte() == 0xff { ptr::null_mut() } else { (&raw mut *self.fresh).cast() }
    }

    /// A place for a number of any size.
    fn number_out<T>(&mut self) -> *mut T {
        self.counted = (self.counted + 1) % self.numbers.len();
        if self.recipe.byte() == 0xff { ptr::null_mut() } else { (&raw mut self.numbers[self.counted]).cast() }
    }

    fn number(&mut self) -> u64 {
        match self.recipe.byte() {
            small @ 0..0xf0 => u64::from(small % 16),
            0xf0..0xf8 => u64::from(self.recipe.short()),
            0xf8 => u64::MAX,
            _ => self.recipe.number(),
        }
    }

    fn time(&mut self) -> i64 {
        match self.recipe.byte() {
            hours @ 0..0xf0 => NOON.cast_signed() + i64::from(hours) * 3_600_000,
            _ => self.recipe.number().cast_signed(),
        }
    }

    /// Takes note of what a call did.
    fn done(&mut self, status: footage_status) {
        // SAFETY: a text of the library's that is never freed.
        let words = unsafe { core::ffi::CStr::from_ptr(footage_status_message(status as i32)) };
        assert!(!words.is_empty() && words != c"no status of this library");
        assert_ne!(status, FOOTAGE_INTERNAL, "{}", self.number);
        let fresh = core::mem::replace(&mut *self.fresh, ptr::null_mut());
        if !fresh.is_null() {
            assert_eq!(status, FOOTAGE_OK);
            self.pool.push((self.kind, fresh));
        }
        let length = core::mem::replace(&mut *self.length, usize::MAX);
        if status == FOOTAGE_TOO_SMALL {
            assert!(length > self.capacity);
            assert!(
                self.buffer.iter().all(|byte| *byte == CANARY),
                "{} wrote what did not fit",
                CALLS[usize::from(self.number)]
            );
        } else if status == FOOTAGE_OK && length != usize::MAX && self.capacity > 0 {
            assert!(length <= self.capacity);
            // Texts end with a NUL, which does not count.
            let name = CALLS[usize::from(self.number)];
            let is_text = matches!(name, "footage_last_error_message" | "footage_tiles_wanted");
            let after = self.buffer[length..].iter().skip(usize::from(is_text));
            assert!(after.copied().all(|byte| byte == CANARY), "{name} wrote past the length");
            self.given.push(self.buffer[..length].to_vec());
            if self.given.len() > 8 {
                self.given.remove(0);
            }
        }
        self.read.clear();
        self.arrays.clear();
        self.buffer = Vec::new();
        self.capacity = 0;
    }

    /// Feeds and empties the streams, and stores the states, as the app does that is asked to.
    fn serve(&mut self) {
        let pool = self.pool.clone();
        let mut bytes = vec![0; ROOM];
        let room = &mut *self.length;
        for (kind, handle) in pool {
            // SAFETY: handles of the pool, of their types, and buffers of these lengths.
            unsafe {
                match kind {
                    Kind::Stream => {
                        let mut offset = 0;
                        if footage_stream_wanted(handle.cast(), &raw mut offset, room) == FOOTAGE_OK && *room > 0 {
                            let file = self.files.iter().rev().find(|(stream, _)| *stream == handle);
                            let file = file.map_or(&[][..], |(_, file)| &self.shelf.files[*file]);
                            let from = file.len().min(offset as usize);
                            let to = file.len().min(from + *room);
                            footage_stream_feed(handle.cast(), file[from..to].as_ptr(), to - from);
                        }
                        while footage_stream_take(handle.cast(), bytes.as_mut_ptr(), ROOM, room) == FOOTAGE_OK
                            && *room > 0
                        {}
                    }
                    Kind::Camera => drop(footage_camera_save(handle.cast(), bytes.as_mut_ptr(), ROOM, room)),
                    Kind::Agency => drop(footage_agency_save(handle.cast(), bytes.as_mut_ptr(), ROOM, room)),
                    Kind::Custodian => drop(footage_custodian_save(handle.cast(), bytes.as_mut_ptr(), ROOM, room)),
                    Kind::Witness => drop(footage_witness_save(handle.cast(), bytes.as_mut_ptr(), ROOM, room)),
                    _ => {}
                }
            }
        }
        *self.length = usize::MAX;
    }

    fn free(&mut self, kind: Kind) {
        let which = self.recipe.byte();
        if which == 0xff || self.pool.is_empty() {
            return free(kind, ptr::null_mut());
        }
        let at = usize::from(which) % self.pool.len();
        let (of, handle) = self.pool[at];
        free(kind, handle);
        // Of another type it is still there.
        if of == kind {
            self.pool.remove(at);
        }
    }

    /// An input that is one of the files, or says that it is longer or shorter.
    fn input(&mut self) -> footage_status {
        let file = usize::from(self.recipe.byte()) % self.shelf.files.len();
        let length = match self.recipe.byte() {
            0..0xc0 => self.shelf.files[file].len() as u64,
            0xc0..0xf0 => FOOTAGE_UNKNOWN_LENGTH,
            _ => self.number(),
        };
        let place = self.place(Kind::Stream);
        // SAFETY: a place for a handle, or NULL.
        let status = unsafe { footage_stream_new_input(length, place) };
        if !self.fresh.is_null() {
            self.files.push((*self.fresh, file));
        }
        status
    }

    /// The next call of the recipe, until it no longer asks for the app.
    fn step(&mut self) {
        let recipe = self.recipe;
        for _ in 0..64 {
            self.recipe = recipe;
            let status = self.call();
            self.done(status);
            // Now and then an app goes on to something else.
            if !matches!(status, FOOTAGE_WANT | FOOTAGE_UNSAVED) || self.recipe.byte() >= 0xf0 {
                break;
            }
            self.serve();
        }
    }
}

/// The words of the last error.
fn words() -> String {
    let (mut text, mut length) = (vec![0; 500], 0);
    // SAFETY: a buffer of this capacity.
    unsafe { footage_last_error_message(text.as_mut_ptr().cast(), text.len(), &raw mut length) };
    String::from_utf8_lossy(&text[..length.min(500)]).into_owned()
}

/// Where the calls begin.
impl App<'_> {
    /// Keeps a handle that a call made.
    fn make<T>(&mut self, kind: Kind, call: impl FnOnce(&Shelf, *mut *mut T) -> footage_status) -> *mut T {
        let mut handle = ptr::null_mut();
        assert_eq!(call(self.shelf, &raw mut handle), FOOTAGE_OK, "{kind:?}: {}", words());
        self.pool.push((kind, handle.cast()));
        handle
    }

    /// Makes a call until it asks for nothing more.
    fn finish(&mut self, mut call: impl FnMut(&Shelf) -> footage_status) {
        for _ in 0..64 {
            match call(self.shelf) {
                FOOTAGE_WANT | FOOTAGE_UNSAVED => self.serve(),
                status => return assert_eq!(status, FOOTAGE_OK, "{}", words()),
            }
        }
    }

    fn key(&mut self, secret: impl FnOnce(&Secrets) -> &[u8; 32]) -> *mut footage_signing_key {
        // SAFETY: 32 bytes, and a place for a handle.
        self.make(Kind::Key, |shelf, key| unsafe {
            footage_signing_key_restore(secret(&shelf.keys).as_ptr(), 32, key)
        })
    }

    fn file(&mut self, file: usize) -> *mut footage_stream {
        // SAFETY: a place for a handle.
        let stream = self.make(Kind::Stream, |shelf, stream| unsafe {
            footage_stream_new_input(shelf.files[file].len() as u64, stream)
        });
        self.files.push((stream.cast(), file));
        stream
    }

    fn ledger(&mut self) -> *mut footage_ledger {
        // SAFETY: bytes, a text, and a place for a handle.
        self.make(Kind::Ledger, |shelf, ledger| unsafe {
            let state = &shelf.bytes[2];
            footage_ledger_restore(state.as_ptr(), state.len(), shelf.texts[0].as_ptr().cast(), ledger)
        })
    }

    /// Brings the app to where the interesting calls can be made.
    fn begin(&mut self, scene: u8) {
        // SAFETY: in all of these, handles that were just made, bytes with their lengths, texts of the shelf.
        unsafe {
            match scene % 8 {
                1 => {
                    let key = self.key(|keys| &keys.camera);
                    let camera = self.make(Kind::Camera, |shelf, camera| {
                        let (certificate, device) = (&shelf.bytes[10], [9_u8; 32]);
                        let (at, length) = (certificate.as_ptr(), certificate.len());
                        footage_camera_new(at, length, key, device.as_ptr(), 32, 2, ptr::null(), 0, camera)
                    });
                    let (mut room, mut length, mut made) = (vec![0; ROOM], 0, ptr::null_mut());
                    self.finish(|shelf| {
                        let owner = &shelf.bytes[14];
                        let (at, lengths, now) = ([owner.as_ptr()], [owner.len()], NOON.cast_signed());
                        let (to, place) = (room.as_mut_ptr(), &raw mut length);
                        let (owners, cadence) = (at.as_ptr(), FOOTAGE_SIGN_EVERY_SEGMENT);
                        footage_recording_new(
                            camera, owners, lengths.as_ptr(), 1, now, cadence, to, ROOM, place, &raw mut made,
                        )
                    });
                    self.pool.push((Kind::Recording, made.cast()));
                    room.truncate(length);
                    self.given.push(room);
                }
                2 => {
                    let stream = self.file(0);
                    self.make(Kind::Stream, |_, stream| footage_stream_new_output(stream));
                    let clip = self.make(Kind::Clip, |_, clip| footage_clip_new(stream, clip));
                    self.finish(|_| footage_clip_open(clip));
                    let owner = self.make(Kind::Owner, |shelf, owner| {
                        footage_owner_restore(FOOTAGE_KEM_XWING, shelf.keys.owner.as_ptr(), 32, owner)
                    });
                    self.finish(|_| footage_clip_unlock(clip, owner));
                    self.ledger();
                }
                3 | 4 => {
                    let (key, ledger, stream) = (self.key(|keys| &keys.agency), self.ledger(), self.file(1));
                    self.make(Kind::Stream, |_, stream| footage_stream_new_output(stream));
                    let excerpt = self.make(Kind::Excerpt, |_, excerpt| footage_excerpt_new(stream, excerpt));
                    self.finish(|_| footage_excerpt_open(excerpt));
                    let agency = self.make(Kind::Agency, |shelf, agency| {
                        let (state, id) = (&shelf.keys.agency_state, shelf.texts[3].as_ptr().cast());
                        let (at, length) = (state.as_ptr(), state.len());
                        footage_agency_new(id, key, FOOTAGE_KEM_X25519, at, length, ledger, agency)
                    });
                    if scene % 8 == 4 {
                        let mut made = ptr::null_mut();
                        self.finish(|shelf| {
                            let at: Vec<_> = shelf.answers.iter().map(|answer| answer.as_ptr()).collect();
                            let lengths: Vec<_> = shelf.answers.iter().map(Vec::len).collect();
                            let (answers, lengths, now) = (at.as_ptr(), lengths.as_ptr(), NOON.cast_signed());
                            footage_agency_open(agency, excerpt, answers, lengths, 2, ledger, now, &raw mut made)
                        });
                        self.pool.push((Kind::Opened, made.cast()));
                    }
                }
                5 => {
                    let (key, ledger) = (self.key(|keys| &keys.custodian), self.ledger());
                    let custodian = self.make(Kind::Custodian, |shelf, custodian| {
                        let (id, tool) = (shelf.texts[4].as_ptr().cast(), shelf.texts[8].as_ptr().cast());
                        let (state, length) = (&shelf.keys.custodian_state, shelf.keys.custodian_state.len());
                        footage_custodian_new(id, key, FOOTAGE_KEM_X25519, tool, state.as_ptr(), length, custodian)
                    });
                    let (mut start, mut length) = (vec![0; ROOM], 0);
                    self.finish(|_| footage_custodian_start(custodian, start.as_mut_ptr(), ROOM, &raw mut length));
                    start.truncate(length);
                    assert_eq!(footage_ledger_entry(ledger, start.as_ptr(), length), FOOTAGE_OK);
                    let entries = [&self.shelf.entries[..], &[start]].concat();
                    let note = self.shelf.notary.witnessed(&entries, 2);
                    let (at, length) = (note.bytes().as_ptr(), note.bytes().len());
                    assert_eq!(footage_ledger_advance(ledger, at, length), FOOTAGE_OK);
                    let (mut made, now) = (ptr::null_mut(), NOON.cast_signed() + 7_200_000);
                    self.finish(|_| footage_custodian_serve(custodian, ledger, now, &raw mut made));
                    self.pool.push((Kind::List, made.cast()));
                }
                6 => {
                    self.make(Kind::Auditor, |shelf, auditor| {
                        let (state, trust) = (&shelf.bytes[3], shelf.texts[0].as_ptr().cast());
                        let policy = shelf.texts[1].as_ptr().cast();
                        footage_auditor_restore(state.as_ptr(), state.len(), trust, policy, auditor)
                    });
                    self.make(Kind::Tiles, |_, tiles| footage_tiles_new(tiles));
                    self.make(Kind::Ledger, |shelf, ledger| {
                        footage_ledger_new_phone(shelf.texts[0].as_ptr().cast(), ledger)
                    });
                    self.make(Kind::Feed, |shelf, feed| footage_feed_new(shelf.texts[0].as_ptr().cast(), feed));
                }
                7 => {
                    let (log, key) = (self.key(|keys| &keys.log), self.key(|keys| &keys.witness));
                    let kept = self.make(Kind::MemoryLog, |shelf, kept| {
                        footage_memory_log_new(shelf.texts[6].as_ptr().cast(), log, kept)
                    });
                    let name = self.shelf.texts[7].as_ptr().cast();
                    assert_eq!(footage_memory_log_witness(kept, name, key), FOOTAGE_OK);
                    let witness = self.make(Kind::Witness, |_, witness| {
                        footage_witness_new(name, key, ptr::null(), 0, witness)
                    });
                    let (origin, public) = (self.shelf.texts[6].as_ptr().cast(), self.shelf.bytes[13].as_ptr());
                    assert_eq!(footage_witness_watch(witness, origin, public, 32), FOOTAGE_OK);
                    // What a log would ask.
                    let note = self.shelf.notary.witnessed(&self.shelf.entries, 1);
                    self.given.push([b"old 0\n\n", note.bytes()].concat());
                }
                _ => {}
            }
        }
    }
}

/// Makes a call: each letter after the function's name is one of its arguments, or those that go together.
macro_rules! call {
    ($app:ident $f:ident [$($done:expr,)*]) => {
        // SAFETY: every pointer is NULL, or to what the conventions ask for, until the call is over.
        unsafe { $f($($done),*) }
    };
    ($app:ident $f:ident [$($done:expr,)*] new $kind:ident $($rest:tt)*) => {{
        let place = $app.place(Kind::$kind);
        call!($app $f [$($done,)* place,] $($rest)*)
    }};
    ($app:ident $f:ident [$($done:expr,)*] bytes $($rest:tt)*) => {{
        let (bytes, length) = $app.bytes();
        call!($app $f [$($done,)* bytes, length,] $($rest)*)
    }};
    ($app:ident $f:ident [$($done:expr,)*] inout $($rest:tt)*) => {{
        let (bytes, length) = $app.bytes();
        call!($app $f [$($done,)* bytes.cast_mut(), length,] $($rest)*)
    }};
    ($app:ident $f:ident [$($done:expr,)*] arrays $($rest:tt)*) => {{
        let (strings, lengths, count) = $app.arrays();
        call!($app $f [$($done,)* strings, lengths, count,] $($rest)*)
    }};
    ($app:ident $f:ident [$($done:expr,)*] text $($rest:tt)*) => {{
        let text = $app.text();
        call!($app $f [$($done,)* text,] $($rest)*)
    }};
    ($app:ident $f:ident [$($done:expr,)*] out $($rest:tt)*) => {{
        let (bytes, capacity, length) = $app.output();
        call!($app $f [$($done,)* bytes.cast(), capacity, length,] $($rest)*)
    }};
    ($app:ident $f:ident [$($done:expr,)*] segment $($rest:tt)*) => {{
        let segment = if $app.recipe.byte() == 0xff { ptr::null_mut() } else { &raw mut *$app.segment };
        call!($app $f [$($done,)* segment,] $($rest)*)
    }};
    ($app:ident $f:ident [$($done:expr,)*] put $($rest:tt)*) => {{
        let place = $app.number_out();
        call!($app $f [$($done,)* place,] $($rest)*)
    }};
    ($app:ident $f:ident [$($done:expr,)*] time $($rest:tt)*) => {{
        let time = $app.time();
        call!($app $f [$($done,)* time,] $($rest)*)
    }};
    ($app:ident $f:ident [$($done:expr,)*] u64 $($rest:tt)*) => {{
        let number = $app.number();
        call!($app $f [$($done,)* number,] $($rest)*)
    }};
    ($app:ident $f:ident [$($done:expr,)*] kem $($rest:tt)*) => {{
        let kem = match $app.recipe.byte() {
            0..0xe0 => FOOTAGE_KEM_X25519,
            0xe0..0xf0 => FOOTAGE_KEM_XWING,
            _ => $app.recipe.short(),
        };
        call!($app $f [$($done,)* kem,] $($rest)*)
    }};
    ($app:ident $f:ident [$($done:expr,)*] progress $($rest:tt)*) => {{
        let function: footage_progress = if $app.recipe.byte() == 0xff { None } else { Some(progress) };
        call!($app $f [$($done,)* function, ptr::null_mut(),] $($rest)*)
    }};
    // A number of another size.
    ($app:ident $f:ident [$($done:expr,)*] $size:ident $($rest:tt)*) => {{
        let number = call!(@ $app $size);
        call!($app $f [$($done,)* number,] $($rest)*)
    }};
    (@ $app:ident Key) => { $app.handle(Kind::Key) };
    (@ $app:ident Owner) => { $app.handle(Kind::Owner) };
    (@ $app:ident Camera) => { $app.handle(Kind::Camera) };
    (@ $app:ident Recording) => { $app.handle(Kind::Recording) };
    (@ $app:ident Clip) => { $app.handle(Kind::Clip) };
    (@ $app:ident Stream) => { $app.handle(Kind::Stream) };
    (@ $app:ident Cutter) => { $app.handle(Kind::Cutter) };
    (@ $app:ident Excerpt) => { $app.handle(Kind::Excerpt) };
    (@ $app:ident Agency) => { $app.handle(Kind::Agency) };
    (@ $app:ident Custodian) => { $app.handle(Kind::Custodian) };
    (@ $app:ident Ledger) => { $app.handle(Kind::Ledger) };
    (@ $app:ident Auditor) => { $app.handle(Kind::Auditor) };
    (@ $app:ident Feed) => { $app.handle(Kind::Feed) };
    (@ $app:ident Tiles) => { $app.handle(Kind::Tiles) };
    (@ $app:ident List) => { $app.handle(Kind::List) };
    (@ $app:ident MemoryLog) => { $app.handle(Kind::MemoryLog) };
    (@ $app:ident Opened) => { $app.handle(Kind::Opened) };
    (@ $app:ident Witness) => { $app.handle(Kind::Witness) };
    (@ $app:ident size) => { $app.number() as usize };
    (@ $app:ident u8) => { $app.number() as u8 };
    (@ $app:ident u32) => { $app.number() as u32 };
    (@ $app:ident i32) => { $app.number() as i32 };
}

macro_rules! calls {
    ($($f:ident($($argument:tt)*);)+) => {
        const CALLS: &[&str] = &[$(stringify!($f)),+];

        impl App<'_> {
            fn call(&mut self) -> footage_status {
                let app = self;
                app.number = app.recipe.byte();
                let number = usize::from(app.number);
                let Some(name) = CALLS.get(number) else {
                    match number - CALLS.len() {
                        0..18 => app.free(KINDS[number - CALLS.len()]),
                        _ => return app.input(),
                    }
                    return FOOTAGE_OK;
                };
                $(
                    if *name == stringify!($f) {
                        return call!(app $f [] $($argument)*);
                    }
                )+
                FOOTAGE_OK
            }
        }
    };
}

const KINDS: [Kind; 18] = [
    Kind::Key,
    Kind::Owner,
    Kind::Camera,
    Kind::Recording,
    Kind::Clip,
    Kind::Stream,
    Kind::Cutter,
    Kind::Excerpt,
    Kind::Agency,
    Kind::Custodian,
    Kind::Ledger,
    Kind::Auditor,
    Kind::Feed,
    Kind::Tiles,
    Kind::List,
    Kind::MemoryLog,
    Kind::Opened,
    Kind::Witness,
];

calls! {
    footage_signing_key_generate(new Key);
    footage_signing_key_restore(bytes new Key);
    footage_signing_key_save(Key out);
    footage_signing_key_public(Key out);
    footage_owner_generate(kem new Owner);
    footage_owner_restore(kem bytes new Owner);
    footage_owner_save(Owner out);
    footage_owner_public(Owner out);
    footage_camera_new(bytes Key bytes u8 bytes new Camera);
    footage_camera_save(Camera out);
    footage_camera_recover(Camera bytes out);
    footage_camera_recover_stream(Camera Stream Stream);
    footage_recording_new(Camera arrays time u8 out new Recording);
    footage_recording_clip(Recording out);
    footage_recording_init(Recording inout out);
    footage_recording_media(Recording u64 u64 inout out);
    footage_recording_finish(Recording out);
    footage_stream_new_output(new Stream);
    footage_stream_on_progress(Stream progress);
    footage_stream_wanted(Stream put put);
    footage_stream_feed(Stream bytes);
    footage_stream_take(Stream out);
    footage_stream_fail(Stream);
    footage_clip_new(Stream new Clip);
    footage_clip_open(Clip);
    footage_clip_unlock(Clip Owner);
    footage_clip_info(Clip out);
    footage_clip_select(Clip time time put put);
    footage_clip_segment_info(Clip u32 segment);
    footage_clip_segment(Clip u32 Stream);
    footage_cutter_new(Stream new Cutter);
    footage_cutter_new_by_size(Stream u64 new Cutter);
    footage_cutter_next(Cutter segment);
    footage_cutter_content(Cutter out);
    footage_excerpt_new(Stream new Excerpt);
    footage_excerpt_open(Excerpt);
    footage_excerpt_terms(Excerpt out);
    footage_excerpt_terms_json(Excerpt out);
    footage_excerpt_terms_id(Excerpt out);
    footage_excerpt_is_post_quantum(Excerpt put);
    footage_agency_new(text Key kem bytes Ledger new Agency);
    footage_agency_save(Agency out);
    footage_agency_request(Agency text Ledger out);
    footage_agency_take_in(Agency Excerpt);
    footage_agency_release(Agency Excerpt out);
    footage_agency_deliveries(Agency Excerpt bytes new List);
    footage_agency_open(Agency Excerpt arrays Ledger time new Opened);
    footage_agency_close_request(Agency bytes text Ledger out);
    footage_agency_delete(Agency Excerpt text Ledger out);
    footage_opened_verdict(Opened out);
    footage_opened_info(Opened out);
    footage_opened_words(Opened out);
    footage_opened_next(Opened put segment Stream);
    footage_custodian_new(text Key kem text bytes new Custodian);
    footage_custodian_save(Custodian out);
    footage_custodian_start(Custodian out);
    footage_custodian_serve(Custodian Ledger time new List);
    footage_custodian_destroy_ended(Custodian Ledger time new List);
    footage_custodian_publish_keys(Custodian Ledger u32 new List);
    footage_custodian_notice(Custodian bytes text Ledger time out);
    footage_custodian_answer(Custodian bytes text Ledger time out);
    footage_custodian_revoke(Custodian bytes out);
    footage_custodian_carry(Custodian bytes out);
    footage_ledger_new(text new Ledger);
    footage_ledger_save(Ledger out);
    footage_ledger_restore(bytes text new Ledger);
    footage_ledger_new_phone(text new Ledger);
    footage_ledger_size(Ledger put);
    footage_ledger_entry(Ledger bytes);
    footage_ledger_advance(Ledger bytes);
    footage_ledger_page(Ledger bytes);
    footage_ledger_time(Ledger put);
    footage_ledger_requests(Ledger u64 new List);
    footage_ledger_agency(Ledger text time out);
    footage_ledger_request(Ledger bytes out);
    footage_ledger_disclosures(Ledger text new List);
    footage_ledger_custodians(Ledger time new List);
    footage_ledger_follow(Ledger Tiles bytes);
    footage_auditor_new(text text new Auditor);
    footage_auditor_save(Auditor out);
    footage_auditor_restore(bytes text text new Auditor);
    footage_auditor_size(Auditor put);
    footage_auditor_entry(Auditor bytes);
    footage_auditor_advance(Auditor bytes);
    footage_auditor_follow(Auditor Tiles bytes);
    footage_auditor_compare(Auditor bytes put);
    footage_auditor_stale(Auditor time put);
    footage_auditor_numbers(Auditor u64 out);
    footage_auditor_numbers_csv(Auditor u64 u8 out);
    footage_auditor_directory(Auditor time out);
    footage_auditor_agencies_named(Auditor time text new List);
    footage_auditor_agencies_at(Auditor time i32 i32 new List);
    footage_auditor_overdue(Auditor new List);
    footage_auditor_charges(Auditor new List);
    footage_auditor_accuse(Auditor size new List);
    footage_accusation_verify(bytes text text put);
    footage_accusation_charge(bytes out);
    footage_feed_new(text new Feed);
    footage_feed_size(Feed put);
    footage_feed_entry(Feed bytes);
    footage_feed_advance(Feed bytes);
    footage_feed_page(Feed out);
    footage_tiles_new(new Tiles);
    footage_tiles_wanted(Tiles out);
    footage_tiles_feed(Tiles bytes);
    footage_tiles_fail(Tiles);
    footage_list_count(List put);
    footage_list_get(List size out);
    footage_last_error_message(out);
    footage_last_refusal(new List);
    footage_memory_log_new(text Key new MemoryLog);
    footage_memory_log_witness(MemoryLog text Key);
    footage_memory_log_append(MemoryLog bytes put);
    footage_memory_log_size(MemoryLog put);
    footage_memory_log_entries(MemoryLog u64 u64 new List);
    footage_memory_log_checkpoint(MemoryLog time out);
    footage_consent(Ledger Clip bytes u32 u32 text u64 text text time Stream new List);
    footage_consent_revocation(bytes out);
    footage_consent_json(bytes out);
    footage_proof_verify(bytes bytes text put put);
    footage_registrar_approve(Key text out);
    footage_registrar_withdraw(Key bytes out);
    footage_matching(Ledger u64 text text new List);
    footage_policy_check(Ledger bytes text time);
    footage_statement_sign(text Key out);
    footage_certificate_sign(text Key out);
    footage_statement_json(bytes out);
    footage_statement_id(bytes out);
    footage_witness_new(text Key bytes new Witness);
    footage_witness_watch(Witness text bytes);
    footage_witness_size(Witness text put);
    footage_witness_add_checkpoint(Witness bytes time out put);
    footage_witness_save(Witness out);
}

/// The first byte is where it begins, the others are calls.
pub fn ffi(data: &[u8]) {
    SHELF.with_borrow(|shelf| {
        let mut app = App {
            recipe: Recipe(data),
            shelf,
            pool: Vec::new(),
            files: Vec::new(),
            given: Vec::new(),
            read: Vec::new(),
            arrays: Vec::new(),
            buffer: Vec::new(),
            capacity: 0,
            length: Box::new(usize::MAX),
            fresh: Box::new(ptr::null_mut()),
            kind: Kind::Key,
            // SAFETY: numbers of which all may be zero.
            segment: Box::new(unsafe { core::mem::zeroed() }),
            numbers: Box::new([0; 4]),
            counted: 0,
            number: 0,
        };
        let scene = app.recipe.byte();
        app.begin(scene);
        for _ in 0..48 {
            if app.recipe.is_over() {
                break;
            }
            app.step();
        }
        assert!(footage_version() > 0);
    });
}
