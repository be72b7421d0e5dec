use alloc::{collections::BTreeSet, vec::Vec};

use thiserror::Error;

use crate::cbor::{CborError, Decode, Encode, Reader, Writer, encode, limits, record_array};
use crate::crypto::{Digest, Label, VerifyingKey};

use super::KeyName;

/// Keys and numbers in which no trust can be put.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TrustError {
    /// None, or more than the format allows.
    #[error("{0} keys: must be 1 to {1}")]
    Count(usize, usize),
    /// One key stands twice, or the log is its own witness. Keys are counted, not names.
    #[error("one key stands twice")]
    SameKey,
    /// A quorum larger than there are keys, or so small that two quorums need not share an honest member.
    #[error("a quorum of {quorum} among {count}, of which {faulty} may be faulty, does not hold")]
    Quorum {
        /// How many must agree.
        quorum: u8,
        /// How many there are.
        count: usize,
        /// How many of them may be faulty.
        faulty: u8,
    },
}

/// A witness of the log: whoever holds this key cosigns checkpoints that extend those it has seen.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct WitnessKey {
    /// The name under which it cosigns.
    pub name: KeyName,
    /// Its key.
    pub key: VerifyingKey,
}
record_array!(WitnessKey { name, key });

/// What is trusted about the log: who it is, and how many of which witnesses must have seen a checkpoint.
///
/// Of `n` witnesses `f` may be faulty. A quorum of `q` with `2q > n + f` means that any two quorums share an honest
/// witness, so that the log cannot show two histories.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "json::LogRootForm"))]
pub struct LogRoot {
    origin: KeyName,
    key: VerifyingKey,
    witnesses: Vec<WitnessKey>,
    quorum: u8,
    faulty: u8,
}

impl LogRoot {
    /// The quorum of four witnesses, of which [one may be faulty](Self::DEFAULT_FAULTY).
    pub const DEFAULT_QUORUM: u8 = 3;
    /// How many of four witnesses may be faulty by default.
    pub const DEFAULT_FAULTY: u8 = 1;

    /// Trusts a log under its origin and key, as far as `quorum` of these witnesses go with it, `faulty` of which may
    /// lie or fail.
    ///
    /// # Errors
    /// Unless there are 1 to 16 witnesses with distinct keys, none of them the log's, and
    /// `quorum <= n` and `2 * quorum > n + faulty` (so that `quorum > faulty` as well).
    pub fn new(
        origin: KeyName,
        key: VerifyingKey,
        witnesses: Vec<WitnessKey>,
        quorum: u8,
        faulty: u8,
    ) -> Result<Self, TrustError> {
        let count = checked_count(witnesses.len(), limits::WITNESSES)?;
        distinct(witnesses.iter().map(|witness| &witness.key).chain([&key]))?;
        let (q, f) = (usize::from(quorum), usize::from(faulty));
        if q > count || 2 * q <= count + f {
            return Err(TrustError::Quorum { quorum, count, faulty });
        }
        Ok(Self { origin, key, witnesses, quorum, faulty })
    }

    /// The log's origin, which is also the name of its key.
    pub const fn origin(&self) -> &KeyName {
        &self.origin
    }

    /// The key with which the log signs its checkpoints.
    pub const fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// The witnesses; their keys are distinct.
    pub fn witnesses(&self) -> &[WitnessKey] {
        &self.witnesses
    }

    /// How many witnesses must have cosigned a checkpoint.
    pub const fn quorum(&self) -> u8 {
        self.quorum
    }

    /// How many of the witnesses may be faulty.
    pub const fn faulty(&self) -> u8 {
        self.faulty
    }

    /// What this trust in a log is known by.
    pub fn digest(&self) -> Digest {
        Digest::of(Label::LOG, &[&encode(self)])
    }
}

/// What a client is told to begin with and believes without proof: a log, and the registrars.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "json::TrustRootsForm"))]
pub struct TrustRoots {
    log: LogRoot,
    registrars: Vec<VerifyingKey>,
    registrar_quorum: u8,
}

impl TrustRoots {
    /// Trusts a log, and registrars of which `registrar_quorum` must have approved alike.
    ///
    /// # Errors
    /// Unless there are 1 to 16 registrars with distinct keys and the quorum is 1 to their number.
    pub fn new(log: LogRoot, registrars: Vec<VerifyingKey>, registrar_quorum: u8) -> Result<Self, TrustError> {
        let count = checked_count(registrars.len(), limits::REGISTRARS)?;
        distinct(&registrars)?;
        if registrar_quorum == 0 || usize::from(registrar_quorum) > count {
            return Err(TrustError::Quorum { quorum: registrar_quorum, count, faulty: 0 });
        }
        Ok(Self { log, registrars, registrar_quorum })
    }

    /// The log.
    pub const fn log(&self) -> &LogRoot {
        &self.log
    }

    /// The registrars' keys, which are distinct.
    pub fn registrars(&self) -> &[VerifyingKey] {
        &self.registrars
    }

    /// How many registrars must have approved alike.
    pub const fn registrar_quorum(&self) -> u8 {
        self.registrar_quorum
    }

    /// What these roots are known by.
    pub fn digest(&self) -> Digest {
        Digest::of(Label::TRUST, &[&encode(self)])
    }
}

fn checked_count(count: usize, most: usize) -> Result<usize, TrustError> {
    if 1 <= count && count <= most { Ok(count) } else { Err(TrustError::Count(count, most)) }
}

fn distinct<'a>(keys: impl IntoIterator<Item = &'a VerifyingKey>) -> Result<(), TrustError> {
    let mut seen = BTreeSet::new();
    if keys.into_iter().all(|key| seen.insert(key)) { Ok(()) } else { Err(TrustError::SameKey) }
}

impl Encode for LogRoot {
    fn encode(&self, to: &mut Writer) {
        to.array(5);
        self.origin.encode(to);
        self.key.encode(to);
        self.witnesses.encode(to);
        self.quorum.encode(to);
        self.faulty.encode(to);
    }
}

impl Decode for LogRoot {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.array_of(5)?;
        let (origin, key, witnesses) = (Decode::decode(from)?, Decode::decode(from)?, from.list(limits::WITNESSES)?);
        let (quorum, faulty) = (Decode::decode(from)?, Decode::decode(from)?);
        Self::new(origin, key, witnesses, quorum, faulty).map_err(|_| CborError::Value("log root"))
    }
}

impl Encode for TrustRoots {
    fn encode(&self, to: &mut Writer) {
        to.array(3);
        self.log.encode(to);
        self.registrars.encode(to);
        self.registrar_quorum.encode(to);
    }
}

impl Decode for TrustRoots {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.array_of(3)?;
        let (log, registrars, quorum) = (Decode::decode(from)?, from.list(limits::REGISTRARS)?, Decode::decode(from)?);
        Self::new(log, registrars, quorum).map_err(|_| CborError::Value("trust roots"))
    }
}

/// The JSON forms as they are read, before their fields are checked together.
#[cfg(feature = "serde")]
mod json {
    use super::{KeyName, LogRoot, TrustError, TrustRoots, VerifyingKey, WitnessKey};

    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct LogRootForm {
        origin: KeyName,
        key: VerifyingKey,
        witnesses: Vec<WitnessKey>,
        quorum: u8,
        faulty: u8,
    }

    impl TryFrom<LogRootForm> for LogRoot {
        type Error = TrustError;

        fn try_from(form: LogRootForm) -> Result<Self, TrustError> {
            Self::new(form.origin, form.key, form.witnesses, form.quorum, form.faulty)
        }
    }

    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct TrustRootsForm {
        log: LogRoot,
        registrars: Vec<VerifyingKey>,
        registrar_quorum: u8,
    }

    impl TryFrom<TrustRootsForm> for TrustRoots {
        type Error = TrustError;

        fn try_from(form: TrustRootsForm) -> Result<Self, TrustError> {
            Self::new(form.log, form.registrars, form.registrar_quorum)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CborError, KeyName, LogRoot, TrustRoots, WitnessKey, encode};
    use crate::cbor::decode;
    use crate::crypto::{Secret, SigningKey};

    #[test]
    fn the_cbor_form_is_checked() {
        let key = |seed: u8| SigningKey::from_secret(&Secret::take(&mut [seed; 32])).verifying_key();
        let name = KeyName::new("log.example").unwrap();
        let witnesses = (1..=4).map(|seed| WitnessKey { name: name.clone(), key: key(seed) }).collect();
        let log = LogRoot::new(name.clone(), key(9), witnesses, 3, 1).unwrap();
        let roots = TrustRoots::new(log, vec![key(10)], 1).unwrap();
        let bytes = encode(&roots);
        assert_eq!(decode::<TrustRoots>(&bytes, 1000), Ok(roots.clone()));

        // The last byte of the log's part is `faulty`, the last of all the registrars' quorum.
        let mut bad = bytes.clone();
        *bad.last_mut().unwrap() = 2;
        assert_eq!(decode::<TrustRoots>(&bad, 1000), Err(CborError::Value("trust roots")));
        let mut bad = bytes;
        let faulty = encode(roots.log()).len();
        bad[faulty] = 2;
        assert_eq!(decode::<TrustRoots>(&bad, 1000), Err(CborError::Value("log root")));
    }
}
