//! What belongs to the process that made it.

use std::mem::ManuallyDrop;
use std::process;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::{Error, Result};

/// The number of this process. Asking the system for it took a third of what one name of a list takes in C (measured), so
/// it is kept where a child does not find it.
fn this_process() -> u32 {
    static NUMBER: OnceLock<Option<&'static AtomicU32>> = OnceLock::new();
    let Some(number) = NUMBER.get_or_init(emptied_in_children) else {
        return process::id();
    };
    match number.load(Ordering::Relaxed) {
        0 => {
            let id = process::id();
            number.store(id, Ordering::Relaxed);
            id
        }
        id => id,
    }
}

/// A number that is 0 in a child, however it was forked: a function that runs after a fork, as `pthread_atfork` has it,
/// is not told of `_Fork` and of bare system calls. `None` where the system cannot do that, as Linux before 4.14.
#[cfg(target_os = "linux")]
fn emptied_in_children() -> Option<&'static AtomicU32> {
    use std::ptr;

    const SIZE: usize = size_of::<AtomicU32>();
    let (access, kind) = (
        libc::PROT_READ | libc::PROT_WRITE,
        libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
    );
    // SAFETY: a new page, which has to do with nothing else.
    let page = unsafe { libc::mmap(ptr::null_mut(), SIZE, access, kind, -1, 0) };
    if page == libc::MAP_FAILED {
        return None;
    }
    // SAFETY: it is all of that page.
    if unsafe { libc::madvise(page, SIZE, libc::MADV_WIPEONFORK) } != 0 {
        // SAFETY: nobody has seen it.
        unsafe { libc::munmap(page, SIZE) };
        return None;
    }
    // SAFETY: it is there until the process ends, aligned as all pages are, and begins with 0.
    Some(unsafe { &*page.cast() })
}

#[cfg(not(target_os = "linux"))]
fn emptied_in_children() -> Option<&'static AtomicU32> {
    None
}

/// A thing of the library with connections, such as an engine or a reader, that a forked child must leave alone.
///
/// The child has the same sockets as its parent, and copies of locks that a thread of the parent may have held: using
/// or closing either would disturb the parent or never return.
#[derive(Debug)]
pub(super) struct ProcessBound<T> {
    process: u32,
    bound: ManuallyDrop<T>,
}

impl<T> ProcessBound<T> {
    /// Binds to this process.
    pub(super) fn new(bound: T) -> ProcessBound<T> {
        ProcessBound {
            process: this_process(),
            bound: ManuallyDrop::new(bound),
        }
    }

    /// What is bound, in the process that it is bound to.
    pub(super) fn get(&self) -> Result<&T> {
        self.check_at_home()?;
        Ok(&self.bound)
    }

    /// The same, for a thing that changes when it is used.
    pub(super) fn get_mut(&mut self) -> Result<&mut T> {
        self.check_at_home()?;
        Ok(&mut self.bound)
    }

    fn check_at_home(&self) -> Result<()> {
        match self.is_at_home() {
            true => Ok(()),
            false => Err(Error::InvalidState(
                "this handle was made before a fork, in the parent; make a new one in the child"
                    .into(),
            )),
        }
    }

    fn is_at_home(&self) -> bool {
        self.process == this_process()
    }
}

impl<T> Drop for ProcessBound<T> {
    fn drop(&mut self) {
        if self.is_at_home() {
            // SAFETY: nobody can use it after this.
            unsafe { ManuallyDrop::drop(&mut self.bound) };
        }
    }
}
