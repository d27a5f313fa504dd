"""Security settings of the clients: Java's names, as ksqlDB's files have them, become librdkafka's. What cannot is refused with what to do.

Names may carry ``ksql.streams.``, and ``consumer.``, ``producer.`` or ``admin.``, in front; with it they win over bare ones, which the
REST API's own certificate shares (``ssl.key.password``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from millstream.config.names import bare
from millstream.errors import ConfigError

_LOGIN = re.compile(r"(username|password)\s*=\s*\"((?:[^\"\\]|\\.)*)\"")
_JAVA_STORE = (".jks", ".p12", ".pfx", ".bcfks")
#: Java's settings that mean nothing to librdkafka: what they choose it chooses by itself.
_IDLE = {
    "ssl.protocol", "ssl.enabled.protocols", "ssl.provider", "ssl.keymanager.algorithm", "ssl.trustmanager.algorithm",
    "ssl.secure.random.implementation", "ssl.truststore.type", "ssl.keystore.type", "sasl.login.class", "sasl.login.callback.handler.class",
    "sasl.client.callback.handler.class", "ssl.truststore.password",
}  # fmt: skip
#: Settings that name a file, which is looked for at once: librdkafka's own message names neither.
_FILES = ("ssl.ca.location", "ssl.certificate.location", "ssl.key.location", "ssl.keystore.location", "ssl.crl.location")


def translated(given: Mapping[str, Any]) -> dict[str, str]:
    """librdkafka's settings for what was given. Raises ConfigError for a Java key store, a login that cannot be read, a missing file."""
    plain = {name: str(value).strip() for name, value in given.items() if bare(name) == name}
    plain |= {bare(name): str(value).strip() for name, value in given.items() if bare(name) != name}
    made = {name: value for name, value in plain.items() if name not in _IDLE}
    _log_in(made)
    _trust(made, plain.get("ssl.truststore.type", ""))
    _show(made, plain.get("ssl.keystore.type", ""))
    if made.get("ssl.endpoint.identification.algorithm") == "":
        made["ssl.endpoint.identification.algorithm"] = "none"  # Java's way to switch it off
    for name in _FILES:
        path = made.get(name, "")
        if path and not Path(path).exists():
            raise ConfigError(f"Setting {name}: there is no file {path}.")
    return made


def _log_in(made: dict[str, str]) -> None:
    """``sasl.jaas.config`` -> user and password."""
    text = made.pop("sasl.jaas.config", None)
    if text is None:
        return
    found = {key: re.sub(r"\\(.)", r"\1", value) for key, value in _LOGIN.findall(text)}
    if set(found) != {"username", "password"}:
        module = text.split()[0].rpartition(".")[2] if text.split() else "nothing"
        raise ConfigError(
            f'Setting sasl.jaas.config: expected a login module with username="..." and password="...", got {module} without them.',
            hint="Use sasl.username and sasl.password; for Kerberos sasl.kerberos.*, for OAuth sasl.oauthbearer.*, which are librdkafka's.",
        )
    made |= {f"sasl.{key}": value for key, value in found.items()}


def _trust(made: dict[str, str], kind: str) -> None:
    """``ssl.truststore.*`` -> ``ssl.ca.*``, where it is PEM."""
    certificates = made.pop("ssl.truststore.certificates", None)
    if certificates is not None:
        made.setdefault("ssl.ca.pem", certificates)
    path = made.pop("ssl.truststore.location", None)
    if path is None:
        return
    if _is_java(path, kind):
        raise ConfigError(
            f"Setting ssl.truststore.location: {path} is not PEM, the only kind that is read here.",
            hint="Export it: keytool -exportcert -rfc -keystore FILE -alias NAME > ca.pem. Then set ssl.ca.location=ca.pem.",
        )
    made.setdefault("ssl.ca.location", path)


def _show(made: dict[str, str], kind: str) -> None:
    """``ssl.keystore.*`` -> ``ssl.certificate.*`` and ``ssl.key.*``, where it is PEM; PKCS#12 librdkafka reads itself."""
    for java, ours in (("ssl.keystore.certificate.chain", "ssl.certificate.pem"), ("ssl.keystore.key", "ssl.key.pem")):
        if java in made:
            made.setdefault(ours, made.pop(java))
    path = made.get("ssl.keystore.location")
    if path is None or kind.upper() == "PKCS12" or path.endswith((".p12", ".pfx")):
        return
    if _is_java(path, kind):
        raise ConfigError(
            f"Setting ssl.keystore.location: {path} is neither PKCS#12 nor PEM, which are read here.",
            hint="Convert it: keytool -importkeystore -srckeystore FILE -destkeystore client.p12 -deststoretype PKCS12.",
        )
    del made["ssl.keystore.location"]
    made.setdefault("ssl.certificate.location", path)
    made.setdefault("ssl.key.location", path)


def _is_java(path: str, kind: str) -> bool:
    return kind.upper() != "PEM" and (bool(kind) or path.endswith(_JAVA_STORE) or not path.endswith((".pem", ".crt", ".cer")))
