"""URLs: their parts, and the encoding of parameters. A text that is no URL by java.net.URI's rules raises RecordError.

What may not live here: HTTP.
"""

from __future__ import annotations

import re
from urllib.parse import unquote, unquote_plus

from millstream.dataclass import dataclass
from millstream.engine.functions.define import Family
from millstream.engine.functions.scalar import utf16
from millstream.errors import RecordError

define = Family("URL")

for _name, _text in {
    "URL_DECODE_PARAM": "Takes the percent encoding off a URL parameter.",
    "URL_ENCODE_PARAM": "Encodes a text so that it can be a URL parameter.",
    "URL_EXTRACT_FRAGMENT": "Gives the fragment of a URL, decoded.",
    "URL_EXTRACT_HOST": "Gives the host of a URL.",
    "URL_EXTRACT_PARAMETER": "Gives the value of a parameter in a URL's query.",
    "URL_EXTRACT_PATH": "Gives the path of a URL, decoded.",
    "URL_EXTRACT_PORT": "Gives the port of a URL.",
    "URL_EXTRACT_PROTOCOL": "Gives the protocol (scheme) of a URL.",
    "URL_EXTRACT_QUERY": "Gives the query of a URL, decoded.",
}.items():
    define.describe(_name, _text, url="The URL.", input="The text.", paramName="The parameter's name.")

_SHAPE = re.compile(r"(?:([^:/?#]+):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*")
_ILLEGAL = re.compile(r"[\x00-\x20<>\"{}|\\^`\x7f\xa0]|%(?![0-9A-Fa-f]{2})")
_SERVER = re.compile(
    r"(?:([^@]*)@)?([A-Za-z0-9](?:[A-Za-z0-9\-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9][A-Za-z0-9\-]*)*\.?|\[[0-9A-Fa-f:.]+\])(?::([0-9]*))?"
)
_SAFE = re.compile(r"[^A-Za-z0-9\-_.*]")


@dataclass(frozen=True, slots=True)
class _Url:
    scheme: str | None
    host: str | None
    port: int | None
    path: str | None
    query: str | None
    fragment: str | None


def _parsed(text: str) -> _Url:
    found = _SHAPE.fullmatch(text)
    if found is None or not text:
        raise _refused(text)
    scheme, authority, path, query, fragment = found.groups()
    if _ILLEGAL.search(text) or text.count("#") > 1 or (scheme is not None and not _SCHEME.fullmatch(scheme)):
        raise _refused(text)
    if "[" in path or "]" in path or (authority == "" and not path) or (scheme is not None and authority is None and not path):
        raise _refused(text)
    if scheme is not None and authority is None and not path.startswith("/"):
        return _Url(scheme, None, None, None, None, fragment)
    server = _SERVER.fullmatch(authority) if authority else None
    if server is None and authority and ("[" in authority or "]" in authority):
        raise _refused(text)
    port = int(server[3]) if server and server[3] else None
    return _Url(scheme, server[2] if server else None, port, path, query, fragment)


def _refused(text: str) -> RecordError:
    return RecordError(f"URL input has invalid syntax: {text!r}")


def _decoded(part: str | None) -> str | None:
    return None if part is None else unquote(part)


@define("URL_DECODE_PARAM(input STRING) -> STRING")
def url_decode_param(text: str) -> str:
    if re.search(r"%(?![0-9A-Fa-f]{2})", text):
        raise RecordError(f"Illegal percent encoding in {text!r}.")
    return unquote_plus(text)


@define("URL_ENCODE_PARAM(input STRING) -> STRING")
def url_encode_param(text: str) -> str:
    return _SAFE.sub(lambda found: "+" if found[0] == " " else "".join(f"%{b:02X}" for b in utf16.utf8(found[0])), text)


@define("URL_EXTRACT_FRAGMENT(input STRING) -> STRING")
def url_extract_fragment(text: str) -> str | None:
    return _decoded(_parsed(text).fragment)


@define("URL_EXTRACT_HOST(input STRING) -> STRING")
def url_extract_host(text: str) -> str | None:
    return _parsed(text).host


@define("URL_EXTRACT_PARAMETER(input STRING, paramName STRING) -> STRING")
def url_extract_parameter(text: str, name: str) -> str | None:
    query = _decoded(_parsed(text).query)
    for part in (query or "").split("&"):
        key, mark, value = part.partition("=")
        if key == name and mark:
            return value
        if key == name and query is not None:
            return ""
    return None


@define("URL_EXTRACT_PATH(input STRING) -> STRING")
def url_extract_path(text: str) -> str | None:
    return _decoded(_parsed(text).path)


@define("URL_EXTRACT_PORT(input STRING) -> INT")
def url_extract_port(text: str) -> int | None:
    return _parsed(text).port


@define("URL_EXTRACT_PROTOCOL(input STRING) -> STRING")
def url_extract_protocol(text: str) -> str | None:
    return _parsed(text).scheme


@define("URL_EXTRACT_QUERY(input STRING) -> STRING")
def url_extract_query(text: str) -> str | None:
    return _decoded(_parsed(text).query)
