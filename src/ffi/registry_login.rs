//! `imgferry_registry_check_login`: whether the credentials for a registry are right.

use std::mem::MaybeUninit;

use super::call::{during, imgferry_call};
use super::error::imgferry_error;
use super::guard::count;
use super::registry::{given, imgferry_registry};
use super::status::imgferry_status;

/// Shows the credentials for the registry once. `*accepted_out` is 1 when they
/// were accepted, and 0 when the registry demands none, so that nobody looked at
/// them.
///
/// On failure `*accepted_out` is 0: IMGFERRY_UNAUTHORIZED when they are refused,
/// or when there are none and the registry demands some. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_registry_check_login(
    registry: Option<&imgferry_registry>,
    call: *const imgferry_call,
    accepted_out: Option<&mut MaybeUninit<i32>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    count(accepted_out, "accepted_out", error_out, || {
        let registry = given(registry)?;
        // SAFETY: `call` is the caller's.
        let accepted = unsafe { during(call, |call| registry.check_login(call)) }?;
        Ok(i32::from(accepted))
    })
}
