"""How a real registry is reached: login and TLS as the settings say, and in words why it was not. The one place that reads httpx's errors.

ksqlDB's own names for the same (``ksql.schema.registry.basic.auth.user.info``, ``ksql.schema.registry.ssl.truststore.location``) are taken.
"""

from __future__ import annotations

import ssl
from dataclasses import replace
from typing import TYPE_CHECKING

from millstream.config import Config
from millstream.errors import ConfigError, RegistryDown
from millstream.tls import Tls, plain, refusal

if TYPE_CHECKING:
    import httpx

#: What the names of its settings begin with.
FAMILY = "schema.registry"
_PREFIX = "ksql.schema.registry."
_RUNNING = "Check schema.registry.url, and that the registry is running."


def trust(tls: Tls | None) -> ssl.SSLContext:
    """Raises ConfigError for a file that cannot be used."""
    return (tls or Tls()).context(FAMILY, "Files are PEM, not JKS.")


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
    found = Tls.of(config, FAMILY)
    return found if found.ca_file else replace(found, ca_file=store)


def unreachable(url: str, failure: httpx.HTTPError) -> tuple[RegistryDown, bool]:
    """Why a call did not come to an answer, and whether trying again may help. A certificate that does not fit is told as that."""
    refused = refusal(failure, FAMILY)
    matter, hint = refused or (plain(failure), _RUNNING)
    return RegistryDown(f"The schema registry at {url} could not be reached: {matter}.", hint=hint), refused is None
