use crate::cbor::{CborError, Decode, Encode, Reader, Writer, limits, record_array};
use crate::crypto::{KemPublicKey, VerifyingKey};

use super::signed::statement;
use super::{Cell, ClipId, Consent, GrantId, HouseholdId, Millis, Nonce, StatementId, Timestamp};

/// An entry of a household's file, signed by a device. It never leaves the household.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HouseholdEntry {
    /// Which household.
    pub household: HouseholdId,
    /// The list that begins the period in which the entry is signed.
    pub begins: StatementId,
    /// When it was written, by the device's clock. Of several entries about one camera, the latest counts.
    pub written: Timestamp,
    /// Random bytes, so that the entry's id tells nothing of its content.
    pub nonce: Nonce,
    /// What it says.
    pub content: EntryContent,
}
record_array!(HouseholdEntry { household, begins, written, nonce, content });
statement!(HouseholdEntry, "household-entry");

/// What an entry of a household's file says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntryContent {
    /// The KEM key of a device; owner lists name it by its fingerprint.
    Device(KemPublicKey),
    /// A camera of the household, or one that is no longer the household's.
    Camera(HouseholdCamera),
    /// A consent that was given.
    Consent(EntryConsent),
    /// A revocation that was sent to the custodians.
    Revocation(EntryRevocation),
    /// What a host said when it deleted a clip.
    Deletion(DeletionNote),
}

/// A camera of a household.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HouseholdCamera {
    /// The key that the camera signs with.
    pub key: VerifyingKey,
    /// The cell of resolution [`Cell::CAMERA_RESOLUTION`] that the camera is in; `None` once it is no longer the household's.
    pub cell: Option<Cell>,
}

/// A consent, as a household keeps it: enough to show the grant, and to revoke it from any device.
#[derive(Clone, PartialEq, Eq)]
pub struct EntryConsent {
    /// The consent, at most [`limits::KEPT_CONSENT_BYTES`]; its terms and its revocation are signed by the grant's key.
    pub consent: Consent,
    /// Until when the entry is kept: as long as a preservation of the grant's footage may run.
    pub keep: Timestamp,
}
record_array!(EntryRevocation { grant, ends });
record_array!(DeviceRequest { key, nonce });

/// A revocation that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryRevocation {
    /// The grant that was revoked.
    pub grant: GrantId,
    /// When the grant would have ended. The entry is kept for [seven days](EntryRevocation::KEPT) more.
    pub ends: Timestamp,
}

impl EntryConsent {
    /// The time that a consent is kept past the grant's end. A preservation is logged by the time the deletion is due, four
    /// days after the end, and runs for 90 days; its file is due for deletion four days later. The rest leaves room for due
    /// times that an outage of the log moves.
    pub const KEPT: Millis = Millis::DAY.times(4 + 90 + 4 + 14);

    /// Returns the entry for a consent that is kept for the first time.
    pub fn of(consent: Consent) -> Self {
        let keep = consent.not_after().end().after(Self::KEPT);
        Self { consent, keep }
    }
}

impl EntryRevocation {
    /// How long past the grant's end a sent revocation is kept.
    pub const KEPT: Millis = Millis::DAY.times(7);
}

/// What a host said when it deleted a clip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletionNote {
    /// The clip.
    pub clip: ClipId,
    /// Until when the entry is kept.
    pub keep: Timestamp,
    /// The host's note, at most [`limits::KEPT_NOTE_BYTES`].
    pub note: Vec<u8>,
}

/// A new device asks to be added. Its signature shows that it has the signing key; it shows that it has the KEM key by
/// opening what is wrapped to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceRequest {
    /// The key that household keys are to be wrapped to.
    pub key: KemPublicKey,
    /// Fresh for every request.
    pub nonce: Nonce,
}
statement!(DeviceRequest, "device-request");

/// A present device tells a new one which lists and keys the household file holds for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handover {
    /// Which household.
    pub household: HouseholdId,
    /// The new device's signing key.
    pub device: VerifyingKey,
    /// The list that adds the new device.
    pub list: StatementId,
    /// The lists that begin the periods whose keys are handed over, ending with the present one.
    pub begins: Vec<StatementId>,
}
record_array!(Handover { household, device, list, begins });
statement!(Handover, "handover");

impl EntryContent {
    /// Returns until when an entry with this content is kept; `None` if it is kept for good.
    pub fn keep(&self) -> Option<Timestamp> {
        match self {
            Self::Device(_) | Self::Camera(_) => None,
            Self::Consent(consent) => Some(consent.keep),
            Self::Revocation(sent) => Some(sent.ends.after(EntryRevocation::KEPT)),
            Self::Deletion(note) => Some(note.keep),
        }
    }

    /// Returns whether everything is within its limit, a camera's cell is of the right resolution, and a consent is of the
    /// grant that it names.
    pub fn is_valid(&self) -> bool {
        match self {
            Self::Device(_) | Self::Revocation(_) => true,
            Self::Camera(camera) => camera.cell.is_none_or(|cell| cell.resolution() == Cell::CAMERA_RESOLUTION),
            Self::Consent(kept) => {
                kept.consent.to_bytes().len() <= limits::KEPT_CONSENT_BYTES && kept.consent.is_of_its_grant()
            }
            Self::Deletion(note) => note.note.len() <= limits::KEPT_NOTE_BYTES,
        }
    }
}

// The kind's number, then the content.
impl Encode for EntryContent {
    fn encode(&self, to: &mut Writer) {
        to.array(2);
        match self {
            Self::Device(key) => {
                to.uint(1);
                key.encode(to);
            }
            Self::Camera(camera) => {
                to.uint(2);
                to.array(2);
                camera.key.encode(to);
                camera.cell.encode(to);
            }
            Self::Consent(consent) => {
                to.uint(3);
                to.array(2);
                consent.consent.encode(to);
                consent.keep.encode(to);
            }
            Self::Revocation(sent) => {
                to.uint(4);
                sent.encode(to);
            }
            Self::Deletion(note) => {
                to.uint(5);
                to.array(3);
                note.clip.encode(to);
                note.keep.encode(to);
                to.bytes(&note.note);
            }
        }
    }
}

impl Decode for EntryContent {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.array_of(2)?;
        let content = match from.uint()? {
            1 => Self::Device(Decode::decode(from)?),
            2 => {
                from.array_of(2)?;
                Self::Camera(HouseholdCamera { key: Decode::decode(from)?, cell: Decode::decode(from)? })
            }
            3 => {
                from.array_of(2)?;
                Self::Consent(EntryConsent { consent: Decode::decode(from)?, keep: Decode::decode(from)? })
            }
            4 => Self::Revocation(Decode::decode(from)?),
            5 => {
                from.array_of(3)?;
                Self::Deletion(DeletionNote {
                    clip: Decode::decode(from)?,
                    keep: Decode::decode(from)?,
                    note: from.bytes(limits::KEPT_NOTE_BYTES)?.to_vec(),
                })
            }
            _ => return Err(CborError::Value("household entry's content")),
        };
        if content.is_valid() { Ok(content) } else { Err(CborError::Value("household entry's content")) }
    }
}

// The revocation in it would revoke the grant.
impl core::fmt::Debug for EntryConsent {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("EntryConsent")
            .field("grant", &self.consent.grant())
            .field("keep", &self.keep)
            .finish_non_exhaustive()
    }
}
