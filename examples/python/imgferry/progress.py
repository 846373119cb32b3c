"""What happens in a call."""

from ctypes import sizeof
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Optional

from . import _structs
from ._texts import optional_text, text


class Phase(IntEnum):
    """What a progress record is about."""

    #: Nothing arrived for a while; the numbers are those of the last record.
    WAITING = 0
    #: The operation, or one layer of it, is being prepared or queued.
    PREPARING = 1
    #: Bytes go to the registry.
    PUSHING = 2
    #: Bytes come from the registry.
    DOWNLOADING = 3
    #: Downloaded bytes are checked.
    VERIFYING = 4
    #: The engine unpacks a layer.
    EXTRACTING = 5
    #: An archive goes into the engine.
    LOADING = 6
    #: The destination has this layer already.
    EXISTS = 7
    #: This layer is done.
    LAYER_DONE = 8
    #: The engine tries a layer again.
    RETRYING = 9
    #: A message without a meaning of its own; read its text.
    MESSAGE = 10
    #: The operation is done: the last record, on success only.
    DONE = 11
    #: A push starts; `source` and `destination` say what goes where.
    PUSH_STARTS = 12
    #: A pull starts; `source` and `destination` say what goes where.
    PULL_STARTS = 13
    #: An archive comes out of the engine.
    SAVING = 14
    #: A root file system goes into the engine.
    IMPORTING = 15

    @classmethod
    def _missing_(cls, value: object) -> "Phase":
        # As the header asks for numbers of later versions.
        return cls.MESSAGE


class Unit(IntEnum):
    """The unit of `current` and `total`."""

    BYTES = 0
    #: The containerd image store counts unpacking so.
    SECONDS = 1


@dataclass(frozen=True)
class Progress:
    """One step of a transfer."""

    phase: Phase
    unit: Unit
    #: The layer, as its short ID or digest; None when the record is not about one layer.
    layer_id: Optional[str]
    #: A text for people: the layer and its status.
    message: str
    #: The peer's own word for the phase; "" when it has none.
    status: str
    #: What was pushed, pulled or imported; only in the record DONE.
    digest: Optional[str]
    #: The engine's own line of JSON.
    raw: Optional[str]
    #: What is pushed or pulled, and where it goes; only in PUSH_STARTS and PULL_STARTS.
    source: Optional[str]
    destination: Optional[str]
    #: How much of this layer is done. It can exceed `total`: engines estimate.
    current: int
    #: How much there is to do for this layer.
    total: Optional[int]
    #: Bytes done over all layers seen so far.
    sum_current: int
    #: Bytes to do over all layers seen so far; None while the size of a layer is not known.
    sum_total: Optional[int]

    @classmethod
    def from_c(cls, record: Any) -> "Progress":
        """A copy of what C lends for as long as the callback runs."""
        if record.struct_size < sizeof(_structs.Progress):
            raise ImportError("the shared library of imgferry is older than this package")
        return cls(
            phase=Phase(record.phase),
            unit=Unit(record.unit),
            layer_id=optional_text(record.layer_id),
            message=text(record.message),
            status=text(record.status),
            digest=optional_text(record.digest),
            raw=optional_text(record.raw),
            source=optional_text(record.source),
            destination=optional_text(record.destination),
            current=record.current,
            total=None if record.total < 0 else record.total,
            sum_current=record.sum_current,
            sum_total=None if record.sum_total < 0 else record.sum_total,
        )
