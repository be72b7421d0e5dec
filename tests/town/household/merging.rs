//! Merging household files is a union, and devices agree whatever the order in which they hear of each other.

use footage::crypto::KemAlgorithm;
use footage::resident::{Household, HouseholdFile, MemoryPlace, PeriodChange};
use footage::store::MemoryStore;
use proptest::prelude::*;

use super::{Pinned, bytes, consent, consents, noon, own_camera, synchronise, three};

/// What a device does by itself.
#[derive(Debug, Clone, Copy)]
enum Step {
    Consent(u8),
    Camera(u8),
    Period,
    Synchronise,
}

fn steps() -> impl Strategy<Value = Vec<(usize, Step)>> {
    let step = prop_oneof![
        4 => any::<u8>().prop_map(Step::Consent),
        2 => (0u8..3).prop_map(Step::Camera),
        1 => Just(Step::Period),
        3 => Just(Step::Synchronise),
    ];
    prop::collection::vec((0usize..3, step), 0..10)
}

fn merged(files: &[&HouseholdFile]) -> HouseholdFile {
    let mut merged = files[0].clone();
    for file in &files[1..] {
        merged.merge(file).unwrap();
    }
    merged
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn merging_is_commutative_associative_and_idempotent_and_all_devices_agree(steps in steps(), seed: u64) {
        let (place, mut random) = (MemoryPlace::new(), Pinned(seed));
        let (mut devices, sheets) = three(&place, &mut random);
        let (mut given, mut cameras) = (std::collections::BTreeSet::new(), std::collections::BTreeSet::new());
        for (at, step) in steps {
            let device: &mut Household<MemoryStore> = &mut devices[at];
            match step {
                Step::Consent(seed) => {
                    given.insert(seed);
                    device.write(consent(seed), noon(), &mut random).unwrap();
                }
                Step::Camera(seed) => {
                    cameras.insert(seed);
                    device.write(own_camera(seed.into()), noon(), &mut random).unwrap();
                }
                Step::Period => {
                    synchronise(device, &place, &mut random);
                    let new = device.prepare_period(&PeriodChange::default(), &sheets, noon(), &mut random).unwrap();
                    let _ = device.begin_period(&new, &mut place.clone(), noon(), &mut random).unwrap();
                }
                Step::Synchronise => synchronise(device, &place, &mut random),
            }
        }
        let [a, b, c] = [0, 1, 2].map(|at| devices[at].file().clone());
        prop_assert_eq!(merged(&[&a, &b]), merged(&[&b, &a]));
        prop_assert_eq!(merged(&[&merged(&[&a, &b]), &c]), merged(&[&a, &merged(&[&b, &c])]));
        prop_assert_eq!(merged(&[&a, &a]), a.clone());
        prop_assert_eq!(HouseholdFile::from_bytes(&a.to_bytes().unwrap()), Ok(a));

        // Each hears of the others, and all that was written is there.
        for _ in 0..3 {
            for device in &mut devices {
                synchronise(device, &place, &mut random);
            }
        }
        let settled = bytes(&place);
        for device in &mut devices {
            synchronise(device, &place, &mut random);
            prop_assert!(device.file().to_bytes().unwrap() == settled);
            prop_assert_eq!(consents(device, noon()), given.iter().copied().collect::<Vec<_>>());
            prop_assert_eq!(device.cameras(noon()).len(), cameras.len());
        }
        prop_assert_eq!(devices[0].owner_lists()[0].statement().key.algorithm(), KemAlgorithm::X25519);
    }
}
