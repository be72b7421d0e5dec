//! The custodians' side.

use footage::custodian::{Custodian, Starting};
use footage::record::*;

use super::super::action::{Brought, CUSTODIANS, Fate, Handed, Reader};
use super::super::rules::{AHEAD, Outcome};
use super::{Found, Town, ledger, refused};
use crate::common::{Disk, read_excerpt};

/// A custodian's process.
pub enum Post {
    Serving(Custodian<Disk>),
    Starting(Starting<Disk>),
}

impl Post {
    pub(super) fn serving(&mut self) -> Result<&mut Custodian<Disk>, String> {
        match self {
            Self::Serving(custodian) => Ok(custodian),
            Self::Starting(_) => Err("it does not serve".into()),
        }
    }
}

impl Town {
    pub(super) fn deliver(&mut self, custodian: usize, release: usize, brought: Brought, fate: Fate) -> Found {
        let now = self.clock(Reader::Custodian(custodian));
        let excerpt = |grant: usize| read_excerpt(&self.grants[grant].excerpt).unwrap();
        let own = excerpt(self.released[release]);
        let wrap = if brought == Brought::OtherWrap { (custodian + 1) % CUSTODIANS } else { custodian };
        let envelope = match brought {
            Brought::OtherEnvelope(grant) => excerpt(grant).envelope().clone(),
            _ => own.envelope().clone(),
        };
        let delivery = Delivery {
            release: self.releases[release].id(),
            envelope: Box::new(envelope.into_signed()),
            wrap: own.custodian_wraps()[wrap].clone(),
        };
        let ledger = ledger!(self, Reader::Custodian(custodian));
        let custodian = self.posts[custodian].serving()?;
        let notice = custodian.notice(&delivery, &self.founding.custodians_policy, ledger, now, &mut self.random);
        let notice = notice.map_err(refused)?;
        self.publish(&notice, fate);
        self.notices.push(notice);
        Ok(Outcome::Done)
    }

    pub(super) fn answer(&mut self, custodian: usize, notice: usize, handed: Handed) -> Found {
        let now = self.clock(Reader::Custodian(custodian));
        let ledger = ledger!(self, Reader::Custodian(custodian));
        let custodian = self.posts[custodian].serving()?;
        let notice = self.notices[notice].id();
        let answer = custodian.answer(notice, &self.founding.custodians_policy, ledger, now, &mut self.random);
        let number = self.answers.len();
        self.answers.push(answer.map_err(refused)?.into_signed());
        match handed {
            Handed::To(agency) => self.hands[agency].push(number),
            Handed::Twice(agency) => self.hands[agency].extend([number, number]),
            Handed::Lost => {}
        }
        Ok(Outcome::Done)
    }

    pub(super) fn revoke(&mut self, custodian: usize, grant: usize, forged: bool, fate: Fate) -> Found {
        let mut revocation = self.grants[grant].revocation.clone();
        if forged {
            let key = &self.founding.keys.stranger;
            revocation = Verified::sign(revocation.statement().clone(), key).into_signed();
        }
        let notice = self.posts[custodian].serving()?.revoke(revocation).map_err(refused)?;
        self.publish(&notice, fate);
        Ok(Outcome::Done)
    }

    pub(super) fn restart(&mut self, custodian: usize, restored: bool, fate: Fate) {
        if restored {
            self.disks[custodian] = Disk::of(self.images[custodian].clone());
        }
        self.starts += 1;
        let (starting, start) = self.founding.keys.start(custodian, self.disks[custodian].clone(), self.starts);
        self.posts[custodian] = Post::Starting(starting);
        self.publish(&start, fate);
    }

    pub(super) fn serve(&mut self, number: usize) -> Found {
        let now = self.clock(Reader::Custodian(number));
        let ledger = ledger!(self, Reader::Custodian(number));
        let (custodian, starting) = match self.posts.remove(number) {
            Post::Serving(custodian) => {
                self.posts.insert(number, Post::Serving(custodian));
                return Err("it serves already".into());
            }
            Post::Starting(starting) => match starting.serve(ledger, now) {
                Ok((custodian, receipts)) => (Post::Serving(custodian), Ok(receipts)),
                Err(not) => (Post::Starting(*not.starting), Err(refused(not.error))),
            },
        };
        self.posts.insert(number, custodian);
        Ok(self.state(&starting?, Fate::Logged))
    }

    pub(super) fn snapshot(&mut self, custodian: usize) {
        self.images[custodian] = self.disks[custodian].image();
    }

    pub(super) fn destroy(&mut self, custodian: usize, fate: Fate) -> Found {
        let now = self.clock(Reader::Custodian(custodian));
        let ledger = ledger!(self, Reader::Custodian(custodian));
        let receipts = match &mut self.posts[custodian] {
            Post::Serving(custodian) => custodian.destroy_ended(ledger, now),
            Post::Starting(starting) => starting.destroy_ended(ledger, now),
        };
        Ok(self.state(&receipts.map_err(refused)?, fate))
    }

    pub(super) fn publish_keys(&mut self, custodian: usize, fate: Fate) -> Found {
        let ledger = ledger!(self, Reader::Custodian(custodian));
        let custodian = self.posts[custodian].serving()?;
        let keys = custodian.publish_keys(ledger, AHEAD as u32, &mut self.random).map_err(refused)?;
        Ok(self.state(&keys, fate))
    }

    fn state<T: Statement>(&mut self, statements: &[Verified<T>], fate: Fate) -> Outcome {
        for statement in statements {
            self.publish(statement, fate);
        }
        Outcome::Statements(statements.len())
    }
}
