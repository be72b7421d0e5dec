use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::fmt;

use thiserror::Error;

use crate::crypto::{Secret, SigningKey, Suite};
use crate::io;
use crate::record::{
    CameraCertificate, ClipId, OwnerChain, OwnerChainError, OwnerList, Signed, StatementId, Timestamp, Verified,
};
use crate::store::{Store, StoreError, StoreKey};

use super::ClipFiles;
use super::list_facts::{ReadListsError, put_list, read_lists, remove_unnamed_lists};
use super::state::{State, StateError};

/// The identity of a camera: its maker's certificate, its signing key and its secret.
#[derive(Debug)]
pub struct Device {
    /// The maker's certificate for the key.
    pub certificate: Signed<CameraCertificate>,
    /// The key that signs its clips.
    pub key: SigningKey,
    /// A secret of this camera alone. It authenticates the camera's state, and with the state's counter it keeps every clip's
    /// secret apart from all others even when the random source is broken.
    pub secret: Secret<32>,
    /// The cipher of its clips.
    pub suite: Suite,
}

/// A camera: its keys, the household that it seals for, its durable state, and the files of its clips.
///
/// If the store fails, the camera can no longer be used: open the store and the camera again.
pub struct Camera<S, F> {
    pub(super) certificate: Verified<CameraCertificate>,
    pub(super) key: Arc<SigningKey>,
    pub(super) secret: Secret<32>,
    pub(super) suite: Suite,
    pub(super) files: F,
    pub(super) recordings: Vec<(ClipId, Weak<()>)>,
    /// The owner lists that the camera has taken.
    pub(super) owners: OwnerChain,
    /// The latest wall time that the camera has dated in the present period.
    pub(super) latest: Timestamp,
    /// Whether an open clip could not be read, which may have dated more.
    pub(super) unread: bool,
    pub(super) store: S,
    state_key: StoreKey,
    state: State,
}

/// Why a camera cannot begin or be opened. Nothing was changed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenCameraError {
    /// The certificate is not signed as it must be, or is for another key than the camera's.
    #[error("the certificate is not one for this camera's key")]
    Certificate,
    /// The owner list cannot be the first one of a camera.
    #[error("the owner list cannot be the first one of a camera")]
    Owners(#[source] OwnerChainError),
    /// The store holds no state. If the camera was paired before, its state was lost or deleted: reset it, with new keys.
    #[error("the store holds no state of a camera: if it had one, reset the camera, with new keys")]
    Missing,
    /// The store holds a state already, even if it is damaged. Open the camera; to reset it, begin with a new store and new keys.
    #[error("the store holds a state already: open the camera, or reset it with a new store and new keys")]
    Exists,
    /// The state was not written by this device, or was altered.
    #[error("the camera's state is damaged, or was not written by this device")]
    Damaged,
    /// The state is another camera's.
    #[error("the state is another camera's")]
    OtherCamera,
    /// The state was written by a later version, which has to open it.
    #[error("the camera's state is of version {0}, which this firmware does not know: install a later one")]
    LaterVersion(u64),
    /// The state is older than one that was durable before: an old copy was put back.
    #[error("the camera's state is of generation {generation}, older than {floor}: an old copy was put back")]
    Older {
        /// The generation of the state.
        generation: u64,
        /// The least generation that the store's hardware allows.
        floor: u64,
    },
    /// An owner list that the state names is missing, so the camera does not know which household it is paired with. Put the
    /// list back, or reset the camera with new keys.
    #[error(
        "owner list {0}, which the camera's state names, is missing: put it back, or reset the camera with new keys"
    )]
    MissingList(StatementId),
    /// An owner list that the state names is damaged or was replaced. Put the list back, or reset the camera with new keys.
    #[error(
        "owner list {0}, which the camera's state names, is damaged: put it back, or reset the camera with new keys"
    )]
    DamagedList(StatementId),
    /// The store failed.
    #[error("the camera's store failed")]
    Store(#[from] StoreError),
}

impl From<ReadListsError> for OpenCameraError {
    fn from(error: ReadListsError) -> Self {
        match error {
            ReadListsError::None => Self::Damaged,
            ReadListsError::Missing(id) => Self::MissingList(id),
            ReadListsError::Damaged(id) => Self::DamagedList(id),
            ReadListsError::Store(error) => Self::Store(error),
        }
    }
}

impl<S: Store, F: ClipFiles> Camera<S, F> {
    /// Begins the state of a camera, when it is paired or reset, with new keys. A camera that has a state is
    /// [opened](Self::open).
    ///
    /// `owners` is the first owner list of the household; the pairing must show that it is the right one. The camera then
    /// [takes](Self::take_list) the household's further lists, and refuses those of any other household.
    pub fn begin(device: Device, owners: Verified<OwnerList>, mut store: S, files: F) -> Result<Self, OpenCameraError> {
        let certificate = certificate(&device)?;
        let owners = OwnerChain::begin(owners).map_err(OpenCameraError::Owners)?;
        if store.fact(&state_key()?)?.is_some() {
            return Err(OpenCameraError::Exists);
        }
        let generation = store.floor()?.unwrap_or(0);
        put_list(&mut store, owners.newest())?;
        let state = State {
            camera: device.key.verifying_key(),
            generation,
            counter: 0,
            latest: Timestamp::default(),
            lists: owners.kept().collect(),
            open: Vec::new(),
        };
        let mut camera = Self::of(device, certificate, (state, owners), (store, files))?;
        camera.change(|_| {})?;
        // An attempt that a power cut ended may have left another list.
        remove_unnamed_lists(&mut camera.store, &camera.state.lists)?;
        Ok(camera)
    }

    /// Opens a camera with the state that it left.
    pub fn open(device: Device, mut store: S, files: F) -> Result<Self, OpenCameraError> {
        let certificate = certificate(&device)?;
        let bytes = store.fact(&state_key()?)?.ok_or(OpenCameraError::Missing)?;
        let state = State::from_bytes(&bytes, &device.key.verifying_key(), &device.secret);
        let state = state.map_err(|error| match error {
            StateError::Version(version) => OpenCameraError::LaterVersion(version),
            StateError::OtherCamera => OpenCameraError::OtherCamera,
            StateError::Damaged => OpenCameraError::Damaged,
        })?;
        let generation = state.generation;
        if let Some(floor) = store.floor()?.filter(|&floor| generation < floor) {
            return Err(OpenCameraError::Older { generation, floor });
        }
        let owners = read_lists(&mut store, &state.lists)?;
        store.raise_floor(generation)?;
        let mut camera = Self::of(device, certificate, (state, owners), (store, files))?;
        remove_unnamed_lists(&mut camera.store, &camera.state.lists)?;
        camera.remove_unknown_empty_files();
        camera.read_dated();
        if camera.latest > camera.state.latest {
            camera.change(|_| {})?;
        }
        Ok(camera)
    }

    /// Puts a camera together from its device, what it remembers, and where that and its clips are kept.
    fn of(
        device: Device,
        certificate: Verified<CameraCertificate>,
        (state, owners): (State, OwnerChain),
        (store, files): (S, F),
    ) -> Result<Self, OpenCameraError> {
        let Device { key, secret, suite, .. } = device;
        let (key, recordings, state_key) = (Arc::new(key), Vec::new(), state_key()?);
        let (latest, unread) = (state.latest, false);
        Ok(Self { certificate, key, secret, suite, files, recordings, owners, latest, unread, store, state_key, state })
    }

    /// Removes the empty files of clips that a power cut interrupted before the state named them. Errors are ignored:
    /// the card may not be mounted yet, and an empty file does no harm until the camera is opened again.
    fn remove_unknown_empty_files(&mut self) {
        for clip in self.files.empty().unwrap_or_default() {
            if self.state.open_clip(clip).is_none() {
                let _ = self.files.remove(clip);
            }
        }
    }
}

impl<S: Store, F> Camera<S, F> {
    /// Changes the state. The change is durable when the call returns, and the store's floor is raised to it.
    pub(super) fn change(&mut self, change: impl FnOnce(&mut State)) -> Result<(), StoreError> {
        let mut next = self.state.clone();
        change(&mut next);
        next.latest = next.latest.max(self.latest);
        // One change a nanosecond takes 584 years to reach the last generation.
        next.generation = next.generation.saturating_add(1);
        self.store.put_fact(&self.state_key, &next.to_bytes(&self.secret))?;
        self.state = next;
        self.store.raise_floor(self.state.generation)
    }
}

impl<S, F> Camera<S, F> {
    /// Returns the camera's certificate.
    pub const fn certificate(&self) -> &Verified<CameraCertificate> {
        &self.certificate
    }

    /// Returns the owner lists of the camera's household that are in force. Clips are sealed for the
    /// [newest](OwnerChain::newest).
    pub const fn owners(&self) -> &OwnerChain {
        &self.owners
    }

    /// Returns the clips that were started and have no manifest yet, the oldest first. Each is being recorded or can be
    /// [recovered](Self::recover).
    pub fn open_clips(&self) -> Vec<ClipId> {
        self.state.open.iter().map(|open| open.clip).collect()
    }

    /// Returns whether this camera is recording the clip.
    pub fn is_recording(&self, clip: ClipId) -> bool {
        self.recordings.iter().any(|(recorded, token)| *recorded == clip && token.strong_count() > 0)
    }

    /// Returns the files of the camera's clips.
    pub const fn files(&mut self) -> &mut F {
        &mut self.files
    }

    /// Returns whether an open clip is sealed for the keys of the present period. Times of a clip of an earlier period no
    /// longer count.
    pub(super) fn is_of_present_period(&self, clip: ClipId) -> bool {
        self.state.open_clip(clip).is_some_and(|open| open.period == self.owners.period())
    }

    pub(super) const fn state(&self) -> &State {
        &self.state
    }
}

pub(super) fn certificate(device: &Device) -> Result<Verified<CameraCertificate>, OpenCameraError> {
    let certificate = device.certificate.clone().verify().map_err(|_| OpenCameraError::Certificate)?;
    let own = *certificate.statement().key() == device.key.verifying_key();
    if own { Ok(certificate) } else { Err(OpenCameraError::Certificate) }
}

pub(super) fn state_key() -> Result<StoreKey, StoreError> {
    StoreKey::new("camera")
        .map_err(|error| StoreError::io("camera", io::Error::new(io::ErrorKind::InvalidInput, error)))
}

impl<S, F> fmt::Debug for Camera<S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Camera").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}
