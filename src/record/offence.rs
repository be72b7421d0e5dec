use thiserror::Error;

use super::name::text_form;

/// Why a text is no [`Offence`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OffenceError {
    /// NIBRS has no such code.
    #[error("not a NIBRS offence code: it has three characters, for instance 13A or 220")]
    Unknown,
    /// NIBRS had this code, and has it no longer.
    #[error("the NIBRS offence code {0} is retired: use a current one")]
    Retired(&'static str),
}

/// The two groups of NIBRS: A is reported for every incident, B only with an arrest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OffenceGroup {
    /// The more serious: every incident is reported.
    A,
    /// The less serious: only arrests are reported.
    B,
}

/// An offence by its code in the FBI's National Incident-Based Reporting System, for instance `13A` (aggravated assault).
///
/// The table holds the 71 Group A and 10 Group B offences in force since 2021, those for federal and tribal agencies
/// included, with `11D` (once "fondling") under its present name. Retired codes are refused: `90A` (bad checks), `90E`
/// (drunkenness), `90H` (peeping Tom), `90I` (runaway).
///
/// Source: FBI, NIBRS User Manual, section 2 (offense codes); NIBRS Technical Specification, data elements 6 and 45.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Offence(&'static Entry);

impl Offence {
    /// The bytes of a code.
    pub const BYTES: usize = 3;

    /// The offence with this code.
    pub fn new(code: &str) -> Result<Self, OffenceError> {
        if let Some(&retired) = RETIRED.iter().find(|&&retired| retired == code) {
            return Err(OffenceError::Retired(retired));
        }
        let found = TABLE.binary_search_by_key(&code, |entry| entry.code).ok().and_then(|index| TABLE.get(index));
        found.map(Self).ok_or(OffenceError::Unknown)
    }

    /// Every offence, in the order of the codes.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(Self)
    }

    /// Its code, 3 characters.
    pub const fn code(self) -> &'static str {
        self.0.code
    }

    /// Its name, in NIBRS's English.
    pub const fn name(self) -> &'static str {
        self.0.name
    }

    /// Its group.
    pub const fn group(self) -> OffenceGroup {
        self.0.group
    }

    /// Whether it is `90Z`, which says nothing but "another offence".
    pub fn is_catch_all(self) -> bool {
        self.0.code == "90Z"
    }

    const fn as_str(self) -> &'static str {
        self.0.code
    }
}

text_form!(Offence, OffenceError, Offence::BYTES);

#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Entry {
    code: &'static str,
    group: OffenceGroup,
    name: &'static str,
}

const fn a(code: &'static str, name: &'static str) -> Entry {
    Entry { code, group: OffenceGroup::A, name }
}

const fn b(code: &'static str, name: &'static str) -> Entry {
    Entry { code, group: OffenceGroup::B, name }
}

const RETIRED: [&str; 4] = ["90A", "90E", "90H", "90I"];

/// In the order of the codes.
static TABLE: [Entry; 81] = [
    a("09A", "Murder and Nonnegligent Manslaughter"),
    a("09B", "Negligent Manslaughter"),
    a("09C", "Justifiable Homicide"),
    a("100", "Kidnapping/Abduction"),
    a("101", "Treason"),
    a("103", "Espionage"),
    a("11A", "Rape"),
    a("11B", "Sodomy"),
    a("11C", "Sexual Assault With an Object"),
    a("11D", "Criminal Sexual Contact"),
    a("120", "Robbery"),
    a("13A", "Aggravated Assault"),
    a("13B", "Simple Assault"),
    a("13C", "Intimidation"),
    a("200", "Arson"),
    a("210", "Extortion/Blackmail"),
    a("220", "Burglary/Breaking and Entering"),
    a("23A", "Pocket-picking"),
    a("23B", "Purse-snatching"),
    a("23C", "Shoplifting"),
    a("23D", "Theft From Building"),
    a("23E", "Theft From Coin-Operated Machine or Device"),
    a("23F", "Theft From Motor Vehicle"),
    a("23G", "Theft of Motor Vehicle Parts or Accessories"),
    a("23H", "All Other Larceny"),
    a("240", "Motor Vehicle Theft"),
    a("250", "Counterfeiting/Forgery"),
    a("26A", "False Pretenses/Swindle/Confidence Game"),
    a("26B", "Credit Card/Automated Teller Machine Fraud"),
    a("26C", "Impersonation"),
    a("26D", "Welfare Fraud"),
    a("26E", "Wire Fraud"),
    a("26F", "Identity Theft"),
    a("26G", "Hacking/Computer Invasion"),
    a("26H", "Money Laundering"),
    a("270", "Embezzlement"),
    a("280", "Stolen Property Offenses"),
    a("290", "Destruction/Damage/Vandalism of Property"),
    a("30A", "Illegal Entry into the United States"),
    a("30B", "False Citizenship"),
    a("30C", "Smuggling Aliens"),
    a("30D", "Re-entry after Deportation"),
    a("35A", "Drug/Narcotic Violations"),
    a("35B", "Drug Equipment Violations"),
    a("360", "Failure to Register as a Sex Offender"),
    a("36A", "Incest"),
    a("36B", "Statutory Rape"),
    a("370", "Pornography/Obscene Material"),
    a("39A", "Betting/Wagering"),
    a("39B", "Operating/Promoting/Assisting Gambling"),
    a("39C", "Gambling Equipment Violations"),
    a("39D", "Sports Tampering"),
    a("40A", "Prostitution"),
    a("40B", "Assisting or Promoting Prostitution"),
    a("40C", "Purchasing Prostitution"),
    a("49A", "Harboring Escapee/Concealing from Arrest"),
    a("49B", "Flight to Avoid Prosecution"),
    a("49C", "Flight to Avoid Deportation"),
    a("510", "Bribery"),
    a("520", "Weapon Law Violations"),
    a("521", "Violation of National Firearm Act of 1934"),
    a("522", "Weapons of Mass Destruction"),
    a("526", "Explosives"),
    a("58A", "Import Violations"),
    a("58B", "Export Violations"),
    a("61A", "Federal Liquor Offenses"),
    a("61B", "Federal Tobacco Offenses"),
    a("620", "Wildlife Trafficking"),
    a("64A", "Human Trafficking, Commercial Sex Acts"),
    a("64B", "Human Trafficking, Involuntary Servitude"),
    a("720", "Animal Cruelty"),
    b("90B", "Curfew/Loitering/Vagrancy Violations"),
    b("90C", "Disorderly Conduct"),
    b("90D", "Driving Under the Influence"),
    b("90F", "Family Offenses, Nonviolent"),
    b("90G", "Liquor Law Violations"),
    b("90J", "Trespass of Real Property"),
    b("90K", "Failure to Appear"),
    b("90L", "Federal Resource Violations"),
    b("90M", "Perjury"),
    b("90Z", "All Other Offenses"),
];

#[cfg(test)]
mod tests {
    use super::Offence;
    use crate::cbor::{CborError, decode, encode};

    #[test]
    fn cbor_is_the_code() {
        for offence in Offence::all() {
            assert_eq!(decode::<Offence>(&encode(&offence), 4), Ok(offence));
        }
        assert_eq!(encode(&Offence::new("13A").unwrap()), b"\x6313A");
        assert_eq!(decode::<Offence>(b"\x6390A", 4), Err(CborError::Value("Offence")));
    }
}
