//! An allocator that gives nothing back: what was freed stays as it was left, and is searched like what is in use.
#![allow(unsafe_code, clippy::cast_ptr_alignment)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::mem::MaybeUninit;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU8, Ordering};

/// What stands before every block.
struct Head {
    next: *mut Head,
    size: usize,
    freed: AtomicBool,
    /// What the test itself holds, so that it can know secrets.
    own: bool,
}

pub struct Quarantine;

static LAST: AtomicPtr<Head> = AtomicPtr::new(null_mut());

thread_local! {
    static OWN: Cell<bool> = const { Cell::new(false) };
}

const HEAD: usize = 32;
const _: () = assert!(size_of::<Head>() <= HEAD && align_of::<Head>() <= 16);

// SAFETY: a block of the system's allocator with room for a head before what is asked for, which keeps the alignment; it
// is never given back, so heads and blocks stay readable for ever.
unsafe impl GlobalAlloc for Quarantine {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let before = layout.align().max(HEAD);
        let Some(size) = layout.size().checked_add(before) else { return null_mut() };
        let Ok(whole) = Layout::from_size_align(size, layout.align().max(16)) else { return null_mut() };
        // SAFETY: of a size that is not zero.
        let begin = unsafe { System.alloc(whole) };
        if begin.is_null() {
            return begin;
        }
        // SAFETY: within the block, and aligned, as `before` is a multiple of both alignments.
        let (block, head) = unsafe { (begin.add(before), begin.add(before - HEAD).cast::<Head>()) };
        let own = OWN.try_with(Cell::get).unwrap_or_default();
        let mut next = LAST.load(Ordering::Acquire);
        loop {
            // SAFETY: nobody else has the block yet.
            unsafe { head.write(Head { next, size: layout.size(), freed: AtomicBool::new(false), own }) };
            match LAST.compare_exchange(next, head, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return block,
                Err(last) => next = last,
            }
        }
    }

    unsafe fn dealloc(&self, place: *mut u8, _: Layout) {
        // SAFETY: `alloc` has put a head there.
        unsafe { (*place.sub(HEAD).cast::<Head>()).freed.store(true, Ordering::Release) };
    }
}

/// Does something whose memory is not searched, as it is the test that knows the secrets there.
pub fn own<T>(work: impl FnOnce() -> T) -> T {
    let before = OWN.replace(true);
    let result = work();
    OWN.set(before);
    result
}

/// Bytes that are looked for at once: a half of a key is as bad as a key.
pub const PIECE: usize = 16;

/// What is looked for, by name.
#[derive(Default)]
pub struct Wanted(BTreeMap<[u8; PIECE], String>);

impl Wanted {
    /// Looks for every piece of a secret.
    pub fn add(&mut self, name: &str, secret: &[u8]) {
        own(|| {
            let (pieces, _) = secret.as_chunks::<PIECE>();
            self.0.extend(pieces.iter().map(|piece| (*piece, name.to_owned())));
        });
    }

    /// Which of it is in these bytes.
    pub fn within(&self, bytes: &[u8]) -> Vec<&str> {
        own(|| bytes.windows(PIECE).filter_map(|piece| self.0.get(piece)).map(String::as_str).collect())
    }

    pub fn remove(&mut self, piece: &[u8]) -> bool {
        own(|| self.0.remove(piece).is_some())
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Which of it is anywhere on the heap, and how often: in blocks in use, and in freed ones.
    pub fn find(&self) -> BTreeMap<String, [usize; 2]> {
        own(|| {
            // Which beginnings of two bytes there are: most places in memory have none of them.
            let mut begins = vec![false; 1 << 16];
            for piece in self.0.keys() {
                begins[usize::from(u16::from_ne_bytes([piece[0], piece[1]]))] = true;
            }
            let mut found: BTreeMap<String, [usize; 2]> = BTreeMap::new();
            each_block(|block, freed| {
                for at in 0..block.len().saturating_sub(PIECE - 1) {
                    if begins[usize::from(u16::from_ne_bytes([block.byte(at), block.byte(at + 1)]))] {
                        let piece = std::array::from_fn(|byte| block.byte(at + byte));
                        if let Some(name) = self.0.get(&piece) {
                            found.entry(name.clone()).or_default()[usize::from(freed)] += 1;
                        }
                    }
                }
            });
            found
        })
    }
}

/// What calls before this one left on the stack, below the frame of the caller: its last 64 KiB.
#[inline(never)]
pub fn stack() -> Vec<u8> {
    let left = MaybeUninit::<[u8; 1 << 16]>::uninit();
    let begin = std::hint::black_box(&left).as_ptr().cast::<u8>();
    // SAFETY: within the array; some of it was perhaps never written.
    own(|| (0..1 << 16).map(|at| unsafe { begin.add(at).read_volatile() }).collect())
}

/// A block that others may write to meanwhile.
struct Block(*const u8, usize);

impl Block {
    const fn len(&self) -> usize {
        self.1
    }

    fn byte(&self, at: usize) -> u8 {
        assert!(at < self.1);
        // SAFETY: within the block, which is never given back; some of it was perhaps never written.
        unsafe { (*self.0.add(at).cast::<AtomicU8>()).load(Ordering::Relaxed) }
    }
}

fn each_block(mut each: impl FnMut(&Block, bool)) {
    let mut head = LAST.load(Ordering::Acquire).cast_const();
    while !head.is_null() {
        // SAFETY: a head that `alloc` has put there, which is never given back.
        let (Head { next, size, freed, own }, block) = unsafe { (&*head, head.cast::<u8>().add(HEAD)) };
        if !own {
            each(&Block(block, *size), freed.load(Ordering::Acquire));
        }
        head = next.cast_const();
    }
}

/// How many bytes are in all blocks.
pub fn held() -> usize {
    let mut bytes = 0;
    each_block(|block, _| bytes += block.len());
    bytes
}
