"""What an engine says."""

from dataclasses import dataclass
from typing import Any, Dict, List, Optional

from ._library import library
from ._records import Json, Record, mapping, read_by
from ._texts import optional_text, text


@dataclass(frozen=True)
class TagDigest:
    """A tag that was pushed or pulled, and the digest that it stands for in the registry."""

    tag: str
    digest: Optional[str]


def _tags(c_name: str) -> Any:
    def reader(pointer: Any) -> List[TagDigest]:
        count = getattr(library, c_name + "_tag_count")(pointer)
        tag_at, digest_at = getattr(library, c_name + "_tag_at"), getattr(library, c_name + "_tag_digest_at")
        return [TagDigest(text(tag_at(pointer, at)), optional_text(digest_at(pointer, at))) for at in range(count)]

    return read_by(reader)


@dataclass(frozen=True)
class Pushed(Record):
    """What Engine.push did."""

    c_name = "imgferry_pushed"
    #: The name that was pushed, in full and with its tag, or without one when all tags were pushed.
    reference: str
    #: The digest of the manifest in the registry.
    digest: Optional[str]
    #: The size of the manifest in bytes (not of the image).
    manifest_size: Optional[int]
    #: What the engine noted on the way, each a sentence.
    warnings: List[str]
    #: The tags that were pushed.
    tags: List[TagDigest] = _tags("imgferry_pushed")


@dataclass(frozen=True)
class Pulled(Record):
    """What Engine.pull did."""

    c_name = "imgferry_pulled"
    #: The name that was pulled, in full and with its tag or digest.
    reference: str
    #: The digest of what the name stood for in the registry; None when the engine does not tell.
    digest: Optional[str]
    #: Whether the engine had the image already.
    up_to_date: bool
    #: What the engine noted on the way, each a sentence.
    warnings: List[str]
    #: The tags that were pulled.
    tags: List[TagDigest] = _tags("imgferry_pulled")


@dataclass(frozen=True)
class Loaded(Record):
    """What Engine.load_image did."""

    c_name = "imgferry_loaded"
    #: The names of the images that were loaded, and the IDs of those that have none.
    names: List[str]
    ids: List[str]
    #: What the engine noted on the way, for instance that a name moved from another image.
    warnings: List[str]


@dataclass(frozen=True)
class Imported(Record):
    """What an import made."""

    c_name = "imgferry_imported"
    id: str
    warnings: List[str]


@dataclass(frozen=True)
class ImageDetails(Record):
    """What an engine knows of one image."""

    c_name = "imgferry_image_details"
    #: The digest of the config, or on the containerd image store that of the manifest.
    id: str
    repo_tags: List[str]
    repo_digests: List[str]
    #: When it was made, in RFC 3339.
    created: Optional[str]
    author: Optional[str]
    comment: Optional[str]
    architecture: Optional[str]
    variant: Optional[str]
    os: Optional[str]
    #: In bytes, as the engine's store counts it.
    size: int
    #: The diff IDs of its layers, the lowest first.
    layers: List[str]
    #: The engine's whole document.
    document: Json


@dataclass(frozen=True)
class HistoryEntry(Record):
    """One step of the making of an image."""

    c_name = "imgferry_history_entry"
    #: The ID of the image after this step; None where it is not known, as in pulled images.
    id: Optional[str]
    #: When it was done, in seconds since 1970.
    created: int
    created_by: str
    tags: List[str]
    #: How many bytes it added.
    size: int
    comment: Optional[str]
    document: Json


@dataclass(frozen=True)
class Distribution(Record):
    """What a registry has under a name, as an engine tells it."""

    c_name = "imgferry_distribution"
    #: The digest of the manifest, its media type and its size in bytes (not of the image).
    digest: str
    media_type: str
    size: int
    #: Each as `os/architecture[/variant]`; empty when the engine does not tell.
    platforms: List[str]
    document: Json


@dataclass(frozen=True)
class ImageSummary(Record):
    """An image in a list."""

    c_name = "imgferry_image_summary"
    id: str
    #: The image it was built on.
    parent_id: Optional[str]
    repo_tags: List[str]
    repo_digests: List[str]
    #: When it was made, in seconds since 1970.
    created: int
    #: In bytes, as the engine's store counts it.
    size: int
    #: How many bytes of it other images have, too; None unless it was asked for.
    shared_size: Optional[int]
    #: How many containers use it; None when the engine does not tell.
    containers: Optional[int]
    document: Json
    labels: Dict[str, str] = mapping("imgferry_image_summary_label")


@dataclass(frozen=True)
class Removed(Record):
    """What was removed."""

    c_name = "imgferry_removed"
    #: The names or tags that are gone.
    untagged: List[str]
    #: The IDs of images and layers that are gone, or the digests of manifests.
    deleted: List[str]


@dataclass(frozen=True)
class Pruned(Record):
    """What Engine.prune_images removed."""

    c_name = "imgferry_pruned"
    untagged: List[str]
    deleted: List[str]
    #: In bytes.
    space_reclaimed: int


@dataclass(frozen=True)
class SearchResult(Record):
    """A repository that was found."""

    c_name = "imgferry_search_result"
    name: str
    description: str
    star_count: int
    is_official: bool
    is_automated: bool
    document: Json
