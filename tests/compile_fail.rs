//! What does not compile: a grant without a permit, a permit that nobody gave or that is used twice, an agency without
//! standing, footage of a clip that is not finished. The errors are those of the compiler that `Cargo.lock` was made with.
#![allow(missing_docs)]

#[test]
fn what_must_not_compile_does_not() {
    trybuild::TestCases::new().compile_fail("tests/compile-fail/*.rs");
}
