use super::hash::sha256;
use super::kdf::{Prk, expand, extract};
use super::{Label, Random, RandomError, Secret};

/// Randomness for everything that one record needs, made from fresh randomness, a long-term secret of whoever makes the
/// record, and all public inputs of the record.
///
/// Either of the two sources suffices, and equal fresh randomness never serves two records (compare RFC 8937).
///
/// Code that draws without a hedge is listed in `tests/project/hedged.rs` with a reason: there is no secret yet (the first
/// keys of a device, of a role or of a ratchet), or nothing secret is made.
pub(crate) struct Hedge {
    prk: Prk,
    context: [u8; 32],
}

impl Hedge {
    /// Draws 32 fresh bytes and hedges them. `context` holds every public input of what is made, in a fixed order.
    pub(crate) fn new(random: &mut dyn Random, long_term: &Secret<32>, context: &[&[u8]]) -> Result<Self, RandomError> {
        let fresh = Secret::<32>::random(random)?;
        let prk = extract(Label::HEDGE, &[fresh.expose(), long_term.expose()]);
        Ok(Self { prk, context: sha256(context) })
    }

    /// Returns the bytes for one purpose. `call` tells apart the uses of a purpose within one record. A shorter result is
    /// the beginning of a longer one, so no purpose and call may serve two lengths.
    pub(crate) fn secret<const N: usize>(&self, purpose: Label, call: u32) -> Secret<N> {
        expand(&self.prk, purpose, &[&self.context, &call.to_be_bytes()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Constant(u8);

    impl Random for Constant {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
            out.fill(self.0);
            Ok(())
        }
    }

    fn drawn(fresh: u8, long_term: u8, context: &[&[u8]], purpose: Label, call: u32) -> Secret<32> {
        let long_term = Secret::take(&mut [long_term; 32]);
        Hedge::new(&mut Constant(fresh), &long_term, context).unwrap().secret(purpose, call)
    }

    #[test]
    fn every_input_of_a_hedge_changes_what_it_gives() {
        let given = drawn(1, 2, &[b"context"], Label::WRAP, 0);
        assert_eq!(given, drawn(1, 2, &[b"con", b"text"], Label::WRAP, 0));
        assert_ne!(given, drawn(0, 2, &[b"context"], Label::WRAP, 0), "fresh randomness");
        assert_ne!(given, drawn(1, 0, &[b"context"], Label::WRAP, 0), "the long-term secret");
        assert_ne!(given, drawn(1, 2, &[b"other"], Label::WRAP, 0), "what is made");
        assert_ne!(given, drawn(1, 2, &[b"context"], Label::CLIP_ID, 0), "the purpose");
        assert_ne!(given, drawn(1, 2, &[b"context"], Label::WRAP, 1), "the call");
    }

    /// RFC 5869, step by step.
    #[test]
    fn a_hedge_is_extract_and_expand() {
        let prk = extract(Label::HEDGE, &[&[1; 32], &[2; 32]]);
        let context = sha256(&[b"context"]);
        let expected = expand::<64>(&prk, Label::WRAP, &[&context, &7_u32.to_be_bytes()]);
        let long_term = Secret::take(&mut [2; 32]);
        let hedge = Hedge::new(&mut Constant(1), &long_term, &[b"context"]).unwrap();
        assert_eq!(hedge.secret::<64>(Label::WRAP, 7), expected);
    }
}
