//! Every call but those that open directories.
#![allow(unsafe_code)]

use core::ptr;

use footage::ffi::footage_status::*;
use footage::ffi::*;

use super::app::{App, Kind};
use super::callbacks::World;

/// Makes a call: each letter after the function's name is one of its arguments, or those that go together.
macro_rules! call {
    ($app:ident $f:ident [$($done:expr,)*]) => {
        // SAFETY: every pointer is NULL, or to what the conventions ask for, until the call is over.
        unsafe { $f($($done),*) }
    };
    ($app:ident $f:ident [$($done:expr,)*] new $kind:ident $($rest:tt)*) => {{
        let place = $app.place(Kind::$kind);
        call!($app $f [$($done,)* place,] $($rest)*)
    }};
    ($app:ident $f:ident [$($done:expr,)*] bytes $($rest:tt)*) => {{
        let (bytes, length) = $app.bytes();
        call!($app $f [$($done,)* bytes, length,] $($rest)*)
    }};
    ($app:ident $f:ident [$($done:expr,)*] inout $($rest:tt)*) => {{
        let (bytes, length) = $app.bytes();
        call!($app $f [$($done,)* bytes.cast_mut(), length,] $($rest)*)
    }};
    ($app:ident $f:ident [$($done:expr,)*] text $($rest:tt)*) => {{
        let text = $app.text();
        call!($app $f [$($done,)* text,] $($rest)*)
    }};
    ($app:ident $f:ident [$($done:expr,)*] out $($rest:tt)*) => {{
        let (bytes, capacity, length) = $app.output();
        call!($app $f [$($done,)* bytes.cast(), capacity, length,] $($rest)*)
    }};
    ($app:ident $f:ident [$($done:expr,)*] segment $($rest:tt)*) => {{
        let segment = if $app.recipe.byte() == 0xff { ptr::null_mut() } else { &raw mut *$app.segment };
        call!($app $f [$($done,)* segment,] $($rest)*)
    }};
    ($app:ident $f:ident [$($done:expr,)*] put $($rest:tt)*) => {{
        let place = $app.number_out();
        call!($app $f [$($done,)* place,] $($rest)*)
    }};
    ($app:ident $f:ident [$($done:expr,)*] time $($rest:tt)*) => {{
        let time = $app.time();
        call!($app $f [$($done,)* time,] $($rest)*)
    }};
    ($app:ident $f:ident [$($done:expr,)*] u64 $($rest:tt)*) => {{
        let number = $app.number();
        call!($app $f [$($done,)* number,] $($rest)*)
    }};
    ($app:ident $f:ident [$($done:expr,)*] kem $($rest:tt)*) => {{
        let kem = match $app.recipe.byte() {
            0..0xe0 => FOOTAGE_KEM_X25519,
            0xe0..0xf0 => FOOTAGE_KEM_XWING,
            _ => $app.recipe.short(),
        };
        call!($app $f [$($done,)* kem,] $($rest)*)
    }};
    ($app:ident $f:ident [$($done:expr,)*] device $($rest:tt)*) => {{
        let device = $app.device();
        call!($app $f [$($done,)* device,] $($rest)*)
    }};
    ($app:ident $f:ident [$($done:expr,)*] source $($rest:tt)*) => {{
        let source = $app.source();
        call!($app $f [$($done,)* source,] $($rest)*)
    }};
    ($app:ident $f:ident [$($done:expr,)*] sink $($rest:tt)*) => {{
        let sink = $app.sink();
        call!($app $f [$($done,)* sink,] $($rest)*)
    }};
    ($app:ident $f:ident [$($done:expr,)*] info $($rest:tt)*) => {{
        let info = if $app.recipe.byte() == 0xff { ptr::null_mut() } else { &raw mut *$app.info };
        call!($app $f [$($done,)* info,] $($rest)*)
    }};
    ($app:ident $f:ident [$($done:expr,)*] list $($rest:tt)*) => {{
        let list = $app.list();
        call!($app $f [$($done,)* list,] $($rest)*)
    }};
    ($app:ident $f:ident [$($done:expr,)*] clocks $($rest:tt)*) => {{
        let clocks = $app.clocks();
        call!($app $f [$($done,)* clocks,] $($rest)*)
    }};
    ($app:ident $f:ident [$($done:expr,)*] given $($rest:tt)*) => {{
        let given = $app.group();
        call!($app $f [$($done,)* given,] $($rest)*)
    }};
    ($app:ident $f:ident [$($done:expr,)*] lent $($rest:tt)*) => {{
        let lent = $app.group_out();
        call!($app $f [$($done,)* lent,] $($rest)*)
    }};
    // A number of another size.
    ($app:ident $f:ident [$($done:expr,)*] $size:ident $($rest:tt)*) => {{
        let number = call!(@ $app $size);
        call!($app $f [$($done,)* number,] $($rest)*)
    }};
    (@ $app:ident Key) => { $app.handle(Kind::Key) };
    (@ $app:ident Owner) => { $app.handle(Kind::Owner) };
    (@ $app:ident Store) => { $app.handle(Kind::Store) };
    (@ $app:ident Files) => { $app.handle(Kind::Files) };
    (@ $app:ident Camera) => { $app.handle(Kind::Camera) };
    (@ $app:ident Recording) => { $app.handle(Kind::Recording) };
    (@ $app:ident Cutter) => { $app.handle(Kind::Cutter) };
    (@ $app:ident Clip) => { $app.handle(Kind::Clip) };
    (@ $app:ident u8) => { $app.number() as u8 };
    (@ $app:ident u32) => { $app.number() as u32 };
}

macro_rules! calls {
    ($($f:ident($($argument:tt)*);)+) => {
        pub const CALLS: &[&str] = &[$(stringify!($f)),+];

        impl App<'_> {
            pub fn call(&mut self) -> footage_status {
                let app = self;
                app.number = app.recipe.byte();
                let number = usize::from(app.number);
                let Some(name) = CALLS.get(number) else {
                    match number - CALLS.len() {
                        kind @ 0..8 => app.free(KINDS[kind]),
                        8..16 => return app.store(),
                        16..24 => return app.files(),
                        _ => app.trust(),
                    }
                    return FOOTAGE_OK;
                };
                $(
                    if *name == stringify!($f) {
                        return call!(app $f [] $($argument)*);
                    }
                )+
                FOOTAGE_OK
            }
        }
    };
}

const KINDS: [Kind; 8] =
    [Kind::Key, Kind::Owner, Kind::Store, Kind::Files, Kind::Camera, Kind::Recording, Kind::Cutter, Kind::Clip];

calls! {
    footage_signing_key_generate(new Key);
    footage_signing_key_restore(bytes new Key);
    footage_signing_key_save(Key out);
    footage_signing_key_public(Key out);
    footage_owner_generate(kem new Owner);
    footage_owner_restore(kem bytes new Owner);
    footage_owner_save(Owner out);
    footage_owner_public(Owner out);
    footage_certificate_request(bytes text text Key out);
    footage_certificate_sign(bytes text text bytes time Key out);
    footage_owner_list_sign(list Key out);
    footage_camera_begin(device bytes Store Files new Camera);
    footage_camera_open(device Store Files new Camera);
    footage_camera_take_list(Camera bytes);
    footage_camera_owners(Camera out);
    footage_camera_open_clips(Camera out);
    footage_camera_recover(Camera bytes);
    footage_camera_give_up(Camera bytes);
    footage_camera_start(Camera u8 u8 clocks new Recording);
    footage_recording_clip(Recording out);
    footage_recording_group(Recording Camera clocks given);
    footage_recording_piece(Recording Camera clocks inout);
    footage_recording_leave_out(Recording u64 u64);
    footage_recording_finish(Recording Camera);
    footage_recording_cut_off(Recording Camera);
    footage_cutter_new(source new Cutter);
    footage_cutter_new_by_size(source u64 new Cutter);
    footage_cutter_content(Cutter put);
    footage_cutter_next(Cutter lent);
    footage_cutter_left_out(Cutter put put);
    footage_clip_open(source new Clip);
    footage_clip_unlock(Clip Owner);
    footage_clip_describe(Clip info);
    footage_clip_select(Clip time time put put);
    footage_clip_segment_info(Clip u32 segment);
    footage_clip_segment(Clip u32 out);
    footage_clip_write_playable(Clip u32 u32 u8 sink put);
    footage_last_error_message(out);
}

impl App<'_> {
    /// A store of a world that there is, or of a new one, with one callback left out at times.
    fn store(&mut self) -> footage_status {
        let mut callbacks = World::store(self.any_world());
        match self.recipe.byte() {
            0xff => callbacks.fact = None,
            0xfe => callbacks.list_secrets = None,
            0xfd => callbacks.floor = None,
            _ => {}
        }
        let place = self.place(Kind::Store);
        // SAFETY: a struct of callbacks, and a place for a handle, or NULL.
        unsafe { footage_store_new(&raw const callbacks, place) }
    }

    /// The same with files.
    fn files(&mut self) -> footage_status {
        let mut callbacks = World::files(self.any_world());
        match self.recipe.byte() {
            0xff => callbacks.create = None,
            0xfe => callbacks.list_empty = None,
            _ => {}
        }
        let place = self.place(Kind::Files);
        // SAFETY: a struct of callbacks, and a place for a handle, or NULL.
        unsafe { footage_files_new(&raw const callbacks, place) }
    }

    pub(super) fn any_world(&mut self) -> *mut World {
        let which = usize::from(self.recipe.byte());
        if self.worlds.is_empty() || which >= 0xf0 {
            return self.world(Vec::new());
        }
        self.worlds[which % self.worlds.len()]
    }
}
