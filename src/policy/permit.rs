use crate::cbor::limits;
use crate::clip::Selection;
use crate::crypto::{Digest, KemPublicKey};
use crate::grant::Holder;
use crate::ledger::{Standing, View};
use crate::record::{AgencyId, CustodianApproval, Days, Epoch, GroupId, Request, StatementId, Timestamp};

use super::refusal::{Findings, Refusal, Rule};
use super::review::Form;
use super::rules::Policy;

/// What a resident is about to grant, and to whom.
///
/// # Compile-time guarantees
///
/// The request must have standing. That it is signed, valid or logged is not enough:
///
/// ```
/// # use footage::{clip::Selection, policy::Proposal, record::{Days, GroupId, Request}};
/// # type Made<'a> = footage::ledger::Standing<Request>;
/// # fn made<'a>(request: &'a Made<'a>, selections: &'a [Selection], group: &'a GroupId) -> Proposal<'a> {
/// Proposal { request, selections, group, days: Days::ONE } // of a `Standing<Request>`
/// # }
/// ```
///
/// ```compile_fail,E0308
/// # use footage::{clip::Selection, policy::Proposal, record::{Days, GroupId, Request}};
/// # type Made<'a> = footage::record::Signed<Request>;
/// # fn made<'a>(request: &'a Made<'a>, selections: &'a [Selection], group: &'a GroupId) -> Proposal<'a> {
/// Proposal { request, selections, group, days: Days::ONE } // of a `Signed<Request>`
/// # }
/// ```
///
/// ```compile_fail,E0308
/// # use footage::{clip::Selection, policy::Proposal, record::{Days, GroupId, Request}};
/// # type Made<'a> = footage::record::Verified<Request>;
/// # fn made<'a>(request: &'a Made<'a>, selections: &'a [Selection], group: &'a GroupId) -> Proposal<'a> {
/// Proposal { request, selections, group, days: Days::ONE } // of a `Verified<Request>`
/// # }
/// ```
///
/// ```compile_fail,E0308
/// # use footage::{clip::Selection, policy::Proposal, record::{Days, GroupId, Request}};
/// # type Made<'a> = footage::tlog::Logged<Request>;
/// # fn made<'a>(request: &'a Made<'a>, selections: &'a [Selection], group: &'a GroupId) -> Proposal<'a> {
/// Proposal { request, selections, group, days: Days::ONE } // of a `Logged<Request>`
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Proposal<'a> {
    /// The request that it answers.
    pub request: &'a Standing<Request>,
    /// What of which clips, in any order.
    pub selections: &'a [Selection],
    /// The group of custodians who shall hold the other half.
    pub group: &'a GroupId,
    /// For how many days access shall last.
    pub days: Days,
}

/// The policy has passed: consent may be given to exactly this, for a short while.
///
/// Only [`Policy::permit`] makes one, and [`resident::consent`](crate::resident::consent) uses it up.
///
/// # Compile-time guarantees
///
/// A permit is good for one grant:
///
/// ```
/// # use std::fs::File;
/// # use footage::{crypto::{OsRandom, Secret}, policy::Permit, record::Timestamp};
/// # use footage::resident::{Consenting, OwnedClip, consent};
/// # fn grant(permit: Permit, clips: &mut [OwnedClip<File>], ledger: &footage::ledger::View, long_term: &Secret<32>, now: Timestamp) {
/// #     let _ = consent(Consenting { permit, clips, ledger, words: "", now, long_term }, &mut OsRandom);
/// # }
/// # fn f(permit: Permit, clips: &mut [OwnedClip<File>], ledger: &footage::ledger::View, long_term: &Secret<32>, now: Timestamp) {
/// grant(permit, clips, ledger, long_term, now);
/// # }
/// ```
///
/// ```compile_fail,E0382
/// # use std::fs::File;
/// # use footage::{crypto::{OsRandom, Secret}, policy::Permit, record::Timestamp};
/// # use footage::resident::{Consenting, OwnedClip, consent};
/// # fn grant(permit: Permit, clips: &mut [OwnedClip<File>], ledger: &footage::ledger::View, long_term: &Secret<32>, now: Timestamp) {
/// #     let _ = consent(Consenting { permit, clips, ledger, words: "", now, long_term }, &mut OsRandom);
/// # }
/// # fn f(permit: Permit, clips: &mut [OwnedClip<File>], ledger: &footage::ledger::View, long_term: &Secret<32>, now: Timestamp) {
/// grant(permit, clips, ledger, long_term, now);
/// grant(permit, clips, ledger, long_term, now);
/// # }
/// ```
///
/// It cannot be copied, and nobody else makes or alters one:
///
/// ```compile_fail,E0277
/// # use footage::policy::Permit;
/// # fn f(permit: &Permit) -> Permit {
/// Clone::clone(permit)
/// # }
/// ```
///
/// ```compile_fail,E0451
/// # use footage::{policy::Permit, record::{StatementId, Timestamp}};
/// # fn f(own: Permit, request: StatementId, until: Timestamp) -> Permit {
/// Permit { request, valid_until: until, ..own }
/// # }
/// ```
#[derive(Debug)]
#[must_use]
pub struct Permit {
    pub(crate) request: StatementId,
    pub(crate) agency: AgencyId,
    pub(crate) key: KemPublicKey,
    pub(crate) selections: Vec<Selection>,
    pub(crate) group: GroupId,
    pub(crate) threshold: u8,
    pub(crate) custodians: Vec<Holder>,
    pub(crate) not_before: Timestamp,
    pub(crate) not_after: Epoch,
    pub(crate) valid_until: Timestamp,
    trust: Digest,
    policy: Digest,
}

impl Permit {
    /// The request that it is for.
    pub const fn request(&self) -> StatementId {
        self.request
    }

    /// The last epoch of access.
    pub const fn not_after(&self) -> Epoch {
        self.not_after
    }

    /// Until when it may be used.
    pub const fn valid_until(&self) -> Timestamp {
        self.valid_until
    }

    /// The digest of the trust roots under which it was given.
    pub const fn trust(&self) -> Digest {
        self.trust
    }

    /// The digest of the policy under which it was given.
    pub const fn policy(&self) -> Digest {
        self.policy
    }
}

impl Policy {
    /// Checks a request by itself: whether it may be shown to a resident at all.
    ///
    /// `now` is the device's clock; where witnessed time is later, that counts.
    pub fn check(&self, request: &Standing<Request>, ledger: &View, now: Timestamp) -> Result<(), Refusal> {
        let mut findings = Findings::default();
        self.check_request(request, ledger, now, &mut findings);
        findings.finish()
    }

    /// Checks a request and what is to be granted for it, and permits the grant.
    pub fn permit(&self, proposal: &Proposal<'_>, ledger: &View, now: Timestamp) -> Result<Permit, Refusal> {
        let Proposal { request, selections, group, days } = *proposal;
        let now = now.max(ledger.time());
        let mut findings = Findings::default();
        self.check_request(request, ledger, now, &mut findings);

        let asked = request.statement();
        for span in selections.iter().map(Selection::span) {
            findings.require(
                Rule::RangeInWindow,
                asked.window.covers(span),
                format_args!("{} to {}", span.from(), span.to()),
                format_args!("{} to {}", asked.window.from(), asked.window.to()),
            );
        }
        let some = !selections.is_empty() && selections.len() <= limits::RANGES;
        findings.require(
            Rule::RangeInWindow,
            some,
            format_args!("{} ranges", selections.len()),
            format_args!("1 to {}", limits::RANGES),
        );
        // The day that has begun does not count: at least one whole epoch lies ahead.
        let not_after = now.epoch().plus(days.number());
        let longest = asked.retention.min(self.max_retention);
        findings.require(
            Rule::EndDate,
            days <= longest,
            format_args!("{} days", days.number()),
            format_args!("1 to {} days", longest.number()),
        );
        let members = ledger.group(group, now);
        let threshold = members.first().map_or(0, |member| member.group.threshold());
        let custodians = check_custodians(&members, asked, not_after, ledger, &mut findings);
        let weak = custodians.iter().filter(|holder| !holder.key.algorithm().is_post_quantum()).count();
        let strong = !self.post_quantum || weak == 0;
        findings.require(Rule::PostQuantum, strong, format_args!("{weak} expiry keys without it"), "X-Wing");
        findings.finish()?;
        Ok(Permit {
            request: request.id(),
            agency: asked.agency,
            key: asked.key.clone(),
            selections: selections.to_vec(),
            group: group.clone(),
            threshold,
            custodians,
            // Alike for every grant of the request: when a resident consents is nobody's business, and would link grants.
            not_before: ledger.made(request.id()).unwrap_or_else(|| ledger.time()),
            not_after,
            valid_until: now.after(self.permit),
            trust: ledger.trust().digest(),
            policy: self.digest(),
        })
    }

    fn check_request(&self, request: &Standing<Request>, ledger: &View, now: Timestamp, findings: &mut Findings) {
        let now = now.max(ledger.time());
        let asked = request.statement();
        let behind = now.since(ledger.time());
        findings.require(
            Rule::FreshLog,
            behind <= self.max_behind,
            format_args!("a log last witnessed at {}", ledger.time()),
            format_args!("at most {} minutes before {now}", self.max_behind.0 / 60_000),
        );
        findings.require(
            Rule::Open,
            now < asked.open_until,
            format_args!("closed at {}", asked.open_until),
            format_args!("after {now}"),
        );
        self.check_standing(request, ledger, now, findings);
    }

    /// What everybody requires of a request, also after it closed.
    pub(super) fn check_standing(
        &self,
        request: &Standing<Request>,
        ledger: &View,
        now: Timestamp,
        findings: &mut Findings,
    ) {
        let asked = request.statement();
        // A request that another ledger knows says nothing here.
        let known = ledger.request(request.id()).is_ok();
        findings.require(Rule::Standing, known, "a request that this log does not hold", "a logged request");
        let approval = ledger.agency(&asked.agency, now);
        let approved = approval.as_ref().is_some_and(|approval| approval.key == *request.signer());
        findings.require(
            Rule::AgencyApproved,
            approved,
            format_args!("{} not approved", asked.agency),
            "an approved agency",
        );
        let strong = !self.post_quantum || asked.key.algorithm().is_post_quantum();
        findings.require(Rule::PostQuantum, strong, "a request key without post-quantum protection", "X-Wing");
        self.check_form(&Form::of(request, ledger), approval.as_ref(), findings);
        let conduct = ledger.conduct(request);
        let found =
            if conduct.fresh { "requests that form no chain" } else { "a number or a key that was used before" };
        findings.require(
            Rule::Conduct,
            conduct.fresh && conduct.one_chain,
            found,
            "one chain of requests with fresh keys",
        );
    }
}

/// The group's members with their keys for the last epoch, if they may hold a grant of this agency.
fn check_custodians(
    members: &[CustodianApproval],
    asked: &Request,
    not_after: Epoch,
    ledger: &View,
    findings: &mut Findings,
) -> Vec<Holder> {
    let Some(first) = members.first() else {
        findings.require(Rule::Custodians, false, "no such group", "an approved group");
        return Vec::new();
    };
    let group = &first.group;
    let agreed = members.iter().all(|member| member.group == *group) && members.len() == usize::from(group.size());
    findings.require(
        Rule::Custodians,
        agreed,
        format_args!("{} members approved, or not of one mind", members.len()),
        format_args!("{} members who agree", group.size()),
    );
    let affiliated = members.iter().filter(|member| member.affiliations.contains(&asked.agency)).count();
    findings.require(
        Rule::Affiliation,
        affiliated < usize::from(group.threshold()),
        format_args!("{affiliated} members affiliated with {}", asked.agency),
        format_args!("fewer than {}", group.threshold()),
    );
    let holders: Vec<_> = members
        .iter()
        .filter_map(|member| {
            let key = ledger.expiry_key(&member.custodian, not_after)?;
            let holder =
                Holder { custodian: member.custodian.clone(), expiry: key.id(), key: key.statement().key.clone() };
            Some(holder)
        })
        .collect();
    findings.require(
        Rule::Custodians,
        holders.len() == members.len(),
        format_args!("{} members with a key for epoch {}", holders.len(), not_after.number()),
        members.len(),
    );
    holders
}
