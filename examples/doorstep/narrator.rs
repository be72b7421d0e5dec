//! Tells the story, and keeps count of what did not go as it must.

use std::fmt::Display;

use footage::record::Timestamp;

/// How something that must fail came out.
pub(crate) enum Attempt {
    /// It was refused, for the reason for which it must be.
    Refused,
    /// It worked, or was refused for another reason.
    Wrong(String),
}

impl Attempt {
    /// Refused, if it failed for the expected reason.
    pub(crate) fn of<T, E: Display>(result: Result<T, E>, expected: impl FnOnce(&E) -> bool) -> Self {
        match result {
            Ok(_) => Self::Wrong("it worked".to_owned()),
            Err(error) if expected(&error) => Self::Refused,
            Err(error) => Self::Wrong(format!("it failed for another reason: {error}")),
        }
    }

    /// Refused, if so much holds.
    pub(crate) fn unless(holds: bool, otherwise: &str) -> Self {
        if holds { Self::Refused } else { Self::Wrong(otherwise.to_owned()) }
    }

    /// Refused, if each of them was.
    pub(crate) fn all(attempts: impl IntoIterator<Item = Self>) -> Self {
        attempts.into_iter().find(|attempt| matches!(attempt, Self::Wrong(_))).unwrap_or(Self::Refused)
    }
}

#[derive(Default)]
pub(crate) struct Narrator {
    refused: usize,
    wrong: usize,
}

impl Narrator {
    /// Something that must fail: what was tried, and why it failed.
    pub(crate) fn attack(&mut self, tried: &str, why: &str, attempt: Attempt) {
        match attempt {
            Attempt::Refused => {
                self.refused += 1;
                println!("   x {tried:<48} {why}");
            }
            Attempt::Wrong(how) => {
                self.wrong += 1;
                println!("   ! {tried:<48} MUST FAIL, BUT: {how}");
            }
        }
    }

    /// Something that must hold.
    pub(crate) fn check(&mut self, what: &str, holds: bool) {
        if !holds {
            self.wrong += 1;
            println!("   ! {what:<48} MUST HOLD, BUT DOES NOT");
        }
    }

    pub(crate) const fn all_well(&self) -> bool {
        self.wrong == 0
    }

    pub(crate) fn close(&self) {
        if self.all_well() {
            println!("\nAll that must work has worked, and all {} attacks (x) have failed.", self.refused);
        } else {
            println!("\n{} things did not go as they must: see the lines with `!`.", self.wrong);
        }
    }
}

/// A step begins.
pub(crate) fn step(number: u8, title: &str, time: Timestamp) {
    println!("\n{number}. {title:<72}{}", minute(time));
}

/// What somebody sees or holds; lines after the first are indented alike.
pub(crate) fn tell(who: &str, what: impl Display) {
    let what = what.to_string();
    let mut who = who;
    for line in what.lines() {
        println!("   {who:<12}{line}");
        who = "";
    }
}

/// A time to the minute, in UTC.
pub(crate) fn minute(time: Timestamp) -> String {
    let text = time.to_string().replacen('T', " ", 1);
    text.get(..16).unwrap_or(&text).to_owned()
}

/// A time to the day, in UTC.
pub(crate) fn day(time: Timestamp) -> String {
    let text = time.to_string();
    text.get(..10).unwrap_or(&text).to_owned()
}
