//! What a household learns from the log of the grants that it has made.

use footage::ledger::NotProven;
use footage::record::{GrantId, Millis, Subject, Verified};
use footage::resident::{Household, HouseholdShare, MemoryPlace, ShareState};
use footage::store::MemoryStore;
use footage_support::common::{Granted, World, deletion};

use super::asked::Asked;
use super::{Pinned, begin, synchronise};

const KEM: super::KemAlgorithm = super::KemAlgorithm::X25519;

struct Home {
    asked: Asked,
    household: Household<MemoryStore>,
    place: MemoryPlace,
    random: Pinned,
}

impl Home {
    fn new() -> Self {
        let (place, mut random) = (MemoryPlace::new(), Pinned(1));
        let (household, _) = begin(MemoryStore::new(), KEM, &mut place.clone(), &mut random);
        Self { asked: Asked::new(), household, place, random }
    }

    fn world(&mut self) -> &mut World {
        &mut self.asked.world
    }

    fn granted(&mut self) -> Granted {
        let now = self.asked.world.now;
        let made = self.asked.consented();
        let mut place = self.place.clone();
        let kept = made.keep(&mut self.household.keeper(&mut place, now, &mut self.random)).unwrap();
        let (mut owned, mut excerpt) = (self.asked.owned(), Vec::new());
        let keeper = &mut self.household.keeper(&mut place, now, &mut self.random);
        let excerpted = kept.write(&mut owned, keeper, now, &mut excerpt).unwrap();
        Granted { request: self.asked.request.clone(), excerpt, excerpted }
    }

    fn revoke(&mut self, grant: &GrantId) {
        let now = self.asked.world.now;
        self.household.revoke(grant, now, &mut self.random).unwrap();
        synchronise(&mut self.household, &self.place, &mut self.random);
    }

    fn share(&self, granted: &Granted) -> HouseholdShare {
        let shares = self.household.shares(&self.asked.world.ledger, self.asked.world.now);
        let of = |share: &&HouseholdShare| share.consent.terms.id() == granted.id();
        shares.iter().find(of).unwrap().clone()
    }

    fn state(&self, granted: &Granted) -> ShareState {
        self.share(granted).state
    }
}

#[test]
fn a_household_sees_how_far_each_of_its_grants_has_come() {
    let mut home = Home::new();
    let [deleted, late, released, sent] = [(); 4].map(|()| home.granted());
    assert_eq!(home.household.shares(&home.asked.world.ledger, home.asked.world.now).len(), 4);
    for granted in [&deleted, &late, &released, &sent] {
        assert_eq!(home.state(granted), ShareState::PerhapsSent);
    }
    let releases = [&deleted, &late, &released].map(|granted| home.world().release(granted));
    assert_eq!(home.state(&released), ShareState::Released { answers: 0, needed: 2 });
    for (granted, release) in [&deleted, &late].into_iter().zip(releases) {
        let answers = home.world().answers(granted, release, &[0, 1]);
        assert!(home.world().open(granted, answers).is_ok());
    }
    let answers = home.world().answers(&released, releases[2], &[2]);
    assert_eq!((answers.len(), home.state(&released)), (1, ShareState::Released { answers: 1, needed: 2 }));
    let end = late.end();
    let ShareState::Answered { since, due } = home.state(&late) else { panic!("{:?}", home.state(&late)) };
    assert!(since < end && due > end);

    // They end, and one agency's deletion is stated in time.
    home.world().pass_to(end);
    let anchor = home.world().anchor();
    let receipt = home.world().agency.delete(deleted.id(), deletion(), &anchor).unwrap();
    home.world().publish(receipt);
    assert_eq!(home.state(&deleted), ShareState::Deleted);
    assert_eq!(home.state(&late), ShareState::Answered { since, due });
    assert_eq!(home.state(&released), ShareState::Ended { released: true });
    assert_eq!(home.state(&sent), ShareState::Ended { released: false });

    // The other is overdue; a receipt that proves nothing changes nothing; a good one is late.
    let world = home.world();
    world.pass_to(due.after(Millis::HOUR));
    assert_eq!(home.state(&late), ShareState::Overdue { since: due, receipt: None });
    let world = home.world();
    let anchor = world.anchor();
    let good = world.agency.delete(late.id(), deletion(), &anchor).unwrap();
    let mut wrong = good.statement().clone();
    assert_eq!(wrong.subject, Subject::Grant(late.id()));
    wrong.keys.clear();
    let wrong = Verified::sign(wrong, &world.keys.agency);
    world.publish(wrong);
    assert_eq!(home.state(&late), ShareState::Overdue { since: due, receipt: Some(NotProven::OtherKeys) });
    home.world().publish(good);
    assert!(matches!(home.state(&late), ShareState::Late { by } if by >= Millis::HOUR));
    assert!(!home.share(&late).revoked);
}

#[test]
fn a_revocation_holds_unless_the_agency_could_open_the_grant_before() {
    let mut home = Home::new();
    let [before, after] = [(); 2].map(|()| home.granted());
    let releases = [&before, &after].map(|granted| home.world().release(granted));
    home.revoke(&before.excerpted.consent.grant());
    let state = |custodians| ShareState::Revoked { custodians, needed: 2, released: true };
    assert_eq!(home.state(&before), state(0));
    for custodian in 0..2 {
        let revocation = home.share(&before).consent.revocation;
        let notice = home.world().custodians[custodian].revoke(*revocation).unwrap();
        home.world().publish(notice);
        assert_eq!(home.state(&before), state(custodian + 1));
    }
    let deliveries = home.world().deliveries(&before, releases[0]);
    assert!(home.world().notice(0, &deliveries[0]).is_err());

    let answers = home.world().answers(&after, releases[1], &[0, 1]);
    assert!(home.world().open(&after, answers).is_ok());
    home.revoke(&after.excerpted.consent.grant());
    assert!(matches!(home.state(&after), ShareState::Answered { .. }));
    assert!(home.share(&after).revoked);
}
