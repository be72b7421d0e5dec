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
    /// Extraction of a clip's secret and id from fresh randomness, device secret and counter.
    CLIP = "clip";
    /// The clip secret out of that extraction; also the context in which it is wrapped for an owner.
    CLIP_SECRET = "clip secret";
    /// The clip id out of that extraction.
    CLIP_ID = "clip id";
    /// A child node of the key tree.
    NODE = "node";
    /// A segment's key and commitment from its leaf seed.
    SEGMENT = "segment";
    /// Digest of a clip's header.
    HEADER = "clip header";
    /// Digest of the owners' wraps, which the header names.
    OWNERS = "owners";
    /// Fingerprint of a key-encapsulation public key.
    KEM_KEY = "kem key";
    /// A grant's id from its verifying key.
    GRANT_ID = "grant id";
    /// Commitment to a secret of the double lock.
    COMMIT = "commit";
    /// Digest of the private part's plaintext.
    PRIVATE = "private part";
    /// Digest of the private part's ciphertext.
    SEALED = "sealed part";
    /// Digest of the granted segments' ciphertext.
    BODIES = "bodies";
    /// Digest of a wrap.
    WRAP = "wrap digest";
    /// The key of the private part from both halves of the lock.
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
