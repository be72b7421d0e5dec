use std::collections::{BTreeMap, BTreeSet};

use crate::crypto::Digest;
use crate::grant::released_terms;
use crate::record::{
    AgencyApproval, AgencyId, Anchor, AnswerNotice, CustodianApproval, CustodianId, CustodianStart, Disclosure, Entry,
    Epoch, ExpiryKey, MakerApproval, Outcome, Receipt, Release, Request, Signed, Statement, StatementId, Subject,
    Timestamp, TrustRoots, Verified, WithdrawalKind,
};
use crate::tlog::{Followed, Logged, Witnessed};

use super::approvals::{Register, Withdrawn};
use super::asked::{KEPT_BEYOND, Requests};
use super::breach::Breach;
use super::grants::Grants;
use super::signers::{Place, Signers};

/// A custodian's first expiry key for an epoch, as it is kept for ever.
#[derive(Debug)]
pub(crate) struct ExpiryEntry {
    pub(super) id: StatementId,
    /// Its fingerprint.
    pub(super) key: Digest,
    /// There is no second.
    pub(super) usable: bool,
    pub(crate) place: Place,
}

/// A receipt, whoever brought it to the log.
#[derive(Debug)]
pub(super) struct ReceiptEntry {
    pub(super) signer: u32,
    /// What it says was destroyed.
    pub(super) keys: Vec<Digest>,
    pub(super) existed_by: Timestamp,
    /// It is not older than this, by its anchor.
    pub(super) made: Option<Made>,
}

/// Who stands how, according to the log as far as it is known.
///
/// A [`Ledger`](super::Ledger) knows all of it, a [`Phone`](super::Phone) what the feed holds; both give this view.
#[derive(Debug)]
pub struct View {
    pub(super) trust: TrustRoots,
    pub(super) latest: Option<Witnessed>,
    /// The log is known from some entry on only.
    pub(super) joined: bool,
    anchors: Anchors,
    pub(super) agencies: Register<AgencyApproval>,
    pub(super) custodians: Register<CustodianApproval>,
    pub(super) makers: Register<MakerApproval>,
    pub(super) withdrawn: Withdrawn,
    pub(super) signers: Signers,
    pub(super) requests: Requests,
    /// The indices of statements on custodians, makers, expiry keys and withdrawals that had an effect.
    pub(super) custodial: BTreeSet<u64>,
    pub(super) expiry_keys: BTreeMap<(CustodianId, Epoch), ExpiryEntry>,
    /// The same in full, as long as something may be decided on them.
    pub(super) open_expiry_keys: BTreeMap<(CustodianId, Epoch), Logged<ExpiryKey>>,
    pub(super) starts: BTreeMap<StatementId, Logged<CustodianStart>>,
    pub(super) grants: Grants,
    pub(super) revoked: BTreeMap<Digest, BTreeSet<CustodianId>>,
    /// By subject and index.
    pub(super) receipts: BTreeMap<(Subject, u64), ReceiptEntry>,
    pub(super) disclosures: Vec<Logged<Disclosure>>,
    pub(super) breaches: Vec<Breach>,
    /// Every statement so far: one that the log repeats is nothing new.
    pub(super) seen: BTreeSet<StatementId>,
}

impl View {
    pub(super) fn new(trust: TrustRoots) -> Self {
        Self {
            trust,
            latest: None,
            joined: false,
            anchors: Anchors::default(),
            agencies: Register::default(),
            custodians: Register::default(),
            makers: Register::default(),
            withdrawn: Withdrawn::default(),
            signers: Signers::default(),
            requests: Requests::default(),
            custodial: BTreeSet::new(),
            expiry_keys: BTreeMap::new(),
            open_expiry_keys: BTreeMap::new(),
            starts: BTreeMap::new(),
            grants: Grants::default(),
            revoked: BTreeMap::new(),
            receipts: BTreeMap::new(),
            disclosures: Vec::new(),
            breaches: Vec::new(),
            seen: BTreeSet::new(),
        }
    }

    /// The view that these entries give, in the log's order, as of a checkpoint.
    pub(crate) fn of(trust: TrustRoots, entries: impl IntoIterator<Item = Logged<Entry>>, latest: Witnessed) -> Self {
        let mut view = Self::new(trust);
        view.latest = Some(latest);
        entries.into_iter().for_each(|entry| view.fold(entry));
        view
    }

    /// Goes on to a checkpoint. Of the statements on which nothing could be decided any more by the one before, only that is
    /// kept which others refer to.
    pub(super) fn go_on(&mut self, latest: Option<Witnessed>) {
        let time = self.time();
        self.requests.forget(time);
        self.grants.forget(time);
        self.open_expiry_keys.retain(|(_, epoch), _| time <= epoch.end().after(KEPT_BEYOND));
        self.latest = latest;
    }

    /// Takes in what stands at one place of the log. Places come in the log's order.
    pub(super) fn take(&mut self, followed: Followed<Entry>) {
        match followed {
            Ok(entry) => self.fold(entry),
            Err(entry) => self.breaches.push(Breach::Unreadable { index: entry.index }),
        }
    }

    fn fold(&mut self, entry: Logged<Entry>) {
        let (index, statement) = (entry.index(), entry.id());
        if !self.seen.insert(statement) {
            return;
        }
        let mut custodial = matches!(
            entry.statement(),
            Entry::CustodianApproval(_) | Entry::MakerApproval(_) | Entry::ExpiryKey(_) | Entry::Withdrawal(_)
        );
        // Each kind takes its own; what has no standing is kept as a breach.
        let taken = match entry.statement() {
            Entry::AgencyApproval(_) => narrow(entry).map(|approval| self.agencies.add(&approval, &self.trust)),
            Entry::CustodianApproval(_) => narrow(entry).map(|approval| self.custodians.add(&approval, &self.trust)),
            Entry::MakerApproval(_) => narrow(entry).map(|approval| self.makers.add(&approval, &self.trust)),
            Entry::Withdrawal(withdrawal) => {
                let registrar = self.trust.registrars().contains(entry.signer());
                match withdrawal.kind {
                    // It counts for whoever sees it, whose time is this at least.
                    WithdrawalKind::Approvals if registrar => {
                        self.withdrawn.add(withdrawal.key, index, entry.existed_by().min(self.time()));
                    }
                    WithdrawalKind::Camera if registrar => {
                        custodial = self.withdrawn.add_camera(withdrawal.key, index);
                    }
                    _ => {}
                }
                Some(registrar)
            }
            Entry::Request(_) => narrow(entry).map(|request| self.fold_request(request)),
            Entry::Release(_) => narrow(entry).map(|release| self.fold_release(release)),
            Entry::ExpiryKey(_) => narrow(entry).map(|key| self.fold_expiry_key(key)),
            Entry::CustodianStart(_) => narrow(entry).map(|start| self.fold_start(start)),
            Entry::AnswerNotice(_) => narrow(entry).map(|notice| self.fold_notice(notice)),
            Entry::RevocationNotice(notice) => {
                let standing = self.custodian_signs(&notice.custodian, &entry);
                if standing {
                    self.revoked.entry(notice.revoked).or_default().insert(notice.custodian.clone());
                }
                Some(standing)
            }
            Entry::Receipt(_) => {
                narrow::<Receipt>(entry).map(|receipt| self.fold_receipt(&receipt, index, receipt.existed_by()))
            }
            Entry::CarriedReceipt(carried) => {
                let standing = self.custodian_signs(&carried.custodian, &entry);
                match Signed::clone(&carried.receipt).verify() {
                    Ok(receipt) if standing => Some(self.fold_receipt(&receipt, index, entry.existed_by())),
                    _ => Some(false),
                }
            }
            Entry::Outcome(_) => narrow(entry).map(|outcome| self.fold_outcome(&outcome)),
            Entry::Disclosure(_) => narrow(entry).map(|disclosure| self.fold_disclosure(disclosure)),
        };
        if custodial && taken == Some(true) {
            self.custodial.insert(index);
        }
        if taken != Some(true) {
            self.breaches.push(Breach::NotApproved { index, statement });
        }
    }

    fn fold_request(&mut self, logged: Logged<Request>) -> bool {
        let request = logged.statement();
        let standing = self.agency_signs(&request.agency, &logged);
        let made = standing.then(|| self.anchors.made(&request.anchor, &self.trust)).flatten();
        let (place, made) = (self.signers.place(&logged), made.map(|made| made.not_before));
        self.breaches.extend(self.requests.add(logged, place, standing, made, self.joined));
        standing
    }

    fn fold_release(&mut self, logged: Logged<Release>) -> bool {
        let Some(terms) = released_terms(logged.statement()) else {
            self.breaches.push(Breach::BadRelease { index: logged.index(), statement: logged.id() });
            return true;
        };
        let standing = self.agency_signs(&terms.statement().agency, &logged);
        let place = self.signers.place(&logged);
        self.grants.release(logged, place, terms, standing);
        standing
    }

    fn fold_expiry_key(&mut self, logged: Logged<ExpiryKey>) -> bool {
        let ExpiryKey { custodian, epoch, key } = logged.statement();
        if !self.custodian_signs(custodian, &logged) {
            return false;
        }
        let whose = (custodian.clone(), *epoch);
        if let Some(first) = self.expiry_keys.get_mut(&whose) {
            // Neither is used any more: nobody knows which of them would be destroyed.
            first.usable = false;
            let (index, statement, earlier) = (logged.index(), logged.id(), first.id);
            self.breaches.push(Breach::SecondExpiryKey { index, statement, earlier });
        } else {
            let place = self.signers.place(&logged);
            let entry = ExpiryEntry { id: logged.id(), key: key.fingerprint(), usable: true, place };
            self.expiry_keys.insert(whose.clone(), entry);
            self.open_expiry_keys.insert(whose, logged);
        }
        true
    }

    fn fold_start(&mut self, logged: Logged<CustodianStart>) -> bool {
        let standing = self.custodian_signs(&logged.statement().custodian, &logged);
        if standing {
            self.starts.insert(logged.id(), logged);
        }
        standing
    }

    fn fold_notice(&mut self, logged: Logged<AnswerNotice>) -> bool {
        let standing = self.custodian_signs(&logged.statement().custodian, &logged);
        if standing {
            let place = self.signers.place(&logged);
            self.grants.notice(logged, place);
        }
        standing
    }

    fn fold_receipt(&mut self, receipt: &Verified<Receipt>, index: u64, existed_by: Timestamp) -> bool {
        let stated = receipt.statement();
        let made = self.anchors.made(&stated.anchor, &self.trust);
        let (signer, keys) = (self.signers.number(receipt.signer()), stated.keys.clone());
        self.receipts.insert((stated.subject, index), ReceiptEntry { signer, keys, existed_by, made });
        true
    }

    fn fold_outcome(&mut self, logged: &Logged<Outcome>) -> bool {
        let Outcome { agency, request, result } = logged.statement();
        let standing = self.agency_signs(agency, logged);
        let own = self.requests.get_mut(*request).filter(|asked| standing && asked.agency == *agency);
        // The latest report counts: a charge may become a conviction.
        own.map(|asked| asked.outcome = Some(*result)).is_some()
    }

    fn fold_disclosure(&mut self, logged: Logged<Disclosure>) -> bool {
        let agency = self.agency_signs(&logged.statement().agency, &logged);
        let standing = agency || self.trust.registrars().contains(logged.signer());
        if standing {
            self.disclosures.push(logged);
        }
        standing
    }

    /// Whether the statement is signed by the key that the agency was approved with when it was witnessed.
    pub(super) fn agency_signs<T>(&self, agency: &AgencyId, logged: &Logged<T>) -> bool {
        self.agencies.signs(agency, logged.signer(), logged.existed_by(), &self.withdrawn)
    }

    /// Whether the statement is signed by the key that the custodian was approved with when it was witnessed.
    pub(super) fn custodian_signs<T>(&self, custodian: &CustodianId, logged: &Logged<T>) -> bool {
        self.custodians.signs(custodian, logged.signer(), logged.existed_by(), &self.withdrawn)
    }
}

/// What an anchor says of the statement that it stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Made {
    /// The statement is not older than this.
    pub not_before: Timestamp,
    /// Its signer knew the log up to this size.
    pub size: u64,
}

/// The anchors that were verified lately: many statements name the same.
#[derive(Debug, Default)]
struct Anchors(BTreeMap<Vec<u8>, Option<Made>>);

impl Anchors {
    const MOST: usize = 256;

    fn made(&mut self, anchor: &Anchor, trust: &TrustRoots) -> Option<Made> {
        if let Some(made) = self.0.get(anchor.as_bytes()) {
            return *made;
        }
        let verified = Witnessed::verify(anchor.as_bytes(), trust.log()).ok();
        let made = verified.map(|anchor| Made { not_before: anchor.not_before(), size: anchor.checkpoint().size() });
        if self.0.len() >= Self::MOST {
            self.0.clear();
        }
        self.0.insert(anchor.as_bytes().to_vec(), made);
        made
    }
}

/// The entry as what it is.
fn narrow<T: Statement + TryFrom<Entry>>(entry: Logged<Entry>) -> Option<Logged<T>> {
    entry.try_map(T::try_from).ok()
}
