//! The promises, each attacked with all that the attacker of the [threat model](footage::docs) has. A test that passes is an attack that
//! failed.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub)]

mod common;
mod durable;

#[path = "promises/forge.rs"]
mod forge;
#[path = "promises/p01_agency_only.rs"]
mod p1;
#[path = "promises/p10_p11_public.rs"]
mod p10_p11;
#[path = "promises/p12_receipts.rs"]
mod p12;
#[path = "promises/p13_log.rs"]
mod p13;
#[path = "promises/p14_clocks.rs"]
mod p14;
#[path = "promises/p15_quantum.rs"]
mod p15;
#[path = "promises/p16_one_content.rs"]
mod p16;
#[path = "promises/p02_threshold.rs"]
mod p2;
#[path = "promises/p03_end_date.rs"]
mod p3;
#[path = "promises/p04_range.rs"]
mod p4;
#[path = "promises/p05_scope.rs"]
mod p5;
#[path = "promises/p06_integrity.rs"]
mod p6;
#[path = "promises/p07_rules.rs"]
mod p7;
#[path = "promises/p07_durable.rs"]
mod p7_durable;
#[path = "promises/p07_standing.rs"]
mod p7_standing;
#[path = "promises/p08_no_live.rs"]
mod p8;
#[path = "promises/p09_silence.rs"]
mod p9;
