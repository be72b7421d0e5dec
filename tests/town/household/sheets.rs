//! Recovery keys on paper.

use footage::crypto::KemAlgorithm;
use footage::record::{HouseholdId, StatementId};
use footage::resident::{RecoverySeed, RecoverySheet, SheetError};
use proptest::prelude::*;

use super::Pinned;

fn split(seed: u64, list: u8, needed: u8, sheets: u8) -> (RecoverySeed, Vec<RecoverySheet>) {
    let kem = if seed.is_multiple_of(2) { KemAlgorithm::XWing } else { KemAlgorithm::X25519 };
    let seed = RecoverySeed::generate(kem, &mut Pinned(seed)).unwrap();
    let split = RecoverySheet::split(
        &seed,
        HouseholdId::from_bytes([2; 16]),
        StatementId::from_bytes([list; 32]),
        needed,
        sheets,
    );
    (seed, split.unwrap())
}

fn read(sheet: &RecoverySheet) -> RecoverySheet {
    sheet.to_text().parse().unwrap()
}

#[test]
fn a_text_has_90_characters_and_is_read_as_people_type_it() {
    let (seed, sheets) = split(1, 1, 1, 1);
    let text = sheets[0].to_text();
    assert_eq!((text.len(), text.starts_with("footage1")), (90, true));
    let groups: Vec<_> = text.as_bytes().chunks(5).map(|group| str::from_utf8(group).unwrap()).collect();
    for typed in [text.to_uppercase(), groups.join(" "), groups.join("-\n"), format!("  {}\n", *text)] {
        assert_eq!(typed.parse::<RecoverySheet>().unwrap(), sheets[0]);
    }
    let whole = RecoverySheet::combine(&[read(&sheets[0])]).unwrap();
    assert_eq!(whole.seed().public(), seed.public());
    assert_eq!(format!("{whole:?}").matches("redacted").count(), 1);
}

#[test]
fn what_is_wrong_with_sheets_is_told() {
    let (_, sheets) = split(1, 1, 3, 5);
    let text = sheets[0].to_text().to_string();
    let parse = |text: &str| text.parse::<RecoverySheet>().unwrap_err();
    assert_eq!(parse(""), SheetError::NotASheet);
    assert_eq!(parse("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"), SheetError::NotASheet);
    assert_eq!(parse(&text[..89]), SheetError::Checksum);
    assert_eq!(
        parse(&text.replacen(&text[20..21], if &text[20..21] == "q" { "p" } else { "q" }, 1)),
        SheetError::Checksum
    );
    assert_eq!(parse(&"footage1".repeat(100)), SheetError::NotASheet);

    let given = |numbers: &[usize]| {
        let sheets: Vec<_> = numbers.iter().map(|at| read(&sheets[*at])).collect();
        RecoverySheet::combine(&sheets).map(|_| ()).unwrap_err()
    };
    assert_eq!(given(&[]), SheetError::TooFew { given: 0, needed: 1 });
    assert_eq!(given(&[4, 0]), SheetError::TooFew { given: 2, needed: 3 });
    assert_eq!(given(&[0, 1, 1]), SheetError::Twice(2));
    let (_, other_list) = split(1, 2, 3, 5);
    let (_, other_needed) = split(1, 1, 2, 5);
    let (_, other_seed) = split(3, 1, 3, 5);
    for other in [other_list, other_needed, other_seed] {
        let mixed = [read(&sheets[0]), read(&sheets[1]), read(&other[2])];
        assert_eq!(RecoverySheet::combine(&mixed).unwrap_err(), SheetError::Mixed);
    }
    let seed = RecoverySeed::generate(KemAlgorithm::XWing, &mut Pinned(1)).unwrap();
    for (needed, sheets) in [(0, 1), (2, 1), (1, 17), (0, 0)] {
        let (household, list) = (HouseholdId::from_bytes([2; 16]), StatementId::from_bytes([1; 32]));
        let error = RecoverySheet::split(&seed, household, list, needed, sheets).unwrap_err();
        assert_eq!(error, SheetError::Numbers { needed, sheets });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Any `needed` sheets, also of two prints, give the key back.
    #[test]
    fn enough_sheets_give_the_key_back(
        seed: u64, needed in 1u8..=8, more in 0u8..=8, order in any::<prop::sample::Index>(), reprint in 0u8..=8,
    ) {
        let (key, sheets) = split(seed, 1, needed, needed + more);
        let (_, again) = split(seed, 1, needed, (needed + more + reprint).min(16));
        let start = order.index(sheets.len());
        let chosen: Vec<_> = (0..usize::from(needed))
            .map(|at| (start + at) % sheets.len())
            .map(|at| read(if at % 2 == 0 { &sheets[at] } else { &again[at] }))
            .collect();
        let found = RecoverySheet::combine(&chosen).unwrap();
        prop_assert_eq!(found.seed().public(), key.public());
        if needed > 1 {
            let few = RecoverySheet::combine(&chosen[1..]).map(|_| ()).unwrap_err();
            prop_assert_eq!(few, SheetError::TooFew { given: needed - 1, needed });
        }
    }

    /// Up to four wrong characters are always found, as bech32m promises for 90 characters.
    #[test]
    fn four_wrong_characters_are_found(seed: u64, wrong in prop::collection::btree_map(8usize..90, 1usize..32, 1..=4)) {
        const ALPHABET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
        let (_, sheets) = split(seed, 1, 2, 3);
        let mut text = sheets[0].to_text().as_bytes().to_vec();
        for (at, by) in wrong {
            let value = ALPHABET.iter().position(|c| *c == text[at]).unwrap();
            text[at] = ALPHABET[(value + by) % 32];
        }
        let text = String::from_utf8(text).unwrap();
        prop_assert_eq!(text.parse::<RecoverySheet>().unwrap_err(), SheetError::Checksum);
    }

    #[test]
    fn no_text_makes_reading_panic(text in "(footage1)?[ -~é]{0,120}", bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = text.parse::<RecoverySheet>();
        let hrp = bech32::Hrp::parse("footage").unwrap();
        // A right checksum over anything.
        if let Ok(text) = bech32::encode::<bech32::Bech32m>(hrp, &bytes)
            && let Ok(sheet) = text.parse::<RecoverySheet>()
        {
            prop_assert_eq!(&*sheet.to_text(), &text);
        }
    }
}
