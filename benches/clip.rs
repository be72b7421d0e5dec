//! Sealing and reading segments, beside the bare loop of primitives: AES-256-GCM, then BLAKE3.
#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;
use std::io::Cursor;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use footage::camera::{Cadence, Camera, MemoryStore};
use footage::clip::FinishedClip;
use footage::crypto::{OsRandom, Secret, SigningKey, Suite};
use footage::record::{CameraCertificate, CameraId, MakerId, Millis, Name, Timestamp, Verified};
use footage::resident::Owner;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

const SEGMENTS: u64 = 16;

fn camera() -> Camera<MemoryStore> {
    let (maker, key) = (SigningKey::generate(&mut OsRandom).unwrap(), SigningKey::generate(&mut OsRandom).unwrap());
    let certificate = CameraCertificate {
        camera: CameraId::from_bytes([1; 16]),
        maker: MakerId::new("acme").unwrap(),
        model: Name::new("Doorbell").unwrap(),
        key: key.verifying_key(),
        issued: Timestamp::default(),
    };
    let certificate = Verified::sign(certificate, &maker).into_signed();
    let device = Secret::random(&mut OsRandom).unwrap();
    Camera::new(certificate, key, device, Suite::Aes256Gcm, MemoryStore::default()).unwrap()
}

fn seal_all(camera: &mut Camera<MemoryStore>, owner: &Owner, segments: &mut [Vec<u8>], sink: Vec<u8>) -> Vec<u8> {
    let owners = [owner.public_key()];
    let mut clip = camera.start(&owners, Timestamp::default(), Cadence::AtEnd, sink, &mut OsRandom).unwrap();
    for (second, content) in (0..).zip(segments) {
        clip.media(Millis::SECOND.times(second), Millis::SECOND, content).unwrap();
    }
    clip.finish().unwrap().into_inner()
}

fn key() -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32]).unwrap())
}

fn seal(c: &mut Criterion) {
    let mut group = c.benchmark_group("seal");
    let (mut camera, owner, bare) = (camera(), Owner::generate(&mut OsRandom).unwrap(), key());
    for kib in [64_usize, 1024] {
        let size = kib * 1024;
        group.throughput(Throughput::Bytes(size as u64 * SEGMENTS));
        let fresh = || {
            (0..SEGMENTS)
                .map(|_| Vec::with_capacity(size + 16))
                .map(|mut v: Vec<u8>| {
                    v.resize(size, 1);
                    v
                })
                .collect::<Vec<_>>()
        };
        let room = || Vec::with_capacity((size + 4096) * SEGMENTS as usize + 65536);
        group.bench_function(BenchmarkId::new("footage", kib), |b| {
            b.iter_batched(
                || (fresh(), room()),
                |(mut segments, sink)| black_box(seal_all(&mut camera, &owner, &mut segments, sink)),
                BatchSize::LargeInput,
            );
        });
        group.bench_function(BenchmarkId::new("bare loop", kib), |b| {
            b.iter_batched(
                || (fresh(), room()),
                |(mut segments, mut sink): (Vec<Vec<u8>>, Vec<u8>)| {
                    for segment in &mut segments {
                        let nonce = Nonce::assume_unique_for_key([0; 12]);
                        bare.seal_in_place_append_tag(nonce, Aad::empty(), segment).unwrap();
                        black_box(blake3::hash(segment));
                        sink.extend_from_slice(segment);
                    }
                    black_box(sink)
                },
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

fn open(c: &mut Criterion) {
    let mut group = c.benchmark_group("open");
    let (mut camera, owner, bare) = (camera(), Owner::generate(&mut OsRandom).unwrap(), key());
    for kib in [64_usize, 1024] {
        let size = kib * 1024;
        group.throughput(Throughput::Bytes(size as u64 * SEGMENTS));
        let mut segments: Vec<_> = (0..SEGMENTS).map(|_| vec![1; size]).collect();
        let clip = seal_all(&mut camera, &owner, &mut segments, Vec::new());
        let mut clip = FinishedClip::open(Cursor::new(clip)).unwrap();
        let secret = clip.unlock(owner.key()).unwrap();
        group.bench_function(BenchmarkId::new("footage", kib), |b| {
            b.iter(|| (0..SEGMENTS as u32).for_each(|index| drop(black_box(clip.segment(&secret, index).unwrap()))));
        });
        let mut sealed = vec![1; size];
        bare.seal_in_place_append_tag(Nonce::assume_unique_for_key([0; 12]), Aad::empty(), &mut sealed).unwrap();
        group.bench_function(BenchmarkId::new("bare loop", kib), |b| {
            b.iter(|| {
                for _ in 0..SEGMENTS {
                    let mut body = sealed.clone();
                    black_box(blake3::hash(&body));
                    let nonce = Nonce::assume_unique_for_key([0; 12]);
                    black_box(bare.open_in_place(nonce, Aad::empty(), &mut body).unwrap());
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, seal, open);
criterion_main!(benches);
