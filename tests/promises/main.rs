//! The promises, each attacked with all that the attacker of the [threat model](footage::docs) has. A test that passes is an attack that
//! failed.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub)]

mod forge;
mod p01_agency_only;
mod p01_randomness;
mod p02_threshold;
mod p03_end_date;
mod p04_range;
mod p05_scope;
mod p06_integrity;
mod p07_durable;
mod p07_rules;
mod p07_standing;
mod p08_no_live;
mod p09_silence;
mod p10_p11_public;
mod p12_receipts;
mod p13_log;
mod p14_clocks;
mod p15_quantum;

use footage_support::{common, durable};
