use crate::ledger::{Standing, View};
use crate::record::{Request, Terms, Timestamp};

use super::refusal::{Findings, Refusal, Rule};
use super::rules::Policy;

impl Policy {
    /// Checks the terms of a grant before its agency signs a release of it: whether custodians would answer, and nobody would
    /// find a fault in it.
    ///
    /// `now` is the agency's clock; where witnessed time is later, that counts.
    pub fn check_release(
        &self,
        terms: &Terms,
        request: &Standing<Request>,
        ledger: &View,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let now = now.max(ledger.time());
        let mut findings = Findings::default();
        self.check_standing(request, ledger, now, &mut findings);
        let lasts = terms.not_before <= now && now < terms.not_after.end();
        findings.require(
            Rule::EndDate,
            lasts,
            format_args!("access from {} to {}", terms.not_before, terms.not_after.end()),
            format_args!("access at {now}"),
        );
        self.check_scope(terms, request, ledger, &[now], &mut findings);
        findings.finish()
    }

    /// Checks the terms of a grant before its agency takes it in: whether a release of it could ever be answered.
    ///
    /// It takes no clock and no present approval: a condition that a release could still wait for does not count against the
    /// terms. If the log was followed to its end, terms that this refuses stay worthless.
    pub fn check_terms(&self, terms: &Terms, request: &Standing<Request>, ledger: &View) -> Result<(), Refusal> {
        let mut findings = Findings::default();
        let ends = terms.not_after.end();
        findings.require(
            Rule::EndDate,
            terms.not_before < ends && ledger.time() < ends,
            format_args!("access from {} to {ends}", terms.not_before),
            format_args!("access that has not ended at {}", ledger.time()),
        );
        // It is enough that the group was in force at some time since the request.
        self.check_scope(terms, request, ledger, &[ledger.time(), request.existed_by()], &mut findings);
        findings.finish()
    }

    /// Checks the rules that do not depend on when the terms are released: the agency, the dates and the custody.
    fn check_scope(
        &self,
        terms: &Terms,
        request: &Standing<Request>,
        ledger: &View,
        times: &[Timestamp],
        findings: &mut Findings,
    ) {
        let asked = request.statement();
        let own = terms.request == request.id() && terms.agency == asked.agency;
        findings.require(Rule::Standing, own, "terms for another request or agency", "terms for this request");
        let longest = asked.open_until.epoch().plus(asked.retention.min(self.max_retention).number());
        findings.require(
            Rule::EndDate,
            terms.not_after <= longest,
            format_args!("until epoch {}", terms.not_after.number()),
            format_args!("until epoch {} at most", longest.number()),
        );
        self.check_custody(terms, ledger, times, findings);
    }

    /// Checks that enough of the custodians have the expiry key that the terms name, and that the group and its threshold
    /// were in force at one of these times.
    fn check_custody(&self, terms: &Terms, ledger: &View, times: &[Timestamp], findings: &mut Findings) {
        let custody = &terms.custody;
        let (mut serving, mut affiliated, mut weak) = (0, 0, 0);
        for member in custody.members() {
            let approvals = times.iter().filter_map(|time| ledger.custodian(&member.custodian, *time));
            let approvals: Vec<_> = approvals.collect();
            affiliated += usize::from(approvals.iter().any(|held| held.affiliations.contains(&terms.agency)));
            let grouped = approvals
                .iter()
                .any(|held| held.group.id() == custody.group() && held.group.threshold() == custody.threshold());
            let key = ledger.expiry_key(&member.custodian, terms.not_after).filter(|key| key.id() == member.expiry);
            let Some(key) = key.filter(|_| grouped) else { continue };
            serving += 1;
            weak += usize::from(!key.statement().key.algorithm().is_post_quantum());
        }
        let threshold = usize::from(custody.threshold());
        findings.require(
            Rule::Custodians,
            serving >= threshold,
            format_args!("{serving} members with this group, threshold and expiry key"),
            format_args!("at least {threshold}"),
        );
        findings.require(
            Rule::Affiliation,
            affiliated < threshold,
            format_args!("{affiliated} members affiliated with {}", terms.agency),
            format_args!("fewer than {threshold}"),
        );
        let strong = !self.post_quantum || weak == 0;
        findings.require(Rule::PostQuantum, strong, format_args!("{weak} expiry keys without it"), "X-Wing");
    }
}
