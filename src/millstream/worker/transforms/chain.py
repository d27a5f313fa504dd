"""A configuration's transforms, made ready: ``transforms=a,b`` with ``transforms.a.type=...``, predicates included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from millstream.worker.definition import REQUIRED, Key
from millstream.worker.plugins import Plugins
from millstream.worker.records import Records
from millstream.worker.transforms.base import Predicate, Transform


class Step:
    """One transform with its predicate."""

    def __init__(self, transform: Transform, predicate: Predicate | None, negate: bool) -> None:
        self.transform, self._predicate, self._negate = transform, predicate, negate

    def apply(self, records: Records) -> list[Records]:
        if self._predicate is None:
            return self.transform.apply(records)
        test = self._predicate.test(records)
        out: list[Records] = []
        for applies, run in records.runs(test):
            out += self.transform.apply(run) if applies != self._negate else [run]
        return out


class Chain:
    """All transforms of a connector, in order."""

    def __init__(self, steps: list[Step]) -> None:
        self._steps = steps

    def __bool__(self) -> bool:
        return bool(self._steps)

    def apply(self, records: Records) -> list[Records]:
        batches = [records]
        for step in self._steps:
            batches = [out for batch in batches for out in step.apply(batch)]
        return batches


def build(config: Mapping[str, str], plugins: Plugins) -> Chain:
    """The chain of a configuration. ValueError starts with the key at fault."""
    steps = []
    for name in _names(config, "transforms"):
        prefix = f"transforms.{name}."
        kind = config.get(prefix + "type")
        if not kind:
            raise ValueError(f'{prefix}type: Missing required configuration "{prefix}type" which has no default value.')
        transform: Transform = _made(plugins.transform_class, kind, config, prefix)
        predicate = config.get(prefix + "predicate")
        negate = config.get(prefix + "negate", "false").strip().lower() == "true"
        steps.append(Step(transform, _predicate(predicate, config, plugins) if predicate else None, negate))
    return Chain(steps)


_IMPORTANCE = ("HIGH", "MEDIUM", "LOW")
#: What every transform may have besides its own keys.
_CONDITION = (
    Key("negate", "BOOLEAN", False, "MEDIUM", "Whether the transform applies where the predicate does not hold."),
    Key("predicate", "STRING", None, "MEDIUM", "Name of the predicate that says which records the transform applies to."),
)


def declared(config: Mapping[str, str], plugins: Plugins) -> list[Key]:
    """The keys of the transforms and predicates that a configuration names, as Connect lists them: under their full names, in groups of
    their own. Of a class that is not there, only the key that names it."""
    out: list[Key] = []
    for family, find, more in (("transforms", plugins.transform_class, _CONDITION), ("predicates", plugins.predicate_class, ())):
        for alias in dict.fromkeys(name.strip() for name in config.get(family, "").split(",") if name.strip()):
            prefix, group = f"{family}.{alias}.", f"{family.title()}: {alias}"
            out.append(Key(f"{prefix}type", "CLASS", REQUIRED, "HIGH", f"Class of the {family[:-1]} {alias}.", group, "LONG"))
            try:
                own = find(config.get(f"{prefix}type", "")).definition.keys.values()
            except ValueError:
                continue
            for key in sorted((*own, *more), key=lambda k: (k.default is not REQUIRED, _IMPORTANCE.index(k.importance), k.name)):
                out.append(replace(key, name=prefix + key.name, group=group))
    return out


def _names(config: Mapping[str, str], key: str) -> list[str]:
    names = [n.strip() for n in (config.get(key) or "").split(",") if n.strip()]
    double = {n for n in names if names.count(n) > 1}
    if double:
        raise ValueError(f"{key}: Duplicate alias provided: {', '.join(sorted(double))}")
    return names


def _predicate(name: str, config: Mapping[str, str], plugins: Plugins) -> Predicate:
    prefix = f"predicates.{name}."
    kind = config.get(prefix + "type")
    if name not in _names(config, "predicates") or not kind:
        raise ValueError(f"predicates: there is no predicate {name}: expected predicates={name} and {prefix}type=...")
    made: Predicate = _made(plugins.predicate_class, kind, config, prefix)
    return made


def _made(find, kind: str, config: Mapping[str, str], prefix: str):  # type: ignore[no-untyped-def]
    try:
        made = find(kind)()
    except ValueError as e:
        raise ValueError(f"{prefix}type: {e}") from None
    own = {k[len(prefix) :]: v for k, v in config.items() if k.startswith(prefix)}
    results = made.definition.validate(own)
    faults = [f"{prefix}{r.key.name}: {e}" for r in results.values() for e in r.errors]
    if faults:
        raise ValueError("\n".join(faults))
    try:
        made.configure({n: r.value for n, r in results.items()})
    except ValueError as e:
        raise ValueError(f"{prefix}{e}") from None
    return made
