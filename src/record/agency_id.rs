use thiserror::Error;

use super::name::text_form;

/// Why a text is no [`AgencyId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AgencyIdError {
    /// Not 9 characters.
    #[error("an ORI has 9 characters: pad one of 7 with two zeros")]
    Length,
    /// A character outside `[A-Z0-9]`.
    #[error("an ORI has capital letters and digits only")]
    Character,
    /// The first two letters are the code of no state, territory or federal government.
    #[error("an ORI begins with the code of a state, a territory or the federal government")]
    State,
}

/// An agency's id: its ORI (originating agency identifier), 9 characters of `[A-Z0-9]`, as the FBI's CJIS Division assigns
/// them.
///
/// The first two letters are the code of the state, which is the postal one but for a few that NCIC writes in its own way
/// (Nebraska is `NB`). Federal and tribal agencies carry the code of the state they are in, or `US`. A UCR ORI of 7
/// characters is the same with `00` after it.
///
/// Source: NCIC Operating Manual, ORI File, section 1.5 (ORI structure and use); NIBRS Technical Specification, data element
/// "ORI".
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AgencyId([u8; AgencyId::BYTES]);

impl AgencyId {
    /// The bytes that it has.
    pub const BYTES: usize = 9;

    /// Checks a text.
    pub fn new(text: &str) -> Result<Self, AgencyIdError> {
        let bytes: [u8; Self::BYTES] = text.as_bytes().try_into().map_err(|_| AgencyIdError::Length)?;
        if !bytes.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) {
            return Err(AgencyIdError::Character);
        }
        if STATES.iter().any(|state| text.starts_with(state)) { Ok(Self(bytes)) } else { Err(AgencyIdError::State) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        // ASCII by construction.
        core::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The code of its state, territory or federal government, 2 letters.
    pub fn state(&self) -> &str {
        self.as_str().get(..2).unwrap_or_default()
    }
}

text_form!(AgencyId, AgencyIdError, AgencyId::BYTES);

/// The states, the District of Columbia and the territories by their postal codes, then the codes that NCIC uses instead.
const STATES: &[&str] = &[
    "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "FL", "GA", "HI", "ID", "IL", "IN", "IA", "KS", "KY", "LA", "ME",
    "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM", "NY", "NC", "ND", "OH", "OK", "OR", "PA",
    "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA", "WV", "WI", "WY", "DC", "AS", "GU", "MP", "PR",
    "VI", // postal
    "NB", "AM", "GM", "MK", // Nebraska, American Samoa, Guam, Northern Mariana Islands
    "US", // the federal government
];

#[cfg(test)]
mod tests {
    use super::AgencyId;
    use crate::cbor::{CborError, decode, encode};

    #[test]
    fn cbor_is_a_text_string() {
        let id = AgencyId::new("MA0130100").unwrap();
        assert_eq!(encode(&id), b"\x69MA0130100");
        assert_eq!(decode::<AgencyId>(b"\x69MA0130100", 100), Ok(id));
        assert_eq!(decode::<AgencyId>(b"\x69XX0130100", 100), Err(CborError::Value("AgencyId")));
    }
}
