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
        let lasts = terms.not_before <= now && now < terms.not_after.end();
        findings.require(
            Rule::EndDate,
            lasts,
            format_args!("access from {} to {}", terms.not_before, terms.not_after.end()),
            format_args!("access at {now}"),
        );
        self.check_custody(terms, ledger, now, &mut findings);
        findings.finish()
    }

    /// Enough of the custodians have the group, the threshold and the expiry key that the terms name.
    fn check_custody(&self, terms: &Terms, ledger: &View, now: Timestamp, findings: &mut Findings) {
        let custody = &terms.custody;
        let (mut serving, mut affiliated, mut weak) = (0, 0, 0);
        for member in custody.members() {
            let Some(approval) = ledger.custodian(&member.custodian, now) else { continue };
            affiliated += usize::from(approval.affiliations.contains(&terms.agency));
            let grouped = approval.group.id() == custody.group() && approval.group.threshold() == custody.threshold();
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
