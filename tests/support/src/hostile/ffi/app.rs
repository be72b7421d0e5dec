//! An app with its handles, and what it hands over in a call.
#![allow(unsafe_code)]

use core::ffi::{c_char, c_void};
use core::ptr;

use footage::ffi::footage_status::*;
use footage::ffi::*;

use super::super::recipe::Recipe;
use super::callbacks::World;
use super::calls::CALLS;
use super::shelf::{NOON, Shelf};

/// The types of handles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Key,
    Owner,
    Store,
    Files,
    Camera,
    Recording,
    Cutter,
    Clip,
}

/// Frees a handle as one of a type.
pub fn free(kind: Kind, handle: *mut c_void) {
    // SAFETY: a handle of the pool, or NULL, that no call uses.
    unsafe {
        match kind {
            Kind::Key => footage_signing_key_free(handle.cast()),
            Kind::Owner => footage_owner_free(handle.cast()),
            Kind::Store => footage_store_free(handle.cast()),
            Kind::Files => footage_files_free(handle.cast()),
            Kind::Camera => footage_camera_free(handle.cast()),
            Kind::Recording => footage_recording_free(handle.cast()),
            Kind::Cutter => footage_cutter_free(handle.cast()),
            Kind::Clip => footage_clip_free(handle.cast()),
        }
    }
}

/// An app with its handles.
pub struct App<'a> {
    pub recipe: Recipe<'a>,
    pub shelf: &'a Shelf,
    pub pool: Vec<(Kind, *mut c_void)>,
    /// What the callbacks work on: freed after the handles.
    pub worlds: Vec<*mut World>,
    /// What the last calls wrote.
    pub given: Vec<Vec<u8>>,
    // What the present call reads and writes. Nothing of it moves before the call returns.
    pub read: Vec<Vec<u8>>,
    pub pieces: Vec<footage_piece>,
    pub sound: Box<footage_piece>,
    pub buffer: Vec<u8>,
    pub capacity: usize,
    pub length: Box<usize>,
    pub fresh: Box<*mut c_void>,
    pub kind: Kind,
    pub device: Box<footage_device>,
    pub source: Box<footage_source>,
    pub sink: Box<footage_sink>,
    pub list: Box<footage_owner_list>,
    pub clocks: Box<footage_clocks>,
    pub group: Box<footage_group>,
    /// Whether a cutter gave the group in the call before.
    pub lent: bool,
    pub segment: Box<footage_segment>,
    pub info: Box<footage_clip_info>,
    pub numbers: Box<[u64; 4]>,
    /// How many of the numbers the present call may write.
    pub counted: usize,
    /// Which call it is.
    pub number: u8,
}

/// What a buffer holds before a call, so that it shows what was written.
const CANARY: u8 = 0xc5;
/// Larger than any result.
const ROOM: usize = 128 << 10;

/// Numbers, pointers and functions that are all zero.
fn zeroed<T>() -> T {
    // SAFETY: only used for the interface's structs, of which all may be zero.
    unsafe { core::mem::zeroed() }
}

impl Drop for App<'_> {
    fn drop(&mut self) {
        for (kind, handle) in self.pool.drain(..) {
            free(kind, handle);
        }
        for world in self.worlds.drain(..) {
            // SAFETY: made by `Box::into_raw`, and no handle uses it any more.
            drop(unsafe { Box::from_raw(world) });
        }
    }
}

impl<'a> App<'a> {
    pub fn new(recipe: Recipe<'a>, shelf: &'a Shelf) -> Self {
        Self {
            recipe,
            shelf,
            pool: Vec::new(),
            worlds: Vec::new(),
            given: Vec::new(),
            read: Vec::new(),
            pieces: Vec::new(),
            sound: Box::new(zeroed()),
            buffer: Vec::new(),
            capacity: 0,
            length: Box::new(usize::MAX),
            fresh: Box::new(ptr::null_mut()),
            kind: Kind::Key,
            device: Box::new(zeroed()),
            source: Box::new(zeroed()),
            sink: Box::new(zeroed()),
            list: Box::new(zeroed()),
            clocks: Box::new(zeroed()),
            group: Box::new(zeroed()),
            lent: false,
            segment: Box::new(zeroed()),
            info: Box::new(zeroed()),
            numbers: Box::new([0; 4]),
            counted: 0,
            number: 0,
        }
    }

    /// From here on callbacks fail or lie, if the recipe says so.
    pub fn trust(&mut self) {
        let trust = self.recipe.byte();
        for world in &self.worlds {
            // SAFETY: made by `Box::into_raw`, and used by no call now.
            unsafe { (**world).seed = trust.into() };
        }
    }

    /// What callbacks work on, with a file to be read.
    pub fn world(&mut self, file: Vec<u8>) -> *mut World {
        let world = Box::into_raw(Box::new(World::new(file)));
        self.worlds.push(world);
        world
    }

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
            0x80..0xf0 => [self.recipe.piece(), &[0]].concat(),
            _ => return ptr::null(),
        };
        self.read.push(text);
        self.read[self.read.len() - 1].as_ptr().cast()
    }

    /// The first list of a household, with keys of every kind.
    pub fn list(&mut self) -> *const footage_owner_list {
        let (household, household_length) = self.bytes();
        let (key, key_length) = self.bytes();
        let (recovery, recovery_length) = self.bytes();
        let (recovery_signer, recovery_signer_length) = self.bytes();
        let (device, device_length) = self.bytes();
        *self.list = footage_owner_list {
            household,
            household_length,
            key,
            key_length,
            recovery,
            recovery_length,
            recovery_signer,
            recovery_signer_length,
            device,
            device_length,
        };
        if self.recipe.byte() == 0xff { ptr::null() } else { &raw const *self.list }
    }

    pub fn clocks(&mut self) -> *const footage_clocks {
        let wall = if self.recipe.byte() < 0xc0 { self.time() } else { FOOTAGE_NO_TIME };
        *self.clocks = footage_clocks { monotonic: self.number() % 1000 * 1000, wall };
        if self.recipe.byte() == 0xff { ptr::null() } else { &raw const *self.clocks }
    }

    fn piece(&mut self) -> footage_piece {
        let (start, duration) = (self.number(), self.number());
        let (content, content_length) = self.bytes();
        let (start, end) = (start.wrapping_mul(1000), start.wrapping_add(duration).wrapping_mul(1000));
        footage_piece { start, end, content: content.cast_mut(), content_length }
    }

    /// The group that a cutter has just given, or one of any pieces.
    pub fn group(&mut self) -> *const footage_group {
        let how = self.recipe.byte();
        if how >= 0x80 && self.lent {
            return &raw const *self.group;
        }
        let (picture_init, picture_init_length) = if how & 1 == 0 { (ptr::null(), 0) } else { self.bytes() };
        let (sound_init, sound_init_length) = if how & 2 == 0 { (ptr::null(), 0) } else { self.bytes() };
        self.pieces = (0..how >> 2 & 3).map(|_| self.piece()).collect();
        *self.sound = self.piece();
        // A content may be given twice, which is refused.
        if how & 0x40 != 0
            && let Some(first) = self.pieces.first()
        {
            self.sound.content = first.content;
            self.sound.content_length = first.content_length;
        }
        let next = if how & 0x20 == 0 { FOOTAGE_UNKNOWN } else { self.number().wrapping_mul(1000) };
        *self.group = footage_group {
            picture_init: picture_init.cast_mut(),
            picture_init_length,
            sound_init: sound_init.cast_mut(),
            sound_init_length,
            pictures: self.pieces.as_ptr(),
            pictures_count: self.pieces.len(),
            sound: if how & 0x10 == 0 { ptr::null() } else { &raw const *self.sound },
            sound_samples: 5,
            next,
        };
        match self.recipe.byte() {
            0xff => return ptr::null(),
            0xfe => self.group.pictures_count = usize::MAX,
            0xfd => self.group.pictures = ptr::null(),
            _ => {}
        }
        &raw const *self.group
    }

    /// A place for a group.
    pub fn group_out(&mut self) -> *mut footage_group {
        if self.recipe.byte() == 0xff { ptr::null_mut() } else { &raw mut *self.group }
    }

    pub fn device(&mut self) -> *const footage_device {
        let (certificate, certificate_length) = self.bytes();
        let key = self.handle(Kind::Key);
        let (secret, secret_length) = self.bytes();
        let suite = self.number() as u8;
        *self.device = footage_device { certificate, certificate_length, key, secret, secret_length, suite };
        if self.recipe.byte() == 0xff { ptr::null() } else { &raw const *self.device }
    }

    pub fn sink(&mut self) -> *const footage_sink {
        *self.sink = World::sink(self.any_world());
        match self.recipe.byte() {
            0xff => return ptr::null(),
            0xfe => self.sink.write = None,
            _ => {}
        }
        &raw const *self.sink
    }

    pub fn source(&mut self) -> *const footage_source {
        let file = usize::from(self.recipe.byte()) % self.shelf.files.len();
        let world = self.world(self.shelf.files[file].clone());
        *self.source = World::source(world);
        match self.recipe.byte() {
            0xff => return ptr::null(),
            0xfe => self.source.size = None,
            0xfd => self.source.read = None,
            _ => {}
        }
        &raw const *self.source
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
            seconds @ 0..0xf0 => NOON.cast_signed() + i64::from(seconds) * 1000,
            _ => self.recipe.number().cast_signed(),
        }
    }

    /// Takes note of what a call did.
    pub fn done(&mut self, status: footage_status) {
        // SAFETY: a text of the library's that is never freed.
        let words = unsafe { core::ffi::CStr::from_ptr(footage_status_message(status as i32)) };
        assert!(!words.is_empty() && words != c"not a status of this library");
        assert_ne!(status, FOOTAGE_INTERNAL, "{}", self.number);
        let fresh = core::mem::replace(&mut *self.fresh, ptr::null_mut());
        if !fresh.is_null() {
            assert_eq!(status, FOOTAGE_OK);
            self.pool.push((self.kind, fresh));
        }
        let length = core::mem::replace(&mut *self.length, usize::MAX);
        let name = CALLS.get(usize::from(self.number)).copied().unwrap_or_default();
        if status == FOOTAGE_TOO_SMALL {
            assert!(length > self.capacity || name == "footage_last_error_message");
            assert!(self.buffer.iter().all(|byte| *byte == CANARY), "{name} wrote what did not fit");
        } else if status == FOOTAGE_OK && length != usize::MAX && self.capacity > 0 {
            assert!(length <= self.capacity);
            // Texts end with a NUL, which does not count.
            let after = self.buffer[length..].iter().skip(usize::from(name == "footage_last_error_message"));
            assert!(after.copied().all(|byte| byte == CANARY), "{name} wrote past the length");
            self.given.push(self.buffer[..length].to_vec());
            if self.given.len() > 8 {
                self.given.remove(0);
            }
        }
        self.read.clear();
        self.pieces.clear();
        self.lent = name == "footage_cutter_next" && status == FOOTAGE_OK;
        if self.lent {
            self.check_lent();
        }
        self.buffer = Vec::new();
        self.capacity = 0;
    }

    /// All of what a cutter gave can be read.
    fn check_lent(&self) {
        let group = &*self.group;
        let mut sum = 0_u64;
        let mut read = |content: *const u8, length: usize| {
            if length > 0 {
                // SAFETY: the cutter gave it, and no call was made since.
                let bytes = unsafe { core::slice::from_raw_parts(content, length) };
                sum += bytes.iter().map(|byte| u64::from(*byte)).sum::<u64>();
            }
        };
        read(group.picture_init, group.picture_init_length);
        read(group.sound_init, group.sound_init_length);
        for at in 0..group.pictures_count {
            // SAFETY: the cutter gave so many pieces, and no call was made since.
            let piece = unsafe { &*group.pictures.add(at) };
            read(piece.content, piece.content_length);
        }
        if !group.sound.is_null() {
            // SAFETY: the cutter gave it, and no call was made since.
            let piece = unsafe { &*group.sound };
            read(piece.content, piece.content_length);
        }
        core::hint::black_box(sum);
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
}
