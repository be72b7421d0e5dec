use core::fmt;

use thiserror::Error;

use crate::cbor::{CborError, Decode, Encode, Reader, Writer, record_array};

/// A time or a span of time that cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TimeError {
    /// After the year 9999.
    #[error("time after the year 9999")]
    TooLate,
    /// A window that ends where it begins, or before.
    #[error("the window ends where it begins, or before")]
    EmptyWindow,
    /// A number of days outside 1 to 366.
    #[error("{0} days: must be 1 to 366")]
    Days(u64),
}

/// A span of time in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct Millis(pub u64);

impl Millis {
    /// One second.
    pub const SECOND: Self = Self(1000);
    /// One minute.
    pub const MINUTE: Self = Self(60 * 1000);
    /// One hour.
    pub const HOUR: Self = Self(60 * 60 * 1000);
    /// One day.
    pub const DAY: Self = Self(24 * 60 * 60 * 1000);

    /// So many of this span.
    #[must_use]
    pub const fn times(self, count: u64) -> Self {
        Self(self.0.saturating_mul(count))
    }
}

impl Encode for Millis {
    fn encode(&self, to: &mut Writer) {
        to.uint(self.0);
    }
}

impl Decode for Millis {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.uint().map(Self)
    }
}

/// A point in time: Unix milliseconds, UTC, up to the end of the year 9999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "u64", into = "u64"))]
pub struct Timestamp(u64);

impl Timestamp {
    /// The last millisecond of the year 9999.
    pub const MAX: Self = Self(253_402_300_799_999);

    /// The time so many milliseconds after 1970-01-01T00:00:00Z.
    pub const fn from_millis(millis: u64) -> Result<Self, TimeError> {
        if millis <= Self::MAX.0 { Ok(Self(millis)) } else { Err(TimeError::TooLate) }
    }

    /// The time so many seconds after 1970-01-01T00:00:00Z.
    pub const fn from_seconds(seconds: u64) -> Result<Self, TimeError> {
        Self::from_millis(seconds.saturating_mul(1000))
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// This time and a span after it, at most [`Timestamp::MAX`].
    #[must_use]
    pub const fn after(self, span: Millis) -> Self {
        let millis = self.0.saturating_add(span.0);
        if millis <= Self::MAX.0 { Self(millis) } else { Self::MAX }
    }

    /// This time and a span before it, at least 1970.
    #[must_use]
    pub const fn before(self, span: Millis) -> Self {
        Self(self.0.saturating_sub(span.0))
    }

    /// How long after `earlier` this time is; nothing if it is not after it.
    pub const fn since(self, earlier: Self) -> Millis {
        Millis(self.0.saturating_sub(earlier.0))
    }

    /// The epoch that this time lies in.
    pub const fn epoch(self) -> Epoch {
        Epoch((self.0 / Millis::DAY.0) as u32)
    }

    /// Its date in the Gregorian calendar, UTC: year, month from 1, and day from 1.
    pub const fn date(self) -> (u16, u8, u8) {
        // Days to a civil date, in eras of 400 years that begin on 1 March.
        let shifted = self.0 / Millis::DAY.0 + 719_468;
        let (era, day) = (shifted / 146_097, shifted % 146_097);
        let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day + 2) / 153;
        let (day, month) = (day - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
        let year = year + era * 400 + if month <= 2 { 1 } else { 0 };
        (year as u16, month as u8, day as u8)
    }
}

/// RFC 3339, in UTC with milliseconds.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.date();
        let millis = self.0 % Millis::DAY.0;
        let (hours, minutes, seconds) = (millis / 3_600_000, millis / 60_000 % 60, millis / 1000 % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}.{:03}Z", millis % 1000)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<u64> for Timestamp {
    type Error = TimeError;

    fn try_from(millis: u64) -> Result<Self, TimeError> {
        Self::from_millis(millis)
    }
}

impl From<Timestamp> for u64 {
    fn from(time: Timestamp) -> Self {
        time.0
    }
}

impl Encode for Timestamp {
    fn encode(&self, to: &mut Writer) {
        to.uint(self.0);
    }
}

impl Decode for Timestamp {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        Self::from_millis(from.uint()?).map_err(|_| CborError::Value("Timestamp"))
    }
}

/// One UTC day: the number of whole days since 1970-01-01.
///
/// Custodians hold one expiry key an epoch, and access ends with an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "u32", into = "u32"))]
pub struct Epoch(u32);

impl Epoch {
    const LAST: u32 = (Timestamp::MAX.0 / Millis::DAY.0) as u32;

    /// The epoch with this number.
    pub const fn from_number(number: u32) -> Result<Self, TimeError> {
        if number <= Self::LAST { Ok(Self(number)) } else { Err(TimeError::TooLate) }
    }

    /// Its number.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// Its first millisecond.
    pub const fn start(self) -> Timestamp {
        Timestamp(self.0 as u64 * Millis::DAY.0)
    }

    /// The first millisecond after it: what ends with this epoch is over from then on.
    pub const fn end(self) -> Timestamp {
        Timestamp((self.0 as u64 + 1) * Millis::DAY.0)
    }

    /// The epoch so many days later, at most the last of the year 9999.
    #[must_use]
    pub const fn plus(self, days: u32) -> Self {
        let number = self.0.saturating_add(days);
        Self(if number <= Self::LAST { number } else { Self::LAST })
    }
}

impl TryFrom<u32> for Epoch {
    type Error = TimeError;

    fn try_from(number: u32) -> Result<Self, TimeError> {
        Self::from_number(number)
    }
}

impl From<Epoch> for u32 {
    fn from(epoch: Epoch) -> Self {
        epoch.0
    }
}

impl Encode for Epoch {
    fn encode(&self, to: &mut Writer) {
        to.uint(self.0.into());
    }
}

impl Decode for Epoch {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        Self::from_number(u32::decode(from)?).map_err(|_| CborError::Value("Epoch"))
    }
}

/// A number of days, 1 to 366.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "u64", into = "u64"))]
pub struct Days(u16);

impl Days {
    /// One day.
    pub const ONE: Self = Self(1);

    /// So many days.
    pub const fn new(days: u64) -> Result<Self, TimeError> {
        if 1 <= days && days <= 366 { Ok(Self(days as u16)) } else { Err(TimeError::Days(days)) }
    }

    /// Their number.
    pub const fn number(self) -> u32 {
        self.0 as u32
    }

    /// Their length.
    pub const fn millis(self) -> Millis {
        Millis::DAY.times(self.0 as u64)
    }
}

impl TryFrom<u64> for Days {
    type Error = TimeError;

    fn try_from(days: u64) -> Result<Self, TimeError> {
        Self::new(days)
    }
}

impl From<Days> for u64 {
    fn from(days: Days) -> Self {
        days.0.into()
    }
}

impl Encode for Days {
    fn encode(&self, to: &mut Writer) {
        to.uint(self.0.into());
    }
}

impl Decode for Days {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        Self::new(from.uint()?).map_err(|_| CborError::Value("Days"))
    }
}

/// A span between two times that is not empty: `from` belongs to it, `to` no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "WindowForm"))]
pub struct Window {
    from: Timestamp,
    to: Timestamp,
}

impl Window {
    /// The window from one time to a later one.
    pub const fn new(from: Timestamp, to: Timestamp) -> Result<Self, TimeError> {
        if from.0 < to.0 { Ok(Self { from, to }) } else { Err(TimeError::EmptyWindow) }
    }

    /// Its first millisecond.
    pub const fn from(self) -> Timestamp {
        self.from
    }

    /// The first millisecond after it.
    pub const fn to(self) -> Timestamp {
        self.to
    }

    /// How long it is.
    pub const fn length(self) -> Millis {
        self.to.since(self.from)
    }

    /// Whether the time lies in it.
    pub const fn contains(self, time: Timestamp) -> bool {
        self.from.0 <= time.0 && time.0 < self.to.0
    }

    /// What it shares with another window.
    pub fn overlap(self, other: Self) -> Option<Self> {
        Self::new(self.from.max(other.from), self.to.min(other.to)).ok()
    }

    /// Whether the other window lies in it as a whole.
    pub const fn covers(self, other: Self) -> bool {
        self.from.0 <= other.from.0 && other.to.0 <= self.to.0
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct WindowForm {
    from: Timestamp,
    to: Timestamp,
}

#[cfg(feature = "serde")]
impl TryFrom<WindowForm> for Window {
    type Error = TimeError;

    fn try_from(form: WindowForm) -> Result<Self, TimeError> {
        Self::new(form.from, form.to)
    }
}

mod codec {
    use super::{CborError, Decode, Encode, Reader, Timestamp, Window, Writer, record_array};

    struct Form {
        from: Timestamp,
        to: Timestamp,
    }
    record_array!(Form { from, to });

    impl Encode for Window {
        fn encode(&self, to: &mut Writer) {
            Form { from: self.from, to: self.to }.encode(to);
        }
    }

    impl Decode for Window {
        fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
            let form = Form::decode(from)?;
            Self::new(form.from, form.to).map_err(|_| CborError::Value("Window"))
        }
    }
}
