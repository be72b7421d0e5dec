//! The residents' side.

use std::io::Cursor;

use footage::clip::{ClipError, FinishedClip};
use footage::crypto::Secret;
use footage::policy::Proposal;
use footage::record::*;
use footage::resident::{Consenting, MemoryKeeper, OwnClip, consent, matching};

use super::super::action::{HOUR, Range, Reader, SECOND};
use super::super::rules::{CLIPS, NOON, Outcome, STARTED};
use super::founding::camera_key;
use super::{Found, Given, Town, ledger, refused};
use crate::common::at;

/// How far east of the town's centre each home is, in metres.
pub const HOMES: [f64; 2] = [0.0, 2000.0];

impl Town {
    pub(super) fn check(&mut self, request: usize) -> Found {
        let now = self.clock(Reader::Resident);
        let ledger = ledger!(self, Reader::Resident);
        let request = ledger.request(self.requests[request].id()).map_err(refused)?;
        self.founding.policy.check(&request, ledger, now).map_err(refused)?;
        let cameras = self.founding.home.cameras(at(NOON));
        let clips = [0, 1].map(|home| {
            let seconds = CLIPS[home].iter().filter(|media| **media).count() as u64;
            let span = Window::new(at(STARTED[home]), at(STARTED[home] + seconds * SECOND)).unwrap();
            OwnClip { clip: self.founding.clip_ids[home], camera: camera_key(home), span }
        });
        let matches = matching(&request, &cameras, &clips);
        let home = |clip: ClipId| self.founding.clip_ids.iter().position(|id| *id == clip).unwrap();
        Ok(Outcome::Matches(matches.iter().map(|found| home(found.clip)).collect()))
    }

    pub(super) fn consent(&mut self, request: usize, home: usize, (from, to): Range, days: u64, late: bool) -> Found {
        let now = self.clock(Reader::Resident);
        let ledger = ledger!(self, Reader::Resident);
        let request = ledger.request(self.requests[request].id()).map_err(refused)?;
        let mut clip = FinishedClip::open(Cursor::new(&self.founding.clips[home])).unwrap();
        // A resident of the model grants media that one init segment plays.
        if !(from..to).all(|segment| CLIPS[home].get(segment as usize).is_none_or(|media| *media)) {
            return Err(refused(ClipError::EmptyRange));
        }
        // A group begins with its init segment, which the model grants beside the range.
        let begins = if from > 0 && !CLIPS[home][from as usize - 1] { from - 1 } else { from };
        let selection = clip.select_segments(begins, to).map_err(refused)?;
        let (group, days) = (GroupId::new("town").unwrap(), Days::new(days).unwrap());
        let selections = &[selection];
        let proposal = Proposal { request: &request, selections, group: &group, days };
        let permit = self.founding.policy.permit(&proposal, ledger, now).map_err(refused)?;
        let clip = self.founding.home.own(clip, at(NOON)).unwrap();
        let now = if late { permit.valid_until().max(now).after(Millis(HOUR)) } else { now };
        let (words, mut excerpt) = ("At the door.", Vec::new());
        let (mut clips, long_term) = ([clip], &Secret::take(&mut [8; 32]));
        let consenting = Consenting { permit, clips: &mut clips, ledger, words, now, long_term };
        let keeper = &mut MemoryKeeper::default();
        let kept = consent(consenting, &mut self.random).map_err(refused)?.keep(keeper).unwrap();
        let given = kept.write(&mut clips, keeper, now, &mut excerpt).map_err(refused)?;
        let revocation = *given.consent.revocation;
        self.grants.push(Given { excerpt, terms: given.terms, revocation });
        Ok(Outcome::Done)
    }
}
