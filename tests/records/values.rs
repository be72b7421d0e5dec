//! The values of records: names, ids, offences.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::cast_precision_loss)]

use footage::record::{
    AgencyId, AgencyIdError, CustodianId, GroupId, MakerId, Name, NameError, Offence, OffenceError, OffenceGroup,
    Reference,
};

mod names {
    use super::*;

    #[test]
    fn names_are_printable_and_trimmed() {
        for name in ["A", "Boston Police Department", "Policía de San Juan", "ACLU, Massachusetts (Boston)", "東京"]
        {
            assert_eq!(Name::new(name).unwrap().as_str(), name);
            assert_eq!(name.parse::<Name>().unwrap().to_string(), name);
        }
        assert!(Name::new(&"x".repeat(100)).is_ok());
        assert_eq!(Name::new(&"x".repeat(101)), Err(NameError::TooLong(100)));
        assert_eq!(Name::new(&"é".repeat(51)), Err(NameError::TooLong(100)));
        assert_eq!(Name::new(""), Err(NameError::Empty));
        assert_eq!(Name::new(" a"), Err(NameError::Edge(' ')));
        assert_eq!(Name::new("a "), Err(NameError::Edge(' ')));
        for bad in
            ['\n', '\0', '\u{7f}', '\u{85}', '\u{a0}', '\u{200b}', '\u{202e}', '\u{2066}', '\u{2028}', '\u{feff}']
        {
            assert_eq!(Name::new(&format!("a{bad}b")), Err(NameError::Character(bad)));
        }
    }

    #[test]
    fn tokens_are_lowercase_and_references_uppercase() {
        assert_eq!(CustodianId::new("aclu-ma").unwrap().as_str(), "aclu-ma");
        assert_eq!(GroupId::try_from("boston-2026").unwrap().as_str(), "boston-2026");
        assert!(MakerId::new(&"m".repeat(32)).is_ok());
        assert_eq!(MakerId::new(&"m".repeat(33)), Err(NameError::TooLong(32)));
        assert_eq!(MakerId::new("Acme"), Err(NameError::Character('A')));
        assert_eq!(GroupId::new("-a"), Err(NameError::Edge('-')));
        assert_eq!(GroupId::new("a-"), Err(NameError::Edge('-')));
        assert_eq!(GroupId::new("-"), Err(NameError::Edge('-')));
        assert_eq!(CustodianId::new("a_b"), Err(NameError::Character('_')));
        assert_eq!(Reference::new("2026-00123").unwrap().as_str(), "2026-00123");
        assert_eq!(Reference::new("case 1"), Err(NameError::Character('c')));
        assert_eq!(Reference::new(""), Err(NameError::Empty));
        assert_eq!(Reference::new("А1"), Err(NameError::Character('А'))); // a Cyrillic А
        assert_eq!(format!("{:?}", Reference::new("A-1").unwrap()), "Reference(A-1)");
    }

    #[test]
    fn agency_ids_are_oris() {
        for ori in ["MA0130100", "NB0280200", "DCFBIWA00", "PR0000000", "AZDI05000"] {
            assert_eq!(ori.parse::<AgencyId>().unwrap().to_string(), ori);
        }
        assert_eq!(AgencyId::new("MA0130100").unwrap().state(), "MA");
        assert_eq!(AgencyId::new("MA01301"), Err(AgencyIdError::Length));
        assert_eq!(AgencyId::new("MA01301000"), Err(AgencyIdError::Length));
        assert_eq!(AgencyId::new("ma0130100"), Err(AgencyIdError::Character));
        assert_eq!(AgencyId::new("MA01301é"), Err(AgencyIdError::Character));
        assert_eq!(AgencyId::new("XX0130100"), Err(AgencyIdError::State));
        assert_eq!(AgencyId::new("130100000"), Err(AgencyIdError::State));
    }

    #[test]
    fn offences_are_the_current_nibrs_codes() {
        let count = |group| Offence::all().filter(|offence| offence.group() == group).count();
        assert_eq!((count(OffenceGroup::A), count(OffenceGroup::B)), (71, 10));
        assert!(Offence::all().zip(Offence::all().skip(1)).all(|(one, next)| one.code() < next.code()));
        for offence in Offence::all() {
            assert_eq!(Offence::new(offence.code()), Ok(offence));
            assert_eq!(offence.group() == OffenceGroup::B, offence.code().starts_with("90"));
            assert_eq!(offence.is_catch_all(), offence.code() == "90Z");
            assert!(Name::new(offence.name()).is_ok());
        }
        assert_eq!(Offence::new("220").unwrap().name(), "Burglary/Breaking and Entering");
        for retired in ["90A", "90E", "90H", "90I"] {
            assert_eq!(Offence::new(retired), Err(OffenceError::Retired(retired)));
        }
        for unknown in ["", "13a", "13", "13AA", "000", "999", "90Y"] {
            assert_eq!(Offence::new(unknown), Err(OffenceError::Unknown));
        }
        assert_eq!(format!("{:?} {0}", Offence::new("13A").unwrap()), "Offence(13A) 13A");
    }
}
