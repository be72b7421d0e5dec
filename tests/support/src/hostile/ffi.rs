//! The C interface: bytes are calls, in any order, on handles of any type, with NULLs and with lengths of every kind that
//! the conventions allow. No call panics; every status is the header's; what is too small stays as it was; and every
//! handle goes back once.
#![allow(unsafe_code)]

use core::cell::RefCell;
use core::ptr;

mod app;
mod calls;
mod scenes;
mod shelf;

use super::recipe::Recipe;
use app::{App, Kind};
use shelf::Shelf;

thread_local! {
    static SHELF: RefCell<Shelf> = RefCell::new(Shelf::new());
}

/// The first byte is where it begins, the others are calls.
/// The first byte is where it begins, the others are calls.
pub fn ffi(data: &[u8]) {
    SHELF.with_borrow(|shelf| {
        let mut app = App {
            recipe: Recipe(data),
            shelf,
            pool: Vec::new(),
            files: Vec::new(),
            given: Vec::new(),
            read: Vec::new(),
            arrays: Vec::new(),
            buffer: Vec::new(),
            capacity: 0,
            length: Box::new(usize::MAX),
            fresh: Box::new(ptr::null_mut()),
            kind: Kind::Key,
            // SAFETY: numbers of which all may be zero.
            segment: Box::new(unsafe { core::mem::zeroed() }),
            numbers: Box::new([0; 4]),
            counted: 0,
            number: 0,
        };
        let scene = app.recipe.byte();
        app.begin(scene);
        for _ in 0..48 {
            if app.recipe.is_over() {
                break;
            }
            app.step();
        }
        assert!(footage::ffi::footage_version() > 0);
    });
}
