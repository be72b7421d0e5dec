use crate::cbor::{CborError, Decode, Encode, Writer};
use crate::crypto::Digest;
use crate::ledger::{Ledger, StateError, StateKind, read_state, write_state};
use crate::policy::Policy;
use crate::record::{Anchor, TrustRoots};
use crate::tlog::Witnessed;

use super::audit::Auditor;

impl Auditor {
    /// Its whole state, to be [restored](Self::restore) later: the ledger's, and every checkpoint.
    pub fn save(&self) -> Vec<u8> {
        write_state(StateKind::Auditor, self.ledger.trust().digest(), self)
    }

    /// The auditor where it was when it was [saved](Self::save): from there on it answers what a replay from the beginning
    /// along the same checkpoints does.
    ///
    /// As with [`Ledger::restore`], the state is one's own and believed, like a database; every checkpoint and every
    /// accusation is verified all the same.
    ///
    /// # Errors
    /// [`StateError::OtherTrust`] and [`StateError::OtherPolicy`] if it was saved under others; then replay the log.
    pub fn restore(bytes: &[u8], trust: TrustRoots, policy: Policy) -> Result<Self, StateError> {
        let mut other = false;
        let restored = read_state(StateKind::Auditor, trust.digest(), bytes, |from| {
            from.array_of(6)?;
            other = Digest::decode(from)? != policy.digest();
            if other {
                return Err(CborError::Value("state under this policy"));
            }
            let ledger = Ledger::decode(from, trust)?;
            let witnessed = |note: &Anchor| {
                Witnessed::verify(note.as_bytes(), ledger.trust().log())
                    .map_err(|_| CborError::Value("checkpoint of this log"))
            };
            let checkpoints = Vec::decode(from)?.iter().map(witnessed).collect::<Result<_, _>>()?;
            let (broken, forks) = (Decode::decode(from)?, Decode::decode(from)?);
            let still = Vec::<(Anchor, Anchor)>::decode(from)?;
            let still = still.iter().map(|(last, next)| Ok((witnessed(last)?, witnessed(next)?)));
            let still = still.collect::<Result<_, _>>()?;
            Ok(Self { ledger, policy, checkpoints, broken, forks, still })
        });
        if other { Err(StateError::OtherPolicy) } else { restored }
    }
}

impl Encode for Auditor {
    fn encode(&self, to: &mut Writer) {
        let notes = |checkpoints: &[Witnessed]| checkpoints.iter().map(Witnessed::to_anchor).collect::<Vec<_>>();
        to.array(6);
        self.policy.digest().encode(to);
        self.ledger.encode(to);
        notes(&self.checkpoints).encode(to);
        self.broken.encode(to);
        self.forks.encode(to);
        self.still.iter().map(|(last, next)| (last.to_anchor(), next.to_anchor())).collect::<Vec<_>>().encode(to);
    }
}
