"""The batch layer: lists to and from librdkafka without an object for each message. Compiled at set-up, where a C compiler is.

    batches.c   the extension: runs of one partition out of a consumer, lists of records into a producer
    source      its way of fetching, beside ``objects``
    pairs.c     an extension beside it: records of a changelog, gathered and sorted

Everything works without it, slower. MILLSTREAM_BATCH_LAYER=off leaves it out; =on raises where it cannot be used.
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache
from types import ModuleType

from millstream.errors import ConfigError
from millstream.log.embedded.pieces import Piece, PlainPiece


def layer() -> ModuleType | None:
    """The extension, with the librdkafka of confluent-kafka; None where it was not built or is left out.

    Raises ConfigError where it is asked for and cannot be used.
    """
    return _layer(os.environ.get("MILLSTREAM_BATCH_LAYER", ""))


def piece() -> Piece:
    """To gather records of a changelog in: compiled where the layer is used."""
    if layer() is not None:
        with suppress(ImportError):
            from millstream.log.kafka.native._pairs import Pairs

            return Pairs()
    return PlainPiece()


@cache
def _layer(wanted: str) -> ModuleType | None:
    if wanted == "off":
        return None
    import confluent_kafka  # noqa: F401 - it loads the library that is looked for

    try:
        from millstream.log.kafka.native import _batches

        _batches.load(_library())
        return _batches
    except (ImportError, OSError) as error:
        if wanted == "on":
            raise ConfigError(
                f"MILLSTREAM_BATCH_LAYER is on, and the batch layer cannot be used: {error}.",
                hint="Install with a C compiler and Python's headers, or leave the variable out.",
            ) from error
        return None


def _library() -> str:
    """The path of the librdkafka that this process has loaded."""
    with open("/proc/self/maps", encoding="utf-8") as maps:
        for line in maps:
            path = line.rpartition(" ")[2].strip()
            if "librdkafka" in path.rpartition("/")[2]:
                return path
    raise OSError("no librdkafka is loaded")
