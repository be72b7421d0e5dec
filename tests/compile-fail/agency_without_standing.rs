//! P7: the policy takes a request whose agency had standing for it. One that is signed, valid, or merely logged is not that.

use footage::clip::Selection;
use footage::ledger::Standing;
use footage::policy::Proposal;
use footage::record::{Days, GroupId, Request, Signed, Verified};
use footage::tlog::Logged;

fn signed<'a>(request: &'a Signed<Request>, selection: Selection, group: &'a GroupId) -> Proposal<'a> {
    Proposal { request, selection, group, days: Days::ONE }
}

fn verified<'a>(request: &'a Verified<Request>, selection: Selection, group: &'a GroupId) -> Proposal<'a> {
    Proposal { request, selection, group, days: Days::ONE }
}

fn logged<'a>(request: &'a Logged<Request>, selection: Selection, group: &'a GroupId) -> Proposal<'a> {
    Proposal { request, selection, group, days: Days::ONE }
}

fn standing<'a>(request: &'a Standing<Request>, selection: Selection, group: &'a GroupId) -> Proposal<'a> {
    Proposal { request, selection, group, days: Days::ONE }
}

fn main() {}
