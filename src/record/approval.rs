use alloc::vec::Vec;

use thiserror::Error;

use crate::cbor::{CborError, Decode, Encode, Reader, Writer, limits, record_array, record_number};
use crate::crypto::{Digest, Label, VerifyingKey};

use super::signed::statement;
use super::{AgencyId, Anchor, CustodianId, GroupId, Jurisdiction, MakerId, Millis, Name, Window};

/// A registrar approves an agency for a while: this name, in this jurisdiction, signs with this key.
///
/// There is no other list: who is not approved now has no standing. Withdrawing is not renewing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct AgencyApproval {
    /// Which agency.
    pub agency: AgencyId,
    /// Its name.
    pub name: Name,
    /// The cells in which it may ask.
    pub jurisdiction: Jurisdiction,
    /// The key that signs its statements.
    pub key: VerifyingKey,
    /// What it disclosed to have received from vendors.
    pub incentives: Vec<Incentive>,
    /// When the approval holds.
    pub validity: Window,
}
record_array!(AgencyApproval { agency, name, jurisdiction, key, incentives, validity });
statement!(AgencyApproval, "agency-approval");

/// How long an approval may hold at most: seven days. Longer ones have no effect.
pub const MAX_APPROVAL: Millis = Millis::DAY.times(7);

/// A registrar approves a custodian for a while, as a member of a named group.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct CustodianApproval {
    /// Which custodian.
    pub custodian: CustodianId,
    /// Who operates it.
    pub operator: Name,
    /// The group that it belongs to, the same in the approval of every member.
    pub group: Group,
    /// The key that signs its statements.
    pub key: VerifyingKey,
    /// The agencies that it is affiliated to.
    pub affiliations: Vec<AgencyId>,
    /// When the approval holds.
    pub validity: Window,
}
record_array!(CustodianApproval { custodian, operator, group, key, affiliations, validity });
statement!(CustodianApproval, "custodian-approval");

/// A registrar approves a maker of cameras for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct MakerApproval {
    /// Which maker.
    pub maker: MakerId,
    /// Its name.
    pub name: Name,
    /// The key that signs its cameras' certificates.
    pub key: VerifyingKey,
    /// When the approval holds.
    pub validity: Window,
}
record_array!(MakerApproval { maker, name, key, validity });
statement!(MakerApproval, "maker-approval");

/// A registrar ends every approval of a key before its time, or the trust in a single camera.
///
/// A later approval of the key counts until the key is withdrawn again. The withdrawal of a camera is permanent; after a
/// reset the camera has a new key and a new certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Withdrawal {
    /// The approvals or the camera that the withdrawal ends.
    pub kind: WithdrawalKind,
    /// The key that loses its standing.
    pub key: VerifyingKey,
    /// A recent checkpoint. A second withdrawal of a key needs another anchor; with the same one it is the same statement.
    pub anchor: Anchor,
}
record_array!(Withdrawal { kind, key, anchor });
statement!(Withdrawal, "withdrawal");

/// The subject of a withdrawal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum WithdrawalKind {
    /// Every approval of this key that was logged before: of an agency, a custodian or a maker.
    Approvals,
    /// The camera that signs with this key.
    Camera,
}
record_number!(WithdrawalKind { Approvals = 1, Camera = 2 });

/// What a vendor gave an agency, or agreed with it. Two that are equal are one statement: their texts tell them apart.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Disclosure {
    /// The agency that received it.
    pub agency: AgencyId,
    /// The vendor that gave it.
    pub vendor: Name,
    /// What it is.
    pub incentive: Incentive,
    /// Its worth in US cents, if that can be said.
    pub cents: Option<u64>,
    /// The [digest](Disclosure::text_digest) of a text that stands beside the log, where it can be deleted.
    pub text: Option<Digest>,
}
record_array!(Disclosure { agency, vendor, incentive, cents, text });
statement!(Disclosure, "disclosure");

impl Disclosure {
    /// Returns the digest of a text that the log holds. The salt is random and kept beside the text. If both are deleted,
    /// nothing can be guessed from the digest.
    pub fn text_digest(salt: &[u8; 32], text: &str) -> Digest {
        Digest::of(Label::TEXT, &[salt, text.as_bytes()])
    }
}

/// A kind of incentive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Incentive {
    /// Money.
    Money,
    /// Equipment, free or lent.
    Equipment,
    /// A discount, for the agency or for those it sends.
    Discount,
    /// An agreement between vendor and agency.
    Agreement,
}
record_number!(Incentive { Money = 1, Equipment = 2, Discount = 3, Agreement = 4 });

/// A group of custodians: `threshold` answers of its `size` members open a grant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "GroupForm"))]
pub struct Group {
    id: GroupId,
    threshold: u8,
    size: u8,
}

/// A group that cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a group needs 1 <= threshold <= size <= 16; found {threshold} of {size}")]
pub struct GroupError {
    threshold: u8,
    size: u8,
}

impl Group {
    /// A group in which `threshold` of `size` members open a grant.
    pub fn new(id: GroupId, threshold: u8, size: u8) -> Result<Self, GroupError> {
        if 1 <= threshold && threshold <= size && usize::from(size) <= limits::CUSTODIANS {
            Ok(Self { id, threshold, size })
        } else {
            Err(GroupError { threshold, size })
        }
    }

    /// Its id.
    pub const fn id(&self) -> &GroupId {
        &self.id
    }

    /// How many answers open a grant.
    pub const fn threshold(&self) -> u8 {
        self.threshold
    }

    /// How many members it has.
    pub const fn size(&self) -> u8 {
        self.size
    }
}

#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
struct GroupForm {
    id: GroupId,
    threshold: u8,
    size: u8,
}
record_array!(GroupForm { id, threshold, size });

impl TryFrom<GroupForm> for Group {
    type Error = GroupError;

    fn try_from(form: GroupForm) -> Result<Self, GroupError> {
        Self::new(form.id, form.threshold, form.size)
    }
}

impl Encode for Group {
    fn encode(&self, to: &mut Writer) {
        GroupForm { id: self.id.clone(), threshold: self.threshold, size: self.size }.encode(to);
    }
}

impl Decode for Group {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        GroupForm::decode(from)?.try_into().map_err(|_| CborError::Value("Group"))
    }
}
