"""Key and ConfigDef: a configuration's keys with types, defaults and texts, and how values are parsed and judged.

Error texts are Kafka's, because people and programs know them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any

from millstream.dataclass import dataclass
from millstream.worker.definition.checks import Check

REQUIRED: Any = object()

#: Parsed configuration: every declared key has a value.
Config = dict[str, Any]
Recommender = Callable[[Config], Sequence[str]]

_RANGES = {"SHORT": 1 << 15, "INT": 1 << 31, "LONG": 1 << 63}


@dataclass(frozen=True)
class Key:
    """One key. ``default`` REQUIRED: it must be given. ``visible`` and ``recommend`` see the parsed configuration."""

    name: str
    type: str
    default: Any
    importance: str
    doc: str
    group: str = ""
    width: str = "MEDIUM"
    display: str = ""
    check: Check | None = None
    recommend: Recommender | None = None
    visible: Callable[[Config], bool] | None = None
    dependents: tuple[str, ...] = ()

    def parse(self, text: str) -> Any:
        """The value of a text; ValueError (with Kafka's text) where it is none of the type."""
        value = text.strip() if self.type != "PASSWORD" else text
        match self.type:
            case "BOOLEAN":
                if value.lower() not in ("true", "false"):
                    raise ValueError(f"Invalid value {value} for configuration {self.name}: Expected value to be either true or false")
                return value.lower() == "true"
            case "INT" | "LONG" | "SHORT":
                return self._integer(value)
            case "DOUBLE":
                try:
                    return float(value)
                except ValueError:
                    raise ValueError(f"Invalid value {value} for configuration {self.name}: Not a number of type DOUBLE") from None
            case "LIST":
                return [item.strip() for item in value.split(",")] if value else []
            case _:
                return value

    def _integer(self, value: str) -> int:
        limit = _RANGES[self.type]
        try:
            number = int(value)
        except ValueError:
            number = limit
        if not -limit <= number < limit:
            raise ValueError(f"Invalid value {value} for configuration {self.name}: Not a number of type {self.type}")
        return number

    def text(self, value: Any) -> str | None:
        """A parsed or default value as Connect prints it."""
        if value is None or value is REQUIRED:
            return None
        if isinstance(value, bool):
            return "true" if value else "false"
        return ",".join(value) if isinstance(value, list | tuple) else str(value)


@dataclass
class KeyResult:
    """The judgement on one key."""

    key: Key
    value: Any = None
    errors: list[str] = field(default_factory=list)
    recommended: list[str] = field(default_factory=list)
    visible: bool = True


class ConfigDef:
    """Keys in order. ``parse`` for a task, ``validate`` for a person."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self.keys: dict[str, Key] = {k.name: k for k in keys}

    def __add__(self, other: ConfigDef) -> ConfigDef:
        return ConfigDef([*self.keys.values(), *other.keys.values()])

    @property
    def groups(self) -> list[str]:
        """Group names in the order they first come."""
        return list(dict.fromkeys(k.group for k in self.keys.values() if k.group))

    def order(self, key: Key) -> int:
        """A key's place in its group, from 1."""
        return [k.name for k in self.keys.values() if k.group == key.group].index(key.name) + 1

    def validate(self, given: Mapping[str, str | None]) -> dict[str, KeyResult]:
        """Every key with its value and errors. Never raises."""
        results: dict[str, KeyResult] = {}
        for key in self.keys.values():
            result = results[key.name] = KeyResult(key)
            text = given.get(key.name)
            if text is None:
                if key.default is REQUIRED:
                    result.errors.append(f'Missing required configuration "{key.name}" which has no default value.')
                else:
                    result.value = list(key.default) if isinstance(key.default, list | tuple) else key.default
            else:
                try:
                    result.value = key.parse(text)
                except ValueError as e:
                    result.errors.append(str(e))
            optional_gap = result.value is None and key.default is None
            if key.check and not optional_gap and (fault := key.check(key.name, result.value)):
                result.errors.append(fault)
        parsed = {n: r.value for n, r in results.items()}
        for result in results.values():
            if result.key.visible:
                result.visible = result.key.visible(parsed)
            if result.key.recommend:
                result.recommended = list(result.key.recommend(parsed))
        return results

    def parse(self, given: Mapping[str, str | None]) -> Config:
        """All values, or ValueError with every fault, a line each."""
        results = self.validate(given)
        faults = [e for r in results.values() for e in r.errors]
        if faults:
            raise ValueError("\n".join(faults))
        return {n: r.value for n, r in results.items()}
