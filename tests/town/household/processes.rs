//! The household through saved files alone: each step is a process of its own, each device a directory, the place a
//! directory, the sheets a file, and the clips and excerpts lie at a host.

use std::fs::{self, File};
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Command;

use footage::agency::Excerpt;
use footage::clip::FinishedClip;
use footage::crypto::{KemAlgorithm, VerifyingKey};
use footage::record::{EntryContent, GrantId, HouseholdCamera, Signed};
use footage::resident::{
    CameraCheck, ClipOwners, Household, HouseholdDevice, ObjectPlace, OwnersCheck, PeriodChange, Recovered,
    RecoverySheet, ShareState,
};
use footage::store::{DirectoryObjects, DirectoryStore, ObjectPath};
use footage_support::common::World;

use super::asked::{consented, film};
use super::{Pinned, noon, porch};

/// The folder that a step works in, and the step: its name, and the device that it is about.
const FOLDER: &str = "FOOTAGE_HOUSEHOLD_FOLDER";
const STEP: &str = "FOOTAGE_HOUSEHOLD_STEP";
const KEM: KemAlgorithm = KemAlgorithm::XWing;

/// Three devices, a period that begins between, clips and grants by each; then any two devices are lost, and then all three.
#[test]
fn t36_any_two_devices_are_lost_and_then_all_three() {
    let home = folder("home");
    for step in [
        "begin one",
        "film one",
        "grant one",
        "request two",
        "admit one two",
        "join two",
        "film two",
        "grant two",
        "period two",
        "request three",
        "admit two three",
        "join three",
        "film three",
        "grant three",
        "grant one",
    ] {
        run(&home, step);
    }
    assert_eq!((count(&home, "clips"), count(&home, "excerpts")), (3, 4));

    let devices = ["one", "two", "three"];
    for left in devices {
        let after = folder(&format!("left-{left}"));
        copy(&home, &after);
        for lost in devices.into_iter().filter(|lost| *lost != left) {
            fs::remove_dir_all(after.join(lost)).unwrap();
        }
        run(&after, &format!("check {left}"));
        run(&after, &format!("revoke {left}"));
        fs::remove_dir_all(after).unwrap();
    }

    // All are lost: the sheets and the place give everything back. Another has found the devices.
    let found = folder("found");
    copy(&home, &found);
    for lost in devices {
        fs::remove_dir_all(home.join(lost)).unwrap();
    }
    for step in ["recover four", "check four", "film four", "grant four"] {
        run(&home, step);
    }
    for shared in ["place", "clips", "excerpts"] {
        fs::remove_dir_all(found.join(shared)).unwrap();
        copy(&home.join(shared), &found.join(shared));
    }
    for lost in devices {
        run(&found, &format!("locked-out {lost}"));
    }
    // What they put at the place takes nothing from the household.
    copy(&found.join("place"), &home.join("place"));
    for step in
        ["check four", "revoke four", "request five", "admit four five", "join five", "check five", "revoked five"]
    {
        run(&home, step);
    }
    fs::remove_dir_all(home).unwrap();
    fs::remove_dir_all(found).unwrap();
}

/// A step of the test above, in a process of its own. Without one it does nothing.
#[test]
fn step() {
    let (Ok(folder), Ok(step)) = (std::env::var(FOLDER), std::env::var(STEP)) else { return };
    let words: Vec<_> = step.split(' ').collect();
    let mut home = Home::at(folder.into(), &step);
    match words[..] {
        ["begin", name] => home.begin(name),
        ["request", name] => home.request(name),
        ["admit", by, name] => home.admit(by, name),
        ["join", name] => home.join(name),
        ["period", name] => home.period(name),
        ["film", name] => home.film(name),
        ["grant", name] => home.grant(name),
        ["recover", name] => home.recover(name),
        ["check", name] => home.check(name),
        ["revoke", name] => home.revoke(name),
        ["revoked", name] => home.revoked(name),
        ["locked-out", name] => home.locked_out(name),
        _ => panic!("{step}"),
    }
}

fn run(folder: &Path, step: &str) {
    let program = std::env::current_exe().unwrap();
    let mut command = Command::new(program);
    command.args(["--exact", "household::processes::step", "--nocapture"]).env(FOLDER, folder).env(STEP, step);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{step}: {}", String::from_utf8_lossy(&output.stderr));
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("household-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (entry, to) = (entry.as_ref().unwrap(), to.join(entry.as_ref().unwrap().file_name()));
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

fn count(home: &Path, folder: &str) -> usize {
    fs::read_dir(home.join(folder)).unwrap().count()
}

/// What a process has of the household: files.
struct Home {
    folder: PathBuf,
    objects: DirectoryObjects,
    random: Pinned,
}

impl Home {
    fn at(folder: PathBuf, step: &str) -> Self {
        for shared in ["place", "clips", "excerpts"] {
            fs::create_dir_all(folder.join(shared)).unwrap();
        }
        let objects = DirectoryObjects::open(folder.join("place")).unwrap();
        // Another one in each process.
        let seed =
            blake3::hash(step.as_bytes()).as_bytes()[..8].iter().fold(0, |seed, byte| seed << 8 | u64::from(*byte));
        let seed = seed ^ count(&folder, "excerpts") as u64;
        Self { folder, objects, random: Pinned(seed) }
    }

    fn with<T>(&mut self, act: impl FnOnce(&mut ObjectPlace<'_, DirectoryObjects>, &mut Pinned, &Path) -> T) -> T {
        let path = ObjectPath::new("household").unwrap();
        act(&mut ObjectPlace::new(&self.objects, path), &mut self.random, &self.folder)
    }

    fn open(&mut self, name: &str) -> Household<DirectoryStore> {
        let mut household = Household::open(DirectoryStore::open(self.folder.join(name)).unwrap()).unwrap();
        self.with(|place, random, _| household.synchronise(place, noon(), random).map(drop)).unwrap();
        household
    }

    fn new_device(&mut self, name: &str) -> HouseholdDevice<DirectoryStore> {
        let store = DirectoryStore::begin(self.folder.join(name)).unwrap();
        HouseholdDevice::begin(store, KEM, &mut self.random).unwrap()
    }

    fn sheets(&self) -> Recovered {
        let text = fs::read_to_string(self.folder.join("sheets")).unwrap();
        let sheets: Vec<RecoverySheet> = text.lines().skip(1).map(|line| line.parse().unwrap()).collect();
        RecoverySheet::combine(&sheets).unwrap()
    }

    fn begin(&mut self, name: &str) {
        let device = self.new_device(name);
        let new = device.prepare_household(noon(), &mut self.random).unwrap();
        let sheets: Vec<_> = new.sheets(2, 3).unwrap().iter().map(|sheet| sheet.to_text().to_string()).collect();
        fs::write(self.folder.join("sheets"), sheets.join("\n")).unwrap();
        let mut household = device.begin_household(&new, &mut self.random).unwrap();
        let key = World::new().keys.camera.verifying_key();
        let camera = EntryContent::Camera(HouseholdCamera { key, cell: Some(porch()) });
        household.write(camera, noon(), &mut self.random).unwrap();
        self.with(|place, random, _| household.synchronise(place, noon(), random).map(drop)).unwrap();
    }

    fn request(&mut self, name: &str) {
        let device = self.new_device(name);
        let request = device.request(&mut self.random).unwrap();
        fs::write(self.folder.join("request"), request.to_bytes()).unwrap();
    }

    fn admit(&mut self, by: &str, _: &str) {
        let mut household = self.open(by);
        let request = Signed::from_bytes(&fs::read(self.folder.join("request")).unwrap()).unwrap();
        let handover = self.with(|place, random, _| household.add_device(request, place, noon(), random)).unwrap();
        fs::write(self.folder.join("handover"), handover.to_bytes()).unwrap();
        fs::write(self.folder.join("from"), household.device().signer.as_bytes()).unwrap();
    }

    fn join(&mut self, name: &str) {
        let device = HouseholdDevice::open(DirectoryStore::open(self.folder.join(name)).unwrap()).unwrap();
        let handover = Signed::from_bytes(&fs::read(self.folder.join("handover")).unwrap()).unwrap();
        let from = fs::read(self.folder.join("from")).unwrap();
        let from = VerifyingKey::from_bytes(from.as_slice().try_into().unwrap()).unwrap();
        self.with(|place, random, _| device.join(handover, &from, place, noon(), random).map(drop)).unwrap();
    }

    fn period(&mut self, name: &str) {
        let (mut household, sheets) = (self.open(name), self.sheets());
        let new = household.prepare_period(&PeriodChange::default(), &sheets, noon(), &mut self.random).unwrap();
        self.with(|place, random, _| household.begin_period(&new, place, noon(), random).map(drop)).unwrap();
    }

    fn recover(&mut self, name: &str) {
        let (device, sheets) = (self.new_device(name), self.sheets());
        self.with(|place, random, _| device.recover(&sheets, place, noon(), random).map(drop)).unwrap();
    }

    /// The camera seals a clip for the newest list that this device gives it.
    fn film(&mut self, name: &str) {
        let household = self.open(name);
        let newest = household.owner_lists().last().unwrap();
        let seed = self.random.0;
        fs::write(self.folder.join("clips").join(name), film(&World::new(), newest, seed)).unwrap();
    }

    /// Grants a part of the clip of this device, keeps the consent, and writes the excerpt.
    fn grant(&mut self, name: &str) {
        let mut household = self.open(name);
        let mut world = World::new();
        let request = world.request();
        let mut clip = [household.own(read(&self.folder.join("clips").join(name)), noon()).unwrap()];
        world.random = Pinned(self.random.0);
        let (made, now) = (consented(&mut world, &request, &mut clip), world.now);
        let number = count(&self.folder, "excerpts");
        self.with(|place, random, folder| {
            let kept = made.keep(&mut household.keeper(place, now, random)).unwrap();
            let mut file = File::create(folder.join("excerpts").join(number.to_string())).unwrap();
            kept.write(&mut clip, &mut household.keeper(place, now, random), now, &mut file).map(drop).unwrap();
        });
    }

    fn files(&self, folder: &str) -> Vec<PathBuf> {
        let files = fs::read_dir(self.folder.join(folder)).unwrap();
        let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        files.sort();
        files
    }

    fn excerpts(&self) -> Vec<GrantId> {
        let grant = |path: PathBuf| Excerpt::open(File::open(path).unwrap()).unwrap().terms().statement().grant;
        self.files("excerpts").into_iter().map(grant).collect()
    }

    /// Every clip opens, and every grant that was sent is known.
    fn check(&mut self, name: &str) {
        let household = self.open(name);
        for clip in self.files("clips") {
            let (mut clip, mut opened) = (read(&clip), Vec::new());
            let check = household.check(&ClipOwners::from(clip.owners()), clip.certificate().statement().key(), noon());
            assert!(matches!(check.owners, OwnersCheck::Present | OwnersCheck::Ended { .. }), "{:?}", check.owners);
            assert_eq!(check.camera, CameraCheck::Own(porch()));
            let secret = clip.unlock(household.key(&clip.owners().household()).unwrap()).unwrap();
            clip.open_all(&secret, &mut opened, |_| {}).unwrap();
            assert!(opened.len() > 3000);
        }
        let mut known: Vec<_> = household.consents(noon()).iter().map(|(kept, _)| kept.consent.grant()).collect();
        let mut sent = self.excerpts();
        known.sort();
        sent.sort();
        assert_eq!(known, sent);
        assert_eq!(household.cameras(noon()).len(), 1);
    }

    /// Every open grant is revoked, and a custodian takes each revocation.
    fn revoke(&mut self, name: &str) {
        let (mut household, mut world) = (self.open(name), World::new());
        for grant in self.excerpts() {
            let consent = household.revoke(&grant, noon(), &mut self.random).unwrap();
            assert!(world.custodians[0].revoke(*consent.revocation).is_ok());
        }
        self.with(|place, random, _| household.synchronise(place, noon(), random).map(drop)).unwrap();
        drop(household);
        self.revoked(name);
    }

    fn revoked(&mut self, name: &str) {
        let (household, world) = (Household::open(DirectoryStore::open(self.folder.join(name)).unwrap()), World::new());
        let shares = household.unwrap().shares(&world.ledger, noon());
        assert_eq!(shares.len(), self.excerpts().len());
        for share in shares {
            assert_eq!(share.state, ShareState::Revoked { custodians: 0, needed: 2, released: false });
        }
    }

    /// A device that was taken out opens what it could open, and nothing new; nor does it put a grant into the file.
    fn locked_out(&mut self, name: &str) {
        let mut household = Household::open(DirectoryStore::open(self.folder.join(name)).unwrap()).unwrap();
        let told = self.with(|place, random, _| household.synchronise(place, noon(), random)).unwrap();
        assert!(told.taken_out);
        for clip in self.files("clips") {
            let new = clip.file_name().unwrap() == "four";
            assert_eq!(household.own(read(&clip), noon()).is_err(), new, "{}", clip.display());
        }
        let (mut world, clips) = (World::new(), self.folder.join("clips"));
        let request = world.request();
        let mut clip = [household.own(read(&clips.join("one")), noon()).unwrap()];
        let made = consented(&mut world, &request, &mut clip);
        let kept = self.with(|place, random, _| made.keep(&mut household.keeper(place, world.now, random)).map(drop));
        assert!(kept.is_err());
    }
}

fn read(clip: &Path) -> FinishedClip<Cursor<Vec<u8>>> {
    FinishedClip::open(Cursor::new(fs::read(clip).unwrap())).unwrap()
}
