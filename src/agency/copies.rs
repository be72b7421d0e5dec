//! The copies of excerpts in the agency's objects.

use std::io::{Read, Seek};

use crate::grant::{Excerpt, ExcerptError};
use crate::record::StatementId;
use crate::store::Store;

use super::agency::Agency;
use super::error::AgencyError;
use super::reader::{ExcerptReader, PIECE, folder_of, piece};

impl<S: Store> Agency<S> {
    /// Copies an excerpt into the objects, and checks the copy: the file may have changed since it was checked.
    pub(super) fn copy_in<R: Read + Seek>(&mut self, excerpt: &mut Excerpt<R>) -> Result<(), AgencyError> {
        let (terms, length) = (excerpt.terms().id(), excerpt.length());
        let source = excerpt.rewound().map_err(ExcerptError::from)?;
        let (mut left, mut buffer) = (length, Vec::new());
        for number in 0.. {
            if left == 0 {
                break;
            }
            buffer.resize(left.min(PIECE) as usize, 0);
            source.read_exact(&mut buffer).map_err(ExcerptError::from)?;
            self.objects.put(&piece(terms, number)?, &buffer)?;
            left -= buffer.len() as u64;
        }
        let copy = Excerpt::open(self.reader(terms, length))?;
        let same = *copy.terms() == *excerpt.terms() && *copy.envelope() == *excerpt.envelope();
        if same && copy.length() == length { Ok(()) } else { Err(ExcerptError::Altered("file").into()) }
    }

    pub(super) fn reader(&self, terms: StatementId, length: u64) -> ExcerptReader {
        ExcerptReader::new(self.objects.clone(), terms, length)
    }

    /// Deletes the copy of a grant, and reads back that nothing of it is left.
    pub(super) fn delete_copy(&self, terms: StatementId) -> Result<(), AgencyError> {
        let folder = folder_of(terms)?;
        for path in self.objects.list(Some(&folder))? {
            self.objects.delete(&path)?;
        }
        match self.objects.list(Some(&folder))?.first() {
            None => Ok(()),
            Some(left) => Err(AgencyError::NotErased(left.to_string())),
        }
    }
}
