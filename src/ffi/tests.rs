//! The machinery of the border from Rust, small enough for Miri.
#![cfg(feature = "std")]

use core::ffi::{CStr, c_char, c_void};
use core::ptr::{null, null_mut};
use std::io::{Read, Seek, SeekFrom, Write};

use super::argument::{Callbacks, InPlace, Input, Items, Output, Place, Text, check_apart};
use super::handle::{Ref, Shared};
use super::source::Source;
use super::status::{Done, call};
use super::*;
use crate::camera::{ClipFile, ClipFiles};
use crate::record::ClipId;
use crate::store::{ErasureMethod, SecretState, Store, StoreError, StoreKey};
use footage_status::*;

/// Fetches a result.
fn fetch(get: impl Fn(*mut u8, usize, *mut usize) -> footage_status) -> Vec<u8> {
    let mut length = 0;
    assert_eq!(get(null_mut(), 0, &raw mut length), FOOTAGE_OK);
    let mut bytes = vec![0; length];
    if length > 0 {
        assert_eq!(get(bytes.as_mut_ptr(), length - 1, &raw mut length), FOOTAGE_TOO_SMALL);
    }
    assert_eq!(get(bytes.as_mut_ptr(), bytes.len(), &raw mut length), FOOTAGE_OK);
    assert_eq!(length, bytes.len());
    bytes
}

/// Makes a handle.
fn made<T>(make: impl Fn(*mut *mut T) -> footage_status) -> *mut T {
    assert_eq!(make(null_mut()), FOOTAGE_NULL);
    let mut handle = null_mut();
    assert_eq!(make(&raw mut handle), FOOTAGE_OK);
    handle
}

fn key(secret: [u8; 32]) -> *mut footage_signing_key {
    made(|place| unsafe { footage_signing_key_restore(secret.as_ptr(), 32, place) })
}

fn owner() -> *mut footage_owner {
    made(|place| unsafe { footage_owner_restore(FOOTAGE_KEM_X25519, [9; 32].as_ptr(), 32, place) })
}

fn last_error() -> String {
    let mut length = 0;
    assert_eq!(unsafe { footage_last_error_message(null_mut(), 0, &raw mut length) }, FOOTAGE_OK);
    let mut text: Vec<c_char> = vec![1; length + 1];
    let written = unsafe { footage_last_error_message(text.as_mut_ptr(), length + 1, &raw mut length) };
    assert_eq!(written, FOOTAGE_OK);
    unsafe { CStr::from_ptr(text.as_ptr()) }.to_str().unwrap().to_owned()
}

#[test]
fn keys_are_saved_restored_and_freed() {
    let one = made(|place| unsafe { footage_signing_key_generate(place) });
    let secret = fetch(|bytes, capacity, length| unsafe { footage_signing_key_save(one, bytes, capacity, length) });
    let other = key(secret.try_into().unwrap());
    let public =
        |key| fetch(|bytes, capacity, length| unsafe { footage_signing_key_public(key, bytes, capacity, length) });
    assert_eq!(public(one), public(other));
    let owner = owner();
    let public = fetch(|bytes, capacity, length| unsafe { footage_owner_public(owner, bytes, capacity, length) });
    assert_eq!((public.len(), &public[..2]), (34, &[0, 0x20][..]));
    unsafe {
        footage_signing_key_free(one);
        footage_signing_key_free(other);
        footage_signing_key_free(null_mut());
        footage_owner_free(owner);
    }
}

#[test]
fn a_handle_of_another_type_is_refused_and_stays() {
    let (owner, key) = (owner(), key([3; 32]));
    let mut length = 0;
    let wrong = unsafe { footage_signing_key_save(owner.cast(), null_mut(), 0, &raw mut length) };
    assert_eq!((wrong, length), (FOOTAGE_HANDLE, 0));
    assert_eq!(last_error(), "the handle is of another type");
    unsafe {
        footage_owner_free(key.cast());
        footage_signing_key_free(owner.cast());
    }
    assert_eq!(unsafe { footage_signing_key_save(key, null_mut(), 0, &raw mut length) }, FOOTAGE_OK);
    unsafe {
        footage_owner_free(owner);
        footage_signing_key_free(key);
    }
}

#[test]
fn a_content_is_used_by_one_and_outlives_its_handle() {
    let key = key([4; 32]);
    let content = unsafe { Ref::new(key.cast_const()) }.share().unwrap();
    let lock = content.lock().unwrap();
    let mut length = 0;
    assert_eq!(unsafe { footage_signing_key_save(key, null_mut(), 0, &raw mut length) }, FOOTAGE_BUSY);
    unsafe { footage_signing_key_free(key) };
    assert_eq!(lock.to_secret().expose(), &[4; 32]);
    drop(lock);
    assert!(content.lock().is_ok());
}

#[test]
fn a_panic_stays_inside_and_breaks_the_handle() {
    let shared = Shared::new(vec![1]);
    let other = shared.clone();
    let status = call(move || {
        let mut lock = other.lock()?;
        lock.push(2);
        panic!("a test's");
    });
    assert_eq!(status, FOOTAGE_INTERNAL);
    assert_eq!(shared.lock().err().map(|failure| failure.status), Some(FOOTAGE_INTERNAL));
}

fn status_of<T>(done: Done<T>) -> footage_status {
    done.map_or_else(|failure| failure.status, |_| FOOTAGE_OK)
}

#[test]
fn arguments_are_checked() {
    let mut bytes = [9, 8, 7];
    let mut length = 7;
    unsafe {
        assert_eq!(Input::new(bytes.as_ptr(), 3).get().unwrap(), bytes);
        assert!(Input::new(null(), 0).get().unwrap().is_empty());
        assert_eq!(status_of(Input::new(null(), 1).get()), FOOTAGE_NULL);
        assert_eq!(status_of(Input::new(bytes.as_ptr(), usize::MAX).get()), FOOTAGE_ARGUMENT);
        assert_eq!(status_of(Input::new(bytes.as_ptr(), 3).array::<4>()), FOOTAGE_ARGUMENT);
        assert_eq!(status_of(Input::new(bytes.as_ptr(), 3).secret::<4>()), FOOTAGE_ARGUMENT);
        InPlace::new(bytes.as_mut_ptr(), 3).get().unwrap()[0] = 1;
        assert_eq!(status_of(InPlace::new(null_mut(), 1).get()), FOOTAGE_NULL);
        assert_eq!(Text::new(c"text".as_ptr()).get().unwrap(), "text");
        assert_eq!(status_of(Text::new(null()).get()), FOOTAGE_NULL);
        assert_eq!(status_of(Text::new(c"\xff".as_ptr()).get()), FOOTAGE_ARGUMENT);
        let numbers = [1_u64, 2];
        assert_eq!(Items::new(numbers.as_ptr(), 2).get().unwrap(), numbers);
        assert!(Items::<u64>::new(null(), 0).get().unwrap().is_empty());
        assert_eq!(status_of(Items::<u64>::new(null(), 1).get()), FOOTAGE_NULL);
        assert_eq!(status_of(Items::new(numbers.as_ptr(), usize::MAX).get()), FOOTAGE_ARGUMENT);
        let start = bytes.as_mut_ptr();
        let [first, rest, second] = [(0, 1), (1, 2), (1, 1)].map(|(at, length)| InPlace::new(start.add(at), length));
        assert_eq!(status_of(check_apart([rest, InPlace::new(null_mut(), 0), first])), FOOTAGE_OK);
        assert_eq!(status_of(check_apart([first, second, rest])), FOOTAGE_ARGUMENT);
        assert_eq!(status_of(Callbacks::<footage_source>::new(null()).get()), FOOTAGE_NULL);
        assert_eq!(status_of(Place::new(null_mut()).put(1)), FOOTAGE_NULL);
        let output = Output::new(bytes.as_mut_ptr(), 3, &raw mut length);
        assert_eq!(status_of(output.write(&[1; 4])), FOOTAGE_TOO_SMALL);
        assert_eq!((length, bytes), (4, [1, 8, 7]));
        assert_eq!(status_of(Output::new(null_mut(), 0, &raw mut length).write(&[1; 5])), FOOTAGE_OK);
        assert_eq!(status_of(Output::new(bytes.as_mut_ptr(), 3, null_mut()).write(&[1])), FOOTAGE_NULL);
    }
    assert_eq!(length, 5);
}

/// What the callbacks of a test work on: a value under any key, bytes of a file, and an error that they return.
#[derive(Default)]
struct App {
    value: Option<Vec<u8>>,
    file: Vec<u8>,
    error: i32,
    /// What is said to be longer than it is.
    more: usize,
    /// `erase` leaves its answer out.
    silent: bool,
    closed: u32,
}

unsafe fn app<'a>(user: *mut c_void) -> &'a mut App {
    unsafe { &mut *user.cast() }
}

unsafe extern "C" fn get(user: *mut c_void, _: *const c_char, to: *mut u8, room: usize, length: *mut usize) -> i32 {
    let app = unsafe { app(user) };
    if let Some(value) = &app.value {
        unsafe {
            if value.len() <= room {
                to.copy_from_nonoverlapping(value.as_ptr(), value.len());
            }
            length.write(value.len() + app.more);
        }
    }
    app.error
}

unsafe extern "C" fn put(user: *mut c_void, _: *const c_char, value: *const u8, length: usize) -> i32 {
    let app = unsafe { app(user) };
    app.value = Some(unsafe { core::slice::from_raw_parts(value, length) }.to_vec());
    app.error
}

unsafe extern "C" fn remove(user: *mut c_void, _: *const c_char) -> i32 {
    let app = unsafe { app(user) };
    app.value = None;
    app.error
}

unsafe extern "C" fn list(user: *mut c_void, list: *mut c_void, add: footage_add_key) -> i32 {
    let app = unsafe { app(user) };
    if app.value.is_some() {
        unsafe {
            add(list, c"b".as_ptr());
            add(list, c"a".as_ptr());
        }
    }
    if app.more > 0 { unsafe { add(list, c"A".as_ptr()) } } else { app.error }
}

unsafe extern "C" fn list_secrets(user: *mut c_void, list: *mut c_void, add: footage_add_secret) -> i32 {
    let app = unsafe { app(user) };
    if app.value.is_some() {
        unsafe { add(list, c"key".as_ptr(), u8::from(app.silent)) };
    }
    app.error
}

unsafe extern "C" fn erase(user: *mut c_void, _: *const c_char, method: *mut u8, nothing_left: *mut u8) -> i32 {
    let app = unsafe { app(user) };
    app.value = None;
    if !app.silent {
        unsafe {
            method.write(FOOTAGE_ERASED_HARDWARE_KEY);
            nothing_left.write(1);
        }
    }
    app.error
}

fn store(app: &mut App) -> store_callbacks::CallbackStore {
    let callbacks = footage_store_callbacks {
        user: (&raw mut *app).cast(),
        fact: Some(get),
        put_fact: Some(put),
        remove_fact: Some(remove),
        list_facts: Some(list),
        secret: Some(get),
        put_secret: Some(put),
        erase: Some(erase),
        list_secrets: Some(list_secrets),
        floor: None,
        raise_floor: None,
    };
    store_callbacks::CallbackStore::new(&callbacks).unwrap()
}

#[test]
fn a_store_of_callbacks_is_a_store() {
    let key = StoreKey::new("key").unwrap();
    let mut app = App::default();
    let mut store = store(&mut app);
    assert_eq!(store.fact(&key).unwrap(), None);
    // Longer than the first buffer.
    let long = vec![5; 10_000];
    store.put_fact(&key, &long).unwrap();
    assert_eq!(store.fact(&key).unwrap(), Some(long));
    assert_eq!(store.facts().unwrap().iter().map(StoreKey::as_str).collect::<Vec<_>>(), ["a", "b"]);
    store.remove_fact(&key).unwrap();
    assert!(matches!(store.put_fact(&key, &vec![0; (1 << 20) + 1]), Err(StoreError::TooLong { .. })));
    assert!(store.facts().unwrap().is_empty() && store.secret(&key).unwrap().is_none());
    store.put_secret(&key, &[7; 32]).unwrap();
    assert!(matches!(store.put_secret(&key, &[8; 32]), Err(StoreError::SecretExists(_))));
    assert_eq!(store.secret(&key).unwrap().unwrap().as_slice(), [7; 32]);
    assert_eq!(store.secrets().unwrap(), [(key.clone(), SecretState::Whole)]);
    let erased = store.erase(&key).unwrap();
    assert_eq!((erased.method, erased.nothing_left), (ErasureMethod::HardwareKey, true));
    assert_eq!(store.floor().unwrap(), None);
    store.raise_floor(5).unwrap();
}

/// An operation of a store, and its error.
type Work = fn(&mut dyn Store, &StoreKey) -> Option<StoreError>;

/// Whatever a callback gets wrong poisons the store, and is said.
#[test]
fn a_store_of_bad_callbacks_is_poisoned() {
    let key = StoreKey::new("key").unwrap();
    let full = || App { value: Some(vec![1; 2000]), ..App::default() };
    let wrong: [(App, Work); 8] = [
        (App { error: 5, ..full() }, |store, key| store.fact(key).err()),
        (App { more: 1 << 20, ..full() }, |store, key| store.fact(key).err()),
        // The secret is longer than a secret may be.
        (full(), |store, key| store.secret(key).err()),
        (App { more: usize::MAX - 2001, ..full() }, |store, key| store.secret(key).err()),
        (App { more: 1, ..full() }, |store, _| store.facts().err()),
        (App { silent: true, ..full() }, |store, key| store.erase(key).err()),
        (App { error: -1, ..full() }, |store, _| store.secrets().err()),
        (App { error: -1, ..full() }, |store, key| store.put_fact(key, &[1]).err()),
    ];
    for (mut app, work) in wrong {
        let mut store = store(&mut app);
        let error = work(&mut store, &key).unwrap();
        assert!(matches!(error, StoreError::Io { .. }), "{error}");
        assert!(matches!(work(&mut store, &key), Some(StoreError::Poisoned)));
    }
}

unsafe extern "C" fn open(user: *mut c_void, clip: *const c_char, file: *mut *mut c_void) -> i32 {
    let app = unsafe { app(user) };
    if unsafe { CStr::from_ptr(clip) } == c"01010101010101010101010101010101" {
        unsafe { file.write(user) };
    }
    app.error
}

unsafe extern "C" fn list_empty(_: *mut c_void, list: *mut c_void, add: footage_add_clip) -> i32 {
    unsafe { add(list, c"02020202020202020202020202020202".as_ptr()) }
}

unsafe extern "C" fn read(
    user: *mut c_void,
    _: *mut c_void,
    offset: u64,
    to: *mut u8,
    room: usize,
    length: *mut usize,
) -> i32 {
    unsafe { read_source(user, offset, to, room, length) }
}

unsafe extern "C" fn read_source(user: *mut c_void, offset: u64, to: *mut u8, room: usize, length: *mut usize) -> i32 {
    let app = unsafe { app(user) };
    let rest = app.file.get(offset as usize..).unwrap_or_default();
    let count = rest.len().min(room);
    unsafe {
        to.copy_from_nonoverlapping(rest.as_ptr(), count);
        length.write(count + app.more);
    }
    app.error
}

unsafe extern "C" fn write(user: *mut c_void, _: *mut c_void, offset: u64, from: *const u8, length: usize) -> i32 {
    let app = unsafe { app(user) };
    app.file.truncate(offset as usize);
    app.file.extend(unsafe { core::slice::from_raw_parts(from, length) });
    app.error
}

unsafe extern "C" fn size(user: *mut c_void, _: *mut c_void, size: *mut u64) -> i32 {
    unsafe { size_source(user, size) }
}

unsafe extern "C" fn size_source(user: *mut c_void, size: *mut u64) -> i32 {
    let app = unsafe { app(user) };
    unsafe { size.write(app.file.len() as u64) };
    app.error
}

unsafe extern "C" fn truncate(user: *mut c_void, _: *mut c_void, size: u64) -> i32 {
    let app = unsafe { app(user) };
    app.file.truncate(size as usize);
    app.error
}

unsafe extern "C" fn sync(user: *mut c_void, _: *mut c_void) -> i32 {
    unsafe { app(user) }.error
}

unsafe extern "C" fn close(user: *mut c_void, _: *mut c_void) {
    unsafe { app(user) }.closed += 1;
}

#[test]
fn files_of_callbacks_are_files() {
    let mut app = App::default();
    let user = (&raw mut app).cast();
    let callbacks = footage_files_callbacks {
        user,
        create: Some(open),
        open: Some(open),
        remove: Some(remove),
        list_empty: Some(list_empty),
        read: Some(read),
        write: Some(write),
        size: Some(size),
        truncate: Some(truncate),
        sync: Some(sync),
        close: Some(close),
    };
    let mut files = file_callbacks::CallbackFiles::new(&callbacks).unwrap();
    let clip = ClipId::from_bytes([1; 16]);
    assert!(files.open(ClipId::from_bytes([2; 16])).unwrap().is_none());
    assert!(files.create(ClipId::from_bytes([2; 16])).is_err());
    assert_eq!(files.empty().unwrap(), [ClipId::from_bytes([2; 16])]);
    let mut file = files.create(clip).unwrap();
    file.write_all(b"0123456789").unwrap();
    file.sync().unwrap();
    assert_eq!(file.seek(SeekFrom::End(-3)).unwrap(), 7);
    let mut rest = String::new();
    file.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "789");
    file.truncate(4).unwrap();
    assert_eq!(file.seek(SeekFrom::End(0)).unwrap(), 4);
    assert!(file.seek(SeekFrom::Current(-5)).is_err());
    file.seek(SeekFrom::Start(0)).unwrap();
    unsafe { self::app(user) }.more = 100;
    let lie = file.read(&mut [0; 10]).unwrap_err();
    assert_eq!(lie.to_string(), "the callback `read` gave 104 bytes, more than 10");
    unsafe { self::app(user) }.error = 9;
    assert_eq!(file.sync().unwrap_err().to_string(), "the callback `sync` returned 9");
    drop(file);
    assert_eq!(unsafe { self::app(user) }.closed, 1);
    assert!(files.remove(clip).is_err());
}

#[test]
fn a_source_of_callbacks_is_read_anywhere() {
    let mut app = App { file: (0..100).collect(), ..App::default() };
    let user = (&raw mut app).cast();
    let callbacks = footage_source { user, read: Some(read_source), size: Some(size_source) };
    let mut source = Source::seekable(&unsafe { Callbacks::new(&raw const callbacks) }).unwrap();
    let mut bytes = [0; 10];
    source.seek(SeekFrom::End(-10)).unwrap();
    source.read_exact(&mut bytes).unwrap();
    assert_eq!((bytes[0], source.read(&mut bytes).unwrap()), (90, 0));
    unsafe { self::app(user) }.error = 3;
    assert!(source.read(&mut bytes).is_err() && source.seek(SeekFrom::End(0)).is_err());
    assert_eq!(source.last_failure().take().unwrap().to_string(), "the callback `read` returned 3");
}
