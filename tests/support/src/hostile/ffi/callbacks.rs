//! What the callbacks of an app work on, and what they do wrong.
#![allow(unsafe_code)]

use core::ffi::{CStr, c_char, c_void};
use std::collections::BTreeMap;

use footage::ffi::*;

/// Facts, clips, and one file to be read; and how the callbacks go wrong.
pub struct World {
    file: Vec<u8>,
    facts: BTreeMap<Vec<u8>, Vec<u8>>,
    clips: BTreeMap<Vec<u8>, Vec<u8>>,
    /// A stream of numbers, of which some make callbacks fail. They do what they should while it is 0.
    pub seed: u64,
}

/// A clip's file: its name, which stays at one place.
type Opened = Vec<u8>;

/// What a callback does.
#[derive(PartialEq, Eq)]
enum Mood {
    Good,
    Fails,
    Lies,
}

impl World {
    pub const fn new(file: Vec<u8>) -> Self {
        Self { file, facts: BTreeMap::new(), clips: BTreeMap::new(), seed: 0 }
    }

    fn mood(&mut self) -> Mood {
        if self.seed == 0 {
            return Mood::Good;
        }
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        match self.seed >> 58 {
            0 | 1 => Mood::Fails,
            2 | 3 => Mood::Lies,
            _ => Mood::Good,
        }
    }

    pub fn source(world: *mut Self) -> footage_source {
        footage_source { user: world.cast(), read: Some(read_file), size: Some(size_of_file) }
    }

    pub fn sink(world: *mut Self) -> footage_sink {
        footage_sink { user: world.cast(), write: Some(write_sink) }
    }

    pub fn store(world: *mut Self) -> footage_store_callbacks {
        footage_store_callbacks {
            user: world.cast(),
            fact: Some(fact),
            put_fact: Some(put_fact),
            remove_fact: Some(remove_fact),
            list_facts: Some(list_facts),
            secret: Some(fact),
            put_secret: Some(put_fact),
            erase: Some(erase),
            list_secrets: Some(list_secrets),
            floor: Some(floor),
            raise_floor: Some(raise_floor),
        }
    }

    pub fn files(world: *mut Self) -> footage_files_callbacks {
        footage_files_callbacks {
            user: world.cast(),
            create: Some(create),
            open: Some(open),
            remove: Some(remove),
            list_empty: Some(list_empty),
            read: Some(read),
            write: Some(write),
            size: Some(size),
            truncate: Some(truncate),
            sync: Some(sync),
            close: Some(close),
        }
    }
}

/// The world of a callback, and its mood.
unsafe fn at<'a>(user: *mut c_void) -> (&'a mut World, Mood) {
    // SAFETY: the pointer that every callback of this app has, of which one runs at a time.
    let world = unsafe { &mut *user.cast::<World>() };
    let mood = world.mood();
    (world, mood)
}

unsafe fn name(text: *const c_char) -> Vec<u8> {
    // SAFETY: a text of the library's.
    unsafe { CStr::from_ptr(text) }.to_bytes().to_vec()
}

/// Reads bytes from a place on, as far as there is room.
unsafe fn copy(bytes: &[u8], offset: u64, to: *mut u8, room: usize, length: *mut usize, mood: &Mood) -> i32 {
    let rest = usize::try_from(offset).ok().and_then(|offset| bytes.get(offset..)).unwrap_or_default();
    let count = rest.len().min(room);
    // SAFETY: a buffer of this room, and a place for a length.
    unsafe {
        to.copy_from_nonoverlapping(rest.as_ptr(), count);
        length.write(if *mood == Mood::Lies { room + 1 } else { count });
    }
    i32::from(*mood == Mood::Fails)
}

unsafe extern "C" fn read_file(user: *mut c_void, offset: u64, to: *mut u8, room: usize, length: *mut usize) -> i32 {
    // SAFETY: the library's rules for callbacks.
    unsafe {
        let (world, mood) = at(user);
        copy(&world.file, offset, to, room, length, &mood)
    }
}

unsafe extern "C" fn size_of_file(user: *mut c_void, size: *mut u64) -> i32 {
    // SAFETY: the library's rules for callbacks.
    unsafe {
        let (world, mood) = at(user);
        size.write(if mood == Mood::Lies { u64::MAX } else { world.file.len() as u64 });
        i32::from(mood == Mood::Fails)
    }
}

unsafe extern "C" fn fact(user: *mut c_void, key: *const c_char, to: *mut u8, room: usize, length: *mut usize) -> i32 {
    // SAFETY: the library's rules for callbacks.
    unsafe {
        let (world, mood) = at(user);
        if let Some(value) = world.facts.get(&name(key)) {
            if value.len() <= room {
                to.copy_from_nonoverlapping(value.as_ptr(), value.len());
            }
            length.write(if mood == Mood::Lies { room + 7 } else { value.len() });
        }
        i32::from(mood == Mood::Fails)
    }
}

unsafe extern "C" fn put_fact(user: *mut c_void, key: *const c_char, value: *const u8, length: usize) -> i32 {
    // SAFETY: the library's rules for callbacks.
    unsafe {
        let (world, mood) = at(user);
        let value = core::slice::from_raw_parts(value, length);
        world.facts.insert(name(key), if mood == Mood::Lies { vec![0; 9] } else { value.to_vec() });
        i32::from(mood == Mood::Fails)
    }
}

unsafe extern "C" fn remove_fact(user: *mut c_void, key: *const c_char) -> i32 {
    // SAFETY: the library's rules for callbacks.
    unsafe {
        let (world, mood) = at(user);
        world.facts.remove(&name(key));
        i32::from(mood == Mood::Fails)
    }
}

unsafe extern "C" fn list_facts(user: *mut c_void, list: *mut c_void, add: footage_add_key) -> i32 {
    // SAFETY: the library's rules for callbacks.
    unsafe {
        let (_, mood) = at(user);
        if mood == Mood::Good { add(list, c"camera".as_ptr()) } else { add(list, c"\xff".as_ptr()) }
    }
}

unsafe extern "C" fn erase(user: *mut c_void, _: *const c_char, method: *mut u8, nothing_left: *mut u8) -> i32 {
    // SAFETY: the library's rules for callbacks.
    unsafe {
        let (_, mood) = at(user);
        method.write(if mood == Mood::Lies { 77 } else { FOOTAGE_ERASED_OTHER });
        nothing_left.write(1);
        i32::from(mood == Mood::Fails)
    }
}

unsafe extern "C" fn list_secrets(user: *mut c_void, list: *mut c_void, add: footage_add_secret) -> i32 {
    // SAFETY: the library's rules for callbacks.
    unsafe {
        let (_, mood) = at(user);
        if mood == Mood::Lies { add(list, c"".as_ptr(), 2) } else { i32::from(mood == Mood::Fails) }
    }
}

unsafe extern "C" fn floor(user: *mut c_void, floor: *mut u64) -> i32 {
    // SAFETY: the library's rules for callbacks.
    unsafe {
        let (_, mood) = at(user);
        floor.write(if mood == Mood::Lies { u64::MAX } else { 0 });
        i32::from(mood == Mood::Fails)
    }
}

unsafe extern "C" fn raise_floor(user: *mut c_void, _: u64) -> i32 {
    // SAFETY: the library's rules for callbacks.
    i32::from(unsafe { at(user) }.1 == Mood::Fails)
}

unsafe extern "C" fn create(user: *mut c_void, clip: *const c_char, file: *mut *mut c_void) -> i32 {
    // SAFETY: the library's rules for callbacks.
    unsafe {
        let (world, mood) = at(user);
        match mood {
            Mood::Fails => 1,
            Mood::Lies => 0,
            Mood::Good => {
                let clip = name(clip);
                world.clips.insert(clip.clone(), Vec::new());
                file.write(Box::into_raw(Box::<Opened>::new(clip)).cast());
                0
            }
        }
    }
}

unsafe extern "C" fn open(user: *mut c_void, clip: *const c_char, file: *mut *mut c_void) -> i32 {
    // SAFETY: the library's rules for callbacks.
    unsafe {
        let (world, mood) = at(user);
        let clip = name(clip);
        if mood == Mood::Good && world.clips.contains_key(&clip) {
            file.write(Box::into_raw(Box::<Opened>::new(clip)).cast());
        }
        i32::from(mood == Mood::Fails)
    }
}

unsafe extern "C" fn remove(user: *mut c_void, clip: *const c_char) -> i32 {
    // SAFETY: the library's rules for callbacks.
    unsafe {
        let (world, mood) = at(user);
        world.clips.remove(&name(clip));
        i32::from(mood == Mood::Fails)
    }
}

unsafe extern "C" fn list_empty(user: *mut c_void, list: *mut c_void, add: footage_add_clip) -> i32 {
    // SAFETY: the library's rules for callbacks.
    unsafe {
        let (_, mood) = at(user);
        match mood {
            Mood::Good => add(list, c"00112233445566778899aabbccddeeff".as_ptr()),
            Mood::Lies => add(list, c"clip".as_ptr()),
            Mood::Fails => 3,
        }
    }
}

/// A clip's file, which may have been removed.
unsafe fn clip(user: *mut c_void, file: *mut c_void) -> (&'static mut Vec<u8>, Mood) {
    // SAFETY: what `create` or `open` gave, which is not closed yet.
    unsafe {
        let (world, mood) = at(user);
        (world.clips.entry((*file.cast::<Opened>()).clone()).or_default(), mood)
    }
}

unsafe extern "C" fn read(
    user: *mut c_void,
    file: *mut c_void,
    offset: u64,
    to: *mut u8,
    room: usize,
    length: *mut usize,
) -> i32 {
    // SAFETY: the library's rules for callbacks.
    unsafe {
        let (clip, mood) = clip(user, file);
        copy(clip, offset, to, room, length, &mood)
    }
}

unsafe extern "C" fn write(user: *mut c_void, file: *mut c_void, offset: u64, from: *const u8, length: usize) -> i32 {
    // SAFETY: the library's rules for callbacks.
    unsafe {
        let (clip, mood) = clip(user, file);
        let offset = offset as usize;
        // Half of it, if it fails.
        let length = if mood == Mood::Good { length } else { length / 2 };
        if clip.len() < offset + length {
            clip.resize(offset + length, 0);
        }
        clip[offset..offset + length].copy_from_slice(core::slice::from_raw_parts(from, length));
        i32::from(mood != Mood::Good)
    }
}

unsafe extern "C" fn size(user: *mut c_void, file: *mut c_void, size: *mut u64) -> i32 {
    // SAFETY: the library's rules for callbacks.
    unsafe {
        let (clip, mood) = clip(user, file);
        size.write(if mood == Mood::Lies { 5 } else { clip.len() as u64 });
        i32::from(mood == Mood::Fails)
    }
}

unsafe extern "C" fn truncate(user: *mut c_void, file: *mut c_void, size: u64) -> i32 {
    // SAFETY: the library's rules for callbacks.
    unsafe {
        let (clip, mood) = clip(user, file);
        clip.truncate(size as usize);
        i32::from(mood == Mood::Fails)
    }
}

unsafe extern "C" fn write_sink(user: *mut c_void, from: *const u8, length: usize) -> i32 {
    // SAFETY: the library's rules for callbacks; the app passes a world as `user`.
    unsafe {
        // Reads every byte, which a sanitizer sees.
        let sum = core::slice::from_raw_parts(from, length).iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
        core::hint::black_box(sum);
        i32::from((*user.cast::<World>()).mood() != Mood::Good)
    }
}

unsafe extern "C" fn sync(user: *mut c_void, file: *mut c_void) -> i32 {
    // SAFETY: the library's rules for callbacks.
    i32::from(unsafe { clip(user, file) }.1 == Mood::Fails)
}

unsafe extern "C" fn close(_: *mut c_void, file: *mut c_void) {
    // SAFETY: what `create` or `open` gave, which is closed once.
    drop(unsafe { Box::from_raw(file.cast::<Opened>()) });
}
