//! Tink's streaming AEAD, AES-256-GCM-HKDF in segments of 1 MiB.

use std::cell::RefCell;
use std::io::{self, Cursor, Write};
use std::rc::Rc;

use footage_peers::Failure;
use tink_core::{StreamingAead, TinkError};

/// Tink wants to own where it writes.
#[derive(Clone)]
pub struct Room(Rc<RefCell<Vec<u8>>>);

impl Room {
    pub fn new(room: Vec<u8>) -> Self {
        Self(Rc::new(RefCell::new(room)))
    }

    pub fn clear(&self) {
        self.0.borrow_mut().clear();
    }

    pub fn to_shared(&self) -> Rc<[u8]> {
        self.0.borrow().as_slice().into()
    }
}

impl Write for Room {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub fn cipher() -> Result<Box<dyn StreamingAead>, Failure> {
    tink_streaming_aead::init();
    let template = tink_streaming_aead::aes256_gcm_hkdf_1mb_key_template();
    let keys = tink_core::keyset::Handle::new(&template).map_err(failure)?;
    tink_streaming_aead::new(&keys).map_err(failure)
}

/// Its errors cannot be shared between threads.
fn failure(error: TinkError) -> Failure {
    error.to_string().into()
}

pub fn seal(cipher: &dyn StreamingAead, content: &[u8], to: &Room) -> Result<(), Failure> {
    let mut writer = cipher.new_encrypting_writer(Box::new(to.clone()), &[]).map_err(failure)?;
    writer.write_all(content)?;
    writer.close().map_err(failure)
}

pub fn open(cipher: &dyn StreamingAead, sealed: &Rc<[u8]>, to: &mut Room) -> Result<(), Failure> {
    let reader = cipher.new_decrypting_reader(Box::new(Cursor::new(sealed.clone())), &[]);
    io::copy(&mut reader.map_err(failure)?, to)?;
    Ok(())
}
