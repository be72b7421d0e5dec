use core::ops::Deref;

use thiserror::Error;

use crate::merkle::Hash;
use crate::record::{Entry, TrustRoots};
use crate::tlog::{Follower, LogError, Witnessed};

use super::fold::View;

/// Why the ledger does not go on with the log. Its state is as before.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// The log rewound, forked, or does not prove what it says.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// The whole log as far as it was followed, entry by entry: nothing can be left out.
///
/// It does not grow by whole statements. As long as something may be decided on a request or a grant, it is kept in full;
/// of those that ended more than four days ago only that is kept which others refer to: some 300 bytes of a request, 500 of
/// a grant, 150 of a week's approval, 250 of a receipt and of an expiry key, 50 of an outcome. Whoever wants to see the rest
/// reads the entry at their index from the log. Disclosures and starts of custodians are kept in full for ever.
///
/// It can be [saved](Self::save), and [restored](Self::restore) where it was.
#[derive(Debug)]
pub struct Ledger {
    pub(super) follower: Follower,
    pub(super) view: View,
}

impl Ledger {
    /// An empty ledger for the log that these roots name.
    pub fn new(trust: TrustRoots) -> Self {
        Self { follower: Follower::new(trust.log().clone()), view: View::new(trust) }
    }

    /// How many entries it has followed: the index of the next.
    pub const fn size(&self) -> u64 {
        self.follower.size()
    }

    /// The edge of the log's tree as far as it was followed.
    pub(super) fn edge(&self) -> &[Hash] {
        self.follower.edge()
    }

    /// Goes on with the log: `entries` are the statements' bytes from where the ledger stands up to the checkpoint's size.
    pub fn advance(&mut self, entries: &[Vec<u8>], checkpoint: &Witnessed) -> Result<(), LedgerError> {
        let followed = self.follower.follow::<Entry>(entries, checkpoint)?;
        self.view.go_on(self.follower.latest().cloned());
        for entry in followed {
            self.view.take(entry);
        }
        Ok(())
    }
}

impl Deref for Ledger {
    type Target = View;

    fn deref(&self) -> &View {
        &self.view
    }
}
