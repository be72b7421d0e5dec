//! The arguments of C functions, each checked before it is used.
//!
//! Every constructor here is unsafe for the same reason, the header's rules for pointers: a pointer that is not NULL points
//! to as many items as its length says, aligned as C aligns them, which stay in place and are not written by others until
//! the call returns. Nothing is kept beyond a call.

use alloc::vec::Vec;
use core::ffi::{CStr, c_char};
use core::marker::PhantomData;

use crate::crypto::Secret;

use super::status::{Done, Failure, footage_status::*};

/// Bytes that are read.
#[derive(Clone, Copy)]
pub(super) struct Input<'a> {
    bytes: *const u8,
    length: usize,
    call: PhantomData<&'a [u8]>,
}

impl<'a> Input<'a> {
    /// # Safety
    /// The header's rules for pointers.
    pub(super) const unsafe fn new(bytes: *const u8, length: usize) -> Self {
        Self { bytes, length, call: PhantomData }
    }

    /// The bytes. The pointer may be NULL if there are none.
    pub(super) fn get(self) -> Done<&'a [u8]> {
        if self.length == 0 {
            return Ok(&[]);
        }
        check(self.bytes, self.length)?;
        // SAFETY: not NULL, no longer than any object can be, and by the rules in place until the call returns.
        Ok(unsafe { core::slice::from_raw_parts(self.bytes, self.length) })
    }

    /// Exactly `N` bytes.
    pub(super) fn array<const N: usize>(self) -> Done<[u8; N]> {
        let bytes = self.get()?;
        bytes.try_into().map_err(|_| wrong_length(bytes.len(), N))
    }

    /// Exactly `N` secret bytes.
    pub(super) fn secret<const N: usize>(self) -> Done<Secret<N>> {
        let bytes = self.get()?;
        if bytes.len() != N {
            return Err(wrong_length(bytes.len(), N));
        }
        Ok(Secret::filled(|secret| secret.copy_from_slice(bytes)))
    }
}

fn wrong_length(found: usize, needed: usize) -> Failure {
    Failure::new(FOOTAGE_ARGUMENT, format_args!("{found} bytes instead of {needed}"))
}

/// Bytes that are overwritten in place.
#[derive(Clone, Copy)]
pub(super) struct InPlace<'a> {
    bytes: *mut u8,
    length: usize,
    call: PhantomData<&'a mut [u8]>,
}

impl<'a> InPlace<'a> {
    /// # Safety
    /// The header's rules for pointers.
    pub(super) const unsafe fn new(bytes: *mut u8, length: usize) -> Self {
        Self { bytes, length, call: PhantomData }
    }

    pub(super) fn get(self) -> Done<&'a mut [u8]> {
        if self.length == 0 {
            return Ok(&mut []);
        }
        check(self.bytes, self.length)?;
        // SAFETY: as for an input; nothing else that the call still reads lies there, and of several contents in place
        // `check_apart` says so.
        Ok(unsafe { core::slice::from_raw_parts_mut(self.bytes, self.length) })
    }
}

/// Checks that no two of these contents overlap: to be called before any of them is used.
pub(super) fn check_apart<'a>(contents: impl IntoIterator<Item = InPlace<'a>>) -> Done {
    let contents = contents.into_iter().filter(|content| content.length > 0);
    let mut ranges: Vec<_> = contents.map(|content| (content.bytes as usize, content.length)).collect();
    ranges.sort_unstable();
    let overlap = ranges.windows(2).any(|pair| matches!(pair, [(one, length), (next, _)] if next - one < *length));
    if overlap { Err(Failure::new(FOOTAGE_ARGUMENT, "two contents overlap")) } else { Ok(()) }
}

/// Items of a struct that are read.
#[derive(Clone, Copy)]
pub(super) struct Items<'a, T> {
    first: *const T,
    count: usize,
    call: PhantomData<&'a [T]>,
}

impl<'a, T: Copy> Items<'a, T> {
    /// # Safety
    /// The header's rules for pointers.
    pub(super) const unsafe fn new(first: *const T, count: usize) -> Self {
        Self { first, count, call: PhantomData }
    }

    /// The items. The pointer may be NULL if there are none.
    pub(super) fn get(self) -> Done<&'a [T]> {
        if self.count == 0 {
            return Ok(&[]);
        }
        check(self.first.cast(), self.count.saturating_mul(size_of::<T>()))?;
        // SAFETY: not NULL, no longer than any object can be, and by the rules in place until the call returns.
        Ok(unsafe { core::slice::from_raw_parts(self.first, self.count) })
    }
}

fn check(bytes: *const u8, length: usize) -> Done {
    if bytes.is_null() {
        return Err(FOOTAGE_NULL.into());
    }
    if isize::try_from(length).is_err() || (bytes as usize).checked_add(length).is_none() {
        return Err(Failure::new(FOOTAGE_ARGUMENT, format_args!("no object has {length} bytes")));
    }
    Ok(())
}

/// A text that ends with a NUL.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    text: *const c_char,
    call: PhantomData<&'a CStr>,
}

impl<'a> Text<'a> {
    /// # Safety
    /// The header's rules for pointers, and the text has its NUL.
    pub(super) const unsafe fn new(text: *const c_char) -> Self {
        Self { text, call: PhantomData }
    }

    pub(super) fn get(self) -> Done<&'a str> {
        if self.text.is_null() {
            return Err(FOOTAGE_NULL.into());
        }
        // SAFETY: not NULL, and by the rules a text with its NUL that stays in place until the call returns.
        let text = unsafe { CStr::from_ptr(self.text) };
        text.to_str().map_err(|_| Failure::new(FOOTAGE_ARGUMENT, "a text is not UTF-8"))
    }
}

/// A struct of callbacks, which is copied.
pub(super) struct Callbacks<'a, T> {
    callbacks: *const T,
    call: PhantomData<&'a T>,
}

impl<T: Copy> Callbacks<'_, T> {
    /// # Safety
    /// The header's rules for pointers, and each callback is NULL or a function of its type.
    pub(super) const unsafe fn new(callbacks: *const T) -> Self {
        Self { callbacks, call: PhantomData }
    }

    pub(super) fn get(&self) -> Done<T> {
        if self.callbacks.is_null() {
            return Err(FOOTAGE_NULL.into());
        }
        // SAFETY: not NULL, and by the rules a struct of this type.
        Ok(unsafe { self.callbacks.read() })
    }
}

/// A buffer for a result of any length, and a place for its length.
///
/// It is written last, by plain copying, so that it may overlap with what the call has read.
pub(super) struct Output<'a> {
    bytes: *mut u8,
    capacity: usize,
    length: *mut usize,
    call: PhantomData<&'a mut [u8]>,
}

impl Output<'_> {
    /// # Safety
    /// The header's rules for pointers.
    pub(super) const unsafe fn new(bytes: *mut u8, capacity: usize, length: *mut usize) -> Self {
        Self { bytes, capacity, length, call: PhantomData }
    }

    /// Writes how long the result is, and checks that it fits. Returns `false` if only the length was asked for.
    pub(super) fn announce(&self, needed: usize) -> Done<bool> {
        if self.length.is_null() {
            return Err(FOOTAGE_NULL.into());
        }
        // SAFETY: not NULL, and by the rules a place for a length.
        unsafe { self.length.write(needed) };
        if self.bytes.is_null() {
            return Ok(false);
        }
        check(self.bytes, self.capacity.min(needed))?;
        if self.capacity < needed { Err(FOOTAGE_TOO_SMALL.into()) } else { Ok(true) }
    }

    /// Writes the result, or only its length.
    pub(super) fn write(&self, result: &[u8]) -> Done {
        if self.announce(result.len())? {
            // SAFETY: not NULL, and by the rules with room for `capacity` bytes, which are not fewer.
            unsafe { core::ptr::copy(result.as_ptr(), self.bytes, result.len()) };
        }
        Ok(())
    }

    /// Writes a text and its NUL, which the length does not count.
    #[cfg(feature = "std")]
    pub(super) fn write_text(&self, text: &str) -> Done {
        let Self { bytes, capacity, .. } = *self;
        let room = Self { bytes, capacity: capacity.saturating_sub(1), length: self.length, call: PhantomData };
        if capacity == 0 && !bytes.is_null() {
            room.announce(text.len())?;
            return Err(FOOTAGE_TOO_SMALL.into());
        }
        room.write(text.as_bytes())?;
        if !bytes.is_null() {
            // SAFETY: the room was one byte smaller than the buffer, for this.
            unsafe { bytes.add(text.len()).write(0) };
        }
        Ok(())
    }
}

/// A place for a single value.
pub(super) struct Place<'a, T> {
    place: *mut T,
    call: PhantomData<&'a mut T>,
}

impl<T> Place<'_, T> {
    /// # Safety
    /// The header's rules for pointers.
    pub(super) const unsafe fn new(place: *mut T) -> Self {
        Self { place, call: PhantomData }
    }

    /// Fails if the place is NULL: to be checked before anything is done.
    pub(super) fn check(&self) -> Done {
        if self.place.is_null() { Err(FOOTAGE_NULL.into()) } else { Ok(()) }
    }

    pub(super) fn put(&self, value: T) -> Done {
        self.check()?;
        // SAFETY: not NULL, and by the rules a place for such a value; what lies there is C's and needs no drop.
        unsafe { self.place.write(value) };
        Ok(())
    }
}
