"""Moves container images between a Docker Engine, registries, archives and OCI layouts.

    import imgferry

    with imgferry.Engine.from_env() as engine, imgferry.Images(engine) as images:
        pushed = images.push("app:1", "registry.example/team/app:1", progress=print)
        print(pushed.digest)

Everything blocks until it is done. Ctrl-C ends it within a quarter of a second, as KeyboardInterrupt; what a progress
function raises comes out of the call as it is; and what goes wrong is an ImgferryError, with a class for each kind.

The shared library is the one that the variable IMGFERRY_LIBRARY names, or else the one that is installed. In a forked
child, make new objects.
"""

from ._library import library as _library
from .calls import Call, Cancel
from .config import Config, ConfigOptions, TagOption
from .credentials import Credential
from .engine import Engine
from .engine_results import (
    Distribution,
    HistoryEntry,
    ImageDetails,
    ImageSummary,
    Imported,
    Loaded,
    Pruned,
    Pulled,
    Pushed,
    Removed,
    SearchResult,
    TagDigest,
)
from .errors import (
    CallbackFailed,
    Cancelled,
    CannotConnect,
    Conflict,
    ConnectionLost,
    CredentialsFailed,
    Denied,
    DigestMismatch,
    EngineFailed,
    FileFailed,
    ImgferryError,
    InvalidArgument,
    InvalidReference,
    InvalidState,
    LibraryDefect,
    NoSpace,
    NotFound,
    PlatformMissing,
    ProtocolBroken,
    RateLimited,
    RegistryFailed,
    RegistryUnreachable,
    TimedOut,
    TlsFailed,
    TooLarge,
    Unauthorized,
    Unsupported,
)
from .images import Compression, Images, PulledImage, PushedImage, TagSize, Via
from .imports import ImportOptions
from .log import LogLevel, log_to
from .names import LocalImage, RemoteImage
from .options import EngineOptions, RegistryOptions
from .places import Copied, Deleted, Inspected, ListedImage, Place, copy
from .progress import Phase, Progress, Unit
from .registry import Registry
from .registry_results import (
    Descriptor,
    ImageConfig,
    ImagePlatform,
    ImageSize,
    Manifest,
    ManifestHead,
    PlatformSize,
    RateLimit,
    TagInfo,
    UploadedBlob,
    UploadWay,
)
from .streams import Reader

__version__ = _library.imgferry_version().decode()
