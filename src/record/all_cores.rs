use std::collections::BTreeMap;
use std::thread;

use crate::cbor::{CborError, Reader};
use crate::crypto::VerifyingKey;

use super::{Signed, Statement, StatementError, Verified};

/// How many statements make it worth to start a thread.
const WORTHWHILE: usize = 64;

/// Verifies many statements on all cores, each by the one rule of [`Signed::verify`]; the results are in order.
pub fn verify_all<T: Statement>(statements: Vec<Signed<T>>) -> Vec<Result<Verified<T>, StatementError>> {
    on_all_cores(statements, |_, signed| signed.verify())
}

/// Reads and verifies many statements on all cores; the results are in order.
pub fn read_all<T: Statement, B: AsRef<[u8]>>(statements: &[B]) -> Vec<Result<Verified<T>, StatementError>> {
    let statements = statements.iter().map(AsRef::as_ref).collect();
    on_all_cores(statements, |keys, bytes: &[u8]| {
        Signed::from_bytes_by(bytes, &mut |from| keys.read(from)).and_then(Signed::verify)
    })
}

/// The keys that one thread has read lately. A log has few signers, and to find the point of a key again for each of its
/// statements costs a tenth of what verifying them does.
#[derive(Default)]
struct Keys(BTreeMap<[u8; 32], VerifyingKey>);

impl Keys {
    const MOST: usize = 1024;

    fn read(&mut self, from: &mut Reader<'_>) -> Result<VerifyingKey, CborError> {
        let bytes = from.bytes_of()?;
        if let Some(known) = self.0.get(&bytes) {
            return Ok(*known);
        }
        if self.0.len() == Self::MOST {
            self.0.clear();
        }
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| CborError::Value("VerifyingKey"))?;
        self.0.insert(bytes, key);
        Ok(key)
    }
}

fn on_all_cores<I: Send, O: Send>(items: Vec<I>, work: impl Fn(&mut Keys, I) -> O + Copy + Send) -> Vec<O> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let share = items.len().div_ceil(cores).max(WORTHWHILE);
    let work_through = move |share: Vec<I>| {
        let mut keys = Keys::default();
        share.into_iter().map(|item| work(&mut keys, item)).collect::<Vec<_>>()
    };
    if items.len() <= share {
        return work_through(items);
    }
    let mut rest = items.into_iter();
    let shares = core::iter::from_fn(|| {
        let share: Vec<_> = rest.by_ref().take(share).collect();
        (!share.is_empty()).then_some(share)
    });
    thread::scope(|scope| {
        let threads: Vec<_> = shares.map(|share| scope.spawn(move || work_through(share))).collect();
        let done = threads.into_iter().map(|thread| match thread.join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        done.flatten().collect()
    })
}
