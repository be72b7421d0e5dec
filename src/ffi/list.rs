use super::argument::{Output, Place};
use super::handle::{Object, Ref, free, give};
use super::status::{Done, Failure, call, call_about_last, footage_status, footage_status::*};

/// What a call has made: byte strings in order, mostly statements, of which the function says what they are.
pub struct footage_list {
    _opaque: [u8; 0],
}

impl Object for footage_list {
    const TAG: u32 = u32::from_be_bytes(*b"list");
    type Content = Vec<Vec<u8>>;
}

/// Gives C a list.
pub(super) fn give_list(items: Vec<Vec<u8>>, list: &Place<'_, *mut footage_list>) -> Done {
    give(items, list)
}

/// How many strings are in the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_list_count(list: *const footage_list, count: *mut usize) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (list, count) = unsafe { (Ref::new(list), Place::new(count)) };
    call(|| count.put(list.lock()?.len()))
}

/// Writes the string at an index, which begins at 0; `FOOTAGE_END` beyond the last one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_list_get(
    list: *const footage_list,
    index: usize,
    bytes: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (list, output) = unsafe { (Ref::new(list), Output::new(bytes, capacity, length)) };
    call(|| output.write(list.lock()?.get(index).ok_or_else(|| Failure::from(FOOTAGE_END))?))
}

/// Frees a list. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_list_free(list: *mut footage_list) {
    // SAFETY: the caller keeps the header's rules for handles.
    call(|| unsafe { free(list) });
}

/// Lists the rules that the last call of this thread broke, if it gave `FOOTAGE_REFUSED`. Each is JSON: the `rule`, what was
/// `found`, and what is `allowed`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_last_refusal(rules: *mut *mut footage_list) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let rules = unsafe { Place::new(rules) };
    call_about_last(|last| give_list(last.map(|failure| failure.broken.clone()).unwrap_or_default(), &rules))
}
