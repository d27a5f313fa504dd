"""References in configurations: ``${file:path:key}``, ``${directory:path:name}``, ``${env:NAME}``, as Kafka's ConfigProviders read them.

A reference stays a reference in what is stored and answered; it is resolved when a task starts, and never printed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

REFERENCE = re.compile(r"\$\{([^}:]*):(?:([^}]*):)?([^}:]*)\}")


def has_reference(value: str) -> bool:
    """True where the value holds a reference to a known provider."""
    return any(m.group(1) in PROVIDERS for m in REFERENCE.finditer(value))


def unknown_provider(value: str) -> str | None:
    """The provider of a value that is a reference as a whole, where there is none of that name."""
    match = REFERENCE.fullmatch(value)
    return match.group(1) if match and match.group(1) not in PROVIDERS else None


def resolve(value: str) -> str:
    """The value with its references replaced. ValueError says which reference cannot be read, and why."""

    def found(match: re.Match[str]) -> str:
        provider = PROVIDERS.get(match.group(1))
        return match.group(0) if provider is None else provider(match.group(2) or "", match.group(3), match.group(0))

    return REFERENCE.sub(found, value)


def resolve_all(config: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """A configuration with its references replaced, and the texts that came from references (to be kept out of logs)."""
    out: dict[str, str] = {}
    secrets: list[str] = []
    for name, value in config.items():
        out[name] = value
        if has_reference(value):
            try:
                out[name] = resolve(value)
            except ValueError as e:
                raise ValueError(f"{name}: {e}") from None
            secrets += [resolve(m.group(0)) for m in REFERENCE.finditer(value) if m.group(1) in PROVIDERS]
    return out, secrets


def _file(path: str, key: str, reference: str) -> str:
    for line in _read(path, reference).splitlines():
        name, separator, value = line.partition("=")
        if separator and not line.lstrip().startswith(("#", "!")) and name.strip() == key:
            return value.strip()
    raise ValueError(f"{reference}: the file {path} has no line '{key}=...'.")


def _directory(path: str, key: str, reference: str) -> str:
    if "/" in key or key in ("", ".", ".."):
        raise ValueError(f"{reference}: expected the name of a file in {path}.")
    return _read(os.path.join(path, key), reference).rstrip("\n")


def _env(path: str, key: str, reference: str) -> str:
    if key not in os.environ:
        raise ValueError(f"{reference}: the worker's environment has no variable {key}.")
    return os.environ[key]


def _read(path: str, reference: str) -> str:
    try:
        return Path(path).read_text()
    except OSError as e:
        raise ValueError(f"{reference}: cannot read {path}: {e.strerror}.") from None


PROVIDERS = {"file": _file, "directory": _directory, "env": _env}
