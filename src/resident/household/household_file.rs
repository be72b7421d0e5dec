use std::collections::BTreeSet;

use thiserror::Error;

use crate::cbor::{CborError, Decode, Encode, Reader, Writer, decode, encode, limits};
use crate::record::HouseholdId;

use super::{KeyWrap, SealedEntry};

/// The file that the devices of a household share, kept by a host that cannot read it.
///
/// It holds the private household keys, wrapped to the devices and to the recovery key, and sealed entries. Both are sets:
/// merging two files is their union, in any order and any number of times. Anyone can add to a file; only
/// those who have the keys can tell which wraps and entries count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HouseholdFile {
    pub(super) household: HouseholdId,
    pub(super) wraps: BTreeSet<KeyWrap>,
    pub(super) entries: BTreeSet<SealedEntry>,
}

/// Why bytes are no household file, or files cannot be merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HouseholdFileError {
    /// Not the canonical bytes of a household file.
    #[error("not a household file")]
    Form(#[source] CborError),
    /// The file is another household's.
    #[error("the file is another household's")]
    Household,
    /// The file would be larger than it may be.
    #[error("the household file would have more than {max} bytes, or more than {entries} entries", max = limits::HOUSEHOLD_BYTES, entries = limits::HOUSEHOLD_ENTRIES)]
    Full,
}

impl HouseholdFile {
    pub(super) const fn empty(household: HouseholdId) -> Self {
        Self { household, wraps: BTreeSet::new(), entries: BTreeSet::new() }
    }

    /// Reads a file from its canonical bytes. Nothing of it is believed by that.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, HouseholdFileError> {
        decode(bytes, limits::HOUSEHOLD_BYTES).map_err(HouseholdFileError::Form)
    }

    /// Returns the file's canonical bytes.
    ///
    /// # Errors
    /// [`Full`](HouseholdFileError::Full) if the file is larger than [`from_bytes`](Self::from_bytes) takes.
    pub fn to_bytes(&self) -> Result<Vec<u8>, HouseholdFileError> {
        let many = self.wraps.len() > limits::HOUSEHOLD_ENTRIES || self.entries.len() > limits::HOUSEHOLD_ENTRIES;
        let bytes = if many { Vec::new() } else { encode(self) };
        if many || bytes.len() > limits::HOUSEHOLD_BYTES { Err(HouseholdFileError::Full) } else { Ok(bytes) }
    }

    /// Adds all wraps and entries of another file of the household.
    pub fn merge(&mut self, other: &Self) -> Result<(), HouseholdFileError> {
        if self.household != other.household {
            return Err(HouseholdFileError::Household);
        }
        self.wraps.extend(other.wraps.iter().cloned());
        self.entries.extend(other.entries.iter().cloned());
        Ok(())
    }

    /// Returns the household.
    pub const fn household(&self) -> HouseholdId {
        self.household
    }

    /// Returns the number of sealed entries.
    pub fn entries(&self) -> usize {
        self.entries.len()
    }

    /// Returns the number of wrapped keys.
    pub fn wraps(&self) -> usize {
        self.wraps.len()
    }
}

const VERSION: u8 = 1;

impl Encode for HouseholdFile {
    fn encode(&self, to: &mut Writer) {
        to.array(4);
        VERSION.encode(to);
        self.household.encode(to);
        self.wraps.encode(to);
        self.entries.encode(to);
    }
}

impl Decode for HouseholdFile {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.array_of(4)?;
        if u8::decode(from)? != VERSION {
            return Err(CborError::Value("version of a household file"));
        }
        let household = HouseholdId::decode(from)?;
        // The whole is compared with its encoding, so both stood in ascending order and nothing stood twice.
        let wraps = from.list(limits::HOUSEHOLD_ENTRIES)?.into_iter().collect();
        let entries = from.list(limits::HOUSEHOLD_ENTRIES)?.into_iter().collect();
        Ok(Self { household, wraps, entries })
    }
}
