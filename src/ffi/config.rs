//! `imgferry_config`: registries by the names of their clusters, what is current, and who asks.

use std::ffi::{CString, c_char};
use std::mem::MaybeUninit;

use super::args::{path, text};
use super::config_options::{Overrides, imgferry_config_options};
use super::error::imgferry_error;
use super::guard::{create, quietly};
use super::process::ProcessBound;
use super::status::imgferry_status;
use super::text::{borrowed, c_text, c_text_or_empty};
use crate::{Config, Parser, Result};

/// A configuration: registries by the names of their clusters, the current
/// cluster, organization and project, and the user and the token that are shown
/// to those registries and to no other.
#[derive(Debug)]
pub struct imgferry_config {
    config: ProcessBound<Configured>,
    cluster_name: CString,
    org_name: CString,
    project_name: CString,
    clusters: Vec<Cluster>,
}

/// A configuration that does not contradict itself, because it has a parser.
#[derive(Debug)]
struct Configured {
    config: Config,
    parser: Parser,
}

#[derive(Debug)]
struct Cluster {
    name: CString,
    registry_url: CString,
}

impl imgferry_config {
    fn new(config: Config) -> Result<imgferry_config> {
        let clusters = config.clusters.iter().map(|(name, cluster)| Cluster {
            name: c_text(name),
            registry_url: c_text(&cluster.registry_url),
        });
        Ok(imgferry_config {
            cluster_name: c_text_or_empty(config.cluster_name.as_deref()),
            org_name: c_text_or_empty(config.org_name.as_deref()),
            project_name: c_text_or_empty(config.project_name.as_deref()),
            clusters: clusters.collect(),
            config: ProcessBound::new(Configured {
                parser: config.parser()?,
                config,
            }),
        })
    }
}

fn cluster_at(config: Option<&imgferry_config>, index: usize) -> Option<&Cluster> {
    config.and_then(|config| config.clusters.get(index))
}

/// The configuration, in the process that made it.
pub(super) fn given(config: &imgferry_config) -> Result<&Config> {
    Ok(&config.config.get()?.config)
}

/// Its parser, in the process that made it.
pub(super) fn parser(config: &imgferry_config) -> Result<&Parser> {
    Ok(&config.config.get()?.parser)
}

/// A configuration of what `read` reads and of `options`.
///
/// # Safety
/// `options` is NULL or points to a struct that is as the header demands.
unsafe fn made(
    options: *const imgferry_config_options,
    read: impl FnOnce() -> Result<Config>,
) -> Result<imgferry_config> {
    // SAFETY: the caller promises the same.
    let (overrides, lent) = unsafe { Overrides::read(options) }?;
    let config = imgferry_config::new(overrides.over(read()?))?;
    lent.take_over();
    Ok(config)
}

/// Reads a configuration from its text, whose form the head of this file shows.
/// A relative "token_file" is relative to the working directory of now.
/// `options` may be NULL.
///
/// On success `*config_out` is yours: free it with imgferry_config_free. On
/// failure it is NULL: IMGFERRY_INVALID_ARGUMENT, with the place in the text,
/// when that is not as it should be, or when an option is not usable. Any
/// thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_config_parse(
    json: *const c_char,
    options: *const imgferry_config_options,
    config_out: Option<&mut MaybeUninit<*mut imgferry_config>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(config_out, "config_out", error_out, || {
        // SAFETY: `json` is NULL or a text of the caller.
        let json = unsafe { text(json, "json") }?;
        // SAFETY: `options` are the caller's.
        Ok(unsafe { made(options, || Config::parse(json)) }?)
    })
}

/// Reads a configuration, whose form the head of this file shows, from the file
/// `path`, which is in the bytes of the system and need not be UTF-8. A relative
/// "token_file" is relative to the folder of that file. `options` may be NULL.
///
/// On success `*config_out` is yours: free it with imgferry_config_free. On
/// failure it is NULL: IMGFERRY_INVALID_ARGUMENT when the file cannot be read
/// or is not as it should be, or when an option is not usable. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_config_read(
    path: *const c_char,
    options: *const imgferry_config_options,
    config_out: Option<&mut MaybeUninit<*mut imgferry_config>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(config_out, "config_out", error_out, || {
        // SAFETY: `path` is NULL or a text of the caller.
        let path = unsafe { self::path(path, "path") }?;
        // SAFETY: `options` are the caller's.
        Ok(unsafe { made(options, || Config::read(path)) }?)
    })
}

/// The configuration that the environment leads to: the file that
/// IMGFERRY_CONFIG names; without that variable imgferry/config.json below
/// XDG_CONFIG_HOME or ~/.config (by HOME), when it is there; else an empty one.
/// IMGFERRY_CLUSTER, IMGFERRY_ORG, IMGFERRY_PROJECT, IMGFERRY_USERNAME, and
/// IMGFERRY_TOKEN or IMGFERRY_TOKEN_FILE take the place of what the file says
/// for all clusters, and `options`, which may be NULL, take the place of both.
/// No other thread may change the environment meanwhile.
///
/// On success `*config_out` is yours: free it with imgferry_config_free. On
/// failure it is NULL: IMGFERRY_INVALID_ARGUMENT when the file that is named is
/// not there, when a file cannot be read or is not as it should be, or when a
/// variable or an option is not usable. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_config_from_env(
    options: *const imgferry_config_options,
    config_out: Option<&mut MaybeUninit<*mut imgferry_config>>,
    error_out: Option<&mut MaybeUninit<*mut imgferry_error>>,
) -> imgferry_status {
    create(config_out, "config_out", error_out, || {
        // SAFETY: `options` are the caller's.
        Ok(unsafe { made(options, Config::from_env) }?)
    })
}

/// The current cluster; "" when none is named, and for NULL.
///
/// The text lives until `config` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_config_cluster_name(
    config: Option<&imgferry_config>,
) -> *const c_char {
    borrowed(config, |config| &config.cluster_name)
}

/// The current organization; "" when none is named, and for NULL.
///
/// The text lives until `config` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_config_org_name(
    config: Option<&imgferry_config>,
) -> *const c_char {
    borrowed(config, |config| &config.org_name)
}

/// The current project; "" when none is named, and for NULL.
///
/// The text lives until `config` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_config_project_name(
    config: Option<&imgferry_config>,
) -> *const c_char {
    borrowed(config, |config| &config.project_name)
}

/// How many clusters there are; 0 for NULL.
///
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_config_cluster_count(config: Option<&imgferry_config>) -> usize {
    config.map_or(0, |config| config.clusters.len())
}

/// The name of the cluster at `index`, counted from 0, sorted by name; "" behind
/// the end and for NULL.
///
/// The text lives until `config` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_config_cluster_name_at(
    config: Option<&imgferry_config>,
    index: usize,
) -> *const c_char {
    borrowed(cluster_at(config, index), |cluster| &cluster.name)
}

/// Where the registry of the cluster at `index` is, as it was written; "" behind
/// the end and for NULL.
///
/// The text lives until `config` is freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_config_registry_url_at(
    config: Option<&imgferry_config>,
    index: usize,
) -> *const c_char {
    borrowed(cluster_at(config, index), |cluster| &cluster.registry_url)
}

/// Frees a configuration; NULL is fine. What was made from it stays usable, and
/// keeps the userdata of its token callback. In a forked child it leaves that
/// userdata alone.
///
/// No other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn imgferry_config_free(config: Option<Box<imgferry_config>>) {
    quietly((), || drop(config));
}
