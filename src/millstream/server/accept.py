"""Which media type an answer has, by the Accept header and what a route produces. Pure."""

from __future__ import annotations

from collections.abc import Sequence

JSON = "application/json"
V1 = "application/vnd.ksql.v1+json"
DELIMITED = "application/vnd.ksqlapi.delimited.v1"
PROTOBUF = "application/vnd.ksql.v1+protobuf"


def choose(header: str | None, produced: Sequence[str]) -> str | None:
    """The type to answer with: the best-weighted accepted one, the first of the route for ``*/*``, "" without a header; None for no
    match."""
    if header is None or not header.strip():
        return ""
    weighted = sorted((_parse(part, index) for index, part in enumerate(header.split(","))), key=lambda p: (-p[1], p[2]))
    for wanted, weight, _ in weighted:
        if weight <= 0:
            continue
        for kind in produced:
            if wanted in ("*/*", kind) or (wanted.endswith("/*") and kind.startswith(wanted[:-1])):
                return kind
    return None


def _parse(part: str, index: int) -> tuple[str, float, int]:
    name, _, parameters = part.strip().partition(";")
    weight = 1.0
    for parameter in parameters.split(";"):
        key, _, value = parameter.strip().partition("=")
        if key == "q":
            try:
                weight = float(value)
            except ValueError:
                weight = 0.0
    return name.strip().lower(), weight, index
