"""A change of a configuration, key by key. Pure. Values are as Connect has them; masking is the caller's matter."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from millstream.connect.secrets import masked
from millstream.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """One key: its value before (None: it was not set) and after (None: it is taken away)."""

    key: str
    before: str | None
    after: str | None


def differences(
    config: Mapping[str, str], given: Iterable[tuple[str, str]], unset: Iterable[str], passwords: Collection[str]
) -> list[Difference]:
    """What setting and unsetting these keys changes. A value that is only the old one as it is shown, masked, keeps the old one."""
    shown = masked(config, passwords)
    wanted: dict[str, str | None] = {key: None for key in unset if key in config}
    wanted.update((key, value) for key, value in given if value != shown.get(key))
    return [Difference(key, config.get(key), value) for key, value in sorted(wanted.items()) if config.get(key) != value]


def changed(config: Mapping[str, str], changes: Iterable[Difference]) -> dict[str, str]:
    """The whole configuration afterwards."""
    after: dict[str, str | None] = {**config, **{d.key: d.after for d in changes}}
    return {key: value for key, value in after.items() if value is not None}


def as_shown(changes: Iterable[Difference], passwords: Collection[str]) -> tuple[Difference, ...]:
    """The same with secrets masked."""

    def one(key: str, value: str | None) -> str | None:
        return None if value is None else masked({key: value}, passwords)[key]

    return tuple(Difference(d.key, one(d.key, d.before), one(d.key, d.after)) for d in changes)
