//! Only a proof of inclusion makes a logged statement, and only a quorum of witnesses a witnessed checkpoint.

use footage::record::{Request, Verified};
use footage::tlog::{Checkpoint, Logged, Witnessed};

fn logged(verified: Verified<Request>, other: Logged<Request>) -> Logged<Request> {
    Logged { verified, ..other }
}

fn witnessed(checkpoint: Checkpoint, other: Witnessed) -> Witnessed {
    Witnessed { checkpoint, ..other }
}

fn main() {}
