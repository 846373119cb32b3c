//! The userdata of a callback that belongs to a handle: whose it is, and when it is destroyed.

use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::credential_callback::imgferry_destroy_fn;

/// What a callback of a handle gets.
pub(super) struct Userdata {
    pointer: *mut c_void,
    destroy: imgferry_destroy_fn,
    is_ours: AtomicBool,
}

// SAFETY: the header demands that the callbacks can be called with the userdata on any thread.
unsafe impl Send for Userdata {}
// SAFETY: and on several at the same time.
unsafe impl Sync for Userdata {}

impl Userdata {
    /// The userdata for the callback, and the hold on it for whoever makes the handle.
    pub(super) fn lend(
        pointer: *mut c_void,
        destroy: imgferry_destroy_fn,
    ) -> (Arc<Userdata>, Lent) {
        let userdata = Arc::new(Userdata {
            pointer,
            destroy,
            is_ours: AtomicBool::new(false),
        });
        let lent = Lent(Some(Arc::clone(&userdata)));
        (userdata, lent)
    }

    pub(super) fn pointer(&self) -> *mut c_void {
        self.pointer
    }
}

impl Drop for Userdata {
    fn drop(&mut self) {
        if let (true, Some(destroy)) = (self.is_ours.load(Ordering::SeqCst), self.destroy) {
            // SAFETY: the header demands that it can be called once nobody uses the userdata any more.
            unsafe { destroy(self.pointer) };
        }
    }
}

/// Userdata that is the caller's as long as the handle is not made.
pub(super) struct Lent(Option<Arc<Userdata>>);

impl Lent {
    /// There is no callback.
    pub(super) const NOTHING: Lent = Lent(None);

    /// The handle is made: it is destroyed with the last one that uses it.
    pub(super) fn take_over(self) {
        if let Some(userdata) = self.0 {
            userdata.is_ours.store(true, Ordering::SeqCst);
        }
    }
}
