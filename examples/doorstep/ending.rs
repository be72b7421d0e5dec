//! Steps 7 and 8: the end date, the receipts, and what everybody can count.

use footage::agency::AgencyError;
use footage::auditor::{DeletionVerdict, overdue, verdict};
use footage::crypto::{KemPrivateKey, OsRandom};
use footage::custodian::{Custodian, CustodianError, EpochState, KeyStore, RefusedAnswer, Starting};
use footage::ledger::{Ledger, Party, StandingError};
use footage::policy::Rule;
use footage::record::{AgencyId, Delivery, Millis, Release, Subject, Timestamp, Verified};

use super::keeping::Disk;
use super::narrator::{Attempt, Narrator, day, step, tell};
use super::opening::{Opened, terms_of};
use super::story::{Asked, Grants, Recorded, permit};
use super::town::{KEM, Town, agency, copy, custodian, deletion};
use super::{Result, attacks};

/// Step 7.
pub(crate) fn end(
    town: &mut Town,
    recorded: &Recorded,
    asked: &Asked,
    grants: &Grants,
    opened: &Opened,
    narrator: &mut Narrator,
) -> Result<()> {
    // Three days later the request closes, and its key goes.
    for _ in 0..3 {
        town.next_day()?;
    }
    let closed = town.now;
    let receipt = town.police.agency.close_request(asked.police.id(), deletion(true)?, &town.anchor()?)?;
    town.file("town-police", receipt)?;
    town.witness()?;
    for _ in 0..3 {
        town.next_day()?;
    }
    // The Sheriff's approval is not renewed and runs out; its request would be open for some hours still.
    town.wait(Millis::HOUR.times(12));
    town.witness()?;
    let permitted = permit(town, recorded.part.selection, &asked.sheriff, 1)?;
    let ran_out = Attempt::of(permitted, |refusal| attacks::only(refusal, Rule::AgencyApproved));

    // The evening before the end date: somebody takes snapshots of a custodian.
    town.next_day()?;
    let snapshots = Snapshots::take(town)?;
    town.next_day()?;
    let terms = grants.terms.statement();
    step(7, "The end date has come", town.now);
    narrator.check("the end date is past", town.now >= terms.not_after.end());
    let receipt = town.police.agency.delete(grants.terms.id(), deletion(true)?, &town.anchor()?)?;
    town.file("town-police", receipt)?;
    town.witness()?;
    tell(
        "Custodians",
        format_args!(
            "have destroyed the keys of every day up to {}, and signed for each.",
            day(terms.not_after.start())
        ),
    );
    tell(
        "Town Police",
        format_args!(
            "destroyed the request's key on {}, and now the grant's key and its copies, and signed.\n\
             A receipt binds whoever signs it. It cannot prove that no copy was kept.",
            day(closed)
        ),
    );
    tell("Mara", "still holds her clip, as before.");
    narrator.attack("A grant to an agency whose approval ran out:", "the registrar did not renew it.", ran_out);
    let attempt = everything_stored(town, grants, opened)?;
    narrator.attack(
        "Opening late, from everything ever stored:",
        "one old answer is not two, and the other keys are gone.",
        attempt,
    );
    let attempt = snapshots.restore(town, opened)?;
    narrator.attack(
        "A custodian from a snapshot, its clock set back:",
        "it asks the log for the time, not its clock.",
        attempt,
    );
    // What was never obtained is deleted, too.
    for grant in [&grants.unopened, &grants.revoked] {
        let receipt = town.police.agency.delete(grant.terms.id(), deletion(false)?, &town.anchor()?)?;
        town.file("town-police", receipt)?;
    }
    town.witness()
}

/// Town Police restores all that it ever had from a backup it should not have, and asks the custodians again.
fn everything_stored(town: &mut Town, grants: &Grants, opened: &Opened) -> Result<Attempt> {
    // With its one-time key, and once more with the request's key, which is back, too.
    let (id, key) = (*town.police.agency.id(), copy(&town.police.key));
    let mut released = agency(id, &key, town.police.backup.restore_released()?)?;
    let mut answers: Vec<_> = opened.answers.iter().map(|(_, answer)| answer.clone().into_signed()).collect();
    answers.push(opened.one_answer.clone());
    let (terms, mut found) = (grants.unopened.terms.id(), 0);
    for answer in answers {
        let own = answer.statement().terms == terms;
        let taken = released.take_answer(answer, &town.ledger).map_or(0, |progress| progress.found);
        found = found.max(if own { taken } else { 0 });
    }
    let late = released.open_grant(terms, &town.ledger, town.now);
    let mut attempts = vec![
        Attempt::unless(found < 2, "enough answers were found"),
        Attempt::of(late, |error| matches!(error, AgencyError::Ended(_))),
    ];
    let mut anew = agency(id, &key, town.police.backup.restore()?)?;
    let again = anew.take_in(&mut grants.unopened.open_file()?, &town.policy, &town.ledger);
    attempts.push(Attempt::of(again, |error| matches!(error, AgencyError::Worthless(_))));

    // Its own app releases nothing any more, but whoever has its key signs what it likes.
    let one_time = KemPrivateKey::generate(KEM, &mut OsRandom)?.public_key();
    let again = Release { key: one_time, ..opened.unopened.release.statement().clone() };
    let again = town.publish(Verified::sign(again, &town.police.key))?;
    let deliveries = opened.unopened.deliveries.clone();
    let anew = deliveries.iter().cloned().map(|(id, delivery)| (id, Delivery { release: again, ..delivery }));
    let epoch = terms_of(opened.unopened.release.statement()).not_after;
    for (id, delivery) in deliveries.iter().cloned().chain(anew) {
        let seat = town.seats.iter_mut().find(|seat| seat.id == id).ok_or("a custodian left")?;
        let notice = seat.custodian.notice(&delivery, &town.policy, &town.ledger, town.now, &mut OsRandom);
        attempts.push(Attempt::of(notice, attacks::is_expired));
        let gone = seat.disk.get(epoch)?.is_none() && seat.disk.state(epoch)? == Some(EpochState::Destroyed);
        attempts.push(Attempt::unless(gone, "a custodian's disk still holds the key"));
    }
    Ok(Attempt::all(attempts))
}

/// A custodian as it was the evening before the end date.
struct Snapshots {
    clock: Timestamp,
    /// What it knew of the log.
    ledger: Ledger,
    /// Its running state, with a copy of its disk.
    running: Custodian<Disk>,
    disk: Disk,
}

impl Snapshots {
    fn take(town: &mut Town) -> Result<Self> {
        let seat = town.seats.get(1).ok_or("there is no second custodian")?;
        let (id, key, running, disk) = (seat.id.clone(), copy(&seat.key), seat.disk.snapshot()?, seat.disk.snapshot()?);
        let (starting, start) = Starting::begin(custodian(&id, &key)?, running, &mut OsRandom)?;
        town.publish(start)?;
        let (running, _none) = starting.serve(&town.ledger, town.now)?;
        Ok(Self { clock: town.now, ledger: town.replay()?, running, disk })
    }

    /// Goes on from them after the end date, with the clock and the log of that evening, and with the log as it is now.
    fn restore(self, town: &mut Town, opened: &Opened) -> Result<Attempt> {
        let Self { clock, ledger, mut running, disk } = self;
        let seat = town.seats.get(1).ok_or("there is no second custodian")?;
        let (id, key) = (seat.id.clone(), copy(&seat.key));
        let (_, delivery) = opened.unopened.deliveries.iter().find(|(to, _)| *to == id).ok_or("no delivery")?;

        // The running state believes that it is that evening, and gives notice. What counts is when the notice is witnessed.
        let notice = running.notice(delivery, &town.policy, &ledger, clock, &mut OsRandom)?;
        let notice = town.publish(notice)?;
        let on_old_log = running.answer(notice, &town.policy, &ledger, clock, &mut OsRandom);
        let on_new_log = running.answer(notice, &town.policy, &town.ledger, clock, &mut OsRandom);

        // From the disk it starts anew: an old log does not show its start, and the new log shows the time.
        let begin = |disk| Starting::begin(custodian(&id, &key)?, disk, &mut OsRandom).map_err(boxed);
        let (starting, _unlogged) = begin(disk.snapshot()?)?;
        let asleep = starting.serve(&ledger, clock);
        let (starting, start) = begin(disk)?;
        town.publish(start)?;
        let (mut restored, _receipts) = starting.serve(&town.ledger, clock)?;
        let awake = restored.notice(delivery, &town.policy, &town.ledger, clock, &mut OsRandom);
        Ok(Attempt::all([
            Attempt::of(on_old_log, |error| {
                matches!(error, CustodianError::Refused(RefusedAnswer::Standing(StandingError::NotLogged(_))))
            }),
            Attempt::of(on_new_log, attacks::is_expired),
            Attempt::of(asleep, |not_serving| matches!(not_serving.error, CustodianError::NotStarted)),
            Attempt::of(awake, attacks::is_expired),
        ]))
    }
}

fn boxed(error: CustodianError) -> Box<dyn std::error::Error> {
    error.into()
}

/// Step 8.
pub(crate) fn audit(town: &mut Town, narrator: &mut Narrator) -> Result<()> {
    town.next_day()?;
    step(8, "Anybody audits", town.now);
    let ledger = town.replay()?;
    tell(
        "Auditor",
        format_args!("read all {} entries of the log and {} checkpoints.", town.log.size(), town.log.checkpoints()),
    );
    let overdue = overdue(&ledger);
    for station in [&town.police, &town.sheriff] {
        let agency = *station.agency.id();
        let count = Count::of(&ledger, agency);
        let late = overdue.iter().filter(|(duty, _)| duty.party == Party::Agency(agency)).count();
        let deleted = match late {
            0 => format!("deleted {} of {} on time", count.on_time, count.due),
            late => format!("OVERDUE with {late} of {}: everybody sees it", count.due),
        };
        tell(
            "",
            format_args!(
                "{:<15} asked {}, released {}, {deleted}",
                station.name,
                times(count.asked),
                times(count.released)
            ),
        );
    }
    let sheriff = Party::Agency(*town.sheriff.agency.id());
    let only_sheriff = overdue.len() == 3 && overdue.iter().all(|(duty, _)| duty.party == sheriff);
    let police = Count::of(&ledger, *town.police.agency.id());
    narrator.check("the police deleted everything on time", (police.on_time, police.due) == (2, 2));
    narrator.check("the sheriff alone is overdue, for all that it asked", only_sheriff);
    narrator.check("every custodian's key of a day that is over is destroyed on time", custodians_on_time(&ledger));
    tell("Everybody", "can do the same: the log and the receipts are in the folder.");
    Ok(())
}

/// What the log says of one agency.
struct Count {
    asked: usize,
    released: usize,
    due: usize,
    on_time: usize,
}

impl Count {
    fn of(ledger: &Ledger, agency: AgencyId) -> Self {
        let party = Party::Agency(agency);
        let duties: Vec<_> = ledger.duties().into_iter().filter(|duty| duty.party == party).collect();
        Self {
            asked: ledger.requests().filter(|request| request.statement().agency == agency).count(),
            released: ledger.releases().filter(|release| terms_of(release.statement()).agency == agency).count(),
            due: duties.len(),
            on_time: duties.iter().filter(|duty| verdict(duty, ledger) == DeletionVerdict::OnTime).count(),
        }
    }
}

fn times(count: usize) -> String {
    match count {
        0 => "never".to_owned(),
        1 => "once".to_owned(),
        count => format!("{count} times"),
    }
}

fn custodians_on_time(ledger: &Ledger) -> bool {
    let duties = ledger.duties().into_iter().filter_map(|duty| match duty.subject {
        Subject::Epoch(epoch) if epoch.end() <= ledger.time() => Some(duty),
        _ => None,
    });
    let mut verdicts = duties.map(|duty| verdict(&duty, ledger)).peekable();
    verdicts.peek().is_some() && verdicts.all(|verdict| verdict == DeletionVerdict::OnTime)
}
