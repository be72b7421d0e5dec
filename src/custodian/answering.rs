use crate::crypto::{Label, Random};
use crate::grant::{Share, released_terms};
use crate::ledger::{Ledger, Standing};
use crate::policy::Policy;
use crate::record::{
    AgencyId, Answer, AnswerNotice, Basis, CustodianId, Delivery, Release, Request, Signed, StatementId, Terms,
    Timestamp, Verified,
};

use super::keys::KeyStore;
use super::refusal::RefusedAnswer;
use super::service::{Custodian, CustodianError, Pending};

impl<S: KeyStore> Custodian<S> {
    /// Checks a release in the log and gives notice that it will be answered. Nothing has left yet; the notice is to be
    /// logged.
    pub fn notice(
        &mut self,
        delivery: &Delivery,
        policy: &Policy,
        ledger: &Ledger,
        now: Timestamp,
        random: &mut dyn Random,
    ) -> Result<Verified<AnswerNotice>, CustodianError> {
        let time = Self::time(ledger, now)?;
        let release = ledger.release(delivery.release).map_err(RefusedAnswer::from)?;
        let terms = self.check(&release, policy, ledger, time)?;
        check_wrap(&terms, &self.id, delivery)?;
        self.share(&terms, delivery, ledger, time)?;
        let nonce = self.nonce(&[b"notice", terms.id().as_bytes(), release.id().as_bytes()], random)?;
        let notice = AnswerNotice { custodian: self.id.clone(), terms: terms.id(), release: release.id(), nonce };
        let notice = Verified::sign(notice, &self.key);
        self.pending.insert(notice.id(), Pending { delivery: delivery.clone() });
        Ok(notice)
    }

    /// Hands the share out, once its notice is witnessed before the end date. Each notice is answered once.
    pub fn answer(
        &mut self,
        notice: StatementId,
        policy: &Policy,
        ledger: &Ledger,
        now: Timestamp,
        random: &mut dyn Random,
    ) -> Result<Verified<Answer>, CustodianError> {
        let time = Self::time(ledger, now)?;
        let logged = ledger.notice(notice).map_err(RefusedAnswer::from)?;
        let Pending { delivery } = self.pending.get(&notice).ok_or(RefusedAnswer::NoNotice)?;
        let release = ledger.release(delivery.release).map_err(RefusedAnswer::from)?;
        let terms = self.check(&release, policy, ledger, time)?;
        if logged.existed_by() >= terms.statement().not_after.end() {
            return Err(RefusedAnswer::NoticeTooLate.into());
        }
        let recipient = release.statement().key.fingerprint();
        let (grant, released) = (terms.id(), release.id());
        let context: [&[u8]; 5] =
            [b"answer", grant.as_bytes(), released.as_bytes(), notice.as_bytes(), recipient.as_bytes()];
        let drawn = self.hedge(&context, random)?.secret(Label::WRAP, 0);
        let share = self.share(&terms, delivery, ledger, time)?.answer(release.statement(), &drawn)?;
        self.pending.remove(&notice);
        let answer = Answer { custodian: self.id.clone(), terms: terms.id(), release: release.id(), notice, share };
        Ok(Verified::sign(answer, &self.key))
    }

    /// Everything that the log has to say about a release before it is answered.
    fn check(
        &self,
        release: &Standing<Release>,
        policy: &Policy,
        ledger: &Ledger,
        time: Timestamp,
    ) -> Result<Verified<Terms>, CustodianError> {
        let signed = released_terms(release.statement()).ok_or(RefusedAnswer::Terms)?;
        let terms = signed.statement();
        let request = ledger.request(terms.request).map_err(RefusedAnswer::from)?;
        if request.statement().agency != terms.agency {
            return Err(RefusedAnswer::Mismatch("the request is another agency's").into());
        }
        check_agency(&terms.agency, release, &request, policy, ledger, time)?;
        self.check_custody(terms, request.statement(), ledger, time)?;
        if ledger.is_deleted(&signed) {
            return Err(RefusedAnswer::Deleted.into());
        }
        let revoked = terms.grant.revoked_digest();
        if self.store.is_revoked(&revoked)? || ledger.has_revoked(&self.id, &revoked) {
            return Err(RefusedAnswer::Revoked.into());
        }
        if time < terms.not_before {
            return Err(RefusedAnswer::NotYet(terms.not_before).into());
        }
        if time >= terms.not_after.end() {
            return Err(RefusedAnswer::Expired(terms.not_after).into());
        }
        Ok(signed)
    }

    /// The terms name this custodian's own key and group as the log has them, and no longer time than was asked for.
    fn check_custody(
        &self,
        terms: &Terms,
        request: &Request,
        ledger: &Ledger,
        time: Timestamp,
    ) -> Result<(), RefusedAnswer> {
        let custody = &terms.custody;
        let (_, member) = custody.member(&self.id).ok_or(RefusedAnswer::Mismatch("no member of the custody"))?;
        let published = ledger.expiry_key(&self.id, terms.not_after);
        if published.is_none_or(|published| published.id() != member.expiry) {
            return Err(RefusedAnswer::Mismatch("not the key that was published for the last epoch"));
        }
        let group = ledger.custodian(&self.id, time).map(|approval| approval.group);
        if group.is_none_or(|group| group.id() != custody.group() || group.threshold() != custody.threshold()) {
            return Err(RefusedAnswer::Mismatch("not the group as it is approved"));
        }
        if terms.not_after > request.open_until.epoch().plus(request.retention.number()) {
            return Err(RefusedAnswer::Mismatch("a longer time than the request asked for"));
        }
        Ok(())
    }

    /// The share that the resident wrapped to this custodian's key, and to no other. That it was the resident who wrapped
    /// it was checked before notice was given.
    fn share(
        &self,
        terms: &Verified<Terms>,
        delivery: &Delivery,
        ledger: &Ledger,
        time: Timestamp,
    ) -> Result<Share, CustodianError> {
        let (index, not_after) = (index(terms, &self.id)?, terms.statement().not_after);
        let key = self.expiry_key(not_after, time)?;
        // The key as it was published: to make it out of the private one takes as long as to unwrap with it.
        let published = ledger.expiry_key(&self.id, not_after).ok_or(RefusedAnswer::Expired(not_after))?;
        let fingerprint = published.statement().key.fingerprint();
        Share::unwrap(terms, index, &delivery.wrap, &key, &fingerprint)
            .map_err(|error| RefusedAnswer::from(error).into())
    }
}

fn index(terms: &Verified<Terms>, custodian: &CustodianId) -> Result<u8, RefusedAnswer> {
    let member = terms.statement().custody.member(custodian);
    member.map(|(index, _)| index).ok_or(RefusedAnswer::Mismatch("no member of the custody"))
}

/// The wrap is the one that the resident made for this custodian.
fn check_wrap(terms: &Verified<Terms>, custodian: &CustodianId, delivery: &Delivery) -> Result<(), RefusedAnswer> {
    let index = index(terms, custodian)?;
    let envelope = Signed::clone(&delivery.envelope).verify_by(terms.signer()).map_err(|_| RefusedAnswer::Share)?;
    let envelope = envelope.statement();
    let own = envelope.terms == terms.id()
        && envelope.custodian_wraps.get(usize::from(index)) == Some(&delivery.wrap.digest());
    if own { Ok(()) } else { Err(RefusedAnswer::Share) }
}

/// Standing, conduct and budget of the agency: what a phone may not have seen, a custodian has.
fn check_agency(
    agency: &AgencyId,
    release: &Standing<Release>,
    request: &Standing<Request>,
    policy: &Policy,
    ledger: &Ledger,
    time: Timestamp,
) -> Result<(), RefusedAnswer> {
    let approved = ledger.agency(agency, time).is_some_and(|approval| approval.key == *release.signer());
    if !approved {
        return Err(RefusedAnswer::AgencyNotApproved);
    }
    let conduct = ledger.conduct(request);
    if !conduct.fresh || !conduct.one_chain {
        return Err(RefusedAnswer::Conduct);
    }
    let usage = ledger.usage(request);
    let counted = request.statement().basis == Basis::Voluntary;
    if counted && usage.in_30_days > policy.budget as usize {
        return Err(RefusedAnswer::Budget);
    }
    Ok(())
}
