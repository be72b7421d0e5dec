//! The C interface: bytes are calls, in any order, on handles of any type, with NULLs and with lengths of every kind that
//! the conventions allow, over callbacks that fail and lie. No call panics; every status is the header's; what is too small
//! stays as it was; and every handle goes back once.
#![allow(unsafe_code)]

use core::cell::RefCell;

mod app;
mod callbacks;
mod calls;
mod scenes;
mod shelf;

use super::recipe::Recipe;
use app::App;
pub use calls::CALLS;
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
