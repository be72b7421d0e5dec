use core::ffi::c_char;

use crate::record::{CameraCertificate, CameraId, CertificateRequest, MakerId, Name, Signed, Verified};

use super::argument::{Input, Output, Text};
use super::camera::time;
use super::handle::Ref;
use super::key::footage_signing_key;
use super::status::{Done, Failure, call, footage_status, footage_status::*};

/// Signs a camera's request for a certificate with the camera's own key, and writes its bytes. Only the maker that it names
/// can use it.
///
/// `camera` is the camera's id of 16 bytes. `maker` is the maker's id as the registrars approve it, `model` a name for people.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_certificate_request(
    camera: *const u8,
    camera_length: usize,
    maker: *const c_char,
    model: *const c_char,
    key: *const footage_signing_key,
    request: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (camera, maker, model, key, output) = unsafe {
        (
            Input::new(camera, camera_length),
            Text::new(maker),
            Text::new(model),
            Ref::new(key),
            Output::new(request, capacity, length),
        )
    };
    call(|| {
        let request = content(camera, maker, model)?;
        output.write(&Verified::sign(request, &*key.lock()?).to_bytes())
    })
}

/// Signs a camera's certificate with its maker's key, in the factory, and writes its bytes.
///
/// `camera`, `maker` and `model` are what the maker certifies. `request` is what footage_certificate_request wrote in the
/// camera: it is FOOTAGE_ARGUMENT if it says anything else, and FOOTAGE_SIGNATURE if the camera did not sign it. `issued` is the
/// present time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_certificate_sign(
    camera: *const u8,
    camera_length: usize,
    maker: *const c_char,
    model: *const c_char,
    request: *const u8,
    request_length: usize,
    issued: i64,
    maker_key: *const footage_signing_key,
    certificate: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (camera, maker, model, request, maker_key, output) = unsafe {
        (
            Input::new(camera, camera_length),
            Text::new(maker),
            Text::new(model),
            Input::new(request, request_length),
            Ref::new(maker_key),
            Output::new(certificate, capacity, length),
        )
    };
    call(|| {
        let certified = content(camera, maker, model)?;
        let request = Signed::<CertificateRequest>::from_bytes(request.get()?)?.verify()?;
        if *request.statement() != certified {
            let message = "the camera asks for another certificate";
            return Err(Failure::new(FOOTAGE_ARGUMENT, message));
        }
        let certificate = CameraCertificate::new(request, time(issued)?);
        output.write(&Verified::sign(certificate, &*maker_key.lock()?).to_bytes())
    })
}

fn content(camera: Input<'_>, maker: Text<'_>, model: Text<'_>) -> Done<CertificateRequest> {
    Ok(CertificateRequest {
        camera: CameraId::from_bytes(camera.array()?),
        maker: MakerId::new(maker.get()?)?,
        model: Name::new(model.get()?)?,
    })
}
