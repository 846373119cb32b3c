//! What every exported function runs in: a panic becomes a status, and the outputs are always set.

use std::any::Any;
use std::mem::{self, MaybeUninit};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use super::args::required;
use super::error::{Failure, imgferry_error};
use super::status::{IMGFERRY_OK, imgferry_status};

/// Runs `work`, which gives nothing away but its success, and sets `error_out`.
pub(super) fn guard(
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
    work: impl FnOnce() -> Result<(), Failure>,
) -> imgferry_status {
    end(attempt(work), error_out)
}

/// What `outcome` is to the caller. It is the same for all functions, so it is in the library once.
fn end(
    outcome: Result<Result<(), Failure>, String>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    let error = match outcome {
        Ok(Ok(())) => None,
        Ok(Err(failure)) => Some(attempt(|| imgferry_error::new(&failure))),
        Err(panic) => Some(Err(panic)),
    };
    let error = error.map(|made| made.unwrap_or_else(|panic| imgferry_error::panic(&panic)));
    let status = error.as_ref().map_or(IMGFERRY_OK, imgferry_error::status);
    if let Some(error_out) = error_out {
        error_out.write(error.map_or(ptr::null_mut(), |error| Box::into_raw(Box::new(error))));
    }
    status
}

/// Runs `work` and gives what it makes to the caller, as a handle in `output`, which must be given.
pub(super) fn create<T>(
    output: Option<&mut MaybeUninit<*mut T>>,
    argument: &'static str,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
    work: impl FnOnce() -> Result<T, Failure>,
) -> imgferry_status {
    create_if_any(output, argument, error_out, || work().map(Some))
}

/// The same where there may be nothing to make, which is success with NULL.
pub(super) fn create_if_any<T>(
    output: Option<&mut MaybeUninit<*mut T>>,
    argument: &'static str,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
    work: impl FnOnce() -> Result<Option<T>, Failure>,
) -> imgferry_status {
    let output = output.map(|output| output.write(ptr::null_mut()));
    guard(error_out, || {
        let output = required(output, argument)?;
        if let Some(made) = work()? {
            *output = Box::into_raw(Box::new(made));
        }
        Ok(())
    })
}

/// Runs `work` and gives the number that it finds to the caller, in `output`, which must be given; 0 on failure.
pub(super) fn count<T: Default>(
    output: Option<&mut MaybeUninit<T>>,
    argument: &'static str,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
    work: impl FnOnce() -> Result<T, Failure>,
) -> imgferry_status {
    let output = output.map(|output| output.write(T::default()));
    guard(error_out, || {
        let output = required(output, argument)?;
        *output = work()?;
        Ok(())
    })
}

/// Runs `work` for a function that has no status; a panic gives `otherwise`.
pub(super) fn quietly<T>(otherwise: T, work: impl FnOnce() -> T) -> T {
    attempt(work).unwrap_or(otherwise)
}

/// Runs `work`; a panic gives its text.
fn attempt<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    // What a panic may leave half done is not looked at again: outputs are written last, and the library's shared
    // state is behind locks that are usable after a panic.
    catch_unwind(AssertUnwindSafe(work)).map_err(text_of)
}

fn text_of(panic: Box<dyn Any + Send>) -> String {
    if let Some(text) = panic.downcast_ref::<&str>() {
        return (*text).to_owned();
    }
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(unknown) => {
            // Dropping a value of an unknown type may panic again.
            mem::forget(unknown);
            "a panic without a text".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;
    use std::panic::panic_any;

    use super::super::error::imgferry_error_message;
    use super::super::status::{IMGFERRY_INVALID_ARGUMENT, IMGFERRY_INVALID_STATE, IMGFERRY_PANIC};
    use super::*;
    use crate::Error;

    /// The status of a guarded function, and what it left in `error_out`.
    fn outcome(
        work: impl FnOnce() -> Result<(), Failure>,
    ) -> (imgferry_status, Option<Box<imgferry_error>>) {
        let mut error = MaybeUninit::new(ptr::dangling_mut());
        let status = guard(Some(&mut error), work);
        // SAFETY: it was initialised, and the guard has written it once more.
        let error = unsafe { error.assume_init() };
        if error.is_null() {
            return (status, None);
        }
        // SAFETY: what the guard gives away is a Box.
        (status, Some(unsafe { Box::from_raw(error) }))
    }

    /// The status and the message of a guarded function that must fail.
    fn failure(work: impl FnOnce() -> Result<(), Failure>) -> (imgferry_status, String) {
        let (status, error) = outcome(work);
        let error = error.expect("a failure has an error");
        assert_eq!(error.status(), status);
        // SAFETY: the error lives.
        let message = unsafe { imgferry_error_message(Some(&error)) };
        // SAFETY: it is a text, and the error lives.
        let message = unsafe { CStr::from_ptr(message) };
        (status, message.to_str().expect("UTF-8").to_owned())
    }

    #[test]
    fn a_panic_is_a_status_with_its_text() {
        for number in [None, Some(2)] {
            let (status, message) = failure(|| match number {
                None => panic!("one 2"),
                Some(number) => panic!("one {number}"),
            });
            let expected = (IMGFERRY_PANIC, "defect in imgferry: one 2");
            assert_eq!((status, &*message), expected);
        }
    }

    #[test]
    fn a_panic_that_panics_again_is_a_status() {
        struct PanicsAgain;
        impl Drop for PanicsAgain {
            fn drop(&mut self) {
                panic!("while a panic is dropped");
            }
        }
        let (status, message) = failure(|| panic_any(PanicsAgain));
        assert_eq!(status, IMGFERRY_PANIC);
        assert!(message.contains("without a text"), "{message}");
    }

    #[test]
    fn the_error_is_always_assigned() {
        assert!(matches!(outcome(|| Ok(())), (IMGFERRY_OK, None)));
        let (status, message) = failure(|| Err(Error::InvalidState("not now".into()).into()));
        assert_eq!((status, &*message), (IMGFERRY_INVALID_STATE, "not now"));
        assert_eq!(guard(None, || panic!("unheard")), IMGFERRY_PANIC);
    }

    #[test]
    fn an_output_is_null_unless_all_went_well() {
        let mut output = MaybeUninit::new(ptr::dangling_mut::<u8>());
        let status = create(Some(&mut output), "out", None, || panic!("early"));
        assert_eq!(status, IMGFERRY_PANIC);
        // SAFETY: it was initialised, and the guard has written it once more.
        assert!(unsafe { output.assume_init() }.is_null());
    }

    #[test]
    fn nothing_to_make_is_null_and_success() {
        let mut output = MaybeUninit::new(ptr::dangling_mut::<u8>());
        let status = create_if_any(Some(&mut output), "out", None, || Ok(None));
        assert_eq!(status, IMGFERRY_OK);
        // SAFETY: it was initialised, and the guard has written it once more.
        assert!(unsafe { output.assume_init() }.is_null());
    }

    #[test]
    fn a_number_is_0_unless_all_went_well() {
        let mut number = MaybeUninit::new(7);
        let status = count(Some(&mut number), "out", None, || panic!("early"));
        assert_eq!(status, IMGFERRY_PANIC);
        // SAFETY: it was initialised, and the guard has written it once more.
        assert_eq!(unsafe { number.assume_init() }, 0);
    }

    #[test]
    fn nothing_is_done_without_an_output() {
        let status = create::<u8>(None, "out", None, || panic!("it was done"));
        assert_eq!(status, IMGFERRY_INVALID_ARGUMENT);
        let status = count::<u8>(None, "out", None, || panic!("it was done"));
        assert_eq!(status, IMGFERRY_INVALID_ARGUMENT);
    }

    #[test]
    fn a_function_without_a_status_survives_too() {
        assert_eq!(quietly(7, || panic!("unheard")), 7);
    }
}
