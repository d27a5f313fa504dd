"""How a real registry is reached: login and TLS as the settings say, and in words why it was not. The one place that reads httpx's errors.

ksqlDB's own names for the same (``ksql.schema.registry.basic.auth.user.info``, ``ksql.schema.registry.ssl.truststore.location``) are taken.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

from millstream.config import Config
from millstream.errors import ConfigError, RegistryDown

if TYPE_CHECKING:
    import httpx

_PREFIX = "ksql.schema.registry."
_RUNNING = "Check schema.registry.url, and that the registry is running."
_CA = "Setting schema.registry.ssl.ca.file names the PEM file of who signed it."
_CLIENT = "Settings schema.registry.ssl.certificate.file and schema.registry.ssl.key.file."
#: What OpenSSL says -> what is the matter, and what to do.
_TLS = (
    ("CERTIFICATE_VERIFY_FAILED", "its certificate is not trusted", _CA),
    ("WRONG_VERSION_NUMBER", "it does not speak TLS there", "Does schema.registry.url begin with http:// rightly?"),
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

    def context(self) -> ssl.SSLContext:
        """Raises ConfigError for a file that cannot be used."""
        path, setting = self.ca_file, "schema.registry.ssl.ca.file"
        try:
            made = ssl.create_default_context(cafile=path or None)
            made.check_hostname = self.verify_hostname
            if self.certificate_file:
                path, setting = self.certificate_file, "schema.registry.ssl.certificate.file"
                # A password is given even where there is none: OpenSSL would ask for it on the terminal.
                made.load_cert_chain(path, self.key_file or None, self.key_password)
        except OSError as fault:  # SSLError is one
            reason = (fault.reason or "it is no such PEM file") if isinstance(fault, ssl.SSLError) else fault.strerror
            raise ConfigError(f"Setting {setting}: {path} cannot be used: {reason}.", hint="Files are PEM, not JKS.") from None
        return made


def login(config: Config) -> tuple[str, str] | None:
    """User and password, by our names or ksqlDB's."""
    if user := config.text("schema.registry.user"):
        return user, config.text("schema.registry.password")
    name, colon, password = config.text(f"{_PREFIX}basic.auth.user.info").partition(":")
    return (name, password) if colon else None


def tls(config: Config) -> Tls:
    """The files, by our names or ksqlDB's. Raises ConfigError for what only Java reads (JKS)."""
    kind = config.text(f"{_PREFIX}ssl.truststore.type") or "PEM"
    store = config.text(f"{_PREFIX}ssl.truststore.location")
    if store and (kind.upper() != "PEM" or store.endswith((".jks", ".p12", ".pfx"))):
        raise ConfigError(
            f"Setting {_PREFIX}ssl.truststore.location: {store} is a Java key store, which cannot be read here.",
            hint="Export the certificates as PEM: keytool -exportcert -rfc. Then set schema.registry.ssl.ca.file.",
        )
    own = "schema.registry.ssl."
    return Tls(
        config.text(f"{own}ca.file") or store,
        config.text(f"{own}certificate.file"),
        config.text(f"{own}key.file"),
        config.text(f"{own}key.password"),
        config.flag(f"{own}verify.hostname"),
    )


def unreachable(url: str, failure: httpx.HTTPError) -> tuple[RegistryDown, bool]:
    """Why a call did not come to an answer, and whether trying again may help. A certificate that does not fit is told as that."""
    text = str(failure).upper().replace(" ", "_")
    for said, matter, hint in _TLS:
        if said in text:
            return RegistryDown(f"The schema registry at {url} could not be reached: {matter}.", hint=hint), False
    plain = (str(failure).partition("] ")[2] or str(failure)).rstrip(".") or type(failure).__name__
    return RegistryDown(f"The schema registry at {url} could not be reached: {plain}.", hint=_RUNNING), True
