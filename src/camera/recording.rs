use alloc::sync::Arc;
use core::fmt;

use thiserror::Error;

use crate::clip::{Cadence, NewClip, RecoverError, Remains, SealError, SealedClip, Sealer};
use crate::crypto::{KemPublicKey, Random, Secret, SigningKey, Suite};
use crate::io::{self, Read, Seek, Write};
use crate::record::{CameraCertificate, ClipId, Head, Millis, Signed, Timestamp, Verified};

use super::store::{CameraStore, StoreError};

/// A camera: its maker's certificate, its two keys, and its durable store.
pub struct Camera<S> {
    certificate: Verified<CameraCertificate>,
    key: Arc<SigningKey>,
    device: Secret<32>,
    suite: Suite,
    store: S,
}

/// Why a recording cannot start or end.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// The certificate is for another key than the camera's.
    #[error("the certificate is for another key than this camera's")]
    Certificate,
    /// The clip could not be begun.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl<S: CameraStore> Camera<S> {
    /// The camera of a certificate. `device` is a secret of this camera alone, from which, with the store's counter, every
    /// clip's secret is made unlike all others even when the random source is broken.
    pub fn new(
        certificate: Signed<CameraCertificate>,
        key: SigningKey,
        device: Secret<32>,
        suite: Suite,
        store: S,
    ) -> Result<Self, StartError> {
        let certificate = certificate.verify().map_err(|_| StartError::Certificate)?;
        if certificate.statement().key == key.verifying_key() {
            Ok(Self { certificate, key: Arc::new(key), device, suite, store })
        } else {
            Err(StartError::Certificate)
        }
    }

    /// Its certificate.
    pub const fn certificate(&self) -> &Verified<CameraCertificate> {
        &self.certificate
    }

    /// Starts a clip for these owners. `started` is the camera's claim of the time.
    pub fn start<W: Write>(
        &mut self,
        owners: &[KemPublicKey],
        started: Timestamp,
        cadence: Cadence,
        sink: W,
        random: &mut dyn Random,
    ) -> Result<Recording<'_, W, S>, StartError> {
        let sealer = self.begin(owners, started, cadence, sink, random)?;
        Ok(Recording { sealer, store: &mut self.store })
    }

    /// Starts a clip, and does not hold on to it.
    pub(crate) fn begin<W: Write>(
        &mut self,
        owners: &[KemPublicKey],
        started: Timestamp,
        cadence: Cadence,
        sink: W,
        random: &mut dyn Random,
    ) -> Result<Sealer<W>, StartError> {
        let counter = self.store.next_counter()?;
        let certificate = self.certificate.clone().into_signed();
        let new = NewClip { suite: self.suite, started, certificate, owners, device: &self.device, counter, cadence };
        Ok(Sealer::begin(new, Arc::clone(&self.key), sink, random)?)
    }

    /// Its store.
    #[cfg(feature = "ffi")]
    pub(crate) const fn store(&mut self) -> &mut S {
        &mut self.store
    }

    /// Closes a clip that a power cut left open: the longest prefix under its own last valid head, and nothing else. Written
    /// anew to `sink`; the manifest says that it was recovered. If the power failed while the clip was being closed, it is
    /// closed with the very manifest that it was about to have.
    pub fn recover<R: Read + Seek, W: Write>(&mut self, source: R, sink: W) -> Result<SealedClip<W>, RecoverError> {
        let remains = Remains::find(source, &self.key)?;
        let manifest = self.ending_of(&remains)?;
        remains.close(manifest, &self.key, sink)
    }

    /// The one manifest that what is left of a clip can be closed with, remembered: should the power fail again, the clip can
    /// still have this ending, and no other is ever signed.
    pub(crate) fn ending_of<R: Read + Seek>(&mut self, remains: &Remains<R>) -> Result<Head, RecoverError> {
        if let Some(manifest) = self.store.closed(remains.clip()).map_err(stored)? {
            return Ok(manifest);
        }
        let manifest = remains.prefix()?;
        self.store.close(&manifest).map_err(stored)?;
        Ok(manifest)
    }

    /// Its signing key.
    #[cfg(feature = "ffi")]
    pub(crate) fn key(&self) -> Arc<SigningKey> {
        Arc::clone(&self.key)
    }
}

fn stored(error: StoreError) -> RecoverError {
    RecoverError::Write(io::Error::other(error))
}

impl<S> fmt::Debug for Camera<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Camera").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}

/// A clip while it is recorded. Dropped, it stays unfinished and can only be recovered.
///
/// A clip that is closed is not recorded on:
///
/// ```
/// # use std::fs::File;
/// # use footage::{camera::{CameraStore, Recording}, record::Millis};
/// # fn f<S: CameraStore>(mut recording: Recording<'_, File, S>, content: &mut Vec<u8>) {
/// let _ = recording.media(Millis(0), Millis::SECOND, content);
/// let _ = recording.finish();
/// # }
/// ```
///
/// ```compile_fail,E0382
/// # use std::fs::File;
/// # use footage::{camera::{CameraStore, Recording}, record::Millis};
/// # fn f<S: CameraStore>(mut recording: Recording<'_, File, S>, content: &mut Vec<u8>) {
/// let _ = recording.finish();
/// let _ = recording.media(Millis(0), Millis::SECOND, content);
/// # }
/// ```
#[must_use = "an unfinished clip can only be recovered"]
pub struct Recording<'a, W, S> {
    sealer: Sealer<W>,
    store: &'a mut S,
}

impl<W: Write, S: CameraStore> Recording<'_, W, S> {
    /// The clip's id.
    pub const fn clip(&self) -> ClipId {
        self.sealer.clip()
    }

    /// Seals the codec parameters for the media that follow. `content` is sealed in place and holds ciphertext afterwards.
    pub fn init(&mut self, content: &mut [u8]) -> Result<(), SealError> {
        self.sealer.init(content)
    }

    /// Seals a media segment that begins at `start` from the beginning of the clip. `content` is sealed in place and holds
    /// ciphertext afterwards.
    pub fn media(&mut self, start: Millis, duration: Millis, content: &mut [u8]) -> Result<(), SealError> {
        self.sealer.media(start, duration, content)
    }

    /// What seals it.
    #[cfg(feature = "std")]
    pub(super) const fn sealer(&mut self) -> &mut Sealer<W> {
        &mut self.sealer
    }

    /// Signs the manifest and closes the clip for ever.
    pub fn finish(self) -> Result<SealedClip<W>, StartError> {
        self.store.close(&self.sealer.manifest()?)?;
        Ok(self.sealer.finish()?)
    }
}

impl<W, S> fmt::Debug for Recording<'_, W, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Recording").field(&self.sealer).finish()
    }
}
