use alloc::boxed::Box;

use crate::cbor::{CborError, Decode, Encode, Reader, Writer};

use super::signed::sealed;
use super::{
    AgencyApproval, AnswerNotice, CarriedReceipt, CustodianApproval, CustodianStart, Disclosure, ExpiryKey,
    MakerApproval, Outcome, Receipt, Release, Request, RevocationNotice, Statement, Withdrawal,
};

macro_rules! entries {
    ($($(#[$doc:meta])* $kind:ident),+ $(,)?) => {
        /// Whatever the log may hold: one kind of statement, or another.
        ///
        /// Its bytes are those of the statement itself.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
        #[non_exhaustive]
        #[allow(missing_docs, reason = "each kind is documented where it is defined")]
        pub enum Entry {
            $($kind(Box<$kind>)),+
        }

        impl Encode for Entry {
            fn encode(&self, to: &mut Writer) {
                match self { $(Self::$kind(statement) => statement.encode(to)),+ }
            }
        }

        impl sealed::Sealed for Entry {}

        impl Statement for Entry {
            fn content_type(&self) -> &'static str {
                match self { $(Self::$kind(statement) => statement.content_type()),+ }
            }

            fn decode_as(content_type: &str, from: &mut Reader<'_>) -> Result<Self, CborError> {
                $(if content_type == <$kind>::CONTENT_TYPE {
                    return <$kind as Decode>::decode(from).map(|statement| Self::$kind(Box::new(statement)));
                })+
                Err(CborError::Value("content type of a log entry"))
            }
        }

        $(
            impl TryFrom<Entry> for $kind {
                type Error = Entry;

                fn try_from(entry: Entry) -> Result<Self, Entry> {
                    match entry {
                        Entry::$kind(statement) => Ok(*statement),
                        other => Err(other),
                    }
                }
            }

            impl From<$kind> for Entry {
                fn from(statement: $kind) -> Self {
                    Self::$kind(Box::new(statement))
                }
            }
        )+
    };
}

entries! {
    AgencyApproval,
    CustodianApproval,
    MakerApproval,
    Withdrawal,
    Disclosure,
    Request,
    Outcome,
    Release,
    ExpiryKey,
    CustodianStart,
    AnswerNotice,
    RevocationNotice,
    Receipt,
    CarriedReceipt,
}
