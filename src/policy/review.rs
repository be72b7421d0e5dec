use crate::crypto::VerifyingKey;
use crate::ledger::{Standing, Usage, View};
use crate::record::{AgencyApproval, Basis, Millis, Request, Timestamp};
use crate::tlog::Witnessed;

use super::refusal::{Findings, Refusal, Rule};
use super::rules::Policy;

/// A request with the facts about it from the log.
#[derive(Clone, Copy)]
pub(super) struct Form<'a> {
    request: &'a Request,
    /// The earliest time at which it was made, by its anchor.
    made: Option<Timestamp>,
    /// The agency's usage, up to and including this request.
    usage: Usage,
}

impl<'a> Form<'a> {
    pub(super) fn of(request: &'a Standing<Request>, ledger: &View) -> Self {
        Self { request: request.statement(), made: ledger.made(request.id()), usage: ledger.usage(request) }
    }
}

impl Policy {
    /// Checks a request as anybody can who has the log alone, as it stood when it was made: its form, the agency's
    /// jurisdiction at that time, and how much the agency had asked for.
    ///
    /// What a device has to check besides, [`check`](Self::check) does. How the agency numbered its requests and used its
    /// keys is no matter of policy: the [breaches](View::breaches) tell.
    pub fn review(&self, request: &Standing<Request>, ledger: &View) -> Result<(), Refusal> {
        let mut findings = Findings::default();
        let known = ledger.request(request.id()).is_ok();
        findings.require(Rule::Standing, known, "a request that this log does not hold", "a logged request");
        let agency = &request.statement().agency;
        let approval = ledger.agency_by_key(agency, request.signer(), request.existed_by());
        self.check_form(&Form::of(request, ledger), approval.as_ref(), &mut findings);
        findings.finish()
    }

    /// Checks a request before its agency signs it, as if it were logged now, by the same rules as residents, custodians and
    /// auditors later. `key` is the agency's, and `anchor` the checkpoint that the request names.
    pub fn check_draft(
        &self,
        request: &Request,
        key: &VerifyingKey,
        anchor: &Witnessed,
        ledger: &View,
    ) -> Result<(), Refusal> {
        let mut findings = Findings::default();
        let approval = ledger.agency(&request.agency, ledger.time().max(anchor.not_before()));
        let approved = approval.as_ref().is_some_and(|approval| approval.key == *key);
        findings.require(
            Rule::AgencyApproved,
            approved,
            format_args!("{} not approved with this key", request.agency),
            "an approved agency",
        );
        findings.require(
            Rule::Open,
            anchor.not_before() < request.open_until,
            format_args!("closed at {}", request.open_until),
            format_args!("after {}", anchor.not_before()),
        );
        let strong = !self.post_quantum || request.key.algorithm().is_post_quantum();
        findings.require(Rule::PostQuantum, strong, "a request key without post-quantum protection", "X-Wing");
        let form = Form { request, made: Some(anchor.not_before()), usage: ledger.usage_with(request) };
        self.check_form(&form, approval.as_ref(), &mut findings);
        findings.finish()
    }

    /// Checks the rules that the agency, the resident's app and the auditor share.
    pub(super) fn check_form(&self, form: &Form<'_>, approval: Option<&AgencyApproval>, findings: &mut Findings) {
        let Form { request: asked, made, usage } = *form;
        if let Some(cell) = asked.cells.iter().find(|cell| cell.resolution() != self.resolution_at(*cell)) {
            findings.require(
                Rule::Resolution,
                false,
                format_args!("cell {cell} of resolution {}", cell.resolution()),
                format_args!("resolution {} there", self.resolution_at(cell)),
            );
        }
        if let Some(approval) = approval {
            let within = approval.jurisdiction.covers(&asked.cells);
            findings.require(Rule::Jurisdiction, within, "cells outside the jurisdiction", &approval.name);
        }
        let length = asked.window.length();
        let minutes = |millis: Millis| format!("{} minutes", millis.0 / 60_000);
        findings.require(
            Rule::MinWindow,
            length >= self.min_window,
            minutes(length),
            format_args!("at least {}", minutes(self.min_window)),
        );
        findings.require(
            Rule::MaxWindow,
            length <= self.max_window,
            minutes(length),
            format_args!("at most {}", minutes(self.max_window)),
        );
        if let Some(made) = made {
            // No later than the anchor, whose time is a lower bound of the request's.
            let ends = asked.window.to();
            findings.require(
                Rule::PastWindow,
                ends <= made,
                format_args!("a window up to {ends}"),
                format_args!("one that ends by {made}"),
            );
            let open = asked.open_until.since(made);
            findings.require(
                Rule::OpenTime,
                open <= self.max_open.millis(),
                format_args!("open until {}", asked.open_until),
                format_args!("at most {} days from {made}", self.max_open.number()),
            );
        } else {
            findings.require(Rule::Anchor, false, "another anchor", "a witnessed checkpoint of this log");
        }
        findings.require(Rule::Offence, !asked.offence.is_catch_all(), asked.offence, "any other offence");
        findings.require(
            Rule::Retention,
            asked.retention <= self.max_retention,
            format_args!("{} days", asked.retention.number()),
            format_args!("at most {} days", self.max_retention.number()),
        );
        findings.require(
            Rule::PerCase,
            usage.for_the_case <= self.per_case as usize,
            format_args!("{} requests for the case", usage.for_the_case),
            format_args!("at most {}", self.per_case),
        );
        // Legal process is counted apart and does not use the budget up.
        let within = asked.basis != Basis::Voluntary || usage.in_30_days <= self.budget as usize;
        findings.require(
            Rule::Budget,
            within,
            format_args!("{} requests in 30 days", usage.in_30_days),
            format_args!("at most {}", self.budget),
        );
    }
}
