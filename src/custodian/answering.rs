use crate::crypto::Random;
use crate::grant::{Share, released_terms};
use crate::ledger::{Ledger, Standing};
use crate::policy::Policy;
use crate::record::{
    AgencyId, Answer, AnswerNotice, Basis, Delivery, Nonce, Release, Request, Signed, StatementId, Terms, Timestamp,
    Verified,
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
        self.share(&terms, delivery, time)?;
        let nonce = Nonce::random(random)?;
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
        let share = self.share(&terms, delivery, time)?.answer(release.statement(), random)?;
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

    /// The share that the resident wrapped to this custodian's key, and to no other.
    fn share(&self, terms: &Verified<Terms>, delivery: &Delivery, time: Timestamp) -> Result<Share, CustodianError> {
        let custody = &terms.statement().custody;
        let (index, _) = custody.member(&self.id).ok_or(RefusedAnswer::Mismatch("no member of the custody"))?;
        let envelope = Signed::clone(&delivery.envelope).verify_by(terms.signer()).map_err(|_| RefusedAnswer::Share)?;
        let envelope = envelope.statement();
        let own = envelope.terms == terms.id()
            && envelope.custodian_wraps.get(usize::from(index)) == Some(&delivery.wrap.digest());
        if !own {
            return Err(RefusedAnswer::Share.into());
        }
        let key = self.expiry_key(terms.statement().not_after, time)?;
        Share::unwrap(terms, index, &delivery.wrap, &key).map_err(|error| RefusedAnswer::from(error).into())
    }
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
