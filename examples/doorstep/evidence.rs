//! Evidence: a file that Town Police makes of the footage for a court, and that anybody can verify after every key is
//! destroyed.

use std::cell::RefCell;
use std::fs::File;

use footage::agency::NewEvidence;
use footage::auditor::{AgencyStanding, Evidence, WrapStrength};
use footage::ledger::ProofSource;
use footage::record::StatementId;

use super::Result;
use super::files::Out;
use super::narrator::{Narrator, tell};
use super::town::Town;

const NAME: &str = "evidence.footage";

/// Writes the file while the grant is open.
pub(crate) fn write(town: &mut Town, terms: StatementId, out: &Out) -> Result<()> {
    let opened = town.police.agency.open_grant(terms, &town.ledger, town.now)?;
    let clips: Vec<_> = opened.excerpt.clips().iter().map(footage::agency::OpenClip::id).collect();
    let (archive, checkpoint) = (RefCell::new(town.log.tree()?), town.anchor()?);
    let log = ProofSource { archive: &archive, checkpoint: &checkpoint };
    let new = NewEvidence { clips: &clips, words: false, log };
    let mut file = out.create(NAME)?;
    town.police.agency.write_evidence(terms, &new, &town.ledger, &mut file)?;
    file.keep()?;
    tell(
        "Town Police",
        "makes evidence of the clip: a file that anybody can verify, without a key, when all keys are gone.\n\
         Mara's words are not in it.",
    );
    Ok(())
}

/// Verifies the file with the trust roots alone, after every key of the grant is destroyed.
pub(crate) fn verify(town: &Town, terms: StatementId, out: &Out, narrator: &mut Narrator) -> Result<()> {
    let mut evidence = Evidence::verify(File::open(out.path(NAME))?, &town.trust)?;
    let verdict = evidence.verdict();
    let trusted = verdict.clips.iter().all(|clip| clip.camera.is_approved())
        && verdict.agency == AgencyStanding::Approved
        && verdict.wrap == WrapStrength::PostQuantum
        && evidence.footage().terms().id() == terms
        && evidence.footage().words().is_none();
    narrator.check("the evidence verifies when every key is gone", trusted);
    tell(
        "Court",
        "verifies the evidence with the trust roots alone: what the camera recorded, and what Town Police released.\n\
         Whether Mara agreed, and whether it should be deleted by now, the file cannot show.",
    );
    Ok(())
}
