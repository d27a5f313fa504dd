"""How Connect is reached: TLS as the settings say, and why it could not be reached, in words. The one place that reads httpx's errors."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from millstream.errors import ConnectError
from millstream.tls import Tls, plain, refusal

if TYPE_CHECKING:
    import httpx

#: What the names of its settings begin with.
FAMILY = "connect"
_RUNNING = "Is it running? Setting connect.url says where it is; without it the built-in worker is used."
_KEY = "A client's certificate needs its private key: settings connect.ssl.key.file and connect.ssl.key.password."


def trust(tls: Tls | None) -> ssl.SSLContext:
    """Raises ConfigError for a file that cannot be used."""
    return (tls or Tls()).context(FAMILY, _KEY)


def unreachable(url: str, failure: httpx.TransportError) -> ConnectError:
    """Why a call did not come to an answer. A login or a certificate that does not fit is not put down to Connect being away."""
    matter, hint = refusal(failure, FAMILY) or (plain(failure), _RUNNING)
    if hint == _RUNNING and not url.startswith("https:") and type(failure).__name__ != "ConnectError":
        hint += " Does it want https:// there?"
    return ConnectError(f"Could not connect to Kafka Connect at {url}: {matter}.", hint=hint, code=50000)
