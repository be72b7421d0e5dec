//! A crash at every step of every operation, with every fate of what was not synced.

use footage::store::contract::{check_half_erased, check_poisoned};
use footage::store::{FileStore, Store, StoreError};

use crate::contents::{Change, Contents, key};
use crate::faults::{Cut, FaultDisk, FaultFiles, Spoilt, Stop};

type Opened = FileStore<FaultDisk>;

fn open(files: &FaultFiles) -> Result<Opened, StoreError> {
    FileStore::open_on(FaultDisk::new(files))
}

/// What a store holds that must open.
fn contents(files: &FaultFiles) -> Result<Contents, String> {
    let mut store = open(files).map_err(|error| format!("opening: {error:?}"))?;
    Contents::of(&mut store).map_err(|error| format!("reading: {error:?}"))
}

const SECRET: &[u8] = b"a secret of more than a few bytes";
const NEXT: &[u8] = b"the next secret, of as many bytes";

/// A store that holds these.
fn prepared(changes: &[Change]) -> (FaultFiles, Contents) {
    let files = FaultFiles::new();
    let mut store = FileStore::begin_on(FaultDisk::new(&files)).unwrap();
    let mut holds = Contents::default();
    for change in changes {
        change.make(&mut store).unwrap();
        holds = change.apply(&holds);
    }
    drop(store);
    (files, holds)
}

/// Searches every crash in one change, and every crash in the opening after it. Returns how many states there were.
fn search(files: &FaultFiles, holds: &Contents, change: &Change) -> Result<usize, String> {
    let after = change.apply(holds);
    let mut states = 0;
    for step in 0.. {
        let at = |error: String| format!("{change:?} before step {step}: {error}");
        let files = files.fork();
        let mut store = open(&files).map_err(|error| at(format!("{error:?}")))?;
        files.stop_at(step, Stop::CutBefore);
        let done = change.make(&mut store).is_ok();
        let allowed = if done { vec![&after] } else { vec![holds, &after] };
        let allowed: Vec<Contents> = allowed.into_iter().cloned().collect();
        for cut in files.cuts() {
            let disk = files.fork();
            disk.power_cut(&cut);
            if let (true, Change::Erase(_)) = (done, change)
                && (disk.holds(SECRET) || disk.exists("erasing.s").unwrap())
            {
                return Err(at(format!("{cut:?}: something of the secret is left")));
            }
            states += again(&disk, &allowed).map_err(|error| at(format!("{cut:?}: {error}")))?;
        }
        let killed = files.fork();
        killed.kill();
        states += again(&killed, &allowed).map_err(|error| at(format!("killed: {error}")))?;
        if done {
            return Ok(states);
        }
    }
    unreachable!()
}

/// Opens what a crash left, with a crash at every step of it; whatever is read then lasts.
fn again(disk: &FaultFiles, allowed: &[Contents]) -> Result<usize, String> {
    let mut states = 1;
    let read = contents(&disk.fork())?;
    if !allowed.contains(&read) {
        return Err(format!("{read:?} instead of {allowed:?}"));
    }
    for step in 0.. {
        let disk = disk.fork();
        disk.stop_at(step, Stop::CutBefore);
        let opened = open(&disk).map(|mut store| Contents::of(&mut store).unwrap_or_default()).ok();
        let stopped = disk.stopped();
        for cut in disk.cuts() {
            states += 1;
            let disk = disk.fork();
            disk.power_cut(&cut);
            let read = contents(&disk).map_err(|error| format!("again before step {step}: {cut:?}: {error}"))?;
            let same = stopped || opened.as_ref() == Some(&read);
            if !allowed.contains(&read) || !same {
                return Err(format!(
                    "again before step {step}: {cut:?}: {read:?} instead of {opened:?} in {allowed:?}"
                ));
            }
        }
        if !stopped {
            break;
        }
    }
    // The store is as good as any other.
    let mut store = open(disk).map_err(|error| format!("{error:?}"))?;
    let goes_on = [
        Change::PutFact(key("f"), b"later".to_vec()),
        Change::Erase(key("s")),
        Change::PutSecret(key("s"), NEXT.to_vec()),
    ];
    let mut holds = read;
    for change in &goes_on {
        change.make(&mut store).map_err(|error| format!("{change:?}: {error:?}"))?;
        holds = change.apply(&holds);
    }
    let read = Contents::of(&mut store).map_err(|error| format!("{error:?}"))?;
    if read == holds { Ok(states) } else { Err(format!("{read:?} instead of {holds:?}")) }
}

/// Every operation, and what a store holds before it.
fn operations() -> Vec<(Vec<Change>, Change)> {
    let fact = |value: &[u8]| Change::PutFact(key("f"), value.to_vec());
    let secret = Change::PutSecret(key("s"), SECRET.to_vec());
    let others = vec![Change::PutFact(key("g"), b"other".to_vec()), Change::PutSecret(key("t"), b"kept".to_vec())];
    let with = |changes: &[Change]| [&others[..], changes].concat();
    vec![
        (others.clone(), fact(b"first")),
        (with(&[fact(b"old value")]), fact(b"new value, longer")),
        (with(&[fact(b"old value")]), fact(b"")),
        (with(&[fact(b"old value")]), Change::RemoveFact(key("f"))),
        (others.clone(), secret.clone()),
        (with(std::slice::from_ref(&secret)), Change::Erase(key("s"))),
        (with(&[secret.clone(), Change::Erase(key("s"))]), secret.clone()),
        (others, Change::Erase(key("s"))),
    ]
}

#[test]
fn a_crash_at_any_step_leaves_the_old_state_or_the_new() {
    let mut states = 0;
    for (before, change) in operations() {
        let (files, holds) = prepared(&before);
        states += search(&files, &holds, &change).unwrap();
    }
    println!("{states} crash states");
    assert!(states > 1000, "{states}");
}

#[test]
fn the_search_finds_a_sync_that_is_missing() {
    for (bytes, names) in [(true, false), (false, true)] {
        let found = operations().into_iter().filter(|(before, change)| {
            let (files, holds) = prepared(before);
            files.lie(bytes, names);
            search(&files, &holds, change).is_err()
        });
        assert!(found.count() >= 4);
    }
}

#[test]
fn a_crash_while_a_store_begins_leaves_none_or_a_whole_one() {
    let mut states = 0;
    for step in 0.. {
        let files = FaultFiles::new();
        files.stop_at(step, Stop::CutBefore);
        let done = FileStore::begin_on(FaultDisk::new(&files)).is_ok();
        for cut in files.cuts() {
            let disk = files.fork();
            disk.power_cut(&cut);
            match open(&disk) {
                Ok(mut store) => assert_eq!(Contents::of(&mut store).unwrap(), Contents::default()),
                Err(StoreError::Missing) => {
                    assert!(!done, "{cut:?}");
                    // Begun again, with a crash at every step of that too.
                    for step in 0.. {
                        let disk = disk.fork();
                        disk.stop_at(step, Stop::CutBefore);
                        let done = FileStore::begin_on(FaultDisk::new(&disk)).is_ok();
                        for cut in disk.cuts() {
                            states += 1;
                            let disk = disk.fork();
                            disk.power_cut(&cut);
                            let opened = open(&disk).map(drop);
                            assert!(
                                opened.is_ok() || !done && matches!(opened, Err(StoreError::Missing)),
                                "{opened:?}"
                            );
                            if opened.is_err() {
                                FileStore::begin_on(FaultDisk::new(&disk)).unwrap();
                            }
                        }
                        if done {
                            break;
                        }
                    }
                }
                Err(error) => panic!("{cut:?}: {error:?}"),
            }
        }
        if done {
            break;
        }
    }
    println!("{states} crash states");
    assert!(states > 50, "{states}");
}

#[test]
fn an_error_at_any_step_poisons_until_the_store_is_opened_again() {
    for stop in [Stop::FailBefore, Stop::FailAfter] {
        for (before, change) in operations() {
            let (files, holds) = prepared(&before);
            for step in 0.. {
                let files = files.fork();
                let mut store = open(&files).unwrap();
                files.stop_at(step, stop);
                if change.make(&mut store).is_ok() {
                    break;
                }
                check_poisoned(&mut store).unwrap();
                drop(store);
                again(&files, &[holds.clone(), change.apply(&holds)]).unwrap();
            }
        }
    }
}

/// An opening in which finishing an erasure fails once lists the secret as half erased, and the next one finishes it.
#[test]
fn an_error_while_an_erasure_is_finished_never_lists_the_secret_as_erased() {
    let (files, _) = prepared(&[Change::PutSecret(key("s"), SECRET.to_vec())]);
    for left in 0.. {
        let files = files.fork();
        let mut store = open(&files).unwrap();
        files.stop_at(left, Stop::CutBefore);
        if store.erase(&key("s")).is_ok() {
            break;
        }
        files.kill();
        for stop in [Stop::FailBefore, Stop::FailAfter] {
            for step in 0.. {
                let files = files.fork();
                files.stop_at(step, stop);
                if let Ok(mut store) = open(&files) {
                    let listed = Contents::of(&mut store).unwrap();
                    assert_eq!(listed.secrets.is_empty(), !files.holds(SECRET) && files.list().unwrap().len() == 1);
                    let state = listed.secrets.get(&key("s")).cloned();
                    if state == Some(None) {
                        check_half_erased(&mut store, &key("s")).unwrap();
                        assert!(!files.holds(SECRET));
                    }
                }
                if !files.stopped() {
                    break;
                }
            }
        }
    }
}

#[test]
fn one_secret_that_cannot_be_erased_keeps_nobody_from_the_others() {
    let secret = |name: &str| Change::PutSecret(key(name), SECRET.to_vec());
    let (files, _) = prepared(&[secret("a"), secret("b"), secret("c")]);
    files.spoil("secret.b", Spoilt::Fails);
    let mut store = open(&files).unwrap();
    assert!(matches!(store.erase(&key("b")), Err(StoreError::Io { .. })));
    check_poisoned(&mut store).unwrap();
    drop(store);
    for _ in 0..2 {
        let mut store = open(&files).unwrap();
        assert_eq!(Contents::of(&mut store).unwrap().secrets[&key("b")], None);
        assert!(store.erase(&key("a")).unwrap().nothing_left);
        assert_eq!(**store.secret(&key("c")).unwrap().unwrap(), *SECRET);
    }
    let mut store = open(&files).unwrap();
    files.repair();
    check_half_erased(&mut store, &key("b")).unwrap();
    store.erase(&key("c")).map(drop).unwrap();
    assert!(!files.holds(SECRET));
}

#[test]
fn a_secret_that_was_half_written_is_erased_at_opening() {
    let (files, _) = prepared(&[]);
    let mut found = 0;
    for step in 0.. {
        let files = files.fork();
        let mut store = open(&files).unwrap();
        files.stop_at(step, Stop::CutBefore);
        let done = store.put_secret(&key("s"), SECRET).is_ok();
        for cut in files.cuts() {
            let disk = files.fork();
            disk.power_cut(&cut);
            let held = disk.exists("new-secret.s").unwrap() && disk.holds(SECRET);
            let mut store = open(&disk).unwrap();
            if held {
                found += 1;
                assert!(store.secrets().unwrap().is_empty());
                assert!(!disk.holds(SECRET));
            }
        }
        if done {
            break;
        }
    }
    assert!(found > 0);
}

/// What a crash left while this change was made, of which there is a file of this name with these bytes.
fn left_behind(change: &Change, name: &str, bytes: &[u8]) -> FaultFiles {
    let (files, _) = prepared(&[]);
    for step in 0.. {
        let files = files.fork();
        let mut store = open(&files).unwrap();
        files.stop_at(step, Stop::CutBefore);
        assert!(change.make(&mut store).is_err());
        let left = |cut: &Cut| {
            let disk = files.fork();
            disk.power_cut(cut);
            (disk.exists(name).unwrap() && disk.holds(bytes)).then_some(disk)
        };
        if let Some(disk) = files.cuts().iter().find_map(left) {
            return disk;
        }
    }
    unreachable!()
}

#[test]
fn a_half_written_secret_that_cannot_be_erased_is_listed() {
    let files = left_behind(&Change::PutSecret(key("s"), SECRET.to_vec()), "new-secret.s", SECRET);
    files.spoil("new-secret.s", Spoilt::Fails);
    drop(open(&files).unwrap());
    let mut store = open(&files).unwrap();
    files.repair();
    check_half_erased(&mut store, &key("s")).unwrap();
    assert!(!files.holds(SECRET));
}

#[test]
fn a_half_written_fact_that_cannot_be_erased_is_written_anew() {
    let change = Change::PutFact(key("f"), SECRET.to_vec());
    let files = left_behind(&change, "new-fact.f", SECRET);
    files.spoil("new-fact.f", Spoilt::Fails);
    search(&files, &Contents::default(), &Change::PutFact(key("f"), NEXT.to_vec())).unwrap();
}

#[test]
fn a_secret_that_reads_back_after_its_erasure_stays_listed() {
    let (files, _) = prepared(&[Change::PutSecret(key("s"), SECRET.to_vec())]);
    files.spoil("secret.s", Spoilt::Ignores);
    let mut store = open(&files).unwrap();
    assert!(!store.erase(&key("s")).unwrap().nothing_left);
    drop(store);
    let mut store = open(&files).unwrap();
    files.repair();
    check_half_erased(&mut store, &key("s")).unwrap();
    assert!(!files.holds(SECRET));
}

/// As a backup that was copied back over the directory leaves it.
#[test]
fn a_secret_whose_erasure_was_begun_is_never_readable_again() {
    let (files, _) = prepared(&[Change::PutSecret(key("s"), SECRET.to_vec())]);
    files.create("erasing.s").unwrap();
    files.sync_names().unwrap();
    again(&files.fork(), &[Contents::default()]).unwrap();
    let mut store = open(&files).unwrap();
    assert!(store.secrets().unwrap().is_empty());
    drop(store);

    let (files, _) = prepared(&[Change::PutSecret(key("s"), SECRET.to_vec())]);
    let mut store = open(&files).unwrap();
    files.create("erasing.s").unwrap();
    files.sync_names().unwrap();
    check_half_erased(&mut store, &key("s")).unwrap();
    assert!(!files.holds(SECRET));
}

/// Long scripts, each with a crash at a step and a fate that its seed draws.
#[test]
fn a_long_life_with_many_crashes_loses_nothing() {
    let mut crashes = 0;
    for seed in 0..200_u64 {
        let (files, mut holds) = prepared(&[]);
        let mut state = seed;
        let mut draw = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for life in 0..8 {
            let mut store = open(&files).unwrap();
            assert_eq!(Contents::of(&mut store).unwrap(), holds, "seed {seed}, life {life}");
            files.stop_at(draw(60), if draw(2) == 0 { Stop::CutBefore } else { Stop::CutAfter });
            let last = loop {
                let (name, value) = (key(&format!("k{}", draw(3))), vec![draw(256) as u8; draw(40) as usize]);
                let change = match draw(4) {
                    0 => Change::PutFact(name, value),
                    1 => Change::RemoveFact(name),
                    2 => Change::PutSecret(name, value),
                    _ => Change::Erase(name),
                };
                match change.make(&mut store) {
                    Ok(()) => holds = change.apply(&holds),
                    Err(StoreError::SecretExists(_)) => {}
                    Err(_) => break change,
                }
            };
            crashes += 1;
            if draw(4) == 0 {
                files.kill();
            } else {
                files.power_cut(&files.cut_of(draw(u64::MAX)));
            }
            let read = contents(&files).unwrap();
            assert!([&holds, &last.apply(&holds)].contains(&&read), "seed {seed}, life {life}: {last:?}: {read:?}");
            holds = read;
        }
    }
    println!("{crashes} crashes");
}

/// The files of the tests lose what a file system may lose.
#[test]
fn a_power_cut_tears_and_reorders_what_was_not_synced() {
    let files = FaultFiles::new();
    files.create("f").unwrap();
    files.append("f", b"synced").unwrap();
    files.sync("f").unwrap();
    files.sync_names().unwrap();
    files.append("f", b"1234").unwrap();
    files.append("f", b"5678").unwrap();
    files.create("g").unwrap();
    let mut left: Vec<_> = files
        .cuts()
        .iter()
        .map(|cut| {
            let files = files.fork();
            files.power_cut(cut);
            (files.read("f").unwrap(), files.exists("g").unwrap())
        })
        .collect();
    assert_eq!(left.len(), 2 * 4 * 4);
    left.sort_unstable();
    left.dedup();
    for kept in
        [&b"synced"[..], b"synced12", b"synced1234", b"synced\0\0\0\x005678", b"synced1234567\x38", b"synced12\0\x0056"]
    {
        assert!(left.contains(&(kept.to_vec(), false)), "{kept:?}");
    }
    assert!(left.iter().any(|(_, name)| *name));
    let (one, other) = (files.fork(), files.fork());
    assert_eq!(one.cut_of(7), other.cut_of(7));
}
