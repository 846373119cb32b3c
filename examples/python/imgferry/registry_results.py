"""What a registry says."""

import json
from ctypes import string_at
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Dict, List, Optional

from ._library import library
from ._records import Json, Record, mapping, read_by, read_list


def _bytes(pointer: Any) -> bytes:
    return string_at(library.imgferry_manifest_data(pointer), library.imgferry_manifest_length(pointer))


@dataclass(frozen=True)
class Manifest(Record):
    """A manifest or index, byte for byte and verified."""

    c_name = "imgferry_manifest"
    digest: str
    media_type: str
    data: bytes = read_by(_bytes)

    def json(self) -> Json:
        """The document."""
        return json.loads(self.data)


@dataclass(frozen=True)
class ManifestHead(Record):
    """What a registry says of a manifest without sending it; None is what it does not say."""

    c_name = "imgferry_manifest_head"
    digest: Optional[str]
    media_type: Optional[str]
    #: In bytes; not that of the image.
    size: Optional[int]


@dataclass(frozen=True)
class PlatformSize(Record):
    """How much of a registry the image for one platform takes, in bytes."""

    c_name = "imgferry_platform_size"
    #: As `os/architecture[/variant]`; None when only the config of the image says it.
    platform: Optional[str]
    #: Of its manifest.
    digest: str
    #: The config and the layers together, and each of them alone.
    total: int
    config: int
    layers: int
    #: Layers that are kept elsewhere; in no other number.
    foreign: int


@dataclass(frozen=True)
class ImageSize(Record):
    """How much of a registry an image takes, in bytes as they are stored: mostly compressed."""

    c_name = "imgferry_image_size"
    #: All blobs together, each counted once; manifests are not counted.
    total: int
    #: The digests of the manifests that the index lists and the registry does not have.
    missing: List[str]
    platforms: List[PlatformSize] = read_by(
        lambda pointer: read_list(PlatformSize, "imgferry_image_size_platform_", pointer)
    )


@dataclass(frozen=True)
class ImagePlatform(Record):
    """One image behind a name."""

    c_name = "imgferry_image_platform"
    #: As `os/architecture[/variant]`, and its parts.
    platform: str
    os: str
    architecture: str
    variant: Optional[str]
    #: Only Windows images have these.
    os_version: Optional[str]
    os_features: List[str]
    #: Of its manifest.
    digest: str


@dataclass(frozen=True)
class ImageConfig(Record):
    """How an image is run, and what it is made of."""

    c_name = "imgferry_image_config"
    platform: str
    os: str
    architecture: str
    variant: Optional[str]
    #: When it was made, in RFC 3339.
    created: Optional[str]
    author: Optional[str]
    #: Each as `NAME=value`.
    env: List[str]
    entrypoint: List[str]
    cmd: List[str]
    #: The folder in which it is run, and as whom; "" is the root, and root.
    working_dir: str
    user: str
    #: Each as `number/protocol`.
    exposed_ports: List[str]
    volumes: List[str]
    #: The digests of the uncompressed layers, the lowest first.
    diff_ids: List[str]
    document: Json
    labels: Dict[str, str] = mapping("imgferry_image_config_label")


@dataclass(frozen=True)
class TagInfo(Record):
    """What a registry has under a tag."""

    c_name = "imgferry_tag_info"
    #: None when it was asked for by digest.
    tag: Optional[str]
    digest: str
    media_type: str
    #: In bytes; not that of the image.
    manifest_size: int
    #: What kind of artifact it is; None for an image.
    artifact_type: Optional[str]
    platforms: List[ImagePlatform]
    #: When it was made, in RFC 3339.
    created: Optional[str]
    size: ImageSize
    labels: Dict[str, str] = mapping("imgferry_tag_info_label")


@dataclass(frozen=True)
class Descriptor(Record):
    """What is told of one manifest or layer."""

    c_name = "imgferry_descriptor"
    media_type: Optional[str]
    digest: str
    #: In bytes; of a manifest that of the manifest alone.
    size: int
    #: Other places to get it from, of a layer that is kept elsewhere.
    urls: List[str]
    artifact_type: Optional[str]
    annotations: Dict[str, str] = mapping("imgferry_descriptor_annotation")


class UploadWay(IntEnum):
    """How a blob came into a repository."""

    #: It was there.
    EXISTED = 1
    #: It was in another repository of the registry.
    MOUNTED = 2
    #: In one request.
    WHOLE = 3
    CHUNKS = 4


@dataclass(frozen=True)
class UploadedBlob(Record):
    """A blob that was uploaded."""

    c_name = "imgferry_uploaded_blob"
    digest: str
    #: In bytes.
    size: int
    #: How it came into the repository: an UploadWay, or a number of a later version.
    way: int
    #: How many bytes went out, with those that had to be sent again.
    sent: int


@dataclass(frozen=True)
class RateLimit(Record):
    """How often a registry may be asked; None is what it does not say."""

    c_name = "imgferry_rate_limit"
    limit: Optional[int]
    remaining: Optional[int]
    #: The time for which they are counted, in milliseconds.
    window_ms: Optional[int]
    #: Whom it counts them for, an address or an account.
    source: Optional[str]
