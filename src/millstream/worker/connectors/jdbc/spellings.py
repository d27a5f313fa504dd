"""What Debezium's JDBC sink calls keys of this one: a statement written for it runs here unchanged. Pure.

Only names that mean the same stand here. A key is given under one of its names, not under both.
"""

from __future__ import annotations

from collections.abc import Mapping

from millstream.worker.definition import Key, KeyResult, one_of

#: Debezium's name -> the name that the sink's code knows.
_NAMES = {
    "connection.username": "connection.user",
    "collection.name.format": "table.name.format",
    "primary.key.mode": "pk.mode",
    "primary.key.fields": "pk.fields",
    "use.time.zone": "db.timezone",
    "flush.max.retries": "max.retries",
    "flush.retry.delay.ms": "retry.backoff.ms",
}
_EVOLUTION = "schema.evolution"
#: What schema.evolution=basic switches on: Debezium has one switch for both.
_EVOLVES = ("auto.create", "auto.evolve")


def spelled(keys: list[Key]) -> list[Key]:
    """Keys by Debezium's names, declared as those of ``keys`` that they stand for. They have no defaults of their own."""
    known = {key.name: key for key in keys}
    out = [
        Key(name, known[ours].type, None, "LOW", f"Debezium's name of {ours}.", known[ours].group, known[ours].width)
        for name, ours in _NAMES.items()
    ]
    basic = f"Debezium's switch: basic means {' and '.join(_EVOLVES)}."
    return [
        *out,
        Key(_EVOLUTION, "STRING", None, "LOW", basic, "DDL Support", check=one_of("none", "basic"), recommend=lambda _: ("none", "basic")),
        Key("quote.identifiers", "BOOLEAN", True, "LOW", "Accepted for compatibility: names are always quoted.", "Data Mapping"),
    ]


def unified(config: Mapping[str, str]) -> dict[str, str]:
    """The configuration under the names that the code knows."""
    out = dict(config)
    for name, ours in _NAMES.items():
        if name in config:
            out.setdefault(ours, config[name])
    if _EVOLUTION in config:
        for key in _EVOLVES:
            out.setdefault(key, str(config[_EVOLUTION].strip() == "basic").lower())
    return out


def told(given: Mapping[str, str], results: dict[str, KeyResult]) -> None:
    """Errors stand at the names that were given; a key under both of its names is one. ``given`` is unified already."""
    for name, ours in _NAMES.items():
        if name not in given:
            continue
        if given[ours] != given[name]:
            results[name].errors.append(f"{name} and {ours} mean the same: give one of them.")
        else:
            # A value that is no number is said twice, under each name.
            moved = [error.replace(f"configuration {ours}:", f"configuration {name}:") for error in results[ours].errors]
            results[name].errors = list(dict.fromkeys([*results[name].errors, *moved]))
            results[ours].errors = []
