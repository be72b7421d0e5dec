//! Step 6: the agency opens, with two custodians, in public.

use std::fs::File;

use footage::agency::{AgencyError, AgencyStanding, Excerpt, ExcerptReader, OpenClip, OpenExcerpt, WrapStrength};
use footage::clip::SegmentRange;
use footage::crypto::{OsRandom, Secret};
use footage::record::{
    Answer, AnswerNotice, CustodianId, Delivery, Layer, Release, SegmentKind, Signed, StatementId, Terms, Verified,
};

use super::files::{Out, Whole};
use super::narrator::{Attempt, Narrator, step, tell};
use super::story::{Asked, Grant, Grants, Recorded};
use super::town::Town;
use super::video::Video;
use super::{Result, attacks, evidence};

/// A release in the log, with what is brought to the custodians.
pub(crate) struct Released {
    pub(crate) release: Verified<Release>,
    pub(crate) deliveries: Vec<(CustodianId, Delivery)>,
}

/// What is left of opening.
pub(crate) struct Opened {
    pub(crate) request: StatementId,
    pub(crate) released: Released,
    pub(crate) answers: Vec<(Verified<AnswerNotice>, Verified<Answer>)>,
    /// The one-time key, which the agency has erased.
    pub(crate) one_time: Secret<32>,
    /// Of the grant that stays closed: its release, and the one answer that was given.
    pub(crate) unopened: Released,
    pub(crate) one_answer: Signed<Answer>,
}

pub(crate) fn open(
    town: &mut Town,
    video: &Video,
    recorded: &mut Recorded,
    asked: &Asked,
    grants: &Grants,
    out: &Out,
    narrator: &mut Narrator,
) -> Result<Opened> {
    step(6, "Town Police opens it, with two custodians, in public", town.now);
    let excerpt = || -> Result<_> { Ok(Excerpt::open(File::open(out.path("excerpt.footage"))?)?) };
    let other_key = attacks::another_agency(town, asked, &mut excerpt()?)?;
    let terms = town.police.agency.take_in(&mut excerpt()?, &town.policy, &town.ledger)?;
    let unlogged = attacks::unlogged_release(town, terms)?;

    let released = release(town, terms)?;
    let one_time = town.police.backup.last(&format!("one-time.{terms}")).ok_or("no one-time key")?;
    let none = town.police.agency.open_grant(terms, &town.ledger, town.now);
    let none = Attempt::of(none, |error| too_few(error, 0));
    let answers = town.answers(&released.deliveries, &["library", "legal-aid"])?;
    let mut signed: Vec<_> = answers.iter().map(|(_, answer)| answer.clone().into_signed()).collect();
    signed.reverse();
    let mut attempts = Vec::new();
    // The first one twice.
    for answer in signed.iter().take(1).chain(signed.iter().take(1)) {
        let _progress = town.police.agency.take_answer(answer.clone(), &town.ledger)?;
        let opened = town.police.agency.open_grant(terms, &town.ledger, town.now);
        attempts.push(Attempt::of(opened, |error| too_few(error, 1)));
    }
    let one = Attempt::all(attempts);
    for answer in signed {
        let _progress = town.police.agency.take_answer(answer, &town.ledger)?;
    }
    let mut opened = town.police.agency.open_grant(terms, &town.ledger, town.now)?;

    let whole = is_recorded(&mut opened.excerpt, video, recorded.part.selection.range())?;
    narrator.check("what was opened is what was recorded, and all that was granted", whole);
    if whole {
        for run in 0..opened.excerpt.runs().len() {
            write_opened(&mut opened.excerpt, video, run, out.create(video.opened_name(run))?)?;
        }
    }
    let verdict = &opened.verdict;
    let clip = verdict.clips.first().ok_or("no clip was opened")?;
    let trusted = clip.camera.is_approved()
        && verdict.agency == AgencyStanding::Approved
        && verdict.wrap == WrapStrength::PostQuantum;
    narrator.check("camera, agency and lock are what they should be", trusted);

    tell("Town Police", "says in the log that it opens the grant, and proves that it holds its half of the lock.");
    tell(
        "Custodians",
        "Town Library and Legal Aid Society say in the log that they answer; then they do.\n\
         They hold a piece of a key, and never see any footage.",
    );
    tell(
        "Town Police",
        format_args!(
            "sees {}: as the camera recorded it, unaltered,\n\
             {}, and {} segments of the clip are not granted. Mara's words: \"{}\"",
            recorded.part.says,
            layers(opened.excerpt.clips()),
            clip.outside,
            opened.excerpt.words()
        ),
    );
    tell("Everybody", "sees that a grant was opened, and by whom. Not whose it is, and not what it shows.");
    narrator.attack("Another agency's key:", "the lock fits the key of one request alone.", other_key);
    narrator.attack("A release that is not in the log:", "custodians answer only to what everybody can see.", unlogged);
    narrator.attack("No custodian's answer:", "the agency's half alone opens nothing.", none);
    narrator.attack("One answer of two:", "two custodians are needed, and one is not two.", one);
    evidence::write(town, terms, out)?;
    further(town, recorded, asked, grants, out, narrator, Left { released, answers, one_time })
}

/// What is granted of the layers.
fn layers(clips: &[OpenClip]) -> &'static str {
    let sound = clips.iter().any(|clip| clip.granted(Layer::Sound) > 0);
    if sound { "pictures and sound" } else { "pictures alone" }
}

/// What the opened grant leaves.
struct Left {
    released: Released,
    answers: Vec<(Verified<AnswerNotice>, Verified<Answer>)>,
    one_time: Secret<32>,
}

/// The two other grants: one gets a single answer, one is taken back.
fn further(
    town: &mut Town,
    recorded: &Recorded,
    asked: &Asked,
    grants: &Grants,
    out: &Out,
    narrator: &mut Narrator,
    left: Left,
) -> Result<Opened> {
    let terms = town.police.agency.take_in(&mut grants.unopened.open_file()?, &town.policy, &town.ledger)?;
    let unopened = release(town, terms)?;
    let one_answer = town.answers(&unopened.deliveries, &["library"])?.pop().ok_or("no answer")?.1.into_signed();

    let range = recorded.part.selection.range();
    match attacks::beyond(town, out, &grants.unopened, range)? {
        Some((place, attempt)) => narrator.attack(
            &format!("The {} {place} the range, with every key:", recorded.part.unit),
            "the granted keys say nothing about the ones beside them.",
            attempt,
        ),
        None => tell("", "- The whole recording was granted: there is nothing outside to try."),
    }
    let attempt = attacks::altered_end(town, &grants.unopened, &unopened)?;
    narrator.attack(
        "An end date altered to a week later:",
        "it is signed, and both halves of the lock are made for it.",
        attempt,
    );
    let attempt = attacks::stolen_vault(town, &grants.unopened)?;
    narrator.attack(
        "The request key, stolen by the Sheriff:",
        "custodians answer only to the agency that Mara named.",
        attempt,
    );
    let attempt = revoked(town, &grants.revoked)?;
    narrator.attack("A grant that Mara took back:", "two custodians hold her note and will not answer.", attempt);
    let Left { released, answers, one_time } = left;
    Ok(Opened { request: asked.police.id(), released, answers, one_time, unopened, one_answer })
}

/// Mara takes a grant back: her note goes to two custodians. The agency tries to open it with the third.
fn revoked(town: &mut Town, grant: &Grant) -> Result<Attempt> {
    let mut notices = Vec::new();
    for seat in town.seats.iter_mut().filter(|seat| seat.id.as_str() != "legal-aid") {
        notices.push(seat.custodian.revoke(Signed::clone(&grant.consent.revocation))?);
    }
    for notice in notices {
        town.append(notice)?;
    }
    town.witness()?;
    let terms = town.police.agency.take_in(&mut grant.open_file()?, &town.policy, &town.ledger)?;
    let released = release(town, terms)?;
    let mut attempts = Vec::new();
    for delivery in released.deliveries.iter().filter(|(id, _)| id.as_str() != "legal-aid") {
        attempts.push(Attempt::of(town.deliver(delivery)?, attacks::is_revoked));
    }
    let answer = town.answers(&released.deliveries, &["legal-aid"])?;
    for (_, answer) in answer {
        let _progress = town.police.agency.take_answer(answer.into_signed(), &town.ledger)?;
    }
    let opened = town.police.agency.open_grant(terms, &town.ledger, town.now);
    attempts.push(Attempt::of(opened, |error| matches!(error, AgencyError::Revoked(_))));
    Ok(Attempt::all(attempts))
}

/// Releases an excerpt that was taken in.
fn release(town: &mut Town, terms: StatementId) -> Result<Released> {
    let release = town.police.agency.release(terms, &town.policy, &town.ledger, town.now, &mut OsRandom)?;
    town.publish(release.clone())?;
    let deliveries = town.police.agency.deliveries(terms)?;
    Ok(Released { release, deliveries })
}

/// Holds what is open against the recording: inits and granted groups, each byte, and nothing else.
fn is_recorded(opened: &mut OpenExcerpt<ExcerptReader>, video: &Video, range: SegmentRange) -> Result<bool> {
    let mut cuts = (0u32..).zip(video.segments()?);
    let (mut same, mut read, mut next) = (true, 0, range.from());
    while let Some(segment) = opened.next_segment()? {
        let open = segment.header.open;
        // A run begins with inits, which may stand before the range, or in a run before it.
        if open.index < read {
            cuts = (0u32..).zip(video.segments()?);
        }
        let cut = cuts.find(|(at, _)| *at == open.index).ok_or("the recording is shorter than what was opened")?.1?;
        read = open.index + 1;
        same &= cut.bytes == *segment.content && cut.layer == open.layer;
        if open.index >= next {
            same &= open.index == next;
            next += 1;
        } else {
            same &= open.kind == SegmentKind::Init;
        }
    }
    Ok(same && next == range.to())
}

/// Writes a run: a file that plays, or the bytes of what is no video.
fn write_opened(opened: &mut OpenExcerpt<ExcerptReader>, video: &Video, run: usize, mut file: Whole) -> Result<()> {
    if video.has_times() {
        opened.write_playable(run, video.form, &mut file)?;
    } else {
        opened.go_to(run)?;
        opened.open_all(&mut file, |_| {})?;
    }
    Ok(file.keep()?)
}

pub(crate) fn too_few(error: &AgencyError, found: usize) -> bool {
    matches!(error, AgencyError::NotYet { found: have, needed: 2 } if *have == found)
}

/// The terms that a release names.
pub(crate) fn terms_of(release: &Release) -> &Terms {
    release.terms.statement()
}
