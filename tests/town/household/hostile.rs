//! What a host makes up is refused, or does no harm.

use footage::cbor::limits;
use footage::record::{OwnerList, Signed};
use footage::resident::{HouseholdDevice, HouseholdError, HouseholdFile, HouseholdFileError, MemoryPlace};
use footage::store::MemoryStore;
use proptest::prelude::*;

use super::{Pinned, bytes, consent, consents, noon, synchronise, three};

#[test]
fn a_file_has_a_greatest_length() {
    let long = vec![0x84; limits::HOUSEHOLD_BYTES + 1];
    assert!(matches!(HouseholdFile::from_bytes(&long), Err(HouseholdFileError::Form(_))));
    // A head that promises more than there is allocates nothing.
    let promised = [&[0x84, 0x01, 0x50][..], &[7; 16], &[0x9a, 0xff, 0xff, 0xff, 0xff]].concat();
    assert!(HouseholdFile::from_bytes(&promised).is_err());
    let many = [&[0x84, 0x01, 0x50][..], &[7; 16], &[0x99, 0x40, 0x01]].concat();
    assert!(HouseholdFile::from_bytes(&many).is_err());
}

/// A host that loses the file, or shows an old one, takes nothing from a device.
#[test]
fn a_host_that_forgets_is_told_again() {
    let (place, mut random) = (MemoryPlace::new(), Pinned(1));
    let ([mut one, mut two, _], _) = three(&place, &mut random);
    let old = bytes(&place);
    one.write(consent(1), noon(), &mut random).unwrap();
    synchronise(&mut one, &place, &mut random);
    for shown in [None, Some(old)] {
        place.put(shown);
        synchronise(&mut one, &place, &mut random);
        synchronise(&mut two, &place, &mut random);
        assert_eq!(consents(&two, noon()), [1]);
    }
}

fn alter(bytes: &mut Vec<u8>, at: prop::sample::Index, by: u8, how: u8) {
    let at = at.index(bytes.len());
    match how {
        0 => bytes[at] ^= by.max(1),
        1 => bytes.truncate(at),
        2 => drop(bytes.drain(at..(at + usize::from(by)).min(bytes.len()))),
        _ => bytes.extend_from_slice(&[by; 3]),
    }
}

/// What `alter` makes of a file, and the secrets of its devices.
fn altered() -> impl Strategy<Value = Vec<(prop::sample::Index, u8, u8)>> {
    prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), prop_oneof![8 => Just(0u8), 1 => 1u8..4]), 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever a host makes of the file: a device with a copy loses nothing, and one without is told, or joins.
    #[test]
    fn altered_files_take_nothing_from_a_device(changes in altered(), seed in 0u64..4) {
        let (place, mut random) = (MemoryPlace::new(), Pinned(seed));
        let ([mut one, ..], sheets) = three(&place, &mut random);
        one.write(consent(1), noon(), &mut random).unwrap();
        synchronise(&mut one, &place, &mut random);
        let mut file = bytes(&place);
        for (at, by, how) in changes {
            if !file.is_empty() {
                alter(&mut file, at, by, how);
            }
        }
        place.put(Some(file.clone()));
        let device = HouseholdDevice::begin(MemoryStore::new(), footage::crypto::KemAlgorithm::X25519, &mut random).unwrap();
        let alone = MemoryPlace::new();
        alone.put(Some(file));
        if let Ok(recovered) = device.recover(&sheets, &mut alone.clone(), noon(), &mut random) {
            prop_assert_eq!(recovered.devices().len(), 1);
        }
        match one.synchronise(&mut place.clone(), noon(), &mut random) {
            Ok(_) => prop_assert_eq!(&HouseholdFile::from_bytes(&bytes(&place)).unwrap(), one.file()),
            Err(error) => prop_assert!(matches!(error, HouseholdError::File(_)), "{}", error),
        }
        prop_assert_eq!(consents(&one, noon()), [1]);
    }

    #[test]
    fn no_bytes_make_reading_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(file) = HouseholdFile::from_bytes(&bytes) {
            prop_assert_eq!(file.to_bytes().unwrap(), bytes.clone());
        }
        prop_assert!(Signed::<OwnerList>::from_bytes(&bytes).is_err());
    }

    #[test]
    fn an_altered_list_is_no_list_or_not_its_signers(at: prop::sample::Index, by: u8, how in 0u8..4) {
        let (place, mut random) = (MemoryPlace::new(), Pinned(1));
        let ([one, ..], _) = three(&place, &mut random);
        let list = &one.owner_lists()[2];
        let mut bytes = list.to_bytes();
        alter(&mut bytes, at, by, how);
        if bytes != list.to_bytes() {
            prop_assert!(Signed::<OwnerList>::from_bytes(&bytes).and_then(Signed::verify).is_err());
        }
    }
}
