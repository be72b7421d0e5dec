//! An app with its handles, and what it hands over in a call.
#![allow(unsafe_code)]

use core::ffi::{c_char, c_void};
use core::ptr;

use footage::ffi::footage_status::*;
use footage::ffi::*;

use super::super::common::NOON;
use super::super::recipe::Recipe;
use super::calls::CALLS;
use super::shelf::Shelf;

/// The types of handles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
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
pub fn free(kind: Kind, handle: *mut c_void) {
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
pub struct App<'a> {
    pub recipe: Recipe<'a>,
    pub shelf: &'a Shelf,
    pub pool: Vec<(Kind, *mut c_void)>,
    /// Which file a stream is.
    pub files: Vec<(*mut c_void, usize)>,
    /// What the last calls gave.
    pub given: Vec<Vec<u8>>,
    // What the present call reads and writes. Nothing of it moves before the call is over.
    pub read: Vec<Vec<u8>>,
    pub arrays: Vec<(Vec<*const u8>, Vec<usize>)>,
    pub buffer: Vec<u8>,
    pub capacity: usize,
    pub length: Box<usize>,
    pub fresh: Box<*mut c_void>,
    pub kind: Kind,
    pub segment: Box<footage_segment>,
    pub numbers: Box<[u64; 4]>,
    /// How many of the numbers the present call may write.
    pub counted: usize,
    /// Which call it is.
    pub number: u8,
}

/// What a buffer holds before a call, so that it shows what was written.
const CANARY: u8 = 0xc5;
/// Larger than any result but an excerpt's segment.
pub const ROOM: usize = 128 << 10;

impl Drop for App<'_> {
    fn drop(&mut self) {
        for (kind, handle) in self.pool.drain(..) {
            free(kind, handle);
        }
    }
}

pub extern "C" fn progress(_: *mut c_void, _: u64) {}

impl App<'_> {
    /// Any handle that there is, of the right type as a rule; or NULL.
    pub fn handle<T>(&mut self, kind: Kind) -> *const T {
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

    pub fn bytes(&mut self) -> (*const u8, usize) {
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

    pub fn text(&mut self) -> *const c_char {
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
    pub fn arrays(&mut self) -> (*const *const u8, *const usize, usize) {
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

    pub fn output(&mut self) -> (*mut u8, usize, *mut usize) {
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

    pub fn place<T>(&mut self, kind: Kind) -> *mut *mut T {
        self.kind = kind;
        if self.recipe.byte() == 0xff { ptr::null_mut() } else { (&raw mut *self.fresh).cast() }
    }

    /// A place for a number of any size.
    pub fn number_out<T>(&mut self) -> *mut T {
        self.counted = (self.counted + 1) % self.numbers.len();
        if self.recipe.byte() == 0xff { ptr::null_mut() } else { (&raw mut self.numbers[self.counted]).cast() }
    }

    pub fn number(&mut self) -> u64 {
        match self.recipe.byte() {
            small @ 0..0xf0 => u64::from(small % 16),
            0xf0..0xf8 => u64::from(self.recipe.short()),
            0xf8 => u64::MAX,
            _ => self.recipe.number(),
        }
    }

    pub fn time(&mut self) -> i64 {
        match self.recipe.byte() {
            hours @ 0..0xf0 => NOON.cast_signed() + i64::from(hours) * 3_600_000,
            _ => self.recipe.number().cast_signed(),
        }
    }

    /// Takes note of what a call did.
    pub fn done(&mut self, status: footage_status) {
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
    pub fn serve(&mut self) {
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

    pub fn free(&mut self, kind: Kind) {
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
    pub fn input(&mut self) -> footage_status {
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
    pub fn step(&mut self) {
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
