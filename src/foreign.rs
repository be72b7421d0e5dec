//! Asks the foreign implementations of `tests/interop/foreign.py`.
//!
//! The Python is `FOOTAGE_PYTHON`, else `python3`. Where it or one of its packages is missing, a test says so and passes;
//! with `CI` or `FOOTAGE_REQUIRE_PEERS` set it fails.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

/// What the foreign implementations answer about `subject`; nothing if they are missing.
pub(crate) fn ask(subject: &str, given: &Value) -> Option<Value> {
    let python = std::env::var_os("FOOTAGE_PYTHON").unwrap_or_else(|| "python3".into());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/foreign.py");
    if !std::fs::exists(script).unwrap() {
        return missing("tests/interop/foreign.py is not in this package");
    }
    let spawned = Command::new(&python)
        .args([script, subject])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) => return missing(&format!("{} does not start: {error}", python.display())),
    };
    // Its pipe holds the little that is written, and breaks if it has ended already: the exit code tells then.
    let _ = child.stdin.take().unwrap().write_all(given.to_string().as_bytes());
    let output = child.wait_with_output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(0) => Some(serde_json::from_slice(&output.stdout).unwrap()),
        Some(3) => missing(error.trim()),
        _ => panic!("{subject}: {error}"),
    }
}

fn missing(what: &str) -> Option<Value> {
    let message = format!(
        "foreign implementations are missing: {what}. Install them with `pip install -r tests/interop/requirements.txt` \
         and name that Python in FOOTAGE_PYTHON"
    );
    let required = ["CI", "FOOTAGE_REQUIRE_PEERS"].iter().any(|name| std::env::var_os(name).is_some());
    assert!(!required, "{message}");
    // Past the capture of passing tests, so that it is seen.
    writeln!(std::io::stderr(), "skipped: {message}").unwrap();
    None
}

/// The bytes that a field of an answer holds in hex.
pub(crate) fn bytes(answer: &Value, field: &str) -> Vec<u8> {
    base16ct::lower::decode_vec(answer[field].as_str().unwrap()).unwrap()
}

/// Bytes in hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(bytes)
}
