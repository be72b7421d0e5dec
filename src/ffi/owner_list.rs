use alloc::vec;

use crate::crypto::VerifyingKey;
use crate::record::{Device, HouseholdId, OwnerList, RecoveryKey, Verified};

use super::argument::{Callbacks, Input, Output};
use super::handle::Ref;
use super::key::{footage_signing_key, owner_key};
use super::status::{Done, call, footage_status};

/// The first owner list of a household, with one device. It is read during the call.
///
/// Keys are as `footage_owner_public` writes them, and all of one KEM.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct footage_owner_list {
    /// The household's id: 16 random bytes.
    pub household: *const u8,
    /// The bytes of the id.
    pub household_length: usize,
    /// The household key, which the clips are sealed for.
    pub key: *const u8,
    /// The bytes of the household key.
    pub key_length: usize,
    /// The recovery key, which the clips are sealed for as well.
    pub recovery: *const u8,
    /// The bytes of the recovery key.
    pub recovery_length: usize,
    /// The public half of the recovery key's signing key, 32 bytes.
    pub recovery_signer: *const u8,
    /// The bytes of that.
    pub recovery_signer_length: usize,
    /// The device's own key, which household keys are wrapped to.
    pub device: *const u8,
    /// The bytes of the device's key.
    pub device_length: usize,
}

impl footage_owner_list {
    fn read(&self, signer: VerifyingKey) -> Done<OwnerList> {
        // SAFETY: the caller keeps the header's rules for what the struct points to.
        let (household, key, recovery, recovery_signer, device) = unsafe {
            (
                Input::new(self.household, self.household_length),
                Input::new(self.key, self.key_length),
                Input::new(self.recovery, self.recovery_length),
                Input::new(self.recovery_signer, self.recovery_signer_length),
                Input::new(self.device, self.device_length),
            )
        };
        let list = OwnerList {
            household: HouseholdId::from_bytes(household.array()?),
            period: 0,
            number: 0,
            before: None,
            key: owner_key(key.get()?)?,
            recovery: RecoveryKey {
                kem: owner_key(recovery.get()?)?,
                signer: VerifyingKey::from_bytes(&recovery_signer.array()?)?,
            },
            devices: vec![Device { signer, fingerprint: owner_key(device.get()?)?.fingerprint() }],
            entries: None,
        };
        list.check()?;
        Ok(list)
    }
}

/// Signs the first owner list of a household with the signing key of its device, for pairing, and writes its bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_owner_list_sign(
    list: *const footage_owner_list,
    device_key: *const footage_signing_key,
    signed_list: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (list, device_key, output) =
        unsafe { (Callbacks::new(list), Ref::new(device_key), Output::new(signed_list, capacity, length)) };
    call(|| {
        let (list, key) = (list.get()?, device_key.lock()?);
        output.write(&Verified::sign(list.read(key.verifying_key())?, &key).to_bytes())
    })
}
