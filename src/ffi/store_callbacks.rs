use alloc::vec::Vec;
use core::ffi::{CStr, c_char, c_void};

use zeroize::Zeroizing;

use crate::io;
use crate::store::{Erased, ErasureMethod, SecretState, Store, StoreError, StoreKey, limits};

use super::callback::{CallbackError, User, at_most, required, returned};
use super::status::Done;

/// The length that a callback leaves for a value that does not exist.
pub const FOOTAGE_ABSENT: usize = usize::MAX;

/// The bytes of a file were overwritten in place, and the file was removed.
pub const FOOTAGE_ERASED_FILE: u8 = 1;
/// The memory was overwritten, and the secret was never written anywhere else.
pub const FOOTAGE_ERASED_MEMORY: u8 = 2;
/// The key that the secret was stored under was destroyed in hardware.
pub const FOOTAGE_ERASED_HARDWARE_KEY: u8 = 3;
/// Another method, which the deployment documents.
pub const FOOTAGE_ERASED_OTHER: u8 = 4;

/// Adds a key to the list that a callback was asked for. The one function of this library that such a callback calls; it
/// returns 0, or what the callback then has to return.
pub type footage_add_key = unsafe extern "C" fn(list: *mut c_void, key: *const c_char) -> i32;

/// The same for a secret: `half_erased` is 1 if its erasure was begun and not finished, and 0 otherwise.
pub type footage_add_secret = unsafe extern "C" fn(list: *mut c_void, key: *const c_char, half_erased: u8) -> i32;

/// A store that the app implements: a database, a flash, secure hardware. It holds facts, which are replaced atomically, and
/// secrets, which are put once and erased.
///
/// A key has 1 to 96 characters out of `a` to `z`, `0` to `9`, `-`, `_` and `.`. Each change must be durable when its
/// callback returns: after a power cut at any instant, a fact has its old value or the new one, never half of it, and a
/// secret is there whole or not at all. After a callback failed, no other is called.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct footage_store_callbacks {
    /// Passed to each callback.
    pub user: *mut c_void,
    /// Required. Reads a fact of at most 1 MiB: writes its length to `length`, and the value if it fits. If it does not, the
    /// callback is called again with a larger buffer. If there is no such fact, it returns 0 and leaves `length` as it is,
    /// `FOOTAGE_ABSENT`.
    pub fact: Option<
        unsafe extern "C" fn(
            user: *mut c_void,
            key: *const c_char,
            value: *mut u8,
            capacity: usize,
            length: *mut usize,
        ) -> i32,
    >,
    /// Required. Puts a fact in place of the value before.
    pub put_fact:
        Option<unsafe extern "C" fn(user: *mut c_void, key: *const c_char, value: *const u8, length: usize) -> i32>,
    /// Required. Removes a fact. It is no error if there is none.
    pub remove_fact: Option<unsafe extern "C" fn(user: *mut c_void, key: *const c_char) -> i32>,
    /// Required. Calls `add` with `list` for the key of each fact, in any order.
    pub list_facts: Option<unsafe extern "C" fn(user: *mut c_void, list: *mut c_void, add: footage_add_key) -> i32>,
    /// Required. Reads a secret of at most 1024 bytes, for which the buffer has room. A half erased one is absent.
    pub secret: Option<
        unsafe extern "C" fn(
            user: *mut c_void,
            key: *const c_char,
            value: *mut u8,
            capacity: usize,
            length: *mut usize,
        ) -> i32,
    >,
    /// Required. Puts a secret. It is never called for a key that `list_secrets` lists.
    pub put_secret:
        Option<unsafe extern "C" fn(user: *mut c_void, key: *const c_char, value: *const u8, length: usize) -> i32>,
    /// Required. Erases a secret, and reads back: writes one of `FOOTAGE_ERASED_` to `method`, and to `nothing_left` 1 if
    /// nothing is left under this key, and 0 if something is, which then stays listed as half erased. Erasing a secret that
    /// does not exist is no error; erasing one again finishes what was interrupted.
    pub erase: Option<
        unsafe extern "C" fn(user: *mut c_void, key: *const c_char, method: *mut u8, nothing_left: *mut u8) -> i32,
    >,
    /// Required. Calls `add` with `list` for each secret, half erased ones included, in any order.
    pub list_secrets:
        Option<unsafe extern "C" fn(user: *mut c_void, list: *mut c_void, add: footage_add_secret) -> i32>,
    /// Optional, with `raise_floor`. Reads a number that hardware keeps and never lowers, by which an old copy of the store is
    /// noticed.
    pub floor: Option<unsafe extern "C" fn(user: *mut c_void, floor: *mut u64) -> i32>,
    /// Optional, with `floor`. Raises that number. A lower one changes nothing.
    pub raise_floor: Option<unsafe extern "C" fn(user: *mut c_void, to: u64) -> i32>,
}

type Read = unsafe extern "C" fn(*mut c_void, *const c_char, *mut u8, usize, *mut usize) -> i32;
type Put = unsafe extern "C" fn(*mut c_void, *const c_char, *const u8, usize) -> i32;

/// A store of the app's callbacks.
pub(crate) struct CallbackStore {
    user: User,
    fact: Read,
    put_fact: Put,
    remove_fact: unsafe extern "C" fn(*mut c_void, *const c_char) -> i32,
    list_facts: unsafe extern "C" fn(*mut c_void, *mut c_void, footage_add_key) -> i32,
    secret: Read,
    put_secret: Put,
    erase: unsafe extern "C" fn(*mut c_void, *const c_char, *mut u8, *mut u8) -> i32,
    list_secrets: unsafe extern "C" fn(*mut c_void, *mut c_void, footage_add_secret) -> i32,
    floor: Option<unsafe extern "C" fn(*mut c_void, *mut u64) -> i32>,
    raise_floor: Option<unsafe extern "C" fn(*mut c_void, u64) -> i32>,
    /// A callback failed.
    poisoned: bool,
}

/// The first buffer for a fact. A camera's state fits.
const FIRST_BUFFER: usize = 4 << 10;

/// The most keys of a list.
const LISTED: usize = 1 << 16;

/// A key as a text that ends with a NUL.
struct KeyText([u8; StoreKey::MAX_LENGTH + 1]);

impl KeyText {
    fn new(key: &StoreKey) -> Self {
        let mut text = [0; StoreKey::MAX_LENGTH + 1];
        for (to, from) in text.iter_mut().zip(key.as_str().bytes()) {
            *to = from;
        }
        Self(text)
    }

    const fn as_ptr(&self) -> *const c_char {
        self.0.as_ptr().cast()
    }
}

/// What a callback added to a list.
#[derive(Default)]
struct List {
    keys: Vec<(StoreKey, SecretState)>,
    failed: bool,
}

impl List {
    /// Adds a key, and returns what the app is to be told.
    ///
    /// # Safety
    /// `list` is what the callback was given, while it runs, and `key` NULL or a text with its NUL.
    unsafe fn add(list: *mut c_void, key: *const c_char, state: SecretState) -> i32 {
        // SAFETY: the list that a callback of this store was given; nothing else refers to it while the callback runs.
        let Some(list) = (unsafe { list.cast::<Self>().as_mut() }) else { return 1 };
        // SAFETY: not NULL, and by the rules a text with its NUL.
        let key = (!key.is_null()).then(|| unsafe { CStr::from_ptr(key) });
        match key.and_then(|key| key.to_str().ok()?.parse().ok()) {
            Some(key) if list.keys.len() < LISTED => list.keys.push((key, state)),
            _ => list.failed = true,
        }
        list.failed.into()
    }

    /// The keys in order.
    fn finish(mut self, name: &'static str) -> Result<Vec<(StoreKey, SecretState)>, CallbackError> {
        self.keys.sort_by(|(one, _), (other, _)| one.cmp(other));
        let twice = self.keys.windows(2).any(|pair| pair[0].0 == pair[1].0);
        if self.failed || twice {
            return Err(CallbackError::Invalid {
                name,
                what: "a key that is not one, too many, or the same one twice",
            });
        }
        Ok(self.keys)
    }
}

unsafe extern "C" fn add_key(list: *mut c_void, key: *const c_char) -> i32 {
    // SAFETY: the app passes on what its callback was given.
    unsafe { List::add(list, key, SecretState::Whole) }
}

unsafe extern "C" fn add_secret(list: *mut c_void, key: *const c_char, half_erased: u8) -> i32 {
    let state = if half_erased == 0 { SecretState::Whole } else { SecretState::HalfErased };
    // SAFETY: the app passes on what its callback was given.
    unsafe { List::add(list, key, state) }
}

impl CallbackStore {
    pub(super) fn new(callbacks: &footage_store_callbacks) -> Done<Self> {
        Ok(Self {
            user: User(callbacks.user),
            fact: required("fact", callbacks.fact)?,
            put_fact: required("put_fact", callbacks.put_fact)?,
            remove_fact: required("remove_fact", callbacks.remove_fact)?,
            list_facts: required("list_facts", callbacks.list_facts)?,
            secret: required("secret", callbacks.secret)?,
            put_secret: required("put_secret", callbacks.put_secret)?,
            erase: required("erase", callbacks.erase)?,
            list_secrets: required("list_secrets", callbacks.list_secrets)?,
            floor: callbacks.floor.and_then(|floor| callbacks.raise_floor.map(|_| floor)),
            raise_floor: callbacks.raise_floor.and_then(|raise| callbacks.floor.map(|_| raise)),
            poisoned: false,
        })
    }

    /// Runs callbacks about a key, unless one failed before.
    fn run<T>(
        &mut self,
        at: &str,
        work: impl FnOnce(&Self, *mut c_void) -> Result<T, CallbackError>,
    ) -> Result<T, StoreError> {
        if self.poisoned {
            return Err(StoreError::Poisoned);
        }
        work(self, self.user.0).map_err(|error| {
            self.poisoned = true;
            StoreError::io(at, io::Error::from(error))
        })
    }
}

/// Reads a value into a buffer, or returns `None` if there is none. The buffer is not filled if the value is longer.
///
/// # Safety
/// The callback and the pointer are the app's.
unsafe fn read(
    (name, callback): (&'static str, Read),
    user: *mut c_void,
    key: &KeyText,
    buffer: &mut [u8],
    most: usize,
) -> Result<Option<usize>, CallbackError> {
    let mut length = FOOTAGE_ABSENT;
    // SAFETY: as promised, and room for as many bytes as it is told.
    let code = unsafe { callback(user, key.as_ptr(), buffer.as_mut_ptr(), buffer.len(), &raw mut length) };
    returned(name, code)?;
    if length == FOOTAGE_ABSENT { Ok(None) } else { at_most(name, length, most).map(Some) }
}

impl Store for CallbackStore {
    fn fact(&mut self, key: &StoreKey) -> Result<Option<Vec<u8>>, StoreError> {
        let text = KeyText::new(key);
        self.run(key.as_str(), |store, user| {
            let callback = ("fact", store.fact);
            let mut value = alloc::vec![0; FIRST_BUFFER];
            // SAFETY: the app's own function and pointer.
            let found = unsafe { read(callback, user, &text, &mut value, limits::FACT_BYTES) }?;
            let Some(mut length) = found else { return Ok(None) };
            if length > value.len() {
                value = alloc::vec![0; length];
                // SAFETY: the app's own function and pointer.
                let found = unsafe { read(callback, user, &text, &mut value, length) }?;
                length = found.ok_or(CallbackError::Invalid { name: "fact", what: "a value, and then none" })?;
            }
            value.truncate(length);
            Ok(Some(value))
        })
    }

    fn put_fact(&mut self, key: &StoreKey, value: &[u8]) -> Result<(), StoreError> {
        check_length(key, value, limits::FACT_BYTES)?;
        let text = KeyText::new(key);
        self.run(key.as_str(), |store, user| {
            // SAFETY: the app's own function and pointer, and a value of this length.
            returned("put_fact", unsafe { (store.put_fact)(user, text.as_ptr(), value.as_ptr(), value.len()) })
        })
    }

    fn remove_fact(&mut self, key: &StoreKey) -> Result<(), StoreError> {
        let text = KeyText::new(key);
        // SAFETY: the app's own function and pointer.
        let remove = |store: &Self, user| returned("remove_fact", unsafe { (store.remove_fact)(user, text.as_ptr()) });
        self.run(key.as_str(), remove)
    }

    fn facts(&mut self) -> Result<Vec<StoreKey>, StoreError> {
        self.run("the list of facts", |store, user| {
            let mut list = List::default();
            // SAFETY: the app's own function and pointer, and a list with the function that adds to it.
            returned("list_facts", unsafe { (store.list_facts)(user, (&raw mut list).cast(), add_key) })?;
            Ok(list.finish("list_facts")?.into_iter().map(|(key, _)| key).collect())
        })
    }

    fn secret(&mut self, key: &StoreKey) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        let text = KeyText::new(key);
        self.run(key.as_str(), |store, user| {
            // It never grows, so no copy of the secret is left behind.
            let mut value = Zeroizing::new(alloc::vec![0; limits::SECRET_BYTES]);
            let callback = ("secret", store.secret);
            // SAFETY: the app's own function and pointer.
            let found = unsafe { read(callback, user, &text, &mut value, limits::SECRET_BYTES) }?;
            Ok(found.map(|length| {
                value.truncate(length);
                value
            }))
        })
    }

    fn put_secret(&mut self, key: &StoreKey, value: &[u8]) -> Result<(), StoreError> {
        check_length(key, value, limits::SECRET_BYTES)?;
        if self.secrets()?.iter().any(|(listed, _)| listed == key) {
            return Err(StoreError::SecretExists(key.clone()));
        }
        let text = KeyText::new(key);
        self.run(key.as_str(), |store, user| {
            // SAFETY: the app's own function and pointer, and a value of this length.
            returned("put_secret", unsafe { (store.put_secret)(user, text.as_ptr(), value.as_ptr(), value.len()) })
        })
    }

    fn erase(&mut self, key: &StoreKey) -> Result<Erased, StoreError> {
        let text = KeyText::new(key);
        self.run(key.as_str(), |store, user| {
            let (mut method, mut nothing_left) = (0, u8::MAX);
            // SAFETY: the app's own function and pointer, and places for two numbers.
            let code = unsafe { (store.erase)(user, text.as_ptr(), &raw mut method, &raw mut nothing_left) };
            returned("erase", code)?;
            let method = match method {
                FOOTAGE_ERASED_FILE => Some(ErasureMethod::OverwrittenFile),
                FOOTAGE_ERASED_MEMORY => Some(ErasureMethod::OverwrittenMemory),
                FOOTAGE_ERASED_HARDWARE_KEY => Some(ErasureMethod::HardwareKey),
                FOOTAGE_ERASED_OTHER => Some(ErasureMethod::Other),
                _ => None,
            };
            match (method, nothing_left) {
                (Some(method), 0 | 1) => Ok(Erased { method, nothing_left: nothing_left == 1 }),
                _ => Err(CallbackError::Invalid { name: "erase", what: "no method, or not what is left" }),
            }
        })
    }

    fn secrets(&mut self) -> Result<Vec<(StoreKey, SecretState)>, StoreError> {
        self.run("the list of secrets", |store, user| {
            let mut list = List::default();
            // SAFETY: the app's own function and pointer, and a list with the function that adds to it.
            returned("list_secrets", unsafe { (store.list_secrets)(user, (&raw mut list).cast(), add_secret) })?;
            list.finish("list_secrets")
        })
    }

    fn floor(&mut self) -> Result<Option<u64>, StoreError> {
        let Some(read) = self.floor else { return Ok(None) };
        self.run("the floor", |_, user| {
            let mut floor = 0;
            // SAFETY: the app's own function and pointer, and a place for a number.
            returned("floor", unsafe { read(user, &raw mut floor) })?;
            Ok(Some(floor))
        })
    }

    fn raise_floor(&mut self, to: u64) -> Result<(), StoreError> {
        let Some(raise) = self.raise_floor else { return Ok(()) };
        // SAFETY: the app's own function and pointer.
        self.run("the floor", |_, user| returned("raise_floor", unsafe { raise(user, to) }))
    }
}

fn check_length(key: &StoreKey, value: &[u8], max: usize) -> Result<(), StoreError> {
    let length = value.len();
    if length <= max { Ok(()) } else { Err(StoreError::TooLong { key: key.clone(), length, max }) }
}
