//! The one rule for structs of the caller: they begin with their size, which is their version.

use std::mem::MaybeUninit;
use std::ptr;
use std::slice;

use super::args::invalid;
use crate::Result;

/// No struct of any version is larger. A larger size is garbage, and reading so much would leave the caller's memory.
const MAX_SIZE: usize = 4096;

/// A struct of the header that the caller fills in. New fields are appended, and 0 in them is what was before.
///
/// # Safety
/// It is `repr(C)`, begins with `struct_size: usize`, has no padding, and is valid when all its bytes are 0.
pub(super) unsafe trait Versioned: Copy {
    /// The function that initialises it.
    const INIT: &'static str;
    /// The sizes that it had in the releases so far, the present one last.
    const SIZES: &'static [usize];
    /// Fields that must be 0 because they are kept for later.
    fn reserved(&self) -> &[i32] {
        &[]
    }
    /// Whether one of them is not 0; for a struct whose reserved field is of another type, too.
    fn uses_reserved(&self) -> bool {
        self.reserved().iter().any(|field| *field != 0)
    }
}

/// The value of a struct: all 0 for NULL, and 0 in the fields that an older caller does not know.
///
/// # Safety
/// `given` is NULL or points to a struct of `struct_size` bytes, or whose `struct_size` is 0.
pub(super) unsafe fn read<T: Versioned>(given: *const T, argument: &'static str) -> Result<T> {
    let mut value = MaybeUninit::<T>::zeroed();
    if !given.is_null() {
        // SAFETY: every version of the struct begins with its size.
        let size = unsafe { given.cast::<usize>().read() };
        check_size::<T>(size, argument)?;
        // SAFETY: the caller's struct has `size` bytes, all initialised: that is what INIT is for.
        let bytes = unsafe { slice::from_raw_parts(given.cast::<u8>(), size) };
        let (known, unknown) = bytes.split_at(size.min(size_of::<T>()));
        if unknown.iter().any(|byte| *byte != 0) {
            return Err(invalid(
                argument,
                "it uses a field that this version of the library does not know",
            ));
        }
        // SAFETY: there is room for a whole `T`, and `known` is no longer.
        unsafe { ptr::copy_nonoverlapping(known.as_ptr(), value.as_mut_ptr().cast(), known.len()) };
    }
    // SAFETY: its bytes are 0 or a prefix of the caller's struct that ends between two fields.
    let value = unsafe { value.assume_init() };
    match value.uses_reserved() {
        true => Err(invalid(argument, "a reserved field is not 0")),
        false => Ok(value),
    }
}

fn check_size<T: Versioned>(size: usize, argument: &'static str) -> Result<()> {
    let reason = match size {
        0 => "its struct_size is 0".to_owned(),
        size if size > MAX_SIZE => format!("its struct_size {size} is that of no version"),
        size if size >= size_of::<T>() || T::SIZES.contains(&size) => return Ok(()),
        size => format!("its struct_size {size} is that of no version"),
    };
    Err(invalid(
        argument,
        format!("{reason}: initialise it with {}", T::INIT),
    ))
}

/// Fills a struct of `size` bytes with the defaults, which are all 0, and notes its size.
///
/// # Safety
/// `given` is NULL or points to `size` bytes.
pub(super) unsafe fn init<T: Versioned>(given: *mut T, size: usize) {
    if given.is_null() || size < size_of::<usize>() {
        return;
    }
    // A size that is garbage is noted as 0, which fails when the struct is used.
    let size = if size > MAX_SIZE { 0 } else { size };
    // SAFETY: there are at least `size` bytes.
    unsafe { given.cast::<u8>().write_bytes(0, size) };
    // SAFETY: there is room for a `size_t`, which is the first field.
    unsafe { given.cast::<usize>().write(size) };
}

#[cfg(test)]
mod tests {
    use std::mem::offset_of;

    use super::*;

    #[repr(C)]
    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Second {
        struct_size: usize,
        old: i32,
        reserved: i32,
        new: usize,
    }

    // SAFETY: it is `repr(C)`, begins with its size, has no padding, and holds numbers only.
    unsafe impl Versioned for Second {
        const INIT: &'static str = "second_init";
        const SIZES: &'static [usize] = &[offset_of!(Second, new), size_of::<Second>()];

        fn reserved(&self) -> &[i32] {
            slice::from_ref(&self.reserved)
        }
    }

    /// `Second` as a later version has it.
    #[repr(C)]
    struct Third {
        second: Second,
        newest: usize,
    }

    const GIVEN: Second = Second {
        struct_size: size_of::<Second>(),
        old: 5,
        reserved: 0,
        new: 6,
    };

    fn read_second(given: &Second) -> Result<Second> {
        // SAFETY: it is a whole `Second`, and no test below says that it is longer.
        unsafe { read(given, "second") }
    }

    #[test]
    fn null_is_the_defaults() {
        // SAFETY: NULL is allowed.
        let value: Second = unsafe { read(ptr::null(), "second") }.expect("NULL is fine");
        assert_eq!(
            value,
            Second {
                struct_size: 0,
                old: 0,
                reserved: 0,
                new: 0
            }
        );
    }

    #[test]
    fn an_older_caller_has_the_defaults_in_the_fields_it_does_not_know() {
        let old = Second {
            struct_size: offset_of!(Second, new),
            ..GIVEN
        };
        assert_eq!(
            read_second(&old).expect("an older version"),
            Second { new: 0, ..old }
        );
    }

    #[test]
    fn a_newer_caller_is_served_unless_it_uses_what_is_not_known() {
        let second = Second {
            struct_size: size_of::<Third>(),
            ..GIVEN
        };
        for (newest, served) in [(0, true), (1, false), (usize::MAX, false)] {
            let third = Third { second, newest };
            // SAFETY: `third` is as long as its size says.
            let read = unsafe { read(ptr::from_ref(&third).cast::<Second>(), "second") };
            assert_eq!(read.is_ok(), served, "{newest}");
        }
    }

    #[test]
    fn a_size_of_no_version_names_the_function_to_call() {
        for struct_size in [
            0,
            1,
            8,
            offset_of!(Second, new) + 1,
            MAX_SIZE + 1,
            usize::MAX,
        ] {
            let error = read_second(&Second {
                struct_size,
                ..GIVEN
            })
            .expect_err("no version");
            assert!(
                error.to_string().contains("second_init"),
                "{struct_size}: {error}"
            );
        }
    }

    #[test]
    fn a_reserved_field_must_be_0() {
        assert!(read_second(&GIVEN).is_ok());
        let error = read_second(&Second {
            reserved: 1,
            ..GIVEN
        })
        .expect_err("not 0");
        assert!(error.to_string().contains("reserved"), "{error}");
    }

    #[test]
    fn what_init_leaves_is_read_as_the_defaults() {
        let mut given = GIVEN;
        // SAFETY: it has these bytes.
        unsafe { init(&mut given, size_of::<Second>()) };
        let defaults = Second {
            struct_size: size_of::<Second>(),
            old: 0,
            reserved: 0,
            new: 0,
        };
        assert_eq!(read_second(&given).expect("initialised"), defaults);

        given = GIVEN;
        // SAFETY: it writes the size only, because no struct is so large.
        unsafe { init(&mut given, usize::MAX) };
        assert_eq!(
            given,
            Second {
                struct_size: 0,
                ..GIVEN
            }
        );
        // SAFETY: NULL is allowed.
        unsafe { init(ptr::null_mut::<Second>(), 0) };
    }
}
