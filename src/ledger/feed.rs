use std::collections::BTreeSet;

use thiserror::Error;

use crate::cbor::{CborError, Decode, Encode, Reader, Writer, decode, encode, limits};
use crate::merkle::{Hash, InclusionProof, complete_subtrees, leaf_hash, root_of};
use crate::record::{AgencyId, Anchor, Entry, Millis, Request, StatementError, Timestamp, TrustRoots};
use crate::tlog::{Archive, LogError, Logged, QuorumError, Witnessed};

use super::full::{Ledger, LedgerError};
use super::standing::Standing;

/// Why a page of the feed is not taken over. What was known before stays as it was.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FeedError {
    /// The page's checkpoint is not one to rely on. Fetch the page elsewhere.
    #[error("the page's checkpoint: {0}")]
    Checkpoint(#[from] QuorumError),
    /// Not the next page. Fetch the one that begins at this size.
    #[error("not the next page: that begins at entry {0}")]
    Gap(u64),
    /// An older statement in it is none.
    #[error("a statement of the page: {0}")]
    Statement(#[from] StatementError),
    /// The page does not prove what it says, or the log forked.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// For how long after it was witnessed a request counts as open at most, whatever it says.
const OPEN_AT_MOST: Millis = Millis::DAY.times(31);

/// A part of the feed: what phones need of the log from one checkpoint to another, with what proves it.
///
/// It holds every request whose agency had standing, every statement on custodians, their expiry keys and makers, every
/// withdrawal (of each camera only the first), and the approvals of the agencies that have an open request. All else is
/// skipped: of it only the roots of the subtrees are there that lead from one checkpoint to the next, so that the page
/// proves at once that each statement is in the log and that the log has not forked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page {
    /// How many entries the log had at the page before.
    pub from: u64,
    /// The edge of the log's tree then: with it a phone begins at any page.
    pub edge: Vec<Hash>,
    /// The statements that the log took in since, in its order.
    pub entries: Vec<(u64, Vec<u8>)>,
    /// The roots of the complete subtrees that all other entries since fall into.
    pub skipped: Vec<Hash>,
    /// Approvals that are older, and needed now because their agency has filed a request.
    pub earlier: Vec<Earlier>,
    /// The checkpoint that the page leads to.
    pub checkpoint: Anchor,
}

/// A statement that is older than its page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// Its index.
    pub index: u64,
    /// Its bytes.
    pub entry: Vec<u8>,
    /// That the log holds it under the page's checkpoint.
    pub proof: InclusionProof,
}

/// Why no page is made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PageError {
    /// The log does not go on as it should.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The archive does not hold an entry that the page needs. Try again when it does.
    #[error("the archive does not hold entry {0}")]
    Archive(u64),
    /// The subtrees between the entries could not be hashed.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// Makes the feed that phones follow: a sequence of pages, one after the other, which depend on the log and on the
/// checkpoints that were chosen for them, and on nobody who asks.
///
/// Anybody who replays the log can make it; whoever follows it has to trust nobody for what is in it. What a page leaves
/// out shows where it matters: a request by the gap in its agency's numbers, an approval or an expiry key by the refusal
/// that follows from it. A withdrawal that is left out does not show; an approval ends by itself within seven days, and
/// custodians, who know the whole log, refuse an agency at once.
#[derive(Debug)]
pub struct Feed {
    ledger: Ledger,
    /// The edge of the tree as it was at the last page.
    edge: Vec<Hash>,
    open: Vec<(AgencyId, Timestamp)>,
    given: BTreeSet<u64>,
}

impl Feed {
    /// The feed at the log's beginning.
    pub fn new(trust: TrustRoots) -> Self {
        Self { ledger: Ledger::new(trust), edge: Vec::new(), open: Vec::new(), given: BTreeSet::new() }
    }

    /// The log as far as the feed has come.
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Makes the page up to a checkpoint: `entries` are the statements' bytes from where the feed stands up to its size.
    /// Times are those of the pages' checkpoints, so an hour between two of them is an hour in which all times are alike.
    ///
    /// # Errors
    /// [`PageError::Archive`] leaves the feed at the checkpoint without a page: it has to be made anew from the beginning.
    pub fn page(
        &mut self,
        entries: &[Vec<u8>],
        checkpoint: &Witnessed,
        archive: &dyn Archive,
    ) -> Result<Page, PageError> {
        let (from, edge) = (self.ledger.size(), self.edge.clone());
        self.ledger.advance(entries, checkpoint)?;
        self.edge = self.ledger.edge().to_vec();
        let needed = self.needed(from);
        let new: Vec<_> = needed.range(from..).copied().collect();
        let earlier = needed.range(..from).map(|&index| {
            let size = checkpoint.checkpoint().size();
            let found = archive.entry(index).zip(archive.inclusion(index, size));
            found.map(|(entry, proof)| Earlier { index, entry, proof }).ok_or(PageError::Archive(index))
        });
        let earlier = earlier.collect::<Result<_, _>>()?;
        let entry = |index: u64| usize::try_from(index - from).ok().and_then(|at| entries.get(at));
        Ok(Page {
            from,
            edge,
            skipped: skipped(from, entries, &new),
            entries: new.iter().filter_map(|&index| Some((index, entry(index)?.clone()))).collect(),
            earlier,
            checkpoint: checkpoint.to_anchor(),
        })
    }

    /// The indices of what the next page has to hold.
    fn needed(&mut self, from: u64) -> BTreeSet<u64> {
        let time = self.ledger.time();
        let requests: Vec<_> = self.ledger.requests_since(from).collect();
        self.open.retain(|(_, until)| *until > time);
        // A new request counts in its agency's numbers even if it has closed before it was witnessed.
        self.open.extend(requests.iter().map(|request| (request.statement().agency, open_until(request))));
        let agencies: BTreeSet<_> = self.open.iter().map(|(agency, _)| *agency).collect();
        let mut needed: BTreeSet<_> = requests.iter().map(|request| request.index()).collect();
        needed.extend(self.ledger.of_custodians_since(from));
        let approvals: Vec<_> = agencies.iter().flat_map(|agency| self.ledger.approved_beyond(agency, time)).collect();
        needed.extend(approvals.into_iter().filter(|index| self.given.insert(*index)));
        needed
    }
}

fn open_until(request: &Standing<Request>) -> Timestamp {
    request.statement().open_until.min(request.existed_by().after(OPEN_AT_MOST))
}

/// The roots of the complete subtrees between the entries that are shown.
fn skipped(from: u64, entries: &[Vec<u8>], shown: &[u64]) -> Vec<Hash> {
    let size = from + entries.len() as u64;
    let root = |at: u64, width: u64| {
        let leaves = entries.iter().skip((at - from) as usize).take(width as usize);
        root_of(&leaves.map(|entry| leaf_hash(entry)).collect::<Vec<_>>())
    };
    let starts = core::iter::once(from).chain(shown.iter().map(|index| index + 1));
    let ends = shown.iter().copied().chain([size]);
    starts.zip(ends).flat_map(|(at, to)| complete_subtrees(at, to)).map(|(at, width)| root(at, width)).collect()
}

impl Page {
    /// Reads a page from its canonical bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CborError> {
        decode(bytes, limits::PAGE_BYTES)
    }

    /// Its canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }

    /// The older statements, proven to be in the log under the page's checkpoint.
    pub(super) fn prove_earlier(&self, checkpoint: &Witnessed) -> Result<Vec<Logged<Entry>>, FeedError> {
        let proven = self.earlier.iter().map(|Earlier { index, entry, proof }| {
            let verified = crate::record::Signed::from_bytes(entry)?.verify()?;
            Ok(Logged::prove(verified, *index, proof, checkpoint)?)
        });
        proven.collect()
    }
}

impl Encode for Page {
    fn encode(&self, to: &mut Writer) {
        to.array(6);
        self.from.encode(to);
        self.edge.encode(to);
        to.array(self.entries.len());
        for (index, entry) in &self.entries {
            to.array(2);
            index.encode(to);
            to.bytes(entry);
        }
        self.skipped.encode(to);
        self.earlier.encode(to);
        self.checkpoint.encode(to);
    }
}

impl Decode for Page {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        struct New(u64, Vec<u8>);
        impl Decode for New {
            fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
                from.array_of(2)?;
                Ok(Self(from.uint()?, from.bytes(limits::STATEMENT_BYTES)?.to_vec()))
            }
        }
        from.array_of(6)?;
        let (start, edge) = (Decode::decode(from)?, from.list(64)?);
        let entries: Vec<New> = from.list(limits::PAGE_ENTRIES)?;
        Ok(Self {
            from: start,
            edge,
            entries: entries.into_iter().map(|New(index, entry)| (index, entry)).collect(),
            skipped: from.list(limits::PAGE_ENTRIES * 64)?,
            earlier: from.list(limits::PAGE_ENTRIES)?,
            checkpoint: Decode::decode(from)?,
        })
    }
}

impl Encode for Earlier {
    fn encode(&self, to: &mut Writer) {
        to.array(3);
        self.index.encode(to);
        to.bytes(&self.entry);
        self.proof.0.encode(to);
    }
}

impl Decode for Earlier {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.array_of(3)?;
        let (index, entry) = (from.uint()?, from.bytes(limits::STATEMENT_BYTES)?.to_vec());
        Ok(Self { index, entry, proof: InclusionProof(from.list(64)?) })
    }
}
