"""The structs and callbacks of the header; tests/test_header.py holds them against it."""

from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    byref,
    c_char_p,
    c_int,
    c_int32,
    c_int64,
    c_size_t,
    c_uint32,
    c_uint64,
    c_void_p,
    sizeof,
)
from typing import Any

from ._library import library
from ._texts import given, given_list


class Struct(Structure):
    """A struct that begins with its size, by which programs and libraries of different versions get on."""

    #: Its name in C; with `_init` that of the function that fills it with defaults.
    c_name = ""

    @classmethod
    def filled(cls, **values: Any) -> Any:
        """One with the defaults, but for `values`; None is the default, too.

        Texts and truths are converted, a list also sets its count, and bytes set their length. What the struct
        points to lives as long as the struct.
        """
        struct = cls()
        getattr(library, cls.c_name + "_init")(byref(struct), sizeof(struct))
        for name, value in values.items():
            if value is not None:
                struct._set(name, value)
        return struct

    def _set(self, name: str, value: Any) -> None:
        kinds = dict(self._fields_)
        if kinds[name] is c_char_p and not isinstance(value, bytes):
            value = given(value)
        elif kinds[name] is POINTER(c_char_p):
            value = given_list(value)
        elif kinds[name] is POINTER(Credential):
            value = (Credential * len(value))(*value)
        for count in (name[:-1] + "_count", name + "_length"):
            if count in kinds:
                setattr(self, count, len(value))
        setattr(self, name, value)


class Progress(Struct):
    c_name = "imgferry_progress"
    _fields_ = [
        ("struct_size", c_size_t),
        ("phase", c_int32),
        ("unit", c_int32),
        ("layer_id", c_char_p),
        ("message", c_char_p),
        ("status", c_char_p),
        ("digest", c_char_p),
        ("raw", c_char_p),
        ("source", c_char_p),
        ("destination", c_char_p),
        ("current", c_uint64),
        ("total", c_int64),
        ("sum_current", c_uint64),
        ("sum_total", c_int64),
    ]


ProgressFunction = CFUNCTYPE(c_int, c_void_p, POINTER(Progress))
CredentialFunction = CFUNCTYPE(c_int, c_void_p, c_char_p, c_char_p, c_void_p)
DestroyFunction = CFUNCTYPE(None, c_void_p)
ReadFunction = CFUNCTYPE(c_int, c_void_p, c_void_p, c_size_t, POINTER(c_size_t))
TokenFunction = CFUNCTYPE(c_int, c_void_p, c_void_p)
LogFunction = CFUNCTYPE(None, c_void_p, c_int32, c_char_p, c_char_p)


class Credential(Struct):
    c_name = "imgferry_credential"
    _fields_ = [
        ("struct_size", c_size_t),
        ("host", c_char_p),
        ("username", c_char_p),
        ("password", c_char_p),
        ("identity_token", c_char_p),
        ("bearer_token", c_char_p),
    ]


class Call(Struct):
    c_name = "imgferry_call"
    _fields_ = [
        ("struct_size", c_size_t),
        ("progress", ProgressFunction),
        ("userdata", c_void_p),
        ("cancel", c_void_p),
        ("deadline_ms", c_int64),
        ("connect_limit_ms", c_int64),
        ("answer_limit_ms", c_int64),
        ("idle_limit_ms", c_int64),
        ("progress_interval_ms", c_int64),
    ]


class EngineOptions(Struct):
    c_name = "imgferry_engine_options"
    _fields_ = [
        ("struct_size", c_size_t),
        ("api_version", c_char_p),
        ("credentials", POINTER(Credential)),
        ("credential_count", c_size_t),
        ("credential_callback", CredentialFunction),
        ("credential_userdata", c_void_p),
        ("credential_destroy", DestroyFunction),
        ("headers", POINTER(c_char_p)),
        ("header_count", c_size_t),
        ("authorities_pem", c_char_p),
        ("authorities_pem_length", c_size_t),
        ("certificate_pem", c_char_p),
        ("certificate_pem_length", c_size_t),
        ("key_pem", c_char_p),
        ("key_pem_length", c_size_t),
        ("user_agent", c_char_p),
        ("skip_verification", c_int32),
        ("credentials_from_env", c_int32),
        ("strict_credentials", c_int32),
        ("reserved", c_int32),
    ]


class PushOptions(Struct):
    c_name = "imgferry_push_options"
    _fields_ = [
        ("struct_size", c_size_t),
        ("tag", c_char_p),
        ("platform", c_char_p),
        ("credential", POINTER(Credential)),
        ("all_tags", c_int32),
        ("reserved", c_int32),
    ]


class PullOptions(Struct):
    c_name = "imgferry_pull_options"
    _fields_ = [
        ("struct_size", c_size_t),
        ("tag", c_char_p),
        ("platform", c_char_p),
        ("credential", POINTER(Credential)),
        ("all_tags", c_int32),
        ("reserved", c_int32),
    ]


class LoadOptions(Struct):
    c_name = "imgferry_load_options"
    _fields_ = [
        ("struct_size", c_size_t),
        ("platforms", POINTER(c_char_p)),
        ("platform_count", c_size_t),
        ("quiet", c_int32),
        ("reserved", c_int32),
    ]


class ArchiveOptions(Struct):
    c_name = "imgferry_archive_options"
    _fields_ = [
        ("struct_size", c_size_t),
        ("platforms", POINTER(c_char_p)),
        ("platform_count", c_size_t),
    ]


class ImportOptions(Struct):
    c_name = "imgferry_import_options"
    _fields_ = [
        ("struct_size", c_size_t),
        ("repository", c_char_p),
        ("tag", c_char_p),
        ("changes", POINTER(c_char_p)),
        ("change_count", c_size_t),
        ("message", c_char_p),
        ("platform", c_char_p),
    ]


class InspectOptions(Struct):
    c_name = "imgferry_inspect_options"
    _fields_ = [
        ("struct_size", c_size_t),
        ("platform", c_char_p),
        ("manifests", c_int32),
        ("reserved", c_int32),
    ]


class ListOptions(Struct):
    c_name = "imgferry_list_options"
    _fields_ = [
        ("struct_size", c_size_t),
        ("name", c_char_p),
        ("filters", POINTER(c_char_p)),
        ("filter_count", c_size_t),
        ("all", c_int32),
        ("shared_size", c_int32),
        ("manifests", c_int32),
        ("reserved", c_int32),
    ]


class RemoveOptions(Struct):
    c_name = "imgferry_remove_options"
    _fields_ = [
        ("struct_size", c_size_t),
        ("platforms", POINTER(c_char_p)),
        ("platform_count", c_size_t),
        ("force", c_int32),
        ("no_prune", c_int32),
    ]


class SearchOptions(Struct):
    c_name = "imgferry_search_options"
    _fields_ = [
        ("struct_size", c_size_t),
        ("filters", POINTER(c_char_p)),
        ("filter_count", c_size_t),
        ("credential", POINTER(Credential)),
        ("limit", c_uint32),
        ("reserved", c_int32),
    ]


class RegistryOptions(Struct):
    c_name = "imgferry_registry_options"
    _fields_ = [
        ("struct_size", c_size_t),
        ("credentials", POINTER(Credential)),
        ("credential_count", c_size_t),
        ("credential_callback", CredentialFunction),
        ("credential_userdata", c_void_p),
        ("credential_destroy", DestroyFunction),
        ("authorities_pem", c_char_p),
        ("authorities_pem_length", c_size_t),
        ("certificate_pem", c_char_p),
        ("certificate_pem_length", c_size_t),
        ("key_pem", c_char_p),
        ("key_pem_length", c_size_t),
        ("certificate_folders", POINTER(c_char_p)),
        ("certificate_folder_count", c_size_t),
        ("token_hosts", POINTER(c_char_p)),
        ("token_host_count", c_size_t),
        ("proxy", c_char_p),
        ("no_proxy", c_char_p),
        ("user_agent", c_char_p),
        ("headers", POINTER(c_char_p)),
        ("header_count", c_size_t),
        ("mirrors", POINTER(c_char_p)),
        ("mirror_count", c_size_t),
        ("http_hosts", POINTER(c_char_p)),
        ("http_host_count", c_size_t),
        ("allow_http", c_int32),
        ("credentials_from_env", c_int32),
        ("strict_credentials", c_int32),
        ("skip_verification", c_int32),
        ("environment", c_int32),
        ("retry_attempts", c_int32),
        ("retry_first_pause_ms", c_int32),
        ("retry_longest_pause_ms", c_int32),
        ("retry_longest_wait_ms", c_int32),
        ("mirrors_have_tags", c_int32),
        ("parallel_transfers", c_int32),
        ("reserved", c_int32),
    ]


class BlobOptions(Struct):
    c_name = "imgferry_blob_options"
    _fields_ = [
        ("struct_size", c_size_t),
        ("reserved", c_size_t),
        ("size", c_int64),
        ("offset", c_int64),
        ("length", c_int64),
    ]


class UploadOptions(Struct):
    c_name = "imgferry_upload_options"
    _fields_ = [
        ("struct_size", c_size_t),
        ("digest", c_char_p),
        ("mount_from", c_char_p),
        ("reserved", c_size_t),
        ("chunk_size", c_int64),
    ]


class ConfigOptions(Struct):
    c_name = "imgferry_config_options"
    _fields_ = [
        ("struct_size", c_size_t),
        ("cluster_name", c_char_p),
        ("org_name", c_char_p),
        ("project_name", c_char_p),
        ("username", c_char_p),
        ("token_callback", TokenFunction),
        ("token_userdata", c_void_p),
        ("token_destroy", DestroyFunction),
    ]


class PushImageOptions(Struct):
    c_name = "imgferry_push_image_options"
    _fields_ = [
        ("struct_size", c_size_t),
        ("keep_remote_name", c_int32),
        ("via", c_int32),
        ("compression", c_int32),
        ("compression_level", c_int32),
        ("layer_cache", c_char_p),
        ("spool_dir", c_char_p),
    ]


class PullImageOptions(Struct):
    c_name = "imgferry_pull_image_options"
    _fields_ = [
        ("struct_size", c_size_t),
        ("platform", c_char_p),
    ]


class CopyOptions(Struct):
    c_name = "imgferry_copy_options"
    _fields_ = [
        ("struct_size", c_size_t),
        ("platforms", POINTER(c_char_p)),
        ("platform_count", c_size_t),
        ("all_platforms", c_int32),
        ("referrers", c_int32),
        ("keep_digests", c_int32),
        ("parallel", c_int32),
        ("compression", c_int32),
        ("compression_level", c_int32),
    ]
