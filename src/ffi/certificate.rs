use core::ffi::c_char;

use crate::crypto::VerifyingKey;
use crate::record::{CameraCertificate, CameraId, MakerId, Name, Verified};

use super::argument::{Input, Output, Text};
use super::camera::time;
use super::handle::Ref;
use super::key::footage_signing_key;
use super::status::{call, footage_status};

/// Signs a camera's certificate with its maker's key, in the factory, and writes its bytes.
///
/// `camera` is the camera's id of 16 bytes, `key` the public half of its signing key, 32 bytes. `maker` is the maker's id as
/// the registrars approve it, `model` a name for people. `issued` is the present time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_certificate_sign(
    camera: *const u8,
    camera_length: usize,
    maker: *const c_char,
    model: *const c_char,
    key: *const u8,
    key_length: usize,
    issued: i64,
    maker_key: *const footage_signing_key,
    certificate: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (camera, maker, model, key, maker_key, output) = unsafe {
        (
            Input::new(camera, camera_length),
            Text::new(maker),
            Text::new(model),
            Input::new(key, key_length),
            Ref::new(maker_key),
            Output::new(certificate, capacity, length),
        )
    };
    call(|| {
        let certificate = CameraCertificate {
            camera: CameraId::from_bytes(camera.array()?),
            maker: MakerId::new(maker.get()?)?,
            model: Name::new(model.get()?)?,
            key: VerifyingKey::from_bytes(&key.array()?)?,
            issued: time(issued)?,
        };
        output.write(&Verified::sign(certificate, &*maker_key.lock()?).to_bytes())
    })
}
