//! Clips that a household's camera seals.

use std::io::Cursor;

use footage::camera::{Camera, Device, MemoryFiles};
use footage::clip::{ClipError, FinishedClip};
use footage::crypto::{KemAlgorithm, Suite};
use footage::media::Cutter;
use footage::record::{
    CameraCertificate, CameraId, CertificateRequest, MakerId, Millis, Name, OwnerList, Verified, Window,
};
use footage::resident::{CameraCheck, ClipOwners, HouseholdDevice, MemoryPlace, OwnersCheck};
use footage::store::MemoryStore;

use super::{Pinned, begin, noon, own_camera, porch, secret, signing};

const KEM: KemAlgorithm = KemAlgorithm::X25519;

/// A file that the camera of seed 50 seals when it is paired with this list.
fn seal(list: &Verified<OwnerList>) -> FinishedClip<Cursor<Vec<u8>>> {
    let key = signing(50);
    let request = CertificateRequest {
        camera: CameraId::from_bytes([5; 16]),
        maker: MakerId::new("acme").unwrap(),
        model: Name::new("Doorbell 3").unwrap(),
    };
    let certificate = CameraCertificate::new(Verified::sign(request, &key), noon());
    let certificate = Verified::sign(certificate, &signing(1)).into_signed();
    let device = Device { certificate, key, secret: secret(3), suite: Suite::ChaCha20Poly1305 };
    let mut camera = Camera::begin(device, list.clone(), MemoryStore::new(), MemoryFiles::new()).unwrap();
    let window = Window::new(noon(), noon().after(Millis::MINUTE)).unwrap();
    let file = Cutter::new(Cursor::new(vec![7; 5000]));
    let sealed = camera.seal(file, Some(window), |_| {}, &mut Pinned(9)).unwrap();
    FinishedClip::open(Cursor::new(sealed.into_inner().to_bytes())).unwrap()
}

#[test]
fn old_clips_are_opened_by_a_new_device_and_by_the_sheets_and_new_ones_not_by_who_left() {
    let (mut place, mut random) = (MemoryPlace::new(), Pinned(1));
    let (mut one, sheets) = begin(MemoryStore::new(), KEM, &mut place, &mut random);
    one.write(own_camera(50), noon(), &mut random).unwrap();
    let _ = one.synchronise(&mut place, noon(), &mut random).unwrap();
    let old = seal(&one.owner_lists()[0]);
    let device = HouseholdDevice::begin(MemoryStore::new(), KEM, &mut random).unwrap();
    let left = device.recover(&sheets, &mut place, noon(), &mut random).unwrap();
    let new = seal(&left.owner_lists()[0]);

    for (clip, owners) in [(&old, OwnersCheck::Ended { period: 0 }), (&new, OwnersCheck::Present)] {
        let check = left.check(&ClipOwners::from(clip.owners()), clip.certificate().statement().key(), noon());
        assert_eq!((check.owners, check.camera), (owners, CameraCheck::Own(porch())));
        clip.unlock(left.key(&clip.owners().household()).unwrap()).unwrap();
        clip.unlock(&sheets.seed().kem_key()).unwrap();
    }
    let _ = one.synchronise(&mut place, noon(), &mut random).unwrap();
    assert!(one.key(&new.owners().household()).is_none());
    // T12: a key of another period is no key of the clip.
    let other = one.key(&old.owners().household()).unwrap();
    assert!(matches!(new.unlock(other), Err(ClipError::Secret(_))));
}
