/// A domain-separation label: what a derived key, a digest or a wrap is for.
///
/// Its bytes are the ASCII text `footage v1 ` and the name, closed by one zero byte, so that no label is the beginning
/// of another. This table holds every label of the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label(&'static str);

macro_rules! labels {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)+) => {
        impl Label {
            $($(#[$doc])* pub const $name: Self = Self(concat!("footage v1 ", $text, "\0"));)+

            /// Every label of the format.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];
        }
    };
}

labels! {
    /// Extraction of the randomness of whatever is made.
    HEDGE = "hedge";
    /// A clip's identity, which binds everything below its secret.
    CLIP_IDENTITY = "clip identity";
    /// A clip's id, as a purpose of hedged randomness.
    CLIP_ID = "clip id";
    /// A clip's secret, as a purpose of hedged randomness.
    CLIP_SECRET = "clip secret";
    /// What a key wrap draws, as a purpose of hedged randomness.
    WRAP = "wrap";
    /// The salt of a part of a grant, as a purpose of hedged randomness.
    SALT = "part salt";
    /// The agency's half of a grant's lock, as a purpose of hedged randomness.
    AGENCY_HALF = "agency half";
    /// The custodians' half of a grant's lock, as a purpose of hedged randomness.
    CUSTODIAN_HALF = "custodian half";
    /// A coefficient of the polynomial that shares the custodians' half, as a purpose of hedged randomness.
    COEFFICIENT = "coefficient";
    /// The key that signs one grant, as a purpose of hedged randomness.
    GRANT_SIGNING_KEY = "grant signing key";
    /// The next secret of a ratchet, as a purpose of hedged randomness.
    RATCHET = "ratchet";
    /// A private key for key wraps, as a purpose of hedged randomness.
    KEM_SECRET = "kem secret";
    /// A nonce in a public statement, as a purpose of hedged randomness.
    NONCE = "nonce";
    /// The root of a layer's key tree.
    LAYER = "layer";
    /// A child node of a key tree.
    NODE = "node";
    /// A segment's key and commitment from its leaf seed.
    SEGMENT = "segment";
    /// A clip's check value, which tells a wrong secret from an altered clip.
    CHECK = "check";
    /// The closed half of a segment's leaf.
    CLOSED = "closed";
    /// Digest of a clip's header.
    HEADER = "clip header";
    /// Digest of a clip's owners, which the header names.
    OWNERS = "clip owners";
    /// Context of the two wraps of a clip's secret.
    CLIP_WRAP = "clip wrap";
    /// What authenticates a camera's durable state.
    CAMERA_STATE = "camera state";
    /// Fingerprint of a key-encapsulation public key.
    KEM_KEY = "kem key";
    /// A grant's id from its verifying key.
    GRANT_ID = "grant id";
    /// Commitment to a secret of the double lock.
    COMMIT = "commit";
    /// Digest of the plaintext of one part of a grant.
    PART = "private part";
    /// Digest of the digests of all parts' plaintexts.
    PARTS = "private parts";
    /// Digest of a part's ciphertext.
    SEALED = "sealed part";
    /// Digest of the ciphertext of the segments that are granted of one clip.
    BODIES = "bodies";
    /// Digest of a wrap.
    WRAP_DIGEST = "wrap digest";
    /// The key of one part from both halves of the lock.
    GRANT_KEY = "grant key";
    /// Context of every wrap of the double lock and of an answer.
    GRANT_WRAP = "grant wrap";
    /// What an agency shows to prove that it could unwrap its half.
    POSSESSION = "possession";
    /// What the log holds of a revoked grant.
    REVOKED = "revoked grant";
    /// Digest of what a log is known by.
    LOG = "log";
    /// Digest of the trust roots.
    TRUST = "trust roots";
    /// Digest of a policy.
    POLICY = "policy";
    /// The KEM key of a recovery seed.
    RECOVERY_KEM = "recovery kem";
    /// The signing key of a recovery seed.
    RECOVERY_SIGNING = "recovery signing";
    /// The coefficients of a recovery seed's shares.
    RECOVERY_SHARES = "recovery shares";
    /// The fingerprint on a recovery sheet.
    RECOVERY_SHEET = "recovery sheet";
    /// A household key, as a purpose of hedged randomness.
    HOUSEHOLD_KEY = "household key";
    /// Context of the wraps of a household file, and what they draw as a purpose of hedged randomness.
    HOUSEHOLD_WRAP = "household wrap";
    /// The tag by which those who have a household key know a wrap of it.
    HOUSEHOLD_TAG = "household tag";
    /// The synthetic nonce of an entry of a household file.
    HOUSEHOLD_ENTRY = "household entry";
    /// The key of one sealed entry of a household file.
    HOUSEHOLD_ENTRY_KEY = "household entry key";
    /// Digest of the entries that count when a period begins.
    HOUSEHOLD_ENTRIES = "household entries";
    /// The nonce of a household entry, as a purpose of hedged randomness, or of one that is signed anew.
    HOUSEHOLD_NONCE = "household nonce";
    /// A salted digest of a text that stands beside the log.
    TEXT = "text";
}

impl Label {
    /// The label's bytes, the closing zero included.
    pub const fn as_bytes(self) -> &'static [u8] {
        self.0.as_bytes()
    }
}
