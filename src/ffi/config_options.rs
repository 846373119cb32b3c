//! What a C program says itself in place of what a configuration says.

use std::ffi::{c_char, c_void};

use super::args::owned_text;
use super::credential_callback::imgferry_destroy_fn;
use super::guard::quietly;
use super::options::{self, Versioned};
use super::token_callback::{self, imgferry_token_fn};
use super::userdata::Lent;
use crate::{Config, Result, Token};

/// What takes the place of what a configuration says for all clusters; what a
/// cluster has of its own stays. Initialise it with
/// imgferry_config_options_init.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct imgferry_config_options {
    /// Set by imgferry_config_options_init.
    pub struct_size: usize,
    /// The current cluster; NULL: the one of the configuration.
    pub cluster_name: *const c_char,
    /// The current organization; NULL: the one of the configuration.
    pub org_name: *const c_char,
    /// The current project; NULL: the one of the configuration.
    pub project_name: *const c_char,
    /// Who asks; NULL: as the configuration says, or else "token".
    pub username: *const c_char,
    /// Gives the token; NULL: the one of the configuration.
    pub token_callback: imgferry_token_fn,
    /// Given to `token_callback` as it is. It must live until `token_destroy`
    /// is called; when no handle is made with these options, that is not called
    /// and this stays yours.
    pub token_userdata: *mut c_void,
    /// Destroys `token_userdata`; may be NULL.
    pub token_destroy: imgferry_destroy_fn,
}

// SAFETY: it is `repr(C)`, begins with its size and has no padding; in 0 bytes, its pointers are NULL.
unsafe impl Versioned for imgferry_config_options {
    const INIT: &'static str = "imgferry_config_options_init";
    const SIZES: &'static [usize] = &[size_of::<imgferry_config_options>()];
}

/// Fills `options` with the defaults. `struct_size` is `sizeof *options`.
///
/// NULL is fine and does nothing. No other thread may use `options` meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_config_options_init(
    options: *mut imgferry_config_options,
    struct_size: usize,
) {
    // SAFETY: the caller's struct has this size.
    quietly((), || unsafe { options::init(options, struct_size) });
}

/// What the options say; `None` is what the configuration says.
pub(super) struct Overrides {
    cluster_name: Option<String>,
    org_name: Option<String>,
    project_name: Option<String>,
    username: Option<String>,
    token: Option<Token>,
}

impl Overrides {
    /// The overrides, and the userdata in them.
    ///
    /// # Safety
    /// `given` is NULL or points to a struct that is as the header demands.
    pub(super) unsafe fn read(given: *const imgferry_config_options) -> Result<(Overrides, Lent)> {
        // SAFETY: the caller promises the same.
        let given = unsafe { options::read(given, "options") }?;
        let (callback, userdata) = (given.token_callback, given.token_userdata);
        // SAFETY: its callbacks are as the header demands.
        let (token, lent) =
            unsafe { token_callback::token(callback, userdata, given.token_destroy) }?;
        let overrides = Overrides {
            // SAFETY: its text is as the header demands.
            cluster_name: unsafe { owned_text(given.cluster_name, "options cluster_name") }?,
            // SAFETY: as above.
            org_name: unsafe { owned_text(given.org_name, "options org_name") }?,
            // SAFETY: as above.
            project_name: unsafe { owned_text(given.project_name, "options project_name") }?,
            // SAFETY: as above.
            username: unsafe { owned_text(given.username, "options username") }?,
            token,
        };
        Ok((overrides, lent))
    }

    pub(super) fn over(self, config: Config) -> Config {
        Config {
            cluster_name: self.cluster_name.or(config.cluster_name),
            org_name: self.org_name.or(config.org_name),
            project_name: self.project_name.or(config.project_name),
            username: self.username.or(config.username),
            token: self.token.or(config.token),
            clusters: config.clusters,
        }
    }
}
