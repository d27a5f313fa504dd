"""Names of what a service keeps on Kafka: changelogs, transactional ids. All begin with ``_millstream-<service id>-``."""

from __future__ import annotations

import re
from hashlib import sha256

_PLAIN = re.compile(r"[A-Za-z0-9._]+/[A-Za-z0-9._]+")
_CHANGELOG = "-changelog"
_POSITIONS = "/positions"
#: Kafka takes no longer name of a topic, in characters.
_LONGEST = 249


class Names:
    """The names of one service, and back."""

    def __init__(self, service: str) -> None:
        self.prefix = f"_millstream-{service}-"
        #: The topic where whoever leads says so.
        self.leader = f"{self.prefix}leader"
        #: Stores whose topic has a name of its own.
        self._named = {"_journal/definitions": f"{self.prefix}journal"}

    def changelog(self, store: str) -> str:
        """The compacted topic of a store. Names that Kafka would not take, or that could not be read back, are hexadecimal."""
        named = self._named.get(store)
        if named is not None:
            return named
        text = store.replace("/", "-") if _PLAIN.fullmatch(store) else f"x{store.encode().hex()}"
        return f"{self.prefix}{text}{_CHANGELOG}"

    def store(self, topic: str) -> str | None:
        """The store whose changelog a topic is; None if it is none of ours."""
        for store, name in self._named.items():
            if name == topic:
                return store
        if not (topic.startswith(self.prefix) and topic.endswith(_CHANGELOG)):
            return None
        text = topic[len(self.prefix) : -len(_CHANGELOG)]
        if text.count("-") == 1:
            return text.replace("-", "/")
        try:
            return bytes.fromhex(text[1:]).decode() if text.startswith("x") else None
        except ValueError:
            return None

    def positions(self, group: str) -> str:
        """The store of a group's offsets."""
        return self.kept(group) + _POSITIONS

    def kept(self, group: str) -> str:
        """The name a group's offsets are kept under: its own, or a digest of it where that would make too long a name of a topic."""
        if len(self.changelog(group + _POSITIONS)) <= _LONGEST:
            return group
        return f"long.{sha256(group.encode()).hexdigest()}"

    @staticmethod
    def group(store: str) -> str | None:
        """The group whose offsets a store has, as it is ``kept``; None if it is no such store."""
        return store.removesuffix(_POSITIONS) if store.endswith(_POSITIONS) else None

    def owner(self, owner: str) -> str:
        """The transactional id of a writer."""
        return self.prefix + owner
