use core::ops::Deref;

use crate::record::{Entry, TrustRoots};
use crate::tlog::{Follower, Logged, Witnessed};

use super::feed::{FeedError, Page};
use super::fold::View;

/// The log as a phone knows it: from the pages of a [`Feed`](super::Feed), without a replay.
///
/// Of requests, and of the agencies that have an open one, it knows what a [`Ledger`](super::Ledger) does that follows the
/// pages' checkpoints: standing, usage, conduct, custodians and their expiry keys, and how far cameras are trusted. Of
/// agencies without an open request, and of releases, answers and deletions, it knows nothing.
///
/// A phone may begin at any page. What lies before is then unknown: an agency's requests are counted, and chained, from the
/// first one on that the phone has seen, and so are the requests of a case. To begin [46 days](Self::BEGIN) back is enough
/// for budgets and for every expiry key that may still be used. It does not know cameras that were withdrawn before, nor
/// makers' keys that were last approved before.
#[derive(Debug)]
pub struct Phone {
    follower: Option<Follower>,
    view: View,
}

impl Phone {
    /// How many days back a phone begins that has followed nothing yet: expiry keys are published up to 45 epochs ahead.
    pub const BEGIN: u32 = 46;

    /// A phone that has seen nothing yet.
    pub fn new(trust: TrustRoots) -> Self {
        Self { follower: None, view: View::new(trust) }
    }

    /// Where the next page begins; nothing for a phone that may begin anywhere.
    pub fn size(&self) -> Option<u64> {
        self.follower.as_ref().map(Follower::size)
    }

    /// Takes the next page over.
    ///
    /// # Errors
    /// Then nothing has changed.
    pub fn take(&mut self, page: &Page) -> Result<(), FeedError> {
        let log = self.view.trust().log();
        let checkpoint = Witnessed::verify(page.checkpoint.as_bytes(), log)?;
        let mut follower = match &self.follower {
            None => Follower::from_edge(log.clone(), page.from, page.edge.clone())?,
            Some(follower) if follower.size() == page.from => follower.clone(),
            Some(follower) => return Err(FeedError::Gap(follower.size())),
        };
        let earlier = page.prove_earlier(&checkpoint)?;
        let entries: Vec<_> = page.entries.iter().map(|(index, entry)| (*index, entry.as_slice())).collect();
        let new = follower.skim::<Entry>(&entries, &page.skipped, &checkpoint)?;
        self.view.joined |= self.follower.is_none() && page.from > 0;
        // Each entry that was read is a valid statement: a log that holds others concerns whoever replays it.
        let earlier = earlier.into_iter().filter(|entry| matches!(entry.statement(), Entry::AgencyApproval(_)));
        let mut all: Vec<_> = earlier.chain(new.into_iter().flatten()).collect();
        all.sort_by_key(Logged::index);
        let kinds = |entry: &Entry| {
            matches!(
                entry,
                Entry::Request(_)
                    | Entry::AgencyApproval(_)
                    | Entry::CustodianApproval(_)
                    | Entry::MakerApproval(_)
                    | Entry::ExpiryKey(_)
                    | Entry::Withdrawal(_)
            )
        };
        self.view.go_on(follower.latest().cloned());
        for entry in all.into_iter().filter(|entry| kinds(entry.statement())) {
            self.view.take(Ok(entry));
        }
        self.follower = Some(follower);
        Ok(())
    }
}

impl Deref for Phone {
    type Target = View;

    fn deref(&self) -> &View {
        &self.view
    }
}
