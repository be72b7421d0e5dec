//! The story from the recording to the excerpt: steps 1 to 5.

use std::fs::{self, File};
use std::io::{Cursor, Write};

use footage::agency::Excerpt;
use footage::clip::{FinishedClip, Selection};
use footage::crypto::{OsRandom, Secret};
use footage::ledger::Standing;
use footage::logkeeper::LogStore;
use footage::policy::{Permit, Proposal, Refusal};
use footage::record::{Consent, Days, GroupId, Millis, Request, Terms, Timestamp, Verified, Window};
use footage::resident::{Consenting, Excerpted, MemoryKeeper, OwnClip, consent, matching};

use super::files::Out;
use super::narrator::{Narrator, day, minute, step, tell};
use super::options::Options;
use super::town::{GROUP, Town};
use super::video::{Part, Video};
use super::{Result, attacks, ending, evidence, leaving, opening};

/// Monday, 1 June 2026, half past seven in the evening, UTC.
const EVENING: u64 = 1_780_342_200_000;

const WORDS: &str = "This is what my doorbell saw. I hope it helps.";

/// The clip, and the part of it that Mara grants.
pub(crate) struct Recorded {
    pub(crate) clip: FinishedClip<File>,
    pub(crate) span: Window,
    pub(crate) part: Part,
}

/// The agencies' requests that keep the rules.
pub(crate) struct Asked {
    pub(crate) police: Standing<Request>,
    pub(crate) sheriff: Standing<Request>,
}

/// A grant whose excerpt is in the agency's memory.
pub(crate) struct Grant {
    pub(crate) excerpt: Vec<u8>,
    pub(crate) terms: Verified<Terms>,
    pub(crate) consent: Consent,
}

impl Grant {
    pub(crate) fn open_file(&self) -> Result<Excerpt<Cursor<&[u8]>>> {
        Ok(Excerpt::open(Cursor::new(self.excerpt.as_slice()))?)
    }
}

/// The three grants of the story.
pub(crate) struct Grants {
    /// The one that is opened.
    pub(crate) terms: Verified<Terms>,
    /// One that the agency leaves closed until it is too late; its last group only.
    pub(crate) unopened: Grant,
    /// One that Mara takes back; likewise.
    pub(crate) revoked: Grant,
}

pub(crate) fn play(options: &Options, narrator: &mut Narrator) -> Result<()> {
    let video = Video::look(&options.video, options.form)?;
    let out = Out::prepare(&options.out, &options.video)?;
    println!("A doorstep story, played by everybody in it. Time is simulated; keys, signatures and files are real.");
    println!("Lines with an x are attacks: what was tried, and why it failed.");
    println!("The recording: {}", video.path().display());

    // It is written from the beginning, and appears when the story is over.
    let log = out.folder("log")?;
    let card = out.folder("card")?;
    let mut town = Town::found(Timestamp::from_millis(EVENING)?, LogStore::directory(log.fresh())?, card.fresh())?;
    let mut recorded = record(&mut town, &video, options, &out, narrator)?;
    approve(&mut town)?;
    let asked = ask(&mut town, &recorded)?;
    find(&mut town, &recorded, &asked, narrator)?;
    let grants = grant(&mut town, &mut recorded, &asked, &out)?;
    let left = opening::open(&mut town, &video, &mut recorded, &asked, &grants, &out, narrator)?;
    ending::end(&mut town, &recorded, &asked, &grants, &left, narrator)?;
    evidence::verify(&town, grants.terms.id(), &out, narrator)?;
    ending::audit(&mut town, narrator)?;
    leaving::leave(town, &left, log, &out)?;

    narrator.close();
    let folder = options.out.display();
    println!("\nThe files are in {folder}:");
    println!("   clip.footage      the sealed clip, which only Mara opens");
    println!("   excerpt.footage   what she granted, which only Town Police could open, until its end date");
    println!("   evidence.footage  what Town Police shows a court: no key, and anybody verifies it");
    let opened = video.opened_name(0);
    println!("   {:<17} what Town Police saw", opened.display());
    println!("   receipts/ log/    what everybody can check");
    println!("   keys/             a demonstration for other readers: nobody else writes private keys out");
    let open = if video.has_times() { "ffplay" } else { "ls -l" };
    println!("\nTry: {open} {}", out.path(opened).display());
    Ok(())
}

/// Step 1.
fn record(town: &mut Town, video: &Video, options: &Options, out: &Out, narrator: &mut Narrator) -> Result<Recorded> {
    step(1, "The camera records", town.now);
    let started = town.now;
    // A video says itself how long it is; what has no times was recorded within this second.
    let told = Window::new(started, started.after(Millis::SECOND))?;
    let sealed = town.camera.seal(video.cutter()?, Some(told), |_| {}, &mut OsRandom);
    let sealed = sealed.map_err(|error| format!("{}: {error}", video.path().display()))?;
    // It is durable on the camera's card; here it gets a name for people.
    fs::rename(town.camera.files().path(sealed.manifest().statement().clip), out.path("clip.footage"))?;

    let mut clip = FinishedClip::open(File::open(out.path("clip.footage"))?)?;
    let part = video.select(&mut clip, options.part.as_ref())?;
    let span = Window::new(started, started.after(part.length.max(Millis::SECOND)))?;
    town.now = span.to();
    tell(
        "Camera",
        format_args!(
            "found {}.\n\
             It sealed this in {} segments, each under a key of its own, and signed them.\n\
             It has forgotten every key: who steals it finds nothing to open.",
            part.found,
            clip.count()
        ),
    );
    tell(
        "Mara",
        "holds the key to the clip on her phone, and the recovery key on paper in a drawer. Nobody else has one.",
    );
    let (mara, recovery) = (clip.unlock(town.key_of(&clip)?), clip.unlock(&town.recovery));
    narrator.check("both of Mara's keys open her clip", mara.is_ok() && recovery.is_ok());
    let attempt = attacks::power_cut(town)?;
    narrator.attack(
        "Segments swapped while the power was cut:",
        "the camera keeps only what it had signed, in order.",
        attempt,
    );
    Ok(Recorded { clip, span, part })
}

/// Step 2.
fn approve(town: &mut Town) -> Result<()> {
    step(2, "The registrar says in public who may take part", town.now);
    town.begin()?;
    tell("Registrar", "approved two agencies, one maker of cameras and three custodians, for seven days.");
    tell(
        "Custodians",
        "Town Library, State University and Legal Aid Society each hold one key per day,\n\
         which they destroy when that day is over. Two of them are needed to open anything.",
    );
    tell("Everybody", "sees all of this in the log; four witnesses stop it from ever being rewritten.");
    Ok(())
}

/// Step 3.
fn ask(town: &mut Town, recorded: &Recorded) -> Result<Asked> {
    town.wait(Millis::HOUR.times(13));
    town.witness()?;
    step(3, "The agencies ask, in public", town.now);
    // From an hour before the recording to an hour after it, as far as a request may reach.
    let from = recorded.span.from().before(Millis::HOUR.times(1));
    let to = recorded.span.to().after(Millis::HOUR.times(1)).min(from.after(town.policy.max_window));
    let window = Window::new(from, to)?;

    let ask = town.ask(window, "2026-0042", Millis::DAY.times(3))?;
    let request = town.police.agency.request(ask, &town.policy, &town.ledger, &mut OsRandom)?;
    let police = town.request(request)?;
    let ask = town.ask(window, "S-26-118", Millis::HOUR.times(7 * 24 - 1))?;
    let request = town.sheriff.agency.request(ask, &town.policy, &town.ledger, &mut OsRandom)?;
    let sheriff = town.request(request)?;

    let asked = police.statement();
    tell(
        "Town Police",
        format_args!(
            "asks everybody near Main Street for footage from {} to {},\n\
             about a burglary, case {}. It holds a fresh key for this one request.",
            minute(window.from()),
            minute(window.to()),
            asked.case
        ),
    );
    tell("Sheriff", "asks for the same evening, in a case of its own.");
    tell("Everybody", "sees who asks, for what, and how often. No home is named.");
    Ok(Asked { police, sheriff })
}

/// Step 4.
fn find(town: &mut Town, recorded: &Recorded, asked: &Asked, narrator: &mut Narrator) -> Result<()> {
    step(4, "Mara's phone reads every request, and tells nobody which ones fit", town.now);
    let daylong = attacks::daylong_request(town, asked)?;
    let stolen = attacks::stolen_request_key(town, asked)?;
    let unlogged = attacks::unlogged_request(town, asked)?;

    let cameras = town.mara.cameras(town.now);
    let camera = *recorded.clip.certificate().statement().key();
    let clips = [OwnClip { clip: recorded.clip.clip(), camera, span: recorded.span }];
    let mut requests: Vec<_> = town.ledger.requests().collect();
    requests.sort_by_key(|request| request.index());
    let kept: Vec<_> =
        requests.iter().filter(|request| town.policy.check(request, &town.ledger, town.now).is_ok()).collect();
    let touching = kept.iter().filter(|request| !matching(request, &cameras, &clips).is_empty()).count();
    tell(
        "Phone",
        format_args!(
            "read all {} requests. {} keep the rules; the others never reach Mara.",
            requests.len(),
            kept.len()
        ),
    );
    tell("Mara", "is shown the two that ask for her clip. She says yes to Town Police, and nothing to the Sheriff.");
    tell("Sheriff", "sees nothing: silence and a no look the same.");
    narrator.check("two of four requests reach Mara", (requests.len(), kept.len(), touching) == (4, 2, 2));
    narrator.attack("A request that is not in the log:", "what not everybody can see is not a request.", unlogged);
    narrator.attack("A request for a whole day:", "twelve hours is the most that may be asked for.", daylong);
    narrator.attack("A request with a stolen request key:", "a request key counts once, for who had it first.", stolen);
    Ok(())
}

/// Step 5.
fn grant(town: &mut Town, recorded: &mut Recorded, asked: &Asked, out: &Out) -> Result<Grants> {
    step(5, "Mara grants a part of the clip, for a week", town.now);
    let selection = recorded.part.selection;
    let mut file = out.create("excerpt.footage")?;
    let Excerpted { terms, consent: kept, .. } = agree(town, out, selection, &asked.police, &mut file)?;
    file.keep()?;

    // Two more grants, of the last group only: one stays closed, one is taken back.
    let last = recorded.part.last;
    let further = || {
        let mut excerpt = Vec::new();
        let made = agree(town, out, last, &asked.police, &mut excerpt)?;
        let Excerpted { terms, consent, .. } = made;
        Ok::<_, Box<dyn std::error::Error>>(Grant { excerpt, terms, consent })
    };
    let (unopened, revoked) = (further()?, further()?);
    tell(
        "Mara",
        format_args!(
            "grants {} to Town Police until the end of {},\n\
             {}, and nothing else.\n\
             She holds a note with which she can take it back at any time.",
            recorded.part.says,
            day(kept.not_after().start()),
            recorded.part.layers()
        ),
    );
    tell(
        "Town Police",
        "gets one file, excerpt.footage. It is locked twice: to the request's key,\n\
         and to two of the three custodians.",
    );
    tell("Log", "shows nothing of it: whoever shares does not appear there.");
    Ok(Grants { terms, unopened, revoked })
}

/// Permit and consent.
fn agree(
    town: &Town,
    out: &Out,
    selection: Selection,
    request: &Standing<Request>,
    sink: &mut impl Write,
) -> Result<Excerpted> {
    let permit = permit(town, selection, request, 7)??;
    let clip = FinishedClip::open(File::open(out.path("clip.footage"))?)?;
    let (mut clips, long_term) = ([town.mara.own(clip, town.now)?], &Secret::random(&mut OsRandom)?);
    let (ledger, now) = (&town.ledger, town.now);
    let consenting = Consenting { permit, clips: &mut clips, ledger, words: WORDS, now, long_term };
    let keeper = &mut MemoryKeeper::default();
    let kept = consent(consenting, &mut OsRandom)?.keep(keeper)?;
    Ok(kept.write(&mut clips, keeper, town.now, sink)?)
}

/// What the policy says of a grant for so many days.
pub(crate) fn permit(
    town: &Town,
    selection: Selection,
    request: &Standing<Request>,
    days: u64,
) -> Result<std::result::Result<Permit, Refusal>> {
    let group = GroupId::new(GROUP)?;
    let selections = &[selection];
    let proposal = Proposal { request, selections, group: &group, days: Days::new(days)? };
    Ok(town.policy.permit(&proposal, &town.ledger, town.now))
}
