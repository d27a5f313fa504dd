r"""Texts that hold half a surrogate pair, as cutting in UTF-16 units makes them: JSON writes the half as an escape (``\ude00``).

UTF-8 has no form for a half, so the fast encoder refuses such a record; then its values go through ``escaped`` first.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

_encode = msgspec.json.Encoder(decimal_format="number").encode


def escaped(value: Any) -> Any:
    """The value with every text that UTF-8 cannot hold as finished JSON."""
    if isinstance(value, str):
        return value if _is_whole(value) else msgspec.Raw(json.dumps(value).encode())
    if isinstance(value, list):
        return [escaped(v) for v in value]
    if not isinstance(value, dict):
        return value
    if all(map(_is_whole, value)):
        return {k: escaped(v) for k, v in value.items()}
    # A key cannot be a Raw, so the object is finished here.
    members = (json.dumps(k).encode() + b":" + _encode(escaped(v)) for k, v in value.items())
    return msgspec.Raw(b"{" + b",".join(members) + b"}")


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
