use core::iter::Peekable;
use std::io::Result;

use super::index::Half;

/// A statement and its index. Ordered like this, the first index of a statement comes first.
pub(super) type Record = (Half, u64);

/// Records of several sources, each in order, in one order; of each statement only the first.
pub(super) struct Merge<'a> {
    sources: Vec<Peekable<Box<dyn Iterator<Item = Result<Record>> + 'a>>>,
    last: Option<Half>,
}

impl<'a> Merge<'a> {
    pub(super) fn new(sources: impl IntoIterator<Item = Box<dyn Iterator<Item = Result<Record>> + 'a>>) -> Self {
        Self { sources: sources.into_iter().map(Iterator::peekable).collect(), last: None }
    }
}

impl Iterator for Merge<'_> {
    type Item = Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let mut least: Option<(usize, Record)> = None;
            for (at, source) in self.sources.iter_mut().enumerate() {
                match source.peek() {
                    Some(Ok(record)) if least.is_none_or(|(_, least)| *record < least) => least = Some((at, *record)),
                    Some(Err(_)) => return source.next(),
                    _ => {}
                }
            }
            let (at, record) = least?;
            self.sources[at].next();
            if self.last.replace(record.0) != Some(record.0) {
                return Some(Ok(record));
            }
        }
    }
}
