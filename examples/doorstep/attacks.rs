//! What must fail, tried with all that the attacker has.

use std::fs::{self, File};
use std::io::{BufReader, Cursor, Read, Seek};
use std::path::Path;

use footage::agency::{AgencyError, Excerpt, ExcerptError, UnlockError};
use footage::camera::{Cadence, Clocks, Group, Piece, RecoverError};
use footage::clip::{ClipError, FinishedClip, SegmentRange};
use footage::crypto::{KemPrivateKey, OsRandom, SigningKey};
use footage::custodian::{CustodianError, RefusedAnswer};
use footage::ledger::{Standing, StandingError};
use footage::logkeeper::LogStore;
use footage::policy::{Refusal, Rule};
use footage::record::{
    Content, Custody, Delivery, Envelope, Epoch, GrantId, Millis, Reference, Release, Request, SegmentKind,
    StatementId, Terms, Verified, Window,
};
use footage::store::{MemoryObjects, Store, StoreKey};

use super::Result;
use super::files::Out;
use super::frames::{Frame, Frames, SEGMENT_HEADER_LEN, read_magic};
use super::keeping::DemoStore;
use super::narrator::Attempt;
use super::opening::Released;
use super::story::{Asked, Grant};
use super::town::{KEM, Town, agency, copy};

/// Somebody with the camera's storage swaps two segments while the power is out, before and after the camera recovers.
pub(crate) fn power_cut(town: &mut Town) -> Result<Attempt> {
    let clocks = Clocks { monotonic: Millis(0), wall: Some(town.now) };
    let mut recording = town.camera.start(Content::Video, Cadence::EveryGroup, clocks, &mut OsRandom)?;
    for second in 0..5u8 {
        let start = Millis::SECOND.times(second.into());
        let end = Millis(start.0 + Millis::SECOND.0);
        let mut content = vec![second; 4096];
        let pictures = vec![Piece { start, end, content: &mut content }];
        let clocks = Clocks { monotonic: end, wall: Some(town.now.after(end)) };
        recording.group(&mut town.camera, clocks, Group { pictures, next: Some(end), ..Group::default() })?;
    }
    // The power is cut: nobody finishes the clip.
    let clip = recording.clip();
    drop(recording);
    let file = town.camera.files().path(clip);
    let mut frames = Frames::read(&fs::read(&file)?)?;
    frames.swap(b'S', 2, 3);
    fs::write(&file, frames.to_bytes())?;
    let kept = town.camera.recover(clip)?.manifest().statement().count;
    let recovered = fs::read(&file)?;
    // The clip has its end now, and gets no other.
    frames.swap(b'S', 0, 1);
    fs::write(&file, frames.to_bytes())?;
    let again = town.camera.recover(clip);

    let mut frames = Frames::read(&recovered)?;
    frames.swap(b'S', 0, 1);
    let key = town.key_of(&FinishedClip::open(Cursor::new(&recovered))?)?;
    let swapped = FinishedClip::open(Cursor::new(frames.to_bytes())).and_then(|mut clip| {
        let secret = clip.unlock(key)?;
        clip.segment(&secret, 0).map(drop)
    });
    Ok(Attempt::all([
        Attempt::unless(kept == 2, "the camera signed segments out of order"),
        Attempt::of(again, |error| matches!(error, RecoverError::NotOpen(_))),
        Attempt::of(swapped, |error| matches!(error, ClipError::Segment(_) | ClipError::Altered(_))),
    ]))
}

/// Town Police asks without the log, and once in a log of its own.
pub(crate) fn unlogged_request(town: &Town, asked: &Asked) -> Result<Attempt> {
    let window = asked.police.statement().window;
    let (id, key) = (*town.police.agency.id(), copy(&town.police.key));
    let mut beside = agency(id, &key, DemoStore::default())?;
    let request =
        beside.request(town.ask(window, "2026-0043", Millis::DAY)?, &town.policy, &town.ledger, &mut OsRandom)?;
    let unknown = Attempt::of(town.ledger.request(request.id()), |error| matches!(error, StandingError::NotLogged(_)));

    let mut private = Town::found(town.now, LogStore::new(MemoryObjects::new()), Path::new("."))?;
    private.begin()?;
    let ask = private.ask(window, "2026-0043", Millis::DAY)?;
    let request = private.police.agency.request(ask, &private.policy, &private.ledger, &mut OsRandom)?;
    let elsewhere = private.request(request)?;
    let checked = town.policy.check(&elsewhere, &town.ledger, town.now);
    Ok(Attempt::all([unknown, Attempt::of(checked, |refusal| refusal.breaks(Rule::Standing))]))
}

/// The Sheriff asks for twenty-four hours.
pub(crate) fn daylong_request(town: &mut Town, asked: &Asked) -> Result<Attempt> {
    let anchor = town.anchor()?;
    let to = anchor.not_before();
    let window = Window::new(to.before(Millis::DAY), to)?;
    let ask = town.ask(window, "S-26-119", Millis::DAY)?;
    let own = town.sheriff.agency.request(ask, &town.policy, &town.ledger, &mut OsRandom);
    // Its own app does not sign it, but whoever has its key signs what it likes.
    let before = &asked.sheriff;
    let request = Request {
        window,
        case: Reference::new("S-26-119")?,
        key: KemPrivateKey::generate(KEM, &mut OsRandom)?.public_key(),
        sequence: before.statement().sequence + 1,
        previous: Some(before.id()),
        anchor: anchor.to_anchor(),
        ..before.statement().clone()
    };
    let request = town.request(Verified::sign(request, &town.sheriff.key))?;
    Ok(Attempt::all([
        Attempt::of(own, |error| matches!(error, AgencyError::Refused(refusal) if only(refusal, Rule::MaxWindow))),
        Attempt::of(check(town, &request), |refusal| only(refusal, Rule::MaxWindow)),
    ]))
}

/// The Sheriff publishes a request with the request key of Town Police.
pub(crate) fn stolen_request_key(town: &mut Town, asked: &Asked) -> Result<Attempt> {
    let own = town.ledger.requests().filter(|request| request.statement().agency == *town.sheriff.agency.id());
    let last = own.max_by_key(|request| request.statement().sequence).ok_or("the Sheriff never asked")?;
    let request = Request {
        case: Reference::new("S-26-120")?,
        key: asked.police.statement().key.clone(),
        sequence: last.statement().sequence + 1,
        previous: Some(last.id()),
        anchor: town.anchor()?.to_anchor(),
        ..asked.sheriff.statement().clone()
    };
    let request = town.request(Verified::sign(request, &town.sheriff.key))?;
    Ok(Attempt::of(check(town, &request), |refusal| only(refusal, Rule::Conduct)))
}

/// The Sheriff takes the excerpt in, in its own name and in that of Town Police.
pub(crate) fn another_agency<R: Read + Seek>(
    town: &mut Town,
    asked: &Asked,
    excerpt: &mut Excerpt<R>,
) -> Result<Attempt> {
    let own = town.sheriff.agency.take_in(excerpt, &town.policy, &town.ledger);
    let key = town.sheriff.backup.last(&format!("request-key.{}", asked.sheriff.id()));
    let key = key.ok_or("the Sheriff has no key")?;
    // What Town Police's store says, with the Sheriff's key in the place of its own.
    let (mut store, name) =
        (town.police.backup.restore()?, StoreKey::new(format!("request-key.{}", asked.police.id()))?);
    let _erased = store.erase(&name)?;
    store.put_secret(&name, key.expose())?;
    let mut impostor = agency(*town.police.agency.id(), &town.sheriff.key, store)?;
    let named = impostor.take_in(excerpt, &town.policy, &town.ledger);
    Ok(Attempt::all([
        Attempt::of(own, |error| matches!(error, AgencyError::OtherAgency(_))),
        Attempt::of(named, |error| matches!(error, AgencyError::Unlock(UnlockError::Half))),
    ]))
}

/// Town Police brings the custodians a release that it did not log.
pub(crate) fn unlogged_release(town: &mut Town, terms: StatementId) -> Result<Attempt> {
    let _unlogged = town.police.agency.release(terms, &town.policy, &town.ledger, town.now, &mut OsRandom)?;
    let delivery = town.police.agency.deliveries(terms)?.into_iter().next().ok_or("no delivery")?;
    Ok(Attempt::of(town.deliver(&delivery)?, |error| {
        matches!(error, CustodianError::Refused(RefusedAnswer::Standing(StandingError::NotLogged(_))))
    }))
}

/// Town Police, with the whole sealed clip and every key that it ever had, tries the group after the granted range (or the
/// one before it, if it is the last), and says which. Nothing if there is none.
pub(crate) fn beyond(
    town: &Town,
    out: &Out,
    grant: &Grant,
    range: SegmentRange,
) -> Result<Option<(&'static str, Attempt)>> {
    let open = || -> Result<_> { Ok(BufReader::new(File::open(out.path("clip.footage"))?)) };
    let mut clip = FinishedClip::open(open()?)?;
    let (place, outside) = match range.from().checked_sub(1) {
        _ if range.to() < clip.count() => ("after", range.to()),
        Some(before) if clip.header_at(before)?.open.kind == SegmentKind::Media => ("before", before),
        _ => return Ok(None),
    };
    let keys = town.police.backup.all().into_iter().map(|secret| {
        let key = KemPrivateKey::from_secret(KEM, secret);
        Attempt::of(clip.unlock(&key), |error| matches!(error, ClipError::Secret(_)))
    });
    let mut attempts: Vec<_> = keys.collect();

    // Its ciphertext, put into the excerpt.
    let mut source = open()?;
    read_magic(&mut source)?;
    let segments = std::iter::from_fn(|| Frame::read(&mut source).transpose());
    let mut segments = segments.filter(|frame| frame.as_ref().map_or(true, |frame| frame.kind == b'S'));
    let segment = segments.nth(outside as usize).ok_or("the clip ends early")??;
    let mut frames = Frames::read(&grant.excerpt)?;
    let payload = segment.payload.get(SEGMENT_HEADER_LEN..).unwrap_or_default().to_vec();
    // Before the wraps, which are last.
    let last = frames.frames.len().saturating_sub(1);
    frames.frames.insert(last, Frame { kind: b'B', payload });
    // And counted with the others.
    let bodies = frames.frames.iter().filter(|frame| frame.kind == b'B').count();
    frames.replace(b'N', u32::try_from(bodies)?.to_be_bytes().to_vec());
    let longer = Excerpt::open(Cursor::new(frames.to_bytes()));
    attempts.push(Attempt::of(longer, |error| matches!(error, ExcerptError::Altered(_))));
    Ok(Some((place, Attempt::all(attempts))))
}

/// Town Police sets the end date a week later: in the file, in a file that it signs itself, and before the custodians.
pub(crate) fn altered_end(town: &mut Town, grant: &Grant, released: &Released) -> Result<Attempt> {
    let terms = grant.terms.statement();
    let later = Epoch::from_number(terms.not_after.number() + 7)?;

    let altered = altered(grant.terms.to_bytes(), terms.not_after, later)?;
    let mut frames = Frames::read(&grant.excerpt)?;
    frames.replace(b'T', altered);
    let in_place = Excerpt::open(Cursor::new(frames.to_bytes()));

    let key = SigningKey::generate(&mut OsRandom)?;
    let mut members = terms.custody.members().to_vec();
    for member in &mut members {
        member.expiry = town.ledger.expiry_key(&member.custodian, later).ok_or("no key for that day")?.id();
    }
    let custody = Custody::new(terms.custody.group().clone(), terms.custody.threshold(), members)?;
    let forged = Terms { grant: GrantId::of(&key.verifying_key()), not_after: later, custody, ..terms.clone() };
    let forged = Verified::sign(forged, &key);
    let envelope = Envelope { terms: forged.id(), ..grant.open_file()?.envelope().statement().clone() };
    let envelope = Verified::sign(envelope, &key);
    frames.replace(b'T', forged.to_bytes());
    frames.replace(b'E', envelope.to_bytes());
    let signed_anew = Excerpt::open(Cursor::new(frames.to_bytes()));

    let release = Release { terms: Box::new(forged.into_signed()), ..released.release.statement().clone() };
    let release = town.publish(Verified::sign(release, &town.police.key))?;
    let (custodian, honest) = released.deliveries.first().ok_or("no delivery")?;
    let delivery = Delivery { release, envelope: Box::new(envelope.into_signed()), wrap: honest.wrap.clone() };
    let answered = town.deliver(&(custodian.clone(), delivery))?;
    Ok(Attempt::all([
        Attempt::of(in_place, |error| matches!(error, ExcerptError::Signature { part: "terms", .. })),
        Attempt::of(signed_anew, |error| matches!(error, ExcerptError::Altered(_))),
        Attempt::of(answered, |error| matches!(error, CustodianError::Refused(RefusedAnswer::Share))),
    ]))
}

/// The Sheriff has stolen all that Town Police keeps, but for its signing key, and releases in its name.
pub(crate) fn stolen_vault(town: &mut Town, grant: &Grant) -> Result<Attempt> {
    let mut thief = agency(*town.police.agency.id(), &town.sheriff.key, town.police.backup.restore()?)?;
    let terms = thief.take_in(&mut grant.open_file()?, &town.policy, &town.ledger)?;
    let release = thief.release(terms, &town.policy, &town.ledger, town.now, &mut OsRandom)?;
    town.publish(release)?;
    let delivery = thief.deliveries(terms)?.into_iter().next().ok_or("no delivery")?;
    Ok(Attempt::of(town.deliver(&delivery)?, |error| {
        matches!(error, CustodianError::Refused(RefusedAnswer::Standing(StandingError::NotApproved(_))))
    }))
}

/// Bytes in which one epoch stands for another.
fn altered(mut bytes: Vec<u8>, from: Epoch, to: Epoch) -> Result<Vec<u8>> {
    // CBOR writes a number of two bytes after 0x19.
    let number =
        |epoch: Epoch| u16::try_from(epoch.number()).map(|number| [&[0x19], &number.to_be_bytes()[..]].concat());
    let (from, to) = (number(from)?, number(to)?);
    let place = bytes.windows(from.len()).rposition(|window| *window == from).ok_or("no such epoch in the bytes")?;
    bytes.splice(place..place + from.len(), to);
    Ok(bytes)
}

pub(crate) fn is_revoked(error: &CustodianError) -> bool {
    matches!(error, CustodianError::Refused(RefusedAnswer::Revoked))
}

pub(crate) fn is_expired(error: &CustodianError) -> bool {
    matches!(error, CustodianError::Refused(RefusedAnswer::Expired(_)))
}

/// Whether this rule is broken, and no other.
pub(crate) fn only(refusal: &Refusal, rule: Rule) -> bool {
    refusal.broken.len() == 1 && refusal.breaks(rule)
}

fn check(town: &Town, request: &Standing<Request>) -> std::result::Result<(), Refusal> {
    town.policy.check(request, &town.ledger, town.now)
}
