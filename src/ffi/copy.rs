//! A copy of the log in memory, for those who prove its entries to others.

use crate::tlog::LogCopy;

/// Does something with a copy that has these entries, too. If that fails, they are not in it.
pub(super) fn extended<T, E>(
    copy: &mut LogCopy,
    entries: &[Vec<u8>],
    work: impl FnOnce(&LogCopy) -> Result<T, E>,
) -> Result<T, E> {
    let known = copy.entries().len();
    copy.extend(entries.iter().cloned());
    let done = work(copy);
    if done.is_err() {
        // It is made anew: a log that is not to be relied on is rare.
        let before = core::mem::take(copy);
        copy.extend(before.entries().iter().take(known).cloned());
    }
    done
}
