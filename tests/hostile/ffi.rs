//! The C interface: bytes are calls, in any order, on handles of any type, with NULLs and with lengths of every kind that
//! the conventions allow, over callbacks that fail and lie. No call panics; every status is the header's; what is too small
//! stays as it was; and every handle goes back once.
#![allow(
    missing_docs,
    unreachable_pub,
    unsafe_code,
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::must_use_candidate
)]

use core::cell::RefCell;

#[path = "ffi/app.rs"]
mod app;
#[path = "ffi/callbacks.rs"]
mod callbacks;
#[path = "ffi/calls.rs"]
mod calls;
#[path = "ffi/scenes.rs"]
mod scenes;
#[path = "ffi/shelf.rs"]
mod shelf;

use super::recipe::Recipe;
use app::App;
use shelf::Shelf;

thread_local! {
    static SHELF: RefCell<Shelf> = RefCell::new(Shelf::new());
}

/// The first byte is where it begins, the second how reliable the callbacks are, the others are calls.
pub fn ffi(data: &[u8]) {
    SHELF.with_borrow(|shelf| {
        let mut app = App::new(Recipe(data), shelf);
        let scene = app.recipe.byte();
        app.begin(scene);
        app.trust();
        for _ in 0..48 {
            if app.recipe.is_over() {
                break;
            }
            let status = app.call();
            app.done(status);
        }
        assert!(footage::ffi::footage_version() > 0);
    });
}
