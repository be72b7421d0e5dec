//! Where the calls begin.
#![allow(unsafe_code)]

use core::ptr;

use footage::ffi::footage_status::*;
use footage::ffi::*;

use super::app::{App, Kind};
use super::callbacks::World;
use super::shelf::{NOON, Shelf};

impl App<'_> {
    /// Keeps a handle that a call made.
    fn make<T>(&mut self, kind: Kind, call: impl FnOnce(&Shelf, *mut *mut T) -> footage_status) -> *mut T {
        let mut handle = ptr::null_mut();
        assert_eq!(call(self.shelf, &raw mut handle), FOOTAGE_OK, "{kind:?}");
        self.pool.push((kind, handle.cast()));
        handle
    }

    /// Brings the app to where the interesting calls can be made.
    pub fn begin(&mut self, scene: u8) {
        match scene % 4 {
            1 => self.record(false),
            2 => self.record(true),
            3 => self.own(),
            _ => {}
        }
    }

    fn owner(&mut self) -> *mut footage_owner {
        // SAFETY: 32 bytes, and a place for a handle.
        self.make(Kind::Owner, |shelf, owner| unsafe {
            footage_owner_restore(FOOTAGE_KEM_X25519, shelf.bytes[1].as_ptr(), 32, owner)
        })
    }

    /// A camera that records, or that was opened again while a clip of it is open.
    fn record(&mut self, again: bool) {
        let world = self.world(Vec::new());
        let (stores, files) = (World::store(world), World::files(world));
        let clocks = footage_clocks { monotonic: 0, wall: NOON.cast_signed() };
        // SAFETY: handles that were just made, bytes with their lengths, callbacks of this world.
        unsafe {
            let key = self.make(Kind::Key, |shelf, key| footage_signing_key_restore(shelf.bytes[0].as_ptr(), 32, key));
            let certificate = &self.shelf.bytes[2];
            let device = footage_device {
                certificate: certificate.as_ptr(),
                certificate_length: certificate.len(),
                key,
                secret: self.shelf.bytes[1].as_ptr(),
                secret_length: 32,
                suite: FOOTAGE_SUITE_CHACHA20_POLY1305,
            };
            for begins in [true, false] {
                let store = self.make(Kind::Store, |_, store| footage_store_new(&raw const stores, store));
                let files = self.make(Kind::Files, |_, place| footage_files_new(&raw const files, place));
                let camera = self.make(Kind::Camera, |shelf, camera| {
                    let (owners, length) = (shelf.bytes[6].as_ptr(), shelf.bytes[6].len());
                    if begins {
                        footage_camera_begin(&raw const device, owners, length, store, files, camera)
                    } else {
                        footage_camera_open(&raw const device, store, files, camera)
                    }
                });
                if begins {
                    let recording = self.make(Kind::Recording, |_, recording| {
                        let (content, cadence) = (FOOTAGE_CONTENT_VIDEO, FOOTAGE_SIGN_EVERY_GROUP);
                        footage_camera_start(camera, content, cadence, &raw const clocks, recording)
                    });
                    let mut content = [7; 100];
                    let (content, content_length) = (content.as_mut_ptr(), content.len());
                    let piece = footage_piece { start: 0, end: 1000, content, content_length };
                    let group = footage_group {
                        picture_init: ptr::null_mut(),
                        picture_init_length: 0,
                        sound_init: ptr::null_mut(),
                        sound_init_length: 0,
                        pictures: &raw const piece,
                        pictures_count: 1,
                        sound: ptr::null(),
                        sound_samples: 0,
                        next: 1000,
                    };
                    let sealed = footage_recording_group(recording, camera, &raw const clocks, &raw const group);
                    assert_eq!(sealed, FOOTAGE_OK);
                    let (mut clip, mut length) = (vec![0; 16], 0);
                    let id = footage_recording_clip(recording, clip.as_mut_ptr(), 16, &raw mut length);
                    assert_eq!(id, FOOTAGE_OK);
                    self.given.push(clip);
                }
                if !again {
                    break;
                }
            }
        }
    }

    /// An owner of a clip that is open.
    fn own(&mut self) {
        let world = self.world(self.shelf.files[0].clone());
        let source = World::source(world);
        let owner = self.owner();
        // SAFETY: handles that were just made, and callbacks of this world.
        unsafe {
            let clip = self.make(Kind::Clip, |_, clip| footage_clip_open(&raw const source, clip));
            assert_eq!(footage_clip_unlock(clip, owner), FOOTAGE_OK);
        }
    }
}
