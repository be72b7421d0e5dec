//! The handles that C holds: each points to a tag, which says its type, and to a content that one call at a time uses.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use core::sync::atomic::{AtomicU8, Ordering};

use super::argument::Place;
use super::status::{Done, Failure, footage_status::*};

/// A type of handle: its name in C, and what is behind it.
pub(super) trait Object {
    /// What a handle of this type begins with, so that another is not taken for it.
    const TAG: u32;
    /// What it holds.
    type Content: Send + 'static;
}

#[repr(C)]
struct Handle<T> {
    /// At the same place in every handle.
    tag: u32,
    content: Shared<T>,
}

/// A handle as C gave it.
pub(super) struct Ref<'a, O> {
    pointer: *const O,
    call: PhantomData<&'a O>,
}

impl<O: Object> Ref<'_, O> {
    /// # Safety
    /// NULL, or a handle that this library gave and that is not freed before the call is over.
    pub(super) const unsafe fn new(pointer: *const O) -> Self {
        Self { pointer, call: PhantomData }
    }

    fn find(&self) -> Done<&Handle<O::Content>> {
        if self.pointer.is_null() {
            return Err(FOOTAGE_NULL.into());
        }
        // SAFETY: a handle of whatever type, as promised; all begin with their tag.
        if unsafe { self.pointer.cast::<u32>().read() } != O::TAG {
            return Err(FOOTAGE_HANDLE.into());
        }
        // SAFETY: the tag says that `give` made it with this very type; and only shared references are made of it.
        Ok(unsafe { &*self.pointer.cast::<Handle<O::Content>>() })
    }

    /// The content, which stays as long as it is used, even if the handle is freed.
    pub(super) fn share(&self) -> Done<Shared<O::Content>> {
        Ok(self.find()?.content.clone())
    }

    /// The content, for this call alone.
    pub(super) fn lock(&self) -> Done<Lock<O::Content>> {
        self.share()?.lock()
    }
}

/// Makes a handle of the content and gives it to C.
pub(super) fn give<O: Object>(content: O::Content, place: &Place<'_, *mut O>) -> Done {
    place.check()?;
    let content = Shared::new(content);
    place.put(Box::into_raw(Box::new(Handle { tag: O::TAG, content })).cast())
}

/// Frees a handle. NULL is ignored; a handle of another type stays as it is.
///
/// # Safety
/// NULL, or a handle that this library gave, that is not freed yet, and that no other call uses.
pub(super) unsafe fn free<O: Object>(pointer: *mut O) -> Done {
    if pointer.is_null() {
        return Ok(());
    }
    // SAFETY: as promised.
    unsafe { Ref::new(pointer.cast_const()) }.find()?;
    // SAFETY: of this type, as the tag says, so `give` made it as a box; and no other call uses it, as promised.
    drop(unsafe { Box::from_raw(pointer.cast::<Handle<O::Content>>()) });
    Ok(())
}

/// A content that one call at a time uses. A call that finds it in use fails at once: nothing waits, so a callback that
/// calls back in cannot wait for itself.
pub(super) struct Shared<T>(Arc<Cell<T>>);

struct Cell<T> {
    state: AtomicU8,
    content: UnsafeCell<T>,
}

const FREE: u8 = 0;
const USED: u8 = 1;
/// A panic interrupted a call, so the content may be inconsistent.
const BROKEN: u8 = 2;

// SAFETY: the content is reached through a `Lock` alone, of which `state` lets there be one at a time.
unsafe impl<T: Send> Sync for Cell<T> {}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Shared<T> {
    pub(super) fn new(content: T) -> Self {
        Self(Arc::new(Cell { state: AtomicU8::new(FREE), content: UnsafeCell::new(content) }))
    }

    pub(super) fn lock(&self) -> Done<Lock<T>> {
        match self.0.state.compare_exchange(FREE, USED, Ordering::Acquire, Ordering::Relaxed) {
            Ok(_) => Ok(Lock(Arc::clone(&self.0))),
            Err(BROKEN) => Err(Failure::new(FOOTAGE_INTERNAL, "an earlier call broke this handle: free it")),
            Err(_) => Err(FOOTAGE_BUSY.into()),
        }
    }
}

/// The content while a call uses it.
pub(super) struct Lock<T>(Arc<Cell<T>>);

impl<T> Deref for Lock<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: there is one lock at a time, and the content is reached through it alone.
        unsafe { &*self.0.content.get() }
    }
}

impl<T> DerefMut for Lock<T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above, and `self` is borrowed mutably.
        unsafe { &mut *self.0.content.get() }
    }
}

impl<T> Drop for Lock<T> {
    fn drop(&mut self) {
        #[cfg(feature = "std")]
        let broken = std::thread::panicking();
        // Without `std` nothing goes on after a panic.
        #[cfg(not(feature = "std"))]
        let broken = false;
        let state = if broken { BROKEN } else { FREE };
        self.0.state.store(state, Ordering::Release);
    }
}
