use std::fmt;

use bech32::primitives::decode::{CheckedHrpstring, CheckedHrpstringError};
use bech32::{Bech32m, Hrp};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::crypto::{Digest, KemAlgorithm, Label, Secret, combine, expand, split};
use crate::record::{HouseholdId, RecoveryKey, StatementId};

use super::RecoverySeed;

/// A recovery key on paper: the whole key on one sheet, or one of several sheets of which any `k` restore it.
///
/// Its text is bech32m (BIP 350) of at most 90 characters, which detects any four wrong characters. The sheet's fingerprint
/// is bound to the list that first names the recovery key, so that a file cannot lead the holder of a sheet to other lists.
///
/// ```
/// use footage::crypto::{KemAlgorithm, OsRandom};
/// use footage::record::{HouseholdId, StatementId};
/// use footage::resident::{RecoverySeed, RecoverySheet, SheetError};
///
/// let seed = RecoverySeed::generate(KemAlgorithm::XWing, &mut OsRandom)?;
/// let list = StatementId::from_bytes([1; 32]);
/// let sheets = RecoverySheet::split(&seed, HouseholdId::from_bytes([2; 16]), list, 2, 3)?;
/// let texts: Vec<_> = sheets.iter().map(RecoverySheet::to_text).collect();
///
/// let two = [texts[2].parse()?, texts[0].parse()?];
/// assert_eq!(RecoverySheet::combine(&two)?.seed().public(), seed.public());
/// assert_eq!(RecoverySheet::combine(&two[..1]).unwrap_err(), SheetError::TooFew { given: 1, needed: 2 });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct RecoverySheet {
    kem: KemAlgorithm,
    needed: u8,
    index: u8,
    fingerprint: SheetFingerprint,
    share: Secret<32>,
}

/// What the sheets of one recovery key have in common, 12 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SheetFingerprint([u8; 12]);

/// The recovery key that sheets give back. Which household it belongs to is seen when it is used.
#[derive(Debug)]
pub struct Recovered {
    seed: RecoverySeed,
    fingerprint: SheetFingerprint,
}

/// Why a text is no sheet, or sheets give no recovery key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SheetError {
    /// The text is no recovery sheet at all.
    #[error("not a recovery sheet: its text begins with `footage1`")]
    NotASheet,
    /// The checksum is wrong: the text was not copied right.
    #[error("the checksum is wrong: compare the text with the sheet, character by character")]
    Checksum,
    /// The checksum is right, but the content is none that this version knows.
    #[error("a recovery sheet of a form that this version does not know")]
    Form,
    /// A set is of 1 to 16 sheets, of which as many are needed as there are, or fewer.
    #[error("{needed} of {sheets} sheets: a set has 1 to 16 sheets, of which 1 to all are needed")]
    Numbers {
        /// How many are needed.
        needed: u8,
        /// How many there are.
        sheets: u8,
    },
    /// More sheets are needed.
    #[error("{given} of the {needed} sheets that are needed")]
    TooFew {
        /// How many different sheets were given.
        given: u8,
        /// How many are needed.
        needed: u8,
    },
    /// The sheets belong to different sets.
    #[error("the sheets belong to different sets: use sheets of one set only")]
    Mixed,
    /// One sheet was given twice.
    #[error("sheet {0} was given twice")]
    Twice(u8),
}

/// The part of the text before the separator. With 47 bytes the text has 90 characters, the most for which the checksum
/// is made.
const PREFIX: Hrp = Hrp::parse_unchecked("footage");
const BYTES: usize = 47;

impl RecoverySheet {
    /// The most sheets of a set.
    pub const MAX_SHEETS: u8 = 16;

    /// Writes a recovery key on `sheets` sheets, of which any `needed` give it back. `list` is the list that first names the
    /// key. The same arguments give the same sheets.
    pub fn split(
        seed: &RecoverySeed,
        household: HouseholdId,
        list: StatementId,
        needed: u8,
        sheets: u8,
    ) -> Result<Vec<Self>, SheetError> {
        if needed == 0 || needed > sheets || sheets > Self::MAX_SHEETS {
            return Err(SheetError::Numbers { needed, sheets });
        }
        let kem = seed.algorithm();
        let fingerprint = SheetFingerprint::of(&seed.public(), household, list);
        // Printing a set once more gives the same polynomial, so that sheets of both prints fit together.
        let coefficient = |at| expand(seed.secret(), Label::RECOVERY_SHARES, &[&[needed, at]]);
        let coefficients: Vec<_> = (0..needed - 1).map(coefficient).collect();
        let shares = split(seed.secret(), &coefficients, sheets);
        let sheet = |(index, share)| Self { kem, needed, index, fingerprint, share };
        Ok((0..).zip(shares).map(sheet).collect())
    }

    /// Returns the recovery key that enough sheets of one set give back, in any order.
    pub fn combine(sheets: &[Self]) -> Result<Recovered, SheetError> {
        let Some(first) = sheets.first() else { return Err(SheetError::TooFew { given: 0, needed: 1 }) };
        let set = |sheet: &Self| (sheet.kem, sheet.needed, sheet.fingerprint);
        if sheets.iter().any(|sheet| set(sheet) != set(first)) {
            return Err(SheetError::Mixed);
        }
        for (at, sheet) in sheets.iter().enumerate() {
            if sheets[..at].iter().any(|other| other.index == sheet.index) {
                return Err(SheetError::Twice(sheet.number()));
            }
        }
        if sheets.len() < first.needed.into() {
            return Err(SheetError::TooFew { given: sheets.len() as u8, needed: first.needed });
        }
        let enough = sheets.iter().take(first.needed.into());
        let shares: Vec<_> = enough.map(|sheet| (sheet.index, &sheet.share)).collect();
        let seed = RecoverySeed::new(first.kem, combine(&shares));
        Ok(Recovered { seed, fingerprint: first.fingerprint })
    }

    /// Returns the sheet's text, for print and for a QR code. It is as secret as the key.
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new([0; BYTES]);
        let (head, share) = bytes.split_at_mut(BYTES - 32);
        head[0] = kind(self.kem);
        head[1] = self.needed;
        head[2] = self.index;
        head[3..].copy_from_slice(&self.fingerprint.0);
        share.copy_from_slice(self.share.expose());
        // With room for all of it, so that growing leaves no copy behind.
        let mut text = Zeroizing::new(String::with_capacity(96));
        // Writing into memory does not fail, and the length is one that the code has.
        let _ = bech32::encode_lower_to_fmt::<Bech32m, _>(&mut *text, PREFIX, bytes.as_slice());
        text
    }

    /// Returns the sheet's number within its set, from 1.
    pub const fn number(&self) -> u8 {
        self.index + 1
    }

    /// Returns how many sheets of the set are needed.
    pub const fn needed(&self) -> u8 {
        self.needed
    }

    /// Returns what the sheets of one recovery key have in common.
    pub const fn fingerprint(&self) -> SheetFingerprint {
        self.fingerprint
    }
}

/// Takes the text as people type it: in small or capital letters, with spaces, line breaks or hyphens in it.
impl std::str::FromStr for RecoverySheet {
    type Err = SheetError;

    fn from_str(text: &str) -> Result<Self, SheetError> {
        // Longer than any sheet that is written in groups of one character.
        if text.len() > 512 {
            return Err(SheetError::NotASheet);
        }
        let mut plain = Zeroizing::new(String::with_capacity(text.len()));
        plain.extend(text.chars().filter(|c| !c.is_whitespace() && *c != '-'));
        if !plain.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("footage1")) {
            return Err(SheetError::NotASheet);
        }
        let checked = CheckedHrpstring::new::<Bech32m>(&plain).map_err(|error| match error {
            CheckedHrpstringError::Checksum(_) | CheckedHrpstringError::Parse(_) => SheetError::Checksum,
            _ => SheetError::Form,
        })?;
        let mut bytes = Zeroizing::new([0; BYTES]);
        let mut count = 0;
        for byte in checked.byte_iter() {
            *bytes.get_mut(count).ok_or(SheetError::Form)? = byte;
            count += 1;
        }
        let (head, share) = bytes.split_at_mut(BYTES - 32);
        let kem = match head[0] {
            1 => KemAlgorithm::XWing,
            2 => KemAlgorithm::X25519,
            _ => return Err(SheetError::Form),
        };
        let (needed, index) = (head[1], head[2]);
        if count != BYTES || needed == 0 || needed > Self::MAX_SHEETS || index >= Self::MAX_SHEETS {
            return Err(SheetError::Form);
        }
        let fingerprint = SheetFingerprint(head[3..].try_into().map_err(|_| SheetError::Form)?);
        let share: &[u8; 32] = (&*share).try_into().map_err(|_| SheetError::Form)?;
        let sheet = Self { kem, needed, index, fingerprint, share: Secret::filled(|out| out.copy_from_slice(share)) };
        // The bits that fill up the last character are zero in the one form that is written.
        if sheet.to_text().eq_ignore_ascii_case(&plain) { Ok(sheet) } else { Err(SheetError::Form) }
    }
}

const fn kind(kem: KemAlgorithm) -> u8 {
    match kem {
        KemAlgorithm::XWing => 1,
        KemAlgorithm::X25519 => 2,
    }
}

impl SheetFingerprint {
    pub(super) fn of(key: &RecoveryKey, household: HouseholdId, list: StatementId) -> Self {
        let kem = key.kem.fingerprint();
        let parts: [&[u8]; 4] = [household.as_bytes(), list.as_bytes(), kem.as_bytes(), key.signer.as_bytes()];
        let digest = Digest::of(Label::RECOVERY_SHEET, &parts);
        let (first, _) = digest.as_bytes().split_at(12);
        let mut bytes = [0; 12];
        bytes.copy_from_slice(first);
        Self(bytes)
    }
}

impl fmt::Display for SheetFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for SheetFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SheetFingerprint({self})")
    }
}

impl Recovered {
    /// Returns the recovery key.
    pub const fn seed(&self) -> &RecoverySeed {
        &self.seed
    }

    /// Returns the fingerprint on the sheets.
    pub const fn fingerprint(&self) -> SheetFingerprint {
        self.fingerprint
    }
}
