//! Where the calls begin.
#![allow(unsafe_code)]

use core::ptr;

use footage::ffi::footage_status::*;
use footage::ffi::*;

use super::super::common::NOON;
use super::app::{App, Kind, ROOM};
use super::shelf::{Secrets, Shelf};

/// The words of the last error.
fn words() -> String {
    let (mut text, mut length) = (vec![0; 500], 0);
    // SAFETY: a buffer of this capacity.
    unsafe { footage_last_error_message(text.as_mut_ptr().cast(), text.len(), &raw mut length) };
    String::from_utf8_lossy(&text[..length.min(500)]).into_owned()
}

/// Where the calls begin.
impl App<'_> {
    /// Keeps a handle that a call made.
    fn make<T>(&mut self, kind: Kind, call: impl FnOnce(&Shelf, *mut *mut T) -> footage_status) -> *mut T {
        let mut handle = ptr::null_mut();
        assert_eq!(call(self.shelf, &raw mut handle), FOOTAGE_OK, "{kind:?}: {}", words());
        self.pool.push((kind, handle.cast()));
        handle
    }

    /// Makes a call until it asks for nothing more.
    fn finish(&mut self, mut call: impl FnMut(&Shelf) -> footage_status) {
        for _ in 0..64 {
            match call(self.shelf) {
                FOOTAGE_WANT | FOOTAGE_UNSAVED => self.serve(),
                status => return assert_eq!(status, FOOTAGE_OK, "{}", words()),
            }
        }
    }

    fn key(&mut self, secret: impl FnOnce(&Secrets) -> &[u8; 32]) -> *mut footage_signing_key {
        // SAFETY: 32 bytes, and a place for a handle.
        self.make(Kind::Key, |shelf, key| unsafe { footage_signing_key_restore(secret(&shelf.keys).as_ptr(), 32, key) })
    }

    fn file(&mut self, file: usize) -> *mut footage_stream {
        // SAFETY: a place for a handle.
        let stream = self.make(Kind::Stream, |shelf, stream| unsafe {
            footage_stream_new_input(shelf.files[file].len() as u64, stream)
        });
        self.files.push((stream.cast(), file));
        stream
    }

    fn ledger(&mut self) -> *mut footage_ledger {
        // SAFETY: bytes, a text, and a place for a handle.
        self.make(Kind::Ledger, |shelf, ledger| unsafe {
            let state = &shelf.bytes[2];
            footage_ledger_restore(state.as_ptr(), state.len(), shelf.texts[0].as_ptr().cast(), ledger)
        })
    }

    /// Brings the app to where the interesting calls can be made.
    pub fn begin(&mut self, scene: u8) {
        match scene % 8 {
            1 => self.record(),
            2 => self.own(),
            3 => self.ask(false),
            4 => self.ask(true),
            5 => self.keep(),
            6 => self.audit(),
            7 => self.witness(),
            _ => {}
        }
    }

    /// A camera that records.
    fn record(&mut self) {
        // SAFETY: handles that were just made, bytes with their lengths, texts of the shelf.
        unsafe {
            let key = self.key(|keys| &keys.camera);
            let camera = self.make(Kind::Camera, |shelf, camera| {
                let (certificate, device) = (&shelf.bytes[10], [9_u8; 32]);
                let (at, length) = (certificate.as_ptr(), certificate.len());
                footage_camera_new(at, length, key, device.as_ptr(), 32, 2, ptr::null(), 0, camera)
            });
            let (mut room, mut length, mut made) = (vec![0; ROOM], 0, ptr::null_mut());
            self.finish(|shelf| {
                let owner = &shelf.bytes[14];
                let (at, lengths, now) = ([owner.as_ptr()], [owner.len()], NOON.cast_signed());
                let (to, place) = (room.as_mut_ptr(), &raw mut length);
                let (owners, cadence) = (at.as_ptr(), FOOTAGE_SIGN_EVERY_SEGMENT);
                footage_recording_new(camera, owners, lengths.as_ptr(), 1, now, cadence, to, ROOM, place, &raw mut made)
            });
            self.pool.push((Kind::Recording, made.cast()));
            room.truncate(length);
            self.given.push(room);
        }
    }

    /// An owner of a clip that is open.
    fn own(&mut self) {
        // SAFETY: handles that were just made, bytes with their lengths, texts of the shelf.
        unsafe {
            let stream = self.file(0);
            self.make(Kind::Stream, |_, stream| footage_stream_new_output(stream));
            let clip = self.make(Kind::Clip, |_, clip| footage_clip_new(stream, clip));
            self.finish(|_| footage_clip_open(clip));
            let owner = self.make(Kind::Owner, |shelf, owner| {
                footage_owner_restore(FOOTAGE_KEM_XWING, shelf.keys.owner.as_ptr(), 32, owner)
            });
            self.finish(|_| footage_clip_unlock(clip, owner));
            self.ledger();
        }
    }

    /// An agency with an excerpt that it was granted, and maybe opened.
    fn ask(&mut self, opened: bool) {
        // SAFETY: handles that were just made, bytes with their lengths, texts of the shelf.
        unsafe {
            let (key, ledger, stream) = (self.key(|keys| &keys.agency), self.ledger(), self.file(1));
            self.make(Kind::Stream, |_, stream| footage_stream_new_output(stream));
            let excerpt = self.make(Kind::Excerpt, |_, excerpt| footage_excerpt_new(stream, excerpt));
            self.finish(|_| footage_excerpt_open(excerpt));
            let agency = self.make(Kind::Agency, |shelf, agency| {
                let (state, id) = (&shelf.keys.agency_state, shelf.texts[3].as_ptr().cast());
                let (at, length) = (state.as_ptr(), state.len());
                footage_agency_new(id, key, FOOTAGE_KEM_X25519, at, length, ledger, agency)
            });
            if opened {
                let mut made = ptr::null_mut();
                self.finish(|shelf| {
                    let at: Vec<_> = shelf.answers.iter().map(Vec::as_ptr).collect();
                    let lengths: Vec<_> = shelf.answers.iter().map(Vec::len).collect();
                    let (answers, lengths, now) = (at.as_ptr(), lengths.as_ptr(), NOON.cast_signed());
                    footage_agency_open(agency, excerpt, answers, lengths, 2, ledger, now, &raw mut made)
                });
                self.pool.push((Kind::Opened, made.cast()));
            }
        }
    }

    /// A custodian that serves.
    fn keep(&mut self) {
        // SAFETY: handles that were just made, bytes with their lengths, texts of the shelf.
        unsafe {
            let (key, ledger) = (self.key(|keys| &keys.custodian), self.ledger());
            let custodian = self.make(Kind::Custodian, |shelf, custodian| {
                let (id, tool) = (shelf.texts[4].as_ptr().cast(), shelf.texts[8].as_ptr().cast());
                let (state, length) = (&shelf.keys.custodian_state, shelf.keys.custodian_state.len());
                footage_custodian_new(id, key, FOOTAGE_KEM_X25519, tool, state.as_ptr(), length, custodian)
            });
            let (mut start, mut length) = (vec![0; ROOM], 0);
            self.finish(|_| footage_custodian_start(custodian, start.as_mut_ptr(), ROOM, &raw mut length));
            start.truncate(length);
            assert_eq!(footage_ledger_entry(ledger, start.as_ptr(), length), FOOTAGE_OK);
            let entries = [&self.shelf.entries[..], &[start]].concat();
            let note = self.shelf.notary.witnessed(&entries, 2);
            let (at, length) = (note.bytes().as_ptr(), note.bytes().len());
            assert_eq!(footage_ledger_advance(ledger, at, length), FOOTAGE_OK);
            let (mut made, now) = (ptr::null_mut(), NOON.cast_signed() + 7_200_000);
            self.finish(|_| footage_custodian_serve(custodian, ledger, now, &raw mut made));
            self.pool.push((Kind::List, made.cast()));
        }
    }

    /// Those who follow the log.
    fn audit(&mut self) {
        // SAFETY: handles that were just made, bytes with their lengths, texts of the shelf.
        unsafe {
            self.make(Kind::Auditor, |shelf, auditor| {
                let (state, trust) = (&shelf.bytes[3], shelf.texts[0].as_ptr().cast());
                let policy = shelf.texts[1].as_ptr().cast();
                footage_auditor_restore(state.as_ptr(), state.len(), trust, policy, auditor)
            });
            self.make(Kind::Tiles, |_, tiles| footage_tiles_new(tiles));
            self.make(Kind::Ledger, |shelf, ledger| footage_ledger_new_phone(shelf.texts[0].as_ptr().cast(), ledger));
            self.make(Kind::Feed, |shelf, feed| footage_feed_new(shelf.texts[0].as_ptr().cast(), feed));
        }
    }

    /// A log in memory, and a witness that is asked.
    fn witness(&mut self) {
        // SAFETY: handles that were just made, bytes with their lengths, texts of the shelf.
        unsafe {
            let (log, key) = (self.key(|keys| &keys.log), self.key(|keys| &keys.witness));
            let kept = self
                .make(Kind::MemoryLog, |shelf, kept| footage_memory_log_new(shelf.texts[6].as_ptr().cast(), log, kept));
            let name = self.shelf.texts[7].as_ptr().cast();
            assert_eq!(footage_memory_log_witness(kept, name, key), FOOTAGE_OK);
            let witness =
                self.make(Kind::Witness, |_, witness| footage_witness_new(name, key, ptr::null(), 0, witness));
            let (origin, public) = (self.shelf.texts[6].as_ptr().cast(), self.shelf.bytes[13].as_ptr());
            assert_eq!(footage_witness_watch(witness, origin, public, 32), FOOTAGE_OK);
            // What a log would ask.
            let note = self.shelf.notary.witnessed(&self.shelf.entries, 1);
            self.given.push([b"old 0\n\n", note.bytes()].concat());
        }
    }
}
