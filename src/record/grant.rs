use alloc::{boxed::Box, vec::Vec};

use thiserror::Error;

use crate::cbor::{CborError, Decode, Encode, Reader, Writer, decode, encode, limits, record_array};
use crate::crypto::{Digest, KemPublicKey, Label, VerifyingKey, Wrapped};

use super::signed::statement;
use super::{AgencyId, CustodianId, Epoch, GrantId, GroupId, Possession, Signed, StatementId, Timestamp};

impl GrantId {
    /// The id of the grant whose grant key this is.
    pub fn of(key: &VerifyingKey) -> Self {
        Self::from_bytes(*Digest::of(Label::GRANT_ID, &[key.as_bytes()]).as_bytes())
    }

    /// What the log holds of this grant when it is revoked.
    pub fn revoked_digest(&self) -> Digest {
        Digest::of(Label::REVOKED, &[self.as_bytes()])
    }
}

/// The public half of a grant: who may open it, until when, and with whom. Signed by the grant key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Terms {
    /// Which grant.
    pub grant: GrantId,
    /// The request that it answers.
    pub request: StatementId,
    /// The agency that may open it.
    pub agency: AgencyId,
    /// The custodians who hold half of the lock.
    pub custody: Custody,
    /// The first millisecond in which it may be released.
    pub not_before: Timestamp,
    /// The last epoch in which it may be opened: the custodians destroy their keys when it ends.
    pub not_after: Epoch,
    /// The commitment to the agency's half of the lock.
    pub agency_half: Digest,
    /// The commitment to the custodians' half of the lock.
    pub custodian_half: Digest,
    /// The commitment to what the agency shows to prove that it could unwrap its half.
    pub possession: Digest,
    /// The digest of the digests of all parts' plaintexts, each of which begins with a salt.
    pub private: Digest,
}
record_array!(Terms {
    grant,
    request,
    agency,
    custody,
    not_before,
    not_after,
    agency_half,
    custodian_half,
    possession,
    private
});
statement!(Terms, "terms");

/// The custodians of one grant: any `threshold` of the members open it together with the agency.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "CustodyForm"))]
pub struct Custody {
    group: GroupId,
    threshold: u8,
    members: Vec<Member>,
}

/// One custodian of a grant.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Member {
    /// Which custodian.
    pub custodian: CustodianId,
    /// Its expiry key for the last epoch, by the id of the statement that published it.
    pub expiry: StatementId,
    /// The commitment to its share.
    pub share: Digest,
}
record_array!(Member { custodian, expiry, share });

/// Custodians that cannot hold a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CustodyError {
    /// The threshold is zero or above the number of members, or there are more than 16.
    #[error("custody needs 1 <= threshold <= members <= 16; found {threshold} of {members}")]
    Threshold {
        /// The threshold found.
        threshold: u8,
        /// The members found.
        members: usize,
    },
    /// One custodian stands in it twice.
    #[error("a custodian stands in the custody twice")]
    Repeated,
}

impl Custody {
    /// The custody of these members, who are distinct and at least as many as the threshold.
    pub fn new(group: GroupId, threshold: u8, members: Vec<Member>) -> Result<Self, CustodyError> {
        if threshold == 0 || usize::from(threshold) > members.len() || members.len() > limits::CUSTODIANS {
            return Err(CustodyError::Threshold { threshold, members: members.len() });
        }
        let repeated = members.iter().enumerate().any(|(at, member)| {
            members
                .iter()
                .skip(at + 1)
                .any(|other| other.custodian == member.custodian || other.expiry == member.expiry)
        });
        if repeated { Err(CustodyError::Repeated) } else { Ok(Self { group, threshold, members }) }
    }

    /// The published group that they belong to.
    pub const fn group(&self) -> &GroupId {
        &self.group
    }

    /// How many answers open the grant.
    pub const fn threshold(&self) -> u8 {
        self.threshold
    }

    /// The members; a member's share has the index of its place.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The place of a custodian among the members, and what the terms say of it.
    pub fn member(&self, custodian: &CustodianId) -> Option<(u8, &Member)> {
        (0..).zip(&self.members).find(|(_, member)| member.custodian == *custodian)
    }
}

#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
struct CustodyForm {
    group: GroupId,
    threshold: u8,
    members: Vec<Member>,
}

impl TryFrom<CustodyForm> for Custody {
    type Error = CustodyError;

    fn try_from(form: CustodyForm) -> Result<Self, CustodyError> {
        Self::new(form.group, form.threshold, form.members)
    }
}

impl Encode for Custody {
    fn encode(&self, to: &mut Writer) {
        to.array(3);
        self.group.encode(to);
        self.threshold.encode(to);
        self.members.encode(to);
    }
}

impl Decode for Custody {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.array_of(3)?;
        let (group, threshold) = (Decode::decode(from)?, Decode::decode(from)?);
        let members = from.list(limits::CUSTODIANS)?;
        Self::new(group, threshold, members).map_err(|_| CborError::Value("Custody"))
    }
}

/// What binds the pieces of an excerpt to its terms, so that nobody puts wraps or ciphertext of their own beside a
/// resident's terms. Signed by the grant key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Envelope {
    /// The terms.
    pub terms: StatementId,
    /// The digest of the wrap to the agency's request key.
    pub agency_wrap: Digest,
    /// The digests of the wraps to the custodians' expiry keys, in the order of the members.
    pub custodian_wraps: Vec<Digest>,
    /// The digest of each part's ciphertext: the words, then the clips. At most [`limits::PARTS`].
    pub parts: Vec<Digest>,
    /// For each clip, the digest of the ciphertext of all its granted segments.
    pub bodies: Vec<Digest>,
}
statement!(Envelope, "envelope");

impl Encode for Envelope {
    fn encode(&self, to: &mut Writer) {
        to.array(5);
        self.terms.encode(to);
        self.agency_wrap.encode(to);
        self.custodian_wraps.encode(to);
        self.parts.encode(to);
        self.bodies.encode(to);
    }
}

impl Decode for Envelope {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.array_of(5)?;
        let (terms, agency_wrap) = (Decode::decode(from)?, Decode::decode(from)?);
        let custodian_wraps = from.list(limits::CUSTODIANS)?;
        let (parts, bodies): (Vec<_>, Vec<_>) = (from.list(limits::PARTS)?, from.list(limits::PARTS - 1)?);
        // The words have no bodies, and a grant is of one clip at least.
        if bodies.is_empty() || parts.len() != bodies.len() + 1 {
            return Err(CborError::Value("number of parts"));
        }
        Ok(Self { terms, agency_wrap, custodian_wraps, parts, bodies })
    }
}

/// An agency wants to open a grant, and says so in public.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Release {
    /// The grant's terms.
    pub terms: Box<Signed<Terms>>,
    /// The proof that the agency could unwrap its half of the lock: who cannot, cannot release and has no duty.
    pub possession: Possession,
    /// The one-time key that custodians wrap their shares to.
    pub key: KemPublicKey,
}
record_array!(Release { terms, possession, key });
statement!(Release, "release");

/// A resident takes a grant back. Signed by the grant key when it was made, and kept by every owner.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Revocation {
    /// Which grant.
    pub grant: GrantId,
}
record_array!(Revocation { grant });
statement!(Revocation, "revocation");

/// What an agency brings to a custodian, beside the log, so that it can answer a release.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Delivery {
    /// The release in the log.
    pub release: StatementId,
    /// The grant's envelope, which shows that the wrap is the resident's.
    pub envelope: Box<Signed<Envelope>>,
    /// The custodian's share, wrapped to its expiry key.
    pub wrap: Wrapped,
}
record_array!(Delivery { release, envelope, wrap });

impl Delivery {
    /// Reads what an agency brought: canonical CBOR, and nothing else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CborError> {
        decode(bytes, 2 * limits::STATEMENT_BYTES)
    }

    /// Its bytes, to be brought to the custodian.
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }
}
