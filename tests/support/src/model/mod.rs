//! A town played at random, and a model of it that knows what must be allowed.
//!
//! [`play`] [reads](read) [actions](action) from bytes: of agencies, residents, custodians, registrars, and the log's operator,
//! honest and dishonest, with clocks that jump, restarts and lost messages. Each is done for real, with the crate as it is
//! ([`town`]), and judged by a small [model](facts) that knows the [log] as a list of facts and the [rules] of the design,
//! and nothing of the crate. Both must agree on what is accepted and what comes of it: who learns which second of which
//! clip, and when. In the [end](ending) they must agree on who is overdue, and on all numbers; nobody may have obtained what
//! was not granted; and what is destroyed opens for nobody.
//!
//! What it says of itself bites: `tests/model/wrong.rs` changes one thing of the design at a time, and crate and model disagree.
//! `tests/model/stories.rs` shows how bytes speak.
//!
//! A panic is a disagreement, which tells its story.
#![allow(clippy::struct_excessive_bools, clippy::too_many_lines)]

pub mod action;
pub mod ending;
pub mod facts;
pub mod log;
pub mod read;
pub mod rules;
pub mod town;

use core::fmt;
use std::collections::BTreeMap;

use action::Action;
use facts::{Design, Model};
use rules::{Checked, Verdict};
use town::Town;

/// How many actions are played at most.
pub const MOST: usize = 100;

/// Plays a sequence of actions, three bytes each.
///
/// # Panics
/// If the crate and the model disagree.
pub fn play(data: &[u8]) {
    if let Err(disagreement) = run(data, Design::default()) {
        panic!("{disagreement}");
    }
}

/// How often each action, in the order of [`Action::NAMES`], was accepted, refused, or had nothing to act on.
#[derive(Debug, Clone, Default)]
pub struct Report {
    pub accepted: [usize; Action::NAMES.len()],
    pub refused: [usize; Action::NAMES.len()],
    pub idle: [usize; Action::NAMES.len()],
    /// For which reasons something was refused, as the model says them.
    pub reasons: BTreeMap<&'static str, usize>,
}

impl Report {
    pub fn add(&mut self, other: &Self) {
        let sum = |to: &mut [usize], from: &[usize]| to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        sum(&mut self.accepted, &other.accepted);
        sum(&mut self.refused, &other.refused);
        sum(&mut self.idle, &other.idle);
        other.reasons.iter().for_each(|(reason, count)| *self.reasons.entry(reason).or_default() += count);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<18}{:>9}{:>9}{:>9}", "action", "accepted", "refused", "idle")?;
        Action::NAMES.iter().enumerate().try_for_each(|(n, name)| {
            writeln!(f, "{name:<18}{:>9}{:>9}{:>9}", self.accepted[n], self.refused[n], self.idle[n])
        })?;
        self.reasons.iter().try_for_each(|(reason, count)| writeln!(f, "{count:>6} {reason}"))
    }
}

/// The crate does something else than the model says.
#[derive(Debug)]
pub struct Disagreement {
    /// What happened up to then; the last of it is in dispute.
    pub story: Vec<Action>,
    /// What the model says, and what was found.
    pub expected: String,
    pub found: String,
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "after")?;
        self.story.iter().try_for_each(|action| writeln!(f, "    {action:?}"))?;
        writeln!(f, "the design says {}\nbut the crate   {}", self.expected, self.found)
    }
}

/// The model and the real town, side by side.
pub struct Game {
    pub model: Model,
    pub town: Town,
    pub story: Vec<Action>,
}

/// Plays a sequence against a model of some design.
pub fn run(data: &[u8], design: Design) -> Result<Report, Disagreement> {
    let (mut game, mut report) = (Game::new(design), Report::default());
    for bytes in data.as_chunks::<3>().0.iter().take(MOST) {
        let number = usize::from(bytes[0]) % Action::NAMES.len();
        let Some(action) = Action::read(*bytes, &game.model.cast()) else {
            report.idle[number] += 1;
            continue;
        };
        match game.step(action)? {
            Ok(()) => report.accepted[number] += 1,
            Err(reason) => {
                report.refused[number] += 1;
                *report.reasons.entry(reason).or_default() += 1;
            }
        }
    }
    game.end()?;
    Ok(report)
}

impl Game {
    pub fn new(design: Design) -> Self {
        Self { model: Model::found(design), town: Town::new(), story: Vec::new() }
    }

    /// Lets something happen; gives the reason if it was refused.
    pub fn step(&mut self, action: Action) -> Result<Checked, Disagreement> {
        self.story.push(action);
        let verdict = self.model.step(&action);
        let found = self.town.act(&action);
        match (&verdict, &found) {
            (Verdict::Accept(expected), Ok(outcome)) if expected == outcome => Ok(Ok(())),
            (Verdict::Refuse(reason), Err(_)) => Ok(Err(reason)),
            _ => Err(self.disagreement(&verdict, &found)),
        }
    }

    fn disagreement(&self, expected: &impl fmt::Debug, found: &impl fmt::Debug) -> Disagreement {
        Disagreement { story: self.story.clone(), expected: format!("{expected:?}"), found: format!("{found:?}") }
    }
}
