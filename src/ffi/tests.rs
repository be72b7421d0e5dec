//! The machinery of the border from Rust, small enough for Miri.
#![cfg(feature = "serde")]

use core::ffi::{CStr, c_char, c_void};
use core::ptr::{null, null_mut};
use std::io::{Read, Seek, SeekFrom, Write};

use super::argument::{InPlace, Input, Inputs, Output, Place, Text};
use super::handle::{Ref, Shared, free};
use super::key_store::Keys;
use super::list::give_list;
use super::state::Stored;
use super::status::{Done, Failure, call};
use super::task::Desk;
use super::vault::Slots;
use super::*;
use footage_status::*;

/// Fetches a result.
fn fetch(get: impl Fn(*mut u8, usize, *mut usize) -> footage_status) -> Vec<u8> {
    let mut length = 0;
    assert_eq!(get(null_mut(), 0, &raw mut length), FOOTAGE_OK);
    let mut bytes = vec![0; length];
    if length > 0 {
        assert_eq!(get(bytes.as_mut_ptr(), length - 1, &raw mut length), FOOTAGE_TOO_SMALL);
    }
    assert_eq!(get(bytes.as_mut_ptr(), bytes.len(), &raw mut length), FOOTAGE_OK);
    assert_eq!(length, bytes.len());
    bytes
}

/// What an app hands over as the state that it saved claims more than is there.
#[test]
fn a_state_that_claims_to_be_long_is_refused() {
    for head in
        [&[0x9a, 0xff, 0xff, 0xff, 0xff][..], &[0x9b, 0x80, 0, 0, 0, 0, 0, 0, 0], &[0x9b, 0, 0, 0, 1, 0, 0, 0, 0]]
    {
        let states = [[&[0x83, 1], head].concat(), [&[0x83, 1, 0x80], head].concat(), [&[0x82, 1], head].concat()];
        for state in states {
            let input = || unsafe { Input::new(state.as_ptr(), state.len()) };
            assert!(Stored::<Keys>::restore(input()).is_err() && Stored::<Slots>::restore(input()).is_err());
            let (name, key, mut witness) = (c"witness.example", key([7; 32]), null_mut());
            let made =
                unsafe { footage_witness_new(name.as_ptr(), key, state.as_ptr(), state.len(), &raw mut witness) };
            assert!(made != FOOTAGE_OK && witness.is_null() && last_error().len() > 10);
            unsafe { footage_signing_key_free(key) };
        }
    }
}

/// Makes a handle.
fn made<T>(make: impl Fn(*mut *mut T) -> footage_status) -> *mut T {
    assert_eq!(make(null_mut()), FOOTAGE_NULL);
    let mut handle = null_mut();
    assert_eq!(make(&raw mut handle), FOOTAGE_OK);
    handle
}

fn input(length: u64) -> *mut footage_stream {
    made(|place| unsafe { footage_stream_new_input(length, place) })
}

fn output() -> *mut footage_stream {
    made(|place| unsafe { footage_stream_new_output(place) })
}

fn key(secret: [u8; 32]) -> *mut footage_signing_key {
    made(|place| unsafe { footage_signing_key_restore(secret.as_ptr(), 32, place) })
}

fn last_error() -> String {
    let mut length = 0;
    assert_eq!(unsafe { footage_last_error_message(null_mut(), 0, &raw mut length) }, FOOTAGE_OK);
    let mut text: Vec<c_char> = vec![1; length + 1];
    assert_eq!(
        unsafe { footage_last_error_message(text.as_mut_ptr(), length, &raw mut length) },
        if length == 0 { FOOTAGE_OK } else { FOOTAGE_TOO_SMALL }
    );
    let written = unsafe { footage_last_error_message(text.as_mut_ptr(), length + 1, &raw mut length) };
    assert_eq!(written, FOOTAGE_OK);
    unsafe { CStr::from_ptr(text.as_ptr()) }.to_str().unwrap().to_owned()
}

#[test]
fn keys_are_saved_restored_and_freed() {
    let one = made(|place| unsafe { footage_signing_key_generate(place) });
    let secret = fetch(|bytes, capacity, length| unsafe { footage_signing_key_save(one, bytes, capacity, length) });
    let other = key(secret.try_into().unwrap());
    let public =
        |key| fetch(|bytes, capacity, length| unsafe { footage_signing_key_public(key, bytes, capacity, length) });
    assert_eq!(public(one), public(other));
    unsafe {
        footage_signing_key_free(one);
        footage_signing_key_free(other);
        footage_signing_key_free(null_mut());
    }
    let owner = made(|place| unsafe { footage_owner_generate(FOOTAGE_KEM_X25519, place) });
    let public = fetch(|bytes, capacity, length| unsafe { footage_owner_public(owner, bytes, capacity, length) });
    assert_eq!((public.len(), &public[..2]), (34, &[0, 0x20][..]));
    unsafe { footage_owner_free(owner) };
}

#[test]
fn a_handle_of_another_type_is_refused_and_stays() {
    let (stream, key) = (output(), key([3; 32]));
    let mut length = 0;
    let wrong = unsafe { footage_signing_key_save(stream.cast(), null_mut(), 0, &raw mut length) };
    assert_eq!((wrong, length), (FOOTAGE_HANDLE, 0));
    assert_eq!(unsafe { footage_stream_fail(key.cast()) }, FOOTAGE_HANDLE);
    assert_eq!(last_error(), "the handle is of another type");
    assert_eq!(unsafe { footage_stream_fail(null()) }, FOOTAGE_NULL);
    unsafe {
        footage_stream_free(key.cast());
        footage_signing_key_free(stream.cast());
        footage_list_free(stream.cast());
    }
    assert_eq!(unsafe { footage_stream_fail(stream) }, FOOTAGE_OK);
    unsafe {
        footage_stream_free(stream);
        footage_signing_key_free(key);
    }
}

#[test]
fn a_content_is_used_by_one_and_outlives_its_handle() {
    let key = key([4; 32]);
    let content = unsafe { Ref::new(key.cast_const()) }.share().unwrap();
    let lock = content.lock().unwrap();
    let mut length = 0;
    assert_eq!(unsafe { footage_signing_key_save(key, null_mut(), 0, &raw mut length) }, FOOTAGE_BUSY);
    unsafe { footage_signing_key_free(key) };
    assert_eq!(lock.to_secret().expose(), &[4; 32]);
    drop(lock);
    assert!(content.lock().is_ok());
}

#[test]
fn a_panic_stays_inside_and_breaks_the_handle() {
    let shared = Shared::new(vec![1]);
    let other = shared.clone();
    let status = call(move || {
        let mut lock = other.lock()?;
        lock.push(2);
        panic!("a test's");
    });
    assert_eq!((status, last_error().as_str()), (FOOTAGE_INTERNAL, "a bug of this library"));
    assert_eq!(shared.lock().err().map(|failure| failure.status), Some(FOOTAGE_INTERNAL));
}

#[test]
fn eight_threads_use_one_key() {
    struct Sent(*mut footage_signing_key);
    unsafe impl Send for Sent {}
    let key = key([5; 32]);
    let threads = [(); 8].map(|()| {
        let key = Sent(key);
        std::thread::spawn(move || {
            let Sent(key) = { key };
            let (mut bytes, mut length, mut done) = ([0; 32], 0, 0);
            while done < 3 {
                let status = unsafe { footage_signing_key_save(key, bytes.as_mut_ptr(), 32, &raw mut length) };
                match status {
                    FOOTAGE_OK => done += 1,
                    status => assert_eq!(status, FOOTAGE_BUSY),
                }
            }
            assert_eq!(bytes, [5; 32]);
        })
    });
    for thread in threads {
        thread.join().unwrap();
    }
    unsafe { footage_signing_key_free(key) };
}

fn status_of<T>(done: Done<T>) -> footage_status {
    done.map_or_else(|failure| failure.status, |_| FOOTAGE_OK)
}

#[test]
fn inputs_are_looked_at() {
    let bytes = [1, 2, 3];
    unsafe {
        assert_eq!(Input::new(bytes.as_ptr(), 3).get().unwrap(), bytes);
        assert!(Input::new(null(), 0).get().unwrap().is_empty());
        assert_eq!(status_of(Input::new(null(), 1).get()), FOOTAGE_NULL);
        for length in [usize::MAX, usize::MAX / 2 + 1] {
            assert_eq!(status_of(Input::new(bytes.as_ptr(), length).get()), FOOTAGE_ARGUMENT);
            assert_eq!(status_of(Inputs::new([bytes.as_ptr()].as_ptr(), [3].as_ptr(), length).get()), FOOTAGE_ARGUMENT);
        }
        assert_eq!(Input::new(bytes.as_ptr(), 3).array().unwrap(), bytes);
        assert_eq!(status_of(Input::new(bytes.as_ptr(), 3).array::<4>()), FOOTAGE_ARGUMENT);
        let (strings, lengths) = ([bytes.as_ptr(), null()], [2, 0]);
        let read = Inputs::new(strings.as_ptr(), lengths.as_ptr(), 2).get().unwrap();
        assert_eq!(read, [&bytes[..2], &[]]);
        assert_eq!(status_of(Inputs::new(strings.as_ptr(), [0, 1].as_ptr(), 2).get()), FOOTAGE_NULL);
        assert_eq!(status_of(Inputs::new(null(), null(), 1).get()), FOOTAGE_NULL);
        assert_eq!(Text::new(c"text".as_ptr()).get().unwrap(), "text");
        assert_eq!(status_of(Text::new(c"\xff".as_ptr()).get()), FOOTAGE_ARGUMENT);
        assert_eq!(Text::new(null()).optional().unwrap(), None);
    }
}

#[test]
fn outputs_may_overlap_with_what_is_read_but_not_with_what_is_written() {
    let (mut bytes, mut length) = ([1_u8, 2, 3, 4, 5, 6], 0_usize);
    let at = bytes.as_mut_ptr();
    unsafe {
        // A result that goes where the call has read from.
        let read = Input::new(at.add(2), 4).get().unwrap().to_vec();
        Output::new(at, 6, &raw mut length).write(&read).unwrap();
        assert_eq!((bytes, length), ([3, 4, 5, 6, 5, 6], 4));

        let at = bytes.as_mut_ptr();
        for (from, room) in [(0, 3), (2, 6)] {
            let output = Output::new(at, room, &raw mut length);
            assert_eq!(status_of(InPlace::new(at.add(from), 2).get(&output)), FOOTAGE_OVERLAP);
        }
        let own = InPlace::new((&raw mut length).cast(), 1);
        assert_eq!(status_of(own.get(&Output::new(at, 6, &raw mut length))), FOOTAGE_OVERLAP);
        // Where only a length is asked for there is no room.
        let question = Output::new(null_mut(), usize::MAX, &raw mut length);
        InPlace::new(at, 3).get(&question).unwrap()[0] = 9;
        let output = Output::new(at.add(3), 3, &raw mut length);
        let own = InPlace::new(at, 3).get(&output).unwrap();
        own[1] = 8;
        output.write(&[7]).unwrap();
        own[2] = 8;
        assert_eq!(status_of(Output::new(at, 6, null_mut()).write(&[1])), FOOTAGE_NULL);
        assert_eq!(status_of(Place::new(null_mut()).put(1)), FOOTAGE_NULL);
    }
    assert_eq!((bytes, length), ([9, 8, 8, 7, 5, 6], 1));
}

#[test]
fn lists_are_read_by_index() {
    let list = made(|place| call(|| give_list(vec![vec![1, 2], Vec::new()], &unsafe { Place::new(place) })));
    let mut count = 0;
    assert_eq!(unsafe { footage_list_count(list, &raw mut count) }, FOOTAGE_OK);
    let get =
        |index| fetch(|bytes, capacity, length| unsafe { footage_list_get(list, index, bytes, capacity, length) });
    assert_eq!((count, get(0), get(1)), (2, vec![1, 2], Vec::new()));
    assert_eq!(unsafe { footage_list_get(list, 2, null_mut(), 0, &raw mut count) }, FOOTAGE_END);
    unsafe { footage_list_free(list) };
}

/// Reads an input backwards, in pieces of so many bytes, and writes what it reads to an output.
fn backwards(desk: &mut Desk<usize>, from: *const footage_stream, to: *const footage_stream) -> footage_status {
    call(|| {
        desk.run("backwards", |_| {
            let (from, to) = unsafe { (Ref::new(from), Ref::new(to)) };
            let (mut from, mut to) = (from.lock()?.source()?, to.lock()?.sink()?);
            Ok(move |piece: &mut usize| {
                let mut work = || {
                    let mut at = from.seek(SeekFrom::End(0))?;
                    while at > 0 {
                        let mut bytes = vec![0; *piece];
                        at -= *piece as u64;
                        from.seek(SeekFrom::Start(at))?;
                        from.read_exact(&mut bytes)?;
                        to.write_all(&bytes)?;
                    }
                    to.flush()
                };
                work().map_err(|error| Failure::of(FOOTAGE_STORE, &error))
            })
        })
    })
}

/// Feeds at most `most` bytes of what is wanted.
fn feed(stream: *const footage_stream, file: &[u8], most: usize) {
    let (mut offset, mut length) = (0, 0);
    assert_eq!(unsafe { footage_stream_wanted(stream, &raw mut offset, &raw mut length) }, FOOTAGE_OK);
    if length > 0 {
        let piece = &file[offset as usize..][..length.min(most)];
        assert_eq!(unsafe { footage_stream_feed(stream, piece.as_ptr(), piece.len()) }, FOOTAGE_OK);
    }
}

fn take(stream: *const footage_stream, most: usize) -> Vec<u8> {
    let (mut bytes, mut length) = (vec![0; most], 0);
    assert_eq!(unsafe { footage_stream_take(stream, bytes.as_mut_ptr(), most, &raw mut length) }, FOOTAGE_OK);
    bytes.truncate(length);
    bytes
}

unsafe extern "C" fn count(context: *mut c_void, bytes: u64) {
    let (stream, moved) = unsafe { *context.cast::<(*const footage_stream, *mut u64)>() };
    assert_eq!(unsafe { footage_stream_feed(stream, null(), 0) }, FOOTAGE_BUSY);
    unsafe { moved.write(bytes) };
}

#[test]
fn a_task_takes_turns_with_the_app() {
    let file: Vec<u8> = (0..40).collect();
    let (from, to, mut moved) = (input(40), output(), 0_u64);
    let mut context = (from.cast_const(), &raw mut moved);
    let counted = unsafe { footage_stream_on_progress(from, Some(count), (&raw mut context).cast()) };
    assert_eq!(counted, FOOTAGE_OK);
    let (mut desk, mut taken) = (Desk::new(10), Vec::new());
    assert_eq!(call(|| desk.get().map(|_| ())), FOOTAGE_OK);
    loop {
        let status = backwards(&mut desk, from, to);
        taken.extend(take(to, 7));
        if status == FOOTAGE_OK {
            break;
        }
        assert_eq!(status, FOOTAGE_WANT);
        assert_eq!(call(|| desk.get().map(|_| ())), FOOTAGE_ORDER);
        feed(from, &file, 4);
    }
    assert_eq!(taken, [&file[30..], &file[20..30], &file[10..20], &file[..10]].concat());
    assert!(moved >= 40);
    assert_eq!(*desk.get().unwrap(), 10);
    unsafe {
        footage_stream_free(from);
        footage_stream_free(to);
    }
}

#[test]
fn a_task_that_waits_can_be_left() {
    for what in 0..5 {
        let (from, to) = (input(40), output());
        let mut desk = Desk::new(10);
        assert_eq!(backwards(&mut desk, from, to), FOOTAGE_WANT);
        assert_eq!(backwards(&mut desk, from, to), FOOTAGE_WANT);
        let status = unsafe {
            match what {
                0 => footage_stream_fail(from),
                1 => footage_stream_feed(from, null(), 0),
                2 => {
                    footage_stream_free(from);
                    FOOTAGE_OK
                }
                3 => footage_stream_fail(to),
                _ => {
                    drop(core::mem::replace(&mut desk, Desk::Gone));
                    FOOTAGE_OK
                }
            }
        };
        assert_eq!(status, FOOTAGE_OK);
        let after = match what {
            3 => FOOTAGE_WANT,
            4 => FOOTAGE_ORDER,
            _ => FOOTAGE_STORE,
        };
        assert_eq!(backwards(&mut desk, from, to), after);
        drop(desk);
        unsafe {
            if what != 2 {
                footage_stream_free(from);
            }
            footage_stream_free(to);
        }
    }
}

#[test]
fn a_task_that_panics_leaves_nothing() {
    let mut desk = Desk::new(1);
    let status = call(|| desk.run("panics", |_| Ok(|_: &mut u8| -> Done { panic!("a test's") })));
    assert_eq!(status, FOOTAGE_INTERNAL);
    assert_eq!(call(|| desk.get().map(|_| ())), FOOTAGE_ORDER);
}

/// A whole recording, whose bytes go straight into the app's buffers.
#[test]
fn a_recording_writes_into_the_buffers() {
    let (maker, own) = (key([6; 32]), key([7; 32]));
    let public = fetch(|bytes, capacity, length| unsafe { footage_signing_key_public(own, bytes, capacity, length) });
    let json = format!(
        "{{\"camera\":\"{}\",\"maker\":\"acme\",\"model\":\"Doorbell\",\"key\":\"{}\",\"issued\":1}}\0",
        "00".repeat(16),
        base16ct::lower::encode_string(&public)
    );
    let certificate = fetch(|bytes, capacity, length| unsafe {
        footage_certificate_sign(json.as_ptr().cast(), maker, bytes, capacity, length)
    });
    let (device, suite) = ([8; 32], FOOTAGE_SUITE_CHACHA20_POLY1305);
    let camera = made(|place| unsafe {
        footage_camera_new(certificate.as_ptr(), certificate.len(), own, device.as_ptr(), 32, suite, null(), 0, place)
    });
    let owner = made(|place| unsafe { footage_owner_restore(FOOTAGE_KEM_X25519, [9; 32].as_ptr(), 32, place) });
    let public = fetch(|bytes, capacity, length| unsafe { footage_owner_public(owner, bytes, capacity, length) });
    let mut room = vec![0; FOOTAGE_SEGMENT_OVERHEAD + 100];
    let (owners, lengths, mut length) = ([public.as_ptr()], [public.len()], 0);
    let mut begin = |recording: *mut *mut footage_recording| unsafe {
        let (owners, lengths, cadence) = (owners.as_ptr(), lengths.as_ptr(), FOOTAGE_SIGN_AT_END);
        let (bytes, capacity) = (room.as_mut_ptr(), room.len());
        footage_recording_new(camera, owners, lengths, 1, 2, cadence, bytes, capacity, &raw mut length, recording)
    };
    let mut recording = null_mut();
    assert_eq!(begin(&raw mut recording), FOOTAGE_UNSAVED);
    let _ = fetch(|bytes, capacity, length| unsafe { footage_camera_save(camera, bytes, capacity, length) });
    assert_eq!(begin(&raw mut recording), FOOTAGE_OK);
    let mut content = [1; 100];
    let sealed = unsafe {
        let (content, bytes) = (content.as_mut_ptr(), room.as_mut_ptr());
        footage_recording_media(recording, 0, 1000, content, 100, bytes, room.len(), &raw mut length)
    };
    assert_eq!(sealed, FOOTAGE_OK);
    assert!(content != [1; 100] && length >= 100);
    let finish = |room: &mut Vec<u8>, length: *mut usize| unsafe {
        footage_recording_finish(recording, room.as_mut_ptr(), room.len(), length)
    };
    assert_eq!(finish(&mut room, &raw mut length), FOOTAGE_UNSAVED);
    let _ = fetch(|bytes, capacity, length| unsafe { footage_camera_save(camera, bytes, capacity, length) });
    assert_eq!(finish(&mut room, &raw mut length), FOOTAGE_OK);
    assert_eq!(finish(&mut room, &raw mut length), FOOTAGE_ORDER);
    unsafe {
        footage_camera_free(camera);
        footage_recording_free(recording);
        footage_owner_free(owner);
        footage_signing_key_free(maker);
        footage_signing_key_free(own);
        assert!(free::<footage_list>(null_mut()).is_ok());
    }
}
