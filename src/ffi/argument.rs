//! What C hands over: looked at before it is used. Every constructor here is unsafe for one reason, the header's rules for
//! pointers: a pointer that is not NULL points at as many bytes as its length says, aligned as C aligns them, which stay
//! and are not written by others until the call is over. Nothing is kept beyond a call.

use alloc::vec::Vec;
use core::ffi::{CStr, c_char};
use core::marker::PhantomData;
use core::ops::Range;

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

    /// The bytes; none may be NULL.
    pub(super) fn get(self) -> Done<&'a [u8]> {
        if self.length == 0 {
            return Ok(&[]);
        }
        checked(self.bytes, self.length)?;
        // SAFETY: not NULL, no longer than any object can be, and by the rules there until the call is over.
        Ok(unsafe { core::slice::from_raw_parts(self.bytes, self.length) })
    }

    /// The bytes, if the output lies apart from them.
    pub(super) fn get_apart(self, output: &Output<'_>) -> Done<&'a [u8]> {
        let bytes = self.get()?;
        output.check_apart(self.bytes, self.length)?;
        Ok(bytes)
    }

    /// Exactly `N` bytes.
    pub(super) fn array<const N: usize>(self) -> Done<[u8; N]> {
        let bytes = self.get()?;
        bytes
            .try_into()
            .map_err(|_| Failure::new(FOOTAGE_ARGUMENT, format_args!("{} bytes instead of {N}", bytes.len())))
    }

    /// Exactly `N` secret bytes.
    pub(super) fn secret<const N: usize>(self) -> Done<Secret<N>> {
        let bytes = self.get()?;
        if bytes.len() != N {
            return Err(Failure::new(FOOTAGE_ARGUMENT, format_args!("{} bytes instead of {N}", bytes.len())));
        }
        Ok(Secret::filled(|secret| secret.copy_from_slice(bytes)))
    }
}

/// Several strings of bytes that are read.
#[derive(Clone, Copy)]
pub(super) struct Inputs<'a> {
    strings: *const *const u8,
    lengths: *const usize,
    count: usize,
    call: PhantomData<&'a [u8]>,
}

impl<'a> Inputs<'a> {
    /// # Safety
    /// The header's rules for pointers, for both arrays of `count`, and for each string with its length.
    pub(super) const unsafe fn new(strings: *const *const u8, lengths: *const usize, count: usize) -> Self {
        Self { strings, lengths, count, call: PhantomData }
    }

    pub(super) fn get(self) -> Done<Vec<&'a [u8]>> {
        if self.count == 0 {
            return Ok(Vec::new());
        }
        let size = self.count.saturating_mul(size_of::<*const u8>());
        checked(self.strings.cast(), size)?;
        checked(self.lengths.cast(), size)?;
        // SAFETY: not NULL, no longer than any object can be, and by the rules there until the call is over.
        let (strings, lengths) = unsafe {
            (
                core::slice::from_raw_parts(self.strings, self.count),
                core::slice::from_raw_parts(self.lengths, self.count),
            )
        };
        // SAFETY: each string keeps the rules with its length.
        strings.iter().zip(lengths).map(|(&bytes, &length)| unsafe { Input::new(bytes, length) }.get()).collect()
    }
}

/// Bytes that are read and written.
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

    /// The bytes, if the output lies apart from them.
    pub(super) fn get(self, output: &Output<'_>) -> Done<&'a mut [u8]> {
        if self.length == 0 {
            return Ok(&mut []);
        }
        checked(self.bytes, self.length)?;
        output.check_apart(self.bytes, self.length)?;
        // SAFETY: as for an input; and nothing else of this call refers to them.
        Ok(unsafe { core::slice::from_raw_parts_mut(self.bytes, self.length) })
    }
}

fn checked(bytes: *const u8, length: usize) -> Done {
    if bytes.is_null() {
        return Err(FOOTAGE_NULL.into());
    }
    if isize::try_from(length).is_err() || (bytes as usize).checked_add(length).is_none() {
        return Err(Failure::new(FOOTAGE_ARGUMENT, format_args!("no object has {length} bytes")));
    }
    Ok(())
}

fn range(bytes: *const u8, length: usize) -> Range<usize> {
    bytes as usize..(bytes as usize).saturating_add(length)
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
        self.optional()?.ok_or_else(|| FOOTAGE_NULL.into())
    }

    /// The text, or nothing for NULL.
    pub(super) fn optional(self) -> Done<Option<&'a str>> {
        if self.text.is_null() {
            return Ok(None);
        }
        // SAFETY: not NULL, and by the rules a text with its NUL that stays until the call is over.
        let text = unsafe { CStr::from_ptr(self.text) };
        text.to_str().map(Some).map_err(|_| Failure::new(FOOTAGE_ARGUMENT, "a text that is not UTF-8"))
    }
}

/// A buffer for a result of any length, and where its length goes.
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

    /// Whether only the length is asked for.
    pub(super) fn is_question(&self) -> bool {
        self.bytes.is_null()
    }

    /// Whether neither the buffer nor the place of the length has a byte in common with these.
    fn check_apart(&self, bytes: *const u8, length: usize) -> Done {
        let other = range(bytes, length);
        let apart = |own: Range<usize>| own.end <= other.start || other.end <= own.start;
        let room = range(self.bytes, if self.is_question() { 0 } else { self.capacity });
        if apart(room) && apart(range(self.length.cast(), size_of::<usize>())) {
            Ok(())
        } else {
            Err(FOOTAGE_OVERLAP.into())
        }
    }

    /// Says how long the result is, and whether it fits: to be asked before something is done that cannot be done twice.
    /// Where only the length is asked for, nothing else shall happen, and the answer is `false`.
    pub(super) fn announce(&self, needed: usize) -> Done<bool> {
        if self.length.is_null() {
            return Err(FOOTAGE_NULL.into());
        }
        // SAFETY: not NULL, and by the rules a place for a length.
        unsafe { self.length.write(needed) };
        if self.is_question() {
            return Ok(false);
        }
        checked(self.bytes, self.capacity.min(needed))?;
        if self.capacity < needed { Err(FOOTAGE_TOO_SMALL.into()) } else { Ok(true) }
    }

    /// Where a result goes that is written piece by piece, once it is known to fit.
    pub(super) fn room(&self) -> (*mut u8, usize) {
        (self.bytes, self.capacity)
    }

    /// Says how many bytes were written.
    pub(super) fn written(&self, length: usize) -> Done {
        self.announce(length).map(|_| ())
    }

    /// Writes the result, or only how long it is. The result is no part of what the call reads, where the buffer may lie.
    pub(super) fn write(&self, result: &[u8]) -> Done {
        if self.announce(result.len())? {
            // SAFETY: not NULL, and by the rules with room for `capacity` bytes, which are not fewer.
            unsafe { core::ptr::copy(result.as_ptr(), self.bytes, result.len()) };
        }
        Ok(())
    }

    /// Writes a text and its NUL, which does not count as length.
    pub(super) fn write_text(&self, text: &str) -> Done {
        let Self { bytes, capacity, .. } = *self;
        let room = Self { bytes, capacity: capacity.saturating_sub(1), length: self.length, call: PhantomData };
        if capacity == 0 && !self.is_question() {
            room.announce(text.len())?;
            return Err(FOOTAGE_TOO_SMALL.into());
        }
        room.write(text.as_bytes())?;
        if !self.is_question() {
            // SAFETY: the room was one byte smaller than the buffer, for this.
            unsafe { bytes.add(text.len()).write(0) };
        }
        Ok(())
    }
}

/// Where a single value goes.
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

    /// Refuses a place that is none, before anything is done.
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
