//! Files that keep processes, and threads, from getting in each other's way. The system frees what a killed process held.

use std::fs::{File, TryLockError};
use std::time::Duration;

use super::failure::Place;
use crate::call::Call;
use crate::error::Result;

/// What is done under a lock takes some milliseconds.
const PAUSE: Duration = Duration::from_millis(20);

/// Waits until `file` is locked for this one alone.
pub(super) fn alone(file: &File, place: &Place, call: &mut Call<'_>) -> Result<()> {
    wait_for(|| file.try_lock(), place, call)
}

/// Waits until `file` is locked for this one, perhaps among others.
pub(super) fn shared(file: &File, place: &Place, call: &mut Call<'_>) -> Result<()> {
    wait_for(|| file.try_lock_shared(), place, call)
}

fn wait_for(
    attempt: impl Fn() -> Result<(), TryLockError>,
    place: &Place,
    call: &mut Call<'_>,
) -> Result<()> {
    loop {
        match attempt() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) => call.pause(PAUSE)?,
            Err(TryLockError::Error(source)) => return Err(place.io("locking it", source, call)),
        }
    }
}
