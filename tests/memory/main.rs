//! Memory: how much of it is needed, and what is left in it. Every test measures its own thread.
#![allow(missing_docs)]

mod bounds;
mod buffers;
#[cfg(feature = "video")]
mod day;
#[cfg(feature = "video")]
mod live;
mod memory;
#[cfg(feature = "video")]
mod recordings;

use footage_support::counting::Counting;
use footage_support::looking::Looking;

#[global_allocator]
static ALLOCATOR: Looking<Counting> = Looking(Counting);
