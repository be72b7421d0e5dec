use alloc::boxed::Box;
#[cfg(feature = "std")]
use core::ffi::c_char;

#[cfg(feature = "std")]
use crate::store::DirectoryStore;
use crate::store::Store;

#[cfg(feature = "std")]
use super::argument::Text;
use super::argument::{Callbacks, Place};
use super::handle::{Object, Ref, free, give};
use super::status::{Done, Failure, call, footage_status, footage_status::*};
use super::store_callbacks::{CallbackStore, footage_store_callbacks};

/// The durable state of a camera. `footage_camera_begin` and `footage_camera_open` take it out of this handle, which can only
/// be freed afterwards.
///
/// After a call returned `FOOTAGE_STORE` the state is not known: free the camera, and open store and camera again.
pub struct footage_store {
    _opaque: [u8; 0],
}

impl Object for footage_store {
    const TAG: u32 = u32::from_be_bytes(*b"stor");
    /// `None` once a camera took it.
    type Content = Option<AnyStore>;
}

pub(super) type AnyStore = Box<dyn Store + Send>;

fn give_store(store: impl Store + Send + 'static, place: &Place<'_, *mut footage_store>) -> Done {
    give(Some(Box::new(store) as AnyStore), place)
}

/// Takes the store for a camera.
pub(super) fn take(store: &Ref<'_, footage_store>) -> Done<AnyStore> {
    store.lock()?.take().ok_or_else(|| Failure::new(FOOTAGE_ORDER, "a camera took this store: open the store again"))
}

/// Makes a store of callbacks, which are copied. It is `FOOTAGE_ARGUMENT` if a required one is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_store_new(
    callbacks: *const footage_store_callbacks,
    store: *mut *mut footage_store,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and callbacks.
    let (callbacks, store) = unsafe { (Callbacks::new(callbacks), Place::new(store)) };
    call(|| give_store(CallbackStore::new(&callbacks.get()?)?, &store))
}

/// Begins a store in a directory, which is made if it does not exist. Returns `FOOTAGE_EXISTS` if a store is there already.
///
/// A path is UTF-8. One process at a time has a store open; another one gets `FOOTAGE_STORE`.
#[cfg(feature = "std")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_store_directory_begin(
    path: *const c_char,
    store: *mut *mut footage_store,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and texts.
    let (path, store) = unsafe { (Text::new(path), Place::new(store)) };
    call(|| {
        store.check()?;
        give_store(DirectoryStore::begin(path.get()?)?, &store)
    })
}

/// Opens the store in a directory. Returns `FOOTAGE_NOT_FOUND` if none was begun there, as when a volume is not mounted.
#[cfg(feature = "std")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_store_directory_open(
    path: *const c_char,
    store: *mut *mut footage_store,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and texts.
    let (path, store) = unsafe { (Text::new(path), Place::new(store)) };
    call(|| {
        store.check()?;
        give_store(DirectoryStore::open(path.get()?)?, &store)
    })
}

/// Frees a store. NULL is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_store_free(store: *mut footage_store) {
    // SAFETY: the caller keeps the header's rules for handles.
    call(|| unsafe { free(store) });
}
