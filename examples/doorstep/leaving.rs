//! What the story leaves for others to check and to try their own readers on.

use std::fmt::Write as _;

use footage::crypto::Secret;
use serde_json::json;

use super::Result;
use super::files::{Folder, Out};
use super::opening::Opened;
use super::town::Town;

const README: &str = "\
THIS IS A DEMONSTRATION.

Private keys lie here in the open, so that readers in other languages can be tried on clip.footage and excerpt.footage.
A real deployment never writes any of them out: a camera has no key to what it sealed, an owner's key stays in the phone,
and an agency destroys the one-time key once it has enough answers and the request key once the request is closed.

owner.json         the key of Mara's household, which unlocks clip.footage
recovery.json      its recovery key, which does, too
request.json       the request key: unwraps the agency's half of the lock in excerpt.footage
one-time.json      the one-time key of release.cose: unwraps the shares in answers/
release.cose       the agency's release, as it stands in the log
notices/*.cose     the custodians' answer notices, as they stand in the log
answers/*.cose     the custodians' answers, of which two are needed

In the .json files, `secret` is 32 bytes in hexadecimal: the seed of an X-Wing key. The .cose files are COSE_Sign1.
";

/// Writes receipts and keys, and closes the log.
pub(crate) fn leave(town: Town, opened: &Opened, log: Folder, out: &Out) -> Result<()> {
    let receipts = out.folder("receipts")?;
    for (name, receipt) in &town.receipts {
        receipts.write(format!("{name}.cose"), &receipt.to_bytes())?;
        write_json(&receipts, &format!("{name}.json"), receipt)?;
    }
    receipts.keep()?;

    write_json(&log, "trust.json", &town.trust)?;
    let household = town.household_key()?.secret().duplicate();
    // Its writer must be gone before it is moved.
    drop(town.log);
    log.keep()?;

    let keys = out.folder("keys")?;
    keys.write("README.txt", README.as_bytes())?;
    let request =
        town.police.backup.last(&format!("request-key.{}", opened.request)).ok_or("there was no request key")?;
    write_key(&keys, "owner.json", &household)?;
    write_key(&keys, "recovery.json", town.recovery.secret())?;
    write_key(&keys, "request.json", &request)?;
    write_key(&keys, "one-time.json", &opened.one_time)?;
    keys.write("release.cose", &opened.released.release.to_bytes())?;
    for (notice, answer) in &opened.answers {
        let custodian = &answer.statement().custodian;
        keys.write(format!("notices/{custodian}.cose"), &notice.to_bytes())?;
        keys.write(format!("answers/{custodian}.cose"), &answer.to_bytes())?;
    }
    Ok(keys.keep()?)
}

fn write_json(folder: &Folder, name: &str, value: &impl serde::Serialize) -> Result<()> {
    let mut text = serde_json::to_vec_pretty(value)?;
    text.push(b'\n');
    Ok(folder.write(name, &text)?)
}

fn write_key(folder: &Folder, name: &str, secret: &Secret<32>) -> Result<()> {
    let mut hex = String::new();
    for byte in secret.expose() {
        write!(hex, "{byte:02x}")?;
    }
    write_json(folder, name, &json!({ "kem": "x-wing", "secret": hex }))
}
