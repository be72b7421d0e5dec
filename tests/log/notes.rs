//! Signed notes, verifier keys and checkpoints: vectors from outside, and the one form that is read.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use footage::crypto::{Secret, SigningKey};
use footage::merkle::Hash;
use footage::record::{KeyName, LogRoot, Millis, Timestamp, WitnessKey};
use footage::tlog::{
    Checkpoint, CheckpointError, Note, NoteError, NoteKey, NoteKeyKind, ProofFile, ProofFileError, QuorumError,
    Witnessed,
};
use proptest::prelude::*;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_secret(&Secret::take(&mut [seed; 32]))
}

fn name(text: &str) -> KeyName {
    KeyName::new(text).unwrap()
}

fn seconds(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(seconds).unwrap()
}

// ---- vectors ---------------------------------------------------------------------------------------------------------

const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const ENOCH: &str = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
const TEXT: &str =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const PETER_LINE: &str =
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
const ENOCH_LINE: &str =
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";

/// golang.org/x/mod/sumdb/note, `note_test.go`.
#[test]
fn go_note_example_is_verified() {
    let text = format!("{TEXT}\n{PETER_LINE}{ENOCH_LINE}");
    let note: Note = text.parse().unwrap();
    assert_eq!((note.text(), note.signatures().len()), (TEXT, 2));
    assert_eq!(note.signatures()[0].key_id(), [0xc7, 0x4f, 0x20, 0xa3]);
    assert!(note.is_signed_by(&PETER.parse().unwrap()));
    assert!(note.is_signed_by(&ENOCH.parse().unwrap()));
    assert_eq!(note.to_string(), text);
}

/// golang.org/x/mod/sumdb/note, `PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz`.
#[test]
fn go_note_example_is_signed() {
    let mut seed = [
        0x81, 0x0a, 0x14, 0x02, 0xd5, 0x14, 0x6c, 0x8d, 0x84, 0xf2, 0x44, 0x33, 0x30, 0xf5, 0x40, 0x80, 0xeb, 0xf9,
        0x8e, 0xe1, 0x7d, 0x9c, 0x74, 0xf6, 0x25, 0x2f, 0xc5, 0xd5, 0xc7, 0x28, 0x31, 0x73,
    ];
    let key = SigningKey::from_secret(&Secret::take(&mut seed));
    let peter = name("PeterNeumann");
    let note_key = NoteKey { name: peter.clone(), kind: NoteKeyKind::Ed25519, key: key.verifying_key() };
    assert_eq!(note_key.to_string(), PETER);
    let mut note = Note::new(TEXT).unwrap();
    note.sign(&peter, &key).unwrap();
    assert_eq!(note.to_string(), format!("{TEXT}\n{PETER_LINE}"));
}

/// C2SP signed-note v1.0.0, "Test vectors".
#[test]
fn c2sp_signed_note_vector_is_verified() {
    let key: NoteKey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k".parse().unwrap();
    assert_eq!(key.key.to_string().as_str(), "e932791ae6e7a840a46164c904786426d5e7821dd8b29a00d61cae72afdd4da4");
    let note: Note = "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n".parse().unwrap();
    assert!(note.is_signed_by(&key));
}

/// C2SP signed-note: a text with an empty line, and one letter outside ASCII.
#[test]
fn c2sp_signed_note_with_an_empty_line_is_read() {
    let text = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n";
    let line = "— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";
    let note: Note = format!("{text}\n{line}").parse().unwrap();
    assert_eq!(note.text(), text);
    assert_eq!(note.signatures()[0].name(), "quasimodo.example/salvatore");
}

/// C2SP tlog-cosignature v1.0.0: the example, whose time is 1679315147.
#[test]
fn c2sp_cosignature_example_is_read() {
    let note: Note = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\
        — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\
        — witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
        .parse()
        .unwrap();
    let checkpoint: Checkpoint = note.text().parse().unwrap();
    assert_eq!((checkpoint.origin().as_str(), checkpoint.size()), ("example.com/behind-the-sofa", 20_852_163));
    assert_eq!(checkpoint.root().to_string(), "0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62");
    assert_eq!(note.signatures()[1].signature().first_chunk(), Some(&1_679_315_147_u64.to_be_bytes()));
    assert_eq!(checkpoint.to_string(), note.text());
}

/// A checkpoint of a Certificate Transparency log as it was published, with the log's RFC 6962 signature (another kind),
/// its Ed25519 signature, and four witnesses' cosignatures.
const ARCHE: &str = "arche2025h1.staging.ct.transparency.dev\n1432088532\nU7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=\n\n\
    — arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=\n\
    — arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=\n\
    — transparency.dev/DEV:witness-little-garden 2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIgcqoXHAwVkjZr4AscylP3v7sEodkRAErumC2q44vdgJY096st5BQ==\n\
    — witness1.smartit.nu/witness1 pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75W3u5hNI7TOQtmJbqmNWVuE0tgh0XwzdZsDsUAQ==\n\
    — remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==\n\
    — witness.stagemole.eu Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEyOUvVr+AJmIY/2TUFucgKi7lI7cUiOvKFYe/TmN9DAg==\n";
const ARCHE_LOG: &str = "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f";
const ARCHE_WITNESSES: [&str; 4] = [
    "transparency.dev/DEV:witness-little-garden+d8042a87+BCtusOxINQNUTN5Oj8HObRkh2yHf/MwYaGX4CPdiVEPM",
    "witness1.smartit.nu/witness1+a48c820f+BPSFWg9G6KPiO7QPryYO5Xq4oYJJ+kAvLKLSimDhoxMO",
    "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
    "witness.stagemole.eu+67f7aea0+BEqSG3yu9YrmcM3BHvQYTxwFj3uSWakQepafafpUqklv",
];

#[test]
fn a_published_checkpoint_is_verified_with_its_four_witnesses() {
    let log: NoteKey = ARCHE_LOG.parse().unwrap();
    let witnesses: Vec<WitnessKey> = ARCHE_WITNESSES
        .iter()
        .map(|text| {
            let key: NoteKey = text.parse().unwrap();
            assert_eq!((key.kind, key.to_string().as_str()), (NoteKeyKind::Cosignature, *text));
            assert!(ARCHE.parse::<Note>().unwrap().is_signed_by(&key));
            WitnessKey { name: key.name, key: key.key }
        })
        .collect();
    let root = LogRoot::new(log.name, log.key, witnesses, 4, 1).unwrap();
    let witnessed = Witnessed::verify(ARCHE.as_bytes(), &root).unwrap();
    assert_eq!(witnessed.checkpoint().size(), 1_432_088_532);
    assert_eq!(witnessed.not_before(), seconds(0x6a12_2120));
    assert_eq!(witnessed.existed_by(), seconds(0x6a12_2120).after(Millis(999)));
    let altered = ARCHE.replace("1432088532", "1432088533");
    assert_eq!(Witnessed::verify(altered.as_bytes(), &root), Err(QuorumError::LogSignature));
}

// ---- notes -----------------------------------------------------------------------------------------------------------

#[test]
fn a_verifier_key_has_one_text_form() {
    for i in 0..PETER.len() {
        for j in i + 1..=PETER.len() {
            assert!((i, j) == (0, PETER.len()) || PETER[i..j].parse::<NoteKey>().is_err());
        }
        let mut bytes = PETER.as_bytes().to_vec();
        bytes[i] += 1;
        assert!(String::from_utf8(bytes).unwrap().parse::<NoteKey>().is_err());
    }
    // From Go's tests: a key of another length, and of an unknown kind, both with the right id.
    for text in [
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ] {
        assert!(text.parse::<NoteKey>().is_err());
    }
}

#[test]
fn key_names_have_no_spaces_and_no_plus() {
    for text in ["", "a b", "a+b", "a\tb", "a\nb", "a\u{a0}b", "a\u{2003}b", "a\u{7f}", &"a".repeat(101)] {
        assert!(KeyName::new(text).is_err(), "{text:?}");
    }
    assert!(KeyName::new("a".repeat(100)).is_ok());
    assert!(KeyName::new("transparency.dev/DEV:witness").is_ok());
}

#[test]
fn notes_are_read_strictly() {
    let good = format!("{TEXT}\n{PETER_LINE}");
    assert!(good.parse::<Note>().is_ok());
    let signature = PETER_LINE.trim_end().rsplit_once(' ').unwrap().1;
    for (bad, error) in [
        (String::new(), NoteError::SignatureLine),
        (TEXT.to_owned(), NoteError::SignatureLine),
        (format!("{TEXT}\n"), NoteError::SignatureLine),
        (format!("{TEXT}{PETER_LINE}"), NoteError::SignatureLine),
        (good.trim_end().to_owned(), NoteError::SignatureLine),
        (format!("{good}\n"), NoteError::SignatureLine),
        (format!("{good}more\n"), NoteError::SignatureLine),
        (format!("{TEXT}\n- PeterNeumann {signature}\n"), NoteError::SignatureLine),
        (format!("{TEXT}\n—PeterNeumann {signature}\n"), NoteError::SignatureLine),
        (format!("{TEXT}\n— Peter+Neumann {signature}\n"), NoteError::SignatureLine),
        (format!("{TEXT}\n—  {signature}\n"), NoteError::SignatureLine),
        (format!("{TEXT}\n— Peter Neumann {signature}\n"), NoteError::SignatureLine),
        (format!("{TEXT}\n— PeterNeumann {signature} \n"), NoteError::SignatureLine),
        (format!("{TEXT}\n— PeterNeumann {signature}\r\n"), NoteError::SignatureLine),
        // Four bytes are a key id without a signature.
        (format!("{TEXT}\n— PeterNeumann x08gow==\n"), NoteError::SignatureLine),
        // Padding left out, and bits behind the last byte.
        (format!("{TEXT}\n— PeterNeumann {}\n", signature.trim_end_matches('=')), NoteError::SignatureLine),
        (format!("{TEXT}\n— PeterNeumann {}N=\n", &signature[..signature.len() - 2]), NoteError::SignatureLine),
        (format!("a\tb\n\n{PETER_LINE}"), NoteError::Text),
        (format!("a\0b\n\n{PETER_LINE}"), NoteError::Text),
        (format!("{TEXT}\n{}", PETER_LINE.repeat(65)), NoteError::TooManySignatures),
        (format!("{}\n\n{PETER_LINE}", "a".repeat(8192)), NoteError::TooLong),
    ] {
        assert_eq!(bad.parse::<Note>(), Err(error), "{bad:?}");
    }
    assert!(format!("{TEXT}\n{}", PETER_LINE.repeat(64)).parse::<Note>().is_ok());
    assert_eq!(Note::from_bytes(b"\xff\n\n"), Err(NoteError::Text));
    assert_eq!(Note::new("no end"), Err(NoteError::Text));
    assert_eq!(Note::new(""), Err(NoteError::Text));
}

#[test]
fn a_note_does_not_grow_beyond_its_limits() {
    let mut note = Note::new(TEXT).unwrap();
    for _ in 0..64 {
        note.sign(&name("a"), &key(1)).unwrap();
    }
    assert_eq!(note.sign(&name("a"), &key(1)), Err(NoteError::TooManySignatures));
    let mut note = Note::new(format!("{}\n", "a".repeat(8100))).unwrap();
    assert_eq!(note.sign(&name("a"), &key(1)), Err(NoteError::TooLong));
    assert!(note.signatures().is_empty());
}

#[test]
fn signatures_of_other_keys_are_ignored_and_a_bad_one_of_the_key_is_not() {
    let peter: NoteKey = PETER.parse().unwrap();
    let enoch: NoteKey = ENOCH.parse().unwrap();
    let bad = PETER_LINE.replace("ZJku", "ZJkv");
    let note = |lines: &str| format!("{TEXT}\n{lines}").parse::<Note>().unwrap();
    assert!(!note(ENOCH_LINE).is_signed_by(&peter));
    assert!(note(&format!("{bad}{ENOCH_LINE}")).is_signed_by(&enoch));
    assert!(!note(&bad).is_signed_by(&peter));
    assert!(!note(&format!("{PETER_LINE}{bad}")).is_signed_by(&peter));
    // The name of one key with the id of the other is a third, unknown key.
    let third = PETER_LINE.replace("PeterNeumann", "EnochRoot");
    assert!(!note(&third).is_signed_by(&peter) && !note(&third).is_signed_by(&enoch));
    // One key is two keys when it signs in two ways.
    let cosigner = NoteKey { kind: NoteKeyKind::Cosignature, ..peter };
    assert!(!note(PETER_LINE).is_signed_by(&cosigner));
}

// ---- checkpoints -----------------------------------------------------------------------------------------------------

#[test]
fn checkpoints_are_read_strictly() {
    let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
    let good = format!("log.example\n7\n{root}\none more\nand another\n");
    let checkpoint: Checkpoint = good.parse().unwrap();
    assert_eq!(checkpoint.extensions(), ["one more", "and another"]);
    assert_eq!(checkpoint.to_string(), good);
    assert_eq!(format!("log.example\n0\n{root}\n").parse::<Checkpoint>().unwrap().size(), 0);
    for (bad, error) in [
        (String::new(), CheckpointError::Extension),
        ("\n".to_owned(), CheckpointError::Origin),
        (format!("\n7\n{root}\n"), CheckpointError::Origin),
        (format!("go.sum database tree\n7\n{root}\n"), CheckpointError::Origin),
        ("log.example\n".to_owned(), CheckpointError::Size),
        (format!("log.example\n\n{root}\n"), CheckpointError::Size),
        (format!("log.example\n07\n{root}\n"), CheckpointError::Size),
        (format!("log.example\n00\n{root}\n"), CheckpointError::Size),
        (format!("log.example\n+7\n{root}\n"), CheckpointError::Size),
        (format!("log.example\n-7\n{root}\n"), CheckpointError::Size),
        (format!("log.example\n7 \n{root}\n"), CheckpointError::Size),
        (format!("log.example\n18446744073709551616\n{root}\n"), CheckpointError::Size),
        ("log.example\n7\n".to_owned(), CheckpointError::Root),
        ("log.example\n7\nCsUY\n".to_owned(), CheckpointError::Root),
        (format!("log.example\n7\n{}\n", root.trim_end_matches('=')), CheckpointError::Root),
        (format!("log.example\n7\n{}\n", root.replace("I=", "J=")), CheckpointError::Root),
        (format!("log.example\n7\n{root}"), CheckpointError::Extension),
        (format!("log.example\n7\n{root}\n\n"), CheckpointError::Extension),
        (format!("log.example\n7\n{root}\n\nmore\n"), CheckpointError::Extension),
    ] {
        assert_eq!(bad.parse::<Checkpoint>(), Err(error), "{bad:?}");
    }
}

// ---- properties ------------------------------------------------------------------------------------------------------

proptest! {
    #[test]
    fn what_is_read_is_written_alike(note in "[a-c\n— =+]{0,40}") {
        let note = format!("{note}\n\n{PETER_LINE}");
        if let Ok(read) = note.parse::<Note>() {
            prop_assert_eq!(read.to_string(), note);
        }
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), at in any::<prop::sample::Index>()) {
        let _ = Note::from_bytes(&bytes);
        let mut altered = ARCHE.as_bytes().to_vec();
        let at = at.index(altered.len());
        altered.splice(at..at, bytes.iter().copied().take(3));
        let _ = Note::from_bytes(&altered);
    }

    #[test]
    fn checkpoints_round_trip(size in any::<u64>(), root in any::<[u8; 32]>()) {
        let checkpoint = Checkpoint::new(name("log.example/1"), size, Hash::from_bytes(root));
        prop_assert_eq!(checkpoint.to_string().parse(), Ok(checkpoint));
    }
}

#[test]
fn a_proof_file_has_one_form() {
    let hash = "a0c0uhAc9IuKThuL2KMW3NX4MmzxV76idVpj6R0VStA=";
    let file = |extra: &str| format!("c2sp.org/tlog-proof@v1\n{extra}index 3\n{hash}\n\n{TEXT}\n{PETER_LINE}");
    for extra in ["", "extra \n", "extra QUJD\n"] {
        let text = file(extra);
        assert_eq!(text.parse::<ProofFile>().unwrap().to_string(), text);
    }
    for extra in ["extra extra QUJD\n", "extra QUJD\nextra QUJD\n", "extra QUJ\n", "extra  QUJD\n", "extra\n"] {
        assert_eq!(file(extra).parse::<ProofFile>(), Err(ProofFileError::Form), "{extra}");
    }
}
