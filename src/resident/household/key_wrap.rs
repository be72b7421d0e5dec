use crate::cbor::{CborError, Decode, Encode, Reader, Writer, record_array};
use crate::crypto::{
    Digest, KemPrivateKey, KemPublicKey, Label, OpenError, Random, RandomError, Secret, Wrapped, expand,
};
use crate::record::{HouseholdId, StatementId};

/// The private household key of one period, wrapped to one device or to the recovery key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct KeyWrap {
    /// The list that begins the period.
    pub(super) begins: StatementId,
    /// The period's number.
    pub(super) period: u64,
    /// The fingerprint of the key that it is wrapped to.
    pub(super) recipient: Digest,
    /// Shows everyone who has the household key that the sender had it too. A wrap alone does not authenticate its
    /// sender.
    tag: Digest,
    wrapped: WrapBytes,
}
record_array!(KeyWrap { begins, period, recipient, tag, wrapped });

/// A wrap in the order of its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct WrapBytes(Wrapped);

impl KeyWrap {
    pub(super) fn seal(
        household: HouseholdId,
        (begins, period): (StatementId, u64),
        key: &KemPrivateKey,
        recipient: &KemPublicKey,
        random: &mut dyn Random,
    ) -> Result<Self, RandomError> {
        let fingerprint = recipient.fingerprint();
        let wrapped = recipient.wrap(&info(household, begins, period, &fingerprint), key.secret(), random)?;
        let tag = tag(household, begins, &fingerprint, &wrapped, key.secret());
        Ok(Self { begins, period, recipient: fingerprint, tag, wrapped: WrapBytes(wrapped) })
    }

    /// Returns the wrapped secret. Only the list that it belongs to shows whether it is the right one.
    pub(super) fn open(&self, household: HouseholdId, key: &KemPrivateKey) -> Result<Secret<32>, OpenError> {
        key.unwrap(&info(household, self.begins, self.period, &self.recipient), &self.wrapped.0)
    }

    /// Returns whether this was wrapped by somebody who had the key.
    pub(super) fn is_of(&self, household: HouseholdId, key: &KemPrivateKey) -> bool {
        self.tag == tag(household, self.begins, &self.recipient, &self.wrapped.0, key.secret())
    }
}

fn info(household: HouseholdId, begins: StatementId, period: u64, recipient: &Digest) -> Vec<u8> {
    let parts: [&[u8]; 5] = [
        Label::HOUSEHOLD_WRAP.as_bytes(),
        household.as_bytes(),
        &period.to_be_bytes(),
        begins.as_bytes(),
        recipient.as_bytes(),
    ];
    parts.concat()
}

fn tag(household: HouseholdId, begins: StatementId, to: &Digest, wrapped: &Wrapped, key: &Secret<32>) -> Digest {
    let wrap = wrapped.digest();
    let parts: [&[u8]; 4] = [household.as_bytes(), begins.as_bytes(), to.as_bytes(), wrap.as_bytes()];
    Digest::from_bytes(*expand::<32>(key, Label::HOUSEHOLD_TAG, &parts).expose())
}

impl PartialOrd for WrapBytes {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for WrapBytes {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.as_bytes().cmp(other.0.as_bytes())
    }
}

impl Encode for WrapBytes {
    fn encode(&self, to: &mut Writer) {
        self.0.encode(to);
    }
}

impl Decode for WrapBytes {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        Wrapped::decode(from).map(Self)
    }
}
