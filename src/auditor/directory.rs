use crate::crypto::VerifyingKey;
use crate::ledger::View;
use crate::record::{AgencyId, Cell, Disclosure, Incentive, Jurisdiction, Name, StatementId, Timestamp, Window};

/// One approval of an agency's key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct KeyUse {
    /// The key.
    pub key: VerifyingKey,
    /// When it was approved for.
    pub validity: Window,
    /// When that was withdrawn, if it was.
    pub withdrawn: Option<Timestamp>,
    /// The index in the log of the statement that completed the approval.
    pub index: u64,
}

/// A disclosure with its place in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Disclosed {
    /// Its index in the log.
    pub index: u64,
    /// The statement.
    pub statement: StatementId,
    /// What it says.
    pub disclosure: Disclosure,
}

/// An agency that was approved, and what the log says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listing {
    /// The agency.
    pub agency: AgencyId,
    /// Its name.
    pub name: Name,
    /// Where it might ask.
    pub jurisdiction: Jurisdiction,
    /// The key that signed for it.
    pub key: VerifyingKey,
    /// Until when the approval held.
    pub until: Timestamp,
    /// What it disclosed with its approval.
    pub incentives: Vec<Incentive>,
    /// Every approval up to that time, in the log's order.
    pub keys: Vec<KeyUse>,
    /// Disclosures that concern it, up to that time, in the log's order.
    pub disclosures: Vec<Disclosed>,
}

/// The agencies approved at a time. Everything in it stands in the log, at the indices given.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Directory {
    /// The time.
    pub at: Timestamp,
    /// In the order of their ids.
    pub listings: Vec<Listing>,
}

impl Directory {
    /// The agencies that were approved at a time, according to the log.
    pub fn at(view: &View, time: Timestamp) -> Self {
        let listings = view.agencies(time).map(|approval| Listing {
            agency: approval.agency,
            keys: keys(view, &approval.agency, time),
            disclosures: disclosures(view, &approval.agency, time),
            name: approval.name,
            jurisdiction: approval.jurisdiction,
            key: approval.key,
            until: approval.validity.to(),
            incentives: approval.incentives,
        });
        Self { at: time, listings: listings.collect() }
    }

    /// The agency with this id.
    pub fn agency(&self, agency: &AgencyId) -> Option<&Listing> {
        self.listings.iter().find(|listing| listing.agency == *agency)
    }

    /// The agencies in whose names a text stands, in capital or small letters.
    pub fn named(&self, text: &str) -> impl Iterator<Item = &Listing> {
        let text = text.to_lowercase();
        self.listings.iter().filter(move |listing| listing.name.as_str().to_lowercase().contains(&text))
    }

    /// Returns the agencies that might ask in a cell, or in a part of it.
    pub fn reaching(&self, cell: Cell) -> impl Iterator<Item = &Listing> {
        self.listings.iter().filter(move |listing| listing.jurisdiction.meets(cell))
    }
}

fn keys(view: &View, agency: &AgencyId, time: Timestamp) -> Vec<KeyUse> {
    let approvals = view.approvals(agency).into_iter();
    let approvals = approvals.filter(|approved| approved.validity.from() <= time);
    approvals
        .map(|approved| KeyUse {
            key: approved.key,
            validity: approved.validity,
            withdrawn: approved.withdrawn.filter(|&withdrawn| withdrawn <= time),
            index: approved.index,
        })
        .collect()
}

fn disclosures(view: &View, agency: &AgencyId, time: Timestamp) -> Vec<Disclosed> {
    let own = view.disclosures().filter(|logged| logged.statement().agency == *agency && logged.existed_by() <= time);
    own.map(|logged| Disclosed {
        index: logged.index(),
        statement: logged.id(),
        disclosure: logged.statement().clone(),
    })
    .collect()
}

/// A `FeatureCollection` (RFC 7946 section 3.3) with one `Feature` an agency: the jurisdiction as its geometry, the ORI as
/// its id.
#[cfg(feature = "serde")]
mod geojson {
    use serde::{Serialize, Serializer};

    use crate::record::Outline;

    use super::{AgencyId, Directory, Disclosed, Incentive, KeyUse, Listing, Name, Timestamp, VerifyingKey};

    #[derive(Serialize)]
    struct Collection<'a> {
        r#type: &'static str,
        /// A foreign member (section 6.1).
        at: Timestamp,
        features: Vec<Feature<'a>>,
    }

    #[derive(Serialize)]
    struct Feature<'a> {
        r#type: &'static str,
        id: &'a AgencyId,
        geometry: Outline,
        properties: Properties<'a>,
    }

    #[derive(Serialize)]
    struct Properties<'a> {
        name: &'a Name,
        key: &'a VerifyingKey,
        until: Timestamp,
        incentives: &'a [Incentive],
        keys: &'a [KeyUse],
        disclosures: &'a [Disclosed],
    }

    fn feature(listing: &Listing) -> Feature<'_> {
        let Listing { agency, name, jurisdiction, key, until, incentives, keys, disclosures } = listing;
        let properties = Properties { name, key, until: *until, incentives, keys, disclosures };
        Feature { r#type: "Feature", id: agency, geometry: jurisdiction.outline(), properties }
    }

    impl Serialize for Listing {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            feature(self).serialize(serializer)
        }
    }

    impl Serialize for Directory {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let features = self.listings.iter().map(feature).collect();
            Collection { r#type: "FeatureCollection", at: self.at, features }.serialize(serializer)
        }
    }
}
