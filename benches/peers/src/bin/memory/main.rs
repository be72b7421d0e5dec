//! All peers in memory, on one thread unless it says otherwise, in rounds that take turns. Prints Markdown.

mod openssl;
mod sodium;
mod tink;

use std::hint::black_box;
use std::io::{Cursor, Read as _, Seek as _, SeekFrom, Write as _};
use std::iter;
use std::time::Instant;

use age::x25519::Identity;
use footage_peers::{Failure, PIECE, Plain, open, seal, unlock, with_threads};

/// Bytes of content.
const BYTES: usize = 256 << 20;

type Work = Box<dyn FnMut() -> Result<(), Failure>>;

struct Peer {
    name: &'static str,
    does: &'static str,
    seal: Work,
    open: Work,
    /// One piece out of the middle of what was unlocked before.
    seek: Option<Work>,
}

fn main() -> Result<(), Failure> {
    let rounds = std::env::args().nth(1).map_or(Ok(7), |rounds| rounds.parse())?;
    let mut peers =
        [footage(1)?, footage(2)?, plain(true)?, plain(false)?, age_crate()?, tink()?, libsodium()?, libcrypto()?];
    let mut times: Vec<[Vec<f64>; 3]> = peers.iter().map(|_| Default::default()).collect();
    for round in 0..=rounds {
        for (peer, times) in peers.iter_mut().zip(&mut times) {
            let work = [Some(&mut peer.seal), Some(&mut peer.open), peer.seek.as_mut()];
            for (work, times) in work.into_iter().zip(times) {
                let Some(work) = work else { continue };
                let start = Instant::now();
                work()?;
                // The first round finds its memory and its caches.
                if round > 0 {
                    times.push(start.elapsed().as_secs_f64());
                }
            }
        }
    }
    println!("\n{} MiB in memory, pieces of 1 MiB, {rounds} rounds in turn, medians:\n", BYTES >> 20);
    println!("| | seal | open | 1 MiB from the middle | what it does |\n|---|---|---|---|---|");
    for (peer, times) in peers.iter().zip(times) {
        let [seal, open, seek] = times.map(|mut times| {
            times.sort_by(f64::total_cmp);
            times.get(times.len() / 2).copied()
        });
        let speed =
            |time: Option<f64>| time.map_or("-".into(), |time| format!("{:.2} GB/s", BYTES as f64 / time / 1e9));
        let seek = seek.map_or("-".into(), |time| format!("{:.0} us", time * 1e6));
        println!("| {} | {} | {} | {seek} | {} |", peer.name, speed(seal), speed(open), peer.does);
    }
    Ok(())
}

fn content() -> Vec<u8> {
    (0..BYTES / 8).flat_map(|n| (n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes()).collect()
}

/// Room for whatever a peer makes of the content.
fn room() -> Vec<u8> {
    Vec::with_capacity(BYTES + (BYTES >> 8))
}

fn footage(threads: usize) -> Result<Peer, Failure> {
    let (content, mut sealed, mut opened) = (content(), room(), room());
    let mut file = room();
    seal(Cursor::new(&content), &mut file)?;
    let (mut clip, secret) = unlock(Cursor::new(file.clone()))?;
    let mut piece = Vec::new();
    Ok(Peer {
        name: if threads == 1 { "footage" } else { "footage, two threads" },
        does: "AES-256-GCM under a key a segment, BLAKE3, a tree that the camera signs; any range can be granted",
        seal: Box::new(move || {
            sealed.clear();
            with_threads(threads, || seal(Cursor::new(&content), &mut sealed))?
        }),
        open: Box::new(move || {
            opened.clear();
            with_threads(threads, || open(Cursor::new(&file), &mut opened))?
        }),
        seek: Some(Box::new(move || {
            clip.segment_into(&secret, (BYTES / PIECE / 2) as u32, &mut piece)?;
            Ok(())
        })),
    })
}

fn plain(digest: bool) -> Result<Peer, Failure> {
    let (content, mut sealed, mut opened) = (content(), room(), room());
    let (mut file, key) = (room(), [Plain::new(digest)?, Plain::new(digest)?, Plain::new(digest)?]);
    let [first, second, third] = key;
    first.seal(Cursor::new(&content), &mut file)?;
    let middle = BYTES / PIECE / 2;
    let body = file[middle * (PIECE + 16)..][..PIECE + 16].to_vec();
    let mut piece = body.clone();
    Ok(Peer {
        name: if digest { "`ring` and `blake3`, plain loop" } else { "`ring`, plain loop" },
        does: if digest {
            "AES-256-GCM and BLAKE3, pieces in no bound order; nothing signed"
        } else {
            "AES-256-GCM; nothing signed"
        },
        seal: Box::new(move || {
            sealed.clear();
            first.seal(Cursor::new(&content), &mut sealed)
        }),
        open: Box::new(move || {
            opened.clear();
            second.open(Cursor::new(&file), &mut opened)
        }),
        seek: Some(Box::new(move || {
            piece.copy_from_slice(&body);
            black_box(third.open_piece(middle as u64, &mut piece)?);
            Ok(())
        })),
    })
}

fn age_crate() -> Result<Peer, Failure> {
    let (content, mut sealed, mut opened) = (content(), room(), room());
    let identity = Identity::generate();
    let recipient = identity.to_public();
    let encrypt = move |content: &[u8], to: &mut Vec<u8>| -> Result<(), Failure> {
        let encryptor = age::Encryptor::with_recipients(iter::once(&recipient as &dyn age::Recipient))?;
        let mut writer = encryptor.wrap_output(to)?;
        writer.write_all(content)?;
        writer.finish()?;
        Ok(())
    };
    let mut file = room();
    encrypt(&content, &mut file)?;
    let reader = age::Decryptor::new_buffered(Cursor::new(file.clone()))?;
    let mut reader = reader.decrypt(iter::once(&identity as &dyn age::Identity))?;
    let mut piece = vec![0; PIECE];
    Ok(Peer {
        name: "crate `age`",
        does: "ChaCha20-Poly1305 in pieces of 64 KiB, in order; nothing signed, all or nothing is shared",
        seal: Box::new(move || {
            sealed.clear();
            encrypt(&content, &mut sealed)
        }),
        open: Box::new(move || {
            opened.clear();
            let decryptor = age::Decryptor::new_buffered(&file[..])?;
            let mut reader = decryptor.decrypt(iter::once(&identity as &dyn age::Identity))?;
            std::io::copy(&mut reader, &mut opened)?;
            Ok(())
        }),
        seek: Some(Box::new(move || {
            reader.seek(SeekFrom::Start(BYTES as u64 / 2))?;
            Ok(reader.read_exact(&mut piece)?)
        })),
    })
}

fn tink() -> Result<Peer, Failure> {
    let (content, cipher) = (content(), tink::cipher()?);
    let (sealed, mut opened) = (tink::Room::new(room()), tink::Room::new(room()));
    tink::seal(&*cipher, &content, &sealed)?;
    let (file, other) = (sealed.to_shared(), cipher.box_clone());
    Ok(Peer {
        name: "Tink's streaming AEAD",
        does: "AES-256-GCM under a key a file, pieces in bound order; nothing signed",
        seal: Box::new(move || {
            sealed.clear();
            tink::seal(&*cipher, &content, &sealed)
        }),
        open: Box::new(move || {
            opened.clear();
            tink::open(&*other, &file, &mut opened)
        }),
        seek: None,
    })
}

fn libsodium() -> Result<Peer, Failure> {
    let (content, mut sealed, mut opened, mut file) = (content(), room(), room(), room());
    sodium::seal(&content, &mut file)?;
    Ok(Peer {
        name: "libsodium `secretstream`",
        does: "XChaCha20-Poly1305, pieces chained in order: no seeking; nothing signed",
        seal: Box::new(move || {
            sealed.clear();
            sodium::seal(&content, &mut sealed)
        }),
        open: Box::new(move || {
            opened.clear();
            sodium::open(&file, &mut opened)
        }),
        seek: None,
    })
}

fn libcrypto() -> Result<Peer, Failure> {
    let (content, mut sealed, mut opened, mut file) = (content(), room(), room(), room());
    openssl::seal(&content, &mut file)?;
    let middle = BYTES / PIECE / 2;
    let body = file[middle * (PIECE + 16)..][..PIECE + 16].to_vec();
    let mut piece = Vec::with_capacity(2 * PIECE);
    Ok(Peer {
        name: "OpenSSL 3 AES-256-GCM",
        does: "AES-256-GCM, pieces in no bound order; nothing signed",
        seal: Box::new(move || {
            sealed.clear();
            openssl::seal(&content, &mut sealed)
        }),
        open: Box::new(move || {
            opened.clear();
            openssl::open(&file, 0, &mut opened)
        }),
        seek: Some(Box::new(move || {
            piece.clear();
            openssl::open(&body, middle as u64, &mut piece)
        })),
    })
}
