//! Clips of a camera that was built without `std`: the C program of `tests/firmware` seals them through the C interface,
//! with its own allocator and its own random source. It runs on this computer, and on a Cortex-M4 that QEMU emulates.
//! `.ci/run` builds both.
#![allow(missing_docs, clippy::unwrap_used)]

use footage_support::{clips, common};

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::process::Command;

use footage::clip::FinishedClip;
use footage::crypto::{KemAlgorithm, KemPrivateKey, Suite};
use footage::record::{Ending, Layer, Millis};

use common::{Pinned, list_of};

/// The bytes of a segment of pictures.
const LENGTH: usize = 256 << 10;

/// Where a firmware runs.
struct Board {
    name: &'static str,
    /// The variable that names its program.
    variable: &'static str,
    /// How many groups a clip has: a segment of pictures and one of sound in each.
    groups: u32,
}

const HOST: Board = Board { name: "host", variable: "FOOTAGE_TEST_FIRMWARE", groups: 300 };
/// Its memory has 16 MiB for the clip.
const CHIP: Board = Board { name: "chip", variable: "FOOTAGE_TEST_CHIP", groups: 40 };

/// What a firmware wrote, and the figures that it printed.
struct Run {
    clip: Vec<u8>,
    figures: BTreeMap<String, u64>,
}

/// The bytes of the sound beside so many bytes of pictures.
const fn sound(pictures: usize) -> usize {
    pictures / 16
}

fn owner() -> KemPrivateKey {
    KemPrivateKey::generate(KemAlgorithm::XWing, &mut Pinned(1)).unwrap()
}

impl Board {
    fn run(&self, task: &str, number: u32, length: usize) -> Option<Run> {
        let Ok(program) = std::env::var(self.variable) else {
            println!("NOT TESTED: there is no firmware, {} is not set", self.variable);
            return None;
        };
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("firmware-{}-{task}-{length}", self.name));
        fs::create_dir_all(&folder).unwrap();
        let (certificate, key, device) = clips::keys(7);
        let owners = list_of(&[owner().public_key()]).to_bytes();
        for (file, bytes) in [
            ("certificate", certificate.to_bytes().as_slice()),
            ("key", key.to_secret().expose()),
            ("device", device.expose()),
            ("owners", &owners),
        ] {
            fs::write(folder.join(file), bytes).unwrap();
        }
        let arguments = [task, &number.to_string(), &length.to_string()];
        let mut command = self.command(&program, &arguments);
        let output = command.current_dir(&folder).output().unwrap();
        let (printed, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{}: {printed}{errors}", output.status);
        println!("{}, {task}, {number} of {length} bytes:\n{printed}", self.name);
        let figures = printed.lines().filter_map(|line| line.split_once(' '));
        let figures = figures.map(|(name, value)| (name.to_owned(), value.parse().unwrap())).collect();
        Some(Run { clip: fs::read(folder.join("clip")).unwrap(), figures })
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        if self.name == HOST.name {
            let mut command = Command::new(program);
            command.args(arguments);
            return command;
        }
        // An instruction takes a nanosecond, and the board's timer counts them.
        let mut command = Command::new("qemu-system-arm");
        command.args(["-machine", "mps2-an386", "-icount", "shift=0", "-display", "none", "-monitor", "none"]);
        command.args(["-serial", "none", "-kernel", program, "-semihosting-config"]);
        command.arg(format!("enable=on,target=native,arg=firmware,arg={}", arguments.join(",arg=")));
        command
    }

    /// Records a clip of several groups, and checks it.
    fn records(&self, length: usize) -> Option<Run> {
        let run = self.run("record", self.groups, length)?;
        run.opens(self.groups, length, Ending::Finished);
        // Segments are sealed in place.
        run.at_most("recording_heap", 64 << 10);
        run.at_most("stack", 64 << 10);
        Some(run)
    }

    fn recovers(&self) {
        let Some(run) = self.run("recover", self.groups, LENGTH) else { return };
        run.opens(self.groups, LENGTH, Ending::Recovered);
        // The buffer that bodies are read into, and the place and hashes of each segment.
        run.at_most("recovering_heap", (80 << 10) + 200 * u64::from(2 * self.groups));
        run.at_most("stack", 64 << 10);
    }

    fn records_live(&self) {
        let Some(run) = self.run("live", self.groups, LENGTH) else { return };
        // All but the last, which waits for the next.
        assert_eq!(run.figures["groups"], u64::from(self.groups) - 1);
        let mut clip = FinishedClip::open(Cursor::new(&run.clip)).unwrap();
        assert_eq!((clip.count(), clip.ending()), (2 + 2 * self.groups, Ending::Finished));
        let secret = clip.unlock(&owner()).unwrap();
        for index in 2..2 + 2 * self.groups {
            let (header, content) = clip.segment(&secret, index).unwrap();
            let second = index / 2 - 1;
            let (pictures, sound) = (LENGTH / 10, sound(LENGTH) / 10);
            let picture = |number: u32| {
                let length = (pictures as u32 - 4).to_be_bytes();
                let begin = if number == 0 { 0x65 } else { 0x41 };
                [&length[..], &[begin], &vec![1 + (second & 127) as u8; pictures - 5]].concat()
            };
            let samples = match header.open.layer {
                Layer::Pictures => (0..10).flat_map(picture).collect(),
                Layer::Sound => vec![1 + (second & 127) as u8; 10 * sound],
            };
            assert_eq!(header.open.start, Millis::SECOND.times(second.into()));
            assert!(content.ends_with(&samples));
        }
        // A group while it is gathered, its fragment, and a few pictures of the next one.
        run.at_most("recording_heap", 2 * (LENGTH + sound(LENGTH)) as u64 + (128 << 10));
        assert!(run.figures["recording_heap"] <= run.figures["heap_early"] + (32 << 10));
        run.at_most("stack", 64 << 10);
    }

    fn records_many(&self) {
        // On the emulated chip a clip takes 16 ms.
        const CLIPS: u32 = 10_000;
        const SHORT: usize = 1 << 10;
        let Some(run) = self.run("clips", CLIPS, SHORT) else { return };
        run.opens(1, SHORT, Ending::Finished);
        assert_eq!(run.figures["heap_after_first"], run.figures["heap_after_last"]);
    }
}

impl Run {
    fn opens(&self, groups: u32, length: usize, ending: Ending) {
        let mut clip = FinishedClip::open(Cursor::new(&self.clip)).unwrap();
        assert_eq!((clip.count(), clip.suite(), clip.ending()), (2 * groups, Suite::ChaCha20Poly1305, ending));
        let secret = clip.unlock(&owner()).unwrap();
        for index in 0..2 * groups {
            let (header, content) = clip.segment(&secret, index).unwrap();
            let (second, layer) = (index / 2, Layer::ALL[index as usize % 2]);
            let length = if layer == Layer::Pictures { length } else { sound(length) };
            assert_eq!((header.open.start, header.open.layer), (Millis::SECOND.times(second.into()), layer));
            assert_eq!(*content, vec![second as u8; length]);
        }
    }

    fn at_most(&self, figure: &str, most: u64) {
        let value = self.figures[figure];
        assert!(value <= most, "{figure}: {value}");
    }
}

mod host {
    use super::{HOST, LENGTH};

    #[test]
    fn what_a_firmware_seals_opens() {
        HOST.records(LENGTH);
    }

    #[test]
    fn what_a_firmware_recovers_opens() {
        HOST.recovers();
    }

    #[test]
    fn what_a_firmware_hands_over_opens() {
        HOST.records_live();
    }

    #[test]
    fn heap_does_not_grow_with_closed_clips() {
        HOST.records_many();
    }
}

mod chip {
    use super::{CHIP, LENGTH, sound};

    #[test]
    fn what_a_chip_seals_opens() {
        let (Some(run), Some(short)) = (CHIP.records(LENGTH), CHIP.records(LENGTH / 4)) else { return };
        let bytes = |pictures| u64::try_from(pictures + sound(pictures)).unwrap();
        let (groups, full) = (u64::from(CHIP.groups), bytes(LENGTH));
        let more = (run.figures["sealing"] - short.figures["sealing"]) / groups;
        let each = more * 1000 / (full - bytes(LENGTH / 4));
        let group = run.figures["sealing"] / groups - each * full / 1000;
        println!("{each} instructions for each kilobyte sealed, and {group} for each group");
        assert!(each < 100_000, "{each}");
    }

    #[test]
    fn what_a_chip_recovers_opens() {
        CHIP.recovers();
    }

    #[test]
    fn what_a_chip_hands_over_opens() {
        CHIP.records_live();
    }

    #[test]
    fn heap_of_a_chip_does_not_grow_with_closed_clips() {
        CHIP.records_many();
    }
}
