use std::thread;

use super::{Signed, Statement, StatementError, Verified};

/// How many statements make it worth to start a thread.
const WORTHWHILE: usize = 64;

/// Verifies many statements on all cores, each by the one rule of [`Signed::verify`]; the results are in order.
pub fn verify_all<T: Statement>(statements: Vec<Signed<T>>) -> Vec<Result<Verified<T>, StatementError>> {
    on_all_cores(statements, Signed::verify)
}

/// Reads and verifies many statements on all cores; the results are in order.
pub fn read_all<T: Statement, B: AsRef<[u8]>>(statements: &[B]) -> Vec<Result<Verified<T>, StatementError>> {
    let statements = statements.iter().map(AsRef::as_ref).collect();
    on_all_cores(statements, |bytes: &[u8]| Signed::from_bytes(bytes).and_then(Signed::verify))
}

fn on_all_cores<I: Send, O: Send>(items: Vec<I>, work: impl Fn(I) -> O + Copy + Send) -> Vec<O> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let share = items.len().div_ceil(cores).max(WORTHWHILE);
    if items.len() <= share {
        return items.into_iter().map(work).collect();
    }
    let mut rest = items.into_iter();
    let shares = core::iter::from_fn(|| {
        let share: Vec<_> = rest.by_ref().take(share).collect();
        (!share.is_empty()).then_some(share)
    });
    thread::scope(|scope| {
        let threads: Vec<_> =
            shares.map(|share| scope.spawn(move || share.into_iter().map(work).collect::<Vec<_>>())).collect();
        let done = threads.into_iter().map(|thread| match thread.join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        done.flatten().collect()
    })
}
