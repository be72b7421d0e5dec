//! T8, T47: evidence is what the camera recorded and what the agency released, verified long after by anybody who has the
//! trust roots; and nothing else is in it.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};

use footage::agency::{AgencyError, WriteEvidenceError};
use footage::auditor::{
    AgencyStanding, CameraTrust, EvidenceError, LogConfirmation, NotShown, OpenEvidence, WrapStrength,
};
use footage::crypto::{KemAlgorithm, Random as _, Secret, SigningKey};
use footage::ledger::LogProofError;
use footage::merkle::{Tree, consistency_proof, leaf_hash};
use footage::record::{MakerApproval, MakerId, Millis, Name, TrustRoots, Window};
use footage::tlog::{Note, Witnessed};

use footage_support::common::{Pinned, World, content, deletion, put_together, take_apart};
use footage_support::evidence::{Opened, archive, verify, write};

/// Small enough that each byte can be altered.
const SMALL: [&[usize]; 2] = [&[30, 1, 0, 70, 51, 40], &[9, 80, 7]];
/// Bodies of several kilobytes.
const LARGE: [&[usize]; 2] = [&[10, 90_000, 70_000, 7, 66_000, 11], &[5, 80_000, 1]];

fn small() -> Opened {
    Opened::new(KemAlgorithm::X25519, 1, SMALL)
}

/// Everything that comes out, run by run.
fn contents<R: std::io::Read + std::io::Seek>(footage: &mut OpenEvidence<R>) -> Vec<(usize, u32, Vec<u8>)> {
    let mut found = Vec::new();
    for run in 0..footage.runs().len() {
        footage.go_to(run).unwrap();
        while let Some(segment) = footage.next_segment().unwrap() {
            found.push((segment.clip, segment.header.open.index, segment.content.to_vec()));
        }
    }
    found
}

fn expected(sizes: &[usize], clip: usize, indices: &[u32]) -> Vec<(usize, u32, Vec<u8>)> {
    let content = |index: u32| match index {
        0 => b"codec parameters".to_vec(),
        index => content(u64::from(index) - 1, sizes[index as usize - 1]),
    };
    indices.iter().map(|index| (clip, *index, content(*index))).collect()
}

/// What the file holds says what it is, after every key that opened the excerpt is gone and the whole town with it.
#[test]
fn t47_evidence_verifies_with_the_trust_roots_alone_when_every_key_is_gone() {
    let mut town = Opened::new(KemAlgorithm::XWing, 1, SMALL);
    let file = town.evidence(0, &[0], false);
    let both = town.evidence(0, &[1, 0], true);
    // The end date, and every key.
    town.world.pass_to(town.grants[0].end().after(Millis::DAY));
    let (terms, anchor) = (town.grants[0].id(), town.world.anchor());
    let _receipt = town.world.agency.delete(terms, deletion(), &anchor).unwrap();
    let request = town.grants[0].request.id();
    let _receipt = town.world.agency.close_request(request, deletion(), &anchor).unwrap();
    let (trust, sizes) = (town.world.trust.clone(), town.sizes.clone());
    drop(town);

    let mut evidence = verify(&file, &trust).unwrap();
    let verdict = evidence.verdict().clone();
    assert_eq!((verdict.agency, verdict.wrap), (AgencyStanding::Approved, WrapStrength::PostQuantum));
    assert_eq!(verdict.log, LogConfirmation::AsOf(evidence.checkpoint().not_before()));
    assert_eq!((verdict.consent, verdict.deletion), (NotShown::CannotBeKnown, NotShown::CannotBeKnown));
    assert_eq!((verdict.clips.len(), verdict.other_clips), (1, 1));
    let clip = &verdict.clips[0];
    assert_eq!((clip.pictures.granted, clip.pictures.left_out, clip.sound.granted, clip.gaps.len()), (3, 0, 0, 0));
    assert_eq!((clip.outside, &clip.camera), (3, &CameraTrust::Approved { maker: MakerId::new("acme").unwrap() }));
    assert_eq!((evidence.request().id(), evidence.release().statement().terms.id()), (request, terms));
    assert_eq!(evidence.footage().words(), None);
    let found = contents(evidence.footage());
    assert_eq!(found, expected(&sizes[0], 0, &[0, 2, 3, 0, 5]));
    let mut run = Vec::new();
    evidence.footage().go_to(1).unwrap();
    evidence.footage().open_all(&mut run, |_| {}).unwrap();
    assert_eq!(run, expected(&sizes[0], 0, &[0, 5]).concat_contents());

    let mut evidence = verify(&both, &trust).unwrap();
    assert_eq!((evidence.verdict().clips.len(), evidence.verdict().other_clips), (2, 0));
    assert_eq!(evidence.footage().words(), Some("At the door."));
    let all = [expected(&sizes[0], 0, &[0, 2, 3, 0, 5]), expected(&sizes[1], 1, &[0, 2, 3])].concat();
    assert_eq!(contents(evidence.footage()), all);
}

trait Contents {
    fn concat_contents(&self) -> Vec<u8>;
}

impl Contents for Vec<(usize, u32, Vec<u8>)> {
    fn concat_contents(&self) -> Vec<u8> {
        self.iter().flat_map(|(_, _, content)| content.clone()).collect()
    }
}

/// T8: one exported clip opens no other clip of the same grant, and does not show the owner's words.
#[test]
fn t8_an_exported_clip_shows_nothing_of_the_others_nor_the_owners_words() {
    let mut town = small();
    let [file, other] = [0, 1].map(|clip| town.evidence(0, &[clip], false));
    let (terms, request) = (town.grants[0].id(), town.grants[0].request.id());
    let holds = |file: &[u8], piece: &[u8]| file.windows(piece.len()).any(|window| window == piece);
    assert!(!holds(&file, b"At the door."));
    // No key of the grant.
    for name in [format!("agency-half.{terms}"), format!("custodian-half.{terms}"), format!("request-key.{request}")] {
        let secret = town.world.vaults[0].ever(&name).unwrap();
        assert!(!holds(&file, &secret) && !holds(&other, &secret), "{name}");
    }
    // Of the other clip neither its part, nor its id, nor a body, nor a seed: whatever 16 bytes of its plain part in its own
    // evidence are not of the town (statements, proofs) are not in this one. Only the digest of the part is.
    let part = |file: &[u8]| take_apart(file).1.into_iter().find(|(kind, _)| *kind == b'C').unwrap().1;
    let bodies = |file: &[u8]| take_apart(file).1.into_iter().filter(|(kind, _)| *kind == b'B').collect::<Vec<_>>();
    let [own, foreign] = [part(&file), part(&other)];
    assert_ne!(own, foreign);
    let secrets = foreign.windows(34).filter(|window| window.starts_with(&[0x58, 32])).collect::<Vec<_>>();
    assert!(secrets.len() > 3, "the salt, and seeds");
    for secret in secrets {
        // Two clips of one camera have its certificate in common.
        assert!(!holds(&file, &secret[2..]) || is_of_the_camera(&secret[2..], &town), "{secret:02x?}");
    }
    for (_, body) in bodies(&other) {
        assert!(!holds(&file, &body));
    }
    let id = town.ids()[1];
    assert!(!holds(&file, id.as_bytes()) && holds(&other, id.as_bytes()));
    // The digests of the parts say nothing: each begins with a salt.
    let digests = take_apart(&file).1.into_iter().find(|(kind, _)| *kind == b'D').unwrap().1;
    assert_eq!(digests.len(), 3 * 32);
}

fn is_of_the_camera(bytes: &[u8], town: &Opened) -> bool {
    let certificate = town.world.camera.certificate().to_bytes();
    certificate.windows(bytes.len()).any(|window| window == bytes)
}

fn refused(file: &[u8], trust: &TrustRoots) -> bool {
    verify(file, trust).is_err()
}

/// Returns the first of these that does not hold, if any: they are tried on all cores until one does not.
fn first_wrong<T: Sync>(all: &[T], holds: impl Fn(&T) -> bool + Sync) -> Option<&T> {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let (next, wrong) = (AtomicUsize::new(0), AtomicUsize::new(usize::MAX));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(one) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if wrong.load(Ordering::Relaxed) < usize::MAX {
                        break;
                    }
                    if !holds(one) {
                        let place = all.iter().position(|other| core::ptr::eq(one, other)).unwrap();
                        wrong.fetch_min(place, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    all.get(wrong.into_inner())
}

/// T47: altered at any byte, it does not verify.
#[test]
fn t47_evidence_altered_at_any_byte_does_not_verify() {
    let mut town = small();
    let (file, trust) = (town.evidence(0, &[0], true), &town.world.trust);
    assert!(file.len() < 64 << 10 && !refused(&file, trust));
    let places: Vec<_> = (0..file.len()).collect();
    let wrong = first_wrong(&places, |&at| {
        let mut altered = file.clone();
        altered[at] ^= 1 << (at % 8);
        refused(&altered, trust)
    });
    assert_eq!(wrong, None, "byte of {}", file.len());
}

/// T47: so does a large one at the border of every structure, and at ten thousand places.
#[test]
fn t47_a_large_file_altered_at_ten_thousand_places_does_not_verify() {
    let mut town = Opened::new(KemAlgorithm::X25519, 1, LARGE);
    let (file, trust) = (town.evidence(0, &[0, 1], true), &town.world.trust);
    assert!(file.len() > 300 << 10 && !refused(&file, trust));
    let (magic, frames) = take_apart(&file);
    let mut places = vec![0, magic.len() - 1];
    let mut at = magic.len();
    for (_, payload) in &frames {
        let end = at + 5 + payload.len();
        places.extend((at..at + 5).chain([at + 5, end - 1]).filter(|place| *place < end));
        at = end;
    }
    assert_eq!(at, file.len());
    let mut random = Pinned(47);
    places.extend((0..10_000).map(|_| {
        let mut bytes = [0; 8];
        random.fill(&mut bytes).unwrap();
        (u64::from_le_bytes(bytes) % file.len() as u64) as usize
    }));
    let wrong = first_wrong(&places, |&at| {
        let mut altered = file.clone();
        altered[at] ^= 1 << (at % 8);
        refused(&altered, trust)
    });
    assert_eq!(wrong, None, "byte of {}", file.len());
}

/// T47: what is cut off, or goes on behind its end, does not verify.
#[test]
fn t47_evidence_cut_off_or_longer_does_not_verify() {
    let mut town = small();
    let (file, trust) = (town.evidence(0, &[0, 1], true), &town.world.trust);
    let (magic, frames) = take_apart(&file);
    let (mut lengths, mut at) = (vec![0, 1, file.len() - 1], magic.len());
    for (_, payload) in &frames {
        lengths.extend([at, at + 1, at + 4, at + 5, at + 5 + payload.len() / 2]);
        at += 5 + payload.len();
    }
    lengths.extend((0..file.len()).step_by(37));
    lengths.retain(|length| *length < file.len());
    assert_eq!(first_wrong(&lengths, |&length| refused(&file[..length], trust)), None, "of {}", file.len());
    for more in [&b"x"[..], &[0; 5], b"B\0\0\0\x10aaaaaaaaaaaaaaaa", b"C\0\0\0\0"] {
        assert!(refused(&[&file, more].concat(), trust), "{more:?}");
    }
}

/// T47: pieces of two grants of the same clips do not go together, however they are mixed.
#[test]
fn t47_evidence_mixed_from_two_grants_does_not_verify() {
    let mut town = Opened::new(KemAlgorithm::X25519, 2, SMALL);
    let files = [0, 1].map(|grant| town.evidence(grant, &[0], true));
    let trust = &town.world.trust;
    let [(magic, one), (_, other)] = [take_apart(&files[0]), take_apart(&files[1])];
    assert_eq!(one.len(), other.len());
    let kinds: Vec<_> = one.iter().map(|(kind, _)| *kind as char).collect();
    assert!(kinds.starts_with(&['T', 'L', 'D', 'S', 'C', 'C', 'B']), "{kinds:?}");
    // The bodies are the camera's, and the same in both.
    let differ: Vec<_> = (0..one.len()).filter(|place| one[*place] != other[*place]).collect();
    assert_eq!(differ, [0, 1, 2, 4, 5], "terms, log, digests, words, part");
    for mask in 1..(1 << differ.len()) - 1 {
        let mut mixed = one.clone();
        for (bit, place) in differ.iter().enumerate().filter(|(bit, _)| mask >> bit & 1 == 1) {
            let _ = bit;
            mixed[*place] = other[*place].clone();
        }
        assert!(refused(&put_together(&magic, &mixed), trust), "{mask:b}");
    }
}

/// T47: a release of another grant shows nothing of this one.
#[test]
fn t47_a_release_of_another_grant_does_not_count() {
    let mut town = Opened::new(KemAlgorithm::X25519, 2, SMALL);
    let files = [0, 1].map(|grant| town.evidence(grant, &[0], false));
    let (magic, mut frames) = take_apart(&files[0]);
    frames[1] = take_apart(&files[1]).1.swap_remove(1);
    let error = verify(&put_together(&magic, &frames), &town.world.trust).unwrap_err();
    assert!(matches!(error, EvidenceError::Log(LogProofError::Release)), "{error:?}");
}

/// T47: parts in another order, twice, in each other's place, without bodies or with those of another clip do not verify.
#[test]
fn t47_parts_that_are_swapped_do_not_verify() {
    let mut town = small();
    let (file, trust) = (town.evidence(0, &[0, 1], true), &town.world.trust);
    let (magic, frames) = take_apart(&file);
    let starts: Vec<_> = (0..frames.len()).filter(|place| frames[*place].0 == b'C').collect();
    let [words, first, second] = starts[..] else { panic!("{starts:?}") };
    let pieces = [&frames[words..first], &frames[first..second], &frames[second..]];
    let with = |places: &[u16], order: &[usize]| {
        let places = (b'S', places.iter().flat_map(|place| place.to_be_bytes()).collect());
        let parts = order.iter().flat_map(|place| pieces[*place].to_vec());
        let frames = frames[..words - 1].iter().cloned().chain([places]).chain(parts);
        put_together(&magic, &frames.collect::<Vec<_>>())
    };
    let of = |order: &[usize]| with(&order.iter().map(|place| *place as u16).collect::<Vec<_>>(), order);
    for good in [&[0, 1, 2][..], &[1, 2], &[0, 1], &[0, 2], &[1], &[2]] {
        assert!(!refused(&of(good), trust), "{good:?}");
    }
    for bad in [&[][..], &[0], &[0, 2, 1], &[1, 0], &[1, 1], &[0, 0, 1], &[0, 1, 2, 2], &[2, 1]] {
        assert!(refused(&of(bad), trust), "{bad:?}");
    }
    // Other places than those of the parts, and each with the other's bodies.
    for (places, order) in [
        (&[0, 1][..], &[0, 2][..]),
        (&[0, 2], &[0, 1]),
        (&[1, 2], &[2, 1]),
        (&[0, 1, 2], &[0, 2, 1]),
        (&[1], &[0]),
        (&[0, 1], &[1, 1]),
        (&[1, 2], &[1]),
        (&[1], &[1, 2]),
        (&[1, 2, 3], &[1, 2]),
        (&[3], &[1]),
    ] {
        assert!(refused(&with(places, order), trust), "{places:?}, {order:?}");
    }
    let mut exchanged = frames.clone();
    exchanged.swap(first, second);
    assert!(refused(&put_together(&magic, &exchanged), trust));
    let mut exchanged = frames.clone();
    exchanged.swap(first + 1, second + 1);
    let same = exchanged[first + 1] == frames[first + 1];
    assert!(same || refused(&put_together(&magic, &exchanged), trust));
    for place in first + 1..frames.len() {
        let mut fewer = frames.clone();
        fewer.remove(place);
        assert!(refused(&put_together(&magic, &fewer), trust), "without frame {place}");
    }
}

/// T47: under other roots the log proves nothing; under other registrars nobody had standing.
#[test]
fn t47_other_trust_roots_believe_nothing() {
    let mut town = small();
    let file = town.evidence(0, &[0], false);
    let stranger = SigningKey::generate(&mut Pinned(7)).unwrap().verifying_key();
    let trust = TrustRoots::new(town.world.trust.log().clone(), vec![stranger], 1).unwrap();
    let evidence = verify(&file, &trust).unwrap();
    assert_eq!(evidence.verdict().agency, AgencyStanding::NotApproved);
    assert!(matches!(evidence.verdict().clips[0].camera, CameraTrust::Unknown { .. }));
    // A log whose witnesses are others.
    let log = town.world.trust.log();
    let mut witnesses = log.witnesses().to_vec();
    for (witness, seed) in witnesses.iter_mut().zip(100..).take(2) {
        witness.key = SigningKey::generate(&mut Pinned(seed)).unwrap().verifying_key();
    }
    let log = footage::record::LogRoot::new(log.origin().clone(), *log.key(), witnesses, 3, 1).unwrap();
    let trust = TrustRoots::new(log, town.world.trust.registrars().to_vec(), 1).unwrap();
    let error = verify(&file, &trust).unwrap_err();
    assert!(matches!(error, EvidenceError::Log(LogProofError::Checkpoint(_))), "{error:?}");
}

/// The entries of the log proof in a file, and the file with others in their place.
fn log_proof(file: &[u8]) -> (Vec<u8>, Vec<Vec<u8>>) {
    let log = take_apart(file).1.swap_remove(1).1;
    let mut from = minicbor::Decoder::new(&log);
    assert_eq!(from.array().unwrap(), Some(2));
    let note = from.bytes().unwrap().to_vec();
    let count = from.array().unwrap().unwrap();
    let entries = (0..count).map(|_| {
        let start = from.position();
        from.skip().unwrap();
        log[start..from.position()].to_vec()
    });
    (note, entries.collect())
}

fn with_log(file: &[u8], note: &[u8], entries: &[Vec<u8>]) -> Vec<u8> {
    let (magic, mut frames) = take_apart(file);
    let mut to = minicbor::Encoder::new(Vec::new());
    to.array(2).unwrap().bytes(note).unwrap().array(entries.len() as u64).unwrap();
    frames[1].1 = [to.into_writer(), entries.concat()].concat();
    put_together(&magic, &frames)
}

/// T47: no line of the checkpoint may be any other, because exactly a quorum's are there; and no entry may be missing or moved.
#[test]
fn t47_the_log_proof_has_one_form() {
    let mut town = small();
    let (file, trust) = (town.evidence(0, &[0], false), &town.world.trust);
    let (note, entries) = log_proof(&file);
    assert!(with_log(&file, &note, &entries) == file);
    // The note as the log has it, with the lines of all witnesses.
    let checkpoint =
        town.world.history.iter().find(|known| known.checkpoint().size() as usize == town.world.log.size() as usize);
    let whole = checkpoint.unwrap().bytes();
    assert!(whole.len() > note.len());
    let error = verify(&with_log(&file, whole, &entries), trust).unwrap_err();
    assert!(matches!(error, EvidenceError::Log(LogProofError::Lines)), "{error:?}");
    for one in 0..entries.len() {
        let mut fewer = entries.clone();
        fewer.remove(one);
        match verify(&with_log(&file, &note, &fewer), trust) {
            Err(EvidenceError::Log(_)) => {}
            Ok(evidence) => {
                let agency = evidence.verdict().agency == AgencyStanding::NotApproved;
                let maker = matches!(evidence.verdict().clips[0].camera, CameraTrust::Unknown { .. });
                assert!(agency || maker, "without entry {one} it says the same");
            }
            Err(error) => panic!("{error:?}"),
        }
        let mut moved = entries.clone();
        moved.swap(one, (one + 1) % entries.len());
        let error = verify(&with_log(&file, &note, &moved), trust).unwrap_err();
        assert!(matches!(error, EvidenceError::Log(LogProofError::Order)), "{error:?}");
        let mut twice = entries.clone();
        twice.insert(one, entries[one].clone());
        assert!(refused(&with_log(&file, &note, &twice), trust));
    }
}

/// A reader who knows the log confirms that it goes on from the file's checkpoint.
#[test]
fn the_log_confirms_evidence_that_it_goes_on_from() {
    let mut town = small();
    let file = town.evidence(0, &[0], false);
    town.world.renew();
    let mut evidence = verify(&file, &town.world.trust).unwrap();
    let known = town.world.anchor();
    let (old, new) = (evidence.checkpoint().checkpoint().size(), known.checkpoint().size());
    let mut tree = Tree::default();
    for entry in archive(&town.world).entries() {
        tree.push(leaf_hash(entry));
    }
    let proof = consistency_proof(&mut &tree, old, new).unwrap();
    let wrong = consistency_proof(&mut &tree, old - 1, new).unwrap();
    assert!(evidence.confirm(&known, &wrong).is_err());
    assert!(matches!(evidence.verdict().log, LogConfirmation::AsOf(_)));
    evidence.confirm(&known, &proof).unwrap();
    assert_eq!(evidence.verdict().log, LogConfirmation::Confirmed);
}

/// A camera's maker is judged just before the release, and an agency by its own time.
#[test]
fn a_maker_is_judged_as_it_stood_before_the_release() {
    let acme = MakerId::new("acme").unwrap();
    let withdraw = |town: &mut Opened| {
        for key in [town.world.maker.verifying_key(), town.world.keys.agency.verifying_key()] {
            let withdrawal = town.world.registrar.withdraw(key, town.world.latest.as_ref().unwrap());
            town.world.publish(withdrawal);
        }
    };
    // Withdrawn after the release: that changes nothing, although the file shows it.
    let mut town = small();
    withdraw(&mut town);
    let file = town.evidence(0, &[0], false);
    let verdict = verify(&file, &town.world.trust).unwrap().verdict().clone();
    assert_eq!(verdict.clips[0].camera, CameraTrust::Approved { maker: acme.clone() });
    assert_eq!(verdict.agency, AgencyStanding::Approved);
    // The maker was withdrawn before it.
    let mut town = Opened::new(KemAlgorithm::X25519, 0, SMALL);
    town.grant_then(|world| {
        let withdrawal = world.registrar.withdraw(world.maker.verifying_key(), world.latest.as_ref().unwrap());
        world.publish(withdrawal);
    });
    let file = town.evidence(0, &[0], false);
    let verdict = verify(&file, &town.world.trust).unwrap().verdict().clone();
    assert!(matches!(&verdict.clips[0].camera, CameraTrust::MakerWithdrawn { maker, .. } if *maker == acme));
}

/// Evidence says of a maker that had lapsed when its last approval had ended, as the log does: of whatever key.
#[test]
fn evidence_says_when_a_maker_lapsed() {
    let mut town = Opened::new(KemAlgorithm::X25519, 0, SMALL);
    let mut ended = None;
    town.grant_then(|world| {
        let key = world.maker.verifying_key();
        let withdrawal = world.registrar.withdraw(key, world.latest.as_ref().unwrap());
        world.publish(withdrawal);
        let (from, other) = (world.now, SigningKey::from_secret(&Secret::take(&mut [77; 32])));
        for (key, hours) in [(key, 1), (other.verifying_key(), 2)] {
            let validity = Window::new(from, from.after(Millis::HOUR.times(hours))).unwrap();
            let (maker, name) = (MakerId::new("acme").unwrap(), Name::new("Acme Cameras").unwrap());
            world.approve(MakerApproval { maker, name, key, validity });
            ended = Some(validity.to());
        }
        world.witness();
        world.wait(Millis::HOUR.times(3));
        world.witness();
    });
    let World { agency, ledger, now, .. } = &mut town.world;
    let opened = agency.open_grant(town.grants[0].id(), ledger, *now).unwrap();
    let lapsed = CameraTrust::Lapsed { maker: MakerId::new("acme").unwrap(), ended: ended.unwrap() };
    assert_eq!(opened.verdict.clips[0].camera, lapsed);
    let file = town.evidence(0, &[0], false);
    assert_eq!(verify(&file, &town.world.trust).unwrap().verdict().clips[0].camera, lapsed);
}

/// T47: evidence keeps the cosignatures of a quorum only. It is judged at the same time as under the whole note, even if some
/// witnesses were late.
#[test]
fn t47_evidence_existed_by_the_time_of_its_checkpoint() {
    let mut town = small();
    let (ids, now) = (town.ids(), town.world.now);
    let World { log, witnesses, trust, .. } = &mut town.world;
    let (late, early) = witnesses.split_at_mut(2);
    let mut note = Note::from_bytes(&log.cosigned(early, now).unwrap()).unwrap();
    let late = Note::from_bytes(&log.cosigned(late, now.after(Millis::DAY)).unwrap()).unwrap();
    for line in &late.signatures()[1..] {
        note.add(line.clone()).unwrap();
    }
    let checkpoint = Witnessed::verify(note.to_string().as_bytes(), trust.log()).unwrap();
    assert!(checkpoint.existed_by() < now.after(Millis::SECOND));
    let file = write(&mut town.world, &town.grants[0], &ids, false, &checkpoint).unwrap();
    let evidence = verify(&file, &town.world.trust).unwrap();
    assert_eq!(evidence.checkpoint().existed_by(), checkpoint.existed_by());
}

/// Evidence that rests on more statements than a reader takes is refused when it is written, while the keys are still there.
#[test]
fn evidence_that_nobody_would_read_is_not_written() {
    let mut town = Opened::new(KemAlgorithm::X25519, 0, SMALL);
    town.grant_then(|world| {
        for millis in 0..520 {
            let from = world.now.before(Millis(millis));
            let validity = Window::new(from, from.after(Millis::DAY)).unwrap();
            let (maker, name) = (MakerId::new("acme").unwrap(), Name::new("Acme Cameras").unwrap());
            world.approve(MakerApproval { maker, name, key: world.maker.verifying_key(), validity });
        }
        world.witness();
    });
    let [id, _] = town.ids();
    let checkpoint = town.world.anchor();
    let written = write(&mut town.world, &town.grants[0], &[id], false, &checkpoint).map(|_| ());
    assert!(matches!(written, Err(AgencyError::LogProof(LogProofError::TooMuch))), "{written:?}");
}

/// What cannot be shown is not written.
#[test]
fn evidence_that_would_not_verify_is_not_written() {
    let mut town = small();
    let [id, _] = town.ids();
    let checkpoint = town.world.anchor();
    let (world, granted) = (&mut town.world, &town.grants[0]);
    let error = write(world, granted, &[], true, &checkpoint).unwrap_err();
    assert!(matches!(error, AgencyError::Evidence(WriteEvidenceError::NoClip)), "{error}");
    let stranger = footage::record::ClipId::from_bytes([9; 16]);
    for clips in [&[id, id][..], &[stranger]] {
        let error = write(world, granted, clips, false, &checkpoint).unwrap_err();
        assert!(matches!(error, AgencyError::Evidence(WriteEvidenceError::Clip(_))), "{error}");
    }
    // A checkpoint from before the answers, and one so late that nobody's approval holds.
    let early = world.history[world.history.len() - 2].clone();
    let error = write(world, granted, &[id], false, &early).unwrap_err();
    assert!(matches!(error, AgencyError::LogProof(LogProofError::Missing(_))), "{error}");
    world.wait(Millis::DAY.times(8));
    world.witness();
    let late = world.anchor();
    let error = write(world, granted, &[id], false, &late).unwrap_err();
    assert!(matches!(error, AgencyError::LogProof(LogProofError::Lapsed)), "{error}");
    // Under the checkpoint of its time it is still written, until the agency has finished.
    assert!(write(world, granted, &[id], false, &checkpoint).is_ok());
    world.agency.finish(granted.id()).unwrap();
    let error = write(world, granted, &[id], false, &checkpoint).unwrap_err();
    assert!(matches!(error, AgencyError::Finished(_)), "{error}");
}
