//! Layers that are made, and go out while the archive is read on.

use std::fs::File;
use std::io::Cursor;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Mutex, PoisonError};

use super::layers::Layer;
use crate::call::{Call, SLICE};
use crate::error::Result;
use crate::registry::ReadSeek;

/// So many are held at the same time, with the one that is being made: 18 MiB, where they are in memory.
const MOST: usize = 3;

/// A layer that is all there, as it is to be in the registry.
pub(super) struct Held {
    /// Its name in the archive.
    pub(super) name: String,
    /// Its size in the archive.
    pub(super) total: u64,
    pub(super) layer: Layer,
    pub(super) bytes: Bytes,
    pub(super) room: Room,
}

/// What a layer is held in.
pub(super) enum Bytes {
    Memory(Cursor<Vec<u8>>),
    File(File),
}

impl Bytes {
    pub(super) fn source(&mut self) -> &mut dyn ReadSeek {
        match self {
            Bytes::Memory(bytes) => bytes,
            Bytes::File(file) => file,
        }
    }
}

/// What limits how many layers are held.
pub(super) struct Rooms {
    free: Receiver<()>,
    give_back: Sender<()>,
}

impl Rooms {
    pub(super) fn new() -> Rooms {
        let (give_back, free) = mpsc::channel();
        for _ in 0..MOST {
            drop(Room(give_back.clone()));
        }
        Rooms { free, give_back }
    }

    /// Waits for room for another layer.
    pub(super) fn take(&self, call: &Call<'_>) -> Result<Room> {
        loop {
            call.check()?;
            if self.free.recv_timeout(SLICE).is_ok() {
                return Ok(Room(self.give_back.clone()));
            }
        }
    }
}

/// Room for one layer, which is given back when this is dropped.
pub(super) struct Room(Sender<()>);

impl Drop for Room {
    fn drop(&mut self) {
        // Nobody waits for it when the archive was read.
        let _ = self.0.send(());
    }
}

/// The way of layers to those that upload them.
pub(super) struct Outgoing {
    send: Sender<Option<Held>>,
    sent: Mutex<Receiver<Option<Held>>>,
}

impl Outgoing {
    pub(super) fn new() -> Outgoing {
        let (send, sent) = mpsc::channel();
        Outgoing {
            send,
            sent: Mutex::new(sent),
        }
    }

    pub(super) fn put(&self, held: Held) {
        self.send(Some(held));
    }

    /// No more layers come: each of those that upload ends.
    pub(super) fn close(&self, uploaders: usize) {
        for _ in 0..uploaders {
            self.send(None);
        }
    }

    fn send(&self, held: Option<Held>) {
        // It is received by what is in the same struct.
        drop(self.send.send(held));
    }

    /// Waits for the next layer; there is none when the archive was read.
    pub(super) fn next(&self, call: &Call<'_>) -> Result<Option<Held>> {
        loop {
            call.check()?;
            let sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
            if let Ok(held) = sent.recv_timeout(SLICE) {
                return Ok(held);
            }
        }
    }
}
