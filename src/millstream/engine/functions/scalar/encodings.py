"""Text to bytes and back, and bytes to numbers.

What may not live here: text functions that know no bytes.
"""

from __future__ import annotations

import binascii
import hashlib
import re
import struct
import uuid
from collections.abc import Callable

from millstream.engine.functions.define import Family
from millstream.engine.functions.scalar import utf16
from millstream.errors import RecordError

define = Family("STRING")

define.describe("TO_BYTES", "Turns a text in an encoding (hex, utf8, ascii, base64) into bytes.")
define.describe("FROM_BYTES", "Turns bytes into a text in an encoding (hex, utf8, ascii, base64).")
define.describe("ENCODE", "Turns a text from one encoding into another: hex, utf8, ascii, base64.")
define.describe("MD5", "Gives the MD5 hash of a text as hexadecimal digits.", s="The text.")
define.describe("UUID", "Gives a new random UUID, or the UUID that 16 bytes hold.", bytes="16 bytes.")

_NO_BASE64 = re.compile(r"[^A-Za-z0-9+/]")


def from_hex(text: str) -> bytes:
    """Bytes of hexadecimal digits, with or without 0x before them or X'...' around them."""
    digits = text
    if text[:2] == "0x":
        digits = text[2:]
    elif text[:2] in ("X'", "x'") and text.endswith("'"):
        digits = text[2:-1]
    return _plain_hex(digits)


def _plain_hex(text: str) -> bytes:
    try:
        return binascii.unhexlify(text)
    except (binascii.Error, ValueError):
        raise RecordError(f"Cannot take {text!r} as hexadecimal: expected an even number of digits 0 to 9 and A to F.") from None


def from_base64(text: str) -> bytes:
    """Bytes of base64; what is no base64 digit is skipped, and digits that make no whole byte are dropped."""
    digits = _NO_BASE64.sub("", text.partition("=")[0].replace("-", "+").replace("_", "/"))
    if len(digits) % 4 == 1:
        digits = digits[:-1]
    return binascii.a2b_base64(digits + "=" * (-len(digits) % 4))


def _ascii(value: bytes) -> str:
    return "".join(chr(b) if b < 128 else "\ufffd" for b in value)


_DECODERS: dict[str, Callable[[str], bytes]] = {
    "hex": from_hex,
    "utf8": utf16.utf8,
    "ascii": lambda t: t.encode("ascii", "replace"),
    "base64": from_base64,
}
_ENCODERS: dict[str, Callable[[bytes], str]] = {
    "hex": lambda b: b.hex(),
    "utf8": lambda b: b.decode("utf-8", "replace"),
    "ascii": _ascii,
    "base64": lambda b: binascii.b2a_base64(b, newline=False).decode(),
}


def _known(encoding: str) -> str:
    name = encoding.lower()
    if name not in _DECODERS:
        raise RecordError(f"Unknown encoding {encoding!r}: expected hex, utf8, ascii or base64.")
    return name


@define("TO_BYTES(value STRING, encoding STRING) -> BYTES")
def to_bytes(text: str, encoding: str) -> bytes:
    name = _known(encoding)
    if name == "base64":
        return _strict_base64(text)
    return _plain_hex(text) if name == "hex" else _DECODERS[name](text)


def _strict_base64(text: str) -> bytes:
    digits = text.rstrip("=")
    if len(digits) % 4 == 1 or _NO_BASE64.search(digits):
        raise RecordError(f"Cannot take {text!r} as base64.")
    return binascii.a2b_base64(digits + "=" * (-len(digits) % 4))


@define("FROM_BYTES(value BYTES, encoding STRING) -> STRING")
def from_bytes(value: bytes, encoding: str) -> str:
    name = _known(encoding)
    # FROM_BYTES gives capital digits, ENCODE small ones.
    return value.hex().upper() if name == "hex" else _ENCODERS[name](value)


@define("ENCODE(str STRING, inputEncoding STRING, outputEncoding STRING) -> STRING")
def encode(text: str, source: str, target: str) -> str:
    return _ENCODERS[_known(target)](_DECODERS[_known(source)](text))


@define("MD5(s STRING) -> STRING")
def md5(text: str) -> str:
    return hashlib.md5(utf16.utf8(text), usedforsecurity=False).hexdigest()


@define("UUID() -> STRING")
def uuid_new() -> str:
    return str(uuid.uuid4())


@define("UUID(bytes BYTES) -> STRING")
def uuid_of(value: bytes) -> str | None:
    return str(uuid.UUID(bytes=value)) if len(value) == 16 else None


def unpack(value: bytes, order: str, shape: str) -> int | float:
    """A number of a fixed width from bytes in BIG_ENDIAN or LITTLE_ENDIAN order."""
    if order not in ("BIG_ENDIAN", "LITTLE_ENDIAN"):
        raise RecordError(f"Unknown byte order {order!r}: expected BIG_ENDIAN or LITTLE_ENDIAN.")
    size = struct.calcsize(shape)
    if len(value) != size:
        raise RecordError(f"Number of bytes must be equal to {size}, but found {len(value)}.")
    found: int | float = struct.unpack((">" if order == "BIG_ENDIAN" else "<") + shape, value)[0]
    return found
