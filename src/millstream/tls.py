"""TLS towards the servers that are called (Connect, schema registries), and in words why a call did not come to an answer.

A family of settings is what their names begin with: ``connect`` has ``connect.url`` and ``connect.ssl.ca.file``. What may not live here:
anything that knows which server it is, and the certificates of our own.
"""

from __future__ import annotations

import ssl

from millstream.config import Config
from millstream.dataclass import dataclass
from millstream.errors import ConfigError

_CA = "Setting {family}.ssl.ca.file names the PEM file of who signed it."
_CLIENT = "Settings {family}.ssl.certificate.file and {family}.ssl.key.file."
#: What OpenSSL says -> what is the matter, and what to do.
_REFUSALS = (
    ("CERTIFICATE_VERIFY_FAILED", "its certificate is not trusted", _CA),
    ("WRONG_VERSION_NUMBER", "it does not speak TLS there", "Does {family}.url begin with http:// rightly?"),
    ("UNKNOWN_CA", "it does not trust the client's certificate", _CLIENT),
    ("CERTIFICATE_REQUIRED", "it wants a client's certificate", _CLIENT),
    ("HANDSHAKE_FAILURE", "no TLS could be agreed on", f"It may want a client's certificate. {_CLIENT}"),
)


@dataclass(frozen=True, slots=True)
class Tls:
    """PEM files, empty where there is none. Without ``ca_file`` the system's authorities are trusted."""

    ca_file: str = ""
    certificate_file: str = ""
    key_file: str = ""
    key_password: str = ""
    verify_hostname: bool = True

    @classmethod
    def of(cls, config: Config, family: str) -> Tls:
        """As the settings of a family say."""
        own = f"{family}.ssl."
        ca, certificate, key, password = (config.text(own + part) for part in ("ca.file", "certificate.file", "key.file", "key.password"))
        return cls(ca, certificate, key, password, config.flag(f"{own}verify.hostname"))

    def context(self, family: str, hint: str) -> ssl.SSLContext:
        """Raises ConfigError, with the setting and ``hint``, for a file that cannot be used."""
        path, setting = self.ca_file, "ca.file"
        try:
            made = ssl.create_default_context(cafile=path or None)
            made.check_hostname = self.verify_hostname
            if self.certificate_file:
                path, setting = self.certificate_file, "certificate.file"
                # A password is given even where there is none: OpenSSL would ask for it on the terminal.
                made.load_cert_chain(path, self.key_file or None, self.key_password)
        except OSError as fault:  # SSLError is one
            reason = (fault.reason or "it is no such PEM file") if isinstance(fault, ssl.SSLError) else fault.strerror
            raise ConfigError(f"Setting {family}.ssl.{setting}: {path} cannot be used: {reason}.", hint=hint) from None
        return made


def refusal(failure: Exception, family: str) -> tuple[str, str] | None:
    """What is the matter with TLS, and what to do; None where it is something else that failed."""
    text = str(failure).upper().replace(" ", "_")
    for said, matter, hint in _REFUSALS:
        if said in text:
            detail = f" ({_reason(failure)})" if said == "CERTIFICATE_VERIFY_FAILED" else ""
            return matter + detail, hint.format(family=family)
    return None


def plain(failure: Exception) -> str:
    """What the operating system said, without numbers."""
    text = str(failure).partition("] ")[2] or str(failure)
    return text.rstrip(".") or type(failure).__name__


def _reason(failure: Exception) -> str:
    """OpenSSL's reason: ``[SSL: ...] certificate verify failed: <this> (_ssl.c:1006)``."""
    return str(failure).rpartition("failed: ")[2].partition(" (_ssl")[0]
