//! An agency asks; a resident's app looks, and the resident consents or stays silent.

use super::super::action::{Ask, CUSTODIANS, DAY, Fate, HOUR, MINUTE, Range, Reader, SECOND, Who};
use super::super::facts::{Fact, Grant, Model, Request};
use super::super::log::{Entry, View};
use super::{Checked, Judged, Outcome, require};

/// When the clip of each home begins.
pub const STARTED: [u64; 2] = [NOON - 40 * MINUTE, NOON - 30 * MINUTE];
/// 2026-06-01T12:00:00Z.
pub const NOON: u64 = 1_780_315_200_000;

/// Each home's clip: codec parameters, or a second of media.
pub const CLIPS: [&[bool]; 2] = [&[false, true, true, true, true], &[false, true, true, false, true, true]];

/// The init segment that a segment of media is played with.
pub fn init(home: usize, segment: u32) -> u32 {
    let before = CLIPS[home].iter().take(segment as usize);
    before.enumerate().filter(|(_, media)| !**media).map(|(index, _)| index as u32).next_back().unwrap_or_default()
}

/// The time that media segments cover.
fn span(home: usize, (from, to): Range) -> (u64, u64) {
    let second = |segment: u32| CLIPS[home].iter().take(segment as usize).filter(|media| **media).count() as u64;
    (STARTED[home] + second(from) * SECOND, STARTED[home] + second(to) * SECOND)
}

impl Ask {
    /// The window that is asked for by a request that is anchored then.
    pub fn window(self, anchor: u64) -> (u64, u64) {
        let begin = STARTED[0];
        match self {
            Self::HalfWindow => (begin - 20 * MINUTE, begin + 2 * SECOND),
            Self::EarlyWindow => (begin - 2 * HOUR, begin - HOUR),
            Self::FutureWindow => (anchor - 30 * MINUTE, anchor + SECOND),
            Self::ShortWindow => (begin - MINUTE, begin + 13 * MINUTE),
            Self::LongWindow => (begin - 12 * HOUR, begin + 20 * MINUTE),
            _ => (begin - 5 * MINUTE, begin + 20 * MINUTE),
        }
    }

    /// For how many days footage is to be kept.
    pub fn retention(self) -> u64 {
        match self {
            Self::KeptTooLong => 31,
            Self::KeptBriefly => 1,
            _ => 14,
        }
    }

    /// For how long the request is open.
    pub fn open(self) -> u64 {
        if self == Self::OpenTooLong { 8 * DAY } else { 3 * DAY }
    }

    fn kept(self) -> Checked {
        match self {
            Self::SmallCell | Self::LargeCell => Err("the resolution"),
            Self::OutsideJurisdiction => Err("not the agency's jurisdiction"),
            Self::AnyOffence => Err("a catch-all offence"),
            Self::ShortWindow | Self::LongWindow => Err("the length of the window"),
            Self::KeptTooLong => Err("the retention"),
            _ => Ok(()),
        }
    }
}

impl Model {
    pub(super) fn ask(&mut self, agency: usize, ask: Ask, fate: Fate) {
        let anchor = self.whole().time();
        let drafted = self.next_number(agency);
        let (number, follows) = drafted;
        let draft = self.name();
        let used = self.requests.last().map(|last| (self.requests.len() - 1, last.key));
        let used = used.filter(|_| ask == Ask::UsedKey);
        let own = self.agencies[agency].request_keys.clone();
        let holds = used.is_none_or(|(request, _)| self.requests[request].agency == agency && own.contains(&request));
        let key = used.map_or_else(|| self.name(), |(_, key)| key);
        let (number, follows) = match ask {
            Ask::NumberTwice => (number.saturating_sub(1), follows),
            Ask::NumberSkipped => (number + 2, follows),
            Ask::FalsePredecessor => (number, Some(usize::MAX)),
            _ => (number, follows),
        };
        let unchanged = match ask {
            Ask::NumberTwice => drafted.0 == 0,
            Ask::UsedKey => used.is_none(),
            Ask::NumberSkipped | Ask::FalsePredecessor | Ask::WrongSigner | Ask::NoAnchor => false,
            _ => true,
        };
        let id = if unchanged { draft } else { self.name() };
        // The store knows what was made last. Of a number that is used twice, it knows the draft, too.
        let last = if ask == Ask::NumberTwice { (drafted.0, draft) } else { (number, id) };
        self.agencies[agency].last = Some(last);
        self.agencies[agency].requests.insert(self.requests.len());
        let request = Request {
            agency,
            ask,
            window: ask.window(anchor),
            retention: ask.retention(),
            open_until: self.now + ask.open(),
            case: if ask == Ask::SameCase { usize::MAX } else { self.requests.len() },
            key,
            number,
            id,
            follows,
            made: (ask != Ask::NoAnchor).then_some(anchor),
        };
        if holds {
            self.agencies[agency].request_keys.insert(self.requests.len());
        }
        self.requests.push(request);
        self.publish(Fact::Asked(self.requests.len() - 1), fate);
    }

    /// The number of an agency's next request, and what it follows: where log and store have another one of that number, the
    /// log's counts.
    fn next_number(&self, agency: usize) -> (u64, Option<usize>) {
        let requests = self.whole().asked().filter(|(_, _, request)| request.agency == agency);
        // The first of those with the highest number.
        let logged = requests.map(|(_, _, request)| request).reduce(|a, b| if b.number > a.number { b } else { a });
        let logged = logged.map(|last| (last.number, last.id));
        let own = self.agencies[agency].last;
        let last = own.filter(|own| logged.is_none_or(|logged| own.0 > logged.0)).or(logged);
        last.map_or((0, None), |(number, id)| (number + 1, Some(id)))
    }

    /// The app shows a request that keeps the policy, and finds on the device which of its clips it is about.
    pub(super) fn check(&self, request: usize) -> Judged {
        let view = self.view(Reader::Resident);
        view.keeps_policy(request, self.clock(Reader::Resident))?;
        let Request { ask, window: (from, to), .. } = self.requests[request];
        let home = usize::from(ask == Ask::Elsewhere);
        let (begins, ends) = span(home, (0, CLIPS[home].len() as u32));
        Ok(Outcome::Matches(if begins < to && from < ends { vec![home] } else { Vec::new() }))
    }

    pub(super) fn consent(&mut self, request: usize, home: usize, range: Range, days: u64, late: bool) -> Judged {
        let (view, clock) = (self.view(Reader::Resident), self.clock(Reader::Resident));
        view.keeps_policy(request, clock)?;
        let now = clock.max(view.time());
        let Request { agency, window, retention, .. } = self.requests[request];

        let (from, to) = range;
        require(to as usize <= CLIPS[home].len(), "past the end of the clip")?;
        let same_init = (from..to).all(|segment| init(home, segment) == init(home, from));
        let media = (from..to).all(|segment| CLIPS[home][segment as usize]);
        require(media && same_init, "not media that is played with one init segment")?;
        let (begins, ends) = span(home, range);
        let inside = window.0 <= begins && ends <= window.1;
        require(inside || !self.design.range_in_window, "not in the request's window")?;

        require(days <= retention, "longer than was asked for")?;
        let epoch = now / DAY + days;
        let (members, affiliated) = view.group(now);
        require(members == CUSTODIANS, "the group is not complete")?;
        require(agency != 0 || affiliated < self.design.answers, "custodians affiliated with the agency")?;
        let mut keys = [0; CUSTODIANS];
        for (custodian, key) in keys.iter_mut().enumerate() {
            *key = view.expiry_key(custodian, epoch).ok_or("no key for the last day")?;
        }
        require(!late, "the permit has run out")?;

        self.grants.push(Grant { agency, request, home, range, end: (epoch + 1) * DAY, keys });
        Ok(Outcome::Done)
    }
}

impl View<'_> {
    /// Whether a request keeps every rule, by the log as it is seen and by this clock.
    pub fn keeps_policy(self, number: usize, clock: u64) -> Checked {
        let now = clock.max(self.time());
        require(now - self.time() <= self.model.design.behind, "the log is not fresh")?;
        require(now < self.model.requests[number].open_until, "the request is closed")?;
        self.keeps_lasting_rules(number, now)
    }

    /// Whether a request keeps every rule that holds also after it closed.
    pub fn keeps_lasting_rules(self, number: usize, now: u64) -> Checked {
        let found = self.asked().find(|(_, of, _)| *of == number);
        let (entry, _, request) = found.ok_or("not in the log with standing")?;
        require(self.approved(Who::Agency(request.agency), now).is_some(), "the agency is not approved")?;
        request.ask.kept()?;
        let made = request.made.ok_or("no anchor")?;
        require(request.window.1 <= made, "the window is not past")?;
        require(request.open_until.saturating_sub(made) <= 7 * DAY, "open for too long")?;
        let case = self.asked().filter(|(other, _, asked)| {
            asked.agency == request.agency && asked.case == request.case && other.index <= entry.index
        });
        require(case.count() <= self.model.design.per_case, "too many requests for the case")?;
        self.in_budget(entry, request, self.model.design.budget)?;
        self.conduct(entry, request)
    }

    /// The voluntary requests of 30 days up to this one.
    pub fn in_budget(self, entry: Entry<'_>, request: &Request, budget: usize) -> Checked {
        let recent = |other: Entry<'_>| entry.under.existed_by() - other.under.existed_by() < 30 * DAY;
        let counted = self.asked().filter(|(other, _, asked)| {
            let voluntary = asked.agency == request.agency && asked.ask != Ask::Legal;
            voluntary && other.index <= entry.index && recent(*other)
        });
        let within = request.ask == Ask::Legal || counted.count() <= budget;
        require(within, "over the budget")
    }

    /// The agency's requests are one chain up to this one, whose key is new.
    pub fn conduct(self, entry: Entry<'_>, request: &Request) -> Checked {
        let own = || self.asked().map(|(_, _, asked)| asked).filter(|asked| asked.agency == request.agency);
        let forked = own().any(|one| {
            let another = own().any(|other| other.number == one.number && other.id != one.id);
            let before = own().find(|other| other.number + 1 == one.number);
            another || (one.number == 0 && one.follows.is_some()) || before.is_some_and(|b| one.follows != Some(b.id))
        });
        require(!forked, "the agency's requests fork")?;
        let whole = (0..=request.number).all(|number| own().any(|asked| asked.number == number));
        require(whole, "one of the agency's requests is missing")?;
        let used = self.asked().any(|(other, _, asked)| other.index < entry.index && asked.key == request.key);
        require(!used, "the request key was used before")
    }
}
