use core::fmt;
use core::str::FromStr;

use thiserror::Error;

/// How many hashes or entries a full tile has: 256.
pub const TILE_WIDTH: u64 = 256;

/// A path that names no tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not the path of a tile")]
pub struct TilePathError;

/// Bytes that are no bundle of so many entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a bundle of {0} entries")]
pub struct BundleError(pub u16);

/// What the tiles of a row hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Row {
    /// Hashes of complete subtrees of `256^level` leaves; 0 to 7 occur.
    Hashes(u8),
    /// The entries themselves.
    Entries,
}

impl Row {
    /// How many hashes or entries the row has in a tree of this size.
    pub const fn len(self, size: u64) -> u64 {
        match self {
            Self::Hashes(level) => match size.checked_shr(8 * level as u32) {
                Some(len) => len,
                None => 0,
            },
            Self::Entries => size,
        }
    }
}

/// A tile of the tree, or a bundle of entries: up to 256 neighbours in a row (C2SP tlog-tiles, "Merkle Tree" and "Log
/// entries").
///
/// Its [text form](fmt::Display) is its path below the log's prefix, for instance `tile/0/x001/234.p/5`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    row: Row,
    index: u64,
    width: u16,
}

impl Tile {
    /// The tile with this index in a tree of this size: full, or as wide as the tree makes it. None if the tree has none.
    pub fn of_tree(row: Row, index: u64, size: u64) -> Option<Self> {
        let width = row.len(size).checked_sub(index.checked_mul(TILE_WIDTH)?)?.min(TILE_WIDTH);
        (width > 0).then_some(Self { row, index, width: width as u16 })
    }

    /// The tiles and bundles of the tree of `new` leaves that the tree of `old` leaves did not have, rows of hashes first.
    pub fn added(old: u64, new: u64) -> Vec<Self> {
        let rows = (0..8).map(Row::Hashes).chain([Row::Entries]);
        let grown = rows.filter(|row| row.len(old) < row.len(new));
        grown
            .flat_map(|row| {
                let indices = row.len(old) / TILE_WIDTH..row.len(new).div_ceil(TILE_WIDTH);
                indices.filter_map(move |index| Self::of_tree(row, index, new))
            })
            .collect()
    }

    /// What it holds.
    pub const fn row(self) -> Row {
        self.row
    }

    /// Which tile of the row it is.
    pub const fn index(self) -> u64 {
        self.index
    }

    /// How many hashes or entries it has, 1 to 256.
    pub const fn width(self) -> u16 {
        self.width
    }

    /// The full tile that a partial one becomes.
    #[must_use]
    pub const fn full(self) -> Self {
        Self { width: TILE_WIDTH as u16, ..self }
    }

    /// The place in its row of its first hash or entry.
    pub const fn start(self) -> u64 {
        self.index.saturating_mul(TILE_WIDTH)
    }
}

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row {
            Row::Hashes(level) => write!(f, "tile/{level}/")?,
            Row::Entries => f.write_str("tile/entries/")?,
        }
        f.write_str(&grouped(self.index))?;
        if u64::from(self.width) < TILE_WIDTH { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}

/// A number in groups of three digits, each but the last after an `x`: 1234067 is `x001/x234/067`.
pub(super) fn grouped(number: u64) -> String {
    let (mut path, mut rest) = (format!("{:03}", number % 1000), number / 1000);
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    path
}

impl FromStr for Tile {
    type Err = TilePathError;

    fn from_str(path: &str) -> Result<Self, TilePathError> {
        let (row, rest) = path.strip_prefix("tile/").and_then(|path| path.split_once('/')).ok_or(TilePathError)?;
        let row = match row {
            "entries" => Row::Entries,
            level => Row::Hashes(level.parse().map_err(|_| TilePathError)?),
        };
        let (index, width) = match rest.split_once(".p/") {
            Some((index, width)) => (index, width.parse().map_err(|_| TilePathError)?),
            None => (rest, TILE_WIDTH as u16),
        };
        let index = index.split('/').try_fold(0_u64, |index, group| {
            let group: u64 = group.trim_start_matches('x').parse().ok()?;
            index.checked_mul(1000)?.checked_add(group)
        });
        let tile = Self { row, index: index.ok_or(TilePathError)?, width };
        // Its one form, so that leading zeroes, signs and `x` out of place are no paths.
        let valid = matches!(row, Row::Entries | Row::Hashes(0..=63)) && (1..=TILE_WIDTH as u16).contains(&width);
        if valid && tile.to_string() == path { Ok(tile) } else { Err(TilePathError) }
    }
}

/// A bundle: each entry after its length in two bytes, big-endian (C2SP tlog-tiles, "Log entries"). None if an entry is
/// longer than 65 535 bytes.
pub fn bundle<E: AsRef<[u8]>>(entries: &[E]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(entries.iter().map(|entry| entry.as_ref().len() + 2).sum());
    for entry in entries.iter().map(AsRef::as_ref) {
        bytes.extend_from_slice(&u16::try_from(entry.len()).ok()?.to_be_bytes());
        bytes.extend_from_slice(entry);
    }
    Some(bytes)
}

/// The entries of a bundle, which is that of `width` entries or begins with it.
pub fn unbundle(mut bytes: &[u8], width: u16) -> Result<Vec<&[u8]>, BundleError> {
    // Each has its length in two bytes.
    let mut entries = Vec::with_capacity(usize::from(width).min(bytes.len() / 2));
    for _ in 0..width {
        let (length, rest) = bytes.split_first_chunk().ok_or(BundleError(width))?;
        let entry = rest.split_at_checked(u16::from_be_bytes(*length).into()).ok_or(BundleError(width))?;
        entries.push(entry.0);
        bytes = entry.1;
    }
    Ok(entries)
}
