"""How Connect is reached: TLS as the settings say, and why it could not be reached, in words. The one place that reads httpx's errors."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

from millstream.errors import ConfigError, ConnectError

if TYPE_CHECKING:
    import httpx

_RUNNING = "Is it running? Setting connect.url says where it is; without it the built-in worker is used."
#: What OpenSSL says -> what is the matter, and what to do.
_TLS = (
    ("CERTIFICATE_VERIFY_FAILED", "its certificate is not trusted", "Setting connect.ssl.ca.file names the PEM file of who signed it."),
    ("WRONG_VERSION_NUMBER", "it does not speak TLS there", "Does connect.url begin with http:// rightly?"),
    ("UNKNOWN_CA", "it does not trust the client's certificate", "Settings connect.ssl.certificate.file and connect.ssl.key.file."),
    ("CERTIFICATE_REQUIRED", "it wants a client's certificate", "Settings connect.ssl.certificate.file and connect.ssl.key.file."),
    ("HANDSHAKE_FAILURE", "no TLS could be agreed on", "It may want a client's certificate: setting connect.ssl.certificate.file."),
)


@dataclass(frozen=True, slots=True)
class Tls:
    """PEM files, empty where there is none. Without ``ca_file`` the system's authorities are trusted."""

    ca_file: str = ""
    certificate_file: str = ""
    key_file: str = ""
    key_password: str = ""
    verify_hostname: bool = True

    def context(self) -> ssl.SSLContext:
        """Raises ConfigError for a file that cannot be used."""
        path, setting = self.ca_file, "connect.ssl.ca.file"
        try:
            made = ssl.create_default_context(cafile=path or None)
            made.check_hostname = self.verify_hostname
            if self.certificate_file:
                path, setting = self.certificate_file, "connect.ssl.certificate.file"
                # A password is given even where there is none: OpenSSL would ask for it on the terminal.
                made.load_cert_chain(path, self.key_file or None, self.key_password)
        except OSError as fault:  # SSLError is one
            reason = (fault.reason or "it is no such PEM file") if isinstance(fault, ssl.SSLError) else fault.strerror
            hint = "A client's certificate needs its private key: settings connect.ssl.key.file and connect.ssl.key.password."
            raise ConfigError(f"Setting {setting}: {path} cannot be used: {reason}.", hint=hint) from None
        return made


def unreachable(url: str, failure: httpx.TransportError) -> ConnectError:
    """Why a call did not come to an answer. A login or a certificate that does not fit is not put down to Connect being away."""
    text = str(failure).upper().replace(" ", "_")
    for said, matter, hint in _TLS:
        if said in text:
            detail = f" ({_reason(failure)})" if said == "CERTIFICATE_VERIFY_FAILED" else ""
            return ConnectError(f"Could not connect to Kafka Connect at {url}: {matter}{detail}.", hint=hint, code=50000)
    hint = _RUNNING if url.startswith("https:") or type(failure).__name__ == "ConnectError" else f"{_RUNNING} Does it want https:// there?"
    return ConnectError(f"Could not connect to Kafka Connect at {url}: {_plain(failure)}.", hint=hint, code=50000)


def _reason(failure: Exception) -> str:
    """OpenSSL's reason: ``[SSL: ...] certificate verify failed: <this> (_ssl.c:1006)``."""
    return str(failure).rpartition("failed: ")[2].partition(" (_ssl")[0]


def _plain(failure: Exception) -> str:
    """What the operating system said, without numbers."""
    text = str(failure).partition("] ")[2] or str(failure)
    return text.rstrip(".") or type(failure).__name__
